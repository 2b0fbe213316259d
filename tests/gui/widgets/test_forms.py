"""Forms: every declared kind gets one, every field can be edited, and what is not legal is refused in a sentence."""

import pytest
from pydantic import ValidationError
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from engine.activation import ActivationFunction
from engine.activations.basic import LeakyReLU, Tanh
from engine.data import DataSettings
from engine.data.source import DataSource
from engine.data.sources.planar import Moons, Spirals
from engine.initializer import Initializer
from engine.layer import Layer
from engine.layers.dense import Dense
from engine.layers.ends import Input
from engine.loss import Loss
from engine.optimizer import Optimizer
from engine.optimizers.basic import Adam, GradientDescent
from engine.settings import TrainingSettings
from gui.widgets.editors import Editor, NumberEditor, OptionalEditor, TextEditor
from gui.widgets.form import DeclarationEditor, DeclarationForm, carried_over

MEMBERS = [
    member
    for family in (Layer, Loss, Optimizer, Initializer, ActivationFunction, DataSource)
    for member in family.members()
] + [TrainingSettings, DataSettings]


def form_of(declaration):
    form = DeclarationForm()
    form.set_declaration(declaration, "x")
    form.resize(340, 600)
    form.show()
    edits = []
    form.field_edited.connect(lambda name, value, final: edits.append((name, value, final)))
    return form, edits


def type_text(line, text):
    line.setFocus()
    line.selectAll()
    QTest.keyClicks(line, text)
    QTest.keyClick(line, Qt.Key.Key_Return)


def is_legal(declaration, name, value):
    try:
        declaration.replace(**{name: value})
    except ValidationError:
        return False
    return True


def another_value(declaration, field, current):
    """A legal value of a field that differs from its current one."""
    if field.kind == "boolean":
        return not current
    if field.kind == "choice":
        return next((c for c in field.choices if c != current), current)
    if field.kind == "text":
        return "other"
    if field.kind == "integers":
        longer, others = (*current, 3), tuple(number + 1 for number in current)
        return longer if is_legal(declaration, field.name, longer) else others
    if field.kind == "declaration":
        return next(m() for m in field.family.members() if not isinstance(current, m))
    low = field.minimum if field.minimum is not None else -10
    candidates = [low + 1, low, low + 0.25, 2, 5, 0.5]
    if field.maximum is not None:
        candidates.append((low + field.maximum) / 2)
    for value in candidates:
        value = int(value) if field.kind == "integer" else float(value)
        legal = not (field.open_minimum and value <= low) and (field.maximum is None or value < field.maximum)
        if legal and value != current:
            return value
    raise AssertionError(field)


def edit(editor: Editor, value):
    """Do what a user does to set a value."""
    if isinstance(editor, OptionalEditor):
        if not editor.box.isChecked():
            editor.box.click()
        editor = editor.inner
    if isinstance(editor, DeclarationEditor):
        index = editor._members.index(type(value))
        editor.box.setCurrentIndex(index)
        editor.box.activated.emit(index)
    elif isinstance(editor, NumberEditor):
        type_text(editor.box, f"{value:.17g}")
    elif isinstance(editor, TextEditor):
        type_text(editor.line, editor._format(value))
    elif hasattr(editor, "box") and hasattr(editor.box, "isChecked"):
        editor.box.click()
    else:
        index = editor.field.choices.index(value)
        editor.box.setCurrentIndex(index)
        editor.box.activated.emit(index)


@pytest.mark.parametrize("member", MEMBERS, ids=lambda m: f"{m.family_name}-{m.kind or m.__name__}")
def test_every_field_of_every_declaration_can_be_edited(member):
    form, edits = form_of(member())
    for field in member.fields():
        if field.name in ("train", "dev", "test") or field.hidden:
            continue  # their sum is 1: the data panel edits them together; what is hidden is edited elsewhere
        form.set_declaration(member(), "x")
        current = getattr(member(), field.name)
        value = another_value(member(), field, current)
        edits.clear()
        edit(form.row(field.name).editor, value)
        assert edits, field
        assert form.row(field.name).problem.text() == ""
        name, got, final = edits[-1]
        assert (name, final) == (field.name, True)
        assert got == value or field.kind == "declaration"
        assert getattr(form.declaration, field.name) == got
        assert type(form.declaration).model_validate(form.declaration.model_dump()) == form.declaration


@pytest.mark.parametrize("member", MEMBERS, ids=lambda m: f"{m.family_name}-{m.kind or m.__name__}")
def test_every_control_has_an_accessible_name_and_help(member):
    form, _ = form_of(member())
    for field in member.fields():
        if field.hidden:
            continue
        row = form.row(field.name)
        assert field.help.rstrip(".") in row.toolTip()
        focus = row.editor.focusProxy() or row.editor
        if isinstance(row.editor, OptionalEditor):
            focus = row.editor.box
        assert field.label in focus.accessibleName()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1e9999", "too large"),
        ("nan", "not a number"),
        ("-1", "must be greater than 0, but -1 was given"),
        ("many", "'many' is not a number"),
        ("", "'' is not a number"),
    ],
)
def test_a_refused_value_is_said_in_a_sentence_and_changes_nothing(text, words):
    form, edits = form_of(GradientDescent(learning_rate=0.1))
    row = form.row("learning_rate")
    line = row.editor.box
    line.setFocus()
    line.selectAll()
    QTest.keyClick(line, Qt.Key.Key_Delete)
    QTest.keyClicks(line, text)
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert words in row.problem.text()
    assert row.problem.isVisible()
    assert not edits
    assert form.declaration == GradientDescent(learning_rate=0.1)
    assert line.lineEdit().text() == "0.1"
    edit(row.editor, 0.2)
    assert not row.problem.isVisible()
    assert edits[-1] == ("learning_rate", 0.2, True)


def test_scientific_notation_is_read_and_shown():
    form, edits = form_of(Adam())
    assert form.row("epsilon").editor.box.lineEdit().text() == "1e-8"
    for text, value in (("2e-3", 0.002), ("0,05", 0.05), ("3×10^-2", 0.03)):
        type_text(form.row("learning_rate").editor.box, text)
        assert edits[-1][1] == pytest.approx(value)


def test_nested_edits_arrive_as_the_whole_nested_declaration():
    form, edits = form_of(Dense(activation=LeakyReLU()))
    nested = form.row("activation").editor
    edit(nested.form.row("slope").editor, 0.25)
    assert edits == [("activation", LeakyReLU(slope=0.25), True)]
    edit(nested, Tanh())
    assert edits[-1] == ("activation", Tanh(), True)
    assert not nested.nest.isVisible()


def test_changing_the_member_keeps_what_the_user_had_set():
    assert carried_over(Moons(m=123, noise=0.4), Spirals) == Spirals(m=123, noise=0.4)
    assert carried_over(Adam(), GradientDescent) == GradientDescent()


def test_optional_fields_have_a_tick_for_an_own_value():
    form, edits = form_of(Dense())
    editor = form.row("l2").editor
    assert not editor.box.isChecked()
    editor.box.click()
    assert edits[-1] == ("l2", 0, True)
    edit(editor, 0.5)
    assert edits[-1] == ("l2", 0.5, True)
    editor.box.click()
    assert edits[-1] == ("l2", None, True)


def test_refreshing_while_the_user_types_leaves_the_text_alone():
    form, _ = form_of(Input(shape=(2,), source="a"))
    form.activateWindow()
    line = form.row("source").editor.line
    line.setFocus()
    assert QTest.qWaitForWindowActive(form, 1000)
    line.end(False)
    QTest.keyClicks(line, "bc")
    line.setCursorPosition(1)
    form.set_declaration(Input(shape=(2,), source="z"), "x")
    assert line.text() == "abc"
    assert line.cursorPosition() == 1
    assert line.hasFocus()
    box = DeclarationForm()
    box.set_declaration(GradientDescent(learning_rate=0.1), "x")
    box.show()
    box.activateWindow()
    number = box.row("learning_rate").editor.box
    number.setFocus()
    assert QTest.qWaitForWindowActive(box, 1000)
    number.selectAll()
    QTest.keyClicks(number, "0.0")
    box.set_declaration(GradientDescent(learning_rate=0.7), "x")
    assert number.lineEdit().text() == "0.0"
    QTest.keyClick(number, Qt.Key.Key_Escape)
    assert number.lineEdit().text() == "0.7"


def test_the_wheel_does_not_change_what_is_not_in_focus():
    form, edits = form_of(GradientDescent(learning_rate=0.1))
    editor = form.row("learning_rate").editor
    for widget in (editor.box, editor.slider):
        widget.clearFocus()
        event = QWheelEvent(
            QPointF(5, 5), QPointF(5, 5), QPoint(0, 0), QPoint(0, 120), Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(widget, event)
    assert not edits


def test_sliders_say_when_they_are_let_go():
    form, edits = form_of(GradientDescent(learning_rate=0.1))
    slider = form.row("learning_rate").editor.slider
    slider.setSliderDown(True)
    slider.setValue(slider.value() + 100)
    assert edits[-1][2] is False
    form.set_declaration(form.declaration, "x")
    slider.setSliderDown(False)
    assert edits[-1][2] is True
    assert edits[-1][1] == edits[-2][1] > 0.1


def test_log_sliders_reach_zero_at_the_left():
    form, edits = form_of(TrainingSettings(l2=0.1, batch_size=32))
    for name in ("l2", "batch_size"):
        slider = form.row(name).editor.slider
        slider.setValue(0)
        assert edits[-1] == (name, 0, True)
        slider.setValue(slider.maximum())
        assert edits[-1][1] >= 10


def test_arrows_of_a_log_box_move_by_a_factor():
    form, edits = form_of(GradientDescent(learning_rate=0.1))
    box = form.row("learning_rate").editor.box
    box.setFocus()
    QTest.keyClick(box, Qt.Key.Key_Up)
    assert edits[-1][1] == pytest.approx(0.12, abs=0.01)
