"""What a platform sent and its adapter cannot read, made ready to be kept as a dead letter."""

import json
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from hashlib import blake2b
from typing import ClassVar

from bridge.sdk import cleaning
from bridge.sdk.cleaning import Cleaned, Cleaner
from bridge.sdk.errors import Garbled
from bridge.sdk.model import Address, ChatType, Inbound, Person, Place
from bridge.sdk.supervision import unexpected


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable(Cleaned):
    """What a platform sent and its adapter cannot read: kept as a dead letter until a later version can."""

    CLEANERS: ClassVar[Mapping[str, Cleaner]] = {
        "adapter": cleaning.identifier,
        "dedupe_key": cleaning.identifier,
        "raw": cleaning.raw,
        "reason": cleaning.line,
    }

    adapter: str  #: its name in the config
    dedupe_key: str  #: makes a redelivery recognisable; unique within the adapter
    raw: str  #: what came, best as the platform's own JSON
    reason: str  #: for an operator; quotes nothing

    def as_message(self) -> Inbound:
        """As the inbox keeps it: said by nobody, nowhere."""
        return Inbound(
            dedupe_keys=(f"unreadable:{self.dedupe_key}",),  # apart from what it is once it can be read
            where=Place(adapter=self.adapter, chat=""),
            chat_type=ChatType.PRIVATE,
            author=Person(id=""),
            text="",
            address=Address.TO_US,
            unreadable=self.raw,
        )


def reading(what: str) -> AbstractContextManager[None]:
    """
    Turn every exception in the reading of *what* into `Garbled`.

    A reader of ours takes each value to be of the shape that it expects; a platform's JSON may hold anything of any shape,
    so no list of exceptions is long enough.
    """
    return unexpected(lambda failure: Garbled(f"{what} cannot be read: {type(failure).__name__}"))


def unreadable(adapter: str, sent: object, failure: Exception, *, key: str | None = None) -> Unreadable:
    """
    *sent*, whatever it is, for the `Accept` of an adapter whose `reading` ended in *failure*.

    *key* makes a redelivery recognisable; without one, the same content is the same delivery.
    """
    raw = _dump(sent)
    return Unreadable(
        adapter=adapter,
        dedupe_key=key or blake2b(raw.encode(errors="surrogatepass"), digest_size=16).hexdigest(),
        raw=raw,
        reason=f"unreadable: {type(failure.__cause__ or failure).__name__}",  # its words may quote what people wrote
    )


def _dump(sent: object) -> str:
    """As JSON in ASCII, so that nothing is lost; as it shows itself, where it is no JSON."""
    if isinstance(sent, bytes):
        return sent.decode(errors="backslashreplace")
    try:
        return sent if isinstance(sent, str) else json.dumps(sent)
    except (TypeError, ValueError, RecursionError):
        return object.__repr__(sent)
