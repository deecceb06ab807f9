"""The multicast options of the socket2 document."""

from __future__ import annotations

from sockspec.spec import (
    ALONE,
    CONFORMS,
    DGRAM,
    MUST,
    SOCKET2,
    UNSPECIFIED,
    V4,
    V6,
    outcome,
    rule,
)

from .calls import attempt

INTERFACE = rule(
    "contracts.multicast.interface",
    "The interface for outgoing multicast reads back as it was set.",
    level=MUST,
    judges=ALONE,
    sources=[
        SOCKET2.set_multicast_if_v4(1, "Set the value of the IP_MULTICAST_IF option"),
        SOCKET2.multicast_if_v4(1, "Get the value of the IP_MULTICAST_IF option"),
        SOCKET2.set_multicast_if_v6(1, "Set the value of the IPV6_MULTICAST_IF option"),
        SOCKET2.multicast_if_v6(1, "Get the value of the IPV6_MULTICAST_IF option"),
    ],
    behaviours={"same": CONFORMS, "another-interface": "it reads back as another interface"},
    aliases=["contracts.value.multicast-interface"],
    renamed={"other": "another-interface"},
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
    how, got = outcome(setter, wanted), None
    if how == "succeeds":
        how, got = attempt(getter)
    see(how if how != "succeeds" else "same" if got == wanted else "another-interface", got=got)


FAMILIES_APART = rule(
    "contracts.multicast.families-apart",
    "Whether the multicast options of IPv4 and IPv6 change each other is unspecified.",
    level=UNSPECIFIED,
    judges=ALONE,
    sources=[
        SOCKET2.set_multicast_loop_v4(3, "may not have any affect on IPv6 sockets"),
        SOCKET2.set_multicast_ttl_v4(4, "may not have any affect on IPv6 sockets"),
        SOCKET2.set_multicast_loop_v6(3, "may not have any affect on IPv4 sockets"),
    ],
    behaviours={
        "untouched": "the other family's option keeps its value",
        "changed": "the other family's option changes too",
        "refused": "an IPv6 socket does not have the option of IPv4",
    },
    aliases=["contracts.value.families-apart"],
)


@FAMILIES_APART.case(family=V6, type=DGRAM, set=("v4", "v6"), option=("loop", "reach"))
def test_families_apart(sockets, see, case):
    sock = sockets.new()
    sock.set_only_v6(False)
    setter, getter, value = {
        ("loop", "v4"): (sock.set_multicast_loop_v4, sock.multicast_loop_v6, False),
        ("loop", "v6"): (sock.set_multicast_loop_v6, sock.multicast_loop_v4, False),
        ("reach", "v4"): (sock.set_multicast_ttl_v4, sock.multicast_hops_v6, 9),
        ("reach", "v6"): (sock.set_multicast_hops_v6, sock.multicast_ttl_v4, 9),
    }[case["option"], case["set"]]
    how, before = attempt(getter)
    if how != "succeeds" or outcome(setter, value) != "succeeds":
        see("refused")
    else:
        see("untouched" if getter() == before else "changed")
