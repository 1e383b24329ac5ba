"""A bot's side that takes a question and says nothing: the person hears within twenty seconds that we wait, once."""

import pytest

from simulators.coze.script import Pause, Say

LATE = "The assistant takes longer than usual. I keep waiting and will answer as soon as I can."


@pytest.fixture(autouse=True)
def _soon(monkeypatch):
    """A short time after which silence is told."""
    monkeypatch.setattr("bridge.engine.answer.SILENCE_LONGEST", 0.2)


async def test_who_waits_for_a_silent_coze_is_told_and_then_answered(house):
    house.coze.faults.add("chat", delay=1.5)
    house.coze.will_play(Say(("Here it is.",)))
    ann = house.telegram.person("Ann")
    house.telegram.says(ann, "hello")

    await house.telegram.until(lambda: len(house.telegram.bot_texts(ann.id)) == 2)
    assert [LATE, "Here it is."] == house.telegram.bot_texts(ann.id)


async def test_a_bot_that_thinks_for_long_is_not_silent(house):
    house.coze.will_play(Pause("thought"), Say(("Here it is.",)))
    ann = house.telegram.person("Ann")
    house.telegram.says(ann, "hello")
    await house.coze.until(lambda: house.coze.chats)
    house.coze.will_say("And this.")
    ben = house.telegram.person("Ben")
    house.coze.faults.add("chat", delay=1.5)
    house.telegram.says(ben, "hi")
    await house.telegram.until(lambda: house.telegram.bot_texts(ben.id))  # Ben's silence was noticed, Ann's is none
    house.coze.go("thought")
    await house.telegram.until(lambda: house.telegram.bot_texts(ann.id))

    assert ["Here it is."] == house.telegram.bot_texts(ann.id)
