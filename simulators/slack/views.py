"""Slack's views: the modals that an app opens, and each person's Home tab; strict about what either may hold."""

import time
from typing import Any, Final

from simulators.slack.model import Answer, Params, Refusal
from simulators.slack.rules import check_blocks, units
from simulators.slack.world import World

_TRIGGER_LIFETIME: Final = 3.0
_MOST_BLOCKS: Final = 100
_LONGEST_TITLE: Final = 24  # of a modal's title, of what stands on its buttons
_LONGEST_METADATA: Final = 3_000


class Views:
    """The views of a workspace, and the methods by which an app fills them."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.home: dict[str, Params] = {}  #: by person, the view on their Home tab
        self.modals: list[Params] = []  #: as they were opened, each with its id
        self.home_tab = True
        self._used_triggers: set[str] = set()
        self.methods = {"views.open": self.open, "views.publish": self.publish}

    def publish(self, params: Params) -> Answer:
        """Fill somebody's Home tab."""
        if not self.home_tab:
            raise Refusal("not_enabled")
        if params["user_id"] not in self._world.people:
            raise Refusal("user_not_found")
        self.home[params["user_id"]] = _view(params, "home")
        return {"view": params["view"] | {"id": f"V{len(self.home)}"}}

    def open(self, params: Params) -> Answer:
        """Open a modal, within seconds of what triggered it, and once."""
        trigger = str(params["trigger_id"])
        parts = trigger.split(".")
        if len(parts) != 3 or not parts[1].isdigit():
            raise Refusal("invalid_trigger_id")
        if trigger in self._used_triggers:
            raise Refusal("exchanged_trigger_id")
        if time.monotonic() - int(parts[1]) / 1e9 > _TRIGGER_LIFETIME:
            raise Refusal("expired_trigger_id")
        view = _view(params, "modal")
        _check_modal(view)
        self._used_triggers.add(trigger)
        opened = view | {"id": f"VM{len(self.modals) + 1}", "private_metadata": view.get("private_metadata", "")}
        self.modals.append(opened)
        return {"view": opened}


def filled_in(view: Params, answer: str) -> Params:
    """The *view* as it is submitted: *answer* stands in its first input."""
    field = next(block for block in view["blocks"] if block["type"] == "input")
    value = {"type": "plain_text_input", "value": answer}
    return view | {"state": {"values": {field["block_id"]: {field["element"]["action_id"]: value}}}}


def _view(params: Params, kind: str) -> Params:
    view = params.get("view")
    if not isinstance(view, dict) or view.get("type") != kind or "blocks" not in view:
        raise Refusal("invalid_arguments")
    if len(view.get("private_metadata") or "") > _LONGEST_METADATA:
        raise _bad("/view/private_metadata", f"must be less than {_LONGEST_METADATA + 1} characters")
    check_blocks(view["blocks"], most=_MOST_BLOCKS)
    for number, block in enumerate(view["blocks"]):
        if block["type"] in ("markdown", "context_actions"):
            raise _bad(f"/view/blocks/{number}/type", f"unsupported type: {block['type']}")
    return view


def _check_modal(view: Params) -> None:
    """A title that fits, and where there is something to fill in, a button and a place for each answer."""
    for name in ("title", *(name for name in ("submit", "close") if name in view)):
        _plain(view.get(name), f"/view/{name}")
    inputs = [block for block in view["blocks"] if block["type"] == "input"]
    if inputs and "submit" not in view:
        raise _bad("/view/submit", "missing required field: submit")
    for block in inputs:
        if not (block.get("element") or {}).get("action_id") or not (block.get("label") or {}).get("text"):
            raise _bad("/view/blocks", "an input needs a label, and an element with an action_id")


def _plain(value: Any, where: str) -> None:
    if not isinstance(value, dict) or value.get("type") != "plain_text" or not value.get("text"):
        raise _bad(where, "missing or malformed text object")
    if units(value["text"]) > _LONGEST_TITLE:
        raise _bad(f"{where}/text", f"must be less than {_LONGEST_TITLE + 1} characters")


def _bad(where: str, why: str) -> Refusal:
    return Refusal("invalid_arguments", response_metadata={"messages": [f"[ERROR] {why} [json-pointer:{where}]"]})
