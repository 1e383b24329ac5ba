"""The kind of a channel, by an event, by its name, or by what is known already."""

from collections.abc import Mapping
from typing import Final

from bridge.sdk.model import ChatType

ChatTypesById = Mapping[str, ChatType]
"""The kind of each channel, by its id; for group direct messages neither the id nor ``app_mention`` tells."""

_CHAT_TYPES: Final = {"im": ChatType.PRIVATE, "mpim": ChatType.GROUP}


def chat_type(channel: str, told: str | None, known: ChatTypesById) -> ChatType:
    """The kind of a *channel*, as *told*, or as *known*; a direct message's id reveals it."""
    if told is None and (learnt := known.get(channel)):
        return learnt
    return _CHAT_TYPES.get(told or ("im" if channel.startswith("D") else ""), ChatType.CHANNEL)


def chat_type_of(channel: str, name: object, known: ChatTypesById) -> ChatType:
    """The kind of a *channel* in an interaction, which tells its *name*."""
    return chat_type(channel, told_by(name), known)


def told_by(name: object) -> str | None:
    """The kind of a channel by its name, if the name reveals it."""
    return "mpim" if str(name).startswith("mpdm-") else None
