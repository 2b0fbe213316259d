"""The canvas: nodes and wires of the document, edited with mouse and keys."""

from gui.canvas.view import CanvasView

__all__ = ["CanvasView"]
