"""What the engine's tests share. NETLOOM_TEST_BACKEND=cupy runs the same tests on a graphics card."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from engine.backend import Backend, BackendError, BackendName, get_backend

# pytest's importlib mode leaves sys.path alone; the test files beside this one import engine_tools.
sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session")
def backend_name() -> BackendName:
    """Name of the backend under test."""
    name = os.environ.get("NETLOOM_TEST_BACKEND", "numpy")
    if name not in ("numpy", "cupy"):
        pytest.fail(f"NETLOOM_TEST_BACKEND is '{name}'. Set it to numpy or cupy.")
    return name  # type: ignore[return-value]


@pytest.fixture(scope="session")
def backend(backend_name: BackendName) -> Backend:
    """The backend under test."""
    return get_backend(backend_name)


@pytest.fixture(scope="session")
def cupy_backend() -> Backend:
    """CuPy with a graphics card; the test is skipped where there is none."""
    try:
        return get_backend("cupy")
    except BackendError as error:
        pytest.skip(str(error))
