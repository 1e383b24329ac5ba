"""What `bridge.sdk.ports` promises of every place to answer in."""

import asyncio
import inspect
from pathlib import Path
from typing import Final

import pytest

from bridge.sdk.errors import Refused
from bridge.sdk.model import Attachment, MediaBytes, MediaKind
from bridge.sdk.ports import Adapter
from bridge.testing.harness import PATIENCE, STEPS, AdapterHarness, Trait, part, stand

CODE: Final = "Look:\n\n```python\nif a < b:\n    print('你好')\n```"

SAID: Final = {
    "Chinese": "很久很久以前，有一座桥。",
    "emoji": "🦊 👩‍👩‍👧‍👦 🏴󠁧󠁢󠁳󠁣󠁴󠁿 1️⃣",
    "brackets": "a < b && b > c; x<y",
    "mentions of everybody": "<!channel> <!here> <!everyone> @everyone @channel",
    "a mention of somebody": "<@U0ANN> <@U0ANN|ann> and <#C0HELP> <!subteam^S1>",
    "a right-to-left word": "שלום, world",
    "lines": "one\n\ntwo\n\nthree",
}


def at_work(adapter: Adapter) -> set[asyncio.Task[object]]:
    """The tasks in which code of the adapter's folder runs."""
    folder = str(Path(inspect.getfile(type(adapter))).parent)
    return {task for task in asyncio.all_tasks() if folder in repr(task.get_coro())}


@pytest.mark.asyncio
class AnsweringContract:
    """An answer as people see it: while it grows, once it stands, and after another process has taken over."""

    async def test_an_answer_that_grew_stands_there_once_and_exactly(self, harness: AdapterHarness) -> None:
        async with harness.answering() as sink:
            ref = None
            for step in STEPS:
                ref = await sink.preview(part(step, ref))
                assert len(harness.reads) <= 1
                assert all(STEPS[-1].startswith(text.strip()) for text in harness.reads)
            await sink.finish(part(STEPS[-1], ref))

        assert [STEPS[-1]] == harness.reads

    @pytest.mark.needs(Trait.GROWS)
    async def test_an_answer_can_be_watched_where_the_place_says_so(self, harness: AdapterHarness) -> None:
        async with harness.answering() as sink:
            assert sink.surface.preview_interval is not None
            await sink.preview(part("Once upon a time"))

            assert 1 == len(harness.reads)
            assert harness.reads[0].startswith("Once upon a tim")

    async def test_a_preview_leaves_a_message_just_where_the_place_says_so(self, harness: AdapterHarness) -> None:
        """What leaves a message must be written down before it is sent, what leaves none need not."""
        async with harness.answering() as sink:
            ref = await sink.preview(part("Once upon a time"))

            assert sink.surface.previews_are_messages or ref is None
            assert ref is None or sink.surface.preview_interval is not None

    async def test_an_answer_that_was_never_shown_before_stands_there(self, harness: AdapterHarness) -> None:
        async with harness.answering() as sink:
            await sink.finish(part("A bridge."))

        assert ["A bridge."] == harness.reads

    async def test_a_finished_part_finished_again_changes_nothing(self, harness: AdapterHarness) -> None:
        async with harness.answering() as sink:
            ref = await stand(sink, "A bridge.")
            again = await sink.finish(part("A bridge.", ref))

        assert ref == again
        assert ["A bridge."] == harness.reads

    async def test_a_part_finished_by_another_process_changes_nothing(self, harness: AdapterHarness) -> None:
        async with harness.answering() as sink:
            ref = await stand(sink, "A bridge.")
        async with harness.taking_over() as sink:
            again = await sink.finish(part("A bridge.", ref))

        assert ref == again
        assert ["A bridge."] == harness.reads

    @pytest.mark.needs(Trait.GROWS, Trait.CHANGES)
    async def test_another_process_completes_the_message_that_was_begun(self, harness: AdapterHarness) -> None:
        async with harness.answering() as sink:
            ref = await sink.preview(part("A bri"))
        async with harness.taking_over() as sink:
            ref = await sink.preview(part("A bridge is a", ref)) or ref
            done = await sink.finish(part("A bridge is a way over.", ref))

        assert ref in (None, done)
        assert ["A bridge is a way over."] == harness.reads

    @pytest.mark.needs(Trait.CHANGES)
    async def test_what_stands_can_become_something_else(self, harness: AdapterHarness) -> None:
        async with harness.answering() as sink:
            ref = await stand(sink, "A bridge is a fish.")
        async with harness.taking_over() as sink:
            await sink.finish(part("No.", ref))

        assert ["No."] == harness.reads

    async def test_the_parts_of_an_answer_stand_in_their_order(self, harness: AdapterHarness) -> None:
        texts = [f"This is part {index} of the answer." for index in range(3)]
        async with harness.answering() as sink:
            for index, text in enumerate(texts):
                await stand(sink, text, index=index)

        assert texts == harness.reads

    async def test_the_next_answer_stands_below(self, harness: AdapterHarness) -> None:
        async with harness.answering() as sink:
            await stand(sink, "One.")
        async with harness.answering() as sink:
            await stand(sink, "Two.", turn=2)

        assert ["One.", "Two."] == harness.reads

    @pytest.mark.parametrize("said", SAID)
    async def test_what_a_bot_says_stands_there_letter_by_letter(self, harness: AdapterHarness, said: str) -> None:
        """Also what would ring phones: it can be read, and does nothing."""
        async with harness.answering() as sink:
            await stand(sink, SAID[said])

        assert SAID[said] == "\n".join(harness.reads)
        assert harness.rung() == []

    async def test_code_stands_there_as_it_was_written(self, harness: AdapterHarness) -> None:
        async with harness.answering() as sink:
            await stand(sink, CODE)
        shown = "\n".join(harness.reads)

        assert "if a < b:\n    print('你好')" in shown
        assert (Trait.FORMATS in harness.traits) == ("```" not in shown)

    @pytest.mark.parametrize("letter", ["x", "水", "🦊", "<"])
    async def test_a_piece_of_exactly_the_limit_is_taken_whole(self, harness: AdapterHarness, letter: str) -> None:
        async with harness.answering() as sink:
            surface = sink.surface
            longest = letter * (surface.limit // surface.measure(letter))
            await stand(sink, longest)

        assert surface.measure(longest) <= surface.limit < surface.measure(longest + letter)
        assert [longest] == harness.reads

    async def test_a_sentence_of_the_bridges_own_stands_apart(self, harness: AdapterHarness) -> None:
        async with harness.answering() as sink:
            ref = await sink.preview(part("A bri"))
            await sink.notify("Memory is fresh.")
            await sink.finish(part("A bridge.", ref))

        assert {"A bridge.", "Memory is fresh."} <= set(harness.reads)
        assert not any("Memory" in text and "bridge" in text for text in harness.reads)

    @pytest.mark.needs(Trait.SHOWS_LIFE)
    async def test_while_an_answer_is_made_there_is_a_sign_of_life_and_then_none(self, harness: AdapterHarness) -> None:
        before = at_work(harness.adapter)
        async with harness.answering():
            await harness.alive()
        await harness.silent()

        assert [] == harness.reads
        async with asyncio.timeout(PATIENCE):
            while at_work(harness.adapter) - before:  # noqa: ASYNC110 - whoever gives signs does not announce the last one
                await asyncio.sleep(0)

    async def test_only_its_own_message_is_found(self, harness: AdapterHarness) -> None:
        async with harness.answering() as sink:
            ref = await stand(sink, "A bridge.")

            assert await sink.find(part("A bridge.")) in (None, ref)
            assert await sink.find(part("A bridge.", turn=9)) is None

    async def test_a_file_leaves_the_answer_as_it_is(self, harness: AdapterHarness) -> None:
        async with harness.answering() as sink:
            ref = await stand(sink, "Here is your cat.")
            await sink.attach(MediaBytes(name="cat.png", mime="image/png", data=b"\x89PNG\r\n\x1a\n a cat"))
            await sink.finish(part("Here is your cat.", ref))

        assert "Here is your cat." == harness.reads[0]

    async def test_a_file_that_is_not_there_is_refused_in_words_for_people(self, harness: AdapterHarness) -> None:
        """Nobody else in the house knows what a handle means, so nobody else can say more."""
        with pytest.raises(Refused) as refused:
            await harness.adapter.fetch(Attachment(kind=MediaKind.FILE, handle="unknown"), at_most=1000)

        assert "file_unusable" == refused.value.message_id
