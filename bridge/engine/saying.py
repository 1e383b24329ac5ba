"""
Sends the bridge's own response to a message, such as a command, and not twice where the platform can tell.

The intent to send it is written down before. After a crash the message is looked for, where the platform has a way to tell; its
words may have changed by now (what is left of a limit), and then the message that is found is changed to them.
"""

from dataclasses import replace

from bridge.engine.ledger import TurnLedger
from bridge.engine.responses import Response
from bridge.sdk.answers import Part
from bridge.sdk.crashpoints import here
from bridge.sdk.ports import ReplySink

ONLY = 0
"""The index of its one message among the parts of the turn."""


async def say(response: Response, *, key: str, sink: ReplySink, ledger: TurnLedger) -> None:
    """Post *response* in the turn with that *key*, unless it was posted already."""
    if response.leaves_row:
        if await _was_sent(response, key=key, sink=sink, ledger=ledger):
            return
        ledger.plan(ONLY, sink.surface.newest)
        await ledger.commit_intent(ONLY)
    ledger.check_lease()
    here("word: not sent")
    await sink.notify(response.text, response.buttons, formatted=response.formatted)
    here("word: sent")


async def _was_sent(response: Response, *, key: str, sink: ReplySink, ledger: TurnLedger) -> bool:
    """Whether a process that died has sent it without writing that down."""
    shown = ledger.shown(ONLY)
    if shown is None or shown.ref is not None or shown.after is None:
        return False
    part = Part(
        index=ONLY, text=response.text, key=f"{key}.{ONLY}", buttons=response.buttons, formatted=response.formatted
    )
    found = await sink.find(replace(part, after=shown.after, beside=await ledger.beside()))
    if found is None:
        ledger.record_after(ONLY, sink.surface.newest)
    return found is not None
