"""The two tables of the data wizard: the first rows as they are written, and what becomes of each column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from PySide6.QtCore import QAbstractTableModel, QEvent, QModelIndex, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QColor, QFont, QGuiApplication, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QMenu,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from engine.data.dataset import ColumnFact
from engine.data.preview import Preview
from gui.theme import current_theme, theme_notifier
from gui.widgets.icons import icon
from gui.window.data_wizard_work import Role

HOLDS = {"numbers": "numbers", "truth": "true, false", "dates": "dates", "text": "text"}
ROLES: dict[Role, str] = {"input": "Input", "target": "Target", "left out": "Leave out"}
TITLES = ("Column", "Holds", "Use as", "What happens to it")
USE, WHAT = 2, 3
WIDEST = 220
"""Pixels of a preview column at most."""
LEFT, RIGHT = (
    int(side | Qt.AlignmentFlag.AlignVCenter) for side in (Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight)
)


class _Model(QAbstractTableModel):
    """Base: colours by role."""

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.roles: dict[str, Role] = {}
        theme_notifier.theme_changed.connect(self._on_theme_notifier_theme_changed)

    def color(self, name: str) -> QColor | None:
        """Columns that are left out are quiet."""
        return QColor(current_theme().text_muted) if self.roles.get(name) == "left out" else None

    def _on_theme_notifier_theme_changed(self) -> None:
        self.layoutChanged.emit()


class PreviewModel(_Model):
    """The first rows."""

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.preview = Preview((), (), ())
        self.facts: dict[str, ColumnFact] = {}

    def show(self, preview: Preview) -> None:
        """Show other rows."""
        self.beginResetModel()
        self.preview, self.facts = preview, {}
        self.endResetModel()

    def mark(self, roles: dict[str, Role], facts: dict[str, ColumnFact]) -> None:
        """Show what the columns are used as, and what they were found to hold."""
        self.roles, self.facts = roles, facts
        if self.preview.header:
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(self.preview.header) - 1)
            self.dataChanged.emit(self.index(0, 0), self.index(self.rowCount() - 1, self.columnCount() - 1))

    def kind(self, column: int) -> str:
        """What a column holds."""
        fact = self.facts.get(self.preview.header[column])
        return fact.kind if fact is not None else self.preview.kinds[column]

    def rowCount(self, parent: Any = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.preview.rows)

    def columnCount(self, parent: Any = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.preview.header)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return str(section + 1) if role == Qt.ItemDataRole.DisplayRole else None
        name = self.preview.header[section]
        if role == Qt.ItemDataRole.DisplayRole:
            use = " · target" if self.roles.get(name) == "target" else ""
            return f"{name}\n{HOLDS[self.kind(section)]}{use}"
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return RIGHT if self.kind(section) == "numbers" else LEFT
        if role == Qt.ItemDataRole.ForegroundRole and self.roles.get(name) == "target":
            return QColor(current_theme().accent)
        return None

    def data(self, index: Any, role: int = 0) -> Any:
        row, column = self.preview.rows[index.row()], index.column()
        name = self.preview.header[column]
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.ToolTipRole:
                return row[column] if column < len(row) else ""
            case Qt.ItemDataRole.TextAlignmentRole:
                return RIGHT if self.kind(column) == "numbers" else LEFT
            case Qt.ItemDataRole.ForegroundRole:
                return self.color(name)
            case Qt.ItemDataRole.BackgroundRole if column >= len(row):
                return QColor(current_theme().error_soft)  # the row is too short
            case Qt.ItemDataRole.BackgroundRole if self.roles.get(name) == "target":
                return QColor(current_theme().accent_soft)
        return None


class ColumnsModel(_Model):
    """One row per column of the table."""

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.header: tuple[str, ...] = ()
        self.kinds: dict[str, str] = {}
        self.facts: dict[str, ColumnFact] = {}

    def show(self, header: Sequence[str], kinds: Sequence[str]) -> None:
        """Show the columns of another table."""
        changed = tuple(header) != self.header
        if changed:
            self.beginResetModel()
        self.header, self.kinds = tuple(header), dict(zip(header, kinds, strict=True))
        self.facts = {} if changed else self.facts
        if changed:
            self.endResetModel()

    def mark(self, roles: Mapping[str, Role], facts: Mapping[str, ColumnFact]) -> None:
        """Show roles and what was found out; the selection stays."""
        self.roles, self.facts = dict(roles), dict(facts)
        if self.header:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.header) - 1, len(TITLES) - 1))

    def rowCount(self, parent: Any = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.header)

    def columnCount(self, parent: Any = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(TITLES)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return TITLES[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return LEFT
        return None

    def data(self, index: Any, role: int = 0) -> Any:
        name = self.header[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.ToolTipRole:
                return self._text(name, index.column())
            case Qt.ItemDataRole.TextAlignmentRole:
                return LEFT
            case Qt.ItemDataRole.ForegroundRole if index.column() == USE and self.roles.get(name) == "target":
                return QColor(current_theme().accent)
            case Qt.ItemDataRole.ForegroundRole:
                return self.color(name)
            case Qt.ItemDataRole.FontRole if self.roles.get(name) == "target" and index.column() in (0, USE):
                font = QFont(QGuiApplication.font())
                font.setWeight(QFont.Weight.DemiBold)
                return font
        return None

    def _text(self, name: str, column: int) -> str:
        fact = self.facts.get(name)
        if column == 0:
            return name
        if column == 1:
            return HOLDS[fact.kind if fact is not None else self.kinds.get(name, "text")]
        if column == USE:
            return ROLES[self.roles.get(name, "input")]
        return fact.what if fact is not None else ""


class _Table(QTableView):
    """Base: calm, by rows, left with Tab."""

    def __init__(self, name: str, parent: QWidget | None = None):
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().setDefaultSectionSize(26)
        self.verticalHeader().setMinimumSectionSize(20)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        # Cells begin where their header does, and no frame in the corner of the scroll bars.
        self.setStyleSheet(
            "QTableView::item { padding: 0 3px; }QAbstractScrollArea::corner { background: transparent; border: none; }"
        )


class PreviewTable(_Table):
    """The first rows."""

    def __init__(self, parent: QWidget | None = None):
        super().__init__("First rows of the table", parent)
        self.content = PreviewModel(self)
        self.setModel(self.content)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.horizontalHeader().setMaximumSectionSize(2 * WIDEST)
        self.verticalHeader().hide()

    def show_preview(self, preview: Preview) -> None:
        """Show other rows."""
        self.content.show(preview)
        self._fit_columns()

    def mark(self, roles: dict[str, Role], facts: dict[str, ColumnFact]) -> None:
        """Show what the columns are used as, and what they were found to hold."""
        self.content.mark(roles, facts)
        self._fit_columns()

    def _fit_columns(self) -> None:
        """Each column as wide as it needs."""
        self.resizeColumnsToContents()
        for column in range(self.content.columnCount()):
            self.setColumnWidth(column, min(self.columnWidth(column) + 16, WIDEST))


class ColumnsTable(_Table):
    """What becomes of each column; roles are chosen by mouse, with the menu on Enter, or with the keys I, T and L."""

    role_chosen = Signal(list, str)
    """Names of columns, and what to use them as."""

    def __init__(self, parent: QWidget | None = None):
        super().__init__("Columns and what happens to them", parent)
        self.content = ColumnsModel(self)
        self.setModel(self.content)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setItemDelegateForColumn(USE, _RoleDelegate(self))
        self.verticalHeader().hide()
        header, modes = self.horizontalHeader(), QHeaderView.ResizeMode
        for column, width in enumerate((184, 84, 104)):
            header.resizeSection(column, width)
        header.setSectionResizeMode(WHAT, modes.Stretch)
        header.setMinimumSectionSize(60)

    def chosen_names(self) -> list[str]:
        """The selected columns."""
        return [self.content.header[index.row()] for index in self.selectionModel().selectedRows()]

    def role_menu(self) -> QMenu:
        """What the selected columns can be used as."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for role, text in ROLES.items():
            action = menu.addAction(f"{text}\t{text[0]}")
            action.setData(role)
        menu.triggered.connect(lambda action: self._choose(action.data()))
        return menu

    def _choose(self, role: str) -> None:
        names = self.chosen_names()
        if names:
            self.role_chosen.emit(names, role)

    def _popup(self, row: int) -> None:
        rect: QRect = self.visualRect(self.content.index(row, USE))
        self.role_menu().popup(self.viewport().mapToGlobal(rect.bottomLeft() + QPoint(0, 2)))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        index = self.indexAt(event.position().toPoint())
        plain = event.modifiers() == Qt.KeyboardModifier.NoModifier
        if index.isValid() and index.column() == USE and event.button() == Qt.MouseButton.LeftButton and plain:
            self._popup(index.row())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        roles = {text[0].upper(): role for role, text in ROLES.items()}
        key = event.text().upper()
        if key in roles and event.modifiers() == Qt.KeyboardModifier.NoModifier:
            self._choose(roles[key])
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self.currentIndex().isValid():
            self._popup(self.currentIndex().row())
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        space = event.type() == QEvent.Type.ShortcutOverride and cast(QKeyEvent, event).key() == Qt.Key.Key_Space
        if space:
            event.accept()
            return True
        return super().event(event)


class _RoleDelegate(QStyledItemDelegate):
    """Draws a small arrow: here is a menu."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Any) -> None:
        super().paint(painter, option, index)
        rect: QRect = option.rect  # type: ignore[attr-defined]
        side = 12
        place = QRect(rect.right() - side - 6, rect.center().y() - side // 2 + 1, side, side)
        icon("chevron", current_theme().text_muted).paint(painter, place)
