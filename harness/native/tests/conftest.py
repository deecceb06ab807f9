"""Every native backend that is built, one after the other."""

from __future__ import annotations

import pytest

from sockspec import backends
from sockspec.errors import UsageError


@pytest.fixture(scope="session", params=["c", "rust"])
def backend(request):
    try:
        return backends.load(request.param)
    except UsageError as error:
        pytest.skip(f"not run: {error}")
