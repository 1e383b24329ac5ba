"""
One update of each kind that a person's doings bring a Telegram bot.

https://core.telegram.org/bots/api#update
"""

import copy
from random import Random
from typing import Any, Final

from tests.fuzz.mutations import mutated

Json = dict[str, Any]

ANN: Final = {"id": 42, "is_bot": False, "first_name": "Ann", "last_name": "Lee", "language_code": "zh-hans"}
PRIVATE: Final = {"id": 42, "type": "private", "first_name": "Ann"}
GROUP: Final = {"id": -1001, "type": "supergroup", "title": "Tea", "is_forum": True}
PHOTO: Final = [{"file_id": "p1", "file_unique_id": "u1", "width": 90, "height": 90, "file_size": 1000}]
DOCUMENT: Final = {"file_id": "d1", "file_unique_id": "u2", "file_name": "a.pdf", "mime_type": "application/pdf"}


def spoken(bot: Json, number: int) -> list[Json]:
    """What people send to *bot*, as messages numbered from *number* on."""
    name = f"@{bot['username']}"
    mention = [{"type": "mention", "offset": 0, "length": len(name)}]
    answer = _message(1, PRIVATE, text="an answer") | {"from": bot}
    bodies: list[Json] = [
        {"text": "hello"},
        {"text": f"{name} what is *tea*?", "chat": GROUP, "entities": mention},
        {
            "text": "and now?",
            "chat": GROUP,
            "message_thread_id": 7,
            "is_topic_message": True,
            "reply_to_message": answer,
        },
        {"text": "/help", "entities": [{"type": "bot_command", "offset": 0, "length": 5}]},
        {"text": "a link", "entities": [{"type": "text_link", "offset": 2, "length": 4, "url": "https://a.b/c"}]},
        {"photo": PHOTO, "caption": "what is it?", "caption_entities": [{"type": "bold", "offset": 0, "length": 4}]},
        {"photo": PHOTO, "media_group_id": "13"},
        {"document": DOCUMENT},
        {"voice": {"file_id": "v1", "file_unique_id": "u3", "duration": 2, "mime_type": "audio/ogg"}},
        {"video": {"file_id": "m1", "file_unique_id": "u4", "width": 9, "height": 9, "duration": 2}},
        {
            "sticker": {
                "file_id": "s1",
                "file_unique_id": "u5",
                "type": "regular",
                "emoji": "🙂",
                "width": 9,
                "height": 9,
            }
        },
        {"location": {"latitude": 59.95, "longitude": 10.75}},
        {"venue": {"location": {"latitude": 1, "longitude": 2}, "title": "Café", "address": "Way 1"}},
        {"contact": {"phone_number": "+1", "first_name": "Bob", "user_id": 43}},
        {"poll": {"id": "1", "question": "Tea?", "options": [{"text": "yes", "voter_count": 0}], "type": "regular"}},
        {"dice": {"emoji": "🎲", "value": 6}},
        {"text": "his words", "forward_origin": {"type": "user", "date": 1, "sender_user": ANN}},
        {"text": "its words", "forward_origin": {"type": "channel", "date": 1, "chat": GROUP, "message_id": 3}},
        {"text": "theirs", "forward_origin": {"type": "hidden_user", "date": 1, "sender_user_name": "Cid"}},
        {"text": "this?", "reply_to_message": answer, "quote": {"text": "an", "position": 0}},
        {
            "text": "that?",
            "external_reply": {"origin": {"type": "user", "date": 1, "sender_user": ANN}, "photo": PHOTO},
        },
        {"new_chat_members": [ANN], "chat": GROUP},
    ]
    return [{"message": _message(number + at, PRIVATE) | body} for at, body in enumerate(bodies)]


def updates(bot: Json, number: int = 1) -> list[Json]:
    """One update of each kind, without its id; messages are numbered from *number* on."""
    asked = {"inline_keyboard": [[{"text": "And now?", "callback_data": "ask:0"}]]}
    answer = _message(number + 50, PRIVATE, text="an answer") | {"from": bot, "reply_markup": asked}
    press = {"id": f"{number}", "from": ANN, "chat_instance": "1", "message": answer}
    return [
        *spoken(bot, number),
        {"edited_message": _message(number, PRIVATE, text="hello!") | {"edit_date": 1_700_000_001}},
        {"callback_query": press | {"data": "ask:0"}},
        {"callback_query": press | {"data": "like:turn-1"}},
        {"callback_query": press | {"data": "ask:0", "message": {"message_id": 2, "date": 0, "chat": PRIVATE}}},
        {
            "my_chat_member": {
                "chat": PRIVATE,
                "from": ANN,
                "date": 1,
                "new_chat_member": {"status": "kicked", "user": bot},
            }
        },
    ]


def spoilt_update(random: Random, bot: Json, number: int = 1) -> Any:
    """An update that is nearly one; its own number, by which Telegram counts, is as good as any."""
    return mutated(random, copy.deepcopy(random.choice(updates(bot, number))))


def _message(number: int, chat: Json, **more: Any) -> Json:
    return {"message_id": number, "date": 1_700_000_000, "chat": chat, "from": ANN, **more}
