"""What is made of Telegram's limits and refusals: waits, drops, and errors for the core."""

import pytest

from bridge.sdk.errors import ChatGone, Later, Refused
from tests.wire.telegram.harness import answering, part, refusal


async def test_a_final_waits_as_long_as_telegram_asks(telegram):
    async with answering(telegram) as sink:
        telegram.faults.add("sendMessage", status=429, headers={"Retry-After": "1"})
        await sink.finish(part("Once upon"))

    assert [False, True] == [call.ok for call in telegram.called("sendMessage")]


@pytest.mark.parametrize("told", [{"retry_after": "1"}, {"retry_after": 1.0}, [1], None, {"retry_after": "soon"}])
async def test_a_wait_that_is_written_otherwise_is_kept_too(telegram, told):
    body = {"ok": False, "error_code": 429, "description": "Too Many Requests: retry after 1", "parameters": told}
    group = telegram.group("Tea")
    async with answering(telegram, said=telegram.mention("tea?"), chat=group) as sink:
        telegram.faults.add("sendMessage", status=429, body=body)
        await sink.finish(part("绿茶。"))

    assert ["绿茶。"] == telegram.bot_texts(group)


async def test_a_preview_told_to_wait_is_dropped_and_so_are_its_followers(telegram):
    async with answering(telegram) as sink:
        telegram.faults.add("sendMessageDraft", status=429, headers={"Retry-After": "30"})
        await sink.preview(part("Once"))
        await sink.preview(part("Once upon"))

    assert 1 == len(telegram.called("sendMessageDraft"))


@pytest.mark.parametrize("chat", ["in private", "in a group"])
async def test_after_it_answers_grow_in_larger_steps_there(telegram, chat):
    where = telegram.group("Tea", members=[telegram.person("Bob")]) if chat == "in a group" else None
    refused = "sendMessage" if where else "sendMessageDraft"
    async with answering(telegram, said=telegram.mention("hello"), chat=where) as sink:
        before = sink.surface.preview_interval
        telegram.faults.add(refused, status=429, headers={"Retry-After": "1"})
        await sink.preview(part("Once"))
        strained = sink.surface.preview_interval
    async with answering(telegram) as sink:
        elsewhere = sink.surface.preview_interval

    assert 2 * before == strained
    assert 0.9 == elsewhere


async def test_a_wait_beyond_patience_is_the_cores_to_plan(telegram):
    async with answering(telegram) as sink:
        telegram.faults.add("sendMessage", status=429, headers={"Retry-After": "300"})
        for _ in range(2):
            with pytest.raises(Later) as caught:
                await sink.finish(part("Once upon"))

            assert 299 < caught.value.retry_after < 302

    assert 1 == len(telegram.called("sendMessage"))


async def test_an_edit_whose_answer_got_lost_is_simply_repeated(telegram):
    async with answering(telegram, stream="edit") as sink:
        ref = await sink.preview(part("Once"))
        telegram.faults.add("editMessageText", apply=True, cut=True)

        assert ref == await sink.finish(part("Once upon", ref=ref))

    assert ["Once upon"] == telegram.bot_texts(next(iter(telegram.world.people)))


async def test_formatting_that_is_refused_is_done_without(telegram):
    async with answering(telegram) as sink:
        telegram.faults.add("sendMessage", **refusal("Bad Request: can't parse entities: something new"))
        await sink.finish(part("Once **upon** a time"))

    assert ["Once upon a time"] == telegram.bot_texts(next(iter(telegram.world.people)))


async def test_a_person_who_blocked_the_bot_cannot_be_answered(telegram):
    async with answering(telegram) as sink:
        telegram.faults.add("*", times=99, **refusal("Forbidden: bot was blocked by the user", 403))

        with pytest.raises(ChatGone):
            await sink.finish(part("Once upon"))


async def test_a_proxys_page_that_quotes_the_address_does_not_spread_the_token(telegram):
    async with answering(telegram) as sink:
        telegram.faults.add("*", times=99, status=400, body=f"no such page: /bot{telegram.token}/sendMessage")

        with pytest.raises(Refused) as caught:
            await sink.finish(part("Once upon"))

    assert telegram.token not in repr(caught.value) + repr(caught.value.__cause__)


async def test_a_sentence_of_the_bridges_own_is_a_message(telegram):
    async with answering(telegram) as sink:
        await sink.notify("Memory is *fresh*.")

    assert ["Memory is *fresh*."] == telegram.bot_texts(next(iter(telegram.world.people)))
