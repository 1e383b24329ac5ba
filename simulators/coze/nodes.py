"""
What question and input nodes say while they wait, in each server's own JSON, and what they take for an answer.

Studio's forms are those of its source (``backend/application/workflow/chatflow.go``): a card carries the prompt twice, in
``x_properties.workflow_card_info`` and in the default value of a variable of its template.
"""

import json
from typing import Any

from simulators.coze.script import Interrupt
from simulators.coze.wire import compact

QUESTION, INPUT = 2, 5
_VARIABLE = "5fJt3qKpSz"
_ELEMENTS = {
    "root": {
        "id": "root",
        "name": "Root",
        "type": "@flowpd/cici-components/PageContainer",
        "props": {"backgroundColor": "grey", "containerPadding": 16},
        "children": ["OpfZnYNHby"],
        "directives": {},
    },
    "OpfZnYNHby": {
        "id": "OpfZnYNHby",
        "name": "FlowpdCiciComponentsColumnLayout",
        "type": "@flowpd/cici-components/ColumnLayout",
        "props": {"Columns": [{"type": "slot", "children": ["KPa0BqoODo"], "config": {"width": "weighted"}}]},
        "directives": {"repeat": {"type": "expression", "value": f"{{{{{_VARIABLE}}}}}"}},
    },
    "KPa0BqoODo": {
        "id": "KPa0BqoODo",
        "name": "FlowpdCiciComponentsInput",
        "type": "@flowpd/cici-components/Input",
        "props": {"label": {"type": "expression", "value": "{{item.name}}"}, "text": "{{item.value}}"},
        "directives": {},
    },
}


def fields(step: Interrupt) -> list[dict[str, Any]]:
    """What an input node wants, as Studio lists it."""
    known = step.required_parameters or {}
    return [
        {"type": one.get("type", "string"), "name": name, "required": one.get("required", True)}
        for name, one in known.items()
    ]


def data(step: Interrupt, flavour: str) -> str:
    """The ``data`` of an interrupt."""
    if step.type == INPUT:
        return compact({"content_type": "form_schema", "content": compact(fields(step))})
    if flavour == "studio":
        return compact({"messages": [_message(step)]})
    content = _options(step) if step.options else step.question
    return compact({"content_type": "option" if step.options else "text", "content": content})


def spoken(step: Interrupt, flavour: str) -> str | None:
    """The content of the message that a run sends ahead of its interrupt; None where it sends none."""
    if flavour == "studio":
        return None if step.type == INPUT else data(step, flavour)
    return step.question


def answer(step: Interrupt) -> tuple[str, str]:
    """Content and content type of the message in which a Studio's chat asks."""
    if step.type == INPUT:
        return _card(fields(step), {"card_type": "INPUT", "input_card_data": fields(step)}), "card"
    if not step.options:
        return step.question, "text"
    named = [{"name": option} for option in step.options]
    shown = {"description": step.question, "list": [{"key": option} for option in step.options]}
    told = {"card_type": "QUESTION", "question_card_data": {"Title": step.question, "Options": named}}
    return _card(shown, told), "card"


def refusal(step: Interrupt, reply: str, *, lines: bool) -> str:
    """Why the node cannot take *reply*, in the server's words; empty if it can. A chat's node reads *lines*."""
    if step.type != INPUT or not step.required_parameters:
        return ""
    given = _lines(reply) if lines else _object(reply)
    missing = [one["name"] for one in fields(step) if one["required"] and not given.get(one["name"])]
    return f"input field {missing[0]} not found" if missing else ""


def _card(default: Any, told: Any) -> str:
    template = {"elements": _ELEMENTS, "rootID": "root", "variables": {_VARIABLE: _variable(default)}, "actions": {}}
    shown = {"card_type": 3, "content_type": 50, "response_type": "card", "template_id": 7383997384420262000}
    return compact(
        shown | {"template_url": "", "data": compact(template), "x_properties": {"workflow_card_info": compact(told)}}
    )


def _variable(default: Any) -> dict[str, Any]:
    return {"id": _VARIABLE, "name": "cardData", "defaultValue": default}


def _message(step: Interrupt) -> dict[str, Any]:
    kind, content = ("option", _options(step)) if step.options else ("text", step.question)
    return {"type": "question", "content_type": kind, "content": content, "id": "161668_0"}


def _options(step: Interrupt) -> dict[str, Any]:
    return {"options": [{"name": option} for option in step.options], "question": step.question}


def _lines(reply: str) -> dict[str, str]:
    pairs = (line.strip().split(":", 1) for line in reply.split("\n"))
    return {pair[0]: pair[1] for pair in pairs if len(pair) == 2}


def _object(reply: str) -> dict[str, Any]:
    try:
        value = json.loads(reply)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
