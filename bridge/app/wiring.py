"""The wiring: builds each object of the daemon once, when the database is open, with those that it needs."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from bridge.config.changes import Changes
from bridge.config.reload import Current
from bridge.config.settings import Settings
from bridge.engine.bad_file import BadFileNotice
from bridge.engine.bot_checks import BotChecks
from bridge.engine.bot_choice import BotChoice
from bridge.engine.commands import Commands
from bridge.engine.forgetting import erase_person
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
from bridge.parts.parts import Parts, Surroundings
from bridge.parts.running_adapter import RunningAdapter
from bridge.process import logs, systemd
from bridge.routing.rules import Rules
from bridge.sdk import telemetry
from bridge.sdk.ports import Adapter
from bridge.sdk.secret_store import KeepsSecrets
from bridge.sdk.self_service import HasPages
from bridge.store.admin import InboxAdmin
from bridge.store.database import Database
from bridge.store.inbox import Inbox
from bridge.store.leases import Leases
from bridge.store.links import Links
from bridge.store.pairings import Pairings
from bridge.store.pauses import Pauses
from bridge.store.people import People
from bridge.store.secrets import AdapterSecrets
from bridge.store.sessions import Sessions
from bridge.store.wakeup import Wakeup
from bridge.web.daemon import Daemon


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenStore:
    """The database, and what a daemon does in it under its own name."""

    owner: str  #: this process's name among the replicas
    database: Database
    wakeup: Wakeup
    inbox: Inbox
    leases: Leases


def open_store(database: Database, *, owner: str, lease: float) -> OpenStore:
    """The store of the replica *owner*, whose claims and leases last for *lease* seconds."""
    wakeup = Wakeup()
    return OpenStore(
        owner=owner,
        database=database,
        wakeup=wakeup,
        inbox=Inbox(database, wakeup, owner=owner, lease=lease),
        leases=Leases(database, owner=owner, seconds=lease),
    )


class Wiring:
    """The objects of one daemon."""

    def __init__(
        self, *, current: Current, kinds: registry.Kinds, parts: Parts, store: OpenStore, notifier: Notifier
    ) -> None:
        self._current = current
        self._kinds = kinds
        self._parts = parts
        self._store = store
        self._rules_in_force = Rules(current.settings)
        self._people = People(store.database)
        self._linked = LinkedPeople(Links(store.database))
        self.paused = Paused(Pauses(store.database), self._linked)
        pairings = Pairings(store.database)
        self._turning_away = TurningAway(
            rules=self._rules, pairings=pairings, paused=self.paused, notify=notifier.notify
        )
        self._letting_in = LettingIn(pairings=pairings, inbox=store.inbox)
        self._intake = Intake(
            rules=self._rules,
            inbox=store.inbox,
            turning_away=self._turning_away,
            notify=notifier.notify,
            at_home=self._linked.at_home,
        )
        self._turns = self._turn_handler()
        self.checks = BotChecks(parts.bots)
        self.worker = self._worker()
        self.surroundings = self._surroundings()

    async def refresh(self) -> None:
        """Read from the database what has to be known before the first message comes."""
        await self._linked.refresh()
        await self._store.inbox.former_chats.load()
        await self.paused.refresh()

    def daemon(self, *, replicas: Callable[[], int]) -> Daemon:
        """The daemon as its pages see it; *replicas* tells how many share the database."""
        store, turns = self._store, self._turns
        return Daemon(
            current=self._current,
            unready=lambda: self._parts.adapters.unready,
            notes=lambda: {**self.checks.notes, **self._current.notes},
            adapters=self._parts.adapters,
            accept=self._intake.accept,
            inbox_admin=InboxAdmin(store.database, store.wakeup),
            sessions=Sessions(store.database),
            people=self._people,
            forget_person=partial(erase_person, self._people, self._parts.bots, refused=telemetry.memory_kept),
            explain=lambda asked: self._letting_in.explain(self._current.settings, asked),
            circuits=lambda: {name: circuit.is_open for name, circuit in turns.choice.circuits.items()},
            paused=self.paused,
            accounts=self._linked.accounts,
            pairing=self._letting_in,
            push=Outbox(adapters=self._parts.adapters, rules=self._rules, inbox=store.inbox).push,
            replicas=replicas,
            name=store.owner,
        )

    def _rules(self) -> Rules:
        if self._rules_in_force.settings is not self._current.settings:
            self._rules_in_force = Rules(self._current.settings)
        return self._rules_in_force

    def _turn_handler(self) -> TurnHandler:
        inbox, bots = self._store.inbox, self._parts.bots
        privacy = Privacy(settings=lambda: self._current.settings.privacy, people=self._people, bots=bots)
        linking = Linking(linked=self._linked, inbox=inbox, bots=bots)
        return TurnHandler(
            rules=self._rules,
            adapters=self._parts.adapters,
            choice=BotChoice(bots=bots),
            inbox=inbox,
            sessions=Sessions(self._store.database),
            accept=self._intake.accept,
            commands=Commands(
                inbox=inbox, letting_in=self._letting_in, bots=bots, personal_data=privacy, linking=linking
            ),
            turning_away=self._turning_away,
        )

    def _worker(self) -> Worker:
        settings = self._current.settings.worker
        return Worker(
            inbox=self._store.inbox,
            wakeup=self._store.wakeup,
            handler=self._turns,
            concurrency=settings.concurrency,
            lease=settings.lease,
        )

    def _surroundings(self) -> Surroundings:
        inbox = self._store.inbox
        refused = BadFileNotice(rules=self._rules, database=self._store.database, inbox=inbox).tell
        return Surroundings(
            build_adapter=self._build_adapter,
            ended=self.worker.ended,
            retry=inbox.retry_postponed_now,
            changed=self._changed,
            refused=refused,
            reloading=systemd.reloading,
        )

    def _build_adapter(self, settings: Settings, name: str) -> RunningAdapter:
        """The adapter of that *name*, ready to be opened."""
        return RunningAdapter(
            adapter=self._adapter(settings, name),
            accept=self._intake.accept,
            leases=self._store.leases if self._store.database.shared else None,
            renew_every=self._current.settings.worker.lease / 3,
        )

    def _adapter(self, settings: Settings, name: str) -> Adapter:
        section, http = settings.adapters[name], settings.http
        adapter = registry.addressed(
            registry.build(self._kinds, name, section.kind, section.options),
            webhook_url=http.webhook_url(name),
            install_url=http.install_url(section.kind, name),
        )
        if isinstance(adapter, KeepsSecrets):
            adapter.set_secret_store(AdapterSecrets(self._store.database, name))
        if isinstance(adapter, HasPages):
            adapter.set_self_service(self._affairs())
        return adapter

    def _affairs(self) -> PersonalAffairs:
        return PersonalAffairs(
            rules=self._rules,
            bots=self._parts.bots,
            turning_away=self._turning_away,
            allowances=self._store.inbox.allowances,
            people=self._people,
            linked=self._linked,
        )

    def _changed(self, change: Changes) -> None:
        """Forget the state of bots that were replaced, and use the new keys and log settings."""
        self._store.database.sealing.use(self._current.settings.privacy.keys)
        for name in change.bots.closing:
            self._turns.choice.circuits.pop(name, None)
        self.checks.bots_replaced(change.bots.closing)
        if change.log:
            log = self._current.settings.log
            logs.configure(log.level, log.format)
