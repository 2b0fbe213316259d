"""The large picture of one column: a histogram of numbers, or bars of value counts."""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtWidgets import QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from gui.plots.style import swatch, thin_pen
from gui.theme import qcolor
from gui.views.data_bars import CountBars
from gui.views.data_groups import Close
from gui.views.result_plot import PointPlot
from gui.views.result_text import unbroken
from gui.widgets.basic import ElidedLabel
from gui.widgets.export import Table


class ColumnDetail(QWidget):
    """Name, legend and picture of a `Close`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.close_look: Close | None = None
        self.name = ElidedLabel("", "heading")
        self.name.setContentsMargins(12, 0, 12, 0)
        self.note = ElidedLabel("", "small")
        self.note.setContentsMargins(12, 0, 12, 0)
        self.plot = PointPlot("Histogram")
        self.bars = CountBars()
        self._curves: list[pg.PlotCurveItem] = []
        self.legend = self.plot.legend
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setWidget(self.bars)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.plot)
        self._stack.addWidget(scroll)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.name)
        column.addWidget(self.note)
        column.addWidget(self.legend)
        column.addWidget(self._stack, 1)
        self.setMinimumSize(200, 140)
        self.plot.restyled.connect(self._on_plot_restyled)

    def show_close(self, close: Close) -> None:
        """Show another column, or the same in other groups."""
        self.close_look = close
        self.name.set_full_text(close.title)
        self.note.set_full_text(close.note)
        self.note.setVisible(bool(close.note))
        self._draw(close)

    def table(self) -> Table | None:
        """The counts shown."""
        close = self.close_look
        if close is None:
            return None
        header = [close.column.name, *(f"{group} examples" for group in close.groups or ("",))]
        rows = [[close.bin_text(k), *close.counts[:, k].tolist()] for k in range(len(close.bins))]
        return Table([name.strip() for name in header], rows)

    def _draw(self, close: Close) -> None:
        entries = [swatch(close.color(g), name, dot=True) for g, name in enumerate(close.groups)]
        self.legend.setText("&nbsp;&nbsp; ".join(map(unbroken, entries)))
        self.legend.setVisible(bool(entries))
        stretches = close.bins.are_stretches
        self._stack.setCurrentIndex(0 if stretches else 1)
        if stretches:
            self._draw_histogram(close)
        else:
            self.bars.show_counts(close)

    def _draw_histogram(self, close: Close) -> None:
        edges, heights = close.bins.edges, 100 * close.shares if close.groups else close.counts
        while len(self._curves) < len(heights):
            self._curves.append(pg.PlotCurveItem())
            self.plot.plot.addItem(self._curves[-1])
        for place, curve in enumerate(self._curves):
            curve.setVisible(place < len(heights))
            if place < len(heights):
                color = close.color(place)
                curve.setData(
                    edges, heights[place], stepMode="center", fillLevel=0,
                    brush=qcolor(color, 40 if close.groups else 110),
                    pen=thin_pen(color, 2 if close.groups else 1, dashed=close.by == "part" and place > 0),
                )  # fmt: skip
        top = float(heights.max()) or 1.0
        margin = 0.02 * (edges[-1] - edges[0]) or 0.5
        left = "Share (%)" if close.groups else "Examples"
        self.plot.set_axes(
            close.column.name, left, (float(edges[0] - margin), float(edges[-1] + margin)), (0.0, 1.08 * top)
        )
        middles = (edges[1:] + edges[:-1]) / 2
        self.plot.set_points(middles, heights.max(axis=0), self._describe)

    def _describe(self, place: int) -> str:
        close = self.close_look
        if close is None:
            return ""
        title = f"<b>{close.bin_text(place)}</b>"
        if not close.groups:
            return f"{title}<br>{close.count_text(0, place)}"
        lines = [
            f"<span style='color:{close.color(g)}'>●</span> {group}: {close.count_text(g, place)}"
            for g, group in enumerate(close.groups)
        ]
        return "<br>".join([title, *lines])

    def _on_plot_restyled(self) -> None:
        if self.close_look is not None:
            self._draw(self.close_look)
