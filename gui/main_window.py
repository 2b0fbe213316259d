"""The main window: puts canvas, panels and plots around one document and one session, and wires them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QByteArray, QEvent, QIODevice, QObject, QSize, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDragLeaveEvent, QDropEvent, QShowEvent
from PySide6.QtWidgets import QMainWindow, QVBoxLayout, QWidget

from engine.design import Design
from engine.events import Changed, Started
from engine.files import Project
from engine.templates import load_template
from gui.actions import Actions
from gui.canvas.view import CanvasView
from gui.document.document import Document
from gui.hand_edits import HandEdits
from gui.panels.analysis import AnalysisPanel
from gui.panels.data_loader import DataLoader
from gui.panels.data_panel import DataPanel
from gui.panels.history import HistoryPanel
from gui.panels.palette import PalettePanel
from gui.panels.problems import ProblemsPanel
from gui.panels.properties import PropertiesPanel
from gui.panels.training_panel import TrainingPanel
from gui.project_files import ProjectFiles
from gui.runtime.session import TrainingSession
from gui.runtime.tasks import TaskRunner
from gui.theme import theme_setting
from gui.training_controller import Message, TrainingController, changed_text
from gui.views.context import ViewContext
from gui.widgets.banner import Banner
from gui.window.command_palette import Command, CommandPalette
from gui.window.commands import action_commands, file_commands
from gui.window.drops import dropped_file
from gui.window.menus import fill_menus
from gui.window.plots import LivePlots
from gui.window.presentation import Presentation
from gui.window.recovery import Recovery
from gui.window.tour import Tour
from gui.window.views import ViewDocks
from gui.window.windows import add_window, remove_window
from gui.window_actions import WindowActions
from gui.window_parts import Docks, StatusBar

if TYPE_CHECKING:
    from gui.plots.boundary_plot import BoundaryPlot
    from gui.plots.cost_plot import CostPlot
    from gui.views.responses import Responses

FIRST_TEMPLATE = "spirals"
FIRST_SIZE = QSize(1440, 900)
FRAME = QSize(8, 40)
"""Room for what the desktop draws around a window."""
THUMBNAIL_WIDTH = 320


class MainWindow(QMainWindow):
    """One document, one session, and everything that shows them."""

    painted = Signal()
    """The window was painted for the first time."""
    closed = Signal()

    def __init__(self, design: Design | None = None, *, remember: bool = True):
        """Make the window.

        Args:
            design: What to show; a template with which Space shows learning when None.
            remember: Restore and keep sizes and places of the docks.
        """
        super().__init__()
        self.remembers = remember
        self._shown = self._painted = False
        self.document = Document(design if design is not None else load_template(FIRST_TEMPLATE), self)
        self.session = TrainingSession(self)
        self.tasks = TaskRunner(self)
        self.loader = DataLoader(self.document, self.tasks, self)
        self.controller = TrainingController(self.document, self.session, self.loader, self)
        self.hand_edits = HandEdits(self.document, self.session, self.loader, self.controller)
        self.files = ProjectFiles(self.document, self.session, self.controller, self.tasks, self)
        self.actions_by_name = Actions(self)
        self._message: Message | None = None
        self.responses: Responses | None = None
        self._build()
        self._connect()
        self.recent_menu, self.templates_menu, self.views_menu, self.tool_bar = fill_menus(
            self, self.actions_by_name, self.docks.all
        )
        self.views = ViewDocks(self, self.view_context, self.docks, self.views_menu)
        self.view_context.view_requested.connect(self.views.show)
        self.recovery = Recovery(self.document, self.session, self.controller, self.files, self)
        self.presentation = Presentation(self)
        self.tour = Tour(self)
        self.command_palette = CommandPalette(self, self._commands)
        self.window_actions = WindowActions(self)
        self.close_refused = False
        self.setAcceptDrops(True)
        self.resize(FIRST_SIZE.boundedTo(self.screen().availableSize() - FRAME))
        self.docks.arrange()
        self._on_controller_ready_changed()
        self._update_title()
        self.loader.reload()
        add_window(self)

    @property
    def cost_plot(self) -> CostPlot:
        """The cost plot."""
        return self.plots.cost

    @property
    def boundary_plot(self) -> BoundaryPlot:
        """The boundary plot."""
        return self.plots.boundary

    # Building

    def _build(self) -> None:
        actions = self.actions_by_name.as_dict()
        self.canvas = CanvasView(self.document)
        self.banner = Banner()
        centre = QWidget()
        column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.banner)
        column.addWidget(self.canvas, 1)
        self.setCentralWidget(centre)
        self.canvas.viewport().installEventFilter(self)
        self.palette_panel = PalettePanel()
        self.problems_panel = ProblemsPanel(self.document)
        self.history_panel = HistoryPanel(self.document)
        self.analysis_panel = AnalysisPanel(self.document)
        self.training_panel = TrainingPanel(self.document, self.session, actions)
        self.data_panel = DataPanel(self.document, self.loader)
        self.properties_panel = PropertiesPanel(self.document)
        self.view_context = ViewContext(self.document, self.session, self)
        self.plots = LivePlots(self.document, self.session, self.controller, self.loader, self.view_context, self)
        self.docks = Docks(
            self,
            palette=self.palette_panel,
            problems=self.problems_panel,
            history=self.history_panel,
            training=self.training_panel,
            data=self.data_panel,
            properties=self.properties_panel,
            cost=self.plots.cost_holder,
            boundary=self.plots.boundary_holder,
            analysis=self.analysis_panel,
        )
        self.status = StatusBar(self.document, self)
        self.setStatusBar(self.status)
        self.files.history = self.plots.history
        self.files.coarse_history = self.plots.coarse_history
        self.files.thumbnail = self._thumbnail

    def _connect(self) -> None:
        document, session, controller, files = self.document, self.session, self.controller, self.files
        document.undo_stack.canUndoChanged.connect(self.actions_by_name["undo"].setEnabled)
        document.undo_stack.canRedoChanged.connect(self.actions_by_name["redo"].setEnabled)
        document.undo_stack.undoTextChanged.connect(self._on_undo_stack_text_changed)
        document.undo_stack.redoTextChanged.connect(self._on_undo_stack_text_changed)
        document.modified_changed.connect(self._update_title)
        document.path_changed.connect(self._update_title)
        document.info_changed.connect(self._update_title)
        document.design_replaced.connect(self._update_title)
        self.canvas.selection_changed.connect(self._on_canvas_selection_changed)
        self.view_context.node_requested.connect(self.canvas.show_node)
        self.view_context.weight_edited.connect(self.hand_edits.set_weight)
        self.hand_edits.changed.connect(self._on_session_changed)
        self.hand_edits.changed.connect(self.plots.mark)
        self.hand_edits.changed.connect(files.note_weights_changed)
        self.hand_edits.refused.connect(self._on_canvas_noticed)
        self.view_context.flow_shown.connect(self.canvas.canvas_scene.show_flow)
        self.plots.made.connect(self._on_plots_made)
        self.canvas.noticed.connect(self._on_canvas_noticed)
        self.palette_panel.layer_activated.connect(self.canvas.append_layer)
        self.canvas.informed.connect(self._on_canvas_informed)
        self.palette_panel.noticed.connect(self._on_canvas_noticed)
        self.problems_panel.node_requested.connect(self.canvas.show_node)
        self.analysis_panel.node_requested.connect(self.canvas.show_node)
        self.status.problems_clicked.connect(self._on_status_problems_clicked)
        session.state_changed.connect(self._on_controller_ready_changed)
        session.started.connect(self._on_session_started)
        session.changed.connect(self._on_session_changed)
        controller.ready_changed.connect(self._on_controller_ready_changed)
        controller.record_changed.connect(self._on_controller_record_changed)
        controller.run_cleared.connect(self._on_controller_run_cleared)
        controller.message_shown.connect(self._on_controller_message_shown)
        files.opened.connect(self._on_files_opened)
        files.saved.connect(self._on_files_saved)
        files.failed.connect(self._on_files_failed)
        files.noticed.connect(self._on_files_noticed)
        self.banner.button_clicked.connect(self._on_banner_button_clicked)
        self.banner.text_clicked.connect(self._on_banner_text_clicked)
        for name in ("undo", "redo"):
            self.actions_by_name[name].setEnabled(False)
        self.actions_by_name[f"theme_{theme_setting()}"].setChecked(True)

    # Showing

    def _update_title(self) -> None:
        name = self.document.path.name if self.document.path else self.document.design.name
        self.setWindowTitle(f"{name}[*] – Netloom")
        self.setWindowModified(self.document.modified)

    def _thumbnail(self) -> bytes | None:
        rect = self.canvas.content_rect()
        if rect.isEmpty():
            return None
        height = round(THUMBNAIL_WIDTH * min(max(rect.height() / rect.width(), 0.3), 1.5))
        data = QByteArray()
        buffer = QBuffer(data)
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        self.canvas.render_image(QSize(THUMBNAIL_WIDTH, height)).save(buffer, "PNG")  # type: ignore[call-overload]
        return bytes(data.data())

    def _commands(self) -> list[Command]:
        """Everything the window can do, for the command palette."""
        files = self.window_actions.files
        panels = [dock.toggleViewAction() for dock in self.docks.all]
        return [
            *action_commands(self.actions_by_name, panels),
            *file_commands(files.new_from_template, files.open_file),
        ]

    def show_message(self, message: Message | None) -> None:
        """Show a sentence above the canvas, or take it away."""
        self._message = message
        if message is None:
            self.banner.hide()
            return
        button = self.actions_by_name[message.action].text().replace("&", "") if message.action else ""
        if not button and message.node:
            button = "Show"
        self.banner.show_message(message.text, message.level, button, clickable=bool(message.node))

    def _on_first_paint(self) -> None:
        self.painted.emit()
        self.plots.prepare()

    def _on_plots_made(self) -> None:
        from gui.views.responses import Responses

        self.views.make()
        if self.responses is None:
            self.responses = Responses(self.canvas.maps, self.view_context)

    # Session and controller

    def _on_session_started(self, started: Started) -> None:
        self.status.set_backend(f"{started.backend}, {started.dtype}")

    def _on_session_changed(self, changed: Changed) -> None:
        self.status.showMessage(changed_text(changed), 5000)

    def _on_controller_ready_changed(self, *_: object) -> None:
        state, actions = self.session.state, self.actions_by_name
        text, icon_name = {"running": ("Pause", "pause"), "paused": ("Resume", "play")}.get(state, ("Start", "play"))
        goes_on = self.controller.can_go_on and self.controller.has_steps and not self.controller.is_done
        if state not in ("running", "paused") and goes_on:
            text = "Resume"
        actions.describe("train_toggle", text=text, icon_name=icon_name)
        actions["train_stop"].setEnabled(self.session.is_active)
        actions["train_reset"].setEnabled(self.controller.record is not None)
        actions["train_restart"].setEnabled(self.controller.can_restart)

    def _on_controller_record_changed(self) -> None:
        if not self.session.is_active:  # else it is but another checkpoint, as there is one every second
            self._on_controller_ready_changed()

    def _on_controller_run_cleared(self) -> None:
        self.training_panel.reset_figures()

    def _on_controller_message_shown(self, message: Message | None) -> None:
        self.show_message(message)

    def _on_banner_button_clicked(self) -> None:
        if self._message is not None and self._message.action:
            self.actions_by_name[self._message.action].trigger()
        else:
            self._on_banner_text_clicked()

    def _on_banner_text_clicked(self) -> None:
        if self._message is not None and self._message.node:
            self.canvas.show_node(self._message.node)

    # Canvas and panels

    def _on_canvas_noticed(self, sentence: str) -> None:
        self.show_message(Message(sentence, "warning"))

    def _on_canvas_informed(self, sentence: str) -> None:
        self.status.showMessage(sentence, 5000)

    def _on_canvas_selection_changed(self, node_ids: list[str]) -> None:
        notes = self.canvas.canvas_scene.notes.selected()
        self.properties_panel.set_selection([*node_ids, *notes])
        self.analysis_panel.set_selection(self.canvas.selected_nodes())
        self.view_context.select([node_id for node_id in node_ids if self.document.has_node(node_id)])
        if len(node_ids) == 1 or notes:
            self.docks.properties.raise_()

    def _on_status_problems_clicked(self) -> None:
        self.docks.problems.show()
        self.docks.problems.raise_()

    def _on_undo_stack_text_changed(self, _text: str) -> None:
        stack = self.document.undo_stack
        self.actions_by_name.describe("undo", text=f"&Undo {stack.undoText()}".rstrip())
        self.actions_by_name.describe("redo", text=f"&Redo {stack.redoText()}".rstrip())

    # Files

    def _on_files_opened(self, project: Project) -> None:
        if project.checkpoint is None:
            return
        try:
            self.cost_plot.set_history(project.history)
        except ValueError as error:
            self.show_message(Message(str(error), "warning"))
        record = self.controller.record
        parts = record.parts if record is not None else {}
        self.training_panel.show_position(project.checkpoint.step, project.checkpoint.epoch, parts)

    def _on_files_saved(self, path: str) -> None:
        self._update_title()
        self.status.showMessage(f"Saved to {path}", 5000)

    def _on_files_failed(self, sentence: str) -> None:
        self.show_message(Message(sentence, "error"))

    def _on_files_noticed(self, sentence: str) -> None:
        self.show_message(Message(sentence, "warning"))

    # Qt

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        path = dropped_file(event.mimeData())
        if path is not None:
            event.acceptProposedAction()
            self.status.showMessage(f"Drop to open '{path.name}'")

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.status.clearMessage()

    def dropEvent(self, event: QDropEvent) -> None:
        path = dropped_file(event.mimeData())
        self.status.clearMessage()
        if path is not None:
            event.acceptProposedAction()
            self.window_actions.open_any(path)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._shown:
            self._shown = True
            if not (self.remembers and self.docks.restore()):
                self.docks.resize()
            self.canvas.setFocus()
            QTimer.singleShot(0, self.canvas.fit)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint and not self._painted:
            self._painted = True
            self.canvas.viewport().removeEventFilter(self)
            QTimer.singleShot(0, self._on_first_paint)
        return super().eventFilter(watched, event)

    def closeEvent(self, event: QCloseEvent) -> None:
        if self.files.modified and self.isVisible() and not getattr(self, "_closing", False):
            event.ignore()
            self.close_refused = not self.window_actions.ask_to_save(self._close_now)
            return
        self.presentation.leave()
        if self.remembers:
            self.docks.save()
        self.session.close()
        self.plots.close()
        self.hand_edits.close()
        self.tasks.close()
        self.window_actions.close()
        self.recovery.close()
        self.files.close()
        remove_window(self)
        event.accept()
        self.closed.emit()

    def _close_now(self) -> None:
        self._closing = True
        QTimer.singleShot(0, self.close)  # closing within closeEvent has no effect
