r"""
Formulas in a bot's prose, as Slack does not render LaTeX: shown in Unicode or, if that is not possible, as code.

``\(x^2\)`` is x²; ``\(\unknown{x}\)`` is `` `\unknown{x}` ``, as Markdown would remove backslashes. A displayed formula without
a Unicode form stays as written.

Rule: what is a formula depends on nothing that `unfinished` does not wait for, so a text can be sent piece by piece.
"""

import re
from typing import Final

from adapters.slack.prose import CODE, replaced
from bridge.sdk import formulas
from bridge.sdk.splitting import utf16

_LONGEST: Final = 600  #: code points between the marks of a formula
_SHORT: Final = 80  #: ... between single dollars
_STEPS: Final = 30  #: back from the end of a text of mere marks; beyond, all of it waits
_INNER: Final = r"(?: (?!\n[ \t>]*(?:\n|~~~)) [^\\`$] | \\[^\[\]()`$\n] )"

_CODE_OR_FORMULA: Final = re.compile(
    rf"""{CODE}
    | (?P<address> https?://[^\s<>`()]+ )
    | (?P<formula>
        (?<!\\) \\\( (?P<round> {_INNER}{{1,{_LONGEST}}} ) \\\)
      | (?<!\\) \\\[ (?P<square> {_INNER}{{1,{_LONGEST}}} ) \\\]
      | (?<![\\$]) \$\$ (?P<double> {_INNER}{{1,{_LONGEST}}} ) \$\$ (?!\$)
      | (?<![\\$\w]) \$ (?P<dollar> (?=[A-Za-z\\({{]) (?![A-Za-z]{{3}}) (?:[^\\`$\n]|\\[^`$\n]){{1,{_SHORT}}} (?<!\s) ) \$ (?![\d$])
      )
    """,
    re.MULTILINE | re.VERBOSE,
)
_OPENER: Final = re.compile(r"\\[(\[]|\$|\\\Z")
_BEGUN: Final = re.compile(
    rf"""
      \\[(\[] (?:[^`$\\]|\\[^)\]])*+ \\? \Z
    | \$+\Z
    | \$\$ [^`$]{{0,{_LONGEST + 4}}} \$?\$?\Z
    | \$ (?:[A-Za-z\\({{] [^`$\n]{{0,{_SHORT + 4}}} \$?)? \Z
    | \\\Z
    """,
    re.VERBOSE,
)
_HARMLESS: Final = str.maketrans({"*": "\u2217", "|": "\u2223"})
"""Signs of maths that look like those of Markdown."""
_MARKS: Final = re.compile(
    r"[*`|\\] | ~~ | \][\[(:] | <(?=[^\s\d]) | ^\s*(?:[>#] | [-+]\s | \d+[.)]\s) | (?<![^\W_])_ | _(?![^\W_])",
    re.VERBOSE | re.MULTILINE,
)
"""What Markdown could take for its own in a reading."""


def as_unicode(text: str) -> str:
    """*text* with its formulas in Unicode or as code."""
    return replaced(_CODE_OR_FORMULA, text, prose=_read) if "$" in text or "\\" in text else text


def unfinished(text: str) -> int:
    """Where the first possible formula begins that is not complete yet; the length of *text* if there is none."""
    end = len(text)
    for _ in range(_STEPS):
        begin = _first_open(text[:end])
        if begin == end:
            return end
        end = begin  # what waits may be what told that a sign before it ends no formula
    return 0


def _first_open(text: str) -> int:
    window = max(0, len(text) - _LONGEST - 8, text.rfind("\n\n"))
    begins = (each.start() for each in _OPENER.finditer(text, window))
    return next((begin for begin in begins if _BEGUN.match(text, begin)), len(text))


def _read(found: re.Match[str]) -> str:
    """The replacement of a formula; anything else stays."""
    inner = next((found[name] for name in ("round", "square", "double", "dollar") if found[name]), "")
    if not formulas.is_maths(inner) or (found["square"] is not None and formulas.is_label(inner)):
        return found[0]
    return _shown(formulas.readable(inner), inner, found[0])


def _shown(reading: str | None, inner: str, written: str) -> str:
    """The *reading* in Markdown, as code if it holds Markdown's marks; never longer than what was *written*."""
    plain = reading.translate(_HARMLESS) if reading is not None else None
    if plain is not None and not _MARKS.search(plain) and utf16(plain) <= utf16(written):
        return plain
    code = (reading or inner).strip()
    return f"`{code}`" if "\n" not in code and "`" not in code and utf16(code) + 2 <= utf16(written) else written
