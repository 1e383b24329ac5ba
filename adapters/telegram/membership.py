"""
Changes of the bot's membership in a chat: blocked and unblocked, removed and added, muted and unmuted.

https://core.telegram.org/bots/api#chatmemberupdated
"""

from typing import Any, Final

from adapters.telegram.api import TelegramIdentity
from adapters.telegram.chat_types import CHAT_TYPES
from adapters.telegram.references import name_of
from bridge.sdk.model import Address, Inbound, Person, Place

Json = dict[str, Any]

_THERE: Final = frozenset({"creator", "administrator", "member"})


def membership(change: Json, number: int, *, adapter: str, me: TelegramIdentity) -> Inbound | None:
    """Whether the bot may speak in a chat from now on."""
    chat, by = change["chat"], change["from"]
    if chat["type"] not in CHAT_TYPES:
        return None
    return Inbound(
        dedupe_keys=(f"{me.id}:update:{number}",),
        where=Place(adapter=adapter, chat=str(int(chat["id"]))),
        chat_type=CHAT_TYPES[chat["type"]],
        author=Person(id=str(int(by["id"])), name=name_of(by), language=by.get("language_code")),
        text="",
        address=Address.OVERHEARD,
        may_speak=_may_speak(change["new_chat_member"]),
    )


def _may_speak(member: Json) -> bool:
    """Whether a *member* may write: a restricted one may be absent or muted, and an admin of a channel may lack the right."""
    is_there = member["status"] in _THERE or bool(member.get("is_member"))
    return is_there and bool(member.get("can_send_messages", True)) and bool(member.get("can_post_messages", True))
