"""
The text of a message as a person sees it: as typed, with names in place of ids, and addresses behind linked words.

Slack's notation escapes three characters, and puts mentions, links and the like between angle brackets.
https://docs.slack.dev/messaging/formatting-message-text#retrieving-messages
"""

import re
from collections.abc import Mapping
from typing import Final

from bridge.sdk.wording import closed_up, is_address

NamesById = Mapping[str, str]
"""What people call a person, a channel or a user group, by its id."""

_MADE_LINKS: Final = ("mailto:", "tel:")
"""How the addresses begin that Slack puts behind what people type without them."""

_MARKS: Final = (r"\*", "_", "~")
"""Of bold, italic and struck words, for a pattern."""

_TOKEN: Final = re.compile(r"<([@#!]?)([^<>|]*)(?:\|([^<>]*))?>")


def words(notation: str, names: NamesById) -> str:
    """The text of *notation*."""
    out, end = [], 0
    for token in _TOKEN.finditer(notation):
        out += [unescaped(notation[end : token.start()]), _shown(token, names)]
        end = token.end()
    return "".join([*out, unescaped(notation[end:])])


def words_to(notation: str, me: str, names: NamesById) -> str:
    """The text of *notation* without mentions of *me*; spaces are removed only around those."""
    return closed_up([words(piece, names) for piece in mention_of(me).split(notation)])


def mention_of(user: str) -> re.Pattern[str]:
    """The pattern of a mention of somebody, with any marks around it alone."""
    name = rf"<@{re.escape(user)}(?:\|[^<>]*)?>"
    marked = (rf"{mark}{name}{mark}" for mark in _MARKS)
    return re.compile("|".join([*marked, name]))


def mentioned(notation: str) -> set[str]:
    """The ids in *notation* that come without a name."""
    return {_id(token) for token in _TOKEN.finditer(notation) if token[1] and not token[3]} - {""}


def escaped(text: str) -> str:
    """*text* in Slack's notation: https://docs.slack.dev/messaging/formatting-message-text#escaping."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def link_notation(url: str, label: str) -> str:
    """A link in Slack's notation; *url* and *label* are escaped already, but a ``|`` would end the address."""
    address = url.replace("|", "%7C")
    return f"<{address}|{label}>" if label else f"<{address}>"


def unescaped(notation: str) -> str:
    """The text of a *notation* without tokens."""
    return notation.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _shown(token: re.Match[str], names: NamesById) -> str:
    kind, value, label = token[1], token[2], unescaped(token[3] or "")
    known = label or names.get(_id(token), "")
    match kind:
        case "@":
            return f"@{(known or value).removeprefix('@')}"
        case "#":
            return f"#{(known or value).removeprefix('#')}"
        case "!" if value.startswith("subteam^"):
            return f"@{(known or _id(token)).removeprefix('@')}"
        case "!":
            return label or f"@{value.split('^')[0]}"
    return linked(label, unescaped(value))


def linked(label: str, url: str) -> str:
    """A link's words and the address behind them, unless the words are the address, or Slack made the link by itself."""
    if not label.strip() or not is_address(label, url):
        return f"{label} ({url})" if label.strip() else url
    return label if url.startswith(_MADE_LINKS) else url


def _id(token: re.Match[str]) -> str:
    """The id that a mention names; empty for "everybody", dates and links."""
    kind, value = token[1], token[2]
    if kind == "!":
        return value.removeprefix("subteam^") if value.startswith("subteam^") else ""
    return value if kind else ""
