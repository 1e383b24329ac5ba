"""Reads one update: what was said in it or, if it cannot be read, the dead letter that it becomes."""

from dataclasses import dataclass, field
from typing import Any

from adapters.telegram.api import CHANNEL_POSTS, TelegramIdentity
from adapters.telegram.drafts import DraftTurns
from adapters.telegram.keyboards import ShownKeyboards
from adapters.telegram.normalise import normalise
from adapters.telegram.reply_chains import in_chain
from bridge.sdk.errors import Garbled
from bridge.sdk.model import Inbound
from bridge.sdk.unreadable import Unreadable, reading, unreadable


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateReader:
    """Reads the updates of one bot."""

    adapter: str  #: its name in the config
    drafts: DraftTurns
    keyboards: ShownKeyboards = field(default_factory=ShownKeyboards)
    reply_chains: bool = False  #: whether a reply to a reply to the bot is for the bot
    channel_posts: bool = False  #: whether posts of channels are questions

    def read(self, update: Any, me: TelegramIdentity) -> Inbound | Unreadable | None:
        """Read what was said in *update*, if anything; whatever it holds, this does not raise."""
        try:
            with reading("update"):
                return self._read(update, me)
        except Garbled as failure:
            number = f"update:{me.id}:{update['update_id']}" if is_numbered(update) else None
            return unreadable(self.adapter, update, failure, key=number)

    def _read(self, update: Any, me: TelegramIdentity) -> Inbound | None:
        if stopped := self.drafts.stopped(update, adapter=self.adapter, bot=me.id):
            return stopped
        if not (self.channel_posts or update.keys().isdisjoint(CHANNEL_POSTS)):
            return None
        said = normalise(self.keyboards.completed(update), adapter=self.adapter, me=me)
        if said is None or not self.reply_chains or "message" not in update:
            return said
        return in_chain(said, update["message"], me)


def is_numbered(update: Any) -> bool:
    """Whether the update has a number that can be confirmed to Telegram."""
    return isinstance(update, dict) and isinstance(update.get("update_id"), int)
