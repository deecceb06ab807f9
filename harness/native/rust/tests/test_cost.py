"""Nothing leaks where the backend does more than the contract asks for."""

from __future__ import annotations

import gc
import sys
from pathlib import Path

import pytest

linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def descriptors():
    return len(list(Path("/proc/self/fd").iterdir()))


@linux
def test_no_descriptor_leaks(backend, making):
    inet, stream = making.number("AF_INET"), making.number("SOCK_STREAM")
    new_v4, listen = (backend.answer("TcpSocket", name) for name in ("new_v4", "listen"))
    gc.collect()
    before = descriptors()
    for _ in range(10_000):
        backend.close(backend.new(inet, stream))
        backend.new(inet, stream)  # dropped
    for _ in range(500):
        backend.close(listen(new_v4(), 1))  # with a runtime made and dropped
    gc.collect()
    assert descriptors() == before
