"""
Chains of replies: a reply to a message that replies to the bot continues its conversation, if the config says so.

A message does not tell what the message it replies to was itself a reply to. So each reply in a chain is remembered by a key
of its own (`Inbound.dedupe_keys`), and a reply to any other message names the key that would make it part of the chain.
"""

from dataclasses import replace
from typing import Any

from adapters.telegram.api import TelegramIdentity
from adapters.telegram.references import replied_message, replies_to_us
from bridge.sdk.model import Address, ChatType, Inbound

Json = dict[str, Any]


def in_chain(said: Inbound, message: Json, me: TelegramIdentity) -> Inbound:
    """*said*, with the keys of its chain of replies."""
    replied = replied_message(message)
    if replied is None or said.chat_type is ChatType.PRIVATE or said.edits is not None:
        return said
    if replies_to_us(message, me):
        return _remembered(said, message, me)
    if said.address is not Address.OVERHEARD:
        return said
    return replace(_remembered(said, message, me), address=Address.IN_THREAD, follows=_key(replied, message, me))


def _remembered(said: Inbound, message: Json, me: TelegramIdentity) -> Inbound:
    by_update, *others = said.dedupe_keys
    return replace(said, dedupe_keys=(by_update, _key(message, message, me), *others))


def _key(link: Json, message: Json, me: TelegramIdentity) -> str:
    return f"{me.id}:chain:{message['chat']['id']}:{int(link['message_id'])}"
