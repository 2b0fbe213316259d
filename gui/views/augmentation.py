"""Augmentation: which changes are made to the examples at random, and what one example looks like then."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from PySide6.QtWidgets import QHBoxLayout, QWidget

from engine.augmentation import FACTS_FROM, Augmentation, InputFacts
from engine.augmenting import in_use, misfit, variants
from engine.layers.ends import Input
from gui.views.augmentation_list import AugmentationList
from gui.views.augmentation_tiles import Tiles
from gui.views.base import LiveView
from gui.views.engine import ViewEngine
from gui.widgets.basic import Button, ElidedLabel
from gui.widgets.export import Table

VARIANTS = 8
OTHERS = 64
"""Examples of the training part that mixup may take in the picture."""


@dataclass(frozen=True, slots=True)
class Question:
    """Which example, and how it is changed."""

    augmentations: tuple[Augmentation, ...]
    part: str
    place: int
    seed: int
    draw: int


@dataclass(frozen=True, eq=False, slots=True)
class Preview:
    """The example and its variants (1 + k, …, n_C), with the range of the training part by channel."""

    examples: np.ndarray
    low: np.ndarray
    high: np.ndarray
    caption: str


class AugmentationView(LiveView):
    """The list of augmentations with their settings, and the example looked at before and after them."""

    name: ClassVar[str] = "augmentation"
    title: ClassVar[str] = "Augmentation"
    help: ClassVar[str] = "Change the examples of the training part at random in every batch, and see what comes out."
    follows_weights: ClassVar[bool] = False

    def build(self) -> None:
        self._draw = 0
        self._answer: Preview | None = None
        self.caption = ElidedLabel("", "muted")
        self.again_button = Button("Draw again", tooltip="Other random numbers for the picture; training draws its own")
        self.tools.addWidget(self.caption, 1)
        self.tools.addWidget(self.again_button)
        self.list = AugmentationList()
        self.tiles = Tiles()
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.list)
        row.addWidget(self.tiles, 1)
        self.body.addLayout(row)
        self.list.edited.connect(self._on_list_edited)
        self.again_button.clicked.connect(self._on_again_button_clicked)
        self.context.example_changed.connect(self.refresh)
        self.context.document.training_changed.connect(self._on_document_training_changed)
        self._show_list()

    def problem_changed(self) -> None:
        self._show_list()

    def question(self) -> Question:
        part, place = self.context.example
        training = self.context.document.design.training
        return Question(training.augmentations, part, place, training.seed, self._draw)

    @staticmethod
    def compute(engine: ViewEngine, question: Question) -> Preview:
        node = engine.network.inputs[0]
        assert isinstance(node.layer, Input)
        source, shape = node.layer.source, node.shape or ()
        if "augmentation" not in engine.memory:
            first = np.asarray(engine.data.train.input(source)[:FACTS_FROM], np.float32).reshape(-1, *shape)
            engine.memory["augmentation"] = (InputFacts.of(first), first[:OTHERS])
        facts, others = engine.memory["augmentation"]
        example = np.asarray(engine.data.parts[question.part].input(source)[question.place], np.float32).reshape(shape)
        items = in_use(question.augmentations)
        random = np.random.default_rng([question.seed, question.draw])
        count = VARIANTS if items else 0
        changed = variants(example, items, count, random, facts, others) if count else example[None][:0]
        caption = misfit(items, [shape]) or _caption(question, len(items))
        return Preview(np.concatenate([example[None], changed]), facts.low, facts.high, caption)

    def show_answer(self, answer: Preview) -> None:
        self._answer = answer
        self.caption.set_full_text(answer.caption)
        self.tiles.fill(answer.examples, answer.low, answer.high)
        self.again_button.setEnabled(len(answer.examples) > 1)

    def table(self) -> Table | None:
        if self._answer is None:
            return None
        rows = self._answer.examples.reshape(len(self._answer.examples), -1)
        names = ["before", *(f"after {number}" for number in range(1, len(rows)))]
        header = ["example", *(f"value {number}" for number in range(1, rows.shape[1] + 1))]
        return Table(header, [[name, *row.tolist()] for name, row in zip(names, rows, strict=True)])

    def picture(self) -> QWidget:
        return self.tiles

    def _axes(self) -> list[int]:
        """Numbers of axes of the inputs of the design on the canvas."""
        return [len(node.shape) for node in self.context.document.plan.inputs if node.shape]

    def _show_list(self) -> None:
        self.list.set_items(self.context.document.design.training.augmentations, self._axes())

    def _on_list_edited(self, items: Any, final: bool) -> None:
        self.context.document.set_training(augmentations=items)
        if final:
            self.context.document.end_merge()

    def _on_document_training_changed(self) -> None:
        self._show_list()
        self.refresh()

    def _on_again_button_clicked(self) -> None:
        self._draw += 1
        self.refresh()


def _caption(question: Question, count: int) -> str:
    where = {"train": "training"}.get(question.part, question.part)
    text = f"Example {question.place + 1:,} of the {where} part"
    if not count:
        return f"{text}, as it is"
    return f"{text} · {count} change{'s' if count > 1 else ''}, made to training batches only"
