"""What a platform sent and its adapter cannot read, made ready to be kept as a dead letter."""

import json
from hashlib import blake2b

from bridge.sdk.model import Unreadable


def unreadable(adapter: str, sent: object, failure: Exception, *, key: str | None = None) -> Unreadable:
    """
    *sent*, whatever it is, for the `Accept` of an adapter whose reading ended in *failure*.

    *key* makes a redelivery recognisable; without one, the same content is the same delivery.
    """
    raw = _dump(sent)
    return Unreadable(
        adapter=adapter,
        dedupe_key=key or blake2b(raw.encode(errors="surrogatepass"), digest_size=16).hexdigest(),
        raw=raw,
        reason=f"unreadable: {type(failure).__name__}",  # its words may quote what people wrote
    )


def _dump(sent: object) -> str:
    """As JSON in ASCII, so that nothing is lost; as it shows itself, where it is no JSON."""
    if isinstance(sent, bytes):
        return sent.decode(errors="backslashreplace")
    try:
        return sent if isinstance(sent, str) else json.dumps(sent)
    except (TypeError, ValueError, RecursionError):
        return object.__repr__(sent)
