"""What the engine's tests share."""

from collections.abc import Callable
from functools import partial

import pytest

from tests.workflows.engine.running import Driver


@pytest.fixture(params=[False, True], ids=["in memory", "saved at every step"])
def run(request: pytest.FixtureRequest) -> Callable[..., Driver]:
    """Starts a case; every test that uses it runs twice."""
    return partial(Driver, saving=request.param)
