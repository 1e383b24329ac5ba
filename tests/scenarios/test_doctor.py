"""`doctor` beside the daemon at work: nothing is taken from it, and nothing of it is taken for a fault."""

import asyncio
import json
import sys


async def doctor(world):
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bridge", "doctor", "--json", "--config", world.config, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    return process.returncode, json.loads(out)


async def test_the_running_daemon_is_no_fault_and_goes_on(either_world):
    world = either_world
    await world.start()
    ann = world.in_private("Ann")
    ann.says("one")
    await ann.reads("You said: one")
    sockets = len(world.slack.sockets.open)
    code, findings = await doctor(world)
    polls = [call for call in world.telegram.called("getUpdates") if call.params.get("limit") == 1]

    assert (0, {"ok"}) == (code, {finding["level"] for finding in findings})
    assert any("running daemon polls" in finding["finding"] for finding in findings)
    assert ([], sockets) == (polls, len(world.slack.sockets.open))
    ann.says("two")
    await ann.reads("You said: one", "You said: two")
    assert await world.terminate() == 0
