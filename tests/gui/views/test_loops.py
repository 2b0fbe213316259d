"""Loop or vectorized: both times, agreement, stopping."""

from __future__ import annotations

import time

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from engine.data import prepare
from engine.explaining.loops import Comparison
from engine.templates import load_template
from gui.document import Document
from gui.runtime.session import TrainingSession
from gui.views.context import ViewContext
from gui.views.loops import LoopsView, _remark, _verdict, time_text


@pytest.fixture
def view():
    design = load_template("xor")
    document = Document(design)
    session = TrainingSession(document)
    context = ViewContext(document, session, document)
    made = LoopsView(context)
    made.resize(500, 700)
    context.set_problem(design, prepare(design.data))
    yield made
    context.close()
    session.close()
    made._tasks.close()
    made.close()
    made.deleteLater()
    document.deleteLater()


def wait_for(condition, message: str) -> None:
    end = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < end, message
        QTest.qWait(5)


def test_both_ways_are_measured_once_when_it_is_opened(view):
    view.show()
    wait_for(lambda: view._result is not None, "nothing was measured")
    result = view._result
    assert result.m == 100
    assert result.looped == 100
    assert result.loop_seconds > result.array_seconds > 0
    assert result.difference < 1e-5
    assert "times as fast" in view._verdict.text()
    assert "for i in range(100):" in view._loop_text.text()
    assert " @ W1.T + b1" in view._array_text.text()
    assert view.table().rows[0][0] == 100
    view.context.weights_changed.emit()
    QTest.qWait(60)
    assert view._result is result, "other weights must not start it again"
    view._size.setCurrentIndex(0)
    QTest.mouseClick(view._run, Qt.MouseButton.LeftButton)
    wait_for(lambda: view._result is not None and view._result.m == 1, "the button did not measure again")


def test_hiding_stops_it(view):
    view._size.setCurrentIndex(2)
    view.show()
    wait_for(lambda: view._tasks.is_busy, "it did not begin")
    view.hide()
    wait_for(lambda: not view._tasks.is_busy, "it went on in the background")
    assert view._verdict.text() == "Stopped" or view._result is not None


def test_what_it_says():
    part = Comparison(1_000, 40, 50.0, 0.001, 2e-7, ("convolution",))
    assert _verdict(part) == "Vectorized is 50,000 times as fast"
    assert "40 of 1,000 examples" in _remark(part)
    assert "extrapolated" in _remark(part)
    assert "convolution" in _remark(part)
    assert "not finite" in _remark(Comparison(1, 1, 1.0, 1.0, float("nan"), ()))
    assert [time_text(s) for s in (2.5, 0.0123, 4.9e-6, 2e-9)] == ["2.5 s", "12.3 ms", "4.9 µs", "2 ns"]
