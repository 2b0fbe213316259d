"""Augmentation: what each change does, that it repeats exactly, and that nothing but the training part is changed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from engine_tools import graph, prepared

from engine.activations.basic import Linear
from engine.augmentation import Augmentation, InputFacts
from engine.augmentations.geometric import LocalWarping, Mirror, RandomCrop, Rotation, Shear, ShiftPlace, Zoom, move
from engine.augmentations.values import Brightness, ColourShift, Contrast, Cutout, Loudness, Mixup, Noise, PcaColour
from engine.augmenting import augment
from engine.checkpoint import Checkpoint
from engine.data import DataSettings
from engine.design import Design
from engine.events import Checkpointed, Evaluated, Progress
from engine.layers.dense import Dense
from engine.layers.ends import Input, Output
from engine.layers.reshaping import Flatten
from engine.losses.basic import CategoricalCrossEntropy, Hinge
from engine.plan import DesignError
from engine.resampling import affine_map, pixel_places, resample
from engine.settings import TrainingSettings
from engine.training import Trainer, train

PICTURE = np.arange(12, dtype=np.float32).reshape(1, 3, 4, 1)


def facts_of(x: np.ndarray) -> InputFacts:
    return InputFacts.of(x)


def changed(item: Augmentation, x: np.ndarray, seed: int = 0) -> np.ndarray:
    y = x.copy()
    augment(y, [item], np.random.default_rng(seed), facts_of(x))
    return y


def images(m: int = 24, size: int = 6, channels: int = 3) -> np.ndarray:
    return np.random.default_rng(1).random((m, size, size, channels)).astype(np.float32)


# Places


def test_mirror_is_exact():
    assert np.array_equal(changed(Mirror(probability=1), PICTURE), PICTURE[:, :, ::-1])
    assert np.array_equal(changed(Mirror(probability=1, direction="up and down"), PICTURE), PICTURE[:, ::-1])
    both = changed(Mirror(probability=1, direction="both"), np.repeat(PICTURE, 30, 0))
    kinds = {picture.tobytes() for picture in both}
    assert kinds == {PICTURE[0, ::i, ::j].tobytes() for i, j in ((1, -1), (-1, 1), (-1, -1))}


def test_a_volume_is_mirrored_along_its_last_axis():
    volume = np.arange(24, dtype=np.float32).reshape(1, 2, 3, 4, 1)
    assert np.array_equal(changed(Mirror(probability=1), volume), volume[:, :, :, ::-1])


def test_half_a_pixel_is_the_mean_of_two_and_the_border_is_repeated():
    places = affine_map(np.array([[[1, 0, 0], [0, 1, 0.5]]]))(pixel_places((3, 4))[None])
    assert resample(PICTURE, places)[0, :, :, 0].tolist() == [
        [0.5, 1.5, 2.5, 3],
        [4.5, 5.5, 6.5, 7],
        [8.5, 9.5, 10.5, 11],
    ]


def test_a_quarter_turn_is_numpy_rot90():
    class Drawn:
        def random(self, m):
            return np.zeros(m)

        def uniform(self, low, high, m):
            return np.ones(m)

    square = np.arange(9, dtype=np.float32).reshape(1, 3, 3, 1)
    move([Rotation(strength=90)], square, Drawn())  # type: ignore[arg-type]
    assert np.allclose(square[0, :, :, 0], np.rot90(np.arange(9).reshape(3, 3)), atol=1e-5)


def test_two_changes_in_one_resampling_are_one_after_the_other(monkeypatch):
    """Whole pixels lose nothing in between, so both ways give the same."""
    matrix = np.array([[[1.0, 0, 0], [0, 1, -1]]])
    monkeypatch.setattr(ShiftPlace, "matrices", lambda self, random, m, shape: matrix)
    mirror, right = Mirror(probability=1), ShiftPlace()
    together = PICTURE.copy()
    move([right, mirror], together, np.random.default_rng(0))
    assert np.array_equal(together, changed(mirror, changed(right, PICTURE)))
    assert together[0, 0, :, 0].tolist() == [2, 1, 0, 0]


@pytest.mark.parametrize("item", [RandomCrop(), Rotation(), Zoom(), Shear(), LocalWarping(), ShiftPlace()])
def test_a_flat_area_stays_flat_and_the_rest_within_its_range(item: Augmentation):
    flat = np.full((4, 8, 8, 2), 0.25, np.float32)
    assert np.allclose(changed(item, flat), 0.25, atol=1e-6)
    x = images()
    y = changed(item, x)
    assert not np.allclose(x, y)
    assert y.min() >= x.min() - 1e-6
    assert y.max() <= x.max() + 1e-6


def test_a_shift_stays_within_its_strength():
    ramp = np.broadcast_to(np.arange(20, dtype=np.float32)[None, None, :, None], (50, 20, 20, 1)).copy()
    moved = changed(ShiftPlace(strength=0.1), ramp)[:, 10, 10, 0] - 10
    assert np.abs(moved).max() <= 2
    assert np.abs(moved).max() > 1.5


def test_a_signal_is_shifted_in_time():
    signal = np.tile(np.arange(10, dtype=np.float32)[None, :, None], (20, 1, 1))
    moved = changed(ShiftPlace(strength=0.2), signal)[:, 5, 0] - 5
    assert 1 < np.abs(moved).max() <= 2


# Values


def test_brightness_moves_all_channels_alike_and_stays_in_range():
    x = np.full((40, 2, 2, 3), 0.5, np.float32)
    x[0], x[1] = 0, 1  # the range of the data
    y = changed(Brightness(strength=0.2), x)[2:]
    assert np.ptp(y, (1, 2, 3)).max() < 1e-6
    assert 0.15 < np.abs(y - 0.5).max() <= 0.2 + 1e-6
    assert changed(Brightness(strength=1), x).max() <= 1


def test_contrast_keeps_the_mean_and_colour_shift_the_differences():
    x = 0.4 + 0.2 * images()
    x[0], x[1] = 0, 1
    y = changed(Contrast(strength=0.3), x)
    assert np.allclose(y[2:].mean((1, 2)), x[2:].mean((1, 2)), atol=1e-5)
    y = changed(ColourShift(strength=0.1), x)
    assert np.ptp((y - x)[2:], (1, 2)).max() < 1e-5
    assert np.ptp((y - x)[2:].mean((1, 2)), axis=1).max() > 0.01


def test_pca_colour_moves_along_the_principal_direction():
    """Grey pictures have one principal direction, (1, 1, 1): no example gets a tint."""
    grey = np.repeat(images(channels=1), 3, -1)
    difference = changed(PcaColour(strength=0.5), 0.3 + 0.3 * grey) - (0.3 + 0.3 * grey)
    inner = difference[:, 2, 2]
    assert np.ptp(inner, axis=1).max() < 1e-5
    directions = InputFacts.of(grey).principal
    assert np.linalg.norm(directions, axis=1)[-1] == pytest.approx(np.sqrt(3) * grey.std(), rel=1e-5)


def test_cutout_hides_a_square_by_the_mean():
    x = images(m=50, size=10)
    y = changed(Cutout(probability=1, strength=0.3), x)
    different = (x != y).any(-1)
    assert different.sum((1, 2)).max() == 9
    assert np.allclose(y[different], facts_of(x).mean, atol=1e-6)


def test_noise_and_loudness():
    x = np.random.default_rng(0).standard_normal((200, 16, 2)).astype(np.float32)
    assert (changed(Noise(strength=0.1), x) - x).std() == pytest.approx(0.1, rel=0.05)
    factor = changed(Loudness(strength=0.5), x) / x
    assert np.ptp(factor, (1, 2)).max() < 1e-4
    assert 0.5 - 1e-5 <= factor.min() < 0.55


@pytest.mark.parametrize("kind", Augmentation.members())
def test_every_augmentation_repeats_and_leaves_the_others_alone(kind: type[Augmentation]):
    if kind is Mixup:
        return
    shape = {1: (5,), 2: (9, 2), 3: (8, 8, 3), 4: (4, 5, 6, 1)}[kind.axes[0]]
    x = np.random.default_rng(2).random((40, *shape)).astype(np.float32)
    one, two = changed(kind(probability=1.0), x, 5), changed(kind(probability=1.0), x, 5)
    assert np.array_equal(one, two), "the same generator must give the same examples"
    assert kind is Mirror or not np.array_equal(one, changed(kind(probability=1.0), x, 6))
    half = (changed(kind(probability=0.5), x) != x).reshape(40, -1).any(1).sum()
    assert 8 <= half <= 32
    assert np.array_equal(changed(kind(probability=0.0), x), x)
    assert one.dtype == np.float32
    item = kind()
    assert Augmentation.from_data(item.to_data()) == item


# In a run


def problem(loss: Any = None, units: int = 3, **training: Any) -> tuple[Design, Any]:
    rng = np.random.default_rng(0)
    x = rng.random((30, 6, 6, 1)).astype(np.float32)
    y = np.arange(30) % units
    nodes = {
        "x": Input(shape=(6, 6, 1)),
        "f": (Flatten(), "x"),
        "z": (Dense(units=units if loss is None else 1, activation=Linear()), "f"),
        "y": (Output(loss=loss or CategoricalCrossEntropy()), "z"),
    }
    settings = TrainingSettings(**{"batch_size": 8, "epochs": 3, "seed": 4, **training})
    return Design(graph=graph(nodes), training=settings, data=DataSettings(train=1, dev=0)), prepared(x, y)


ALL = (Mirror(), Rotation(), Brightness(), Cutout(), Mixup())


def weights_of(design: Design, data: Any, checkpoint: Any = None) -> Checkpoint:
    return [e for e in train(design, data, checkpoint=checkpoint) if isinstance(e, Checkpointed)][-1].checkpoint


def test_a_run_repeats_and_goes_on_bit_by_bit_and_ahead_of_time_decides_nothing(monkeypatch):
    design, data = problem(augmentations=ALL)
    whole = weights_of(design, data)
    half = weights_of(design.with_changes(training=design.training.replace(epochs=1)), data)
    resumed = weights_of(design, data, half)
    monkeypatch.setattr("engine.augmenting.WORTH_A_THREAD", 0.0)
    threaded = weights_of(design, data)
    for name, value in whole.weights.items():
        assert np.array_equal(value, resumed.weights[name]), f"{name} differs after a resume"
        assert np.array_equal(value, threaded.weights[name]), f"{name} differs when batches are prepared ahead"
    plain = weights_of(problem()[0], data)
    assert not np.array_equal(plain.weights["z/W"], whole.weights["z/W"])


def test_only_training_batches_are_changed():
    """With α = 0 the weights stay: measured is the same, and the costs of the steps are not."""
    still = {"kind": "gradient_descent", "learning_rate": 1e-30}
    plain, data = problem(optimizer=still, shuffle=False, evaluate_every=1)
    both = [plain, plain.with_changes(training=plain.training.replace(augmentations=(Mirror(probability=1),)))]
    (costs, parts), (other_costs, other_parts) = (
        (
            np.concatenate([e.costs for e in events if isinstance(e, Progress)]),
            [e.parts for e in events if isinstance(e, Evaluated)],
        )
        for events in (list(train(design, data)) for design in both)
    )
    assert parts == other_parts
    assert not np.allclose(costs, other_costs)
    before = data.train.input().copy()
    list(train(both[1], data))
    assert np.array_equal(before, data.train.input()), "the data itself must stay as it is"


def test_mixup_trains_on_mixed_targets():
    design, data = problem(augmentations=(Mixup(strength=1),), batch_size=30, epochs=1)
    trainer = Trainer(design, data)
    program, rows = trainer._stepper.begin_step()
    shares = program.array("y/Y")
    assert shares.shape == (30, 3)
    assert np.allclose(shares.sum(1), 1, atol=1e-6)
    largest = shares.max(1)
    assert (largest < 0.999).any()
    assert np.array_equal(shares.argmax(1)[largest > 0.51], (rows % 3)[largest > 0.51])
    i = int(np.argmax(shares.max(1) < 0.9))
    x, own = program.array("x/A")[i], data.train.input()[rows[i]]
    share = shares[i, rows[i] % 3]
    candidates = [share * own + (1 - share) * other for other in data.train.input()]
    assert min(np.abs(x - candidate).max() for candidate in candidates) < 1e-5


def test_what_does_not_fit_is_refused():
    design, data = problem(augmentations=(Loudness(),))
    with pytest.raises(DesignError, match=r"'Loudness' is for signals .* takes \(6, 6, 1\)"):
        Trainer(design, data)
    off = design.with_changes(training=design.training.replace(augmentations=(Loudness(on=False),)))
    Trainer(off, data)
    hinge, two = problem(Hinge(), 2, augmentations=(Mixup(),))
    with pytest.raises(DesignError, match="Mixup needs targets between the classes, and Hinge"):
        Trainer(hinge, two)


def test_a_file_without_augmentations_does_not_mention_them():
    assert "augmentations" not in TrainingSettings().to_data()
    settings = TrainingSettings(augmentations=ALL)
    assert TrainingSettings.from_data(settings.to_data()) == settings
    assert settings.to_data()["augmentations"][0] == {
        "kind": "mirror", "on": True, "probability": 0.5, "direction": "left and right",
    }  # fmt: skip


def test_on_a_device_the_batches_are_the_same(monkeypatch):
    import sys

    from strict_device import make_module

    design, data = problem(augmentations=ALL)
    host = weights_of(design, data)
    monkeypatch.setitem(sys.modules, "cupy", make_module())
    device = [e for e in train(design, data, backend="cupy") if isinstance(e, Checkpointed)][-1].checkpoint
    for name, value in host.weights.items():
        assert np.allclose(value, device.weights[name], atol=1e-5), name
