"""The activation function of a layer and its slope, with the layer's own values of z on it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QWidget

from engine.explaining.curves import Curve
from engine.explaining.writing import number_text
from gui.plots.style import Overlay, PlotCanvas, make_plot, style_plot, swatch, thin_pen
from gui.theme import current_theme, qcolor, theme_notifier

BINS = 40


class ActivationPlot(PlotCanvas):
    """g and g′ over z; below them how often each z occurs in the batch; a line where the chosen unit is."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Activation function")
        self.set_beside(False)
        self._plot = make_plot(self, 0, bottom="z", left="g, g′")
        self._plot.setMouseEnabled(False, False)
        self._plot.disableAutoRange()
        self._bars = pg.BarGraphItem(x=[], height=[], width=1.0)
        self._slope = pg.PlotCurveItem(antialias=True)
        self._g = pg.PlotCurveItem(antialias=True)
        self._line = pg.InfiniteLine(angle=90, movable=False)
        self._point = pg.ScatterPlotItem(size=9)
        for item in (self._bars, self._slope, self._g, self._line, self._point):
            self._plot.addItem(item, ignoreBounds=True)
        self._legend = Overlay(self, framed=True)
        self._readout = Overlay(self, framed=True)
        self._curve: Curve | None = None
        self._z = np.empty(0)
        self.sceneObj.sigMouseMoved.connect(self._on_scene_mouse_moved)
        theme_notifier.theme_changed.connect(self._restyle)
        self._restyle()

    def set_beside(self, beside: bool) -> None:
        """Stand beside the formulas, as high as they are, or below them, as wide as they are."""
        most = 16_777_215
        self.setMinimumSize(*((230, 100) if beside else (160, 190)))
        self.setMaximumSize(*((230, most) if beside else (most, 190)))

    def show_values(self, curve: Curve, z: np.ndarray, chosen: float) -> None:
        """Draw it.

        Args:
            curve: g and g′.
            z: All values of z of the layer in the batch, finite.
            chosen: z of the chosen unit and example.
        """
        self._curve, self._z = curve, z
        self._g.setData(curve.z, curve.g)
        self._slope.setData(curve.z, curve.slope)
        both = np.concatenate([curve.g, curve.slope])
        low, high = float(both.min()), float(both.max())
        room = 0.06 * (high - low or 1.0)
        self._plot.setXRange(float(curve.z[0]), float(curve.z[-1]), padding=0)
        self._plot.setYRange(low - room, high + room, padding=0)
        counts, edges = np.histogram(z, BINS, (float(curve.z[0]), float(curve.z[-1])))
        heights = counts / max(counts.max(initial=0), 1) * 0.45 * (high - low + 2 * room)
        width = float(edges[1] - edges[0])
        self._bars.setOpts(x=(edges[:-1] + edges[1:]) / 2, height=heights, y0=low - room, width=width)
        seen = np.isfinite(chosen)
        self._line.setVisible(bool(seen))
        self._point.setVisible(bool(seen))
        if seen:
            self._line.setValue(chosen)
            self._point.setData([chosen], [float(np.interp(chosen, curve.z, curve.g))])
        self.setAccessibleDescription(
            f"z of the chosen unit is {number_text(chosen)}; in the batch z runs from "
            f"{number_text(float(z.min(initial=0)))} to {number_text(float(z.max(initial=0)))}."
        )

    def _restyle(self) -> None:
        theme = current_theme()
        self.setBackground(theme.surface_raised)
        style_plot(self._plot)
        self._g.setPen(thin_pen(theme.accent, 2))
        self._slope.setPen(thin_pen(theme.classes[0], 2, dashed=True))
        self._bars.setOpts(brush=pg.mkBrush(qcolor(theme.text_muted, 90)), pen=pg.mkPen(None))
        self._line.setPen(thin_pen(theme.text, 1))
        self._point.setBrush(pg.mkBrush(theme.accent))
        self._point.setPen(pg.mkPen(theme.surface_raised, width=2))
        entries = [swatch(theme.accent, "g(z)"), swatch(theme.classes[0], "g′(z)", dashed=True)]
        entries.append(swatch(theme.text_muted, "z"))
        self._legend.restyle()
        self._readout.restyle()
        self._legend.setText("&nbsp;&nbsp;".join(entries))
        self._legend.adjustSize()
        self._legend.show()
        self._place_legend()

    def _place_legend(self) -> None:
        self._legend.move(66, 8)

    def _on_scene_mouse_moved(self, position: QPointF) -> None:
        curve = self._curve
        if curve is None or not self._plot.sceneBoundingRect().contains(position):
            self._readout.hide()
            return
        z = float(self._plot.getViewBox().mapSceneToView(position).x())
        g, slope = (float(np.interp(z, curve.z, values)) for values in (curve.g, curve.slope))
        below = float((self._z < z).mean()) if self._z.size else 0.0
        text = f"z {number_text(z, 3)}<br>g {number_text(g, 3)}<br>g′ {number_text(slope, 3)}<br>{below:.0%} of z below"
        place = self.mapFromScene(position)
        self._readout.show_near(text, place.x(), place.y())

    def leaveEvent(self, ev: Any) -> None:
        super().leaveEvent(ev)
        self._readout.hide()
