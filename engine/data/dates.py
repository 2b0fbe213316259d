"""Dates in text columns: finding them out, and turning them into numbers a network can use."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

_TIME = r"(?:[T ]\s*\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?\s*(?:Z|[+-]\d{2}:?\d{2})?)?"

FORMS = {
    "year-month-day": (rf"(\d{{4}})-(\d{{1,2}})-(\d{{1,2}}){_TIME}", "ymd"),
    "year/month/day": (rf"(\d{{4}})/(\d{{1,2}})/(\d{{1,2}}){_TIME}", "ymd"),
    "day.month.year": (rf"(\d{{1,2}})\.(\d{{1,2}})\.(\d{{4}}){_TIME}", "dmy"),
    "day/month/year": (rf"(\d{{1,2}})/(\d{{1,2}})/(\d{{4}}){_TIME}", "dmy"),
    "month/day/year": (rf"(\d{{1,2}})/(\d{{1,2}})/(\d{{4}}){_TIME}", "mdy"),
}
"""Ways to write a date, each with the order of its three numbers. Where two fit a column the earlier one is taken."""

DATE_SHARE = 0.9
"""A column holds dates when this share of its texts are dates: the others must be mistakes then."""


@dataclass(frozen=True, eq=False)
class Dates:
    """Dates read from texts."""

    form: str
    """How they are written, such as "day.month.year"."""
    days: np.ndarray
    """Days since 1970-01-01, with the time of day as a fraction; NaN where a text is no date."""


def read_dates(texts: list[str]) -> Dates | None:
    """Read texts as dates; None unless at least 90 % of them are, in one and the same form."""
    if not texts or not any(_could_be(text) for text in texts[:50]):
        return None
    best: Dates | None = None
    for form, (pattern, order) in FORMS.items():
        days = np.array([_day(re.fullmatch(pattern, text), order) for text in texts])
        if best is None or np.isfinite(days).sum() > np.isfinite(best.days).sum():
            best = Dates(form, days)
    assert best is not None
    return best if np.isfinite(best.days).sum() >= DATE_SHARE * len(texts) else None


def date_columns(days: np.ndarray) -> dict[str, np.ndarray]:
    """What dates become: the days since the first one, and month and weekday where they differ.

    Args:
        days: Days since 1970-01-01 (rows,); NaN where the date is missing.

    Returns:
        "days", and perhaps "month" (1 to 12) and "weekday" (1 is Monday), each (rows,) with the same NaN.
    """
    known = np.isfinite(days)
    found = {"days": days - np.floor(days[known].min())}
    stamps = np.floor(days[known]).astype("datetime64[D]")
    for name, values in (
        ("month", stamps.astype("datetime64[M]").astype(int) % 12 + 1),
        ("weekday", (stamps.astype(int) + 3) % 7 + 1),
    ):
        if values.size and values.min() != values.max():
            column = np.full(len(days), np.nan)
            column[known] = values
            found[name] = column
    return found


def day_text(day: float) -> str:
    """A day as year-month-day."""
    return str(np.datetime64(int(np.floor(day)), "D"))


def _could_be(text: str) -> bool:
    return len(text) >= 8 and any(mark in text for mark in "-/.") and text[:1].isdigit() and len(text) <= 40


def _day(match: re.Match[str] | None, order: str) -> float:
    if match is None:
        return np.nan
    numbers = dict(zip(order, (int(group) for group in match.groups()), strict=True))
    try:
        day = np.datetime64(f"{numbers['y']:04}-{numbers['m']:02}-{numbers['d']:02}", "D").astype(int)
    except ValueError:
        return np.nan
    time = re.search(r"(\d{1,2}):(\d{2})(?::(\d{2}(?:\.\d+)?))?\s*(?:([+-])(\d{2}):?(\d{2}))?", match[0])
    if time is None:
        return float(day)
    seconds = int(time[1]) * 3600 + int(time[2]) * 60 + float(time[3] or 0)
    if time[4]:
        seconds -= (int(time[5]) * 3600 + int(time[6]) * 60) * (1 if time[4] == "+" else -1)
    return float(day) + seconds / 86_400
