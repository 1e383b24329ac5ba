"""What Slack tells of those who talk, looked up behind the back of the first message and remembered."""

import asyncio
from collections.abc import Iterator, Mapping

from adapters.slack.api import SlackApi
from bridge.sdk import telemetry
from bridge.sdk.errors import Later, Never
from bridge.sdk.model import Person

_KEPT = 10_000
_AT_ONCE = 8


class People(Mapping[str, Person]):
    """Those we know more of than their id, by id."""

    def __init__(self, adapter: str, api: SlackApi) -> None:
        self._adapter = adapter
        self._api = api
        self._known: dict[str, Person] = {}
        self._asking: dict[str, asyncio.Task[None]] = {}
        self._allowed = True  #: false once Slack refused; then it would refuse everybody

    def __getitem__(self, user: str) -> Person:
        return self._known[user]

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)

    def meet(self, user: str) -> None:
        """Ask who that is, unless we know or have our hands full; the next message will be theirs by name."""
        if not self._allowed or user in self._known or user in self._asking or len(self._asking) >= _AT_ONCE:
            return
        asking = self._asking[user] = asyncio.create_task(self._ask(user))
        asking.add_done_callback(lambda _asked: self._asking.pop(user, None))

    async def close(self) -> None:
        """Stop asking."""
        asking = list(self._asking.values())
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)

    async def _ask(self, user: str) -> None:
        try:
            person = await self._api.person(user)
        except Later:
            return
        except Never as refusal:
            self._allowed = False
            telemetry.feature_missing(adapter=self._adapter, feature="languages", because=refusal.detail)
            return
        if len(self._known) >= _KEPT:
            del self._known[next(iter(self._known))]
        self._known[user] = person
