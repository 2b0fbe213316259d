"""The diagram as a file: SVG, PDF or PNG with exactly what is on the canvas, all of it, in the light theme."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QColor, QImage, QPageLayout, QPageSize, QPainter, QPdfWriter
from PySide6.QtSvg import QSvgGenerator

from gui.canvas.drawing import drawing_for_file
from gui.canvas.scene import CanvasScene
from gui.theme import LIGHT

FORMATS = {".svg": "SVG drawing", ".pdf": "PDF document", ".png": "PNG picture"}
"""Endings that can be written, and their names."""
MARGIN = 24.0
PIXELS_PER_POINT = 2.0
LARGEST_PICTURE = 16_000
"""Pixels along a side; a larger picture is drawn smaller."""
LONGEST_PAGE = 14_000.0
"""Points along a side of a PDF page, which may have 14,400."""


class ExportError(ValueError):
    """A diagram cannot be exported; the message says why and what to do."""


def export_diagram(scene: CanvasScene, path: Path, *, transparent: bool = False) -> None:
    """Write the whole diagram to a file; its ending says how. Raises ExportError."""
    data = diagram_bytes(scene, path.suffix.lower(), transparent=transparent)
    try:
        path.write_bytes(data)
    except OSError as error:
        raise ExportError(f"The diagram could not be written to '{path}': {error.strerror or error}.") from error


def diagram_bytes(scene: CanvasScene, ending: str, *, transparent: bool = False) -> bytes:
    """The content of such a file. Raises ExportError."""
    rect = scene.content_rect()
    if rect.isEmpty():
        raise ExportError("There is nothing to export: the design is empty. Add a layer first.")
    if ending not in FORMATS:
        raise ExportError(f"A diagram cannot be written as '{ending or 'a file without an ending'}'. "
                          f"Choose one of {', '.join(FORMATS)}.")  # fmt: skip
    for item in scene.edge_items().values():
        rect = rect.united(item.path.boundingRect())
    for note in scene.notes.shown().values():
        rect = rect.united(note.sceneBoundingRect())
    rect = rect.adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN).toAlignedRect().toRectF()
    write = {".svg": _svg, ".pdf": _pdf, ".png": _png}[ending]
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    write(scene, rect, buffer, transparent)
    buffer.close()
    return bytes(data.data())


def _svg(scene: CanvasScene, rect: QRectF, buffer: QBuffer, transparent: bool) -> None:
    generator = QSvgGenerator(QSvgGenerator.SvgVersion.Svg11)
    generator.setOutputDevice(buffer)
    generator.setResolution(96)
    generator.setSize(rect.size().toSize())
    generator.setViewBox(QRectF(0, 0, rect.width(), rect.height()))
    generator.setTitle(scene.document.design.name)
    generator.setDescription("Drawn with Netloom")
    painter = QPainter(generator)
    _draw(scene, painter, QRectF(0, 0, rect.width(), rect.height()), rect, transparent)
    painter.end()


def _pdf(scene: CanvasScene, rect: QRectF, buffer: QBuffer, transparent: bool) -> None:
    shrink = min(1.0, LONGEST_PAGE / max(rect.width(), rect.height()))
    size = QSizeF(rect.width(), rect.height()) * shrink
    writer = QPdfWriter(buffer)
    writer.setTitle(scene.document.design.name)
    writer.setCreator("Netloom")
    writer.setResolution(144)
    orientation = QPageLayout.Orientation.Portrait
    page = QPageSize(size, QPageSize.Unit.Point, "", QPageSize.SizeMatchPolicy.ExactMatch)
    writer.setPageLayout(QPageLayout(page, orientation, QMarginsF(0, 0, 0, 0)))
    painter = QPainter(writer)
    _draw(scene, painter, QRectF(0, 0, writer.width(), writer.height()), rect, transparent)
    painter.end()


def _png(scene: CanvasScene, rect: QRectF, buffer: QBuffer, transparent: bool) -> None:
    scale = min(PIXELS_PER_POINT, LARGEST_PICTURE / max(rect.width(), rect.height()))
    size = QSize(max(1, round(rect.width() * scale)), max(1, round(rect.height() * scale)))
    image = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    _draw(scene, painter, QRectF(0, 0, size.width(), size.height()), rect, transparent)
    painter.end()
    image.save(buffer, "PNG")  # type: ignore[call-overload]


def _draw(scene: CanvasScene, painter: QPainter, target: QRectF, rect: QRectF, transparent: bool) -> None:
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
    if not transparent:
        painter.fillRect(target, QColor(LIGHT.surface_raised))
    with drawing_for_file(LIGHT, exact=True), scene.drawn(far=False):
        scene.render(painter, target, rect)
