"""
The bridge's own words in what people say to the bot: ``/coze new``, a mention and the word, ``/new`` where Slack lets it pass.

A question may begin like a command: of those that take no words behind them, only the word alone is one. Behind a mention
nobody writes a slash, so there ``bot coder`` is a command where what follows can be what such a command takes, and nothing else.
``new`` takes any words; there it is a command where it stands apart from them: ``new: what is a bridge?``, or on a line of its own.
Where Slack takes no slash commands, as in threads, people write ``/coze status`` into a message: it means the same there.
"""

import re
from dataclasses import dataclass
from typing import Final

from bridge.sdk.model import CommandName

_MARKS: Final = " \t\n,.:;!\uff0c\uff1a\u3001\u3002\uff01"
_WORD: Final = re.compile(
    r"(?P<slash>/?)(?P<word>[A-Za-z]{1,32})(?P<rest>(?:[\s,.:;!\uff0c\uff1a\u3001\u3002\uff01].*)?)", re.DOTALL
)
_KNOWN: Final = frozenset(str(command) for command in CommandName)

_CODE: Final = r"[A-Za-z0-9]{6,12}"
_TAKES: Final = {
    CommandName.BOT: re.compile(r"[\w.-]{1,64}"),
    CommandName.PRIVACY: re.compile(r"export|forget", re.IGNORECASE),
    CommandName.LINK: re.compile(rf"[Oo]ff|(?=\S*\d|[A-Z]+\Z){_CODE}"),
    CommandName.APPROVE: re.compile(_CODE),
}
"""What may stand behind a mention and one of these words, so that both are no question."""

_AS_TYPED: Final = re.compile(r"\s*/coze(?:\s+|\Z)", re.IGNORECASE)
_NEW_APART: Final = re.compile(r"\s*/?new[ \t]*(?:\n|[:.!]\s|[\uff1a\u3002\uff01])", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedText:
    """What somebody said to the bot, and what the bridge itself is to do about it."""

    text: str
    command: CommandName | None = None
    only_stops: bool = False  #: a bare word, which counts only while an answer runs; its text is what was written


def parse_typed(typed: str) -> ParsedText:
    """What stands behind ``/coze``; nothing there asks for help."""
    if not typed.strip():
        return ParsedText(text="", command=CommandName.HELP)
    return _parse(typed, as_words=True)


def parse_message(text: str) -> ParsedText:
    """What a message says: words belong to a command only where it was written with its slash."""
    if typed := _AS_TYPED.match(text):
        return parse_typed(text[typed.end() :])
    return _parse(text, as_words=text.lstrip().startswith("/"))


def parse_mention(text: str) -> ParsedText:
    """What stands behind a mention: a command and what only it can take, too."""
    said = _parse(text, as_words=True)
    if said.command is CommandName.NEW and _NEW_APART.match(text):
        return said
    takes = _TAKES.get(said.command) if said.command and said.text else None
    return said if takes and takes.fullmatch(said.text) else parse_message(text)


def is_bare(text: str) -> bool:
    """Whether the command is written without its slash."""
    return not text.lstrip().startswith("/")


def _parse(text: str, *, as_words: bool) -> ParsedText:
    said = _WORD.fullmatch(text.strip())
    if said is None or said["word"].lower() not in _KNOWN:
        return ParsedText(text=text)
    command, rest = CommandName(said["word"].lower()), said["rest"].strip(_MARKS)
    if rest and not (as_words and command.takes_words):
        return ParsedText(text=text)
    return ParsedText(text=said["rest"].lstrip(_MARKS).rstrip() if rest else "", command=command)
