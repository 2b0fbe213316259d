"""What the actions of the File menu do, and the start page with them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, QTimer
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QMessageBox

from engine.design import Design
from engine.files import SUFFIX
from engine.templates import load_template
from gui import project_files
from gui.project_files import FILE_FILTER
from gui.training_controller import Message
from gui.window.data_actions import DataActions
from gui.window.drops import data_endings, is_data, is_design
from gui.window.recovery_files import Recovered
from gui.window.start_page import StartPage
from gui.window.windows import close_all, window_of

if TYPE_CHECKING:
    from gui.main_window import MainWindow

BESIDE = QPoint(32, 32)
"""Where a new window stands, seen from the one it was opened from."""


class FileActions(QObject):
    """Slots of the actions of the File menu: `_on_<name>_triggered`."""

    def __init__(self, window: MainWindow):
        super().__init__(window)
        self._window = window
        self._page: StartPage | None = None
        self.recovered: list[Recovered] = []
        self.data = DataActions(window, self)
        window.recent_menu.aboutToShow.connect(self._on_recent_menu_about_to_show)
        window.recent_menu.triggered.connect(self._on_recent_menu_triggered)
        window.templates_menu.triggered.connect(self._on_templates_menu_triggered)
        window.document.path_changed.connect(self._update)
        self._update()

    @property
    def page(self) -> StartPage:
        """The start page, made when it is first asked for."""
        if self._page is None:
            page = self._page = StartPage(self._window)
            page.new_requested.connect(self._on_new_triggered)
            page.open_requested.connect(self._on_open_triggered)
            page.data_requested.connect(self.choose_own_data)
            page.tour_requested.connect(self._window.actions_by_name["tour"].trigger)
            page.template_chosen.connect(self.new_from_template)
            page.file_chosen.connect(self._on_page_file_chosen)
            page.recover_requested.connect(self.recover)
            page.discard_requested.connect(self.discard)
            page.closed.connect(self._window.canvas.setFocus)
        return self._page

    # New and open

    def use(self, design: Design) -> None:
        """Show another design that has no file yet."""
        self._window.document.replace_design(design)
        self.close_page()

    def new_from_template(self, name: str) -> None:
        """Begin with a template."""
        design = load_template(name)
        self.ask_to_save(lambda: self.use(design))

    def open_file(self, path: Path) -> None:
        """Open a design or project; a window that has it already comes to the front instead."""
        w = self._window
        other = window_of(path, besides=w)
        if other is not None:
            other.raise_()
            other.activateWindow()
            other.show_message(Message(f"'{path.name}' is open in this window already."))
            return
        self.ask_to_save(lambda: self._open(path))

    def open_any(self, path: Path) -> None:
        """Open a design, or take a data file as the source of the examples."""
        w = self._window
        if is_design(path):
            self.open_file(path)
        elif is_data(path):
            self.data.open(path)
        else:
            known = ", ".join((SUFFIX, ".json", *data_endings()))
            w.show_message(Message(f"Netloom cannot open '{path.name}'. It opens files that end in {known}.", "error"))

    def choose_own_data(self) -> None:
        """Ask for a data file, and begin with a small network that is fitted to it."""
        self.data.choose(begin=True)

    def begin_with_data(self, path: Path) -> None:
        """A new design for a data file."""
        if is_data(path):
            self.data.open(path, begin=True)
        else:
            self.open_any(path)

    def close_page(self) -> None:
        """Take the start page away, if it is there."""
        if self._page is not None:
            self._page.close_page()

    def close(self) -> None:
        """The window ends."""
        for item in self.recovered:
            item.lock.release()  # another window may offer it
        self.recovered.clear()
        self.data.close()
        if self._page is not None:
            self._page.pictures.close()

    def _open(self, path: Path) -> None:
        self.close_page()
        self._window.files.open(path)

    # Save

    def save(self, then: Callable[[], None] | None = None, *, ask: bool = False) -> bool:
        """Save, asking for a name where there is none; `then` follows when it is done. False: the user said no."""
        w = self._window
        path = w.document.path
        if path is not None and not ask:
            changed = w.files.changed_on_disk()
            answer = self._ask_about_change(changed) if changed else "overwrite"
            if not answer:
                return False
            ask = answer == "save_as"
        if path is None or ask:
            name = str(path or Path.home() / (w.document.design.name + SUFFIX))
            chosen, _ = QFileDialog.getSaveFileName(w, "Save", name, FILE_FILTER)
            if not chosen:
                return False
            path = Path(chosen)
        w.files.save(path, then)
        return True

    def _ask_about_change(self, sentence: str) -> str:
        """What to do about a file that another program changed: "overwrite", "save_as" or "" for nothing."""
        box = QMessageBox(QMessageBox.Icon.Warning, "Netloom", sentence, parent=self._window)
        box.setInformativeText("Overwriting it replaces what the other program wrote.")
        roles = QMessageBox.ButtonRole
        overwrite = box.addButton("Overwrite", roles.DestructiveRole)
        save_as = box.addButton("Save as…", roles.AcceptRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(save_as)
        box.exec()
        clicked = box.clickedButton()
        return "overwrite" if clicked is overwrite else "save_as" if clicked is save_as else ""

    def ask_to_save(self, then: Callable[[], None]) -> bool:
        """Do something that replaces the document, after asking about what would be lost. False: the user said no."""
        w = self._window
        if not w.files.modified:
            then()
            return True
        buttons = QMessageBox.StandardButton
        name = w.document.path.name if w.document.path else w.document.design.name
        text = f"'{name}' has changes that are not saved. Save them?"
        answer = QMessageBox.question(w, "Netloom", text, buttons.Save | buttons.Discard | buttons.Cancel, buttons.Save)
        if answer == buttons.Save:
            return self.save(then)
        if answer == buttons.Discard:
            then()
            return True
        return False

    # Recovery

    def offer(self, recovered: list[Recovered]) -> None:
        """Say that something can be recovered; nothing is done before the user asks for it."""
        self.recovered = list(recovered)
        self._update()
        if not recovered:
            return
        usable = [item for item in recovered if item.project is not None]
        if len(recovered) == 1 and usable:
            one = usable[0]
            text = f"Netloom ended without saving '{one.name}'. It can be recovered as it was at {one.when}."
            self._window.show_message(Message(f"{text} {one.sentence}".strip(), "warning", action="recover"))
        elif not usable and len(recovered) == 1:
            self._window.show_message(Message(recovered[0].sentence, "warning", action="recover"))
        else:
            text = f"Netloom ended without saving: there are {len(recovered)} recovery files."
            self._window.show_message(Message(text, "warning", action="recover"))
        if self._page is not None and self._page.isVisible():
            self._page.set_recovered(self.recovered)

    def recover(self, item: Recovered) -> None:
        """Show what a recovery file holds, and go on with it."""
        self.ask_to_save(lambda: self._recover(item))

    def discard(self, item: Recovered) -> None:
        """Remove a recovery file."""
        item.discard()
        self._drop(item)

    def _recover(self, item: Recovered) -> None:
        self._drop(item)
        self.close_page()
        self._window.recovery.adopt(item)
        self._window.files.recover(item)

    def _drop(self, item: Recovered) -> None:
        self.recovered = [other for other in self.recovered if other is not item]
        self._window.show_message(None)
        self._update()
        if self._page is not None:
            self._page.set_recovered(self.recovered)

    def _update(self) -> None:
        actions = self._window.actions_by_name
        actions["recover"].setEnabled(bool(self.recovered))
        actions["revert"].setEnabled(self._window.document.path is not None)

    # Actions

    def _on_new_triggered(self) -> None:
        self.ask_to_save(lambda: self.use(Design(data=self._window.document.design.data)))

    def _on_new_window_triggered(self) -> None:
        w = self._window
        new = type(w)(Design(), remember=w.remembers)
        new.closed.connect(new.deleteLater)
        new.show()
        new.move(w.pos() + BESIDE)
        new.raise_()
        new.activateWindow()

    def _on_start_page_triggered(self) -> None:
        if self._page is not None and self._page.isVisible():
            self._page.close_page()
        else:
            self.page.open_page(self.recovered)

    def _on_open_triggered(self) -> None:
        w = self._window
        folder = str(w.document.path.parent) if w.document.path else ""
        path, _ = QFileDialog.getOpenFileName(w, "Open", folder, FILE_FILTER)
        if path:
            self.open_file(Path(path))

    def _on_open_data_triggered(self) -> None:
        self.data.choose()

    def _on_open_images_triggered(self) -> None:
        self.data.choose_folder()

    def _on_paste_data_triggered(self) -> None:
        self.data.paste()

    def _on_save_triggered(self) -> None:
        self.save()

    def _on_save_as_triggered(self) -> None:
        self.save(ask=True)

    def _on_revert_triggered(self) -> None:
        w = self._window
        path = w.document.path
        if path is None:
            return
        if w.files.modified:
            buttons = QMessageBox.StandardButton
            text = f"Go back to '{path.name}' as it was saved? What was changed or trained since is lost."
            if QMessageBox.question(w, "Netloom", text, buttons.Yes | buttons.Cancel, buttons.Cancel) != buttons.Yes:
                return
        w.files.open(path)

    def _on_recover_triggered(self) -> None:
        usable = [item for item in self.recovered if item.project is not None]
        if len(self.recovered) == 1 and usable:
            self.recover(usable[0])
        else:
            self.page.open_page(self.recovered)

    def _on_close_window_triggered(self) -> None:
        self._window.close()

    def _on_quit_triggered(self) -> None:
        QTimer.singleShot(0, close_all)

    # Menus and start page

    def _on_templates_menu_triggered(self, action: QAction) -> None:
        self.new_from_template(action.data())

    def _on_recent_menu_about_to_show(self) -> None:
        menu = self._window.recent_menu
        menu.clear()
        for path in project_files.recent():
            menu.addAction(str(path).replace("&", "&&")).setData(str(path))
        if menu.isEmpty():
            menu.addAction("No files yet").setEnabled(False)

    def _on_recent_menu_triggered(self, action: QAction) -> None:
        path = Path(action.data())
        if not path.exists():
            project_files.forget(path)
        self.open_file(path)

    def _on_page_file_chosen(self, path: str) -> None:
        self.open_file(Path(path))
