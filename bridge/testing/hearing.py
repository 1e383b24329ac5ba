"""What `bridge.sdk.ports` promises of every adapter that receives."""

import asyncio
from typing import Final

import pytest

from bridge.sdk.errors import Unreachable
from bridge.sdk.model import Address, CommandName
from bridge.sdk.ports import Adapter
from bridge.testing.harness import AdapterHarness, Trait

LOOP_TURNS: Final = 200
"""An acknowledgement that was sent too early has surely arrived by then, on one machine; one that was not, never does."""


@pytest.mark.asyncio
class HearingContract:
    """What somebody says, from the platform to `accept` and back as an acknowledgement."""

    async def test_what_is_said_to_the_bot_is_heard_as_it_was_said(self, harness: AdapterHarness) -> None:
        message = await harness.question("你好 🦊, how *are* you?")

        assert "你好 🦊, how *are* you?" == message.text
        assert Address.TO_US is message.address
        assert message.command is None
        assert "here" == message.where.adapter
        assert message.author.id
        assert message.dedupe_keys

    async def test_it_is_an_adapter_under_its_name_that_tells_how_it_is(self, harness: AdapterHarness) -> None:
        assert isinstance(harness.adapter, Adapter)
        assert "here" == harness.adapter.name
        assert harness.kind.platform == harness.adapter.platform
        assert harness.adapter.unavailable_reason is None

    async def test_what_could_not_be_kept_is_brought_again_with_a_key_that_tells(self, harness: AdapterHarness) -> None:
        """The promise of the house: a platform lets go of a message only when we have it."""
        harness.recorder.failures.append(Unreachable("the disk is away"))
        harness.says("hello")
        kept = await harness.recorder.keeps()

        assert ["hello", "hello"] == [one.text for one in harness.recorder.brought]
        assert set(harness.recorder.brought[0].dedupe_keys) & set(kept.dedupe_keys)

    async def test_what_was_kept_is_acknowledged_and_no_other_message_takes_its_keys(
        self, harness: AdapterHarness
    ) -> None:
        first = await harness.question("one")
        second = await harness.question("two")
        await harness.acknowledged()

        assert ["one", "two"] == [one.text for one in harness.recorder.kept]
        assert not set(first.dedupe_keys) & set(second.dedupe_keys)

    @pytest.mark.needs(Trait.KEEPS)
    async def test_nothing_is_acknowledged_before_it_was_kept(self, harness: AdapterHarness) -> None:
        """While `accept` is at work the platform still has the message, so a crash there loses nothing."""
        harness.recorder.may_keep.clear()
        harness.says("hello")
        await harness.recorder.is_brought()
        for _ in range(LOOP_TURNS):
            await asyncio.sleep(0)

        assert harness.unacknowledged()

        harness.recorder.may_keep.set()
        await harness.acknowledged()

        assert ["hello"] == [one.text for one in harness.recorder.kept]

    async def test_our_own_words_are_heard_as_commands_however_they_are_spelled_there(
        self, harness: AdapterHarness
    ) -> None:
        message = await harness.question("/new")

        assert CommandName.NEW is message.command
        assert harness.adapter.format_command(CommandName.NEW).endswith("new")

    async def test_it_stops_hearing_when_it_is_cancelled(self, harness: AdapterHarness) -> None:
        assert await harness.stop_hearing()
