"""What can be wrong with data, said in plain sentences."""


class DataError(Exception):
    """Data that cannot be used: the message says what is wrong, where, with which value, and what to do."""


def listed(names: "tuple[str, ...] | list[str]", limit: int = 30) -> str:
    """Names in quotes, separated by commas; a long list is cut with a count of the rest."""
    shown = ", ".join(f"'{name}'" for name in names[:limit])
    return shown if len(names) <= limit else f"{shown} and {len(names) - limit} more"


def did_you_mean(name: str, names: "tuple[str, ...] | list[str]") -> str:
    """A sentence with the closest of some names, led by a space, or nothing when none is close."""
    import difflib

    lower = {known.lower(): known for known in names}
    close = difflib.get_close_matches(name.lower(), lower, n=1, cutoff=0.6)
    return f" Did you mean '{lower[close[0]]}'?" if close else ""
