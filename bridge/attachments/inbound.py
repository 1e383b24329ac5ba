"""
Uploads what people sent beside text to the bot's side.

Photos and files are uploaded; recordings become text, unless the bot takes them as they are. What cannot be used is left out, and
its sender is told which file it was, and why. While the platform is away, the turn is postponed.
"""

import asyncio
from collections.abc import Awaitable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final, Protocol

from bridge.sdk import attachment_telemetry
from bridge.sdk.asking import UploadedFile
from bridge.sdk.errors import FileTooBig, Later, Never, Refused, Unreachable
from bridge.sdk.i18n import MessageId, translate
from bridge.sdk.media import LARGEST
from bridge.sdk.model import Attachment, Inbound, MediaBytes, MediaKind
from bridge.sdk.ports import Bot

AT_ONCE: Final = 8
"""Files held in memory at the same time, whoever sent them."""

MOST: Final = 20
"""Files of one message and the one that it quotes; the platforms allow ten."""

_SIZE: Final = f"{LARGEST >> 20} MB"
_SPOKEN: Final = frozenset({MediaKind.VOICE, MediaKind.AUDIO})
_TOLD: Final = frozenset({MediaKind.STICKER, MediaKind.LOCATION})
"""Kinds that are no files: the text of the message describes them. A route may match on them all the same."""


class PlatformFetch(Protocol):
    """`bridge.sdk.ports.Adapter.fetch`."""

    def __call__(self, attachment: Attachment, *, at_most: int) -> Awaitable[MediaBytes]:
        """What somebody sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A file that cannot be used."""

    name: str  #: or its kind, where it has none
    why: MessageId  #: in a few words

    def told(self, language: str | None) -> str:
        """The file and the reason, in the language of its sender."""
        return f"{self.name} ({translate(self.why, language, size=_SIZE)})"


class NothingUsable(Refused):
    """There is nothing to ask: the message holds only files, and none of them can be used."""

    def __init__(self, left_out: tuple[LeftOut, ...]) -> None:
        super().__init__("expected a file the bot can use, got none", message_id=MessageId.FILES_UNUSABLE)
        self._left_out = left_out

    def sentence(self, language: str | None) -> str:
        """Which files they are, and what is wrong with each."""
        return translate(self.message_id, language, names=names_of(self._left_out, language))


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadedAttachments:
    """What a message holds beside text, ready for the question."""

    texts: tuple[str, ...] = ()  #: of recordings
    files: tuple[UploadedFile, ...] = ()  #: as the bot's side knows them
    left_out: tuple[LeftOut, ...] = ()  #: what cannot be used; the rest is asked about


def names_of(left_out: Iterable[LeftOut], language: str | None) -> str:
    """The files that were *left_out*, in one line."""
    return ", ".join(file.told(language) for file in left_out)


class AttachmentUploader:
    """Uploads files to the bots' sides, a few at a time."""

    def __init__(self) -> None:
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def upload_all(self, message: Inbound, fetch: PlatformFetch, bot: Bot) -> UploadedAttachments:
        """What *message* and its quote hold beside text; `NothingUsable` if that is nothing, and there is no text either."""
        uploaded: list[UploadedFile | str] = []
        left_out: list[LeftOut] = []
        wanted = list(_files(message))
        for attachment in wanted:
            try:
                async with self._slots:
                    uploaded.append(await _upload(attachment, fetch, bot))
            except Never as failure:
                left_out.append(LeftOut(name=attachment.name or attachment.kind, why=_reason(failure)))
                attachment_telemetry.attachment_left_out(
                    kind=attachment.kind, because=failure.detail, log_id=failure.log_id
                )
        if wanted and not uploaded and not _has_words(message):
            raise NothingUsable(tuple(left_out))
        texts = tuple(each for each in uploaded if isinstance(each, str))
        files = tuple(each for each in uploaded if isinstance(each, UploadedFile))
        return UploadedAttachments(texts=texts, files=files, left_out=tuple(left_out))


def _reason(failure: Never) -> MessageId:
    """Why a file was left out, for the person."""
    if isinstance(failure, FileTooBig):
        return MessageId.FILE_TOO_BIG
    fetched = failure.message_id is not MessageId.FILE_NOT_FETCHED
    return MessageId.FILE_NOT_TAKEN if fetched else MessageId.FILE_NOT_FETCHED


def _files(message: Inbound) -> Iterator[Attachment]:
    """The files to upload, the message's own first."""
    quoted = message.quote.attachments if message.quote else ()
    return islice((each for each in (*message.attachments, *quoted) if each.kind not in _TOLD), MOST)


def _has_words(message: Inbound) -> bool:
    quoted = message.quote and (message.quote.text or message.quote.passage)
    return bool(message.text.strip() or message.forwards or quoted)


async def _upload(attachment: Attachment, fetch: PlatformFetch, bot: Bot) -> UploadedFile | str:
    """Upload one; a recording may become the text that is said in it."""
    if attachment.size is not None and attachment.size > LARGEST:
        raise FileTooBig(f"expected at most {LARGEST} bytes, got {attachment.size}")
    try:
        media = await fetch(attachment, at_most=LARGEST)
    except Unreachable as away:  # the platform is away, which must not count against the bot
        raise Later(away.detail) from away
    except FileTooBig:
        raise
    except Never as refusal:
        raise Refused(refusal.detail, message_id=MessageId.FILE_NOT_FETCHED, log_id=refusal.log_id) from refusal
    return await (bot.accept_recording(media) if attachment.kind in _SPOKEN else bot.upload(media))
