"""The one undo command of the document."""

from __future__ import annotations

import weakref
from collections.abc import Hashable
from time import monotonic
from typing import TYPE_CHECKING

from PySide6.QtGui import QUndoCommand

from engine.design import Design

if TYPE_CHECKING:
    from gui.document.state import DocumentState

MERGE_SECONDS = 1.0
"""Edits of the same thing that follow each other faster than this are one step, such as the moves of a slider."""
_MERGEABLE_ID = 1


class ChangeDesign(QUndoCommand):
    """From one design to another.

    Designs are immutable and share what did not change, so a step costs little memory, and undo restores order and
    every value exactly, whatever the edit was. What changed for the views is the difference of the two.
    """

    def __init__(self, document: DocumentState, after: Design, text: str, merge_key: Hashable = None) -> None:
        super().__init__(text)
        self._document = weakref.ref(document)  # the document's stack owns this command
        self._before = document.design
        self._after = after
        self._merge_key = merge_key
        self._time = monotonic()

    def id(self) -> int:
        return -1 if self._merge_key is None else _MERGEABLE_ID

    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, ChangeDesign) or other._merge_key != self._merge_key:
            return False
        if other._time - self._time > MERGE_SECONDS:
            return False
        self._after = other._after
        self._time = other._time
        self.setObsolete(self._after == self._before)
        return True

    def redo(self) -> None:
        self._show(self._after)

    def undo(self) -> None:
        self._show(self._before)

    def _show(self, design: Design) -> None:
        document = self._document()
        if document is not None:
            document._show(design)
