"""However much has been answered, every statement on a message's way finds its rows by an index, in a few steps."""

import json
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Connection, event, text

from bridge.sdk.answers import SentPart
from bridge.sdk.asking import ChatStarted
from bridge.store.admin import InboxAdmin
from bridge.store.admission import Admission, Ends, Precondition
from bridge.store.claim import MESSAGE
from bridge.store.database import Database, open_database
from bridge.store.edits import Edited
from bridge.store.inbox import Inbox
from bridge.store.leases import Leases
from bridge.store.retention import Retention
from bridge.store.sessions import Sessions
from bridge.store.tables import TurnStatus
from bridge.store.wakeup import Wakeup

SERIES = {
    "sqlite": "(with recursive n(i) as (select 1 union all select i + 1 from n where i < {rows}) select i from n)",
    "postgresql": "(select i from generate_series(1, {rows}) as s(i))",
}
FINISHED = """
    insert into inbox (adapter, person, queue_key, scope, status, accepted_at, finished_at, message)
    select 'helpdesk', 'p' || i % 5000, 'l' || i % 5000, 'l' || i % 5000, 2, {now} - {rows} + i, {now} - {rows} + i, '{{}}'
    from {series} as n
"""
DEDUPE_KEYS = (
    "insert into dedupe_keys (adapter, key, seen_at) select 'helpdesk', 'k' || i, {now} - {rows} + i from {series} as n"
)
SESSIONS = """
    insert into sessions (scope, bot, user_id, conversation_id, place, opened_at, used_at)
    select 'l' || i, 'helper', 'u', 'c', 'helpdesk', {now} - {rows} + i, {now} - {rows} + i from {series} as n
"""
CHOICES = "insert into choices (scope, start, chosen_at) select 'l' || i, '', {now} - {rows} + i from {series} as n"
WAITING = """
    insert into inbox (adapter, person, queue_key, scope, status, accepted_at, message)
    select 'helpdesk', '7', {queue}, 's', 0, {now}, '{message}' from {series} as n
"""
NOW = {"sqlite": "cast(strftime('%s', 'now') as integer)", "postgresql": "extract(epoch from now())"}

SMALL = {
    "heads",
    "CONSTANT",
    "inbox_waiting",
    "inbox_running",
    "inbox_queue",
    "inbox_dead",
    "leases",
    "allowances",
    "allowances_pkey",
}
"""What is alive, what was given up, leases, and what somebody has used up: to walk over it is no walk over what was."""

STEPS = 60_000
"""What SQLite's machine may take for one statement."""

PAGES = 600
"""What PostgreSQL may touch for one statement."""


def fill(connection: Connection, statement: str, rows: int, **more: str) -> None:
    kind = connection.dialect.name
    given = {"now": NOW[kind], "rows": str(rows), "series": SERIES[kind].format(rows=rows), **more}
    connection.exec_driver_sql(statement.format(**given).replace("%", "%%" if kind == "postgresql" else "%"))


@pytest.fixture(params=[200_000, pytest.param(1_000_000, marks=[pytest.mark.soak, pytest.mark.timeout(900)])])
async def old(request: pytest.FixtureRequest, database_url: str) -> AsyncIterator[Database]:
    """A database in which very much has been answered."""
    async with open_database(database_url) as database:
        with patience(database):
            for statement in (FINISHED, DEDUPE_KEYS, CHOICES):
                await database.write(lambda connection, it=statement: fill(connection, it, request.param))
        yield database


@contextmanager
def patience(database: Database) -> Iterator[None]:
    """PostgreSQL lets no statement of ours take ten seconds; here some do."""

    def wait(connection: Connection) -> None:
        if database.shared:
            connection.execute(text("set local statement_timeout = 0"))

    event.listen(database.writer._engine, "begin", wait)
    yield
    event.remove(database.writer._engine, "begin", wait)


async def analyse(database: Database) -> None:
    """Let the database look at what it holds: PostgreSQL does so now and then, and plans otherwise from then on."""
    if database.shared:
        await database.write(lambda connection: connection.execute(text("analyze")) and None)


class Plans:
    """How each statement of the writer was carried out."""

    def __init__(self, database: Database, pages: int = PAGES, steps: int = STEPS) -> None:
        self.pages = pages
        self.steps = steps
        self.kind = database.engine.dialect.name
        self.bad: list[str] = []
        self.statements: list[str] = []

    @contextmanager
    def watch(self, database: Database) -> Iterator["Plans"]:
        engines = (database.writer._engine, database.engine)
        for engine in engines:
            event.listen(engine, "before_cursor_execute", self.see)
        yield self
        for engine in engines:
            event.remove(engine, "before_cursor_execute", self.see)

    def see(self, connection: Connection, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        if statement.startswith(("BEGIN", "EXPLAIN", "SAVEPOINT", "ROLLBACK", "analyze")):
            return
        self.statements.append(statement)
        complaints = (self.sqlite if self.kind == "sqlite" else self.postgresql)(connection, statement, values)
        self.bad += [f"{complaint}\n    {' '.join(statement.split())[:400]}" for complaint in complaints]

    def sqlite(self, connection: Connection, statement: str, values: Any) -> Iterator[str]:
        for *_, step in _raw(connection, f"EXPLAIN QUERY PLAN {statement}", values):
            walked = re.match(r"SCAN (?:\w+ USING (?:COVERING )?INDEX )?(\w+)", step)
            if walked and walked[1] not in SMALL:
                yield step
        if (steps := _steps(connection, statement, values)) > self.steps:
            yield f"{steps} steps"

    def postgresql(self, connection: Connection, statement: str, values: Any) -> Iterator[str]:
        """Carried out as asked, and undone; and as planned once for whatever may be asked."""
        analysed = _raw(connection, f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}", values, undo=True)
        [[[told]]] = analysed
        yield from _walks(told["Plan"])
        if (pages := told["Plan"]["Shared Hit Blocks"] + told["Plan"]["Shared Read Blocks"]) > self.pages:
            yield f"{pages} pages"
        names = list(values)
        general = re.sub(r"%\((\w+)\)s", lambda name: f"${names.index(name[1]) + 1}", statement)
        [[[told]]] = _raw(connection, f"EXPLAIN (GENERIC_PLAN, FORMAT JSON) {general}", None)
        yield from (f"once for all: {walk}" for walk in _walks(told["Plan"]))


def _walks(plan: dict[str, Any]) -> Iterator[str]:
    """Where a plan reads a table, or an index of what was, from end to end."""
    table, index = plan.get("Relation Name"), plan.get("Index Name")
    if plan["Node Type"] == "Seq Scan" and table in ("inbox", "dedupe_keys"):
        yield f"Seq Scan on {table}"
    if index and index not in SMALL and "Index Cond" not in plan:
        yield f"all of {index}"
    for part in plan.get("Plans", ()):
        yield from _walks(part)


def _raw(connection: Connection, statement: str, values: Any, *, undo: bool = False) -> list[Any]:
    cursor: Any = connection.connection.cursor()
    try:
        if undo:
            cursor.execute("SAVEPOINT looking")
        _ = cursor.execute(statement, values) if values is not None else cursor.execute(statement, prepare=False)
        rows = cursor.fetchall()
        if undo:
            cursor.execute("ROLLBACK TO looking")
        return [
            [json.loads(cell) if isinstance(cell, str) and cell[:1] == "[" else cell for cell in row] for row in rows
        ]
    finally:
        cursor.close()


def _steps(connection: Connection, statement: str, values: Any) -> int:
    """The steps SQLite's machine takes, in hundreds; undone."""
    file: Any = connection.connection.driver_connection
    taken = [0]

    def count() -> int:
        taken[0] += 100
        return 0

    file.execute("SAVEPOINT looking")
    file.set_progress_handler(count, 100)
    file.execute(statement, values).fetchall()
    file.set_progress_handler(None, 0)
    file.execute("ROLLBACK TO looking")
    file.execute("RELEASE looking")
    return taken[0]


async def every_verb(database: Database, inbox: Inbox, say: Any) -> None:
    """A message's whole way, by every turning, and all the housekeeping."""
    message = say(thread="1")
    for _ in range(2):
        await inbox.accept(message, Admission.in_order("a"))
    await inbox.accept(say(thread="1"), Admission.in_order("b", Precondition.ENGAGED))
    first, second = await inbox.claim(100)
    await inbox.renew([first.id, second.id])
    await inbox.progress.record_asking(first, bot="helper", conversation_id="11")
    await inbox.progress.record_asked(
        first, ChatStarted(conversation_id="12", chat_id="22"), bot="helper", parts=[SentPart(index=0)]
    )
    await inbox.progress.record_not_asked(first)
    await inbox.progress.record_failure_notice(first)
    await inbox.progress.record_answer(first, answer="42", tokens=1, parts=[SentPart(index=0)])
    await inbox.progress.record_parts(first, [SentPart(index=0)])
    await inbox.request_stop("a", Ends.TRIED)
    await inbox.interrupted([first.id, second.id])
    await inbox.queue_length("a")
    edit = replace(say("other words", thread="1"), edits=first.message.dedupe_keys[-1])
    assert Edited.INTERRUPTED is await inbox.apply_edit(edit, ["a"], ())
    await inbox.settle(first)
    [first] = await inbox.claim(100)
    await inbox.settle(first)
    await inbox.postpone(second, seconds=3600, because="away")
    await inbox.retry_postponed_now()
    [second] = await inbox.claim(100)
    await inbox.release([second])
    [second] = await inbox.claim(100)
    await inbox.dead_letter(second, because="no")
    await inbox.follow_clock_change(1.0)
    await inbox.requeue_expired()
    await every_copy(inbox, say)
    leases = Leases(database, owner="us", seconds=30)
    await leases.acquire_or_renew("poll")
    await leases.release("poll")


async def every_copy(inbox: Inbox, say: Any) -> None:
    """A message told three times: while it waits, and after it was answered."""
    number = say().dedupe_keys[0]
    copies = [
        say("hello" * times, dedupe_keys=(f"{number} {times}", number), is_copy=True, is_partial=times == 1)
        for times in (1, 2, 3)
    ]
    for copy in copies[:2]:
        await inbox.accept(copy, Admission.in_order("a"))
    [claimed] = await inbox.claim(100)
    await inbox.settle(claimed)
    await inbox.accept(copies[2], Admission.in_order("a"))
    [claimed] = await inbox.claim(100)
    await inbox.settle(claimed)


async def test_every_statement_on_a_messages_way_finds_its_rows_by_an_index(old, say):
    """As the database plans for these values, and as it plans once for all values; knowing what it holds, and not."""
    inbox = Inbox(old, Wakeup(), owner="us", lease=30.0)
    with Plans(old).watch(old) as plans:
        await every_verb(old, inbox, say)
        await analyse(old)
        await every_verb(old, inbox, say)

    assert [] == plans.bad
    assert len(plans.statements) > 80


async def test_forgetting_reads_only_what_it_removes(old):
    rows = await old.read(lambda connection: connection.scalar(text("select count(*) from dedupe_keys")))
    with Plans(old).watch(old) as plans:
        first = await Retention(old).prune(bodies=rows - 20, keys=rows - 20, limit=10)
        await analyse(old)
        second = await Retention(old).prune(bodies=rows - 40, keys=rows - 40, limit=10)

    assert (10, 10) == (first, second)
    assert [] == plans.bad


@pytest.mark.parametrize(
    ("waiting", "queue", "free", "pages"),
    [(5000, "'w' || i", 120, 2 * PAGES), (1000, "'w'", 1, 6 * 1000)],
    ids=["in many queues", "in one queue"],
)
async def test_a_claim_reads_little_more_than_it_may_take(old, say, *, waiting, queue, free, pages):
    """
    It ends with the last head it takes, and passes those behind a head with a few steps each.

    On a PostgreSQL also what was undone before, for as long as a neighbour's snapshot may see it.
    """
    message = MESSAGE.dump_json(say()).decode()
    await old.write(lambda connection: fill(connection, WAITING, waiting, queue=queue, message=message))
    inbox = Inbox(old, Wakeup(), owner="us", lease=30.0)
    with Plans(old, pages).watch(old) as plans:
        claims = [await inbox.claim(10) for _ in range(6)]
        await analyse(old)
        claims += [await inbox.claim(10) for _ in range(6)]

    assert free == len([claimed for claim in claims for claimed in claim])
    assert [] == plans.bad


LIMITED = (
    *("SCAN sessions USING INDEX sessions_used", "SCAN anon_1", "all of sessions_used"),
    *("SCAN leases USING INDEX sqlite_autoindex_leases_1", "all of leases_pkey"),
)
"""Walks that end: after the sessions that a search looks through, and a lease for each replica. Steps and pages are counted."""


async def every_look(database: Database) -> None:
    """Everything that the console and the metrics ask, and what a push asks before it is kept."""
    admin, sessions = InboxAdmin(database), Sessions(database)
    await admin.counts()
    await admin.entries()
    for status in (TurnStatus.WAITING, TurnStatus.RUNNING, TurnStatus.DEAD):
        await admin.entries(status=status)
    await admin.show(1)
    await admin.retry(1)
    await admin.drop(1)
    await admin.replicas()
    for wanted in ("", "l17", "nobody/of/that/name"):
        await sessions.recent(containing=wanted)
    await sessions.begin_afresh("l17", bot="helper")
    await Inbox(database, Wakeup(), owner="us", lease=30.0).past.newest_scope(("a", "b"), "person/a/")


async def test_whoever_looks_in_reads_no_more_than_they_are_shown(old, say):
    """With very much answered, and a memory of everybody; a search looks through the last used alone."""
    await old.write(lambda connection: fill(connection, SESSIONS, 200_000))
    inbox = Inbox(old, Wakeup(), owner="us", lease=30.0)
    for key in "abc":
        await inbox.accept(say(), Admission.in_order(key))
    for claimed in await inbox.claim(2):
        await inbox.dead_letter(claimed, because="no")
    with Plans(old, pages=6 * PAGES, steps=20 * STEPS).watch(old) as plans:
        await every_look(old)
        await analyse(old)
        await every_look(old)

    assert [] == [walk for walk in plans.bad if not walk.removeprefix("once for all: ").startswith(LIMITED)]
    assert len(plans.statements) > 20
