"""
Turns one of Telegram's updates into an `Inbound`, or into nothing.

It becomes nothing if no person said it (service messages, other bots, automatic forwards of a channel), or if it was said to
somebody else (business and guest messages). A message whose content we cannot read becomes nothing in a group; in a private
chat it becomes an empty `Inbound`, so that the person is told.
"""

import re
from dataclasses import dataclass, replace
from typing import Any, Final

from adapters.telegram.api import TelegramIdentity
from adapters.telegram.attachments import attachments
from adapters.telegram.buttons import pressed
from adapters.telegram.chat_types import CHAT_TYPES
from adapters.telegram.descriptions import content, described
from adapters.telegram.membership import membership
from adapters.telegram.references import forwarded, name_of, quote_of, replies_to_us
from adapters.telegram.service import is_service
from adapters.telegram.words import commands_us, words, words_to
from bridge.sdk.cleaning import halves_joined
from bridge.sdk.editing import as_edit
from bridge.sdk.model import Address, ChatType, CommandName, Inbound, Person, Place, Quote, Ref

Json = dict[str, Any]

ANONYMOUS_ADMIN: Final = 1087968824
"""Telegram's account for anonymous administrators: https://core.telegram.org/bots/api#message."""
FAKE_CHANNEL: Final = 136817688
"""Telegram's account for channels that post in a group: https://core.telegram.org/bots/api#message."""

_COMMAND: Final = re.compile(r"/(?P<word>[A-Za-z0-9_]{1,32})(?:@(?P<bot>[A-Za-z0-9_]+))?(?P<rest>(?:\s.*)?)", re.DOTALL)
"""White space of any script ends its name: who writes Chinese types a wide blank."""
_OUR_WORDS: Final = frozenset(str(command) for command in CommandName)

_SUPERGROUP: Final = frozenset({"migrate_to_chat_id", "migrate_from_chat_id"})
_SAID: Final = ("message", "channel_post")
_EDITED: Final = ("edited_message", "edited_channel_post")


def normalise(update: Json, *, adapter: str, me: TelegramIdentity) -> Inbound | None:
    """Read what a person said in *update*; call it through `reading`: on a malformed update it may raise anything."""
    if press := update.get("callback_query"):
        return _pressed(press, int(update["update_id"]), adapter=adapter, me=me)
    if change := update.get("my_chat_member"):
        return membership(change, int(update["update_id"]), adapter=adapter, me=me)
    message = next((update[kind] for kind in (*_SAID, *_EDITED) if update.get(kind)), None)
    if message and not _SUPERGROUP.isdisjoint(message):
        return _moved(message, int(update["update_id"]), adapter=adapter, me=me)
    if message is None or not _is_said_by_a_person(message, me):
        return None
    chat, heard, forward = message["chat"], _read_text(message, me), forwarded(message)
    said = Inbound(
        dedupe_keys=_keys(me, f"update:{int(update['update_id'])}", f"message:{chat['id']}:{message['message_id']}"),
        where=Place(adapter=adapter, chat=str(int(chat["id"])), thread=_thread(message)),
        chat_type=CHAT_TYPES[chat["type"]],
        author=_author(message),
        text=heard.text,
        address=heard.address,
        command=heard.command,
        attachments=attachments(message),
        quote=quote_of(message, me),
        forwards=(forward,) if forward else (),
        sent_at=float(message["date"]),
        reply_context=_reply_context(message),
        batch=f"album:{album}" if (album := message.get("media_group_id")) else None,
    )
    if not update.keys().isdisjoint(_EDITED):
        return _as_edit(said, message)
    return _worth_answering(said, has_words=bool(words(message)))


def _as_edit(said: Inbound, message: Json) -> Inbound | None:
    """
    Read an edited *message*; None if it has no text, as with a live location or a ticked checklist.

    A change without a date is Telegram's own, as of a film that it has processed; a new size makes that no other file.
    """
    if not words(message):
        return None
    edited_at = message.get("edit_date")
    files = said.attachments if edited_at else tuple(replace(each, size=None) for each in said.attachments)
    return as_edit(replace(said, attachments=files), edited_at=float(edited_at or message["date"]))


def _keys(me: TelegramIdentity, *keys: str) -> tuple[str, ...]:
    """Qualify the *keys* with the bot's id: another bot under the same name in the config starts afresh."""
    return tuple(f"{me.id}:{key}" for key in keys)


def _worth_answering(said: Inbound, *, has_words: bool) -> Inbound | None:
    """A bare mention that replies to nothing asks for help; an empty message in a group becomes None."""
    if not said.is_empty or said.command:
        return said
    if has_words:
        return replace(said, command=CommandName.HELP)
    return said if said.chat_type is ChatType.PRIVATE else None


def _pressed(press: Json, number: int, *, adapter: str, me: TelegramIdentity) -> Inbound | None:
    """Read the press of a button under an answer; a suggested question is asked once per person, a thumb may change."""
    said = pressed(press)
    message = press.get("message") or {}
    by = (message.get("from") or {}).get("id", me.id)  # a message too old to be shown does not tell
    if said is None or by != me.id:
        return None
    chat, again = message["chat"], press["id"] if said.repeats else press["data"]
    return Inbound(
        dedupe_keys=_keys(me, f"update:{number}", f"press:{chat['id']}:{message['message_id']}:{again}"),
        where=Place(adapter=adapter, chat=str(int(chat["id"])), thread=_thread(message)),
        chat_type=CHAT_TYPES[chat["type"]],
        author=_author(press),
        text=halves_joined(said.text),
        address=Address.TO_US,
        command=said.command,
        turn_key=said.turn_key,
        rating=said.rating,
        quote=_pressed_answer(message) if said.is_question else None,
        reply_context=_reply_context(message) | {"press": str(press["id"])},
    )


def _pressed_answer(message: Json) -> Quote:
    """The answer below which a button was pressed; only the turn knows whether it is the latest of the conversation."""
    return Quote(text=content(message), ours=True, ref=Ref(str(int(message["message_id"]))))


def _moved(message: Json, number: int, *, adapter: str, me: TelegramIdentity) -> Inbound:
    """
    A group's change to a supergroup with another id, as announced by either of the two.

    https://core.telegram.org/bots/api#message
    """
    here = message["chat"]["id"]
    old, new = message.get("migrate_from_chat_id", here), message.get("migrate_to_chat_id", here)
    return Inbound(
        dedupe_keys=_keys(me, f"update:{number}"),
        where=Place(adapter=adapter, chat=str(int(old))),
        chat_type=ChatType.GROUP,
        author=_author(message),
        text="",
        address=Address.OVERHEARD,
        moved_to=str(int(new)),
    )


def _is_said_by_a_person(message: Json, me: TelegramIdentity) -> bool:
    chat, sender = message["chat"], message.get("from") or {}
    if chat["type"] not in CHAT_TYPES or chat.get("is_direct_messages"):
        return False
    if is_service(message):
        return False
    if not message["message_id"]:  # an ephemeral message: it can only be answered within seconds
        return False
    if message.get("is_automatic_forward") or (message.get("via_bot") or {}).get("id") == me.id:
        return False
    return not sender.get("is_bot") or sender["id"] in (ANONYMOUS_ADMIN, FAKE_CHANNEL)


def _author(message: Json) -> Person:
    if speaker := message.get("sender_chat"):
        return Person(id=str(speaker["id"]), name=name_of(speaker))
    sender = message["from"]
    return Person(id=str(sender["id"]), name=name_of(sender), language=sender.get("language_code"))


def _thread(message: Json) -> str | None:
    """The topic's id; without the flag the id names a chain of replies, and must not be used for sending."""
    return str(int(message["message_thread_id"])) if message.get("is_topic_message") else None


def _reply_context(message: Json) -> dict[str, str]:
    context = {"message_id": str(int(message["message_id"]))}
    if message["chat"].get("is_forum") and not message.get("is_topic_message"):
        context["general"] = "1"
    return context


# What was said, and to whom


@dataclass(frozen=True, slots=True, kw_only=True)
class _ParsedText:
    """The text of a message, the command in it, and whether it addresses us."""

    text: str
    address: Address
    command: CommandName | None = None


def _read_text(message: Json, me: TelegramIdentity) -> _ParsedText:
    text, mentioned = words_to(message, me)
    private = message["chat"]["type"] == "private"
    to_us = private or mentioned or commands_us(message, me) or replies_to_us(message, me)
    address = Address.TO_US if to_us else Address.OVERHEARD
    if "forward_origin" in message:  # somebody else's words
        return _ParsedText(text="", address=address)
    if command := _COMMAND.fullmatch(text.strip()):
        return _read_command(command, me, to_us=to_us, private=private)
    return _ParsedText(text="\n".join(filter(None, (text, described(message)))), address=address)


def _read_command(said: re.Match[str], me: TelegramIdentity, *, to_us: bool, private: bool) -> _ParsedText:
    """Read a command; in a group, one without a bot's name is for us only if we know it."""
    bot = said["bot"]
    ours = bot is not None and bot.lower() == me.username.lower()
    if bot is not None and not ours:
        return _ParsedText(text=said.string, address=Address.TO_US if private else Address.OVERHEARD)
    if (command := _our_command(said)) is not None:
        return _ParsedText(text=said["rest"].strip(), address=Address.TO_US, command=command)
    text = f"/{said['word']}{said['rest']}"
    return _ParsedText(text=text, address=Address.TO_US if to_us or ours else Address.OVERHEARD)


def _our_command(said: re.Match[str]) -> CommandName | None:
    """Which of our commands it is, if any; words behind a command that takes none make it a question."""
    if (word := said["word"].lower()) not in _OUR_WORDS:
        return None
    command = CommandName(word)
    return command if command.takes_words or not said["rest"].strip() else None
