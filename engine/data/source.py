"""Where data comes from: the family of data sources, and the one-line text that names one."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path
from typing import ClassVar
from urllib.parse import unquote

from pydantic import ValidationError

from engine.data.dataset import Dataset
from engine.data.errors import DataError, did_you_mean, listed
from engine.declaration import Declaration, explain, field


class DataSource(Declaration, family=True):
    """Base of all data sources. A new one is one class in one file of `engine/data/sources/`.

    As a text, a source is `prefix:subject?field=value&field=value`; fields left out keep their default.
    """

    prefix: ClassVar[str] = ""
    """Word before the colon; several kinds may share it."""
    subject: ClassVar[str] = ""
    """Field whose value stands after the colon (a path); when empty the kind itself stands there."""
    endings: ClassVar[tuple[str, ...]] = ()
    """Endings of the files that it reads, without the dot; each may also stand before the colon of a spec."""

    folders: ClassVar[bool] = False
    """The path may be that of a folder."""

    @classmethod
    def reads_folder(cls, folder: Path) -> bool:
        """Whether what lies in a folder looks like what it reads."""
        return False

    def stamp(self) -> Hashable:
        """Changes when what it reads does, so that data need not be read again; None: always read. Raises DataError."""
        return None

    def load(self) -> Dataset:
        """Read or make the data. Raises DataError."""
        raise NotImplementedError

    def spec(self) -> str:
        """This source as one line of text; `parse_spec` is the inverse."""
        head = getattr(self, self.subject) if self.subject else self.kind
        pairs = []
        for name, info in type(self).model_fields.items():
            value = getattr(self, name)
            if name != self.subject and value != info.default:
                pairs.append(f"{name}={_escape(_text(value))}")
        return f"{self.prefix}:{_escape(head)}" + ("?" + "&".join(pairs) if pairs else "")


class FileSource(DataSource):
    """Base of the sources that read a file."""

    subject: ClassVar[str] = "path"
    category: ClassVar[str] = "Own files"

    path: str = field("", help="The file.")

    @property
    def file(self) -> Path:
        """The file. Raises DataError when there is none."""
        file = Path(self.path).expanduser()
        if not file.name or not file.exists():
            raise DataError(f"There is no file '{file}'. Check the path.")
        if file.is_dir():
            raise DataError(f"'{file}' is a folder. Choose a file in it.")
        return file


def source_for_file(path: str) -> DataSource | None:
    """The source that reads a file, by its ending, or a folder, by what is in it; None when there is none."""
    if Path(path).is_dir():
        for kind in DataSource.members():
            if kind.folders and kind.reads_folder(Path(path)):
                return kind.model_validate({kind.subject: path})
        return None
    ending = Path(path).suffix.lower().lstrip(".")
    for kind in DataSource.members():
        if ending in kind.endings:
            return kind.model_validate({kind.subject: path})
    return None


def parse_spec(text: str) -> DataSource:
    """Read a source from text such as `planar:spirals?m=500&noise=0.1` or `csv:PATH?target=COLUMN`.

    In a path or a value, write %25 for %, %3F for ? and %26 for &.

    Raises:
        DataError: The text names an unknown source or field, or a value that is not legal.
    """
    head, _, query = text.strip().partition("?")
    prefix, colon, subject = head.partition(":")
    subject = unquote(subject)
    kind = _kind_for(prefix, subject, text.strip(), bool(colon))
    legal = [name for name in kind.model_fields if name != kind.subject]
    data = {kind.subject: subject} if kind.subject else {}
    for pair in filter(None, query.split("&")):
        name, equals, value = pair.partition("=")
        name = unquote(name)
        if name not in legal:
            has = f"It has {listed(legal)}." if legal else "It has no fields."
            raise DataError(f"'{head}' has no field '{name}'.{did_you_mean(name, legal)} {has}")
        if not equals:
            raise DataError(f"'{name}' in '{text}' has no value. Write {name}=VALUE.")
        if name in data:
            raise DataError(f"'{name}' is given twice in '{text}'. Keep one of them.")
        data[name] = unquote(value)
    try:
        return kind.model_validate(data)
    except ValidationError as error:
        raise DataError(explain(error, f"'{head}'")) from error


def _kind_for(prefix: str, subject: str, text: str, colon: bool) -> type[DataSource]:
    kinds = DataSource.members()
    prefixes = list(dict.fromkeys(kind.prefix for kind in kinds))
    endings = {ending: kind.prefix for kind in kinds for ending in kind.endings}
    prefix = endings.get(prefix, prefix)  # tsv:PATH is csv:PATH
    if prefix not in prefixes or not colon:
        ending = endings.get(text.lower().rpartition(".")[2], "") if "." in text else ""
        guess = f" Did you mean '{ending}:{text}'?" if ending else did_you_mean(prefix, prefixes)
        raise DataError(f"'{text}' names no data source.{guess} It must start with {_either(prefixes)}.")
    group = [kind for kind in kinds if kind.prefix == prefix]
    if group[0].subject:
        if not subject:
            what = "file. Write " + prefix + ":PATH" if group[0].endings else f"{group[0].subject}"
            raise DataError(f"'{text}' names no {what}.")
        return group[0]
    for kind in group:
        if subject in (kind.kind, *kind.replaces):
            return kind
    names = [kind.kind for kind in group]
    raise DataError(
        f"There is no data set '{prefix}:{subject}'.{did_you_mean(subject, names)} There are {listed(names)}."
    )


def _either(prefixes: list[str]) -> str:
    return ", ".join(f"'{prefix}:'" for prefix in prefixes[:-1]) + f" or '{prefixes[-1]}:'"


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _escape(text: str) -> str:
    # Only what the grammar or a shell would trip over; letters of any script stay readable.
    return "".join("".join(f"%{b:02X}" for b in c.encode()) if c in "%?&=#" or c.isspace() else c for c in text)
