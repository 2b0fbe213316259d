"""The live views of a window: a dock for each kind, made after the first paint, filled when it is first shown."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QDockWidget, QMainWindow, QMenu, QVBoxLayout, QWidget

from gui.views.context import ViewContext
from gui.window_parts import Docks

if TYPE_CHECKING:
    from gui.views.base import LiveView


class ViewDock(QDockWidget):
    """A dock that makes its view when it is first seen."""

    def __init__(self, kind: type[LiveView], context: ViewContext, window: QMainWindow) -> None:
        super().__init__(kind.title, window)
        self.setObjectName(f"dock_{kind.name}")
        self.kind = kind
        self._context = context
        self._view: LiveView | None = None
        self._holder = QWidget()
        self._column = QVBoxLayout(self._holder)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._holder.setAccessibleName(kind.title)
        self.setWidget(self._holder)
        action = self.toggleViewAction()
        action.setToolTip(kind.help)
        action.setStatusTip(kind.help)
        self.visibilityChanged.connect(self._on_visibility_changed)

    @property
    def view(self) -> LiveView:
        """The view; it is made now if it was never shown."""
        if self._view is None:
            self._view = self.kind(self._context)
            self._column.addWidget(self._view)
            self._holder.setFocusProxy(self._view)
        return self._view

    def _on_visibility_changed(self, visible: bool) -> None:
        if visible:
            _ = self.view


class ViewDocks(QObject):
    """Makes the docks of all kinds of live views."""

    def __init__(self, window: QMainWindow, context: ViewContext, docks: Docks, menu: QMenu) -> None:
        """Nothing is made yet.

        Args:
            window: Where the docks go.
            context: What the views share.
            docks: Places them.
            menu: Gets an entry for each.
        """
        super().__init__(window)
        self._window = window
        self._context = context
        self._docks = docks
        self._menu = menu
        self.by_name: dict[str, ViewDock] = {}

    def make(self) -> None:
        """Make the docks; those that were open when the program ended come back to their places."""
        from gui.views.base import view_types

        if self.by_name:
            return
        for kind in view_types():
            dock = ViewDock(kind, self._context, self._window)
            self.by_name[kind.name] = dock
            self._docks.add_view(dock)
            self._menu.addAction(dock.toggleViewAction())
            dock.toggleViewAction().triggered.connect(partial(self._on_action_triggered, kind.name))

    def show(self, name: str) -> LiveView:
        """Open a view and bring it to the front. Raises KeyError."""
        self.make()
        dock = self.by_name[name]
        dock.show()
        dock.raise_()
        return dock.view

    def _on_action_triggered(self, name: str, shown: bool) -> None:
        if shown:
            self.show(name)
