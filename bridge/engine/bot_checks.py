"""
Checks each bot in the background, so that an operator learns what is wrong with it before people do.

The daemon does not wait for the checks to be ready, and a bot that fails its check can be asked all the same.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Final

from bridge.sdk import telemetry
from bridge.sdk.checks import Finding, Level, fail
from bridge.sdk.errors import Later, Never
from bridge.sdk.ports import Bot

WELL_SECONDS: Final = 86400.0
"""Until a bot that is well is checked again: on Coze's free plan each call counts for the account's whole life."""

FIRST_SECONDS, LONGEST_SECONDS = 30.0, 3600.0
"""Until one that is not well is checked again, and at most after doubling."""


class BotChecks:
    """The latest finding about each bot."""

    def __init__(self, bots: Mapping[str, Bot]) -> None:
        self.notes: dict[str, str] = {}  #: what is wrong, by ``bots.NAME``
        self._bots = bots
        self._due: dict[str, float] = {}  # by the loop's clock
        self._pauses: dict[str, float] = {}
        self._changed = asyncio.Event()

    async def run(self) -> None:
        """Check the bots that are due, one after the other, until cancelled."""
        clock = asyncio.get_running_loop().time
        while True:
            self._changed.clear()
            for name, bot in list(self._bots.items()):
                if self._due.get(name, 0.0) <= clock():
                    await self._look(name, bot, clock)
            with suppress(TimeoutError):
                async with asyncio.timeout_at(min(self._due.values(), default=None)):
                    await self._changed.wait()

    def bots_replaced(self, names: Iterable[str]) -> None:
        """The bots of those *names* were removed or replaced: forget what was found, and check those that have come."""
        for name in names:
            self.notes.pop(f"bots.{name}", None)
            self._due.pop(name, None)
            self._pauses.pop(name, None)
        self._changed.set()

    async def _look(self, name: str, bot: Bot, clock: Callable[[], float]) -> None:
        finding = await _check(bot)
        if self._bots.get(name) is not bot:  # replaced while it was checked
            return
        if finding is not None:
            self._note(name, finding)
        is_well = finding is not None and finding.level is not Level.FAIL
        pause = min(LONGEST_SECONDS, self._pauses.get(name, FIRST_SECONDS / 2) * 2)
        self._pauses[name] = WELL_SECONDS if is_well else pause
        self._due[name] = clock() + self._pauses[name]

    def _note(self, name: str, finding: Finding) -> None:
        place = f"bots.{name}"
        note = " → ".join(filter(None, (finding.says, finding.remedy))) if finding.level is Level.FAIL else ""
        if note and place not in self.notes:  # the words themselves may differ each time: they name the call
            telemetry.bot_misconfigured(bot=name, because=finding.says, remedy=finding.remedy)
        self.notes.pop(place, None)
        if note:
            self.notes[place] = note


async def _check(bot: Bot) -> Finding | None:
    """What its side says of it; None while that is away, which people who ask it are told anyway."""
    try:
        return await bot.profile.check()
    except Later:
        return None
    except Never as failure:
        return fail(failure.detail, "")
