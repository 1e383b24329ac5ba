"""What people send on Slack, and what the bot is asked then: through the daemon, to the simulated Coze."""

from collections.abc import Mapping
from typing import Any

import pytest

from simulators.slack.model import Person
from tests.scenarios.harness import BridgeHarness
from tests.scenarios.test_routes import configure

Json = Mapping[str, Any]

QUIET = {"name": "quiet", "when": {"adapter": "acme", "chat_type": "group"}, "discard": True}


def run(text: str, **more: object) -> Json:
    return {"type": "text", "text": text, **more}


def part(kind: str, *elements: Json, **more: object) -> Json:
    return {"type": f"rich_text_{kind}", "elements": [*elements], **more}


def item(text: str) -> Json:
    return part("section", run(text))


def blocks(*parts: Json) -> dict[str, Any]:
    return {"blocks": [{"type": "rich_text", "elements": [*parts]}]}


async def is_asked(bridge: BridgeHarness, question: str) -> None:
    await bridge.until(lambda: bridge.asked(question))


class TestBlocksAlone:
    """Text that comes without a text, as what is pasted may."""

    @pytest.mark.parametrize(
        ("said", "question"),
        [
            (
                [
                    part("list", item("tea"), item("cake"), style="ordered", indent=0),
                    part("list", item("green"), style="bullet", indent=1),
                    part("list", item("milk"), style="ordered", indent=0, offset=2),
                ],
                "1. tea\n2. cake\n    ◦ green\n3. milk",
            ),
            (
                [part("quote", run("to be\n\nor not")), part("section", run("who wrote it?"))],
                "> to be\n> \n> or not\nwho wrote it?",
            ),
            (
                [part("preformatted", run("if a < b:\n\tgo()")), part("section", run("and "), run("x", style={"code": True}))],
                "```\nif a < b:\n\tgo()\n```\nand `x`",
            ),
            (
                [part("section", {"type": "color", "value": "#C0FFEE"}, run(" or "), {"type": "emoji", "name": "tada"})],
                "#C0FFEE or :tada:",
            ),
            ([part("section", {"type": "date", "timestamp": 1720710212}, run("?"))], "2024-07-11 15:03 UTC?"),
            ([part("section", {"type": "broadcast", "range": "channel"}, run(" late?"))], "@channel late?"),
            (
                [part("section", {"type": "link", "url": "https://a.b/x|y?q=<1>&r", "text": "1 | 2 > 0"})],
                "1 | 2 > 0 (https://a.b/x%7Cy?q=<1>&r)",
            ),
            ([part("section", {"type": "link", "url": "mailto:a@b.c", "text": "a@b.c"})], "a@b.c"),
        ],
    )  # fmt: skip
    async def test_reads_as_it_was_written(self, shared_bridge: BridgeHarness, said: list[Json], question: str) -> None:
        ann = shared_bridge.in_dm("Ann")
        ann.platform.says(ann.person, "", **blocks(*said))
        await is_asked(shared_bridge, question)


class TestWhatAppsAttach:
    """All that people see of it: Slack's own word for it is no file."""

    @pytest.mark.parametrize(
        ("attachment", "quoted"),
        [
            ({"author_name": "Bob", "text": "by &lt;noon&gt;"}, "from Bob:\n> by <noon>"),
            (
                {
                    "pretext": "Disk",
                    "title": "web1",
                    "title_link": "https://a.b/1",
                    "text": "90 %",
                    "fallback": "Disk 90",
                },
                ":\n> Disk\n> web1 (https://a.b/1)\n> 90 %",
            ),
            (
                {
                    "service_name": "Jira",
                    "fields": [{"title": "Prio", "value": "high"}, {"title": "Team", "value": ""}],
                },
                "from Jira:\n> Prio: high\n> Team",
            ),
            (
                {
                    "service_name": "News",
                    "from_url": "https://a.b",
                    "title": "Tea",
                    "title_link": "https://a.b",
                    "text": "Hot.",
                },
                "from News:\n> Tea\n> Hot.",
            ),
            ({"fallback": "a chart"}, ":\n> a chart"),
        ],
    )
    async def test_is_quoted(self, shared_bridge: BridgeHarness, attachment: Json, quoted: str) -> None:
        ann = shared_bridge.in_dm("Ann")
        ann.platform.says(ann.person, "and this?", attachments=[{"is_share": True, **attachment}])
        await is_asked(shared_bridge, f"Forwarded {quoted}".replace("Forwarded :", "Forwarded:") + "\n\nand this?")


class TestAChangedMention:
    @pytest.mark.parametrize("before", ["are you there", "is anybody there"])
    async def test_is_heard_of_by_who_hears_of_mentions_alone(self, shared_bridge: BridgeHarness, before: str) -> None:
        """Whether it was a question already, and is answered anew, or becomes one only now."""
        ann = shared_bridge.in_thread("Ann")
        slack = ann.platform
        slack.subscriptions.discard("message.channels")
        is_mention = before.startswith("are")
        ann.root = slack.says(ann.person, before, ann.channel, mention=is_mention)
        if is_mention:
            await ann.reads(f"You said: {before}")
        slack.edits(ann.person, ann.root, slack.mention(f"{before} now?"))
        await ann.reads(f"You said: {before} now?")
        slack.subscriptions.add("message.channels")


class TestAGroupDirectMessageThatARouteDiscards:
    """Its id begins as a channel's, and one copy of a mention does not tell what it is: neither is answered."""

    async def test_is_silent_whatever_is_said_there_and_whichever_copy_comes(self, bridge: BridgeHarness) -> None:
        slack = bridge.slack
        configure(bridge, routes=[QUIET, {"name": "everyone", "bot": "assistant"}])
        await bridge.start()
        people = [slack.person(name) for name in ("Ann", "Bob", "Cid", "Dee", "Eve", "Flo")]
        chats = [slack.mpim(people[:count]) for count in (2, 3, 4, 5, 6)]
        for chat, first in zip(chats, ("mention", "message", "shuffled"), strict=False):
            slack.both_orders = first
            slack.says(people[0], "is anybody there?", chat, mention=True)
        await self._says_by_one_copy(bridge, people, chats[3:])
        slack.says(people[0], "what is it?", chats[0], mention=True, files=[slack.file(people[0], "a.txt", b"tea")])
        root = slack.says(people[1], "nobody asks a bot", chats[1])
        slack.says(people[1], "and you?", chats[1], thread=root, mention=True)
        slack.edits(people[1], root, slack.mention("somebody asks a bot"))
        await slack.until(slack.courier.settled)
        slack.says(people[0], "what is discarded?")
        channel = slack.channel("help", members=people)
        slack.says(people[0], "and in a channel?", channel, mention=True)
        await bridge.until(lambda: bridge.asked("and in a channel?") and bridge.asked("what is discarded?"))
        assert await bridge.terminate() == 0

        assert 2 == len(bridge.coze.chats)
        assert [] == [text for chat in chats for text in slack.bot_texts(chat)]

    async def _says_by_one_copy(self, bridge: BridgeHarness, people: list[Person], chats: list[str]) -> None:
        for chat, unheard in zip(chats, ("message.mpim", "app_mention"), strict=True):
            bridge.slack.subscriptions.discard(unheard)
            bridge.slack.says(people[0], "are you there?", chat, mention=True)
            await bridge.slack.until(bridge.slack.courier.settled)
            bridge.slack.subscriptions.add(unheard)


class TestAFile:
    @pytest.mark.parametrize(
        ("name", "mimetype"),
        [
            ("plan.txt", "text/plain\0"),
            ("a/b\\c.txt", 'text/plain; charset="x\r\ny"'),
            ("空 名.txt", "text/plain"),
            ("n" * 300 + ".txt", "\0"),
            ("..", "text"),
        ],
    )
    async def test_reaches_the_bot_whatever_it_is_called(
        self, shared_bridge: BridgeHarness, name: str, mimetype: str
    ) -> None:
        ann = shared_bridge.in_dm("Ann")
        content = f"the plan of {ann.channel}".encode()
        ann.platform.says(
            ann.person, "is it good?", files=[ann.platform.file(ann.person, name, content, mimetype=mimetype)]
        )
        await ann.reads("You said: is it good?")

        [kept] = [file.name for file in shared_bridge.coze.files.values() if file.content == content]
        assert not set(kept) & set("/\\\0\r\n")
