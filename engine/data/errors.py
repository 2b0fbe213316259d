"""What can be wrong with data, said in plain sentences."""

import difflib
from collections.abc import Sequence


class DataError(Exception):
    """Data that cannot be used: the message says what is wrong, where, with which value, and what to do."""


def listed(names: Sequence[str], limit: int = 30) -> str:
    """Names in quotes, separated by commas; a long list is cut with a count of the rest."""
    shown = ", ".join(f"'{name}'" for name in names[:limit])
    return shown if len(names) <= limit else f"{shown} and {len(names) - limit} more"


def did_you_mean(name: str, names: Sequence[str]) -> str:
    """A sentence with the closest of some names, led by a space, or nothing when none is close."""
    lower = {known.lower(): known for known in names}
    close = difflib.get_close_matches(name.lower(), lower, n=1, cutoff=0.6)
    return f" Did you mean '{lower[close[0]]}'?" if close else ""
