"""The kinds of chats that Telegram has, in the words of the house; what is said in any other is nothing to us."""

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
