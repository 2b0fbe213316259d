"""PySide 6.12.0 drops references to None, True and False on some paths until Python ends (pyproject says more)."""

from __future__ import annotations

import sys

import pytest

REPAINTS = 300
SINGLES = (None, True, False)


def counts() -> list[int]:
    return [sys.getrefcount(value) for value in SINGLES]


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="None, True and False are immortal: their counts mean nothing")
def test_repaints_keep_the_counts_of_none_true_and_false(new_user):
    user = new_user("xor", epochs=1_000_000)
    window = user.window
    user.space()
    user.wait(lambda: user.step > 200)
    user.space()
    user.live(0.3)

    def repaint(times: int) -> None:
        for number in range(times):
            user.canvas.viewport().repaint()
            window.repaint()
            if number % 30 == 0:
                user.live(0.01)

    repaint(30)  # caches fill
    before = counts()
    repaint(REPAINTS)
    after = counts()
    for value, first, last in zip(SINGLES, before, after, strict=True):
        assert abs(last - first) < REPAINTS / 4, f"{value}: {first} references became {last} in {REPAINTS} repaints"
    user.space()
    user.wait(lambda: user.step > 400)
