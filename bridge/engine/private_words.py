"""The words of people and bots in a turn, which `bridge.sdk.redaction` cuts out of errors and logs."""

from collections.abc import Iterator

from bridge.sdk.model import Inbound
from bridge.store.claim import Turn


def words_of_turn(turn: Turn) -> Iterator[str]:
    """What the person said and, as far as it is written down, what the bot did."""
    yield from words_of_message(turn.message)
    yield turn.answer or ""
    yield from turn.follow_ups


def words_of_message(message: Inbound) -> Iterator[str]:
    """All that people wrote in it, their names, and the names of their files."""
    yield from (message.text, message.author.name or "", message.unreadable or "")
    if message.rating is not None:
        yield message.rating.reason
    for forward in message.forwards:
        yield from (forward.text, forward.origin)
    quote = message.quote
    if quote is not None:
        yield from (quote.text, quote.author or "")
    for file in (*message.attachments, *(quote.attachments if quote else ())):
        yield file.name or ""
