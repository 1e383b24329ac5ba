"""A workflow with a question in the middle, and the daemon that dies between the question and its answer."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import pytest
import pytest_asyncio

from simulators.coze import BOT
from simulators.coze.script import Interrupt, NextAnswer, Pause, Say
from tests.scenarios.harness import PATIENCE, BridgeHarness, Talk

FLOW = "7366468917055000000"
KINDS = {"workflow": {"workflow_id": FLOW, "input": "text"}, "chatflow": {"chatflow_id": FLOW}}
BACKGROUND = {"workflow_id": FLOW, "input": "text", "background": True}
BOTH_PLATFORMS = ("in_private", "in_thread")


@pytest_asyncio.fixture(loop_scope="module", params=KINDS)
async def bridge_with_flow(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[BridgeHarness]:
    """A bridge whose bot is a workflow or a chatflow, not started yet."""
    async with _bridge(tmp_path, request.param) as bridge:
        yield bridge


@pytest_asyncio.fixture(loop_scope="module")
async def bridge_with_workflow(tmp_path: Path) -> AsyncIterator[BridgeHarness]:
    """A bridge whose bot is a workflow, not started yet."""
    async with _bridge(tmp_path, "workflow") as bridge:
        yield bridge


class TestAQuestionInTheMiddle:
    """The workflow asks back; whoever speaks next in the conversation answers it."""

    @pytest.mark.parametrize("where", BOTH_PLATFORMS)
    async def test_the_run_goes_on_although_the_daemon_died_in_between(
        self, bridge_with_flow: BridgeHarness, where: str
    ) -> None:
        bridge = bridge_with_flow
        await bridge.start()
        ann = bridge.someone(where)
        bridge.plays("weather?", Interrupt("In which city?"), Say(("It is sunny ", "in Ulm.")))
        ann.says("weather?")
        await ann.reads("In which city?")
        await _written(bridge)
        await bridge.kill()
        await bridge.start()
        ann.says("Ulm")
        await ann.reads("In which city?", "It is sunny in Ulm.")
        assert await bridge.terminate() == 0

        assert ["In which city?", "It is sunny in Ulm."] == ann.answers
        assert ["weather?", "Ulm"] == [text for text in _heard(bridge) if text != "hello"]

    async def test_everybody_answers_their_own(self, bridge_with_workflow: BridgeHarness) -> None:
        bridge = bridge_with_workflow
        await bridge.start()
        ann, bob = bridge.in_private("Ann"), bridge.in_thread("Bob")
        for talk, name in ((ann, "Ann"), (bob, "Bob")):
            bridge.plays(f"I am {name}", Interrupt("Where?"), Say((f"Hello {name}.",)))
            talk.says(f"I am {name}")
        await ann.reads("Where?")
        await bob.reads("Where?")
        bob.says("there")
        ann.says("here")
        await ann.reads("Where?", "Hello Ann.")
        await bob.reads("Where?", "Hello Bob.")
        assert await bridge.terminate() == 0

        assert [["here"], ["there"]] == sorted(run.replies for run in bridge.coze.runs)

    async def test_new_forgets_it(self, bridge_with_workflow: BridgeHarness) -> None:
        """Somebody who begins anew does not answer what was asked before."""
        bridge = bridge_with_workflow
        await bridge.start()
        ann = bridge.in_private("Ann")
        bridge.plays("weather?", Interrupt("In which city?"), Say(("Sunny.",)))
        bridge.answers("Ulm", "A city ", "on the Danube.")
        ann.says("weather?")
        await ann.reads("In which city?")
        ann.says("/new")
        await ann.gets(2)
        ann.says("Ulm")
        answers = await ann.gets(3)
        assert await bridge.terminate() == 0

        assert "A city on the Danube." == answers[-1]
        assert 2 == len(bridge.coze.runs)

    async def test_an_answer_is_given_once(self, bridge_with_workflow: BridgeHarness) -> None:
        """What comes after the answer begins a run of its own."""
        bridge = bridge_with_workflow
        await bridge.start()
        ann = bridge.in_private("Ann")
        bridge.plays("weather?", Interrupt("In which city?"), Say(("Sunny.",)))
        bridge.answers("thanks", "You are ", "welcome.")
        for text, answer in (("weather?", "In which city?"), ("Ulm", "Sunny."), ("thanks", "You are welcome.")):
            ann.says(text)
            await ann.until(lambda answer=answer: answer in ann.answers)
        assert await bridge.terminate() == 0

        assert ["In which city?", "Sunny.", "You are welcome."] == ann.answers
        assert [["Ulm"], []] == [run.replies for run in bridge.coze.runs]


async def test_on_slack_cards_tell_how_far_it_is_and_the_answer_stays_the_answer(
    bridge_with_workflow: BridgeHarness,
) -> None:
    bridge = bridge_with_workflow
    await bridge.start()
    ann = bridge.in_dm("Ann")
    steps = (
        Say(("Looking ", "for it. "), node="Search"),
        Pause("found"),
        NextAnswer(),
        Say(("It is so.",), node="Sum up"),
    )
    bridge.plays("is it so?", *steps, Pause("said"))
    ann.says("is it so?")
    await ann.sees("Looking")
    await bridge.paused("found")
    bridge.coze.go("found")
    await bridge.until(lambda: ann.said()[-1].tasks)
    bridge.coze.go("said")
    await ann.reads("Looking for it. \n\nIt is so.")
    assert await bridge.terminate() == 0

    assert ["complete", "complete"] == [card["status"] for card in ann.said()[-1].tasks.values()]


class TestWhoeverAskedIsAnswered:
    """A bot that asked back gets the next message of that memory, whatever route its words would take."""

    ROUTES: Final = (
        {"name": "reports", "when": {"text": {"starts_with": "report:"}}, "bot": "flow"},
        {"name": "tea", "when": {"text": {"equals": "tea"}}, "reply": "At five."},
        {"name": "everyone else", "bot": "assistant"},
    )

    async def test_in_each_kind_of_place(self, tmp_path: Path) -> None:
        async with self._asked_back(tmp_path) as (bridge, talks):
            for number, talk in enumerate(talks):
                talk.says(f"Lisbon {number}")
            for number, talk in enumerate(talks):
                await talk.reads("Which city?", f"Sunny, {number}.")
                talk.says(f"thanks {number}")
            for number, talk in enumerate(talks):
                await talk.reads("Which city?", f"Sunny, {number}.", f"You said: thanks {number}")

            assert sorted([f"Lisbon {number}"] for number in range(len(talks))) == sorted(
                run.replies for run in bridge.coze.runs
            )

    async def test_by_words_of_that_very_route_too(self, tmp_path: Path) -> None:
        async with self._asked_back(tmp_path) as (bridge, talks):
            for talk in talks:
                talk.says("report: Lisbon")
            for number, talk in enumerate(talks):
                await talk.reads("Which city?", f"Sunny, {number}.")

            assert [["report: Lisbon"]] * len(talks) == [run.replies for run in bridge.coze.runs]

    async def test_unless_somebody_begins_anew(self, tmp_path: Path) -> None:
        async with self._asked_back(tmp_path) as (bridge, talks):
            for talk in talks:
                talk.tells("new")
            for number, talk in enumerate(talks):
                await talk.gets(2)
                talk.says(f"Lisbon {number}")
            for number, talk in enumerate(talks):
                await talk.until(lambda number=number, talk=talk: f"You said: Lisbon {number}" in talk.answers)

            assert [[]] * len(talks) == [run.replies for run in bridge.coze.runs]
            assert [1] * len(talks) == [len(bridge.asked(f"Lisbon {number}")) for number in range(len(talks))]

    async def test_by_nobody_elses_memory(self, tmp_path: Path) -> None:
        async with self._asked_back(tmp_path) as (bridge, _):
            others = bridge.everywhere("Bob")
            for number, other in enumerate(others):
                other.says(f"Rome {number}")
            for number, other in enumerate(others):
                await other.reads(f"You said: Rome {number}")

            assert [[]] * len(others) == [run.replies for run in bridge.coze.runs]

    @asynccontextmanager
    async def _asked_back(self, folder: Path) -> AsyncIterator[tuple[BridgeHarness, list[Talk]]]:
        """A bridge with a workflow by words alone, and somebody in each kind of place whom it has asked something."""
        bots = {"flow": {"coze": "main", **KINDS["workflow"]}, "assistant": {"coze": "main", "bot_id": BOT}}
        async with BridgeHarness(
            folder, f"sqlite:///{folder / 'bridge.db'}", bots=bots, routes=[*self.ROUTES]
        ) as bridge:
            await bridge.start()
            talks = bridge.everywhere("Ann")
            for number, talk in enumerate(talks):
                bridge.plays(f"report: {number}", Interrupt("Which city?"), Say((f"Sunny, {number}.",)))
                talk.says(f"report: {number}")
            for talk in talks:
                await talk.reads("Which city?")
            yield bridge, talks
            assert await bridge.terminate() == 0


class TestARunThatIsCutOff:
    """A run has no id while it is at work, so nobody can find it again."""

    @pytest.mark.parametrize("where", BOTH_PLATFORMS)
    async def test_it_is_begun_again_and_answers_once(self, bridge_with_workflow: BridgeHarness, where: str) -> None:
        bridge = bridge_with_workflow
        await bridge.start()
        ann = bridge.someone(where)
        bridge.answers("report", "All is well so far, ", pause="dark", then=("and so on.",))
        ann.says("report")
        await ann.sees("All is well")
        begun = ann.ids
        await bridge.kill()
        await bridge.start()
        await bridge.coze.until(lambda: len(bridge.coze.runs) == 2, within=PATIENCE)
        bridge.coze.go("dark")
        await ann.reads("All is well so far, and so on.")
        assert await bridge.terminate() == 0

        assert ["All is well so far, and so on."] == ann.answers
        assert ann.ids[: len(begun)] == begun

    async def test_an_answer_the_dead_one_gave_already_begins_a_run(self, bridge_with_workflow: BridgeHarness) -> None:
        """The run took the answer and is over; that it was heard is on nobody's disk."""
        bridge = bridge_with_workflow
        await bridge.start()
        ann = bridge.in_private("Ann")
        bridge.plays("weather?", Interrupt("In which city?"), Pause("dark"), Say(("Sunny.",)))
        bridge.answers("Ulm", "A city ", "on the Danube.")
        ann.says("weather?")
        await ann.reads("In which city?")
        ann.says("Ulm")
        await bridge.paused("dark")
        await bridge.kill()
        bridge.coze.go("dark")
        await bridge.start()
        await ann.reads("In which city?", "A city on the Danube.")
        assert await bridge.terminate() == 0

        assert [["Ulm"], []] == [run.replies for run in bridge.coze.runs]


class TestARunInTheBackground:
    """Its id is on disk from the start, so it is found again."""

    @pytest.mark.parametrize("where", BOTH_PLATFORMS)
    async def test_it_is_waited_for_by_whoever_comes_next(self, tmp_path: Path, where: str) -> None:
        async with _bridge(tmp_path, "background") as bridge:
            await bridge.start()
            ann = bridge.someone(where)
            bridge.plays("report", Pause("hours"), Say(("All ", "is well.")))
            ann.says("report")
            await bridge.coze.until(lambda: bridge.coze.called("workflow.run_histories"), within=PATIENCE)
            await bridge.kill()
            await bridge.start()
            bridge.coze.go("hours")
            await ann.reads("All is well.")
            assert await bridge.terminate() == 0

        assert 1 == len(bridge.coze.runs)

    async def test_nobody_has_to_listen_to_its_end(self, tmp_path: Path) -> None:
        """It cannot be stopped at Coze."""
        async with _bridge(tmp_path, "background") as bridge:
            await bridge.start()
            ann = bridge.in_private("Ann")
            bridge.plays("report", Pause("hours"), Say(("All ", "is well.")))
            bridge.plays("hello", Say(("Hello.",)))
            ann.says("report")
            await bridge.coze.until(lambda: bridge.coze.called("workflow.run_histories"), within=PATIENCE)
            ann.tells("stop")
            ann.says("hello")
            answers = await ann.gets(2)
            assert await bridge.terminate() == 0

        assert ["⏹ Stopped.", "Hello."] == answers


def _bridge(folder: Path, kind: str) -> BridgeHarness:
    bots = {"flow": {"coze": "main", **(KINDS | {"background": BACKGROUND})[kind]}}
    routes = [{"name": "everyone", "bot": "flow"}]
    return BridgeHarness(folder, f"sqlite:///{folder / 'bridge.db'}", bots=bots, routes=routes)


async def _written(bridge: BridgeHarness) -> None:
    """What people see is also on the daemon's disk: it has answered somebody else since."""
    bridge.answers("hello", "Good ", "morning.")
    bob = bridge.in_private("Bob")
    bob.says("hello")
    await bob.reads("Good morning.")


def _heard(bridge: BridgeHarness) -> list[str]:
    """All that the workflow's runs or the chatflow's chats were told."""
    runs = [text for run in bridge.coze.runs for text in (run.turn.text, *run.replies)]
    return runs + [chat.question for chat in bridge.coze.chats]
