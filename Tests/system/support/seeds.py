"""Where random tests begin, and how long they go on."""

import os
import random

import pytest

FULL = os.environ.get("LOYALTY_TEST_FULL") == "yes"


def with_seeds(count: int):
    """Marks a random test: it runs with `count` fresh seeds, or with the one that LOYALTY_TEST_SEED names."""
    named = os.environ.get("LOYALTY_TEST_SEED")
    seeds = [int(named)] if named else [random.randrange(1_000_000_000) for _ in range(count)]
    # Tests keep their names from run to run, and have the same in all processes of pytest-xdist.
    return pytest.mark.parametrize("seed", seeds, ids=[f"{number}" for number in range(1, len(seeds) + 1)])
