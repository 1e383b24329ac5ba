"""What is wrong with a bot is known before a person meets it, and keeps nobody from anything."""

import asyncio
import json

import pytest
from structlog.testing import capture_logs

from bridge.coze.auth import StaticToken
from bridge.coze.client import CozeConnection
from bridge.engine import bot_checks
from bridge.engine.bot_checks import BotChecks
from bridge.sdk.asking import Introduction
from bridge.sdk.checks import Level
from bridge.sdk.errors import Unreachable
from simulators.coze import BOT, TOKEN, Coze
from tests.wire.house import PATIENCE, House


async def noted(house):
    """The notes, once there are some."""
    async with asyncio.timeout(PATIENCE):
        while True:
            status, _, body = await house.get("/readyz")
            told = json.loads(body)
            if told["notes"]:
                return status, told
            await asyncio.sleep(0.01)


class TestTheDaemon:
    async def test_a_bot_that_is_not_there_is_named_and_nobody_waits_for_it(self, tmp_path, platforms):
        coze = platforms[0]
        coze.bots = set()
        with capture_logs() as logs:
            async with House(tmp_path, *platforms).living() as house:
                status, told = await noted(house)

        assert (200, True, {}) == (status, told["ready"], told["reasons"])
        assert f"{BOT} is not there (code 4200" in told["notes"]["bots.assistant"]
        assert "check bot_id" in told["notes"]["bots.assistant"]
        [said] = [line for line in logs if line["event"] == "bot.misconfigured"]
        assert ("assistant", "warning") == (said["bot"], said["log_level"])

    async def test_a_bot_that_is_well_is_asked_after_once(self, tmp_path, platforms):
        coze = platforms[0]
        async with House(tmp_path, *platforms).living() as house:
            await coze.until(lambda: coze.called("bots.retrieve"))
            _, _, body = await house.get("/readyz")

        assert {} == json.loads(body)["notes"]
        assert 1 == len(coze.called("bots.retrieve"))


class TestTheProfile:
    @pytest.mark.parametrize("flavour", ["cloud", "studio"])
    async def test_it_learns_how_the_bot_introduces_itself(self, flavour):
        async with Coze(flavour=flavour) as coze, CozeConnection(coze.url, StaticToken(TOKEN)) as home:
            profile = home.bot("assistant", BOT).for_owner("u-1").profile
            before = profile.introduction
            finding = await profile.check()

            assert Level.OK is finding.level
            assert Introduction() == before
            expected = Introduction(name="Ada", greeting=coze.prologue, questions=coze.suggested_questions)
            assert expected == profile.introduction
            assert coze.url == profile.file_hosts.own

    @pytest.mark.parametrize(
        ("fault", "level", "says"),
        [
            ({"status": 200, "body": {"code": 4200, "msg": "no"}}, Level.FAIL, "is not there"),
            ({"status": 200, "body": {"code": 4015, "msg": "no"}}, Level.FAIL, "is not published to the API"),
            ({"status": 401, "body": {"code": 4100, "msg": "no"}}, Level.FAIL, "does not know the token"),
            ({"status": 403, "body": {"code": 4101, "msg": "no"}}, Level.OK, "may not look"),
            ({"status": 404, "body": {"code": 404, "msg": "no"}}, Level.OK, "may not look"),
            ({"status": 401, "body": {"code": 401, "msg": "missing session_key"}}, Level.OK, "may not look"),
        ],
        ids=str,
    )
    async def test_it_says_what_an_operator_can_do(self, fault, level, says):
        async with Coze() as coze, CozeConnection(coze.url, StaticToken(TOKEN)) as home:
            coze.faults.add("bots.retrieve", **fault)
            finding = await home.bot("assistant", BOT).profile.check()

        assert level is finding.level
        assert says in finding.says
        assert bool(finding.remedy) == (level is Level.FAIL)

    async def test_while_coze_is_away_nothing_is_known(self):
        async with Coze() as coze:
            url = coze.url
        async with CozeConnection(url, StaticToken(TOKEN)) as home:
            with pytest.raises(Unreachable):
                await home.bot("assistant", BOT).profile.check()

    async def test_workflows_and_chatflows_are_looked_at_too(self):
        async with Coze() as coze, CozeConnection(coze.url, StaticToken(TOKEN)) as home:
            coze.workflows = {"1"}
            findings = [await home.workflow("a", "1").profile.check(), await home.chatflow("b", "2").profile.check()]

        assert [Level.OK, Level.FAIL] == [finding.level for finding in findings]
        assert "chatflow_id" in findings[1].remedy


async def test_a_bot_that_was_mended_is_well_again(monkeypatch):
    monkeypatch.setattr(bot_checks, "FIRST_SECONDS", 0.01)
    async with Coze(bots=()) as coze, CozeConnection(coze.url, StaticToken(TOKEN)) as home:
        checks = BotChecks({"assistant": home.bot("assistant", BOT)})
        with capture_logs() as logs:
            running = asyncio.create_task(checks.run())
            await coze.until(lambda: len(coze.called("bots.retrieve")) > 2)
            noted_by_then = set(checks.notes)
            coze.bots = {BOT}
            await coze.until(lambda: coze.called("bots.retrieve")[-1].ok)
            async with asyncio.timeout(PATIENCE):
                while checks.notes:  # noqa: ASYNC110 - an operator looks at them
                    await asyncio.sleep(0.01)
            running.cancel()

    assert {"bots.assistant"} == noted_by_then
    assert 1 == len([line for line in logs if line["event"] == "bot.misconfigured"])
