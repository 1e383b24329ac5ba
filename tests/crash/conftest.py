"""How often to kill: eighty times in the normal run or as often as ``KILLS`` says, two thousand times in a soak."""

import os
import sys
from typing import Any

import pytest

pytest.register_assert_rewrite("tests.scenarios.harness")

from tests.crash.crowd import Tell  # noqa: E402 - as below
from tests.scenarios.conftest import pytest_runtest_makereport  # noqa: E402, F401 - the hook, for the tests here too


def _times(normally: int) -> list[Any]:
    """How often to kill in the normal run, and in a soak."""
    soak = [pytest.mark.soak, pytest.mark.timeout(6 * 3600)]
    return [
        pytest.param(int(os.environ.get("KILLS", normally)), id="normal"),
        pytest.param(2000, id="soak", marks=soak),
    ]


@pytest.fixture(params=_times(80))
def kills(request: pytest.FixtureRequest) -> int:
    """How many times the daemon is killed."""
    number: int = request.param
    return number


@pytest.fixture(params=_times(1))
def kills_among_thirty(request: pytest.FixtureRequest) -> int:
    """How many times it is killed while thirty chats talk, which takes seconds each time."""
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
