"""All that `bridge.sdk.ports` promises of an adapter, as one class of tests."""

from collections.abc import AsyncIterator
from typing import ClassVar

import pytest
import pytest_asyncio

from bridge.testing.answering import AnsweringContract
from bridge.testing.harness import AdapterHarness
from bridge.testing.hearing import HearingContract
from bridge.testing.trouble import TroubleContract


class AdapterContract(HearingContract, AnsweringContract, TroubleContract):
    """
    The contract, to be inherited by a class whose name begins with ``Test``.

    The class says in which places the adapter is to be tried; each test runs in each of them that has the traits it needs.
    """

    harnesses: ClassVar[tuple[type[AdapterHarness], ...]]  #: the places; their tests bear the names of the classes

    @pytest_asyncio.fixture
    async def harness(self, request: pytest.FixtureRequest) -> AsyncIterator[AdapterHarness]:
        """An adapter that receives, in a place where a person writes."""
        async with request.param() as harness:
            yield harness
