"""Loop or vectorized: the same forward pass of this network both ways, with both times."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Event
from typing import Any

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QHideEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QPlainTextEdit, QSizePolicy, QSplitter, QVBoxLayout, QWidget

from engine.explaining.code import CodeWriter
from engine.explaining.deriving import Explainer
from engine.explaining.loops import Comparison, LoopCode, StoppedError, compare
from engine.explaining.writing import Writer, number_text
from engine.network import Network
from gui.runtime.tasks import TaskRunner
from gui.theme import current_theme, theme_notifier
from gui.views.base import LiveView
from gui.views.engine import ViewEngine
from gui.widgets.basic import Button, Label
from gui.widgets.export import Table
from gui.widgets.numbers import QuietComboBox

SIZES = (1, 100, 1_000)
SECONDS = 2.0
"""For the loops; the rest is extrapolated."""
LONGEST_CODE = 4_000
"""Characters of program text that are shown."""


@dataclass(frozen=True, eq=False, slots=True)
class Job:
    """What the comparison works with: copies that nothing else touches."""

    m: int
    network: Network
    inputs: dict[str, np.ndarray]
    code: LoopCode | None
    loop_text: str
    array_text: str


class LoopsView(LiveView):
    """A forward pass in loops over examples and units, and on whole arrays: times, agreement, and both programs."""

    name = "loops"
    title = "Loop or vectorized"
    help = "How long a forward pass of this network takes in Python loops, and on whole arrays."
    follows_weights = False

    def build(self) -> None:
        self._wanted = True
        self._job: Job | None = None
        self._result: Comparison | None = None
        self._stop = Event()
        self._tasks = TaskRunner(self)
        self._size = QuietComboBox()
        self._size.setAccessibleName("Examples m")
        self._size.setToolTip("How many examples go through the network")
        for m in SIZES:
            self._size.addItem(f"m = {m:,}", m)
        self._size.setCurrentIndex(1)
        self._size.activated.connect(self._on_size_activated)
        self._run = Button("Measure", "", "Compute both ways again, with the network as it is now")
        self._run.clicked.connect(self._on_run_clicked)
        self.tools.addWidget(self._size)
        self.tools.addWidget(self._run)
        self.tools.addStretch(1)
        self._verdict = Label("", "figure", wrap=True)
        self._remark = Label("", "muted", wrap=True)
        self._bars = TimeBars()
        head = QVBoxLayout()
        head.setContentsMargins(16, 8, 16, 8)
        head.setSpacing(4)
        for widget in (self._verdict, self._bars, self._remark):
            head.addWidget(widget)
        codes = QSplitter(Qt.Orientation.Vertical)
        codes.setChildrenCollapsible(False)
        self._loop_text, self._array_text = CodeBox("In loops"), CodeBox("On whole arrays")
        codes.addWidget(self._loop_text)
        codes.addWidget(self._array_text)
        codes.setSizes([300, 200])
        self.body.addLayout(head)
        self.body.addWidget(codes, 1)

    def problem_changed(self) -> None:
        self._cancel()
        self._wanted, self._result = True, None

    def question(self) -> int | None:
        if not self._wanted:
            return None
        self._wanted = False
        return int(self._size.currentData())

    @staticmethod
    def compute(engine: ViewEngine, question: int) -> Job:
        network = engine.network
        plan = network.plan
        source = engine.data.parts["train"].m
        batch = engine.batch("train", np.arange(question) % source)
        copy = Network(plan, network.backend, network.dtype.name)  # pyright: ignore[reportArgumentType]  is one of two
        copy.set_weights(network.weights())
        explainer, writer = Explainer(plan, question, training=False), Writer(plan)
        code = CodeWriter(writer, frozenset(explainer.program.external))
        statements = [
            statement
            for node in plan.nodes.values()
            if node.id in plan.used
            for statement in explainer.formulas(node.id).forward
            if not node.layer.terminal or statement.source == f"{node.id}/Y_hat"
        ]
        texts = code.looped(statements, question), code.vectorized(statements)
        runs = LoopCode(code.function(statements, question), dict(code.names)) if code.has_loops_only else None
        return Job(question, copy, dict(batch.inputs), runs, *(_cut(text) for text in texts))

    def show_answer(self, answer: Job) -> None:
        self._cancel()
        self._job, self._result, self._stop = answer, None, Event()
        self._loop_text.set_text(answer.loop_text)
        self._array_text.set_text(answer.array_text)
        self._verdict.setText("Measuring …")
        self._remark.setText("")
        self._bars.set_times(0.0, 0.0, estimated=False)
        self._tasks.run(
            compare, answer.network, answer.inputs, answer.code, SECONDS, self._stop.is_set,
            on_success=self._on_tasks_compared, on_failure=self._on_tasks_compare_failed, latest="compare",
        )  # fmt: skip

    def table(self) -> Table | None:
        result = self._result
        if result is None:
            return None
        header = ["m", "examples in loops", "loop (s)", "vectorized (s)", "ratio", "largest difference"]
        values = [result.m, result.looped, result.loop_seconds, result.array_seconds, result.ratio, result.difference]
        return Table(header, [values])

    def _measure(self) -> None:
        self._cancel()
        self._wanted = True
        self.refresh()

    def _cancel(self) -> None:
        self._stop.set()

    def _on_run_clicked(self) -> None:
        self._measure()

    def _on_size_activated(self, _index: int) -> None:
        self._measure()

    def _on_tasks_compared(self, result: Comparison) -> None:
        self._result = result
        self._verdict.setText(_verdict(result))
        self._remark.setText(_remark(result))
        self._bars.set_times(result.loop_seconds, result.array_seconds, estimated=result.is_extrapolated)

    def _on_tasks_compare_failed(self, error: Exception) -> None:
        if isinstance(error, StoppedError):
            self._verdict.setText("Stopped")
            self._remark.setText("Press Measure to compute both ways.")
        else:
            self.say(f"The comparison failed: {error}.")

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._cancel()


class CodeBox(QWidget):
    """Program text under a heading; it can be selected and copied."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        heading = Label(title, "heading")
        self._text = QPlainTextEdit()
        self._text.setReadOnly(True)
        self._text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self._text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self._text.setTabChangesFocus(True)
        self._text.setAccessibleName(title)
        self._text.setMinimumHeight(80)
        heading.setBuddy(self._text)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 4, 16, 8)
        column.setSpacing(4)
        column.addWidget(heading)
        column.addWidget(self._text, 1)

    def set_text(self, text: str) -> None:
        """Show this program."""
        self._text.setPlainText(text)

    def text(self) -> str:
        """The program shown."""
        return self._text.toPlainText()


class TimeBars(QWidget):
    """Two bars whose lengths are the times, with the times behind them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Times")
        self._times = (0.0, 0.0)
        self._estimated = False
        theme_notifier.theme_changed.connect(self.update)

    def set_times(self, loop: float, array: float, *, estimated: bool) -> None:
        """Show seconds of both ways; `estimated` says that the first is extrapolated."""
        self._times, self._estimated = (loop, array), estimated
        self.setAccessibleDescription(f"Loops {time_text(loop)}, vectorized {time_text(array)}")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(240, 60)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, painter = current_theme(), QPainter(self)
        longest = max(self._times)
        font = QFont(self.font())
        font.setPixelSize(theme.font_size)
        painter.setFont(font)
        room = max(self.width() - 190, 20)
        rows = (("Loops", theme.classes[0]), ("Vectorized", theme.accent))
        for row, ((name, color), seconds) in enumerate(zip(rows, self._times, strict=True)):
            y = 4.0 + 28 * row
            painter.setPen(QColor(theme.text_muted))
            painter.drawText(QRectF(0, y, 80, 22), Qt.AlignmentFlag.AlignVCenter, name)
            if longest <= 0:
                continue
            width = max(seconds / longest * room, 2.0)
            painter.fillRect(QRectF(84, y + 3, width, 16), QColor(color))
            text = ("≈ " if self._estimated and row == 0 else "") + time_text(seconds)
            painter.setPen(QColor(theme.text))
            painter.drawText(QRectF(92 + width, y, 110, 22), Qt.AlignmentFlag.AlignVCenter, text)
        painter.end()


def time_text(seconds: float) -> str:
    """A time in the unit in which it is best read."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{number_text(seconds / size, 3)} {unit}"
    return f"{number_text(seconds * 1e9, 3)} ns"


def _verdict(result: Comparison) -> str:
    ratio = f"{result.ratio:,.0f}" if result.ratio >= 10 else f"{result.ratio:.1f}"
    if result.ratio < 1:
        return "For so little, loops are as fast"
    return f"Vectorized is {ratio} times as fast"


def _remark(result: Comparison) -> str:
    text = f"Both give the same predictions: they differ by {number_text(result.difference, 2)} at most."
    if not result.difference <= 1e-3:
        gap = number_text(result.difference, 2)
        text = f"The predictions differ by up to {gap}: the weights are very large or not finite."
    if result.is_extrapolated:
        done = f"{result.looped:,} of {result.m:,} examples in {SECONDS:g} s"
        text += f" The loops computed {done}; their time is extrapolated."
    if result.as_whole:
        named = ", ".join(kind.replace("_", " ") for kind in result.as_whole)
        text += f" Computed without loops, one example at a time: {named}."
    return text


def _cut(text: str) -> str:
    if len(text) <= LONGEST_CODE:
        return text
    shown: Any = text[:LONGEST_CODE].rsplit("\n", 1)[0]
    return f"{shown}\n# … and so on, {text.count(chr(10)) - shown.count(chr(10)):,} more lines"
