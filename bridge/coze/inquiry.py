"""Calls to one Coze for checks: each answer as it is, refusals included, and how far its clock is from ours."""

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from typing import Any, Final, Self

import httpx

from bridge.coze.address import normalise_base_url
from bridge.coze.auth import TokenSource
from bridge.coze.envelope import Envelope, read
from bridge.coze.transport import open_client
from bridge.sdk.errors import Unreachable

ANSWER_SECONDS: Final = 10.0


class Inquiry:
    """A client of one Coze for checks; open inside an ``async with`` block."""

    def __init__(
        self,
        base_url: str,
        tokens: TokenSource,
        *,
        proxy: str | None = None,
        ca: str | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.base_url = normalise_base_url(base_url)
        self.tokens = tokens
        self.proxy = proxy
        self.ca = ca
        self.skew: float | None = None  #: seconds by which its clock is ahead of ours; None until it has answered
        self._clock = clock
        self._client = open_client(self.base_url, proxy=proxy, ca=ca)

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(self, *failure: object) -> None:
        await self._client.aclose()

    async def ask(
        self, method: str, path: str, *, query: Mapping[str, str] = {}, body: Mapping[str, Any] | None = None
    ) -> Envelope:
        """Coze's answer, whatever it says; raises `Unreachable` where none comes, and what the token source raises."""
        headers = {"Authorization": f"Bearer {await self.tokens.token()}", "Content-Type": "application/json"}
        content = None if body is None else json.dumps(body)
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                answer = await self._client.request(method, path, params=query, headers=headers, content=content)
        except (httpx.HTTPError, TimeoutError) as lost:
            raise Unreachable(str(lost) or type(lost).__name__) from lost
        self.skew = self._skew(answer.headers.get("date")) or self.skew
        return read(answer.status_code, answer.headers, answer.content)

    def _skew(self, date: str | None) -> float | None:
        try:
            return parsedate_to_datetime(date).timestamp() - self._clock() if date else None
        except ValueError:
            return None
