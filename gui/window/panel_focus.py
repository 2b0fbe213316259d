"""Going from the canvas to the panels and back by keys."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDockWidget, QWidget

TAB = Qt.FocusReason.TabFocusReason


def go_to_next(canvas: QWidget, docks: Iterable[QDockWidget], step: int) -> None:
    """Give the focus to the next panel that is open, after the last one to the canvas; tabs come to the front.

    Args:
        canvas: Where the round begins.
        docks: All panels, in their order; those that are closed, or take no keys, are left out.
        step: 1, or −1 for the other way round.
    """
    places: list[QWidget] = [canvas]
    places += [dock for dock in docks if not dock.isHidden() and any(_stops(dock.widget()))]
    focused = QApplication.focusWidget()
    here = next((i for i, place in enumerate(places) if focused is not None and place.isAncestorOf(focused)), 0)
    go_to(places[(here + step) % len(places)])


def go_to(place: QWidget) -> None:
    """Give the focus to the first field of a panel, or to the canvas."""
    if not isinstance(place, QDockWidget):
        place.setFocus(TAB)
        return
    place.show()
    place.raise_()
    place.activateWindow()
    fields = list(_stops(place.widget()))
    shown = next((field for field in fields if field.isVisible()), fields[0] if fields else place.widget())
    shown.setFocus(TAB)


def _stops(panel: QWidget) -> Iterable[QWidget]:
    """What Tab stops at in a panel, in that order; a panel behind another tab counts as if it were in front."""
    widget = panel.nextInFocusChain()
    while widget is not None and widget is not panel:
        takes_tab = widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.isEnabled()
        if takes_tab and panel.isAncestorOf(widget) and widget.isVisibleTo(panel):
            yield widget
        widget = widget.nextInFocusChain()
