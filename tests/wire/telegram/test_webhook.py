"""Updates that Telegram brings itself."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from adapters.telegram.adapter import SECRET_HEADER
from bridge.sdk.errors import ConfigError, Later
from bridge.sdk.ports import WebhookRequest
from tests.wire.hearing import called
from tests.wire.telegram.harness import RecordingAccept, adapter_of, eventually


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
