"""What `bridge.sdk.ports` promises of every adapter's ear."""

import pytest

from bridge.sdk.errors import Unreachable
from bridge.sdk.model import Address, CommandName
from bridge.sdk.ports import Adapter
from tests.contract.stages import ON_PLATFORMS, OnSimulator, Stage


async def test_what_is_said_to_the_bot_is_heard_as_it_was_said(stage: Stage) -> None:
    message = await stage.question("你好 🦊, how *are* you?")

    assert "你好 🦊, how *are* you?" == message.text
    assert Address.TO_US is message.address
    assert message.command is None
    assert "here" == message.where.adapter
    assert message.author.id
    assert message.keys


async def test_it_is_an_adapter_under_its_name_that_tells_how_it_is(stage: Stage) -> None:
    assert isinstance(stage.adapter, Adapter)
    assert "here" == stage.adapter.name
    assert stage.kind == stage.adapter.platform
    assert stage.adapter.deaf is None


async def test_what_could_not_be_kept_is_brought_again_with_a_key_that_tells(stage: Stage) -> None:
    """The promise of the house: a platform lets go of a message only when we have it."""
    stage.ear.failures.append(Unreachable("the disk is away"))
    stage.says("hello")
    kept = await stage.ear.keeps()

    assert ["hello", "hello"] == [one.text for one in stage.ear.brought]
    assert set(stage.ear.brought[0].keys) & set(kept.keys)


async def test_what_was_kept_is_acknowledged_and_no_other_message_takes_its_keys(stage: Stage) -> None:
    first = await stage.question("one")
    second = await stage.question("two")
    await stage.acknowledged()

    assert ["one", "two"] == [one.text for one in stage.ear.kept]
    assert not set(first.keys) & set(second.keys)


@pytest.mark.parametrize("stage", ON_PLATFORMS, indirect=True)
async def test_nothing_is_acknowledged_before_it_was_kept(stage: OnSimulator) -> None:
    """While `accept` is at work the platform still has the message, so a crash there loses nothing."""
    stage.ear.may_keep.clear()
    stage.says("hello")
    await stage.ear.is_brought()

    assert stage.unacknowledged()

    stage.ear.may_keep.set()
    await stage.acknowledged()

    assert ["hello"] == [one.text for one in stage.ear.kept]


async def test_our_own_words_are_heard_as_commands_however_they_are_spelled_there(stage: Stage) -> None:
    message = await stage.question("/new")

    assert CommandName.NEW is message.command
    assert stage.adapter.spell(CommandName.NEW).endswith("new")


async def test_it_stops_hearing_when_it_is_cancelled(stage: Stage) -> None:
    await stage._deafen()

    assert stage._hearing.cancelled()
