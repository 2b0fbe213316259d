"""The classic small sets that come with scikit-learn; nothing is downloaded."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from engine.data.dataset import Dataset, Target
from engine.data.source import DataSource
from engine.declaration import field


class BundledSource(DataSource):
    """Base of the sets of scikit-learn."""

    prefix: ClassVar[str] = "sklearn"
    category: ClassVar[str] = "scikit-learn"

    def bunch(self) -> Any:
        """What scikit-learn returns."""
        # Imported here: it takes longer than the rest of the program's start.
        from sklearn import datasets

        return getattr(datasets, f"load_{self.kind}")()

    def load(self) -> Dataset:
        """Take the arrays and names from scikit-learn."""
        bunch = self.bunch()
        columns = tuple(str(name) for name in bunch.feature_names)
        names = tuple(str(name) for name in bunch.target_names)
        target = Target("y", "classes", bunch.target.astype(np.int64), class_names=names)
        return Dataset({"x": bunch.data.astype(np.float64)}, {"y": target}, columns={"x": columns})


class Iris(BundledSource, kind="iris"):
    """150 iris flowers of three species, four measurements each (Fisher, 1936)."""


class Wine(BundledSource, kind="wine"):
    """178 wines of three growers, 13 chemical measurements each."""


class BreastCancer(BundledSource, kind="breast_cancer"):
    """569 tumours, malignant or benign, 30 measurements of the cell nuclei each (Wisconsin, 1995)."""


class Digits(BundledSource, kind="digits"):
    """1,797 handwritten digits of 8 × 8 pixels, in ten classes.

    The pixels are scaled to 0 … 1 and are not standardized: some are the same in almost every image, and dividing by
    their tiny σ would blow up the few that differ.

    Shape: (64,), or (size, size, 1) as images
    """

    images: bool = field(False, help="Hand over images (8, 8, 1) for convolutions, instead of 64 numbers.")
    size: int = field(
        8, ge=8, le=64, help="Pixels along each side of the images, by linear interpolation; 28 as MNIST."
    )

    def load(self) -> Dataset:
        """Scale the pixels and bring them into shape."""
        bunch = self.bunch()
        x = bunch.data / 16.0
        columns = {} if self.images else {"x": tuple(str(name) for name in bunch.feature_names)}
        names = tuple(str(name) for name in bunch.target_names)
        target = Target("y", "classes", bunch.target.astype(np.int64), class_names=names)
        if self.images:
            x = _enlarged(x.reshape(-1, 8, 8), self.size)[..., None]
        return Dataset({"x": x}, {"y": target}, columns=columns, as_is={"x": np.array(True)})


def _enlarged(images: np.ndarray, size: int) -> np.ndarray:
    """Square images (m, n, n) as (m, size, size)."""
    if size == images.shape[1]:
        return images
    from scipy.ndimage import zoom

    factor = size / images.shape[1]
    return np.asarray(zoom(images, (1, factor, factor), order=1, mode="nearest", grid_mode=True))


class Diabetes(BundledSource, kind="diabetes"):
    """442 patients, ten measurements each, and how far their diabetes went one year later: regression.

    The measurements are in their original units, not in the scaled form that scikit-learn hands out by default.
    """

    def load(self) -> Dataset:
        """Take the unscaled measurements."""
        from sklearn import datasets

        bunch: Any = datasets.load_diabetes(scaled=False)
        target = Target("progression", "values", bunch.target[:, None].astype(float), columns=("progression",))
        columns = tuple(str(name) for name in bunch.feature_names)
        return Dataset({"x": bunch.data.astype(np.float64)}, {"y": target}, columns={"x": columns})
