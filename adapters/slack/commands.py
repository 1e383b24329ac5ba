"""
The bridge's commands in what people write: ``/coze new``, a mention with the word, or ``/new`` where Slack lets it pass.

A question may begin like a command. A command that takes no arguments is one only if nothing follows. Behind a mention
nobody writes a slash, so ``bot coder`` is a command only if what follows can be that command's argument. ``new`` takes any
words, so behind a mention they must stand apart: ``new: what is a bridge?``, or on a line of their own. Threads have no slash
commands; there people write ``/coze status`` as a message, which means the same.
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
    """What somebody said to the bot, and the command in it."""

    text: str
    command: CommandName | None = None
    only_stops: bool = False  #: a bare word, which counts only while an answer runs; its text is what was written


def parse_typed(typed: str) -> ParsedText:
    """Read what follows ``/coze``; nothing asks for help."""
    if not typed.strip():
        return ParsedText(text="", command=CommandName.HELP)
    return _parse(typed, as_words=True)


def parse_message(text: str) -> ParsedText:
    """Read a message; words behind a command are its argument only if it was written with a slash."""
    if typed := _AS_TYPED.match(text):
        return parse_typed(text[typed.end() :])
    return _parse(text, as_words=text.lstrip().startswith("/"))


def parse_mention(text: str) -> ParsedText:
    """Read what follows a mention: here a command needs no slash, if the argument suits it."""
    said = _parse(text, as_words=True)
    if said.command is CommandName.NEW and _NEW_APART.match(text):
        return said
    takes = _TAKES.get(said.command) if said.command and said.text else None
    return said if takes and takes.fullmatch(said.text) else parse_message(text)


def is_bare(text: str) -> bool:
    """Whether the command was written without a slash."""
    return not text.lstrip().startswith("/")


def _parse(text: str, *, as_words: bool) -> ParsedText:
    said = _WORD.fullmatch(text.strip())
    if said is None or said["word"].lower() not in _KNOWN:
        return ParsedText(text=text)
    command, rest = CommandName(said["word"].lower()), said["rest"].strip(_MARKS)
    if rest and not (as_words and command.takes_words):
        return ParsedText(text=text)
    return ParsedText(text=said["rest"].lstrip(_MARKS).rstrip() if rest else "", command=command)
