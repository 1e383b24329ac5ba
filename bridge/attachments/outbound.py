"""
Sends the pictures and files of an answer below its text.

The text comes first, and keeps each address as a link, in case the file cannot be fetched or sent. No platform lets us look for a
file, so what a process that died may have sent, a file or an album, is not sent again.
"""

import asyncio
from collections.abc import Awaitable, Iterable
from contextlib import suppress
from functools import cached_property
from typing import Final, Protocol

from bridge.sdk import attachment_telemetry, telemetry
from bridge.sdk.answers import SentPart
from bridge.sdk.asking import FileHosts
from bridge.sdk.crashpoints import here
from bridge.sdk.errors import BridgeError, Later, Never, Refused, Uncertain
from bridge.sdk.ledger import Ledger
from bridge.sdk.model import MediaBytes
from bridge.sdk.ports import PostsAlbums, ReplySink

ANSWER_WITHIN: Final = 60.0
"""Seconds that fetching the files of one answer may take together; what is missing by then stays a link."""

FETCH_AGAIN_AFTER: Final = (0.5, 2.0)
"""Seconds between the tries of a file whose host is away; a host that refuses it is not asked again."""

FIRST: Final = 1000
"""The index of the first file in a ledger; no answer has as many parts."""

WHOLE: Final = FIRST - 1
"""The index in a ledger of the whole answer as a file."""

SPOKEN: Final = FIRST - 2
"""The index in a ledger of the whole answer as a sound."""


class UrlFetch(Protocol):
    """`bridge.attachments.safe_fetch.SafeFetcher.fetch`."""

    def __call__(self, address: str, *, hosts: FileHosts) -> Awaitable[MediaBytes]:
        """The file at *address*, if it lies at one of *hosts*."""


class AttachmentSender:
    """Sends what answers show, the files of one answer one after the other."""

    def __init__(self, fetch: UrlFetch, *, within: float = ANSWER_WITHIN) -> None:
        self._fetch = fetch
        self._within = within

    async def send_all(
        self, addresses: Iterable[str], *, sink: ReplySink, ledger: Ledger, adapter: str, hosts: FileHosts
    ) -> None:
        """Fetch and send each file once; a failure is logged only, as the person has the link."""
        deadline = asyncio.get_running_loop().time() + self._within
        outbox = _Outbox(sink, ledger, adapter)
        for index, address in enumerate(addresses, FIRST):
            shown = ledger.shown(index)
            if shown is None:
                media = await self._fetched(address, hosts, deadline)
                if media is not None:
                    await outbox.add(index, media)
            elif not shown.digest:
                telemetry.send_uncertain(adapter=adapter, kind="file")
        await outbox.flush()

    async def send_once(self, index: int, media: MediaBytes, *, sink: ReplySink, ledger: Ledger, adapter: str) -> None:
        """Send the answer itself in another form, at *index* in the ledger, once; a failure is logged only."""
        shown = ledger.shown(index)
        if shown is None:
            await _send(index, media, sink, ledger)
        elif not shown.digest:
            telemetry.send_uncertain(adapter=adapter, kind="file")

    async def _fetched(self, address: str, hosts: FileHosts, deadline: float) -> MediaBytes | None:
        try:
            async with asyncio.timeout_at(deadline):
                return await self._fetch_patiently(address, hosts)
        except (Later, Never) as failure:
            attachment_telemetry.file_unattached(outcome="unfetched", because=failure.detail)
        except TimeoutError:
            attachment_telemetry.file_unattached(outcome="unfetched", because="the files of the answer took too long")
        return None

    async def _fetch_patiently(self, address: str, hosts: FileHosts) -> MediaBytes:
        for pause in FETCH_AGAIN_AFTER:
            with suppress(Later):
                return await self._fetch(address, hosts=hosts)
            await asyncio.sleep(pause)
        return await self._fetch(address, hosts=hosts)


class _Outbox:
    """Sends the files of one answer in order, and gathers those that fit into an album."""

    def __init__(self, sink: ReplySink, ledger: Ledger, adapter: str) -> None:
        self._adapter = adapter
        self._sink = sink
        self._ledger = ledger
        self._waiting: list[tuple[int, MediaBytes]] = []

    @cached_property
    def _albums(self) -> PostsAlbums | None:
        """The sink, if it takes albums; checked only for answers with files, as the check is slow and few have any."""
        return self._sink if isinstance(self._sink, PostsAlbums) else None

    async def add(self, index: int, media: MediaBytes) -> None:
        """Send that file, now or in an album with the next ones."""
        if self._albums is None or not self._albums.fits_album(media):
            await self.flush()
            await _send(index, media, self._sink, self._ledger)
            return
        self._waiting.append((index, media))
        if len(self._waiting) == self._albums.album_most:
            await self.flush()

    async def flush(self) -> None:
        """Send what waits: as an album or, where that is refused, one by one."""
        waiting, self._waiting = self._waiting, []
        if len(waiting) > 1 and self._albums is not None:
            waiting = await self._send_album(self._albums, waiting)
        for index, media in waiting:
            await _send(index, media, self._sink, self._ledger)

    async def _send_album(
        self, albums: PostsAlbums, waiting: list[tuple[int, MediaBytes]]
    ) -> list[tuple[int, MediaBytes]]:
        """Send them as one album, with the intent for all of them written down before; gives those that are still to be sent."""
        for index, _ in waiting:
            self._ledger.plan(index)
        await self._ledger.commit_intent(waiting[-1][0])
        self._ledger.check_lease()
        here("file: not sent")
        failure: BridgeError | None = None
        try:
            await albums.attach_album([media for _, media in waiting])
        except Refused as refusal:
            telemetry.feature_missing(adapter=self._adapter, feature="album", because=refusal.detail)
            return waiting
        except (Later, Never) as error:
            failure = error
        here("file: sent")
        for index, _ in waiting:
            self._ledger.record_sent(SentPart(index=index, digest=_outcome(failure)))
        return []


async def _send(index: int, media: MediaBytes, sink: ReplySink, ledger: Ledger) -> None:
    await ledger.commit_intent(index)
    ledger.check_lease()
    here("file: not sent")
    outcome = await _deliver(media, sink)
    here("file: sent")
    ledger.record_sent(SentPart(index=index, digest=outcome))


async def _deliver(media: MediaBytes, sink: ReplySink) -> str:
    """Send it; gives what became of it, as in `SentPart.digest`."""
    try:
        await sink.attach(media)
    except (Later, Never) as failure:
        return _outcome(failure)
    return _outcome(None)


def _outcome(failure: BridgeError | None) -> str:
    """What became of a file, which is logged."""
    if failure is None:
        attachment_telemetry.file_attached()
        return "sent"
    outcome = "uncertain" if isinstance(failure, Uncertain) else "refused"
    attachment_telemetry.file_unattached(outcome=outcome, because=failure.detail)
    return outcome
