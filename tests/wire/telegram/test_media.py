"""Files from people, and the pictures and sounds that a bot makes."""

import pytest

from bridge.sdk.errors import Refused, Uncertain
from bridge.sdk.i18n import MessageId
from bridge.sdk.model import MediaBytes
from bridge.sdk.ports import PostsAlbums
from tests.wire.telegram.harness import PNG, answering, hearing, refusal


class TestLocalFiles:
    """A Bot API server that is run with ``--local`` names files by their paths, and hands none out."""

    async def fetched(self, telegram, folder, *, data=b"%PDF-1.7\n a report", at_most=1000, **options):
        telegram.world.local_files = folder
        telegram.says(telegram.person("Ann"), document=("a.pdf", data), size=30 << 20)
        async with hearing(telegram, **options) as recorder:
            [attachment] = (await recorder.hears()).attachments
            return await recorder.adapter.fetch(attachment, at_most=at_most)

    async def test_are_read_from_the_folder_that_the_config_names_however_big_for_others(self, telegram, tmp_path):
        media = await self.fetched(telegram, tmp_path, files=tmp_path)

        assert ("a.pdf", b"%PDF-1.7\n a report") == (media.name, media.data)
        assert not telegram.called("download")

    async def test_without_a_folder_the_operator_is_told_what_to_do(self, telegram, tmp_path):
        with pytest.raises(Refused, match="key `files`") as caught:
            await self.fetched(telegram, tmp_path)

        assert MessageId.FILE_UNUSABLE is caught.value.message_id

    async def test_outside_of_the_folder_nothing_is_read(self, telegram, tmp_path):
        with pytest.raises(Refused, match="outside of"):
            await self.fetched(telegram, tmp_path / "served", files=tmp_path / "other")

    async def test_behind_a_link_out_of_the_folder_nothing_is_read(self, telegram, tmp_path):
        (tmp_path / "secrets").mkdir()
        (tmp_path / "served").mkdir()
        (tmp_path / "served" / "documents").symlink_to(tmp_path / "secrets")

        with pytest.raises(Refused, match="outside of"):
            await self.fetched(telegram, tmp_path / "served", files=tmp_path / "served")

    async def test_that_are_bigger_than_we_take_are_refused(self, telegram, tmp_path):
        with pytest.raises(Refused, match="at most 3 bytes"):
            await self.fetched(telegram, tmp_path, files=tmp_path, at_most=3)


class TestSounds:
    @pytest.mark.parametrize(
        ("mime", "method", "medium"),
        [
            ("audio/ogg", "sendVoice", "voice"),
            ("audio/mpeg", "sendAudio", "audio"),
            ("audio/mp4", "sendAudio", "audio"),
        ],
    )
    async def test_what_a_bot_says_aloud_can_be_played(self, telegram, mime, method, medium):
        async with answering(telegram) as sink:
            await sink.attach(MediaBytes(name="said.ogg", mime=mime, data=b"OggS"))

        [message] = [one for one in telegram.messages(next(iter(telegram.world.people))) if one.sender_is_bot]
        assert medium in message.media
        assert 1 == len(telegram.called(method))

    async def test_where_nobody_may_send_voices_it_is_a_file(self, telegram):
        async with answering(telegram) as sink:
            telegram.faults.add("sendVoice", **refusal("Bad Request: VOICE_MESSAGES_FORBIDDEN"))
            await sink.attach(MediaBytes(name="said.ogg", mime="audio/ogg", data=b"OggS"))

        [message] = [one for one in telegram.messages(next(iter(telegram.world.people))) if one.sender_is_bot]
        assert "document" in message.media

    @pytest.mark.parametrize("mime", ["audio/wav", "audio/flac", "video/mp4"])
    async def test_what_telegram_cannot_play_is_a_file(self, telegram, mime):
        async with answering(telegram) as sink:
            await sink.attach(MediaBytes(name="said", mime=mime, data=b"RIFF"))

        assert telegram.called("sendDocument")


def pictures(count):
    return [MediaBytes(name=f"{number}.png", mime="image/png", data=PNG) for number in range(count)]


class TestAlbums:
    @pytest.mark.parametrize("count", [2, 3, 10])
    async def test_pictures_stand_as_one(self, telegram, count):
        async with answering(telegram) as sink:
            assert isinstance(sink, PostsAlbums)
            await sink.attach_album(pictures(count))

        [call] = telegram.called("sendMediaGroup")
        sent = [one for one in telegram.messages(next(iter(telegram.world.people))) if one.sender_is_bot]
        assert [PNG] * count == [message.photo.data for message in sent]
        assert 1 == len({message.media["media_group_id"] for message in sent})
        assert call.params["disable_notification"]

    @pytest.mark.parametrize(
        ("mime", "size", "fits"),
        [
            ("image/png", 1, True),
            ("image/jpeg", 1, True),
            ("image/gif", 1, False),
            ("application/pdf", 1, False),
            ("audio/ogg", 1, False),
            ("image/png", (10 << 20) + 1, False),
        ],
    )
    async def test_what_is_shown_as_a_photo_fits(self, telegram, mime, size, fits):
        async with answering(telegram) as sink:
            assert fits == sink.fits_album(MediaBytes(name="it", mime=mime, data=b"x" * size))

    async def test_one_that_is_refused_leaves_nothing_behind(self, telegram):
        broken = MediaBytes(name="it.png", mime="image/png", data=b"no picture")
        async with answering(telegram) as sink:
            with pytest.raises(Refused):
                await sink.attach_album([*pictures(2), broken])

        assert not [one for one in telegram.messages(next(iter(telegram.world.people))) if one.sender_is_bot]

    async def test_one_whose_answer_is_lost_is_not_sent_again(self, telegram):
        async with answering(telegram) as sink:
            telegram.faults.add("sendMediaGroup", apply=True, cut=True)
            with pytest.raises(Uncertain):
                await sink.attach_album(pictures(2))

        assert 1 == len(telegram.called("sendMediaGroup"))

    async def test_it_stays_with_its_question_when_its_topic_is_refused(self, telegram):
        ann = telegram.person("Ann")
        forum = telegram.group("Tea", forum=True, members=[ann])
        topic = telegram.topic(forum, "Green", by=ann)
        async with answering(telegram, said=telegram.mention("hello"), chat=forum, thread=topic) as sink:
            telegram.faults.add(
                "sendMediaGroup",
                **refusal("Bad Request: message thread not found"),
                when=lambda params: params.get("message_thread_id"),
            )
            await sink.attach_album(pictures(2))

        assert [topic, topic] == [one.thread for one in telegram.messages(forum) if one.photo]
