"""
HTML in Markdown: what each tag means, and which ones are tags at all.

Only formatting tags count as HTML, and only if they are closed or need no end. Anything else in angle brackets is a
placeholder or code, and stays as written: ``<your-name>``, ``Vec<String>``, ``<!DOCTYPE html>``.
"""

import html
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from markdown_it.token import Token

SPANS: Final = {
    "b": "bold", "strong": "bold", "th": "bold", "i": "italic", "em": "italic", "cite": "italic", "var": "italic", "dfn": "italic",
    "u": "underline", "ins": "underline", "s": "strike", "del": "strike", "strike": "strike", "code": "code", "kbd": "code",
    "samp": "code", "tt": "code", "h1": "heading", "h2": "heading", "h3": "heading", "h4": "heading", "h5": "heading",
    "h6": "heading", "summary": "heading", "blockquote": "quote",
}  # fmt: skip
"""The kind of span that a tag makes of what it encloses."""
SCRIPTS: Final = {"sub": "_", "sup": "^"}
_BLOCKS: Final = frozenset({
    "details", "summary", "div", "p", "ul", "ol", "li", "dl", "dt", "dd", "table", "thead", "tbody", "tfoot", "tr",
    "center", "figure", "figcaption", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "section", "article", "picture",
})  # fmt: skip
_INVISIBLE: Final = (
    frozenset({"span", "font", "small", "big", "mark", "abbr", "a", "q", "td"})
    | SPANS.keys()
    | SCRIPTS.keys()
    | _BLOCKS
)
_VOID: Final = frozenset({"br", "hr", "img", "wbr"})
_DIGITS: Final = 6  #: of the number with which a list may begin

_TAG: Final = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9-]*)((?:\s[^<>]*|\"[^\"]*\"|'[^']*')*?)\s*/?>", re.DOTALL)
_ATTRIBUTE: Final = re.compile(r"""([a-zA-Z-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=<>`]+))""")
_BREAK: Final = re.compile(r"<br\s*/?>", re.IGNORECASE)
_PLAIN: Final = re.compile(r"<[a-zA-Z][a-zA-Z0-9]*>")
_APART: Final = re.compile(r"\s|[,.;:!?](?:\s|\Z)")
_PIECE: Final = re.compile(
    r"""
      <pre(?:\s[^<>]*)?>\n? (?P<code> .*? ) </pre>
    | <!--.*?-->
    | </?[a-zA-Z][^<>]*>
    """,
    re.DOTALL | re.IGNORECASE | re.VERBOSE,
)
_CODE_BEGINS: Final = re.compile(r"<pre[\s>]", re.IGNORECASE)
_CODE_ENDS: Final = "</pre>"
_LANGUAGE: Final = re.compile(r"""class=["']?lang(?:uage)?-([\w+#-]+)""")
_COLOURS: Final = re.compile(r"</?(?:code|span|a|b|i|em|strong|font)(?:\s[^<>]*)?>", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """An HTML tag; a *closing* one ends the last open one of its name."""

    name: str
    closing: bool = False
    url: str = ""  #: where a link leads, or an image lies
    words: str = ""  #: that stand for an image
    number: int = 1  #: of the first item of a list

    @property
    def breaks(self) -> bool:
        """Whether its content takes lines of its own."""
        return self.name in _BLOCKS or self.name == "br"


COMMENT: Final = Tag(name="!")


def tag_of(token: Token) -> Tag | None:
    """The tag that `mark_tags` found in *token*; None if it is plain text in angle brackets."""
    tag = token.meta.get("tag")
    return tag if isinstance(tag, Tag) else None


def is_visible(token: Token) -> bool:
    """Whether the inline *token* shows anything."""
    match token.type:
        case "image" | "link_open":
            return True
        case "html_inline":
            tag = tag_of(token)
            return tag is None or tag.name in ("img", "hr")
        case _:
            return bool(token.content.strip())


def mark_tags(tokens: Iterable[Token], *, growing: bool = False) -> None:
    """Note at each HTML token which tag it is; in a *growing* text a tag may still be open at the end."""
    open_: dict[str, list[Token]] = {}
    for token, tag in _tags(tokens):
        if tag.name in _VOID or tag is COMMENT:
            token.meta["tag"] = tag
        elif not tag.closing:
            open_.setdefault(tag.name, []).append(token)
            token.meta["maybe"] = tag
        elif open_.get(tag.name):
            opener = open_[tag.name].pop()
            opener.meta["tag"], token.meta["tag"] = opener.meta["maybe"], tag
    for token in (
        token for tokens in open_.values() for token in tokens if growing or tokens[0].meta["maybe"].name == "li"
    ):
        token.meta["tag"] = token.meta["maybe"]


def _tags(tokens: Iterable[Token]) -> Iterator[tuple[Token, Tag]]:
    """The tokens that are tags, each with its tag."""
    for token in tokens:
        if token.type == "html_inline" and (tag := _read(token.content)):
            yield token, tag
        children = token.children or []
        words = _named(children) if token.type == "inline" else frozenset()
        yield from _tags(each for at, each in enumerate(children) if at not in words)


def _named(words: Sequence[Token]) -> frozenset[int]:
    """Where tags are mentioned, not used, as in ``use <sub> and </sub> for indices``: both stand apart like words."""
    named: set[int] = set()
    depth = 0  #: of the tags that are used
    for at, token in enumerate(words):
        if token.type != "html_inline" or at in named or _BREAK.fullmatch(token.content):
            continue
        pair = _named_pair(words, at) if not depth and _stands_apart(words, at) else frozenset()
        named |= pair
        depth += 0 if pair else _opens(token)
    return frozenset(named)


def _named_pair(words: Sequence[Token], at: int) -> frozenset[int]:
    """The places of a tag and its end, if both stand apart like words; of the tag alone if nothing ends it."""
    closing = f"</{words[at].content[1:]}"
    ends = next((end for end in range(at + 1, len(words)) if words[end].content == closing), at)
    return frozenset({at, ends}) if ends == at or _ends_with_space(words[ends - 1]) else frozenset()


def _opens(token: Token) -> int:
    """By how much a tag changes the number of open ones."""
    tag = _read(token.content)
    return 0 if tag is None or tag is COMMENT or tag.name in _VOID else -1 if tag.closing else 1


def _stands_apart(words: Sequence[Token], at: int) -> bool:
    """Whether the tag there has no attributes, follows a word, and is not followed directly by one."""
    if not _PLAIN.fullmatch(words[at].content) or not at or not _ends_with_space(words[at - 1]):
        return False
    following = words[at + 1] if at + 1 < len(words) else None
    return following is not None and following.type == "text" and bool(_APART.match(following.content))


def _ends_with_space(token: Token) -> bool:
    return token.type == "text" and token.content[-1:].isspace()


def pieces(content: str, *, growing: bool = False) -> list[Token]:
    """Split a block of HTML into tokens: tags, text, line breaks and code; a *growing* block may end within code."""
    found, at = [], 0
    content += _CODE_ENDS if growing and _CODE_BEGINS.search(content, content.rfind(_CODE_ENDS) + 1) else ""
    for piece in _PIECE.finditer(content):
        shown = Token("html_inline", "", 0, content=piece[0]) if piece["code"] is None else _preformatted(piece)
        found += [*_words(content[at : piece.start()]), shown]
        at = piece.end()
    return [*found, *_words(content[at:])]


def _preformatted(piece: re.Match[str]) -> Token:
    """The content of ``<pre>``, without tags for colouring."""
    language = _LANGUAGE.search(piece[0])
    code = html.unescape(_COLOURS.sub("", piece["code"])).rstrip()
    return Token("code_block", "code", 0, content=code, info=language[1] if language else "")


def _words(text: str) -> Iterator[Token]:
    for at, line in enumerate(text.split("\n")):
        if at:
            yield Token("softbreak", "br", 0)
        if line.strip() or (line and not at):
            yield Token("text", "", 0, content=html.unescape(line.strip(" \t") if at else line))


def _read(content: str) -> Tag | None:
    if content.startswith("<!--"):
        return COMMENT
    found = _TAG.fullmatch(content)
    if not found or (name := found[2].lower()) not in _INVISIBLE | _VOID:
        return None
    given = {key.lower(): html.unescape(a or b or c) for key, a, b, c in _ATTRIBUTE.findall(found[3])}
    if name == "img" and not given.get("src"):
        return None
    number = given.get("start", "")
    return Tag(
        name=name,
        closing=bool(found[1]),
        url=given.get("href") or given.get("src") or "",
        words=given.get("alt", ""),
        number=int(number) if number.isdecimal() and len(number) <= _DIGITS else 1,
    )
