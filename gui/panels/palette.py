"""The palette: every layer there is, by category, to search and to drag onto the canvas."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QByteArray, QMimeData, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QDrag, QIcon, QKeyEvent, QPainter, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLabel,
    QLineEdit,
    QStackedLayout,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from engine.layer import Layer
from gui.document.appearance import LAYER_MIME_TYPE, layer_color, layer_icon
from gui.document.catalogue import best_first, layer_rank, layers_by_category
from gui.theme import current_theme, qcolor, theme_notifier
from gui.widgets.icons import pixmap

_KIND = int(Qt.ItemDataRole.UserRole)
_ICON = 20


class PalettePanel(QWidget):
    """Searchable list of all layers."""

    layer_activated = Signal(str)
    """The kind that was double-clicked, or chosen with Enter."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.search = QLineEdit(self)
        self.search.setPlaceholderText("Search layers")
        self.search.setAccessibleName("Search layers")
        self.search.setClearButtonEnabled(True)
        self.tree = _LayerTree(self)
        self._nothing = QLabel(self)
        self._nothing.setProperty("role", "muted")
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        self._nothing.setWordWrap(True)
        self._nothing.setMargin(16)
        body = QWidget(self)
        self._stack = QStackedLayout(body)
        self._stack.addWidget(self.tree)
        self._stack.addWidget(self._nothing)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.setSpacing(8)
        layout.addWidget(self.search)
        layout.addWidget(body, 1)
        self.setFocusProxy(self.search)
        self.search.textChanged.connect(self._on_search_text_changed)
        self.search.returnPressed.connect(self._on_search_return_pressed)
        self.tree.itemDoubleClicked.connect(self._on_tree_item_double_clicked)
        self.tree.kind_chosen.connect(self.layer_activated)
        theme_notifier.theme_changed.connect(self._on_theme_notifier_theme_changed)
        self._fill()

    def visible_kinds(self) -> list[str]:
        """The kinds that the search leaves, from top to bottom."""
        return [item.data(0, _KIND) for item in self.tree.layer_items() if not item.isHidden()]

    def _fill(self) -> None:
        """List all layers anew, in the colours of the theme."""
        theme = current_theme()
        current = self.tree.current_kind()
        self.tree.clear()
        for category, layers in layers_by_category().items():
            group = QTreeWidgetItem([category.upper()])
            group.setFlags(Qt.ItemFlag.ItemIsEnabled)
            group.setForeground(0, QColor(theme.text_muted))
            font = self.tree.font()
            font.setPixelSize(11)
            font.setWeight(font.Weight.DemiBold)
            group.setFont(0, font)
            group.setSizeHint(0, QSize(0, 30))
            self.tree.addTopLevelItem(group)
            for layer in layers:
                item = QTreeWidgetItem([layer.label])
                item.setIcon(0, _icon(layer_icon(layer), layer_color(layer, theme)))
                item.setToolTip(
                    0, f"{layer.label}: {layer.summary()}\nDrag it onto the canvas, or double-click to append it."
                )
                item.setData(0, _KIND, layer.kind)
                item.setData(0, int(Qt.ItemDataRole.AccessibleDescriptionRole), layer.summary())
                item.setSizeHint(0, QSize(0, 32))
                item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsDragEnabled)
                group.addChild(item)
                if layer.kind == current:
                    self.tree.setCurrentItem(item)
            group.setExpanded(True)
        self._filter(self.search.text())

    def _filter(self, text: str) -> None:
        shown: dict[str, QTreeWidgetItem] = {}
        for item in self.tree.layer_items():
            fits = layer_rank(_layer(item), text) is not None
            item.setHidden(not fits)
            if fits:
                shown[item.data(0, _KIND)] = item
        for index in range(self.tree.topLevelItemCount()):
            group = self.tree.topLevelItem(index)
            if group is not None:
                group.setHidden(all(child.isHidden() for child in _children(group)))
        best = best_first([_layer(item) for item in shown.values()], text)
        if text.strip() and best:
            self.tree.setCurrentItem(shown[best[0].kind])
        self._nothing.setText(f"No layer matches “{text.strip()}”.")
        self._stack.setCurrentWidget(self.tree if shown else self._nothing)

    def _on_search_text_changed(self, text: str) -> None:
        self._filter(text)

    def _on_search_return_pressed(self) -> None:
        kinds = self.visible_kinds()
        current = self.tree.current_kind()
        if kinds and self.search.text().strip():
            self.layer_activated.emit(current if current in kinds else kinds[0])

    def _on_tree_item_double_clicked(self, item: QTreeWidgetItem, _column: int) -> None:
        if item.data(0, _KIND):
            self.layer_activated.emit(item.data(0, _KIND))

    def _on_theme_notifier_theme_changed(self) -> None:
        self._fill()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Down and self.search.hasFocus():
            self.tree.setFocus()
            if self.tree.current_kind() == "":
                self.tree.setCurrentItem(next(iter(self.tree.layer_items()), None))  # type: ignore[arg-type]
        elif event.key() == Qt.Key.Key_Escape and self.search.text():
            self.search.clear()
        else:
            super().keyPressEvent(event)


class _LayerTree(QTreeWidget):
    """The list itself; a drag from it carries the kind."""

    kind_chosen = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
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
        """Items that stand for a layer."""
        groups = [self.topLevelItem(index) for index in range(self.topLevelItemCount())]
        return [child for group in groups if group is not None for child in _children(group)]

    def current_kind(self) -> str:
        """The kind of the current item, or ""."""
        item = self.currentItem()
        return (item.data(0, _KIND) or "") if item is not None else ""

    def mimeTypes(self) -> list[str]:
        return [LAYER_MIME_TYPE]

    def mimeData(self, items: Sequence[QTreeWidgetItem]) -> QMimeData:
        data: Any = QMimeData()
        kinds = [item.data(0, _KIND) for item in items if item.data(0, _KIND)]
        if kinds:
            data.setData(LAYER_MIME_TYPE, QByteArray(kinds[0].encode()))
        return data

    def startDrag(self, supportedActions: Qt.DropAction) -> None:
        item, kind = self.currentItem(), self.current_kind()
        if item is None or not kind:
            return
        drag = QDrag(self)
        drag.setMimeData(self.mimeData([item]))
        picture = _drag_picture(Layer.registry[kind], self)  # type: ignore[arg-type]
        drag.setPixmap(picture)
        drag.setHotSpot(QPoint(16, 16))
        drag.exec(Qt.DropAction.CopyAction)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.current_kind():
            self.kind_chosen.emit(self.current_kind())
        else:
            super().keyPressEvent(event)


def _layer(item: QTreeWidgetItem) -> type[Layer]:
    """The layer that an item stands for."""
    layer = Layer.registry[item.data(0, _KIND)]
    assert issubclass(layer, Layer)
    return layer


def _icon(name: str, color: str) -> QIcon:
    """The icon, which keeps its colour when its row is selected."""
    result = QIcon()
    for ratio in (1.0, 2.0, 3.0):
        picture = pixmap(name, _ICON, color, ratio)
        for mode in (QIcon.Mode.Normal, QIcon.Mode.Selected):
            result.addPixmap(picture, mode)
    return result


def _children(group: QTreeWidgetItem) -> list[QTreeWidgetItem]:
    """The items of one category."""
    return [child for row in range(group.childCount()) if (child := group.child(row)) is not None]


def _drag_picture(layer: type[Layer], widget: QWidget) -> QPixmap:
    """What hangs at the pointer while a layer is dragged."""
    theme, ratio = current_theme(), widget.devicePixelRatioF()
    width = 48 + widget.fontMetrics().horizontalAdvance(layer.label)
    picture = QPixmap(QSize(width, 32) * ratio)
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QColor(theme.node_border))
    painter.setBrush(qcolor(theme.node_fill, 235))
    painter.drawRoundedRect(QRectF(0.5, 0.5, width - 1, 31), 6, 6)
    painter.drawPixmap(QPoint(8, 6), pixmap(layer_icon(layer), _ICON, layer_color(layer, theme), ratio))
    painter.setFont(widget.font())
    painter.setPen(QColor(theme.text))
    painter.drawText(QRectF(36, 0, width - 40, 32), Qt.AlignmentFlag.AlignVCenter, layer.label)
    painter.end()
    return picture
