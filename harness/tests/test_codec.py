"""What structures of options are read as where fewer bytes came back than they have."""

from __future__ import annotations

import pytest

from sockspec.api import codec
from sockspec.backends.stdlib import Stdlib


@pytest.mark.parametrize("length", range(codec.timeval_size(Stdlib())))
def test_a_time_limit_is_read_from_what_came_back(length):
    backend = Stdlib()
    whole = codec.timeval(backend, 2.0)
    read = codec.to_timeval(backend, whole[:length])
    assert read == (2.0 if whole[:length].strip(b"\0") else None)


def test_a_linger_time_is_read_from_what_came_back():
    backend = Stdlib()
    whole = codec.linger(backend, 2.0)
    assert codec.to_linger(backend, whole) == 2.0
    assert codec.to_linger(backend, whole[: len(whole) // 2]) == 0.0
    assert codec.to_linger(backend, b"") is None
