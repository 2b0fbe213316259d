"""From the operations of one node to its formulas, forward and backward."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import prod

from engine.compiler import trace
from engine.explaining.expressions import Expression, abridged, combine, number, symbol, transpose
from engine.explaining.textbook import parse
from engine.explaining.views import distinct, keeps_order, path_to, reshaped, root_of, share_of_batch, told, viewed
from engine.plan import Plan, PlanNode
from engine.program import Buffer, Operation

FORWARD = ("forward", "predict", "target", "cost")
_WITHOUT_NAME = re.compile(r"t\d+")
"""Buffers that an operation made for itself; what they hold is written out where it is used."""

_HANDED_BACK = re.compile(r"dX\d*")


@dataclass(frozen=True, eq=False, slots=True)
class Statement:
    """One formula: the array of a buffer follows from others."""

    name: str
    """Of the buffer, as it is best called, such as `dense_1/Z`."""
    source: str
    """Of the same array in the program, under the name that the layer gave it."""
    expression: Expression
    backward: bool

    @property
    def label(self) -> str:
        """Its name without the node: Z, dW."""
        return self.name.split("/", 1)[1]


@dataclass(frozen=True, eq=False, slots=True)
class Formulas:
    """What one node computes."""

    node: str
    m: int
    statements: tuple[Statement, ...]

    @property
    def forward(self) -> list[Statement]:
        """From its inputs to its output; for an Output to the cost."""
        return [statement for statement in self.statements if not statement.backward]

    @property
    def backward(self) -> list[Statement]:
        """From the gradient of its output to those of its parameters and inputs."""
        return [statement for statement in self.statements if statement.backward]

    def get(self, label: str) -> Statement | None:
        """The formula for an array of this node, such as "Z"."""
        return next((s for s in self.statements if f"{self.node}/{label}" in (s.name, s.source)), None)


class Explainer:
    """The formulas of every node of a network for one batch size."""

    def __init__(self, plan: Plan, m: int, *, training: bool) -> None:
        """Trace the program with its backward pass. The plan must have no problems in its used part."""
        self.plan = plan
        self.program = trace(plan, m, training=training, backward=True, input_gradients=True)
        other = trace(plan, m + 1, training=training, backward=True, input_gradients=True)
        self.of_batch = self.program.constants.keys() - other.constants.keys()
        """Numbers that depend on the size of the batch."""
        self.operations: list[tuple[str, Operation]] = [
            (phase, op) for phase, ops in self.program.phases.items() for op in ops
        ]
        self.last_write = {id(root_of(op.output)): place for place, (_, op) in enumerate(self.operations)}
        self.exact: dict[int, list[str]] = {}
        self.by_root: dict[int, list[str]] = {}
        for name, buffer in (*self.program.buffers.items(), *self.program.external.items()):
            if "/" in name and not _WITHOUT_NAME.fullmatch(name.split("/", 1)[1]):
                self.exact.setdefault(id(buffer), []).append(name)
                self.by_root.setdefault(id(root_of(buffer)), []).append(name)
        self.ends = {node.id for node in plan.outputs}
        self._found: dict[str, Formulas] = {}

    def formulas(self, node_id: str) -> Formulas:
        """What a node computes. Raises KeyError for a node that the network does not use."""
        if node_id not in self._found:
            if node_id not in self.plan.used:
                raise KeyError(node_id)
            self._found[node_id] = _Derivation(self, self.plan.nodes[node_id]).formulas()
        return self._found[node_id]

    def buffer(self, name: str) -> Buffer:
        """The buffer of this name. Raises KeyError."""
        return self.program.buffers.get(name) or self.program.external[name]

    def __contains__(self, name: str) -> bool:
        return name in self.program.buffers or name in self.program.external


class _Derivation:
    """Follows the operations of one node and writes down a formula wherever a named buffer is finished."""

    def __init__(self, explainer: Explainer, node: PlanNode) -> None:
        self.explainer = explainer
        self.node = node
        self.current: dict[int, Expression] = {}
        self.statements: list[Statement] = []
        self.stated: list[str] = []

    def formulas(self) -> Formulas:
        explainer, node = self.explainer, self.node
        own = [(place, phase, op) for place, (phase, op) in enumerate(explainer.operations) if op.node == node.id]
        for place, phase, op in own:
            if phase != "backward":
                self._follow(place, op, backward=False)
        self._name_aliases(backward=False)
        self._name_aliases(backward=True)
        for place, phase, op in own:
            if phase == "backward":
                self._follow(place, op, backward=True)
        self._hand_back()
        self._take_textbook()
        return Formulas(node.id, explainer.program.m, tuple(self._needed()))

    # Operations

    def _follow(self, place: int, op: Operation, *, backward: bool) -> None:
        expression = abridged(self._expression(op, [self._read(buffer, place) for buffer in op.inputs], place))
        output, root = op.output, root_of(op.output)
        if output is root:
            self.current[id(root)] = expression
        elif keeps_order(path_to(output), root.shape):
            self.current[id(root)] = reshaped(expression, root.shape)
        else:
            self.current[id(root)] = self._with_part(self.current.get(id(root)), expression, output, root)
        if self.explainer.last_write[id(root)] == place:
            self._state(root, self.current[id(root)], backward)

    def _with_part(self, before: Expression | None, part: Expression, output: Buffer, root: Buffer) -> Expression:
        """An array of which a part is written; a part made of the array itself is too long a story."""
        if before is not None and (before.kind == "steps" or part.contains("join") or part.contains("steps")):
            return Expression("steps", distinct((*before.symbols(), *part.symbols())), root.shape)
        whole = before if before is not None and before.kind == "join" else None
        parts = whole.args if whole else () if before is None else (before,)
        views = whole.attributes["views"] if whole else () if before is None else (lambda array: array,)
        joined = {"views": (*views, path_to(output))}
        return abridged(Expression("join", (*parts, part), root.shape, attributes=joined))

    def _expression(self, op: Operation, args: list[Expression], place: int) -> Expression:
        shape = op.output.shape
        if op.kind == "affine":
            product = combine("matmul", (args[0], transpose(args[1])), shape)
            return combine("add", (product, args[2]), shape)
        if op.kind in ("where", "add_to_columns"):  # what they do not touch, stays
            args.append(self._read(op.output, place, written=True))
            args = args if op.kind == "where" else args[::-1]
        if op.kind == "copy" and args[0].shape == shape:
            return args[0]
        return combine(op.kind, tuple(args), shape, **op.attributes)

    def _read(self, buffer: Buffer, place: int, *, written: bool = False) -> Expression:
        explainer, root = self.explainer, root_of(buffer)
        pending = explainer.last_write.get(id(root), -1) >= place and id(root) in self.current
        if not (pending or written) and id(buffer) in explainer.exact:
            return symbol(self._best(explainer.exact[id(buffer)]), buffer.shape)
        if buffer.base is not None:
            return viewed(self._read(buffer.base, place, written=written), buffer)
        if id(buffer) in self.current:
            return self.current[id(buffer)]
        return self._given(buffer)

    def _given(self, buffer: Buffer) -> Expression:
        program = self.explainer.program
        for value, constant in program.constants.items():
            if constant is buffer:
                return self._number(value)
        if any(ones is buffer for ones in program.ones.values()):
            return Expression("ones", (), buffer.shape)
        names = self.explainer.by_root.get(id(buffer))
        return symbol(self._best(names) if names else buffer.name, buffer.shape)

    def _number(self, value: float) -> Expression:
        m = self.explainer.program.m
        if value not in self.explainer.of_batch:
            return number(value)
        share = Fraction(value * m).limit_denominator(10**7)
        if abs(share.numerator) > 100:
            return number(value)
        if m == 1:
            return number(value) if share.denominator == 1 else share_of_batch(value, share, str(share.denominator))
        return share_of_batch(value, share, "m" if share.denominator == 1 else f"(m · {share.denominator})")

    def _best(self, names: list[str]) -> str:
        """What this node calls a buffer that has several names."""
        own = [name for name in self.stated if name in names]
        if own:
            return own[-1]
        preferred = [f"{self.node.id}/dA"]
        for source in self.node.inputs:
            preferred += [f"{source}/Z", f"{source}/A"] if self.node.layer.terminal else [f"{source}/A"]
        found = next((name for name in preferred if name in names), None)
        others = [name for name in names if name.split("/", 1)[0] not in self.explainer.ends] or names
        return found or next((name for name in others if name.endswith("/dA")), others[0])

    # Formulas

    def _state(self, root: Buffer, expression: Expression, backward: bool) -> None:
        names = self.explainer.by_root.get(id(root), [])
        prefix = f"{self.node.id}/"
        own = [name for name in names if name.startswith(prefix)]
        handed = [name for name in self._handed_back() if name in names]
        if not own and not handed:
            return
        first = handed[0] if handed else own[0]
        buffer = self.explainer.buffer(first)
        self._add(first, own[0] if own else first, reshaped(expression, buffer.shape), backward)
        for name in own[1:]:
            alias = self.explainer.buffer(name)
            if not handed and name != f"{prefix}dA":
                self._add(name, name, reshaped(symbol(first, buffer.shape), alias.shape), backward)
            elif handed and name.endswith("/dA"):
                self._add(name, name, reshaped(expression, alias.shape), backward)

    def _add(self, name: str, source: str, expression: Expression, backward: bool) -> None:
        self.statements.append(Statement(name, source, expression, backward))
        self.stated.append(name)

    def _handed_back(self) -> list[str]:
        """Names for the gradients of the inputs, the best first."""
        letters = ("dZ", "dA") if self.node.layer.terminal else ("dA",)
        return [f"{source}/{letter}" for letter in letters for source in self.node.inputs]

    def _name_aliases(self, *, backward: bool) -> None:
        """Arrays that a node only gives another name: Z = A of a linear layer, the output of Flatten."""
        prefix, program = f"{self.node.id}/", self.explainer.program
        for name, buffer in program.buffers.items():
            label = name.split("/", 1)[-1]
            if not name.startswith(prefix) or _WITHOUT_NAME.fullmatch(label) or name in self.stated:
                continue
            if backward != (label.startswith("d") and label != "dA") or label == "dA" or label.startswith("dX"):
                continue
            writer = self.explainer.last_write.get(id(root_of(buffer)))
            if (
                writer is not None
                and self.explainer.operations[writer][1].node == self.node.id
                and (id(root_of(buffer)) not in self.current or backward)
            ):
                continue
            if not self.node.inputs or (self.node.layer.terminal and label != "Y_hat"):
                continue
            self._add(name, name, self._as_known(buffer, name), backward)

    def _as_known(self, buffer: Buffer, name: str) -> Expression:
        known = self.explainer.exact.get(id(buffer), [])
        before = {*self.node.inputs, self.node.id}  # a node behind may call the same array its own
        others = [other for other in known if other != name and other.split("/", 1)[0] in before]
        if others:
            return symbol(self._best(others), buffer.shape)
        if buffer.base is not None:
            return viewed(self._read(buffer.base, len(self.explainer.operations)), buffer)
        return symbol(name, buffer.shape)

    def _hand_back(self) -> None:
        """Gradients that go on to an input as they are, or in another shape."""
        explainer = self.explainer
        own = f"{self.node.id}/dA"
        for name in self._handed_back():
            if name in self.stated or name not in explainer or own not in explainer:
                continue
            buffer, gradient = explainer.buffer(name), explainer.buffer(own)
            if root_of(buffer) is root_of(gradient):
                passed = symbol(own, gradient.shape)
                self._add(name, name, reshaped(passed, buffer.shape), True)

    def _take_textbook(self) -> None:
        """Where a loss computes by a detour for the sake of rounding, what the course writes."""
        loss = getattr(self.node.layer, "loss", None)
        if loss is None:
            return
        shape = self.explainer.program.buffers[f"{self.node.id}/Y"].shape
        z = symbol(self._best(self.explainer.exact[id(self.explainer.buffer(f"{self.node.inputs[0]}/A"))]), shape)
        known = {"Z": z, "Y": symbol(f"{self.node.id}/Y", shape)}
        weight = self.node.layer.weight  # pyright: ignore[reportAttributeAccessIssue]  a layer with a loss is an Output
        for place, statement in enumerate(self.statements):
            label = statement.source.split("/", 1)[1]
            text = loss.textbook.get(label)
            if text:
                expression = parse(text, known, shape[0], prod(shape[1:]))
                if weight != 1 and statement.backward:
                    expression = Expression("multiply", (number(weight), expression), expression.shape)
                self.statements[place] = Statement(statement.name, statement.source, expression, statement.backward)

    def _needed(self) -> Iterable[Statement]:
        """Without the steps between that no other formula names any more."""
        wanted = set()
        kept: list[Statement] = []
        for statement in reversed(self.statements):
            label = statement.source.split("/", 1)[1]
            result = label in ("Z", "A", "J", "Y", "Y_hat", "dZ", "dA") or _HANDED_BACK.fullmatch(label)
            given = (
                not statement.name.startswith(f"{self.node.id}/") or statement.name in self.explainer.program.external
            )
            if result or given or statement.name in wanted:
                kept.append(statement)
                wanted.update(told(statement.expression))
        return reversed(kept)
