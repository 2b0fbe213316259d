"""Icons, themes and templates that come with the program."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent


def path(*parts: str) -> Path:
    """The place of a resource, such as `path("icons", "actions", "open.svg")`."""
    return ROOT.joinpath(*parts)
