"""Speed, times and figures of a run, with a clock that is set by hand."""

from gui.panels.run_figures import RunClock, cost_text, duration, second_metric


def test_speed_and_time_left():
    now = [100.0]
    clock = RunClock(lambda: now[0])
    clock.begin(0, 0, 10)
    clock.set_running(True)
    for step in range(100, 600, 100):
        now[0] += 0.5
        clock.advance(step, step // 10)
    assert clock.speed == 200
    assert clock.seconds_left(100) == (1000 - 500) / 200
    assert clock.elapsed == 2.5
    clock.set_running(False)
    now[0] += 60
    assert clock.elapsed == 2.5


def test_texts():
    assert [duration(x) for x in (None, 4.21, 65, 7400)] == ["–", "4.2 s", "1:05", "2:03:20"]
    assert cost_text({"cost": 0.12345}) == "0.1235"
    assert cost_text({"cost": 2.895e-7}) == "2.9e-7" or cost_text({"cost": 2.895e-7}) == "2.89e-7"
    assert cost_text(None) == "–"
    assert second_metric({"accuracy": 0.975}) == ("Accuracy", "97.5 %")
    assert second_metric({"r2": 0.5, "mae": 1.0}) == ("R²", "0.5")
