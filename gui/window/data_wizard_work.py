"""What the data wizard computes: the whole data in the background, and the roles of columns as fields of a source."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from engine.data import DataError, Dataset, DataSettings, PreparedData, prepare
from engine.data.cache import DataCache
from engine.data.dataset import ColumnFact
from engine.data.loading import Loading
from engine.data.preview import Preview
from engine.data.table import find_names, join_names
from engine.data.table_source import TableSource

Role = Literal["input", "target", "left out"]

TARGET_NAMES = ("target", "label", "class", "y", "output", "outcome", "response")
"""Names by which a column says that it is the target."""


@dataclass(frozen=True, eq=False)
class Examined:
    """The data as it would be loaded."""

    settings: DataSettings
    dataset: Dataset
    prepared: PreparedData


def examine(settings: DataSettings, loading: Loading, cache: DataCache) -> Examined:
    """Load and prepare the data; runs in the background. Raises DataError, or LoadingCancelledError."""
    with loading.active():
        dataset = cache.load(settings.source)
        return Examined(settings, dataset, prepare(settings, dataset))


def first_rows(source: TableSource) -> Preview:
    """The first rows; runs in the background. Raises DataError."""
    return source.preview()


def guessed_target(header: Sequence[str]) -> str:
    """The column that is called what a target is called, or else the last."""
    named = [name for name in header if name.casefold() in TARGET_NAMES]
    return named[-1] if named else header[-1]


def roles_of(source: TableSource, header: Sequence[str], facts: Mapping[str, ColumnFact]) -> dict[str, Role]:
    """What each column is used as: what the source says, and where it says nothing what the data showed."""
    targets = _names(source.target, header) or header[-1:]
    kept, dropped = _names(source.columns, header), _names(source.drop, header)
    roles: dict[str, Role] = {}
    for name in header:
        if name in targets:
            roles[name] = "target"
        elif name in dropped or (kept and name not in kept):
            roles[name] = "left out"
        else:
            fact = facts.get(name)
            roles[name] = "left out" if fact is not None and fact.role == "left out" else "input"
    return roles


def with_role(
    source: TableSource,
    header: Sequence[str],
    facts: Mapping[str, ColumnFact],
    names: Collection[str],
    role: Role,
) -> TableSource:
    """The source with some columns used differently. Chosen targets replace the earlier ones; one always remains."""
    before = roles_of(source, header, facts)
    roles = dict(before)
    if role == "target":
        roles |= {name: "input" for name, old in before.items() if old == "target"}
    roles |= dict.fromkeys(names, role)
    targets = [name for name in header if roles[name] == "target"]
    if not targets:
        return source
    by_itself = {name for name in header if before[name] == "left out" and _left_out_by_itself(source, header, name)}
    inputs = [name for name in header if roles[name] == "input"]
    # Whoever wants a column in that would be left out by itself has to list all that are wanted.
    if _names(source.columns, header) or by_itself & set(inputs):
        return source.replace(target=join_names(targets), columns=join_names(inputs), drop="")
    dropped = [name for name in header if roles[name] == "left out" and name not in by_itself]
    return source.replace(target=join_names(targets), columns="", drop=join_names(dropped))


def _left_out_by_itself(source: TableSource, header: Sequence[str], name: str) -> bool:
    return not source.columns and name not in _names(source.drop, header)


def _names(text: str, header: Sequence[str]) -> tuple[str, ...]:
    try:
        return find_names(text, header, "", "")
    except DataError:
        return ()  # loading says what is wrong
