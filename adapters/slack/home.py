"""
A person's Home tab: what the bot can do for them, how much they may still ask, and a way to be forgotten.

https://docs.slack.dev/surfaces/app-home
"""

from collections.abc import Iterable
from typing import Any, Final

from adapters.slack.limits import SECTION_LONGEST
from adapters.slack.words import escaped
from bridge.sdk.i18n import MessageId, translate
from bridge.sdk.self_service import Offer, Overview
from bridge.sdk.splitting import utf16

Json = dict[str, Any]

FORGET: Final = "forget_me"
"""The button's ``action_id``, which comes back when somebody wants to be forgotten, and has confirmed it."""

_LINE: Final = 200  # code points of a name, a question or a sentence


def home(overview: Overview, language: str | None, *, forgotten: bool = False) -> Json:
    """The tab of somebody who may use the bot; *forgotten*: they have just had themselves erased."""
    blocks = [
        _header(MessageId.HOME_OFFERS, language),
        _section(_bullets(_offer(offer, language) for offer in overview.offers) or _said(MessageId.NO_ROUTE, language)),
    ]
    if overview.prompts:
        blocks += [_header(MessageId.HOME_PROMPTS, language), _section(_bullets(map(_line, overview.prompts)))]
    if overview.limits:
        blocks += [_header(MessageId.HOME_LIMITS, language), _section(_bullets(map(_line, overview.limits)))]
    blocks += [{"type": "divider"}, _section(_linked(overview, language)), _forgetting(language)]
    if forgotten:
        blocks.append({"type": "context", "elements": [_mrkdwn(_said(MessageId.FORGOTTEN, language))]})
    return {"type": "home", "blocks": blocks}


def closed_home(language: str | None) -> Json:
    """The tab of somebody who may not use the bot."""
    return {"type": "home", "blocks": [_section(_said(MessageId.NOT_ALLOWED, language))]}


def _offer(offer: Offer, language: str | None) -> str:
    bot = _line(offer.bot)
    if not offer.opening:
        return _said(MessageId.HOME_JUST_WRITE, language, bot=bot)
    return _said(MessageId.HOME_BEGIN_WITH, language, bot=bot, opening=_line(offer.opening))


def _linked(overview: Overview, language: str | None) -> str:
    """Their linked accounts, or how to link some."""
    if not overview.linked:
        return _said(MessageId.HOME_NOT_LINKED, language, command="/coze link")
    return _said(MessageId.HOME_LINKED, language, places=", ".join(map(_line, overview.linked)))


def _forgetting(language: str | None) -> Json:
    """What is stored about them, and a button that erases it after a confirmation."""
    confirm = {
        "title": _plain(MessageId.FORGET_ME, language),
        "text": _plain(MessageId.FORGET_ME_SURE, language),
        "confirm": _plain(MessageId.FORGET_ME, language),
        "deny": _plain(MessageId.CANCEL, language),
        "style": "danger",
    }
    button = {
        "type": "button",
        "action_id": FORGET,
        "style": "danger",
        "text": _plain(MessageId.FORGET_ME, language),
        "confirm": confirm,
    }
    return _section(_said(MessageId.HOME_KEPT, language)) | {"accessory": button}


def _bullets(lines: Iterable[str]) -> str:
    """The first of *lines*, as many as fit."""
    shown = ""
    for line in lines:
        longer = f"{shown}\n• {line}".lstrip()
        if utf16(longer) > SECTION_LONGEST:
            break
        shown = longer
    return shown


def _line(text: str) -> str:
    """*text* on one line, escaped and shortened."""
    line = " ".join(text.split())
    short = line if len(line) <= _LINE else line[: _LINE - 1] + "\N{HORIZONTAL ELLIPSIS}"
    return escaped(short)


def _header(message_id: MessageId, language: str | None) -> Json:
    return {"type": "header", "text": _plain(message_id, language)}


def _section(text: str) -> Json:
    return {"type": "section", "text": _mrkdwn(text)}


def _mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _plain(message_id: MessageId, language: str | None) -> Json:
    return {"type": "plain_text", "text": _said(message_id, language), "emoji": False}


def _said(message_id: MessageId, language: str | None, **fields: str) -> str:
    return translate(message_id, language, **fields)
