"""
The composition root: opens the house top-down, closes it bottom-up.

Going down means: stop receiving, finish what was begun and, after the drain's patience, hand the rest to whoever
starts next. An adapter lives through its platform's outages by itself; one that cannot even open is tried again here.
"""

import asyncio
import gc
import os
import socket
import time
import uuid
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager, suppress
from functools import partial
from importlib.metadata import version
from typing import Any

from bridge import registry
from bridge.config.reload import Current
from bridge.config.settings import Settings
from bridge.coze.build import open_bots
from bridge.engine.bot_checks import BotChecks
from bridge.engine.commands import Commands
from bridge.engine.handler import TurnHandler
from bridge.engine.intake import Intake
from bridge.engine.notifier import Notifier
from bridge.engine.push import Outbox
from bridge.engine.turning_away import TurningAway
from bridge.engine.worker import Worker
from bridge.routing import explanation
from bridge.routing.rules import Rules
from bridge.sdk import telemetry
from bridge.sdk.errors import Later, Never
from bridge.sdk.ports import Accept, Adapter, Bot, SharesRateLimits, WebhookReceiver
from bridge.sdk.supervision import supervise
from bridge.store.admin import InboxAdmin
from bridge.store.database import Database, open_database
from bridge.store.inbox import Inbox
from bridge.store.leases import Leases
from bridge.store.retention import Retention
from bridge.store.sessions import Sessions
from bridge.store.wakeup import Wakeup
from bridge.web import server
from bridge.web.daemon import Daemon

NOT_OPEN_YET = "not open yet"

OPEN_TIMEOUT = 2.0
"""Seconds the worker waits for the adapters at start; one whose platform is away must not hold up the others."""

RETRY_SECONDS = 5.0
"""Seconds before an adapter that could not be opened, or whose lease another replica has, is tried again."""

CLEAN_EVERY = 60.0
"""Seconds between removals of what nobody needs any more."""

KEYS_KEPT = 7 * 86400.0
"""Seconds a delivery is recognised as repeated: platforms redeliver for a day at most, and number anew after a week."""


class Bridge:
    """The running daemon."""

    def __init__(self, current: Current, kinds: registry.Kinds) -> None:
        self._current = current
        self._kinds = kinds
        self._rules_in_force = Rules(current.settings)
        self._owner = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self._stopping = asyncio.Event()
        self._because = ""
        self._adapters: dict[str, Adapter] = {}  # those that are open
        self._unopened: dict[str, str] = {}  # why the others are not
        self._standing_by: set[str] = set()  # those that another replica hears for
        self._began = time.monotonic()
        self._replicas = 1  # as far as we know

    @property
    def unready(self) -> dict[str, str]:
        """Why each adapter does not hear; empty when all do."""
        asked = self._adapters.keys() - self._standing_by
        reasons = {name: self._adapters[name].unavailable_reason for name in asked}
        return {**self._unopened, **{name: why for name, why in reasons.items() if why}}

    @property
    def opened(self) -> bool:
        """Whether there is anything to be ready for yet."""
        return bool(self._adapters)

    def stop(self, because: str = "asked to") -> None:
        """Begin to close the house."""
        self._because = because
        self._stopping.set()

    def reload(self) -> None:
        """Take the config file's rules as they are now; what needs a restart is said in the log."""
        self._current.reload()

    async def run(self) -> None:
        """Answer people until `stop`."""
        settings = self._current.settings
        for name in settings.adapters:
            self._unopened[name] = NOT_OPEN_YET
        async with AsyncExitStack() as stack:
            database = await stack.enter_async_context(open_database(settings.database.get_secret_value()))
            wakeup = Wakeup()
            inbox = Inbox(database, wakeup, owner=self._owner, lease=settings.worker.lease)
            if not database.shared:
                await inbox.requeue_expired(alone=True)  # nobody else can be at work on them
            bots = await open_bots(stack, settings.coze, settings.bots)
            accept = await self._accept(stack, inbox)
            turns = self._turn_handler(bots, inbox, database, accept)
            worker = Worker(
                inbox=inbox,
                wakeup=wakeup,
                handler=turns,
                concurrency=settings.worker.concurrency,
                lease=settings.worker.lease,
            )
            checks = BotChecks(bots)
            daemon = self._daemon(database, inbox, accept, turns, checks)
            await stack.enter_async_context(server.serve(_address(settings), daemon))
            leases = Leases(database, owner=self._owner, seconds=settings.worker.lease)
            hearing = [
                supervise(adapter.name, partial(self._run_adapter, stack, adapter, accept, leases, database))
                for adapter in self._build(settings)
            ]
            keeping = [self._log_when_ready(settings), database.writer.watch()]
            keeping += [supervise("bot checks", checks.run), supervise("history", daemon.history.run)]
            keeping += self._keeping(database, wakeup, leases)
            await self._work(worker, hearing, keeping, patience=settings.worker.drain)
            await leases.release()

    def _keeping(self, database: Database, wakeup: Wakeup, leases: Leases) -> Iterator[Coroutine[Any, Any, None]]:
        """What keeps the database, and us among its replicas, in order."""
        yield supervise("cleaner", partial(self._clean, Retention(database)))
        if database.shared:
            from bridge.store import notify  # noqa: PLC0415 - its driver takes a while to load, and SQLite needs none

            yield supervise("notifications", partial(notify.listen_for_notifications, database.url, wakeup))
            yield supervise("replicas", partial(self._track_replicas, leases))

    async def _work(
        self,
        worker: Worker,
        hearing: list[Coroutine[Any, Any, None]],
        keeping: list[Coroutine[Any, Any, None]],
        *,
        patience: float,
    ) -> None:
        async with asyncio.TaskGroup() as tasks:
            adapter_tasks = [tasks.create_task(task) for task in hearing]
            others = [tasks.create_task(other) for other in keeping]
            tasks.create_task(supervise("worker", partial(self._begin, worker)), name="worker")
            await self._stopping.wait()
            telemetry.bridge_stopping(because=self._because, running=worker.running)
            for task in adapter_tasks:
                task.cancel()
            await asyncio.gather(*adapter_tasks, return_exceptions=True)
            telemetry.bridge_stopped(left=await worker.drain(patience))
            for other in others:
                other.cancel()

    async def _begin(self, worker: Worker) -> None:
        """Work, once every adapter was tried: a turn that finds its own shut is put off for seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(OPEN_TIMEOUT):
                while NOT_OPEN_YET in self._unopened.values():  # noqa: ASYNC110 - adapters tell how they are when asked
                    await asyncio.sleep(0.01)
        await worker.run()

    # What the house is made of

    def _rules(self) -> Rules:
        if self._rules_in_force.settings is not self._current.settings:
            self._rules_in_force = Rules(self._current.settings)
        return self._rules_in_force

    async def _accept(self, stack: AsyncExitStack, inbox: Inbox) -> Accept:
        notifier = await stack.enter_async_context(Notifier(self._adapters))
        return Intake(self._rules, inbox, TurningAway(self._rules, notifier.notify), notifier.notify).accept

    def _turn_handler(self, bots: Mapping[str, Bot], inbox: Inbox, database: Database, accept: Accept) -> TurnHandler:
        return TurnHandler(
            rules=self._rules,
            adapters=self._adapters,
            bots=bots,
            inbox=inbox,
            sessions=Sessions(database),
            accept=accept,
            commands=Commands(inbox),
        )

    def _daemon(
        self, database: Database, inbox: Inbox, accept: Accept, turns: TurnHandler, checks: BotChecks
    ) -> Daemon:
        return Daemon(
            current=self._current,
            unready=lambda: self.unready,
            notes=lambda: checks.notes,
            adapters=self._adapters,
            accept=accept,
            desk=InboxAdmin(database),
            sessions=Sessions(database),
            explain=lambda asked: explanation.explain(self._current.settings, explanation.question(asked)),
            circuits=lambda: {name: circuit.is_open for name, circuit in turns.circuits.items()},
            push=Outbox(adapters=self._adapters, rules=self._rules, inbox=inbox).push,
            replicas=lambda: self._replicas,
            name=self._owner,
        )

    def _build(self, settings: Settings) -> Iterator[Adapter]:
        for name, section in settings.adapters.items():
            adapter = registry.build(self._kinds, name, section.kind, section.options)
            if isinstance(adapter, WebhookReceiver) and (url := settings.http.webhook_url(name)):
                adapter.set_webhook_url(url)
            yield adapter

    # What goes on in it

    async def _run_adapter(
        self, stack: AsyncExitStack, adapter: Adapter, accept: Accept, leases: Leases, database: Database
    ) -> None:
        """Open *adapter*, however long that takes, and let it hear."""
        while adapter.name not in self._adapters:
            try:
                self._adapters[adapter.name] = await stack.enter_async_context(adapter)
                del self._unopened[adapter.name]
            except (Later, Never) as failure:
                self._unopened[adapter.name] = failure.detail
                telemetry.adapter_disconnected(adapter=adapter.name, because=failure.detail, seconds=RETRY_SECONDS)
                await asyncio.sleep(RETRY_SECONDS)
        if adapter.exclusive_lease is None or not database.shared:
            await adapter.run(accept)
        else:
            await self._run_adapter_with_lease(adapter, adapter.exclusive_lease, accept, leases)

    async def _run_adapter_with_lease(self, adapter: Adapter, name: str, accept: Accept, leases: Leases) -> None:
        """Let *adapter* hear while we hold the lease of that name; another replica does meanwhile."""
        while True:
            if not await _held(leases, name):
                self._standing_by.add(adapter.name)
                await asyncio.sleep(min(RETRY_SECONDS, self._current.settings.worker.lease / 3))
                continue
            self._standing_by.discard(adapter.name)
            hearing = asyncio.create_task(adapter.run(accept), name=f"adapter-{adapter.name}")
            try:
                while await _held(leases, name) and not hearing.done():
                    await asyncio.wait({hearing}, timeout=self._current.settings.worker.lease / 3)
            finally:
                hearing.cancel()
                await asyncio.gather(hearing, return_exceptions=True)
            if not hearing.cancelled():
                hearing.result()

    async def _track_replicas(self, leases: Leases) -> None:
        """Share with the other replicas, as many as there are, what the platforms allow all of us."""
        told = 0
        while True:
            with _suppress_later():
                self._replicas = await leases.register_replica()
                if self._replicas != told:
                    telemetry.replicas_counted(replicas=self._replicas)
                told = self._replicas
            for adapter in self._adapters.values():
                if isinstance(adapter, SharesRateLimits):
                    adapter.set_replica_count(self._replicas)
            await asyncio.sleep(self._current.settings.worker.lease / 3)

    async def _clean(self, retention: Retention) -> None:
        while True:
            await asyncio.sleep(CLEAN_EVERY)
            kept = self._current.settings.privacy.keep_messages
            with _suppress_later():
                while await retention.prune(bodies=kept, keys=max(KEYS_KEPT, kept)):  # noqa: ASYNC110 - a batch each
                    await asyncio.sleep(0)  # between batches the messages on their way go first

    async def _log_when_ready(self, settings: Settings) -> None:
        """Say once that everything hears."""
        pause = 0.01
        while self.unready:
            await asyncio.sleep(pause)
            pause = min(1.0, pause * 1.2)  # a token that is wrong may stay so for days
        _freeze_gc()
        seconds = time.monotonic() - self._began
        telemetry.bridge_started(version=version("coze-bridge"), adapters=list(settings.adapters), seconds=seconds)


def _freeze_gc() -> None:
    """
    Keep the garbage collector off what start-up has loaded: it stays for good.

    Looking it all through took a tenth of a second now and then, which somebody's answer had to wait for. Answers make
    thousands of objects and nearly no cycles, so it need not look often at those either.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 50, 50)


def _address(settings: Settings) -> str | None:
    listen = settings.http.listen
    return f"{listen.host}:{listen.port}" if listen else None


async def _held(leases: Leases, name: str) -> bool:
    with _suppress_later():
        return await leases.acquire_or_renew(name)
    return False


@contextmanager
def _suppress_later() -> Iterator[None]:
    """What cannot be done now is done next time; the database may be away."""
    try:
        yield
    except Later as failure:
        telemetry.database_away(because=failure.detail, seconds=CLEAN_EVERY)
