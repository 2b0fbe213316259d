"""Controls in a row that goes on in the next line where the dock is narrow."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLayout, QLayoutItem, QVBoxLayout, QWidget

from gui.widgets.basic import Button, Label

LOW, NARROW, PANEL = 400, 460, 440
"""Height and width of a view below which its settings are in a panel of their own; width of that panel."""


class FlowLayout(QLayout):
    """Lines of widgets, each as wide as it likes to be."""

    def __init__(self, parent: QWidget | None = None, spacing: int = 8) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self.setSpacing(spacing)

    def _lines(self, width: int) -> list[list[tuple[QLayoutItem, QSize]]]:
        lines: list[list[tuple[QLayoutItem, QSize]]] = []
        x = 0
        for item in self._items:
            widget = item.widget()
            if widget is not None and widget.isHidden():
                continue
            size = item.sizeHint().expandedTo(item.minimumSize())
            size.setWidth(min(size.width(), max(width, item.minimumSize().width())))
            if not lines or x + size.width() > width:
                lines.append([])
                x = 0
            lines[-1].append((item, size))
            x += size.width() + self.spacing()
        return lines

    def _arrange(self, area: QRect, *, place: bool) -> int:
        """Put the items into lines, each in the middle of its line; returns the height they need."""
        margins = self.contentsMargins()
        width, y = area.width() - margins.left() - margins.right(), area.top() + margins.top()
        for number, line in enumerate(self._lines(width)):
            high = max(size.height() for _, size in line)
            x, y = area.left() + margins.left(), y + (4 if number else 0)
            for item, size in line:
                if place:
                    item.setGeometry(QRect(QPoint(x, y + (high - size.height()) // 2), size))
                x += size.width() + self.spacing()
            y += high
        return y + margins.bottom() - area.top()

    # Qt

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:  # type: ignore[override]
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:  # type: ignore[override]
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._arrange(QRect(0, 0, width, 0), place=False)

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        self._arrange(rect, place=True)

    def sizeHint(self) -> QSize:
        return self.minimumSize()

    def minimumSize(self) -> QSize:
        size = QSize()
        for item in self._items:
            size = size.expandedTo(item.minimumSize())
        margins = self.contentsMargins()
        return size + QSize(margins.left() + margins.right(), margins.top() + margins.bottom())


def labelled(text: str, *widgets: QWidget) -> QWidget:
    """Widgets behind a word that says what they are; the widgets keep their own accessible names."""
    holder = QWidget()
    row = QHBoxLayout(holder)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(4)
    row.addWidget(Label(text, "muted"))
    for widget in widgets:
        row.addWidget(widget)
    return holder


class SettingsPlace:
    """Settings above the picture where there is room; in a low dock in a panel that a button opens."""

    def __init__(self, settings: QWidget, column: QVBoxLayout) -> None:
        """Settings at the top of a column.

        Args:
            settings: The widget that moves.
            column: Where it is as long as there is room.
        """
        self.settings = settings
        self._column = column
        self.button = Button("Settings…", tooltip="Kernel, padding, stride and more")
        self.button.clicked.connect(self._on_button_clicked)
        self.button.hide()
        self.panel: QFrame | None = None
        column.insertWidget(0, settings)

    def arrange(self, width: int, height: int) -> None:
        """The view has another size."""
        low = height < LOW or width < NARROW
        if low == (self.panel is not None):
            return
        self.button.setVisible(low)
        if low:
            self.panel = QFrame(self.button, Qt.WindowType.Popup)
            self.panel.setProperty("role", "popup")
            self.panel.setAccessibleName("Settings")
            inside = QVBoxLayout(self.panel)
            inside.setContentsMargins(4, 12, 4, 8)
            inside.addWidget(self.settings)
        else:
            self._column.insertWidget(0, self.settings)
            assert self.panel is not None
            self.panel.close()
            self.panel.deleteLater()
            self.panel = None

    def _on_button_clicked(self) -> None:
        panel = self.panel
        if panel is None:
            return
        panel.resize(PANEL, panel.heightForWidth(PANEL))
        spot = self.button.mapToGlobal(QPoint(0, self.button.height() + 4))
        area = self.button.screen().availableGeometry()
        if spot.y() + panel.height() > area.bottom():
            spot.setY(self.button.mapToGlobal(QPoint(0, -4)).y() - panel.height())
        panel.move(max(min(spot.x(), area.right() - panel.width()), area.left()), max(spot.y(), area.top()))
        panel.show()
        self.settings.setFocus()
