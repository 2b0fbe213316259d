"""The base of the views that look at the data, and what they share."""

from __future__ import annotations

from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from engine.data import PreparedData
from engine.data.describing import Description, data_columns, describe
from gui.runtime.tasks import TaskRunner
from gui.views.base import LiveView
from gui.views.context import ViewContext

LOOKING = "Looking at the data …"

_DESCRIBED: WeakKeyDictionary[PreparedData, tuple[Description, ...]] = WeakKeyDictionary()


def described(data: PreparedData) -> tuple[Description, ...]:
    """All columns of the data; found out once. In the background thread of the desk."""
    if data not in _DESCRIBED:
        _DESCRIBED[data] = tuple(describe(data, column) for column in data_columns(data))
    return _DESCRIBED[data]


def is_wide(widget: QWidget) -> bool:
    """Two things have more room side by side than one below the other."""
    width, height = widget.width(), widget.height()
    return width > 1.6 * height and (width > 900 or (height < 360 and width > 480))


class DataDesk(QObject):
    """Shared by the data views of one context: the column looked at, and a background thread.

    It is not the one of the other views, because figures of a million rows would hold them up.
    """

    column_changed = Signal()

    def __init__(self, context: ViewContext) -> None:
        """Nothing is looked at yet; use `of` instead."""
        super().__init__(context)
        self.tasks = TaskRunner(self)
        context.closed.connect(self._on_context_closed)
        self.column = ""
        """Name of the column looked at."""

    @classmethod
    def of(cls, context: ViewContext) -> DataDesk:
        """The desk of a context; it is a child of it."""
        found = context.findChild(cls)
        return found if isinstance(found, cls) else cls(context)

    def _on_context_closed(self) -> None:
        self.tasks.close()

    def choose(self, column: str) -> None:
        """Look at another column."""
        if column != self.column:
            self.column = column
            self.column_changed.emit()


class DataView(LiveView):
    """Base of the views that show the data and need no network: they also work while the design is broken.

    A subclass says what to look at (`data_question`), how (`study`) and how to show it (`show_answer`).
    """

    follows_weights = False

    def build(self) -> None:
        self.desk = DataDesk.of(self.context)
        self.data: PreparedData | None = None
        self._is_due = True
        self.build_picture()

    def build_picture(self) -> None:
        """Make the controls and the picture; called once."""

    def data_changed(self) -> None:
        """Other data is there (`self.data` is not None): forget what was found in the old one."""

    def data_question(self) -> Any:
        """What to find out now, as plain immutable values."""
        return None

    @staticmethod
    def study(data: PreparedData, question: Any) -> Any:
        """The answer. In the background."""
        raise NotImplementedError

    def refresh(self) -> None:
        self._is_due = True
        if self.data is None or not self.isVisible():
            return
        self._is_due = False
        self.desk.tasks.run(
            type(self).study, self.data, self.data_question(),
            on_success=partial(self._on_desk_studied, self.data), on_failure=self.take_failure, latest=self.name,
        )  # fmt: skip

    # The context's side

    @property
    def is_shown(self) -> bool:
        """The context never has to compute for it: its own thread does."""
        return False

    def _on_context_problem_changed(self) -> None:
        data = self.context.data
        if data is None:
            self.data = None
            self.say(self.context.complaint)
        elif data is not self.data:
            self.data = data
            self.say(LOOKING)
            self.data_changed()
            self.refresh()

    def _on_desk_studied(self, data: PreparedData, answer: Any) -> None:
        if data is self.data:
            self.take_answer(answer)

    # Qt

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._is_due:
            self.refresh()
