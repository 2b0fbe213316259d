"""How good predictions are: the figures and curves of a classification or a regression. Only numbers in, numbers out.

Every function takes an empty part, a part with one class only, and ties; what is not defined then is nan.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

Averages = dict[str, tuple[float, float, float]]


def confusion_matrix(truth: np.ndarray, predicted: np.ndarray, classes: int) -> np.ndarray:
    """Counts (C, C) as int64: entry (i, j) is the number of examples of class i that were taken for class j."""
    pairs = np.asarray(truth, np.int64) * classes + np.asarray(predicted, np.int64)
    return np.bincount(pairs, minlength=classes * classes).reshape(classes, classes)


@dataclass(frozen=True, eq=False, slots=True)
class ClassReport:
    """Precision, recall and F1 of each of C classes, and their averages. Source: course 3, week 1."""

    precision: np.ndarray
    """(C,): of the examples taken for the class, the share that belongs to it; 0 where none was."""
    recall: np.ndarray
    """(C,): of the examples of the class, the share that was found; 0 where there is none."""
    f1: np.ndarray
    """(C,): their harmonic mean, 2PR/(P + R)."""
    support: np.ndarray
    """(C,): examples of the class."""
    predicted: np.ndarray
    """(C,): examples taken for the class."""
    accuracy: float
    averages: Averages
    """Precision, recall and F1 by name: "macro" counts every class alike, "weighted" by its examples, and "micro"
    counts every example alike, which for one class per example is the accuracy."""


def class_report(truth: np.ndarray, predicted: np.ndarray, classes: int) -> ClassReport:
    """Figures per class from labels (m,) and predicted labels (m,), without a matrix of all pairs of classes."""
    truth, predicted = np.asarray(truth, np.int64), np.asarray(predicted, np.int64)
    right = np.bincount(truth[truth == predicted], minlength=classes)
    support, taken = np.bincount(truth, minlength=classes), np.bincount(predicted, minlength=classes)
    precision, recall = _ratio(right, taken), _ratio(right, support)
    f1 = _ratio(2 * right, support + taken)
    m = len(truth)
    accuracy = float(right.sum() / m) if m else float("nan")
    figures = (precision, recall, f1)
    weights = support / m if m else np.full(classes, np.nan)
    averages = {
        "macro": _triple(figure.mean() for figure in figures),
        "weighted": _triple((figure * weights).sum() for figure in figures),
        "micro": (accuracy, accuracy, accuracy),
    }
    return ClassReport(precision, recall, f1, support, taken, accuracy, averages)


@dataclass(frozen=True, eq=False, slots=True)
class Curve:
    """Points of a curve, from the highest threshold to the lowest: at each, examples with a score ≥ it count as yes."""

    x: np.ndarray
    y: np.ndarray
    thresholds: np.ndarray
    area: float
    """Area under the ROC curve, or average precision; nan where it is not defined."""


def roc_curve(truth: np.ndarray, scores: np.ndarray) -> Curve:
    """The receiver operating characteristic: true positive rate over false positive rate.

    Args:
        truth: (m,) truth values.
        scores: (m,) numbers, larger for a surer yes; equal ones are one step.

    Returns:
        The curve from (0, 0), at the threshold ∞, to (1, 1); a rate is nan where there is nothing to take it of. Its
        area, by trapezia, is the chance that a yes scores higher than a no (Hanley and McNeil 1982).
    """
    yes, no, thresholds = _counts(truth, scores)
    yes, no = np.concatenate([[0], yes]), np.concatenate([[0], no])
    x, y = _share(no, no[-1]), _share(yes, yes[-1])
    area = float(np.sum(np.diff(x) * (y[1:] + y[:-1]) / 2)) if yes[-1] and no[-1] else float("nan")
    return Curve(x, y, np.concatenate([[np.inf], thresholds]), area)


def precision_recall_curve(truth: np.ndarray, scores: np.ndarray) -> Curve:
    """Precision over recall.

    Args:
        truth: (m,) truth values.
        scores: (m,) numbers, larger for a surer yes.

    Returns:
        The curve from recall 0 with precision 1, at the threshold ∞, down to the lowest score. Its area is the average
        precision Σ (Rₙ − Rₙ₋₁) Pₙ, which does not interpolate.
    """
    yes, no, thresholds = _counts(truth, scores)
    total = yes[-1] if len(yes) else 0
    precision = np.concatenate([[1.0], _ratio(yes, yes + no)])
    recall = np.concatenate([[0.0], _share(yes, total)])
    area = float(np.sum(np.diff(recall) * precision[1:])) if total else float("nan")
    return Curve(recall, precision, np.concatenate([[np.inf], thresholds]), area)


def thinned(curve: Curve, most: int = 1_000) -> Curve:
    """The same curve to the eye: without points on straight lines, then with about so many points at most."""
    x, y = curve.x, curve.y
    if len(x) > 2:
        bends = np.diff(x, 2).round(12).astype(bool) | np.diff(y, 2).round(12).astype(bool)
        kept = np.flatnonzero(np.concatenate([[True], bends, [True]]))
    else:
        kept = np.arange(len(x))
    if len(kept) > most:
        kept = kept[np.unique(np.linspace(0, len(kept) - 1, most).round().astype(int))]
    return Curve(x[kept], y[kept], curve.thresholds[kept], curve.area)


@dataclass(frozen=True, eq=False, slots=True)
class Calibration:
    """How often what is predicted with probability p is so, by bins of equal width."""

    predicted: np.ndarray
    """(bins,) mean probability; nan in an empty bin."""
    observed: np.ndarray
    """(bins,) share that is so; nan in an empty bin."""
    counts: np.ndarray
    error: float
    """Expected calibration error: the mean over the examples of |observed − predicted| of their bins (Guo 2017)."""


def calibration(truth: np.ndarray, probabilities: np.ndarray, bins: int = 10) -> Calibration:
    """Compare probabilities (m,) with truth values (m,); a bin takes its upper end, the first its lower end too."""
    p = np.asarray(probabilities, np.float64)
    index = np.searchsorted(np.linspace(0, 1, bins + 1)[1:-1], p)
    counts = np.bincount(index, minlength=bins)
    predicted = _share(np.bincount(index, weights=p, minlength=bins), counts)
    observed = _share(np.bincount(index, weights=np.asarray(truth, np.float64), minlength=bins), counts)
    m = len(p)
    error = float(np.nansum(np.abs(observed - predicted) * counts) / m) if m else float("nan")
    return Calibration(predicted, observed, counts, error)


@dataclass(frozen=True, slots=True)
class ErrorFigures:
    """How far predicted values are from the true ones, in the unit of the target; all nan for an empty part."""

    mae: float
    """Mean absolute error."""
    rmse: float
    """Root of the mean squared error."""
    r2: float
    """1 − Σ(y − ŷ)²/Σ(y − ȳ)²; 0 where all true values are equal, nan for fewer than two examples."""
    bias: float
    """Mean of ŷ − y."""
    median: float
    """Median absolute error."""
    largest: float
    """Largest absolute error."""
    spread: float
    """Standard deviation of ŷ − y."""


def error_figures(truth: np.ndarray, predicted: np.ndarray) -> ErrorFigures:
    """Figures of a regression from true values (m,) and predicted values (m,)."""
    y = np.asarray(truth, np.float64)
    error = np.asarray(predicted, np.float64) - y
    if not len(y):
        return ErrorFigures(*[float("nan")] * 7)
    squares, total = float(np.square(error).sum()), float(np.square(y - y.mean()).sum())
    r2 = float("nan") if len(y) < 2 else 1 - squares / total if total > 0 else 0.0
    size = np.abs(error)
    return ErrorFigures(
        float(size.mean()), (squares / len(y)) ** 0.5, r2,
        float(error.mean()), float(np.median(size)), float(size.max()), float(error.std()),
    )  # fmt: skip


def _counts(truth: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """By falling distinct scores: how many yes and no have at least this score, and the score."""
    truth, scores = np.asarray(truth, bool), np.asarray(scores)
    if not len(scores):
        return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)
    order = np.argsort(-scores, kind="stable")
    truth, scores = truth[order], scores[order]
    last = np.concatenate([np.flatnonzero(np.diff(scores)), [len(scores) - 1]])
    yes = np.cumsum(truth)[last]
    return yes, last + 1 - yes, scores[last]


def _ratio(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """a / b, with 0 where b is 0."""
    return np.divide(a, b, out=np.zeros(len(a)), where=b != 0)


def _share(a: np.ndarray, b: np.ndarray | int) -> np.ndarray:
    """a / b, with nan where b is 0."""
    return np.divide(a, b, out=np.full(len(a), np.nan), where=np.broadcast_to(b, np.shape(a)) != 0)


def _triple(values: object) -> tuple[float, float, float]:
    first, second, third = (float(value) for value in values)  # type: ignore[attr-defined]
    return first, second, third
