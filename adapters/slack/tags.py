"""
Converts HTML in a bot's prose to Markdown, as Slack shows tags as written.

Only what is HTML beyond doubt is converted: a formatting tag that is closed soon, a block tag at the start of a line, a break,
a comment. Anything else in angle brackets is a placeholder or code, and stays as written: ``<your-name>``.

Rule: what a tag becomes depends only on text for which `unfinished` waits, so a text can be sent piece by piece.
"""

import re
from html import unescape
from typing import Final

from adapters.slack.prose import CODE, replaced
from bridge.sdk.formulas import script

_MARKS: Final = {
    "b": "**", "strong": "**", "th": "**", "summary": "**", "i": "*", "em": "*", "cite": "*", "var": "*", "dfn": "*",
    "s": "~~", "del": "~~", "strike": "~~",
}  # fmt: skip
"""The marks on both sides of what a tag encloses."""
_INLINE: Final = frozenset({"a", "u", "ins", "mark", "small", "big", "font", "span", "abbr", "sub", "sup", "q"}) | (
    _MARKS.keys() - {"th", "summary"}
)
_PARTS: Final = frozenset({"li", "tr", "td", "th", "thead", "tbody", "tfoot", "dt", "dd", "summary", "figcaption"})
_BLOCKS: Final = _PARTS | frozenset({
    "details", "div", "p", "ul", "ol", "dl", "table", "center", "figure", "section", "article", "picture", "blockquote",
    "h1", "h2", "h3", "h4", "h5", "h6",
})  # fmt: skip
_CLOSABLE: Final = _INLINE | _BLOCKS | {"code", "kbd", "samp", "tt"}
_LISTS: Final = frozenset({"ul", "ol"})
_INDENT: Final = 4  #: columns by which a nested list is indented: enough also behind two digits
_SCRIPTS: Final = {"sub": "_", "sup": "^"}
_BEGINNINGS: Final = {"blockquote": "> ", **{f"h{level}": f"{'#' * level} " for level in range(1, 7)}}
_ENDINGS: Final = {"blockquote": "\n", "th": "**", "summary": "**"}
_SOON: Final = 600  #: code points within which an inline tag is closed
_LINE: Final = 300  #: ... of a line by which a tag that encloses lines is known
_COMMENT: Final = 1000  #: ... of a comment
_CODE: Final = 3000  #: ... of code in lines of its own

_CODE_OR_TAG: Final = re.compile(
    rf"""{CODE}
    | (?P<html>
        (?: ^[ \t]*<pre(?:\s[^<>\n]{{0,200}})?>\n?(?P<pre>(?:[^<]|<(?!/?pre)){{1,{_CODE}}})</pre>
          | (?<!\\)<!--(?:[^-]|-(?!->)){{0,{_COMMENT}}}-->
          | (?<!\\)<(?P<void>(?i:br|hr))\s*/?>
          | (?<!\\)<(?P<script>(?i:sub|sup))>(?P<raised>[^<>\n]{{1,40}})</(?i:sub|sup)>
          | (?<!\\)<(?P<mono>(?i:code|kbd|samp|tt))>(?P<code>(?:[^<`\n]|<(?!/?(?i:code|kbd|samp|tt)>)){{1,300}})</(?i:code|kbd|samp|tt)>
          | (?P<margin>^[ \t]+)?(?<!\\)<(?P<opens>[A-Za-z][A-Za-z0-9]{{0,9}})(?P<given>(?:\s[^<>\n]{{0,500}})?)/?> (?P<behind>[ \t]*)
          | (?P<before>[ \t]*) </(?P<closes>[A-Za-z][A-Za-z0-9]{{0,9}})\s?>
        )
        (?P<end>[ \t]*\n(?![ \t]*\n))?
      )
    """,
    re.MULTILINE | re.VERBOSE,
)
_HREF: Final = re.compile(r"""(?<![\w-])href\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
_INVISIBLE: Final = re.compile(r"<[^<>\n]*>|[ \t>]")
_APART: Final = re.compile(r"\s|[,.;:!?]\s")
_LANGUAGE: Final = re.compile(r"""class=["']?lang(?:uage)?-([\w+#-]+)""")
_COLOURS: Final = re.compile(r"</?(?:code|span|a|b|i|em|strong|font)(?:\s[^<>]*)?>", re.IGNORECASE)
_BEGUN_CODE: Final = re.compile(r"(?:\A|\n)[ \t]*(?P<begin><pre[\s>])")
_START: Final = re.compile(r"""(?<![\w-])start=["']?(\d{1,6})\b""", re.IGNORECASE)
_ROW: Final = re.compile(r"<tr(?:\s[^<>\n]*)?>[ \t]*\Z", re.IGNORECASE)
_OPENER: Final = re.compile(r"(?<!\\)<([A-Za-z][A-Za-z0-9]{0,9})(?:\s[^<>\n]{0,500})?>")
_LINKABLE: Final = ("https://", "http://", "mailto:")


def as_markdown(text: str) -> str:
    """*text* with its HTML converted to Markdown."""
    if "<" not in text:
        return text
    return replaced(_CODE_OR_TAG, text, prose=_TagReader().read)


def unfinished(text: str) -> int:
    """Where the first possible tag begins that is not complete yet; the length of *text* if there is none."""
    comment, end = text.rfind("<!--", max(0, len(text) - _COMMENT - 8)), len(text)
    if comment >= 0 and "-->" not in text[comment + 4 :]:
        end = comment
    code = list(_BEGUN_CODE.finditer(text, max(0, len(text) - _CODE - _LINE))) if "<pre" in text else []
    if code and "</pre>" not in text[code[-1].end() :]:
        end = min(end, code[-1].start("begin"))
    while (begin := _first_open(text[:end])) < end:  # without what waits, nothing that it closes is closed
        end = begin
    return end


def _first_open(text: str) -> int:
    begin = max(0, len(text) - _SOON - _LINE, text.rfind("\n\n"))
    for tag in _OPENER.finditer(text, begin):
        if (name := tag[1].lower()) in _CLOSABLE and f"</{name}>" not in text[tag.end() :].lower():
            return tag.start()
    return len(text)


class _TagReader:
    """Converts the tags of one text, in order."""

    def __init__(self) -> None:
        self._open: list[tuple[str, str]] = []  #: what is to be closed, each with what its end shows
        self._lists: list[int] = []  #: of each list that is open, the number of its next item; 0 where there are none

    def read(self, found: re.Match[str]) -> str:
        """The replacement of what was *found*; a line of nothing but tags disappears."""
        shown, end = _fenced(found) if found["pre"] else self._shown(found), found["end"] or ""
        if shown is None:
            return found[0]
        is_over = found["void"] is not None or (not shown.strip(" >\n") and _is_fresh(found))
        return shown + ("" if is_over else end)

    def _shown(self, found: re.Match[str]) -> str | None:
        """The replacement of a tag or comment; None if it is neither."""
        if (words := found["raised"] or found["code"]) and _stands_apart(found) and words == f" {words.strip()} ":
            return None
        if found["script"]:
            return script(_SCRIPTS[found["script"].lower()], found["raised"]) or found["raised"]
        if found["mono"]:
            return f"`{unescape(_COLOURS.sub('', found['code']))}`"
        if found["void"]:
            return _broken(found)
        if found["opens"]:
            return self._opened(found["opens"].lower(), found)
        return self._closed(found["closes"].lower(), found) if found["closes"] else ""

    def _opened(self, name: str, found: re.Match[str]) -> str | None:
        if not self._open and _is_named(name, found):
            return None
        if name in _INLINE and _is_closed(name, _after(found, _SOON)):
            is_empty = _after(found, _SOON).lower().startswith(f"</{name}>")
            is_bold = any(mark == _MARKS.get(name) for _, mark in self._open if mark)
            mark, end = ("", "") if is_empty or is_bold else _inline(name, found["given"])
            self._open.append((name, end))
            return f"{found['margin'] or ''}{found['behind']}{mark}"
        if name in _BLOCKS and self._begins(name, found):
            self._open.append((name, _ENDINGS.get(name, "")))
            return f"{_parted(name, found)}{self._beginning(name, found['given'])}{_MARKS.get(name, '')}"
        return None

    def _beginning(self, name: str, given: str) -> str:
        """What a block begins with; an item is indented as its list, and has its next number."""
        if name in _LISTS:
            start = _START.search(given)
            self._lists.append(int(start[1]) if start else 1 if name == "ol" else 0)
        if name != "li":
            return _BEGINNINGS.get(name, "")
        number = self._lists[-1] if self._lists else 0
        self._lists[-1:] = [number + bool(number)] if self._lists else []
        return " " * _INDENT * (len(self._lists) - 1) + (f"{number}. " if number else "- ")

    def _begins(self, name: str, found: re.Match[str]) -> bool:
        """Whether it is a block tag, and not mentioned in a sentence about tags."""
        line = _after(found, _LINE).partition("\n")[0]
        if _is_closed(name, line) or (name in _PARTS and self._open):
            return True
        if not _is_fresh(found):
            return False
        holds_tags = line.lstrip().startswith("<") or not _INVISIBLE.sub("", line)
        return bool(found["given"].strip()) or holds_tags or _is_closed(name, _after(found, _SOON))

    def _closed(self, name: str, found: re.Match[str]) -> str | None:
        at = next((at for at in reversed(range(len(self._open))) if self._open[at][0] == name), None)
        if at is None:
            is_alone = name in _BLOCKS and _is_fresh(found) and not _after(found, _LINE).partition("\n")[0].strip()
            return "" if is_alone else None
        _, end = self._open.pop(at)
        if name in _LISTS:
            del self._lists[-1:]
            end = "" if self._lists else "\n"
        if name not in _BLOCKS:
            return f"{end}{found['before']}"
        goes_on = not found["end"] and bool(re.match(r"[ \t]*[^\s<]", _after(found, _LINE)))
        return end + ("\n" if goes_on and name not in ("td", "th") else "")


def _fenced(found: re.Match[str]) -> str | None:
    """Code in lines of its own, without the tags that colour it; none where no short fence can stand around it."""
    code = unescape(_COLOURS.sub("", found["pre"])).strip("\n")
    fence = "````" if "```" in code else "```"
    if fence in code or not code.strip():
        return None
    language, goes_on = _LANGUAGE.search(found[0]), not found["end"] and _after(found, _LINE).strip(" \t")[:1].strip()
    return f"{fence}{language[1] if language else ''}\n{code}\n{fence}" + ("\n" if goes_on else "")


def _parted(name: str, found: re.Match[str]) -> str:
    """The line break that must precede a tag, if its line holds something already."""
    if name in _LISTS or _is_fresh(found) or _ROW.search(_line_before(found)):  # the items of a list part it
        return ""
    return " | " if name in ("td", "th") else "\n"


def _inline(name: str, given: str) -> tuple[str, str]:
    """The Markdown before and behind the content of an inline tag."""
    if name == "q":
        return "“", "”"
    if name != "a":
        return _MARKS.get(name, ""), _MARKS.get(name, "")
    href = _HREF.search(given)
    url = unescape(href[1] or href[2] or href[3] or "").strip() if href else ""
    if url.startswith(_LINKABLE) and not set(url) & set("<>\n"):
        return "[", f"](<{url}>)"
    return "", f" ({url})" if url else ""


def _broken(found: re.Match[str]) -> str:
    """A break or a rule; a space within a table's row, which must stay one line."""
    line = _line_before(found)
    if line.lstrip().startswith("|"):
        return " " + (found["end"] or "")
    return "\n" if found["void"].lower() == "br" else "\n---\n"


def _is_closed(name: str, text: str) -> bool:
    """Whether *text* closes the tag within its first paragraph."""
    return f"</{name}>" in text.partition("\n\n")[0].lower()


def _is_named(name: str, found: re.Match[str]) -> bool:
    """Whether the tag is mentioned, not used, as in ``use <sub> and </sub> for indices``: both stand apart like words."""
    inner, closed, _ = _after(found, _SOON).partition(f"</{name}>")
    begins_apart = not found["given"] and (bool(found["behind"]) or bool(_APART.match(inner)))
    ends_apart = bool(closed) and inner[-1:].isspace() and "\n\n" not in inner
    return _stands_apart(found) and begins_apart and ends_apart


def _stands_apart(found: re.Match[str]) -> bool:
    """Whether a word and a space precede it in its line."""
    return _line_before(found)[-1:].isspace() and not _is_fresh(found)


def _is_fresh(found: re.Match[str]) -> bool:
    """Whether nothing visible precedes it in its line."""
    return not _INVISIBLE.sub("", _line_before(found))


def _line_before(found: re.Match[str]) -> str:
    """The part of its line before the tag; only the end of a very long one."""
    return found.string[max(0, found.start() - _LINE) : found.start()].rpartition("\n")[2]


def _after(found: re.Match[str], most: int) -> str:
    """The text behind the tag, up to so many code points."""
    begin = found.end() - len(found["end"] or "")
    return found.string[begin : begin + most]
