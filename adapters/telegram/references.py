"""
The messages that a message refers to: the one it replies to, and the ones it forwards.

https://core.telegram.org/bots/api#message, https://core.telegram.org/bots/api#messageorigin
"""

from typing import Any

from adapters.telegram.api import TelegramIdentity
from adapters.telegram.attachments import attachments
from adapters.telegram.descriptions import content
from bridge.sdk.cleaning import halves_joined
from bridge.sdk.model import Forward, Quote, Ref

Json = dict[str, Any]


def quote_of(message: Json, me: TelegramIdentity) -> Quote | None:
    """Quote what *message* replies to, in this or another chat; None if it replies to nothing."""
    passage = halves_joined(str((message.get("quote") or {}).get("text") or "")) or None
    if replied := replied_message(message):
        return _quote(replied, me, passage or _chosen(message, replied))
    if elsewhere := message.get("external_reply"):
        author, held = _origin(elsewhere["origin"]) or None, attachments(elsewhere)
        passage = passage or _chosen(message, elsewhere)
        return Quote(text=content(elsewhere), author=author, passage=passage, attachments=held)
    if story := message.get("reply_to_story"):
        return Quote(text=content({"story": story}))
    return Quote(passage=passage) if passage else None


def replies_to_us(message: Json, me: TelegramIdentity) -> bool:
    """Whether it replies to a message of the bot."""
    replied = replied_message(message)
    return replied is not None and _is_ours(replied, me)


def forwarded(message: Json) -> Forward | None:
    """Whom *message* is forwarded from; None if its author wrote it."""
    origin = message.get("forward_origin")
    return Forward(origin=_origin(origin), text=content(message)) if origin else None


def name_of(author: Json) -> str:
    """The display name of a person, group or channel."""
    name = author.get("title") or " ".join(filter(None, (author.get("first_name"), author.get("last_name"))))
    return halves_joined(name)


def replied_message(message: Json) -> Json | None:
    """The message it replies to; in a topic, a reply to the message that opened it is none."""
    replied: Json | None = message.get("reply_to_message")
    if not replied or "forum_topic_created" in replied:
        return None
    opened = message.get("is_topic_message") and replied["message_id"] == message.get("message_thread_id")
    return None if opened else replied


def _quote(replied: Json, me: TelegramIdentity, passage: str | None) -> Quote | None:
    text, held, ours = content(replied), attachments(replied), _is_ours(replied, me)
    if not (text or held or ours or passage):
        return None
    return Quote(
        text=text,
        author=_author_of(replied) or None,
        passage=passage,
        attachments=held,
        ours=ours,
        ref=Ref(str(int(replied["message_id"]))) if ours else None,
    )


def _chosen(message: Json, replied: Json) -> str | None:
    """The task or option that *message* answers, of the checklist or poll in *replied*."""
    number, option = message.get("reply_to_checklist_task_id"), message.get("reply_to_poll_option_id")
    tasks, options = (replied.get("checklist") or {}).get("tasks"), (replied.get("poll") or {}).get("options")
    task = next((each["text"] for each in tasks or () if number is not None and each.get("id") == number), None)
    told = next((each["text"] for each in options or () if option and each.get("persistent_id") == option), None)
    return halves_joined(str(task or told or "")) or None


def _is_ours(replied: Json, me: TelegramIdentity) -> bool:
    return bool((replied.get("from") or {}).get("id") == me.id)


def _author_of(replied: Json) -> str:
    if origin := replied.get("forward_origin"):
        return _origin(origin)
    return name_of(replied.get("sender_chat") or replied.get("from") or {})


def _origin(origin: Json) -> str:
    match origin:
        case {"type": "user", "sender_user": dict(person)}:
            return name_of(person)
        case {"type": "hidden_user", "sender_user_name": str(name)}:
            return halves_joined(name)
        case {"sender_chat": dict(chat)} | {"chat": dict(chat)}:
            return name_of(chat)
    return ""
