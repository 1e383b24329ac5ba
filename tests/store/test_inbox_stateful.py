"""The inbox beside a model of it in plain Python: whatever is done in whatever order, both tell the same."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import delete, func, select, update

from bridge.sdk.answers import SentPart
from bridge.sdk.asking import ChatStarted
from bridge.sdk.errors import LeaseLost
from bridge.sdk.model import Address, ChatType, Inbound, Person, Place, Ref
from bridge.store.admin import InboxAdmin
from bridge.store.admission import Admission, Ends, Precondition
from bridge.store.arrivals import Accepted
from bridge.store.claim import Stage, Turn
from bridge.store.database import Database, open_database
from bridge.store.inbox import Inbox
from bridge.store.leases import Leases
from bridge.store.retention import Retention
from bridge.store.tables import TurnStatus, inbox, metadata
from bridge.store.wakeup import Wakeup

OWNERS = ("us", "them")
DEEDS = (
    "record_asking",
    "record_asked",
    "record_not_asked",
    "record_answer",
    "record_parts",
    "record_failure_notice",
    "settle",
    "dead_letter",
)
SCOPES = ("a", "b")
HOUR = 3600.0
AGES = 1e9
LATELY = 6
"""How many claims back a replica may still think it holds: enough to be late, few enough to be mostly in time."""


@dataclass(slots=True)
class ModelTurn:
    """What the model knows of one message."""

    number: int
    queue_key: str
    status: TurnStatus = TurnStatus.WAITING
    lease_owner: str | None = None
    epoch: int = 0
    attempts: int = 0
    retries: int = 0
    stage: Stage = Stage.ACCEPTED
    chat_id: str | None = None
    answer: str | None = None
    parts: tuple[SentPart, ...] = ()
    failure_notified: bool = False
    stop_requested: bool = False
    due: bool = True
    expired: bool = False


@dataclass(slots=True)
class Model:
    """The inbox's promises, as short as they can be said."""

    turns: dict[int, ModelTurn] = field(default_factory=dict)
    dedupe_keys: set[str] = field(default_factory=set)
    engaged: set[str] = field(default_factory=set)

    def of(self, queue: str) -> list[ModelTurn]:
        return [turn for turn in self.turns.values() if turn.queue_key == queue and turn.status < TurnStatus.DONE]

    def claimable(self) -> list[ModelTurn]:
        queues = {turn.queue_key for turn in self.turns.values()}
        idle = [self.of(queue) for queue in queues if all(turn.status == TurnStatus.WAITING for turn in self.of(queue))]
        heads = [min(queue, key=lambda turn: turn.number) for queue in idle if queue]
        return sorted((turn for turn in heads if turn.due), key=lambda turn: turn.number)

    def claim(self, turn: ModelTurn, owner: str) -> None:
        turn.status, turn.lease_owner, turn.expired = TurnStatus.RUNNING, owner, False
        turn.epoch, turn.attempts = turn.epoch + 1, turn.attempts + 1

    def held(self, owner: str, claimed: Turn) -> ModelTurn | None:
        turn = self.turns.get(claimed.id)
        holder = turn and (turn.status, turn.lease_owner, turn.epoch)
        return turn if holder == (TurnStatus.RUNNING, owner, claimed.epoch) else None

    def free(self, turn: ModelTurn) -> None:
        turn.status, turn.lease_owner, turn.expired = TurnStatus.WAITING, None, False

    def running(self, owner: str | None = None) -> list[ModelTurn]:
        return [
            turn
            for turn in self.turns.values()
            if turn.status == TurnStatus.RUNNING and owner in (None, turn.lease_owner)
        ]


class Machine(RuleBasedStateMachine):
    """Two replicas, one operator, two conversations."""

    def __init__(self, runner: asyncio.Runner, database: Database, steps: Counter[str]) -> None:
        super().__init__()
        self.run, self.database, self.steps = runner.run, database, steps
        self.inboxes = {owner: Inbox(database, Wakeup(), owner=owner, lease=HOUR) for owner in OWNERS}
        self.admin = InboxAdmin(database)
        self.leases = {owner: Leases(database, owner=owner, seconds=HOUR) for owner in OWNERS}
        self.model = Model()
        self.said: list[tuple[Inbound, str]] = []
        self.claims: list[tuple[str, Turn]] = []  # also those that are lost by now
        self.leader: str | None = None
        self.newest = 0
        self.ahead = 0

    @initialize()
    def empty(self) -> None:
        for table in metadata.sorted_tables:
            self.sql(delete(table))
        if not self.database.shared:
            self.run(_await(self.database.write(lambda connection: _set_clock(connection, 0))))
        for scope in 2 * SCOPES:  # without anything to do, most of what follows would do nothing
            self.hear(scope)
        self.take("us", 2)

    def sql(self, statement: Any) -> Any:
        return self.run(_await(self.database.write(lambda connection: connection.execute(statement).rowcount)))

    # In

    @rule(scope=st.sampled_from(SCOPES), urgent=st.booleans(), mentioned=st.booleans(), threaded=st.booleans())
    def accept(self, scope, urgent, mentioned, threaded):
        self.hear(scope, urgent=urgent, mentioned=mentioned, threaded=threaded)

    def hear(self, scope, *, urgent=False, mentioned=True, threaded=False):
        self.steps["accept"] += 1
        number = len(self.said)
        where = Place(adapter="helpdesk", chat=scope, thread="1" if threaded else None)
        message = Inbound(
            dedupe_keys=(f"update:{number}", f"message:{number}"),
            where=where,
            chat_type=ChatType.GROUP,
            author=Person(id=scope, name="Ann", language="en"),
            text=str(number),
            address=Address.TO_US,
        )
        self.said.append((message, scope))
        heard = mentioned or str(where) in self.model.engaged
        enter = Admission.past_answers if urgent else Admission.in_order
        admission = enter(scope, Precondition.NONE if mentioned else Precondition.ENGAGED)
        accepting = self.inboxes["us"].accept(message, admission)

        assert (Accepted.KEPT if heard else Accepted.NOT_FOR_US) == self.run(accepting)
        if not heard:
            return
        newest = self.run(self.database.read(lambda connection: connection.scalar(select(func.max(inbox.c.id)))))

        assert newest > self.newest  # also when those before it are forgotten
        self.newest = newest
        self.model.turns[newest] = ModelTurn(newest, f"{scope} now" if urgent else scope)
        self.model.dedupe_keys.update(message.dedupe_keys)
        if threaded:
            self.model.engaged.add(str(where))

    @precondition(lambda self: self.model.dedupe_keys)
    @rule(data=st.data(), by=st.sampled_from(OWNERS))
    def deliver_again(self, data, by):
        """By either key, by either replica, in either's own order."""
        self.steps["deliver again"] += 1
        old = [
            (message, scope) for message, scope in self.said if self.model.dedupe_keys.issuperset(message.dedupe_keys)
        ]
        message, scope = data.draw(st.sampled_from(old))

        assert Accepted.REPEATED == self.run(self.inboxes[by].accept(message, Admission.in_order(scope)))

    # Through

    @rule(owner=st.sampled_from(OWNERS), limit=st.integers(1, 3))
    def claim(self, owner, limit):
        self.take(owner, limit)

    def take(self, owner, limit):
        self.steps["claim"] += 1
        expected = self.model.claimable()[:limit]
        claims = self.run(self.inboxes[owner].claim(limit))

        assert [turn.number for turn in expected] == [claimed.id for claimed in claims]
        for turn, claimed in zip(expected, claims, strict=True):
            self.model.claim(turn, owner)
            self.claims.append((owner, claimed))
            known = (
                turn.epoch,
                turn.attempts,
                turn.stage,
                turn.chat_id,
                turn.answer,
                turn.parts,
                turn.failure_notified,
            )
            given = (claimed.epoch, claimed.attempt, claimed.stage, claimed.chat_id, claimed.answer)
            assert known == (*given, claimed.parts, claimed.failure_notified)
            assert turn.attempts - turn.retries - 1 == claimed.crashes

    @precondition(lambda self: self.claims)
    @rule(data=st.data(), deeds=st.lists(st.sampled_from(DEEDS), min_size=1, max_size=4))
    def work(self, data, deeds):
        owner, claimed = self.draw(data)
        for number, deed in enumerate(deeds):
            self.go_on(owner, claimed, deed, (SentPart(index=0, ref=Ref(str(number))),))

    def draw(self, data):
        """One that is held, or one of those a replica may still think it holds."""
        held = [claim for claim in self.claims if self.model.held(*claim)]
        late = self.claims[-LATELY:]
        return data.draw(st.sampled_from(held) | st.sampled_from(late) if held else st.sampled_from(late))

    def go_on(self, owner, claimed, deed, parts):
        store = self.inboxes[owner]
        begun = ChatStarted(conversation_id="11", chat_id="22")
        match deed:
            case "record_asking":
                doing = store.progress.record_asking(claimed, bot="helper", conversation_id="11")
                known = {"stage": Stage.ASKING, "chat_id": None}
            case "record_asked":
                doing = store.progress.record_asked(claimed, begun, bot="helper", parts=parts)
                known = {"stage": Stage.ASKED, "chat_id": "22", "parts": parts}
            case "record_not_asked":
                doing, known = store.progress.record_not_asked(claimed), {"stage": Stage.ACCEPTED, "chat_id": None}
            case "record_answer":
                doing = store.progress.record_answer(claimed, answer="42", tokens=1, parts=parts)
                known = {"stage": Stage.ANSWERED, "answer": "42", "parts": parts}
            case "record_parts":
                doing, known = store.progress.record_parts(claimed, parts), {"parts": parts}
            case "record_failure_notice":
                doing, known = store.progress.record_failure_notice(claimed), {"failure_notified": True}
            case "settle":
                doing, known = store.settle(claimed), {"status": TurnStatus.DONE, "parts": ()}
            case _:
                doing, known = store.dead_letter(claimed, because="no"), {"status": TurnStatus.DEAD}
        self.write(owner, claimed, doing, deed, **known)

    def write(self, owner: str, claimed: Turn, doing: Any, deed: str, **known: Any) -> ModelTurn | None:
        """Do it; whoever does not hold the turn any more is told, and changes nothing."""
        turn = self.model.held(owner, claimed)
        self.steps[deed if turn else f"{deed} too late"] += 1
        if turn is None:
            with pytest.raises(LeaseLost):
                self.run(_await(doing))
            return None
        self.run(_await(doing))
        for name, value in known.items():
            setattr(turn, name, value)
        return turn

    # Out

    @precondition(lambda self: self.claims)
    @rule(data=st.data(), due=st.booleans(), counts_as_crash=st.booleans())
    def postpone(self, data, due, counts_as_crash):
        owner, claimed = self.draw(data)
        seconds = -1.0 if due else HOUR
        doing = self.inboxes[owner].postpone(claimed, seconds=seconds, because="away", counts_as_crash=counts_as_crash)
        if turn := self.write(owner, claimed, doing, "postpone", due=due):
            turn.retries += not counts_as_crash
            turn.due = due or turn.stop_requested  # it is to end, and no time is good for that but this
            self.model.free(turn)

    @precondition(lambda self: self.claims)
    @rule(data=st.data(), owner=st.sampled_from(OWNERS))
    def release(self, data, owner):
        """A replica goes down, and thinks it still holds what it may have lost."""
        self.steps["release"] += 1
        ours = [claimed for holder, claimed in self.claims if holder == owner]
        held = [turn for claimed in ours if (turn := self.model.held(owner, claimed))]
        self.run(self.inboxes[owner].release(ours))
        for turn in held:
            turn.attempts -= 1
            self.model.free(turn)

    # Leases

    @rule(owner=st.sampled_from(OWNERS), heir=st.sampled_from(OWNERS), restart=st.booleans())
    def take_over(self, owner, heir, restart):
        """A replica hangs or dies, and whoever comes next, perhaps itself, takes what it had."""
        self.hang(owner)
        self.requeue_expired(alone=restart)
        self.take(heir, 2)

    @rule(owner=st.sampled_from(OWNERS), deed=st.sampled_from(["hang", "renew", "requeue_expired"]))
    def beat(self, owner, deed):
        match deed:
            case "hang":
                self.hang(owner)
            case "renew":
                self.renew(owner)
            case _:
                self.requeue_expired(alone=False)

    def hang(self, owner):
        """A replica renews nothing for longer than a lease."""
        self.steps["hang"] += 1
        running = (inbox.c.status == 1) & (inbox.c.lease_owner == owner)
        self.sql(update(inbox).where(running).values(lease_until=inbox.c.lease_until - 3 * HOUR))
        for turn in self.model.running(owner):
            turn.expired = True

    def renew(self, owner):
        self.steps["renew"] += 1
        ours = self.model.running(owner)

        assert {turn.number for turn in ours} == self.run(self.inboxes[owner].renew(list(self.model.turns)))
        for turn in ours:
            turn.expired = False

    def requeue_expired(self, alone):
        self.steps["requeue_expired"] += 1
        stale = [turn for turn in self.model.running() if alone or turn.expired]

        assert len(stale) == self.run(self.inboxes["us"].requeue_expired(alone=alone))
        for turn in stale:
            turn.retries += turn.lease_owner == "us" and not alone  # who frees it has only stood still
            self.model.free(turn)

    @rule(owner=st.sampled_from(OWNERS), free=st.booleans())
    def lead(self, owner, free):
        self.steps["lead"] += 1
        if free:
            self.run(self.leases[owner].release("poll"))
            self.leader = None if self.leader == owner else self.leader
            return

        assert (self.leader in (None, owner)) == self.run(self.leases[owner].acquire_or_renew("poll"))
        self.leader = self.leader or owner

    # Time

    @rule(patiently=st.booleans())
    def be_due(self, patiently):
        self.wait() if patiently else self.retry_postponed_now()

    def wait(self):
        """An hour passes for what was postponed."""
        self.steps["wait"] += 1
        self.sql(update(inbox).where(inbox.c.status == 0).values(due=inbox.c.due - 2 * HOUR))
        for turn in self.model.turns.values():
            turn.due = turn.due or turn.status == TurnStatus.WAITING

    def retry_postponed_now(self):
        self.steps["retry_postponed_now"] += 1
        late = [turn for turn in self.model.turns.values() if turn.status == TurnStatus.WAITING and not turn.due]

        assert len(late) == self.run(self.inboxes["us"].retry_postponed_now())
        for turn in late:
            turn.due = True

    @rule(hours=st.sampled_from([-24, -1, 1, 24]))
    def set_clock(self, hours):
        """An SQLite's clock is the machine's; what is due and what is held is the same afterwards."""
        if self.database.shared:
            return
        self.steps["set clock"] += 1
        self.ahead += hours
        self.run(_await(self.database.write(lambda connection: _set_clock(connection, self.ahead))))
        self.run(self.inboxes["us"].follow_clock_change(hours * HOUR))

    # People and operators

    @rule(scope=st.sampled_from(SCOPES))
    def look(self, scope):
        self.stop(scope)
        self.count(scope)

    @precondition(lambda self: self.model.turns)
    @rule(data=st.data(), drop=st.booleans())
    def mend(self, data, drop):
        """Mostly what is dead."""
        turns = list(self.model.turns.values())
        dead = [turn for turn in turns if turn.status == TurnStatus.DEAD]
        turn = data.draw(st.sampled_from(dead or turns))
        self.drop(turn) if drop else self.retry(turn)

    def stop(self, scope):
        self.steps["stop"] += 1
        running = [turn for turn in self.model.of(scope) if turn.status == TurnStatus.RUNNING]

        assert bool(running) == (self.run(self.inboxes["us"].request_stop(scope, Ends.RUNNING)) is Ends.RUNNING)
        for turn in running:
            turn.stop_requested = True

    def count(self, scope):
        self.steps["count"] += 1
        waiting = [turn for turn in self.model.of(scope) if turn.status == TurnStatus.WAITING]
        stopping = {turn.number for turn in self.model.running() if turn.stop_requested}

        assert len(waiting) == self.run(self.inboxes["us"].queue_length(scope))
        assert stopping == {each.turn for each in self.run(self.inboxes["us"].interrupted(list(self.model.turns)))}

    def retry(self, turn):
        self.steps["retry"] += 1
        mendable = turn.status in (TurnStatus.WAITING, TurnStatus.DEAD)

        assert mendable == self.run(self.admin.retry(turn.number))
        if mendable:
            busy = turn.status == TurnStatus.DEAD and any(
                other.status == TurnStatus.RUNNING for other in self.model.of(turn.queue_key)
            )
            self.steps["retry behind one that runs" if busy else "retry"] += 1
            turn.attempts = turn.retries = 0
            turn.due, turn.status, turn.lease_owner = True, TurnStatus.WAITING, None

    def drop(self, turn):
        self.steps["drop"] += 1
        mendable = turn.status in (TurnStatus.WAITING, TurnStatus.DEAD)

        assert mendable == self.run(self.admin.drop(turn.number))
        turn.status = TurnStatus.DONE if mendable else turn.status

    @rule(keys=st.sampled_from([-AGES, AGES]))
    def keep_house(self, keys):
        self.prune(keys)

    def prune(self, keys):
        self.steps["prune"] += 1
        old = [number for number, turn in self.model.turns.items() if turn.status >= TurnStatus.DONE]

        assert len(old) == self.run(Retention(self.database).prune(bodies=-AGES, keys=keys))
        for number in old:
            del self.model.turns[number]
        if keys < 0:
            self.model.dedupe_keys.clear()

    @precondition(lambda self: self.claims)
    @rule(data=st.data(), heir=st.sampled_from(OWNERS))
    def revive(self, data, heir):
        """What was given up comes back while its successor runs, and waits for it."""
        owner, claimed = self.draw(data)
        self.go_on(owner, claimed, "dead_letter", ())
        self.take(heir, 3)
        if claimed.id in self.model.turns:
            self.retry(self.model.turns[claimed.id])
        self.take(heir, 3)

    @rule(scope=st.sampled_from(SCOPES))
    def quiet_night(self, scope):
        """Nothing is left, and nothing remembered but that it was."""
        for turn in list(self.model.turns.values()):
            self.drop(turn)
        self.requeue_expired(alone=True)
        for turn in list(self.model.turns.values()):
            self.drop(turn)
        self.prune(AGES)
        self.hear(scope)

    # What is always true

    @invariant()
    def both_tell_the_same(self):
        columns = (inbox.c.id, inbox.c.queue_key, inbox.c.status, inbox.c.epoch, inbox.c.attempts, inbox.c.stage)
        query = select(*columns).order_by(inbox.c.id)
        rows = self.run(self.database.read(lambda connection: connection.execute(query).all()))
        turns = sorted(self.model.turns.values(), key=lambda turn: turn.number)
        told = [(turn.number, turn.queue_key, turn.status, turn.epoch, turn.attempts, turn.stage) for turn in turns]

        assert told == [tuple(row) for row in rows]

    @invariant()
    def never_two_of_one_queue_run(self):
        queues = [turn.queue_key for turn in self.model.running()]

        assert len(set(queues)) == len(queues)


async def _await(doing: Any) -> Any:
    return await doing


def _set_clock(connection: Any, hours: float) -> None:
    """Let SQLite's 'now' be so much later than it is."""
    connection.connection.driver_connection.create_function(
        "julianday", 1, lambda _: 2440587.5 + time.time() / 86400 + hours / 24
    )


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    """An event loop that lives as long as the machine whose rules run in it."""
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture
def opened(runner: asyncio.Runner, database_url: str) -> Iterator[Database]:
    """A database opened within `runner`."""
    opening = open_database(database_url)
    yield runner.run(opening.__aenter__())
    runner.run(opening.__aexit__(None, None, None))


@pytest.mark.parametrize("examples", [32, pytest.param(400, marks=[pytest.mark.soak, pytest.mark.timeout(1800)])])
def test_whatever_is_done_in_whatever_order(runner, opened, examples):
    steps: Counter[str] = Counter()
    while steps.total() < examples * 50:  # hypothesis may end a story early
        run_state_machine_as_test(
            lambda: Machine(runner, opened, steps),
            settings=settings(
                max_examples=examples,
                stateful_step_count=50,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
