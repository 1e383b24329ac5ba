"""
Makes one thing a person said of Telegram's update, or nothing.

Nothing: what no person said (service messages, other bots, forwards a channel makes by itself), what was said before
(edits), and what is said where we do not speak (channels). Offsets on the wire are UTF-16 code units.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from adapters.telegram.api import TelegramIdentity
from adapters.telegram.buttons import pressed
from bridge.sdk.model import Address, Attachment, ChatType, CommandName, Inbound, MediaKind, Person, Place, Quote

Json = dict[str, Any]

ANONYMOUS_ADMIN: Final = 1087968824  # the account Telegram lends to administrators who hide
FAKE_CHANNEL: Final = 136817688  # ... and to channels that talk in a group
UNREADABLE: Final = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError)
"""What reading something of an unexpected shape ends in."""
QUOTED_LONGEST: Final = 2000
"""Code points of a quoted message that are handed on; enough to know which one is meant."""

_COMMAND: Final = re.compile(r"/(?P<word>\w{1,32})(?:@(?P<bot>\w+))?(?P<rest>(?:\s.*)?)", re.ASCII | re.DOTALL)
_AROUND: Final = " \t,:\uff0c\uff1a\u3001"  # the last three are written in Chinese
_CLOSING: Final = tuple(".!?;)\u3002\uff01\uff1f")
_OUR_WORDS: Final = frozenset(str(command) for command in CommandName)

_CHAT_TYPES: Final = {"private": ChatType.PRIVATE, "group": ChatType.GROUP, "supergroup": ChatType.GROUP}

_MEDIA: Final = {
    "voice": MediaKind.VOICE,
    "audio": MediaKind.AUDIO,
    "video": MediaKind.VIDEO,
    "video_note": MediaKind.VIDEO,
    "animation": MediaKind.VIDEO,  # stands before document: it sets both
    "document": MediaKind.FILE,
    "sticker": MediaKind.STICKER,
}


def normalise(update: Json, *, adapter: str, me: TelegramIdentity) -> Inbound | None:
    """What a person said in *update*; raises one of `UNREADABLE` where it is no update."""
    if press := update.get("callback_query"):
        return _pressed(press, int(update["update_id"]), adapter=adapter, me=me)
    message = update.get("message")
    if message is None or not _is_said_by_a_person(message, me):
        return None
    attachments = tuple(_attachments(message))
    if not (_text(message) or attachments):
        return None
    chat, heard = message["chat"], _read_text(message, me)
    return Inbound(
        dedupe_keys=(f"update:{int(update['update_id'])}", f"message:{chat['id']}:{message['message_id']}"),
        where=Place(adapter=adapter, chat=str(chat["id"]), thread=_thread(message)),
        chat_type=_CHAT_TYPES[chat["type"]],
        author=_author(message),
        text=heard.text,
        address=heard.address,
        command=heard.command,
        attachments=attachments,
        quote=Quote(text=quoted) if (quoted := _quoted(message, me)) else None,
        sent_at=float(message["date"]),
        reply_context=_reply_context(message),
        batch=f"album:{album}" if (album := message.get("media_group_id")) else None,
    )


def _pressed(press: Json, number: int, *, adapter: str, me: TelegramIdentity) -> Inbound | None:
    """What a button under an answer of ours says; who presses a question again is not answered twice, but may like it."""
    said = pressed(press)
    message = press.get("message") or {}
    by = (message.get("from") or {}).get("id", me.id)  # a message too old to be shown does not tell
    if said is None or by != me.id:
        return None
    (text, rating), chat = said, message["chat"]
    again = press["id"] if rating else press["data"]
    return Inbound(
        dedupe_keys=(f"update:{number}", f"press:{chat['id']}:{message['message_id']}:{again}"),
        where=Place(adapter=adapter, chat=str(chat["id"]), thread=_thread(message)),
        chat_type=_CHAT_TYPES[chat["type"]],
        author=_author(press),
        text=_sound(text),
        address=Address.TO_US,
        rating=rating,
        reply_context=_reply_context(message) | {"press": str(press["id"])},
    )


def _is_said_by_a_person(message: Json, me: TelegramIdentity) -> bool:
    chat, sender = message["chat"], message.get("from") or {}
    if chat["type"] not in _CHAT_TYPES or chat.get("is_direct_messages"):
        return False
    if not message["message_id"]:  # an ephemeral message: it can only be answered within seconds
        return False
    if message.get("is_automatic_forward") or (message.get("via_bot") or {}).get("id") == me.id:
        return False
    return not sender.get("is_bot") or sender["id"] in (ANONYMOUS_ADMIN, FAKE_CHANNEL)


def _author(message: Json) -> Person:
    if speaker := message.get("sender_chat"):
        return Person(id=str(speaker["id"]), name=_sound(speaker.get("title") or ""))
    sender = message["from"]
    name = " ".join(part for part in (sender.get("first_name"), sender.get("last_name")) if part)
    return Person(id=str(sender["id"]), name=_sound(name), language=sender.get("language_code"))


def _thread(message: Json) -> str | None:
    """The topic; without the flag the id names a chain of replies, which must not be sent back."""
    return str(message["message_thread_id"]) if message.get("is_topic_message") else None


def _reply_context(message: Json) -> dict[str, str]:
    context = {"message_id": str(message["message_id"])}
    if message["chat"].get("is_forum") and not message.get("is_topic_message"):
        context["general"] = "1"
    return context


# What was said, and to whom


@dataclass(frozen=True, slots=True, kw_only=True)
class _ParsedText:
    """What was said, and whether to us."""

    text: str
    address: Address
    command: CommandName | None = None


def _read_text(message: Json, me: TelegramIdentity) -> _ParsedText:
    text, mentioned = _without_mentions(message, me)
    private = message["chat"]["type"] == "private"
    to_us = private or mentioned or _replies_to_us(message, me)
    if command := _COMMAND.fullmatch(text):
        return _read_command(command, me, to_us=to_us, private=private)
    return _ParsedText(text=text, address=Address.TO_US if to_us else Address.OVERHEARD)


def _read_command(said: re.Match[str], me: TelegramIdentity, *, to_us: bool, private: bool) -> _ParsedText:
    """A command names the bot it is for; without a name, in a group, it is for us only if we know it."""
    word, bot = said["word"].lower(), said["bot"]
    ours = bot is not None and bot.lower() == me.username.lower()
    if bot is not None and not ours and not private:
        return _ParsedText(text=said.string, address=Address.OVERHEARD)
    if word in _OUR_WORDS:
        return _ParsedText(text=said["rest"].strip(), address=Address.TO_US, command=CommandName(word))
    text = f"/{said['word']}{said['rest']}"
    return _ParsedText(text=text, address=Address.TO_US if to_us or ours else Address.OVERHEARD)


def _without_mentions(message: Json, me: TelegramIdentity) -> tuple[str, bool]:
    """What was said apart from our name, and whether our name was said."""
    units = _text(message).encode("utf-16-le")
    kept, end, mentioned = [], 0, False
    for entity in _entities(message):
        begin, after = 2 * entity["offset"], 2 * (entity["offset"] + entity["length"])
        if begin >= end and _is_mention(entity, _decoded(units[begin:after]), me):
            kept.append(_decoded(units[end:begin]))
            end, mentioned = after, True
    kept.append(_decoded(units[end:]))
    return (_joined(kept) if mentioned else kept[0]).strip(), mentioned


def _is_mention(entity: Json, text: str, me: TelegramIdentity) -> bool:
    match entity["type"]:
        case "mention":
            return text.lower() == f"@{me.username}".lower()
        case "text_mention":
            return bool(entity["user"]["id"] == me.id)
        case _:
            return False


def _joined(pieces: list[str]) -> str:
    """The *pieces* around a name that was cut out, without the marks that set it off."""
    first, *others = pieces
    text = first
    for piece in others:
        before, after = text.rstrip(_AROUND), piece.lstrip(_AROUND)
        apart = " " if before and after and not after.startswith(_CLOSING) else ""
        text = f"{before}{apart}{after}"
    return text


def _replies_to_us(message: Json, me: TelegramIdentity) -> bool:
    """Whether it answers the bot; in a topic every message seems to answer the one that opened it."""
    replied = message.get("reply_to_message")
    if not replied or "forum_topic_created" in replied:
        return False
    if message.get("is_topic_message") and replied["message_id"] == message.get("message_thread_id"):
        return False
    return bool((replied.get("from") or {}).get("id") == me.id)


def _quoted(message: Json, me: TelegramIdentity) -> str | None:
    """What it refers to; a whole answer of the bot's is in its memory already, a chosen passage is meant."""
    if passage := (message.get("quote") or {}).get("text"):
        return _sound(str(passage))[:QUOTED_LONGEST]
    replied = message.get("reply_to_message")
    if not replied or "forum_topic_created" in replied or _replies_to_us(message, me):
        return None
    return _text(replied)[:QUOTED_LONGEST] or None


def _text(message: Json) -> str:
    return _sound(str(message.get("text") or message.get("caption") or ""))


def _entities(message: Json) -> list[Json]:
    entities = message.get("entities" if message.get("text") else "caption_entities") or []
    return sorted(entities, key=lambda entity: int(entity["offset"]))


def _sound(text: str) -> str:
    """*text* without halves of characters, which no database takes; offsets stay."""
    return _decoded(text.encode("utf-16-le", "surrogatepass"))


def _decoded(units: bytes) -> str:
    return units.decode("utf-16-le", "replace")


# What came along


def _attachments(message: Json) -> Iterator[Attachment]:
    if sizes := message.get("photo"):
        yield _file(MediaKind.IMAGE, sizes[-1] | {"mime_type": "image/jpeg"})  # ascending; always JPEG
    for field, kind in _MEDIA.items():
        if field in message:
            yield _file(kind, message[field])
            break
    if place := message.get("location"):
        yield Attachment(kind=MediaKind.LOCATION, handle=f"{place['latitude']},{place['longitude']}")


def _file(kind: MediaKind, file: Json) -> Attachment:
    return Attachment(
        kind=kind,
        handle=str(file["file_id"]),
        name=file.get("file_name") or file.get("emoji"),
        mime=file.get("mime_type"),
        size=file.get("file_size"),
    )
