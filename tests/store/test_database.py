"""The database itself: opened right, held by one, away and back again."""

import asyncio
import sys

import pytest
from sqlalchemy import text

from bridge.sdk.answers import SentPart
from bridge.sdk.asking import ChatStarted
from bridge.sdk.errors import ConfigError, Later, Unreachable
from bridge.store.admission import Admission
from bridge.store.arrivals import Accepted
from bridge.store.claim import Stage
from bridge.store.database import PRAGMAS, SETTINGS, Database, open_database, parse_url
from bridge.store.inbox import Inbox
from bridge.store.tables import now
from bridge.store.wakeup import Wakeup

HOLD = """
import asyncio, sys
from bridge.store.database import open_database

async def hold():
    async with open_database(sys.argv[1]):
        print("held", flush=True)
        await asyncio.to_thread(sys.stdin.read)

asyncio.run(hold())
"""


@pytest.fixture
def sqlite_url(tmp_path) -> str:
    """The address of a database that is not there yet."""
    return f"sqlite:///{tmp_path / 'bridge.db'}"


class TestSettings:
    async def test_sqlite_keeps_what_it_acknowledged_through_a_power_cut(self, sqlite_url):
        async with open_database(sqlite_url) as database:
            for ask in (database.read, database.write):
                wal = await ask(lambda connection: connection.scalar(text("pragma journal_mode")))
                full = await ask(lambda connection: connection.scalar(text("pragma synchronous")))

                assert ("wal", 2) == (wal, full)

        assert {"journal_mode=WAL", "synchronous=FULL"} < set(PRAGMAS)

    @pytest.mark.postgres
    async def test_postgresql_never_keeps_us_waiting_for_ever(self, postgres_url):
        async with open_database(postgres_url) as database:
            for name, value in SETTINGS.items():
                asked = text(f"show {name}")

                assert value == await database.read(lambda connection, asked=asked: connection.scalar(asked))

    async def test_times_are_seconds_of_the_databases_clock(self, database):
        clock = text("select strftime('%s', 'now')" if not database.shared else "select extract(epoch from now())")
        ours, theirs = await database.write(
            lambda connection: (connection.scalar(now().select()), float(connection.scalar(clock)))
        )

        assert theirs == pytest.approx(ours, abs=2)


class TestUrl:
    @pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://u@h/d", "bridge.db", ""])
    def test_what_would_be_right_is_said(self, url):
        with pytest.raises(ConfigError, match="expected sqlite:///FILE or postgresql://USER@HOST:PORT/NAME, got"):
            parse_url(url)

    @pytest.mark.parametrize(
        "url",
        [
            "postgresql://u:hunter2@h:notaport/db",
            "postgresql://u:hunter2@h:99999999/db",
            "u:hunter2@h/db",
            "://u:hunter2@h",
            "mysql://u:hunter2@h/db",
            "other://h/db?password=hunter2",
        ],
    )
    def test_no_part_that_may_be_a_password_is_repeated(self, url):
        with pytest.raises(ConfigError) as complaint:
            parse_url(url)

        assert "hunter2" not in str(complaint.value)
        assert complaint.value.__cause__ is None

    def test_no_password_is_repeated(self):
        with pytest.raises(ConfigError) as complaint:
            parse_url("mysql://ann:secret@host/bridge")

        assert "secret" not in complaint.value.detail

    async def test_a_folder_that_is_not_there_is_named(self, tmp_path):
        with pytest.raises(ConfigError, match=r"cannot write to .*nowhere: No such file or directory"):
            async with open_database(f"sqlite:///{tmp_path}/nowhere/bridge.db"):
                pass

    async def test_a_file_that_is_no_database_is_left_alone(self, sqlite_url, tmp_path):
        (tmp_path / "bridge.db").write_text("my diary, " * 1000)

        with pytest.raises(Later, match="file is not a database"):
            async with open_database(sqlite_url):
                pass
        assert (tmp_path / "bridge.db").read_text().startswith("my diary")


class TestAlone:
    async def test_a_second_process_is_told_in_one_sentence(self, sqlite_url, monkeypatch):
        monkeypatch.setattr("bridge.store.database.LOCK_PATIENCE", 0.2)
        pipes = {"stdin": asyncio.subprocess.PIPE, "stdout": asyncio.subprocess.PIPE}
        first = await asyncio.create_subprocess_exec(sys.executable, "-c", HOLD, sqlite_url, **pipes)
        while b"held\n" != await first.stdout.readline():
            pass

        with pytest.raises(ConfigError, match="is in use by another coze-bridge; stop that one") as complaint:
            async with open_database(sqlite_url):
                pass
        assert "\n" not in complaint.value.detail

        async with open_database(sqlite_url, alone=False) as database:  # an operator may look all the same
            assert 0 == await database.read(lambda connection: connection.scalar(text("select count(*) from inbox")))

        first.kill()
        await first.wait()
        async with open_database(sqlite_url):  # the lock fell with its process
            pass

    @pytest.mark.postgres
    async def test_a_postgresql_is_shared(self, postgres_url):
        async with open_database(postgres_url) as first, open_database(postgres_url) as second:
            assert first.shared
            assert second.shared


class TestAway:
    async def test_a_full_disk_acknowledges_nothing_and_is_over_when_it_is_over(self, sqlite_url, say):
        async with open_database(sqlite_url) as database:
            inbox = Inbox(database, Wakeup(), owner="us", lease=30.0)
            pages = await _pragma(database, "page_count")
            await _pragma(database, f"max_page_count = {pages}")
            large = say("x" * 100_000)

            with pytest.raises(Unreachable, match="full"):
                await inbox.accept(large, Admission.in_order("a"))
            assert [] == await inbox.claim(1)

            await _pragma(database, "max_page_count = 1000000")

            assert Accepted.KEPT == await inbox.accept(large, Admission.in_order("a"))

    @pytest.mark.postgres
    async def test_a_server_that_stops_and_starts_needs_no_restart_of_ours(self, server, say):
        async with open_database(server.get_uri()) as database:
            inbox = Inbox(database, Wakeup(), owner="us", lease=30.0)
            assert Accepted.KEPT == await inbox.accept(say(), Admission.in_order("a"))
            message = say()

            await asyncio.to_thread(server._stop)
            with pytest.raises(Unreachable, match="the database is away"):
                await inbox.accept(message, Admission.in_order("b"))
            many = [inbox.accept(say(), Admission.in_order("b")) for _ in range(200)]
            assert {Unreachable} == {type(end) for end in await asyncio.gather(*many, return_exceptions=True)}
            with pytest.raises(Unreachable):
                await database.read(lambda connection: connection.scalar(text("select 1")))

            await asyncio.to_thread(server.ensure_postgres_running)

            assert Accepted.KEPT == await inbox.accept(message, Admission.in_order("b"))
            assert ["a", "b"] == [claimed.queue_key for claimed in await inbox.claim(10)]

    @pytest.mark.postgres
    async def test_what_nobody_else_knows_waits_for_the_server_in_order(self, server, say):
        async with open_database(server.get_uri()) as database:
            inbox = Inbox(database, Wakeup(), owner="us", lease=30.0)
            await inbox.accept(say(), Admission.in_order("a"))
            [claimed] = await inbox.claim(1)

            await asyncio.to_thread(server._stop)
            with pytest.raises(Unreachable):
                await inbox.queue_length("a")
            writes = [
                inbox.progress.record_asked(claimed, ChatStarted(conversation_id="1", chat_id="2"), bot="b", parts=()),
                inbox.progress.record_answer(claimed, answer="yes", tokens=7, parts=[SentPart(index=0, ref="m1")]),
                asyncio.ensure_future(inbox.postpone(claimed, seconds=0, because="away")),
            ]
            for _ in range(3):
                with pytest.raises(Unreachable):
                    await inbox.queue_length("a")
            assert not any(write.done() for write in writes)

            await asyncio.to_thread(server.ensure_postgres_running)

            assert [None] * 3 == await asyncio.gather(*writes)
            [again] = await inbox.claim(1)
            assert (Stage.ANSWERED, "2", "yes") == (again.stage, again.chat_id, again.answer)
            assert ["m1"] == [part.ref for part in again.parts]

    async def test_what_waits_when_the_end_comes_waits_no_more(self, sqlite_url, say):
        async with open_database(sqlite_url) as database:
            inbox = Inbox(database, Wakeup(), owner="us", lease=30.0)
            await inbox.accept(say(), Admission.in_order("a"))
            [claimed] = await inbox.claim(1)
            await _pragma(database, f"max_page_count = {await _pragma(database, 'page_count')}")
            written = inbox.progress.record_answer(claimed, answer="x" * 100_000, tokens=7, parts=())
            with pytest.raises(Unreachable, match="full"):
                await inbox.accept(say("x" * 100_000), Admission.in_order("b"))
            assert not written.done()

        with pytest.raises(Unreachable, match="full"):
            await written

    @pytest.mark.postgres
    async def test_a_cut_connection_is_replaced(self, postgres_url, postgres, say):
        async with open_database(postgres_url) as database, open_database(postgres_url) as other:
            inbox = Inbox(database, Wakeup(), owner="us", lease=30.0)
            await inbox.accept(say(), Admission.in_order("a"))
            pid = await database.write(lambda connection: connection.scalar(text("select pg_backend_pid()")))
            end = text(f"select pg_terminate_backend({pid}, 5000)")
            assert await other.write(lambda connection: connection.scalar(end))

            assert Accepted.KEPT == await inbox.accept(say(), Admission.in_order("b"))


async def _pragma(database: Database, words: str) -> object:
    return await database.write(lambda connection: connection.scalar(text(f"pragma {words}")))
