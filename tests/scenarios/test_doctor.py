"""`doctor` beside the daemon at work: nothing is taken from it, and nothing of it is taken for a fault."""

import asyncio
import json
import sys


async def doctor(bridge):
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bridge", "doctor", "--json", "--config", bridge.config, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    return process.returncode, json.loads(out)


async def test_the_running_daemon_is_no_fault_and_goes_on(bridge_on_each_db):
    bridge = bridge_on_each_db
    await bridge.start()
    ann = bridge.in_private("Ann")
    ann.says("one")
    await ann.reads("You said: one")
    sockets = len(bridge.slack.sockets.open)
    code, findings = await doctor(bridge)
    polls = [call for call in bridge.telegram.called("getUpdates") if call.params.get("limit") == 1]

    assert (0, {"ok"}) == (code, {finding["level"] for finding in findings})
    assert any("running daemon polls" in finding["finding"] for finding in findings)
    assert ([], sockets) == (polls, len(bridge.slack.sockets.open))
    ann.says("two")
    await ann.reads("You said: one", "You said: two")
    assert await bridge.terminate() == 0
