"""
Describes in words what is neither text nor a file: a place, a contact, a poll, a dice, a checklist.

https://core.telegram.org/bots/api#message
"""

import re
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

from adapters.telegram.words import linked, words
from bridge.sdk.cleaning import halves_joined

Json = dict[str, Any]

_RICH: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "title": (),
        "summary": (),
        "text": (),
        "expression": (),
        "blocks": ("\n",),
        "items": ("\n",),
        "cells": ("\n", " | "),
        "caption": (),
        "credit": (),
    }
)
"""Where the parts of a rich message keep what people read, and what joins those that are lists."""
_UNDIVIDED: Final = frozenset({"XTR", "CLP", "ISK", "JPY", "KRW", "PYG", "UGX", "VND"})
"""Currencies that have no hundredths; XTR are Telegram's stars."""
_FIELD: Final = re.compile(r"(?:\w+\.)?(?i:TEL|EMAIL|ORG|TITLE|ROLE|ADR|URL|BDAY|NOTE)(?:;[^:]*)?:(?P<value>\S.*)")
_BETWEEN: Final = re.compile(r"(?<!\\);|\\[nN]")
_ESCAPED: Final = re.compile(r"\\([,;\\])")


def content(message: Json) -> str:
    """The text of *message*, and a description of what else it holds."""
    return "\n".join(part for part in (words(message), described(message)) if part)


def described(message: Json) -> str:
    """Describe what *message* holds that is neither text nor a file; empty if there is nothing of that kind."""
    told = (describe(message[field]) for field, describe in _DESCRIBED.items() if field in message)
    return halves_joined("\n".join(filter(None, (next(told, ""), _previewed(message)))))


def _previewed(message: Json) -> str:
    """The address whose preview is shown, unless the text names it; https://core.telegram.org/bots/api#linkpreviewoptions."""
    options = message.get("link_preview_options") or {}
    url = "" if options.get("is_disabled") else str(options.get("url") or "")
    return "" if _bare(url) in words(message).lower() else url


def _bare(url: str) -> str:
    """The part of an address that people write."""
    return url.lower().partition("://")[2].removeprefix("www.").rstrip("/") or url.lower()


def _venue(venue: Json) -> str:
    where = ", ".join(filter(None, (venue["title"], venue.get("address"))))
    return f"📍 {where} ({_coordinates(venue['location'])})"


def _location(place: Json) -> str:
    return f"📍 {_coordinates(place)}"


def _coordinates(place: Json) -> str:
    return f"{place['latitude']}, {place['longitude']}"


def _contact(contact: Json) -> str:
    name = " ".join(filter(None, (contact.get("first_name"), contact.get("last_name"))))
    told = "👤 " + ", ".join(filter(None, (name, contact["phone_number"])))
    return _lines(told, _card(str(contact.get("vcard") or ""), known=told))


def _card(vcard: str, *, known: str) -> list[str]:
    """What a vCard says beside what is *known*, a line each; https://www.rfc-editor.org/rfc/rfc6350#section-6."""
    found = (_FIELD.fullmatch(line) for line in vcard.splitlines())
    parts = (" ".join(filter(None, _BETWEEN.split(field["value"]))) for field in found if field)
    values = (_ESCAPED.sub(r"\1", part) for part in parts)
    return [value for value in dict.fromkeys(values) if _digits(value) not in _digits(known)]


def _digits(value: str) -> str:
    """A telephone number without its separators; anything else as it is."""
    return re.sub(r"[\s()+-]", "", value)


def _poll(poll: Json) -> str:
    options = (_option(option) for option in poll["options"])
    return _lines(f"📊 {poll['question']}", options)


def _option(option: Json) -> str:
    votes = option.get("voter_count") or 0
    return f"- {option['text']}" + (f" ({votes})" if votes else "")


def _dice(dice: Json) -> str:
    return f"{dice['emoji']} {dice['value']}"


def _sticker(sticker: Json) -> str:
    return str(sticker.get("emoji") or "[sticker]")


def _story(story: Json) -> str:
    chat = story.get("chat") or {}
    name = chat.get("title") or " ".join(filter(None, (chat.get("first_name"), chat.get("last_name"))))
    return f"[story by {name}]" if name else "[story]"


def _checklist(checklist: Json) -> str:
    return _lines(f"☑️ {checklist['title']}", map(_task, checklist["tasks"]))


def _task(task: Json) -> str:
    return f"- [{'x' if task.get('completion_date') else ' '}] {task['text']}"


def _paid_media(paid: Json) -> str:
    kinds = ", ".join(str(each["type"]) for each in paid["paid_media"])
    return f"[paid media for {paid['star_count']} ⭐: {kinds}]"


def _game(game: Json) -> str:
    return _lines(f"🎮 {game['title']}", [game["description"]])


def _invoice(invoice: Json) -> str:
    return _lines(f"🧾 {invoice['title']}", [invoice["description"], _price(invoice)])


def _price(invoice: Json) -> str:
    """The amount in the currency's own unit, if there is one; https://core.telegram.org/bots/payments#supported-currencies."""
    amount, currency = int(invoice.get("total_amount") or 0), str(invoice.get("currency") or "")
    if not currency:
        return ""
    if currency in _UNDIVIDED:
        return f"{amount} {'⭐' if currency == 'XTR' else currency}"
    return f"{amount // 100}.{amount % 100:02} {currency}"


def _giveaway(giveaway: Json) -> str:
    winners = int(giveaway["winner_count"])
    title = f"🎁 [giveaway, {winners} winner{'s' if winners != 1 else ''}]"
    return _lines(title, [giveaway.get("prize_description") or ""])


def _rich_message(message: Json) -> str:
    return _rich(message["blocks"], "\n")


def _rich(part: object, *joints: str) -> str:
    """The text of a *part* of a rich message; a list is joined by the first of *joints*, lists inside it by the next."""
    match part:
        case str():
            return part
        case list():
            return "".join(joints[:1]).join(filter(None, (_rich(each, *joints[1:]) for each in part)))
        case {"url": str(url), "text": text}:
            return linked(_rich(text), url)
        case dict():
            inner = (_rich(part[field], *between) for field, between in _RICH.items() if field in part)
            return "\n".join(filter(None, inner))
    return ""


def _lines(first: str, others: Iterable[str]) -> str:
    return "\n".join([first, *(line for line in others if line)])


_DESCRIBED: Final[Mapping[str, Callable[[Json], str]]] = MappingProxyType(
    {
        "venue": _venue,  # before location, as it sets both
        "location": _location,
        "contact": _contact,
        "poll": _poll,
        "dice": _dice,
        "sticker": _sticker,
        "story": _story,
        "checklist": _checklist,
        "paid_media": _paid_media,
        "game": _game,
        "invoice": _invoice,
        "giveaway": _giveaway,
        "giveaway_winners": _giveaway,
        "rich_message": _rich_message,
    }
)
