"""A task that fails begins again; only what an operator must mend ends it."""

import pytest

from bridge.sdk import supervision
from bridge.sdk.errors import Bug, ConfigError, Garbled, Later
from bridge.sdk.supervision import bugs_expected, supervise


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """No pause before a task begins again."""
    monkeypatch.setattr(supervision, "LONGEST_PAUSE", 0.0)


@pytest.mark.parametrize(
    "failure", [ZeroDivisionError("oops"), KeyError("private words"), RecursionError(), Garbled("no"), Later("away")]
)
async def test_a_task_that_fails_begins_again(failure: Exception) -> None:
    failures = [failure] * 3

    async def work() -> None:
        if failures:
            raise failures.pop()

    await supervise("work", work)

    assert [] == failures


async def test_what_an_operator_must_mend_ends_it() -> None:
    async def work() -> None:
        raise ConfigError("adapters.helpdesk.token: wrong")

    with pytest.raises(ConfigError):
        await supervise("work", work)


def test_a_bug_is_known_by_its_kind_alone() -> None:
    with pytest.raises(Bug) as met, bugs_expected("work"):
        raise KeyError("private words")

    assert "a bug: KeyError" == met.value.detail
