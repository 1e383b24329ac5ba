"""
Forty messages on Telegram, with all that people send and the platform does, and the daemon killed six times among them.

Each is answered once. What the bot was asked is a text beside this file, which whoever changes it reads.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import yaml

from simulators.telegram.world import Json
from tests.scenarios.harness import BridgeHarness
from tests.scenarios.story import Story
from tests.scenarios.test_routes import configure

JPG = b"\xff\xd8\xff\xe0 a photo"
PDF = b"%PDF-1.7\n a report"
CODE = "what does this print?\n```\nfor each in (1, 2):\n    print(each,\t-each)\n```"
SUCCESSOR = "654321:TEST-TOKEN-of-another-bot-9876543210987654"


def forwarded(by: str) -> Json:
    return {"forward_origin": {"type": "hidden_user", "sender_user_name": by, "date": 1}}


class OnTelegram:
    """The people, the places, and what is said there."""

    def __init__(self, bridge: BridgeHarness) -> None:
        self.bridge, self.telegram, self.story = bridge, bridge.telegram, Story(bridge)
        self.ann, self.bob = self.telegram.person("Ann"), self.telegram.person("Bob")
        self.group = self.telegram.group("Tea", members=[self.ann, self.bob], basic=True)
        self.forum = self.telegram.group("Forum", members=[self.ann], forum=True)
        self.topic = self.telegram.topic(self.forum, "bridges")
        self.alone = partial(self.telegram.bot_texts, self.ann.id)
        self.among = lambda: self.telegram.bot_texts(self.group)

    def says(self, text: str = "", **more: object) -> Callable[[], object]:
        """Ann, alone with the bot."""
        return partial(self.telegram.says, self.ann, text, **more)  # type: ignore[arg-type]  # handed through

    def asks(self, text: str, **more: object) -> Callable[[], object]:
        """Ann, in the group, by the bot's name."""
        return partial(self.telegram.says, self.ann, self.telegram.mention(text), self.group, **more)  # type: ignore[arg-type]  # the same

    def newest(self, chat: int, *, of_bot: bool = True) -> int:
        """The number of the newest message in *chat*."""
        posted = self.telegram.messages(chat)
        return next(one.message_id for one in reversed(posted) if one.sender_is_bot is of_bot and not one.service)

    async def words_and_kinds(self) -> None:
        step, says, alone = self.story.step, self.says, self.alone
        await step("Ann, alone with the bot: code, as typed", alone, says(CODE))
        link = [{"type": "text_link", "offset": 5, "length": 4, "url": "https://example.com/tea"}]
        await step("a linked word", alone, says("read this, please", entities=link))
        place = {"latitude": 48.2, "longitude": 16.37}
        await step("a place", alone, says(more={"location": place}))
        cafe = {"location": place, "title": "Cafe", "address": "Main St 1"}
        await step(
            "a cafe, while the daemon is dead", alone, says(more={"venue": cafe, "location": place}), dies="before"
        )
        await step("a contact", alone, says(more={"contact": {"first_name": "Bo", "phone_number": "+43 1"}}))
        options = [{"text": "green", "voter_count": 2}, {"text": "black", "voter_count": 0}]
        await step("a poll", alone, says(more={"poll": {"id": "1", "question": "Which tea?", "options": options}}))
        await step("a story", alone, says(more={"story": {"id": 1, "chat": {"id": 7, "first_name": "Eve"}}}))
        rich = {"blocks": [{"type": "paragraph", "text": ["Lyon is ", {"type": "bold", "text": "old"}, "."]}]}
        await step("a rich message, forwarded", alone, says(more={"rich_message": rich} | forwarded("Digest")))
        sticker = {"file_id": "s", "file_unique_id": "u", "emoji": "👍"}
        await step("a sticker", alone, says(more={"sticker": sticker}))
        await step("an animated one", alone, says(more={"sticker": sticker | {"emoji": "😂", "is_animated": True}}))
        await step("a dice", alone, says(more={"dice": {"emoji": "🎯", "value": 6}}))
        tasks = [{"id": 1, "text": "milk", "completion_date": 1}, {"id": 2, "text": "tea"}]
        await step("a list", alone, says(more={"checklist": {"title": "To buy", "tasks": tasks}}))

    async def many_as_one(self) -> None:
        step, says, alone = self.story.step, self.says, self.alone
        quoted = says("Lyon is a city.", more=forwarded("Digest"))
        await step("a forward and its comment, killed in between", alone, quoted, says("is it?"), dies="between")
        burst = [says(f"{word}!", more=forwarded(word)) for word in ("One", "Two", "Three")]
        await step("three forwards in a row", alone, *burst)
        album = [says(caption=word, photo=JPG, media_group_id="a") for word in ("which is older?", "")]
        await step("an album, killed in the middle", alone, *album, dies="between")
        await step("a long paste", alone, says("a" * 4096), says("and what of that?"))
        await step("a text and the photo that comes with it", alone, says("what is on this?"), says(photo=JPG))

    async def commands_and_memory(self) -> None:
        step, says, alone = self.story.step, self.says, self.alone
        before = self.newest(self.ann.id)
        await step("a fresh memory, in a caption", alone, says(caption="/new what plant is this?", photo=JPG))
        await step("no command", alone, says("/status of my order 4711?"))
        await step("a fresh memory, and a question", alone, says("/new what is the capital of Peru?"))
        await step("a reply to an answer that was forgotten", alone, says("are you sure?", reply_to=before))
        newest = self.newest(self.ann.id)
        await step("a reply to the newest answer", alone, says("and of Chile?", reply_to=newest))
        passage = says("how old is that?", reply_to=self.newest(self.ann.id), more={"quote": {"text": "answer 21"}})
        await step("a reply to a passage of it", alone, passage)
        film = says(caption="summarise this film", document=("film.mp4", b"film"), size=50_000_000)
        await step("a file that is too big, and words", alone, film, answers=2)

    async def troubles(self) -> None:
        step, says, alone, telegram = self.story.step, self.says, self.alone, self.telegram
        refusal = {"ok": False, "error_code": 400, "description": "Bad Request: TEXTDRAFT_PEER_INVALID"}
        telegram.faults.add("sendMessageDraft", times=9, status=400, body=refusal)
        await step(
            "drafts are refused, and the daemon is killed within the answer", alone, says("do you grow?"), dies="within"
        )
        telegram.faults.clear()
        block, unblock = partial(telegram.block, self.ann), partial(telegram.unblock, self.ann)
        await step("Ann blocks the bot as it answers", alone, says("are you there?"), meanwhile=block)
        unblock()
        await step("she is back", alone, says("here I am again"))

    async def in_company(self) -> None:
        step, asks, among, telegram = self.story.step, self.asks, self.among, self.telegram
        await step("Ann, in a group", among, asks("name a bridge"))
        reply = partial(telegram.says, self.bob, "why that name?", self.group, reply_to=self.newest(self.group))
        await step("Bob replies to the answer that Ann got", among, reply)
        telegram.says(self.bob, chat=self.group, photo=JPG)
        photo = self.newest(self.group, of_bot=False)
        await step("Ann asks about Bob's photo", among, asks("what is in this picture?", reply_to=photo))
        telegram.says(self.bob, "how tall is Mont Blanc?", self.group)
        question = self.newest(self.group, of_bot=False)
        await step("the name alone, under Bob's question", among, asks("", reply_to=question), dies="before")
        telegram.mute(self.ann, self.group)
        unmuted = partial(telegram.unmute, self.ann, self.group)
        await step("the bot may not speak, is asked, and may speak again", among, asks("may you speak?"), after=unmuted)
        await step("an administrator deletes what grows", among, asks("what do you say?"), meanwhile=self.delete_newest)
        self.group = telegram.migrate(self.group)
        await step("the group became a supergroup", self.among, self.asks("do you remember me?"))

    def delete_newest(self) -> None:
        """Of the bot's messages in the group."""
        self.telegram.delete_message(self.group, self.newest(self.group))

    async def in_a_topic(self) -> None:
        question = partial(
            self.telegram.says, self.ann, self.telegram.mention("tell me all"), self.forum, thread=self.topic
        )
        screen = partial(self.telegram.bot_texts, self.forum)
        closed = partial(self.telegram.close_topic, self.forum, self.topic)
        words = "word " * 700
        await self.story.step(
            "a topic is closed midway", screen, question, meanwhile=closed, says=words, rest=words * 2
        )

    async def with_another_bot(self) -> None:
        """Under the same name in the config, so that its numbers begin anew."""
        await self.bridge.kill()
        self.telegram.add_bot(SUCCESSOR, "successor")
        adapters = yaml.safe_load(self.bridge.config.read_text())["adapters"]
        configure(self.bridge, adapters=adapters | {"helpdesk": adapters["helpdesk"] | {"token": SUCCESSOR}})
        await self.bridge.start(telegram=False)
        screen = partial(self.telegram.bot_texts, self.ann.id, bot="successor")
        await self.story.step("another bot of that name", screen, self.says("who are you?", bot="successor"))


async def test_on_telegram(tmp_path: Path) -> None:
    adapters = {"helpdesk": {"files": str(tmp_path)}}  # shared with a Bot API server of one's own
    async with BridgeHarness(tmp_path, f"sqlite:///{tmp_path / 'bridge.db'}", adapters=adapters) as bridge:
        bridge.telegram.world.local_files = tmp_path
        await bridge.start()
        conversation = OnTelegram(bridge)
        await conversation.words_and_kinds()
        await conversation.many_as_one()
        await conversation.commands_and_memory()
        await conversation.troubles()
        await conversation.in_company()
        await conversation.in_a_topic()
        await conversation.with_another_bot()
        expected, told = conversation.story.witnessed("telegram")

        assert expected == told
        assert 40 <= conversation.story.messages
        assert await bridge.terminate() == 0
