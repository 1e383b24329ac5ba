"""What the page shows of a chat or a channel, as JSON: everything that can be read there now, and nothing else."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from simulators.slack import Message as SlackMessage
from simulators.slack import Slack
from simulators.telegram import Telegram
from simulators.telegram.world import Message, Person

Json = dict[str, Any]

NEWEST = 200  #: messages shown of each place
TYPING_LASTS = 5.0  #: seconds after which Telegram's clients take an action away
TOAST_LASTS = 4.0  #: seconds that an answer to a pressed button is shown


def telegram_view(telegram: Telegram, chat: int, topic: int | None = None) -> Json:
    """A Telegram chat, or one *topic* of it, with the draft bubble and "is typing"."""
    everything = telegram.messages(chat, topic)
    standing = [one for one in everything if not one.deleted and not one.service][-NEWEST:]
    draft = _draft(telegram, chat)
    return {
        "messages": [_telegram_message(*album) for album in _albums(standing)] + ([draft] if draft else []),
        "status": "" if draft else _doing(telegram, chat, topic, standing),
    }


def telegram_toasts(telegram: Telegram) -> Json:
    """What the bot has just answered to pressed buttons, the newest last."""
    since = telegram.world.now() - TOAST_LASTS
    fresh = [one for one in telegram.bot().answers if one.text and one.at > since]
    return {"toasts": [{"id": one.query, "text": one.text} for one in fresh]}


def _albums(messages: list[Message]) -> Iterator[list[Message]]:
    """The *messages*, those of an album together, as clients show them."""
    for _, album in groupby(messages, key=lambda one: one.media.get("media_group_id") or one.message_id):
        yield list(album)


def _telegram_message(message: Message, *album: Message) -> Json:
    """How a message looks, with the files of the *album* that it begins."""
    return {
        "id": str(message.message_id),
        "who": message.sender.first_name,
        "from": _from(message.sender),
        "state": "final",
        "at": message.date,
        "text": message.text,
        "entities": message.entities,
        "edits": message.edits,
        "reply_to": str(message.reply_to) if message.reply_to else None,
        "reactions": message.reactions,
        "buttons": list(_keyboard(message.reply_markup or {})),
        "files": [
            _file("telegram", file.file_id, file.name or "photo", file.size, file.mime or "image/*")
            for one in (message, *album)
            for file in (one.photo, one.document)
            if file is not None
        ],
        "voice": _voice(message),
    }


def _voice(message: Message) -> Json | None:
    if message.voice is None:
        return None
    return {"url": f"files/telegram/{message.voice.file_id}", "seconds": message.media["voice"]["duration"]}


def _from(sender: Person) -> str:
    return "bot" if sender.is_bot else "person"


def _keyboard(markup: Json) -> Iterator[list[Json]]:
    for row in markup.get("inline_keyboard", ()):
        yield [
            {"text": button["text"], "url": button.get("url"), "action": button.get("callback_data")} for button in row
        ]


def _file(platform: str, key: str, name: str, size: int, mime: str) -> Json:
    url = f"files/{platform}/{key}"
    return {"name": name, "size": size, "image": mime.startswith("image/"), "url": url}


def _draft(telegram: Telegram, chat: int) -> Json | None:
    if telegram.draft(chat) is None:
        return None
    draft = next(one for one in reversed(telegram.drafts) if one.chat == chat and one.thread is None)
    return {
        "id": f"draft-{draft.draft_id}",
        "who": telegram.bot().person.first_name,
        "from": "bot",
        "state": "draft",
        "text": draft.text,
        "entities": draft.entities,
        "stoppable": draft.can_stop,
    }


def _doing(telegram: Telegram, chat: int, topic: int | None, standing: list[Message]) -> str:
    """What the bot says it is doing; a message of the bot ends it."""
    there = (one for one in reversed(telegram.actions) if one.chat == chat and topic in (None, one.thread))
    action = next(there, None)
    if action is None or telegram.world.now() - action.at >= TYPING_LASTS:
        return ""
    if any(one.sender_is_bot and one.sent_at > action.at for one in standing):
        return ""
    return action.action


def slack_view(slack: Slack, channel: str, whispers: list[SlackMessage]) -> Json:
    """A Slack channel with all its threads, their statuses and what was *whispered* there."""
    everything = [*slack.messages(channel), *(one for one in whispers if one.channel == channel)]
    standing = sorted(everything, key=lambda message: message.ts)[-NEWEST:]
    secret = {one.ts for one in whispers}
    roots = {message.thread_ts or message.ts for message in standing}
    return {
        "messages": [_slack_message(slack, one, secret=one.ts in secret) for one in standing],
        "statuses": {root: text for root in sorted(roots) if (text := _status(slack, channel, root))},
        "phrases": {root: phrases for root in sorted(roots) if (phrases := slack.phrases(channel, root))},
    }


def _status(slack: Slack, channel: str, root: str) -> str:
    """The app's own words, or Slack's where it only said that it is at work."""
    if text := slack.status(channel, root):
        return text
    spoken = any(message.bot for message in slack.messages(channel, root)[-1:])
    return "is working…" if slack.sessions.get((channel, root)) == "processing" and not spoken else ""


def _slack_message(slack: Slack, message: SlackMessage, *, secret: bool) -> Json:
    person = slack.world.people.get(message.user)
    by_bot = message.bot or secret
    return {
        "id": message.ts,
        "who": None if by_bot or person is None else person.name,
        "from": "bot" if by_bot else "person",
        "state": "streaming" if message.streaming else "final",
        "at": float(message.ts),
        "text": message.shown,
        "markdown": message.markdown or any(block.get("type") == "markdown" for block in message.blocks),
        "thread": message.thread_ts,
        "broadcast": message.subtype == "thread_broadcast",
        "edits": message.edits,
        "stopped": message.stopped_by is not None,
        "secret": person.name if secret and person else None,
        "reactions": sorted({name for name, _who in message.reactions}),
        "tasks": [{"title": task.get("title", ""), "status": task.get("status")} for task in message.tasks.values()],
        "buttons": list(_actions(message.blocks)),
        "files": [_file("slack", file.id, file.title or file.name, file.size, file.mimetype) for file in message.files],
    }


def _actions(blocks: list[Json]) -> Iterator[list[Json]]:
    """The rows of buttons among *blocks*; a pair of thumbs counts as two."""
    for block in blocks:
        elements = [*block.get("elements", ()), *([block["accessory"]] if "accessory" in block else [])]
        if row := [button for element in elements for button in _pressable(element)]:
            yield row


def _pressable(element: Json) -> Iterator[Json]:
    match element:
        case {"type": "button", "text": {"text": str(text)}}:
            yield _button(element, text, element.get("value"))
        case {"type": "feedback_buttons", "positive_button": dict(good), "negative_button": dict(bad)}:
            yield _button(element, "👍", good.get("value"))
            yield _button(element, "👎", bad.get("value"))


def _button(element: Json, text: str, value: str | None) -> Json:
    return {"text": text, "url": element.get("url"), "action": element.get("action_id"), "value": value}
