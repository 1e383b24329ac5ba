"""A workflow with a question in the middle, and the daemon that dies between the question and its answer."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from simulators.coze.script import Interrupt, Pause, Say
from tests.scenarios.world import PATIENCE, World

FLOW = "7366468917055000000"
KINDS = {"workflow": {"workflow_id": FLOW, "input": "text"}, "chatflow": {"chatflow_id": FLOW}}
BACKGROUND = {"workflow_id": FLOW, "input": "text", "background": True}
BOTH_PLATFORMS = ("in_private", "in_thread")


@pytest_asyncio.fixture(loop_scope="module", params=KINDS)
async def flow_world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    """A world whose bot is a workflow or a chatflow, with no daemon started yet."""
    async with _world(tmp_path, request.param) as world:
        yield world


@pytest_asyncio.fixture(loop_scope="module")
async def workflow_world(tmp_path: Path) -> AsyncIterator[World]:
    """A world whose bot is a workflow, with no daemon started yet."""
    async with _world(tmp_path, "workflow") as world:
        yield world


class TestAQuestionInTheMiddle:
    """The workflow asks back; whoever speaks next in the conversation answers it."""

    @pytest.mark.parametrize("where", BOTH_PLATFORMS)
    async def test_the_run_goes_on_although_the_daemon_died_in_between(self, flow_world: World, where: str) -> None:
        world = flow_world
        await world.start()
        ann = world.someone(where)
        world.plays("weather?", Interrupt("In which city?"), Say(("It is sunny ", "in Ulm.")))
        ann.says("weather?")
        await ann.reads("In which city?")
        await _written(world)
        await world.kill()
        await world.start()
        ann.says("Ulm")
        await ann.reads("In which city?", "It is sunny in Ulm.")
        assert await world.terminate() == 0

        assert ["In which city?", "It is sunny in Ulm."] == ann.answers
        assert ["weather?", "Ulm"] == [text for text in _heard(world) if text != "hello"]

    async def test_everybody_answers_their_own(self, workflow_world: World) -> None:
        world = workflow_world
        await world.start()
        ann, bob = world.in_private("Ann"), world.in_thread("Bob")
        for talk, name in ((ann, "Ann"), (bob, "Bob")):
            world.plays(f"I am {name}", Interrupt("Where?"), Say((f"Hello {name}.",)))
            talk.says(f"I am {name}")
        await ann.reads("Where?")
        await bob.reads("Where?")
        bob.says("there")
        ann.says("here")
        await ann.reads("Where?", "Hello Ann.")
        await bob.reads("Where?", "Hello Bob.")
        assert await world.terminate() == 0

        assert [["here"], ["there"]] == sorted(run.replies for run in world.coze.runs)

    async def test_new_forgets_it(self, workflow_world: World) -> None:
        """Somebody who begins anew does not answer what was asked before."""
        world = workflow_world
        await world.start()
        ann = world.in_private("Ann")
        world.plays("weather?", Interrupt("In which city?"), Say(("Sunny.",)))
        world.answers("Ulm", "A city ", "on the Danube.")
        ann.says("weather?")
        await ann.reads("In which city?")
        ann.says("/new")
        await ann.gets(2)
        ann.says("Ulm")
        answers = await ann.gets(3)
        assert await world.terminate() == 0

        assert "A city on the Danube." == answers[-1]
        assert 2 == len(world.coze.runs)

    async def test_an_answer_is_given_once(self, workflow_world: World) -> None:
        """What comes after the answer begins a run of its own."""
        world = workflow_world
        await world.start()
        ann = world.in_private("Ann")
        world.plays("weather?", Interrupt("In which city?"), Say(("Sunny.",)))
        world.answers("thanks", "You are ", "welcome.")
        for text, answer in (("weather?", "In which city?"), ("Ulm", "Sunny."), ("thanks", "You are welcome.")):
            ann.says(text)
            await ann.until(lambda answer=answer: answer in ann.answers)
        assert await world.terminate() == 0

        assert ["In which city?", "Sunny.", "You are welcome."] == ann.answers
        assert [["Ulm"], []] == [run.replies for run in world.coze.runs]


class TestARunThatIsCutOff:
    """A run has no id while it is at work, so nobody can find it again."""

    @pytest.mark.parametrize("where", BOTH_PLATFORMS)
    async def test_it_is_begun_again_and_answers_once(self, workflow_world: World, where: str) -> None:
        world = workflow_world
        await world.start()
        ann = world.someone(where)
        world.answers("report", "All is well so far, ", pause="dark", then=("and so on.",))
        ann.says("report")
        await ann.sees("All is well")
        begun = ann.ids
        await world.kill()
        await world.start()
        await world.coze.until(lambda: len(world.coze.runs) == 2, within=PATIENCE)
        world.coze.go("dark")
        await ann.reads("All is well so far, and so on.")
        assert await world.terminate() == 0

        assert ["All is well so far, and so on."] == ann.answers
        assert ann.ids[: len(begun)] == begun

    async def test_an_answer_the_dead_one_gave_already_begins_a_run(self, workflow_world: World) -> None:
        """The run took the answer and is over; that it was heard is on nobody's disk."""
        world = workflow_world
        await world.start()
        ann = world.in_private("Ann")
        world.plays("weather?", Interrupt("In which city?"), Pause("dark"), Say(("Sunny.",)))
        world.answers("Ulm", "A city ", "on the Danube.")
        ann.says("weather?")
        await ann.reads("In which city?")
        ann.says("Ulm")
        await world.paused("dark")
        await world.kill()
        world.coze.go("dark")
        await world.start()
        await ann.reads("In which city?", "A city on the Danube.")
        assert await world.terminate() == 0

        assert [["Ulm"], []] == [run.replies for run in world.coze.runs]


class TestARunInTheBackground:
    """Its id is on disk from the start, so it is found again."""

    @pytest.mark.parametrize("where", BOTH_PLATFORMS)
    async def test_it_is_waited_for_by_whoever_comes_next(self, tmp_path: Path, where: str) -> None:
        async with _world(tmp_path, "background") as world:
            await world.start()
            ann = world.someone(where)
            world.plays("report", Pause("hours"), Say(("All ", "is well.")))
            ann.says("report")
            await world.coze.until(lambda: world.coze.called("workflow.run_histories"), within=PATIENCE)
            await world.kill()
            await world.start()
            world.coze.go("hours")
            await ann.reads("All is well.")
            assert await world.terminate() == 0

        assert 1 == len(world.coze.runs)

    async def test_nobody_has_to_listen_to_its_end(self, tmp_path: Path) -> None:
        """It cannot be stopped at Coze."""
        async with _world(tmp_path, "background") as world:
            await world.start()
            ann = world.in_private("Ann")
            world.plays("report", Pause("hours"), Say(("All ", "is well.")))
            world.plays("hello", Say(("Hello.",)))
            ann.says("report")
            await world.coze.until(lambda: world.coze.called("workflow.run_histories"), within=PATIENCE)
            ann.tells("stop")
            ann.says("hello")
            answers = await ann.gets(2)
            assert await world.terminate() == 0

        assert ["⏹ Stopped.", "Hello."] == answers


def _world(folder: Path, kind: str) -> World:
    bots = {"flow": {"coze": "main", **(KINDS | {"background": BACKGROUND})[kind]}}
    routes = [{"name": "everyone", "bot": "flow"}]
    return World(folder, f"sqlite:///{folder / 'bridge.db'}", bots=bots, routes=routes)


async def _written(world: World) -> None:
    """What people see is also on the daemon's disk: it has answered somebody else since."""
    world.answers("hello", "Good ", "morning.")
    bob = world.in_private("Bob")
    bob.says("hello")
    await bob.reads("Good morning.")


def _heard(world: World) -> list[str]:
    """All that the workflow's runs or the chatflow's chats were told."""
    runs = [text for run in world.coze.runs for text in (run.turn.text, *run.replies)]
    return runs + [chat.question for chat in world.coze.chats]
