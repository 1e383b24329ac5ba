"""Bridges for stories: one of its own for each that starts and stops it, one for all that only talk."""

from collections.abc import AsyncIterator, Generator
from pathlib import Path

import pytest
import pytest_asyncio

pytest.register_assert_rewrite("tests.scenarios.harness", "tests.scenarios.dialogue")

from tests.scenarios.harness import BridgeHarness  # noqa: E402 - its assertions must have been announced before

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Have a file's stories share one event loop, in which a shared bridge can outlive one of them."""
    for item in items:
        if item.path.parent == HERE:
            item.add_marker(pytest.mark.asyncio(loop_scope="module"), append=False)


@pytest_asyncio.fixture(loop_scope="module")
async def bridge(tmp_path: Path) -> AsyncIterator[BridgeHarness]:
    """A bridge of this test's own, on SQLite, not started yet."""
    async with BridgeHarness(tmp_path, f"sqlite:///{tmp_path / 'bridge.db'}") as bridge:
        yield bridge


@pytest_asyncio.fixture(loop_scope="module")
async def bridge_on_each_db(tmp_path: Path, database_url: str) -> AsyncIterator[BridgeHarness]:
    """A bridge of this test's own, on each kind of database, not started yet."""
    worker = {"lease": "3s"}
    async with BridgeHarness(tmp_path, database_url, worker=worker) as bridge:
        yield bridge


@pytest_asyncio.fixture(loop_scope="module")
async def bridge_short_drain(tmp_path: Path) -> AsyncIterator[BridgeHarness]:
    """A bridge whose operator waits half a second for it to end."""
    database = f"sqlite:///{tmp_path / 'bridge.db'}"
    async with BridgeHarness(tmp_path, database, worker={"drain": "500ms"}) as bridge:
        yield bridge


@pytest_asyncio.fixture(loop_scope="module")
async def bridge_with_faulty_network(tmp_path: Path) -> AsyncIterator[BridgeHarness]:
    """A bridge of this test's own, which reaches the far sides by proxies that can be made faulty."""
    async with BridgeHarness(tmp_path, f"sqlite:///{tmp_path / 'bridge.db'}", faulty_network=True) as bridge:
        yield bridge


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_bridge(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[BridgeHarness]:
    """A bridge that runs, shared by all the stories of a file; each brings its own people and places."""
    folder = tmp_path_factory.mktemp("shared")
    async with BridgeHarness(folder, f"sqlite:///{folder / 'bridge.db'}") as bridge:
        await bridge.start()
        yield bridge
        assert await bridge.terminate() == 0


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Put the daemon's log beside what failed."""
    report = yield
    given = getattr(item, "funcargs", {})
    for bridge in (given[name] for name in given if isinstance(given[name], BridgeHarness)):
        if report.failed:
            report.sections.append(("The daemon's log", bridge.log[-20_000:]))
    return report
