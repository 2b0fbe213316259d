"""The tour: five callouts that point at the parts of the window and go on when the user does the thing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRect, QRectF, QSettings, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPainterPath, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from gui.theme import current_theme, theme_notifier
from gui.widgets.basic import Label

if TYPE_CHECKING:
    from gui.main_window import MainWindow

DONE = "window/tour_done"
WIDTH, ARROW, MARGIN, GAP = 320, 10, 16, 12


def tour_is_done() -> bool:
    """The user has seen or skipped the tour."""
    return str(QSettings().value(DONE, "false")).lower() == "true"


@dataclass(frozen=True)
class Step:
    """One callout."""

    title: str
    text: str
    target: Callable[[], QWidget]
    show: Callable[[], object]
    """Brings the target into view."""
    keys_to_canvas: bool = False
    """The step is about a key that the canvas takes."""


class Tour(QObject):
    """Leads through the window once; it never stands in the way of what the user does."""

    ended = Signal()

    def __init__(self, window: MainWindow):
        super().__init__(window)
        self._window = window
        self._index = -1
        w = window
        self.steps = (
            Step(
                "Layers to build from",
                "Drag a layer onto the canvas, or double-click it: it is placed and wired.",
                lambda: w.palette_panel,
                lambda: w.docks.palette.show(),
            ),
            Step(
                "The canvas",
                "Click a node to select it. Drag it to move it; drag from its right port to wire it.",
                lambda: w.canvas,
                lambda: None,
            ),
            Step(
                "Space trains",
                "Press Space to start, and again to pause. You can edit while it trains.",
                lambda: w.training_panel,
                lambda: (w.docks.training.show(), w.docks.training.raise_()),
                keys_to_canvas=True,
            ),
            Step(
                "See it learn",
                "The cost falls while the network learns, and this picture shows what it predicts everywhere.",
                lambda: w.plots.boundary_holder,
                lambda: (w.docks.boundary.show(), w.docks.boundary.raise_()),
            ),
            Step(
                "Every setting",
                "What is selected on the canvas is set here. Change something: Ctrl+Z takes it back.",
                lambda: w.properties_panel,
                lambda: (w.docks.properties.show(), w.docks.properties.raise_()),
            ),
        )
        self.bubble = Callout(window)
        self.ring = Ring(window)
        self.bubble.next_button.clicked.connect(self.next)
        self.bubble.skip_button.clicked.connect(self.end)
        w.document.node_added.connect(self._on_document_node_added)
        w.canvas.selection_changed.connect(self._on_canvas_selection_changed)
        w.session.state_changed.connect(self._on_session_state_changed)
        w.session.progressed.connect(self._on_session_progressed)
        w.document.node_changed.connect(self._on_document_node_changed)
        w.installEventFilter(self)

    @property
    def index(self) -> int:
        """The step that is shown; -1 when there is none."""
        return self._index

    def start(self) -> None:
        """Begin."""
        self._index = -1
        self.next()

    def next(self) -> None:
        """On to the following step."""
        self._index += 1
        if self._index >= len(self.steps):
            self.end()
            return
        step = self.steps[self._index]
        step.show()
        self.bubble.show_step(step.title, step.text, self._index + 1, len(self.steps))
        self._place()
        for part in (self.ring, self.bubble):
            part.show()
            part.raise_()
        if step.keys_to_canvas:
            self._window.canvas.setFocus()
        else:
            self.bubble.next_button.setFocus()
        QTimer.singleShot(60, self._place)  # docks take their places

    def end(self) -> None:
        """End, and remember that."""
        if self._index < 0:
            return
        had_focus = self.bubble.isAncestorOf(self._window.focusWidget() or self._window)
        self._index = -1
        self.bubble.hide()
        self.ring.hide()
        QSettings().setValue(DONE, "true")
        if had_focus:
            self._window.canvas.setFocus()
        self.ended.emit()

    def _did(self, index: int) -> None:
        if self._index == index:
            QTimer.singleShot(250, lambda: self.next() if self._index == index else None)

    def _place(self) -> None:
        if not 0 <= self._index < len(self.steps):
            return
        target = self.steps[self._index].target()
        if not target.isVisible() or target.window() is not self._window:
            area = self._window.rect()
        else:
            area = QRect(target.mapTo(self._window, QPoint(0, 0)), target.size())
        self.ring.setGeometry(area.adjusted(-2, -2, 2, 2) & self._window.rect())
        self.bubble.point_at(area)

    def _on_document_node_added(self, _node_id: str) -> None:
        self._did(0)

    def _on_canvas_selection_changed(self, node_ids: list[str]) -> None:
        if node_ids:
            self._did(1)

    def _on_session_state_changed(self, state: str) -> None:
        if state == "running":
            self._did(2)

    def _on_session_progressed(self, _progress: object) -> None:
        if self._index == 3 and self.steps[3].target().underMouse():
            self._did(3)

    def _on_document_node_changed(self, _node_id: str) -> None:
        self._did(4)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if self._index >= 0 and event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest):
            QTimer.singleShot(0, self._place)
        return super().eventFilter(watched, event)


class Ring(QWidget):
    """A line around what the callout is about; the mouse goes through it."""

    def __init__(self, parent: QWidget):
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.hide()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(current_theme().accent), 2.5))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1.5, 1.5, -1.5, -1.5), 6, 6)


class CalloutButton(QPushButton):
    """A button that Enter presses; the space bar stays with training, also for who has just met the program."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space:
            event.ignore()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space:
            event.ignore()
        else:
            super().keyReleaseEvent(event)


class Callout(QWidget):
    """A bubble with an arrow, a title, a sentence, and the way on."""

    def __init__(self, parent: QWidget):
        super().__init__(parent)
        self._side = "left"
        self._tip = 0
        self.setAccessibleName("Tour")
        self.title = Label("", "title", wrap=True)
        self.text = Label("", wrap=True)
        self.place = Label("", "small")
        self.skip_button = CalloutButton("Skip the tour")
        self.next_button = CalloutButton("Next")
        self.next_button.setProperty("role", "primary")
        for button in (self.skip_button, self.next_button):
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.place, 1)
        row.addWidget(self.skip_button)
        row.addWidget(self.next_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(ARROW + MARGIN,) * 4)
        column.setSpacing(8)
        column.addWidget(self.title)
        column.addWidget(self.text)
        column.addSpacing(4)
        column.addLayout(row)
        theme_notifier.theme_changed.connect(self.update)
        self.hide()

    def show_step(self, title: str, text: str, number: int, count: int) -> None:
        """Show one step."""
        self.title.setText(title)
        self.text.setText(text)
        self.place.setText(f"{number} of {count}")
        self.next_button.setText("Done" if number == count else "Next")
        self.skip_button.setVisible(number < count)
        self.setAccessibleDescription(f"{number} of {count}. {title}. {text}")

    def point_at(self, area: QRect) -> None:
        """Stand beside an area of the window, where there is room, and point at it."""
        room = self.window().rect().adjusted(4, 4, -4, -4)
        width = min(WIDTH + 2 * ARROW, room.width())
        column = self.layout()
        assert column is not None
        height = column.heightForWidth(width) if column.hasHeightForWidth() else column.sizeHint().height()
        sides = {
            "left": room.right() - area.right(),
            "right": area.left() - room.left(),
            "top": room.bottom() - area.bottom(),
            "bottom": area.top() - room.top(),
        }
        needed = {"left": width, "right": width, "top": height, "bottom": height}
        self._side = next((side for side, space in sides.items() if space >= needed[side] + GAP - ARROW), "inside")
        middle = area.center()
        x, y = middle.x() - width // 2, middle.y() - height // 2
        if self._side == "left":
            x = area.right() + GAP - ARROW
        elif self._side == "right":
            x = area.left() - width - GAP + ARROW
        elif self._side == "top":
            y = area.bottom() + GAP - ARROW
        elif self._side == "bottom":
            y = area.top() - height - GAP + ARROW
        if self._side == "inside":
            y = area.top() + GAP
        x = max(room.left(), min(x, room.right() - width))
        y = max(room.top(), min(y, room.bottom() - height))
        self.setGeometry(x, y, width, height)
        along = middle.y() - y if self._side in ("left", "right") else middle.x() - x
        limit = height if self._side in ("left", "right") else width
        self._tip = max(ARROW + 20, min(along, limit - ARROW - 20))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current_theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = QRectF(self.rect()).adjusted(ARROW, ARROW, -ARROW, -ARROW)
        path = QPainterPath()
        path.addRoundedRect(frame, 8, 8)
        tip, size, right, bottom = float(self._tip), float(ARROW), self.width() - 1.0, self.height() - 1.0
        points = {
            "left": [(size + 1, tip - size), (1, tip), (size + 1, tip + size)],
            "right": [(right - size, tip - size), (right, tip), (right - size, tip + size)],
            "top": [(tip - size, size + 1), (tip, 1), (tip + size, size + 1)],
            "bottom": [(tip - size, bottom - size), (tip, bottom), (tip + size, bottom - size)],
        }.get(self._side, [])
        if points:
            arrow = QPainterPath()
            arrow.addPolygon(QPolygonF([QPointF(*point) for point in points]))
            path = path.united(arrow)
        painter.setPen(QPen(QColor(theme.accent), 1.5))
        painter.setBrush(QColor(theme.surface_raised))
        painter.drawPath(path)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.skip_button.click()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            (self.skip_button if self.skip_button.hasFocus() else self.next_button).click()
        else:
            super().keyPressEvent(event)
