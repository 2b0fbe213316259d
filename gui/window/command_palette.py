"""The command palette: every action of the window, found by typing parts of its name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QFrame,
    QGraphicsDropShadowEffect,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from gui.theme import current_theme, qcolor, theme_notifier

WIDTH, ROW, ROWS = 560, 34, 11
ROLE = Qt.ItemDataRole.UserRole + 1


@dataclass(frozen=True)
class Command:
    """One line of the palette."""

    text: str
    group: str
    run: Callable[[], object]
    keys: str = ""
    enabled: bool = True


def score(typed: str, text: str) -> float | None:
    """How well a text fits what was typed, the higher the better; None when a letter is missing.

    The letters must come in the same order. Beginnings of words and runs of letters count more.
    """
    wanted, place, total, run = typed.lower().replace(" ", ""), 0, 0.0, 0
    lower = text.lower()
    starts = {i for i, letter in enumerate(lower) if i == 0 or not lower[i - 1].isalnum()}
    if wanted and wanted in lower.replace(" ", ""):
        total += 20.0
    for letter in wanted:
        found = _next(lower, letter, place, starts, run)
        if found < 0:
            return None
        run = run + 1 if found == place and place else 1
        total += (6.0 if found in starts else 1.0) + 2.0 * (run - 1)
        place = found + 1
    return total - 0.05 * len(text)


def _next(text: str, letter: str, place: int, starts: set[int], run: int) -> int:
    """The next place of a letter: here if a run goes on, else the next beginning of a word, else anywhere."""
    if run and text[place : place + 1] == letter:
        return place
    first = text.find(letter, place)
    word = next((i for i in sorted(starts) if i >= place and text[i] == letter), -1)
    return word if word >= 0 else first


class CommandPalette(QFrame):
    """A field with a list below it, over the upper part of the window."""

    def __init__(self, window: QWidget, commands: Callable[[], list[Command]]):
        super().__init__(window)
        self._make_commands = commands
        self._commands: list[Command] = []
        self._before: QWidget | None = None
        self.setProperty("role", "popup")
        self.setObjectName("command_palette")
        self.setAccessibleName("Command palette")
        self.field = QLineEdit()
        self.field.setPlaceholderText("Type what you want to do")
        self.field.setAccessibleName("Command")
        self.field.setClearButtonEnabled(False)
        self.list = QListView()
        self.list.setAccessibleName("Commands")
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setUniformItemSizes(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setMouseTracking(True)
        self._model = QStandardItemModel(self)
        self.list.setModel(self._model)
        self.list.setItemDelegate(_CommandDelegate(self.list))
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(6)
        column.addWidget(self.field)
        column.addWidget(self.list)
        self._shadow = QGraphicsDropShadowEffect(self, blurRadius=32, xOffset=0, yOffset=8)
        self.setGraphicsEffect(self._shadow)
        self.field.textChanged.connect(self._on_field_text_changed)
        self.field.installEventFilter(self)
        self.list.clicked.connect(self._on_list_clicked)
        self.list.entered.connect(self.list.setCurrentIndex)
        theme_notifier.theme_changed.connect(self._restyle)
        window.installEventFilter(self)
        self._restyle()
        self.hide()

    def open_palette(self) -> None:
        """Show it, with every command."""
        self._commands = self._make_commands()
        self._before = self.window().focusWidget()
        self.field.clear()
        self._fill()
        self._place()
        self.show()
        self.raise_()
        self.field.setFocus()

    def close_palette(self) -> None:
        """Hide it; the focus goes back to where it was."""
        if not self.isVisible():
            return
        self.hide()
        before, self._before = self._before, None
        try:
            if before is not None and before.isVisible():
                before.setFocus()
        except RuntimeError:
            return  # it is gone

    def shown(self) -> list[str]:
        """The texts in the list."""
        return [self._model.item(row).text() for row in range(self._model.rowCount())]

    def run_current(self) -> None:
        """Do what is marked in the list."""
        command = self.list.currentIndex().data(ROLE)
        if isinstance(command, Command) and command.enabled:
            self.close_palette()
            QTimer.singleShot(0, command.run)

    def _fill(self) -> None:
        typed = self.field.text().strip()
        found = [(score(typed, f"{c.text} {c.group}") if typed else 0.0, c) for c in self._commands]
        rows = [(points, c) for points, c in found if points is not None]
        if typed:
            rows.sort(key=lambda row: (not row[1].enabled, -row[0], row[1].text))
        self._model.clear()
        for _, command in rows:
            item = QStandardItem(command.text)
            item.setData(command, ROLE)
            item.setEnabled(command.enabled)
            item.setAccessibleText(", ".join(filter(None, (command.text, command.group, command.keys))))
            self._model.appendRow(item)
        if not rows:
            nothing = QStandardItem(f"Nothing is called '{typed}'")
            nothing.setEnabled(False)
            self._model.appendRow(nothing)
        self.list.setFixedHeight(ROW * min(max(self._model.rowCount(), 1), ROWS) + 2)
        self._go(1, -1)
        self.adjustSize()
        self._place()

    def _go(self, step: int, start: int | None = None) -> None:
        """Mark the next command that can be used."""
        count = self._model.rowCount()
        row = self.list.currentIndex().row() if start is None else start
        for _ in range(count):
            row = (row + step) % count
            index = self._model.index(row, 0)
            if index.flags() & Qt.ItemFlag.ItemIsEnabled:
                self.list.setCurrentIndex(index)
                self.list.scrollTo(index)
                return

    def _place(self) -> None:
        window = self.window()
        width = min(WIDTH, window.width() - 32)
        self.setGeometry((window.width() - width) // 2, min(72, window.height() // 8), width, self.sizeHint().height())

    def _restyle(self) -> None:
        self._shadow.setColor(QColor(0, 0, 0, 150 if current_theme().name == "dark" else 70))
        self.list.viewport().update()

    def _on_field_text_changed(self, _text: str) -> None:
        self._fill()

    def _on_list_clicked(self, _index: QModelIndex) -> None:
        self.run_current()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.field:
            if event.type() == QEvent.Type.FocusOut and self.isVisible() and not self.isAncestorOf(self._focus()):
                QTimer.singleShot(0, self._close_if_left)
            if event.type() in (QEvent.Type.KeyPress, QEvent.Type.ShortcutOverride) and isinstance(event, QKeyEvent):
                return self._take_key(event)
        elif event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return super().eventFilter(watched, event)

    def _focus(self) -> QWidget:
        return self.window().focusWidget() or self.window()

    def _close_if_left(self) -> None:
        if self.isVisible() and not self.field.hasFocus():
            self.hide()

    def _take_key(self, event: QKeyEvent) -> bool:
        steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_Tab: 1, Qt.Key.Key_Backtab: -1}
        key = Qt.Key(event.key())
        if key not in (*steps, Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            return False
        event.accept()
        if event.type() == QEvent.Type.ShortcutOverride:
            return True
        if key in steps:
            self._go(steps[key])
        elif key == Qt.Key.Key_Escape:
            self.close_palette()
        else:
            self.run_current()
        return True


class _CommandDelegate(QStyledItemDelegate):
    """Draws name, menu and shortcut of a command."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(0, ROW)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        theme = current_theme()
        rect: QRect = option.rect  # type: ignore[attr-defined]
        state: QStyle.StateFlag = option.state  # type: ignore[attr-defined]
        command = index.data(ROLE)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if state & QStyle.StateFlag.State_Selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.accent_soft))
            painter.drawRoundedRect(rect.adjusted(0, 1, 0, -1), 5, 5)
        area = rect.adjusted(10, 0, -10, 0)
        middle = Qt.AlignmentFlag.AlignVCenter
        known = isinstance(command, Command)
        painter.setPen(QColor(theme.text) if known and command.enabled else qcolor(theme.text_muted, 150))
        right = 0
        if known:
            keys = command.keys or ""
            muted = QColor(theme.text_muted) if command.enabled else qcolor(theme.text_muted, 150)
            right = painter.fontMetrics().horizontalAdvance(keys) + 16 if keys else 0
            metrics = painter.fontMetrics()
            name = metrics.elidedText(command.text, Qt.TextElideMode.ElideRight, area.width() - right - 72)
            painter.drawText(area, middle | Qt.AlignmentFlag.AlignLeft, name)
            painter.setPen(muted)
            group = area.adjusted(metrics.horizontalAdvance(name) + 10, 0, -right, 0)
            painter.drawText(group, middle | Qt.AlignmentFlag.AlignLeft, command.group)
            painter.drawText(area, middle | Qt.AlignmentFlag.AlignRight, keys)
        else:
            painter.drawText(area, middle | Qt.AlignmentFlag.AlignLeft, str(index.data()))
        painter.restore()
