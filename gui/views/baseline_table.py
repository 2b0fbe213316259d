"""The table of the Baselines view: the network and each method, with bars for the figure that they are judged by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from engine.events import Metrics
from gui.plots.captions import metric_title
from gui.theme import current_theme, qcolor, theme_notifier
from gui.views.result_table import Index, Role
from gui.views.result_text import figure, percent

NETWORK = -1
"""Place of the network's own row."""


@dataclass(frozen=True, slots=True)
class BaselineRow:
    """One row: the network, or a method that is fitted or not."""

    place: int
    """Among the baselines, or NETWORK."""
    name: str
    help: str
    parts: dict[str, Metrics]
    seconds: float | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Heading:
    """One column: a metric of a part, or something else."""

    title: str
    tip: str
    part: str = ""
    metric: str = ""


class BaselineModel(QAbstractTableModel):
    """Rows with the figures of two parts."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: Sequence[BaselineRow] = ()
        self.headings: tuple[Heading, ...] = ()
        self.judged = Heading("", "")
        self.best = -2
        """Index of the best row; −2 for none."""
        self.lengths: dict[int, float] = {}
        """From 0 to 1 by row: how long its bar is."""

    def fill(self, rows: Sequence[BaselineRow], metrics: tuple[str, ...], judged_part: str) -> None:
        """Show other rows; the first metric is the one they are judged by."""
        headings = [Heading("Method", "")]
        for metric in metrics:
            title = metric_title(metric)
            parts = ("train", judged_part) if metric == metrics[0] and judged_part != "train" else (judged_part,)
            tip = _TIPS.get(metric, "")
            headings += [Heading(f"{part.capitalize()} {_small(title)}", tip, part, metric) for part in parts]
        headings += [Heading("Seconds", "Time to fit it"), Heading("Note", "")]
        same = tuple(headings) == self.headings and len(rows) == len(self.rows)
        if not same:
            self.beginResetModel()
        self.rows, self.headings = tuple(rows), tuple(headings)
        self.judged = next((h for h in headings if h.part == judged_part and h.metric == metrics[0]), Heading("", ""))
        self._judge()
        if not same:
            self.endResetModel()
        elif rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, len(headings) - 1))

    def _judge(self) -> None:
        found = {i: row.parts.get(self.judged.part, {}).get(self.judged.metric) for i, row in enumerate(self.rows)}
        known = {i: value for i, value in found.items() if value is not None and value == value}
        self.best = max(known, key=lambda i: known[i]) if len(known) > 1 else -2
        self.lengths = {i: min(max(value, 0.0), 1.0) for i, value in known.items()}

    def text(self, i: int, j: int) -> str:
        """What stands in a cell."""
        row, heading = self.rows[i], self.headings[j]
        if heading.metric:
            value = row.parts.get(heading.part, {}).get(heading.metric)
            return "–" if value is None else _figure(heading.metric, value)
        if heading.title == "Seconds":
            return "" if row.seconds is None else f"{row.seconds:.2f}"
        if heading.title == "Note":
            return f"Best. {row.note}".strip() if i == self.best else row.note
        return row.name

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's signature
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's signature
        return 0 if parent.isValid() else len(self.headings)

    def data(self, index: Index, role: int = Role.DisplayRole) -> object:
        i, j = index.row(), index.column()
        if role == Role.DisplayRole:
            return self.text(i, j)
        if role == Role.ToolTipRole:
            return self.rows[i].help if j == 0 else self.text(i, j)
        if role == Role.TextAlignmentRole:
            return self._side(j)
        if role == Role.FontRole and j < len(self.headings) - 2 and (i == self.best or self.rows[i].place == NETWORK):
            font = QFont()
            font.setWeight(QFont.Weight.DemiBold)
            return font
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole) -> object:
        if orientation == Qt.Orientation.Horizontal and section < len(self.headings):
            heading = self.headings[section]
            return {
                Role.DisplayRole: heading.title, Role.ToolTipRole: heading.tip or heading.title,
                Role.TextAlignmentRole: self._side(section),
            }.get(Role(role))  # fmt: skip
        return None

    def _side(self, j: int) -> int:
        left = not self.headings[j].metric and self.headings[j].title != "Seconds"
        side = Qt.AlignmentFlag.AlignLeft if left else Qt.AlignmentFlag.AlignRight
        return int(side | Qt.AlignmentFlag.AlignVCenter)


_TIPS = {
    "accuracy": "Share of the examples whose class is predicted right",
    "r2": "R²: share of the variance that the predictions explain; 1 is perfect, 0 no better than the mean",
    "mae": "Mean absolute error, in the units of the target",
    "rmse": "Root of the mean squared error, in the units of the target",
}


def _figure(metric: str, value: float) -> str:
    if metric == "accuracy":
        return percent(value, 2)
    if value != value:
        return "–"
    return f"{value:.3f}".replace("-", "−") if metric == "r2" and abs(value) < 1000 else figure(value, 5)


def _small(title: str) -> str:
    return title if title.isupper() or title == "R²" else title.lower()


class BaselineTable(QTableView):
    """Shows a `BaselineModel`; Enter or a double click fits a row."""

    fit_asked = Signal(int)
    """Place of a baseline."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.baselines = BaselineModel(self)
        self.setModel(self.baselines)
        self.setItemDelegate(_Cells(self))
        self.setAccessibleName("The network and the baselines")
        self.setShowGrid(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(30)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setStretchLastSection(True)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.doubleClicked.connect(self._on_double_clicked)
        theme_notifier.theme_changed.connect(self.viewport().update)

    def fill(self, rows: Sequence[BaselineRow], metrics: tuple[str, ...], judged_part: str) -> None:
        """Show other rows."""
        before = self.baselines.headings, [row.parts.keys() for row in self.baselines.rows]
        self.baselines.fill(rows, metrics, judged_part)
        if (self.baselines.headings, [row.parts.keys() for row in rows]) != before:
            self.fit_columns()

    def fit_columns(self) -> None:
        """Give each column the room that it needs."""
        metrics, model = self.fontMetrics(), self.baselines
        for j, heading in enumerate(model.headings[:-1]):
            texts = [heading.title, *(model.text(i, j) for i in range(len(model.rows)))]
            room = max(metrics.horizontalAdvance(text) for text in texts) + 28
            self.setColumnWidth(j, max(room, 96) if heading.metric else room)
        self.setColumnWidth(len(model.headings) - 1, 80)  # it takes what is left

    @property
    def chosen(self) -> int:
        """Place of the baseline of the current row; NETWORK where there is none."""
        row = self.currentIndex().row()
        return self.baselines.rows[row].place if 0 <= row < len(self.baselines.rows) else NETWORK

    def _on_double_clicked(self, index: Index) -> None:
        place = self.baselines.rows[index.row()].place
        if place != NETWORK:
            self.fit_asked.emit(place)

    # Qt

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.chosen != NETWORK:
            self.fit_asked.emit(self.chosen)
        else:
            super().keyPressEvent(event)


class _Cells(QStyledItemDelegate):
    """A bar below the figure that the rows are judged by."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        super().paint(painter, option, index)
        table = self.parent()
        assert isinstance(table, BaselineTable)
        model, i = table.baselines, index.row()
        if model.headings[index.column()] != model.judged or i not in model.lengths:
            return
        theme = current_theme()
        area = QRectF(option.rect).adjusted(8, 0, -4, -3)  # pyright: ignore[reportAttributeAccessIssue]
        track = QRectF(area.left(), area.bottom() - 3, area.width(), 3)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.border))
        painter.drawRoundedRect(track, 1.5, 1.5)
        color = theme.accent if model.rows[i].place == NETWORK else theme.dev
        painter.setBrush(qcolor(color, 255 if i == model.best or model.rows[i].place == NETWORK else 150))
        painter.drawRoundedRect(QRectF(track.left(), track.top(), track.width() * model.lengths[i], 3), 1.5, 1.5)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(48, 30)
