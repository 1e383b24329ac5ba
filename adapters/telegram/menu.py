"""The bot's menu of commands, in every language of the bridge; groups get it without the commands for private chats."""

from collections.abc import Mapping
from itertools import product
from types import MappingProxyType
from typing import Final

from adapters.telegram.api import TelegramApi
from bridge.sdk import telemetry
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

_IN_PRIVATE: Final = frozenset({CommandName.LINK, CommandName.PRIVACY, CommandName.START})
"""Commands that groups are only told to give in a private chat."""
_SCOPES: Final = ("default", "all_group_chats")
"""Whose menus are filled; https://core.telegram.org/bots/api#botcommandscope"""


async def show_menu(api: TelegramApi, adapter: str) -> None:
    """Fill the menu of commands; a failure is only reported, as the bot works without it."""
    try:
        for language, scope in product(languages(), _SCOPES):
            hidden = _IN_PRIVATE if scope == "all_group_chats" else ()
            told = {str(command): translate(text, language) for command, text in MENU.items() if command not in hidden}
            await api.show_commands(told, None if language == FALLBACK else language, scope=scope)
    except BridgeError as failure:
        telemetry.feature_missing(adapter=adapter, feature="menu", because=failure.detail)
