"""Which interface and which address of its own what is sent has, and who says so."""

from __future__ import annotations

from sockspec.spec import (
    CONFORMS,
    DGRAM,
    INET,
    MAN,
    MUST,
    POSIX,
    RFC,
    SERVER,
    STREAM,
    UNSPECIFIED,
    V4,
    V6,
    outcome,
    rule,
)

from .groups import IP, IPV6, place

DEVICE = MAN.socket(7, "SO_BINDTODEVICE", "Bind this socket to a particular device")
OWN = {
    "of-interface": "it has the address of the interface that it leaves through",
    "of-another": "it has another address",
}
WAY = {
    "first": "it leaves through the first interface",
    "second": "it leaves through the second one",
    "third": "it leaves through the third one",
    "not-sent": "nothing is sent on the link",
}


SELECTED = rule(
    "wire.route.own-address",
    "An unbound socket that is connected has the address that its packets come from.",
    level=MUST,
    sources=[
        RFC(9293, "3.9.1.1", "MUST ask the IP layer to select a local IP address"),
        POSIX.getsockname("DESCRIPTION", "shall retrieve the locally-bound name"),
    ],
    behaviours={"same": CONFORMS, "another": "its packets come from another address"},
    needs=["link", "packets"],
)
OF_INTERFACE = rule(
    "wire.route.own-address-of-interface",
    "Whether an unbound socket sends from the address of the interface that its packets leave "
    "through is unspecified.",
    level=UNSPECIFIED,
    sources=[RFC(1122, "3.3.4.2", "software MUST choose a source address.")],
    behaviours=OWN,
    needs=["interfaces", "packets"],
)


@SELECTED.case(to="first", family=INET, type=(STREAM, DGRAM))
@OF_INTERFACE.case(to=("first", "second"), family=INET, type=(STREAM, DGRAM))
def test_own_address(sockets, see, case):
    here, there = sockets.ends() if case["to"] == "first" else sockets.second_ends()
    far, ours = sockets.other(), sockets.new()
    far.bind(sockets.address(place(there, case["family"])))
    if case["type"] == STREAM:
        far.listen(1)
    seen = sockets.datagrams()
    ours.connect(far.local_addr())
    if case["type"] == DGRAM:
        ours.send(b"x")
    told = ours.local_addr()
    ends = (told.port, far.local_addr().port)

    def sent():
        found = seen.to(place(there, case["family"]))
        return [each for each in found if each.protocol in {6, 17} and each.ports == ends]

    seen.until(sent)
    (source,) = {each.source for each in sent()}
    if case.rule is SELECTED:
        see("same" if source == told.host else "another", source=source, told=told.host)
    else:
        same = source == place(here, case["family"])
        see("of-interface" if same else "of-another", source=source)


SAME = rule(
    "wire.route.same-address",
    "All segments of a connection come from one address.",
    level=MUST,
    sources=[
        RFC(9293, "3.9.1.1", "same local address that was used in those previous segments")
    ],
    behaviours={"one-address": CONFORMS, "several": "they come from several"},
    needs=["interfaces", "packets"],
)


@SAME.case(far=("first", "second"), family=INET)
def test_same_address(sockets, see, case):
    there = (sockets.ends() if case["far"] == "first" else sockets.second_ends())[1]
    far, ours = sockets.other(), sockets.new()
    far.bind(sockets.address(place(there, case["family"])))
    far.listen(1)
    seen = sockets.datagrams()
    ours.connect(far.local_addr())
    server = sockets.accepted(far)
    ours.send(b"x")
    sockets.received(server, 1)
    ours.close()
    sockets.wait_for_end(server)
    port = far.local_addr().port
    mine = seen.to(place(there, case["family"]))
    sources = {each.source for each in mine if each.protocol == 6 and each.ports[1] == port}
    see("one-address" if len(sources) == 1 else "several", sources=sorted(sources))


WEAK = rule(
    "wire.route.bound-address",
    "What a bound socket sends has the address that it is bound to, whichever way it leaves.",
    level=MUST,
    sources=[
        RFC(1122, "3.3.4.2", "MUST be able to explicitly specify the"),
        POSIX.bind("DESCRIPTION", "bind() function shall assign a local socket address"),
    ],
    behaviours={"bound-address": CONFORMS, "of-another": OWN["of-another"]},
    needs=["interfaces", "packets"],
)


@WEAK.case(bound=("first", "second"), to=("first", "second"), family=INET, type=DGRAM)
def test_bound_address(sockets, see, case):
    ends = {"first": sockets.ends(), "second": sockets.second_ends()}
    here, there = ends[case["bound"]][0], ends[case["to"]][1]
    seen, ours = sockets.datagrams(), sockets.new()
    ours.bind(sockets.address(place(here, case["family"])))
    target = place(there, case["family"])
    ours.send_to(b"x", sockets.address(target, port=7))
    port = ours.local_addr().port
    seen.until(lambda: seen.of_ports(port, 7))
    sources = {each.source for each in seen.of_ports(port, 7)}
    same = sources == {place(here, case["family"])}
    see("bound-address" if same else "of-another", sources=sorted(sources))


CONTROL = rule(
    "wire.route.packet-information",
    "A datagram of IPv6 has the source address that is control data of its send.",
    level=MUST,
    sources=[RFC(3542, "6", "struct in6_addr ipi6_addr; /* src/dst IPv6 address */")],
    behaviours={"as-asked": CONFORMS, "of-another": OWN["of-another"]},
    needs=["interfaces", "packets", "messages"],
)
CONTROL_V4 = rule(
    "wire.route.packet-information-v4",
    "Whether a datagram of IPv4 has the source address that is control data of its send is "
    "unspecified.",
    level=UNSPECIFIED,
    sources=[MAN.ip(7, "IP_PKTINFO", "it is used as the local source address")],
    behaviours={"as-asked": "it has", "of-another": OWN["of-another"]},
    needs=["interfaces", "packets", "messages"],
)


@CONTROL.case(source=("first", "second"), family=V6, type=DGRAM)
@CONTROL_V4.case(source=("first", "second"), family=V4, type=DGRAM)
def test_packet_information(sockets, see, case):
    ends = {"first": sockets.ends(), "second": sockets.second_ends()}
    wanted, there = ends[case["source"]][0], ends["first"][1]
    seen, ours = sockets.datagrams(), sockets.new()
    ours.bind(sockets.wildcard())
    packed = sockets.packed(place(wanted, case["family"]))
    if case["family"] == V6:
        record = (IPV6, "IPV6_PKTINFO", packed + bytes(4))
    else:
        record = (IP, "IP_PKTINFO", bytes(4) + packed + bytes(4))
    level, name, data = record
    target = sockets.address(place(there, case["family"]), port=7)
    control = (sockets.number(level), sockets.number(name), data)
    ours.sendmsg([b"x"], [control], 0, target)
    port = ours.local_addr().port
    seen.until(lambda: seen.of_ports(port, 7))
    (only,) = {each.source for each in seen.of_ports(port, 7)}
    same = only == place(wanted, case["family"])
    see("as-asked" if same else "of-another", source=only)


INDEX = rule(
    "wire.route.interface-of-control",
    "Whether the interface that is control data of a send is the one that the datagram leaves "
    "through is unspecified.",
    level=UNSPECIFIED,
    sources=[
        MAN.ip(7, "IP_PKTINFO", "When ipi_ifindex is not zero, the primary local address")
    ],
    behaviours=WAY,
    needs=["interfaces", "packets", "messages"],
)
UNICAST = rule(
    "wire.route.unicast-interface",
    "Whether IP_UNICAST_IF or IPV6_UNICAST_IF has datagrams leave through its interface is "
    "unspecified.",
    level=UNSPECIFIED,
    sources=[MAN.ip(7, "IP_PKTINFO", "ipi_ifindex is the unique index of the interface")],
    behaviours=WAY,
    needs=["interfaces", "packets"],
)
BOUND_DEVICE = rule(
    "wire.route.device",
    "Whether datagrams leave through the device that their socket is bound to is unspecified.",
    level=UNSPECIFIED,
    sources=[DEVICE],
    behaviours=WAY,
    needs=["interfaces", "packets", "device"],
)
NOBODY = {V4: "198.51.100.7", V6: "2001:db8::7"}  # RFC 5737, RFC 3849: no route leads there


@INDEX.case(by="control", asked=("first", "second", "third"), family=INET, type=DGRAM)
@UNICAST.case(by="option", asked=("first", "second", "third"), family=INET, type=DGRAM)
@BOUND_DEVICE.case(by="device", asked=("first", "second", "third"), family=INET, type=DGRAM)
def test_device(sockets, see, case):
    ends = sockets.networks()
    here, family = ends[case["asked"]][0], case["family"]
    seen, ours = sockets.datagrams(), sockets.new()
    # A route leads there through the first network, and none through another one.
    target = place(ends["first"][1], family)
    order, control = ours.backend.byte_order, ()
    if case["by"] == "device":
        ours.bind_device(here.name.encode())
    elif case["by"] == "option":
        level, name = (IP, "IP_UNICAST_IF") if family == V4 else (IPV6, "IPV6_UNICAST_IF")
        ours.set_option(level, name, here.index.to_bytes(4, "big"))
    else:
        index = here.index.to_bytes(4, order)
        level, name = (IP, "IP_PKTINFO") if family == V4 else (IPV6, "IPV6_PKTINFO")
        data = index + bytes(8) if family == V4 else bytes(16) + index
        control = [(sockets.number(level), sockets.number(name), data)]
    how = outcome(ours.sendmsg, [b"x"], control, 0, sockets.address(target, port=7))
    if how != "succeeds":
        see(how)
        return

    def sent():
        found = [each for each in seen.to(target) if each.protocol == 17 and each.is_outgoing]
        return [each for each in found if each.ports == (ours.local_addr().port, 7)]

    came_out = sockets.comes(seen, sent)
    names = {near.name: which for which, (near, _) in ends.items()}
    see(names[sent()[0].device] if came_out else "not-sent")


UNREACHED = rule(
    "wire.route.no-route",
    "Whether sending or connecting where no route leads fails with ENETUNREACH is unspecified.",
    level=UNSPECIFIED,
    sources=[POSIX.connect("ENETUNREACH", "No route to the network is present.")],
    behaviours={"succeeds": "the call succeeds"},
    needs=["link"],
)


@UNREACHED.case(by=("connect", "send-to"), family=INET, type=DGRAM)
@UNREACHED.case(by="connect", family=INET, type=STREAM)
def test_no_route(sockets, see, case):
    ours = sockets.new()
    ours.set_nonblocking(True)
    target = sockets.address(NOBODY[case["family"]], port=7)
    if case["by"] == "connect":
        see(outcome(ours.connect, target))
    else:
        see(outcome(ours.send_to, b"x", target))


WILDCARD = rule(
    "wire.route.wildcard",
    "Whether a socket bound to the wildcard sends from the address of the interface that its "
    "packets leave through is unspecified.",
    level=UNSPECIFIED,
    sources=[RFC(1122, "3.3.4.2", "software MUST choose a source address.")],
    behaviours=OWN,
    needs=["interfaces", "packets"],
)


@WILDCARD.case(
    to=("first", "second"), received=("no", "through-first"), family=INET, type=DGRAM
)
def test_wildcard(sockets, see, case):
    ends = {"first": sockets.ends(), "second": sockets.second_ends()}
    here, there = ends[case["to"]]
    ours, seen = sockets.new(), sockets.datagrams()
    ours.bind(sockets.wildcard())
    port = ours.local_addr().port
    if case["received"] != "no":
        far = sockets.other()
        far.send_to(b"y", sockets.address(place(ends["first"][0], case["family"]), port=port))
        sockets.wait(ours, "POLLIN")
    ours.send_to(b"x", sockets.address(place(there, case["family"]), port=7))
    seen.until(lambda: seen.of_ports(port, 7))
    (source,) = {each.source for each in seen.of_ports(port, 7)}
    same = source == place(here, case["family"])
    see("of-interface" if same else "of-another", source=source)


TOLD = rule(
    "wire.route.reset-through",
    "A RST comes from the address that the segment that caused it was sent to.",
    level=MUST,
    judges=SERVER,
    sources=[
        RFC(9293, "3.5.2", "a reset is sent in response to any incoming segment except another")
    ],
    behaviours={"same": CONFORMS, "from-elsewhere": "it comes from another address"},
    needs=["interfaces", "packets"],
)


@TOLD.case(to=("first", "second"), family=INET, type=STREAM)
def test_reset_through(sockets, see, case):
    ends = {"first": sockets.ends(), "second": sockets.second_ends()}
    there = ends[case["to"]][0]
    client, seen = sockets.new(), sockets.datagrams()
    target = place(there, case["family"])
    outcome(client.connect, sockets.address(target, port=1))
    found = [each for each in seen.look() if each.protocol == 6 and each.ports[0] == 1]
    sources = {each.source for each in found}
    see(
        "same" if sources == {target} else "from-elsewhere",
        packets=[str(each) for each in found],
    )
