"""Parts of the main window: its docks and their layout, the status bar, and small dialogs."""

from __future__ import annotations

import platform

from PySide6.QtCore import QByteArray, QSettings, Qt, Signal, qVersion
from PySide6.QtWidgets import (
    QDialog,
    QDockWidget,
    QLabel,
    QMainWindow,
    QStatusBar,
    QTabWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from gui.document.document import Document
from gui.panels.page import SmallTable
from gui.widgets.basic import Label

GEOMETRY, STATE = "window/geometry", "window/state"
LAYOUT_VERSION = 2
PALETTE_WIDTH, SIDE_WIDTH, PLOTS_HEIGHT = 200, 336, 316
COST_WIDTH, BOUNDARY_WIDTH = 560, 335
SMALLEST_PLOT = 280


class Docks:
    """The docks of a window: the palette left, settings right, plots below the canvas."""

    def __init__(
        self,
        window: QMainWindow,
        *,
        palette: QWidget,
        problems: QWidget,
        history: QWidget,
        training: QWidget,
        data: QWidget,
        properties: QWidget,
        cost: QWidget,
        boundary: QWidget,
        analysis: QWidget,
    ):
        self._window = window
        self._tabs: list[QDockWidget] = []
        self._views: list[QDockWidget] = []
        self.palette = self._dock("palette", "Layers", palette)
        self.problems = self._dock("problems", "Problems", problems)
        self.history = self._dock("history", "History", history)
        self.training = self._dock("training", "Training", training, tab=True)
        self.data = self._dock("data", "Data", data, tab=True)
        self.properties = self._dock("properties", "Properties", properties, tab=True)
        for plot in (cost, boundary):
            plot.setMinimumWidth(SMALLEST_PLOT)  # fixed, so that no dock grows when a legend gets its text
        self.cost = self._dock("cost", "Cost", cost, tab=True)
        self.boundary = self._dock("boundary", "What the network has learned", boundary)
        self.analysis = self._dock("analysis", "Analysis", analysis, tab=True)
        for corner, area in (
            (Qt.Corner.BottomLeftCorner, Qt.DockWidgetArea.LeftDockWidgetArea),
            (Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.RightDockWidgetArea),
        ):
            window.setCorner(corner, area)
        window.setDockNestingEnabled(True)
        window.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, QTabWidget.TabPosition.North)
        window.setDocumentMode(True)

    @property
    def all(self) -> tuple[QDockWidget, ...]:
        """Every dock, in the order of the View menu."""
        return (
            self.palette, self.training, self.data, self.properties, self.cost, self.boundary, self.problems,
            self.history, self.analysis, *self._views,
        )  # fmt: skip

    def add_view(self, dock: QDockWidget) -> None:
        """Take in the dock of a live view: where it was when the program ended, or else closed, beside the cost."""
        self._views.append(dock)
        self._make_tab(dock)
        if not self._window.restoreDockWidget(dock):
            self._place_view(dock)

    def _place_view(self, dock: QDockWidget) -> None:
        self._window.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, dock)
        self._window.tabifyDockWidget(self.cost, dock)
        dock.hide()

    def arrange(self) -> None:
        """Put every dock to its first place."""
        window, areas = self._window, Qt.DockWidgetArea
        for dock in self.all:
            dock.setFloating(False)
            window.removeDockWidget(dock)
        window.addDockWidget(areas.LeftDockWidgetArea, self.palette)
        window.addDockWidget(areas.LeftDockWidgetArea, self.problems)
        window.addDockWidget(areas.LeftDockWidgetArea, self.history)
        window.addDockWidget(areas.RightDockWidgetArea, self.training)
        window.tabifyDockWidget(self.training, self.data)
        window.tabifyDockWidget(self.data, self.properties)
        window.addDockWidget(areas.BottomDockWidgetArea, self.cost)
        window.splitDockWidget(self.cost, self.boundary, Qt.Orientation.Horizontal)
        window.tabifyDockWidget(self.cost, self.analysis)
        for dock in self._views:
            self._place_view(dock)
        for dock in self.all:
            dock.setVisible(dock not in (self.problems, self.history, self.analysis, *self._views))
        self.cost.raise_()
        self.training.raise_()
        self._update_titles()
        self.resize()

    def resize(self) -> None:
        """Give the docks their first sizes."""
        window, way = self._window, Qt.Orientation
        window.resizeDocks([self.palette, self.training], [PALETTE_WIDTH, SIDE_WIDTH], way.Horizontal)
        window.resizeDocks([self.cost, self.boundary], [PLOTS_HEIGHT, PLOTS_HEIGHT], way.Vertical)
        window.resizeDocks([self.cost, self.boundary], [COST_WIDTH, BOUNDARY_WIDTH], way.Horizontal)

    def save(self) -> None:
        """Remember sizes and places."""
        settings = QSettings()
        settings.setValue(GEOMETRY, self._window.saveGeometry())
        settings.setValue(STATE, self._window.saveState(LAYOUT_VERSION))

    def restore(self) -> bool:
        """Use what was remembered; False when there is nothing that fits."""
        settings = QSettings()
        geometry, state = settings.value(GEOMETRY), settings.value(STATE)
        if not isinstance(geometry, QByteArray) or not isinstance(state, QByteArray):
            return False
        return self._window.restoreGeometry(geometry) and self._window.restoreState(state, LAYOUT_VERSION)

    def _dock(self, name: str, title: str, content: QWidget, *, tab: bool = False) -> QDockWidget:
        dock = QDockWidget(title, self._window)
        dock.setObjectName(f"dock_{name}")
        dock.setWidget(content)
        if tab:
            self._make_tab(dock)
        return dock

    def _make_tab(self, dock: QDockWidget) -> None:
        self._tabs.append(dock)
        for signal in (dock.topLevelChanged, dock.dockLocationChanged, dock.visibilityChanged):
            signal.connect(self._update_titles)

    def _update_titles(self, *_: object) -> None:
        """A dock whose tab is its title needs no other; alone or floating it needs one, to be moved and closed by."""
        if not isValid(self._window):
            return  # docks tell of their end after the window's
        for dock in self._tabs:
            tabbed = not dock.isFloating() and any(
                not other.isHidden() for other in self._window.tabifiedDockWidgets(dock)
            )
            has_bar = dock.titleBarWidget() is None
            if tabbed and has_bar:
                dock.setTitleBarWidget(QWidget(dock))
            elif not tabbed and not has_bar:
                empty = dock.titleBarWidget()
                dock.setTitleBarWidget(None)  # type: ignore[arg-type]
                empty.deleteLater()


class StatusBar(QStatusBar):
    """Backend, seed, parameters and problems, always in sight."""

    problems_clicked = Signal()

    def __init__(self, document: Document, parent: QWidget | None = None):
        super().__init__(parent)
        self._document = document
        self.setSizeGripEnabled(False)
        self.backend = QLabel()
        self.seed = QLabel()
        self.parameters = QLabel()
        self.problems = QToolButton()
        self.problems.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.problems.setToolTip("Show the list of problems")
        self.problems.clicked.connect(self.problems_clicked)
        for widget in (self.backend, self.seed, self.parameters, self.problems):
            self.addPermanentWidget(widget)
        document.checks.changed.connect(self.refresh)
        document.training_changed.connect(self.refresh)
        document.design_replaced.connect(self.refresh)
        self.set_backend("NumPy")
        self.refresh()

    def set_backend(self, text: str) -> None:
        """Say on what the network is computed."""
        self.backend.setText(text)
        self.backend.setToolTip("What computes the network")

    def refresh(self) -> None:
        """Show the document as it is now."""
        design, plan = self._document.design, self._document.plan
        self.seed.setText(f"Seed {design.training.seed}")
        count = plan.parameter_count
        self.parameters.setText(f"{count:,} parameter{'' if count == 1 else 's'}")
        errors, warnings = len(self._document.checks.errors), len(self._document.checks.warnings)
        total = errors + warnings
        self.problems.setText("No problems" if not total else f"{total} problem{'' if total == 1 else 's'}")
        level = "error" if errors else "warning" if warnings else ""
        if self.problems.property("level") != level:
            self.problems.setProperty("level", level)
            self.problems.style().unpolish(self.problems)
            self.problems.style().polish(self.problems)


class AboutDialog(QDialog):
    """Version and system."""

    def __init__(self, parent: QWidget, backend: str):
        super().__init__(parent)
        self.setWindowTitle("About Netloom")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 20, 24, 20)
        layout.setSpacing(8)
        layout.addWidget(Label("Netloom", "title"))
        layout.addWidget(Label("Draw a neural network, train it live, see why it learns.", "muted"))
        table = SmallTable()
        table.set_rows(
            [
                ("Version", version()),
                ("Computing", backend),
                ("Python", platform.python_version()),
                ("Qt", qVersion()),
            ]
        )
        layout.addWidget(table)
        self.setMinimumWidth(380)


def version() -> str:
    """The version of the installed program."""
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    try:
        return installed("netloom")
    except PackageNotFoundError:
        return "from source"
