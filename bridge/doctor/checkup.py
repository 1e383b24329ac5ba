"""Runs the checks of all parts at the same time, within a time limit."""

import asyncio
from collections.abc import Iterable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final

from bridge.sdk.checks import Finding, Findings, fail
from bridge.sdk.errors import BridgeError

SECONDS: Final = 18.0
"""For all checks of one part, so that the whole command takes less than twenty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupPart:
    """A part of the set-up, by its path in the config, and its checks."""

    name: str
    findings: Findings


@dataclass(frozen=True, slots=True, kw_only=True)
class PartFinding:
    """One finding about one part."""

    part: str
    finding: Finding


async def examine(parts: Iterable[SetupPart], *, within: float = SECONDS) -> list[PartFinding]:
    """The findings of *parts*, in their order; one that takes longer than *within* seconds is a failure."""
    told = await asyncio.gather(*(_told(part, within) for part in parts))
    return [line for lines in told for line in lines]


async def _told(part: SetupPart, within: float) -> list[PartFinding]:
    lines: list[PartFinding] = []
    try:
        async with asyncio.timeout(within), aclosing(part.findings):
            async for finding in part.findings:
                lines.append(PartFinding(part=part.name, finding=finding))  # noqa: PERF401 - kept also when the time is over
    except TimeoutError:
        silent = fail(f"no answer within {within:.0f} s", "check the network on the way there, and ask again")
        lines.append(PartFinding(part=part.name, finding=silent))
    except BridgeError as failure:
        lines.append(PartFinding(part=part.name, finding=fail(failure.detail, "mend that first, and ask again")))
    return lines
