"""What slow motion says: a sentence for each part of a training step, in the notation of the course."""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Mapping, Sequence

import numpy as np

from engine.explaining.deriving import Statement
from engine.explaining.writing import Writer, number_text, plain
from engine.network import Network
from engine.plan import PlanNode
from engine.settings import TrainingSettings
from engine.shapes import Shape
from engine.stepper import Stepper
from engine.tensors import Statistics, statistics

LONGEST = 90
"""Characters of a formula within a sentence; longer ones are only listed."""
NUMBERS_SAID = 5
_SAID = ("α", "β", "β₁", "β₂")
"""Settings of an optimizer that a sentence names."""


class Words:
    """Writes the sentences of one step."""

    def __init__(self, network: Network, settings: TrainingSettings, writer: Writer, m: int) -> None:
        self.network, self.settings, self.writer, self.m = network, settings, writer, m
        groups = list(network.store.penalty_groups())
        self.l2 = {settings.l2 if own is None else own for _, _, own, _ in groups} - {0}
        self.l1 = {settings.l1 if own is None else own for _, _, _, own in groups} - {0}

    # Pieces

    def number(self, value: float) -> str:
        """A number in three digits."""
        return number_text(float(value), 3)

    def amount(self, symbol: str, value: float) -> str:
        """J = 0.693."""
        return f"{symbol} = {self.number(value)}"

    def change(self, before: float, after: float) -> str:
        """J 0.693 → 0.661."""
        return f"J {self._cost(before, after)} → {self._cost(after, before)}"

    def symbol(self, name: str) -> str:
        """dW[2] for dense_2/dW."""
        return self.writer.symbol(name).plain()

    def formula(self, statement: Statement) -> str:
        """The whole formula in one line."""
        return plain(self.writer.statement(statement))

    def examples(self, m: int) -> str:
        """64 examples."""
        return f"{m:,} example{'s' * (m != 1)}"

    def extent(self, shape: Shape) -> str:
        """64 examples × 4 units, for an array with the examples first."""
        m, sizes = shape[0] if shape else 1, shape[1:]
        rest = f"{sizes[0]:,} unit{'s' * (sizes[0] != 1)}" if len(sizes) == 1 else " × ".join(map(str, sizes))
        return self.examples(m) + (f" × {rest}" if rest else "")

    def label(self, symbol: str, shape: Shape, numbers: Statistics, phase: str) -> str:
        """What stands at a wire: A[1] 64 × 4, mean 0.12."""
        sizes = " × ".join(f"{size:,}" for size in shape)
        name, value = ("norm", numbers.norm) if phase == "backward" else ("mean", numbers.mean)
        return f"{symbol}  {sizes},  {name} {self.number(value)}"

    def _joined(self, parts: Sequence[str]) -> str:
        return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"

    def _unsound(self, numbers: Statistics) -> str:
        if not numbers.not_finite:
            return ""
        return f" {_percent(numbers.not_finite)} of it are no finite numbers: the weights have grown out of bounds."

    def _cost(self, value: float, other: float) -> str:
        """With as many digits as tell two costs apart, but no more than six."""
        for digits in (3, 4, 5):
            if value == other or number_text(value, digits) != number_text(other, digits):
                return number_text(value, digits)
        return number_text(value, 6)

    # Sentences

    def batch(self, rows: np.ndarray, stepper: Stepper, epoch: int) -> str:
        """Which examples were drawn."""
        total = stepper.m
        if self.m >= total:
            return f"The batch is all of the training part: {self.examples(total)} (epoch {epoch:,})."
        numbers = ", ".join(f"{row + 1:,}" for row in rows[:NUMBERS_SAID])
        more = ", …" if len(rows) > NUMBERS_SAID else ""
        order = "in an order drawn for each epoch" if self.settings.shuffle else "in their own order"
        left = "the last" if self.m < stepper.batch_size else "the next"
        text = f"The batch: {left} {self.m:,} of {total:,} training examples, {order} (epoch {epoch:,})."
        return f"{text} They are no. {numbers}{more or '.'}"

    def forward(
        self, node: PlanNode, told: Sequence[Statement], output: np.ndarray, masks: Mapping[str, np.ndarray]
    ) -> str:
        """What a layer computes, and what came of it."""
        symbol = self.symbol(f"{node.id}/A")
        formulas = [self.formula(statement) for statement in told]
        if formulas and len(formulas) <= 2 and max(map(len, formulas)) <= LONGEST:
            text = ", then ".join(formulas)
        elif len(formulas) > 2:
            text = f"{node.layer.label} computes {symbol} in {len(formulas)} steps, which are written below"
        else:
            text = f"{node.layer.label} computes {symbol}"
        numbers = statistics(output)
        text += f": {self.extent(output.shape)}; the mean of {symbol} is {self.number(numbers.mean)}"
        text += f", {_percent(numbers.zeros)} of it are 0." if numbers.zeros else "."
        for name, mask in masks.items():
            text += f" {self.symbol(name)} switched {_percent(1 - float(mask.mean()))} off in this step."
        if node.state and any(statement.label in node.state for statement in told):
            text += " The running averages, which are for use after training, moved a little."
        return text + self._unsound(numbers)

    def cost(self, node: PlanNode, told: Sequence[Statement], cost: float) -> str:
        """The loss of one Output."""
        formula = next((text for s in told if len(text := self.formula(s)) <= LONGEST), "J")
        text = f"{formula} = {self.number(cost)}: the mean loss of the {self.examples(self.m)}."
        weight = getattr(node.layer, "weight", 1.0)
        if weight != 1:
            text += f" This output counts {self.number(weight)} times: {self.number(weight * cost)}."
        return text if math.isfinite(cost) else f"{text} A step from here would ruin all weights."

    def total(self, cost: float) -> str:
        """The costs of several Outputs together."""
        return f"All outputs together, each with its weight: {self.amount('J', cost)}."

    @property
    def is_penalized(self) -> bool:
        """Whether L1 or L2 acts on anything that is trained."""
        return bool(self.l2 or self.l1)

    def penalty(self, cost: float, penalty: float) -> tuple[str, str]:
        """What the penalty adds to the cost, and its formula."""
        names = [f"L{n} with λ = {_either(values)}" for n, values in ((2, self.l2), (1, self.l1)) if values]
        parts = ["(λ / 2m) Σ‖W‖²"] * bool(self.l2) + ["(λ / 2m) Σ|W|"] * bool(self.l1)
        text = f"The penalty ({self._joined(names)}) adds {self.number(penalty)} for large weights: "
        return f"{text}J = {self.number(cost)} + {self.number(penalty)} = {self.number(cost + penalty)}.", (
            f"J + {' + '.join(parts)}"
        )

    def backward(self, node: PlanNode, sizes: Sequence[tuple[Statement, np.ndarray]], reached: Sequence[str]) -> str:
        """What gradients a layer computes, from right to left."""
        to = self._joined([f"'{title}'" for title in reached]) if reached else ""
        if node.layer.terminal:
            first, array = sizes[0]
            text, norm = self.formula(first), self.number(statistics(array).norm)
            head = text if len(text) <= LONGEST else self.symbol(first.name)
            passed = f" It goes on to the left, to {to}." if to else ""
            return f"{head}: how J answers to each number that came in. Its norm is {norm}.{passed}"
        own = {f"{node.id}/d{name}" for name in node.parameters}
        norms = [
            f"{self.symbol(s.source)} has the norm {self.number(statistics(array).norm)}"
            for s, array in sizes if s.source in own
        ]  # fmt: skip
        on_the_way = [s for s, _ in sizes if s.label == "dZ" and s.expression.kind != "symbol"]
        handed = [s for s, _ in sizes if not s.name.startswith(f"{node.id}/")]
        text = "".join(f"{self.formula(s)}; " for s in on_the_way if len(self.formula(s)) <= LONGEST)
        if node.parameters and node.node.frozen:
            text += f"'{node.node.title}' is frozen, so its weights get no gradient"
        elif norms:
            text += self._joined(norms)
        else:
            text += f"{node.layer.label} has no weights; it only passes the gradient on"
        text = f"{text}."
        if handed:
            names = self._joined([self.symbol(s.name) for s in handed])
            text += f" {names} go{'es' * (len(handed) == 1)} on to the left" + (f", to {to}." if to else ".")
        elif to:
            text += f" Its part of the gradient goes on to {to}, where it is added to others."
        else:
            text += " Nothing before it is trained, so the way back ends here."
        return text + "".join(self._unsound(statistics(array)) for _, array in sizes[:1])

    def decay(self, before: Mapping[str, np.ndarray], after: Mapping[str, np.ndarray]) -> str:
        """What the penalty does to the gradients."""
        texts = []
        for name in list(before)[:3]:
            node, _, parameter = name.rpartition("/")
            old, new = statistics(before[name]).norm, statistics(after[name]).norm
            texts.append(f"{self.symbol(f'{node}/d{parameter}')} from {self._cost(old, new)} to {self._cost(new, old)}")
        more = ", …" if len(before) > 3 else ""
        text = "The penalty pulls every weight towards 0, and so changes the gradients. Their norms go:"
        return f"{text} {', '.join(texts)}{more}."

    def decay_formulas(self, names: Sequence[str]) -> tuple[str, ...]:
        """dW[1] := dW[1] + (λ / m) W[1]."""
        found = []
        for name in names[:6]:
            node, _, parameter = name.rpartition("/")
            weight, gradient = self.symbol(name), self.symbol(f"{node}/d{parameter}")
            parts = [f"(λ / m) {weight}"] * bool(self.l2) + [f"(λ / 2m) sign({weight})"] * bool(self.l1)
            found.append(f"{gradient} := {gradient} + {' + '.join(parts)}")
        return tuple(found)

    def update(self, changes: Mapping[str, np.ndarray]) -> str:
        """What the optimizer does to the parameters of a layer."""
        optimizer = self.settings.optimizer
        values = [
            f"{item.label} = {self.number(value)}"
            for item in type(optimizer).fields()
            if isinstance(value := getattr(optimizer, item.name), float) and item.label in _SAID
        ]
        largest = [f"{self.symbol(name)} by at most {self.number(_peak(c))}" for name, c in changes.items()]
        text = f"{optimizer.label} with {', '.join(values)} moves {self._joined(largest)}."
        return f"{text} In words: {_lowered(type(optimizer).summary())}"

    def update_formulas(self, names: Sequence[str]) -> tuple[str, ...]:
        """The optimizer's formulas as it states them, and what stands for θ and g."""
        gradients = []
        for name in names:
            node, _, parameter = name.rpartition("/")
            gradients.append(self.symbol(f"{node}/d{parameter}"))
        text = inspect.cleandoc(type(self.settings.optimizer).__doc__ or "").split("\n\n")
        stated = tuple(line for part in text[1:] if ":=" in part for line in re.split(r"\n|; ", part))
        return (*stated, f"θ stands for {', '.join(map(self.symbol, names))};  g for {', '.join(gradients)}")

    def largest_change(self, changes: Mapping[str, np.ndarray]) -> str:
        """What stands at the node."""
        return f"largest change {self.number(max(map(_peak, changes.values())))}"

    def nothing(self) -> str:
        """No parameter is trained."""
        return "There is nothing to update: no layer has weights that are trained. Unfreeze one."

    def done(self, number: int, before: float, after: float) -> str:
        """What the step was good for."""
        old, new = self._cost(before, after), self._cost(after, before)
        if not (math.isfinite(before) and math.isfinite(after)):
            return f"Step {number:,} is done. J on the same batch went from {old} to {new}: training has diverged."
        if after == before:
            return f"Step {number:,} is done. J on the same batch stays at {old}."
        if after < before:
            return f"Step {number:,} is done. J on the same batch falls from {old} to {new}."
        why = "A step that is too long for this place does that; so does the momentum of earlier steps."
        return f"Step {number:,} is done. J on the same batch rises from {old} to {new}. {why}"


def _peak(array: np.ndarray) -> float:
    return float(np.abs(array).max(initial=0.0))


def _percent(share: float) -> str:
    percent = 100 * share
    return "less than 1 %" if 0 < percent < 1 else f"{percent:.0f} %"


def _either(values: set[float]) -> str:
    return " or ".join(number_text(value, 3) for value in sorted(values))


def _lowered(sentence: str) -> str:
    """Within a sentence, without the source that a declaration names in parentheses."""
    plainer = re.sub(r" \([^)]*\d{4}\)", "", sentence)
    return plainer[:1].lower() + plainer[1:]
