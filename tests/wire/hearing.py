"""What a test hears of a bot, what a person would read of that, and a platform's call as an adapter gets it."""

from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import aclosing

from bridge.sdk.asking import BotEvent, Delta, MessageCompleted
from bridge.sdk.ports import WebhookRequest


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
            case MessageCompleted(message_id=message, text=text):
                texts[message] = text
    return list(texts.values())


def called(headers: Mapping[str, str], body: str | bytes) -> WebhookRequest:
    """A platform's call with that *body*."""

    async def read() -> bytes:
        return body.encode() if isinstance(body, str) else body

    return WebhookRequest(headers=headers, read=read)


def letters(text: str) -> str:
    """*text* without white space, which a split may take away."""
    return "".join(text.split())
