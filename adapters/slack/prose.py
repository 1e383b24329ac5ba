"""Tells a bot's prose from its code, in which no markup applies."""

import re
from collections.abc import Callable
from typing import Final, TypeAlias

Replacement: TypeAlias = Callable[[re.Match[str]], str]

CODE: Final = r"""
      (?P<fence> ^[ \t>]*(?:`{3,}|~{3,}) )   # opens or closes a block of code
    | (?P<ticks> `+ )                        # opens or closes code within a line
    | (?P<blank> \n[ \t]*(?=\n) )            # a paragraph ends, and with it code that was never closed
"""
"""A verbose, multi-line pattern of what tells code; the first alternatives of every pattern for `replaced`."""


def replaced(
    pattern: re.Pattern[str], text: str, *, prose: Replacement, code: Replacement = lambda found: found[0]
) -> str:
    """Replace what *pattern* finds, apart from the marks of code: by *prose* or, within code, by *code*."""
    fence, ticks = "", ""

    def replace(mark: re.Match[str]) -> str:
        nonlocal fence, ticks
        said = mark[0]
        match mark.lastgroup:
            case "fence":
                run = said.lstrip(" \t>")
                fence = "" if fence and run.startswith(fence) else fence or run
            case "ticks" if not fence:
                ticks = "" if said == ticks else ticks or said
            case "blank":
                ticks = ""
            case "fence" | "ticks":
                pass
            case _:
                return (code if fence or ticks else prose)(mark)
        return said

    return pattern.sub(replace, text)
