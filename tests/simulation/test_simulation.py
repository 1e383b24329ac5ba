"""The whole core under virtual time: seeds make the trouble, six invariants judge what is left of it."""

import os

import pytest

from tests.simulation.invariants import check
from tests.simulation.world import Story, simulate

SEEDS = int(os.environ.get("SIMULATION_SEEDS", "200"))


@pytest.mark.parametrize("seed", range(SEEDS))
def test_every_seed_comes_to_rest_with_all_invariants(seed: int) -> None:
    check(simulate(Story.of(seed)))
