"""Slack: Stop below an answer that grows by edits and on a stream, Retry below one that broke off; safe to press twice."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from simulators.coze.script import Fail, Say
from tests.scenarios.harness import BridgeHarness, SlackThread

STOP, RETRY = "⏹ Stop", "🔁 Try again"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def edited(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[BridgeHarness]:
    """A bridge that runs, whose answers grow by edits."""
    folder = tmp_path_factory.mktemp("edited")
    database, adapters = f"sqlite:///{folder / 'bridge.db'}", {"acme": {"stream": "edit"}}
    async with BridgeHarness(folder, database, adapters=adapters) as bridge:
        await bridge.start()
        yield bridge
        assert await bridge.terminate() == 0


async def grows(bridge: BridgeHarness, talk: SlackThread, question: str) -> None:
    """Ask *question*, and see half of an answer that would never end by itself."""
    bridge.answers(question, "So far, ", "so good. ", pause=question, then=("And this nobody hears.",))
    talk.says(question)
    await talk.sees("So far")
    await bridge.paused(question)


def words_to(talk: SlackThread, name: str) -> list[str]:
    """What that person alone was told."""
    slack = talk.platform
    return [said.text for said in slack.world.responses if slack.world.people[said.user].name == name]


async def test_stop_ends_what_grows_by_edits_and_goes_with_the_answer(edited: BridgeHarness) -> None:
    ann = edited.in_thread("Ann")
    await grows(edited, ann, "on and on")
    assert [STOP] == ann.offers
    for _ in range(2):
        ann.presses(STOP)
    await ann.until(lambda: "Stopped." in ann.answers[-1])

    assert (["So far, so good. \n\n⏹ Stopped."], []) == (ann.answers, ann.offers)
    assert ["canceled"] == [chat.status for chat in edited.asked("on and on")]
    await ann.until(lambda: words_to(ann, "Ann"))
    assert "Stopping." == words_to(ann, "Ann")[0]


async def test_nobody_stops_somebody_elses_answer(edited: BridgeHarness) -> None:
    ann = edited.in_thread("Anne")
    bob = edited.slack.person("Bob")
    await grows(edited, ann, "on and on for Anne")
    [(message, _, pressed)] = ann.buttons()
    edited.slack.presses(bob, message.ts, *pressed)
    await ann.until(lambda: words_to(ann, "Bob"))
    edited.coze.go("on and on for Anne")

    await ann.reads("So far, so good. And this nobody hears.")
    assert (["Only the person who asked can do that."], []) == (words_to(ann, "Bob"), ann.offers)


async def test_retry_asks_once_more_however_often_it_is_pressed(shared_bridge: BridgeHarness) -> None:
    bridge, question = shared_bridge, "tell me all of it"
    ann = bridge.in_thread("Ann")
    bridge.plays(question, Say(("So far, so good. ",)), Fail(code=5000))
    ann.says(question)
    await ann.until(lambda: RETRY in ann.offers)
    bridge.answers(question, "All of it.")
    for _ in range(3):
        ann.presses(RETRY)
    await ann.until(lambda: "All of it." in ann.answers)
    ann.says("and now?")
    await ann.until(lambda: "You said: and now?" in ann.answers)

    assert 2 == len(bridge.asked(question))
    assert {"Asking once more."} == set(words_to(ann, "Ann"))


async def test_slacks_own_stop_cancels_at_coze_also_where_no_event_tells_of_it(shared_bridge: BridgeHarness) -> None:
    """Then the next append is refused because of it; an event that comes after that has nothing to tell anybody."""
    bridge, slack = shared_bridge, shared_bridge.slack
    ann = bridge.in_thread("Ann")
    bridge.half("on and on by stream", "stream")
    ann.says("on and on by stream")
    await ann.sees("So far")
    slack.subscriptions.discard("agent_session_stopped")
    slack.stops(ann.person, ann.ids[-1])
    slack.subscriptions.add("agent_session_stopped")
    await bridge.paused("stream 1")
    bridge.coze.go("stream 1")
    await bridge.until(lambda: bridge.asked("on and on by stream")[0].status == "canceled")
    ann.says("and now?")
    await ann.until(lambda: "You said: and now?" in ann.answers)
    slack.stops(ann.person, ann.ids[0])
    await slack.settled()
    ann.says("and then?")
    await ann.until(lambda: "You said: and then?" in ann.answers)

    assert ["canceled"] == [chat.status for chat in bridge.asked("on and on by stream")]
    assert 3 == len(ann.answers)
