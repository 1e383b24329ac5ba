"""What a test hears of a bot, and what a person would read of that."""

from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing

from bridge.sdk.model import BotEvent, Delta, Said


async def told(events: AsyncGenerator[BotEvent, None]) -> list[BotEvent]:
    """Everything an iterator gives."""
    async with aclosing(events) as given:
        return [event async for event in given]


def read(events: Iterable[BotEvent]) -> list[str]:
    """The answers as a receiver would show them: deltas appended, wholes in their place."""
    texts: dict[str, str] = {}
    for event in events:
        match event:
            case Delta(message_id=message, text=text):
                texts[message] = texts.get(message, "") + text
            case Said(message_id=message, text=text):
                texts[message] = text
    return list(texts.values())
