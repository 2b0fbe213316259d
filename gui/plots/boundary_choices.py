"""The boxes that choose what a boundary plot looks at: an answer, and two features."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QWidget

from gui.plots.surface import SurfaceEvaluator, View
from gui.widgets.basic import ElidedComboBox


class ViewChoices(QWidget):
    """Three boxes; each is there only where there is something to choose."""

    chosen = Signal(object)
    """Another View."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._evaluator: SurfaceEvaluator | None = None
        self._view: View | None = None
        self.answer = self._combo("Answer", "Which prediction is shown")
        self.horizontal = self._combo("Horizontal feature", "The feature along the horizontal axis")
        self.vertical = self._combo(
            "Vertical feature", "The feature along the vertical axis; the others keep their median"
        )
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 4, 8, 0)
        row.setSpacing(8)
        for combo in (self.answer, self.horizontal, self.vertical):
            row.addWidget(combo, 1)
        self.hide()

    def _combo(self, name: str, tip: str) -> QComboBox:
        combo = ElidedComboBox(self)
        combo.setAccessibleName(name)
        combo.setToolTip(tip)
        combo.setMaxVisibleItems(20)
        combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        combo.setMinimumContentsLength(8)
        combo.currentIndexChanged.connect(self._on_combo_current_index_changed)
        return combo

    def fill(self, evaluator: SurfaceEvaluator) -> None:
        """Offer what a network and its data have."""
        self._evaluator = evaluator
        features, answers = evaluator.features, evaluator.answers
        for combo, entries, shown in (
            (self.horizontal, features, len(features) > 2),
            (self.vertical, features, len(features) > 2),
            (self.answer, answers, len(answers) > 1),
        ):
            combo.blockSignals(True)
            combo.clear()
            for entry in entries:
                combo.addItem(entry.title, entry)
            combo.blockSignals(False)
            combo.setVisible(shown)

    @property
    def are_any(self) -> bool:
        """There is something to choose."""
        evaluator = self._evaluator
        return evaluator is not None and (len(evaluator.features) > 2 or len(evaluator.answers) > 1)

    def select(self, view: View) -> None:
        """Show what is looked at."""
        assert self._evaluator is not None
        self._view = view
        pairs: tuple[tuple[QComboBox, Any, Any], ...] = (
            (self.horizontal, self._evaluator.features, view.x),
            (self.vertical, self._evaluator.features, view.y),
            (self.answer, self._evaluator.answers, view.answer),
        )
        for combo, entries, entry in pairs:
            combo.blockSignals(True)
            combo.setCurrentIndex(entries.index(entry) if entry in entries else -1)
            combo.blockSignals(False)

    def _on_combo_current_index_changed(self, _index: int) -> None:
        if self._evaluator is None or self._view is None:
            return
        features, answers = self._evaluator.features, self._evaluator.answers
        x, y = features[max(0, self.horizontal.currentIndex())], None
        if self._view.y is not None:
            y = features[max(0, self.vertical.currentIndex())]
            if x == y:  # the other one gives way
                x, y = (x, self._view.x) if self.sender() is self.horizontal else (self._view.y, y)
        view = replace(self._view, x=x, y=y, answer=answers[max(0, self.answer.currentIndex())])
        self.select(view)
        self.chosen.emit(view)
