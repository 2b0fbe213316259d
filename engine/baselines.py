"""Baselines: what classical methods make of the same examples, prepared and judged as those of a network.

scikit-learn does the work; it is imported when a baseline is fitted, not before.
"""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from engine.data import PreparedData
from engine.data.describing import column_groups
from engine.events import Metrics
from engine.layers.ends import Input, Output
from engine.losses.basic import MeanSquaredError
from engine.plan import PlanNode

MOST_NUMBERS = 20_000_000
"""Rows times columns that a baseline is fitted on; of wider data fewer rows are taken."""
JUDGED = 20_000
"""Examples of a part that a baseline is judged by."""
SEED = 0
THREADS = max(1, (os.cpu_count() or 2) // 2)
"""Of a fit; a network may be training beside it."""


class Baseline:
    """A method of scikit-learn. A new one is a class with a name and two estimators, in `BASELINES`."""

    name: ClassVar[str] = ""
    names: ClassVar[tuple[str, str]] = ("", "")
    """Where it is called differently for classes and for values."""
    help: ClassVar[str] = ""
    most_rows: ClassVar[int] = 1_000_000
    """More examples would take too long: it is then fitted on a sample."""
    most_classes: ClassVar[int] = 1_000
    several: ClassVar[bool] = False
    """It predicts several numbers at once by itself."""

    @staticmethod
    def classifier(m: int) -> Any:
        """An estimator of classes for m examples."""
        raise NotImplementedError

    @staticmethod
    def regressor(m: int) -> Any:
        """An estimator of values for m examples."""
        raise NotImplementedError

    @classmethod
    def title(cls, task: str) -> str:
        """Its name for a task."""
        return cls.name or cls.names[task == "values"]


class Linear(Baseline):
    """A Dense layer without hidden layers before it."""

    names = ("Logistic regression", "Linear regression")
    help = "One weight for each column and a bias: a network without hidden layers"
    most_rows = 200_000

    @staticmethod
    def classifier(m: int) -> Any:
        from sklearn.linear_model import LogisticRegression

        return LogisticRegression(max_iter=1000)

    @staticmethod
    def regressor(m: int) -> Any:
        from sklearn.linear_model import LinearRegression

        return LinearRegression()


class Neighbours(Baseline):
    """The five examples that are nearest."""

    name = "k-nearest neighbours"
    help = "The majority, or the mean, of the 5 training examples that are nearest"
    most_rows = 20_000
    several = True

    @staticmethod
    def classifier(m: int) -> Any:
        from sklearn.neighbors import KNeighborsClassifier

        return KNeighborsClassifier(min(5, m))

    @staticmethod
    def regressor(m: int) -> Any:
        from sklearn.neighbors import KNeighborsRegressor

        return KNeighborsRegressor(min(5, m))


class SupportVectors(Baseline):
    """A support vector machine with a Gaussian kernel."""

    name = "SVM"
    help = "Support vector machine: the widest margin, with a Gaussian kernel (C = 1)"
    most_rows = 10_000
    most_classes = 100

    @staticmethod
    def classifier(m: int) -> Any:
        from sklearn.svm import SVC

        return SVC()

    @staticmethod
    def regressor(m: int) -> Any:
        from sklearn.svm import SVR

        return SVR()


class Forest(Baseline):
    """Trees on random samples and columns, averaged."""

    name = "Random forest"
    help = "The mean of 100 decision trees, each grown on a random sample of the examples"
    most_rows = 100_000
    most_classes = 200
    several = True

    @staticmethod
    def classifier(m: int) -> Any:
        from sklearn.ensemble import RandomForestClassifier

        return RandomForestClassifier(100, random_state=SEED)

    @staticmethod
    def regressor(m: int) -> Any:
        from sklearn.ensemble import RandomForestRegressor

        return RandomForestRegressor(100, random_state=SEED)


class Boosting(Baseline):
    """Trees one after the other, each for the errors of those before."""

    name = "Gradient boosting"
    help = "Up to 100 small decision trees one after the other, each for the errors of those before it"
    most_classes = 50

    @staticmethod
    def classifier(m: int) -> Any:
        from sklearn.ensemble import HistGradientBoostingClassifier

        return HistGradientBoostingClassifier(random_state=SEED)

    @staticmethod
    def regressor(m: int) -> Any:
        from sklearn.ensemble import HistGradientBoostingRegressor

        return HistGradientBoostingRegressor(random_state=SEED)


BASELINES: tuple[type[Baseline], ...] = (Linear, Neighbours, SupportVectors, Forest, Boosting)


@dataclass(frozen=True, slots=True)
class Question:
    """What an output of a network is to predict from which inputs: the same for a baseline."""

    inputs: tuple[str, ...]
    """Sources of the Inputs."""
    target: str
    """Source of the Output."""
    task: str
    """"classes" for labels (m,), "binary" for k columns of 0 and 1, "values" for k numbers."""
    prefix: str = ""
    """Before the names of metrics, where a network has several outputs."""

    @classmethod
    def of(cls, inputs: Sequence[PlanNode], outputs: Sequence[PlanNode], index: int = 0) -> Question:
        """What one output of a network is asked."""
        node = outputs[index]
        assert isinstance(node.layer, Output)
        sources = tuple(dict.fromkeys(i.layer.source for i in inputs if isinstance(i.layer, Input)))
        prefix = f"{node.id}/" if len(outputs) > 1 else ""
        return cls(sources, node.layer.source, node.layer.loss.task, prefix)


@dataclass(frozen=True, eq=False, slots=True)
class Examples:
    """Arrays for one baseline after the other; plain, so that another process can have them."""

    task: str
    classes: int
    parts: dict[str, tuple[np.ndarray, np.ndarray]]
    """X (m, n) as the network gets it, and Y: labels (m,), or (m, k) of 0 and 1 or of scaled values."""
    scale: tuple[np.ndarray, np.ndarray]
    """μ and σ of values, for errors in original units."""
    groups: tuple[tuple[str, tuple[int, ...]], ...] = ()
    """Columns of X that belong together, by name; for the importance."""


@dataclass(frozen=True, slots=True)
class Fit:
    """What came of a baseline."""

    name: str
    parts: dict[str, Metrics] = field(default_factory=dict)
    """Metrics by part, named as those of `engine.feed.evaluate`."""
    seconds: float = 0.0
    note: str = ""
    """What was left out, or why there is nothing."""
    importance: tuple[tuple[str, float], ...] = ()
    """Of a forest, by column: the share of all decrease in impurity that splits by it brought; the sum is 1."""


def examples_of(data: PreparedData, question: Question) -> Examples:
    """The examples as the network gets them: same parts, same filling, same scale. Raises DataError."""
    target = data.target_of(question.target)
    parts = {}
    for name, part in data.parts.items():
        if part.m:
            x = [part.input(source).reshape(part.m, -1) for source in question.inputs]
            parts[name] = (x[0] if len(x) == 1 else np.concatenate(x, axis=1), part.target(question.target))
    width = parts["train"][0].shape[1]
    task, classes, scale = question.task, 0, (np.zeros(1), np.ones(1))
    if target.kind == "classes":
        task = "values" if question.task == "values" else "classes"
        classes = target.classes
    elif task == "values":
        scale = data.target_statistics(question.target)
    else:
        task = "binary"
        mu, sigma = data.target_statistics(question.target)
        parts = {name: (x, (y * sigma + mu > 0.5).astype(np.int64)) for name, (x, y) in parts.items()}
    if task in ("values", "binary"):
        parts = {name: (x, y.reshape(len(y), -1)) for name, (x, y) in parts.items()}
    return Examples(task, classes, parts, scale, _groups(data, question, width))


def _groups(data: PreparedData, question: Question, width: int) -> tuple[tuple[str, tuple[int, ...]], ...]:
    """Names of the columns of X; those of one text column belong together."""
    heads: dict[tuple[str, int], str] = {}
    for array, shape in data.input_layout.shapes.items():
        if len(shape) == 1:
            heads |= {(array, i): name for name, columns, _ in column_groups(data, array) for i in columns}
    found: dict[str, list[int]] = {}
    place = 0
    for source in question.inputs:
        for pick in data.input_layout.find(source):
            shape = data.input_layout.shapes[pick.array]
            own = range(int(np.prod(shape))) if pick.indices is None else pick.indices
            for i in own:
                name = heads.get((pick.array, i)) or f"{pick.array}[{', '.join(map(str, np.unravel_index(i, shape)))}]"
                found.setdefault(name, []).append(place)
                place += 1
    assert place == width
    return tuple((name, tuple(columns)) for name, columns in found.items())


def fit(kind: type[Baseline], examples: Examples) -> Fit:
    """Fit a baseline on the training part and judge it by every part."""
    title = kind.title(examples.task)
    if examples.task == "classes" and examples.classes > kind.most_classes:
        return Fit(title, note=f"Left out: {examples.classes:,} classes would take too long.")
    x, y = examples.parts["train"]
    rows = _sample(len(x), min(kind.most_rows, max(MOST_NUMBERS // x.shape[1], 100)))
    notes = [f"Fitted on a sample of {len(rows):,} of {len(x):,} examples."] if len(rows) < len(x) else []
    if examples.task != "values" and len(np.unique(y[rows])) < 2:
        return Fit(title, note="The training part holds one class only, so there is nothing to learn.")
    from threadpoolctl import threadpool_limits

    try:
        estimator = _estimator(kind, examples, len(rows))
        begun = time.perf_counter()
        with warnings.catch_warnings(record=True) as caught, threadpool_limits(THREADS):
            warnings.simplefilter("always")
            estimator.fit(x[rows], y[rows, 0] if _is_single(y) else y[rows])
    except ValueError as error:
        return Fit(title, note=f"It could not be fitted: {str(error).partition(chr(10))[0]}")
    seconds = time.perf_counter() - begun
    if any("ConvergenceWarning" in item.category.__name__ for item in caught):
        notes.append("It stopped before it had converged.")
    parts = {}
    for name, (own, truth) in examples.parts.items():
        judged = rows[:JUDGED] if name == "train" else _sample(len(own), JUDGED)
        parts[name] = _metrics(estimator.predict(own[judged]), truth[judged], examples)
    largest = max(len(own) for name, (own, _) in examples.parts.items() if name != "train" or len(examples.parts) == 1)
    if largest > JUDGED:
        notes.append(f"Judged by {JUDGED:,} examples of a part.")
    return Fit(title, parts, seconds, " ".join(notes), _importance(estimator, examples))


def _is_single(y: np.ndarray) -> bool:
    return y.ndim == 2 and y.shape[1] == 1


def _estimator(kind: type[Baseline], examples: Examples, m: int) -> Any:
    values = examples.task == "values"
    made = kind.regressor(m) if values else kind.classifier(m)
    y = examples.parts["train"][1]
    if y.ndim == 1 or _is_single(y) or kind.several or (values and kind is Linear):
        return made
    from sklearn.multioutput import MultiOutputClassifier, MultiOutputRegressor

    return MultiOutputRegressor(made) if values else MultiOutputClassifier(made)


def _sample(m: int, most: int) -> np.ndarray:
    return np.arange(m) if m <= most else np.sort(np.random.default_rng(SEED).choice(m, most, replace=False))


def _metrics(predicted: np.ndarray, truth: np.ndarray, examples: Examples) -> Metrics:
    predicted = np.asarray(predicted).reshape(truth.shape)
    if examples.task != "values":
        return {"accuracy": float((predicted == truth).mean())}
    mu, sigma = examples.scale
    return MeanSquaredError().metrics(predicted * sigma + mu, truth * sigma + mu)


def _importance(estimator: Any, examples: Examples) -> tuple[tuple[str, float], ...]:
    shares = getattr(estimator, "feature_importances_", None)
    if shares is None:
        return ()
    summed = [(name, float(shares[list(columns)].sum())) for name, columns in examples.groups]
    return tuple(sorted(summed, key=lambda pair: -pair[1]))
