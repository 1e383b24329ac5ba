"""The methods that change what a chat shows: messages, drafts, edits, reactions, "is typing"."""

from dataclasses import dataclass
from typing import Any

from simulators.telegram import rules
from simulators.telegram.account import Account, Params, find
from simulators.telegram.params import number
from simulators.telegram.refused import Refused
from simulators.telegram.rich import rich, words
from simulators.telegram.world import GENERAL, Action, Chat, Draft, Json, Message

NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current "
    "content and reply markup of the message"
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a new message goes."""

    chat: Chat
    thread: int | None
    reply_to: int | None


def writable(bot: Account, params: Params) -> Chat:
    """The chat a call is about, if the bot may write there."""
    chat = find(bot, params)
    if chat.blocked:
        raise Refused("bot was blocked by the user", status=403)
    if chat.person is None:
        kind = chat.type
        match chat.bots.get(bot.id):
            case "kicked":
                raise Refused(f"bot was kicked from the {kind} chat", status=403)
            case "member" if kind == "channel":
                raise Refused("need administrator rights in the channel chat")
            case "member" | "administrator":
                pass
            case "restricted":
                raise Refused("not enough rights to send text messages to the chat")
            case _:
                raise Refused(f"bot is not a member of the {kind} chat", status=403)
    return chat


def place(bot: Account, params: Params) -> Place:
    """Where a call wants its message, checked; a reply stands in the topic of what it replies to."""
    chat = writable(bot, params)
    thread = _thread(chat, number(params, "message_thread_id"))
    reply = params.get("reply_parameters") or {}
    if not isinstance(reply, dict):
        raise Refused("can't parse reply parameters JSON object")
    target = number(reply, "message_id") or number(params, "reply_to_message_id")
    if not target:
        return Place(chat, thread, None)
    replied = chat.messages.get(target)
    if replied is None or replied.deleted:
        if reply.get("allow_sending_without_reply") or params.get("allow_sending_without_reply"):
            return Place(chat, thread, None)
        raise Refused("message to be replied not found")
    return Place(chat, _thread_of_reply(chat, replied) if thread is None else thread, target)


def _thread(chat: Chat, thread: int) -> int | None:
    if not thread:
        return None
    if thread == GENERAL or thread not in chat.topics:
        raise Refused("message thread not found")
    if thread in chat.closed:
        raise Refused("TOPIC_CLOSED")
    return thread


def _thread_of_reply(chat: Chat, replied: Message) -> int | None:
    """The topic of what is replied to; a supergroup without topics has a thread per chain of replies."""
    if replied.thread in chat.closed:
        raise Refused("TOPIC_CLOSED")
    if chat.topics or chat.forum or chat.type != "supergroup":
        return replied.thread
    return replied.thread or replied.message_id


def send_message(bot: Account, params: Params) -> Json:
    """Post a text."""
    text, entities = rules.formatted(params)
    return posted(bot, params, text=text, entities=entities)


def send_rich_message(bot: Account, params: Params) -> Json:
    """Post a rich message."""
    shown = rich(params)
    if shown is None:
        raise Refused("rich message is empty")
    return posted(bot, params, text=words(shown["blocks"]), rich=shown)


def posted(bot: Account, params: Params, **what: Any) -> Json:
    """Post *what* where *params* say; the message."""
    markup = rules.keyboard(params.get("reply_markup"))
    where = place(bot, params)
    message = bot.world.post(
        where.chat, bot.person, thread=where.thread, reply_to=where.reply_to, reply_markup=markup, **what
    )
    return bot.world.wire(where.chat, message)


def send_message_draft(bot: Account, params: Params) -> bool:
    """Show a frame of an answer that is being written; only in private chats."""
    text, entities = rules.formatted(params, empty=None, too_long="MESSAGE_TOO_LONG")
    draft_id = number(params, "draft_id")
    if not draft_id:
        raise Refused("draft_id must be non-zero")
    chat = writable(bot, params)
    if chat.person is None:
        raise Refused("TEXTDRAFT_PEER_INVALID")
    thread = _thread(chat, number(params, "message_thread_id"))
    draft = Draft(
        at=bot.world.now(),
        chat=chat.id,
        thread=thread,
        draft_id=draft_id,
        text=text,
        entities=entities,
        can_stop=bool(params.get("can_stop")),
    )
    chat.drafts[thread] = draft
    bot.world.drafts.append(draft)
    return True


def _own(bot: Account, params: Params) -> tuple[Chat, Message]:
    """The message a call wants to edit."""
    chat = writable(bot, params)
    target = number(params, "message_id")
    if not target:
        raise Refused("message identifier is not specified")
    message = chat.messages.get(target)
    if message is None or message.deleted:
        raise Refused("message to edit not found")
    if message.sender.id != bot.id or message.service:
        raise Refused("message can't be edited")
    return chat, message


def _amend(
    bot: Account, chat: Chat, message: Message, shown: tuple[str, list[Json], Json | None], form: Json | None = None
) -> Json:
    if (*shown, form) == (message.text, message.entities, message.reply_markup, message.rich):
        raise Refused(NOT_MODIFIED)
    bot.world.amend(message, *shown)
    message.rich = form
    return bot.world.wire(chat, message)


def edit_message_text(bot: Account, params: Params) -> Json:
    """Show another text, or a rich message."""
    form = rich(params)
    text, entities = (words(form["blocks"]), []) if form else rules.formatted(params, too_long="MESSAGE_TOO_LONG")
    markup = rules.keyboard(params.get("reply_markup"))
    chat, message = _own(bot, params)
    if message.media:
        raise Refused("there is no text in the message to edit")
    return _amend(bot, chat, message, (text, entities, markup), form)


def edit_message_caption(bot: Account, params: Params) -> Json:
    """Show another caption."""
    text, entities = caption(params)
    markup = rules.keyboard(params.get("reply_markup"))
    chat, message = _own(bot, params)
    if not message.media:
        raise Refused("there is no caption in the message to edit")
    return _amend(bot, chat, message, (text, entities, markup))


def edit_message_reply_markup(bot: Account, params: Params) -> Json:
    """Show other buttons."""
    markup = rules.keyboard(params.get("reply_markup"))
    chat, message = _own(bot, params)
    return _amend(bot, chat, message, (message.text, message.entities, markup), message.rich)


def caption(params: Params) -> tuple[str, list[Json]]:
    """The caption of a medium."""
    return rules.formatted(
        params, field="caption", limit=rules.CAPTION_LIMIT, empty=None, too_long="message caption is too long"
    )


def delete_message(bot: Account, params: Params) -> bool:
    """Take a message away: the bot's own, in private chats anybody's, and as an administrator too."""
    chat = writable(bot, params)
    message = chat.messages.get(number(params, "message_id"))
    if message is None or message.deleted:
        raise Refused("message to delete not found")
    mine = message.sender.id == bot.id or chat.person is not None or chat.bots.get(bot.id) == "administrator"
    if not mine or bot.world.date() - message.date > 48 * 3600:
        raise Refused("message can't be deleted for everyone")
    message.deleted = True
    return True


def send_chat_action(bot: Account, params: Params) -> bool:
    """Show that the bot is busy; the thread is taken as it comes."""
    if params.get("action") not in rules.ACTIONS:
        raise Refused("wrong parameter action in request")
    chat = writable(bot, params)
    thread = number(params, "message_thread_id") or None
    bot.world.actions.append(Action(at=bot.world.now(), chat=chat.id, thread=thread, action=params["action"]))
    return True


def set_message_reaction(bot: Account, params: Params) -> bool:
    """Put a reaction on a message, or take it off."""
    chat = writable(bot, params)
    message = chat.messages.get(number(params, "message_id"))
    if message is None or message.deleted:
        raise Refused("message to react not found")
    wanted = params.get("reaction") or []
    if not isinstance(wanted, list):
        raise Refused("can't parse reaction JSON object")
    if len(wanted) > 1:
        raise Refused("REACTIONS_TOO_MANY")
    emoji = [str(one.get("emoji", "")) if isinstance(one, dict) else str(one) for one in wanted]
    if not rules.REACTIONS.issuperset(emoji):
        raise Refused("REACTION_INVALID")
    message.reactions = emoji
    return True
