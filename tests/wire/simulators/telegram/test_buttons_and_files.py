"""Buttons, reactions, commands and files."""

import pytest
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, InputMediaDocument, InputMediaPhoto
from telegram.error import BadRequest, RetryAfter

from simulators.telegram.flood import Flood
from tests.wire.simulators.telegram.harness import PNG, refused


async def test_a_pressed_button_is_told_and_can_be_answered(tg, bot, ann, chat):
    buttons = InlineKeyboardMarkup([[InlineKeyboardButton("More", callback_data="s:1")]])
    sent = await bot.send_message(chat, "pick", reply_markup=buttons)
    tg.presses(ann, sent.id, "s:1")

    [update] = await bot.get_updates()
    query = update.callback_query
    assert ("s:1", sent.id, ann.id) == (query.data, query.message.message_id, query.from_user.id)
    await query.answer("on it")
    assert ["on it"] == [answer.text for answer in tg.bot().answers]
    assert "Query is too old" in await refused(bot.answer_callback_query("123"))

    await sent.edit_reply_markup(None)
    with pytest.raises(LookupError):
        tg.presses(ann, sent.id, "s:1")


async def test_buttons_are_checked(bot, chat):
    def markup(**button):
        return InlineKeyboardMarkup([[InlineKeyboardButton("x", **button)]])

    assert "Button_data_invalid" == await refused(
        bot.send_message(chat, "x", reply_markup=markup(callback_data="ä" * 33))
    )
    assert "is invalid" in await refused(bot.send_message(chat, "x", reply_markup=markup(url="http://note")))
    assert "unallowed" in await refused(bot.send_message(chat, "x", reply_markup=markup()))


async def test_only_certain_reactions_exist(tg, bot, ann, chat):
    tg.says(ann, "hi")
    await bot.set_message_reaction(chat, tg.messages(chat)[0].message_id, "👀")

    assert ["👀"] == tg.messages(chat)[0].reactions
    assert "Reaction_invalid" == await refused(bot.set_message_reaction(chat, tg.messages(chat)[0].message_id, "✅"))
    await bot.set_message_reaction(chat, tg.messages(chat)[0].message_id, [])
    assert [] == tg.messages(chat)[0].reactions


async def test_the_menu_of_commands_is_kept_per_scope_and_language(bot):
    await bot.set_my_commands([("new", "Begin anew")], language_code="de")

    assert ["new"] == [command.command for command in await bot.get_my_commands(language_code="de")]
    assert () == await bot.get_my_commands()
    assert "Bot_command_invalid" == await refused(bot.set_my_commands([("New!", "no")]))


async def test_what_people_send_can_be_fetched(tg, bot, ann):
    tg.says(ann, photo=b"a photo", caption="see @testbot")
    tg.says(ann, document=("notes.md", b"# Notes"))
    tg.says(ann, voice=b"OggS")

    photo, document, voice = (update.message for update in await bot.get_updates())
    assert ("see @testbot", "mention") == (photo.caption, photo.caption_entities[0].type)
    assert ("notes.md", "text/markdown") == (document.document.file_name, document.document.mime_type)
    for attachment, data in ((photo.photo[-1], b"a photo"), (document.document, b"# Notes"), (voice.voice, b"OggS")):
        assert data == bytes(await (await attachment.get_file()).download_as_bytearray())


async def test_a_large_file_cannot_be_fetched(tg, bot, ann):
    tg.says(ann, document=("film.mp4", b""), size=(20 << 20) + 1)

    [update] = await bot.get_updates()
    assert "File is too big" == await refused(update.message.document.get_file())


async def test_files_are_posted(tg, bot, chat):
    await bot.send_photo(chat, PNG, caption="look")
    sent = await bot.send_document(chat, b"# Answer", filename="answer.md")
    await bot.send_voice(chat, b"OggS")
    await bot.send_document(chat, sent.document.file_id)

    photo, document, voice, again = tg.messages(chat)
    assert ("look", PNG) == (photo.text, photo.photo.data)
    assert ("answer.md", b"# Answer") == (document.document.name, document.document.data)
    assert b"OggS" == voice.voice.data
    assert document.document == again.document
    assert "There is no text in the message to edit" == await refused(
        bot.edit_message_text("x", chat, photo.message_id)
    )
    await bot.edit_message_caption(chat, photo.message_id, caption="see")
    assert "see" == photo.text


async def test_files_telegram_cannot_use_are_refused(tg, bot, chat):
    tg.world.web["http://example.org/a.png"] = PNG
    await bot.send_photo(chat, "http://example.org/a.png")

    assert "Image_process_failed" == await refused(bot.send_photo(chat, b"no picture"))
    assert "File must be non-empty" == await refused(bot.send_document(chat, b""))
    assert "Failed to get http url content" == await refused(bot.send_photo(chat, "http://example.org/b.png"))
    assert "Wrong file identifier/http url specified" == await refused(bot.send_photo(chat, "nonsense"))
    assert "Message caption is too long" == await refused(bot.send_photo(chat, PNG, caption="x" * 1025))


async def test_an_album_is_several_messages(tg, bot, ann, chat):
    await bot.send_media_group(chat, [InputMediaPhoto(PNG, caption="both"), InputMediaPhoto(PNG)])
    tg.says(ann, photo=PNG, media_group_id="5")
    tg.says(ann, photo=PNG, media_group_id="5")

    assert ["both", ""] == tg.bot_texts(chat)
    assert ["5", "5"] == [update.message.media_group_id for update in await bot.get_updates()]


async def test_an_album_holds_no_documents_beside_photos(bot, chat):
    with pytest.raises(BadRequest, match="can't be mixed"):
        await bot.send_media_group(chat, [InputMediaPhoto(PNG), InputMediaDocument(b"%PDF-1.7 a report")])


async def test_an_album_counts_as_so_many_messages(tg, bot, chat):
    tg.flood = Flood()
    await bot.send_media_group(chat, [InputMediaPhoto(PNG) for _ in range(3)])

    with pytest.raises(RetryAfter):
        await bot.send_message(chat, "too much")
