"""What the boundary plot draws: axes, picture or curves, examples and colour bar."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QFont

from gui.plots.boundary_job import Coloring, Picture
from gui.plots.boundary_options import Options
from gui.plots.coloring import value_table
from gui.plots.ranges import Range
from gui.plots.scatter import Scatter
from gui.plots.smooth_image import SmoothImage
from gui.plots.style import PlotCanvas, make_plot, style_plot, thin_pen
from gui.plots.surface import Cloud, Surface, SurfaceEvaluator, View
from gui.theme import current_theme, qcolor

POINTS_SHOWN = 1_500
"""Examples of a part that are drawn at most."""
VALUE_SHADES = 32
"""Colours of examples with a value."""
NO_OPTIONS = Options()
REACH = 9.0
"""Points of the screen around an example that still mean it."""
SYMBOLS = {"train": "o", "dev": "o", "test": "s"}


class BoundaryScene:
    """The items of the plot; it holds no truth of its own."""

    def __init__(self, canvas: PlotCanvas) -> None:
        """Put the items into a canvas."""
        self._canvas = canvas
        self.plot = make_plot(canvas, 0, bottom=" ", left=" ")
        self.plot.setMouseEnabled(False, False)
        self.plot.disableAutoRange()
        self.image = SmoothImage()
        self.image.setZValue(-10)
        self.plot.addItem(self.image, ignoreBounds=True)
        self.clouds = {part: Scatter(pxMode=True) for part in SYMBOLS}
        for cloud in self.clouds.values():
            self.plot.addItem(cloud, ignoreBounds=True)
            cloud.setCacheMode(cloud.CacheMode.DeviceCoordinateCache)
        self.rings, self._chosen = Scatter(pxMode=True), Scatter(pxMode=True)
        for item in (self.rings, self._chosen):
            self.plot.addItem(item, ignoreBounds=True)
        self.shown: dict[str, Cloud] = {}
        """The examples that are drawn."""
        self._places: dict[str, tuple[np.ndarray, np.ndarray]] = {}
        self.curves: list[pg.PlotCurveItem] = []
        self._bar = _ColorBar(canvas)
        self.coloring = Coloring((), "#ffffff")
        self._blank = False
        self.clear()

    def restyle(self) -> None:
        """Take the colours of the theme."""
        theme = current_theme()
        self._canvas.setBackground(theme.surface_raised)
        style_plot(self.plot, grid=False)
        self._bar.restyle()
        self.coloring = replace(self.coloring, classes=theme.classes, paper=theme.surface_raised)

    def clear(self, *, keep_picture: bool = False) -> None:
        """Show nothing, or only the last picture until there is another."""
        # Not hidden: a layout in which everything is hidden shrinks to nothing and stays so.
        self.plot.setOpacity(0)
        self._bar.hide()
        self._blank = False
        if not keep_picture:
            self.image.set_pixels(None, QRectF())
        self._clear_clouds()
        self._clear_curves()

    def show_view(
        self, view: View, evaluator: SurfaceEvaluator, options: Options = NO_OPTIONS, *, keep_picture: bool = False
    ) -> None:
        """Axes and examples of a view; the last picture may stay below them until there is another."""
        self.clear(keep_picture=keep_picture)
        self.plot.setOpacity(1)
        x_low, x_high = evaluator.bounds(view.x)
        low, high = evaluator.target_bounds(view.answer)
        if view.y is not None:
            y_low, y_high = evaluator.bounds(view.y)
        elif view.answer.kind == "values":
            pad = 0.15 * (high - low) or 1.0
            y_low, y_high = low - pad, high + pad
        else:
            y_low, y_high = -0.12, 1.12
        self.plot.setRange(xRange=(x_low, x_high), yRange=(y_low, y_high), padding=0, disableAutoRange=True)
        self._set_label("bottom", view.x.title)
        self._set_label("left", view.y.title if view.y else self._predicted(view))
        theme = current_theme()
        self.coloring = Coloring(theme.classes, theme.surface_raised, low, high, options.discrete)
        as_map = view.answer.kind == "values" and view.y is not None
        if as_map:
            self._bar.show(low, high, view.answer.title, self.plot.getAxis("bottom").height())
        else:
            self._bar.hide()
        for part in evaluator.data.parts:
            if part not in options.hidden:
                self.shown[part] = evaluator.cloud(part, view, POINTS_SHOWN)
                self._show_cloud(self.shown[part], view)

    def show_picture(self, picture: Picture) -> None:
        """The predictions."""
        surface = picture.surface
        if self._blank:
            return
        if picture.pixels is not None:
            (x_low, width), (y_low, height) = _extent(surface.x), _extent(surface.y)
            self.image.set_pixels(picture.pixels, QRectF(x_low, y_low, width, height))
            return
        values = surface.values[0]
        shown = values[:, None] if values.ndim == 1 else values[:, 1:] if values.shape[1] == 2 else values
        while len(self.curves) < shown.shape[1]:
            curve = pg.PlotCurveItem(antialias=True)
            curve.setZValue(10)
            self.plot.addItem(curve, ignoreBounds=True)
            self.curves.append(curve)
        theme = current_theme()
        for k, curve in enumerate(self.curves):
            number = 1 if shown.shape[1] == 1 else k
            color = theme.text if values.ndim == 1 else theme.classes[number % len(theme.classes)]
            curve.setPen(thin_pen(color, 2.5))
            curve.setData(surface.x, np.asarray(shown[:, k], np.float64), connect="finite")

    def show_plane(self, frame: tuple[Range, Range], *, blank: bool) -> None:
        """Bare axes to paint on, without examples; a blank plane takes no picture either."""
        if blank:
            self.clear()
            self._set_label("bottom", "x1")
            self._set_label("left", "x2")
        self._blank = blank
        self.plot.setOpacity(1)
        self.plot.setRange(xRange=frame[0], yRange=frame[1], padding=0, disableAutoRange=True)
        self._clear_clouds()

    def show_rings(self, wrong: dict[str, np.ndarray]) -> None:
        """Rings around some of the examples, by part."""
        marked = [
            (x[wrong[part]], y[wrong[part]])
            for part, (x, y) in self._places.items()
            if part in wrong and len(wrong[part]) == len(x)
        ]
        x, y = (np.concatenate([pair[k] for pair in marked]) if marked else np.empty(0) for k in range(2))
        old = self.rings.getData()
        if len(old[0]) != len(x) or not (np.array_equal(old[0], x) and np.array_equal(old[1], y)):
            self.rings.setData(x, y, size=14, pen=thin_pen(current_theme().text, 1.6), brush=pg.mkBrush(None))

    def show_chosen(self, example: tuple[str, int] | None) -> None:
        """A mark at the example that is looked at."""
        part, row = example or ("", 0)
        at = np.flatnonzero(self.shown[part].rows == row) if part in self.shown else np.empty(0, np.int64)
        if not len(at):
            self._chosen.clear()
            return
        x, y = self._places[part]
        pen = thin_pen(current_theme().accent, 2.5)
        self._chosen.setData(x[at], y[at], size=19, pen=pen, brush=pg.mkBrush(None), symbol="s")

    def nearest(self, position: QPointF) -> tuple[str, int] | None:
        """Part and place (among those drawn) of the example under the mouse; None where there is none."""
        box = self.plot.getViewBox()
        if not self.plot.opacity() or not box.sceneBoundingRect().contains(position):
            return None
        place, (across, down) = box.mapSceneToView(position), box.viewPixelSize()
        best, least = None, REACH
        for part, (x, y) in self._places.items():
            distance = np.hypot((x - place.x()) / across, (y - place.y()) / down)
            if len(distance) and distance.min() <= least:
                best, least = (part, int(distance.argmin())), float(distance.min())
        return best

    def text_at(self, position: QPointF, surface: Surface) -> str:
        """What is predicted under the mouse; empty beside the plot."""
        box = self.plot.getViewBox()
        if not self.plot.opacity() or not box.sceneBoundingRect().contains(position):
            return ""
        place = box.mapSceneToView(position)
        x, y = place.x(), place.y()
        values = interpolate(surface, x, y)
        where = (
            f"({_number(x)}, {_number(y)})" if surface.view.y is not None else f"{surface.view.x.title} {_number(x)}"
        )
        answer = surface.view.answer
        if answer.kind == "values":
            return f"{answer.title} = {_number(float(values[0]))} at {where}"
        k = int(np.argmax(values))
        if answer.scored:
            return f"score {_number(2 * float(values[1]) - 1)}, so {answer.class_names[k]}, at {where}"
        return f"P({answer.class_names[k]}) = {float(values[k]):.2f} at {where}"

    def _predicted(self, view: View) -> str:
        if view.answer.kind == "values":
            return view.answer.title
        return f"P({view.answer.class_names[1]})" if len(view.answer.class_names) == 2 else "P(class)"

    def _set_label(self, side: str, text: str) -> None:
        self.plot.getAxis(side).setLabel(text, **self.plot.getAxis(side).labelStyle)

    def _show_cloud(self, cloud: Cloud, view: View) -> None:
        theme, item = current_theme(), self.clouds[cloud.part]
        y = cloud.y
        if view.answer.kind == "classes":
            colors = [qcolor(color) for color in theme.classes]
            own = cloud.target % len(colors)
            if y is None:
                y = cloud.target if len(view.answer.class_names) == 2 else np.full(len(own), -0.06)
        elif y is not None:
            table = value_table()[:: 256 // VALUE_SHADES]
            colors = [pg.mkColor(int(r), int(g), int(b)) for b, g, r, _ in table]
            shares = (cloud.target - self.coloring.low) / max(self.coloring.high - self.coloring.low, 1e-12)
            own = np.clip(shares * len(colors), 0, len(colors) - 1).astype(int)
        else:
            colors, own, y = [qcolor(theme.accent)], np.zeros(len(cloud.target), int), cloud.target
        filled, as_map = cloud.part == "train", view.answer.kind == "values" and view.y is not None
        edge = thin_pen(theme.surface_raised if theme.name == "light" else theme.background, 1)
        # One pen and brush per colour: every other object would be another picture in the item's atlas.
        if filled or as_map:
            pens = edge if filled else thin_pen(theme.text, 1.3)
            palette = [pg.mkBrush(color) for color in colors]
            brushes = [palette[k] for k in own]
        else:
            outlines = [pg.mkPen(color, width=1.8) for color in colors]
            pens, brushes = [outlines[k] for k in own], pg.mkBrush(qcolor(theme.surface_raised, 150))
        self._places[cloud.part] = cloud.x, np.asarray(y, np.float64)
        size = 7.5 if cloud.m <= 600 else 6.0 if cloud.m <= 2_000 else 4.5
        item.setData(cloud.x, np.asarray(y, np.float64), symbol=SYMBOLS[cloud.part], size=size, pen=pens, brush=brushes)

    def _clear_clouds(self) -> None:
        self.shown, self._places = {}, {}
        for item in (*self.clouds.values(), self.rings, self._chosen):
            item.clear()

    def _clear_curves(self) -> None:
        for curve in self.curves:
            self.plot.removeItem(curve)
        self.curves = []


class _ColorBar:
    """The scale of values beside the plot."""

    def __init__(self, canvas: PlotCanvas) -> None:
        colors = [tuple(int(c) for c in pixel[2::-1]) for pixel in value_table()[::15]]
        self._bar: Any = pg.ColorBarItem(
            interactive=False, width=12, colorMap=pg.ColorMap(None, colors), values=(0, 1), label=" "
        )
        canvas.ci.addItem(self._bar, row=0, col=1)
        self._bar.hide()

    def restyle(self) -> None:
        theme = current_theme()
        axis = self._bar.getAxis("right")
        axis.setPen(pg.mkPen(theme.border))
        axis.setTextPen(pg.mkPen(theme.text_muted))
        font = QFont()
        font.setPixelSize(theme.font_size_small - 1)
        axis.setStyle(tickFont=font)
        axis.setLabel(axis.labelText, **{"color": theme.text_muted, "font-size": f"{theme.font_size_small}px"})

    def show(self, low: float, high: float, title: str, below: float) -> None:
        self._bar.layout.setContentsMargins(0, 0, 0, below)
        self._bar.setLevels((low, high))
        self._bar.getAxis("right").setLabel(title, **self._bar.getAxis("right").labelStyle)
        self._bar.setMaximumWidth(76)
        self._bar.show()

    def hide(self) -> None:
        self._bar.hide()
        self._bar.setMaximumWidth(0)


def interpolate(surface: Surface, x: float, y: float) -> np.ndarray:
    """Predictions at a point, between the centres of four cells."""
    values = surface.values if surface.values.ndim == 3 else surface.values[..., None]
    (i, u), (j, v) = _between(surface.x, x), _between(surface.y, y)
    i2, j2 = min(i + 1, len(surface.x) - 1), min(j + 1, len(surface.y) - 1)
    lower, upper = (1 - u) * values[j, i] + u * values[j, i2], (1 - u) * values[j2, i] + u * values[j2, i2]
    return (1 - v) * lower + v * upper


def _extent(centres: np.ndarray) -> tuple[float, float]:
    """Where the first of some cells begins, and the width of all of them."""
    width = float(centres[1] - centres[0])
    return float(centres[0]) - width / 2, width * len(centres)


def _between(centres: np.ndarray, at: float) -> tuple[int, float]:
    if len(centres) == 1:
        return 0, 0.0
    place = float(np.clip((at - centres[0]) / (centres[1] - centres[0]), 0, len(centres) - 1))
    return int(place), place - int(place)


def _number(value: float) -> str:
    return f"{value:.3g}".replace("-", "−")
