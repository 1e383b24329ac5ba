"""A connection to one Coze: it owns the HTTP clients, which its bots share."""

from collections.abc import Iterable
from contextlib import AsyncExitStack
from functools import partial
from typing import Self

from bridge.coze.address import normalise_base_url, origin
from bridge.coze.api import CozeApi
from bridge.coze.app_ids import AppIdLookup
from bridge.coze.auth import TokenSource
from bridge.coze.bot import CozeBot
from bridge.coze.inquiry import Inquiry
from bridge.coze.profile import CozeProfile
from bridge.coze.requests import AgentRequests, ChatflowRequests
from bridge.coze.timeouts import Timeouts
from bridge.coze.tools import Tools
from bridge.coze.transport import open_pool
from bridge.coze.workflow import WorkflowBot


class CozeConnection:
    """One Coze, reachable inside an ``async with`` block."""

    def __init__(
        self,
        base_url: str,
        tokens: TokenSource,
        *,
        timeouts: Timeouts | None = None,
        proxy: str | None = None,
        ca: str | None = None,
    ) -> None:
        self.base_url = normalise_base_url(base_url)
        self._tokens = tokens
        self._timeouts = timeouts or Timeouts()
        self._proxy = proxy
        self._ca = ca
        self._stack = AsyncExitStack()
        self._api: CozeApi | None = None

    @property
    def api(self) -> CozeApi:
        """Everything that can be asked of this Coze."""
        if self._api is None:
            raise RuntimeError("expected an open connection, got one outside its block")
        return self._api

    def bot(
        self,
        name: str,
        bot_id: str,
        *,
        tools: Tools | None = None,
        listens: bool = False,
        pictures: Iterable[str] = (),
    ) -> CozeBot:
        """
        The bot with that id, by its *name* in the config; *tools* run its functions.

        *listens*: it takes recordings as they are, where others are given their transcription. *pictures*: hosts beside Coze's
        own whose files are fetched when its answers show them.
        """
        requests = AgentRequests(bot_id, listens=listens)
        profile = self._profile("bot_id", bot_id, pictures)
        return CozeBot(self.api, name=name, profile=profile, requests=requests, timeouts=self._timeouts, tools=tools)

    def chatflow(
        self,
        name: str,
        chatflow_id: str,
        *,
        bot_id: str | None = None,
        app_id: str | None = None,
        file: str | None = None,
        pictures: Iterable[str] = (),
    ) -> CozeBot:
        """
        The chatflow with that id; one that belongs to no app needs the *bot_id* of an agent to run for.

        *app_id*: the app that it belongs to, where Coze does not tell. *file*: its parameter that gets photos and files.
        """
        requests = ChatflowRequests(
            chatflow_id, AppIdLookup(self.api, chatflow_id, bot_id=bot_id, app_id=app_id), file=file
        )
        profile = self._profile("chatflow_id", chatflow_id, pictures)
        return CozeBot(self.api, name=name, profile=profile, requests=requests, timeouts=self._timeouts)

    def workflow(
        self,
        name: str,
        workflow_id: str,
        *,
        parameter: str = "input",
        output: str | None = None,
        file: str | None = None,
        app_id: str | None = None,
        background: bool = False,
        pictures: Iterable[str] = (),
    ) -> WorkflowBot:
        """
        The workflow with that id.

        *parameter*: gets the message. *file*: the parameter that gets photos and files. *output*: the variable that holds the
        answer. *background*: its runs may take hours and outlive this process, but say nothing before they end.
        """
        return WorkflowBot(
            self.api,
            name=name,
            profile=self._profile("workflow_id", workflow_id, pictures),
            workflow_id=workflow_id,
            parameter=parameter,
            output=output,
            file=file,
            app_id=app_id,
            background=background,
            timeouts=self._timeouts,
        )

    def _profile(self, key: str, id_: str, pictures: Iterable[str]) -> CozeProfile:
        inquire = partial(Inquiry, self.base_url, self._tokens, proxy=self._proxy, ca=self._ca)
        return CozeProfile(inquire, origin=origin(self.base_url), pictures=pictures, key=key, id_=id_)

    async def __aenter__(self) -> Self:
        # Streams apart from plain calls: a call must never wait behind a bot that thinks.
        plain, streams = [
            await self._stack.enter_async_context(open_pool(self.base_url, proxy=self._proxy, ca=self._ca))
            for _ in range(2)
        ]
        self._api = CozeApi(plain=plain, streams=streams, tokens=self._tokens)
        return self

    async def __aexit__(self, *failure: object) -> None:
        self._api = None
        await self._stack.aclose()
