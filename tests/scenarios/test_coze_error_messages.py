"""Every failure Coze is known for, as a Chinese reader and as an operator meet it."""

import asyncio
import re
from typing import Any

import pytest

from bridge.coze.error_codes import REMEDIES
from simulators.coze.script import Fail
from tests.scenarios.harness import BridgeHarness

CODES = [code for remedy in REMEDIES for code in remedy.codes if code > 600]  # below are HTTP's own
FOREIGN = re.compile(r"[A-Za-z0-9{}_]")


@pytest.mark.parametrize("shape", ["error", "chat.failed"])
async def test_no_failure_shows_a_code_or_a_foreign_word(shared_bridge: BridgeHarness, shape: Any) -> None:
    """
    All of the table at once: each code to somebody of its own, who is told in Chinese; the log has code and log id.
    """

    async def meets(code: int) -> tuple[int, str]:
        question = f"{shape} {code}"
        shared_bridge.plays(question, Fail(code=code, msg="Request parameter error: private words", shape=shape))
        reader = shared_bridge.in_private("小明", language="zh-hans")
        reader.says(question)
        return code, (await reader.gets(1))[0]

    told = dict(await asyncio.gather(*(meets(code) for code in CODES)))

    assert {} == {code: text for code, text in told.items() if FOREIGN.search(text) or not text.strip()}
    lines = [line for line in shared_bridge.log.splitlines() if '"log_id"' in line or "log_id=" in line]
    assert [] == [code for code in CODES if not any(f"Coze {code}:" in line for line in lines)]
