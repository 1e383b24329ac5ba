"""Loads a config file: settings, or every complaint about it at once."""

import copy
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic.json_schema import models_json_schema

from bridge.config.access_settings import AccessSettings
from bridge.config.bot_settings import BotSettings, CozeSettings
from bridge.config.complaint import KeyPath, nearest
from bridge.config.error_messages import explain, fields, is_secret, models
from bridge.config.including import read_all
from bridge.config.lint import ParsedSections, lint
from bridge.config.manual import annotate
from bridge.config.positions import Source
from bridge.config.route_settings import DefaultSettings, RouteSettings
from bridge.config.secret_values import secret_values
from bridge.config.settings import (
    AdapterSettings,
    ConfigFile,
    HttpSettings,
    PrivacySettings,
    Settings,
    TestSettings,
    TopLevelKeys,
)
from bridge.config.warnings import warnings
from bridge.sdk.redaction import know_secrets

M = TypeVar("M", bound=BaseModel)

_PIECEMEAL = {"coze": CozeSettings, "bots": BotSettings, "routes": RouteSettings, "tests": TestSettings}


def load(path: Path, kinds: Mapping[str, type[BaseModel]], environ: Mapping[str, str]) -> Settings:
    """The settings of the file at *path*; raises `ConfigError` with every complaint, a line each. Its secrets are redacted from then on."""
    source = read_all(path, environ)
    reader = _Reader(source, kinds)
    reader.keys()
    parts = {key: reader.part(key) for key in reader.present()}
    for key_path, message in lint(_parsed_sections(parts, kinds)):
        source.complain(key_path, source.hide(message))
    source.refuse()
    settings = Settings(**parts, marks=source.marks)
    warned = (
        source.marks.complaint(key_path, source.hide(message)) for key_path, message in warnings(settings, source)
    )
    know_secrets(secret_values(settings))
    return settings.model_copy(update={"warnings": tuple(sorted(warned))})


def schema(kinds: Mapping[str, type[BaseModel]]) -> dict[str, Any]:
    """The JSON Schema of the file, for editors."""
    asked = [(model, "validation") for model in (ConfigFile, *kinds.values())]
    places, definitions = models_json_schema(asked)  # type: ignore[arg-type]  # the literal is widened in the list
    known = definitions["$defs"]
    annotate(known, kinds)
    for kind, model in kinds.items():
        name = places[model, "validation"]["$ref"].rpartition("/")[2]
        known[f"adapter_{kind}"] = _with_kind(copy.deepcopy(known[name]), kind)
    root = known.pop("ConfigFile")
    root["properties"]["adapters"]["additionalProperties"] = {
        "anyOf": [{"$ref": f"#/$defs/adapter_{kind}"} for kind in kinds]
    }
    known["BotSettings"]["required"].remove("coze")
    known["TestSettings"]["required"].remove("adapter")
    known["RouteSettings"]["required"].remove("name")
    while unused := known.keys() - set(re.findall(r"#/\$defs/([\w.-]+)", json.dumps([root, known]))):
        for name in unused:
            del known[name]
    whole = {"$schema": "https://json-schema.org/draft/2020-12/schema", **root, "title": "coze-bridge", "$defs": known}
    return {key: _with_files(value) for key, value in whole.items()}


def _with_kind(section: dict[str, Any], kind: str) -> dict[str, Any]:
    about = {"const": kind, "description": "which platform it is"}
    properties = {"kind": about, **section.get("properties", {})}
    return {**section, "properties": properties, "required": ["kind", *section.get("required", ())]}


def _with_files(node: Any) -> Any:
    """The schema *node*, with ``{file: path}`` allowed wherever a secret is expected."""
    if isinstance(node, list):
        return [_with_files(item) for item in node]
    if not isinstance(node, dict):
        return node
    if node.get("format") == "password":
        kept = {key: node[key] for key in ("description", "title", "examples") if key in node}
        text = {"type": "string", "minLength": node.get("minLength", 0)}
        file = {"type": "object", "properties": {"file": {"type": "string"}}, "required": ["file"]}
        return {**kept, "anyOf": [text, {**file, "additionalProperties": False}]}
    parsed = not isinstance(node.get("default"), str | bool | int | None)  # not as people would write it
    return {key: _with_files(value) for key, value in node.items() if key != "default" or not parsed}


def _parsed_sections(parts: Mapping[str, Any], kinds: Iterable[str]) -> ParsedSections:
    return ParsedSections(
        kinds=dict.fromkeys(kinds),
        http=parts.get("http", HttpSettings()),
        privacy=parts.get("privacy", PrivacySettings()),
        coze=parts.get("coze", {}),
        adapters=parts.get("adapters", {}),
        bots=parts.get("bots", {}),
        people=parts.get("people") or {},
        access=parts.get("access") or AccessSettings(),
        defaults=parts.get("defaults") or DefaultSettings(),
        routes=parts.get("routes", ()),
        tests=parts.get("tests", ()),
    )


@dataclass(slots=True)
class _Reader:
    """Reads the file piece by piece, so that a broken piece hides nothing that is wrong with the others."""

    source: Source
    kinds: Mapping[str, type[BaseModel]]

    @property
    def data(self) -> dict[str, Any]:
        """The whole file."""
        return self.source.data or {}

    def keys(self) -> None:
        """Complain about unknown sections, and about missing ones; not in a file that has no sections at all."""
        if self.source.data is None and self.source.complaints:
            return
        for key in self.data.keys() - ConfigFile.model_fields.keys():
            self.source.complain((key,), f"unknown key{nearest(key, ConfigFile.model_fields)}")
        for key, field in ConfigFile.model_fields.items():
            if field.is_required() and not self.data.get(key):
                self.source.complain((key,), f"missing: {field.description}")

    def present(self) -> Iterator[str]:
        """The sections to read."""
        return (key for key in ConfigFile.model_fields if self.data.get(key) is not None)

    def part(self, key: str) -> Any:
        """The section *key*; what is broken in it is None."""
        raw = self.data[key]
        match key:
            case "adapters":
                return {name: self.adapter(name, raw[name]) for name in self.named(key, raw)}
            case "coze" | "bots":
                pieces = {name: self.with_ca_beside(raw[name]) for name in self.named(key, raw)}
                return {name: self.model(_PIECEMEAL[key], piece, (key, name)) for name, piece in pieces.items()}
            case "routes" | "tests":
                return tuple(
                    self.model(_PIECEMEAL[key], item, (key, index)) for index, item in enumerate(self.listed(key, raw))
                )
            case _:
                return self.section(key, raw)

    def with_ca_beside(self, raw: Any) -> Any:
        """A Coze's section with the path of its certificates relative to the config file, as every other path is."""
        ca = raw.get("ca") if isinstance(raw, dict) else None
        return {**raw, "ca": str(self.source.folder / ca)} if isinstance(ca, str) and ca else raw

    def section(self, key: str, raw: Any) -> Any:
        """A section that is read as a whole."""
        field = ConfigFile.model_fields[key]
        for model in models(field.annotation):
            return self.model(model, raw, (key,))
        plain = self.model(TopLevelKeys, {key: raw}, ())
        return getattr(plain, key) if plain is not None else None

    def named(self, key: str, raw: Any) -> Iterator[str]:
        """The names in a section of named things."""
        if not isinstance(raw, dict):
            self.source.complain((key,), "expected a section of names")
            return
        for name in raw:
            if not name or any(letter in ":/ \t\n" for letter in name):
                self.source.complain((key, name), "expected a name without spaces, `:` and `/`")
            elif not name.strip("."):  # in an address it would mean the folder above
                self.source.complain((key, name), "expected a name that is not of dots alone")
            yield name

    def listed(self, key: str, raw: Any) -> list[Any]:
        """The items of a section that is a list."""
        if not isinstance(raw, list):
            self.source.complain((key,), "expected a list; begin each item with `- `")
            return []
        return raw

    def adapter(self, name: str, raw: Any) -> AdapterSettings | None:
        """A platform's section, read as its own model."""
        key_path: KeyPath = ("adapters", name)
        if not isinstance(raw, dict):
            self.source.complain(key_path, "expected a section of keys such as `kind: …`")
            return None
        kind = raw.get("kind")
        if not isinstance(kind, str):
            self.source.complain((*key_path, "kind"), f"missing: one of {', '.join(self.kinds)}")
            return None
        if kind not in self.kinds:
            got = self.source.got((*key_path, "kind"))
            self.source.complain((*key_path, "kind"), f"unknown kind {got}{nearest(kind, self.kinds)}")
            return None
        options = self.model(self.kinds[kind], {key: raw[key] for key in raw if key != "kind"}, key_path)
        return AdapterSettings(kind=kind, options=options) if options is not None else None

    def model(self, model: type[M], raw: Any, key_path: KeyPath) -> M | None:
        """A *model* of the value at *key_path*."""
        if isinstance(raw, dict) or raw is None:
            raw = self.opened(model, self.filled(model, raw or {}, key_path), key_path)
        return self.validated(model, raw, key_path)

    def filled(self, model: type[BaseModel], raw: dict[str, Any], key_path: KeyPath) -> dict[str, Any]:
        """The value at *key_path*, with names filled in that may be left out."""
        only: dict[str, Any] = {}
        if model is BotSettings:
            only = {"coze": self.only("coze")}
        elif model is TestSettings:
            only = {"adapter": self.only("adapters")}
        elif model is RouteSettings:
            only = {"name": f"route {int(key_path[-1]) + 1}"}
        return {key: name for key, name in only.items() if name} | raw

    def only(self, key: str) -> str | None:
        """The only name in a section, if there is just one; some name where the section is missing, of which it complains itself."""
        names = self.data.get(key)
        if not isinstance(names, dict) or not names:
            return key
        return next(iter(names)) if len(names) == 1 else None

    def opened(self, model: type[BaseModel], raw: dict[str, Any], key_path: KeyPath) -> dict[str, Any]:
        """The value at *key_path*, with the texts of the files that its secrets name."""
        opened = dict(raw)
        for key, field in fields(model).items():
            match raw.get(key):
                case {"file": str(name), **rest} if not rest and is_secret(field.annotation):
                    opened[key] = self.source.read_secret((*key_path, key), name)
                case dict() as section:
                    for inner in models(field.annotation):
                        opened[key] = self.opened(inner, section, (*key_path, key))
        return opened

    def validated(self, model: type[M], raw: Any, key_path: KeyPath) -> M | None:
        """A *model* of *raw*; None, and complaints, if it cannot be."""
        try:
            return model.model_validate(raw)
        except ValidationError as refusal:
            for error in refusal.errors(include_url=False):
                where, message = explain(error, model=model, key_path=key_path, source=self.source)
                if not self.source.is_unusable(where):
                    self.source.complain(where, message)
        return None
