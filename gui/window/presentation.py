"""Presentation mode: large fonts, canvas and plots only, for a projector."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QObject, QSize, Qt, QTimer
from PySide6.QtGui import QShortcut

from gui.theme import set_font_scale

if TYPE_CHECKING:
    from gui.main_window import MainWindow

FONT_SCALE = 1.4
SETTLE = 150
"""Milliseconds that a window takes to get its size from the system."""
ICON, LARGE_ICON = QSize(18, 18), QSize(26, 26)


class Presentation(QObject):
    """Enters and leaves presentation mode; the panels come back as they were."""

    def __init__(self, window: MainWindow):
        super().__init__(window)
        self._window = window
        self._state: QByteArray | None = None
        self._maximized = self._full = False
        self._escape = QShortcut(Qt.Key.Key_Escape, window)
        self._escape.setEnabled(False)
        self._escape.activated.connect(self.leave)

    @property
    def is_on(self) -> bool:
        """The mode is on."""
        return self._state is not None

    def toggle(self) -> None:
        """Enter or leave."""
        if self.is_on:
            self.leave()
        else:
            self.enter()

    def enter(self) -> None:
        """Show canvas and plots only, large."""
        w = self._window
        if self.is_on:
            return
        self._state = w.saveState()
        self._full = w.isFullScreen()
        self._maximized = w.isMaximized()
        set_font_scale(FONT_SCALE)
        for dock in w.docks.all:
            dock.setVisible(dock in (w.docks.cost, w.docks.boundary))
        w.tool_bar.setIconSize(LARGE_ICON)
        w.menuBar().hide()
        w.showFullScreen()
        self._escape.setEnabled(True)
        self._show_checked()
        w.status.showMessage("Presentation mode: Esc leaves it", 6000)
        QTimer.singleShot(0, self._resize)

    def leave(self) -> None:
        """Back to how the window was."""
        w = self._window
        if self._state is None:
            return
        state, self._state = self._state, None
        self._escape.setEnabled(False)
        set_font_scale(1.0)
        w.tool_bar.setIconSize(ICON)
        w.menuBar().show()
        if self._maximized:
            w.showMaximized()
        elif not self._full:
            w.showNormal()
        w.status.clearMessage()
        w.restoreState(state)
        self._show_checked()
        QTimer.singleShot(SETTLE, self, lambda: self._restore_sizes(state))

    def _show_checked(self) -> None:
        self._window.actions_by_name["presentation"].setChecked(self.is_on)

    def _restore_sizes(self, state: QByteArray) -> None:
        """Once more, when the window has its old size."""
        if not self.is_on and self._window.isVisible():
            self._window.restoreState(state)
            self._window.canvas.fit()

    def _resize(self) -> None:
        w = self._window
        if self.is_on:
            height = round(w.height() * 0.45)
            w.resizeDocks([w.docks.cost, w.docks.boundary], [height, height], Qt.Orientation.Vertical)
            half = w.width() // 2
            w.resizeDocks([w.docks.cost, w.docks.boundary], [half, half], Qt.Orientation.Horizontal)
            w.canvas.fit()
