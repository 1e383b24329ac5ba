"""The Telegram adapter against the simulator: python-telegram-bot, real sockets, Telegram's own refusals."""

import asyncio
import base64
import json
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from adapters.telegram.adapter import SECRET_HEADER, TelegramAdapter
from adapters.telegram.lost_sends import LOOKED_AT_BELOW, LOOKED_AT_LATER, LOOKED_AT_MOST, LOOKED_AT_ONCE, MessageIds
from adapters.telegram.menu import MENU
from adapters.telegram.options import TelegramOptions
from adapters.telegram.pace import ChatCall
from adapters.telegram.shared import Rhythm
from bridge.parts import running_adapter
from bridge.parts.running_adapter import RunningAdapter
from bridge.sdk.answers import Buttons, Part, TurnButton
from bridge.sdk.errors import ChatGone, ConfigError, Later, Refused, Unauthorised, Uncertain, Unreachable
from bridge.sdk.i18n import MessageId
from bridge.sdk.model import Address, CommandName, Inbound, MediaBytes, MediaKind, Ref
from bridge.sdk.ports import Adapter, PostsAlbums, WebhookReceiver, WebhookRequest
from bridge.sdk.unreadable import Unreadable
from simulators.telegram import Telegram
from simulators.telegram.flood import Flood
from simulators.telegram.updates import HOOK_ACTIVE
from tests.wire.hearing import called
from tests.wire.telegram_library import unknown_in_call

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)

SUCCESSOR = "654321:TEST-TOKEN-of-another-bot-9876543210987654"


@pytest.fixture
async def telegram():
    """A Telegram whose seconds are short; whatever it is asked for, its own client library could ask for, too."""
    async with Telegram() as telegram:
        telegram.time_scale = 0.01
        yield telegram
    assert [] == [name for call in telegram.calls for name in unknown_in_call(call)]


def adapter_of(telegram, **options):
    return TelegramAdapter.from_options(
        "helpdesk", TelegramOptions(**({"token": telegram.token, "api_url": telegram.url} | options))
    )


class RecordingAccept:
    """Hears with an adapter, and keeps what it was handed."""

    def __init__(self, adapter):
        self.adapter = adapter
        self.heard = []
        self.failures = []
        self._news = asyncio.Event()

    async def accept(self, message):
        if self.failures:
            raise self.failures.pop(0)
        self.heard.append(message)
        self._news.set()

    async def hears(self, count=1):
        async with asyncio.timeout(20):
            while len(self.heard) < count:
                self._news.clear()
                await self._news.wait()
        return self.heard[count - 1]


@asynccontextmanager
async def hearing(telegram, **options):
    async with adapter_of(telegram, **options) as adapter:
        recorder = RecordingAccept(adapter)
        running = asyncio.create_task(adapter.run(recorder.accept))
        try:
            yield recorder
        finally:
            running.cancel()
            await asyncio.wait([running])


@asynccontextmanager
async def answering(telegram, *, said="hello", chat=None, thread=None, **options):
    """A sink for the answer to what Ann says."""
    ann = telegram.person("Ann")
    telegram.says(ann, said, chat, thread=thread)
    async with hearing(telegram, **options) as recorder, recorder.adapter.reply(await recorder.hears()) as sink:
        yield sink


def part(text, *, index=0, ref=None):
    return Part(index=index, text=text, key=f"turn:{index}", ref=ref)


STOP = TurnButton(command=CommandName.STOP, turn_key="turn-1", label="Stop")


def refusal(description, status=400):
    return {"status": status, "body": {"ok": False, "error_code": status, "description": description}}


async def eventually(something):
    async with asyncio.timeout(20):
        while not something():  # noqa: ASYNC110 - what is waited for has no event of its own
            await asyncio.sleep(0)


class TestHearing:
    async def test_it_is_an_adapter_and_can_be_called(self, telegram):
        adapter = adapter_of(telegram)

        assert isinstance(adapter, Adapter)
        assert isinstance(adapter, WebhookReceiver)
        assert f"telegram:{telegram.bot_id}" == adapter.exclusive_lease
        assert adapter_of(telegram, receive="webhook").exclusive_lease is None
        assert "/new" == adapter.format_command(CommandName.NEW)

    async def test_that_privacy_mode_keeps_groups_from_it_is_told_with_the_remedy(self, telegram):
        with capture_logs() as log:
            async with adapter_of(telegram):
                pass
            telegram.privacy[telegram.token] = False
            async with adapter_of(telegram):
                pass
        [told] = [line for line in log if line["event"] == "groups.heard_in_part"]

        assert "/setprivacy" in told["remedy"]

    async def test_posts_of_channels_come_only_where_they_are_wanted(self, telegram):
        ann = telegram.person("Ann")
        news = telegram.channel("News", members=[ann])
        async with hearing(telegram) as recorder:
            await eventually(lambda: recorder.adapter.unavailable_reason is None)
            telegram.says(ann, telegram.mention("nobody hears this"), news)
            telegram.says(ann, "hello")
            await recorder.hears()
        async with hearing(telegram, channel_posts=True) as wanting:
            await eventually(lambda: wanting.adapter.unavailable_reason is None)
            telegram.says(ann, telegram.mention("what is new?"), news)
            await eventually(lambda: "what is new?" in [message.text for message in wanting.heard])

        assert ["hello"] == [message.text for message in recorder.heard]

    async def test_what_was_said_while_it_was_away_is_heard_in_order(self, telegram):
        ann, bob = telegram.person("Ann"), telegram.person("Bob")
        for number in range(20):
            telegram.says(ann, f"{number}")
            telegram.says(bob, f"{number}")
        async with hearing(telegram) as recorder:
            await recorder.hears(40)

        spoken = [(message.author.name, message.text) for message in recorder.heard]
        assert [("Ann", f"{number}") for number in range(20)] == [one for one in spoken if one[0] == "Ann"]
        assert [("Bob", f"{number}") for number in range(20)] == [one for one in spoken if one[0] == "Bob"]

    @pytest.mark.parametrize(
        "said",
        [
            {"text": "hello"},
            {"text": "/new and how high?"},
            {"caption": "what is it?", "photo": PNG},
            {"more": {"location": {"latitude": 48.2, "longitude": 16.37}}},
            {"more": {"contact": {"first_name": "Bo", "phone_number": "+43 1"}}},
        ],
        ids=str,
    )
    async def test_another_bot_of_that_name_repeats_nothing_though_its_numbers_are_the_same(self, telegram, said):
        telegram.add_bot(SUCCESSOR, "successor")
        ann = telegram.person("Ann")
        first, second = telegram.says(ann, **said), telegram.says(ann, bot="successor", **said)
        async with hearing(telegram) as recorder:
            old = await recorder.hears()
        async with hearing(telegram, token=SUCCESSOR) as recorder:
            new = await recorder.hears()

        assert first == second
        assert (old.where, old.text) == (new.where, new.text)
        assert not {*old.dedupe_keys} & {*new.dedupe_keys}

    async def test_chats_do_not_wait_for_each_other(self, telegram):
        """
        All of a batch is accepted at once, so that its messages share one commit.
        """
        together = asyncio.Barrier(3)
        for name in ("Ann", "Bob", "Cat"):
            telegram.says(telegram.person(name), "hello")

        async def accept(_message):
            await together.wait()
            done.set()

        done = asyncio.Event()
        async with adapter_of(telegram) as adapter:
            running = asyncio.create_task(adapter.run(accept))
            async with asyncio.timeout(20):
                await done.wait()
            running.cancel()
            await asyncio.wait([running])

        assert "stopped" == adapter.unavailable_reason

    async def test_telegram_learns_that_we_have_it_only_after_it_was_accepted(self, telegram):
        """
        What the database could not take must be delivered again.
        """
        telegram.says(telegram.person("Ann"), "hello")
        async with hearing(telegram) as recorder:
            recorder.failures.append(Later("the disk is full"))
            await eventually(lambda: not recorder.failures)

            assert 1 == telegram.pending()
            assert [] == recorder.heard

            await recorder.hears()
            await telegram.until(lambda: not telegram.pending())

        assert ["hello"] == [message.text for message in recorder.heard]

    async def test_an_update_that_cannot_be_read_does_not_keep_us_from_the_others(self, telegram):
        ann = telegram.person("Ann")
        telegram.poison()
        telegram.says(ann, "hello")
        async with hearing(telegram) as recorder:
            await recorder.hears(2)
            await telegram.until(lambda: not telegram.pending())

        [message] = [one for one in recorder.heard if isinstance(one, Inbound)]
        [aside] = [one for one in recorder.heard if isinstance(one, Unreadable)]
        assert "hello" == message.text
        assert json.loads(aside.raw)["update_id"], "kept as it came"
        assert recorder.adapter.read_again(aside.raw) is None

    async def test_a_second_poller_makes_it_deaf_and_it_says_so(self, telegram):
        async with hearing(telegram) as recorder:
            await eventually(lambda: recorder.adapter.unavailable_reason is None)
            telegram.faults.add("getUpdates", status=409)
            telegram.says(telegram.person("Ann"), "wakes the poll")
            await eventually(lambda: recorder.adapter.unavailable_reason)

            assert "another program polls with this token" == recorder.adapter.unavailable_reason

    async def test_a_webhook_that_another_program_sets_is_taken_away_again(self, telegram):
        async with hearing(telegram) as recorder:
            await eventually(lambda: recorder.adapter.unavailable_reason is None)
            telegram.faults.add("getUpdates", **refusal(HOOK_ACTIVE, 409))
            telegram.says(telegram.person("Ann"), "wakes the poll")
            await eventually(lambda: recorder.adapter.unavailable_reason)

            assert "another program has set a webhook for this token" in recorder.adapter.unavailable_reason

            await recorder.hears()
        assert 2 == len(telegram.called("deleteWebhook"))

    @pytest.mark.parametrize(
        ("missing", "fault"),
        [
            (("getWebhookInfo",), {"status": 404}),
            (("deleteWebhook",), {"status": 404}),
            (("getWebhookInfo", "deleteWebhook", "setMyCommands"), {"status": 404, "body": "404: Not Found"}),
            (("getWebhookInfo", "deleteWebhook", "setMyCommands"), {"status": 400}),
            (("getWebhookInfo", "deleteWebhook", "setMyCommands"), refusal("Not Found", 404) | {"status": 200}),
        ],
        ids=str,
    )
    async def test_a_server_without_the_methods_that_nobody_needs_is_heard_and_it_is_said(
        self, telegram, missing, fault
    ):
        for method in missing:
            telegram.faults.add(method, **fault)
        telegram.says(telegram.person("Ann"), "hello")
        wanted = ["menu" if method == "setMyCommands" else method for method in missing]
        with capture_logs() as log:
            async with hearing(telegram) as recorder:
                message = await recorder.hears()
                await eventually(lambda: sorted(wanted) == sorted(one["feature"] for one in log if "feature" in one))

        assert "hello" == message.text
        if "getWebhookInfo" in missing:
            assert telegram.called("deleteWebhook"), "nobody knows whether one is set"

    async def test_the_library_tells_nobody_what_a_server_says_that_is_no_json(self, telegram, caplog):
        telegram.faults.add("setMyCommands", status=200, body="the zebra is called Ottokar")
        with capture_logs() as log:
            async with hearing(telegram):
                await eventually(lambda: any(one.get("feature") == "menu" for one in log))

        assert "Ottokar" not in caplog.text + str(log)

    @pytest.mark.parametrize(
        ("age", "renamed_to", "heard"), [(61, "FreshBot", True), (59, "FreshBot", False), (3601, "Fresh", True)]
    )
    async def test_a_new_name_is_learned_hourly_and_when_an_unknown_bot_is_named(
        self, telegram, age, renamed_to, heard
    ):
        ann = telegram.person("Ann")
        group = telegram.group("Tea", members=[ann])
        telegram.promote(group)
        async with hearing(telegram) as recorder:
            await eventually(lambda: recorder.adapter.unavailable_reason is None)
            telegram.rename(renamed_to)
            recorder.adapter._identity._learned_at -= age
            telegram.says(ann, f"@{renamed_to}, which tea?", group)
            message = await recorder.hears()

        assert (Address.TO_US if heard else Address.OVERHEARD) is message.address

    async def test_it_hears_again_after_an_outage(self, telegram):
        async with hearing(telegram) as recorder:
            await eventually(lambda: recorder.adapter.unavailable_reason is None)
            await telegram.go_away()
            await eventually(lambda: recorder.adapter.unavailable_reason)
            await telegram.come_back()
            telegram.says(telegram.person("Ann"), "still there?")

            assert "still there?" == (await recorder.hears()).text

    async def test_a_storm_of_bad_gateways_is_told_once_and_outlived(self, telegram):
        with capture_logs() as log:
            async with hearing(telegram) as recorder:
                await eventually(lambda: recorder.adapter.unavailable_reason is None)
                telegram.faults.add("getUpdates", times=2, status=502, body="<html>502 Bad Gateway</html>")
                telegram.says(telegram.person("Ann"), "wakes the poll")
                await eventually(lambda: recorder.adapter.unavailable_reason)
                telegram.says(telegram.person("Bob"), "is not lost")
                await recorder.hears(2)
                await eventually(lambda: recorder.adapter.unavailable_reason is None)

        assert {"wakes the poll", "is not lost"} == {message.text for message in recorder.heard}
        assert 1 == [line["event"] for line in log].count("adapter.disconnected")

    async def test_a_server_that_comes_and_goes_is_told_of_once_a_minute(self, telegram):
        """As of a name that is found sometimes: each kind by itself."""
        ann, polls = telegram.person("Ann"), iter(range(10**6))
        with capture_logs() as log:
            async with hearing(telegram) as recorder:
                await eventually(lambda: recorder.adapter.unavailable_reason is None)
                telegram.faults.add("getUpdates", times=3, status=502, when=lambda _: next(polls) % 2)
                for number in range(8):
                    telegram.says(ann, f"{number}")
                    await recorder.hears(number + 1)

        assert [f"{number}" for number in range(8)] == [message.text for message in recorder.heard]
        assert 1 == [line["event"] for line in log].count("adapter.disconnected")
        assert 3 == sum(not call.ok for call in telegram.called("getUpdates"))

    async def test_a_poll_that_is_never_answered_is_given_up_and_nothing_is_lost(self, telegram, monkeypatch):
        monkeypatch.setattr("adapters.telegram.adapter.POLL_SECONDS", 1.0)
        monkeypatch.setattr("adapters.telegram.api.POLL_SPARE_SECONDS", 1.0)
        async with hearing(telegram) as recorder:
            await eventually(lambda: recorder.adapter.unavailable_reason is None)
            telegram.faults.add("getUpdates", delay=60.0)
            telegram.says(telegram.person("Ann"), "wakes the poll")
            await eventually(lambda: recorder.adapter.unavailable_reason)
            telegram.says(telegram.person("Bob"), "is not lost")
            await recorder.hears(2)

        assert {"wakes the poll", "is not lost"} == {message.text for message in recorder.heard}

    async def test_a_config_that_goes_back_to_polling_takes_its_own_webhook_away(self, telegram):
        adapter = adapter_of(telegram, receive="webhook")
        adapter.set_webhook_url("https://bridge.example.org/webhooks/helpdesk")
        async with adapter:
            running = asyncio.create_task(adapter.run(RecordingAccept(adapter).accept))
            await eventually(lambda: adapter.unavailable_reason is None)
            running.cancel()
            await asyncio.wait([running])
        async with hearing(telegram) as recorder:
            telegram.says(telegram.person("Ann"), "here again")

            assert "here again" == (await recorder.hears()).text
        assert 1 == len(telegram.called("setWebhook"))

    async def test_a_webhook_somebody_left_behind_is_taken_away(self, telegram):
        async with hearing(telegram) as recorder:
            await eventually(lambda: recorder.adapter.unavailable_reason is None)

        assert telegram.called("deleteWebhook")

    async def test_the_menu_of_commands_is_filled_in_two_languages_and_for_groups(self, telegram):
        async with hearing(telegram):
            await telegram.until(lambda: len(telegram.called("setMyCommands")) == 4)

        menus = {
            (call.params["scope"]["type"], call.params.get("language_code")): call.params["commands"]
            for call in telegram.called("setMyCommands")
        }
        assert {(scope, code) for scope in ("default", "all_group_chats") for code in (None, "zh")} == set(menus)
        assert [*MENU] == [each["command"] for each in menus["default", "zh"]]
        assert "停止回答" in {each["description"] for each in menus["default", "zh"]}
        assert {"new", "stop", "retry", "status", "help"} == {
            each["command"] for each in menus["all_group_chats", None]
        }

    async def test_a_photo_with_a_caption_is_one_message(self, telegram):
        telegram.says(telegram.person("Ann"), photo=b"\xff\xd8", caption="what is this?")
        async with hearing(telegram) as recorder:
            message = await recorder.hears()

        assert "what is this?" == message.text
        assert [MediaKind.IMAGE] == [attachment.kind for attachment in message.attachments]

    async def test_a_group_member_is_heard_when_they_mention_the_bot(self, telegram):
        ann = telegram.person("Ann")
        group = telegram.group("Tea", members=[ann])
        telegram.says(ann, telegram.mention("which tea?"), group)
        telegram.says(ann, f"/new@{telegram.username}", group)
        async with hearing(telegram) as recorder:
            await recorder.hears(2)

        asked, commanded = recorder.heard
        assert ("which tea?", Address.TO_US) == (asked.text, asked.address)
        assert CommandName.NEW is commanded.command


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


class TestOpening:
    async def test_a_token_nobody_knows_is_refused_and_never_shown(self, telegram):
        stranger = "654321:SOMEBODY-ELSES-TOKEN-0123456789-abcdef"
        adapter = adapter_of(telegram, token=stranger)

        with pytest.raises(Unauthorised) as caught:
            await adapter.__aenter__()

        assert "SOMEBODY" not in repr(caught.value) + repr(caught.value.__cause__) + repr(caught.value.__context__)

    async def test_a_telegram_that_is_away_is_unreachable(self, telegram):
        await telegram.go_away()

        with pytest.raises(Unreachable):
            await adapter_of(telegram).__aenter__()

    async def test_one_that_is_away_at_the_start_is_told_once_however_often_it_is_tried(self, telegram, monkeypatch):
        monkeypatch.setattr(running_adapter, "RETRY_SECONDS", 0.01)
        telegram.faults.add("getMe", times=5, status=502)
        recorder = RecordingAccept(adapter_of(telegram))
        one = RunningAdapter(adapter=recorder.adapter, accept=recorder.accept, leases=None, renew_every=1.0)
        one.admit()
        with capture_logs() as log:
            async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
                one.start(tasks)
                await one.opened.wait()
                await one.close()

        assert 6 == len(telegram.called("getMe"))
        assert 1 == [line["event"] for line in log].count("adapter.disconnected")

    def test_a_malformed_token_is_not_repeated_in_the_complaint(self):
        with pytest.raises(ValueError, match="expected a bot token") as caught:
            TelegramOptions(token="hunter2")

        assert "hunter2" not in str(caught.value)


@pytest.fixture
def _eager(monkeypatch):
    """Answers that may grow as often as somebody wishes."""
    for rhythm in ("DRAFTS", "GROUP_EDITS"):
        monkeypatch.setattr(f"adapters.telegram.shared.{rhythm}", Rhythm(every=0.0, slowest=0.0))


class TestDrafts:
    async def test_a_private_answer_grows_as_a_draft_and_stands_exactly_once(self, telegram):
        async with answering(telegram) as sink:
            ann = next(iter(telegram.world.people))
            await telegram.until(lambda: telegram.actions)
            await sink.preview(part("Once **upon**"))

            assert "Once upon" == telegram.draft(ann)

            await sink.finish(part("Once **upon** a time."))

        assert ["Once upon a time."] == telegram.bot_texts(ann)
        assert telegram.draft(ann) is None
        assert not telegram.called("editMessageText")

    @pytest.mark.usefixtures("_eager")
    async def test_a_draft_can_be_stopped_where_the_answer_can(self, telegram):
        async with answering(telegram) as sink:
            await sink.preview(replace(part("Once"), buttons=Buttons(turn=STOP)))
            await sink.preview(part("Once upon"))

        assert [True, False] == [draft.can_stop for draft in telegram.drafts]

    async def test_an_empty_one_says_that_the_bot_thinks_and_becomes_the_answer(self, telegram):
        async with answering(telegram) as sink:
            thinking_after = sink.surface.thinking_after
            await sink.preview(replace(part(""), buttons=Buttons(turn=STOP)))
            await sink.preview(part("Once"))

        assert 3.0 == thinking_after
        assert [("", True), ("Once", False)] == [(draft.text, draft.can_stop) for draft in telegram.drafts]
        assert 1 == len({draft.draft_id for draft in telegram.drafts})

    async def test_a_server_that_takes_no_empty_ones_is_asked_once_and_shows_all_others(self, telegram):
        telegram.faults.add(
            "sendMessageDraft",
            times=9,
            **refusal("Bad Request: text must be non-empty"),
            when=lambda params: not params.get("text"),
        )
        async with answering(telegram) as sink:
            for _ in range(5):
                await sink.preview(part(""))
            await sink.preview(part("Once"))

            assert sink.surface.thinking_after is None
        assert ["Once"] == [draft.text for draft in telegram.drafts]

    async def test_an_empty_one_is_shown_again_before_it_vanishes(self, telegram):
        async with answering(telegram) as sink:
            await telegram.until(lambda: telegram.actions)
            await sink.preview(part(""))
            sink._life.frame = replace(sink._life.frame, at=sink._life.frame.at - 21)
            await sink._life.refresh()

        assert ["", ""] == [draft.text for draft in telegram.drafts]

    @pytest.mark.parametrize("options", [{"stream": "edit"}, {"stream": "off"}])
    async def test_where_answers_grow_otherwise_nothing_empty_is_shown(self, telegram, options):
        async with answering(telegram, **options) as sink:
            await sink.preview(part(""))

            assert sink.surface.thinking_after is None
        assert not telegram.drafts
        assert not telegram.called("sendMessage")

    async def test_in_a_group_nothing_empty_is_shown(self, telegram):
        tea = telegram.group("Tea", members=[telegram.person("Bob")])
        async with answering(telegram, said=telegram.mention("hello"), chat=tea) as sink:
            await sink.preview(part(""))

            assert sink.surface.thinking_after is None
        assert not telegram.called("sendMessage")

    async def test_stopping_a_draft_says_which_answer_is_meant(self, telegram):
        ann = telegram.person("Ann")
        telegram.says(ann, "hello")
        async with hearing(telegram) as recorder, recorder.adapter.reply(await recorder.hears()) as sink:
            await sink.preview(replace(part("Once"), buttons=Buttons(turn=STOP)))
            telegram.stops(ann)
            stop = await recorder.hears(2)

        assert (CommandName.STOP, "turn-1", str(ann.id)) == (stop.command, stop.turn_key, stop.author.id)

    async def test_stopping_a_draft_that_nobody_knows_any_more_says_nothing(self, telegram):
        ann = telegram.person("Ann")
        stopped = {"chat": {"id": ann.id, "type": "private"}, "draft_id": 7}
        async with hearing(telegram) as recorder:
            await eventually(telegram.polling)
            telegram.update("stopped_message_generation", stopped)
            telegram.says(ann, "hello")

            assert "hello" == (await recorder.hears()).text

    async def test_one_refused_frame_does_not_end_the_drafts(self, telegram):
        async with answering(telegram) as sink:
            ann = next(iter(telegram.world.people))
            telegram.faults.add("sendMessageDraft", **refusal("Bad Request: something new"))
            await sink.preview(part("Once"))
            await sink.preview(part("Once upon"))

            assert "Once upon" == telegram.draft(ann)
        assert not telegram.called("sendMessage")

    async def test_after_three_refused_frames_only_the_answer_is_shown(self, telegram):
        async with answering(telegram) as sink:
            telegram.faults.add("sendMessageDraft", times=9, **refusal("Bad Request: something new"))
            for _ in range(5):
                await sink.preview(part("Once upon"))

            assert 3 == len(telegram.called("sendMessageDraft"))

            await sink.finish(part("Once upon a time"))

        assert 1 == len(telegram.called("sendMessage"))

    async def test_a_server_without_drafts_is_asked_once_and_then_edits_are_used(self, telegram):
        ann = telegram.person("Ann")
        telegram.says(ann, "hello")
        telegram.faults.add("sendMessageDraft", **refusal("Not Found: method not found", 404))
        async with hearing(telegram) as recorder:
            message = await recorder.hears()
            async with recorder.adapter.reply(message) as sink:
                await sink.preview(part("Once"))
                await sink.finish(part("Once upon"))
            async with recorder.adapter.reply(message) as sink:
                assert sink.surface.previews_are_messages

                assert await sink.preview(part("Again")) is not None

        assert 1 == len(telegram.called("sendMessageDraft"))

    @pytest.mark.usefixtures("_eager")
    async def test_each_part_has_a_bubble_of_its_own(self, telegram):
        async with answering(telegram) as sink:
            await sink.preview(part("One"))
            await sink.finish(part("One."))
            await sink.preview(part("Two", index=1))
            await sink.finish(part("Two.", index=1))

        first, second = (draft.draft_id for draft in telegram.drafts)
        assert first != second
        assert [None, True] == [call.params.get("disable_notification") for call in telegram.called("sendMessage")]

    async def test_a_draft_is_shown_again_before_it_vanishes(self, telegram):
        async with answering(telegram) as sink:
            await telegram.until(lambda: telegram.actions)
            await sink.preview(part("Once"))
            sink._life.frame = replace(sink._life.frame, at=sink._life.frame.at - 21)
            await sink._life.refresh()
            await sink._life.refresh()

        first, again = telegram.drafts
        assert (first.draft_id, first.text) == (again.draft_id, again.text)


class TestLinkPreviews:
    async def test_none_is_shown_unless_the_config_wants_them(self, telegram):
        async with answering(telegram, stream="edit") as sink:
            ref = await sink.preview(part("see https://example.org"))
            await sink.finish(part("see https://example.org now", ref=ref))

        wishes = [call.params["link_preview_options"] for call in telegram.calls if call.params.get("text")]
        assert [{"is_disabled": True}] * 2 == wishes

    async def test_with_previews_telegram_does_as_it_likes(self, telegram):
        async with answering(telegram, stream="edit", link_previews=True) as sink:
            ref = await sink.preview(part("see https://example.org"))
            await sink.finish(part("see https://example.org now", ref=ref))

        assert not [call for call in telegram.calls if "link_preview_options" in call.params]


class TestEdits:
    @pytest.mark.usefixtures("_eager")
    async def test_in_a_group_one_message_grows(self, telegram):
        group = telegram.group("Tea")
        async with answering(telegram, said=telegram.mention("tea?"), chat=group) as sink:
            ref = await sink.preview(part("Green"))
            await sink.preview(part("Green or", ref=ref))

            assert ["Green or"] == telegram.bot_texts(group)
            assert ref == await sink.finish(part("Green or *black*?", ref=ref))
            assert ref == await sink.finish(part("Green or *black*?", ref=ref))

        (message,) = [one for one in telegram.messages(group) if one.sender_is_bot]
        assert "Green or black?" == message.text
        assert 2 == message.edits
        assert message.reply_to == telegram.messages(group)[0].message_id
        assert not telegram.called("sendMessageDraft")

    async def test_what_is_shown_already_is_not_sent_again(self, telegram):
        """
        An edit that changes nothing is refused, and counts against the limits all the same.
        """
        async with answering(telegram, stream="edit") as sink:
            ref = await sink.preview(part("Once upon a time."))
            await sink.finish(part("Once upon a time.", ref=ref))

        assert not telegram.called("editMessageText")

    async def test_an_answer_is_completed_by_another_process(self, telegram):
        ann = telegram.person("Ann")
        telegram.says(ann, "hello")
        async with hearing(telegram, stream="edit") as recorder:
            message = await recorder.hears()
            async with recorder.adapter.reply(message) as sink:
                ref = await sink.preview(part("Once"))
        async with adapter_of(telegram, stream="edit") as adapter, adapter.reply(message) as sink:
            await sink.finish(part("Once upon", ref=ref))
            await sink.finish(part("Once upon", ref=ref))

        assert ["Once upon"] == telegram.bot_texts(ann.id)

    async def test_a_message_somebody_deleted_is_posted_anew(self, telegram):
        async with answering(telegram, stream="edit") as sink:
            telegram.faults.add("editMessageText", **refusal("Bad Request: message to edit not found"))
            ref = await sink.finish(part("Once upon", ref=Ref("99")))

        assert Ref("99") != ref
        assert 1 == len(telegram.called("sendMessage"))

    async def test_too_early_a_preview_is_dropped(self, telegram):
        async with answering(telegram, stream="edit") as sink:
            ref = await sink.preview(part("Once"))

            assert ref == await sink.preview(part("Once upon", ref=ref))
        assert not telegram.called("editMessageText")

    async def test_without_streaming_only_finished_text_is_shown(self, telegram):
        async with answering(telegram, stream="off") as sink:
            assert sink.surface.preview_interval is None
            assert await sink.preview(part("Once")) is None

            await sink.finish(part("Once upon"))

        assert 1 == len(telegram.called("sendMessage"))
        assert not telegram.called("sendMessageDraft")


class TestTopics:
    async def test_an_answer_stands_in_the_topic_it_was_asked_in(self, telegram):
        forum = telegram.group("Office", forum=True)
        topic = telegram.topic(forum, "Tea", by=telegram.person("Bob"))
        async with answering(telegram, said=telegram.mention("tea?"), chat=forum, thread=topic) as sink:
            await telegram.until(lambda: telegram.actions)
            await sink.finish(part("Yes."))

        assert ["Yes."] == telegram.bot_texts(forum, topic)
        assert {topic} == {action.thread for action in telegram.actions}

    async def test_in_the_general_topic_only_the_typing_sign_names_it(self, telegram):
        """
        Telegram refuses messages that name the general topic, and hides typing signs that do not.
        """
        forum = telegram.group("Office", forum=True)
        async with answering(telegram, said=telegram.mention("tea?"), chat=forum) as sink:
            await telegram.until(lambda: telegram.actions)
            await sink.finish(part("Yes."))

        assert ["Yes."] == telegram.bot_texts(forum)
        assert {1} == {action.thread for action in telegram.actions}
        assert "message_thread_id" not in telegram.called("sendMessage")[0].params

    async def test_an_answer_stays_with_its_question_when_its_topic_is_refused(self, telegram):
        forum = telegram.group("Office", forum=True)
        topic = telegram.topic(forum, "Tea", by=telegram.person("Bob"))
        async with answering(telegram, said=telegram.mention("tea?"), chat=forum, thread=topic) as sink:
            await sink.finish(part("Yes."))
            telegram.faults.add("sendMessage", **refusal("Bad Request: TOPIC_CLOSED"))
            await sink.finish(part("Green.", index=1))
            await sink.finish(part("Or black.", index=2))

        assert ["Yes.", "Green.", "Or black."] == telegram.bot_texts(forum, topic)
        assert [True, False, True, True] == [call.ok for call in telegram.called("sendMessage")]

    @pytest.mark.parametrize("how", ["closed", "deleted"])
    async def test_an_answer_never_lands_in_another_topic(self, telegram, how):
        """Nor does the sentence that says so: the turn ends quietly."""
        forum = telegram.group("Office", forum=True)
        topic = telegram.topic(forum, "Tea", by=telegram.person("Bob"))
        async with answering(telegram, said=telegram.mention("tea?"), chat=forum, thread=topic) as sink:
            (telegram.close_topic if how == "closed" else telegram.delete_topic)(forum, topic)
            with pytest.raises(ChatGone):
                await sink.finish(part("Yes."))
            with pytest.raises(ChatGone):
                await sink.notify("Something went wrong.")
            with pytest.raises((ChatGone, Refused)):
                await sink.attach(MediaBytes(name="tea.pdf", mime="application/pdf", data=b"%PDF"))

        assert [] == telegram.bot_texts(forum)
        assert not [message for message in telegram.messages(forum) if message.media]


REFUSALS = [
    "Bad Request: can't parse entities: something new",
    "Bad Request: can't parse MessageEntity: Unsupported type specified",
    "Bad Request: entity beginning at UTF-16 offset 5 ends after the end of the text at UTF-16 offset 11",
    "Bad Request: BUTTON_DATA_INVALID",
    "Bad Request: something nobody has seen yet",
]


class TestForms:
    """No refusal of a form costs the content."""

    @pytest.mark.parametrize("description", REFUSALS)
    async def test_what_is_refused_is_done_without(self, telegram, description):
        async with answering(telegram) as sink:
            telegram.faults.add("sendMessage", **refusal(description))
            await sink.finish(replace(part("Once **upon** a time"), buttons=Buttons(follow_ups=("And then?",))))

        assert ["Once upon a time"] == telegram.bot_texts(next(iter(telegram.world.people)))

    async def test_refused_buttons_leave_the_formatting_alone(self, telegram):
        async with answering(telegram) as sink:
            telegram.faults.add("sendMessage", **refusal("Bad Request: BUTTON_DATA_INVALID"))
            await sink.finish(replace(part("Once **upon** a time"), buttons=Buttons(follow_ups=("And then?",))))

        (message,) = [one for one in telegram.messages(next(iter(telegram.world.people))) if one.sender_is_bot]
        assert ["bold"] == [entity["type"] for entity in message.entities]
        assert message.reply_markup is None

    async def test_refused_formatting_leaves_the_buttons_alone(self, telegram):
        async with answering(telegram) as sink:
            telegram.faults.add("sendMessage", **refusal("Bad Request: can't parse entities: something new"))
            await sink.finish(replace(part("Once **upon** a time"), buttons=Buttons(follow_ups=("And then?",))))

        (message,) = [one for one in telegram.messages(next(iter(telegram.world.people))) if one.sender_is_bot]
        assert ("Once upon a time", []) == (message.text, message.entities or [])
        assert [["And then?"]] == [[key["text"] for key in row] for row in message.reply_markup["inline_keyboard"]]

    async def test_without_formatting_an_address_stands_beside_its_words(self, telegram):
        async with answering(telegram) as sink:
            telegram.faults.add("sendMessage", **refusal("Bad Request: can't parse entities: something new"))
            await sink.finish(part("👍 see [the **manual**](https://example.com/a_b), page 3"))

        ann = next(iter(telegram.world.people))
        assert ["👍 see the manual (https://example.com/a_b), page 3"] == telegram.bot_texts(ann)

    @pytest.mark.parametrize("description", ["MESSAGE_TOO_LONG", "message is too long", "text is too long"])
    @pytest.mark.parametrize("said", ["x" * 4097, "tea " * 1000, "水" * 3000, "```py\n" + "print(1)\n" * 300 + "```"])
    async def test_a_text_that_is_too_long_is_split_smaller(self, telegram, description, said):
        async with answering(telegram) as sink:
            telegram.faults.add("sendMessage", **refusal(f"Bad Request: {description}"))
            await sink.finish(part(said))

        pieces = telegram.bot_texts(next(iter(telegram.world.people)))
        assert len(pieces) >= 2
        assert letters(said.replace("```py", "").replace("```", "")) == letters("".join(pieces))
        assert not telegram.called("sendDocument")

    async def test_the_buttons_stand_below_the_last_message_of_a_split_answer(self, telegram):
        async with answering(telegram) as sink:
            telegram.faults.add("sendMessage", **refusal("Bad Request: MESSAGE_TOO_LONG"))
            await sink.finish(replace(part("tea " * 500), buttons=Buttons(follow_ups=("More?",))))

        messages = [one for one in telegram.messages(next(iter(telegram.world.people))) if one.sender_is_bot]
        assert [False, True] == [message.reply_markup is not None for message in messages]

    @pytest.mark.parametrize(
        "description",
        ["MESSAGE_TOO_LONG", "can't parse entities: no", "something new", "strings must be encoded in UTF-8"],
    )
    async def test_what_no_message_may_say_comes_as_a_file(self, telegram, description):
        async with answering(telegram) as sink:
            telegram.faults.add("sendMessage", times=99, **refusal(f"Bad Request: {description}"))
            await sink.finish(part("Once **upon** a time. " * 50))

        (message,) = [one for one in telegram.messages(next(iter(telegram.world.people))) if one.sender_is_bot]
        assert "document" in message.media
        assert len(telegram.called("sendMessage")) <= 6

    async def test_an_edit_that_is_too_long_goes_on_in_another_message(self, telegram):
        async with answering(telegram, stream="edit") as sink:
            ref = await sink.preview(part("tea"))
            telegram.faults.add("editMessageText", **refusal("Bad Request: MESSAGE_TOO_LONG"))

            assert ref == await sink.finish(part("tea " * 500, ref=ref))

        pieces = telegram.bot_texts(next(iter(telegram.world.people)))
        assert 2 == len(pieces)
        assert letters("tea " * 500) == letters("".join(pieces))

    async def test_an_edit_whose_formatting_is_refused_is_plain(self, telegram):
        async with answering(telegram, stream="edit") as sink:
            ref = await sink.preview(part("Once"))
            telegram.faults.add("editMessageText", **refusal("Bad Request: can't parse entities: something new"))
            await sink.finish(part("Once **upon** a time", ref=ref))

        assert ["Once upon a time"] == telegram.bot_texts(next(iter(telegram.world.people)))

    @pytest.mark.parametrize("words", ["message to be replied not found", "replied message not found"])
    async def test_an_answer_whose_question_was_deleted_refers_to_nothing(self, telegram, words):
        group = telegram.group("Tea")
        async with answering(telegram, said=telegram.mention("tea?"), chat=group) as sink:
            telegram.faults.add("sendMessage", **refusal(f"Bad Request: {words}"))
            await sink.finish(part("Yes."))

        (message,) = [one for one in telegram.messages(group) if one.sender_is_bot]
        assert ("Yes.", None) == (message.text, message.reply_to)

    @pytest.mark.parametrize("description", ["TEXTDRAFT_PEER_INVALID", "textdraft_peer_invalid: no"])
    async def test_a_chat_that_takes_no_drafts_grows_by_edits_from_then_on(self, telegram, description):
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
    async def test_a_server_without_drafts_lets_the_first_answer_grow_too(self, telegram, said):
        async with answering(telegram) as sink:
            telegram.faults.add("sendMessageDraft", **refusal(said, 404))
            await sink.preview(part("Once"))

            assert await sink.preview(part("Once upon")) is not None

        assert ["Once upon"] == telegram.bot_texts(next(iter(telegram.world.people)))

    @pytest.mark.parametrize("place", [{}, {"basic": True}, {"forum": True}, {"forum": True, "topic": "Tea"}], ids=str)
    async def test_a_growing_message_that_was_deleted_is_sent_anew_once(self, telegram, place):
        kind = {key: value for key, value in place.items() if key != "topic"}
        group = telegram.group("Tea", **kind)
        topic = telegram.topic(group, place["topic"], by=telegram.person("Eve")) if "topic" in place else None
        async with answering(telegram, said=telegram.mention("tea?"), chat=group, thread=topic) as sink:
            ref = await sink.preview(part("Green"))
            telegram.world.chat(group, telegram.bot_id).messages[int(ref)].deleted = True
            anew = await sink.finish(part("Green or black?", ref=ref))
            await sink.finish(part("Green or black?", ref=anew))

        assert ["Green or black?"] == telegram.bot_texts(group)


def letters(text):
    """*text* without white space, which a split may take away."""
    return "".join(text.split())


def lost(telegram, words, **how):
    """Have the answer get lost to the next call that posts those *words*, which is done."""
    telegram.faults.add("sendMessage", apply=True, cut=True, when=lambda params: words in str(params), **how)


def looks(telegram):
    return [call.params["message_id"] for call in telegram.called("editMessageText")]


class TestLostSends:
    """Telegram has no idempotency key: what may stand is looked for where it must stand."""

    @pytest.mark.parametrize("where", ["private", "basic", "supergroup", "forum"])
    async def test_a_message_whose_answer_got_lost_is_found_and_not_repeated(self, telegram, where):
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

    async def test_it_is_found_among_all_that_others_say_meanwhile(self, telegram):
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

    async def test_what_surely_does_not_stand_is_sent_again(self, telegram):
        """A server answers so before and after the deed."""
        async with answering(telegram) as sink:
            telegram.faults.add("sendMessage", status=502)
            await sink.finish(part("Once upon"))

        assert ["Once upon"] == telegram.bot_texts(next(iter(telegram.world.people)))
        assert 2 == len(telegram.called("sendMessage"))
        assert LOOKED_AT_ONCE == len(looks(telegram))

    async def test_another_message_of_ours_is_never_looked_at(self, telegram):
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

    async def test_a_sentence_of_the_bridges_own_is_found_too(self, telegram):
        async with answering(telegram) as sink:
            lost(telegram, "I keep")
            await sink.notify("I keep trying.")

        assert ["I keep trying."] == telegram.bot_texts(next(iter(telegram.world.people)))

    async def test_where_several_replicas_speak_it_is_left_to_who_knows_them_all(self, telegram):
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

    async def test_one_that_a_dead_process_let_grow_is_found_by_what_it_shall_say(self, telegram):
        group = telegram.group("Tea")
        async with answering(telegram, said=telegram.mention("tea?"), chat=group) as sink:
            after = sink.surface.newest
            ref = await sink.preview(part("Green"))
            sink._shared.message_ids = MessageIds()
            found = await sink.find(replace(part("Green tea."), after=after, beside={}))

            assert ref == found
            assert ["Green tea."] == telegram.bot_texts(group)

    @pytest.mark.parametrize("where", ["private", "basic", "supergroup"])
    async def test_of_what_a_dead_process_never_sent_somebody_waits_for_no_budget(self, telegram, where):
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

    async def test_what_is_somebodys_for_sure_is_looked_at_whoever_waits(self, telegram):
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

    async def test_all_that_one_death_cut_off_is_found(self, telegram):
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

    async def test_a_group_that_was_told_much_is_looked_at_less(self, telegram):
        group = telegram.group("Tea")
        async with answering(telegram, said=telegram.mention("tea?"), chat=group) as sink:
            sink._shared.pace.owe(asyncio.get_running_loop().time(), ChatCall(chat=str(group)), 12)

            assert await sink.find(replace(part("Green"), after=sink.surface.newest, beside={})) is None
            assert LOOKED_AT_LATER == len(looks(telegram))

    async def test_a_file_is_passed_over(self, telegram):
        async with answering(telegram) as sink:
            after = sink.surface.newest
            await sink.attach(MediaBytes(name="cat.png", mime="image/png", data=b"\x89PNG"))
            sink._shared.message_ids = MessageIds()

            assert await sink.find(replace(part("Once"), after=after, beside={})) is None

        assert [0] == [one.edits for one in telegram.messages(next(iter(telegram.world.people))) if one.sender_is_bot]


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


class TestAGroupThatIsUpgradedMeanwhile:
    """The answer goes on in the supergroup, where it stands once; nothing that has the same number there is touched."""

    @asynccontextmanager
    async def upgraded(self, telegram, *, after=()):
        """A sink, its group's new id, and the messages in which the parts *after* which it was upgraded were shown."""
        bob = telegram.person("Bob")
        old = telegram.group("Tea", members=[bob], basic=True)
        async with answering(telegram, said=telegram.mention("hello"), chat=old) as sink:
            refs = [await sink.finish(one) for one in after]
            new = telegram.migrate(old)
            for _ in range(3):
                telegram.says(bob, "tea?", new)
            yield sink, new, refs

    async def test_the_growing_message_is_posted_anew(self, telegram):
        async with self.upgraded(telegram, after=[part("Once")]) as (sink, new, [ref]):
            assert ref == await sink.preview(part("Once upon", ref=ref))
            again = await sink.finish(part("Once upon a time", ref=ref))

        assert ["Once upon a time"] == telegram.bot_texts(new)
        assert ref != again

    async def test_what_was_not_begun_stands_there_alone(self, telegram):
        async with self.upgraded(telegram) as (sink, new, _):
            await sink.finish(part("Once"))
            await sink.finish(part("upon a time", index=1))
            await sink.notify("Done.")

        assert ["Once", "upon a time", "Done."] == telegram.bot_texts(new)

    async def test_further_messages_from_before_are_neither_changed_nor_taken_away_there(self, telegram):
        before = [part("Once"), part("upon", index=1), part("a time", index=2)]
        async with self.upgraded(telegram, after=before) as (sink, new, refs):
            await sink.finish(part("In the end", ref=refs[0]))
            await sink.finish(part("that was", index=1, ref=refs[1]))
            await sink.withdraw(refs[2])

        assert ["In the end", "that was"] == telegram.bot_texts(new)
        assert not [message for message in telegram.messages(new) if message.deleted or len(message.history) > 1]

    async def test_a_picture_comes_along(self, telegram):
        async with self.upgraded(telegram) as (sink, new, _):
            await sink.attach(MediaBytes(name="p.png", mime="image/png", data=PNG))

        assert [True] == [message.photo is not None for message in telegram.messages(new) if message.sender_is_bot]

    async def test_without_a_word_where_it_goes_on_the_place_is_lost(self, telegram):
        async with answering(telegram) as sink:
            telegram.faults.add("sendMessage", **refusal("Bad Request: group chat was upgraded to a supergroup chat"))
            with pytest.raises(ChatGone):
                await sink.finish(part("Once"))


class TestTrouble:
    async def test_a_final_waits_as_long_as_telegram_asks(self, telegram):
        async with answering(telegram) as sink:
            telegram.faults.add("sendMessage", status=429, headers={"Retry-After": "1"})
            await sink.finish(part("Once upon"))

        assert [False, True] == [call.ok for call in telegram.called("sendMessage")]

    async def test_a_preview_told_to_wait_is_dropped_and_so_are_its_followers(self, telegram):
        async with answering(telegram) as sink:
            telegram.faults.add("sendMessageDraft", status=429, headers={"Retry-After": "30"})
            await sink.preview(part("Once"))
            await sink.preview(part("Once upon"))

        assert 1 == len(telegram.called("sendMessageDraft"))

    @pytest.mark.parametrize("chat", ["in private", "in a group"])
    async def test_after_it_answers_grow_in_larger_steps_there(self, telegram, chat):
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

    async def test_a_wait_beyond_patience_is_the_cores_to_plan(self, telegram):
        async with answering(telegram) as sink:
            telegram.faults.add("sendMessage", status=429, headers={"Retry-After": "300"})
            for _ in range(2):
                with pytest.raises(Later) as caught:
                    await sink.finish(part("Once upon"))

                assert 299 < caught.value.retry_after < 302

        assert 1 == len(telegram.called("sendMessage"))

    async def test_an_edit_whose_answer_got_lost_is_simply_repeated(self, telegram):
        async with answering(telegram, stream="edit") as sink:
            ref = await sink.preview(part("Once"))
            telegram.faults.add("editMessageText", apply=True, cut=True)

            assert ref == await sink.finish(part("Once upon", ref=ref))

        assert ["Once upon"] == telegram.bot_texts(next(iter(telegram.world.people)))

    async def test_formatting_that_is_refused_is_done_without(self, telegram):
        async with answering(telegram) as sink:
            telegram.faults.add("sendMessage", **refusal("Bad Request: can't parse entities: something new"))
            await sink.finish(part("Once **upon** a time"))

        assert ["Once upon a time"] == telegram.bot_texts(next(iter(telegram.world.people)))

    async def test_a_person_who_blocked_the_bot_cannot_be_answered(self, telegram):
        async with answering(telegram) as sink:
            telegram.faults.add("*", times=99, **refusal("Forbidden: bot was blocked by the user", 403))

            with pytest.raises(ChatGone):
                await sink.finish(part("Once upon"))

    async def test_a_proxys_page_that_quotes_the_address_does_not_spread_the_token(self, telegram):
        async with answering(telegram) as sink:
            telegram.faults.add("*", times=99, status=400, body=f"no such page: /bot{telegram.token}/sendMessage")

            with pytest.raises(Refused) as caught:
                await sink.finish(part("Once upon"))

        assert telegram.token not in repr(caught.value) + repr(caught.value.__cause__)

    async def test_a_sentence_of_the_bridges_own_is_a_message(self, telegram):
        async with answering(telegram) as sink:
            await sink.notify("Memory is *fresh*.")

        assert ["Memory is *fresh*."] == telegram.bot_texts(next(iter(telegram.world.people)))


class TestWebhook:
    @asynccontextmanager
    async def listening(self, telegram):
        """An adapter behind a web server of its own."""
        adapter = adapter_of(telegram, receive="webhook")
        recorder = RecordingAccept(adapter)

        async def serve(request):
            headers = {name.lower(): value for name, value in request.headers.items()}
            answer = await adapter.handle_webhook(WebhookRequest(headers=headers, read=request.read), recorder.accept)
            return web.Response(status=answer.status, text=answer.body, headers=answer.headers)

        app = web.Application()
        app.router.add_post("/hook", serve)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        adapter.set_webhook_url(f"http://127.0.0.1:{runner.addresses[0][1]}/hook")
        async with adapter:
            running = asyncio.create_task(adapter.run(recorder.accept))
            await eventually(lambda: adapter.unavailable_reason is None)
            try:
                yield recorder
            finally:
                running.cancel()
                await asyncio.wait([running])
        await runner.cleanup()

    async def test_what_telegram_brings_is_accepted(self, telegram):
        async with self.listening(telegram) as recorder:
            telegram.says(telegram.person("Ann"), "hello")

            assert "hello" == (await recorder.hears()).text
        assert not telegram.called("getUpdates")

    async def test_what_could_not_be_accepted_is_brought_again(self, telegram):
        async with self.listening(telegram) as recorder:
            recorder.failures.append(Later("the disk is full"))
            telegram.says(telegram.person("Ann"), "hello")

            assert "hello" == (await recorder.hears()).text

    @pytest.mark.parametrize(("secret", "body", "status"), [("right", b"{nonsense", 200), ("wrong", b"{}", 403)])
    async def test_strangers_are_sent_away_and_nonsense_is_taken_once(self, telegram, secret, body, status):
        async with self.listening(telegram) as recorder:
            headers = {SECRET_HEADER: telegram.called("setWebhook")[0].params["secret_token"]}
            request = called(headers if secret == "right" else {SECRET_HEADER: "wrong"}, body)

            assert status == (await recorder.adapter.handle_webhook(request, recorder.accept)).status
            assert ([body.decode()] if status == 200 else []) == [one.raw for one in recorder.heard]

    async def test_it_needs_an_address(self, telegram):
        async with adapter_of(telegram, receive="webhook") as adapter:
            with pytest.raises(ConfigError, match="public_url"):
                await adapter.run(RecordingAccept(adapter).accept)

    async def test_an_adapter_that_polls_is_not_called(self, telegram):
        async with adapter_of(telegram) as adapter:
            assert not adapter.receives_by_http
