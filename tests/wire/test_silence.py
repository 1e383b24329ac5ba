"""A bot's side that takes a question and says nothing: the person hears within twenty seconds that we wait, once."""

import pytest

from simulators.coze.script import Pause, Say

LATE = "The assistant takes longer than usual. I keep waiting and will answer as soon as I can."


@pytest.fixture(autouse=True)
def _soon(monkeypatch):
    """A short time after which silence is told."""
    monkeypatch.setattr("bridge.engine.answer.SILENCE_LONGEST", 0.2)


def alone(house):
    """Somebody asks on Telegram, alone with the bot; the platform, and what they read there."""
    ann = house.telegram.person("Ann")
    house.telegram.says(ann, "hello")
    return house.telegram, lambda: house.telegram.bot_texts(ann.id)


def among_others(house):
    """Somebody asks in a group."""
    ann = house.telegram.person("Ann")
    group = house.telegram.group("Tea", members=[ann])
    house.telegram.says(ann, house.telegram.mention("hello"), group)
    return house.telegram, lambda: house.telegram.bot_texts(group)


def on_slack(house):
    """Somebody asks on Slack, alone with the bot."""
    bob = house.slack.person("Bob")
    house.slack.says(bob, "hello")
    return house.slack, lambda: house.slack.bot_texts(house.slack.dm(bob))


def in_a_thread(house):
    """Somebody begins a thread on Slack."""
    bob = house.slack.person("Bob")
    desk = house.slack.channel("help", members=[bob])
    ts = house.slack.says(bob, "hello", desk, mention=True)
    return house.slack, lambda: house.slack.bot_texts(desk, ts)


@pytest.mark.parametrize("asks", [alone, among_others, on_slack, in_a_thread])
async def test_who_waits_for_a_silent_coze_is_told_and_then_answered(house, asks):
    house.coze.faults.add("chat", delay=1.5)
    house.coze.will_play(Say(("Here it is.",)))
    platform, read = asks(house)

    await platform.until(lambda: "Here it is." in read())
    assert [LATE, "Here it is."] == read()


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
