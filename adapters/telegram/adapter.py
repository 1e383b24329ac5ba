"""
The adapter of one Telegram bot: receives updates by polling or by webhook, and opens a sink for each answer.

Both ways follow one rule: a message is accepted first, and only then does Telegram learn that we have it: from the offset
of the next poll, or from the webhook's 200.
"""

import asyncio
import hashlib
import hmac
import re
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from functools import partial
from typing import Any, ClassVar, Final, Self, TypeVar
from urllib.parse import urlsplit

from pydantic import BaseModel

from adapters.telegram.api import POLL_SECONDS
from adapters.telegram.batches import BatchJoiner
from adapters.telegram.buttons import vain_press
from adapters.telegram.checks import HEAR_ALL, checks
from adapters.telegram.errors import WebhookInTheWay
from adapters.telegram.identity import KnownIdentity
from adapters.telegram.menu import show_menu
from adapters.telegram.options import TelegramOptions
from adapters.telegram.reading import UpdateReader, is_numbered
from adapters.telegram.shared import TelegramSharedState
from adapters.telegram.sink import TelegramSink
from adapters.telegram.trouble import because_of, pause_after
from bridge.sdk import chat_telemetry, telemetry
from bridge.sdk.background import Background
from bridge.sdk.checks import Circumstances, Findings
from bridge.sdk.errors import BridgeError, ConfigError, FileTooBig, Garbled, Refused, Unauthorised, Unreachable
from bridge.sdk.foreign_json import decode_json
from bridge.sdk.i18n import MessageId, translate
from bridge.sdk.media import named_media
from bridge.sdk.model import Attachment, ChatType, CommandName, Inbound, MediaBytes, MediaKind, Place
from bridge.sdk.outages import Outages
from bridge.sdk.ports import Accept, Fence, WebhookRequest, WebhookResponse, no_fence
from bridge.sdk.unreadable import Unreadable, unreadable

T = TypeVar("T")

SECRET_HEADER: Final = "x-telegram-bot-api-secret-token"  # noqa: S105 - the header's name
_CHAT: Final = re.compile(r"-?[1-9][0-9]{0,15}", re.ASCII)
_TOPIC: Final = re.compile(r"[1-9][0-9]{0,9}", re.ASCII)


class TelegramAdapter:
    """One Telegram bot."""

    Options: ClassVar[type[BaseModel]] = TelegramOptions
    platform: ClassVar[str] = "telegram"

    def __init__(self, name: str, options: TelegramOptions) -> None:
        self.name = name
        self._options = options
        token = options.token.get_secret_value()
        self._id = token.partition(":")[0]
        self._secret = hmac.new(token.encode(), b"webhook", hashlib.sha256).hexdigest()
        self._shared = TelegramSharedState.from_options(name, options)
        self._api = self._shared.api
        self._reader = UpdateReader(
            adapter=name,
            drafts=self._shared.draft_turns,
            keyboards=self._api.keyboards,
            reply_chains=options.reply_chains,
            channel_posts=options.channel_posts,
        )
        self._joiner = BatchJoiner()
        self._identity = KnownIdentity(self._api)
        self._webhook_url: str | None = None
        self._unavailable_reason: str | None = "not started"
        self._outages = Outages(adapter=name)
        self._failures = 0
        self._background = Background()

    @classmethod
    def from_options(cls, name: str, options: Any) -> Self:
        """The adapter for the section *name* of the config."""
        return cls(name, options)

    @property
    def exclusive_lease(self) -> str | None:
        """Telegram lets one poll at a time for each bot; webhooks may reach any replica."""
        return f"telegram:{self._id}" if self._options.receive == "polling" else None

    @property
    def unavailable_reason(self) -> str | None:
        """Why it receives nothing at the moment; None while it does."""
        return self._unavailable_reason

    async def __aenter__(self) -> Self:
        await self._api.__aenter__()
        try:
            await self._identity.learn(asyncio.get_running_loop().time())
        except BridgeError:
            await self._api.__aexit__()
            raise
        if self._identity.me and not self._identity.me.hears_groups:
            chat_telemetry.groups_heard_in_part(adapter=self.name, remedy=HEAR_ALL)
        return self

    async def __aexit__(self, *failure: object) -> None:
        await self._background.cancel_all()
        await self._api.__aexit__(*failure)

    def checks(self, circumstances: Circumstances) -> Findings:
        """What Telegram knows about the bot; see `adapters.telegram.checks`."""
        return checks(self._options, circumstances)

    def set_replica_count(self, replicas: int) -> None:
        """Share the bot's budgets among so many replicas."""
        self._shared.pace.set_replica_count(replicas)

    async def run(self, accept: Accept) -> None:
        """Listen until cancelled, through every outage; fill the bot's menu of commands meanwhile."""
        menu = asyncio.create_task(show_menu(self._api, self.name))
        try:
            await (self._poll(accept) if self._options.receive == "polling" else self._await_webhooks())
        finally:
            self._unavailable_reason = "stopped"
            menu.cancel()
            await asyncio.gather(menu, return_exceptions=True)

    def locate(self, chat: str, thread: str | None) -> tuple[Place, ChatType]:
        """A chat by its number, below zero for groups and channels, and a topic by its own."""
        if not _CHAT.fullmatch(chat):
            raise ValueError(f"chat: expected a number as Telegram has them, such as -1001234567890, got {chat!r}")
        if thread is not None and not _TOPIC.fullmatch(thread):
            raise ValueError(f"thread: expected the number of a topic, got {thread!r}")
        where = Place(adapter=self.name, chat=chat, thread=thread)
        return where, ChatType.GROUP if chat.startswith("-") else ChatType.PRIVATE

    def format_command(self, command: CommandName) -> str:
        """Format a command as the bot's menu shows it."""
        return f"/{command}"

    def reply(self, message: Inbound, fence: Fence = no_fence) -> TelegramSink:
        """Open the sink for the answer to *message*."""
        return TelegramSink(self._shared, message, fence)

    async def fetch(self, attachment: Attachment, *, at_most: int) -> MediaBytes:
        """Download a photo, file or recording; its name and type come from the message, for the download does not tell them."""
        if attachment.kind is MediaKind.LOCATION:
            raise Refused("expected a file, got a place", message_id=MessageId.FILE_UNUSABLE)
        try:
            data = await self._api.download(attachment.handle, at_most)
        except FileTooBig:
            raise
        except (Refused, Unauthorised) as refusal:  # gone: an address that has expired is a 404
            raise Refused(refusal.detail, message_id=MessageId.FILE_UNUSABLE) from refusal
        return named_media(data, attachment.name or attachment.kind, attachment.mime)

    # Polling

    async def _poll(self, accept: Accept) -> None:
        await self._retry_forever(self._take_webhook_away)
        offset = 0  # from the oldest that was not confirmed; what repeats is recognised by its keys
        while True:
            try:
                offset = await self._poll_once(offset, accept)
            except WebhookInTheWay as error:
                await self._pause(error)
                await self._retry_forever(self._take_webhook_away)
            except BridgeError as error:
                await self._pause(error)

    async def _take_webhook_away(self) -> None:
        """Delete the webhook, so that updates wait for polls; logs only the webhook's host, as its path may be a secret."""
        url = await self._if_known("getWebhookInfo", self._api.webhook())
        await self._if_known("deleteWebhook", self._api.delete_webhook())
        if url:
            telemetry.webhook_removed(adapter=self.name, host=urlsplit(url).netloc.rpartition("@")[2])

    async def _if_known(self, method: str, call: Awaitable[T]) -> T | None:
        """Await *call*; None if the server refuses it: the poll that follows tells whether a webhook is set."""
        try:
            return await call
        except Refused as refusal:
            telemetry.feature_missing(adapter=self.name, feature=method, because=refusal.detail)
            return None

    async def _poll_once(self, offset: int, accept: Accept) -> int:
        """Accept the updates since *offset*; returns the next offset, which confirms them."""
        updates = await self._api.updates(offset, 0 if self._unavailable_reason else POLL_SECONDS)
        await self._accept(updates, accept)
        numbers = [update["update_id"] for update in updates if is_numbered(update)]
        if updates and not numbers:
            raise Garbled("expected updates with numbers, got none")
        self._mark_connected()
        return max(numbers, default=offset - 1) + 1

    async def _accept(self, updates: Iterable[Any], accept: Accept) -> None:
        """Accept all *updates*: the chats concurrently, so that they share a commit; within a chat in order."""
        updates = list(updates)
        await self._identity.learn_if_doubtful(updates, asyncio.get_running_loop().time())
        chats: dict[str, list[Inbound]] = {}
        put_aside: list[Unreadable] = []
        for update in updates:
            self._shared.message_ids.record_heard(update)
            message = self._read(update)
            if isinstance(message, Unreadable):
                put_aside.append(message)
            elif message:
                chats.setdefault(message.moved_to or message.where.chat, []).append(message)
            elif press := vain_press(update):
                self._background.spawn(self._answer_press(press.id, translate(press.because, press.language)))
        outcomes = await asyncio.gather(
            *(self._accept_in_order(self._joiner.joined(chat), accept) for chat in chats.values()),
            *map(accept, put_aside),
            return_exceptions=True,
        )
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome

    async def _accept_in_order(self, messages: Iterable[Inbound], accept: Accept) -> None:
        for message in messages:
            self._shared.silenced.learn(message)
            word = await accept(message) or (MessageId.RATED if message.rating else None)
            if press := message.reply_context.get("press"):
                said = translate(word, message.author.language) if word else "" if message.command else message.text
                self._background.spawn(self._answer_press(press, said))

    async def _answer_press(self, press: str, note: str) -> None:
        with suppress(BridgeError):  # the button stops blinking by itself
            await self._api.answer_press(press, note)

    def read_again(self, raw: str) -> Inbound | None:
        """Read an update that an earlier version could not read."""
        try:
            read = self._read(decode_json(raw.encode()))
        except ValueError:
            return None
        return read if isinstance(read, Inbound) else None

    def _read(self, update: Any) -> Inbound | Unreadable | None:
        """Read *update*; one that cannot be read is put aside, so that it does not hold up the others."""
        if (me := self._identity.me) is None:
            raise Unreachable("not open")
        return self._reader.read(update, me)

    # Being called

    def set_webhook_url(self, url: str) -> None:
        """Learn the public address of `handle_webhook`."""
        self._webhook_url = url

    @property
    def receives_by_http(self) -> bool:
        """Whether it waits for Telegram's calls instead of polling."""
        return self._options.receive == "webhook"

    async def handle_webhook(self, request: WebhookRequest, accept: Accept) -> WebhookResponse:
        """
        Accept the update that Telegram posts; without the secret the body is not even read.

        An unreadable update is acknowledged too: Telegram would repeat it for a day, and send nothing else meanwhile.
        """
        shown = request.headers.get(SECRET_HEADER, "")
        if not hmac.compare_digest(shown.encode(errors="surrogateescape"), self._secret.encode()):
            return WebhookResponse(status=403)
        try:
            update = decode_json(body := await request.read())
        except ValueError as error:
            await accept(unreadable(self.name, body, error))
        else:
            await self._accept([update], accept)
        return WebhookResponse()

    async def _await_webhooks(self) -> None:
        if self._webhook_url is None:
            raise ConfigError(f"adapters.{self.name}.receive: webhook needs http.public_url")
        await self._retry_forever(partial(self._api.set_webhook, self._webhook_url, self._secret))
        self._mark_connected()
        await asyncio.Event().wait()

    # Trouble

    async def _retry_forever(self, deed: Callable[[], Awaitable[None]]) -> None:
        """Repeat *deed*, without which nothing is received, until it succeeds."""
        while True:
            try:
                return await deed()
            except BridgeError as error:
                await self._pause(error)

    async def _pause(self, error: BridgeError) -> None:
        """Note that nothing is received because of *error*, and wait for as long as it asks."""
        seconds = pause_after(error, self._failures)
        self._failures += 1
        because = self._unavailable_reason = because_of(error)
        self._outages.note_failed(asyncio.get_running_loop().time(), because, seconds=seconds)
        await asyncio.sleep(seconds)

    def _mark_connected(self) -> None:
        self._failures, self._unavailable_reason = 0, None
        self._outages.note_hears()
