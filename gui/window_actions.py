"""What the actions of the menus do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QFileDialog

from gui.canvas.commands import COMMANDS_BY_ID, handler, run_command
from gui.canvas.export import FORMATS, ExportError, export_diagram
from gui.theme import set_theme
from gui.training_controller import Message
from gui.window.file_actions import FileActions
from gui.window.panel_focus import go_to, go_to_next
from gui.window.shortcuts_dialog import ShortcutsDialog
from gui.window.weight_actions import WeightActions
from gui.window_parts import AboutDialog

if TYPE_CHECKING:
    from gui.main_window import MainWindow


class WindowActions(QObject):
    """Slots of the actions: `_on_<name>_triggered`."""

    def __init__(self, window: MainWindow):
        super().__init__(window)
        self._window = window
        self.files = FileActions(window)
        self.weights = WeightActions(window)
        for name in window.actions_by_name:
            slot = f"_on_{name}_triggered"
            if name in COMMANDS_BY_ID and not hasattr(self, slot):
                window.canvas.addAction(window.actions_by_name[name])
                window.actions_by_name[name].triggered.connect(handler(window.canvas, name))
                continue
            window.actions_by_name[name].triggered.connect(getattr(self.files, slot, None) or getattr(self, slot))

        window.canvas.space_tapped.connect(self._on_canvas_space_tapped)
        window.palette_panel.command_chosen.connect(self._on_panel_command_chosen)
        window.properties_panel.command_chosen.connect(self._on_panel_command_chosen)

    def open_any(self, path: Path) -> None:
        """Open a design, or take a data file as the source of the examples."""
        self.files.open_any(path)

    def ask_to_save(self, then: Callable[[], None]) -> bool:
        """Do something that replaces the document, after asking about what would be lost. False: the user said no."""
        return self.files.ask_to_save(then)

    def close(self) -> None:
        """The window ends."""
        self.weights.close()
        self.files.close()

    def _on_load_weights_triggered(self) -> None:
        self.weights.choose()

    def _on_save_weights_triggered(self) -> None:
        self.weights.save()

    def _on_export_picture_triggered(self) -> None:
        w = self._window
        name = str(Path.home() / f"{w.document.design.name}.svg")
        kinds = {f"{text} (*{ending})": ending for ending, text in FORMATS.items()}
        path, kind = QFileDialog.getSaveFileName(w, "Export the diagram", name, ";;".join(kinds))
        if not path:
            return
        target = Path(path) if Path(path).suffix else Path(f"{path}{kinds.get(kind, '.svg')}")
        try:
            export_diagram(w.canvas.canvas_scene, target)
        except ExportError as error:
            w.show_message(Message(str(error), "error"))

    def _on_canvas_space_tapped(self) -> None:
        action = self._window.actions_by_name["train_toggle"]
        if action.shortcut() == QKeySequence(Qt.Key.Key_Space):  # unless the user gave it other keys
            self._window.controller.toggle()

    def _on_panel_command_chosen(self, command_id: str) -> None:
        self._window.canvas.setFocus()
        run_command(self._window.canvas, command_id)

    # Actions: edit, view, train, help

    def _on_undo_triggered(self) -> None:
        w = self._window
        w.document.undo_stack.undo()

    def _on_redo_triggered(self) -> None:
        w = self._window
        w.document.undo_stack.redo()

    def _on_delete_triggered(self) -> None:
        w = self._window
        w.canvas.delete_selection()

    def _on_select_all_triggered(self) -> None:
        w = self._window
        w.canvas.select_all()

    def _on_zoom_in_triggered(self) -> None:
        w = self._window
        w.canvas.zoom_in()

    def _on_zoom_out_triggered(self) -> None:
        w = self._window
        w.canvas.zoom_out()

    def _on_zoom_fit_triggered(self) -> None:
        w = self._window
        w.canvas.fit()

    def _on_theme_light_triggered(self) -> None:
        set_theme("light")

    def _on_theme_dark_triggered(self) -> None:
        set_theme("dark")

    def _on_theme_system_triggered(self) -> None:
        set_theme("system")

    def _on_command_palette_triggered(self) -> None:
        w = self._window
        w.command_palette.open_palette()

    def _on_presentation_triggered(self) -> None:
        w = self._window
        w.presentation.toggle()

    def _on_next_panel_triggered(self) -> None:
        w = self._window
        go_to_next(w.canvas, w.docks.all, 1)

    def _on_previous_panel_triggered(self) -> None:
        w = self._window
        go_to_next(w.canvas, w.docks.all, -1)

    def _on_edit_settings_triggered(self) -> None:
        w = self._window
        go_to(w.docks.properties)

    def _on_focus_canvas_triggered(self) -> None:
        w = self._window
        go_to(w.canvas)

    def _on_reset_layout_triggered(self) -> None:
        w = self._window
        w.presentation.leave()
        w.docks.arrange()
        QTimer.singleShot(0, w.docks.resize)

    def _on_train_toggle_triggered(self) -> None:
        w = self._window
        w.controller.toggle()

    def _on_train_step_triggered(self) -> None:
        w = self._window
        w.controller.step()

    def _on_train_stop_triggered(self) -> None:
        w = self._window
        w.controller.stop()

    def _on_train_restart_triggered(self) -> None:
        w = self._window
        w.controller.restart()

    def _on_train_reset_triggered(self) -> None:
        w = self._window
        w.controller.reset()

    def _on_train_fit_batch_triggered(self) -> None:
        self._window.controller.fit_batch_size()

    def _on_train_new_seed_triggered(self) -> None:
        w = self._window
        w.controller.new_seed()

    def _on_shortcuts_triggered(self) -> None:
        w = self._window
        ShortcutsDialog(w).show()

    def _on_tour_triggered(self) -> None:
        w = self._window
        self.files.page.close_page()
        w.tour.start()

    def _on_about_triggered(self) -> None:
        w = self._window
        AboutDialog(w, w.status.backend.text()).show()
