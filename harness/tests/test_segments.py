"""What rules about packets take a stream to be that was sent again, swapped or wrapped."""

from __future__ import annotations

import pytest
from conformance.wire.segments import fresh, payload

from sockspec.network.wire import Packet


def _packets(*segments):
    ends = (("127.0.0.1", 1), ("127.0.0.1", 2))
    return [
        Packet(float(at), *ends, "TCP", data, 64, 0, fragmentable=False, sequence=sequence)
        for at, (sequence, data) in enumerate(segments)
    ]


@pytest.mark.parametrize(
    ("sent", "segments", "stream"),
    [
        ([(7, b"ab"), (9, b"c")], [b"ab", b"c"], b"abc"),
        ([(7, b"ab"), (7, b"ab"), (9, b"")], [b"ab"], b"ab"),
        ([(9, b"c"), (7, b"ab")], [b"ab", b"c"], b"abc"),
        ([(7, b"a"), (8, b"b"), (7, b"ab")], [b"a", b"b"], b"ab"),
        ([(7, b"a"), (7, b"ab")], [b"a"], b"ab"),
        ([(2**32 - 1, b"a"), (0, b"b")], [b"a", b"b"], b"ab"),
        ([(7, b"")], [], b""),
    ],
    ids=["once", "again", "swapped", "again-in-one", "again-with-more", "wrapped", "none"],
)
def test_what_is_sent_again_counts_once(sent, segments, stream):
    packets = _packets(*sent)
    assert [each.data for each in fresh(packets)] == segments
    assert payload(packets) == stream
