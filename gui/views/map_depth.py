"""A slider that goes through the slices of a volume."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from gui.widgets.basic import Label
from gui.widgets.numbers import QuietSlider


class DepthSlider(QWidget):
    """Seen only where there are slices; in the middle at first."""

    moved = Signal()

    def __init__(self, row: QHBoxLayout, *, shares: bool = False) -> None:
        """A hidden slider at the end of a row; with `shares` it goes through layers of different depths alike."""
        super().__init__()
        self._shares = shares
        self._count = 0
        self.slider = QuietSlider(self)
        self.slider.setAccessibleName("Slice of the volume")
        self.slider.setToolTip("Which slice of the volume is shown")
        self.slider.setMinimumWidth(60)
        self.slider.setMaximumWidth(140)
        self.text = Label("", "small")
        inner = QHBoxLayout(self)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(4)
        inner.addWidget(self.slider)
        inner.addWidget(self.text)
        row.addWidget(self)
        self.slider.valueChanged.connect(self._on_slider_value_changed)
        self.hide()

    @property
    def value(self) -> int | None:
        """The slice; None where there are none."""
        return self.slider.value() if self._count else None

    def offer(self, count: int) -> None:
        """There are so many slices; 0 for none."""
        if count != self._count:
            self._count = count
            with QSignalBlocker(self.slider):
                self.slider.setRange(0, max(count - 1, 0))
                self.slider.setValue(count // 2)
            self._write()
            self.setVisible(count > 1)

    def _write(self) -> None:
        value = self.slider.value()
        share = value / max(self.slider.maximum(), 1)
        self.text.setText(f"depth {share:.0%}" if self._shares else f"slice {value}")

    def _on_slider_value_changed(self) -> None:
        self._write()
        self.moved.emit()
