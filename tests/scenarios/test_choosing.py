"""Several bots on a route: the first answers until somebody chooses another for their memory. And how people begin."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
import yaml

from simulators.coze import BOT
from tests.scenarios.dialogue import asks, tells
from tests.scenarios.harness import FIRST, PATIENCE, PLACES, BridgeHarness, SlackDirect, SlackTalk

GREETING = "Hello! I am the bot of this simulator."
BOTS = {"assistant": {"coze": "main", "bot_id": BOT}, "coder": {"coze": "main", "bot_id": BOT}}
SALES = {
    "name": "sales",
    "when": {"any": [{"start": ["sales"]}, {"start": "offer-2"}]},
    "bot": "coder",
    "memory": "chat",
    "prompts": ["What does it cost?"],
}
SEVERAL = {"name": "everyone", "bots": ["assistant", "coder"]}
ALONE = {"name": "alone", "when": {"language": "fr"}, "bot": "assistant"}
DEFAULTS = {"variables": {"campaign": "{start.payload}"}, "limits": {"messages": "1000/minute"}}
SECTIONS: dict[str, Any] = {"bots": BOTS, "routes": [SALES, ALONE, SEVERAL], "defaults": DEFAULTS}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def choosing(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[BridgeHarness]:
    """A bridge that runs and knows how its bots introduce themselves, shared by the stories of this file."""
    folder = tmp_path_factory.mktemp("choosing")
    async with BridgeHarness(folder, f"sqlite:///{folder / 'bridge.db'}", **SECTIONS) as bridge:
        await bridge.start()
        newcomer = bridge.in_private("Newcomer")
        async with asyncio.timeout(PATIENCE):
            while not (await tells(newcomer, "start")).startswith(GREETING):  # it is asked for once we run
                pass
        yield bridge
        assert await bridge.terminate() == 0


async def slash(bridge: BridgeHarness, talk: SlackTalk, words: str) -> str:
    """Give a slash command in Slack; gives what only they see of it."""
    before = len(bridge.slack.responses)
    bridge.slack.command(talk.person, "/coze", words, talk.channel)
    await bridge.slack.until(lambda: [one for one in bridge.slack.responses[before:] if one.text])
    return "".join(one.text for one in bridge.slack.responses[before:])


class TestChoosingABot:
    @pytest.mark.parametrize("place", PLACES)
    async def test_a_button_chooses_for_that_memory_alone(self, choosing: BridgeHarness, place: str) -> None:
        talk, other = choosing.someone(place), choosing.someone(place, "Bob")
        await asks(talk, "my cat is grey", "You said: my cat is grey")
        offer = await tells(talk, "bot")
        talk.presses("coder")
        chosen = (await talk.gets(3))[-1]
        status = await tells(talk, "status")
        await asks(talk, FIRST, "You began with: nothing")

        assert "assistant answers here" in offer
        assert "coder answers here now." == chosen
        assert "coder answers here." in status
        assert "assistant answers here." in await tells(other, "status")

    async def test_a_name_chooses_too_and_a_press_counts_every_time(self, choosing: BridgeHarness) -> None:
        ann = choosing.in_private("Ann")
        await asks(ann, "my cat is grey", "You said: my cat is grey")

        assert "coder answers here now." == await tells(ann, "bot CODER")
        assert "assistant answers here now." == await tells(ann, "bot  assistant ")
        assert "I know nobody of that name here" in await tells(ann, "bot nobody")
        for count in (5, 7):
            ann.presses("coder")
            assert "coder answers here now." == (await ann.gets(count))[-1]
            assert "assistant answers here now." == await tells(ann, "bot assistant")
        await asks(ann, FIRST, "You began with: my cat is grey")

    async def test_the_next_try_asks_who_was_chosen(self, choosing: BridgeHarness) -> None:
        ann = choosing.in_private("Ann")
        await asks(ann, "a haiku?", "You said: a haiku?")
        await tells(ann, "bot coder")
        ann.tells("retry")
        await ann.until(lambda: 2 == ann.answers.count("You said: a haiku?"))

        assert 2 == len({chat.conversation_id for chat in choosing.asked("a haiku?")})

    async def test_a_fresh_memory_keeps_the_choice(self, choosing: BridgeHarness) -> None:
        ann = choosing.in_private("Ann")
        await tells(ann, "bot coder")
        await tells(ann, "new")

        assert "coder answers here." in await tells(ann, "status")

    async def test_by_slash_command_only_who_gave_it_sees_it(self, choosing: BridgeHarness) -> None:
        bob = choosing.in_thread("Bob")
        await asks(bob, "hello", "You said: hello")

        assert "coder answers here now." == await slash(choosing, bob, "bot coder")
        assert ["You said: hello"] == bob.answers
        assert "coder answers here." in await tells(bob, "status")

    async def test_where_there_is_one_bot_it_says_so(self, choosing: BridgeHarness) -> None:
        ann = choosing.in_private("Ann", language="fr")

        assert "assistant answers here; there is nobody else to choose." == await tells(ann, "bot coder")
        assert "/bot" not in await tells(ann, "help")
        assert "/bot" in await tells(choosing.in_private("Bob"), "help")

    async def test_who_is_gone_from_the_file_is_chosen_no_more(self, choosing: BridgeHarness) -> None:
        ann = choosing.in_private("Ann")
        await tells(ann, "bot coder")
        whole = choosing.config.read_text()
        less = yaml.safe_load(whole)
        less["routes"][-1] = {"name": "everyone", "bot": "assistant"}
        choosing.config.write_text(yaml.safe_dump(less))
        await choosing.until(lambda: "config.reloaded" in choosing.log)
        status = await tells(ann, "status")
        reloads = choosing.log.count("config.reloaded")
        choosing.config.write_text(whole)
        await choosing.until(lambda: choosing.log.count("config.reloaded") > reloads)

        assert "assistant answers here." in status
        assert "coder answers here." in await tells(ann, "status")


async def test_a_choice_outlives_a_restart(bridge_on_each_db: BridgeHarness) -> None:
    bridge = bridge_on_each_db
    bridge.config.write_text(yaml.safe_dump(yaml.safe_load(bridge.config.read_text()) | SECTIONS))
    await bridge.start()
    ann, bob = bridge.in_private("Ann"), bridge.in_thread("Bob")
    await asks(bob, "hello", "You said: hello")
    await tells(ann, "bot coder")
    await tells(bob, "bot coder")
    assert await bridge.terminate() == 0
    await bridge.start("b")

    assert "coder answers here." in await tells(ann, "status")
    assert "coder answers here." in await tells(bob, "status")
    assert await bridge.terminate("b") == 0


class TestStarting:
    """``/start`` introduces the bot, and remembers the link by which somebody came."""

    @pytest.mark.parametrize("place", PLACES)
    async def test_the_bots_own_words_and_questions(self, choosing: BridgeHarness, place: str) -> None:
        talk = choosing.someone(place)
        await asks(talk, "hello", "You said: hello")
        welcome = await tells(talk, "start")
        talk.presses("What can you do?")
        await talk.until(lambda: talk.answers[-1].startswith("You said: ") and talk.answers[-1].endswith("can you do?"))

        assert welcome.startswith(GREETING)
        assert "help" in welcome
        assert "hello" not in talk.answers[-1], "what stands above the button is quoted, and nothing else"

    async def test_slacks_assistant_opens_with_them(self, choosing: BridgeHarness) -> None:
        slack, ann = choosing.slack, choosing.slack.person("Ann")
        thread = slack.opens_assistant(ann)
        await slack.until(lambda: (slack.dm(ann), thread) in slack.prompts)

        assert slack.bot_texts(slack.dm(ann), thread)[-1].startswith(GREETING)
        assert "What can you do?" in [prompt["message"] for prompt in slack.prompts[slack.dm(ann), thread]]

    @pytest.mark.parametrize("place", ["in_private", "in_dm"])
    async def test_a_deep_link_holds_until_a_fresh_memory(self, choosing: BridgeHarness, place: str) -> None:
        ann = choosing.someone(place)
        before = await tells(ann, "status")
        welcome = await (
            slash(choosing, ann, "start sales") if isinstance(ann, SlackDirect) else tells(ann, "start sales")
        )
        during = await tells(ann, "status")
        await asks(ann, f"an offer {place}?", f"You said: an offer {place}?")
        still = await tells(ann, "status")
        await tells(ann, "new")
        [told] = [
            call.params["custom_variables"] for call in choosing.coze.calls if f"offer {place}" in str(call.params)
        ]

        assert welcome.startswith(GREETING)
        assert ["assistant", "coder", "coder"] == [status.partition(" ")[0] for status in (before, during, still)]
        assert "assistant answers here." in await tells(ann, "status")
        assert {"campaign": "sales"} == told

    async def test_the_routes_own_prompts_come_first(self, choosing: BridgeHarness) -> None:
        ann = choosing.in_private("Ann")
        await tells(ann, "start sales")

        assert ["What does it cost?"] == ann.offers

    async def test_another_start_ends_it_too(self, choosing: BridgeHarness) -> None:
        ann = choosing.in_private("Ann")
        seen = []
        for command in ("start sales", "start Sales", "start offer-2", "start", "start sales", "start other"):
            await tells(ann, command)
            seen.append((await tells(ann, "status")).partition(" ")[0])

        assert ["coder", "assistant", "coder", "assistant", "coder", "assistant"] == seen

    async def test_what_is_asked_behind_new_is_asked_without_it(self, choosing: BridgeHarness) -> None:
        ann = choosing.in_private("Ann")
        await tells(ann, "start sales")
        await asks(ann, "/new something else?", "You said: something else?")
        [told] = [
            call.params["custom_variables"] for call in choosing.coze.calls if "something else?" in str(call.params)
        ]

        assert {"campaign": ""} == told
        assert "assistant answers here." in await tells(ann, "status")
