"""What the actions of the menus do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSize, QTimer
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QMessageBox

from engine.design import Design
from engine.files import SUFFIX
from engine.templates import load_template
from gui import project_files
from gui.project_files import FILE_FILTER
from gui.theme import set_theme
from gui.training_controller import Message
from gui.window_parts import AboutDialog, ShortcutsDialog

if TYPE_CHECKING:
    from gui.main_window import MainWindow

PICTURE_WIDTH = 2400


class WindowActions(QObject):
    """Slots of the actions: `_on_<name>_triggered`."""

    def __init__(self, window: MainWindow):
        super().__init__(window)
        self._window = window
        for name in window.actions_by_name:
            window.actions_by_name[name].triggered.connect(getattr(self, f"_on_{name}_triggered"))
        window.recent_menu.aboutToShow.connect(self._on_recent_menu_about_to_show)
        window.recent_menu.triggered.connect(self._on_recent_menu_triggered)
        window.templates_menu.triggered.connect(self._on_templates_menu_triggered)

    def _on_new_triggered(self) -> None:
        self.ask_to_save(lambda: self._use(Design()))

    def _on_templates_menu_triggered(self, action: QAction) -> None:
        design = load_template(action.data())
        self.ask_to_save(lambda: self._use(design))

    def _use(self, design: Design) -> None:
        w = self._window
        w.document.replace_design(design)

    def _on_open_triggered(self) -> None:
        w = self._window
        folder = str(w.document.path.parent) if w.document.path else ""
        path, _ = QFileDialog.getOpenFileName(w, "Open", folder, FILE_FILTER)
        if path:
            self.ask_to_save(lambda: w.files.open(Path(path)))

    def _on_recent_menu_about_to_show(self) -> None:
        w = self._window
        w.recent_menu.clear()
        for path in project_files.recent():
            w.recent_menu.addAction(str(path).replace("&", "&&")).setData(str(path))
        if w.recent_menu.isEmpty():
            w.recent_menu.addAction("No files yet").setEnabled(False)

    def _on_recent_menu_triggered(self, action: QAction) -> None:
        w = self._window
        path = Path(action.data())
        if not path.exists():
            project_files.forget(path)
        self.ask_to_save(lambda: w.files.open(path))

    def _on_save_triggered(self) -> None:
        self.save()

    def _on_save_as_triggered(self) -> None:
        self.save(ask=True)

    def save(self, then: Callable[[], None] | None = None, *, ask: bool = False) -> None:
        """Save, asking for a name where there is none; `then` follows when it is done."""
        w = self._window
        path = w.document.path
        if path is None or ask:
            name = str(path or Path.home() / (w.document.design.name + SUFFIX))
            chosen, _ = QFileDialog.getSaveFileName(w, "Save", name, FILE_FILTER)
            if not chosen:
                return
            path = Path(chosen)
        w.files.save(path, then)

    def _on_export_picture_triggered(self) -> None:
        w = self._window
        rect = w.canvas.content_rect()
        name = str(Path.home() / f"{w.document.design.name}.png")
        path, _ = QFileDialog.getSaveFileName(w, "Export canvas picture", name, "Picture (*.png)")
        if path and not rect.isEmpty():
            size = QSize(PICTURE_WIDTH, max(round(PICTURE_WIDTH * rect.height() / rect.width()), 1))
            target = path if Path(path).suffix else f"{path}.png"
            if not w.canvas.render_image(size).save(target):
                w.show_message(Message(f"The picture could not be written to '{target}'.", "error"))

    def _on_quit_triggered(self) -> None:
        w = self._window
        w.close()

    def ask_to_save(self, then: Callable[[], None]) -> None:
        """Do something that replaces the document, after asking about what would be lost."""
        w = self._window
        if not w.files.modified:
            then()
            return
        buttons = QMessageBox.StandardButton
        name = w.document.path.name if w.document.path else w.document.design.name
        text = f"'{name}' has changes that are not saved. Save them?"
        answer = QMessageBox.question(w, "Netloom", text, buttons.Save | buttons.Discard | buttons.Cancel, buttons.Save)
        if answer == buttons.Save:
            self.save(then)
        elif answer == buttons.Discard:
            then()

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

    def _on_reset_layout_triggered(self) -> None:
        w = self._window
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

    def _on_train_reset_triggered(self) -> None:
        w = self._window
        w.controller.reset()

    def _on_train_new_seed_triggered(self) -> None:
        w = self._window
        w.controller.new_seed()

    def _on_shortcuts_triggered(self) -> None:
        w = self._window
        ShortcutsDialog(w).show()

    def _on_about_triggered(self) -> None:
        w = self._window
        AboutDialog(w, w.status.backend.text()).show()
