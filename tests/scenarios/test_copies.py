"""A Slack mention comes twice: whatever one copy lacks, the bot is asked about all that the person sent."""

import json

import pytest

from bridge.sdk.copies import CAME_LATE
from tests.scenarios.harness import BridgeHarness, SlackThread

JPG = b"\xff\xd8\xff\xe0 a photo"


def shares(talk: SlackThread, text: str) -> None:
    """Mention the bot with a photo; the copy that comes at once lacks it."""
    slack = talk.platform
    slack.lacks_files, slack.late_copy = "mention", "message"
    photo = slack.file(talk.person, "cat.jpg", JPG, mimetype="image/jpeg")
    ts = slack.says(talk.person, slack.mention(text), talk.channel, talk.root, files=[photo])
    talk.root = talk.root or ts
    slack.lacks_files = slack.late_copy = None


async def accepted(talk: SlackThread) -> None:
    """Wait until all that was said is on disk."""
    await talk.until(talk.platform.courier.settled)


def asked(bridge: BridgeHarness, words: str) -> list[list[str]]:
    """What stood in each message that said *words*, beside them."""
    said = [call.params["additional_messages"][-1] for call in bridge.coze.called("chat")]
    items = [json.loads(one["content"]) for one in said if words in one["content"] and one["content_type"] != "text"]
    return [[item["type"] for item in each] for each in items]


@pytest.mark.parametrize("deaths", [0, 1])
async def test_a_file_that_comes_with_the_second_copy_belongs_to_the_question(
    bridge_on_each_db: BridgeHarness, deaths: int
) -> None:
    """It waits behind another answer, so nobody has claimed it; also across a crash."""
    bridge = bridge_on_each_db
    await bridge.start()
    ann = bridge.in_thread("Ann")
    bridge.half("tell me a story", "story")
    ann.says("tell me a story")
    await bridge.paused("story 1")
    shares(ann, "what is this?")
    await accepted(ann)
    for _ in range(deaths):
        await bridge.kill()
        await bridge.start()
    ann.platform.bring_late_copies()
    await accepted(ann)
    bridge.coze.go("story 1")
    bridge.coze.go("story 2")
    await ann.gets(2)

    assert [["text", "image"]] == asked(bridge, "what is this?")


async def test_a_file_that_comes_while_the_bot_answers_is_answered_in_the_same_place(
    shared_bridge: BridgeHarness,
) -> None:
    bridge, ann = shared_bridge, shared_bridge.in_thread("Ann")
    bridge.half("what is that?", "late")
    shares(ann, "what is that?")
    await bridge.paused("late 1")
    bridge.answers("what is that?", "A ", "cat.")
    ann.platform.bring_late_copies()
    await ann.reads("A cat.")

    assert [["text", "image"]] == asked(bridge, "what is that?")
    assert "canceled" == bridge.asked("what is that?")[0].status


async def test_a_file_that_comes_after_the_answer_is_asked_next(shared_bridge: BridgeHarness) -> None:
    bridge, ann = shared_bridge, shared_bridge.in_thread("Ann")
    bridge.answers("and what was that?", "I see ", "nothing.")
    shares(ann, "and what was that?")
    await ann.reads("I see nothing.")
    ann.says("go on")
    await ann.reads("I see nothing.", "You said: go on")
    ann.platform.bring_late_copies()
    await ann.gets(3)

    assert [["text", "image"]] == asked(bridge, CAME_LATE)
