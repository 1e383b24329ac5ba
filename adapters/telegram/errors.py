"""
Translates Telegram's errors to those of `bridge.sdk.errors`.

==================  ===============  ======================================================================
what happened       becomes          because
==================  ===============  ======================================================================
no connection       Unreachable      nothing was asked
no answer           Uncertain        it may have been done; where doing it twice is harmless: Unreachable
5xx                 the same         Telegram's servers answer so before and after the deed
429                 RateLimited      nothing was done
401, 404            Unauthorised     404 is how Telegram answers a malformed token
403                 ChatGone         blocked, kicked, deleted
409                 PollingConflict  somebody else polls with our token, or has set a webhook
400                 by its words     see `_MEANINGS`; anything unknown is `BadMessage`, our formatting's fault
==================  ===============  ======================================================================
"""

import re
from collections.abc import Awaitable, Sequence
from typing import Final, TypeVar

from telegram.error import TelegramError

from adapters.telegram.transport import ErrorResponse, NotSent
from bridge.sdk.errors import (
    Aspect,
    BridgeError,
    ChatGone,
    FileTooBig,
    Garbled,
    Later,
    MessageGone,
    RateLimited,
    Refused,
    Unauthorised,
    Uncertain,
    Unreachable,
)

T = TypeVar("T")


class PollingConflict(Later):
    """Another program polls with this token, or a webhook is set."""


class WebhookInTheWay(PollingConflict):
    """A webhook is set, so that nobody can poll."""


class ThreadGone(ChatGone):
    """The topic is not there any more, or was closed; the chat may still be."""

    aspect = Aspect.THREAD


class RightsMissing(ChatGone):
    """The bot is a member that may not write; it may get the right back."""


class ChatMoved(ChatGone):
    """The group became a supergroup, under another id."""

    new_chat: str | None = None  #: that id, where the server tells it


class BadMessage(Refused):
    """Telegram rejects the message; without formatting it may be accepted."""


class BadButtons(Refused):
    """Telegram rejects the buttons."""

    aspect = Aspect.BUTTONS


class TextTooLong(Refused):
    """By Telegram's count the text is too long for one message."""

    aspect = Aspect.LENGTH


class ReplyGone(Refused):
    """The message that ours replies to is gone."""

    aspect = Aspect.REPLY


class DraftsRefused(Refused):
    """The chat takes no drafts at all."""

    aspect = None


class MethodMissing(Refused):
    """The server does not know the method."""

    aspect = None


class Unchanged(Refused):
    """The edit would change nothing."""


_MEANINGS: Final[Sequence[tuple[str, type[BridgeError]]]] = (
    ("message is not modified", Unchanged),
    ("message_not_modified", Unchanged),
    ("message to edit not found", MessageGone),
    ("message can't be edited", MessageGone),
    ("message to delete not found", MessageGone),
    ("message_id_invalid", MessageGone),
    ("textdraft_peer_invalid", DraftsRefused),
    ("message to be replied not found", ReplyGone),
    ("replied message not found", ReplyGone),
    ("reply message not found", ReplyGone),
    ("reply_message_id_invalid", ReplyGone),
    ("button_", BadButtons),
    ("inline keyboard", BadButtons),
    ("reply markup", BadButtons),
    ("reply_markup", BadButtons),
    ("file is too big", FileTooBig),
    ("entities_too_long", BadMessage),
    ("too long", TextTooLong),
    ("too_long", TextTooLong),
    ("message thread not found", ThreadGone),
    ("topic_closed", ThreadGone),
    ("topic_deleted", ThreadGone),
    ("chat not found", ChatGone),
    ("peer_id_invalid", ChatGone),
    ("rights to send photos", BadMessage),
    ("rights to send videos", BadMessage),
    ("rights to send audios", BadMessage),
    ("rights to send voice", BadMessage),
    ("rights to send documents", BadMessage),
    ("rights to send media", BadMessage),
    ("rights to send", RightsMissing),
    ("not enough rights", RightsMissing),
    ("no write access", RightsMissing),
    ("chat_write_forbidden", RightsMissing),
    ("chat_restricted", RightsMissing),
    ("chat_admin_required", RightsMissing),
    ("chat_send_plain_forbidden", RightsMissing),
    ("chat_guest_send_forbidden", RightsMissing),
    ("payment_required", RightsMissing),
    ("need administrator rights", RightsMissing),
    ("group chat was deactivated", ChatGone),
    ("upgraded to a supergroup", ChatMoved),
    ("bot was blocked", ChatGone),
    ("user_is_blocked", ChatGone),
    ("bot was kicked", ChatGone),
    ("user is deactivated", ChatGone),
    ("user_deactivated", ChatGone),
)
"""
What a 400 means, by what it says; Telegram documents none of it, its server's words are those of
https://github.com/tdlib/telegram-bot-api/blob/master/telegram-bot-api/Client.cpp.
"""


_STATUSES: Final[dict[int, type[BridgeError]]] = {
    401: Unauthorised,
    403: ChatGone,
    404: Unauthorised,
    409: PollingConflict,
    413: Refused,
}
_SERVER_ERRORS: Final = 500
_CONFLICT: Final = 409
_WAIT: Final = re.compile(r"(?:slowmode_wait_|flood_wait_|retry after )(\d{1,5})\b", re.ASCII | re.IGNORECASE)
"""How Telegram itself tells seconds, where a server hands it on as a 400, and how a server does in words.

https://core.telegram.org/api/errors#420-flood
"""
_QUOTED: Final = re.compile("'.*'", re.DOTALL)
"""Telegram quotes what it dislikes, which people wrote."""


async def translated(call: Awaitable[T], *, repeatable: bool = True, known: bool = True) -> T:
    """
    Await *call*, and translate its failures.

    *repeatable* says that doing it again is harmless, *known* that every server has the method.
    """
    try:
        return await call
    except TelegramError as error:
        raise translate_error(error, repeatable=repeatable, known=known) from error


def translate_error(error: TelegramError, *, repeatable: bool, known: bool) -> BridgeError:
    """Translate *error*; for *repeatable* and *known* see `translated`."""
    if isinstance(error, NotSent):
        return Unreachable(error.message)
    if not isinstance(error, ErrorResponse) or error.status >= _SERVER_ERRORS:
        return Unreachable(error.message) if repeatable else Uncertain(error.message)
    match error.status:
        case 400:
            return _refusal(error)
        case 404 if not known:
            return MethodMissing(error.description)
        case 429:
            return RateLimited(error.description, retry_after=error.retry_after or _wait_in(error.description))
        case status:
            blocked = status == _CONFLICT and "webhook is active" in error.description
            return WebhookInTheWay(error.message) if blocked else _STATUSES.get(status, Garbled)(error.message)


def _refusal(error: ErrorResponse) -> BridgeError:
    said = error.description.lower()
    if (wait := _wait_in(said)) is not None:
        return RateLimited(error.description, retry_after=wait)
    kind = next((kind for words, kind in _MEANINGS if words in said), BadMessage)
    refusal = kind(_QUOTED.sub("'…'", error.description))
    if isinstance(refusal, ChatMoved) and error.migrate_to_chat_id is not None:
        refusal.new_chat = str(int(error.migrate_to_chat_id))
    return refusal


def _wait_in(description: str) -> float | None:
    wait = _WAIT.search(description)
    return float(wait[1]) if wait else None
