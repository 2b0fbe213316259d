"""Layered drawing of a graph (after Sugiyama): columns by longest path, few crossings, straight wires. Pure Python.

The graph is laid out from left to right; `tidy` turns the picture for a layout from the top down. Long wires get a
place of their own in every column they pass, so that they run beside the nodes, not behind them.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

SWEEPS = 10
STRAIGHTENING = 14
MOST_BENDS = 20_000
"""With more places of passing wires than this, long wires go straight through; only the speed is at stake."""
LANE = 24.0
"""Height of the place of a passing wire."""

Key = Hashable


class CancelledError(Exception):
    """The layout was cancelled."""


@dataclass(frozen=True, slots=True)
class Extent:
    """Size of a node, measured across the flow from the line on which its wires leave."""

    before: float
    after: float
    along: float


@dataclass(slots=True)
class _Layers:
    """Columns of keys; passing wires are keys of their own."""

    columns: list[list[Key]]
    left: dict[Key, list[Key]] = field(default_factory=dict)
    right: dict[Key, list[Key]] = field(default_factory=dict)
    passing: set[Key] = field(default_factory=set)


def layered(
    extents: dict[str, Extent],
    edges: Sequence[tuple[str, str]],
    gap_along: float,
    gap_across: float,
    cancelled: Callable[[], bool] = lambda: False,
) -> dict[str, tuple[float, float]]:
    """Where each node goes: along the flow (its near side) and across it (the line on which its wires leave).

    Unconnected parts come one below the other. Raises CancelledError soon after `cancelled` says so.
    """
    forward = _without_cycles(list(extents), edges)
    places: dict[str, tuple[float, float]] = {}
    below = 0.0
    for part in _components(list(extents), forward):
        inside = set(part)
        layers = _layers(part, [edge for edge in forward if edge[0] in inside])
        _order(layers, cancelled)
        across = _straighten(layers, extents, gap_across, cancelled)
        top = min(across[node] - extents[node].before for node in part)
        bottom = max(across[node] + extents[node].after for node in part)
        along = 0.0
        for column in layers.columns:
            nodes = [key for key in column if isinstance(key, str)]
            for node in nodes:
                places[node] = (along, round(2 * (across[node] - top)) / 2 + below)
            along += max((extents[node].along for node in nodes), default=0.0) + gap_along
        below += round(bottom - top + 2 * gap_across)
    return places


def _without_cycles(nodes: list[str], edges: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Every wire once, and those that close a cycle turned around."""
    followers: dict[str, list[str]] = {node: [] for node in nodes}
    for source, target in dict.fromkeys(edges):
        if source != target and source in followers and target in followers:
            followers[source].append(target)
    done: set[str] = set()
    open_: dict[str, None] = {}
    result: dict[tuple[str, str], None] = {}
    for start in nodes:
        stack = [(start, iter(followers[start]))] if start not in done else []
        open_.update(dict.fromkeys([start] if stack else []))
        while stack:
            node, rest = stack[-1]
            target = next(rest, None)
            if target is None:
                stack.pop()
                open_.pop(node)
                done.add(node)
            elif target in open_:
                result[target, node] = None
            else:
                result[node, target] = None
                if target not in done:
                    open_[target] = None
                    stack.append((target, iter(followers[target])))
    return list(result)


def _components(nodes: list[str], edges: list[tuple[str, str]]) -> list[list[str]]:
    """Nodes that hang together, each part in the given order."""
    parent = {node: node for node in nodes}

    def root(node: str) -> str:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for source, target in edges:
        parent[root(source)] = root(target)
    parts: dict[str, list[str]] = {}
    for node in nodes:
        parts.setdefault(root(node), []).append(node)
    return list(parts.values())


def _layers(nodes: list[str], edges: list[tuple[str, str]]) -> _Layers:
    """Columns by longest path; what has no input stands right before what it feeds."""
    followers: dict[str, list[str]] = {node: [] for node in nodes}
    sources: dict[str, list[str]] = {node: [] for node in nodes}
    for source, target in edges:
        followers[source].append(target)
        sources[target].append(source)
    waiting = {node: len(sources[node]) for node in nodes}
    ready, rank = [node for node in nodes if not waiting[node]], dict.fromkeys(nodes, 0)
    for node in ready:
        for target in followers[node]:
            rank[target] = max(rank[target], rank[node] + 1)
            waiting[target] -= 1
            if not waiting[target]:
                ready.append(target)
    for node in nodes:
        if not sources[node] and followers[node]:
            rank[node] = min(rank[target] for target in followers[node]) - 1
    layers = _Layers([[] for _ in range(max(rank.values(), default=0) + 1)])
    for node in ready:
        layers.columns[rank[node]].append(node)
    bends = sum(rank[target] - rank[source] - 1 for source, target in edges)
    for index, (source, target) in enumerate(edges):
        chain: list[Key] = [source]
        if bends <= MOST_BENDS:
            for column in range(rank[source] + 1, rank[target]):
                passing = (index, column)
                layers.passing.add(passing)
                layers.columns[column].append(passing)
                chain.append(passing)
        elif rank[target] - rank[source] > 1:
            continue
        chain.append(target)
        for a, b in pairwise(chain):
            layers.right.setdefault(a, []).append(b)
            layers.left.setdefault(b, []).append(a)
    _begin_at_the_ends(layers, [node for node in nodes if not followers[node]])
    return layers


def _begin_at_the_ends(layers: _Layers, ends: list[str]) -> None:
    """A first order of the columns: backwards from the ends, what feeds an upper port above what feeds a lower one."""
    columns: list[list[Key]] = [[] for _ in layers.columns]
    column_of = {key: index for index, column in enumerate(layers.columns) for key in column}
    seen: set[Key] = set()
    waiting: list[Key] = list(reversed(ends))
    while waiting:
        key = waiting.pop()
        if key not in seen:
            seen.add(key)
            columns[column_of[key]].append(key)
            waiting.extend(reversed(layers.left.get(key, [])))
    for column, before in zip(columns, layers.columns, strict=True):
        column += [key for key in before if key not in seen]
    layers.columns = columns


def _order(layers: _Layers, cancelled: Callable[[], bool]) -> None:
    """Sort every column by the medians of its neighbours, back and forth; the order with fewest crossings stays."""
    columns = layers.columns
    best, fewest = [list(column) for column in columns], _crossings(layers)
    for sweep in range(SWEEPS):
        if not fewest:
            break
        if cancelled():
            raise CancelledError
        rightwards = sweep % 2 == 0
        neighbours = layers.left if rightwards else layers.right
        pairs = range(1, len(columns)) if rightwards else range(len(columns) - 2, -1, -1)
        for index in pairs:
            beside = columns[index - 1 if rightwards else index + 1]
            place = {key: number for number, key in enumerate(beside)}
            columns[index] = _by_median(columns[index], neighbours, place)
        count = _crossings(layers)
        if count < fewest:
            best, fewest = [list(column) for column in columns], count
    layers.columns = best


def _by_median(column: list[Key], neighbours: dict[Key, list[Key]], place: dict[Key, int]) -> list[Key]:
    """The column in the order of the medians; what has no neighbours there keeps its place."""
    wanted = {key: median(place[n] for n in neighbours[key]) for key in column if neighbours.get(key)}
    free = iter(sorted(wanted, key=lambda key: wanted[key]))
    return [next(free) if key in wanted else key for key in column]


def _crossings(layers: _Layers) -> int:
    """How many pairs of wires cross between neighbouring columns."""
    total = 0
    for column, beside in pairwise(layers.columns):
        place = {key: number for number, key in enumerate(beside)}
        seen: list[int] = []
        for key in column:
            ends = sorted(place[n] for n in layers.right.get(key, ()))
            total += sum(len(seen) - bisect_right(seen, end) for end in ends)
            for end in ends:
                insort(seen, end)
    return total


def _straighten(
    layers: _Layers, extents: dict[str, Extent], gap: float, cancelled: Callable[[], bool]
) -> dict[Key, float]:
    """Places across the flow: each near the middle of its neighbours, none too near to the next."""
    lane = Extent(LANE / 2, LANE / 2, 0.0)

    def extent(key: Key) -> Extent:
        return extents[key] if isinstance(key, str) else lane

    apart: list[list[float]] = []
    across: dict[Key, float] = {}
    for column in layers.columns:
        distances = [0.0]
        for a, b in pairwise(column):
            quiet = a in layers.passing or b in layers.passing
            distances.append(extent(a).after + extent(b).before + (gap / 2 if quiet else gap))
        apart.append(distances)
        at = 0.0
        for key, distance in zip(column, distances, strict=True):
            at += distance
            across[key] = at
        for key in column:
            across[key] -= at / 2
    last = len(layers.columns) - 1
    for sweep in range(STRAIGHTENING):
        if cancelled():
            raise CancelledError
        order = range(last + 1) if sweep % 2 == 0 else range(last, -1, -1)
        for index in order:
            column = layers.columns[index]
            sides = [layers.left] if sweep % 2 == 0 else [layers.right]
            if sweep >= STRAIGHTENING - 4:
                sides = [layers.left, layers.right]
            wanted = [_wanted(key, sides, across, layers.passing) for key in column]
            weights = [_weight(key, layers.passing) for key in column]
            across.update(zip(column, _spread(wanted, weights, apart[index]), strict=True))
    return across


def _weight(key: Key, passing: set[Key]) -> float:
    """How much a key keeps to its place: nodes give way to the wires that pass them."""
    return 1000.0 if key in passing else 1.0


def _wanted(key: Key, sides: list[dict[Key, list[Key]]], across: dict[Key, float], passing: set[Key]) -> float:
    """The median of the neighbours. A wire that passes counts most: wires are drawn straight from end to end, so both
    ends stand in its row, and what it passes stands beside it."""
    places: list[float] = []
    for side in sides:
        for neighbour in side.get(key, ()):
            places += [across[neighbour]] * (3 if neighbour in passing else 1)
    return median(places) if places else across[key]


def _spread(wanted: list[float], weights: list[float], apart: list[float]) -> list[float]:
    """The places nearest to the wanted ones in this order, with these distances (isotonic regression)."""
    offsets, at = [], 0.0
    for distance in apart:
        at += distance
        offsets.append(at)
    blocks: list[tuple[float, float, int]] = []
    for want, weight, offset in zip(wanted, weights, offsets, strict=True):
        mean, total, count = want - offset, weight, 1
        while blocks and blocks[-1][0] > mean:
            before, more, number = blocks.pop()
            mean = (before * more + mean * total) / (more + total)
            total, count = total + more, count + number
        blocks.append((mean, total, count))
    places = [mean for mean, _, count in blocks for _ in range(count)]
    return [place + offset for place, offset in zip(places, offsets, strict=True)]
