"""The document: the design being edited, its plan and its history. Everything on the screen mirrors it."""

from gui.document.document import Document

__all__ = ["Document"]
