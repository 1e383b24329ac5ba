"""
Rules for Markdown within a line, in place of markdown-it's own: each gives whether it has read something at that place.

They are called by the parser, with its arguments (https://markdown-it-py.readthedocs.io/en/latest/plugins.html); *silent* asks
only to move on, without a token.
"""

import re
import string
from typing import Final

from markdown_it.rules_inline import StateInline, backtick, escape

from adapters.telegram.addresses import behind_scheme
from adapters.telegram.emphasis import TAIL
from bridge.sdk import formulas

_ESCAPED: Final = frozenset(string.punctuation) - frozenset("{}\"'/\\;?@^,%:")
_PATH: Final = re.compile(r"(?:(?<![A-Za-z])[A-Z]:|(?:\A|(?<=\s))\\\\\w)[^\s*?\"<>|]*\Z")
"""A path of Windows up to a backslash in it."""
_PATH_LONGEST: Final = 260
_FORMULA: Final = re.compile(
    r"""
      \\\( (?P<round> (?:[^\\]|\\[^()])+? ) \\\)
    | \\\[ (?P<square> (?:[^\\]|\\[^\[\]])+? ) \\\]
    | \$\$ (?P<double> (?:[^$\\]|\\.)+ ) \$\$
    | \$ (?![\s\d.]*\$|\s) (?P<dollar> (?:[^$\\\n]|\\.)+ ) (?<!\s) \$ (?!\d)
    """,
    re.VERBOSE | re.DOTALL,
)


def inline_formula(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - the library calls it so
    """An inline formula."""
    found = _FORMULA.match(state.src, state.pos, state.posMax) if state.src[state.pos] in "\\$" else None
    if not found:
        return False
    inner = found[str(found.lastgroup)]
    if not formulas.is_maths(inner) or (found.lastgroup == "square" and formulas.is_label(inner)):
        return False
    if not silent:
        token = state.push("formula", "", 0)
        token.content, token.info = found[0], inner
    state.pos = found.end()
    return True


def escaped(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - as above
    r"""Escapes of Markdown's own characters; any other backslash is visible: ``\{1,2\}``, a path, a quote in JSON."""
    following = state.src[state.pos + 1 : state.pos + 2]
    if state.src[state.pos] == "\\" and following and _is_visible(state, following):
        rest = state.src[state.pos + 1 : state.posMax]
        run = rest[: len(rest) - len(rest.lstrip(following))]
        if not silent:
            state.pending += "\\" + run
        state.pos += 1 + len(run)
        return True
    return escape(state, silent)


def _is_visible(state: StateInline, following: str) -> bool:
    """Whether the backslash before *following* escapes nothing, as in every part of a path."""
    if following not in string.punctuation:
        return False
    return following not in _ESCAPED or bool(_PATH.search(state.src[max(0, state.pos - _PATH_LONGEST) : state.pos]))


def bare_address(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - as above
    """A bare address; no Markdown applies in it."""
    address = behind_scheme(state.src, state.pos, state.posMax) if state.src[state.pos] == ":" else ""
    if not silent:
        state.pending += address
    state.pos += len(address)
    return bool(address)


def code_span(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - as above
    """Inline code; if it is open at the end of a growing text, it counts as closed."""
    if state.src[state.pos] != "`" or state.env.get(TAIL) != state.src:
        return backtick(state, silent)
    rest = state.src[state.pos : state.posMax]
    ticks = rest[: len(rest) - len(rest.lstrip("`"))]
    if re.search(rf"(?<!`){ticks}(?!`)", rest[len(ticks) :]) or not rest.strip("` "):
        return backtick(state, silent)
    if not silent:
        token = state.push("code_inline", "code", 0)
        token.markup, token.content = ticks, rest[len(ticks) :].replace("\n", " ").strip()
    state.pos = state.posMax
    return True
