"""
The pictures and files of an answer, sent as such below its text.

The text stands first, and keeps the address as a link: what cannot be fetched or sent is still there. A file cannot be
looked for, so one that may have been sent by a process that died is not sent again.
"""

import asyncio
from collections.abc import Awaitable, Iterable
from typing import Final, Protocol

from bridge.sdk import telemetry
from bridge.sdk.crashpoints import here
from bridge.sdk.errors import Later, Never, Uncertain
from bridge.sdk.ledger import Ledger
from bridge.sdk.model import MediaBytes, SentPart
from bridge.sdk.ports import ReplySink

AT_ONCE: Final = 8
"""Files held in memory at the same time, whoever asked for them."""

FIRST: Final = 1000
"""Where files begin in a ledger; no answer has as many parts."""


class UrlFetch(Protocol):
    """The way to a file."""

    def __call__(self, address: str, *, trusted: str | None) -> Awaitable[MediaBytes]:
        """The file at *address*; *trusted* is the one origin that may be inside."""


class AttachmentSender:
    """Sends what answers show, a few files at a time."""

    def __init__(self, fetch: UrlFetch) -> None:
        self._fetch = fetch
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def send_all(
        self, addresses: Iterable[str], *, sink: ReplySink, ledger: Ledger, adapter: str, trusted: str | None
    ) -> None:
        """Send each file once; a failure is the operator's to know, the person has the link."""
        for index, address in enumerate(addresses, FIRST):
            shown = ledger.shown(index)
            if shown is None:
                async with self._slots:
                    await self._send(index, address, sink, ledger, trusted)
            elif not shown.digest:
                telemetry.send_uncertain(adapter=adapter, kind="file")

    async def _send(self, index: int, address: str, sink: ReplySink, ledger: Ledger, trusted: str | None) -> None:
        try:
            media = await self._fetch(address, trusted=trusted)
        except (Later, Never) as failure:
            telemetry.file_unattached(outcome="unfetched", because=failure.detail)
            return
        await ledger.commit_intent(index)
        ledger.check()
        here("file: not sent")
        outcome = await _deliver(media, sink)
        here("file: sent")
        ledger.record_sent(SentPart(index=index, digest=outcome))


async def _deliver(media: MediaBytes, sink: ReplySink) -> str:
    """What became of it."""
    try:
        await sink.attach(media)
    except (Later, Never) as failure:
        outcome = "uncertain" if isinstance(failure, Uncertain) else "refused"
        telemetry.file_unattached(outcome=outcome, because=failure.detail)
        return outcome
    telemetry.file_attached()
    return "sent"
