"""A gallery of pictures with a line of words below each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from PySide6.QtCore import QAbstractListModel, QModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from gui.theme import current_theme, theme_notifier
from gui.views.result_table import Index, Role

SIDE = 72
"""Of a picture, in points."""
CELL = QSize(104, 120)


class GalleryModel(QAbstractListModel):
    """Pictures (k, height, width, 4) with words."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.pixels = np.zeros((0, 1, 1, 4), np.uint8)
        self.words: Sequence[tuple[str, str, str]] = ()
        """For each a strong line, a quiet line and a sentence."""
        self.wrong: np.ndarray = np.zeros(0, bool)

    def fill(self, pixels: np.ndarray, words: Sequence[tuple[str, str, str]], wrong: np.ndarray) -> None:
        """Show others."""
        same = len(words) == len(self.words)
        if not same:
            self.beginResetModel()
        self.pixels, self.words, self.wrong = np.ascontiguousarray(pixels), words, wrong
        if not same:
            self.endResetModel()
        elif words:
            self.dataChanged.emit(self.index(0), self.index(len(words) - 1))

    def image(self, row: int) -> QImage:
        """One picture; it lives as long as the pixels of the model."""
        pixels = self.pixels[row]
        height, width = pixels.shape[:2]
        return QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGB32)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's signature
        return 0 if parent.isValid() else len(self.words)

    def data(self, index: Index, role: int = Role.DisplayRole) -> Any:
        if role == Role.DisplayRole:
            return self.words[index.row()][0]
        if role in (Role.ToolTipRole, Role.AccessibleTextRole, Role.AccessibleDescriptionRole):
            return self.words[index.row()][2]
        return None


class Gallery(QListView):
    """A grid of pictures; arrows go from one to the next."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.gallery_model = GalleryModel(self)
        self.setModel(self.gallery_model)
        self.setItemDelegate(_Cells(self))
        self.setAccessibleName(name)
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMovement(QListView.Movement.Static)
        self.setUniformItemSizes(True)
        self.setSpacing(4)
        self.setMouseTracking(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        theme_notifier.theme_changed.connect(self.viewport().update)


class _Cells(QStyledItemDelegate):
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        view, theme = self.parent(), current_theme()
        assert isinstance(view, Gallery)
        model, row = view.gallery_model, index.row()
        strong, quiet, _ = model.words[row]
        area = QRectF(option.rect)  # pyright: ignore[reportAttributeAccessIssue]
        state = option.state  # pyright: ignore[reportAttributeAccessIssue]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if index == view.currentIndex():
            painter.setPen(QPen(QColor(theme.focus), 2 if view.hasFocus() else 1))
            painter.setBrush(QColor(theme.accent_soft))
            painter.drawRoundedRect(area.adjusted(1, 1, -1, -1), 6, 6)
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.hover))
            painter.drawRoundedRect(area.adjusted(1, 1, -1, -1), 6, 6)
        image = model.image(row)
        scale = SIDE / max(image.width(), image.height())
        width, height = image.width() * scale, image.height() * scale
        spot = QRectF(area.center().x() - width / 2, area.top() + 6 + (SIDE - height) / 2, width, height)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, scale < 1)  # the pixels of small ones are seen
        painter.drawImage(spot, image)
        painter.setPen(QColor(theme.error if model.wrong[row] else theme.text))
        line = view.fontMetrics().height()
        words = QRectF(area.left() + 4, area.top() + SIDE + 9, area.width() - 8, line)
        shown = view.fontMetrics().elidedText(strong, Qt.TextElideMode.ElideMiddle, int(words.width()))
        painter.drawText(words, Qt.AlignmentFlag.AlignCenter, shown)
        painter.setPen(QColor(theme.text_muted))
        painter.drawText(words.translated(0, line), Qt.AlignmentFlag.AlignCenter, quiet)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return CELL
