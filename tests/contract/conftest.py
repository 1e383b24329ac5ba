"""The harnesses, one after the other."""

from collections.abc import AsyncIterator

import pytest

from tests.contract.harnesses import HARNESSES, AdapterHarness


@pytest.fixture(params=HARNESSES)
async def harness(request: pytest.FixtureRequest) -> AsyncIterator[AdapterHarness]:
    """An adapter that hears, in a place where somebody talks."""
    async with HARNESSES[request.param]() as harness:
        yield harness
