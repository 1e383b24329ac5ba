"""How the daemon listens to Telegram: what stands in its way, and what it says about that."""

import httpx

from tests.scenarios.harness import BridgeHarness

ELSEWHERE = "https://user:secret@hooks.example.org:8443/secret-path"


class TestAWebhookThatIsSet:
    async def test_is_taken_away_and_its_host_is_named(self, bridge: BridgeHarness) -> None:
        telegram = bridge.telegram
        async with httpx.AsyncClient() as client:
            await client.post(f"{telegram.url}/bot{telegram.token}/setWebhook", json={"url": ELSEWHERE})
        await bridge.start()
        ann = bridge.in_private("Ann")
        ann.says("hello")
        await ann.reads("You said: hello")
        assert await bridge.terminate() == 0

        assert "hooks.example.org:8443" in bridge.log
        assert "secret" not in bridge.log

    async def test_by_nobody_is_not_spoken_of(self, bridge: BridgeHarness) -> None:
        await bridge.start()
        ann = bridge.in_private("Ann")
        ann.says("hello")
        await ann.reads("You said: hello")
        assert await bridge.terminate() == 0

        assert "webhook.removed" not in bridge.log
