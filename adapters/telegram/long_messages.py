"""Texts that were too long for one message: people's apps cut them up, and here the pieces are known for what they are."""

from dataclasses import replace
from typing import Final

from bridge.sdk.model import Inbound
from bridge.sdk.splitting import utf16

LONG: Final = 4000
"""UTF-16 units from which a text may go on in the next message: apps cut at 4096, or at a blank before."""
SOON: Final = 2.0
"""Seconds between pieces, by Telegram's clock, which tells whole ones."""


class LongMessageJoiner:
    """The long texts that may still go on: by who writes them where, their batch, and when its last piece was sent."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, str], tuple[str, float]] = {}

    def with_batch(self, message: Inbound) -> Inbound:
        """*message*, as a piece of the batch that it begins or goes on with, if it does; to be asked of all, in order."""
        who = (str(message.where), message.author.id)
        batch, sent_at = self._open.pop(who, (None, 0.0))
        if message.batch or message.command or message.attachments or "press" in message.reply_context:
            return message
        if message.sent_at - sent_at > SOON:
            batch = None
        if utf16(message.text) >= LONG:
            batch = batch or f"paste:{message.dedupe_keys[-1]}"
            self._open = {one: at for one, at in self._open.items() if message.sent_at - at[1] <= SOON}
            self._open[who] = (batch, message.sent_at)
        return replace(message, batch=batch)
