"""
Cuts secrets and private words out of what far sides say, in the one place that all their words pass: the making of an error.

Secrets are known by their form, and from the config that holds them. What people and bots say is known within their turn: where
a far side quotes it, whole, in part or escaped, each of those words is replaced by a gap, and the operator reads the rest.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

SECRETS: Final = re.compile(
    r"(?<!\d)\d{6,12}:[A-Za-z0-9_-]{30,}"  # a bot's token: its number, and letters; also inside URLs
    r"|\b(?:xox[a-z](?:\.xox[a-z])?|xapp)-[A-Za-z0-9-]{8,}"  # a workspace's
    r"|\b(?:pat|sat|czs|czu)_[A-Za-z0-9_-]{8,}"  # of where bots live
    r"|\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]+"  # signed ones
    r"|(?<=://)[^\s/@:\"'`]*:[^\s\"'`]+(?=@)"  # a database's or a proxy's password
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)",
    re.DOTALL,
)

_ADDRESS: Final = re.compile(r"\b((?:https?|wss?)://[^\s/?#\"'<>]+)([^\s?#\"'<>]*)([?#][^\s\"'<>]*)?", re.IGNORECASE)
_OPAQUE: Final = re.compile(r"(?<=/)[\w-]{20,}")
"""A part of a path that lets in whoever knows it, as that of a webhook or a signed file."""

_SHORTEST: Final = 8
"""Characters of a secret of the config that is looked for; less would be found in words."""

_KNOWN_AT_MOST: Final = 1_000
_known: dict[str, None] = {}

GAP: Final = "…"

_ESCAPED: Final = re.compile(r"\\u([0-9a-fA-F]{4})")
_WORD: Final = re.compile(r"\w+")
_GAPS: Final = re.compile(rf"{GAP}(?:[^\w{GAP}]*{GAP})+")
_WHOLE: Final = 3
"""Characters from which a word is cut where it stands alone; a shorter one only beside another."""

_BEGUN: Final = 4
"""Characters from which the beginning of a word is one that was cut off."""

_COMMON: Final = frozenset({
    "all", "and", "any", "are", "but", "can", "did", "for", "from", "get", "had", "has", "have", "her", "him",
    "his", "how", "its", "may", "not", "now", "off", "one", "our", "out", "say", "see", "she", "the", "too",
    "two", "use", "was", "way", "who", "why", "will", "with", "you", "your",
})  # fmt: skip
"""Words that tell nothing by themselves; like short ones they are cut beside others."""

Words = Callable[[], Iterable[str]]
_spoken: ContextVar["list[Words] | None"] = ContextVar("spoken", default=None)


def know_secrets(secrets: Iterable[str]) -> None:
    """Cut these out wherever they are met, however they look; the newest thousand."""
    for secret in secrets:
        if len(secret) >= _SHORTEST:
            _known.pop(secret, None)
            _known[secret] = None
    while len(_known) > _KNOWN_AT_MOST:
        del _known[next(iter(_known))]


@contextmanager
def spoken(words: Words) -> Iterator[None]:
    """Cut what *words* gives, asked when there is something to cut, out of every error that is made inside, tasks included."""
    before = _spoken.set([words])
    try:
        yield
    finally:
        _spoken.reset(before)


def also_spoken(words: Words) -> None:
    """The same for what is said later in the innermost `spoken`; nothing outside of one."""
    if (known := _spoken.get()) is not None:
        known.append(words)


class Redacted(str):
    """A text of our own words, in which those of a far side are redacted already."""

    __slots__ = ()


def redact(text: str) -> Redacted:
    """*text* without secrets, without what lets in who knows an address, and without what was spoken in this turn."""
    if isinstance(text, Redacted):
        return text
    cut = bare_addresses(mask(text))
    known = _spoken.get()
    return Redacted(cut if known is None else cut_words(cut, (said for words in known for said in words())))


def mask(text: str) -> str:
    """*text* without anything that looks like a secret, or is one."""
    for secret in _known:
        if secret in text:
            text = text.replace(secret, "<secret>")
    return SECRETS.sub("<secret>", text)


def bare_addresses(text: str) -> str:
    """*text* with nothing behind the path of each address, and gaps for the parts of a path that nobody could guess."""
    return _ADDRESS.sub(_bare_address, text)


def cut_words(text: str, said: Iterable[str]) -> str:
    """*text* with a gap for each word that was *said*: whole, with its end cut off, or a part of a run of letters without spaces."""
    known = _unescaped("\n".join(said)).casefold()
    if not known:
        return text
    plain = _unescaped(text)
    found = list(_WORD.finditer(plain))
    words = [word[0].casefold() for word in found]
    cut = {index for index, word in enumerate(words) if _tells(word, known)}
    for step, order in ((1, range(len(words))), (-1, range(len(words) - 1, -1, -1))):
        for index in order:
            if index - step in cut and _is_in(words[index], known):
                cut.add(index)
    return _with_gaps(plain, [found[index].span() for index in sorted(cut)])


def _tells(word: str, known: str) -> bool:
    """Whether that *word* of an error, standing alone, tells something of what is *known* to be said."""
    if not word.isascii():
        return word in known or any(word[at : at + 2] in known for at in range(len(word) - 1))
    if word in _COMMON or len(word) < (_WHOLE - word.isdigit()):
        return False
    return _is_in(word, known)


def _is_in(word: str, known: str) -> bool:
    """Whether it is one of the words, or the beginning of one."""
    end = "" if len(word) >= _BEGUN else r"\b"
    return word in known and re.search(rf"\b{re.escape(word)}{end}", known) is not None


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(_character, text) if "\\u" in text else text


def _character(found: "re.Match[str]") -> str:
    sign = chr(int(found[1], 16))
    return sign if sign.isprintable() else found[0]


def _with_gaps(text: str, spans: Iterable[tuple[int, int]]) -> str:
    pieces, end = [], 0
    for begin, until in spans:
        pieces += [text[end:begin], GAP]
        end = until
    return _GAPS.sub(GAP, "".join([*pieces, text[end:]]))


def _bare_address(found: "re.Match[str]") -> str:
    origin, path, more = found.groups()
    return f"{origin}{_OPAQUE.sub(GAP, path)}{f'{more[0]}{GAP}' if more else ''}"
