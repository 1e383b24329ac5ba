"""
What people sent beside text, on its way to the bot.

Photos and files are uploaded, recordings become text. What cannot be used is left out; only if nothing is left at all does
the person hear of it. What is away for the moment is waited for, as everything else.
"""

import asyncio
from collections.abc import Awaitable, Iterable
from dataclasses import dataclass
from typing import Final, Protocol

from bridge import telemetry
from bridge.errors import Never, Refused
from bridge.media import LARGEST
from bridge.model import Attachment, File, Inbound, Media, MediaKind
from bridge.ports import Bot

AT_ONCE: Final = 8
"""Files held in memory at the same time, whoever sent them."""

MOST: Final = 20
"""Of one message; the platforms allow ten."""

_SPOKEN: Final = frozenset({MediaKind.VOICE, MediaKind.AUDIO})


class Fetch(Protocol):
    """`bridge.ports.Adapter.fetch`."""

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
        files: list[File] = []
        texts: list[str] = []
        for attachment in message.attachments[:MOST]:
            try:
                async with self._hands:
                    brought = await _carry(attachment, fetch, bot)
            except Never as failure:
                telemetry.left_out(kind=attachment.kind, because=failure.detail, log_id=failure.log_id)
                if _is_all(message.attachments, files, texts, message.text):
                    raise Refused(failure.detail, says="file_unusable", log_id=failure.log_id) from failure
                continue
            (texts if isinstance(brought, str) else files).append(brought)
        return Brought(texts=tuple(texts), files=tuple(files))
