import threading

import numpy as np

from engine.events import Evaluated, Finished, Notice, Progress, Started, Weights
from gui.runtime.mailbox import Mailbox


def progress(step, *costs, epochs=()):
    return Progress(step, 0, np.array(costs, float), epochs)


def started():
    return Started(0, 0, 1, "numpy", "float32", 4, 100, 9)


def test_an_empty_mailbox_drains_to_nothing():
    assert Mailbox().drain() == []


def test_progress_is_joined_in_the_place_of_the_first():
    box = Mailbox()
    for event in (
        started(),
        progress(2, 0.9, 0.8, epochs=((1, 2, 0.85),)),
        Notice(2, 1, "a"),
        progress(3, 0.7),
        Evaluated(3, 1, {"train": {"cost": 0.7}}),
        progress(5, 0.6, 0.5, epochs=((2, 4, 0.65),)),
        Finished(5, 2, False, 0.1),
    ):
        box.post(event)
    events = box.drain()
    assert [type(event).__name__ for event in events] == ["Started", "Progress", "Notice", "Evaluated", "Finished"]
    joined = events[1]
    np.testing.assert_array_equal(joined.costs, [0.9, 0.8, 0.7, 0.6, 0.5])
    assert joined.step == 5
    assert joined.epoch_costs == ((1, 2, 0.85), (2, 4, 0.65))
    assert box.drain() == []


def test_only_the_newest_weights_come_and_facts_are_never_dropped():
    box = Mailbox()
    for step in range(50):
        box.post(Weights(step, 0, {}))
        box.post(Notice(step, 0, f"{step}"))
    events = box.drain()
    assert [event.step for event in events if isinstance(event, Weights)] == [49]
    assert [event.message for event in events if isinstance(event, Notice)] == [str(step) for step in range(50)]


def test_nothing_is_lost_between_threads():
    box, costs = Mailbox(), []

    def post():
        for step in range(1, 5001):
            box.post(progress(step, float(step)))

    thread = threading.Thread(target=post)
    thread.start()
    while thread.is_alive():
        costs += [cost for event in box.drain() for cost in event.costs]
    costs += [cost for event in box.drain() for cost in event.costs]
    assert costs == list(range(1, 5001))
