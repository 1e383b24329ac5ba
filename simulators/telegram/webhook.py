"""The sender behind `setWebhook`: one lane per chat, each in order, tried again until the bot says 2xx."""

import asyncio
import contextlib
import json
import random
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, Generic, Protocol, TypeVar

import aiohttp

FIRST_PAUSES = (0.0, 2.0, 4.0, 8.0, 16.0, 32.0)  # seconds; later ones are 60 to 120
LONGEST_RETRY_AFTER = 3600.0
PATIENCE = 60.0  # seconds for one answer


class Deliverable(Protocol):
    """What can be delivered."""

    @property
    def lane(self) -> str:
        """Those of one lane are delivered in order."""
        ...

    @property
    def body(self) -> dict[str, Any]:
        """What the bot gets."""
        ...


D = TypeVar("D", bound=Deliverable)


class Webhook(Generic[D]):
    """One bot's webhook and all that is on its way there."""

    def __init__(
        self,
        url: str,
        *,
        secret: str = "",
        connections: int = 40,
        scale: Callable[[], float],
        delivered: Callable[[D], None],
        changed: Callable[[], None],
    ) -> None:
        self.url, self.secret, self.connections = url, secret, connections
        self.attempts: list[int] = []  #: the status of each try, 0 for no answer
        self.last_error: tuple[float, str] | None = None
        self._scale, self._delivered, self._changed = scale, delivered, changed
        self._lanes: dict[str, deque[D]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None
        self._open = False

    def open(self, waiting: Iterable[D]) -> None:
        """Begin to deliver, with what is *waiting*."""
        self._open = True
        for update in waiting:
            self.deliver(update)

    def deliver(self, update: D) -> None:
        """Put *update* at the end of its lane."""
        if not self._open:
            return
        if (lane := self._lanes.get(update.lane)) is not None:
            lane.append(update)
            return
        self._lanes[update.lane] = deque([update])
        task = asyncio.get_running_loop().create_task(self._drain(update.lane))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Stop delivering; what is left waits for `open`."""
        self._open = False
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        for task in tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task
        self._lanes.clear()
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _drain(self, name: str) -> None:
        lane, failures = self._lanes[name], 0
        while lane:
            pause = await self._attempt(lane[0])
            if pause is None:
                self._delivered(lane.popleft())
            self._changed()
            if pause is not None:
                await asyncio.sleep((pause or _pause(failures)) * self._scale())
            failures = 0 if pause is None else failures + 1
        del self._lanes[name]

    async def _attempt(self, update: D) -> float | None:
        """None once the bot has taken *update*; else how many seconds it asked to wait, 0 if it did not say."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self.connections), timeout=aiohttp.ClientTimeout(total=PATIENCE)
            )
        headers = {"Content-Type": "application/json"}
        if self.secret:
            headers["X-Telegram-Bot-Api-Secret-Token"] = self.secret
        try:
            async with self._session.post(self.url, data=json.dumps(update.body).encode(), headers=headers) as answer:
                return self._answered(answer.status, answer.reason or "", answer.headers.get("Retry-After", ""))
        except TimeoutError:
            return self._failed(0, "Read timeout expired")
        except aiohttp.ClientError:
            return self._failed(0, "Connection refused")

    def _answered(self, status: int, reason: str, retry_after: str) -> float | None:
        if 200 <= status < 300:
            self.attempts.append(status)
            return None
        self._failed(status, f"Wrong response from the webhook: {status} {reason}")
        return min(float(retry_after), LONGEST_RETRY_AFTER) if retry_after.isdigit() else 0.0

    def _failed(self, status: int, why: str) -> float:
        self.attempts.append(status)
        self.last_error = (asyncio.get_running_loop().time(), why)
        return 0.0


def _pause(failures: int) -> float:
    return FIRST_PAUSES[failures] if failures < len(FIRST_PAUSES) else random.uniform(60, 120)
