"""Whatever fails on the daemon is told with its log."""

import pytest

pytest.register_assert_rewrite("tests.scenarios.harness")

from tests.scenarios.conftest import pytest_runtest_makereport  # noqa: E402 - its assertions must have been announced before

__all__ = ["pytest_runtest_makereport"]
