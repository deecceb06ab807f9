"""The backend that these tests are of."""

from __future__ import annotations

import pytest
import sockspec_c


@pytest.fixture(scope="session")
def backend():
    return sockspec_c.backend()
