"""Photos, files and recordings go in, images come out, on both platforms."""

import base64
import json
import uuid
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from simulators.coze import BOT
from simulators.coze.script import Audio, Say
from tests.scenarios.harness import BridgeHarness, SlackTalk, TelegramTalk

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
JPG = b"\xff\xd8\xff\xe0 a photo"
PDF = b"%PDF-1.7\n a report"
OGG = b"OggS a voice"

Sharer = TelegramTalk | SlackTalk


def shares(talk: Sharer, kind: str, name: str, data: bytes, text: str = "") -> None:
    """Have somebody send a file the way people do there, perhaps with a word."""
    if isinstance(talk, SlackTalk):
        mime = {"photo": "image/jpeg", "voice": "audio/ogg", "document": "application/pdf"}[kind]
        file = talk.platform.file(talk.person, name, data, mimetype=mime)
        talk.platform.says(talk.person, text, talk.channel, files=[file])
    else:
        what = {"document": (name, data)} if kind == "document" else {kind: data}
        talk.platform.says(talk.person, caption=text, chat=talk.chat, **what)


@pytest.fixture(params=["in_private", "in_dm"])
def someone(request: pytest.FixtureRequest, shared_bridge: BridgeHarness) -> Sharer:
    """Somebody new, alone with the bot."""
    return _sharer(shared_bridge, request.param)


class TestWhatGoesIn:
    """The bot is shown what people send, by the rules of its messages."""

    async def test_a_photo_with_a_caption_is_one_message(self, shared_bridge: BridgeHarness, someone: Sharer) -> None:
        question = f"What is this, {someone.platform.__class__.__name__}?"
        shared_bridge.answers(question, "A ", "cat.")
        shares(someone, "photo", "cat.jpg", JPG, question)
        await someone.reads("A cat.")

        items = _items(shared_bridge, question)
        assert ["text", "image"] == [item["type"] for item in items]
        assert JPG == shared_bridge.coze.files[items[1]["file_id"]].content

    @pytest.mark.parametrize("where", ["in_private", "in_group"])
    async def test_an_album_is_one_question(self, shared_bridge: BridgeHarness, where: str) -> None:
        """In a group the caption alone mentions the bot; where the bot may hear the rest, that belongs to it."""
        ann, question = shared_bridge.someone(where, "Ann"), f"Which of these, {where}?"
        assert isinstance(ann, TelegramTalk)
        shared_bridge.answers(question, "The ", "last.")
        caption = question if where == "in_private" else ann.platform.mention(question)
        ann.platform.privacy[ann.platform.token] = False
        for word in (caption, "", ""):
            ann.platform.says(ann.person, caption=word, chat=ann.chat, photo=JPG, media_group_id=where)
        await ann.reads("The last.")

        assert ["text", "image", "image", "image"] == [item["type"] for item in _items(shared_bridge, question)]

    async def test_a_workflow_gets_a_photo_by_its_parameter(self, tmp_path: Path) -> None:
        bots = {"flow": {"coze": "main", "workflow_id": "7366468917055000000", "file": "picture"}}
        routes = [{"name": "everyone", "bot": "flow"}]
        async with BridgeHarness(tmp_path, f"sqlite:///{tmp_path / 'bridge.db'}", bots=bots, routes=routes) as bridge:
            await bridge.start()
            ann = _sharer(bridge, "in_private")
            bridge.coze.responder = lambda _: (Say(("A ", "cat.")),)
            shares(ann, "photo", "cat.jpg", JPG, "What is this?")
            await ann.reads("A cat.")
            [file_id] = bridge.coze.files

            given = {"picture": json.dumps({"file_id": file_id}), "input": "What is this?"}
            assert given == bridge.coze.runs[0].turn.parameters

    async def test_a_text_too_long_for_one_message_is_one_question(self, shared_bridge: BridgeHarness) -> None:
        """People's apps cut it up."""
        ann = shared_bridge.in_private("Ann")
        pieces = ["a" * 4096, "b" * 4096, "and so on"]
        shared_bridge.answers("\n".join(pieces), "That ", "is long.")
        for piece in pieces:
            ann.says(piece)
        ann.says("hello")
        await ann.reads("That is long.", "You said: hello")

    async def test_a_photo_without_a_word_is_asked_about_all_the_same(
        self, shared_bridge: BridgeHarness, someone: Sharer
    ) -> None:
        shared_bridge.answers("(image)", "A ", "cat.")
        shares(someone, "photo", "cat.jpg", JPG)
        await someone.reads("A cat.")

    async def test_a_report_keeps_its_name(self, shared_bridge: BridgeHarness, someone: Sharer) -> None:
        shared_bridge.answers("(file)", "All is ", "well.")
        shares(someone, "document", "Q3 报告.pdf", PDF)
        await someone.reads("All is well.")

        assert "Q3 报告.pdf" in {file.name for file in shared_bridge.coze.files.values()}

    async def test_a_file_that_lies_about_its_type_gets_its_true_ending(
        self, shared_bridge: BridgeHarness, someone: Sharer
    ) -> None:
        """Coze refuses what its name is not true to."""
        question = f"Read this, {someone.platform.__class__.__name__}"
        shared_bridge.answers(question, "Fine.")
        shares(someone, "document", "liar.png", PDF, question)
        await someone.reads("Fine.")

        assert "liar.pdf" in {file.name for file in shared_bridge.coze.files.values()}

    async def test_a_voice_note_is_heard(self, shared_bridge: BridgeHarness, someone: Sharer) -> None:
        shared_bridge.answers(shared_bridge.coze.hears, "I heard ", "you.")
        shares(someone, "voice", "note.ogg", OGG)
        await someone.reads("I heard you.")

    async def test_a_file_too_big_is_refused_in_words(self, shared_bridge: BridgeHarness, someone: Sharer) -> None:
        shares(someone, "document", "big.pdf", PDF + bytes(16 << 20))
        await someone.reads(
            "I cannot use this file: big.pdf (too big: at most 15 MB). Please try another kind, or a smaller one."
        )

    @pytest.mark.parametrize("name", ["big.pdf", "film of our holiday.mp4", "计划书.pdf", "notes"])
    async def test_what_was_written_beside_it_is_answered_although_the_file_is_useless(
        self, shared_bridge: BridgeHarness, someone: Sharer, name: str
    ) -> None:
        question = f"Never mind {name}, {someone.platform.__class__.__name__}"
        shared_bridge.answers(question, "As you ", "wish.")
        shares(someone, "document", name, PDF + bytes(16 << 20), question)
        await someone.reads(
            f"I cannot use this file: {name} (too big: at most 15 MB). I am answering the rest.", "As you wish."
        )


class TestNothingThatCanBeRead:
    """In a direct message of Slack's; Telegram's kinds that nobody knows are told of elsewhere."""

    @pytest.mark.parametrize(
        "what",
        [
            {"blocks": [{"type": "of_the_future"}]},
            {"attachments": [{"fallback": "[no preview available]"}]},
            {"attachments": [{"blocks": [{"type": "video", "video_url": "https://a.b/v"}]}]},
        ],
    )
    async def test_gets_a_true_sentence(self, shared_bridge: BridgeHarness, what: Any) -> None:
        bob = shared_bridge.in_dm("Bob")
        shared_bridge.slack.says(bob.person, "", **what)
        await bob.reads("I cannot read this kind of message. Could you say it in words?")

    @pytest.mark.parametrize(
        ("gone", "name"),
        [
            ({"mode": "tombstone"}, "file"),
            ({"mode": "hidden_by_limit"}, "a.txt"),
            ({"access": "file_not_found"}, "file"),
        ],
    )
    async def test_of_a_file_that_is_gone_it_is_said_and_the_rest_is_asked(
        self, shared_bridge: BridgeHarness, gone: dict[str, str], name: str
    ) -> None:
        ann, bob = shared_bridge.in_dm("Ann"), shared_bridge.in_dm("Bob")
        for talk, text in ((ann, ""), (bob, "sum it up")):
            file = shared_bridge.slack.file(talk.person, "a.txt", b"a", mimetype="text/plain", **gone)
            shared_bridge.slack.says(talk.person, text, files=[file])
        left_out = f"I cannot use this file: {name} (it could not be fetched)."

        await ann.reads(f"{left_out} Please try another kind, or a smaller one.")
        await bob.reads(f"{left_out} I am answering the rest.", "You said: sum it up")

    async def test_below_an_answer_is_not_taken_for_a_question_about_it(self, shared_bridge: BridgeHarness) -> None:
        ann, slack = shared_bridge.in_thread("Ann"), shared_bridge.slack
        slack.command(ann.person, "/coze", "name a lake", ann.channel)
        await ann.until(lambda: slack.bot_texts(ann.channel))
        [root] = [message.ts for message in slack.messages(ann.channel) if message.bot]
        slack.says(ann.person, "", ann.channel, root, blocks=[{"type": "of_the_future"}])
        slack.says(ann.person, "how deep?", ann.channel, root)
        await ann.until(lambda: "You said: how deep?" in slack.bot_texts(ann.channel, root))

        assert ["You said: how deep?"] == slack.bot_texts(ann.channel, root)[1:]


class TestWhatComesOut:
    """What a bot shows by its address is sent as what it is, and nothing inside is ever asked for it."""

    async def test_an_image_arrives_as_an_image(self, shared_bridge: BridgeHarness, someone: Sharer) -> None:
        question = f"Draw a cat, {someone.platform.__class__.__name__}"
        url = shared_bridge.coze.serve(f"cat-{someone.platform.__class__.__name__}.png", PNG)
        shared_bridge.answers(question, "Here it is: ", f"![a cat]({url})")
        someone.says(question)
        await someone.until(lambda: _files(someone))

        assert [PNG] == _files(someone)
        assert "a cat" in someone.answers[0]

    @pytest.mark.parametrize("fault", [{"status": 503}, {"status": 429}, {"cut": True}], ids=repr)
    async def test_an_image_whose_host_has_trouble_is_fetched_again(
        self, shared_bridge: BridgeHarness, someone: Sharer, fault: dict[str, object]
    ) -> None:
        name = f"late-{uuid.uuid4()}.png"
        shared_bridge.coze.faults.add("made", **fault, when=lambda asked: asked["name"] == name)
        shared_bridge.answers(name, f"![a cat]({shared_bridge.coze.serve(name, PNG)})")
        someone.says(name)
        await someone.until(lambda: _files(someone))

        assert [PNG] == _files(someone)

    async def test_a_link_that_is_called_a_picture_is_one(self, shared_bridge: BridgeHarness, someone: Sharer) -> None:
        """Coze's own plugins write their pictures so."""
        question = f"画一只猫, {someone.platform.__class__.__name__}"
        url = shared_bridge.coze.serve("drawn.png", PNG)
        shared_bridge.answers(question, "[图片]", f"({url})")
        someone.says(question)
        await someone.until(lambda: _files(someone))

        assert [PNG] == _files(someone)

    @pytest.mark.parametrize("way", ["loopback", "metadata", "redirection"])
    async def test_what_is_inside_is_not_asked_for(
        self, shared_bridge: BridgeHarness, someone: Sharer, way: str
    ) -> None:
        """The text arrives all the same, and the answer to the next question shows that nothing more comes."""
        who = f"{someone.platform.__class__.__name__} by {way}"
        inside = {
            "loopback": f"{shared_bridge.telegram.url}/secret.png",
            "metadata": "http://169.254.169.254/latest/meta-data/cat.png",
            "redirection": shared_bridge.coze.send_away(
                f"away-{someone.platform.__class__.__name__}", shared_bridge.slack.url
            ),
        }[way]
        shared_bridge.answers(f"Show me, {who}", "Look: ", f"![a cat]({inside})")
        shared_bridge.answers(f"And now, {who}?", "Nothing.")
        someone.says(f"Show me, {who}")
        await someone.gets(1)
        someone.says(f"And now, {who}?")
        answers = await someone.gets(2)

        assert "a cat" in answers[0]
        assert [] == _files(someone)

    async def test_what_is_no_image_stays_a_link(self, shared_bridge: BridgeHarness, someone: Sharer) -> None:
        who = someone.platform.__class__.__name__
        url = shared_bridge.coze.serve(f"page-{who}.png", b"<!doctype html><p>no cat</p>")
        shared_bridge.answers(f"A page, {who}", f"![a cat]({url})")
        shared_bridge.answers(f"And, {who}?", "Nothing.")
        someone.says(f"A page, {who}")
        await someone.gets(1)
        someone.says(f"And, {who}?")
        await someone.gets(2)

        assert [] == _files(someone)


class TestABotThatSpeaks:
    @pytest.mark.parametrize(
        ("name", "data", "medium"), [("said.ogg", OGG, "voice"), ("said.mp3", b"ID3\x03 a song", "audio")]
    )
    @pytest.mark.parametrize("words", ["![said]({url})", "[语音]({url})", "[here]({url})"])
    async def test_is_heard_in_telegram(
        self, shared_bridge: BridgeHarness, name: str, data: bytes, medium: str, words: str
    ) -> None:
        """Coze's own plugins write what they have spoken so."""
        ann = shared_bridge.in_private("Ann")
        url = shared_bridge.coze.serve(name, data)
        shared_bridge.answers(f"say {name} {words}", "Listen: ", words.format(url=url))
        ann.says(f"say {name} {words}")
        await ann.until(lambda: any(medium in message.media for message in ann.said()))


class TestSeveralPictures:
    @pytest.mark.parametrize("where", ["in_private", "in_group"])
    async def test_are_an_album_in_telegram(self, shared_bridge: BridgeHarness, where: str) -> None:
        ann = shared_bridge.someone(where)
        assert isinstance(ann, TelegramTalk)
        show(shared_bridge, ann, f"several {where}")
        await ann.until(lambda: len(_files(ann)) == 3)

        [album] = {message.media.get("media_group_id") for message in ann.said() if message.photo}
        assert album

    @pytest.mark.parametrize(("pictures", "albums"), [(2, [2]), (10, [10]), (11, [10, 1]), (13, [10, 3])])
    async def test_that_are_more_than_an_album_takes_go_on_behind_it(
        self, shared_bridge: BridgeHarness, pictures: int, albums: list[int]
    ) -> None:
        """In a group, which takes so many messages at once."""
        ann = shared_bridge.in_group("Ann")
        show(shared_bridge, ann, f"{pictures} pictures", pictures)
        await ann.until(lambda: len(_files(ann)) == pictures)

        assert albums == [
            *Counter(message.media.get("media_group_id") for message in ann.said() if message.photo).values()
        ]

    async def test_that_telegram_refuses_as_an_album_come_one_by_one(self, shared_bridge: BridgeHarness) -> None:
        ann = shared_bridge.in_private("Ann")
        refused = {"ok": False, "error_code": 400, "description": "Bad Request: WEBPAGE_MEDIA_EMPTY"}
        shared_bridge.telegram.faults.add("sendMediaGroup", status=400, body=refused)
        show(shared_bridge, ann, "several, refused")
        await ann.until(lambda: len(_files(ann)) == 3)

        assert {None} == {message.media.get("media_group_id") for message in ann.said() if message.photo}

    async def test_that_may_have_arrived_are_not_sent_again(self, bridge: BridgeHarness) -> None:
        await bridge.start()
        ann = bridge.in_private("Ann")
        came = bridge.holds(ann.platform, "sendMediaGroup", "")
        show(bridge, ann, "several, cut off")
        await came.wait()
        await bridge.kill()
        ann.platform.faults.clear()
        await bridge.start()
        ann.says("And?")
        await ann.until(lambda: "You said: And?" in ann.answers)
        assert await bridge.terminate() == 0

        assert [] == _files(ann)
        assert "send.uncertain" in bridge.log


def show(bridge: BridgeHarness, talk: Sharer, name: str, pictures: int = 3) -> None:
    """Have the bot answer with so many pictures."""
    urls = [bridge.coze.serve(f"{name.replace(' ', '-')}-{number}.png", PNG) for number in range(pictures)]
    bridge.answers(name, "Look: ", " ".join(f"![cat]({url})" for url in urls))
    talk.says(name)


class TestWhenTheDaemonDies:
    """A photo is asked about once, an image is sent at most once; what was written stands."""

    @pytest.mark.parametrize("where", ["in_private", "in_dm"])
    async def test_a_photo_is_asked_about_once(self, bridge: BridgeHarness, where: str) -> None:
        await bridge.start()
        ann = _sharer(bridge, where)
        bridge.answers("What is this?", "So far, a cat ", pause="dark", then=("on a mat.",))
        shares(ann, "photo", "cat.jpg", JPG, "What is this?")
        await bridge.paused("dark")
        await bridge.kill()
        await bridge.start()
        bridge.coze.go("dark")
        await ann.reads("So far, a cat on a mat.")
        assert await bridge.terminate() == 0

        assert 1 == len(bridge.coze.called("chat"))
        assert 1 == len(bridge.coze.called("files.upload"))

    @pytest.mark.parametrize(
        ("where", "call"), [("in_private", "sendPhoto"), ("in_dm", "files.completeUploadExternal")]
    )
    async def test_an_image_on_its_way_is_not_sent_again(self, bridge: BridgeHarness, where: str, call: str) -> None:
        """Nobody can tell whether it arrived; its link stands in the text."""
        await bridge.start()
        ann = _sharer(bridge, where)
        url = bridge.coze.serve("cat.png", PNG)
        bridge.answers("Draw!", "Here: ", f"![a cat]({url})")
        came = bridge.holds(ann.platform, call, "")
        ann.says("Draw!")
        await came.wait()
        await bridge.kill()
        ann.platform.faults.clear()
        await bridge.start()
        bridge.answers("And?", "That was ", "it.")
        ann.says("And?")
        answers = await ann.gets(2)
        assert await bridge.terminate() == 0

        assert "a cat" in answers[0]
        assert "That was it." == answers[1]
        assert [] == _files(ann)
        assert "send.uncertain" in bridge.log


def _sharer(bridge: BridgeHarness, where: str) -> Sharer:
    talk = bridge.someone(where)
    assert isinstance(talk, TelegramTalk | SlackTalk)
    return talk


def _files(talk: Sharer) -> list[bytes]:
    """What the bot has sent beside texts."""
    if isinstance(talk, SlackTalk):
        return [file.data for message in talk.said() for file in message.files]
    return [file.data for message in talk.said() for file in (message.photo, message.document) if file]


def _heard(talk: Sharer) -> list[bytes]:
    """What the bot has said aloud."""
    return [one.voice.data for one in talk.said() if one.voice] if isinstance(talk, TelegramTalk) else _files(talk)


def _items(shared_bridge: BridgeHarness, question: str) -> list[dict[str, str]]:
    """What stood in the message that asked *question*."""
    said = [call.params["additional_messages"][-1] for call in shared_bridge.coze.called("chat")]
    [content] = [one["content"] for one in said if question in one["content"] and one["content_type"] != "text"]
    items: list[dict[str, str]] = json.loads(content)
    return items


@pytest.mark.parametrize("where", ["in_private", "in_dm"])
async def test_a_bot_that_listens_gets_voice_notes_as_they_are_and_is_heard(tmp_path: Path, where: str) -> None:
    """Its spoken answer follows the written one."""
    bots = {"assistant": {"coze": "main", "bot_id": BOT, "voice": "audio"}}
    async with BridgeHarness(tmp_path, f"sqlite:///{tmp_path / 'bridge.db'}", bots=bots) as bridge:
        spoken = tuple(base64.b64encode(b"\xf0 ten milliseconds").decode() for _ in range(3))
        bridge.plays("", Say(("I hear ", "you.")), Audio(spoken))
        ann = _sharer(bridge, where)
        await bridge.start()
        shares(ann, "voice", "note.ogg", OGG)
        await ann.until(lambda: _heard(ann))
        assert await bridge.terminate() == 0

    assert "I hear you." == ann.answers[0]
    [sound] = _heard(ann)
    assert (b"OggS", 3) == (sound[:4], sound.count(b" ten milliseconds"))

    [content] = [one["content"] for one in bridge.coze.called("chat")[-1].params["additional_messages"]]
    [item] = json.loads(content)
    assert ("audio", OGG) == (item["type"], bridge.coze.files[item["file_id"]].content)
    assert [] == bridge.coze.called("audio.transcriptions")
