"""The sentence by which a person learns that an answer is late: one in a turn, however often it is tried."""

from collections.abc import Awaitable, Callable
from contextlib import suppress

from bridge.sdk.errors import BridgeError, Later, Never
from bridge.sdk.i18n import MessageId, translate
from bridge.store.claim import Stage, Turn
from bridge.store.inbox import Inbox

Notify = Callable[[str], Awaitable[None]]
"""Says a sentence where the answer will be."""


class TroubleNotice:
    """Tells a person once that their answer is late, and writes down that they were told."""

    def __init__(self, inbox: Inbox, claimed: Turn) -> None:
        self._inbox = inbox
        self._claimed = claimed
        self._is_given = claimed.failure_notified

    async def give(self, message_id: MessageId, notify: Notify) -> None:
        """Say that sentence, unless one was said before or the answer is there already and only has to be shown."""
        if self._is_given or self._claimed.stage is Stage.ANSWERED:
            return
        self._is_given = True
        with suppress(Later, Never):  # the database or the platform may be what is away
            await self._inbox.progress.record_failure_notice(self._claimed)
            await notify(translate(message_id, self._claimed.message.author.language))


async def notify_failure(notify: Notify, failure: BridgeError, language: str | None) -> None:
    """Say what went wrong in the person's words; if that fails too, the operator still reads it."""
    with suppress(Later, Never):
        await notify(failure.sentence(language))
