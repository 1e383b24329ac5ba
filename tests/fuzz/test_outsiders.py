"""Whatever somebody does who may not talk here, spoilt or as it should be: the database is as it was before."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr
from sqlalchemy import Connection, select

from adapters.console import ConsoleOptions
from adapters.slack.api import SlackIdentity
from adapters.slack.normalise import normalise as read_slack
from adapters.telegram.api import TelegramIdentity
from adapters.telegram.normalise import normalise as read_telegram
from bridge.config.access_settings import AccessRule, AccessSettings
from bridge.config.bot_settings import BotSettings, CozeSettings
from bridge.config.route_settings import RouteSettings
from bridge.config.settings import AdapterSettings, Settings
from bridge.engine.intake import Intake
from bridge.engine.linking import LinkedPeople
from bridge.engine.pausing import Paused
from bridge.engine.turning_away import TurningAway
from bridge.routing.rules import Rules
from bridge.sdk.errors import Garbled
from bridge.sdk.model import Address, ChatType, Inbound, Person, Place
from bridge.sdk.unreadable import reading
from bridge.store.database import Database, open_database
from bridge.store.inbox import Inbox
from bridge.store.links import Links
from bridge.store.pairings import Pairings
from bridge.store.pauses import Pauses
from bridge.store.tables import metadata
from bridge.store.wakeup import Wakeup
from tests.fuzz.slack_events import payloads, spoilt_payload
from tests.fuzz.telegram_updates import spoilt_update, updates

STAFF = "7777777"
WE_ON_SLACK = SlackIdentity(team="T1", user="UBOT", bot="BBOT", scopes=frozenset())
WE_ON_TELEGRAM = TelegramIdentity(id=123456, username="TestBot")
BOT = {"id": WE_ON_TELEGRAM.id, "is_bot": True, "first_name": "Test", "username": WE_ON_TELEGRAM.username}


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    """A loop for all the examples of a test."""
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture
def database(runner: asyncio.Runner, tmp_path: Path) -> Iterator[Database]:
    """An empty one."""
    opened = open_database(f"sqlite:///{tmp_path / 'bridge.db'}")
    yield runner.run(opened.__aenter__())
    runner.run(opened.__aexit__(None, None, None))


def closed_to_all_but_staff() -> Rules:
    """Both platforms; the staff alone may talk, wherever it is."""
    staff = AccessRule(mode="people", people=(f"helpdesk:{STAFF}",))
    return Rules(
        Settings(
            coze={"main": CozeSettings(token=SecretStr("pat_12345678"))},
            adapters={name: AdapterSettings(kind=name, options=ConsoleOptions()) for name in ("helpdesk", "acme")},
            bots={"assistant": BotSettings(coze="main", bot_id="1")},
            routes=(RouteSettings(name="everyone", bot="assistant"),),
            access=AccessSettings(private=staff, groups=staff),
        )
    )


def does(random: Random) -> Inbound | None:
    """What somebody does on one of the platforms, if it can be read."""
    with suppress(Garbled), reading("update"):
        if random.random() < 0.5:
            update = random.choice((spoilt_update(random, BOT), random.choice(updates(BOT))))
            return read_telegram(update | {"update_id": 7}, adapter="helpdesk", me=WE_ON_TELEGRAM)
        told = (WE_ON_SLACK.team, WE_ON_SLACK.user, "U1")
        body = random.choice((spoilt_payload(random, *told), random.choice(payloads(*told)))).body
        return read_slack(body, adapter="acme", me=WE_ON_SLACK, people={})
    return None


def rows(connection: Connection) -> dict[str, list[Any]]:
    """Every row of every table."""
    return {name: sorted(connection.execute(select(table)), key=str) for name, table in metadata.tables.items()}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])  # the database is as it was, which is the law
@given(random=st.randoms(use_true_random=False))
def test_the_database_is_as_before(random: Random, runner: asyncio.Runner, database: Database) -> None:
    rules = closed_to_all_but_staff()
    inbox = Inbox(database, Wakeup(), owner="us", lease=30.0)
    paused = Paused(Pauses(database), LinkedPeople(Links(database)))
    turning_away = TurningAway(
        rules=lambda: rules, pairings=Pairings(database), paused=paused, notify=lambda _message, _text: True
    )
    intake = Intake(rules=lambda: rules, inbox=inbox, turning_away=turning_away, notify=lambda _message, _text: True)
    said = Inbound(
        dedupe_keys=("update:1",),
        where=Place(adapter="helpdesk", chat="42"),
        chat_type=ChatType.PRIVATE,
        author=Person(id=STAFF),
        text="hello",
        address=Address.TO_US,
    )

    async def try_ten() -> None:
        await intake.accept(said)
        before = await database.read(rows)
        for message in filter(None, [does(random) for _ in range(10)]):
            await intake.accept(message)

        assert 1 == len(before["inbox"])
        assert before == await database.read(rows)

    runner.run(try_ten())
