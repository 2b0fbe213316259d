"""Transfer: the weights of one design as the first weights of another, layer by layer, and a new head to fine-tune.

Source: course 3, week 2 (transfer learning).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.carrying import weight_shapes
from engine.checkpoint import Checkpoint
from engine.data import PreparedData
from engine.design import Design
from engine.files import ARRAYS_AT_MOST, load_project
from engine.files_checkpoint import pack_arrays, unpack_arrays
from engine.files_disk import FileError, write_atomically
from engine.fitting import fit_design
from engine.graph import Edge, GraphSpec
from engine.plan import DesignError, Plan, PlanNode, make_plan
from engine.shapes import Shape

WEIGHTS_SUFFIX = ".safetensors"


@dataclass(frozen=True, eq=False, slots=True)
class StoredWeights:
    """Arrays of a file by their names, such as `dense_1/W`."""

    arrays: Mapping[str, np.ndarray]
    titles: Mapping[str, str]
    """What the user called the layers, by id; empty where the file does not tell."""


@dataclass(frozen=True, slots=True)
class Match:
    """One array of a design, and the one of a file that it could begin with."""

    name: str
    """Such as `dense_1/W`."""
    title: str
    """Of the layer."""
    shape: Shape
    source: str = ""
    """Name of the array in the file that has this name or this title; empty when there is none."""
    source_shape: Shape = ()

    @property
    def fits(self) -> bool:
        """The array can be taken."""
        return bool(self.source) and self.shape == self.source_shape

    @property
    def verdict(self) -> str:
        """In words."""
        if self.fits:
            return "same name and shape" if self.source == self.name else "same title and shape"
        return "another shape: begins anew" if self.source else "not in the file: begins anew"


def save_weights(path: Path, weights: Mapping[str, np.ndarray]) -> None:
    """Write weights as a safetensors file. Raises FileError."""
    data = pack_arrays(weights)
    write_atomically(path, lambda stream: _write(stream, data))


def _write(stream: object, data: bytes) -> None:
    stream.write(data)  # type: ignore[attr-defined]


def read_weights(path: str | Path) -> StoredWeights:
    """The weights of a project or of a safetensors file.

    Raises:
        FileError: there is no such file, it is damaged, or it holds no weights.
    """
    path = Path(path).expanduser()
    try:
        with open(path, "rb") as stream:
            is_archive = stream.read(2) == b"PK"
        if path.stat().st_size > ARRAYS_AT_MOST:
            raise FileError(f"'{path.name}' is too large: Netloom reads weights of up to 4 GB.")
        if is_archive:
            return _of_project(path)
        arrays = unpack_arrays(path.read_bytes(), f"'{path.name}'")
    except FileNotFoundError as error:
        raise FileError(f"There is no file '{path}'. Check the path.") from error
    except IsADirectoryError as error:
        raise FileError(f"'{path}' is a folder. Choose a file in it.") from error
    except OSError as error:
        raise FileError(f"'{path}' cannot be read: {error.strerror or error}.") from error
    return _checked(path, arrays, {})


def _of_project(path: Path) -> StoredWeights:
    project = load_project(path)
    if project.checkpoint is None:
        why = " ".join(project.notices)
        raise FileError(f"'{path.name}' holds no weights. {why}".strip())
    return _checked(path, project.checkpoint.weights, {node.id: node.title for node in project.design.graph.nodes})


def _checked(path: Path, arrays: Mapping[str, np.ndarray], titles: Mapping[str, str]) -> StoredWeights:
    if not arrays:
        raise FileError(f"'{path.name}' holds no weights.")
    for name, array in arrays.items():
        if array.dtype.kind != "f" or not np.isfinite(array).all():
            raise FileError(f"'{name}' in '{path.name}' holds values that are no finite numbers. Take another file.")
    return StoredWeights(arrays, titles)


def match_weights(plan: Plan, stored: StoredWeights) -> list[Match]:
    """For every array of a design the one to begin with: by the id of its layer, or else by its title."""
    by_title = {
        f"{stored.titles.get(node, node)}/{name}": f"{node}/{name}"
        for node, name in (full.rsplit("/", 1) for full in stored.arrays if "/" in full)
    }
    matches = []
    for name, shape in weight_shapes(plan).items():
        node_id, parameter = name.rsplit("/", 1)
        title = plan.nodes[node_id].node.title
        found = [n for n in (name, by_title.get(f"{title}/{parameter}", "")) if n in stored.arrays]
        fitting = [n for n in found if stored.arrays[n].shape == shape]
        source = next(iter(fitting or found), "")
        matches.append(Match(name, title, shape, source, stored.arrays[source].shape if source else ()))
    return matches


def first_weights(design: Design, matches: Iterable[Match], stored: StoredWeights) -> Checkpoint:
    """What a new run begins with: the arrays that fit; the rest is drawn anew. Raises DesignError when none fits."""
    fitting = [match for match in matches if match.fits]
    if not fitting:
        raise DesignError("No weight of the file fits this design: neither names nor titles with the same shape.")
    dtype = design.training.dtype
    weights = {match.name: stored.arrays[match.source].astype(dtype) for match in fitting}
    return Checkpoint(0, 0, 0, design.training.seed, dtype, weights, partial=True)


# The head


def heads(plan: Plan) -> list[PlanNode]:
    """The last layer with parameters before each Output."""
    found = {}
    for output in plan.outputs:
        waiting = list(output.inputs)
        while waiting:
            node = plan.nodes[waiting.pop()]
            if node.parameters:
                found[node.id] = node
            else:
                waiting += node.inputs
    return list(found.values())


def with_new_head(graph: GraphSpec, data: PreparedData | None) -> tuple[GraphSpec, list[str]]:
    """A design for fine-tuning: the head learns anew, made for the data, and everything before it is frozen.

    Returns:
        The graph, and the ids of the heads. They are new ids, so that no weights of before belong to them.

    Raises:
        DesignError: the design has problems, or nothing before its Output can be trained.
    """
    plan = make_plan(graph).require()
    new = {node.id for node in heads(plan)}
    if not new:
        raise DesignError("There is no layer with weights before the Output. Add a Dense layer there.")
    fitted = fit_design(graph, data) if data is not None else graph
    nodes = tuple(
        node.model_copy(update={"frozen": node.id not in new}) if plan.nodes[node.id].parameters else node
        for node in fitted.nodes
    )
    changed, ids = fitted.model_copy(update={"nodes": nodes}), []
    for old in sorted(new):
        ids.append(changed.new_id(re.sub(r"_\d+$", "", old)))
        changed = _renamed(changed, old, ids[-1])
    return changed, ids


def _renamed(graph: GraphSpec, old: str, new: str) -> GraphSpec:
    """A node under another id: weights belong to ids, so that it begins anew, and Undo brings the old ones back."""
    nodes = tuple(node.model_copy(update={"id": new}) if node.id == old else node for node in graph.nodes)
    edges = tuple(
        Edge(source=new if e.source == old else e.source, target=new if e.target == old else e.target, port=e.port)
        for e in graph.edges
    )
    return graph.replace(nodes=nodes, edges=edges)
