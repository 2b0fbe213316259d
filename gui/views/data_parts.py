"""The parts of the data side by side, and whether they differ more than by chance."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout

from engine.data import PreparedData
from engine.data.describing import Description, Figures
from engine.data.differences import Difference, difference, empty_classes
from engine.data.errors import listed
from gui.views.data_detail import ColumnDetail
from gui.views.data_groups import Close, look_close
from gui.views.data_table import DescriptionTable
from gui.views.data_view import DataView, described, is_wide
from gui.views.result_text import figure, percent
from gui.widgets.basic import Label
from gui.widgets.export import Table

PARTS = {"train": "Train", "dev": "Dev", "test": "Test"}
EFFECT_TIP = (
    "How far the distribution differs from that of the training part, from 0 to 1: for numbers the largest distance "
    "of the distribution functions (D of Kolmogorov and Smirnov), for categories Cramér's V"
)
P_TIP = "How probable such a difference is when the rows are shared out by chance"


@dataclass(frozen=True, eq=False, slots=True)
class Parts:
    """What the view draws."""

    found: tuple[Description, ...]
    names: tuple[str, ...]
    differences: tuple[dict[str, Difference], ...]
    """By part other than train, for each column."""
    warnings: tuple[str, ...]
    differing: frozenset[int]
    """Places of the columns that are warned of."""
    close: Close | None


class PartsView(DataView):
    """Each column in the training, dev and test part."""

    name = "parts"
    title = "Data parts"
    help = "The training, dev and test part side by side, with a warning where their distributions differ."

    def build_picture(self) -> None:
        self._answer: Parts | None = None
        self.verdict = Label("", "muted", wrap=True)
        self.verdict.setContentsMargins(4, 0, 4, 0)
        self.columns = DescriptionTable("Columns of the data by part", by_part=True)
        self.detail = ColumnDetail()
        self.tools.addWidget(self.verdict, 1)
        self._halves = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._halves.setSpacing(8)
        self._halves.addWidget(self.columns, 3)
        self._halves.addWidget(self.detail, 2)
        middle = QHBoxLayout()
        middle.setContentsMargins(0, 4, 0, 8)
        middle.addLayout(self._halves)
        self.body.addLayout(middle, 1)
        self.columns.row_chosen.connect(self._on_columns_row_chosen)
        self.desk.column_changed.connect(self.refresh)

    def data_changed(self) -> None:
        self._answer = None

    def data_question(self) -> str:
        return self.desk.column

    @staticmethod
    def study(data: PreparedData, question: str) -> Parts:
        found = described(data)
        others = tuple(part for part in data.parts if part != "train")
        differences = tuple({part: difference(one, part) for part in others} for one in found)
        comparisons = len(found) * len(others)
        warnings, differing = [], set()
        for place, (one, own) in enumerate(zip(found, differences, strict=True)):
            for part, names in empty_classes(one).items():
                differing.add(place)
                what = {"train": "training"}.get(part, part)
                warnings.append(f"The {what} part holds no example of {one.column.name} {listed(names, 5)}.")
            for part, judged in own.items():
                if judged.is_warning(comparisons):
                    differing.add(place)
                    measure = "D" if judged.is_number else "V"
                    warnings.append(
                        f"'{one.column.name}' is distributed differently in the {part} part than in the training part "
                        f"({measure} = {judged.effect:.2f}): figures of the {part} part may mislead."
                    )
        close = look_close(data, found, question, "part")
        return Parts(found, tuple(data.parts), differences, tuple(warnings), frozenset(differing), close)

    def show_answer(self, answer: Parts) -> None:
        before, self._answer = self._answer, answer
        if len(answer.names) < 2:
            self.say(
                "All examples are in the training part, so there is nothing to compare. Give the dev part a share in "
                "the data panel."
            )
            return
        self.verdict.set_role("warning" if answer.warnings else "muted")
        self.verdict.setText(_verdict(answer))
        if before is None or before.found is not answer.found:
            names = [PARTS.get(name, name) for name in answer.names]
            header = ["Column", "Distribution", *names, *_difference_header(answer), ""]
            rows = [self._row(answer, place) for place in range(len(answer.found))]
            texts = len(names) + 2
            tips = {1: "Each part as a line or bar of its own", texts: EFFECT_TIP, texts + 1: P_TIP}
            self.columns.show_rows(answer.found, header, rows, left=(0, 1, len(header) - 1), tips=tips)
        if answer.close is not None:
            self.detail.show_close(answer.close)
            names = [description.column.name for description in answer.found]
            self.columns.choose(names.index(answer.close.column.name))

    @staticmethod
    def _row(answer: Parts, place: int) -> list[str]:
        one, own = answer.found[place], answer.differences[place]
        worst = min(own.values(), key=lambda judged: (judged.p, -judged.effect))
        texts = [part_text(one, part) for part in answer.names]
        p = worst.p
        differs = "differs" if place in answer.differing else ""
        return [one.column.name, "", *texts, f"{worst.effect:.3f}", "< 0.0001" if p < 1e-4 else f"{p:.3g}", differs]

    def table(self) -> Table | None:
        answer = self._answer
        if answer is None:
            return None
        header, rows = ["column", "part", "known", "missing", "mean", "std", "min", "median", "max"], []
        for one, own in zip(answer.found, answer.differences, strict=True):
            for part, f in one.parts.items():
                numbers = ["" if v != v else v for v in (f.mean, f.std, f.low, f.median, f.high)]
                judged = own.get(part)
                rows.append([
                    one.column.name, part, f.count, f.missing, *numbers,
                    *((judged.effect, judged.p) if judged else ("", "")),
                ])  # fmt: skip
        return Table([*header, "difference", "p"], rows)

    def _on_columns_row_chosen(self, row: int) -> None:
        self.desk.choose(self.columns.descriptions[row].column.name)

    # Qt

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        wide = is_wide(self)
        self._halves.setStretch(0, 7 if wide else 3)
        self._halves.setStretch(1, 4 if wide else 2)
        self._halves.setDirection(QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom)


def _verdict(answer: Parts) -> str:
    if not answer.warnings:
        return "No column differs between the parts more than chance explains."
    more = len(answer.warnings) - 3
    return "\n".join([*answer.warnings[:3], *([f"{more} more are marked in the table."] if more > 0 else [])])


def _difference_header(answer: Parts) -> list[str]:
    return ["Difference", "p"] if len(answer.names) > 1 else []


def part_text(description: Description, part: str) -> str:
    """A column in one part: mean ± σ, or the most frequent category with its share."""
    figures: Figures = description.parts[part]
    if description.column.is_number:
        return f"{figure(figures.mean)} ± {figure(figures.std, 3)}" if figures.count else "–"
    counts = description.counts[part]
    if not counts.sum():
        return "–"
    top = int(description.total.argmax())
    return f"{description.bins.names[top]} {percent(float(counts[top] / counts.sum()))}"
