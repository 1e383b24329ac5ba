"""
JSON that a far side wrote, decoded so that whatever is wrong with it ends in `ValueError`.

Its strings may hold what no database, bot or platform takes: half a character (a lone surrogate, which JSON can spell and
UTF-8 cannot, https://datatracker.ietf.org/doc/html/rfc8259#section-8.2) and NUL, which PostgreSQL refuses.
"""

import json
import re
from typing import Any, Final

from pydantic_core import from_json

from bridge.sdk.cleaning import halves_joined

_SPELT: Final = re.compile(r"\\u(?:[dD][89a-fA-F]|0000)")
"""What a half character or a NUL looks like in JSON; whole ones outside the first plane do, too."""
_BROKEN: Final = re.compile("[\0\ud800-\udfff]")


def decode_json(text: Any) -> Any:
    """What *text* says, in `whole` characters; raises `ValueError` alone, also for what is nested too deeply."""
    if not isinstance(text, str | bytes):  # a field of a far side's may be anything
        raise ValueError(f"expected JSON, got {type(text).__name__}")  # noqa: TRY004 - the one error there is
    said = text if isinstance(text, str) else text.decode("utf-8-sig", "replace")
    try:
        value = _decoded(said)
        return _mended(value) if _SPELT.search(said) else value
    except RecursionError as failure:
        raise ValueError("expected JSON, got something nested too deeply") from failure


def _decoded(text: str) -> Any:
    """By the quicker of two readers, or by the one that also takes half characters and more levels."""
    try:
        return from_json(text, cache_strings="keys")  # and nothing of what people say
    except TypeError:  # a half character that stands there as such
        return _decoded(whole(text))
    except ValueError:
        return json.loads(text)


def whole(text: str) -> str:
    """*text* with U+FFFD for each half character and NUL; two halves that belong together are one again."""
    if not _BROKEN.search(text):
        return text
    return halves_joined(text).replace("\0", "\ufffd")


def _mended(value: Any) -> Any:
    match value:
        case str():
            return whole(value)
        case list():
            return [_mended(item) for item in value]
        case dict():
            return {whole(key): _mended(item) for key, item in value.items()}
    return value
