"""What is asked of Telegram at the start, and what is told where it refuses."""

import asyncio

import pytest
from structlog.testing import capture_logs

from adapters.telegram.menu import MENU
from adapters.telegram.options import TelegramOptions
from bridge.parts import running_adapter
from bridge.parts.running_adapter import RunningAdapter
from bridge.sdk.errors import Unauthorised, Unreachable
from bridge.sdk.model import CommandName
from bridge.sdk.ports import Adapter, WebhookReceiver
from tests.wire.telegram.harness import RecordingAccept, adapter_of, eventually, hearing, refusal


async def test_it_is_an_adapter_and_can_be_called(telegram):
    adapter = adapter_of(telegram)

    assert isinstance(adapter, Adapter)
    assert isinstance(adapter, WebhookReceiver)
    assert f"telegram:{telegram.bot_id}" == adapter.exclusive_lease
    assert adapter_of(telegram, receive="webhook").exclusive_lease is None
    assert "/new" == adapter.format_command(CommandName.NEW)


async def test_that_privacy_mode_keeps_groups_from_it_is_told_with_the_remedy(telegram):
    with capture_logs() as log:
        async with adapter_of(telegram):
            pass
        telegram.privacy[telegram.token] = False
        async with adapter_of(telegram):
            pass
    [told] = [line for line in log if line["event"] == "groups.heard_in_part"]

    assert "/setprivacy" in told["remedy"]


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
async def test_a_server_without_the_methods_that_nobody_needs_is_heard_and_it_is_said(telegram, missing, fault):
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


async def test_the_library_tells_nobody_what_a_server_says_that_is_no_json(telegram, caplog):
    telegram.faults.add("setMyCommands", status=200, body="the zebra is called Ottokar")
    with capture_logs() as log:
        async with hearing(telegram):
            await eventually(lambda: any(one.get("feature") == "menu" for one in log))

    assert "Ottokar" not in caplog.text + str(log)


async def test_the_menu_of_commands_is_filled_in_two_languages_and_for_groups(telegram):
    async with hearing(telegram):
        await telegram.until(lambda: len(telegram.called("setMyCommands")) == 4)

    menus = {
        (call.params["scope"]["type"], call.params.get("language_code")): call.params["commands"]
        for call in telegram.called("setMyCommands")
    }
    assert {(scope, code) for scope in ("default", "all_group_chats") for code in (None, "zh")} == set(menus)
    assert [*MENU] == [each["command"] for each in menus["default", "zh"]]
    assert "停止回答" in {each["description"] for each in menus["default", "zh"]}
    assert {"new", "stop", "retry", "status", "help"} == {each["command"] for each in menus["all_group_chats", None]}


async def test_a_token_nobody_knows_is_refused_and_never_shown(telegram):
    stranger = "654321:SOMEBODY-ELSES-TOKEN-0123456789-abcdef"
    adapter = adapter_of(telegram, token=stranger)

    with pytest.raises(Unauthorised) as caught:
        await adapter.__aenter__()

    assert "SOMEBODY" not in repr(caught.value) + repr(caught.value.__cause__) + repr(caught.value.__context__)


async def test_a_telegram_that_is_away_is_unreachable(telegram):
    await telegram.go_away()

    with pytest.raises(Unreachable):
        await adapter_of(telegram).__aenter__()


async def test_one_that_is_away_at_the_start_is_told_once_however_often_it_is_tried(telegram, monkeypatch):
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


def test_a_malformed_token_is_not_repeated_in_the_complaint():
    with pytest.raises(ValueError, match="expected a bot token") as caught:
        TelegramOptions(token="hunter2")

    assert "hunter2" not in str(caught.value)
