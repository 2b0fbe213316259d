"""The training panel: start and stop, how far it is, how well it does, and all settings of a run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QProgressBar, QPushButton, QToolButton, QWidget

from engine.events import Diverged, Evaluated, Metrics, Progress, Started
from engine.settings import TrainingSettings
from gui.document.document import Document
from gui.panels.page import MARGIN, Page
from gui.panels.run_figures import RunClock, cost_text, duration, second_metric
from gui.runtime.session import TrainingSession
from gui.theme import current_theme, theme_notifier
from gui.widgets.basic import Label, Section, keeps_space
from gui.widgets.form import DeclarationForm
from gui.widgets.icons import icon

FROM_NEXT_START = {"seed", "dtype", "shuffle", "evaluate_every"}
"""Fields that a run under way keeps as they were."""
BAR_STEPS = 1000


class TrainingPanel(Page):
    """Mirrors the session and the document's training settings; buttons trigger the window's actions."""

    def __init__(
        self,
        document: Document,
        session: TrainingSession,
        actions: Mapping[str, QAction],
        parent: QWidget | None = None,
    ):
        """Make the panel.

        Args:
            document: Owner of the training settings.
            session: The run.
            actions: The actions `train_toggle`, `train_step`, `train_stop`, `train_reset` and `train_new_seed`.
            parent: Owner.
        """
        super().__init__("Training", parent)
        self._document = document
        self._session = session
        self.clock = RunClock()
        self.main_button = ActionButton(actions["train_toggle"])
        self.column.addLayout(self._make_buttons(actions))
        self.bar = QProgressBar()
        self.bar.setRange(0, BAR_STEPS)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Progress")
        self.epoch = Label("", "")
        self.left = Label("", "muted")
        self.left.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.step = Label("", "small")
        self.speed = Label("", "small")
        self.speed.setAlignment(Qt.AlignmentFlag.AlignRight)
        progress = QGridLayout()
        progress.setVerticalSpacing(4)
        progress.addWidget(self.bar, 0, 0, 1, 2)
        progress.addWidget(self.epoch, 1, 0)
        progress.addWidget(self.left, 1, 1)
        progress.addWidget(self.step, 2, 0)
        progress.addWidget(self.speed, 2, 1)
        self.column.addLayout(progress)
        self.figures = FiguresCard()
        self.add(self.figures)
        settings = Section("Settings")
        self.form = DeclarationForm()
        settings.body.addWidget(self.form)
        self.add(settings)
        self.column.addStretch(1)
        self.form.field_edited.connect(self._on_form_field_edited)
        document.training_changed.connect(self.refresh)
        document.design_replaced.connect(self.refresh)
        session.started.connect(self._on_session_started)
        session.progressed.connect(self._on_session_progressed)
        session.evaluated.connect(self._on_session_evaluated)
        session.diverged.connect(self._on_session_diverged)
        session.state_changed.connect(self._on_session_state_changed)
        self.reset_figures()
        self.refresh()

    def refresh(self) -> None:
        """Show the training settings as the document has them."""
        self.form.set_declaration(self._document.design.training, "training")
        self._show_progress()

    def reset_figures(self) -> None:
        """Forget the last run."""
        self.clock.reset()
        self.figures.show_parts({})
        self._show_progress()

    def show_position(self, step: int, epoch: int, parts: dict[str, Metrics]) -> None:
        """Show where a saved run stands."""
        self.clock.begin(step, epoch, self.clock.steps_per_epoch)
        self.figures.show_parts(parts)
        self._show_progress()

    def _make_buttons(self, actions: Mapping[str, QAction]) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(4)
        row.addWidget(self.main_button, 1)
        row.addSpacing(4)
        for name in ("train_step", "train_stop", "train_reset", "train_new_seed"):
            button = ActionToolButton(actions[name])
            row.addWidget(button)
        return row

    def _show_progress(self) -> None:
        epochs, clock = self._document.design.training.epochs, self.clock
        done = clock.step / max(epochs * clock.steps_per_epoch, 1) if clock.step else 0.0
        self.bar.setValue(round(min(done, 1.0) * BAR_STEPS))
        self.epoch.setText(f"Epoch {clock.epoch:,} of {epochs:,}")
        self.step.setText(f"Step {clock.step:,}")
        running = self._session.state == "running"
        self.speed.setText(f"{clock.speed:,.0f} steps/s" if running and clock.speed else "")
        elapsed = duration(clock.elapsed) if clock.step else ""
        left = f" · {duration(clock.seconds_left(epochs))} left" if running else ""
        self.left.setText(elapsed + left)

    def _on_form_field_edited(self, name: str, value: Any, final: bool) -> None:
        self._document.set_training(**{name: value})
        if final:
            self._document.end_merge()

    def _on_session_started(self, started: Started) -> None:
        self.clock.begin(started.step, started.epoch, started.steps_per_epoch)
        self._show_progress()

    def _on_session_progressed(self, progress: Progress) -> None:
        self.clock.advance(progress.step, progress.epoch)
        self._show_progress()

    def _on_session_evaluated(self, evaluated: Evaluated) -> None:
        self.figures.show_parts(evaluated.parts)

    def _on_session_diverged(self, diverged: Diverged) -> None:
        self.clock.advance(diverged.good_step, diverged.epoch)
        self._show_progress()

    def _on_session_state_changed(self, state: str) -> None:
        self.clock.set_running(state == "running")
        active = state in ("running", "paused")
        fixed = FROM_NEXT_START & {field.name for field in TrainingSettings.fields()}
        self.form.set_notes(dict.fromkeys(fixed, "from next start") if active else {})
        self._show_progress()


class FiguresCard(QFrame):
    """Cost and accuracy of the train and dev parts, large."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "card")
        grid = QGridLayout(self)
        grid.setContentsMargins(MARGIN, 8, MARGIN, MARGIN)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(2)
        self.second_title = Label("Accuracy", "small")
        grid.addWidget(Label("Cost", "small"), 0, 1)
        grid.addWidget(self.second_title, 0, 2)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(2, 1)
        self.values: dict[str, tuple[Label, Label]] = {}
        for row, part in enumerate(("train", "dev", "test"), start=1):
            title = Label(part.capitalize(), part if part != "test" else "muted")
            cost, second = Label("–", "figure"), Label("–", "figure")
            for column, label in enumerate((title, cost, second)):
                grid.addWidget(label, row, column, Qt.AlignmentFlag.AlignVCenter)
            self.values[part] = (cost, second)
            if part == "test":
                self._test_row = (title, cost, second)
        self.show_parts({})

    def show_parts(self, parts: Mapping[str, Metrics]) -> None:
        """Show the figures of each part that has some."""
        self.second_title.setText(second_metric(parts.get("train"))[0])
        for part, (cost, second) in self.values.items():
            metrics = parts.get(part)
            cost.setText(cost_text(metrics))
            title, text = second_metric(metrics)
            second.setText(text)
            cost.setAccessibleName(f"{part} cost: {cost.text()}")
            second.setAccessibleName(f"{part} {title}: {text}")
        for label in self._test_row:
            label.setVisible("test" in parts)


class ActionButton(QPushButton):
    """A large button for an action, in the accent colour."""

    def __init__(self, action: QAction):
        super().__init__()
        self._action = action
        self.setProperty("role", "primary")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setMinimumHeight(32)
        self.clicked.connect(action.trigger)
        action.changed.connect(self._on_action_changed)
        theme_notifier.theme_changed.connect(self._on_action_changed)
        self._on_action_changed()

    def _on_action_changed(self) -> None:
        self.setText(self._action.text())
        self.setEnabled(self._action.isEnabled())
        self.setToolTip(self._action.toolTip())
        self.setAccessibleName(self._action.text())
        name = str(self._action.property("icon_name") or "")
        self.setIcon(icon(name, current_theme().accent_text) if name else self._action.icon())

    def event(self, event: QEvent) -> bool:
        return keeps_space(event) or super().event(event)


class ActionToolButton(QToolButton):
    """A button with the icon of an action."""

    def __init__(self, action: QAction):
        super().__init__()
        self.setDefaultAction(action)
        self.setIconSize(QSize(18, 18))
        self.setFixedSize(32, 32)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(action.text())

    def event(self, event: QEvent) -> bool:
        return keeps_space(event) or super().event(event)
