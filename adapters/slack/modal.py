"""
The form of the shortcut "Ask about this": what it shows, and what it returns.

The form contains the message that it is about, so nothing is remembered here, and any replica can handle the submission.
Whatever does not fit of a long message is read from Slack when the question's turn begins.
https://docs.slack.dev/interactivity/implementing-shortcuts#messages · https://docs.slack.dev/surfaces/modals
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from adapters.slack.limits import FORM_INPUT_LONGEST, FORM_METADATA_LONGEST
from adapters.slack.rich_text import notation
from adapters.slack.words import NamesById, words_to
from bridge.sdk.i18n import MessageId, translate
from bridge.sdk.splitting import utf16

Json = Mapping[str, Any]

CALLBACK: Final = "question"
"""The form's ``callback_id``, which comes back when it is sent."""

_INPUT: Final = "words"
_EXCERPT: Final = 300  # code points of the message that the form shows
_FILES_MOST: Final = 5
_FILE: Final = ("id", "name", "mimetype", "size", "subtype", "mode")


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedAbout:
    """The question from the form, and the message it is about."""

    question: str
    channel: str
    channel_name: str
    ts: str  #: of the message
    thread: str  #: the ts of the message that its thread hangs on, which may be itself
    author: str  #: the id of who wrote it, empty where it was no person
    author_name: str  #: as the message tells it; empty for people
    text: str  #: what it says in Slack's notation, as far as the form holds it
    is_cut: bool
    files: list[Json]
    asked_at: str  #: the ts of the press
    response_url: str


def question_form(action: Json, me: str, names: NamesById, language: str | None) -> dict[str, Any]:
    """The form for the message in a shortcut's payload; *me* is the bot."""
    field = {
        "type": "plain_text_input",
        "action_id": _INPUT,
        "multiline": True,
        "max_length": FORM_INPUT_LONGEST,
        "focus_on_load": True,
    }
    excerpt = _excerpt(words_to(_said(action["message"]), me, names))
    quoted = {"type": "section", "text": _plain(excerpt)} if excerpt else {"type": "divider"}
    return {
        "type": "modal",
        "callback_id": CALLBACK,
        "title": _plain(translate(MessageId.ASK_ABOUT, language)),
        "submit": _plain(translate(MessageId.ASK, language)),
        "close": _plain(translate(MessageId.CANCEL, language)),
        "private_metadata": _remembered(action),
        "blocks": [
            {
                "type": "input",
                "block_id": _INPUT,
                "label": _plain(translate(MessageId.YOUR_QUESTION, language)),
                "element": field,
            },
            quoted,
        ],
    }


def answered(view: Json) -> AskedAbout:
    """Read the submitted form."""
    known: dict[str, Any] = json.loads(view["private_metadata"])
    question = view["state"]["values"][_INPUT][_INPUT]["value"]
    return AskedAbout(question=str(question or ""), **known)


def _remembered(action: Json) -> str:
    """The message's address, with as much of its text as a view can hold."""
    message, channel = action["message"], action["channel"]
    ts, text = str(action["message_ts"]), _said(message)
    files = [{key: file[key] for key in _FILE if key in file} for file in message.get("files") or []]
    known = {
        "channel": str(channel["id"]),
        "channel_name": str(channel.get("name") or ""),
        "ts": ts,
        "thread": str(message.get("thread_ts") or ts),
        "author": str(message.get("user") or ""),
        "author_name": str(message.get("username") or ""),
        "text": "",
        "is_cut": False,
        "files": files[:_FILES_MOST],
        "asked_at": str(action["action_ts"]),
        "response_url": str(action.get("response_url") or ""),
    }
    if utf16(_dumped(known)) > FORM_METADATA_LONGEST:
        known["files"] = []
    whole = _dumped(known | {"text": text})
    while utf16(whole) > FORM_METADATA_LONGEST:
        text = text[: max(0, len(text) - (utf16(whole) - FORM_METADATA_LONGEST + 1) // 2 - 1)]
        whole = _dumped(known | {"text": text, "is_cut": True})
    return whole


def _dumped(known: Json) -> str:
    return json.dumps(known, ensure_ascii=False, separators=(",", ":"))


def _said(message: Json) -> str:
    return str(message.get("text") or "") or notation(message.get("blocks") or [])


def _excerpt(text: str) -> str:
    short = text.strip()
    return short if len(short) <= _EXCERPT else short[: _EXCERPT - 1] + "\N{HORIZONTAL ELLIPSIS}"


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text, "emoji": False}
