"""No refusal of a form costs the content: it is sent again plainer, split, or as a file."""

from dataclasses import replace

import pytest

from bridge.sdk.answers import Buttons
from tests.wire.hearing import letters
from tests.wire.telegram.harness import answering, hearing, part, refusal

REFUSALS = [
    "Bad Request: can't parse entities: something new",
    "Bad Request: can't parse MessageEntity: Unsupported type specified",
    "Bad Request: entity beginning at UTF-16 offset 5 ends after the end of the text at UTF-16 offset 11",
    "Bad Request: BUTTON_DATA_INVALID",
    "Bad Request: something nobody has seen yet",
]


@pytest.mark.parametrize("description", REFUSALS)
async def test_what_is_refused_is_done_without(telegram, description):
    async with answering(telegram) as sink:
        telegram.faults.add("sendMessage", **refusal(description))
        await sink.finish(replace(part("Once **upon** a time"), buttons=Buttons(follow_ups=("And then?",))))

    assert ["Once upon a time"] == telegram.bot_texts(next(iter(telegram.world.people)))


async def test_refused_buttons_leave_the_formatting_alone(telegram):
    async with answering(telegram) as sink:
        telegram.faults.add("sendMessage", **refusal("Bad Request: BUTTON_DATA_INVALID"))
        await sink.finish(replace(part("Once **upon** a time"), buttons=Buttons(follow_ups=("And then?",))))

    (message,) = [one for one in telegram.messages(next(iter(telegram.world.people))) if one.sender_is_bot]
    assert ["bold"] == [entity["type"] for entity in message.entities]
    assert message.reply_markup is None


async def test_refused_formatting_leaves_the_buttons_alone(telegram):
    async with answering(telegram) as sink:
        telegram.faults.add("sendMessage", **refusal("Bad Request: can't parse entities: something new"))
        await sink.finish(replace(part("Once **upon** a time"), buttons=Buttons(follow_ups=("And then?",))))

    (message,) = [one for one in telegram.messages(next(iter(telegram.world.people))) if one.sender_is_bot]
    assert ("Once upon a time", []) == (message.text, message.entities or [])
    assert [["And then?"]] == [[key["text"] for key in row] for row in message.reply_markup["inline_keyboard"]]


async def test_without_formatting_an_address_stands_beside_its_words(telegram):
    async with answering(telegram) as sink:
        telegram.faults.add("sendMessage", **refusal("Bad Request: can't parse entities: something new"))
        await sink.finish(part("👍 see [the **manual**](https://example.com/a_b), page 3"))

    ann = next(iter(telegram.world.people))
    assert ["👍 see the manual (https://example.com/a_b), page 3"] == telegram.bot_texts(ann)


@pytest.mark.parametrize("description", ["MESSAGE_TOO_LONG", "message is too long", "text is too long"])
@pytest.mark.parametrize("said", ["x" * 4097, "tea " * 1000, "水" * 3000, "```py\n" + "print(1)\n" * 300 + "```"])
async def test_a_text_that_is_too_long_is_split_smaller(telegram, description, said):
    async with answering(telegram) as sink:
        telegram.faults.add("sendMessage", **refusal(f"Bad Request: {description}"))
        await sink.finish(part(said))

    pieces = telegram.bot_texts(next(iter(telegram.world.people)))
    assert len(pieces) >= 2
    assert letters(said.replace("```py", "").replace("```", "")) == letters("".join(pieces))
    assert not telegram.called("sendDocument")


async def test_the_buttons_stand_below_the_last_message_of_a_split_answer(telegram):
    async with answering(telegram) as sink:
        telegram.faults.add("sendMessage", **refusal("Bad Request: MESSAGE_TOO_LONG"))
        await sink.finish(replace(part("tea " * 500), buttons=Buttons(follow_ups=("More?",))))

    messages = [one for one in telegram.messages(next(iter(telegram.world.people))) if one.sender_is_bot]
    assert [False, True] == [message.reply_markup is not None for message in messages]


@pytest.mark.parametrize(
    "description",
    ["MESSAGE_TOO_LONG", "can't parse entities: no", "something new", "strings must be encoded in UTF-8"],
)
async def test_what_no_message_may_say_comes_as_a_file(telegram, description):
    async with answering(telegram) as sink:
        telegram.faults.add("sendMessage", times=99, **refusal(f"Bad Request: {description}"))
        await sink.finish(part("Once **upon** a time. " * 50))

    (message,) = [one for one in telegram.messages(next(iter(telegram.world.people))) if one.sender_is_bot]
    assert "document" in message.media
    assert len(telegram.called("sendMessage")) <= 6


async def test_an_edit_that_is_too_long_goes_on_in_another_message(telegram):
    async with answering(telegram, stream="edit") as sink:
        ref = await sink.preview(part("tea"))
        telegram.faults.add("editMessageText", **refusal("Bad Request: MESSAGE_TOO_LONG"))

        assert ref == await sink.finish(part("tea " * 500, ref=ref))

    pieces = telegram.bot_texts(next(iter(telegram.world.people)))
    assert 2 == len(pieces)
    assert letters("tea " * 500) == letters("".join(pieces))


async def test_an_edit_whose_formatting_is_refused_is_plain(telegram):
    async with answering(telegram, stream="edit") as sink:
        ref = await sink.preview(part("Once"))
        telegram.faults.add("editMessageText", **refusal("Bad Request: can't parse entities: something new"))
        await sink.finish(part("Once **upon** a time", ref=ref))

    assert ["Once upon a time"] == telegram.bot_texts(next(iter(telegram.world.people)))


@pytest.mark.parametrize("words", ["message to be replied not found", "replied message not found"])
async def test_an_answer_whose_question_was_deleted_refers_to_nothing(telegram, words):
    group = telegram.group("Tea")
    async with answering(telegram, said=telegram.mention("tea?"), chat=group) as sink:
        telegram.faults.add("sendMessage", **refusal(f"Bad Request: {words}"))
        await sink.finish(part("Yes."))

    (message,) = [one for one in telegram.messages(group) if one.sender_is_bot]
    assert ("Yes.", None) == (message.text, message.reply_to)


@pytest.mark.parametrize("description", ["TEXTDRAFT_PEER_INVALID", "textdraft_peer_invalid: no"])
async def test_a_chat_that_takes_no_drafts_grows_by_edits_from_then_on(telegram, description):
    ann = telegram.person("Ann")
    telegram.says(ann, "hello")
    telegram.faults.add("sendMessageDraft", times=9, **refusal(f"Bad Request: {description}"))
    async with hearing(telegram) as recorder:
        message = await recorder.hears()
        for _ in range(2):
            async with recorder.adapter.reply(message) as sink:
                ref = await sink.preview(part("Once"))
                ref = await sink.preview(part("Once upon", ref=ref))

                assert sink.surface.previews_are_messages

                await sink.finish(part("Once upon a time", ref=ref))

    assert 1 == len(telegram.called("sendMessageDraft"))
    assert ["Once upon a time"] * 2 == telegram.bot_texts(ann.id)


@pytest.mark.parametrize("said", ["Not Found: method not found", "Not Found", "Method not found", ""])
async def test_a_server_without_drafts_lets_the_first_answer_grow_too(telegram, said):
    async with answering(telegram) as sink:
        telegram.faults.add("sendMessageDraft", **refusal(said, 404))
        await sink.preview(part("Once"))

        assert await sink.preview(part("Once upon")) is not None

    assert ["Once upon"] == telegram.bot_texts(next(iter(telegram.world.people)))


@pytest.mark.parametrize("place", [{}, {"basic": True}, {"forum": True}, {"forum": True, "topic": "Tea"}], ids=str)
async def test_a_growing_message_that_was_deleted_is_sent_anew_once(telegram, place):
    kind = {key: value for key, value in place.items() if key != "topic"}
    group = telegram.group("Tea", **kind)
    topic = telegram.topic(group, place["topic"], by=telegram.person("Eve")) if "topic" in place else None
    async with answering(telegram, said=telegram.mention("tea?"), chat=group, thread=topic) as sink:
        ref = await sink.preview(part("Green"))
        telegram.world.chat(group, telegram.bot_id).messages[int(ref)].deleted = True
        anew = await sink.finish(part("Green or black?", ref=ref))
        await sink.finish(part("Green or black?", ref=anew))

    assert ["Green or black?"] == telegram.bot_texts(group)
