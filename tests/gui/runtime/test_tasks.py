import threading
import time

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject

from gui.runtime.tasks import THREAD_NAME, TaskRunner


@pytest.fixture
def tasks(application):
    runner = TaskRunner()
    yield runner
    assert runner.close()


def test_the_result_comes_back_into_the_window_thread(tasks, wait_for):
    heard = []
    tasks.run(
        lambda a, b: (a + b, threading.current_thread().name),
        2,
        3,
        on_success=lambda value: heard.append((value, threading.current_thread())),
    )
    assert tasks.is_busy
    assert wait_for(lambda: bool(heard))
    assert heard == [((5, THREAD_NAME), threading.main_thread())]
    assert not tasks.is_busy


def test_a_failure_is_handed_over_or_logged(tasks, wait_for, caplog):
    heard = []
    tasks.run(int, "x", on_failure=heard.append)
    assert wait_for(lambda: bool(heard))
    assert isinstance(heard[0], ValueError)
    tasks.run(int, "y")
    assert wait_for(lambda: not tasks.is_busy)
    assert "background task failed" in caplog.text


def test_of_one_key_only_the_latest_is_heard(tasks, wait_for):
    gate, heard, ran = threading.Event(), [], []

    def work(number):
        ran.append(number)
        gate.wait(2)
        return number

    for number in range(5):
        tasks.run(work, number, on_success=heard.append, latest="key")
        if number == 0:
            wait_for(lambda: bool(ran))
    tasks.run(work, 9, on_success=heard.append, latest="other")
    gate.set()
    assert wait_for(lambda: not tasks.is_busy)
    assert heard == [4, 9]
    assert ran == [0, 4, 9]


def test_close_drops_results_and_ends_the_threads(application, wait_for):
    runner, heard = TaskRunner(threads=2), []
    for _ in range(4):
        runner.run(time.sleep, 0.05, on_success=heard.append)
    assert runner.close()
    wait_for(lambda: False, 0.05)
    assert heard == []
    assert not any(thread.name == THREAD_NAME for thread in threading.enumerate())


def test_a_result_for_an_owner_that_is_gone_is_dropped(application, wait_for):
    owner, heard = QObject(), []
    runner = TaskRunner(owner)
    runner.run(time.sleep, 0.02, on_success=heard.append)
    owner.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    wait_for(lambda: False, 0.1)
    assert heard == []
    assert wait_for(lambda: not any(thread.name == THREAD_NAME for thread in threading.enumerate()))
