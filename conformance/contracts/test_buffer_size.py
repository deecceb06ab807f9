"""recv_buffer_size(), send_buffer_size() and their setters of the socket2 document."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sockspec.spec import DGRAM, POSIX, SOCKET2, STREAM, TOKIO, UNSPECIFIED, V4, outcome, rule

CHANGES = (
    SOCKET2.set_recv_buffer_size(
        2, "Changes the size of the operating system's receive buffer"
    ),
    SOCKET2.set_send_buffer_size(2, "Changes the size of the operating system's send buffer"),
)

TOO_WIDE = rule(
    "contracts.buffer-size.wide",
    "Whether a buffer size that does not fit into a C int is refused, clamped or wrapped is "
    "unspecified.",
    level=UNSPECIFIED,
    sources=CHANGES,
    behaviours={
        "not-smaller": "the buffer is as large as the system allows",
        "wrapped": "the buffer is smaller: only the low 32 bits count",
    },
)


@TOO_WIDE.case(family=V4, which=("recv", "send"))
def test_too_wide(sockets, see, case):
    sock = sockets.new()
    setter = getattr(sock, f"set_{case['which']}_buffer_size")
    getter = getattr(sock, f"{case['which']}_buffer_size")
    setter(2**30)
    largest = getter()
    how = outcome(setter, 2**32 + 8192)
    got = getter()
    if how == "succeeds":
        how = "not-smaller" if got >= largest else "wrapped"
    see(how, got=got)


READS_BACK = rule(
    "contracts.buffer-size.reads-back",
    "Whether a buffer size reads back as less than was set is unspecified.",
    level=UNSPECIFIED,
    sources=[
        *CHANGES,
        SOCKET2.recv_buffer_size(1, "Get value for the SO_RCVBUF option on this socket"),
        SOCKET2.send_buffer_size(1, "Get the value of the SO_SNDBUF option on this socket"),
        TOKIO.recv_buffer_size(3, "the value returned by this function may not be the same"),
        POSIX.chapter(
            "2.10.16", "SO_RCVBUF", "be set to the value, in bytes, of the option value"
        ),
    ],
    behaviours={
        "enough": "it reads back as what was set, or as more",
        "less": "it reads back as less than was set",
    },
    aliases=["contracts.value.buffer-size"],
)


@READS_BACK.case(
    family=V4, type=(STREAM, DGRAM), option=("recv_buffer_size", "send_buffer_size")
)
@given(value=st.integers(4096, 65536))
def test_reads_back(sockets, see, case, value):
    sock = sockets.new()
    getattr(sock, f"set_{case['option']}")(value)
    got = getattr(sock, case["option"])()
    see("enough" if got >= value else "less", set=value, got=got)
