"""No answer of a test may have been our fault."""

import pytest


@pytest.fixture(autouse=True)
def no_defect(product):
    """Every answer of a test, whatever it was, must not have been our fault."""
    before = product.log("responder").count("request failed")
    yield
    assert product.log("responder").count("request failed") == before, product.log("responder")[-3000:]
