"""A list to choose from by typing: what the canvas shows to add, replace, connect and find."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QColor, QGuiApplication, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from gui.canvas.text import breakable, elided, elided_lines, small_font, text_width
from gui.document.catalogue import rank
from gui.theme import current_theme, qcolor
from gui.widgets.icons import pixmap

WIDTH = 332
ROW = 34
MOST_ROWS = 9
_ENTRY = int(Qt.ItemDataRole.UserRole)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the list."""

    key: str
    label: str
    note: str = ""
    """Quiet, at the right."""
    help: str = ""
    """A sentence shown below the list while this is the current line."""
    icon: str = ""
    color: str = ""
    more: str = ""
    """Found by typing, too."""
    refused: str = ""
    """Why it cannot be chosen; it is grey then."""


class FindMenu(QFrame):
    """A popup: typing filters, arrows walk, Enter chooses, Esc closes. It deletes itself."""

    entry_chosen = Signal(str)
    current_changed = Signal(str)
    """The key of the current line, or "" for none."""
    closed = Signal()

    def __init__(self, entries: Sequence[Entry], prompt: str, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setObjectName("find_menu")
        self.setAccessibleName(prompt)
        self._entries = list(entries)
        self._current = ""
        self.remark = ""
        """The sentence below the list."""
        theme = current_theme()
        self.setStyleSheet(
            f"#find_menu {{ background: {theme.surface_raised}; border: 1px solid {theme.border_strong}; }}"
            f" QListWidget {{ background: {theme.surface_raised}; }}"
        )
        self.search = QLineEdit(self)
        self.search.setPlaceholderText(prompt)
        self.search.setAccessibleName(prompt)
        self.search.setMaxLength(200)
        self.list = QListWidget(self)
        self.list.setAccessibleName("Choices")
        self.list.setItemDelegate(_Delegate(self.list))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setMouseTracking(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setUniformItemSizes(True)
        self._remark = QLabel(self)
        self._remark.setTextFormat(Qt.TextFormat.PlainText)
        self._remark.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self._remark.setFixedHeight(38)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.setSpacing(6)
        layout.addWidget(self.search)
        layout.addWidget(self.list)
        layout.addWidget(self._remark)
        self.setFocusProxy(self.search)
        self.setFixedWidth(WIDTH)
        rows = max(3, min(MOST_ROWS, len(self._entries)))
        self.list.setFixedHeight(rows * ROW + 2)
        self.search.textChanged.connect(self._on_search_text_changed)
        self.search.returnPressed.connect(self._on_search_return_pressed)
        self.list.itemClicked.connect(self._on_list_item_clicked)
        self.list.currentItemChanged.connect(self._on_list_current_item_changed)
        self._fill("")

    @property
    def current(self) -> str:
        """The key of the current line, or ""."""
        return self._current

    def keys(self) -> list[str]:
        """The keys of all lines that are left, from top to bottom."""
        items = [self.list.item(row) for row in range(self.list.count())]
        return [item.data(_ENTRY).key for item in items if item is not None and item.data(_ENTRY)]

    def open_at(self, place: QPoint) -> None:
        """Show it with its corner at a point of the screen, or as near as it fits."""
        self.adjustSize()
        screen = QGuiApplication.screenAt(place) or QGuiApplication.primaryScreen()
        area = screen.availableGeometry().adjusted(8, 8, -8, -8)
        x = min(place.x(), area.right() - self.width())
        y = min(place.y(), area.bottom() - self.height())
        self.move(max(area.left(), x), max(area.top(), y))
        self.show()
        self.search.setFocus(Qt.FocusReason.PopupFocusReason)

    def show_remark(self, text: str, wrong: bool = False) -> None:
        """Show a sentence below the list."""
        theme = current_theme()
        color = theme.error if wrong else theme.text_muted
        self._remark.setStyleSheet(f"color: {color}; font-size: {theme.font_size_small}px; background: transparent;")
        self.remark = text
        lines = elided_lines(text, small_font(), WIDTH - 20, 2)
        self._remark.setText("\n".join(lines))
        self._remark.setToolTip(breakable(text) if "…" in "".join(lines) else "")

    def _fill(self, text: str) -> None:
        ranked = [
            (found, entry) for entry in self._entries if (found := rank(text, entry.label, entry.more)) is not None
        ]
        ranked.sort(key=lambda pair: (bool(pair[1].refused), pair[0]))
        self.list.blockSignals(True)
        self.list.clear()
        for _, entry in ranked:
            item = QListWidgetItem(entry.label)
            item.setData(_ENTRY, entry)
            item.setSizeHint(QSize(0, ROW))
            item.setData(int(Qt.ItemDataRole.AccessibleDescriptionRole), entry.refused or entry.help)
            self.list.addItem(item)
        self.list.blockSignals(False)
        self.list.setCurrentRow(0 if ranked else -1)
        if not ranked:
            self._on_list_current_item_changed(None, None)

    def _choose(self, item: QListWidgetItem | None) -> None:
        entry: Entry | None = item.data(_ENTRY) if item is not None else None
        if entry is None or entry.refused:
            QApplication.beep()
            return
        key = entry.key
        self.close()
        self.entry_chosen.emit(key)

    def _walk(self, rows: int) -> None:
        count = self.list.count()
        if count:
            row = self.list.currentRow() + rows
            self.list.setCurrentRow(row % count if abs(rows) == 1 else max(0, min(count - 1, row)))

    def _on_search_text_changed(self, text: str) -> None:
        self._fill(text)

    def _on_search_return_pressed(self) -> None:
        self._choose(self.list.currentItem())

    def _on_list_item_clicked(self, item: QListWidgetItem) -> None:
        self._choose(item)

    def _on_list_current_item_changed(self, item: QListWidgetItem | None, _before: QListWidgetItem | None) -> None:
        entry: Entry | None = item.data(_ENTRY) if item is not None else None
        self._current = entry.key if entry is not None else ""
        if entry is None:
            self.show_remark(f"Nothing matches “{self.search.text().strip()}”." if self._entries else "")
        else:
            self.show_remark(entry.refused or entry.help, bool(entry.refused))
        self.current_changed.emit(self._current)

    def focusNextPrevChild(self, next: bool) -> bool:
        self._walk(1 if next else -1)
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {
            Qt.Key.Key_Down: 1,
            Qt.Key.Key_Up: -1,
            Qt.Key.Key_PageDown: MOST_ROWS - 1,
            Qt.Key.Key_PageUp: 1 - MOST_ROWS,
        }
        if event.key() in steps:
            self._walk(steps[Qt.Key(event.key())])
        elif event.key() == Qt.Key.Key_Escape:
            self.close()
        event.accept()

    def closeEvent(self, event: QCloseEvent) -> None:
        super().closeEvent(event)
        self.closed.emit()


class _Delegate(QStyledItemDelegate):
    """Draws icon, label and note of a line; grey where it cannot be chosen."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        theme = current_theme()
        entry: Entry = index.data(_ENTRY)
        rect: QRect = option.rect  # type: ignore[attr-defined]
        state: QStyle.StateFlag = option.state  # type: ignore[attr-defined]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        if state & QStyle.StateFlag.State_Selected:
            painter.setBrush(QColor(theme.accent_soft))
            painter.drawRoundedRect(QRectF(rect).adjusted(1, 1, -1, -1), 5, 5)
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.setBrush(QColor(theme.hover))
            painter.drawRoundedRect(QRectF(rect).adjusted(1, 1, -1, -1), 5, 5)
        if entry.refused:
            painter.setOpacity(0.5)
        middle = rect.center().y()
        if entry.icon:
            color = entry.color or theme.text
            painter.setBrush(qcolor(color, 34))
            tile = QRectF(rect.left() + 6, middle - 11, 23, 23)
            painter.drawRoundedRect(tile, 5, 5)
            ratio = painter.device().devicePixelRatioF()
            painter.drawPixmap(tile.adjusted(4, 4, -4, -4), pixmap(entry.icon, 16, color, ratio), QRectF())
        left, right = rect.left() + 38, rect.right() - 10
        note = elided(entry.note, small_font(), (right - left) * 0.5)
        taken = text_width(note, small_font()) + 12 if note else 0
        painter.setFont(self.parent().font())  # type: ignore[union-attr]
        painter.setPen(QColor(theme.text))
        row = QRectF(left, rect.top(), right - left, rect.height())
        label = elided(entry.label, painter.font(), row.width() - taken, Qt.TextElideMode.ElideMiddle)
        painter.drawText(row, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, label)
        painter.setFont(small_font())
        painter.setPen(QColor(theme.text_muted))
        painter.drawText(row, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, note)
        painter.restore()
