"""Telegram's kinds of chats as `bridge.sdk.model` names them; messages in any other kind are ignored."""

from types import MappingProxyType
from typing import Final

from bridge.sdk.model import ChatType

CHAT_TYPES: Final = MappingProxyType(
    {
        "private": ChatType.PRIVATE,
        "group": ChatType.GROUP,
        "supergroup": ChatType.GROUP,
        "channel": ChatType.CHANNEL,
    }
)
"""By the ``type`` of https://core.telegram.org/bots/api#chat."""
