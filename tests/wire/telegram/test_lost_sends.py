"""When Telegram's answer to a call is lost, what was sent is found again and not repeated."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace

import pytest

from adapters.telegram.lost_sends import LOOKED_AT_BELOW, LOOKED_AT_LATER, LOOKED_AT_MOST, LOOKED_AT_ONCE, MessageIds
from adapters.telegram.pace import ChatCall
from bridge.sdk.answers import Buttons
from bridge.sdk.errors import Uncertain
from bridge.sdk.model import MediaBytes, Ref
from simulators.telegram.flood import Flood
from tests.wire.telegram.harness import answering, hearing, part


def lost(telegram, words, **how):
    """Have the answer get lost to the next call that posts those *words*, which is done."""
    telegram.faults.add("sendMessage", apply=True, cut=True, when=lambda params: words in str(params), **how)


def looks(telegram):
    return [call.params["message_id"] for call in telegram.called("editMessageText")]


@pytest.mark.parametrize("where", ["private", "basic", "supergroup", "forum"])
async def test_a_message_whose_answer_got_lost_is_found_and_not_repeated(telegram, where):
    chat = None if where == "private" else telegram.group("Tea", basic=where == "basic", forum=where == "forum")
    thread = telegram.topic(chat, "Green") if where == "forum" else None
    said = "tea?" if chat is None else telegram.mention("tea?")
    async with answering(telegram, said=said, chat=chat, thread=thread) as sink:
        lost(telegram, "Green")
        ref = await sink.finish(replace(part("Green **tea**."), buttons=Buttons(follow_ups=("Black?",))))

    place = chat or next(iter(telegram.world.people))
    [message] = [one for one in telegram.messages(place) if one.sender_is_bot and not one.service]
    assert (Ref(str(message.message_id)), "Green tea.", 0) == (ref, message.text, message.edits)
    assert 1 == len(telegram.called("sendMessage"))


async def test_it_is_found_among_all_that_others_say_meanwhile(telegram):
    bob = telegram.person("Bob")
    async with answering(telegram) as sink:
        for word in ("one", "two", "three"):
            telegram.says(bob, word)
        lost(telegram, "Once")
        telegram.faults.add("getUpdates", times=99)
        ref = await sink.finish(part("Once upon"))

    [message] = [one for one in telegram.world.private.values() if one.person != bob]
    assert "Once upon" == message.messages[int(ref)].text
    assert 1 == len(telegram.called("sendMessage"))


async def test_what_surely_does_not_stand_is_sent_again(telegram):
    """A server answers so before and after the deed."""
    async with answering(telegram) as sink:
        telegram.faults.add("sendMessage", status=502)
        await sink.finish(part("Once upon"))

    assert ["Once upon"] == telegram.bot_texts(next(iter(telegram.world.people)))
    assert 2 == len(telegram.called("sendMessage"))
    assert LOOKED_AT_ONCE == len(looks(telegram))


@pytest.mark.parametrize("result", [True, {"message_id": 3, "date": 1, "chat": {"id": 42, "type": "private"}}])
async def test_a_server_that_takes_any_edit_reveals_nothing(telegram, result):
    """To take its word would be silence where nothing was sent."""
    group = telegram.group("Tea")
    telegram.faults.add("editMessageText", times=99, status=200, body={"ok": True, "result": result})
    async with answering(telegram, said=telegram.mention("tea?"), chat=group) as sink:
        telegram.faults.add("sendMessage", status=502)
        await sink.finish(part("Once upon"))
        telegram.faults.add("sendMessage", status=502)
        await sink.finish(part("a time."))

    assert ["Once upon", "a time."] == telegram.bot_texts(group)
    assert 2 == len(looks(telegram)), "which is not asked again"


@pytest.mark.parametrize(
    ("gone", "stands"),
    [
        ("Bad Request: MESSAGE_ID_INVALID", "Bad Request: MESSAGE_NOT_MODIFIED"),
        ("Bad Request: no such message", "Bad Request: MESSAGE_NOT_MODIFIED"),
        ("Bad Request: 找不到消息", "Bad Request: message is not modified"),
    ],
)
async def test_a_server_with_words_of_its_own_is_understood(telegram, gone, stands):
    said = {description: {"ok": False, "error_code": 400, "description": description} for description in (gone, stands)}
    async with answering(telegram) as sink:
        telegram.faults.add("getUpdates", times=99)
        telegram.says(telegram.person("Bob"), "meanwhile")
        lost(telegram, "Once")
        telegram.faults.add("editMessageText", status=400, body=said[gone])
        telegram.faults.add("editMessageText", status=400, body=said[stands])
        ref = await sink.finish(part("Once upon"))

    [message] = [one for chat in telegram.world.private.values() for one in chat.messages.values() if one.sender_is_bot]
    assert (Ref(str(message.message_id)), 0) == (ref, message.edits)


async def test_where_ids_do_not_count_by_one_nothing_of_others_is_changed(telegram, monkeypatch):
    """What was lost may then stand twice, as for any other bot."""
    count = telegram.world.next_id
    monkeypatch.setattr(telegram.world, "next_id", lambda chat: count(chat) + 7)
    group = telegram.group("Tea", basic=True)
    async with answering(telegram, said=telegram.mention("tea?"), chat=group) as sink:
        first = await sink.finish(part("First."))
        lost(telegram, "Second")
        telegram.says(telegram.person("Bob"), "meanwhile")
        await sink.finish(part("Second."))

    ours = [one for one in telegram.messages(group) if one.sender_is_bot]
    assert (str(first), "First.") == (str(ours[0].message_id), ours[0].text)
    assert {"Second."} == {one.text for one in ours[1:]}
    assert {0} == {one.edits for one in ours}


async def test_another_message_of_ours_is_never_looked_at(telegram):
    """Whatever is said there meanwhile: a look would change it."""
    ann = telegram.person("Ann")
    group = telegram.group("Tea", members=[ann])
    telegram.says(ann, telegram.mention("one"), group)
    telegram.says(ann, telegram.mention("two"), group)
    async with hearing(telegram) as recorder:
        one, two = await recorder.hears(), await recorder.hears(2)
        async with recorder.adapter.reply(one) as first, recorder.adapter.reply(two) as second:
            lost(telegram, "First", delay=0.1)
            await asyncio.gather(first.finish(part("First.")), second.finish(part("Second.")))

    assert ["First.", "Second."] == sorted(telegram.bot_texts(group))
    assert [0, 0] == [one.edits for one in telegram.messages(group) if one.sender_is_bot]


async def test_a_sentence_of_the_bridges_own_is_found_too(telegram):
    async with answering(telegram) as sink:
        lost(telegram, "I keep")
        await sink.notify("I keep trying.")

    assert ["I keep trying."] == telegram.bot_texts(next(iter(telegram.world.people)))


async def test_where_several_replicas_speak_it_is_left_to_who_knows_them_all(telegram):
    async with answering(telegram) as sink:
        sink._shared.pace.set_replica_count(2)
        lost(telegram, "Once")

        with pytest.raises(Uncertain):
            await sink.finish(part("Once upon"))

        assert await sink.find(part("Once upon")) is None, "what else is ours there is not known"
        assert [] == looks(telegram)

        [other] = [one for one in telegram.messages(next(iter(telegram.world.people))) if not one.sender_is_bot]
        sought = replace(part("Once upon"), after=str(other.message_id), beside={})
        found = await sink.find(sought)
        assert found == await sink.finish(replace(sought, ref=found))

    assert ["Once upon"] == telegram.bot_texts(next(iter(telegram.world.people)))


async def test_one_that_a_dead_process_let_grow_is_found_by_what_it_shall_say(telegram):
    group = telegram.group("Tea")
    async with answering(telegram, said=telegram.mention("tea?"), chat=group) as sink:
        after = sink.surface.newest
        ref = await sink.preview(part("Green"))
        sink._shared.message_ids = MessageIds()
        found = await sink.find(replace(part("Green tea."), after=after, beside={}))

        assert ref == found
        assert ["Green tea."] == telegram.bot_texts(group)


@pytest.mark.parametrize("where", ["private", "basic", "supergroup"])
async def test_of_what_a_dead_process_never_sent_somebody_waits_for_no_budget(telegram, where):
    """In private a fourth look would cost a second, and each of the next ones another."""
    telegram.flood = Flood()
    chat = None if where == "private" else telegram.group("Tea", basic=where == "basic")
    async with answering(telegram, said="tea?" if chat is None else telegram.mention("tea?"), chat=chat) as sink:
        sought = replace(part("Green tea."), after=sink.surface.newest, beside={})

        assert await sink.find(sought) is None
        assert (LOOKED_AT_LATER if chat is None else LOOKED_AT_MOST) == len(looks(telegram))
        await sink.finish(sought)

    assert ["Green tea."] == telegram.bot_texts(chat or next(iter(telegram.world.people)))
    assert 0 == telegram.flood.refused


async def test_what_is_somebodys_for_sure_is_looked_at_whoever_waits(telegram):
    """Where others talk at once, of whose messages nobody has told this process yet."""
    async with answering(telegram) as sink:
        after, ids = sink.surface.newest, MessageIds()
        telegram.faults.add("getUpdates", times=99)
        for word in ("one", "two", "three", "four"):
            telegram.says(telegram.person("Bob"), word)
        ref = await sink.finish(part("Once upon"))
        ids.record("42", int(ref) + 1)
        sink._shared.message_ids = ids
        found = await sink.find(replace(part("Once upon"), after=after, beside={}))

    assert ref == found


async def test_all_that_one_death_cut_off_is_found(telegram):
    """Though more of it was on its way to other chats at once than is looked at without a reason."""
    group = telegram.group("Tea", basic=True)
    async with answering(telegram, said=telegram.mention("tea?"), chat=group) as sink:
        after, ids = sink.surface.newest, MessageIds()
        telegram.faults.add("getUpdates", times=99)
        for number in range(15):
            telegram.says(telegram.person(f"P{number}"), "answered at the same time")
        ref = await sink.finish(part("Once upon"))
        ids.record("42", int(ref) + 1)
        sink._shared.message_ids = ids

        assert ref == await sink.find(replace(part("Once upon"), after=after, beside={}))
        assert 15 < len(looks(telegram)) <= LOOKED_AT_BELOW


async def test_all_that_one_death_cut_off_in_many_chats_is_found_though_nobody_has_spoken_since(telegram):
    """So no newer id is known; but as many as are searched for have probably been given to them."""
    groups = [telegram.group(f"Tea {number}", basic=True) for number in range(LOOKED_AT_MOST + 3)]
    async with hearing(telegram) as recorder, AsyncExitStack() as stack:
        sinks = []
        for number, group in enumerate(groups, 1):
            telegram.says(telegram.person("Ann"), telegram.mention("tea?"), group)
            sinks.append(await stack.enter_async_context(recorder.adapter.reply(await recorder.hears(number))))
        after, parts = sinks[0].surface.newest, [part(f"Once upon {group}") for group in groups]
        refs = [await sink.finish(one) for sink, one in zip(sinks, parts, strict=True)]
        sinks[0]._shared.message_ids = MessageIds()
        sought = [replace(one, after=after, beside={}) for one in parts]

        assert refs == await asyncio.gather(*(sink.find(one) for sink, one in zip(sinks, sought, strict=True)))


async def test_a_group_that_was_told_much_is_looked_at_less(telegram):
    group = telegram.group("Tea")
    async with answering(telegram, said=telegram.mention("tea?"), chat=group) as sink:
        sink._shared.pace.owe(asyncio.get_running_loop().time(), ChatCall(chat=str(group)), 12)

        assert await sink.find(replace(part("Green"), after=sink.surface.newest, beside={})) is None
        assert LOOKED_AT_LATER == len(looks(telegram))


async def test_a_file_is_passed_over(telegram):
    async with answering(telegram) as sink:
        after = sink.surface.newest
        await sink.attach(MediaBytes(name="cat.png", mime="image/png", data=b"\x89PNG"))
        sink._shared.message_ids = MessageIds()

        assert await sink.find(replace(part("Once"), after=after, beside={})) is None

    assert [0] == [one.edits for one in telegram.messages(next(iter(telegram.world.people))) if one.sender_is_bot]
