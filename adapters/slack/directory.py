"""
The names of people, channels and user groups: asked of Slack in the background, and cached with bounds.

If Slack does not tell one of them, only that one stays unknown; a missing scope concerns all of its kind.
"""

import asyncio
import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import Final

from adapters.slack.api import SlackApi
from adapters.slack.errors import FeatureMissing
from adapters.slack.pace import ASKING_ABOUT
from adapters.slack.remembered import Remembered
from bridge.sdk import telemetry
from bridge.sdk.errors import Later, Never
from bridge.sdk.model import ChatType, Person
from bridge.sdk.pacing import Cost

ASK_WITHIN: Final = 0.5
"""Seconds for which somebody waits for a name; it may come too late for this message, and is known to the next."""

_HOUR: Final = 3600.0
_MOST: Final = 10_000
_AT_ONCE: Final = 8
_KINDS: Final = {"U": "people", "W": "people", "C": "channels", "G": "channels", "S": "groups"}
"""What an id is of, by its first letter."""


class Directory:
    """The known people, channels and user groups of a workspace, by id."""

    def __init__(
        self,
        adapter: str,
        api: SlackApi,
        may: Callable[[Cost], bool],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._adapter = adapter
        self._api = api
        self._may = may  # whether a call that can as well be left may be made now
        self.people: Remembered[Person] = Remembered(most=_MOST, seconds=24 * _HOUR, clock=clock)
        self.names: Remembered[str] = Remembered(most=_MOST, seconds=24 * _HOUR, clock=clock)
        self.chat_types: Remembered[ChatType] = Remembered(most=_MOST, seconds=24 * _HOUR, clock=clock)
        #: by kind, the refusal of Slack
        self._refused: Remembered[str] = Remembered(most=len(_KINDS), seconds=_HOUR, clock=clock)
        self._unknown: Remembered[bool] = Remembered(most=_MOST, seconds=_HOUR, clock=clock)
        self._asking: dict[str, asyncio.Task[None]] = {}

    def ask_about(self, ids: Iterable[str], team: str) -> None:
        """Begin to ask about the unknown ones of *ids*, seen in the workspace *team*, unless too many questions are pending."""
        for each in ids:
            if self._is_worth_asking(each) and self._has_room_for(_KINDS[each[:1]]):
                task = self._asking[each] = asyncio.create_task(self._ask(each, team))
                task.add_done_callback(partial(self._asked, each))

    async def learn(self, ids: Iterable[str], team: str = "") -> None:
        """Ask about *ids*, and wait for the answers for `ASK_WITHIN` seconds at most; *team* as in `ask_about`."""
        wanted = list(ids)
        self.ask_about(wanted, team)
        if asking := [self._asking[each] for each in wanted if each in self._asking]:
            await asyncio.wait(asking, timeout=ASK_WITHIN)

    async def close(self) -> None:
        """Stop asking."""
        asking = list(self._asking.values())
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)

    def _is_worth_asking(self, each: str) -> bool:
        kind = _KINDS.get(each[:1])
        known = each in self.names or each in self._unknown or each in self._asking
        return kind is not None and kind not in self._refused and not known

    def _has_room_for(self, kind: str) -> bool:
        return len(self._asking) < _AT_ONCE and self._may(ASKING_ABOUT[kind])

    def _asked(self, each: str, _task: asyncio.Task[None]) -> None:
        del self._asking[each]

    async def _ask(self, each: str, team: str) -> None:
        kind = _KINDS[each[:1]]
        try:
            match kind:
                case "people":
                    await self._ask_person(each)
                case "channels":
                    await self._ask_channel(each)
                case _:
                    await self._ask_groups(each, team)
        except Later:
            return
        except FeatureMissing as refusal:
            self._refused[kind] = refusal.detail
            telemetry.feature_missing(adapter=self._adapter, feature=f"names of {kind}", because=refusal.detail)
        except Never:
            self._unknown[each] = True

    async def _ask_person(self, user: str) -> None:
        person = await self._api.person(user)
        self.people[user], self.names[user] = person, person.name

    async def _ask_channel(self, channel: str) -> None:
        self.names[channel], self.chat_types[channel] = await self._api.channel(channel)

    async def _ask_groups(self, group: str, team: str) -> None:
        for each, name in (await self._api.groups(team)).items():
            self.names[each] = name
        if group not in self.names:
            self._unknown[group] = True
