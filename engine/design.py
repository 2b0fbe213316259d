"""A design: everything that a project file holds but the weights. Immutable."""

from __future__ import annotations

import json
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from engine.data import DataSettings
from engine.declaration import explain
from engine.graph import GraphSpec
from engine.settings import TrainingSettings

FORMAT = "netloom-design"
SCHEMA = 2
"""Version of the file format; a file with a higher one was written by a newer Netloom.

Version 2 came with blocks, notes and colours; a design without them is written as version 1, so that older programs can
read it."""


class DesignFileError(ValueError):
    """A design cannot be read; the message says why and what to do."""


class Design(BaseModel):
    """Graph, training settings, data reference, and what the user wrote about them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = "Untitled"
    description: str = ""
    graph: GraphSpec = GraphSpec()
    training: TrainingSettings = TrainingSettings()
    data: DataSettings = DataSettings()

    def with_changes(self, **changes: Any) -> Self:
        """A copy with some of its parts replaced."""
        return self.model_copy(update=changes)

    def to_data(self) -> dict[str, Any]:
        """Plain JSON values: the content of design.json."""
        graph = self.graph.to_data()
        annotated = "blocks" in graph or "notes" in graph or any("color" in node for node in graph["nodes"])
        return {
            "format": FORMAT,
            "schema": SCHEMA if annotated else 1,
            "name": self.name,
            "description": self.description,
            **graph,
            "training": self.training.to_data(),
            "data": self.data.to_data(),
        }

    def to_json(self) -> str:
        """The text of design.json, one node or edge a line apart for version control."""
        return json.dumps(self.to_data(), indent=2, ensure_ascii=False, allow_nan=False) + "\n"

    @classmethod
    def from_data(cls, data: Any) -> Design:
        """Inverse of `to_data`. Raises DesignFileError with a plain sentence."""
        if not isinstance(data, dict) or data.get("format") != FORMAT:
            raise DesignFileError('This is not a Netloom design: it lacks the entry "format": "netloom-design".')
        schema = data.get("schema")
        if not isinstance(schema, int) or isinstance(schema, bool) or schema < 1:
            raise DesignFileError(f"The design's schema version must be a whole number from 1, but is {schema!r}.")
        if schema > SCHEMA:
            raise DesignFileError(
                f"The design was written by a newer Netloom (schema {schema}; this one reads up to {SCHEMA}). "
                "Update Netloom to open it."
            )
        try:
            return cls(
                name=data.get("name", "Untitled"),
                description=data.get("description", ""),
                graph=GraphSpec.from_data(data),
                training=TrainingSettings.from_data(data.get("training", {})),
                data=DataSettings.from_data(data.get("data", {})),
            )
        except ValidationError as error:
            raise DesignFileError(f"The design cannot be read. {explain(error, error.title)}") from error
        except TypeError as error:
            raise DesignFileError(f"The design cannot be read: nodes and edges must be lists ({error}).") from error

    @classmethod
    def from_json(cls, text: str) -> Design:
        """Inverse of `to_json`. Raises DesignFileError."""
        try:
            return cls.from_data(json.loads(text))
        except json.JSONDecodeError as error:
            raise DesignFileError(
                f"The design is not valid JSON (line {error.lineno}, column {error.colno}: {error.msg}). "
                "The file may be cut short."
            ) from error
        except RecursionError as error:
            raise DesignFileError("The design is nested too deeply to be a Netloom design.") from error
