"""Menus and toolbar of a window, made from the table of actions."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QDockWidget, QMainWindow, QMenu, QToolBar

from engine.templates import load_template, template_names
from gui.actions import ACTIONS, MENUS, SUBMENUS, TOOLBAR, Actions


def fill_menus(
    window: QMainWindow, actions: Actions, docks: Iterable[QDockWidget]
) -> tuple[QMenu, QMenu, QMenu, QToolBar]:
    """Fill menu bar and toolbar; returns the menus of recent files, of templates and of live views, and the toolbar."""
    menus = {name: window.menuBar().addMenu(f"&{name}") for name in MENUS if name not in SUBMENUS}
    menus |= {name: QMenu(f"&{name}", window) for name in SUBMENUS}
    for spec in ACTIONS:
        menu = menus[spec.group]
        if spec.separator:
            menu.addSeparator()
        menu.addAction(actions[spec.name])
    for name, above in SUBMENUS.items():
        menus[above].addSeparator()
        menus[above].addMenu(menus[name])
    recent, templates = QMenu("Open &recent", window), QMenu("New from &template", window)
    for name in template_names():
        templates.addAction(load_template(name).name).setData(name)
    menus["File"].insertMenu(actions["open"], templates)
    after_open = menus["File"].actions().index(actions["open"]) + 1
    menus["File"].insertMenu(menus["File"].actions()[after_open], recent)
    panels = QMenu("&Panels", window)
    for dock in docks:
        panels.addAction(dock.toggleViewAction())
    menus["View"].insertMenu(actions["reset_layout"], panels)
    views = QMenu("&Live views", window)
    menus["View"].insertMenu(actions["reset_layout"], views)
    bar = QToolBar("Tools", window)
    bar.setObjectName("toolbar")
    bar.setMovable(False)
    bar.setIconSize(QSize(18, 18))
    bar.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
    for name in TOOLBAR:
        if name:
            bar.addAction(actions[name])
        else:
            bar.addSeparator()
    window.addToolBar(bar)
    return recent, templates, views, bar
