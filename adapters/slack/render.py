"""
Renders the bot's Markdown for Slack: unchanged, apart from mentions, pictures, HTML and formulas.

Slack resolves ``<!channel>``, ``<@U1>`` and ``<#C1>`` inside Markdown too, in any spelling, and would notify people. So the
bracket of such a token is escaped: as an entity in prose, and by an invisible space in code, where an entity would show as
written. Other brackets (``<!DOCTYPE html>``, ``<# … #>``) stay. Slack shows no pictures in a text, so they become links.
https://docs.slack.dev/messaging/formatting-message-text

Rule: how a character is rendered depends only on text for which `render_growing` waits, so a text can be sent piece by piece.
"""

import re
from functools import lru_cache
from html import unescape
from typing import Final

from adapters.slack import emphasis, line_starts, maths, tags
from adapters.slack.limits import NOTICE_LONGEST
from adapters.slack.prose import CODE, replaced
from adapters.slack.words import escaped
from bridge.sdk.chunks import chunks
from bridge.sdk.forms import Form
from bridge.sdk.growing import settled
from bridge.sdk.splitting import utf16

_PICTURE: Final = r"""!\[ (?P<words> (?:[^\[\]\n\\]|\\[^\n]|\[[^\[\]\n]{0,100}\]){0,1500} ) \]
                      (?: \[ (?P<label> [^\[\]\n]{0,100} ) \]
                        | \( (?P<address> <[^<>\n]{0,2800}> | (?:[^\s()<>]|\([^\s()]{0,100}\)){0,2800} )
                             (?: \s+ (?: "[^"\n]{0,100}" | '[^'\n]{0,100}' | \([^()\n]{0,100}\) | =\d{0,5}x\d{0,5} ) )? \) )"""
_CODE_OR_PICTURE: Final = re.compile(
    rf"{CODE} | (?P<picture> {_PICTURE} | (?P<tag> <(?i:img)\s[^<>\n]{{0,3000}}> ) )", re.MULTILINE | re.VERBOSE
)
_ATTRIBUTE: Final = re.compile(
    r"""(?<![\w-])(?P<name>src|alt)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE
)
_CODE_OR_TOKEN: Final = re.compile(
    rf"""{CODE}
    | (?P<token> \\?(?:<|&\#0{{0,5}}60;|&\#[xX]0{{0,5}}3[cC];)
        (?= \\?(?:!|&\#0{{0,5}}33;|&\#[xX]0{{0,5}}21;|&excl;)
            \\?(?i:here|channel|everyone|group|subteam|date)(?![\w-])
          | \\?(?:@|&\#0{{0,5}}64;|&\#[xX]0{{0,5}}40;|&commat;) \\?[UWB][A-Z0-9]
          | \\?(?:\#|&\#0{{0,5}}35;|&\#[xX]0{{0,5}}23;|&num;) \\?[CGD][A-Z0-9] ) )
    """,
    re.MULTILINE | re.VERBOSE,
)
_UNFINISHED: Final = re.compile(
    r"(?:\\|(?:\\?<[^<>\n]{0,60})+|\\?&[^;<>\n]{0,12}(?:;[^<>\n]{0,60})?|!(?:\[[^\n]{0,4500})?)\Z"
)
_WAITING: Final = re.compile(r"[\s*]+\Z")
_BEGUN_TAG: Final = re.compile(r"<(?i:img)\s[^<>\n]{0,3000}\Z")
_IN_LINK: Final = str.maketrans("[]<>\n", "()() ")  #: signs that would end its words
_WHOLE_PICTURE: Final = re.compile(_PICTURE, re.VERBOSE)
_MARKUP: Final = re.compile(
    r"""
      ^[ \t>]*(?:`{3,}|~{3,})[^\n]*\n?                     # a line that opens or closes code
    | ^[ \t]*\|?(?:[ \t]*:?-{3,}:?[ \t]*\|?)+[ \t]*\n?      # the ruler of a table, or a line across
    | ^[ \t]*(?:\#{1,6}[ \t]+|>[ \t]?|\|)                 # what a heading, a quote or a row begins with
    | [ \t]*\|[ \t]*$
    | !?\[(?P<words>[^\[\]\n]*)\]\([^()\n]*\)              # a link
    | \*\*|__|~~|`+
    """,
    re.MULTILINE | re.VERBOSE,
)
_ENTITY: Final = "&lt;"
_BROKEN: Final = "<\u200b"


def render(text: str) -> str:
    """Render *text* without mentions and pictures; checked once more at the end, as a picture's words may form a mention."""
    return "".join(map(_chunk, chunks(text)))


@lru_cache(maxsize=512)
def _chunk(text: str) -> str:
    """Render one chunk of a text; cached, so that a growing text does not render it again."""
    return _rendered(maths.as_unicode(text))


def _rendered(text: str) -> str:
    """Render *text*, whose formulas are replaced already."""
    return emphasis.parted(line_starts.meant(_disarmed(text)))


def _disarmed(text: str) -> str:
    """*text* without mentions, HTML and pictures."""
    if not any(sign in text for sign in ("<", "&#", "![")):
        return text
    linked = replaced(_CODE_OR_PICTURE, tags.as_markdown(text), prose=_link)
    return replaced(
        _CODE_OR_TOKEN, linked, prose=lambda _token: _ENTITY, code=lambda token: token[0].replace("<", _BROKEN)
    )


def render_form(form: Form) -> str:
    """Render the next message of *form*; its text is escaped instead if it is not formatted, or if nothing would be left of it."""
    rendered = render(form.text) if form.formatted else ""
    return rendered if rendered.strip() else escaped(form.text)


def notice(text: str) -> str:
    """A rendered *text* without Markdown's marks, for a phone's notification; it mentions nobody either."""
    return render(_MARKUP.sub(lambda mark: mark["words"] or "", text[: 2 * NOTICE_LONGEST]).strip())[:NOTICE_LONGEST]


def _link(picture: re.Match[str]) -> str:
    """A link labelled with a picture's words, or else with its address; within another link only the words."""
    if picture["tag"] is not None:
        return _tag_link(picture["tag"])
    words, address = picture["words"].strip(), (picture["address"] or "").strip("<>")
    if picture.string[: picture.start()].endswith("[") or address.startswith("data:"):
        return words or "…"
    if picture["label"] is not None:  # its address is defined elsewhere
        return picture[0].removeprefix("!")
    return f"[{words}]({picture['address']})" if words else address


def _tag_link(tag: str) -> str:
    """A link for an HTML picture; unchanged if it has no address."""
    given = {each["name"].lower(): unescape(each[2] or each[3] or each[4] or "") for each in _ATTRIBUTE.finditer(tag)}
    words, address = given.get("alt", "").strip().translate(_IN_LINK), given.get("src", "").strip()
    if not address.startswith(("https://", "http://")):
        return words or tag
    return f"[{words}](<{address}>)" if words else address


def render_growing(text: str) -> str:
    """
    Render as much of a growing *text* as is certain.

    Whatever may become a mark, a mention or a picture waits. So does the last visible character: Slack drops whitespace at the
    start of an append, so the next piece must begin with something visible.
    """
    *settled_ones, last = chunks(text)
    whole = _WAITING.sub("", "".join([*map(_chunk, settled_ones), _begun(last)]))
    return whole[:-1]


def _begun(text: str) -> str:
    """Render as much of a growing chunk as is certain; formulas come first, so that everything else sees what they become."""
    read = maths.as_unicode(text[: maths.unfinished(text)])
    return _rendered(_without_unfinished(settled(read)))


def _without_unfinished(text: str) -> str:
    """*text* without what may still become a mention, a picture or HTML."""
    while True:
        begun = _without_begun(text)
        if begun == text:
            return text
        text = begun


def _without_begun(text: str) -> str:
    begin = text.rfind("![", max(0, len(text) - 4600))
    if begin >= 0 and "\n" not in text[begin:] and not _WHOLE_PICTURE.match(text, begin):
        text = text[:begin]
    tag = text.rfind("<", max(0, len(text) - 4600))
    if tag >= 0 and _BEGUN_TAG.match(text, tag):
        text = text[:tag]
    found = _UNFINISHED.search(text, max(0, len(text) - 80))
    text = text[: found.start()] if found else text
    return text[: tags.unfinished(text)] if "<" in text else text


def measure(text: str) -> int:
    """An upper bound of the length that Slack counts: UTF-16 units, entities for signs, and a space beside each mark."""
    return utf16(text) + (len(_ENTITY) - 1) * text.count("<") + text.count("*") + line_starts.growth(text)
