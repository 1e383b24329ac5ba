"""The menu of commands, in every language that we speak."""

from collections.abc import Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import Final

from adapters.telegram.api import TelegramApi
from bridge.sdk.errors import BridgeError
from bridge.sdk.i18n import FALLBACK, MessageId, languages, translate
from bridge.sdk.model import CommandName

MENU: Final[Mapping[CommandName, MessageId]] = MappingProxyType(
    {
        CommandName.NEW: MessageId.COMMAND_NEW,
        CommandName.STOP: MessageId.COMMAND_STOP,
        CommandName.RETRY: MessageId.COMMAND_RETRY,
        CommandName.STATUS: MessageId.COMMAND_STATUS,
        CommandName.LINK: MessageId.COMMAND_LINK,
        CommandName.PRIVACY: MessageId.COMMAND_PRIVACY,
        CommandName.HELP: MessageId.COMMAND_HELP,
        CommandName.START: MessageId.COMMAND_START,
    }
)
"""The commands of the menu, in its order, and what it says of them."""


async def show_menu(api: TelegramApi) -> None:
    """Fill the menu of commands; nobody needs it to talk."""
    with suppress(BridgeError):
        for language in languages():
            descriptions = {str(command): translate(told, language) for command, told in MENU.items()}
            await api.show_commands(descriptions, None if language == FALLBACK else language)
