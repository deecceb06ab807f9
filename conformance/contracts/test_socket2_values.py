"""What the socket2 document says of its getters and setters: the value goes round."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sockspec.spec import CONFORMS, DGRAM, MUST, SHOULD, SOCKET2, STREAM, V4, V6, outcome, rule

SAME = {"same": CONFORMS, "other": "another value"}


def read(getter):
    """How reading went when it failed, otherwise nothing; and what was read."""
    got = []
    how = outcome(lambda: got.append(getter()), ok="")
    return how, got[0] if got else None


BOOLEAN = rule(
    "contracts.value.boolean",
    "A boolean option reads back as it was set.",
    level=MUST,
    sources=[
        SOCKET2.broadcast(1),
        SOCKET2.keepalive(1),
        SOCKET2.set_keepalive(1),
        SOCKET2.out_of_band_inline(1),
        SOCKET2.reuse_address(1),
        SOCKET2.nodelay(1),
        SOCKET2.set_nodelay(1),
        SOCKET2.multicast_loop_v4(1),
        SOCKET2.multicast_loop_v6(1),
        SOCKET2.set_multicast_loop_v6(1),
        SOCKET2.only_v6(1),
    ],
    behaviours=SAME,
)


@BOOLEAN.case(
    family=V4,
    type=STREAM,
    option=("keepalive", "out_of_band_inline", "reuse_address", "nodelay"),
)
@BOOLEAN.case(family=V4, type=DGRAM, option=("broadcast", "multicast_loop_v4"))
@BOOLEAN.case(family=V6, type=STREAM, option=("only_v6", "nodelay"))
@BOOLEAN.case(family=V6, type=DGRAM, option=("only_v6", "multicast_loop_v6"))
@given(values=st.lists(st.booleans(), min_size=1, max_size=4))
def test_boolean(sockets, see, case, values):
    sock = sockets.new()
    for value in values:
        getattr(sock, f"set_{case['option']}")(value)
    how, got = read(getattr(sock, case["option"]))
    see(how or ("same" if got is values[-1] else "other"), set=values, got=got)


NUMBER = rule(
    "contracts.value.number",
    "A number of hops reads back as it was set, from 1 to 255.",
    level=MUST,
    sources=[
        SOCKET2.ttl(1),
        SOCKET2.set_ttl(1),
        SOCKET2.multicast_ttl_v4(1),
        SOCKET2.multicast_hops_v6(1),
        SOCKET2.unicast_hops_v6(1),
        SOCKET2.set_unicast_hops_v6(1),
    ],
    behaviours=SAME,
)


@NUMBER.case(family=V4, type=DGRAM, option=("ttl", "multicast_ttl_v4"))
@NUMBER.case(family=V6, type=DGRAM, option=("unicast_hops_v6", "multicast_hops_v6"))
@given(value=st.integers(1, 255))
def test_number(sockets, see, case, value):
    sock = sockets.new()
    getattr(sock, f"set_{case['option']}")(value)
    how, got = read(getattr(sock, case["option"]))
    see(how or ("same" if got == value else "other"), set=value, got=got)


TIME = rule(
    "contracts.value.timeout",
    "A time limit of whole seconds reads back as it was set, and so does none.",
    level=SHOULD,
    sources=[SOCKET2.read_timeout(1), SOCKET2.write_timeout(1)],
    behaviours={"same": CONFORMS, "none": "no limit", "other": "another time"},
)


@TIME.case(family=V4, type=STREAM, option=("read_timeout", "write_timeout"))
@given(value=st.one_of(st.none(), st.integers(1, 100_000).map(float)))
def test_time(sockets, see, case, value):
    sock = sockets.new()
    getattr(sock, f"set_{case['option']}")(value)
    got = getattr(sock, case["option"])()
    how = "same" if got == value else "none" if got is None else "other"
    see(how, set=value, got=got)


SIZE = rule(
    "contracts.value.buffer-size",
    "A buffer size reads back as what was set, or as what the system made of it: not less.",
    level=SHOULD,
    sources=[SOCKET2.recv_buffer_size(1), SOCKET2.send_buffer_size(1)],
    behaviours={"enough": CONFORMS, "less": "less than was asked for"},
)


@SIZE.case(family=V4, type=(STREAM, DGRAM), option=("recv_buffer_size", "send_buffer_size"))
@given(value=st.integers(4096, 65536))
def test_size(sockets, see, case, value):
    sock = sockets.new()
    getattr(sock, f"set_{case['option']}")(value)
    got = getattr(sock, case["option"])()
    see("enough" if got >= value else "less", set=value, got=got)


INTERFACE = rule(
    "contracts.value.multicast-interface",
    "The interface for multicast reads back as it was set; before that it is any.",
    level=MUST,
    sources=[
        SOCKET2.multicast_if_v4(1),
        SOCKET2.set_multicast_if_v4(1),
        SOCKET2.multicast_if_v6(1),
        SOCKET2.set_multicast_if_v6(1),
    ],
    behaviours=SAME,
)


@INTERFACE.case(family=(V4, V6), type=DGRAM, interface=("any", "loopback"))
def test_interface(sockets, see, case):
    sock = sockets.new()
    if case["family"] == V4:
        wanted = "127.0.0.1" if case["interface"] == "loopback" else "0.0.0.0"
        setter, getter = sock.set_multicast_if_v4, sock.multicast_if_v4
    else:
        wanted = 1 if case["interface"] == "loopback" else 0
        setter, getter = sock.set_multicast_if_v6, sock.multicast_if_v6
    refused = outcome(setter, wanted) if case["interface"] == "loopback" else "succeeds"
    if refused != "succeeds":
        see(refused)
        return
    how, got = read(getter)
    see(how or ("same" if got == wanted else "other"), got=got)


FAMILIES_APART = rule(
    "contracts.value.families-apart",
    "What IPv4 is set to for multicast does not affect IPv6, nor the other way round.",
    level=SHOULD,
    sources=[SOCKET2.set_multicast_loop_v4(2), SOCKET2.set_multicast_loop_v6(2)],
    behaviours={
        "untouched": CONFORMS,
        "changed": "the other family's option changes too",
        "refused": "the option of IPv4 is refused on a socket of IPv6",
    },
)


@FAMILIES_APART.case(family=V6, type=DGRAM, set=("v4", "v6"), option=("loop", "reach"))
def test_families_apart(sockets, see, case):
    sock = sockets.new()
    sock.set_only_v6(False)
    both = {
        ("loop", "v4"): (sock.set_multicast_loop_v4, sock.multicast_loop_v6, False),
        ("loop", "v6"): (sock.set_multicast_loop_v6, sock.multicast_loop_v4, False),
        ("reach", "v4"): (sock.set_multicast_ttl_v4, sock.multicast_hops_v6, 9),
        ("reach", "v6"): (sock.set_multicast_hops_v6, sock.multicast_ttl_v4, 9),
    }
    setter, other, value = both[case["option"], case["set"]]
    before = outcome(other)
    if before != "succeeds" or outcome(setter, value) != "succeeds":
        see("refused")
        return
    first = other()
    see("untouched" if other() == first and first != value else "changed")
