"""Blocks that the user keeps for other designs: one small file each in the user's data folder."""

from __future__ import annotations

import logging
import os
import re
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from engine.graph import GraphSpec
from gui.document.edits import LONGEST_NAME
from gui.document.fragment import FragmentError, from_text, to_text
from gui.document.repeating import change_blocks, top_block

BLOCK_PREFIX = "block:"
"""With it, the key of a block stands where else the kind of a layer does: in menus, and in what a drag carries."""
CATEGORY = "My blocks"
LONGEST_FILE = 10_000_000
"""Bytes."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class UserBlock:
    """A block in the palette."""

    key: str
    """Name of its file without the ending."""
    name: str
    graph: GraphSpec

    @property
    def color(self) -> str:
        """The colour that the user gave the block; "" for none."""
        top = top_block(self.graph)
        return top.color if top is not None else ""

    @property
    def summary(self) -> str:
        """What is in it, in one sentence."""
        labels = list(dict.fromkeys(node.layer.label for node in self.graph.nodes))
        number = len(self.graph.nodes)
        more = ", …" if len(labels) > 4 else ""
        return f"{number} layer{'' if number == 1 else 's'}: {', '.join(labels[:4])}{more}."


def blocks_folder() -> Path:
    """Where the files are; in `NETLOOM_STATE_DIR`, like all that Netloom remembers, if that is given."""
    chosen = os.environ.get("NETLOOM_STATE_DIR")
    if chosen:
        return Path(chosen) / "blocks"
    from platformdirs import user_data_path

    return user_data_path("Netloom", appauthor=False) / "blocks"


class UserBlocks(QObject):
    """Reads and writes the files. A file that cannot be read is left out, and told by `problems`."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.problems: list[str] = []
        """Sentences about files that could not be read the last time."""

    def all(self) -> list[UserBlock]:
        """The blocks there are, by name."""
        self.problems = []
        found: list[UserBlock] = []
        for path in sorted(blocks_folder().glob("*.json")):
            try:
                found.append(_read(path))
            except (OSError, ValueError) as error:
                reason = error.strerror or str(error) if isinstance(error, OSError) else str(error)
                self.problems.append(f"The block '{path.name}' in {path.parent} cannot be read. {reason}")
                _log.warning(self.problems[-1])
        return sorted(found, key=lambda block: (block.name.lower(), block.key))

    def get(self, key: str) -> UserBlock | None:
        """The block of that key, if it is there and can be read."""
        path = blocks_folder() / f"{key}.json"
        if path.name != f"{key}.json" or path.parent != blocks_folder():
            return None
        try:
            return _read(path)
        except (OSError, ValueError):
            return None

    def add(self, graph: GraphSpec) -> str:
        """Keep a block; returns its name, which differs from those there are. Raises OSError."""
        top = top_block(graph)
        assert top is not None, "only whole blocks are kept"
        name = self._free_name(top.title)
        words = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:40] or "block"
        folder, number = blocks_folder(), 1
        key = words
        while (folder / f"{key}.json").exists():
            number += 1
            key = f"{words}_{number}"
        self._write(key, name, graph)
        return name

    def rename(self, key: str, name: str) -> None:
        """Give a block another name. Raises OSError."""
        block, name = self.get(key), " ".join(name.split())[:LONGEST_NAME]
        if block is not None and name and name != block.name:
            self._write(key, name, block.graph)

    def remove(self, key: str) -> str:
        """Remove a block; returns the text of its file, for `restore`. Raises OSError."""
        path = blocks_folder() / f"{key}.json"
        text = path.read_text("utf-8")
        path.unlink()
        self.changed.emit()
        return text

    def restore(self, key: str, text: str) -> None:
        """Take a removal back. Raises OSError."""
        _save(blocks_folder() / f"{key}.json", text)
        self.changed.emit()

    def _free_name(self, name: str) -> str:
        taken = {block.name for block in self.all()}
        number, found = 1, name
        while found in taken:
            number += 1
            found = f"{name} {number}"
        return found

    def _write(self, key: str, name: str, graph: GraphSpec) -> None:
        top = top_block(graph)
        assert top is not None
        blocks = change_blocks(graph, {top.id: {"name": name, "collapsed": True}})
        _save(blocks_folder() / f"{key}.json", to_text(graph.replace(blocks=blocks)))
        self.changed.emit()


def _read(path: Path) -> UserBlock:
    if path.stat().st_size > LONGEST_FILE:
        raise FragmentError("It is too large to be a block.")
    try:
        graph = from_text(path.read_text("utf-8"))
    except UnicodeDecodeError as error:
        raise FragmentError("It is no text.") from error
    except FragmentError as error:
        text = str(error).replace("What was copied", "It").replace("The copied layers", "Its layers")
        raise FragmentError(text) from error
    top = top_block(graph)
    if top is None:
        raise FragmentError("It holds no block.")
    return UserBlock(path.stem, top.title, graph)


def _save(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.write_text(text, "utf-8")
    os.replace(part, path)


user_blocks = UserBlocks()
"""Those of this user, for all windows of the program."""
