"""What a part of the set-up says about itself when an operator asks: what was found, and the way out."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypeAlias, runtime_checkable


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARN = "warn"  #: it works, and something should be looked at
    FAIL = "fail"  #: people will not be answered, or not as the config says


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The result of one check; it holds no secret and nothing that people wrote, as it is pasted into bug reports."""

    level: Level  #: how bad it is
    says: str  #: what was found
    remedy: str = ""  #: what to do about it; empty where there is nothing to do
    key: str = ""  #: the key of the part's own section in the config that is to blame, such as ``token``


Findings: TypeAlias = AsyncGenerator[Finding, None]
"""One after the other, each as soon as it is known; closed by whoever reads them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What an adapter may know of the whole set-up while it looks at its own part."""

    thorough: bool = False  #: try also what no document of the platform's says and we assume all the same
    running: bool = False  #: a daemon of this config is at work: take nothing away from it
    webhook_url: str | None = None  #: where the platform would call us; None without a public address
    unaddressed: tuple[str, ...] = ()  #: routes that answer in groups what is not meant for the bot
    chats: tuple[str, ...] = ()  #: ids of the chats that routes name, or where people were answered


@runtime_checkable
class Checkable(Protocol):
    """An adapter that can look at its platform and its config before, or beside, the daemon that runs it."""

    def checks(self, circumstances: Circumstances) -> Findings:
        """
        Each finding as soon as there is one; needs no open adapter, and opens and closes what it wants itself.

        Harmless: nothing is posted, and no update is taken from whoever polls. What the far side refuses is a finding,
        not an error.
        """


@runtime_checkable
class Registered(Protocol):
    """An adapter whose platform wants to be told by a manifest what the app is and may do."""

    def manifest(self, webhook_url: str | None) -> str:
        """The manifest for this config, ready to paste, with comments; *webhook_url* as in `Circumstances`."""


def ok(says: str) -> Finding:
    """All is well."""
    return Finding(level=Level.OK, says=says)


def warn(says: str, remedy: str, *, key: str = "") -> Finding:
    """It works, and something should be looked at."""
    return Finding(level=Level.WARN, says=says, remedy=remedy, key=key)


def fail(says: str, remedy: str, *, key: str = "") -> Finding:
    """It will not work like this."""
    return Finding(level=Level.FAIL, says=says, remedy=remedy, key=key)
