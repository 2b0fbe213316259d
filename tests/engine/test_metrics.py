"""The figures of classification and regression, against scikit-learn and by hand."""

from __future__ import annotations

import numpy as np
import pytest

from engine import metrics

sklearn = pytest.importorskip("sklearn.metrics", reason="the reference to compare with")
EXACT = 1e-12


def labels(m: int, classes: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    truth = random.integers(0, classes, m)
    return truth, np.where(random.random(m) < 0.6, truth, random.integers(0, classes, m))


@pytest.mark.parametrize(("m", "classes"), [(50, 2), (200, 7), (3, 5), (1, 3)])
def test_matrix_and_class_figures_are_those_of_scikit_learn(m, classes):
    truth, predicted = labels(m, classes)
    everything = list(range(classes))
    assert np.array_equal(
        metrics.confusion_matrix(truth, predicted, classes),
        sklearn.confusion_matrix(truth, predicted, labels=everything),
    )
    report = metrics.class_report(truth, predicted, classes)
    p, r, f, support = sklearn.precision_recall_fscore_support(truth, predicted, labels=everything, zero_division=0)
    for ours, theirs in ((report.precision, p), (report.recall, r), (report.f1, f), (report.support, support)):
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=EXACT)
    for average in ("macro", "weighted", "micro"):
        wanted = sklearn.precision_recall_fscore_support(
            truth, predicted, labels=everything, average=average, zero_division=0
        )
        np.testing.assert_allclose(report.averages[average], wanted[:3], rtol=0, atol=EXACT)
    assert report.accuracy == pytest.approx(sklearn.accuracy_score(truth, predicted), abs=EXACT)


def scores(kind: str) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(1)
    truth = random.random(300) < 0.3
    values = random.normal(size=300) + truth
    return truth, {"distinct": values, "ties": values.round(), "all equal": np.full(300, 0.5)}[kind]


@pytest.mark.parametrize("kind", ["distinct", "ties", "all equal"])
def test_curves_are_those_of_scikit_learn(kind):
    truth, values = scores(kind)
    curve = metrics.roc_curve(truth, values)
    x, y, thresholds = sklearn.roc_curve(truth, values, drop_intermediate=False)
    np.testing.assert_allclose(curve.x, x, rtol=0, atol=EXACT)
    np.testing.assert_allclose(curve.y, y, rtol=0, atol=EXACT)
    np.testing.assert_array_equal(curve.thresholds, thresholds)
    assert curve.area == pytest.approx(sklearn.roc_auc_score(truth, values), abs=EXACT)
    curve = metrics.precision_recall_curve(truth, values)
    precision, recall, thresholds = sklearn.precision_recall_curve(truth, values)
    np.testing.assert_allclose(curve.y, precision[::-1], rtol=0, atol=EXACT)
    np.testing.assert_allclose(curve.x, recall[::-1], rtol=0, atol=EXACT)
    np.testing.assert_array_equal(curve.thresholds[1:], thresholds[::-1])
    assert curve.area == pytest.approx(sklearn.average_precision_score(truth, values), abs=EXACT)


def test_a_thinned_curve_has_the_corners_and_the_area():
    truth, values = scores("distinct")
    whole = metrics.roc_curve(truth, values)
    thin = metrics.thinned(whole)
    assert len(thin.x) < len(whole.x)
    np.testing.assert_allclose(np.interp(whole.x[::7], thin.x, thin.y) >= 0, True)
    assert thin.area == whole.area
    assert float(np.trapezoid(thin.y, thin.x)) == pytest.approx(whole.area, abs=EXACT)
    assert len(metrics.thinned(whole, 20).x) <= 20


def test_calibration_is_that_of_scikit_learn():
    from sklearn.calibration import calibration_curve

    random = np.random.default_rng(2)
    p = np.concatenate([random.random(400), [0.0, 0.1, 0.5, 1.0]])
    truth = random.random(404) < p**2
    found = metrics.calibration(truth, p, 10)
    observed, predicted = calibration_curve(truth, p, n_bins=10)
    full = found.counts > 0
    np.testing.assert_allclose(found.observed[full], observed, rtol=0, atol=EXACT)
    np.testing.assert_allclose(found.predicted[full], predicted, rtol=0, atol=EXACT)
    assert found.counts.sum() == 404
    by_hand = sum(n * abs(o - q) for n, o, q in zip(found.counts[full], observed, predicted, strict=True)) / 404
    assert found.error == pytest.approx(by_hand, abs=EXACT)


def test_expected_calibration_error_by_hand():
    # Two examples at 0.9 of which one is so, two at 0.2 of which none is: (2·|0.5 − 0.9| + 2·|0 − 0.2|)/4.
    found = metrics.calibration(np.array([True, False, False, False]), np.array([0.9, 0.9, 0.2, 0.2]))
    assert found.error == pytest.approx(0.3, abs=EXACT)


def test_figures_of_a_regression_are_those_of_scikit_learn():
    random = np.random.default_rng(3)
    y = random.normal(50, 10, 200)
    predicted = y + random.normal(1, 3, 200)
    found = metrics.error_figures(y, predicted)
    assert found.mae == pytest.approx(sklearn.mean_absolute_error(y, predicted), abs=EXACT)
    assert found.rmse == pytest.approx(sklearn.root_mean_squared_error(y, predicted), abs=EXACT)
    assert found.r2 == pytest.approx(sklearn.r2_score(y, predicted), abs=EXACT)
    assert found.median == pytest.approx(sklearn.median_absolute_error(y, predicted), abs=EXACT)
    assert found.largest == pytest.approx(sklearn.max_error(y, predicted), abs=EXACT)
    assert found.bias == pytest.approx((predicted - y).mean(), abs=EXACT)
    assert found.spread == pytest.approx((predicted - y).std(), abs=EXACT)
    same = metrics.error_figures(np.full(4, 2.0), np.full(4, 3.0))
    assert (same.mae, same.rmse, same.r2) == (1.0, 1.0, 0.0)
    assert np.isnan(metrics.error_figures(np.ones(1), np.ones(1)).r2)


@pytest.mark.filterwarnings("error")
def test_an_empty_part_and_one_class_only_are_no_error():
    nothing = np.zeros(0)
    assert metrics.confusion_matrix(nothing, nothing, 3).sum() == 0
    report = metrics.class_report(nothing, nothing, 3)
    assert report.support.tolist() == [0, 0, 0]
    assert np.isnan(report.accuracy)
    assert np.isnan(metrics.roc_curve(nothing, nothing).area)
    assert np.isnan(metrics.precision_recall_curve(nothing, nothing).area)
    assert np.isnan(metrics.calibration(nothing, nothing).error)
    assert np.isnan(metrics.error_figures(nothing, nothing).mae)
    values = np.array([0.2, 0.7, 0.7])
    only_yes, only_no = metrics.roc_curve(np.ones(3), values), metrics.roc_curve(np.zeros(3), values)
    assert np.isnan(only_yes.area)
    assert np.isnan(only_yes.x).all()
    assert only_yes.y.tolist() == [0, 2 / 3, 1]
    assert np.isnan(only_no.y).all()
    assert metrics.precision_recall_curve(np.ones(3), values).area == 1.0
    assert np.isnan(metrics.precision_recall_curve(np.zeros(3), values).area)
    assert metrics.class_report(np.ones(3), np.ones(3), 2).f1.tolist() == [0, 1]
