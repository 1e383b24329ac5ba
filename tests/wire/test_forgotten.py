"""Whoever is forgotten leaves no trace: not in the file, the log, the metrics, the console, nor at Coze."""

import asyncio
import re

import pytest
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from bridge.web.console.console import PAGES
from tests.wire.house import ADMIN, PATIENCE
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
