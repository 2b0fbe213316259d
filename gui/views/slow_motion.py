"""Slow motion: one training step in sub-steps, on the canvas and in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QHideEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout

from engine.checkpoint import Checkpoint
from engine.design import Design
from engine.events import Progress
from engine.slow_motion import SlowStep, slow_step, with_live_values
from gui.canvas.flow import Direction, Flow
from gui.views.base import LiveView
from gui.views.engine import ViewEngine
from gui.views.slow_buttons import PlayButtons, SpeedSlider
from gui.views.slow_page import SlowPage
from gui.views.slow_player import SlowPlayer
from gui.views.slow_table import is_same_state, table_of
from gui.views.slow_timeline import Timeline
from gui.widgets.basic import Button, CheckBox
from gui.widgets.export import Table
from gui.widgets.numbers import QuietComboBox

RUNNING = "The network is training. Press Play: training pauses, and its next step is shown in slow motion."
PAUSED_FOR_THIS = "Training was paused for this; Resume lets it go on."
DIRECTIONS: dict[str, Direction] = {"backward": "backward", "update": "update"}


@dataclass(frozen=True, eq=False, slots=True)
class Asked:
    """Which step is to be made."""

    design: Design
    checkpoint: Checkpoint | None
    follows: bool
    """It follows the last step shown, and does not begin anew."""


class SlowMotionView(LiveView):
    """Plays the next training step in sub-steps. It works on a copy: the run is not touched."""

    name = "slow_motion"
    title = "Slow motion"
    help = "One training step in sub-steps on the canvas: batch, forward, cost, backward, update."
    follows_weights: ClassVar[bool] = False

    def build(self) -> None:
        self._player = SlowPlayer(self)
        self._base: Checkpoint | None = None
        self._base_design: Design | None = None
        self._wanted = "first"
        """What is to be computed: the "first" step, the "next" one, or nothing."""
        self._awaited = False
        """The paused run was asked for its state."""
        self._reached = 0
        """Step that the run is known to have come to."""
        self._plays_then = self._paused_here = False
        self._build_tools()
        self._build_choice()
        self._timeline = Timeline()
        self._page = SlowPage()
        self.body.addWidget(self._timeline)
        self.body.addWidget(self._page, 1)
        self.setFocusProxy(self._timeline)
        self.setMinimumWidth(320)
        self._timeline.chosen.connect(self._on_timeline_chosen)
        self._player.moved.connect(self._on_player_moved)
        self._player.steps_changed.connect(self._on_player_steps_changed)
        self._player.playing_changed.connect(self._on_player_playing_changed)
        context = self.context
        context.problem_changed.connect(self._on_problem_gone)
        context.checkpoint_changed.connect(self._on_context_checkpoint_changed)
        context.session.state_changed.connect(self._on_session_state_changed)
        context.session.progressed.connect(self._on_session_progressed)
        context.document.training_changed.connect(self._on_document_settings_changed)
        context.document.node_changed.connect(self._on_document_settings_changed)
        self._show_state()

    def _build_tools(self) -> None:
        self._buttons = PlayButtons()
        for signal, slot in (
            (self._buttons.to_start_clicked, self._on_to_start_clicked),
            (self._buttons.back_clicked, self._on_back_clicked),
            (self._buttons.play_clicked, self._on_play_clicked),
            (self._buttons.forward_clicked, self._on_forward_clicked),
            (self._buttons.to_end_clicked, self._on_to_end_clicked),
        ):
            signal.connect(slot)
        self._speed = SpeedSlider()
        self._speed.speed_changed.connect(self._player.set_speed)
        self.tools.addWidget(self._buttons)
        self.tools.addWidget(self._speed)
        self.tools.addStretch(1)

    def _build_choice(self) -> None:
        self._steps = QuietComboBox()
        self._steps.setAccessibleName("Step")
        self._steps.setToolTip("The steps made so far, one from the other; choose one to see it again")
        self._steps.setMinimumContentsLength(14)
        self._steps.activated.connect(self._on_steps_activated)
        self._next = Button("Next step", "step", "Make the step that follows the last one, on the copy")
        self._next.clicked.connect(self._on_next_clicked)
        self._follow = CheckBox("Follow")
        self._follow.setToolTip("Scroll the canvas to the layer at work")
        self._follow.setChecked(True)
        self._follow.toggled.connect(self._show_flow)
        row = QHBoxLayout()
        row.setContentsMargins(8, 0, 8, 4)
        row.setSpacing(8)
        for widget in (self._steps, self._next, self._follow):
            row.addWidget(widget)
        row.addStretch(1)
        self.body.addLayout(row)

    # What is computed

    def problem_changed(self) -> None:
        self._begin_anew()

    def question(self) -> Asked | None:
        state = self.context.session.state
        if state == "running":
            self.say(RUNNING)
            return None
        if self._awaited or (self._player.steps and not self._wanted):
            return None
        wanted, self._wanted = self._wanted, ""
        follows = wanted == "next" and bool(self._player.steps)
        design = self._design()
        if follows:
            return Asked(design, self._player.steps[-1].after, True)
        self._base, self._base_design = self.context.checkpoint, design
        return Asked(design, self._base, False)

    @staticmethod
    def compute(engine: ViewEngine, question: Asked) -> tuple[Asked, SlowStep]:
        return question, slow_step(question.design, engine.data, question.checkpoint)

    def show_answer(self, answer: tuple[Asked, SlowStep]) -> None:
        asked, step = answer
        was_playing = self._player.is_playing
        if asked.follows and self._player.steps:
            self._player.append(step)
        else:
            self._player.begin(step)
        plays, self._plays_then = self._plays_then or was_playing, False
        if plays and self.isVisible():
            self._player.play()
        self._show_state()

    def take_failure(self, error: Exception) -> None:
        self._player.clear()
        super().take_failure(error)
        self._show_state()

    def table(self) -> Table | None:
        return table_of(self._player.step) if self._player.step is not None else None

    def _design(self) -> Design:
        """What the next step of the run is made with."""
        assert self.context.problem is not None
        return with_live_values(self.context.problem.design, self.context.document.design)

    def _begin_anew(self) -> None:
        """The step shown is not the next one any more."""
        self._wanted = "first"
        self._player.pause()
        self.context.ask(self, at_once=True)

    def _await_state(self) -> None:
        """Ask the paused run where it is."""
        self._awaited = self.context.session.request_checkpoint()

    # What is shown

    def _show_state(self) -> None:
        """Controls and the line below, for what can be done now."""
        player, problem = self._player, self.context.problem
        running = self.context.session.state == "running"
        self._buttons.show_state(
            playing=player.is_playing, can_play=problem is not None and (running or bool(player.steps)),
            can_go_back=player.index > 0, can_go_on=not player.is_at_end,
        )  # fmt: skip
        self._next.setEnabled(bool(player.steps))
        self._steps.setEnabled(len(player.steps) > 1)
        if player.steps:
            step = player.steps[0].step
            first, run = "Begins with the first weights.", f"Begins where the run is, after step {step - 1:,}."
            origin = first if self._base is None else run
            paused = PAUSED_FOR_THIS if self._paused_here else ""
            self._page.set_remark(f"{origin} A copy: the run stays as it is. {paused}".strip())

    def _show_flow(self) -> None:
        """Show the sub-step on the canvas, if this view is seen."""
        substep = self._player.substep
        if substep is None or not self.isVisible():
            self.context.flow_shown.emit(None)
            return
        direction: Direction = DIRECTIONS.get(substep.phase, "forward")
        follow = self._follow.isChecked()
        playing = self._player.is_playing
        self.context.flow_shown.emit(Flow(substep.nodes, substep.edges, direction, substep.label, playing, follow))

    def _take_focus(self) -> None:
        """After a click with the mouse the keys belong to this view."""
        if not self._buttons.have_focus:
            self._timeline.setFocus(Qt.FocusReason.MouseFocusReason)

    def _toggle(self) -> None:
        session = self.context.session
        if self._player.is_playing:
            self._player.pause()
        elif session.state == "running":
            self._plays_then = self._paused_here = True
            session.pause()
        else:
            self._player.play()

    def _step(self, index: int) -> None:
        self._player.pause()
        self._player.go(index)

    # Slots

    def _on_to_start_clicked(self) -> None:
        self._take_focus()
        self._step(0)

    def _on_back_clicked(self) -> None:
        self._take_focus()
        self._step(self._player.index - 1)

    def _on_play_clicked(self) -> None:
        self._take_focus()
        self._toggle()

    def _on_forward_clicked(self) -> None:
        self._take_focus()
        self._step(self._player.index + 1)

    def _on_to_end_clicked(self) -> None:
        self._take_focus()
        self._step(len(self._player.step.substeps) if self._player.step else 0)

    def _on_timeline_chosen(self, index: int) -> None:
        self._step(index)

    def _on_next_clicked(self) -> None:
        if self._player.steps:
            self._wanted = "next"
            self.refresh()

    def _on_steps_activated(self, place: int) -> None:
        self._player.pause()
        self._player.show_step(place)

    def _on_player_moved(self) -> None:
        player = self._player
        self._timeline.set_substeps(player.step.substeps if player.step else (), player.index)
        self._page.show_substep(player.substep, player.index, len(player.step.substeps) if player.step else 0)
        if player.steps and self._steps.currentIndex() != player.place:
            self._steps.setCurrentIndex(player.place)
        self._show_state()
        self._show_flow()

    def _on_player_steps_changed(self) -> None:
        self._steps.clear()
        self._steps.addItems([f"Step {step.step:,}" for step in self._player.steps])
        self._steps.setCurrentIndex(len(self._player.steps) - 1)

    def _on_player_playing_changed(self) -> None:
        self._show_state()
        self._show_flow()

    def _on_problem_gone(self) -> None:
        if self.context.problem is None:
            self._player.clear()
            self._show_state()

    def _on_context_checkpoint_changed(self) -> None:
        awaited, self._awaited = self._awaited, False
        state, checkpoint = self.context.session.state, self.context.checkpoint
        if state == "running":
            return
        if state == "paused" and checkpoint is not None and checkpoint.step < self._reached:
            self._await_state()  # it was asked for before a single step was made
        elif not self._player.steps or not is_same_state(checkpoint, self._base):
            self._begin_anew()
        elif awaited:
            if self._plays_then and self.isVisible():
                self._player.play()
            self._plays_then = False
            self.context.ask(self, at_once=True)

    def _on_session_state_changed(self, state: str) -> None:
        self._awaited, self._reached = False, 0
        if state == "running":
            self._paused_here = False
            self._wanted = "first"
            self._player.clear()
            self.say(RUNNING)
        elif state == "paused":
            self._await_state()
        else:
            self._plays_then = self._paused_here = False
            self._begin_anew()
        self._show_state()

    def _on_session_progressed(self, progress: Progress) -> None:
        self._reached = progress.step
        if self.context.session.state == "paused" and self.isVisible() and not self._awaited:
            self._await_state()  # a single step was made

    def _on_document_settings_changed(self, *_: object) -> None:
        if self.context.problem is not None and self._base_design is not None and self._player.steps:
            now, before = self._design(), self._base_design
            if now.training != before.training or now.graph.nodes != before.graph.nodes:
                self._begin_anew()

    # Qt

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._is_key(event):
            event.accept()  # before Space trains
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self._is_key(event):
            super().keyPressEvent(event)
            return
        keys, player = Qt.Key, self._player
        if event.key() == keys.Key_Space:
            self._toggle()
        else:
            last = len(player.step.substeps) if player.step else 0
            places = {keys.Key_Left: player.index - 1, keys.Key_Right: player.index + 1}
            places |= {keys.Key_Home: 0, keys.Key_End: last}
            self._step(places[Qt.Key(event.key())])
        event.accept()

    @staticmethod
    def _is_key(event: QKeyEvent) -> bool:
        keys = (Qt.Key.Key_Space, Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Home, Qt.Key.Key_End)
        plain = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier == Qt.KeyboardModifier.NoModifier
        return plain and event.key() in keys

    def showEvent(self, event: QShowEvent) -> None:
        if self.context.session.state == "paused" and not self._awaited:
            self._awaited = self.context.session.request_checkpoint()
        super().showEvent(event)
        self._show_flow()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._plays_then = False
        self._player.pause()
        self.context.flow_shown.emit(None)
