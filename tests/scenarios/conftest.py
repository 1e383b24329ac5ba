"""Worlds for stories: one of its own for each that starts and stops the daemon, one for all that only talk."""

from collections.abc import AsyncIterator, Generator
from pathlib import Path

import pytest
import pytest_asyncio

pytest.register_assert_rewrite("tests.scenarios.world")

from tests.scenarios.world import World  # noqa: E402 - its assertions must have been announced before

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Have a file's stories share one event loop, in which a town can live longer than one of them."""
    for item in items:
        if item.path.parent == HERE:
            item.add_marker(pytest.mark.asyncio(loop_scope="module"), append=False)


@pytest_asyncio.fixture(loop_scope="module")
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """A world of this test's own, on SQLite, with no daemon started yet."""
    async with World(tmp_path, f"sqlite:///{tmp_path / 'bridge.db'}") as world:
        yield world


@pytest_asyncio.fixture(loop_scope="module")
async def either_world(tmp_path: Path, database_url: str) -> AsyncIterator[World]:
    """A world of this test's own, on each kind of database, with no daemon started yet."""
    worker = {"lease": "3s"}
    async with World(tmp_path, database_url, worker=worker) as world:
        yield world


@pytest_asyncio.fixture(loop_scope="module")
async def hasty_world(tmp_path: Path) -> AsyncIterator[World]:
    """A world whose operator waits half a second for the daemon to end."""
    database = f"sqlite:///{tmp_path / 'bridge.db'}"
    async with World(tmp_path, database, worker={"drain": "500ms"}) as world:
        yield world


@pytest_asyncio.fixture(loop_scope="module")
async def far_world(tmp_path: Path) -> AsyncIterator[World]:
    """A world of this test's own, which the daemon reaches by lines that can be spoiled."""
    async with World(tmp_path, f"sqlite:///{tmp_path / 'bridge.db'}", spoilable=True) as world:
        yield world


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """A world with its daemon, shared by all the stories of a file; each brings its own people and places."""
    folder = tmp_path_factory.mktemp("town")
    async with World(folder, f"sqlite:///{folder / 'bridge.db'}") as world:
        await world.start()
        yield world
        assert await world.terminate() == 0


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Put the daemon's log beside what failed."""
    report = yield
    given = getattr(item, "funcargs", {})
    for world in (given[name] for name in given if isinstance(given[name], World)):
        if report.failed:
            report.sections.append(("The daemon's log", world.log[-20_000:]))
    return report
