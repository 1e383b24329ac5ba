"""
The bot's Markdown as Slack shows it: as it is, but for what would ring everybody's phone.

Slack resolves ``<!channel>``, ``<@U1>`` and ``<#C1>`` inside Markdown too, so the bracket before ``@ ! #`` is disarmed: as an
entity in prose, by an invisible space inside code, where an entity would be read as it is written. Nothing else is touched.

Rule: what a character becomes depends on nothing behind the next one, so a growing text can be sent piece by piece.
"""

import re

from bridge.sdk.splitting import utf16

_MARK = re.compile(
    r"""
      (?P<fence> ^[ \t>]*(?:`{3,}|~{3,}) )   # opens or closes a block of code
    | (?P<ticks> `+ )                         # opens or closes code within a line
    | (?P<blank> \n[ \t]*(?=\n) )             # a paragraph ends, and with it code that was never closed
    | (?P<ping> <(?=[@!\#]) )
    """,
    re.MULTILINE | re.VERBOSE,
)
_ENTITY = "&lt;"
_BROKEN = "<\u200b"


def render(text: str) -> str:
    """*text* that mentions nobody."""
    if "<" not in text:
        return text
    fence, ticks = "", ""

    def disarm(mark: re.Match[str]) -> str:
        nonlocal fence, ticks
        said = mark[0]
        match mark.lastgroup:
            case "ping":
                return _BROKEN if fence or ticks else _ENTITY
            case "fence":
                run = said.lstrip(" \t>")
                fence = "" if fence and run.startswith(fence) else fence or run
            case "ticks" if not fence:
                ticks = "" if said == ticks else ticks or said
            case _:
                ticks = ""
        return said

    return _MARK.sub(disarm, text)


def render_growing(text: str) -> str:
    """
    As much of *text* by `render` as can be shown before the rest is known.

    The last visible character waits: a bracket may turn out to be a mention's, and Slack swallows whitespace at the start
    of an append, so that the next piece must begin with something visible.
    """
    whole = render(text)
    return whole[: max(0, len(whole.rstrip()) - 1)]


def measure(text: str) -> int:
    """The length Slack may count: UTF-16 units, each bracket as long as its entity."""
    return utf16(text) + (len(_ENTITY) - 1) * text.count("<")
