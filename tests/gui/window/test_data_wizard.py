"""The data wizard and the ways into it: what it shows, what it makes of choices, and that Load is one undo step."""

from pathlib import Path
from time import monotonic, sleep

import pytest
from PySide6.QtCore import QCoreApplication, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog

from engine.data import DataSettings, source_for_file
from engine.data.dataset import ColumnFact
from engine.data.sources.csv_file import CsvFile
from engine.data.sources.pasted_table import LONGEST, PastedTable
from engine.layers.ends import Input
from engine.templates import load_template
from gui.main_window import MainWindow
from gui.window.data_wizard import DataWizard
from gui.window.data_wizard_work import guessed_target, roles_of, with_role

TABULAR = Path(__file__).parents[4] / "shared" / "data" / "tabular"
NONE = Qt.KeyboardModifier.NoModifier
TABLE = "id,age,sort,kind\n" + "\n".join(
    f"{i + 1},{'' if i == 4 else round(i / 3, 4)},s{i % 2},{'abc'[i % 3]}" for i in range(60)
)


def wait(condition, timeout=8000):
    end = monotonic() + timeout / 1000
    while not condition():
        assert monotonic() < end, "waited too long"
        QCoreApplication.processEvents()
        sleep(0.005)


@pytest.fixture
def table(tmp_path) -> Path:
    path = tmp_path / "people.csv"
    path.write_text(TABLE)
    return path


@pytest.fixture
def open_wizard(application):
    made = []

    def open_wizard(source, **settings) -> DataWizard:
        wizard = DataWizard(None, DataSettings(source=source, **settings))
        made.append(wizard)
        wizard.show()
        wait(lambda: wizard.examined is not None or wizard.error.isVisible())
        return wizard

    yield open_wizard
    for wizard in made:
        wizard.reject()
    QTest.qWait(30)


@pytest.fixture
def window(application):
    window = MainWindow(load_template("xor"), remember=False)
    window.show()
    wait(lambda: window.loader.prepared is not None)
    yield window
    window._closing = True
    window.close()
    window.deleteLater()
    QTest.qWait(30)


def columns(wizard) -> dict[str, list[str]]:
    model = wizard.columns.content
    rows = [[model.data(model.index(r, c)) for c in range(4)] for r in range(model.rowCount())]
    return {row[0]: row[1:] for row in rows}


def choose(wizard, key, *names):
    """Select rows and press a key."""
    table, header = wizard.columns, wizard.columns.content.header
    table.clearSelection()
    for name in names:
        table.selectRow(header.index(name))
    before = wizard.settings
    table.setFocus()
    QTest.keyClick(table, key)
    if wizard.settings != before:
        wait(lambda: wizard.loading is None and (wizard.examined is not None or wizard.error.isVisible()))


# What it shows


def test_it_shows_what_becomes_of_every_column(open_wizard, table):
    wizard = open_wizard(source_for_file(str(table)))
    assert columns(wizard) == {
        "id": ["numbers", "Leave out", "Left out: it only numbers the rows"],
        "age": ["numbers", "Input", "Taken as numbers; 1 missing → median"],
        "sort": ["text", "Input", "2 texts → 2 columns of 0 and 1"],
        "kind": ["text", "Target", "Predicted: 3 classes"],
    }
    preview = wizard.preview.content
    assert preview.rowCount() == 60
    assert preview.headerData(3, Qt.Orientation.Horizontal) == "kind\ntext · target"
    assert [preview.data(preview.index(1, c)) for c in range(4)] == ["2", "0.3333", "s1", "b"]
    assert [box.currentText() for box in wizard.reading.boxes.values()] == ["Auto: comma", "Auto: names", "Auto: utf-8"]
    assert "a, 16, 4" in wizard.classes.accessibleName()
    assert "All, 48, 12" in wizard.classes.accessibleName()
    assert "1 missing value was filled with the median" in wizard.notices.text()
    assert wizard.columns.hasFocus(), "The keyboard begins at the columns."


@pytest.mark.skipif(not TABULAR.is_dir(), reason="The real tables lie in ../shared/data/tabular, which is absent.")
def test_titanic_and_housing(open_wizard):
    titanic = open_wizard(CsvFile(path=str(TABULAR / "titanic_train.csv"), target="Survived"))
    found = columns(titanic)
    assert found["Age"][2] == "Taken as numbers; 177 missing → median"
    assert found["Sex"][2] == "2 texts → 2 columns of 0 and 1"
    assert found["PassengerId"][1:] == ["Leave out", "Left out: it only numbers the rows"]
    assert "0, 439, 110; 1, 274, 68" in titanic.classes.accessibleName()
    assert "'Fare' 53" in titanic.notices.text()
    housing = open_wizard(CsvFile(path=str(TABULAR / "housing.csv"), target="median_house_value"))
    assert columns(housing)["total_bedrooms"][2] == "Taken as numbers; 207 missing → median"
    assert "Examples, 20,640; Features, 13" in housing.figures.accessibleName()


# What it makes of choices


def test_roles_are_chosen_with_keys(open_wizard, table):
    wizard = open_wizard(source_for_file(str(table)))
    choose(wizard, Qt.Key.Key_L, "sort")
    assert wizard.source.drop == "sort"
    assert columns(wizard)["sort"][1:] == ["Leave out", "Left out: you left it out"]
    choose(wizard, Qt.Key.Key_T, "sort")
    assert (wizard.source.target, wizard.source.drop) == ("sort", "")
    assert columns(wizard)["kind"][1] == "Input", "There is one target; the old one becomes an input."
    assert wizard.examined.prepared.target_of().class_names == ("s0", "s1")
    choose(wizard, Qt.Key.Key_I, "id")
    assert wizard.source.columns == "id, age, kind", "What is left out by itself comes in when it is asked for."
    assert columns(wizard)["id"][1] == "Input"
    choose(wizard, Qt.Key.Key_L, "sort")
    assert "One column has to be the target" in wizard.error.text()
    assert wizard.source.target == "sort"


def test_the_menu_of_a_role_opens_with_enter(open_wizard, table):
    wizard = open_wizard(source_for_file(str(table)))
    wizard.columns.selectRow(1)
    QTest.keyClick(wizard.columns, Qt.Key.Key_Return)
    menu = QApplication.activePopupWidget()
    assert [action.data() for action in menu.actions()] == ["input", "target", "left out"]
    menu.actions()[2].trigger()
    menu.close()
    wait(lambda: wizard.examined is not None)
    assert wizard.source.drop == "age"
    assert wizard.result() == 0, "Enter in the table does not press Load."


def test_how_the_text_is_read_can_be_changed(open_wizard, tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("1;2;0\n3;4;1\n5;6;0\n7;8;1\n")
    wizard = open_wizard(CsvFile(path=str(path)))
    assert wizard.preview.content.preview.header == ("x1", "x2", "x3")
    box = wizard.reading.boxes["header"]
    assert box.currentText() == "Auto: data"
    QTest.keyClick(box, Qt.Key.Key_Down)
    box.activated.emit(box.currentIndex())
    wait(lambda: wizard.preview.content.preview.header == ("1", "2", "0"))
    wait(lambda: wizard.examined is not None)
    assert wizard.examined.prepared.train.m + wizard.examined.prepared.parts["dev"].m == 3
    delimiter = wizard.reading.boxes["delimiter"]
    delimiter.setCurrentIndex(delimiter.findText("Tab"))
    delimiter.activated.emit(delimiter.currentIndex())
    wait(wizard.error.isVisible)
    assert "only one column" in wizard.error.text()
    assert not wizard.accept_button.isEnabled()
    delimiter.setCurrentIndex(0)
    delimiter.activated.emit(0)
    wait(lambda: wizard.examined is not None)
    assert not wizard.error.isVisible()


def test_a_bad_column_can_be_left_out(open_wizard, tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,b,y\n" + "\n".join(f"{i / 3},{i if i != 7 else 'ten'},{i % 2}" for i in range(40)))
    wizard = open_wizard(CsvFile(path=str(path)))
    assert "Line 9, column 'b': 'ten' is not a number" in wizard.error.text()
    assert not wizard.accept_button.isEnabled()
    choose(wizard, Qt.Key.Key_L, "b")
    assert not wizard.error.isVisible()
    assert wizard.accept_button.isEnabled()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "is empty"),
        ("a\n1\n2\n", "only one column"),
        ("a,b,y\n1,2,0\n3,1\n", "Line 3 of 't.csv' has 2 cells"),
        ("a,b,a,y\n1,2,3,0\n", "'a' more than once"),
        ("a,b,y\n1,,0\n2,,1\n3,,", None),
        ("a,b,y\n1,inf,0\n2,3,1\n", "Line 2, column 'b': 'inf' is infinite"),
        ("a,b,y\n1,1e9999,0\n2,3,1\n", "Line 2, column 'b': '1e9999'"),
        ("a,b,y\n" + "\n".join(f"{i}.5,2,k{i}" for i in range(9)), "too many for classes"),
        ("PK\x03\x04", "not a text table"),
    ],
)
def test_bad_tables_are_said(open_wizard, tmp_path, content, words):
    path = tmp_path / "t.csv"
    path.write_text(content)
    wizard = open_wizard(CsvFile(path=str(path)))
    assert wizard.error.isVisible() is (words is not None), wizard.error.text()
    assert wizard.accept_button.isEnabled() is (words is None)
    assert (words or "") in wizard.error.text()


def test_cancelling_stops_reading_at_once(open_wizard, table, monkeypatch):
    wizard = open_wizard(source_for_file(str(table)))
    begun = []

    def slow(self):
        from engine.data.loading import current_loading

        begun.append(1)
        for i in range(2000):
            current_loading().report(i / 2000, "Reading slowly")
            sleep(0.005)
        raise AssertionError("it was not cancelled")

    monkeypatch.setattr(CsvFile, "table", slow)
    wizard._take(wizard.settings.replace(source=wizard.source.replace(encoding="utf-8")), anew=True)
    wait(lambda: wizard.progress.isVisible() and wizard.progress.bar.value() > 0)
    assert "Reading slowly" in wizard.progress.text.accessibleName()
    start = monotonic()
    QTest.mouseClick(wizard.progress.cancel_button, Qt.MouseButton.LeftButton)
    assert not wizard.progress.isVisible()
    assert wizard.loading is None
    wait(lambda: not wizard._runner.is_busy)
    assert monotonic() - start < 0.3
    assert begun == [1]


def test_roles_without_a_window():
    header = ("n", "a", "b, c", "y")
    facts = {"n": ColumnFact("n", "numbers", "left out", 0, "")}
    source = CsvFile(path="t")
    assert roles_of(source, header, facts) == {"n": "left out", "a": "input", "b, c": "input", "y": "target"}
    two = with_role(source, header, facts, ["a", "y"], "target")
    assert two.target == "a, y"
    assert with_role(source, header, facts, ["b, c"], "left out").drop == '"b, c"'
    both = with_role(with_role(source, header, facts, ["a"], "left out"), header, facts, ["b, c"], "target")
    assert (both.drop, both.target) == ("a", '"b, c"')
    assert guessed_target(("class", "a", "b")) == "class"
    assert guessed_target(("a", "b")) == "b"


# The ways in


def load_it(window):
    wizard = window.window_actions.files.data.wizard
    wait(lambda: wizard.examined is not None)
    QTest.mouseClick(wizard.accept_button, Qt.MouseButton.LeftButton)
    return wizard


def test_open_data_loads_in_one_undo_step_and_fits_the_design(window, table, monkeypatch):
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_a, **_k: (str(table), ""))
    before = window.document.design
    window.actions_by_name["open_data"].trigger()
    load_it(window)
    wait(lambda: window.document.design.data.source.kind == "csv")
    assert window.document.undo_stack.count() == 1
    first = next(node.layer for node in window.document.graph.nodes if isinstance(node.layer, Input))
    assert first.shape == (3,)
    assert not window.document.plan.problems
    window.actions_by_name["undo"].trigger()
    assert window.document.design == before
    wait(lambda: window.loader.prepared is not None)


def test_cancel_leaves_everything_as_it_is(window, table):
    before = window.document.design
    window.window_actions.open_any(table)
    wizard = window.window_actions.files.data.wizard
    wait(lambda: wizard.examined is not None)
    QTest.keyClick(wizard, Qt.Key.Key_Escape)
    assert window.window_actions.files.data.wizard is None
    assert window.document.design is before


def test_the_columns_of_loaded_data_can_be_looked_at_again(window, table):
    window.window_actions.open_any(table)
    load_it(window)
    wait(lambda: window.document.design.data.source.kind == "csv")
    QTest.mouseClick(window.data_panel.columns_button, Qt.MouseButton.LeftButton)
    wizard = window.window_actions.files.data.wizard
    assert wizard.accept_button.text() == "Apply"
    wait(lambda: wizard.examined is not None)
    choose(wizard, Qt.Key.Key_L, "sort")
    QTest.mouseClick(wizard.accept_button, Qt.MouseButton.LeftButton)
    wait(lambda: window.document.design.data.source.drop == "sort")
    assert window.loader.prepared.input_shape() == (1,)


def test_a_file_dropped_on_the_window(window, table):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(table))])
    buttons, action = Qt.MouseButton.LeftButton, Qt.DropAction.CopyAction
    enter = QDragEnterEvent(QPoint(50, 50), action, data, buttons, NONE)
    QApplication.sendEvent(window, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(window, QDropEvent(QPointF(50, 50), action, data, buttons, NONE))
    load_it(window)
    wait(lambda: window.document.design.data.source.kind == "csv")


def test_cells_pasted_on_the_canvas_become_the_data(window):
    QGuiApplication.clipboard().setText(TABLE.replace(",", "\t"))
    window.canvas.paste()
    wizard = load_it(window)
    assert isinstance(wizard.source, PastedTable)
    wait(lambda: window.document.design.data.source.kind == "pasted")
    assert window.loader.prepared.target_of().classes == 3
    assert "text" not in [
        row.field.name for row in window.data_panel.form.findChildren(object) if hasattr(row, "field")
    ]


def test_what_cannot_be_pasted_is_said(window):
    clipboard = QGuiApplication.clipboard()
    clipboard.setText("just words")
    window.canvas.paste()
    assert "no layers" in window.banner.text.text()
    clipboard.setText("")
    window.actions_by_name["paste_data"].trigger()
    assert "no table on the clipboard" in window.banner.text.text()
    clipboard.setText("a\tb\n" * (LONGEST // 4 + 1))
    window.actions_by_name["paste_data"].trigger()
    assert "Save it as a CSV file" in window.banner.text.text()
    clipboard.setText("just words")
    window.actions_by_name["paste_data"].trigger()
    wizard = window.window_actions.files.data.wizard
    wait(wizard.error.isVisible)
    assert "only one column" in wizard.error.text() or "no rows" in wizard.error.text()
    wizard.reject()
    clipboard.clear()


def test_a_file_that_vanishes_between_preview_and_load(window, table):
    before = window.document.design
    window.window_actions.open_any(table)
    wizard = window.window_actions.files.data.wizard
    wait(lambda: wizard.examined is not None)
    table.unlink()
    QTest.mouseClick(wizard.accept_button, Qt.MouseButton.LeftButton)
    wait(window.data_panel.error.isVisible)
    assert "There is no file" in window.data_panel.error.text()
    assert window.document.design is before
    assert window.loader.prepared is not None


def test_loading_is_cancelled_in_the_data_panel(window, table, monkeypatch):
    def slow(self):
        from engine.data.loading import current_loading

        while True:
            current_loading().report(0.5, "Reading slowly")
            sleep(0.005)

    monkeypatch.setattr(CsvFile, "table", slow)
    before = window.document.design
    window.docks.data.raise_()
    window.data_panel.open_file(str(table))
    panel = window.data_panel
    wait(lambda: panel.progress.isVisible())
    start = monotonic()
    QTest.mouseClick(panel.progress.cancel_button, Qt.MouseButton.LeftButton)
    wait(lambda: not window.tasks.is_busy)
    assert monotonic() - start < 0.3
    assert not panel.progress.isVisible()
    assert window.document.design is before
    assert window.loader.prepared is not None
    assert panel.source_box.currentData() == before.data.source.kind
