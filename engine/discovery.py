"""Load every module of a package, so that adding a declaration means adding one file."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable


def load_modules(package: str, path: Iterable[str]) -> None:
    """Import all modules directly inside `package`, in alphabetical order."""
    for module in pkgutil.iter_modules(path):
        importlib.import_module(f"{package}.{module.name}")
