"""Everything that the Telegram simulator tells a bot is read by Telegram's client library, with nothing strange in it or lost."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from simulators.telegram import Telegram
from simulators.telegram.world import Person
from tests.wire.telegram.library import unknown_in_update

ORIGIN = {"type": "channel", "chat": {"id": -1002, "type": "channel", "title": "News"}, "message_id": 5, "date": 7}
PLACE = {"latitude": 48.85, "longitude": 2.29}
MORE: dict[str, dict[str, Any]] = {
    "a forward": {"forward_origin": ORIGIN},
    "a sticker": {
        "sticker": {
            "file_id": "s",
            "file_unique_id": "su",
            "type": "regular",
            "width": 512,
            "height": 512,
            "is_animated": False,
            "is_video": False,
            "emoji": "👋",
        }
    },
    "a place": {"location": PLACE},
    "a venue": {"venue": {"location": PLACE, "title": "Tower", "address": "Champ de Mars"}},
    "a contact": {"contact": {"phone_number": "+1555", "first_name": "Bob"}},
    "a dice": {"dice": {"emoji": "🎲", "value": 3}},
    "a quotation": {"quote": {"text": "just this", "position": 2, "is_manual": True}},
}


def in_private(tg: Telegram, ann: Person) -> None:
    tg.says(ann, "/start sales-2 @testbot https://example.org 👋🏽 and so on")


def several_media(tg: Telegram, ann: Person) -> None:
    tg.says(ann, photo=b"\x89PNG", caption="this", media_group_id="1")
    tg.says(ann, document=("a.pdf", b"%PDF"))
    tg.says(ann, voice=b"OggS")


def in_a_group(tg: Telegram, ann: Person) -> None:
    group = tg.group("Office", members=[ann])
    first = tg.says(ann, tg.mention("hello"), group)
    assert first
    newest = tg.messages(group)[-1].message_id
    tg.says(ann, tg.mention("and this?"), group, reply_to=newest)
    tg.edits(ann, tg.mention("and that?"), group)


def in_a_basic_group(tg: Telegram, ann: Person) -> None:
    tg.says(ann, tg.mention("hello"), tg.group("Old", members=[ann], basic=True))


def in_a_topic(tg: Telegram, ann: Person) -> None:
    forum = tg.group("Forum", members=[ann], forum=True)
    tg.says(ann, tg.mention("hello"), forum, thread=tg.topic(forum, "Tea", by=ann))
    tg.says(ann, tg.mention("hello"), forum)


def in_a_private_topic(tg: Telegram, ann: Person) -> None:
    chat = tg.private(ann)
    tg.says(ann, "hello", chat, thread=tg.topic(chat, "Tea"))


def in_a_channel(tg: Telegram, ann: Person) -> None:
    channel = tg.channel("News", members=[ann])
    tg.says(ann, "news", channel)
    tg.edits(ann, "more news", channel)


def coming_and_going(tg: Telegram, ann: Person) -> None:
    group = tg.group("Office", members=[ann])
    tg.block(ann)
    tg.unblock(ann)
    tg.kick(ann, group)
    tg.add(ann, group)
    tg.mute(ann, group)
    tg.unmute(ann, group)


def growing(tg: Telegram, ann: Person) -> None:
    tg.migrate(tg.group("Grown", members=[ann], basic=True))


HAPPENINGS: dict[str, Callable[[Telegram, Person], None]] = {
    happening.__name__: happening
    for happening in (
        in_private,
        several_media,
        in_a_group,
        in_a_basic_group,
        in_a_topic,
        in_a_private_topic,
        in_a_channel,
        coming_and_going,
        growing,
    )
}


@pytest.fixture
async def tg():
    """A Telegram whose bot hears all that there is."""
    async with Telegram() as tg:
        tg.bot().updates.allow(["message", "edited_message", "channel_post", "edited_channel_post", "callback_query"])
        tg.bot().updates.allowed |= {"my_chat_member", "stopped_message_generation"}
        yield tg


def strange(tg):
    """All that was strange in what the bot was told, which is something."""
    told = tg.bot().updates.ever

    assert told
    return [path for update in told for path in unknown_in_update(update.body)]


@pytest.mark.parametrize("happening", HAPPENINGS)
async def test_the_library_reads_what_happens(tg, happening):
    HAPPENINGS[happening](tg, tg.person("Ann", username="ann"))

    assert [] == strange(tg)


@pytest.mark.parametrize("what", MORE)
async def test_the_library_reads_what_people_send(tg, what):
    tg.says(tg.person("Ann"), more=MORE[what])

    assert [] == strange(tg)


@pytest.mark.parametrize("inaccessible", [False, True])
async def test_the_library_reads_a_press(tg, inaccessible):
    ann = tg.person("Ann")
    chat = tg.private(ann)
    row = [{"text": "And then?", "callback_data": "x"}]
    async with httpx.AsyncClient(trust_env=False) as http:
        said = {"chat_id": chat, "text": "Once", "reply_markup": {"inline_keyboard": [row]}}
        await http.post(f"{tg.url}/bot{tg.token}/sendMessage", json=said)
    tg.presses(ann, tg.messages(chat)[-1].message_id, "x", inaccessible=inaccessible)

    assert [] == strange(tg)


async def test_the_library_hands_on_a_stopped_draft(tg):
    ann = tg.person("Ann")
    async with httpx.AsyncClient(trust_env=False) as http:
        draft = {"chat_id": tg.private(ann), "draft_id": 7, "text": "Once", "can_stop": True}
        await http.post(f"{tg.url}/bot{tg.token}/sendMessageDraft", json=draft)
    tg.stops(ann)

    assert [] == strange(tg)
