"""
What people sent beside text, on its way to the bot.

Photos and files are uploaded, recordings become text unless the bot listens itself. What cannot be used is left out; only if nothing is left at all does
the person hear of it. What is away for the moment is waited for, as everything else.
"""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Final, Protocol

from bridge.sdk import telemetry
from bridge.sdk.errors import Later, Never, Refused, Unreachable
from bridge.sdk.media import LARGEST
from bridge.sdk.model import Attachment, File, Inbound, Media, MediaKind
from bridge.sdk.ports import Bot

AT_ONCE: Final = 8
"""Files held in memory at the same time, whoever sent them."""

MOST: Final = 20
"""Of one message; the platforms allow ten."""

_SPOKEN: Final = frozenset({MediaKind.VOICE, MediaKind.AUDIO})


class Fetch(Protocol):
    """`bridge.sdk.ports.Adapter.fetch`."""

    def __call__(self, attachment: Attachment, *, at_most: int) -> Awaitable[Media]:
        """What somebody sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """What can be asked about."""

    texts: tuple[str, ...] = ()  #: of recordings
    files: tuple[File, ...] = ()


class Porter:
    """Carries files from people to bots, a few at a time."""

    def __init__(self) -> None:
        self._hands = asyncio.Semaphore(AT_ONCE)

    async def bring(self, message: Inbound, fetch: Fetch, bot: Bot) -> Brought:
        """What *message* holds beside text; `Refused` if that is nothing, and there is no text either."""
        brought: list[File | str] = []
        for attachment in message.attachments[:MOST]:
            try:
                async with self._hands:
                    brought.append(await _carry(attachment, fetch, bot))
            except Never as failure:
                telemetry.left_out(kind=attachment.kind, because=failure.detail, log_id=failure.log_id)
        if message.attachments and not brought and not message.text.strip():
            raise Refused("expected a file the bot can use, got none", says="file_unusable")
        texts = tuple(each for each in brought if isinstance(each, str))
        return Brought(texts=texts, files=tuple(each for each in brought if isinstance(each, File)))


async def _carry(attachment: Attachment, fetch: Fetch, bot: Bot) -> File | str:
    """Bring one to the bot's side, where a recording may become what is said in it."""
    if attachment.size is not None and attachment.size > LARGEST:
        raise Refused(f"expected at most {LARGEST} bytes, got {attachment.size}", says="file_unusable")
    try:
        media = await fetch(attachment, at_most=LARGEST)
    except Unreachable as away:  # the platform is, which must not be held against the bot
        raise Later(away.detail) from away
    return await (bot.hear(media) if attachment.kind in _SPOKEN else bot.upload(media))
