"""How often to kill: ten times in the normal run, as often as ``KILLS`` says in a soak."""

import os
from collections.abc import Generator

import pytest

pytest.register_assert_rewrite("tests.scenarios.world")

from tests.scenarios.world import World  # noqa: E402 - its assertions must have been announced before


@pytest.fixture
def kills() -> int:
    """How many times the daemon is killed."""
    return int(os.environ.get("KILLS", "10"))


@pytest.fixture
def seed() -> int:
    """What the kills are drawn from; a failure is told with it."""
    return int(os.environ.get("SEED", "1"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Put the daemon's log beside what failed."""
    report = yield
    given = getattr(item, "funcargs", {})
    for world in (given[name] for name in given if isinstance(given[name], World)):
        if report.failed:
            report.sections.append(("The daemon's log", world.log[-20_000:]))
    return report
