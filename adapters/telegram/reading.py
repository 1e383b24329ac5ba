"""One update, read: what was said in it or, where nobody can tell, the dead letter that it becomes."""

from typing import Any

from adapters.telegram.api import TelegramIdentity
from adapters.telegram.drafts import DraftTurns
from adapters.telegram.normalise import normalise
from bridge.sdk.errors import Garbled
from bridge.sdk.model import Inbound
from bridge.sdk.unreadable import Unreadable, reading, unreadable


def read_update(update: Any, *, adapter: str, me: TelegramIdentity, drafts: DraftTurns) -> Inbound | Unreadable | None:
    """What was said in *update*, if anything was; nothing that it holds keeps us from all others."""
    try:
        with reading("update"):
            return drafts.stopped(update, adapter=adapter, bot=me.id) or normalise(update, adapter=adapter, me=me)
    except Garbled as failure:
        number = f"update:{me.id}:{update['update_id']}" if is_numbered(update) else None
        return unreadable(adapter, update, failure, key=number)


def is_numbered(update: Any) -> bool:
    """Whether its number can be confirmed to Telegram."""
    return isinstance(update, dict) and isinstance(update.get("update_id"), int)
