"""
How much of a growing Markdown text can be shown without being taken back.

A sign at the end of a text may turn out to be a mark: ``*`` the first of bold, ``[`` of a link, ``|`` of a table. It waits
until what follows tells. What is open already (a word in bold that has begun) does not wait; whoever shows it closes it.
Each wait has a bound, so nothing is hidden for long, and the end of a text is always shown by whoever finishes it.
"""

import re
from typing import Final

_FENCE: Final = re.compile(r"^[ \t>]*(`{3,}|~{3,})(?P<info>[^\n]*)$", re.MULTILINE)
_PERHAPS_CLOSED: Final = re.compile(r"\n[ \t>]*[`~]*[ \t]*\Z")
_WINDOW: Final = 4000  #: code points at the end in which something may be unfinished: an address of an image is long

_UNFINISHED: Final = re.compile(
    r"""(?:
      [*_~`\\!\#&$<|\[]+ [ \t]*                                                                 # marks
    | &[\#\w]{1,10}                                                                             # a character's name
    | <[A-Za-z/!?][^<>\n]{0,300}                                                                # a tag, an address
    | (?<!\\) [!\[]* \[ (?: [^\[\]\n] | !?\[ [^\[\]\n]* (?: \Z | \] (?: \( [^()\n]* \) )? ) ){0,300}          # a link, an image
      (?: \] (?: \( (?: [^()\n] | \( [^()\n]* (?: \) | \Z ) ){0,3000} )? )?
    | \\[(\[] (?: (?!\\[)\]]) [^$] ){0,1000}                                                    # a formula
    | \$\$ [^$]{0,1000} \${0,2}
    | \$ (?=[A-Za-z\\({]) (?![A-Za-z]{3}) [^$\n]{0,80} \$?
    | (?:\A|\n) [ \t>]* (?: [-+*=>\#]+ | \d{1,9}[.)]? )? [ \t]* (?: \[ [ xX]? \]? [ \t]* )?      # what begins a line
    )\Z""",
    re.VERBOSE,
)
_ROWS: Final = re.compile(r"(?:\A|(?<=\n))(?P<rows>(?:[ \t>]*\|[^\n]*\n)*)(?P<begun>[ \t>]*\|[^\n]*)?\Z")
_FIRST_ROW: Final = 3  #: the line of a table from which on it can be shown: behind its head and its ruler


def settled(text: str) -> str:
    """The beginning of *text* that stays as it is shown, whatever comes."""
    if _is_in_code(text):
        return _PERHAPS_CLOSED.sub("", text)
    text = _without_row(text)
    window = max(0, len(text) - _WINDOW, text.rfind("\n\n"))
    found = _UNFINISHED.search(text, window)
    return text[: found.start()] if found else text


def _is_in_code(text: str) -> bool:
    """Whether *text* ends within a fenced block."""
    fence = ""
    for line in _FENCE.finditer(text) if "```" in text or "~~~" in text else ():
        marker = line[1]
        if not fence:
            fence = marker if line.end() < len(text) and not (marker[0] == "`" and "`" in line["info"]) else ""
        elif marker.startswith(fence) and not line["info"].strip():
            fence = "" if line.end() < len(text) else fence
    return bool(fence)


def _without_row(text: str) -> str:
    """*text* without the row of a table that is being written, and without a table of which no row is known."""
    found = _ROWS.search(text, max(text.rfind("\n\n"), 0)) if "|" in text else None
    if not found:
        return text
    return text[: found.start() if found["rows"].count("\n") < _FIRST_ROW else found.end("rows")]
