"""
Presses of Stop and Retry below an answer: what is done, and which sentence the person is shown at once.

Only the author of the question may press them; an admin may stop, too. The press itself is not stored: stopping is idempotent,
and a retry is the question once more, which the dedupe key of the press lets in once.
"""

from dataclasses import dataclass

from bridge.routing.rules import Decision
from bridge.sdk.i18n import MessageId
from bridge.sdk.model import Inbound
from bridge.store.claim import AskedTurn
from bridge.store.inbox import Inbox


@dataclass(frozen=True, slots=True)
class Presses:
    """The buttons about one answer."""

    inbox: Inbox

    async def stop(self, message: Inbound, decision: Decision) -> MessageId:
        """End the answer that *message* is about; durable once this returns."""
        asked = await self._asked(message)
        if asked is None:
            return MessageId.STOP_NOTHING
        if not (_is_by_asker(message, asked) or decision.by_admin):
            return MessageId.NOT_YOURS
        return MessageId.STOPPING if await self.inbox.request_stop_of_turn(asked.id) else MessageId.STOP_NOTHING

    async def asked_again(self, message: Inbound) -> Inbound | MessageId:
        """The question of the answer that *message* is about, as if asked now; or why it is not."""
        asked = await self._asked(message)
        if asked is None or not asked.question.is_question:
            return MessageId.RETRY_NOTHING
        return message.asking_again(asked.question) if _is_by_asker(message, asked) else MessageId.NOT_YOURS

    async def _asked(self, message: Inbound) -> AskedTurn | None:
        return await self.inbox.past.asked_by(message.turn_key or "", message.where)


def _is_by_asker(message: Inbound, asked: AskedTurn) -> bool:
    return message.author.id == asked.question.author.id
