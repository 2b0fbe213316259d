"""What training reports. Events hold plain values and host arrays, and can be pickled."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from engine.checkpoint import Checkpoint

Metrics = dict[str, float]
"""Figures of one part of the data: `cost`, and `accuracy` or `mae`, `rmse`, `r2`; with several outputs also
`<output id>/accuracy` and so on."""


@dataclass(frozen=True, slots=True)
class Event:
    """Base of all events. `step` counts optimizer steps from the start of the run, `epoch` finished epochs."""

    step: int
    epoch: int


@dataclass(frozen=True, slots=True)
class Started(Event):
    """The run is compiled and is about to make its first step (or to go on after a resume)."""

    seed: int
    backend: str
    dtype: str
    steps_per_epoch: int
    total_steps: int
    parameters: int
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Progress(Event):
    """Costs J of the steps since the last Progress; the last of them is step number `step`.

    A stream: the window joins several into one.
    """

    costs: np.ndarray
    """(k,) float64, with penalties, one per step."""
    epoch_costs: tuple[tuple[int, int, float], ...] = ()
    """(epoch, step, mean cost of its steps) for each epoch finished in between."""

    def joined(self, later: Progress) -> Progress:
        """This one and the next as one."""
        costs = np.concatenate([self.costs, later.costs])
        return Progress(later.step, later.epoch, costs, self.epoch_costs + later.epoch_costs)


@dataclass(frozen=True, slots=True)
class Evaluated(Event):
    """Cost (without penalty) and metrics in test mode, by part: train, dev, test."""

    parts: dict[str, Metrics]


@dataclass(frozen=True, slots=True)
class Changed(Event):
    """A live setting was changed; the next step uses it."""

    name: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Notice(Event):
    """Something worth saying that stops nothing."""

    message: str


@dataclass(frozen=True, slots=True)
class Paused(Event):
    """The run waits."""


@dataclass(frozen=True, slots=True)
class Resumed(Event):
    """The run goes on."""


@dataclass(frozen=True, slots=True)
class Weights(Event):
    """Copies of all parameters and running averages, as asked for."""

    values: dict[str, np.ndarray]


@dataclass(frozen=True, slots=True)
class Checkpointed(Event):
    """Everything needed to go on from here; asked for, and once more when a run ends."""

    checkpoint: Checkpoint


@dataclass(frozen=True, slots=True)
class Diverged(Event):
    """The numbers stopped being finite; the network holds the last good weights again."""

    message: str
    node: str
    """Id of the first node whose values overflowed."""
    tensor: str
    """Name of the first array that was not finite, such as dense_1/Z."""
    good_step: int
    """The weights are those after this many steps."""


@dataclass(frozen=True, slots=True)
class Finished(Event):
    """The run is over: all epochs are done, or it was stopped."""

    stopped: bool
    seconds: float
    parts: dict[str, Metrics] = field(default_factory=dict)
    """Final figures of every part, in full."""
