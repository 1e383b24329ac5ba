"""Who is refused hears of it once a day, in private, and leaves nothing."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Literal

import pytest
from pydantic import BaseModel, SecretStr

from bridge.config.access_settings import AccessRule, AccessSettings
from bridge.config.bot_settings import BotSettings, CozeSettings
from bridge.config.route_settings import RouteSettings
from bridge.config.settings import AdapterSettings, Settings
from bridge.engine import turning_away
from bridge.engine.linking import LinkedPeople
from bridge.engine.pausing import Paused
from bridge.engine.turning_away import EVERY, TurningAway
from bridge.routing.rules import Rules
from bridge.sdk.model import Address, ChatType, Inbound, Person, Place, Rating
from bridge.store.database import open_database
from bridge.store.links import Links
from bridge.store.pairings import Pairings
from bridge.store.pauses import Pauses

Mode = Literal["nobody", "pairing"]


@pytest.fixture
async def pairings(tmp_path: Path) -> AsyncIterator[Pairings]:
    """What is known of people who ask to be let in: nothing yet."""
    async with open_database(f"sqlite:///{tmp_path / 'bridge.db'}") as database:
        yield Pairings(database)


class Options(BaseModel):
    """Nothing to set."""


class Door:
    """A closed house, a clock, and what was said at the door."""

    def __init__(
        self, pairings: Pairings, stranger: str | None = None, *, room: bool = True, mode: Mode = "nobody"
    ) -> None:
        closed = AccessRule(mode=mode)
        self.rules = Rules(
            Settings(
                coze={"main": CozeSettings(token=SecretStr("pat"))},
                adapters={"helpdesk": AdapterSettings(kind="one", options=Options())},
                bots={"assistant": BotSettings(coze="main", bot_id="1")},
                access=AccessSettings(private=closed, groups=closed, stranger=stranger),
                routes=(RouteSettings(name="all", bot="assistant"),),
            )
        )
        self.now, self.room = 1000.0, room
        self.said: list[tuple[str, str]] = []
        paused = Paused(Pauses(pairings._database), LinkedPeople(Links(pairings._database)))
        self.turning_away = TurningAway(
            rules=lambda: self.rules, pairings=pairings, paused=paused, notify=self.notify, clock=lambda: self.now
        )

    def notify(self, message: Inbound, text: str) -> bool:
        if self.room:
            self.said.append((message.author.id, text))
        return self.room

    async def knocks(
        self,
        who: str = "7",
        *,
        chat_type: ChatType = ChatType.PRIVATE,
        rating: Rating | None = None,
        is_told_alone: bool = False,
    ) -> None:
        message = Inbound(
            dedupe_keys=("1",),
            where=Place(adapter="helpdesk", chat=who),
            chat_type=chat_type,
            author=Person(id=who, language="en"),
            text="open!",
            address=Address.TO_US,
            rating=rating,
            is_told_alone=is_told_alone,
        )
        await self.turning_away.turn_away(message, self.rules.decide(message))


async def test_the_word_is_said_once_a_day(pairings):
    door = Door(pairings)
    await door.knocks()
    await door.knocks()
    door.now += EVERY - 1
    await door.knocks()
    first = list(door.said)
    door.now += 1
    await door.knocks()

    assert [("7", "Sorry, you may not use this bot here.")] == first
    assert 2 == len(door.said)


async def test_each_person_hears_it(pairings):
    door = Door(pairings)
    for who in "789":
        await door.knocks(who)

    assert ["7", "8", "9"] == [who for who, _ in door.said]


@pytest.mark.parametrize(("stranger", "said"), [("Ask Ann.", ["Ask Ann."]), ("", [])])
async def test_the_sentence_is_the_admins(pairings, stranger, said):
    door = Door(pairings, stranger)
    await door.knocks()

    assert said == [text for _, text in door.said]


@pytest.mark.parametrize("chat_type", [ChatType.GROUP, ChatType.CHANNEL])
async def test_in_company_nothing_is_said(pairings, chat_type):
    door = Door(pairings)
    await door.knocks(chat_type=chat_type)

    assert [] == door.said


async def test_in_company_who_is_told_alone_is_told(pairings):
    """As whoever gives a command on Slack: silence would be read as a command that does not work."""
    door = Door(pairings)
    for chat_type in (ChatType.CHANNEL, ChatType.GROUP):
        await door.knocks(chat_type=chat_type, is_told_alone=True)

    assert ["7"] == [who for who, _ in door.said]


async def test_nobody_waits_for_a_word_about_a_thumb(pairings):
    door = Door(pairings)
    await door.knocks(rating=Rating(turn_key="turn-1", liked=True))

    assert [] == door.said


async def test_who_could_not_be_told_is_told_next_time(pairings):
    door = Door(pairings, room=False)
    await door.knocks()
    door.room = True
    await door.knocks()

    assert 1 == len(door.said)


async def test_so_many_strangers_are_remembered_and_no_more(pairings, monkeypatch):
    monkeypatch.setattr(turning_away, "REMEMBERED", 2)
    door = Door(pairings)
    for who in ("7", "8", "9", "8", "7"):
        await door.knocks(who)

    assert ["7", "8", "9", "7"] == [who for who, _ in door.said]


async def test_with_pairing_a_stranger_gets_one_code_an_hour_and_is_let_in_by_it(pairings):
    door = Door(pairings, mode="pairing")
    await door.knocks()
    await door.knocks()
    [(_, sentence)] = door.said
    [waiting] = await pairings.all()
    let_in = await pairings.approve(waiting.code)

    assert waiting.code in sentence
    assert let_in
    assert ("helpdesk:7", True, False) == (
        let_in.person,
        await pairings.is_let_in("helpdesk:7"),
        await pairings.is_let_in("helpdesk:8"),
    )


async def test_another_process_gives_no_second_code(pairings):
    ours, theirs = (Door(pairings, mode="pairing") for _ in "12")
    await ours.knocks()
    await theirs.knocks()

    assert (1, 0) == (len(ours.said), len(theirs.said))
