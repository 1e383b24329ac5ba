r"""
Formulas in LaTeX as readable Unicode: ``x^2`` is x², ``\sum_{k}`` is ∑ₖ, ``\frac{a+b}{2}`` is (a+b)/2.

What cannot be read that way (a command that nobody knows, braces that do not fit, a formula as long as a page) stays as
it was written: half a translation is worse than none. The names of signs are those of unicodeit.
"""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Final

from unicodeit import data  # type: ignore[import-untyped]

from bridge.sdk.splitting import utf16

_LONGEST: Final = 2000  #: characters of a formula; beyond, it is verbatim
_DEEPEST: Final = 20  #: groups in groups

_MATHS: Final = re.compile(
    r"""
      \\(?:[a-zA-Z]{2,}|[{}]) | [\^=<>≤≥≠∈∞∑√×÷±→] | (?<![a-zA-Z])[a-zA-Z]_ | [)\]}]_  # noqa: RUF001
    | [\da-zA-Z)\]]\ ?[-+*/]\ ?(?:\d|[a-zA-Z(](?![a-zA-Z]))
    | (?<![a-zA-Z])[a-zA-Z](?:\([^()]*\)|!)
    | ^\s*(?:[a-zA-Z]'*|-?\d+(?:\.\d+)?)\s*$
    """,  # noqa: RUF001
    re.VERBOSE,
)
_LABEL: Final = re.compile(r"[a-zA-Z]|\s*\d[\d.]*\s*")
_TOKEN: Final = re.compile(r"\\(?:[a-zA-Z]+\*?|.)|\s+|.", re.DOTALL)

_SIGNS: Final[dict[str, str]] = dict(data.REPLACEMENTS)
_SCRIPTS: Final[dict[str, str]] = {
    **{mark + letter: script for mark, letter, script in ((key[0], key[1:], sign) for key, sign in data.SUBSUPERSCRIPTS)},
    "^'": "′", "^′": "′", "^∘": "°", "^*": "*", "^∗": "*", "^−": "⁻", "_−": "₋",  # noqa: RUF001
}  # fmt: skip
_ACCENTS: Final[dict[str, str]] = {**dict(data.COMBININGMARKS), "\\widehat": "\u0302", "\\widetilde": "\u0303"}
_OWN: Final = {
    "\\ ": " ", "\\,": " ", "\\;": " ", "\\:": " ", "\\!": "", "\\>": " ", "\\\n": " ", "\\\\": "\n", "\\quad": "  ",
    "\\qquad": "   ", "\\{": "{", "\\}": "}", "\\|": "‖", "\\&": "&", "\\#": "#", "\\_": "_", "\\-": "",
    "\\dots": "…", "\\implies": "⇒", "\\mid": " | ", "\\colon": ":", "\\ast": "*", "\\langle": "⟨", "\\rangle": "⟩",
    "\\lvert": "|", "\\rvert": "|", "\\lVert": "‖", "\\rVert": "‖", "\\bmod": " mod ", "\\middle": "", "\\hline": "",
    "\\left": "", "\\right": "", "\\limits": "", "\\nolimits": "", "\\displaystyle": "", "\\textstyle": "", "\\big": "",
    "\\Big": "", "\\bigg": "", "\\Bigg": "", "\\bigl": "", "\\bigr": "", "\\Bigl": "", "\\Bigr": "", "\\biggl": "",
    "\\biggr": "", "\\Biggl": "", "\\Biggr": "", "\\nonumber": "", "\\notag": "", "\\cdot": "·", "\\to": "→", "\\degree": "°",
}  # fmt: skip
_WORDS: Final = frozenset({
    "lim", "sin", "cos", "tan", "cot", "sec", "csc", "sinh", "cosh", "tanh", "arcsin", "arccos", "arctan", "log",
    "ln", "lg", "exp", "min", "max", "sup", "inf", "det", "dim", "ker", "deg", "gcd", "hom", "arg", "Pr", "limsup",
    "liminf",
})  # fmt: skip
_PLAIN: Final = frozenset({
    "text", "textbf", "textit", "textrm", "textsf", "texttt", "mbox", "mathrm", "mathbf", "mathit", "mathsf",
    "mathtt", "mathcal", "mathscr", "mathfrak", "boldsymbol", "bm", "pmb", "operatorname", "operatorname*", "boxed",
    "mathop", "mathbin", "mathrel", "mathord", "underbrace", "overbrace", "substack", "phantom",
})  # fmt: skip
_TEXTS: Final = frozenset(
    {"text", "textbf", "textit", "textrm", "textsf", "texttt", "mbox", "operatorname", "operatorname*"}
)
_ROOTS: Final = {"": "√", "2": "√", "3": "∛", "4": "∜"}
_PRODUCT: Final = re.compile(r"\d+[^\W\d_]\w*")
_SEVERAL: Final = re.compile(r"(?=.*[^\W\d_])\w{2,}")
"""Factors side by side: raised together, they need brackets, as in e^(iπ)."""
_ONE_THING: Final = re.compile(r"[\w.′°]+(?:,\d+)*|\w*\([^()]*\)|\S", re.UNICODE)  # noqa: RUF001


class _Unreadable(Exception):
    """A part of a formula has no reading."""


def is_maths(text: str) -> bool:
    """Whether *text* between a formula's marks is one, rather than words that happen to be there."""
    return "://" not in text and bool(_MATHS.search(text))


def is_label(text: str) -> bool:
    r"""Whether *text* between escaped brackets counts something in prose, as in ``\[1\]`` and ``\[a\]``."""
    return bool(_LABEL.fullmatch(text))


@lru_cache(maxsize=256)
def readable(formula: str) -> str | None:
    """*formula* in Unicode; None where that cannot be had."""
    if len(formula) > _LONGEST:
        return None
    try:
        text = _FormulaReader(formula.strip()).whole()
    except _Unreadable:
        return None
    lines = (re.sub(r"[^\S\n]+", " ", line).strip() for line in text.split("\n"))
    return "\n".join(filter(None, lines))


def shown(formula: str, written: str) -> str:
    """*formula* as people read it, if that takes no more room than it does as it is *written*, marks and all."""
    reading = readable(formula)
    return reading if reading and utf16(reading) <= utf16(written) else written


def script(mark: str, text: str) -> str | None:
    """*text* raised (``^``) or lowered (``_``); None where Unicode has no such sign for a part of it."""
    signs = [_SCRIPTS.get(mark + sign) for sign in text if sign != " "]
    return "".join(sign for sign in signs if sign) if signs and all(signs) else None


class _FormulaReader:
    """Reads a formula once from left to right."""

    def __init__(self, formula: str) -> None:
        self._tokens: list[str] = [*_TOKEN.findall(formula), ""]
        self._at = 0
        self._depth = 0

    def whole(self) -> str:
        text: str = self._until("")
        if not text.strip():
            raise _Unreadable
        return text

    def _next(self) -> str:
        token = self._tokens[self._at]
        self._at += bool(token)
        return token

    def _until(self, *ends: str) -> str:
        """Read everything up to one of *ends*, and consume that too."""
        self._depth += 1
        if self._depth > _DEEPEST:
            raise _Unreadable
        parts: list[str] = []
        while (token := self._next()) not in ends:
            if not token:
                raise _Unreadable
            parts.append(self._read(token))
            if token[1:] in _WORDS and parts[-2:-1] and parts[-2][-1:].isalnum():
                parts.insert(-1, " ")
        self._depth -= 1
        return "".join(parts)

    def _read(self, token: str) -> str:
        """What *token* and its arguments show."""
        match token:
            case "{":
                return self._until("}")
            case "^" | "_":
                return self._script(token)
            case "~" | "&":
                return " "
            case "}" | "$":
                raise _Unreadable
        return self._command(token) if token.startswith("\\") else token

    def _argument(self) -> str:
        while (token := self._next()).isspace():
            pass
        if not token:
            raise _Unreadable
        return self._read(token)

    def _option(self) -> str:
        """Read an option in square brackets, if one follows."""
        if self._tokens[self._at] != "[":
            return ""
        self._next()
        return self._until("]")

    def _script(self, mark: str) -> str:
        text = self._argument().strip()
        if signs := script(mark, text):
            return signs
        is_product = mark == "^" and _SEVERAL.fullmatch(text)
        return mark + (text if _ONE_THING.fullmatch(text) and not is_product else f"({text})")

    def _command(self, command: str) -> str:
        name = command[1:]
        if name in _PLAIN:
            return self._words(name)
        if name in _WORDS:
            return self._spaced(name)
        if name in _DEEDS:
            return _DEEDS[name](self)
        if command in _ACCENTS:
            return "".join(sign + _ACCENTS[command] for sign in self._argument())
        if (sign := _OWN.get(command, _SIGNS.get(command))) is not None:
            return sign
        raise _Unreadable

    def _spaced(self, name: str) -> str:
        """A word that must not grow together with a letter behind it."""
        return name + (" " if self._tokens[self._at].isspace() or self._tokens[self._at].startswith("\\") else "")

    def _words(self, name: str) -> str:
        """An argument in another type, as it is; within text white space and signs stay."""
        if name not in _TEXTS or self._tokens[self._at] != "{":
            return self._argument()
        begin = self._at + 1
        end = next((at for at in range(begin, len(self._tokens)) if self._tokens[at] in ("}", "{", "$", "")), begin)
        if self._tokens[end] != "}":
            return self._argument()
        self._at = end + 1
        return "".join(token.removeprefix("\\") for token in self._tokens[begin:end])

    def fraction(self) -> str:
        over, under = _bracketed(self._argument()), _bracketed(self._argument())
        return f"{over}/({under})" if _PRODUCT.fullmatch(under) else f"{over}/{under}"

    def root(self) -> str:
        degree = self._option().strip()
        return (_ROOTS.get(degree) or f"{script('^', degree) or degree}√") + _bracketed(self._argument())

    def binomial(self) -> str:
        return f"C({self._argument().strip()}, {self._argument().strip()})"

    def double_struck(self) -> str:
        letters = self._argument().strip()
        return "".join(_SIGNS.get(f"\\mathbb{{{letter}}}", letter) for letter in letters)

    def negated(self) -> str:
        return self._argument() + "\u0338"

    def arrow(self) -> str:
        self._option()
        return f" →({self._argument().strip()}) "

    def environment(self) -> str:
        """The lines of an environment; a matrix and cases are put into brackets."""
        name = self._words("text").removesuffix("*")
        if name in {"array", "tabular"}:
            self._argument()
        if name not in _ENVIRONMENTS:
            raise _Unreadable
        text = self._until("\\end")
        if self._words("text").removesuffix("*") != name:
            raise _Unreadable
        rows = text.split("\n")
        if name == "cases":
            return f"{{ {_in_one_line(map(str.strip, rows))}"
        if name.endswith("matrix"):
            return f"[{_in_one_line(' '.join(row.split()) for row in rows)}]"
        return f"\n{text}\n"


_ENVIRONMENTS: Final = frozenset({
    "aligned", "align", "gathered", "gather", "equation", "split", "cases", "matrix", "pmatrix", "bmatrix",
    "Bmatrix", "vmatrix", "Vmatrix", "smallmatrix", "array", "eqnarray", "multline",
})  # fmt: skip
_DEEDS: Final[dict[str, Callable[[_FormulaReader], str]]] = {
    "frac": _FormulaReader.fraction,
    "dfrac": _FormulaReader.fraction,
    "tfrac": _FormulaReader.fraction,
    "cfrac": _FormulaReader.fraction,
    "sqrt": _FormulaReader.root,
    "binom": _FormulaReader.binomial,
    "mathbb": _FormulaReader.double_struck,
    "not": _FormulaReader.negated,
    "begin": _FormulaReader.environment,
    "xrightarrow": _FormulaReader.arrow,
}


def _in_one_line(rows: Iterable[str]) -> str:
    return "; ".join(filter(None, rows))


def _bracketed(text: str) -> str:
    """*text* as one thing beside a fraction's bar or under a root."""
    text = text.strip()
    return text if _ONE_THING.fullmatch(text) else f"({text})"
