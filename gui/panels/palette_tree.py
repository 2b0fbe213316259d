"""The rows of the palette, and the list that they are dragged from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QByteArray, QMimeData, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QDrag, QFont, QIcon, QKeyEvent, QPainter, QPixmap
from PySide6.QtWidgets import QAbstractItemView, QTreeWidget, QTreeWidgetItem, QWidget

from engine.layer import Layer
from gui.document.appearance import LAYER_MIME_TYPE, layer_color, layer_icon
from gui.document.user_blocks import BLOCK_PREFIX, CATEGORY, UserBlock
from gui.theme import Theme, current_theme, qcolor
from gui.widgets.icons import pixmap

KIND = int(Qt.ItemDataRole.UserRole)
_ICON = 20


@dataclass(frozen=True, slots=True)
class PaletteEntry:
    """One row: a layer, or a block of the user's."""

    kind: str
    """Kind of the layer, or "block:" and the key of the block."""
    label: str
    summary: str
    icon: str
    color: str
    more: str
    """Found by typing, too."""

    @classmethod
    def of_layer(cls, layer: type[Layer], theme: Theme) -> PaletteEntry:
        """The row of a layer."""
        more, summary = f"{layer.kind} {layer.category} {layer.summary()}", layer.summary()
        return cls(layer.kind, layer.label, summary, layer_icon(layer), layer_color(layer, theme), more)

    @classmethod
    def of_block(cls, block: UserBlock, theme: Theme) -> PaletteEntry:
        """The row of a block."""
        more, color = f"block {CATEGORY} {block.summary}", theme.tint(block.color).line
        return cls(f"{BLOCK_PREFIX}{block.key}", block.name, block.summary, "layers/block", color, more)


class PaletteTree(QTreeWidget):
    """The list itself; a drag from it carries the kind."""

    kind_chosen = Signal(str)
    removal_wanted = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.entries: dict[str, PaletteEntry] = {}
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        self.setAccessibleName("Layers")
        self.setHeaderHidden(True)
        self.setRootIsDecorated(False)
        self.setItemsExpandable(False)
        self.setIndentation(0)
        self.setIconSize(QSize(_ICON, _ICON))
        self.setDragEnabled(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setExpandsOnDoubleClick(False)

    def layer_items(self) -> list[QTreeWidgetItem]:
        """Items that stand for a layer or block."""
        groups = [self.topLevelItem(index) for index in range(self.topLevelItemCount())]
        return [child for group in groups if group is not None for child in children_of(group) if child.data(0, KIND)]

    def current_kind(self) -> str:
        """The kind of the current item, or ""."""
        item = self.currentItem()
        return (item.data(0, KIND) or "") if item is not None else ""

    def mimeTypes(self) -> list[str]:
        return [LAYER_MIME_TYPE]

    def mimeData(self, items: Sequence[QTreeWidgetItem]) -> QMimeData:
        data: Any = QMimeData()
        kinds = [item.data(0, KIND) for item in items if item.data(0, KIND)]
        if kinds:
            data.setData(LAYER_MIME_TYPE, QByteArray(kinds[0].encode()))
        return data

    def startDrag(self, supportedActions: Qt.DropAction) -> None:
        item, kind = self.currentItem(), self.current_kind()
        if item is None or not kind:
            return
        drag = QDrag(self)
        drag.setMimeData(self.mimeData([item]))
        picture = _drag_picture(self.entries[kind], self)
        drag.setPixmap(picture)
        drag.setHotSpot(QPoint(16, 16))
        drag.exec(Qt.DropAction.CopyAction)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.current_kind():
            self.kind_chosen.emit(self.current_kind())
        elif event.key() == Qt.Key.Key_Delete and self.current_kind().startswith(BLOCK_PREFIX):
            self.removal_wanted.emit(self.current_kind())
        else:
            super().keyPressEvent(event)


def group_row(category: str, font: QFont, theme: Theme) -> QTreeWidgetItem:
    group = QTreeWidgetItem([category.upper()])
    group.setFlags(Qt.ItemFlag.ItemIsEnabled)
    group.setForeground(0, QColor(theme.text_muted))
    font = QFont(font)
    font.setPixelSize(11)
    font.setWeight(QFont.Weight.DemiBold)
    group.setFont(0, font)
    group.setSizeHint(0, QSize(0, 30))
    return group


def entry_row(entry: PaletteEntry) -> QTreeWidgetItem:
    item = QTreeWidgetItem([entry.label])
    item.setIcon(0, _icon(entry.icon, entry.color))
    block = entry.kind.startswith(BLOCK_PREFIX)
    more = "\nF2 renames it, Del removes it." if block else ""
    tip = f"{entry.label}: {entry.summary}\nDrag it onto the canvas, or double-click to append it.{more}"
    item.setToolTip(0, tip)
    item.setData(0, KIND, entry.kind)
    item.setData(0, int(Qt.ItemDataRole.AccessibleDescriptionRole), entry.summary)
    item.setSizeHint(0, QSize(0, 32))
    flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsDragEnabled
    item.setFlags(flags | Qt.ItemFlag.ItemIsEditable if block else flags)
    return item


def broken_row(problems: Sequence[str], theme: Theme) -> QTreeWidgetItem:
    """Says that files could not be read, and in its tooltip which and why."""
    item = QTreeWidgetItem(["1 file cannot be read" if len(problems) == 1 else f"{len(problems)} files cannot be read"])
    item.setIcon(0, _icon("problems/warning", theme.warning))
    item.setForeground(0, QColor(theme.text_muted))
    item.setToolTip(0, "\n".join(problems))
    item.setData(0, int(Qt.ItemDataRole.AccessibleDescriptionRole), " ".join(problems))
    item.setSizeHint(0, QSize(0, 32))
    item.setFlags(Qt.ItemFlag.ItemIsEnabled)
    return item


def _icon(name: str, color: str) -> QIcon:
    """The icon, which keeps its colour when its row is selected."""
    result = QIcon()
    for ratio in (1.0, 2.0, 3.0):
        picture = pixmap(name, _ICON, color, ratio)
        for mode in (QIcon.Mode.Normal, QIcon.Mode.Selected):
            result.addPixmap(picture, mode)
    return result


def children_of(group: QTreeWidgetItem) -> list[QTreeWidgetItem]:
    """The items of one category."""
    return [child for row in range(group.childCount()) if (child := group.child(row)) is not None]


def _drag_picture(entry: PaletteEntry, widget: QWidget) -> QPixmap:
    """What hangs at the pointer while a row is dragged."""
    theme, ratio = current_theme(), widget.devicePixelRatioF()
    width = 48 + widget.fontMetrics().horizontalAdvance(entry.label[:60])
    picture = QPixmap(QSize(width, 32) * ratio)
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QColor(theme.node_border))
    painter.setBrush(qcolor(theme.node_fill, 235))
    painter.drawRoundedRect(QRectF(0.5, 0.5, width - 1, 31), 6, 6)
    painter.drawPixmap(QPoint(8, 6), pixmap(entry.icon, _ICON, entry.color, ratio))
    painter.setFont(widget.font())
    painter.setPen(QColor(theme.text))
    painter.drawText(QRectF(36, 0, width - 40, 32), Qt.AlignmentFlag.AlignVCenter, entry.label[:60])
    painter.end()
    return picture
