"""
The composition root: opens the house top-down, closes it bottom-up.

Going down means: stop receiving, finish what was begun and, after the drain's patience, hand the rest to whoever
starts next. An adapter lives through its platform's outages by itself; one that cannot even open is tried again here.
"""

import asyncio
import os
import socket
import time
import uuid
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, contextmanager, suppress
from functools import partial
from importlib.metadata import version
from typing import Any

from bridge.config.changes import Changes
from bridge.config.reload import Current
from bridge.config.settings import Settings
from bridge.engine.bad_file import BadFileNotice
from bridge.engine.bot_checks import BotChecks
from bridge.engine.commands import Commands
from bridge.engine.forgetting import erase_person, forget_unseen
from bridge.engine.handler import TurnHandler
from bridge.engine.intake import Intake
from bridge.engine.letting_in import LettingIn
from bridge.engine.linking import LinkedPeople, Linking
from bridge.engine.notifier import Notifier
from bridge.engine.pausing import Paused
from bridge.engine.privacy import Privacy
from bridge.engine.push import Outbox
from bridge.engine.self_service import PersonalAffairs
from bridge.engine.turning_away import TurningAway
from bridge.engine.worker import Worker
from bridge.parts import registry
from bridge.parts.hearing import Hearing
from bridge.parts.parts import Parts, Surroundings
from bridge.process import logs, systemd
from bridge.process.memory import freeze_gc
from bridge.routing.rules import Rules
from bridge.sdk import daemon_telemetry, telemetry
from bridge.sdk.errors import Later
from bridge.sdk.ports import Accept, Adapter
from bridge.sdk.secret_store import KeepsSecrets
from bridge.sdk.self_service import HasPages
from bridge.sdk.supervision import supervise
from bridge.store.admin import InboxAdmin
from bridge.store.database import Database, open_database
from bridge.store.inbox import Inbox
from bridge.store.leases import Leases
from bridge.store.links import Links
from bridge.store.pairings import Pairings
from bridge.store.pauses import Pauses
from bridge.store.people import People
from bridge.store.retention import Retention
from bridge.store.secrets import AdapterSecrets
from bridge.store.sessions import Sessions
from bridge.store.wakeup import Wakeup
from bridge.web import server
from bridge.web.daemon import Daemon

OPEN_TIMEOUT = 2.0
"""Seconds the worker waits for the adapters at start; one whose platform is away must not hold up the others."""

CLEAN_EVERY = 60.0
"""Seconds between removals of what nobody needs any more."""

KEYS_KEPT = 7 * 86400.0
"""Seconds a delivery is recognised as repeated: platforms redeliver for a day at most, and number anew after a week."""


class Bridge:
    """The running daemon."""

    def __init__(self, current: Current, kinds: registry.Kinds) -> None:
        self._current = current
        self._kinds = kinds
        self._parts = Parts(current)
        self._rules_in_force = Rules(current.settings)
        self._owner = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self._stopping = asyncio.Event()
        self._because = ""
        self._began = time.monotonic()
        self._replicas = 1  # as far as we know

    @property
    def unready(self) -> dict[str, str]:
        """Why each adapter does not hear; empty when all do."""
        return self._parts.adapters.unready

    @property
    def opened(self) -> bool:
        """Whether there is anything to be ready for yet."""
        return bool(self._parts.adapters)

    def stop(self, because: str = "asked to") -> None:
        """Begin to close the house."""
        self._because = because
        self._stopping.set()

    def reload(self) -> None:
        """Take the config file as it is now, soon; the log says what became of it."""
        self._parts.reload()

    async def run(self) -> None:
        """Answer people until `stop`."""
        settings, parts = self._current.settings, self._parts
        async with AsyncExitStack() as stack:
            url = settings.database.get_secret_value()
            database = await stack.enter_async_context(open_database(url, keys=settings.privacy.keys))
            wakeup = Wakeup()
            inbox = Inbox(database, wakeup, owner=self._owner, lease=settings.worker.lease)
            if not database.shared:
                await inbox.requeue_expired(alone=True)  # nobody else can be at work on them
            stack.push_async_callback(parts.close)
            await parts.open_bots()
            linked = LinkedPeople(Links(database))
            intake = await self._intake(stack, inbox, database, linked)
            accept, paused = intake.accept, intake.turning_away.paused
            turns = self._turn_handler(database, intake, linked)
            worker = Worker(
                inbox=inbox,
                wakeup=wakeup,
                handler=turns,
                concurrency=settings.worker.concurrency,
                lease=settings.worker.lease,
            )
            leases = Leases(database, owner=self._owner, seconds=settings.worker.lease)
            checks = BotChecks(parts.bots)
            adapter = partial(self._adapter, database, self._affairs(intake, inbox, database, linked))
            hear = partial(self._hear, adapter, accept, leases if database.shared else None)
            changed = partial(self._changed, turns, checks, database)
            around = self._surroundings(hear, worker, inbox, changed, database)
            parts.build_adapters(around)
            daemon = self._daemon(InboxAdmin(database, wakeup), database, intake, turns, checks)
            await stack.enter_async_context(server.serve(_address(settings), daemon))
            systemd.sd_notify("READY=1")  # of the house; whom a platform keeps out is tried for as long as it takes
            keeping = [supervise("parts", partial(parts.run, around)), self._log_when_ready(), database.writer.watch()]
            keeping += [supervise("bot checks", checks.run), supervise("history", daemon.history.run)]
            keeping += self._keeping(database, inbox, wakeup, leases, paused)
            await self._work(worker, inbox, keeping, patience=settings.worker.drain)
            await leases.release()

    def _surroundings(
        self,
        hear: Callable[[Settings, str], Hearing],
        worker: Worker,
        inbox: Inbox,
        changed: Callable[[Changes], None],
        database: Database,
    ) -> Surroundings:
        refused = BadFileNotice(rules=self._rules, database=database, inbox=inbox).tell
        return Surroundings(hear, worker.ended, inbox.retry_postponed_now, changed, refused, systemd.reloading)

    def _keeping(
        self, database: Database, inbox: Inbox, wakeup: Wakeup, leases: Leases, paused: Paused
    ) -> Iterator[Coroutine[Any, Any, None]]:
        """What keeps systemd content, and the database, and us among its replicas, in order."""
        yield supervise("watchdog", systemd.watchdog)
        yield supervise("cleaner", partial(self._clean, Retention(database), People(database)))
        yield supervise("links", paused.linked.follow)
        yield supervise("pauses", paused.follow)
        if database.shared:
            from bridge.store import notify  # noqa: PLC0415 - its driver takes a while to load, and SQLite needs none

            changed = {"links": paused.linked.changed, "pauses": paused.changed}
            yield supervise("notifications", partial(notify.listen_for_notifications, database.url, wakeup, changed))
            yield supervise("former chats", inbox.former_chats.run)
            yield supervise("replicas", partial(self._track_replicas, leases))

    async def _work(
        self, worker: Worker, inbox: Inbox, keeping: list[Coroutine[Any, Any, None]], *, patience: float
    ) -> None:
        async with asyncio.TaskGroup() as tasks:
            others = [tasks.create_task(other) for other in keeping]
            tasks.create_task(supervise("worker", partial(self._begin, worker, inbox)), name="worker")
            await self._stopping.wait()
            systemd.sd_notify("STOPPING=1")
            daemon_telemetry.bridge_stopping(because=self._because, running=worker.running)
            await self._parts.adapters.stop()
            daemon_telemetry.bridge_stopped(left=await worker.drain(patience))
            for other in others:
                other.cancel()

    async def _begin(self, worker: Worker, inbox: Inbox) -> None:
        """Work, once every adapter was tried: a turn that finds its own shut is put off for seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(OPEN_TIMEOUT):
                while not self._parts.adapters.all_tried:  # noqa: ASYNC110 - adapters tell how they are when asked
                    await asyncio.sleep(0.01)
        with _suppress_later():
            await inbox.batches.wait_on()
        await worker.run()

    # What the house is made of

    def _rules(self) -> Rules:
        if self._rules_in_force.settings is not self._current.settings:
            self._rules_in_force = Rules(self._current.settings)
        return self._rules_in_force

    async def _intake(self, stack: AsyncExitStack, inbox: Inbox, database: Database, linked: LinkedPeople) -> Intake:
        await linked.refresh()
        await inbox.former_chats.load()
        notifier = await stack.enter_async_context(Notifier(self._parts.adapters))
        paused = Paused(Pauses(database), linked)
        await paused.refresh()
        turning_away = TurningAway(self._rules, Pairings(database), paused, notifier.notify)
        return Intake(self._rules, inbox, turning_away, notifier.notify, linked.at_home)

    def _affairs(self, intake: Intake, inbox: Inbox, database: Database, linked: LinkedPeople) -> PersonalAffairs:
        return PersonalAffairs(
            rules=self._rules,
            bots=self._parts.bots,
            turning_away=intake.turning_away,
            allowances=inbox.allowances,
            people=People(database),
            linked=linked,
        )

    def _adapter(self, database: Database, affairs: PersonalAffairs, settings: Settings, name: str) -> Adapter:
        section, http = settings.adapters[name], settings.http
        adapter = registry.addressed(
            registry.build(self._kinds, name, section.kind, section.options),
            webhook_url=http.webhook_url(name),
            install_url=http.install_url(section.kind, name),
        )
        if isinstance(adapter, KeepsSecrets):
            adapter.set_secret_store(AdapterSecrets(database, name))
        if isinstance(adapter, HasPages):
            adapter.set_self_service(affairs)
        return adapter

    def _hear(
        self,
        build: Callable[[Settings, str], Adapter],
        accept: Accept,
        leases: Leases | None,
        settings: Settings,
        name: str,
    ) -> Hearing:
        renew_every = self._current.settings.worker.lease / 3
        return Hearing(adapter=build(settings, name), accept=accept, leases=leases, renew_every=renew_every)

    def _changed(self, turns: TurnHandler, checks: BotChecks, database: Database, change: Changes) -> None:
        """Forget what was known of bots that are others now, and take the keys and the log as they are now."""
        database.sealing.use(self._current.settings.privacy.keys)
        for name in change.bots.closing:
            turns.circuits.pop(name, None)
        checks.bots_replaced(change.bots.closing)
        if change.log:
            log = self._current.settings.log
            logs.configure(log.level, log.format)

    def _turn_handler(self, database: Database, intake: Intake, linked: LinkedPeople) -> TurnHandler:
        inbox = intake.inbox
        letting_in = LettingIn(pairings=Pairings(database), inbox=inbox)
        privacy = Privacy(lambda: self._current.settings.privacy, People(database), self._parts.bots)
        linking = Linking(linked=linked, inbox=inbox, bots=self._parts.bots)
        return TurnHandler(
            rules=self._rules,
            adapters=self._parts.adapters,
            bots=self._parts.bots,
            inbox=inbox,
            sessions=Sessions(database),
            accept=intake.accept,
            commands=Commands(inbox, letting_in, self._parts.bots, privacy, linking),
            turning_away=intake.turning_away,
        )

    def _daemon(
        self, desk: InboxAdmin, database: Database, intake: Intake, turns: TurnHandler, checks: BotChecks
    ) -> Daemon:
        inbox = intake.inbox
        letting_in = LettingIn(pairings=Pairings(database), inbox=inbox)
        return Daemon(
            current=self._current,
            unready=lambda: self.unready,
            notes=lambda: {**checks.notes, **self._current.notes},
            adapters=self._parts.adapters,
            accept=intake.accept,
            desk=desk,
            sessions=Sessions(database),
            people=People(database),
            forget_person=partial(erase_person, People(database), self._parts.bots, refused=telemetry.memory_kept),
            explain=lambda asked: letting_in.explain(self._current.settings, asked),
            circuits=lambda: {name: circuit.is_open for name, circuit in turns.circuits.items()},
            paused=intake.turning_away.paused,
            accounts=intake.turning_away.paused.linked.accounts,
            pairing=letting_in,
            push=Outbox(adapters=self._parts.adapters, rules=self._rules, inbox=inbox).push,
            replicas=lambda: self._replicas,
            name=self._owner,
        )

    # What goes on in it

    async def _track_replicas(self, leases: Leases) -> None:
        """Share with the other replicas, as many as there are, what the platforms allow all of us."""
        told = 0
        while True:
            with _suppress_later():
                self._replicas = await leases.register_replica()
                if self._replicas != told:
                    daemon_telemetry.replicas_counted(replicas=self._replicas)
                told = self._replicas
            self._parts.adapters.share_among(self._replicas)
            await asyncio.sleep(self._current.settings.worker.lease / 3)

    async def _clean(self, retention: Retention, people: People) -> None:
        while True:
            await asyncio.sleep(CLEAN_EVERY)
            privacy = self._current.settings.privacy
            kept = min(privacy.keep_messages, privacy.keep_people)
            with _suppress_later():
                while await retention.prune(bodies=kept, keys=max(KEYS_KEPT, kept)):  # noqa: ASYNC110 - a batch each
                    await asyncio.sleep(0)  # between batches the messages on their way go first
                await forget_unseen(people, self._parts.bots, retention, privacy.keep_people)

    async def _log_when_ready(self) -> None:
        """Say once that everything hears."""
        pause = 0.01
        while self.unready:
            await asyncio.sleep(pause)
            pause = min(1.0, pause * 1.2)  # a token that is wrong may stay so for days
        freeze_gc()
        seconds = time.monotonic() - self._began
        daemon_telemetry.bridge_started(
            version=version("coze-bridge"), adapters=list(self._parts.adapters), seconds=seconds
        )


def _address(settings: Settings) -> str | None:
    listen = settings.http.listen
    return f"{listen.host}:{listen.port}" if listen else None


@contextmanager
def _suppress_later() -> Iterator[None]:
    """What cannot be done now is done next time; the database may be away."""
    try:
        yield
    except Later as failure:
        daemon_telemetry.database_away(because=failure.detail, seconds=CLEAN_EVERY)
