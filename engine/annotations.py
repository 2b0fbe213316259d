"""What a design says beside its network: blocks that group nodes, notes, and colours. The network computes the same."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Color = Literal["", "red", "orange", "yellow", "green", "teal", "blue", "purple", "pink", "gray"]
"""Colour of a node, block or note by name, so that every theme can show it well; "" is the usual one."""

LONGEST_NOTE = 5_000
"""Characters."""


class InnerPort(BaseModel):
    """An input port of a node inside a block."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    node: str
    port: int = 0


class Block(BaseModel):
    """A named group of nodes that the canvas can draw as one box. Nodes say which block they lie in (`Node.block`).

    A block is no part of the network: the graph stays flat, and so do the names of weights. Its ports follow from
    the edges across its border; see `engine.blocks.ports`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(min_length=1, max_length=200)
    """Never changes; differs from the ids of all nodes."""
    name: str = ""
    """Shown to the user; the id when empty."""
    parent: str = ""
    """Id of the block that it lies in; "" for none."""
    collapsed: bool = False
    """Drawn as one box."""
    color: Color = ""
    joined: tuple[tuple[InnerPort, ...], ...] = ()
    """Inner ports that are one port of the block even while nothing is connected to them; while something is, those
    with the same source are one."""

    @property
    def title(self) -> str:
        """The name, or the id of a block without one."""
        return self.name or self.id


class Note(BaseModel):
    """A text or an arrow on the canvas."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    id: str = Field(min_length=1, max_length=200)
    kind: Literal["text", "arrow"] = "text"
    text: str = Field("", max_length=LONGEST_NOTE)
    """Of an arrow: what stands at its middle."""
    position: tuple[float, float] = (0.0, 0.0)
    """Top-left corner of a text, or where an arrow begins; in points."""
    extent: tuple[float, float] = (220.0, 0.0)
    """Width of a text (its height follows from its lines), or the way from an arrow's beginning to its tip."""
    color: Color = ""
    block: str = ""
    """Id of the block that it lies in: it is hidden while the block is collapsed."""
