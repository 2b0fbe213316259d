"""Declarations: immutable descriptions from which forms, files, documentation and tests all follow.

A layer, loss, optimizer, initializer, activation function or data source is one frozen class whose fields carry
their range, unit and help. Nothing about it has to be repeated anywhere else.
"""

from __future__ import annotations

import inspect
import re
import types
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self, Union, get_args, get_origin

import pydantic
from pydantic import BaseModel, ConfigDict, ValidationError, model_serializer, model_validator

if TYPE_CHECKING:
    from engine.surroundings import Place, Remark


class UnknownKindError(ValueError):
    """A file names a kind, or a version of a kind, that this program does not know."""


def field(
    default: Any,
    *,
    help: str,
    label: str = "",
    unit: str = "",
    log: bool = False,
    live: bool = False,
    slider: tuple[float, float] | None = None,
    hidden: bool = False,
    ge: float | None = None,
    gt: float | None = None,
    le: float | None = None,
    lt: float | None = None,
) -> Any:
    """Declare one setting of a declaration.

    Args:
        default: Value when nothing else is said.
        help: One plain sentence; the tooltip and the reference page show it.
        label: Name in a form; made from the field's name when empty.
        unit: Shown behind the value, for example "examples".
        log: The setting is best moved on a logarithmic slider.
        live: The setting may change while a network trains, without compiling anew.
        slider: Ends of its slider, where the bounds are wider than what is often wanted; anything legal may be typed.
        hidden: No form shows it, because it is edited elsewhere.
        ge, gt, le, lt: Bounds, as in pydantic.
    """
    extra: dict[str, Any] = {"unit": unit, "log": log, "live": live, "label": label}
    extra |= {"slider": slider, "hidden": hidden}
    return pydantic.Field(default, description=help, json_schema_extra=extra, ge=ge, gt=gt, le=le, lt=lt)


FieldKind = Literal["boolean", "integer", "real", "choice", "text", "integers", "texts", "declaration", "declarations"]


@dataclass(frozen=True, slots=True)
class FieldDescription:
    """What a form, a reference page or a test needs to know about one field."""

    name: str
    label: str
    help: str
    kind: FieldKind
    default: Any
    optional: bool = False
    """None is a legal value."""
    unit: str = ""
    log: bool = False
    live: bool = False
    slider: tuple[float, float] | None = None
    """Ends of the slider, where they are not the bounds."""
    hidden: bool = False
    """Forms leave it out."""
    minimum: float | None = None
    maximum: float | None = None
    open_minimum: bool = False
    """The minimum itself is not legal."""
    open_maximum: bool = False
    choices: tuple[Any, ...] = ()
    family: type[Declaration] | None = None
    """For the kinds "declaration" and "declarations" (several, in order): the family whose members are legal."""


class Declaration(BaseModel):
    """Base of all declarations. A direct subclass with `family=True` opens a family with a registry of its own."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, revalidate_instances="never")

    kind: ClassVar[str] = ""
    category: ClassVar[str] = ""
    label: ClassVar[str] = ""
    version: ClassVar[int] = 1
    replaces: ClassVar[tuple[str, ...]] = ()
    registry: ClassVar[dict[str, type[Declaration]]] = {}
    family_name: ClassVar[str] = "declaration"

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Keep the class keywords for `__pydantic_init_subclass__`; object takes none."""

    @classmethod
    def __pydantic_init_subclass__(
        cls,
        *,
        family: bool = False,
        kind: str = "",
        category: str = "",
        label: str = "",
        version: int = 1,
        replaces: tuple[str, ...] = (),
    ) -> None:
        """Register the class; runs once its fields are known."""
        words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", cls.__name__)
        if family:
            cls.registry = {}
            cls.family_name = words.lower()
        cls.kind = kind or cls.__dict__.get("kind", "")
        if not kind:
            return
        cls.category = category or cls.category
        cls.label = label or words[0] + words[1:].lower()
        cls.version = version
        cls.replaces = replaces
        for name in (kind, *replaces):
            if name in cls.registry:
                raise TypeError(f"The {cls.family_name} kind '{name}' is declared twice: {cls.registry[name]}, {cls}.")
            cls.registry[name] = cls

    @classmethod
    def members(cls) -> list[type[Self]]:
        """All declared kinds of this family, each once, in the order of declaration."""
        return [member for kind, member in cls.registry.items() if kind == member.kind and issubclass(member, cls)]

    @classmethod
    def summary(cls) -> str:
        """First line of the docstring: the tooltip."""
        return inspect.cleandoc(cls.__doc__ or "").split("\n", 1)[0]

    @classmethod
    def upgrade(cls, data: dict[str, Any], version: int, kind: str) -> dict[str, Any]:
        """Turn the fields of an older file (its kind and version) into today's. Override when `version` rises."""
        return data

    def remarks(self, place: Place) -> Iterable[Remark]:
        """What is legal but probably not meant where this is a part of the layer at a place (a loss, an activation)."""
        return ()

    @model_validator(mode="wrap")
    @classmethod
    def _dispatch_on_kind(cls, value: Any, handler: Any) -> Any:
        if isinstance(value, cls):
            return value
        if isinstance(value, str) and value in cls.registry:
            value = {"kind": value}
        if isinstance(value, Mapping) and "kind" in value:
            data = dict(value)
            kind, version = data.pop("kind"), data.pop("version", 1)
            target = cls.registry.get(kind) if isinstance(kind, str) else None
            if target is None:
                raise UnknownKindError(f"this Netloom knows no {cls.family_name} of kind '{kind}'")
            if not issubclass(target, cls):
                raise ValueError(f"'{kind}' is not a kind of {cls.family_name}")
            if not isinstance(version, int) or version > target.version:
                raise UnknownKindError(
                    f"the {cls.family_name} '{kind}' was saved in version {version}; "
                    f"this Netloom knows {target.version}"
                )
            if version < target.version or kind != target.kind:
                data = target.upgrade(data, version, kind)
            return handler(data) if target is cls else target.model_validate(data)
        if not cls.kind:
            raise ValueError(f"expected one of the kinds of {cls.family_name}, but got {value!r}")
        return handler(value)

    @model_serializer(mode="plain")
    def _with_kind(self) -> dict[str, Any]:
        head: dict[str, Any] = {"kind": self.kind}
        if self.version > 1:
            head["version"] = self.version
        return head | {name: getattr(self, name) for name in type(self).model_fields}

    def to_data(self) -> dict[str, Any]:
        """Plain JSON values, with `kind` first."""
        return self.model_dump(mode="json")

    @classmethod
    def from_data(cls, data: Any) -> Self:
        """Inverse of `to_data`. Raises pydantic.ValidationError."""
        return cls.model_validate(data)

    def replace(self, **changes: Any) -> Self:
        """A copy with some fields changed, validated."""
        values = {name: getattr(self, name) for name in type(self).model_fields}
        return type(self).model_validate(values | changes)

    @classmethod
    def fields(cls) -> tuple[FieldDescription, ...]:
        """Describe every field, in the order of declaration."""
        return tuple(_describe(name, info) for name, info in cls.model_fields.items())


class Settings(Declaration):
    """Base of settings that are no member of a family (training, data split): fields and forms, but no kind."""

    @model_validator(mode="wrap")
    @classmethod
    def _dispatch_on_kind(cls, value: Any, handler: Any) -> Any:
        return value if isinstance(value, cls) else handler(value)

    @model_serializer(mode="plain")
    def _with_kind(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in type(self).model_fields}


def _describe(name: str, info: pydantic.fields.FieldInfo) -> FieldDescription:
    annotation: Any = info.annotation
    optional = False
    if get_origin(annotation) in (Union, types.UnionType):
        arms = [arm for arm in get_args(annotation) if arm is not type(None)]
        optional, annotation = len(arms) < len(get_args(annotation)), arms[0]
    choices: tuple[Any, ...] = ()
    family: type[Declaration] | None = None
    kind: FieldKind
    if get_origin(annotation) is Literal:
        kind, choices = "choice", get_args(annotation)
    elif get_origin(annotation) is tuple:
        element = get_args(annotation)[0]
        if isinstance(element, type) and issubclass(element, Declaration):
            kind, family = "declarations", element
        else:
            kind = "texts" if element is str else "integers"
    elif isinstance(annotation, type) and issubclass(annotation, Declaration):
        kind, family = "declaration", annotation
    elif annotation is bool:
        kind = "boolean"
    elif annotation is int:
        kind = "integer"
    elif annotation is float:
        kind = "real"
    elif annotation is str:
        kind = "text"
    else:
        raise TypeError(f"Field '{name}': no form is known for the type {annotation}.")
    bounds: dict[str, Any] = {}
    for bound in info.metadata:
        for attribute, key, open_key in (
            ("ge", "minimum", ""),
            ("gt", "minimum", "open_minimum"),
            ("le", "maximum", ""),
            ("lt", "maximum", "open_maximum"),
        ):
            if hasattr(bound, attribute):
                bounds[key] = getattr(bound, attribute)
                if open_key:
                    bounds[open_key] = True
    extra: dict[str, Any] = dict(info.json_schema_extra) if isinstance(info.json_schema_extra, dict) else {}
    label = extra.pop("label", "") or name.replace("_", " ").capitalize()
    return FieldDescription(
        name=name,
        label=label,
        help=info.description or "",
        kind=kind,
        default=info.get_default(call_default_factory=True),
        optional=optional,
        choices=choices,
        family=family,
        **bounds,
        **extra,
    )


def explain(error: ValidationError, what: str) -> str:
    """One plain sentence per wrong value: what, where, the value received, what is legal."""
    sentences = []
    for item in error.errors(include_url=False):
        where = ".".join(str(part) for part in item["loc"]) or "value"
        message = item["msg"].removeprefix("Value error, ").removeprefix("Input should be ").rstrip(".")
        if item["type"] == "extra_forbidden":
            sentences.append(f"{what} has no field '{where}'.")
        elif item["msg"].startswith("Input should be "):
            sentences.append(f"{what}: '{where}' must be {message}, but is {_short(item['input'])}.")
        else:
            sentences.append(f"{what}, '{where}': {message}.")
    return " ".join(sentences)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"
