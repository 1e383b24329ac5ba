"""Who is refused hears of it once a day, in private, and leaves nothing."""

import pytest
from pydantic import BaseModel, SecretStr

from bridge.config.settings import (
    AccessRule,
    AccessSettings,
    AdapterSettings,
    BotSettings,
    CozeSettings,
    RouteSettings,
    Settings,
)
from bridge.engine import turning_away
from bridge.engine.turning_away import EVERY, TurningAway
from bridge.routing.rules import Rules
from bridge.sdk.model import Address, ChatType, Inbound, Person, Place, Rating


class Options(BaseModel):
    """Nothing to set."""


class Door:
    """A closed house, a clock, and what was said at the door."""

    def __init__(self, stranger: str | None = None, *, room: bool = True) -> None:
        closed = AccessRule(mode="nobody")
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
        self.turning_away = TurningAway(lambda: self.rules, self.notify, clock=lambda: self.now)

    def notify(self, message: Inbound, text: str) -> bool:
        if self.room:
            self.said.append((message.author.id, text))
        return self.room

    def knocks(self, who: str = "7", *, chat_type: ChatType = ChatType.PRIVATE, rating: Rating | None = None) -> None:
        message = Inbound(
            dedupe_keys=("1",),
            where=Place(adapter="helpdesk", chat=who),
            chat_type=chat_type,
            author=Person(id=who, language="en"),
            text="open!",
            address=Address.TO_US,
            rating=rating,
        )
        self.turning_away.turn_away(message, self.rules.decide(message))


def test_the_word_is_said_once_a_day():
    door = Door()
    door.knocks()
    door.knocks()
    door.now += EVERY - 1
    door.knocks()
    first = list(door.said)
    door.now += 1
    door.knocks()

    assert [("7", "Sorry, you may not use this bot here.")] == first
    assert 2 == len(door.said)


def test_each_person_hears_it():
    door = Door()
    for who in "789":
        door.knocks(who)

    assert ["7", "8", "9"] == [who for who, _ in door.said]


@pytest.mark.parametrize(("stranger", "said"), [("Ask Ann.", ["Ask Ann."]), ("", [])])
def test_the_sentence_is_the_admins(stranger, said):
    door = Door(stranger)
    door.knocks()

    assert said == [text for _, text in door.said]


@pytest.mark.parametrize("chat_type", [ChatType.GROUP, ChatType.CHANNEL])
def test_in_company_nothing_is_said(chat_type):
    door = Door()
    door.knocks(chat_type=chat_type)

    assert [] == door.said


def test_nobody_waits_for_a_word_about_a_thumb():
    door = Door()
    door.knocks(rating=Rating(turn_key="turn-1", liked=True))

    assert [] == door.said


def test_who_could_not_be_told_is_told_next_time():
    door = Door(room=False)
    door.knocks()
    door.room = True
    door.knocks()

    assert 1 == len(door.said)


def test_so_many_strangers_are_remembered_and_no_more(monkeypatch):
    monkeypatch.setattr(turning_away, "REMEMBERED", 2)
    door = Door()
    for who in ("7", "8", "9", "8", "7"):
        door.knocks(who)

    assert ["7", "8", "9", "7"] == [who for who, _ in door.said]
