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
    rounds = []
    for _ in range(3):  # what repaints lose, they lose in every round; other things of the process may end in one
        before = counts()
        repaint(REPAINTS)
        rounds.append([last - first for first, last in zip(before, counts(), strict=True)])
    for value, changes in zip(SINGLES, zip(*rounds, strict=True), strict=True):
        steadiest = min(changes, key=abs)
        assert abs(steadiest) < REPAINTS / 4, (
            f"the references to {value} changed by {changes} in {REPAINTS} repaints each"
        )
    user.space()
    user.wait(lambda: user.step > 400)
