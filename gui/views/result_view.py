"""The base of the result views, and the controls that they share."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from PySide6.QtCore import QSignalBlocker, QSize
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSizePolicy, QWidget

from gui.views.base import LiveView
from gui.views.result_state import ResultState
from gui.widgets.basic import ElidedComboBox, Label
from gui.widgets.numbers import QuietSlider

PART_NAMES = {"train": "Train part", "dev": "Dev part", "test": "Test part"}
STEPS = 100
"""Places of the threshold's slider."""


class QuietCombo(ElidedComboBox):
    """A combo box for a row of controls: it may be narrow, and says what it chooses."""

    def __init__(self, name: str, tip: str, parent: QWidget | None = None, *, shrinks: bool = True) -> None:
        super().__init__(parent)
        self._shrinks = shrinks
        self.setAccessibleName(name)
        self.setToolTip(tip)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    def set_texts(self, texts: list[str], index: int) -> None:
        """Offer these; nothing is emitted."""
        with QSignalBlocker(self):
            if [self.itemText(i) for i in range(self.count())] != texts:
                self.clear()
                self.addItems(texts)
            self.setCurrentIndex(index)

    def sizeHint(self) -> QSize:
        hint = super().sizeHint()
        return QSize(hint.width() + 16, hint.height())  # for the padding that the style sheet adds

    def minimumSizeHint(self) -> QSize:
        return QSize(96, super().minimumSizeHint().height()) if self._shrinks else self.sizeHint()


class ResultControls(QWidget):
    """Part, output and threshold: what the shared state holds, for every result view alike."""

    def __init__(self, state: ResultState, *, threshold: bool, parent: QWidget | None = None) -> None:
        """Controls of a state.

        Args:
            state: What they show and change.
            threshold: Offer the threshold where there are two classes.
            parent: Owner.
        """
        super().__init__(parent)
        self._state = state
        self._offers_threshold = threshold
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        self.part = QuietCombo("Part", "Which examples are judged", self, shrinks=False)
        self.output = QuietCombo("Output", "Which of the network's outputs is judged", self)
        self.threshold = QuietSlider(self)
        self.threshold.setRange(0, STEPS)
        self.threshold.setPageStep(10)
        self.threshold.setMaximumWidth(160)
        self.threshold.setAccessibleName("Threshold")
        self.figure = Label("", "small", parent=self)
        self.figure.setMinimumWidth(self.figure.fontMetrics().horizontalAdvance("−0.00  "))
        for widget in (self.part, self.output):
            row.addWidget(widget)
        row.addWidget(self.threshold, 1)
        row.addWidget(self.figure)
        row.addStretch(0)
        self.part.activated.connect(self._on_part_activated)
        self.output.activated.connect(self._on_output_activated)
        self.threshold.valueChanged.connect(self._on_threshold_value_changed)
        state.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show what the state holds."""
        state = self._state
        parts = list(state.parts) or [state.part]
        self.part.set_texts([PART_NAMES.get(part, part) for part in parts], parts.index(state.part))
        self.output.set_texts([answer.title for answer in state.answers], state.index)
        self.output.setVisible(len(state.answers) > 1)
        shown = self._offers_threshold and state.has_threshold
        self.threshold.setVisible(shown)
        self.figure.setVisible(shown)
        answer = state.answer
        if not shown or answer is None:
            return
        with QSignalBlocker(self.threshold):
            self.threshold.setValue(round(STEPS * state.threshold))
        unit = 2 * state.threshold - 1 if answer.scored else state.threshold
        self.figure.setText(f"{unit:.2f}".replace("-", "−"))
        what = f"its score is above {unit:.2f}" if answer.scored else f"P({answer.class_names[1]}) is above {unit:.2f}"
        tip = f"Threshold: an example is taken for '{answer.class_names[1]}' where {what}"
        self.threshold.setToolTip(tip)
        self.figure.setToolTip(tip)

    def _on_part_activated(self, index: int) -> None:
        self._state.choose(part=self._state.parts[index])

    def _on_output_activated(self, index: int) -> None:
        self._state.choose(index=index)

    def _on_threshold_value_changed(self, value: int) -> None:
        self._state.choose(threshold=value / STEPS)


class ResultView(LiveView):
    """Base of the views that judge what the network answers for a part."""

    wants: ClassVar[Literal["classes", "values", ""]] = ""
    """The kind of answers that it can show; "" for both."""
    otherwise: ClassVar[str] = ""
    """What to say on an answer of the other kind; {title} is its name."""
    offers_threshold: ClassVar[bool] = True

    def build(self) -> None:
        self.state = ResultState.of(self.context)
        self.controls = ResultControls(self.state, threshold=self.offers_threshold)
        self.tools.addWidget(self.controls, 1)
        self.build_picture()
        self.state.changed.connect(self._on_state_changed)

    def build_picture(self) -> None:
        """Make what is special to the view."""

    def result_question(self) -> Any:
        """What to compute; the state has an answer of the wanted kind."""
        return self.state.part, self.state.index, self.state.used_threshold

    def question(self) -> Any | None:
        answer = self.state.answer
        if answer is None:
            self.say(self.state.complaint)
            return None
        if self.wants and answer.kind != self.wants:
            self.say(self.otherwise.format(title=answer.title))
            return None
        return self.result_question()

    def _on_state_changed(self) -> None:
        if self.context.problem is not None:
            self.refresh()
