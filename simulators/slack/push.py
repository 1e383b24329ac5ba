"""Slack's HTTP Events API: signed requests to the app's own address."""

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from urllib.parse import urlencode

import aiohttp

from simulators.slack.delivery import COMMANDS, EVENTS, Delivery
from simulators.slack.model import Params

_MOST_REDIRECTS = 2


class Push:
    """Posts to the app."""

    def __init__(self, answered: Callable[[Delivery, Params], None]) -> None:
        self._answered = answered
        self._session: aiohttp.ClientSession | None = None
        self.url: str | None = None
        self.signing_secret = secret("sim")

    async def attempt(self, delivery: Delivery, retry: int, reason: str, within: float) -> str | None:
        """Post once; anything but a 2xx in time is a failure."""
        headers = {"x-slack-retry-num": str(retry), "x-slack-retry-reason": reason or "http_error"} if retry else {}
        try:
            status, answer, text = await self._post(_body(delivery), _content_type(delivery), headers, within)
        except TimeoutError:
            return "http_timeout"
        except aiohttp.TooManyRedirects:
            return "too_many_redirects"
        except aiohttp.ClientError:
            return "connection_failed"
        if not 200 <= status < 300:
            delivery.no_retry = answer.get("x-slack-no-retry") == "1"
            return "http_error"
        self._answered(delivery, _payload(text))
        return None

    async def verify(self, within: float) -> bool:
        """Whether the app echoes a challenge, as it must before events are sent."""
        challenge = hashlib.sha256(str(time.monotonic()).encode()).hexdigest()
        body = json.dumps({"token": "verification", "challenge": challenge, "type": "url_verification"})
        try:
            status, _headers, text = await self._post(body, "application/json", {}, within)
        except (TimeoutError, aiohttp.ClientError):
            return False
        return status == 200 and challenge in (text.strip(), _payload(text).get("challenge"))

    async def close(self) -> None:
        """Let go of the connections."""
        if self._session:
            await self._session.close()
            self._session = None

    async def _post(
        self, body: str, content_type: str, headers: dict[str, str], within: float
    ) -> tuple[int, dict[str, str], str]:
        if self._session is None:
            self._session = aiohttp.ClientSession()
        signed = {"content-type": content_type, "user-agent": "Slackbot 1.0", **self._signature(body), **headers}
        async with (
            asyncio.timeout(within),
            self._session.post(
                self.url or "", data=body.encode(), headers=signed, max_redirects=_MOST_REDIRECTS
            ) as answer,
        ):
            text = await answer.text()
            return answer.status, {name.lower(): value for name, value in answer.headers.items()}, text

    def _signature(self, body: str) -> dict[str, str]:
        now = str(int(time.time()))
        digest = hmac.new(self.signing_secret.encode(), f"v0:{now}:{body}".encode(), hashlib.sha256).hexdigest()
        return {"x-slack-request-timestamp": now, "x-slack-signature": f"v0={digest}"}


def secret(seed: str) -> str:
    """A signing secret that looks like Slack's."""
    return hashlib.md5(seed.encode(), usedforsecurity=False).hexdigest()


def _content_type(delivery: Delivery) -> str:
    return "application/json" if delivery.kind == EVENTS else "application/x-www-form-urlencoded"


def _body(delivery: Delivery) -> str:
    if delivery.kind == EVENTS:
        return json.dumps(delivery.payload)
    form = delivery.payload if delivery.kind == COMMANDS else {"payload": json.dumps(delivery.payload)}
    return urlencode(form, errors="surrogatepass")


def _payload(text: str) -> Params:
    """What an acknowledgement says to the person: JSON, or plain words."""
    try:
        said = json.loads(text)
    except ValueError:
        return {"text": text} if text.strip() else {}
    return said if isinstance(said, dict) else {}
