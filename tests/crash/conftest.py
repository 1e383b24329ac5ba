"""How often to kill: eighty times in the normal run or as often as ``KILLS`` says, two thousand times in a soak."""

import os
import sys
from collections.abc import Generator

import pytest

pytest.register_assert_rewrite("tests.scenarios.harness")

from tests.crash.crowd import Tell  # noqa: E402 - as below
from tests.scenarios.harness import BridgeHarness  # noqa: E402 - its assertions must have been announced before


@pytest.fixture(
    params=[
        pytest.param(int(os.environ.get("KILLS", "80")), id="normal"),
        pytest.param(2000, id="soak", marks=[pytest.mark.soak, pytest.mark.timeout(6 * 3600)]),
    ]
)
def kills(request: pytest.FixtureRequest) -> int:
    """How many times the daemon is killed."""
    number: int = request.param
    return number


@pytest.fixture
def seed() -> int:
    """What the kills are drawn from; a failure is told with it."""
    return int(os.environ.get("SEED", "1"))


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Tell:
    """Print, also when the test passes."""

    def say(text: str) -> None:
        with capsys.disabled():
            sys.stdout.write(f"\n  {text}\n")

    return say


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Put the daemon's log beside what failed."""
    report = yield
    given = getattr(item, "funcargs", {})
    for bridge in (given[name] for name in given if isinstance(given[name], BridgeHarness)):
        if report.failed:
            report.sections.append(("The daemon's log", bridge.log[-20_000:]))
    return report
