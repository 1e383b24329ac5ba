"""
How the bridge says its own answer to a message, such as to a command: like a bot's, never twice if that can be told.

That it is about to be said is written down before. Whoever finds that written looks for the message, where the platform has
a way to tell; the words may be others by now (what is left of a limit), and then the message says those.
"""

from dataclasses import replace

from bridge.engine.ledger import TurnLedger
from bridge.engine.responses import Response
from bridge.sdk.answers import Part
from bridge.sdk.crashpoints import here
from bridge.sdk.ports import ReplySink

ONLY = 0
"""The number of its message among those of the turn."""


async def say(response: Response, *, key: str, sink: ReplySink, ledger: TurnLedger) -> None:
    """Say *response* to the message of the turn with that *key*, unless it stands."""
    if response.leaves_row:
        if await _stands(response, key=key, sink=sink, ledger=ledger):
            return
        ledger.plan(ONLY, sink.surface.newest)
        await ledger.commit_intent(ONLY)
    ledger.check_lease()
    here("word: not sent")
    await sink.notify(response.text, response.buttons, formatted=response.formatted)
    here("word: sent")


async def _stands(response: Response, *, key: str, sink: ReplySink, ledger: TurnLedger) -> bool:
    """Whether somebody has said it who did not live to write that down."""
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
