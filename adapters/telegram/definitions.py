"""Link definitions, which apply in all chunks of a text: ``[1]: https://…`` in one makes ``[1]`` a link in the others."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final, TypeAlias

from markdown_it.common.utils import normalizeReference

from adapters.telegram.parser import defined_in

Definitions: TypeAlias = tuple[tuple[str, str], ...]
"""Pairs of a normalised label and an address."""

_PERHAPS: Final = re.compile(r"^[ \t>]*\[[^\]\n]+\]:", re.MULTILINE)
_LABEL: Final = re.compile(r"\[((?:[^\[\]\\]|\\.)+)\]", re.DOTALL)


def definitions(chunks: Iterable[str]) -> dict[str, str]:
    """The addresses that *chunks* define, by label; the first definition of a label counts."""
    found: dict[str, str] = {}
    for chunk in filter(_PERHAPS.search, chunks):
        found = _defined(chunk) | found
    return found


def mentioned(chunk: str, known: Mapping[str, str]) -> Definitions:
    """The *known* definitions that *chunk* refers to; its rendering depends on no others."""
    if not known:
        return ()
    labels = {normalizeReference(label) for label in _LABEL.findall(chunk)}
    return tuple((label, url) for label, url in known.items() if label in labels)


@lru_cache(maxsize=64)
def _defined(chunk: str) -> dict[str, str]:
    return defined_in(chunk)
