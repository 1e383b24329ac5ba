"""Files on the wire: what the platforms give and take, what Coze is sent, and to whom our tokens are shown."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import httpx
import pytest
from aiohttp import web

from adapters.slack.adapter import SlackAdapter
from adapters.slack.api import SlackApi
from adapters.slack.options import SlackOptions
from adapters.telegram.adapter import TelegramAdapter
from adapters.telegram.options import TelegramOptions
from bridge.coze.auth import StaticToken
from bridge.coze.client import CozeConnection
from bridge.sdk.asking import ChatFinished, Question, Sought, UploadedFile
from bridge.sdk.errors import Never, Refused, Uncertain, Unreachable
from bridge.sdk.model import Attachment, Inbound, MediaBytes, MediaKind
from bridge.sdk.unreadable import Unreadable
from simulators.coze import BOT, TOKEN, Coze
from simulators.slack import Slack
from simulators.telegram import Telegram

JPG = b"\xff\xd8\xff\xe0 a photo"
PNG = b"\x89PNG\r\n\x1a\n a cat"
PDF = b"%PDF-1.7\n a report"
OGG = b"OggS a voice"
ENOUGH = 15 << 20


def media(name: str = "cat.png", data: bytes = PNG, mime: str = "image/png") -> MediaBytes:
    return MediaBytes(name=name, mime=mime, data=data)


class RecordingAccept:
    """What an adapter has heard."""

    def __init__(self) -> None:
        self._heard: asyncio.Queue[Inbound] = asyncio.Queue()

    async def accept(self, message: Inbound | Unreadable) -> None:
        assert isinstance(message, Inbound)
        await self._heard.put(message)

    async def hears(self) -> Inbound:
        async with asyncio.timeout(20):
            return await self._heard.get()


@pytest.fixture
async def telegram() -> AsyncIterator[Telegram]:
    """A Telegram whose seconds are short."""
    async with Telegram() as telegram:
        telegram.time_scale = 0.01
        yield telegram


@pytest.fixture
async def slack() -> AsyncIterator[Slack]:
    """A Slack as it is."""
    async with Slack() as slack:
        yield slack


@pytest.fixture
async def coze() -> AsyncIterator[Coze]:
    """A Coze as it is."""
    async with Coze() as coze:
        yield coze


@asynccontextmanager
async def on_telegram(telegram: Telegram) -> AsyncIterator[tuple[TelegramAdapter, RecordingAccept]]:
    """An adapter that hears *telegram*."""
    options = TelegramOptions.model_validate({"token": telegram.token, "api_url": telegram.url})
    async with TelegramAdapter.from_options("helpdesk", options) as adapter, _running(adapter) as recorder:
        yield adapter, recorder


@asynccontextmanager
async def on_slack(slack: Slack) -> AsyncIterator[tuple[SlackAdapter, RecordingAccept]]:
    """An adapter that hears *slack*."""
    tokens = {"bot_token": slack.bot_token, "app_token": slack.app_token}
    options = SlackOptions.model_validate(tokens | {"api_url": slack.api_url})
    async with SlackAdapter.from_options("acme", options) as adapter, _running(adapter) as recorder:
        await slack.until(lambda: slack.sockets.open)
        yield adapter, recorder


@asynccontextmanager
async def _running(adapter: TelegramAdapter | SlackAdapter) -> AsyncIterator[RecordingAccept]:
    recorder = RecordingAccept()
    task = asyncio.create_task(adapter.run(recorder.accept))
    try:
        yield recorder
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


class TestFromTelegram:
    """What people send is fetched; where it lies is nobody's to know, for the address holds the token."""

    async def test_a_photo_in_its_largest_size(self, telegram: Telegram) -> None:
        async with on_telegram(telegram) as (adapter, recorder):
            telegram.says(telegram.person("Ann"), photo=JPG, caption="look")
            [photo] = (await recorder.hears()).attachments
            fetched = await adapter.fetch(photo, at_most=ENOUGH)

        assert ("image.jpg", "image/jpeg", JPG) == (fetched.name, fetched.mime, fetched.data)

    async def test_a_document_under_its_own_name(self, telegram: Telegram) -> None:
        async with on_telegram(telegram) as (adapter, recorder):
            telegram.says(telegram.person("Ann"), document=("报告.pdf", PDF))
            [document] = (await recorder.hears()).attachments
            fetched = await adapter.fetch(document, at_most=ENOUGH)

        assert ("报告.pdf", "application/pdf") == (fetched.name, fetched.mime)

    async def test_a_voice_note_with_the_ending_everybody_knows(self, telegram: Telegram) -> None:
        async with on_telegram(telegram) as (adapter, recorder):
            telegram.says(telegram.person("Ann"), voice=OGG)
            [voice] = (await recorder.hears()).attachments
            fetched = await adapter.fetch(voice, at_most=ENOUGH)

        assert "voice.ogg" == fetched.name

    @pytest.mark.parametrize("size", [None, 21 << 20])
    async def test_what_is_too_big_is_refused_by_whoever_notices_first(
        self, telegram: Telegram, size: int | None
    ) -> None:
        async with on_telegram(telegram) as (adapter, recorder):
            telegram.says(telegram.person("Ann"), document=("a.pdf", PDF + bytes(100)), size=size)
            [document] = (await recorder.hears()).attachments
            with pytest.raises(Refused) as refused:
                await adapter.fetch(document, at_most=100)

        assert "file_unusable" == refused.value.message_id

    @pytest.mark.parametrize("status", [404, 403])
    async def test_what_is_gone_is_refused(self, telegram: Telegram, status: int) -> None:
        async with on_telegram(telegram) as (adapter, recorder):
            telegram.says(telegram.person("Ann"), photo=JPG)
            [photo] = (await recorder.hears()).attachments
            telegram.faults.add("download", status=status)
            with pytest.raises(Never):
                await adapter.fetch(photo, at_most=ENOUGH)

    @pytest.mark.parametrize("how", [{"status": 502}, {"cut": True, "times": 2}])
    async def test_what_cannot_be_had_now_is_for_later(self, telegram: Telegram, how: dict[str, object]) -> None:
        async with on_telegram(telegram) as (adapter, recorder):
            telegram.says(telegram.person("Ann"), photo=JPG)
            [photo] = (await recorder.hears()).attachments
            telegram.faults.add("download", **how)
            with pytest.raises(Unreachable) as away:
                await adapter.fetch(photo, at_most=ENOUGH)

        assert telegram.token not in str(away.value)

    async def test_a_place_is_no_file(self, telegram: Telegram) -> None:
        async with on_telegram(telegram) as (adapter, _):
            with pytest.raises(Refused):
                await adapter.fetch(Attachment(kind=MediaKind.LOCATION, handle="48.1,11.5"), at_most=ENOUGH)


class TestToTelegram:
    @pytest.mark.parametrize(
        ("file", "kind"),
        [
            (media(), "photo"),
            (media("big.png", PNG + bytes(11 << 20)), "document"),
            (media("dance.gif", b"GIF89a", "image/gif"), "document"),
            (media("r.pdf", PDF, "application/pdf"), "document"),
        ],
    )
    async def test_a_file_is_sent_as_what_telegram_can_show(
        self, telegram: Telegram, file: MediaBytes, kind: str
    ) -> None:
        async with on_telegram(telegram) as (adapter, recorder):
            ann = telegram.person("Ann")
            telegram.says(ann, "hello")
            async with adapter.reply(await recorder.hears()) as sink:
                await sink.attach(file)

        [sent] = [message for message in telegram.messages(telegram.private(ann)) if message.sender_is_bot]
        posted = getattr(sent, kind)
        assert len(file.data) == len(posted.data)

    async def test_a_photo_that_telegram_cannot_decode_is_sent_as_it_is(self, telegram: Telegram) -> None:
        async with on_telegram(telegram) as (adapter, recorder):
            telegram.says(telegram.person("Ann"), "hello")
            telegram.faults.add(
                "sendPhoto",
                status=400,
                body={"ok": False, "error_code": 400, "description": "Bad Request: PHOTO_INVALID_DIMENSIONS"},
            )
            async with adapter.reply(await recorder.hears()) as sink:
                await sink.attach(media())

        assert [True] == [call.ok for call in telegram.called("sendDocument")]

    async def test_nobody_knows_whether_it_was_sent(self, telegram: Telegram) -> None:
        async with on_telegram(telegram) as (adapter, recorder):
            telegram.says(telegram.person("Ann"), "hello")
            telegram.faults.add("sendPhoto", status=502, apply=True)
            async with adapter.reply(await recorder.hears()) as sink:
                with pytest.raises(Uncertain):
                    await sink.attach(media())

        assert 1 == len(telegram.called("sendPhoto"))


class TestFromSlack:
    @pytest.mark.parametrize("access", ["visible", "check_file_info"])
    async def test_a_file_is_fetched_with_the_bots_token(self, slack: Slack, access: str) -> None:
        """Of a file from another workspace no more than its id has come."""
        ann = slack.person("ann")
        async with on_slack(slack) as (adapter, recorder):
            slack.says(ann, "look", files=[slack.file(ann, "cat.jpg", JPG, mimetype="image/jpeg", access=access)])
            [file] = (await recorder.hears()).attachments
            fetched = await adapter.fetch(file, at_most=ENOUGH)

        assert ("cat.jpg", "image/jpeg", JPG) == (fetched.name, fetched.mime, fetched.data)

    @pytest.mark.parametrize(
        "answer",
        [
            {"ok": False, "error": "unknown_method"},
            {"ok": False, "error": "missing_scope", "needed": "files:read"},
            {"ok": True, "file": {}},
            {"ok": True, "file": {"id": "F1", "name": "cat.jpg"}},
        ],
    )
    async def test_where_slack_tells_no_more_of_a_file_its_message_does(
        self, slack: Slack, answer: dict[str, object]
    ) -> None:
        ann = slack.person("ann")
        async with on_slack(slack) as (adapter, recorder):
            slack.says(ann, "look", files=[slack.file(ann, "cat.jpg", JPG, mimetype="image/jpeg")])
            [file] = (await recorder.hears()).attachments
            slack.faults.add("files.info", status=200, body=answer)
            fetched = await adapter.fetch(file, at_most=ENOUGH)

        assert ("cat.jpg", "image/jpeg", JPG) == (fetched.name, fetched.mime, fetched.data)

    async def test_what_is_too_big_is_refused(self, slack: Slack) -> None:
        ann = slack.person("ann")
        async with on_slack(slack) as (adapter, recorder):
            slack.says(ann, "look", files=[slack.file(ann, "a.pdf", PDF + bytes(100))])
            [file] = (await recorder.hears()).attachments
            with pytest.raises(Refused) as refused:
                await adapter.fetch(file, at_most=100)

        assert "file_unusable" == refused.value.message_id

    async def test_the_page_to_sign_in_is_no_photo(self, slack: Slack) -> None:
        """Slack does not refuse a token without the scope, it answers 200."""
        ann = slack.person("ann")
        async with on_slack(slack) as (adapter, recorder):
            file = slack.file(ann, "cat.jpg", b"<!DOCTYPE html><title>Sign in</title>", mimetype="image/jpeg")
            slack.says(ann, "look", files=[file])
            [photo] = (await recorder.hears()).attachments
            with pytest.raises(Refused, match="files:read"):
                await adapter.fetch(photo, at_most=ENOUGH)

    async def test_what_lies_elsewhere_is_not_fetched(self, slack: Slack) -> None:
        ann = slack.person("ann")
        async with on_slack(slack) as (adapter, recorder):
            slack.says(ann, "look", files=[slack.file(ann, "drive.pdf", PDF, mode="external")])
            [file] = (await recorder.hears()).attachments
            with pytest.raises(Refused) as refused:
                await adapter.fetch(file, at_most=ENOUGH)

        assert "file_unusable" == refused.value.message_id

    async def test_what_cannot_be_had_now_is_for_later(self, slack: Slack) -> None:
        ann = slack.person("ann")
        async with on_slack(slack) as (adapter, recorder):
            slack.says(ann, "look", files=[slack.file(ann, "cat.jpg", JPG)])
            [file] = (await recorder.hears()).attachments
            slack.faults.add("download", status=503)
            with pytest.raises(Unreachable):
                await adapter.fetch(file, at_most=ENOUGH)


class Stranger:
    """A server that is not Slack, and remembers who showed it what."""

    def __init__(self) -> None:
        self.seen: list[str | None] = []

    async def answer(self, request: web.Request) -> web.Response:
        self.seen.append(request.headers.get("Authorization"))
        if request.path == "/away":
            raise web.HTTPFound(request.query["to"])
        return web.Response(body=JPG)


@asynccontextmanager
async def stranger() -> AsyncIterator[tuple[Stranger, str]]:
    """A stranger, and where it listens."""
    who, app = Stranger(), web.Application()
    app.router.add_get("/{path:.*}", who.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield who, f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


class TestTheTokenIsShownToSlackAlone:
    @pytest.mark.parametrize(
        "elsewhere",
        [
            "https://files.slack.com.evil.example/x",
            "https://evil.example/files.slack.com",
            "https://files.slack.com@evil.example/x",
            "https://evil.slack.com/x",
            "http://files.slack.com/x",
            "",
            "/files-pri/x",
            "https://",
        ],
    )
    async def test_no_other_host_is_asked(self, elsewhere: str) -> None:
        async with aiohttp.ClientSession() as session:
            api = SlackApi(session, token="xoxb-canary", url="https://slack.com/api/")
            with pytest.raises(Refused, match="at Slack"):
                await api.download(elsewhere, ENOUGH)

    async def test_a_stranger_sees_nothing(self) -> None:
        async with stranger() as (who, url), aiohttp.ClientSession() as session:
            api = SlackApi(session, token="xoxb-canary", url="https://slack.com/api/")
            with pytest.raises(Refused):
                await api.download(f"{url}/x", ENOUGH)

        assert [] == who.seen

    async def test_a_redirection_is_not_followed(self) -> None:
        async with (
            stranger() as (who, url),
            stranger() as (slack, slack_url),
            aiohttp.ClientSession() as session,
        ):
            api = SlackApi(session, token="xoxb-canary", url=f"{slack_url}/api/")
            with pytest.raises(Refused, match="302"):
                await api.download(f"{slack_url}/away?to={url}/x", ENOUGH)

        assert ["Bearer xoxb-canary"] == slack.seen
        assert [] == who.seen


class TestToSlack:
    @pytest.mark.parametrize("file", [media(), media("big.png", PNG + bytes(11 << 20))])
    async def test_a_file_stands_in_the_thread(self, slack: Slack, file: MediaBytes) -> None:
        ann = slack.person("ann")
        desk = slack.channel("help", members=[ann])
        async with on_slack(slack) as (adapter, recorder):
            ts = slack.says(ann, "draw a cat", desk, mention=True)
            async with adapter.reply(await recorder.hears()) as sink:
                await sink.attach(file)
            await slack.until(lambda: [one for one in slack.messages(desk, ts) if one.files])

        [message] = [one for one in slack.messages(desk, ts) if one.files]
        assert [len(file.data)] == [len(one.data) for one in message.files]

    async def test_nobody_knows_whether_it_was_sent(self, slack: Slack) -> None:
        ann = slack.person("ann")
        async with on_slack(slack) as (adapter, recorder):
            slack.says(ann, "draw a cat")
            slack.faults.add("files.completeUploadExternal", cut=True)
            async with adapter.reply(await recorder.hears()) as sink:
                with pytest.raises(Uncertain):
                    await sink.attach(media())

    async def test_an_upload_that_breaks_is_tried_again(self, slack: Slack) -> None:
        """Nobody has seen anything yet."""
        ann = slack.person("ann")
        async with on_slack(slack) as (adapter, recorder):
            slack.says(ann, "draw a cat")
            slack.faults.add("upload", cut=True)
            async with adapter.reply(await recorder.hears()) as sink:
                await sink.attach(media())

        assert [True] == [call.ok for call in slack.called("files.completeUploadExternal")]


class TestToCoze:
    async def test_what_is_uploaded_is_there_byte_by_byte(self, coze: Coze) -> None:
        """Read back by a client that is not ours."""
        async with CozeConnection(coze.url, StaticToken(TOKEN)) as connection:
            file = await connection.bot("assistant", BOT).upload(media('报"告.pdf', PDF, "application/pdf"))
        async with httpx.AsyncClient(base_url=coze.url, headers={"Authorization": f"Bearer {TOKEN}"}) as client:
            known = (await client.get("/v1/files/retrieve", params={"file_id": file.file_id})).json()["data"]

        assert MediaKind.FILE == file.kind
        assert len(PDF) == known["bytes"]
        assert PDF == coze.files[file.file_id].content

    async def test_a_big_file_arrives_whole(self, coze: Coze) -> None:
        big = media("big.png", PNG + bytes(14 << 20))
        async with CozeConnection(coze.url, StaticToken(TOKEN)) as connection:
            file = await connection.bot("assistant", BOT).upload(big)

        assert len(big.data) == len(coze.files[file.file_id].content)

    async def test_a_picture_is_an_image(self, coze: Coze) -> None:
        async with CozeConnection(coze.url, StaticToken(TOKEN)) as connection:
            file = await connection.bot("assistant", BOT).upload(media())

        assert MediaKind.IMAGE == file.kind

    @pytest.mark.parametrize("file", [media("a.exe", b"MZ"), media("a.png", PDF), media("a.png", PNG + bytes(200))])
    async def test_what_coze_refuses_is_a_file_nobody_can_use(self, coze: Coze, file: MediaBytes) -> None:
        coze.largest = 100
        async with CozeConnection(coze.url, StaticToken(TOKEN)) as connection:
            with pytest.raises(Refused) as refused:
                await connection.bot("assistant", BOT).upload(file)

        assert "file_unusable" == refused.value.message_id

    async def test_an_upload_that_breaks_is_for_later(self, coze: Coze) -> None:
        coze.faults.add("files.upload", cut=True)
        async with CozeConnection(coze.url, StaticToken(TOKEN)) as connection:
            with pytest.raises(Unreachable):
                await connection.bot("assistant", BOT).upload(media())

    async def test_a_recording_becomes_text(self, coze: Coze) -> None:
        async with CozeConnection(coze.url, StaticToken(TOKEN)) as connection:
            for bot in (connection.bot("a", BOT), connection.workflow("w", "7366468917055000000")):
                assert coze.hears == await bot.accept_recording(media("v.ogg", OGG, "audio/ogg"))

    @pytest.mark.parametrize("words", ["", "what does she say?"])
    async def test_a_bot_that_listens_gets_it_as_it_is(self, coze: Coze, words: str) -> None:
        """With words beside it or without; the simulator refuses a message that Coze would refuse."""
        recording = media("v.ogg", OGG, "audio/ogg")
        async with CozeConnection(coze.url, StaticToken(TOKEN)) as connection:
            bot = connection.bot("a", BOT, listens=True)
            file = await bot.accept_recording(recording)
            assert isinstance(file, UploadedFile)
            question = Question(
                key="k", user_id="u", conversation_id=await bot.open_conversation("u"), text=words, files=(file,)
            )
            heard = [event async for event in bot.ask(question)]
            found = await bot.find_chat(
                Sought(conversation_id=question.conversation_id, key="k", text=question.text, since=time.time() - 3)
            )

        assert isinstance(heard[-1], ChatFinished)
        assert found is not None
        assert (MediaKind.AUDIO, recording.data) == (file.kind, coze.files[file.file_id].content)
        assert 1 == len(coze.called("chat")[-1].params["additional_messages"])

    async def test_a_studio_hears_nothing(self) -> None:
        async with Coze(flavour="studio") as studio, CozeConnection(studio.url, StaticToken(TOKEN)) as connection:
            with pytest.raises(Never):
                await connection.bot("assistant", BOT).accept_recording(media("v.ogg", OGG, "audio/ogg"))

    async def test_flows_take_no_files(self, coze: Coze) -> None:
        async with CozeConnection(coze.url, StaticToken(TOKEN)) as connection:
            for bot in (
                connection.workflow("w", "7366468917055000000"),
                connection.chatflow("c", "7366468917055000000"),
            ):
                with pytest.raises(Refused) as refused:
                    await bot.upload(media())
                assert "file_unusable" == refused.value.message_id

    @pytest.mark.parametrize("flavour", ["cloud", "studio"])
    @pytest.mark.parametrize("text", ["What is this?", ""])
    async def test_the_question_can_be_found_again(self, flavour: str, text: str) -> None:
        """Its mark stands on the message that Coze takes for the question, which is the last."""
        async with Coze(flavour=flavour) as coze, CozeConnection(coze.url, StaticToken(TOKEN)) as connection:
            coze.will_say("A cat.")
            bot = connection.bot("assistant", BOT)
            conversation = await bot.open_conversation("u")
            files = (await bot.upload(media()), await bot.upload(media("r.pdf", PDF, "application/pdf")))
            question = Question(key="k1", user_id="u", conversation_id=conversation, text=text, files=files)
            events = [event async for event in bot.ask(question)]
            sought = Sought(conversation_id=conversation, key="k1", text=text, since=time.time() - 3)
            found = await bot.find_chat(sought)

        assert events
        assert found is not None
        [sent] = [call.params["additional_messages"] for call in coze.called("chat")]
        shown = [item for one in sent if one["content_type"] == "object_string" for item in json.loads(one["content"])]
        assert (["text"] if text else []) + ["image", "file"] == [item["type"] for item in shown]
        assert [one for one in sent if "meta_data" in one] == [sent[-1]]
