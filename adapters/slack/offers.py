"""
The questions a bot proposes, as buttons below its answer.

Each button carries its question whole: nothing is remembered, and buttons outlive every restart.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from bridge.text.splitting import utf16

Json = dict[str, Any]

_MARK: Final = "ask:"
_LABEL: Final = 75  # UTF-16 units of a button's text; its value may have 2000
_LARGEST: Final = 12_000  # characters of all blocks as JSON; more than 13 200 were refused in the field
_NOTICE: Final = 300  # code points that a phone shows of a message made of blocks


def row(offers: Iterable[str]) -> Json:
    """A button for each question."""
    return {"type": "actions", "elements": [_button(index, offer) for index, offer in enumerate(offers)]}


def _button(index: int, offer: str) -> Json:
    text = {"type": "plain_text", "text": _label(offer)}
    return {"type": "button", "action_id": f"{_MARK}{index}", "text": text, "value": offer}


def _label(offer: str) -> str:
    label = offer
    while utf16(label) > _LABEL:
        label = label[:-2] + "\N{HORIZONTAL ELLIPSIS}"
    return label


def below(text: str, offers: Sequence[str]) -> Json:
    """
    What a message is asked to say: Markdown, and the *offers* below it.

    Buttons stand only among blocks, which hold a little less: where both do not fit, the answer goes without.
    """
    blocks = [{"type": "markdown", "text": text}, row(offers)]
    if not offers or utf16(json.dumps(blocks, ensure_ascii=False)) > _LARGEST:
        return {"markdown_text": text}
    return {"text": text[:_NOTICE], "blocks": blocks}


def pressed(action: Mapping[str, Any]) -> str | None:
    """The question that a button stands for, if it is one of ours."""
    ours = str(action.get("action_id")).startswith(_MARK)
    return str(action["value"]) if ours and action.get("value") else None
