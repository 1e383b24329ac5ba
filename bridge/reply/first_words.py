"""Whether the first words of a growing answer are worth a message of their own, which rings on people's devices."""

import re
from typing import Final

_SENTENCE: Final = re.compile(
    r"[^\W\d_]['\")\]*_`]*[.!?\N{HORIZONTAL ELLIPSIS}]['\")\]*_`]*(?:\s|$)"  # not the number of a list, nor 3.14
    r"|[\N{IDEOGRAPHIC FULL STOP}\N{FULLWIDTH EXCLAMATION MARK}\N{FULLWIDTH QUESTION MARK}]"
)
_LINE: Final = re.compile(r"\w[^\n]*\n")


def worth_notifying(text: str) -> bool:
    """Whether there is a whole sentence, or a whole line, in what a bot has said so far."""
    return bool(_SENTENCE.search(text) or _LINE.search(text))
