"""The line under a message that says that the bot is at work."""

import pytest

from bridge.sdk.model import MediaBytes
from tests.wire.slack.harness import QUESTION, asked, listening, part


@pytest.mark.parametrize("stream", ["auto", "edit", "off"])
async def test_goes_when_the_answer_stands_wherever_that_is(slack, heard, stream):
    """Slack takes it away itself only where the answer is in the same thread."""
    async with listening(slack, heard, stream=stream) as adapter:
        ann = slack.person("ann")
        ts = slack.says(ann, QUESTION)
        async with adapter.reply(await heard.one()) as sink:
            await slack.until(lambda: slack.status(slack.dm(ann), ts))
            await sink.finish(part("A way across."))
        await slack.until(lambda: not slack.status(slack.dm(ann), ts))

    assert ["A way across."] == slack.bot_texts(slack.dm(ann))


@pytest.mark.parametrize("stream", ["auto", "edit", "off"])
@pytest.mark.parametrize("how", ["grown", "in parts", "a sentence of ours", "a picture", "nothing"])
async def test_goes_however_the_turn_ends(slack, heard, stream, how):
    async with listening(slack, heard, stream=stream) as adapter:
        ann = slack.person("ann")
        ts = slack.says(ann, QUESTION)
        async with adapter.reply(await heard.one()) as sink:
            await slack.until(lambda: slack.status(slack.dm(ann), ts))
            await ended(sink, how)
        await slack.until(lambda: not slack.status(slack.dm(ann), ts))

    assert (how == "nothing") == (not slack.bot_texts(slack.dm(ann)))


async def ended(sink, how):
    """End a turn that way."""
    match how:
        case "grown":
            await sink.finish(part("A way across.", await sink.preview(part("A way"))))
        case "in parts":
            await sink.finish(part("A way across."))
            await sink.finish(part("Over water.", key="turn-1/1", index=1))
        case "a sentence of ours":
            await sink.notify("I cannot answer this.")
        case "a picture":
            await sink.attach(MediaBytes(name="bridge.png", mime="image/png", data=b"png"))


async def test_the_status_goes_when_nothing_was_said(slack, heard, adapter):
    message, desk, ts = await asked(slack, heard)
    async with adapter.reply(message):
        await slack.until(lambda: slack.status(desk, ts))
    await slack.until(lambda: not slack.status(desk, ts))

    assert [] == slack.bot_texts(desk, ts)


@pytest.mark.parametrize("stream", ["edit", "off", "auto"])
async def test_the_status_goes_though_the_answer_stands_beside_the_thread(slack, heard, stream):
    async with listening(slack, heard, stream=stream) as adapter:
        ann = slack.person("ann")
        ts = slack.says(ann, "hello")
        async with adapter.reply(await heard.one()) as sink:
            await slack.until(lambda: slack.status(slack.dm(ann), ts))
            await sink.finish(part("Hello, Ann."))
        await slack.until(lambda: not slack.status(slack.dm(ann), ts))
