"""Copied nodes as plain JSON text, which any window, text editor or chat can carry."""

from __future__ import annotations

import json
from typing import Any

from pydantic import ValidationError

from engine.declaration import explain
from engine.design import SCHEMA as DESIGN_SCHEMA
from engine.graph import GraphSpec

FORMAT = "netloom-nodes"
DESIGN_FORMAT = "netloom-design"
"""A whole design may be pasted too; only its nodes and wires are taken."""
NODES_MIME_TYPE = "application/x-netloom-nodes+json"
SCHEMA = 1
LONGEST_TEXT = 20_000_000
HELP = 'Copied layers are JSON text that begins with {"format": "netloom-nodes".'


class FragmentError(ValueError):
    """A text cannot be pasted; the message says why."""


def to_text(graph: GraphSpec) -> str:
    """Nodes, edges, blocks and notes as JSON text, one a line."""
    head = f'{{"format": "{FORMAT}", "schema": {SCHEMA}'
    parts = [_lines(name, values) for name, values in graph.to_data().items()]
    return ", ".join([head, *parts]) + "}\n"


def from_text(text: str) -> GraphSpec:
    """Inverse of `to_text`. Raises FragmentError with a plain sentence."""
    if not text.strip():
        raise FragmentError("There is nothing to paste. Copy some layers first.")
    if len(text) > LONGEST_TEXT:
        raise FragmentError(f"What was copied is too long to be layers ({len(text):,} characters).")
    try:
        data: Any = json.loads(text)
    except json.JSONDecodeError as error:
        if not text.lstrip().startswith("{"):
            raise FragmentError(f"What was copied is no layers but {_short(text)}. {HELP}") from error
        where = f"line {error.lineno}, column {error.colno}: {error.msg}"
        raise FragmentError(f"What was copied is not valid JSON ({where}). It may be cut short.") from error
    except (RecursionError, ValueError) as error:
        raise FragmentError(f"What was copied cannot be read as layers. {HELP}") from error
    if not isinstance(data, dict) or data.get("format") not in (FORMAT, DESIGN_FORMAT):
        raise FragmentError(f"What was copied is no layers but {_short(text)}. {HELP}")
    schema, newest = data.get("schema", SCHEMA), DESIGN_SCHEMA if data["format"] == DESIGN_FORMAT else SCHEMA
    if not isinstance(schema, int) or schema > newest:
        raise FragmentError(f"The layers were copied in a newer Netloom (schema {schema!r}). Update this one.")
    return _graph(data)


def _graph(data: dict[str, Any]) -> GraphSpec:
    try:
        graph = GraphSpec.from_data(data)
    except ValidationError as error:
        raise FragmentError(f"The copied layers cannot be used. {explain(error, error.title)}") from error
    except (TypeError, RecursionError) as error:
        raise FragmentError("The copied layers cannot be used: nodes and edges must be lists.") from error
    if not graph.nodes and not graph.notes:
        raise FragmentError("There are no layers in what was copied.")
    return graph


def _lines(name: str, values: list[dict[str, Any]]) -> str:
    lines = ",\n".join(f"  {json.dumps(value, ensure_ascii=False, allow_nan=False)}" for value in values)
    return f'"{name}": [\n{lines}\n]' if lines else f'"{name}": []'


def _short(text: str) -> str:
    line = " ".join(text[:200].split())
    return f"“{line[:40]}{'…' if len(line) > 40 else ''}”"
