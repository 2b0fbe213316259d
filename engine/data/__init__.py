"""Data: where examples come from, how they are split, filled and scaled. Nothing here knows a network."""

from engine.data import sources  # declares every source
from engine.data.dataset import Dataset, Target
from engine.data.errors import DataError
from engine.data.prepare import Part, PreparedData, prepare
from engine.data.settings import DataSettings
from engine.data.source import DataSource, FileSource, parse_spec, source_for_file

__all__ = [
    "DataError",
    "DataSettings",
    "DataSource",
    "Dataset",
    "FileSource",
    "Part",
    "PreparedData",
    "Target",
    "parse_spec",
    "prepare",
    "source_for_file",
    "sources",
]
