"""The analysis table of a design, as in the course: shapes, sizes, parameters, multiplications and memory by layer."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import prod

from engine.plan import Plan, PlanNode
from engine.shapes import Shape, format_shape

HEADER = ("Layer", "Kind", "Activation shape", "Activation size", "Parameters", "Multiplications", "Memory (bytes)")
BYTES = {"float32": 4, "float64": 8}


@dataclass(frozen=True, slots=True)
class AnalysisRow:
    """What one layer costs."""

    id: str
    name: str
    kind: str
    shape: Shape | None
    """Of one example; None while a problem keeps it unknown."""
    size: int | None
    """Values of one example's activation."""
    parameters: int
    multiplications: int
    """Multiply–accumulate steps of one example's forward pass."""
    memory: int | None
    """Bytes of the activations of a batch and of the parameters."""
    used: bool = True
    """An Output depends on it."""

    def cells(self) -> tuple[str, ...]:
        """The row as plain text, in the order of HEADER."""
        numbers = (self.size, self.parameters, self.multiplications, self.memory)
        return (self.name, self.kind, format_shape(self.shape), *("?" if n is None else str(n) for n in numbers))


@dataclass(frozen=True, slots=True)
class Analysis:
    """The rows in the order of execution, and their sums."""

    rows: tuple[AnalysisRow, ...]
    m: int
    """Examples of the batch that the memory is for."""
    dtype: str

    @property
    def total(self) -> AnalysisRow:
        """The sums; what is not known counts nothing."""
        rows = self.rows
        return AnalysisRow(
            "",
            "Total",
            f"{len(rows)} layer{'' if len(rows) == 1 else 's'}",
            None,
            sum(row.size or 0 for row in rows),
            sum(row.parameters for row in rows),
            sum(row.multiplications for row in rows),
            sum(row.memory or 0 for row in rows),
        )

    def to_csv(self, rows: Iterable[AnalysisRow] | None = None) -> str:
        """The table as CSV, with totals; `rows` may give another order."""
        stream = io.StringIO()
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(HEADER)
        writer.writerows(_harmless(line) for line in self._lines(rows))
        return stream.getvalue()

    def to_markdown(self, rows: Iterable[AnalysisRow] | None = None) -> str:
        """The table as Markdown, with totals; `rows` may give another order."""
        lines = [HEADER, ("---",) * 3 + ("---:",) * 4, *self._lines(rows)]
        return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)

    def _lines(self, rows: Iterable[AnalysisRow] | None) -> list[tuple[str, ...]]:
        total = self.total.cells()
        return [*(row.cells() for row in (self.rows if rows is None else rows)), (*total[:2], "", *total[3:])]


def analyse(plan: Plan, *, m: int = 1, dtype: str = "float32") -> Analysis:
    """Work out the table.

    Args:
        plan: Also one with problems; what they keep unknown is told as unknown.
        m: Examples of a batch; memory is that of the m activations of each layer and of its parameters.
        dtype: "float32" or "float64".
    """
    return Analysis(tuple(_row(node, plan, m, BYTES[dtype]) for node in plan.nodes.values()), m, dtype)


def _row(node: PlanNode, plan: Plan, m: int, width: int) -> AnalysisRow:
    size = None if node.shape is None else prod(node.shape)
    memory = None if size is None else width * (m * size + node.parameter_count)
    used = not plan.used or node.id in plan.used
    name, kind = node.node.title, node.layer.label
    return AnalysisRow(node.id, name, kind, node.shape, size, node.parameter_count, node.multiplications, memory, used)


def _harmless(cells: Sequence[str]) -> list[str]:
    """No cell that a spreadsheet would take for a formula: names are the user's."""
    return [f"'{cell}" if cell.startswith(("=", "+", "-", "@")) else cell for cell in cells]
