"""
Forty messages on Slack, with all that people send and the platform does, and the daemon killed five times among them.

Each is answered once. What the bot was asked is a text beside this file, which whoever changes it reads.
"""

import base64
from functools import partial
from pathlib import Path
from typing import Any

from simulators.coze.script import Say
from simulators.slack.model import File
from tests.scenarios.harness import BridgeHarness
from tests.scenarios.story import Deed, Story

JPG = b"\xff\xd8\xff\xe0 a photo"
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
CODE = "what does this print?\n```\nfor each in (1, 2):\n    print(each,\t-each)\n```"
NESTED = "name\t\tqty\n- tea\n    - green   2\n    - black   1"


def refused(code: str) -> dict[str, Any]:
    return {"status": 200, "body": {"ok": False, "error": code}}


class OnSlack:
    """The people, the places, and what is said there."""

    def __init__(self, bridge: BridgeHarness) -> None:
        self.bridge, self.slack, self.story = bridge, bridge.slack, Story(bridge)
        self.ann, self.bob = self.slack.person("Ann"), self.slack.person("Bob")
        self.desk = self.slack.channel("help", members=[self.ann, self.bob])
        self.root = ""  # of the thread that is talked in
        self.alone = partial(self.slack.bot_texts, self.slack.dm(self.ann))

    def in_thread(self) -> list[str]:
        """What the bot has said in the thread."""
        return self.slack.bot_texts(self.desk, self.root) if self.root else []

    def says(self, text: str = "", **more: Any) -> Deed:
        """Ann, alone with the bot."""
        return partial(self.slack.says, self.ann, text, **more)

    def replies(self, text: str, by: Any = None, **more: Any) -> Deed:
        """Ann, or somebody else, in the thread."""
        return lambda: self.slack.says(by or self.ann, text, self.desk, self.root, **more)

    def begins(self, text: str, **more: Any) -> Deed:
        """Ann, who mentions the bot, and so begins a thread."""
        self.root = ""

        def deed() -> None:
            self.root = self.slack.says(self.ann, text, self.desk, mention=True, **more)

        return deed

    def commands(self, text: str, channel: str = "") -> Deed:
        """Ann, by slash command."""
        return partial(self.slack.command, self.ann, "/coze", text, channel or self.desk)

    def photo(self) -> File:
        return self.slack.file(self.ann, "cat.jpg", JPG, mimetype="image/jpeg")

    async def words(self) -> None:
        step, says, alone, slack = self.story.step, self.says, self.alone, self.slack
        await step("Ann, alone with the bot: code, as typed", alone, says(CODE))
        await step("tabs and a nested list", alone, says(NESTED))
        await step("a linked word, while the daemon is dead", alone, says("<https://a.b/c|this> please"), dies="before")
        names = f"does <@{self.bob.id}> know <#{self.desk}> and <!subteam^{slack.user_group('cooks')}>?"
        await step("people, channels and groups", alone, says(names))
        await step("a bare word that is no command while nothing runs", alone, says("stop"))
        await step("the same", alone, says("new"))
        await step("an emoji alone", alone, says(":thumbsup:"))
        lines = [{"type": "text", "text": "said\nBob, "}, {"type": "link", "url": "https://a.b/c", "text": "here"}]
        quoted = {"type": "rich_text", "elements": [{"type": "rich_text_quote", "elements": lines}]}
        await step("a quote that comes as blocks alone", alone, says(blocks=[quoted]))
        first = next(one.ts for one in slack.messages(slack.dm(self.ann)) if one.user == self.ann.id)
        await step("in a thread of that conversation", alone, says("and in here?", thread=first))
        await step("everybody is named", alone, says("<!here> why?"))
        await step("a photo without a word", alone, says(files=[self.photo()]))
        await step("a photo, and words", alone, says("what is this?", files=[self.photo(), self.photo()]))

    async def other_peoples_words(self) -> None:
        step, says, alone, slack = self.story.step, self.says, self.alone, self.slack
        plan = slack.file(self.bob, "plan.txt", b"the plan")
        shared = {"is_share": True, "author_name": "Bob", "text": "see *this*\nby noon", "files": [plan.wire()]}
        await step("a forwarded message with a file", alone, says(attachments=[shared]))
        await step("the same, and a comment", alone, says("do you agree?", attachments=[shared]))
        rows = [[{"type": "raw_text", "text": cell} for cell in row] for row in (("tea", "cups"), ("green", "2 | 3"))]
        table = {"fallback": "[no preview available]", "blocks": [{"type": "table", "rows": rows}]}
        await step("a pasted table", alone, says("sum it up", attachments=[table]))
        await step("a pasted table alone", alone, says(attachments=[table]))

    async def in_a_channel(self) -> None:
        step, slack, in_thread = self.story.step, self.slack, self.in_thread
        await step("Ann begins a thread", in_thread, self.begins("name a bridge"))
        await step("she goes on without a mention", in_thread, self.replies("and another"))
        await step(
            "Bob joins, killed within the answer", in_thread, self.replies("why those?", self.bob), dies="within"
        )
        slack.lacks_files, slack.late_copy = "message", "mention"
        photo = self.begins("what is this?", files=[self.photo()])
        await step("a photo, killed between the copies", in_thread, photo, slack.bring_late_copies, dies="between")
        slack.lacks_files = slack.late_copy = None
        self.root = slack.says(self.bob, "how tall is Mont Blanc?", self.desk)
        await step("the name alone, below Bob's question", in_thread, self.replies("", mention=True))
        await step("a mention with punctuation that is no command", in_thread, self.replies("new shoes?", mention=True))
        broadcast = self.replies("and in feet?", subtype="thread_broadcast")
        await step("a reply that is shown in the channel, too", in_thread, broadcast)
        trio = slack.mpim([self.ann, self.bob])
        among = partial(slack.bot_texts, trio)
        question = partial(slack.says, self.ann, "and here?", trio, mention=True)
        await step("in a group conversation, while the daemon is dead", among, question, dies="before")

    async def by_command(self) -> None:
        step, slack, commands, desk = self.story.step, self.slack, self.commands, self.desk
        posted = partial(slack.bot_texts, desk)
        await step("a question by slash command", posted, commands("name a tower"))
        self.root = next(one.ts for one in reversed(slack.messages(desk)) if one.bot)
        await step("a fresh memory, and a question, by command", posted, commands("new what is it made of?"))
        await step("Ann goes on below the answer", self.in_thread, self.replies("how old?"))
        await step("Bob does, too", self.in_thread, self.replies("who built it?", self.bob), dies="before")
        elsewhere = slack.channel("elsewhere", members=[self.ann], bot=False)
        await step("where the bot is not", partial(self.whispered, elsewhere), commands("are you there?", elsewhere))
        await step("a thread is stopped by command", self.in_thread, self.begins("on and on"), meanwhile=self.stop)
        await step("one's thread forgets by command", partial(self.whispered, desk), commands("new"), asks=0)
        await step("… and has forgotten", self.in_thread, self.replies("what did I say?"))

    def whispered(self, channel: str) -> list[str]:
        """What Ann alone can read there."""
        return [one.text for one in self.slack.ephemerals if one.channel == channel]

    def stop(self) -> None:
        """By the slash command."""
        self.commands("stop")()

    async def troubles(self) -> None:
        step, says, alone, slack = self.story.step, self.says, self.alone, self.slack
        slack.faults.add("users.info", **refused("user_not_found"))
        cy = slack.person("Cy")
        hers = partial(slack.bot_texts, slack.dm(cy))
        await step("somebody whom Slack does not know", hers, partial(slack.says, cy, "hello"))
        for code in ("invalid_blocks", "msg_too_long"):
            slack.faults.add("chat.startStream", **refused("unknown_method"))
            slack.faults.add("chat.postMessage", **refused(code))
            await step(f"an answer is refused: {code}", alone, says(f"say the same, {code}"))
            slack.faults.clear()
        slack.faults.add("chat.startStream", times=9, **refused("restricted_action_non_threadable_channel"))
        slack.faults.add("chat.postMessage", **refused("restricted_action_non_threadable_channel"))
        beside = partial(slack.bot_texts, self.desk)
        await step("a channel without threads", beside, self.begins("may one reply?"))
        slack.faults.clear()
        await self.picture()
        await step("a question", alone, says("what is one and one?"))
        ts = next(one.ts for one in reversed(slack.messages(slack.dm(self.ann))) if one.user == self.ann.id)
        await step("… is changed", alone, partial(slack.edits, self.ann, ts, "what is two and two?"), answers=0)

    async def picture(self) -> None:
        """The bot draws one, which is uploaded."""
        usual, url = self.bridge.coze.responder, self.bridge.coze.serve("cat.png", PNG)
        self.bridge.coze.responder = lambda _: (Say(("Here: ", f"![a cat]({url})")),)
        await self.story.step("the bot makes a picture", self.alone, self.says("draw a cat"), answers=2)
        self.bridge.coze.responder = usual


async def test_on_slack(tmp_path: Path) -> None:
    async with BridgeHarness(tmp_path, f"sqlite:///{tmp_path / 'bridge.db'}") as bridge:
        await bridge.start()
        conversation = OnSlack(bridge)
        await conversation.words()
        await conversation.other_peoples_words()
        await conversation.in_a_channel()
        await conversation.by_command()
        await conversation.troubles()
        expected, told = conversation.story.witnessed("slack")

        assert expected == told
        assert 40 <= conversation.story.messages
        assert await bridge.terminate() == 0
