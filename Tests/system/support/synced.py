"""The product of tests that need a shop whose customers and sales were read, and no more."""

import pytest

from .instance import Instance
from .visitor import SyncAPI


@pytest.fixture(scope="module")
def product():
    made = Instance(arguments=("--customers", "60", "--orders", "700"))
    try:
        made.start()
        SyncAPI(made).run()
        yield made
    finally:
        made.stop()
        made.remove()
