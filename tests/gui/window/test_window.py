"""Finding one's way: command palette, shortcuts, docks, presentation, tour, start page, windows, files that change."""

import os
from time import monotonic, sleep

import pytest
from PySide6.QtCore import QByteArray, QCoreApplication, QMimeData, QPoint, QPointF, QRect, QSettings, Qt, QTimer, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDockWidget, QMessageBox

from engine.files import load_project
from engine.layers.dense import Dense
from engine.templates import load_template, template_names
from gui import project_files
from gui.actions import ACTIONS
from gui.main_window import MainWindow
from gui.shortcuts import keys_of, reset_all, set_keys
from gui.theme import current_theme, set_font_scale, set_theme
from gui.window.command_palette import score
from gui.window.shortcuts_dialog import ShortcutsDialog
from gui.window.start_page import shown_at_start
from gui.window.tour import tour_is_done
from gui.window.windows import open_windows

NONE = Qt.KeyboardModifier.NoModifier


@pytest.fixture(autouse=True)
def _own_state(tmp_path, monkeypatch, application):
    monkeypatch.setenv("NETLOOM_STATE_DIR", str(tmp_path / "state"))
    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(tmp_path / "settings"))
    set_theme("light", remember=False)
    yield
    set_font_scale(1.0)


@pytest.fixture
def make_window(application):
    windows = []

    def make(template="xor", remember=False):
        window = MainWindow(load_template(template), remember=remember)
        windows.append(window)
        window.show()
        wait(lambda: window.loader.prepared is not None)
        window.activateWindow()
        return window

    yield make
    for window in {*windows, *open_windows()}:
        window._closing = True
        window.close()
        window.deleteLater()
    QTest.qWait(30)


def wait(condition, timeout=10):
    end = monotonic() + timeout
    while not condition():
        assert monotonic() < end, "waited too long"
        QCoreApplication.processEvents()
        sleep(0.005)


def live(seconds=0.1):
    end = monotonic() + seconds
    while monotonic() < end:
        QCoreApplication.processEvents()
        sleep(0.005)


def dense_id(window):
    return next(n.id for n in window.document.graph.nodes if isinstance(n.layer, Dense))


# Command palette


def test_the_palette_finds_every_action_by_parts_of_its_name(make_window):
    window = make_window()
    QTest.keyClick(window.canvas, Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    palette = window.command_palette
    assert palette.isVisible()
    assert palette.field.hasFocus()
    commands = {command.text for command in palette._commands}
    for spec in ACTIONS:
        if spec.name != "command_palette":
            assert any(window.actions_by_name[spec.name].text().replace("&", "") in text for text in commands)
    for name in template_names():
        assert load_template(name).name in commands
    QTest.keyClicks(palette.field, "nsd")
    assert palette.shown()[0] == "New seed"
    seed = window.document.design.training.seed
    QTest.keyClick(palette.field, Qt.Key.Key_Return)
    assert not palette.isVisible()
    wait(lambda: window.document.design.training.seed != seed)


def test_the_palette_by_keyboard(make_window):
    window = make_window()
    window.canvas.setFocus()
    window.actions_by_name["command_palette"].trigger()
    palette = window.command_palette
    first = palette.list.currentIndex().row()
    QTest.keyClick(palette.field, Qt.Key.Key_Down)
    assert palette.list.currentIndex().row() > first
    QTest.keyClick(palette.field, Qt.Key.Key_Up)
    assert palette.list.currentIndex().row() == first
    QTest.keyClicks(palette.field, "qqqzzz")
    assert palette.shown() == ["Nothing is called 'qqqzzz'"]
    QTest.keyClick(palette.field, Qt.Key.Key_Return)
    assert palette.isVisible()
    QTest.keyClick(palette.field, Qt.Key.Key_Escape)
    assert not palette.isVisible()
    assert window.canvas.hasFocus()


def test_the_palette_marks_what_cannot_be_done_now(make_window):
    window = make_window()
    window.actions_by_name["command_palette"].trigger()
    palette = window.command_palette
    QTest.keyClicks(palette.field, "revert to saved")
    item = palette._model.item(0)
    assert item.text() == "Revert to saved"
    assert not item.isEnabled()
    palette.close_palette()


def test_scores_prefer_beginnings_and_runs():
    assert score("xyz", "Zoom in") is None
    assert score("ns", "New seed") > score("ns", "Pointless ends")
    assert score("zoom", "Zoom in") > score("zoom", "Zero or omit")
    assert score("", "Zoom in") is not None
    assert score("ü%\n", "Zoom in") is None


# Shortcuts


def test_shortcuts_are_changed_remembered_and_reset(make_window):
    window = make_window()
    window.actions_by_name["shortcuts"].trigger()
    dialog = window.findChild(ShortcutsDialog)
    dialog.choose("train_new_seed")
    QTest.keyClick(dialog.edit, Qt.Key.Key_J, Qt.KeyboardModifier.ControlModifier)
    assert window.actions_by_name["train_new_seed"].shortcut() == QKeySequence("Ctrl+J")
    assert "Ctrl+J" in window.actions_by_name["train_new_seed"].toolTip()
    assert keys_of("train_new_seed", "Ctrl+Shift+R") == "Ctrl+J"
    other = make_window()
    assert other.actions_by_name["train_new_seed"].shortcut() == QKeySequence("Ctrl+J")
    dialog.reset_button.click()
    assert other.actions_by_name["train_new_seed"].shortcut() == QKeySequence("Ctrl+Shift+R")
    dialog.choose("about")
    QTest.keyClick(dialog.edit, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    assert dialog.message.text() == "Ctrl+S already stands for 'Save', which would lose it."
    assert window.actions_by_name["about"].shortcut().isEmpty()
    dialog.replace_button.click()
    assert window.actions_by_name["about"].shortcut() == QKeySequence("Ctrl+S")
    assert window.actions_by_name["save"].shortcut().isEmpty()
    dialog.choose("save")
    dialog.reset_button.click()
    assert "already stands for 'About Netloom'" in dialog.message.text()
    dialog.all_button.click()
    for spec in ACTIONS:
        assert window.actions_by_name[spec.name].shortcut() == QKeySequence(spec.shortcut)
    dialog.close()


def test_a_search_in_the_shortcuts_and_none(make_window):
    window = make_window()
    window.actions_by_name["shortcuts"].trigger()
    dialog = window.findChild(ShortcutsDialog)
    QTest.keyClicks(dialog.search, "zoom")
    shown = [i.text(0) for i in dialog._items() if i.data(0, Qt.ItemDataRole.UserRole) and not i.isHidden()]
    assert "Zoom in" in shown
    assert "Quit" not in shown
    dialog.choose("zoom_in")
    dialog.clear_button.click()
    assert window.actions_by_name["zoom_in"].shortcut().isEmpty()
    dialog.close()


def test_nonsense_in_the_settings_gives_the_first_keys(make_window):
    QSettings().setValue("shortcuts/save", "no such key at all")
    QSettings().setValue("shortcuts/open", "")
    window = make_window()
    assert window.actions_by_name["save"].shortcut() == QKeySequence("Ctrl+S")
    assert window.actions_by_name["open"].shortcut().isEmpty()
    set_keys({"open": None})
    assert window.actions_by_name["open"].shortcut() == QKeySequence("Ctrl+O")
    reset_all()


# Docks and presentation


def test_docks_float_close_reset_and_are_remembered(make_window):
    window = make_window(remember=True)
    docks = window.docks
    docks.palette.close()
    docks.history.show()
    docks.training.setFloating(True)
    live()
    assert docks.training.titleBarWidget() is None  # by it the panel is moved and closed
    window.close()
    again = make_window(remember=True)
    live()
    assert not again.docks.palette.isVisible()
    assert again.docks.history.isVisible()
    assert again.docks.training.isFloating()
    again.actions_by_name["reset_layout"].trigger()
    live()
    assert again.docks.palette.isVisible()
    assert not again.docks.history.isVisible()
    assert not again.docks.training.isFloating()
    assert again.docks.training.titleBarWidget() is not None
    movable = QDockWidget.DockWidgetFeature.DockWidgetMovable
    assert all(dock.features() & movable for dock in again.docks.all)


def test_a_screen_that_is_gone_and_a_damaged_layout(make_window):
    window = make_window(remember=True)
    window.setGeometry(QRect(20_000, 20_000, 900, 700))
    window.docks.save()
    again = make_window(remember=True)
    live()
    assert any(screen.availableGeometry().intersects(again.frameGeometry()) for screen in QGuiApplication.screens())
    QSettings().setValue("window/state", QByteArray(b"nonsense"))
    third = make_window(remember=True)
    assert third.docks.palette.isVisible()


def test_presentation_mode_shows_canvas_and_plots_large_and_esc_leaves(make_window):
    window = make_window()
    window.docks.history.show()
    live()
    before = {dock.objectName(): dock.isVisible() for dock in window.docks.all}
    size = current_theme().font_size
    QTest.keyClick(window.canvas, Qt.Key.Key_F11)
    live()
    assert window.presentation.is_on
    assert {d.objectName() for d in window.docks.all if d.isVisible()} == {"dock_cost", "dock_boundary"}
    assert current_theme().font_size > size
    assert window.isFullScreen()
    QTest.keyClick(window, Qt.Key.Key_Escape)
    live()
    assert not window.presentation.is_on
    assert not window.isFullScreen()
    assert {dock.objectName(): dock.isVisible() for dock in window.docks.all} == before
    assert current_theme().font_size == size
    assert not window.menuBar().isHidden()


def test_the_history_panel_goes_to_a_step(make_window):
    window = make_window()
    design = window.document.design
    for name in ("one", "two", "three"):
        window.document.rename(dense_id(window), name)
    window.docks.history.show()
    view = window.history_panel.view
    assert view.model().rowCount() == 4
    QTest.mouseClick(
        view.viewport(), Qt.MouseButton.LeftButton, NONE, view.visualRect(view.model().index(0, 0)).center()
    )
    assert window.document.design == design
    QTest.mouseClick(
        view.viewport(), Qt.MouseButton.LeftButton, NONE, view.visualRect(view.model().index(2, 0)).center()
    )
    assert window.document.node(dense_id(window)).name == "two"


# Tour


def test_the_tour_goes_on_when_the_user_does_the_thing(make_window):
    window = make_window()
    tour = window.tour
    window.actions_by_name["tour"].trigger()
    assert tour.index == 0
    assert tour.bubble.isVisible()
    assert window.rect().contains(tour.bubble.geometry())
    window.canvas.append_layer("dense")
    wait(lambda: tour.index >= 1)
    window.actions_by_name["undo"].trigger()
    if tour.index == 1:
        window.canvas.select([dense_id(window)])
    wait(lambda: tour.index == 2)
    assert window.canvas.hasFocus()
    QTest.keyClick(window.canvas, Qt.Key.Key_Space)
    wait(lambda: tour.index == 3)
    QTest.keyClick(tour.bubble.next_button, Qt.Key.Key_Return)
    assert tour.index == 4
    assert window.properties_panel.isVisible()
    assert not tour_is_done()
    window.document.set_layer_field(dense_id(window), "units", 3)
    wait(lambda: tour.index == -1)
    assert not tour.bubble.isVisible()
    assert tour_is_done()


def test_space_trains_also_during_the_tour(make_window):
    window = make_window()
    window.actions_by_name["tour"].trigger()
    button = window.tour.bubble.next_button
    button.setFocus()
    QTest.keyClick(button, Qt.Key.Key_Space)
    wait(lambda: window.session.is_active or window.session.state == "finished")
    assert window.tour.index == 0, "Space trains; it must not press the tour's button."
    window.session.stop()
    wait(lambda: not window.session.is_active)


def test_the_tour_can_be_skipped_and_fits_every_window(make_window):
    window = make_window()
    for size in ((900, 600), (1440, 900)):
        window.resize(*size)
        window.tour.start()
        for _ in range(5):
            live(0.08)
            assert window.rect().contains(window.tour.bubble.geometry())
            window.tour.next()
    window.tour.start()
    QTest.keyClick(window.tour.bubble.next_button, Qt.Key.Key_Escape)
    assert window.tour.index == -1
    assert window.canvas.hasFocus()


# Start page


def test_the_start_page_opens_templates_and_recent_designs(make_window, tmp_path):
    window = make_window()
    path = tmp_path / "mine.netloom"
    done = []
    window.files.save(path, lambda: done.append(1))
    wait(lambda: bool(done))
    missing = tmp_path / "gone.netloom"
    project_files.remember(missing)
    window.actions_by_name["start_page"].trigger()
    page = window.window_actions.files.page
    assert page.isVisible()
    assert [card.text() for card in page.recent_cards.cards] == ["mine"]
    assert len(page.template_cards.cards) == len(template_names())
    cards = page.recent_cards.cards + page.template_cards.cards
    wait(lambda: all(card.has_picture for card in cards))
    assert page.recent_cards.cards[0].hasFocus()
    second = page.template_cards.cards[1]
    second.setFocus()
    QTest.keyClick(second, Qt.Key.Key_Return)
    assert not page.isVisible()
    assert window.document.design.name == second.text()
    assert window.document.path is None
    window.actions_by_name["start_page"].trigger()
    QTest.mouseClick(page.recent_cards.cards[0], Qt.MouseButton.LeftButton)
    wait(lambda: window.document.path == path)


def test_the_start_page_keeps_the_focus_and_closes_by_esc(make_window):
    window = make_window()
    window.actions_by_name["start_page"].trigger()
    page = window.window_actions.files.page
    seen = set()
    for _ in range(60):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        seen.add(QApplication.focusWidget())
        assert page.isAncestorOf(QApplication.focusWidget())
    assert {page.new_button, page.at_start, page.template_cards.cards[-1]} <= seen
    page.at_start.click()
    assert shown_at_start()
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Escape)
    assert not page.isVisible()
    assert window.canvas.hasFocus()


def load_in_wizard(window):
    wizard = window.window_actions.files.data.wizard
    assert wizard is not None, "the data wizard did not open"
    wait(lambda: wizard.examined is not None)
    QTest.mouseClick(wizard.accept_button, Qt.MouseButton.LeftButton)


def test_your_own_data_gives_a_network_that_fits_it(make_window, tmp_path):
    path = tmp_path / "flowers.csv"
    rows = [f"{i},{i % 7},{i % 5},{'abc'[i % 3]}" for i in range(90)]
    path.write_text("a,b,c,kind\n" + "\n".join(rows))
    window = make_window()
    window.window_actions.files.begin_with_data(path)
    load_in_wizard(window)
    wait(lambda: window.loader.prepared is not None and window.document.design.data.source.kind == "csv")
    assert window.document.design.name == "flowers"
    assert not window.document.plan.problems


# Windows and files


def test_several_windows_have_their_own_sessions(make_window, application):
    window = make_window()
    window.actions_by_name["new_window"].trigger()
    other = next(w for w in open_windows() if w is not window)
    assert other.session is not window.session
    assert other.document.graph.nodes == ()
    window.controller.toggle()
    wait(lambda: window.training_panel.clock.step > 5)
    assert other.session.state == "idle"
    other.close()
    live()
    assert open_windows() == [window]
    assert window.session.state == "running"


def test_quit_closes_every_window_until_one_refuses(make_window, monkeypatch):
    first, second = make_window(), make_window()
    first.document.rename(dense_id(first), "mine")
    monkeypatch.setattr(QMessageBox, "question", lambda *_a, **_k: QMessageBox.StandardButton.Cancel)
    first.actions_by_name["quit"].trigger()
    live()
    assert open_windows() == [first]
    monkeypatch.setattr(QMessageBox, "question", lambda *_a, **_k: QMessageBox.StandardButton.Discard)
    first.actions_by_name["quit"].trigger()
    live()
    assert open_windows() == []
    assert second.session.state == "idle"


def test_revert_asks_once_and_goes_back_to_the_file(make_window, tmp_path, monkeypatch):
    window = make_window()
    path = tmp_path / "net.netloom"
    assert not window.actions_by_name["revert"].isEnabled()
    done, asked = [], []
    window.files.save(path, lambda: done.append(1))
    wait(lambda: bool(done))
    saved = window.document.design
    window.document.rename(dense_id(window), "changed")

    def answer(*args, **_kwargs):
        asked.append(args[2])
        return QMessageBox.StandardButton.Cancel if len(asked) == 1 else QMessageBox.StandardButton.Yes

    monkeypatch.setattr(QMessageBox, "question", answer)
    window.actions_by_name["revert"].trigger()
    live()
    assert window.document.design != saved
    window.actions_by_name["revert"].trigger()
    wait(lambda: window.document.design == saved)
    assert len(asked) == 2
    assert not window.document.modified


@pytest.mark.parametrize("answer", ["overwrite", "save_as", ""])
def test_a_file_changed_on_disk_is_said_at_save(make_window, tmp_path, monkeypatch, answer):
    window = make_window()
    path, copy = tmp_path / "net.json", tmp_path / "copy.json"
    done = []
    window.files.save(path, lambda: done.append(1))
    wait(lambda: bool(done))
    window.document.rename(dense_id(window), "mine")
    theirs = load_template("circles").to_json()
    path.write_text(theirs)
    os.utime(path, ns=(1, 1))
    files = window.window_actions.files
    sentences = []
    monkeypatch.setattr(files, "_ask_about_change", lambda text: sentences.append(text) or answer)
    monkeypatch.setattr("gui.window.file_actions.QFileDialog.getSaveFileName", lambda *_a, **_k: (str(copy), ""))
    window.actions_by_name["save"].trigger()
    if answer:
        wait(lambda: not window.document.modified)
    else:
        live()
    assert sentences == ["'net.json' was changed by another program since it was opened here."]
    mine = window.document.design
    assert (path.read_text() == theirs) == (answer != "overwrite")
    assert window.document.modified == (answer == "")
    if answer:
        assert load_project(path if answer == "overwrite" else copy).design == mine
        sentences.clear()
        window.document.rename(dense_id(window), "again")
        window.actions_by_name["save"].trigger()
        wait(lambda: not window.document.modified)
        assert sentences == []


def test_the_question_about_a_changed_file_has_three_answers(make_window):
    window = make_window()
    files = window.window_actions.files
    for place, expected in ((0, "overwrite"), (1, "save_as"), (2, "")):

        def click(place=place):
            box = QApplication.activeModalWidget()
            names = ("Overwrite", "Save as…", "Cancel")
            next(b for b in box.buttons() if b.text().replace("&", "") == names[place]).click()

        QTimer.singleShot(50, click)
        assert files._ask_about_change("It was changed.") == expected


def drop(window, path):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    target = window.canvas.viewport()
    buttons, action = Qt.MouseButton.LeftButton, Qt.DropAction.CopyAction
    enter = QDragEnterEvent(QPoint(50, 50), action, data, buttons, NONE)
    QApplication.sendEvent(target, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(target, QDropEvent(QPointF(50, 50), action, data, buttons, NONE))


def test_files_dropped_onto_the_window_are_opened(make_window, tmp_path):
    window = make_window()
    design = tmp_path / "net.json"
    design.write_text(load_template("circles").to_json())
    drop(window, design)
    wait(lambda: window.document.path == design)
    table = tmp_path / "table.csv"
    table.write_text("a,b,y\n" + "\n".join(f"{i},{i * i % 11},{i % 2}" for i in range(60)))
    drop(window, table)
    load_in_wizard(window)
    wait(lambda: window.document.design.data.source.kind == "csv")
    assert window.data_panel.isVisible()
    picture = tmp_path / "cat.gif"
    picture.write_bytes(b"GIF89a")
    drop(window, picture)
    assert "cannot open 'cat.gif'" in window.banner.text.text()
    (tmp_path / "empty").mkdir()
    drop(window, tmp_path / "empty")
    assert "is a folder" in window.banner.text.text()


def test_a_file_that_is_open_in_another_window_comes_to_the_front(make_window, tmp_path):
    first, second = make_window(), make_window()
    path = tmp_path / "net.json"
    path.write_text(load_template("circles").to_json())
    first.files.open(path)
    wait(lambda: first.document.path == path)
    second.window_actions.files.open_file(path)
    live()
    assert second.document.path is None
    assert "already" in first.banner.text.text()


def test_all_that_is_new_has_accessible_names(make_window):
    window = make_window()
    window.actions_by_name["start_page"].trigger()
    page = window.window_actions.files.page
    for widget in (page, page.close_button, page.new_button, page.template_cards, *page.template_cards.cards):
        assert widget.accessibleName()
    palette, bubble = window.command_palette, window.tour.bubble
    for widget in (palette, palette.field, palette.list, bubble, window.history_panel.view):
        assert widget.accessibleName()
