"""The stages, one after the other."""

from collections.abc import AsyncIterator

import pytest

from tests.contract.stages import STAGES, Stage


@pytest.fixture(params=STAGES)
async def stage(request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    """An adapter that hears, in a place where somebody talks."""
    async with STAGES[request.param]() as stage:
        yield stage
