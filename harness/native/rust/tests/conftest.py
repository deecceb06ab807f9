"""The backend that these tests are of."""

from __future__ import annotations

import pytest
import sockspec_rust


@pytest.fixture(scope="session")
def backend():
    return sockspec_rust.backend()
