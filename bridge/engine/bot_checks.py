"""
Each bot looked at beside the daemon's work: what is wrong with one is known to the operator before a person meets it.

Nothing here is on the way to being ready, and nothing keeps anybody from asking a bot that looks wrong.
"""

import asyncio
from collections.abc import Mapping
from typing import Final

from bridge.sdk import telemetry
from bridge.sdk.checks import Finding, Level, fail
from bridge.sdk.errors import Later, Never
from bridge.sdk.ports import Bot

WELL_SECONDS: Final = 86400.0
"""Before a bot that is well is looked at again: on Coze's free plan each call counts for the account's whole life."""

FIRST_SECONDS, LONGEST_SECONDS = 30.0, 3600.0
"""Before one that is not, and at most after doubling."""


class BotChecks:
    """The latest word on each bot."""

    def __init__(self, bots: Mapping[str, Bot]) -> None:
        self.notes: dict[str, str] = {}  #: what is wrong, by ``bots.NAME``
        self._bots = bots
        self._due = dict.fromkeys(bots, 0.0)  # by the loop's clock
        self._pauses = dict.fromkeys(bots, FIRST_SECONDS / 2)

    async def run(self) -> None:
        """Look at the bots, one after the other, again and again, until cancelled."""
        clock = asyncio.get_running_loop().time
        while self._bots:
            for name in [name for name, due in self._due.items() if due <= clock()]:
                is_well = await self._check(name)
                self._pauses[name] = WELL_SECONDS if is_well else min(LONGEST_SECONDS, self._pauses[name] * 2)
                self._due[name] = clock() + self._pauses[name]
            await asyncio.sleep(max(0.0, min(self._due.values()) - clock()))

    async def _check(self, name: str) -> bool:
        try:
            finding = await self._bots[name].profile.check()
        except Later:  # its side is away, which everybody hears of who asks it
            return False
        except Never as failure:
            finding = fail(failure.detail, "")
        self._note(name, finding)
        return finding.level is not Level.FAIL

    def _note(self, name: str, finding: Finding) -> None:
        place = f"bots.{name}"
        note = " → ".join(filter(None, (finding.says, finding.remedy))) if finding.level is Level.FAIL else ""
        if note and place not in self.notes:  # the words themselves may differ each time: they name the call
            telemetry.bot_misconfigured(bot=name, because=finding.says, remedy=finding.remedy)
        self.notes.pop(place, None)
        if note:
            self.notes[place] = note
