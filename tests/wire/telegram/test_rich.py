"""Rich messages on the wire: where the server has them, and where it has none."""

from dataclasses import replace

import pytest
from telegram import Bot, Message
from telegram.request import HTTPXRequest

from adapters.telegram.lost_sends import MessageIds
from bridge.sdk.answers import Buttons
from simulators.telegram import Telegram
from tests.wire.telegram.harness import answering, hearing, part, refusal

DIRECT = {"trust_env": False}
TEA = "# Tea\n\n- green\n- black"


@pytest.fixture
async def telegram():
    """A Telegram that knows rich messages, whose seconds are short."""
    async with Telegram() as telegram:
        telegram.time_scale = 0.01
        yield telegram


def said(telegram, chat=None):
    """What the bot has said there."""
    place = chat or next(iter(telegram.world.people))
    return [one for one in telegram.messages(place) if one.sender_is_bot and not one.service]


async def test_an_answer_with_structure_is_one_with_its_buttons(telegram):
    async with answering(telegram, rich=True) as sink:
        await sink.finish(replace(part(TEA), buttons=Buttons(follow_ups=("Why?",))))

    [message] = said(telegram)
    assert ["heading", "list"] == [block["type"] for block in message.rich["blocks"]]
    assert message.reply_markup


@pytest.mark.parametrize("options", [{}, {"rich": False}])
async def test_nobody_gets_one_who_has_not_asked_for_it(telegram, options):
    async with answering(telegram, **options) as sink:
        await sink.finish(part(TEA))

    assert ["Tea\n\n• green\n• black"] == [message.text for message in said(telegram)]
    assert [] == telegram.called("sendRichMessage")


async def test_words_alone_are_a_message_like_others(telegram):
    async with answering(telegram, rich=True) as sink:
        await sink.finish(part("**Green** tea."))
        await sink.notify("# I keep trying")

    assert [None, None] == [message.rich for message in said(telegram)]


async def test_what_grew_in_a_group_becomes_one_in_its_place(telegram):
    group = telegram.group("Tea")
    async with answering(telegram, said=telegram.mention("tea?"), chat=group, rich=True) as sink:
        ref = await sink.preview(part("# Tea"))
        await sink.finish(part(TEA, ref=ref))

    [message] = said(telegram, group)
    assert (True, str(message.message_id)) == (message.rich is not None, ref)


async def test_a_server_that_knows_none_is_asked_once(telegram):
    telegram.faults.add("sendRichMessage", times=9, **refusal("Not Found: method not found", 404))
    telegram.says(telegram.person("Ann"), "tea?")
    async with hearing(telegram, rich=True) as recorder:
        for _ in range(2):
            async with recorder.adapter.reply(await recorder.hears()) as sink:
                await sink.finish(part(TEA))

    assert ["Tea\n\n• green\n• black"] * 2 == [message.text for message in said(telegram)]
    assert 1 == len(telegram.called("sendRichMessage"))


async def test_a_server_that_looks_for_a_text_is_given_one(telegram):
    """An older server takes no notice of what it does not know."""
    group = telegram.group("Tea")
    async with answering(telegram, said=telegram.mention("tea?"), chat=group, rich=True) as sink:
        ref = await sink.preview(part("# Tea"))
        empty = refusal("Bad Request: message text is empty")
        telegram.faults.add("editMessageText", times=9, when=lambda params: "rich_message" in params, **empty)
        await sink.finish(part(TEA, ref=ref))
        await sink.finish(part("# And more", index=1))

    assert ["Tea\n\n• green\n• black", "And more"] == [message.text for message in said(telegram, group)]
    assert [] == telegram.called("sendRichMessage")


async def test_one_that_is_refused_is_said_by_entities_and_the_next_is_tried(telegram):
    telegram.faults.add("sendRichMessage", **refusal("Bad Request: RICH_MESSAGE_INVALID"))
    async with answering(telegram, rich=True) as sink:
        await sink.finish(part(TEA))
        await sink.finish(part("# And more", index=1))

    assert [False, True] == [message.rich is not None for message in said(telegram)]


async def test_one_whose_answer_got_lost_is_found_and_not_repeated(telegram):
    async with answering(telegram, rich=True) as sink:
        telegram.faults.add("sendRichMessage", apply=True, cut=True)
        await sink.finish(part(TEA))

    assert [0] == [message.edits for message in said(telegram)]


@pytest.mark.parametrize("rich", [True, False])
async def test_after_a_death_it_is_found_in_either_form(telegram, rich):
    group = telegram.group("Tea")
    async with answering(telegram, said=telegram.mention("tea?"), chat=group, rich=True) as sink:
        after = sink.surface.newest
        sink._shared.rich = rich
        ref = await sink.finish(part(TEA))
        sink._shared.message_ids, sink._shared.rich = MessageIds(), True
        found = await sink.find(replace(part(TEA), after=after, beside={}))

    assert ref == found
    assert ["Tea\n• green\n• black"] == [message.text for message in said(telegram, group)]


async def test_who_replies_to_one_quotes_its_words(telegram):
    ann = telegram.person("Ann")
    telegram.says(ann, "tea?")
    async with hearing(telegram, rich=True) as recorder:
        async with recorder.adapter.reply(await recorder.hears()) as sink:
            ref = await sink.finish(part(TEA))
        telegram.says(ann, "why?", reply_to=int(ref))
        reply = await recorder.hears(2)

    assert (True, "Tea\ngreen\nblack") == (reply.quote.ours, reply.quote.text)


async def test_who_presses_a_question_below_one_quotes_its_words(telegram):
    ann = telegram.person("Ann")
    telegram.says(ann, "tea?")
    async with hearing(telegram, rich=True) as recorder:
        async with recorder.adapter.reply(await recorder.hears()) as sink:
            ref = await sink.finish(replace(part(TEA), buttons=Buttons(follow_ups=("Why?",))))
        [[button]] = said(telegram)[0].reply_markup["inline_keyboard"]
        telegram.presses(ann, int(ref), button["callback_data"])
        press = await recorder.hears(2)

    assert ("Why?", "Tea\ngreen\nblack") == (press.text, press.quote.text)


async def test_the_library_reads_one_as_a_message_without_a_text(telegram):
    place = telegram.private(telegram.person("Ann"))
    async with Bot(telegram.token, base_url=f"{telegram.url}/bot", request=HTTPXRequest(httpx_kwargs=DIRECT)) as bot:
        wanted = {"chat_id": place, "rich_message": {"html": "<h1>Tea</h1>"}}
        message = await bot.do_api_request("sendRichMessage", api_kwargs=wanted, return_type=Message)

    assert (None, ["rich_message"]) == (message.text, list(message.api_kwargs))
