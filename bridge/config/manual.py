"""The reference of the config: every key with its default, two languages and an example, as Markdown and in the JSON Schema."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

import yaml
from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from bridge.config.access_settings import AccessRule
from bridge.config.error_messages import fields, models
from bridge.config.settings import ConfigFile
from bridge.config.units import ListenAddress
from bridge.sdk.rates import Rate

_NOTHING: Final[Mapping[str, Any]] = {"zh": "", "example": None}
"""For a key of a third party's adapter that brings no example and no Chinese."""

_UNITS: Final = (("d", 86400), ("h", 3600), ("m", 60), ("s", 1), ("ms", 0.001))
_SPELLED_IN_WORDS: Final = frozenset({AccessRule})
"""Sections that are written as a word or a small mapping, and explained where they stand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One key of a section."""

    name: str
    default: str
    english: str
    chinese: str
    example: Any  #: the value as YAML would give it


@dataclass(frozen=True, slots=True, kw_only=True)
class ManualPart:
    """One section."""

    title: str
    about: str
    entries: tuple[Key, ...]


def parts(kinds: Mapping[str, type[BaseModel]]) -> Iterator[ManualPart]:
    """Every section, from the whole file to each kind of adapter."""
    for model in dict.fromkeys(_sections(ConfigFile)):
        yield ManualPart(title=_title(model), about=_about(model), entries=tuple(_keys(model)))
    for kind, options in kinds.items():
        for model in dict.fromkeys(_sections(options)):
            inner = f", {_title(model)}" if model is not options else ""
            yield ManualPart(title=f"adapters: kind: {kind}{inner}", about=_about(model), entries=tuple(_keys(model)))


def annotate(definitions: Mapping[str, dict[str, Any]], kinds: Mapping[str, type[BaseModel]]) -> None:
    """Add a default and an example to each property of a JSON Schema's *definitions*, which are by the names of their models."""
    of_kinds = (model for options in kinds.values() for model in _sections(options))
    for model in dict.fromkeys([*_sections(ConfigFile), *of_kinds]):
        for name, field in fields(model).items():
            known = definitions[model.__name__]["properties"][name]
            if (example := _described(model, name, field)["example"]) is not None:
                known["examples"] = [example]
            known.pop("zh", None)
            if (written := written_default(field)) is not None:
                known["default"] = written


def render(kinds: Mapping[str, type[BaseModel]]) -> str:
    """The whole as a page of Markdown."""
    head = [
        "# Configuration · 配置",
        "",
        "Every key there is, made from the models by `scripts/write-configuration`. [config.example.yaml](../config.example.yaml)",
        "shows them at work, `coze-bridge check` tells what is wrong, and `coze-bridge schema` prints the schema for editors.",
        "",
        "每一个键及其默认值、说明和示例。密钥写作 `${变量}`，或 `{file: 文件}`。",
    ]
    return "\n".join([*head, *(line for part in parts(kinds) for line in _page(part))]) + "\n"


def _page(part: ManualPart) -> Iterator[str]:
    yield from ("", f"## {part.title}", "", part.about, "")
    yield "| key | default | what it is | 说明 | example |"
    yield "|---|---|---|---|---|"
    for key in part.entries:
        shown = yaml.safe_dump(key.example, default_flow_style=True, allow_unicode=True, width=10_000)
        cells = (
            f"`{key.name}`",
            key.default,
            key.english,
            key.chinese,
            f"`{shown.removesuffix('...' + chr(10)).strip()}`",
        )
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _sections(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """*model*, and every section inside it."""
    yield model
    for field in fields(model).values():
        for inner in models(field.annotation):
            if inner is not model and inner not in _SPELLED_IN_WORDS:
                yield from _sections(inner)


def _keys(model: type[BaseModel]) -> Iterator[Key]:
    for name, field in fields(model).items():
        described = _described(model, name, field)
        yield Key(
            name=name,
            default=_default(field),
            english=field.description or "",
            chinese=described["zh"],
            example=described["example"],
        )


def _described(model: type[BaseModel], name: str, field: FieldInfo) -> Mapping[str, Any]:
    """What the manual, or else the field itself, says of a key."""
    extra = field.json_schema_extra
    if isinstance(extra, dict) and field.examples:
        return {"zh": extra["zh"], "example": field.examples[0]}
    known = _manual()
    for owner in model.__mro__:
        if (key := f"{owner.__name__}.{name}") in known:
            return known[key]
    return _NOTHING


@cache
def _manual() -> Mapping[str, Mapping[str, Any]]:
    text = files("bridge.config").joinpath("manual.yaml").read_text(encoding="utf-8")
    known: Mapping[str, Mapping[str, Any]] = yaml.safe_load(text)
    return known


def _default(field: FieldInfo) -> str:
    """The default for the table; a longer one is in the description."""
    if field.is_required():
        return "required"
    written = written_default(field)
    return "–" if written in (None, "") else f"`{json.dumps(written) if isinstance(written, bool) else written}`"


def written_default(field: FieldInfo) -> str | bool | int | None:
    """The default as it is written in a file; None where there is none, or it is a whole section."""
    value = None if field.is_required() else field.get_default(call_default_factory=True)
    match value:
        case SecretStr():
            return value.get_secret_value()
        case str() | bool() | int() | None:
            return value
        case float():
            return _duration(value)
        case ListenAddress() | Rate():
            return str(value)
        case _:
            return None


def _duration(seconds: float) -> str:
    unit, length = next((unit, length) for unit, length in _UNITS if seconds % length == 0)
    return f"{seconds / length:g}{unit}"


def _title(model: type[BaseModel]) -> str:
    return {"ConfigFile": "The file"}.get(model.__name__, model.__name__.removesuffix("Settings"))


def _about(model: type[BaseModel]) -> str:
    return (model.__doc__ or "").strip().splitlines()[0]
