"""Points that stay shapes in an SVG file."""

from __future__ import annotations

from typing import Any

import pyqtgraph as pg
from PySide6.QtGui import QPaintEngine, QPainter


class Scatter(pg.ScatterPlotItem):
    """pyqtgraph draws points from one cached picture, pieces of which an SVG file cannot hold: there it draws each."""

    def paint(self, p: QPainter, *args: Any) -> None:
        self.opts["useCache"] = p.paintEngine().type() != QPaintEngine.Type.SVG
        super().paint(p, *args)
        self.opts["useCache"] = True
