"""What Telegram's client library makes of what goes over the wire: nothing may be strange to it but what is newer than it."""

import inspect
import re
from collections.abc import Iterator
from typing import Any

from telegram import (
    Bot,
    BotCommand,
    BotCommandScope,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    MessageEntity,
    ReactionType,
    ReplyParameters,
    TelegramObject,
    Update,
)

from simulators.server import Call

NEWER = {
    "stopped_message_generation",
    "sendMessageDraft.can_stop",  # https://core.telegram.org/bots/api-changelog, 10.3
    "editMessageText.rich_message",
    "sendRichMessage",
}
"""Of the Bot API, what this version of the library does not know yet."""

CLASSES: dict[str, Any] = {
    "entities": MessageEntity,
    "caption_entities": MessageEntity,
    "reply_markup": InlineKeyboardMarkup,
    "reply_parameters": ReplyParameters,
    "link_preview_options": LinkPreviewOptions,
    "commands": BotCommand,
    "scope": BotCommandScope,
    "reaction": ReactionType,
}
"""Of the parameters that are objects or lists of such."""


def unknown_in_call(call: Call) -> list[str]:
    """What of a call the library has no name for, or would send otherwise."""
    method = getattr(Bot, re.sub(r"[A-Z]", lambda letter: "_" + letter[0].lower(), call.method), None)
    if method is None:
        return [] if call.method in NEWER else [call.method]
    names = inspect.signature(method).parameters.keys()
    found = [name for name in call.params if name not in names and not _is_file(call, name)]
    found += [
        f"{name}.{path}"
        for name in CLASSES.keys() & call.params.keys()
        for each in _listed(call.params[name])
        for path in unknown(CLASSES[name], each)
    ]
    return [f"{call.method}.{name}" for name in found if f"{call.method}.{name}" not in NEWER]


def unknown_in_update(update: dict[str, Any]) -> list[str]:
    """What of an update the library has no name for, or understands as something else."""
    return [path for path in unknown(Update, update) if path not in NEWER]


def unknown(kind: type[TelegramObject], given: dict[str, Any]) -> list[str]:
    """Where the library, which takes it for a *kind*, has no name for what is *given*, or loses it."""
    read = kind.de_json(given, None)
    return [*_strangers(read), *_lost(given, read.to_dict())]


def _is_file(call: Call, name: str) -> bool:
    """Whether that is a file, by a name that another parameter refers to."""
    return f"attach://{name}" in str(call.params)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _strangers(read: Any) -> Iterator[str]:
    """The names that the library keeps for later versions of itself, wherever they are."""
    for each in read if isinstance(read, tuple) else (read,):
        if isinstance(each, TelegramObject):
            yield from each.api_kwargs
            slots = {name for kind in type(each).__mro__ for name in getattr(kind, "__slots__", ())}
            for name in slots - {"api_kwargs", "_bot"}:
                yield from _strangers(getattr(each, name, None))


def _lost(given: Any, read: Any) -> Iterator[str]:
    """The paths in *given* at which *read* has something else."""
    match given, read:
        case dict(), dict():
            for name, value in given.items():
                yield from (f"{name}.{path}" if path else name for path in _lost(value, read.get(name)))
        case list(), list() if len(given) == len(read):
            for one, other in zip(given, read, strict=True):
                yield from _lost(one, other)
        case _ if given != read:
            yield ""
