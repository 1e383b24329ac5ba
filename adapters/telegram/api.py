"""The methods of the Bot API that we call: files and set-up through `telegram.Bot`, messages by the method's name."""

import logging
import warnings
from collections.abc import Coroutine, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self, TypeVar
from urllib.parse import quote

from telegram import Bot, BotCommand, BotCommandScope, InputFile, InputMediaPhoto
from telegram.warnings import PTBUserWarning

from adapters.telegram.buttons import keyboard
from adapters.telegram.errors import Unchanged, translated
from adapters.telegram.keyboards import ShownKeyboards
from adapters.telegram.limits import NOTE_LONGEST
from adapters.telegram.local_files import read_local_file
from adapters.telegram.transport import READ_SECONDS, AiohttpRequest
from bridge.sdk.answers import NO_BUTTONS, Buttons
from bridge.sdk.errors import Garbled, MessageGone, Refused
from bridge.sdk.model import MediaBytes

T = TypeVar("T")

UPDATES: Final = ("stopped_message_generation", "message", "edited_message", "callback_query", "my_chat_member")
"""What we want to be told. Telegram remembers the last list it was given, so it is always given one."""
CHANNEL_POSTS: Final = ("channel_post", "edited_channel_post")
"""Wanted as well if posts of channels are questions. https://core.telegram.org/bots/api#update"""

POLL_SECONDS: Final = 30.0
POLL_SPARE_SECONDS: Final = 15.0
"""Seconds beyond its time after which a poll without an answer is given up: the connection may be dead without a sign of it."""
UPLOAD_SECONDS: Final = 60.0
COSMETIC_SECONDS: Final = 5.0
"""Seconds for a call that nobody needs to succeed: a draft, the typing sign."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TelegramIdentity:
    """Who the bot is."""

    id: int
    username: str
    hears_groups: bool = True  #: whether privacy mode is off, so that groups hand over all that is said there


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text as Telegram shows it."""

    text: str
    entities: tuple[dict[str, Any], ...] = ()  #: as on the wire; the library's own objects cost half a call's time
    buttons: Buttons = NO_BUTTONS  #: below it
    rich: str = ""  #: the same as Telegram's rich HTML, which is sent instead; empty: none
    asker: str = ""  #: the only person who may press the questions among them; empty: everybody may


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """Where in a chat a new message goes."""

    thread: int | None = None  #: the topic
    reply_to: int | None = None  #: the message it refers to
    firm: bool = False  #: whether to fail if that message is gone, as only it keeps ours in its topic


NOWHERE: Final = Anchor()
"""At the end of the chat."""


class TelegramApi:
    """One bot at one Bot API server, open inside an ``async with`` block."""

    def __init__(
        self,
        token: str,
        server: str,
        proxy: str | None = None,
        *,
        files: Path | None = None,
        link_previews: bool = False,
        channel_posts: bool = False,
    ) -> None:
        self._calls, self._polls = AiohttpRequest(token, proxy), AiohttpRequest(token, proxy)
        self._methods = f"{server}/bot{token}"
        self._files = f"{server}/file/bot{token}"
        self._folder = files
        self._link_previews = link_previews
        self._wanted_updates = [*UPDATES, *(CHANNEL_POSTS if channel_posts else ())]
        self._bot = Bot(
            token,
            base_url=f"{server}/bot",
            base_file_url=f"{server}/file/bot",
            request=self._calls,
            get_updates_request=self._polls,
        )
        self._stack = AsyncExitStack()
        self.keyboards = ShownKeyboards()

    async def __aenter__(self) -> Self:
        _quieten_library()
        for request in (self._calls, self._polls):
            await self._stack.enter_async_context(request)
        return self

    async def __aexit__(self, *failure: object) -> None:
        await self._stack.aclose()

    # Who and what

    async def me(self) -> TelegramIdentity:
        """The bot behind the token."""
        user = await translated(self._bot.get_me())
        hears_groups = user.can_read_all_group_messages is not False
        return TelegramIdentity(id=user.id, username=user.username or "", hears_groups=hears_groups)

    async def inquire(self, method: str, *, within: float = 10.0, known: bool = True, **wanted: Any) -> dict[str, Any]:
        """Call a method that changes nothing; its result as Telegram wrote it, {} for a list; waits *within* seconds."""
        found = await translated(self._call(method, wanted, within=within), known=known)
        return found if isinstance(found, dict) else {}

    async def show_commands(self, descriptions: dict[str, str], language: str | None, *, scope: str) -> None:
        """Fill the menu of commands in the chats of a *scope*, for people of that *language* or, without one, for all others."""
        commands = [BotCommand(command, text) for command, text in descriptions.items()]
        await translated(self._bot.set_my_commands(commands, BotCommandScope(scope), language_code=language))

    # Hearing

    async def updates(self, offset: int, seconds: float) -> list[Any]:
        """The updates from *offset* on, as Telegram wrote them; Telegram forgets all below it."""
        wanted = {"offset": offset, "timeout": int(seconds), "limit": 100, "allowed_updates": self._wanted_updates}
        within = seconds + POLL_SPARE_SECONDS
        updates = await translated(self._polls.post_json(f"{self._methods}/getUpdates", wanted, within))
        if not isinstance(updates, list):
            raise Garbled(f"expected a list of updates, got {type(updates).__name__}")
        return updates

    async def set_webhook(self, url: str, secret: str) -> None:
        """Have updates posted to *url*."""
        await translated(self._bot.set_webhook(url, secret_token=secret, allowed_updates=self._wanted_updates))

    async def delete_webhook(self) -> None:
        """Have updates kept until we poll."""
        await translated(self._call("deleteWebhook", {}), known=False)

    async def webhook(self) -> str:
        """The address of the current webhook; empty if none is set."""
        return str((await self.inquire("getWebhookInfo", known=False)).get("url") or "")

    async def download(self, file_id: str, at_most: int) -> bytes:
        """Download a file by its id; its address holds the token, so it never leaves this method."""
        file = await translated(self._call("getFile", {"file_id": file_id}))
        path = file.get("file_path") if isinstance(file, dict) else None
        if not isinstance(path, str):
            raise Refused("expected a file that can be downloaded")
        if path.startswith("/"):
            return await read_local_file(path, self._folder, at_most)
        return await translated(self._calls.download(f"{self._files}/{quote(path)}", at_most))

    # Speaking

    async def send(self, chat: str, text: Text, *, anchor: Anchor = NOWHERE, silent: bool = False) -> int:
        """Post a new message; returns its id."""
        wanted: dict[str, Any] = {"chat_id": chat, **self._content(text), **_anchored(anchor)}
        if silent:
            wanted["disable_notification"] = True
        call = self._call("sendRichMessage" if text.rich else "sendMessage", wanted)
        message = _message_id(await translated(call, repeatable=False, known=not text.rich))
        self.keyboards.record(chat, message, wanted.get("reply_markup"))
        return message

    async def send_file(self, chat: str, kind: str, media: MediaBytes, *, anchor: Anchor = NOWHERE) -> int:
        """
        Post a file; returns its message's id.

        *kind* is Telegram's word for it: ``photo``, ``document``, ``audio`` or ``video``.
        """
        wanted: dict[str, Any] = {"chat_id": chat, kind: InputFile(media.data, filename=media.name)}
        wanted |= {"disable_notification": True, **_anchored(anchor)}
        call = self._bot.do_api_request(f"send{kind.title()}", api_kwargs=wanted, read_timeout=UPLOAD_SECONDS)
        return _message_id(await translated(call, repeatable=False))

    async def send_album(self, chat: str, pictures: Sequence[MediaBytes], *, anchor: Anchor = NOWHERE) -> list[int]:
        """Post pictures as one album; returns the ids of its messages."""
        media = [InputMediaPhoto(InputFile(each.data, filename=each.name, attach=True)) for each in pictures]
        wanted = {"chat_id": chat, "media": media, "disable_notification": True, **_anchored(anchor)}
        call = self._bot.do_api_request("sendMediaGroup", api_kwargs=wanted, read_timeout=UPLOAD_SECONDS)
        sent = await translated(call, repeatable=False)
        return [_message_id(each) for each in sent] if isinstance(sent, list) else []

    async def edit(self, chat: str, message: int, text: Text) -> bool:
        """Replace the text of a message; False if it stood there already."""
        wanted = {"chat_id": chat, "message_id": message, **self._content(text)}
        changed = False
        with suppress(Unchanged):
            await translated(self._call("editMessageText", wanted))
            changed = True
        self.keyboards.record(chat, message, wanted.get("reply_markup"))
        return changed

    async def delete(self, chat: str, message: int) -> None:
        """Delete a message of ours; fine if it is gone (https://core.telegram.org/bots/api#deletemessage)."""
        wanted = {"chat_id": chat, "message_id": message}
        with suppress(MessageGone):
            await translated(self._call("deleteMessage", wanted))

    async def answer_press(self, press: str, note: str) -> None:
        """End the loading sign of a pressed button; a *note* appears for a moment."""
        wanted = {"callback_query_id": press, "text": note[:NOTE_LONGEST]}
        await translated(self._call("answerCallbackQuery", wanted, within=COSMETIC_SECONDS))

    async def draft(self, chat: str, draft: int, text: Text, *, thread: int | None = None) -> None:
        """Show a draft of the next message, for half a minute."""
        wanted: dict[str, Any] = {"chat_id": int(chat), "draft_id": draft, "text": text.text, "entities": text.entities}
        if thread is not None:
            wanted["message_thread_id"] = thread
        if text.buttons.turn:
            wanted["can_stop"] = True  # servers that do not know it take no notice
        call = self._call("sendMessageDraft", wanted, within=COSMETIC_SECONDS)
        await translated(call, known=False)

    async def react(self, chat: str, message: int, emoji: str | None) -> None:
        """Set the bot's reaction to a message; without *emoji*, remove it."""
        reaction = [{"type": "emoji", "emoji": emoji}] if emoji else []
        wanted = {"chat_id": chat, "message_id": message, "reaction": reaction}
        call = self._call("setMessageReaction", wanted, within=COSMETIC_SECONDS)
        await translated(call)

    async def typing(self, chat: str, *, thread: int | None = None) -> None:
        """Show "typing", for five seconds."""
        wanted: dict[str, Any] = {"chat_id": chat, "action": "typing"}
        if thread is not None:
            wanted["message_thread_id"] = thread
        call = self._call("sendChatAction", wanted, within=COSMETIC_SECONDS)
        await translated(call)

    def _call(self, method: str, wanted: dict[str, Any], *, within: float = READ_SECONDS) -> Coroutine[Any, Any, Any]:
        return self._calls.post_json(f"{self._methods}/{method}", wanted, within)

    def _content(self, text: Text) -> dict[str, Any]:
        said: dict[str, Any] = {"text": text.text, "entities": text.entities}
        if text.rich:
            said = {"rich_message": {"html": text.rich}}
        elif not self._link_previews:
            said["link_preview_options"] = {"is_disabled": True}
        return said | ({"reply_markup": keyboard(text.buttons, text.asker)} if text.buttons else {})


def _anchored(anchor: Anchor) -> dict[str, Any]:
    wanted: dict[str, Any] = {}
    if anchor.thread is not None:
        wanted["message_thread_id"] = anchor.thread
    if anchor.reply_to is not None:
        wanted["reply_parameters"] = {"message_id": anchor.reply_to, "allow_sending_without_reply": not anchor.firm}
    return wanted


def _message_id(sent: Any) -> int:
    try:
        return int(sent["message_id"])
    except (TypeError, KeyError, ValueError) as error:
        raise Garbled("expected a message with its id") from error


def _quieten_library() -> None:
    """Keep the library from logging what people write, and from warning that we bypass its typed methods, which cost ten times."""
    logging.getLogger("telegram").setLevel(logging.INFO)
    warnings.filterwarnings("ignore", message=r"Please use 'Bot\.", category=PTBUserWarning)
