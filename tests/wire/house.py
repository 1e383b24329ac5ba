"""The daemon in this very process, on a real port, called by webhook from both platforms."""

import asyncio
import hmac
import time
from contextlib import asynccontextmanager

import aiohttp
import yaml

from bridge.app.bridge import Bridge
from bridge.config.loading import load
from bridge.config.reload import Current
from bridge.parts.registry import Kinds
from bridge.store.admin import InboxAdmin
from bridge.store.database import open_database
from bridge.store.tables import TurnStatus
from bridge.web.daemon import Daemon
from simulators.coze import BOT, TOKEN
from tests.ports import free_port

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
PATIENCE = 40.0
ADMIN = "correct horse battery staple"


def bare(**parts):
    """A daemon of which there is nothing but *parts*."""
    nothing = {
        "current": None,
        "unready": dict,
        "notes": dict,
        "adapters": {},
        "accept": None,
        "inbox_admin": None,
        "push": None,
        "sessions": None,
        "people": None,
        "forget_person": None,
        "paused": None,
        "accounts": None,
    }
    return Daemon(**nothing | {"replicas": lambda: 1, "name": "bare", "explain": None, "circuits": dict} | parts)


class House:
    """The daemon, called by webhook from both platforms."""

    def __init__(
        self,
        folder,
        coze,
        telegram,
        slack,
        *,
        slack_options=None,
        database=None,
        admin_token=ADMIN,
        access=None,
        routes=None,
        **telegram_options,
    ):
        self.coze, self.telegram, self.slack = coze, telegram, slack
        self.url = f"http://127.0.0.1:{free_port()}"
        self._admin_token, self._access = admin_token, access or {}
        self._database = database or f"sqlite:///{folder / 'bridge.db'}"
        self._routes = routes or [{"name": "everyone", "bot": "assistant"}]
        self._bots = ("assistant", "other") if routes else ("assistant",)
        self._path = folder / "config.yaml"
        self._path.write_text(yaml.safe_dump(self._settings(telegram_options, slack_options)))
        kinds = Kinds()
        current = Current(self._path, lambda: load(self._path, kinds, {}), lambda _: ())
        self.bridge = Bridge(current, kinds)

    async def dead_letters(self):
        """Why each of them is one."""
        async with open_database(self._database, alone=False) as database:
            return [entry.reason for entry in await InboxAdmin(database).entries(status=TurnStatus.DEAD)]

    def _settings(self, telegram_options, slack_options):
        telegram = {"kind": "telegram", "token": self.telegram.token, "api_url": self.telegram.url}
        slack = {"kind": "slack", "bot_token": self.slack.bot_token}
        slack |= slack_options or {"signing_secret": self.slack.signing_secret}
        return {
            "database": self._database,
            "http": {
                "listen": self.url.removeprefix("http://"),
                "public_url": self.url,
                "admin_token": self._admin_token,
            },
            "coze": {"main": {"base_url": self.coze.url, "token": TOKEN}},
            "adapters": {
                "helpdesk": telegram | {"receive": "webhook"} | telegram_options,
                "acme": slack | {"api_url": self.slack.api_url},
            },
            "bots": {name: {"coze": "main", "bot_id": BOT} for name in self._bots},
            "access": self._access,
            "routes": self._routes,
        }

    @asynccontextmanager
    async def living(self, *, ready=True):
        living = asyncio.create_task(self.bridge.run())
        async with aiohttp.ClientSession(self.url) as self.client:
            try:
                await self._until_served(living, ready=ready)
                yield self
            finally:
                self.bridge.stop("the test is over")
                await asyncio.wait([living])
        living.result()

    async def _until_served(self, living, *, ready):
        async with asyncio.timeout(PATIENCE):
            while not living.done():
                try:
                    async with self.client.get("/readyz") as answer:
                        if answer.status == 200 or not ready:
                            return
                except aiohttp.ClientConnectionError:
                    await asyncio.sleep(0)

    @property
    def telegrams_secret(self):
        """The header by which the bridge knows Telegram."""
        return {SECRET_HEADER: self.telegram.called("setWebhook")[0].params["secret_token"]}

    def signed(self, body, *, age=0, secret=None):
        """The headers by which the bridge knows Slack."""
        stamp = str(int(time.time()) - age)
        digest = hmac.new(
            (secret or self.slack.signing_secret).encode(), b"v0:%b:%b" % (stamp.encode(), body), "sha256"
        )
        return {"x-slack-request-timestamp": stamp, "x-slack-signature": f"v0={digest.hexdigest()}"}

    async def answers(self, question):
        """Somebody asks on Slack and reads the answer."""
        person = self.slack.person("ann")
        chat = self.slack.dm(person)
        ts = self.slack.says(person, question)
        await self.slack.until(lambda: self._stands(chat, ts), within=PATIENCE)
        await self.slack.settled()
        return self.slack.bot_texts(chat, ts)

    def _stands(self, chat, ts):
        answers = [message for message in self.slack.messages(chat, ts) if message.ts != ts]
        return answers and not any(message.streaming for message in answers)

    async def get_as(self, token, path="/api/status"):
        """What somebody gets who shows that admin token."""
        async with self.client.get(path, headers={"Authorization": f"Bearer {token}"}) as answer:
            return answer.status, await answer.json() if answer.status == 200 else None

    async def get(self, path):
        async with self.client.get(path) as answer:
            return answer.status, answer.content_type, await answer.text()

    async def post(self, path, body=b"{}", **headers):
        async with self.client.post(path, data=body, headers=headers) as answer:
            return answer.status
