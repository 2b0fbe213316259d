"""The timeline of slow motion: a mark for each sub-step, in groups for batch, forward, cost, backward and update."""

from __future__ import annotations

from itertools import groupby

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from engine.slow_motion import SubStep
from gui.theme import Theme, current_theme, qcolor, theme_notifier

MARGIN, GROUP_GAP, MARK_GAP = 12.0, 10.0, 3.0
BAR, CHOSEN_BAR = 8.0, 14.0


def phase_color(phase: str, theme: Theme) -> QColor:
    """As the canvas shows the same: blue forward, orange backward, green for the update."""
    names = {
        "batch": theme.text_muted, "forward": theme.accent, "cost": theme.categories[1],
        "backward": theme.classes[0], "update": theme.success,
    }  # fmt: skip
    return QColor(names[phase])


class Timeline(QWidget):
    """Shows where one is; a click or a drag goes elsewhere."""

    chosen = Signal(int)
    """The number of a sub-step, from 0."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._substeps: tuple[SubStep, ...] = ()
        self._index = 0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Timeline of the training step")
        self.setMouseTracking(True)
        theme_notifier.theme_changed.connect(self.update)

    def set_substeps(self, substeps: tuple[SubStep, ...], index: int) -> None:
        """Show these, and which of them is the current one."""
        self._substeps, self._index = substeps, index
        if substeps:
            current = substeps[index]
            self.setAccessibleDescription(
                f"Sub-step {index + 1} of {len(substeps)}, {current.phase}, {current.title}: {current.sentence}"
            )
        self.update()

    def mark_rect(self, index: int) -> QRectF:
        """Where a sub-step can be clicked."""
        return self._marks()[index]

    def _marks(self) -> list[QRectF]:
        groups = [len(list(members)) for _, members in groupby(self._substeps, key=lambda s: s.phase)]
        room = self.width() - 2 * MARGIN - GROUP_GAP * (len(groups) - 1)
        wide = max(room, 1.0) / max(len(self._substeps), 1)
        marks, x = [], MARGIN
        top = self._label_height() + 4
        for count in groups:
            for _ in range(count):
                marks.append(QRectF(x, top, wide, CHOSEN_BAR + 8))
                x += wide
            x += GROUP_GAP
        return marks

    def _label_height(self) -> float:
        return current_theme().font_size_small + 8.0

    def _index_at(self, point: QPointF) -> int | None:
        marks = self._marks()
        if not marks:
            return None
        return min(range(len(marks)), key=lambda i: abs(marks[i].center().x() - point.x()))

    # Qt

    def sizeHint(self) -> QSize:
        return QSize(320, round(self._label_height() + CHOSEN_BAR + 14))

    def minimumSizeHint(self) -> QSize:
        return QSize(160, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current_theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        marks = self._marks()
        for index, (mark, substep) in enumerate(zip(marks, self._substeps, strict=True)):
            self._paint_mark(painter, theme, mark, substep, index)
        self._paint_names(painter, theme, marks)
        if self.hasFocus():
            painter.setPen(QPen(QColor(theme.focus), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(4, 1, -4, -1), 5, 5)

    def _paint_mark(self, painter: QPainter, theme: Theme, mark: QRectF, substep: SubStep, index: int) -> None:
        color, current = phase_color(substep.phase, theme), index == self._index
        gap = MARK_GAP if mark.width() > 3 * MARK_GAP else 1.0 if mark.width() > 2.5 else 0.0
        high = CHOSEN_BAR if current else BAR
        bar = QRectF(mark.left() + gap / 2, mark.center().y() - high / 2, max(mark.width() - gap, 0.75), high)
        if current and bar.width() < 6:
            bar = QRectF(bar.center().x() - 3, bar.top(), 6, high)
        painter.setPen(Qt.PenStyle.NoPen)
        done = qcolor(color.name(), 150)
        painter.setBrush(color if current else done if index < self._index else qcolor(theme.border_strong, 90))
        painter.drawRoundedRect(bar, min(3.0, bar.width() / 2), 3)

    def _paint_names(self, painter: QPainter, theme: Theme, marks: list[QRectF]) -> None:
        font = painter.font()
        font.setPixelSize(theme.font_size_small)
        current = self._substeps[self._index].phase if self._substeps else ""
        place, free = 0, 0.0
        for phase, members in groupby(self._substeps, key=lambda s: s.phase):
            count = len(list(members))
            left, right = marks[place].left() + 1, marks[place + count - 1].right()
            place += count
            font.setBold(phase == current)
            painter.setFont(font)
            text = phase.capitalize()
            width = QFontMetricsF(font).horizontalAdvance(text)
            start = max(left, free)
            if (
                phase != current
                and start + width > max(right + GROUP_GAP - 4, left + 1)
                and width > right - left + GROUP_GAP
            ):
                continue  # no room; the tooltip tells
            start = min(start, self.width() - MARGIN - width)
            painter.setPen(QColor(theme.text if phase == current else theme.text_muted))
            painter.drawText(QPointF(start, self._label_height() - 3), text)
            free = start + width + 6

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._choose(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._choose(event.position())

    def _choose(self, point: QPointF) -> None:
        index = self._index_at(point)
        if index is not None:
            self.chosen.emit(index)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            index = self._index_at(QPointF(event.pos()))
            if index is not None:
                substep = self._substeps[index]
                text = f"{index + 1} of {len(self._substeps)} · {substep.phase.capitalize()}: {substep.title}"
                QToolTip.showText(event.globalPos(), text, self, self.mark_rect(index).toRect())
            return True
        return super().event(event)
