"""What `bridge.sdk.ports` promises of every place to answer in."""

import asyncio
from typing import Any

import pytest

from bridge.sdk.errors import MessageGone, Refused, Uncertain
from bridge.sdk.model import Attachment, MediaBytes, MediaKind, Ref
from bridge.sdk.ports import ReplySink
from tests.contract.harnesses import GROWING, ON_PLATFORMS, AdapterHarness, OnSimulator, part

NOT_CONSOLE = [name for name in GROWING if name in ON_PLATFORMS]

STEPS = ("Once ", "Once upon ", "Once upon a time 很久以前 ", "Once upon a time 很久以前 🦊")

CODE = "Look:\n\n```python\nif a < b:\n    print('你好')\n```"

SAID = {
    "Chinese": "很久很久以前，有一座桥。",
    "emoji": "🦊 👩‍👩‍👧‍👦 🏴󠁧󠁢󠁳󠁣󠁴󠁿 1️⃣",
    "brackets": "a < b && b > c; x<y",
    "mentions of everybody": "<!channel> <!here> <!everyone> @everyone @channel",
    "a mention of somebody": "<@U0ANN> <@U0ANN|ann> and <#C0HELP> <!subteam^S1>",
    "a right-to-left word": "שלום, world",
    "lines": "one\n\ntwo\n\nthree",
}


def at_work() -> set[asyncio.Task[object]]:
    """The tasks in which adapters do something."""
    return {task for task in asyncio.all_tasks() if "/adapters/" in repr(task.get_coro())}


async def stands(sink: ReplySink, text: str, **more: Any) -> Ref:
    """Show *text* as a preview if the place has any, and finish it."""
    ref = await sink.preview(part(text[: len(text) // 2], **more))
    return await sink.finish(part(text, ref, **more))


async def test_an_answer_that_grew_stands_there_once_and_exactly(harness: AdapterHarness) -> None:
    async with harness.answering() as sink:
        ref = None
        for step in STEPS:
            ref = await sink.preview(part(step, ref))
            assert len(harness.reads) <= 1
            assert all(STEPS[-1].startswith(text.strip()) for text in harness.reads)
        await sink.finish(part(STEPS[-1], ref))

    assert [STEPS[-1]] == harness.reads


@pytest.mark.parametrize("harness", GROWING, indirect=True)
async def test_an_answer_can_be_watched_where_the_place_says_so(harness: AdapterHarness) -> None:
    async with harness.answering() as sink:
        assert sink.surface.preview_interval is not None
        await sink.preview(part("Once upon a time"))

        assert 1 == len(harness.reads)
        assert harness.reads[0].startswith("Once upon a tim")


async def test_a_preview_leaves_a_message_just_where_the_place_says_so(harness: AdapterHarness) -> None:
    """What leaves a message must be written down before it is sent, what leaves none need not."""
    async with harness.answering() as sink:
        ref = await sink.preview(part("Once upon a time"))

        assert sink.surface.previews_are_messages or ref is None
        assert ref is None or sink.surface.preview_interval is not None


async def test_an_answer_that_was_never_shown_before_stands_there(harness: AdapterHarness) -> None:
    async with harness.answering() as sink:
        await sink.finish(part("A bridge."))

    assert ["A bridge."] == harness.reads


async def test_a_finished_part_finished_again_changes_nothing(harness: AdapterHarness) -> None:
    async with harness.answering() as sink:
        ref = await stands(sink, "A bridge.")
        again = await sink.finish(part("A bridge.", ref))

    assert ref == again
    assert ["A bridge."] == harness.reads


async def test_a_part_finished_by_another_process_changes_nothing(harness: AdapterHarness) -> None:
    async with harness.answering() as sink:
        ref = await stands(sink, "A bridge.")
    async with harness.taking_over() as sink:
        again = await sink.finish(part("A bridge.", ref))

    assert ref == again
    assert ["A bridge."] == harness.reads


@pytest.mark.parametrize("harness", NOT_CONSOLE, indirect=True)
async def test_another_process_completes_the_message_that_was_begun(harness: AdapterHarness) -> None:
    async with harness.answering() as sink:
        ref = await sink.preview(part("A bri"))
    async with harness.taking_over() as sink:
        ref = await sink.preview(part("A bridge is a", ref)) or ref
        done = await sink.finish(part("A bridge is a way over.", ref))

    assert ref in (None, done)
    assert ["A bridge is a way over."] == harness.reads


@pytest.mark.parametrize("harness", ON_PLATFORMS, indirect=True)
async def test_what_stands_can_become_something_else(harness: AdapterHarness) -> None:
    async with harness.answering() as sink:
        ref = await stands(sink, "A bridge is a fish.")
    async with harness.taking_over() as sink:
        await sink.finish(part("No.", ref))

    assert ["No."] == harness.reads


async def test_the_parts_of_an_answer_stand_in_their_order(harness: AdapterHarness) -> None:
    texts = [f"This is part {index} of the answer." for index in range(3)]
    async with harness.answering() as sink:
        for index, text in enumerate(texts):
            await stands(sink, text, index=index)

    assert texts == harness.reads


async def test_the_next_answer_stands_below(harness: AdapterHarness) -> None:
    async with harness.answering() as sink:
        await stands(sink, "One.")
    async with harness.answering() as sink:
        await stands(sink, "Two.", turn=2)

    assert ["One.", "Two."] == harness.reads


@pytest.mark.parametrize("said", SAID)
async def test_what_a_bot_says_stands_there_letter_by_letter(harness: AdapterHarness, said: str) -> None:
    """Also what would ring phones: it can be read, and does nothing."""
    async with harness.answering() as sink:
        await stands(sink, SAID[said])

    assert SAID[said] == "\n".join(harness.reads)
    assert harness.rung() == []


async def test_code_stands_there_as_it_was_written(harness: AdapterHarness) -> None:
    async with harness.answering() as sink:
        await stands(sink, CODE)
    (shown,) = harness.reads if harness.kind != "console" else ["\n".join(harness.reads)]

    assert "if a < b:\n    print('你好')" in shown
    assert harness.formats == ("```" not in shown)


@pytest.mark.parametrize("letter", ["x", "水", "🦊", "<"])
async def test_a_piece_of_exactly_the_limit_is_taken_whole(harness: AdapterHarness, letter: str) -> None:
    async with harness.answering() as sink:
        surface = sink.surface
        longest = letter * (surface.limit // surface.measure(letter))
        await stands(sink, longest)

    assert surface.measure(longest) <= surface.limit < surface.measure(longest + letter)
    assert [longest] == harness.reads


async def test_a_sentence_of_the_bridges_own_stands_apart(harness: AdapterHarness) -> None:
    async with harness.answering() as sink:
        ref = await sink.preview(part("A bri"))
        await sink.notify("Memory is fresh.")
        await sink.finish(part("A bridge.", ref))

    assert {"A bridge.", "Memory is fresh."} <= set(harness.reads)
    assert not any("Memory" in text and "bridge" in text for text in harness.reads)


@pytest.mark.parametrize("harness", ON_PLATFORMS, indirect=True)
async def test_while_an_answer_is_made_there_is_a_sign_of_life_and_then_none(harness: OnSimulator) -> None:
    before = at_work()
    async with harness.answering():
        await harness.alive()
    await harness.silent()

    assert [] == harness.reads
    async with asyncio.timeout(20):
        while at_work() - before:  # noqa: ASYNC110 - whoever gives signs does not announce the last one
            await asyncio.sleep(0)


async def test_only_its_own_message_is_found(harness: AdapterHarness) -> None:
    async with harness.answering() as sink:
        ref = await stands(sink, "A bridge.")

        assert await sink.find(part("A bridge.")) in (None, ref)
        assert await sink.find(part("A bridge.", turn=9)) is None


class TestTrouble:
    @pytest.mark.parametrize("harness", NOT_CONSOLE, indirect=True)
    async def test_a_preview_that_is_told_to_wait_neither_waits_nor_fails(self, harness: OnSimulator) -> None:
        """A newer preview makes an older one worthless."""
        async with harness.answering() as sink:
            harness.trouble(status=429, headers={"Retry-After": "600"}, times=9)
            async with asyncio.timeout(60):
                refs = [await sink.preview(part(step)) for step in STEPS]

        assert [None] * len(STEPS) == refs
        assert [] == harness.reads

    @pytest.mark.parametrize("harness", ON_PLATFORMS, indirect=True)
    async def test_a_final_waits_as_long_as_it_is_told(self, harness: OnSimulator) -> None:
        async with harness.answering() as sink:
            harness.trouble(status=429, headers={"Retry-After": "1"})
            await sink.finish(part("A bridge."))

        assert ["A bridge."] == harness.reads
        assert not harness.platform.faults.take("*", {"text": "", "markdown_text": ""})

    @pytest.mark.parametrize("harness", ON_PLATFORMS, indirect=True)
    async def test_a_send_whose_receipt_got_lost_is_told_and_not_repeated(self, harness: OnSimulator) -> None:
        """And where the platform can tell what became of it, it is found."""
        async with harness.answering() as sink:
            harness.trouble(apply=True, cut=True)
            with pytest.raises(Uncertain):
                await sink.finish(part("A bridge."))

            assert ["A bridge."] == harness.reads

            if found := await sink.find(part("A bridge.")):
                await sink.finish(part("A bridge.", found))

        assert ["A bridge."] == harness.reads

    @pytest.mark.parametrize("harness", ON_PLATFORMS, indirect=True)
    async def test_a_change_whose_receipt_got_lost_is_healed(self, harness: OnSimulator) -> None:
        async with harness.answering() as sink:
            ref = await sink.finish(part("A bridge."))
            harness.trouble(apply=True, cut=True)
            await sink.finish(part("A bridge over.", ref))

        assert ["A bridge over."] == harness.reads

    @pytest.mark.parametrize("harness", ON_PLATFORMS, indirect=True)
    async def test_a_message_that_has_gone_is_told_or_posted_anew(self, harness: OnSimulator) -> None:
        async with harness.answering() as sink:
            ref = await sink.finish(part("A bridge."))
            harness.delete(ref)
            try:
                anew = await sink.finish(part("A bridge over.", ref))
            except MessageGone:
                anew = await sink.finish(part("A bridge over."))

        assert ref != anew
        assert ["A bridge over."] == harness.reads


async def test_a_file_leaves_the_answer_as_it_is(harness: AdapterHarness) -> None:
    async with harness.answering() as sink:
        ref = await stands(sink, "Here is your cat.")
        await sink.attach(MediaBytes(name="cat.png", mime="image/png", data=b"\x89PNG\r\n\x1a\n a cat"))
        await sink.finish(part("Here is your cat.", ref))

    assert "Here is your cat." == harness.reads[0]


async def test_a_file_that_is_not_there_is_refused_in_words_for_people(harness: AdapterHarness) -> None:
    """Nobody else in the house knows what a handle means, so nobody else can say more."""
    with pytest.raises(Refused) as refused:
        await harness.adapter.fetch(Attachment(kind=MediaKind.FILE, handle="unknown"), at_most=1000)

    assert "file_unusable" == refused.value.message_id
