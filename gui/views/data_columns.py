"""Every column of the data: type, missing values, figures and distribution."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout

from engine.data import PreparedData
from engine.data.describing import MOST_COLUMNS, Description
from gui.views.data_detail import ColumnDetail
from gui.views.data_groups import By, Close, look_close
from gui.views.data_pictures import MeanPicture, MeanPictures, mean_pictures
from gui.views.data_table import DescriptionTable
from gui.views.data_view import DataView, described, is_wide
from gui.views.result_text import figure
from gui.views.result_view import QuietCombo
from gui.widgets.basic import ElidedLabel
from gui.widgets.export import Table

HEADER = ("Column", "Distribution", "Type", "Missing", "Distinct", "Min", "Mean", "Median", "Max", "σ")
TIPS = {
    1: "Value counts or histogram of all rows",
    3: "Rows without a value, before it was filled",
    4: "Number of different values",
    6: "Mean of the known values",
    9: "Standard deviation of the known values: √(Σ (x − mean)² / (m − 1)), as pandas describe() has it",
}


@dataclass(frozen=True, eq=False, slots=True)
class Columns:
    """What the view draws."""

    found: tuple[Description, ...]
    close: Close | None
    pictures: tuple[MeanPicture, ...]
    caption: str


class ColumnsView(DataView):
    """The columns of the data as a table, and one of them closely."""

    name = "columns"
    title = "Data columns"
    help = "The data column by column: type, missing values, mean, σ, value counts and histogram."

    def build_picture(self) -> None:
        self._answer: Columns | None = None
        self.by = QuietCombo("Rows", "Show all rows of the column together, or by part of the data, or by target")
        self.by.set_texts(["All rows"], 0)
        self._kinds: tuple[By, ...] = ("all",)
        self.caption = ElidedLabel("", "heading")
        self.tools.addWidget(self.caption, 1)
        self.tools.addWidget(self.by)
        self.columns = DescriptionTable("Columns of the data", by_part=False)
        self.detail = ColumnDetail()
        self.pictures = MeanPictures()
        self.pictures.hide()
        self._halves = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._halves.setSpacing(8)
        self._halves.addWidget(self.columns, 3)
        self._halves.addWidget(self.pictures, 3)
        self._halves.addWidget(self.detail, 2)
        middle = QHBoxLayout()
        middle.setContentsMargins(0, 4, 0, 8)
        middle.addLayout(self._halves)
        self.body.addLayout(middle, 1)
        self.by.activated.connect(self._on_by_activated)
        self.columns.row_chosen.connect(self._on_columns_row_chosen)
        self.desk.column_changed.connect(self.refresh)

    # Finding out

    def data_changed(self) -> None:
        data = self.data
        assert data is not None
        self._answer = None
        kinds: list[By] = ["all", *(["part"] if len(data.parts) > 1 else []), "target"]
        chosen = self._by
        target = next(iter(data.targets.values()))
        name = target.columns[0] if target.columns else target.name
        texts: dict[By, str] = {"all": "All rows", "part": "By part", "target": f"By {name}"}
        self._kinds = tuple(kinds)
        self.by.set_texts([texts[kind] for kind in kinds], kinds.index(chosen) if chosen in kinds else 0)

    @property
    def _by(self) -> By:
        place = self.by.currentIndex()
        return self._kinds[place] if 0 <= place < len(self._kinds) else "all"

    def data_question(self) -> tuple[str, By]:
        return self.desk.column, self._by

    @staticmethod
    def study(data: PreparedData, question: tuple[str, By]) -> Columns:
        found = described(data)
        return Columns(found, look_close(data, found, *question), mean_pictures(data), _caption(data, found))

    # Showing

    def show_answer(self, answer: Columns) -> None:
        before, self._answer = self._answer, answer
        self.caption.set_full_text(answer.caption)
        if before is None or before.found is not answer.found:
            rows = [row_of(description) for description in answer.found]
            self.columns.show_rows(answer.found, HEADER, rows, left=(0, 1, 2), tips=TIPS)
        flat = any(description.column.role == "input" for description in answer.found)
        self.columns.setVisible(flat or not answer.pictures)
        self.pictures.setVisible(bool(answer.pictures))
        self.pictures.show_pictures(answer.pictures)
        if answer.close is None:
            self.detail.hide()
            return
        self.detail.show()
        self.detail.show_close(answer.close)
        names = [description.column.name for description in answer.found]
        self.columns.choose(names.index(answer.close.column.name))

    def table(self) -> Table | None:
        if self._answer is None:
            return None
        header = ["column", "type", "role", "known", "missing", "distinct", "mean", "std", "min", "25 %", "median"]
        rows = []
        for description in self._answer.found:
            column, whole = description.column, description.whole
            numbers = [whole.mean, whole.std, whole.low, *whole.quarters, whole.high]
            rows.append([
                column.name, column.type_text, column.role, whole.count, whole.missing, whole.distinct,
                *("" if value != value else value for value in numbers),
            ])  # fmt: skip
        counts = self.detail.table()
        rows += [[], counts.header, *counts.rows] if counts is not None else []
        return Table([*header, "75 %", "max"], rows)

    def _on_by_activated(self, _index: int) -> None:
        self.refresh()

    def _on_columns_row_chosen(self, row: int) -> None:
        self.desk.choose(self.columns.descriptions[row].column.name)

    # Qt

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        wide = is_wide(self)
        self._halves.setStretch(0, 7 if wide else 3)
        self._halves.setStretch(2, 4 if wide else 2)
        self._halves.setDirection(QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom)


def row_of(description: Description) -> list[str]:
    """The texts of a column's row."""
    column, whole = description.column, description.whole
    kind = f"{column.type_text}, target" if column.role == "target" and column.is_number else column.type_text
    missing = f"{whole.missing:,}" if whole.missing else "–"
    numbers = [whole.low, whole.mean, whole.median, whole.high, whole.std] if column.is_number else []
    texts = [figure(value) for value in numbers] or [""] * 5
    return [column.name, "", kind, missing, f"{whole.distinct:,}", *texts]


def _caption(data: PreparedData, found: tuple[Description, ...]) -> str:
    m = sum(part.m for part in data.parts.values())
    parts = ", ".join(f"{part.m:,} {name}" for name, part in data.parts.items())
    inputs = [description for description in found if description.column.role == "input"]
    missing = sum(description.whole.missing for description in found)
    texts = [f"{m:,} rows ({parts})"]
    if inputs:
        texts.append(f"{len(inputs):,} input column{'s' if len(inputs) > 1 else ''}")
        texts.append(f"{missing:,} missing value{'' if missing == 1 else 's'}" if missing else "nothing missing")
    for array, shape in data.input_layout.shapes.items():
        if len(shape) > 1:
            texts.append(f"'{array}' holds arrays of {' × '.join(map(str, shape))}")
    if len(inputs) == MOST_COLUMNS:
        texts.append("further columns are not shown")
    return " · ".join(texts)
