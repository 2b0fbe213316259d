"""From a data set to the parts a network trains on and is judged by."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import ArrayLike

from engine.data.dataset import LARGEST, ColumnFact, Dataset, Target
from engine.data.errors import DataError, listed
from engine.data.loading import current_loading
from engine.data.outliers import REACH, Fences
from engine.data.pixels import Examples, Pixels
from engine.data.scaling import Scaling
from engine.data.selection import Layout, Pick, gather
from engine.data.settings import DataSettings
from engine.data.split import split


@dataclass(frozen=True, eq=False)
class Part:
    """The training, dev or test examples, filled and scaled: every number is finite."""

    rows: np.ndarray
    """Which rows of the data set these are, counted from 0."""
    inputs: dict[str, Examples]
    targets: dict[str, np.ndarray]
    input_layout: Layout
    target_layout: Layout

    @property
    def m(self) -> int:
        """Number of examples."""
        return len(self.rows)

    def input(self, source: str = "") -> Examples:
        """Inputs (m, *shape) by the name of an array, by columns ("age, fare") or by ranges ("0:2, 5").

        Images may be `Pixels`: take the rows that are wanted, since the whole would be copied.

        Raises:
            DataError: There is no such input; the message lists what there is.
        """
        picks = self.input_layout.find(source)
        whole = self.inputs[picks[0].array]
        return whole if isinstance(whole, Pixels) and picks[0].indices is None else gather(self.inputs, picks)

    def target(self, source: str = "") -> np.ndarray:
        """Targets: labels (m,) or values (m, k), by the name of a target or its columns. Raises DataError."""
        return gather(self.targets, self.target_layout.find(source))


@dataclass(frozen=True, eq=False)
class PreparedData:
    """The parts of a data set, and how its numbers were scaled."""

    parts: dict[str, Part]
    """Always "train"; "dev" and "test" where they were asked for."""
    targets: dict[str, Target]
    """Names and classes of the targets; the values are those of the whole data set in original units."""
    notices: tuple[str, ...]
    """Plain sentences on what was left out, filled or changed."""
    input_layout: Layout
    target_layout: Layout
    input_scaling: dict[str, Scaling]
    target_scaling: dict[str, Scaling]
    """Of value targets only."""
    table: tuple[ColumnFact, ...] = ()
    """For data from a table: every column of it, in its order."""
    gaps: dict[str, dict[int, np.ndarray]] = field(default_factory=dict)
    """For flat inputs by column: the rows of the data set whose value was missing and has been filled."""

    @property
    def train(self) -> Part:
        """The training part."""
        return self.parts["train"]

    @property
    def columns(self) -> dict[str, tuple[str, ...]]:
        """Names of the columns of flat inputs."""
        return self.input_layout.columns

    def column_names(self, source: str = "") -> tuple[str, ...]:
        """Names of the columns of an input; empty when it has none. Raises DataError."""
        return self.input_layout.column_names(self.input_layout.find(source))

    def input_shape(self, source: str = "") -> tuple[int, ...]:
        """Shape of one example of an input. Raises DataError."""
        return self.input_layout.shape(self.input_layout.find(source))

    def target_of(self, source: str = "") -> Target:
        """What a target is: kind, classes, columns; in original units. Raises DataError."""
        picks = self.target_layout.find(source)
        first = self.targets[picks[0].array]
        if len(picks) == 1 and picks[0].indices is None:
            return first
        values = gather({name: target.values for name, target in self.targets.items()}, picks)
        return replace(first, name=source.strip(), values=values, columns=self.target_layout.column_names(picks))

    def class_counts(self, part: str = "train", source: str = "") -> dict[str, int]:
        """Number of examples of each class in a part; empty for values. Raises DataError."""
        target = self.target_of(source)
        if target.kind == "values":
            return {}
        counts = np.bincount(self.parts[part].target(source), minlength=target.classes)
        return dict(zip(target.class_names, counts.tolist(), strict=True))

    def input_statistics(self, source: str = "") -> tuple[np.ndarray, np.ndarray]:
        """μ and σ of the last axis of an input; 0 and 1 where nothing was standardized. Raises DataError."""
        return _statistics(self.input_scaling, self.input_layout.find(source))

    def target_statistics(self, source: str = "") -> tuple[np.ndarray, np.ndarray]:
        """μ and σ of the values of a target. Raises DataError, for example for classes."""
        return _statistics(self.target_scaling, self._value_picks(source))

    def scale_input(self, raw: ArrayLike, source: str = "") -> np.ndarray:
        """Bring new rows (n, *shape) from original units to the scale the network learned; NaN is filled.

        Raises:
            DataError: There is no such input, or the rows do not have its shape.
        """
        rows = np.asarray(raw)
        rows = rows if np.issubdtype(rows.dtype, np.floating) else rows.astype(np.float64)
        picks = self.input_layout.find(source)
        shape = self.input_layout.shape(picks)
        if rows.shape[1:] != shape:
            raise DataError(f"Each row of the input '{source}' needs the shape {shape}, but has {rows.shape[1:]}.")
        return _scaling(self.input_scaling, picks).apply(rows)

    def unscale_input(self, scaled: ArrayLike, source: str = "") -> np.ndarray:
        """The inverse of `scale_input`: for the axes of a plot."""
        return _scaling(self.input_scaling, self.input_layout.find(source)).undo(np.asarray(scaled))

    def unscale_target(self, values: ArrayLike, source: str = "") -> np.ndarray:
        """Bring predicted values (n, k) back to original units; raises DataError for classes."""
        return _scaling(self.target_scaling, self._value_picks(source)).undo(np.asarray(values))

    def _value_picks(self, source: str) -> tuple[Pick, ...]:
        picks = self.target_layout.find(source)
        for pick in picks:
            if pick.array not in self.target_scaling:
                raise DataError(f"The target '{pick.array}' is a class: it has no units and no μ and σ.")
        return picks


def prepare(settings: DataSettings, dataset: Dataset | None = None) -> PreparedData:
    """Split, fill and scale. Everything that is computed from the data is computed from the training rows alone.

    Args:
        settings: What to do.
        dataset: The data, when it is loaded already; otherwise `settings.source` loads it.

    Raises:
        DataError: The data cannot be loaded or split, or holds numbers that are not finite.
    """
    data = settings.source.load() if dataset is None else dataset
    default = next(iter(data.targets.values()))
    stratified = settings.stratified and default.kind == "classes"
    rows, split_notices = _split(settings, data, default if stratified else None)
    notices = [*data.notices, *split_notices, *_unseen_classes(default, rows, stratified)]

    inputs, input_scaling, input_notices = _prepare_inputs(settings, data, rows)
    notices += input_notices

    targets: dict[str, dict[str, np.ndarray]] = {part: {} for part in rows}
    target_scaling = {}
    for name, target in data.targets.items():
        values = target.values
        if target.kind == "values":
            if np.isnan(values).any():
                row = int(np.argwhere(np.isnan(values))[0][0])
                raise DataError(
                    f"Row {row + 1} of the data (the first is 1) has no target '{name}'. Leave the row out."
                )
            _check_numbers(values, name, target.columns)
            scaling = Scaling.of(values[rows["train"]], settings.standardize_target, data.fill)
            target_scaling[name] = scaling
            values = scaling.apply(values)
        for part, index in rows.items():
            targets[part][name] = values[index]

    input_layout = Layout("input", {name: values.shape[1:] for name, values in data.inputs.items()}, dict(data.columns))
    target_layout = Layout(
        "target",
        {name: target.shape for name, target in data.targets.items()},
        {name: target.columns for name, target in data.targets.items()},
    )
    parts = {
        part: Part(index, inputs[part], targets[part], input_layout, target_layout) for part, index in rows.items()
    }
    return PreparedData(
        parts, dict(data.targets), tuple(notices), input_layout, target_layout, input_scaling, target_scaling,
        data.table, {name: _gaps(values) for name, values in data.inputs.items()},
    )  # fmt: skip


def _split(settings: DataSettings, data: Dataset, classes: Target | None) -> tuple[dict[str, np.ndarray], list[str]]:
    """Rows of each part; a test part that the data brings is kept, and the rest shared out to the others."""
    shares = {part: getattr(settings, part) for part in ("train", "dev", "test") if getattr(settings, part) > 0}
    if data.test_rows is None:
        return split(data.m, shares, settings.split_seed, classes)
    shares.pop("test", None)
    total = sum(shares.values())
    free = np.setdiff1d(np.arange(data.m), data.test_rows)
    classes = replace(classes, values=classes.values[free]) if classes is not None else None
    rows, notices = split(len(free), {part: s / total for part, s in shares.items()}, settings.split_seed, classes)
    return {part: free[index] for part, index in rows.items()} | {"test": data.test_rows}, notices


def _gaps(values: Examples) -> dict[int, np.ndarray]:
    """By column of a flat array: the rows without a value."""
    if isinstance(values, Pixels) or values.ndim != 2 or not np.issubdtype(values.dtype, np.floating):
        return {}
    missing = np.isnan(values)
    return {int(column): np.flatnonzero(missing[:, column]) for column in np.flatnonzero(missing.any(axis=0))}


def _prepare_inputs(
    settings: DataSettings, data: Dataset, rows: dict[str, np.ndarray]
) -> tuple[dict[str, dict[str, Examples]], dict[str, Scaling], list[str]]:
    """The inputs of each part, how they were scaled, and notices."""
    inputs: dict[str, dict[str, Examples]] = {part: {} for part in rows}
    scalings: dict[str, Scaling] = {}
    notices: list[str] = []
    for name, values in data.inputs.items():
        columns = data.columns.get(name, ())
        if isinstance(values, Pixels):
            scalings[name] = Scaling.none(values.shape[-1])
            for part, index in rows.items():
                inputs[part][name] = values.pick(index)
            continue
        values = values if np.issubdtype(values.dtype, np.floating) else values.astype(np.float32)
        current_loading().report(0.9, "Splitting and scaling")
        _check_numbers(values, name, columns)
        train, as_is, fences = values[rows["train"]], data.as_is.get(name), None
        if data.table and columns:
            fences = Fences.of(train, as_is)
            notices += _outlier_notices(fences.counts(values), columns, settings.outliers)
        clipping = fences if settings.outliers == "clip" else None
        scaling = scalings[name] = Scaling.of(train, settings.standardize, data.fill, as_is, clipping)
        notices += _scaling_notices(scaling, name, columns)
        for part, index in rows.items():
            inputs[part][name] = scaling.apply(values[index])
    return inputs, scalings, notices


def _check_numbers(values: np.ndarray, name: str, columns: tuple[str, ...]) -> None:
    # NaN is a missing value, and is filled; min and max tell in two passes without a mask whether there is more.
    finite = values[~np.isnan(values)] if np.isnan(values).any() else values
    if finite.size == 0 or (finite.max() <= LARGEST and finite.min() >= -LARGEST):
        return
    row, *place = np.argwhere(np.abs(values) > LARGEST)[0]
    where = f"column '{columns[place[-1]]}'" if columns else f"'{name}' at {tuple(int(i) for i in place)}"
    value = values[(row, *place)]
    raise DataError(
        f"Row {row + 1} of the data (the first is 1) has {value:g} in {where}: too large to calculate with. Correct it."
    )


def _unseen_classes(target: Target, rows: dict[str, np.ndarray], stratified: bool) -> list[str]:
    if target.kind == "values":
        return []
    notices = []
    # A stratified split has told already which classes are too few for every part.
    for part in ("train",) if stratified else tuple(rows):
        seen = np.bincount(target.values[rows[part]], minlength=target.classes)
        missing = [name for name, count in zip(target.class_names, seen, strict=True) if count == 0]
        if missing:
            name = {"train": "training"}.get(part, part)
            notices.append(f"The {name} part holds no row of the classes {listed(missing, 8)}.")
    return notices


def _outlier_notices(counts: np.ndarray, columns: tuple[str, ...], outliers: str) -> list[str]:
    found = sorted(((int(count), name) for name, count in zip(columns, counts, strict=True) if count), reverse=True)
    if not found:
        return []
    names = ", ".join(f"'{name}' {count:,}" for count, name in found[:5])
    more = f" and {len(found) - 5} more columns" if len(found) > 5 else ""
    done = "were clipped to that distance" if outliers == "clip" else "were kept"
    return [f"Outliers, more than {REACH:g} interquartile ranges beyond the quartiles: {names}{more}. They {done}."]


def _scaling_notices(scaling: Scaling, name: str, columns: tuple[str, ...]) -> list[str]:
    def those(entries: tuple[int, ...]) -> str:
        names = [columns[i] if columns else str(i) for i in entries]
        return f"Of '{name}', {'columns' if len(names) > 1 else 'column'} {listed(names, limit=5)}"

    notices = []
    if scaling.empty:
        notices.append(f"{those(scaling.empty)} had no value in the training part; every missing value became 0.")
    constant = tuple(i for i in scaling.constant if i not in scaling.empty)
    if constant:
        notices.append(f"{those(constant)} had the same value in every training row and became 0 there.")
    return notices


def _scaling(scalings: dict[str, Scaling], picks: tuple[Pick, ...]) -> Scaling:
    if len(picks) == 1 and picks[0].indices is None:
        return scalings[picks[0].array]
    mu, sigma = _statistics(scalings, picks)
    fill = gather({name: scaling.fill for name, scaling in scalings.items()}, picks)
    return Scaling(mu, sigma, fill, fences=_fences(scalings, picks))


def _fences(scalings: dict[str, Scaling], picks: tuple[Pick, ...]) -> Fences | None:
    if not any(scalings[pick.array].fences for pick in picks):
        return None
    known = {name: scaling.fences for name, scaling in scalings.items()}
    low = {name: f.low if f else np.full(len(scalings[name].mu), -np.inf) for name, f in known.items()}
    high = {name: f.high if f else np.full(len(scalings[name].mu), np.inf) for name, f in known.items()}
    return Fences(gather(low, picks), gather(high, picks))


def _statistics(scalings: dict[str, Scaling], picks: tuple[Pick, ...]) -> tuple[np.ndarray, np.ndarray]:
    mu = gather({name: scaling.mu for name, scaling in scalings.items()}, picks)
    return mu, gather({name: scaling.sigma for name, scaling in scalings.items()}, picks)
