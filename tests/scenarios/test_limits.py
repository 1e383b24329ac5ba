"""Limits as people meet them: so many answers and no more, and one friendly sentence."""

from collections.abc import Iterable
from pathlib import Path

from simulators.slack import Slack
from tests.scenarios.harness import PATIENCE, BridgeHarness
from tests.scenarios.test_routes import configure

ALLOWED, SAID = 25, 1000


async def test_a_person_is_answered_exactly_as_often_as_allowed_and_told_once(bridge: BridgeHarness) -> None:
    """But of each command, which nothing else would show to have been heard."""
    configure(bridge, defaults={"limits": {"messages": ["3/day", "100/hour"]}})
    await bridge.start()
    ann, bob = bridge.in_private("Ann"), bridge.in_private("Bob")
    for number in range(8):
        ann.says(f"question {number}")
    await ann.gets(4)
    ann.tells("status")
    *_, status = await ann.gets(5)
    bob.says("hello")
    await bob.reads("You said: hello")
    eve = bridge.in_thread("Eve")
    for number in range(5):
        bridge.slack.command(eve.person, "/coze", f"question {number}", eve.channel)
    await bridge.slack.until(lambda: len(bridge.slack.ephemerals) == 2, within=PATIENCE)
    await bridge.slack.until(lambda: len(bridge.slack.bot_texts(eve.channel)) == 3, within=PATIENCE)

    assert [True] * 2 == ["a lot" in whispered.text for whispered in bridge.slack.ephemerals]
    assert ["That was a lot at once. You can ask again in 8 hours."] == [one for one in ann.answers if "a lot" in one]
    assert "Messages left: 0 of 3 in 1 day\nMessages left: 97 of 100 in 1 hour" in status
    assert 3 == sum("You said" in answer for answer in ann.answers)
    assert await bridge.terminate() == 0


async def test_tokens_are_charged_once_they_are_known(bridge: BridgeHarness) -> None:
    configure(bridge, defaults={"limits": {"tokens": "1/day"}})
    await bridge.start()
    ann = bridge.in_private("Ann")
    ann.says("hello")
    await ann.reads("You said: hello")
    ann.says("and?")
    _, stop = await ann.gets(2)

    assert stop.startswith("That was a lot at once. You can ask again in ")
    assert [] == bridge.asked("and?")
    assert await bridge.terminate() == 0


def answered(answers: Iterable[str]) -> int:
    """How many of them answer a question; a busy machine may make others say that it takes a while."""
    return sum("You said" in answer for answer in answers)


def told_to_wait(answers: Iterable[str]) -> int:
    """How many say when to come back."""
    return sum("a lot at once" in answer for answer in answers)


def is_settled_soon(slack: Slack) -> bool:
    """Whether all is acknowledged; what a busy machine did not acknowledge in time is sent again at once, not in five minutes."""
    slack.hurry()
    return slack.courier.settled()


async def test_three_replicas_answer_exactly_what_is_allowed(tmp_path: Path, postgres_url: str) -> None:
    """And a fourth, started after them, has forgotten nothing."""
    async with BridgeHarness(tmp_path, postgres_url, defaults={"limits": {"messages": f"{ALLOWED}/day"}}) as bridge:
        for name in "abc":
            await bridge.start(name)
        bob = bridge.in_dm("Bob")
        for number in range(SAID):
            bob.says(f"question {number}")
        await bob.until(lambda: answered(bob.answers) == ALLOWED and told_to_wait(bob.answers))
        ann = bridge.in_private("Ann")
        ann.says("hello")
        await ann.reads("You said: hello")
        for name in "abc":
            assert await bridge.terminate(name) == 0
        await bridge.start("d")
        bob.says("and now?")
        await bridge.until(lambda: is_settled_soon(bridge.slack))
        ann.says("still there?")
        await ann.reads("You said: hello", "You said: still there?")
        assert await bridge.terminate("d") == 0

        answers = bob.answers
        assert (ALLOWED, 1) == (answered(answers), told_to_wait(answers))
        assert [] == bridge.asked("and now?")
