"""The paper about every key: made from the models, current, in both languages, with examples that are right."""

import json
import re
from pathlib import Path
from typing import Annotated

import pytest
import yaml
from pydantic import TypeAdapter

from bridge.config.error_messages import fields
from bridge.config.loading import schema
from bridge.config.manual import _described, _sections, parts, render
from bridge.config.settings import ConfigFile
from bridge.parts.registry import Kinds

TOP = Path(__file__).parents[2]
KINDS = Kinds()
MODELS = [*dict.fromkeys(_sections(ConfigFile)), *KINDS.values()]
ELSEWHERE = {"ca", "python", "tools"}  # examples of files and functions that are not here


def test_it_is_what_the_models_say():
    current = render(KINDS) == (TOP / "docs" / "configuration.md").read_text(encoding="utf-8")

    assert current, "a key was added or changed: run scripts/write-configuration"


@pytest.mark.parametrize("part", list(parts(KINDS)), ids=lambda part: part.title)
def test_every_key_is_described_in_both_languages(part):
    for key in part.entries:
        assert key.english, f"{key.name}: give its Field a description"
        assert re.search("[一-鿿]", key.chinese), (
            f"{key.name}: describe it in bridge/config/manual.yaml, with an example"
        )
        assert key.example is not None, f"{key.name}: give an example in bridge/config/manual.yaml"


def as_written(value):
    """The *value* as the reader of the file hands it on: every scalar a text, a file's name for what is in it."""
    match value:
        case {"file": str(name)}:
            return name
        case dict():
            return {key: as_written(inner) for key, inner in value.items()}
        case list():
            return [as_written(inner) for inner in value]
        case bool():
            return str(value).lower()
        case _:
            return str(value)


@pytest.mark.parametrize(
    "model", [model for model in MODELS if model is not ConfigFile], ids=lambda model: model.__name__
)
def test_every_example_is_right(model):
    for name, field in fields(model).items():
        if name not in ELSEWHERE:
            example = as_written(_described(model, name, field)["example"])
            kind = Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation
            TypeAdapter(kind).validate_python(example)


def test_editors_get_descriptions_defaults_and_examples():
    known = schema(KINDS)

    assert not re.search(r'"zh":', json.dumps(known))
    for definition in [known, *known["$defs"].values()]:
        for name, about in definition.get("properties", {}).items():
            if name != "kind":
                assert about.get("examples") or definition.get("title") == "AccessRule", name
                assert about.get("description"), name
    worker = known["$defs"]["WorkerSettings"]["properties"]
    assert ("30s", 500) == (worker["lease"]["default"], worker["concurrency"]["default"])


TYPES = {
    "string": str,
    "integer": int,
    "number": float,
    "boolean": bool,
    "array": list,
    "object": dict,
    "null": type(None),
}
SCHEMA = schema(KINDS)


def is_of_type(told, value):
    return type(value) in [TYPES[one] for one in ([told] if isinstance(told, str) else told)]


def keys_of(value):
    return value.items() if isinstance(value, dict) else ()


CHECKS = {
    "$ref": lambda told, value, _: fits(SCHEMA["$defs"][told.removeprefix("#/$defs/")], value),
    "anyOf": lambda told, value, _: any(fits(one, value) for one in told),
    "oneOf": lambda told, value, _: 1 == sum(fits(one, value) for one in told),
    "const": lambda told, value, _: value == told,
    "enum": lambda told, value, _: value in told,
    "type": lambda told, value, _: is_of_type(told, value),
    "pattern": lambda told, value, _: not isinstance(value, str) or re.search(told, value),
    "items": lambda told, value, _: not isinstance(value, list) or all(fits(told, one) for one in value),
    "required": lambda told, value, _: not isinstance(value, dict) or value.keys() >= set(told),
    "properties": lambda told, value, _: all(fits(told[key], one) for key, one in keys_of(value) if key in told),
    "additionalProperties": lambda told, value, rule: all(
        told is not False and fits(told, one) for key, one in keys_of(value) if key not in rule.get("properties", {})
    ),
}
"""What each word of a schema that ours makes use of means. https://json-schema.org/draft/2020-12/json-schema-validation"""


def fits(rule, value):
    """Whether an editor that goes by the schema has nothing against *value*."""
    return all(check(rule[word], value, rule) for word, check in CHECKS.items() if word in rule)


def test_an_editor_has_nothing_against_the_example():
    example = yaml.safe_load((TOP / "config.example.yaml").read_text(encoding="utf-8"))

    assert [] == [section for section, value in example.items() if not fits(SCHEMA["properties"][section], value)]
    assert fits(SCHEMA, example)
    assert not fits(SCHEMA, example | {"rutes": []})


@pytest.mark.parametrize("name", [name for name in SCHEMA["$defs"] if "properties" in SCHEMA["$defs"][name]])
def test_an_editor_has_nothing_against_an_example_of_a_key(name):
    keys = SCHEMA["$defs"][name]["properties"]
    refused = [
        (key, example) for key, rule in keys.items() for example in rule.get("examples", ()) if not fits(rule, example)
    ]

    assert [] == refused
