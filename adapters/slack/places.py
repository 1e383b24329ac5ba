"""What kind of place a channel is, as far as an event, a name or what we know tells."""

from collections.abc import Mapping
from typing import Final

from bridge.sdk.model import ChatType

ChatTypesById = Mapping[str, ChatType]
"""How many listen in a channel, by its id; of group direct messages neither the id nor ``app_mention`` tells."""

_CHAT_TYPES: Final = {"im": ChatType.PRIVATE, "mpim": ChatType.GROUP}


def chat_type(channel: str, told: str | None, known: ChatTypesById) -> ChatType:
    """How many listen in a *channel*, as is *told* or as is *known*; a direct message's id says it."""
    if told is None and (learnt := known.get(channel)):
        return learnt
    return _CHAT_TYPES.get(told or ("im" if channel.startswith("D") else ""), ChatType.CHANNEL)


def chat_type_of(channel: str, name: object, known: ChatTypesById) -> ChatType:
    """The same of a *channel* of that *name*, as an interaction tells it."""
    return chat_type(channel, told_by(name), known)


def told_by(name: object) -> str | None:
    """The kind of a channel that has this name, where the name tells."""
    return "mpim" if str(name).startswith("mpdm-") else None
