"""Polling through outages, other pollers and webhooks that are set for the same token."""

import asyncio

from structlog.testing import capture_logs

from simulators.telegram.updates import HOOK_ACTIVE
from tests.wire.telegram.harness import RecordingAccept, adapter_of, eventually, hearing, refusal


class TestPolling:
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
