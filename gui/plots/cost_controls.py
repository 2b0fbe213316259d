"""The controls above the cost plot: smoothing, axes, earlier runs."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

from PySide6.QtCore import Signal
from PySide6.QtGui import QPixmap, QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QRadioButton, QVBoxLayout, QWidget

from gui.plots.captions import metric_title
from gui.plots.ghosts import Ghost, RunSettings
from gui.plots.popup import PopupButton
from gui.plots.smoothing import Smoothing
from gui.plots.style import toggle
from gui.theme import qcolor
from gui.widgets.basic import CheckBox, Label, ToolButton
from gui.widgets.export import ExportButton, Table
from gui.widgets.numbers import QuietSlider

BETAS = (0.0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9995, 0.9999)
WIDE = 330
"""Points from which there is room for all of the buttons' texts."""
Mode = Literal["none", "epoch", "weighted"]


@dataclass(frozen=True, slots=True)
class CostView:
    """How the numbers are shown."""

    mode: Mode
    smoothing: Smoothing
    log_cost: bool = False
    log_steps: bool = False
    epochs: bool = False
    metric: str = ""
    """Empty for none."""


class SmoothButton(PopupButton):
    """Chooses how the costs of the steps are averaged."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Smooth", "How the cost of the steps is averaged; the cost of each stays behind, pale", parent)
        self._modes = QButtonGroup(self)
        names = {"none": "No average", "epoch": "Mean of the steps of an epoch", "weighted": "Exponentially weighted"}
        self.by_mode = {mode: QRadioButton(text) for mode, text in names.items()}
        for button in self.by_mode.values():
            self._modes.addButton(button)
            self.body.addWidget(button)
        self.by_mode["epoch"].setChecked(True)
        self.beta = QuietSlider()
        self.beta.setRange(0, len(BETAS) - 1)
        self.beta.setValue(BETAS.index(0.9))
        self.beta.setPageStep(1)
        self.beta.setAccessibleName("β of the exponentially weighted average")
        self.beta.setMinimumWidth(200)
        self.beta_text = Label("", "small")
        self.corrected = CheckBox("Bias correction v / (1 − βᵗ)")
        self.corrected.setChecked(True)
        self.corrected.setToolTip("Without it the average begins near 0, because it starts from v = 0")
        self._formula = Label("v := β v + (1 − β) J", "formula")
        inner = QVBoxLayout()
        inner.setContentsMargins(24, 0, 0, 0)
        inner.setSpacing(4)
        for widget in (self._formula, self.beta, self.beta_text, self.corrected):
            inner.addWidget(widget)
        self.body.addLayout(inner)
        self._modes.buttonToggled.connect(self._on_modes_button_toggled)
        self.beta.valueChanged.connect(self._on_beta_value_changed)
        self.corrected.toggled.connect(self._on_corrected_toggled)
        self._show()

    @property
    def mode(self) -> Mode:
        """What is chosen."""
        chosen: list[Mode] = [mode for mode in ("none", "epoch", "weighted") if self.by_mode[mode].isChecked()]
        return chosen[0] if chosen else "none"

    @property
    def smoothing(self) -> Smoothing:
        """β and the bias correction."""
        return Smoothing(BETAS[self.beta.value()], self.corrected.isChecked())

    def _show(self) -> None:
        beta, weighted = BETAS[self.beta.value()], self.mode == "weighted"
        self.beta_text.setText(f"β = {beta:g}, about the last {round(1 / (1 - beta)):,} steps")
        for widget in (self._formula, self.beta_text, self.corrected):
            widget.setEnabled(weighted)

    def _on_modes_button_toggled(self, _button: object, checked: bool) -> None:
        if checked:
            self._show()
            self.changed.emit()

    def _on_beta_value_changed(self, _value: int) -> None:
        self.by_mode["weighted"].setChecked(True)
        self._show()
        self.changed.emit()

    def _on_corrected_toggled(self, _checked: bool) -> None:
        self.changed.emit()


class AxesButton(PopupButton):
    """Chooses scales, and the figure below the cost."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Axes", "Scales of the axes, and the figure drawn below the cost", parent)
        self.log_cost = CheckBox("Logarithmic cost")
        self.log_steps = CheckBox("Logarithmic steps")
        self.epochs = CheckBox("Epochs instead of steps")
        for box in (self.log_cost, self.log_steps, self.epochs):
            box.toggled.connect(self._on_box_toggled)
            self.body.addWidget(box)
        self._heading = Label("Below the cost", "small")
        self._heading.setContentsMargins(0, 4, 0, 0)
        self.body.addWidget(self._heading)
        self._rows = QVBoxLayout()
        self._rows.setSpacing(8)
        self.body.addLayout(self._rows)
        self._group = QButtonGroup(self)
        self._group.buttonToggled.connect(self._on_group_button_toggled)
        self.by_metric: dict[str, QRadioButton] = {}
        self._wanted: str | None = None
        """What the user chose; None until then."""
        self.fill([])

    @property
    def metric(self) -> str:
        """The figure below the cost; empty for none."""
        return next((name for name, button in self.by_metric.items() if button.isChecked()), "")

    def fill(self, metrics: Sequence[str]) -> None:
        """Offer other figures; the choice stays where it can."""
        names = ["", *metrics]
        if list(self.by_metric) == names:
            return
        for button in self.by_metric.values():
            self._group.removeButton(button)
            self._rows.removeWidget(button)
            button.deleteLater()
        self.by_metric = {}
        chosen = self._wanted if self._wanted in names else names[min(1, len(metrics))]
        for name in names:
            button = self.by_metric[name] = QRadioButton(metric_title(name) if name else "Nothing")
            button.setChecked(name == chosen)
            self._rows.addWidget(button)
            self._group.addButton(button)
            button.setVisible(bool(metrics))
        self._heading.setVisible(bool(metrics))

    def _on_box_toggled(self, _checked: bool) -> None:
        self.changed.emit()

    def _on_group_button_toggled(self, _button: object, checked: bool) -> None:
        if checked:
            self._wanted = self.metric
            self.changed.emit()


class RunsButton(PopupButton):
    """Lists earlier runs: each can be hidden or removed."""

    changed = Signal()
    removed = Signal(object)
    """A Ghost."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Runs", "Earlier runs, which stay in the plot, pale", parent)
        self._holder: QWidget | None = None
        self.boxes: list[CheckBox] = []
        self.removers: list[ToolButton] = []
        self.hide()

    def fill(self, ghosts: Sequence[Ghost], current: RunSettings | None, color: Callable[[Ghost], str]) -> None:
        """Show other runs."""
        if self._holder is not None:
            self.body.removeWidget(self._holder)
            self._holder.hide()
            self._holder.deleteLater()
        self._holder = QWidget()
        rows = QVBoxLayout(self._holder)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(8)
        self.boxes, self.removers = [], []
        for ghost in reversed(ghosts):
            rows.addLayout(self._row(ghost, current, color(ghost)))
        self.body.addWidget(self._holder)
        self.setVisible(bool(ghosts))
        if not ghosts:
            self.panel.hide()
        elif self.panel.isVisible():
            self.panel.adjustSize()

    def _row(self, ghost: Ghost, current: RunSettings | None, color: str) -> QHBoxLayout:
        box = CheckBox(ghost.title)
        swatch = QPixmap(12, 12)
        swatch.fill(qcolor(color))
        box.setIcon(swatch)
        box.setChecked(ghost.shown)
        box.toggled.connect(partial(self._on_box_toggled, ghost))
        remover = ToolButton("close", f"Remove {ghost.title} from the plot")
        remover.clicked.connect(partial(self._on_remover_clicked, ghost))
        words = ghost.differences(current)
        text = Label(words, "small", wrap=True)
        text.setMinimumWidth(300)
        column = QVBoxLayout()
        column.setSpacing(0)
        column.addWidget(box)
        if words:
            text.setContentsMargins(24, 0, 0, 0)
            column.addWidget(text)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addLayout(column, 1)
        row.addWidget(remover)
        self.boxes.append(box)
        self.removers.append(remover)
        return row

    def _on_box_toggled(self, ghost: Ghost, checked: bool) -> None:
        ghost.shown = checked
        self.changed.emit()

    def _on_remover_clicked(self, ghost: Ghost) -> None:
        self.removed.emit(ghost)


class CostControls(QWidget):
    """All of them in a row."""

    changed = Signal()
    """`view` is another."""

    def __init__(self, picture: Callable[[], QWidget], table: Callable[[], Table | None], parent: QWidget) -> None:
        super().__init__(parent)
        self.smooth, self.axes, self.runs = SmoothButton(self), AxesButton(self), RunsButton(self)
        self.follow = toggle("Follow", "Keep the whole run in view; turn the wheel or drag to look closer", self)
        self.follow.setChecked(True)
        self.export_button = ExportButton("Cost", picture, table, self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 4, 8, 0)
        row.setSpacing(0)
        for widget in (self.smooth, self.axes, self.runs, self.follow):
            row.addWidget(widget)
        row.addStretch(1)
        row.addWidget(self.export_button)
        self.smooth.changed.connect(self.changed)
        self.axes.changed.connect(self.changed)
        self.runs.changed.connect(self.changed)

    @property
    def view(self) -> CostView:
        """What is chosen."""
        axes, beta = self.axes, self.smooth.smoothing.beta
        mode = "none" if self.smooth.mode == "weighted" and math.isclose(beta, 0) else self.smooth.mode
        return CostView(
            mode, self.smooth.smoothing, axes.log_cost.isChecked(), axes.log_steps.isChecked(),
            axes.epochs.isChecked(), axes.metric,
        )  # fmt: skip

    # Qt

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        for button in (self.smooth, self.axes, self.runs):
            button.set_compact(event.size().width() < WIDE)
