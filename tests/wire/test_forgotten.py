"""Whoever is forgotten leaves no trace: not in the file, the log, the metrics, the console, nor at Coze."""

import asyncio
import re

import pytest
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from bridge.web.console.console import PAGES
from simulators.coze.script import Fail, Say
from tests.wire.house import ADMIN, PATIENCE, House
from tests.wire.test_web_console import Admin

WORDS, NAME = "the zebra is called Ottokar", "Zebedee"


async def asks_on_telegram(house, name, words):
    person = house.telegram.person(name)
    house.telegram.says(person, words)
    await house.telegram.until(lambda: house.telegram.bot_texts(person.id), within=PATIENCE)
    return f"helpdesk:{person.id}"


async def asks_on_slack(house, name, words):
    person = house.slack.person(name)
    chat = house.slack.dm(person)
    ts = house.slack.says(person, words)
    await house.slack.until(lambda: house._stands(chat, ts), within=PATIENCE)
    await house.slack.settled()
    return f"acme:{person.id}"


async def pushed(house, who):
    """Have an operator say something to them that they did not ask for."""
    adapter, _, person = who.partition(":")
    chat = person if adapter == "helpdesk" else house.slack.world.direct(person).id
    push = {"adapter": adapter, "chat": chat, "text": WORDS, "key": "1"}
    async with house.client.post("/api/messages", json=push, headers={"Authorization": f"Bearer {ADMIN}"}) as answer:
        assert 202 == answer.status


async def at_rest(house):
    """Return once nobody waits or is being answered."""
    async with asyncio.timeout(PATIENCE):
        while any((await house.get_as(ADMIN))[1]["messages"].values()):
            pass


def database(folder):
    return b"".join(path.read_bytes() for path in folder.glob("bridge.db*"))


@pytest.mark.parametrize("asks", [asks_on_telegram, asks_on_slack], ids=["telegram", "slack"])
async def test_no_trace_is_left(house, tmp_path, asks):
    admin = Admin(house)
    await admin.logs_in()
    with capture_logs(processors=[merge_contextvars]) as logs:
        who = await asks(house, NAME, WORDS)
        await asks(house, "Ben", "good day")
        await pushed(house, who)
        await at_rest(house)
        held = database(tmp_path)
        page = (await admin.goes(f"/console/people?q={who}"))[2]
        [known_as] = re.findall(r"u-[0-9a-f]{32}", page)
        [conversation] = [one for one in house.coze.chats if one.question == WORDS]
        before = len(logs)
        _, headers, _ = await admin.does("/console/people", person=who)
        shown = [(await admin.goes(f"/console{path}"))[2] for path in PAGES]
        metrics = (await house.get("/metrics"))[2]
    traces = [WORDS, NAME, who.partition(":")[2], known_as, conversation.conversation_id]
    files = database(tmp_path)

    assert headers["Location"].endswith("done=erase")
    assert {NAME} >= {trace for trace in traces if trace.encode() not in held}, "what is never there proves nothing"
    assert [] == [trace for trace in traces if trace.encode() in files]
    assert [] == [trace for trace in traces if trace in metrics + "".join(shown)]
    assert [] == [trace for trace in traces if trace in str(logs[before:])]
    assert [] == [trace for trace in (WORDS, NAME) if trace in str(logs)]
    assert conversation.conversation_id not in house.coze.conversations


ODD = "Zébédée <b>Ottokár</b> 👩‍👩‍👧 %s {x}"
PAPERS = "Ottokár's Ünterlagen {1}.pdf"


class Strict(House):
    """Who is new needs a code, nobody asks much, and everybody is asked what they think."""

    def _settings(self, *parts):
        settings = super()._settings(*parts)
        settings["bots"]["assistant"]["feedback"] = True
        return settings | {"access": {"private": "pairing"}, "defaults": {"limits": {"messages": "3/hour"}}}


async def test_nor_of_somebody_who_was_let_in_rated_paused_limited_and_not_answered(tmp_path, platforms):
    """With a name, a file and a question that are odd; and a dead letter that holds the last of them."""
    async with Strict(tmp_path, *platforms).living() as house:
        admin, ann = Admin(house), house.telegram.person(ODD, username="zebedee_o")
        await admin.logs_in()
        house.coze.responder = lambda turn: (Fail(code=4000),) if "die" in turn.text else (Say(("Yes.",)),)
        with capture_logs(processors=[merge_contextvars]) as logs:
            code = await lets_in(house, admin, ann)
            await says(house, ann, "rate me", then="Yes.")
            await rates(house, ann)
            house.telegram.says(ann, document=(PAPERS, b"%PDF"), caption=WORDS)
            await says(house, ann, f"die, {WORDS}", then="not set up")
            await says(house, ann, "too much", then="a lot at once")
            who = f"helpdesk:{ann.id}"
            await admin.does("/console/people", person=who, deed="pause")
            held = database(tmp_path)
            [known_as] = re.findall(r"u-[0-9a-f]{32}", (await admin.goes(f"/console/people?q={who}"))[2])
            conversations = {chat.conversation_id for chat in house.coze.chats}
            before = len(logs)
            await admin.does("/console/people", person=who)
            shown = [(await admin.goes(f"/console{path}"))[2] for path in PAGES]
            shown.append((await house.get("/metrics"))[2])
        traces = [WORDS, ODD, "Ottok", "zebedee_o", PAPERS, str(ann.id), code, known_as, *conversations]
        files = database(tmp_path)

    assert [] == [trace for trace in (WORDS, str(ann.id), known_as, *conversations) if trace.encode() not in held]
    assert [] == [trace for trace in traces if trace.encode() in files]
    assert [] == [trace for trace in traces if trace in "".join(shown)]
    assert [] == [trace for trace in traces if trace in str(logs[before:])]
    assert [] == [trace for trace in (WORDS, ODD, "Ottok", "zebedee_o", PAPERS) if trace in str(logs)]
    assert set() == conversations & house.coze.conversations.keys()


async def says(house, ann, words, *, then):
    """Say it, and read something with those words in it."""
    house.telegram.says(ann, words)
    await house.telegram.until(lambda: any(then in text for text in house.telegram.bot_texts(ann.id)), within=PATIENCE)


async def lets_in(house, admin, ann):
    """Have them ask for a code, and let them in by it; gives the code."""
    await says(house, ann, "hello?", then="code")
    page = (await admin.goes("/console/access"))[2]
    [code] = re.findall(r"<code>(\w{8})</code>", page)
    await admin.does("/console/access", code=code)
    return code


async def rates(house, ann):
    """Press the thumb that points down."""
    [(number, button)] = await thumb(house, ann)
    house.telegram.presses(ann, number, button)
    await house.coze.until(lambda: house.coze.feedback, within=PATIENCE)


async def thumb(house, ann):
    """The message with the thumbs, and what the one that points down carries."""

    def found():
        return [
            (message.message_id, button["callback_data"])
            for message in house.telegram.messages(ann.id)
            for row in (message.reply_markup or {}).get("inline_keyboard", [])
            for button in row
            if button["text"] == "👎"
        ]

    await house.telegram.until(found, within=PATIENCE)
    return found()
