"""The base of all live views, and how they are found."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module
from typing import Any, ClassVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

import gui.views
from gui.views.context import ViewContext
from gui.views.engine import ViewEngine
from gui.widgets.basic import Label
from gui.widgets.export import ExportButton, Table


class LiveView(QWidget):
    """A view of the network that is on the canvas or training. A new one is one class in one file of `gui/views/`.

    Its dock, its entry in the View menu and in the command palette, and its export follow from the class. A subclass
    puts its controls into `self.tools` and its picture into `self.body`, and says what to compute (`question`), how
    (`compute`, in the background) and how to show it (`show_answer`). The base asks when there are other weights,
    another network, or after `refresh()`; only while the view is seen, and so seldom that training stays fast.
    """

    name: ClassVar[str] = ""
    """Word for the dock and the command, such as "tensors"."""
    title: ClassVar[str] = ""
    help: ClassVar[str] = ""
    """One sentence for menus: what one sees here."""
    follows_weights: ClassVar[bool] = True
    """Other weights make another picture."""

    def __init__(self, context: ViewContext, parent: QWidget | None = None) -> None:
        """An empty view that knows its window's context."""
        super().__init__(parent)
        self.context = context
        self.setAccessibleName(self.title)
        self.tools = QHBoxLayout()
        self.tools.setContentsMargins(8, 4, 8, 4)
        self.tools.setSpacing(8)
        self.body = QVBoxLayout()
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.setSpacing(0)
        self.canvas = QWidget()
        """All of the picture: what is exported."""
        self.canvas.setLayout(self.body)
        self._message = Label("", "muted", wrap=True)
        self._message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._message.setContentsMargins(32, 16, 32, 16)
        self._pages = QStackedWidget()
        self._pages.addWidget(self._message)
        self._pages.addWidget(self.canvas)
        self.export_button = ExportButton(self.title, self.picture, self.table)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        head = QHBoxLayout()
        head.setContentsMargins(0, 0, 8, 0)
        head.addLayout(self.tools, 1)
        head.addWidget(self.export_button)
        column.addLayout(head)
        column.addWidget(self._pages, 1)
        self.build()
        context.problem_changed.connect(self._on_context_problem_changed)
        context.add(self)
        self._on_context_problem_changed()

    # For subclasses

    def build(self) -> None:
        """Make the controls and the picture; called once."""

    def problem_changed(self) -> None:
        """Another network is shown (`self.context.problem` is not None): refill choices of layers, parts and so on."""

    def question(self) -> Any | None:
        """What to compute now, as plain immutable values; None for nothing. In the window's thread."""
        return None

    @staticmethod
    def compute(engine: ViewEngine, question: Any) -> Any:
        """The answer, as plain values and arrays that nothing else writes into. In the background."""
        raise NotImplementedError

    def show_answer(self, answer: Any) -> None:
        """Draw it. In the window's thread, so no longer than some milliseconds."""

    def table(self) -> Table | None:
        """The numbers that are shown; None when there are none."""
        return None

    def picture(self) -> QWidget:
        """What is exported as a picture; for a view that scrolls, all of it."""
        return self.canvas

    # For subclasses to call

    def refresh(self) -> None:
        """Something was chosen: compute anew, at once."""
        self.context.ask(self, at_once=True)

    def say(self, sentence: str) -> None:
        """Show a sentence instead of the picture; "" shows the picture again."""
        self._message.setText(sentence)
        self._pages.setCurrentIndex(0 if sentence else 1)
        self.export_button.setEnabled(not sentence)

    # The context's side

    @property
    def is_shown(self) -> bool:
        """The user can see it."""
        return self.isVisible() and not self.visibleRegion().isEmpty()

    def take_answer(self, answer: Any) -> None:
        """Show what was computed."""
        self.say("")
        self.show_answer(answer)

    def take_failure(self, error: Exception) -> None:
        """Say why nothing could be computed."""
        self.say(str(error) or type(error).__name__)

    def _on_context_problem_changed(self) -> None:
        if self.context.problem is None:
            self.say(self.context.complaint)
        else:
            self.problem_changed()
            self.context.ask(self)

    # Qt

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.context.ask(self, at_once=True)


@cache
def view_types() -> tuple[type[LiveView], ...]:
    """Every live view of the package, in the order of their names. The first call imports them, which takes a while."""
    for module in pkgutil.iter_modules(gui.views.__path__):
        import_module(f"{gui.views.__name__}.{module.name}")
    found = {
        kind.name: kind for kind in _below(LiveView) if kind.name and kind.__module__.startswith(gui.views.__name__)
    }
    return tuple(sorted(found.values(), key=lambda kind: kind.title))


def _below(kind: type[LiveView]) -> list[type[LiveView]]:
    return [other for child in kind.__subclasses__() for other in (child, *_below(child))]
