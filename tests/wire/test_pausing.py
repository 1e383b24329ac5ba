"""An admin pauses a person or a conversation in the console: what they say is put by, kindly, and no bot is asked."""

import asyncio
import re

import pytest
from structlog.testing import capture_logs

from simulators.coze.script import Pause, Say
from tests.wire.house import ADMIN, PATIENCE, House
from tests.wire.test_web_console import Admin

PUT_BY = "I am paused here at the moment"


def echo(turn):
    return (Say((f"You said: {turn.text}",)),)


@pytest.fixture
async def office(house):
    """The daemon with an admin at the console; its bot repeats what it is asked."""
    house.coze.responder = echo
    admin = Admin(house)
    await admin.logs_in()
    return admin


async def reads(house, chat, *texts):
    """Wait until these are the bot's last messages there."""
    await house.telegram.until(lambda: house.telegram.bot_texts(chat)[-len(texts) :] == list(texts), within=PATIENCE)


async def asks(house, person, words, chat=None):
    house.telegram.says(person, words if chat is None else house.telegram.mention(words), chat)
    await reads(house, chat or person.id, f"You said: {words}")


async def put_by(house, chat, times=1):
    def told():
        return [text for text in house.telegram.bot_texts(chat) if text.startswith(PUT_BY)]

    await house.telegram.until(lambda: len(told()) == times, within=PATIENCE)


async def on_slack(house, person, words):
    """What the bot says to that, in a direct message."""
    chat = house.slack.dm(person)
    before = len(house.slack.bot_texts(chat))
    house.slack.says(person, words)
    await house.slack.until(lambda: len(house.slack.bot_texts(chat)) > before, within=PATIENCE)
    await house.slack.settled()
    return house.slack.bot_texts(chat)[-1]


async def until_waiting(house):
    """Return once a message waits behind another."""
    async with asyncio.timeout(PATIENCE):
        while not (await house.get_as(ADMIN))[1]["messages"]["waiting"]:
            pass


async def minds(admin, page, deed, **whom):
    return (await admin.does(f"/console/{page}", deed=deed, **whom))[1]["Location"].rpartition("=")[2]


async def test_a_paused_person_hears_it_once_and_no_bot_is_asked_until_they_go_on(house, office):
    ann, ben = house.telegram.person("Ann"), house.telegram.person("Ben")
    for person in (ann, ben):
        await asks(house, person, "hello")
    with capture_logs() as logs:
        assert "pause" == await minds(office, "people", "pause", person=f"helpdesk:{ann.id}")
    page = (await office.goes("/console/people"))[2]
    for words in ("are you there?", "/retry", "/status", "well?"):
        house.telegram.says(ann, words)
    await asks(house, ben, "and I?")  # Telegram's updates come in order
    await put_by(house, ann.id)
    asked = [chat.question for chat in house.coze.chats]
    assert "resume" == await minds(office, "people", "resume", person=f"helpdesk:{ann.id}")
    await asks(house, ann, "and now?")

    assert ["hello", "hello", "and I?"] == asked
    assert f"Resume helpdesk:{ann.id}" in page
    assert f"Resume helpdesk:{ann.id}" not in (await office.goes("/console/people"))[2]
    assert ["pause"] == [line["deed"] for line in logs if line["event"] == "admin.acted"]


async def test_a_pause_outlives_a_restart(tmp_path, platforms):
    coze, telegram, _ = platforms
    coze.responder, ann = echo, telegram.person("Ann")
    async with House(tmp_path, *platforms).living() as house:
        await asks(house, ann, "hello")
        admin = Admin(house)
        await admin.logs_in()
        await minds(admin, "people", "pause", person=f"helpdesk:{ann.id}")
    async with House(tmp_path, *platforms).living() as house:
        house.telegram.says(ann, "are you there?")
        await put_by(house, ann.id)

    assert ["hello"] == [chat.question for chat in coze.chats]


async def test_a_paused_conversation_leaves_the_others_alone(house, office):
    ann = house.telegram.person("Ann")
    group = house.telegram.group("Team", members=[ann])
    for chat in (None, group):
        await asks(house, ann, "hello", chat)
    scope = f"person/helpdesk//{group}/{ann.id}"
    page = (await office.goes("/console/conversations"))[2]
    assert "pause" == await minds(office, "conversations", "pause", scope=scope)
    house.telegram.says(ann, house.telegram.mention("are you there?"), group)
    await put_by(house, group)
    await asks(house, ann, "and alone?")
    paused = (await office.goes("/console/conversations"))[2]
    assert "resume" == await minds(office, "conversations", "resume", scope=scope)
    await asks(house, ann, "and now?", group)

    assert f"Pause {scope}" in page
    assert f"Resume {scope}" in paused


async def test_what_waits_is_put_by_when_its_turn_comes_and_what_runs_is_finished(house, office):
    scripts = {"long": (Say(("So far, ",)), Pause("half"), Say(("so good.",)))}
    house.coze.responder = lambda turn: scripts.get(turn.text) or echo(turn)
    ann = house.telegram.person("Ann")
    house.telegram.says(ann, "long")
    await house.coze.until(lambda: "half" in house.coze.paused, within=PATIENCE)
    house.telegram.says(ann, "behind it")
    await until_waiting(house)
    assert "pause" == await minds(office, "people", "pause", person=f"helpdesk:{ann.id}")
    house.coze.go("half")
    await put_by(house, ann.id)

    assert "So far, so good." in house.telegram.bot_texts(ann.id)
    assert ["long"] == [chat.question for chat in house.coze.chats]


async def test_a_button_below_an_older_answer_asks_nothing_either(house, office):
    ann = house.telegram.person("Ann")
    house.coze.will_say("Hello.", follow_ups=["And now?"])
    house.telegram.says(ann, "hello")

    def buttons():
        message = house.telegram.messages(ann.id)[-1]
        rows = (message.reply_markup or {}).get("inline_keyboard", [])
        return [(message.message_id, button["callback_data"]) for row in rows for button in row]

    await house.telegram.until(buttons, within=PATIENCE)
    await minds(office, "people", "pause", person=f"helpdesk:{ann.id}")
    house.telegram.presses(ann, *buttons()[0])
    await put_by(house, ann.id)

    assert ["hello"] == [chat.question for chat in house.coze.chats]


async def test_whoever_is_linked_is_paused_on_all_platforms(tmp_path, platforms):
    coze, telegram, slack = platforms
    coze.responder = echo
    async with House(tmp_path, *platforms).living() as house:
        house.slack.events_url = f"{house.url}/webhooks/acme"
        anna, ann = slack.person("Anna"), telegram.person("Ann")
        await on_slack(house, anna, "hello")
        await asks(house, ann, "hello")
        house.telegram.says(ann, "/link")
        await house.telegram.until(lambda: len(telegram.bot_texts(ann.id)) == 2, within=PATIENCE)
        code = re.search(r"\b[A-Z2-9]{8}\b", telegram.bot_texts(ann.id)[-1])[0]
        await on_slack(house, anna, f"/link {code}")
        admin = Admin(house)
        await admin.logs_in()
        assert "pause" == await minds(admin, "people", "pause", person=f"helpdesk:{ann.id}")
        page = (await admin.goes("/console/people"))[2]
        told = await on_slack(house, anna, "are you there?")
        assert "resume" == await minds(admin, "people", "resume", person=f"acme:{anna.id}")
        again = (await admin.goes("/console/people"))[2]

    assert told.startswith(PUT_BY)
    assert f"Resume helpdesk:{ann.id}" in page
    assert f"Resume acme:{anna.id}" in page
    assert f"linked with acme:{anna.id}" in page
    assert f"linked with helpdesk:{ann.id}" in page
    assert "Resume" not in again


@pytest.mark.parametrize("deed", ["pause", "resume"])
@pytest.mark.parametrize(
    "name", ["", ":", "helpdesk", "nobody:1", "helpdesk:<script>", "person/helpdesk//1/1", "x" * 5000]
)
async def test_nobody_unknown_is_paused(house, office, deed, name):
    for page, field in (("people", "person"), ("conversations", "scope")):
        assert "nothing" == await minds(office, page, deed, **{field: name})
