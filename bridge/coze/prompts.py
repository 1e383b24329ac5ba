"""
What a question or input node asks people, from the JSON in which it travels.

Coze and Coze Studio put the same few facts into many wrappers: an interrupt's ``data``, a run's ``{"messages": […]}``, a
card's ``x_properties.workflow_card_info`` or the default values of its variables, and JSON within JSON in all of them.
https://github.com/coze-dev/coze-studio/blob/main/backend/application/workflow/chatflow.go (``renderQACardDSL``)
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final, Self

from bridge.sdk.foreign_json import decode_json

OPTIONS_AS_BUTTONS: Final = 5
"""More options than that, or longer ones, are listed in the text, too: not every place has room for them below it."""

OPTION_LONGEST: Final = 200
"""Code points of an option that a button can carry."""

_DEEP: Final = 6  # wrappers within each other
_WRAPPERS: Final = ("x_properties", "workflow_card_info", "question_card_data", "input_card_data", "data")


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One value that an input node wants."""

    name: str
    required: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """What a node asks a person."""

    question: str = ""
    options: tuple[str, ...] = ()  #: answers to choose from
    fields: tuple[Field, ...] = ()  #: values to fill in

    @property
    def text(self) -> str:
        """The question in Markdown, and what is listed below it."""
        return "\n\n".join(filter(None, (self.question, self.listed)))

    @property
    def listed(self) -> str:
        """The fields, and the options if buttons cannot hold them, as a list."""
        listed = tuple(field.name for field in self.fields)
        if len(self.options) > OPTIONS_AS_BUTTONS or any(len(option) > OPTION_LONGEST for option in self.options):
            listed += self.options
        return bullets(listed)

    def asking(self, fields: tuple[Field, ...]) -> Self:
        """The same prompt, for these *fields* if it names none itself."""
        return type(self)(question=self.question, options=self.options, fields=self.fields or fields)


def bullets(lines: Iterable[str]) -> str:
    """*lines* as a Markdown list."""
    return "\n".join(f"- {line}" for line in lines)


def read_prompt(said: object) -> Prompt | None:
    """The prompt in an interrupt's ``data``; None if there is none."""
    return _read(said, _DEEP)


def read_card(content: str) -> Prompt | None:
    """The prompt that a card's *content* puts; None if it only shows something."""
    prompt = _read(content, _DEEP)
    return prompt if prompt and (prompt.options or prompt.fields) else None


def read_history(said: str) -> Prompt | None:
    """The prompt at the end of a question node's ``{"messages": […]}``; None if *said* is something else."""
    value = parsed(said)
    return _read(value, _DEEP) if isinstance(value, dict) and _questions(value) else None


def read_parameters(required: object) -> tuple[Field, ...]:
    """The fields of an interrupt's ``required_parameters``."""
    known = required.items() if isinstance(required, dict) else ()
    return tuple(Field(name=str(name), required=_is_required(one)) for name, one in known)


def parsed(text: object) -> Any:
    """The JSON object or list in *text*, or *text* itself if it is one; None if it is neither."""
    if isinstance(text, dict | list):
        return text
    try:
        return decode_json(text) if isinstance(text, str) and text.lstrip()[:1] in ("{", "[") else None
    except ValueError:
        return None


def _read(said: object, deep: int) -> Prompt | None:
    value = parsed(said)
    prompt = _form(value) if isinstance(value, list) else _choice(value)
    if prompt or not deep:
        return prompt
    return next((found for inner in _inside(value) if (found := _read(inner, deep - 1))), None)


def _form(values: list[Any]) -> Prompt | None:
    fields = [one for one in values if isinstance(one, dict) and one.get("name") and "type" in one]
    named = tuple(Field(name=str(one["name"]), required=_is_required(one)) for one in fields)
    return Prompt(fields=named) if named else None


def _choice(value: object) -> Prompt | None:
    match value:
        case {"Title": str(question), **rest} | {"question": str(question), **rest}:
            return Prompt(question=question, options=_names(rest.get("Options") or rest.get("options"), "name"))
        case {"description": str(question), "list": [*options]}:
            return Prompt(question=question, options=_names(options, "key"))
    return None


def _inside(value: object) -> Iterator[Any]:
    """What *value* may wrap."""
    if not isinstance(value, dict):
        return
    contents = [one.get("content") for one in _questions(value)[-1:]]
    for content in (*contents, value.get("content")):
        is_plain = isinstance(content, str) and content.strip() and parsed(content) is None
        yield {"question": content} if is_plain else content
    yield from (value.get(name) for name in _WRAPPERS)
    variables = value.get("variables")
    for one in variables.values() if isinstance(variables, dict) else ():
        yield one.get("defaultValue") if isinstance(one, dict) else None


def _questions(value: dict[str, Any]) -> list[dict[str, Any]]:
    messages = value.get("messages")
    listed = messages if isinstance(messages, list) else []
    return [one for one in listed if isinstance(one, dict) and one.get("type") == "question"]


def _names(options: object, key: str) -> tuple[str, ...]:
    listed = options if isinstance(options, list) else []
    named = (one.get(key) if isinstance(one, dict) else one for one in listed)
    return tuple(name for name in named if isinstance(name, str) and name.strip())


def _is_required(one: object) -> bool:
    return not isinstance(one, dict) or one.get("required", True) is not False
