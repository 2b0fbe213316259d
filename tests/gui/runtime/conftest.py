import time

import pytest
from PySide6.QtCore import QCoreApplication


@pytest.fixture
def wait_for(application):
    """Let the event loop run until a condition holds; False when the time runs out."""

    def wait(condition, seconds=5.0):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            QCoreApplication.processEvents()
            if condition():
                return True
            time.sleep(0.002)
        return condition()

    return wait
