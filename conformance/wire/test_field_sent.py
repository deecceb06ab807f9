"""Fields of packets without data, of those by default, and of those that control data sets."""

from __future__ import annotations

from sockspec.errors import Unsupported
from sockspec.spec import (
    CLIENT,
    CONFORMS,
    DGRAM,
    INET,
    KERNEL,
    MAN,
    MUST,
    RFC,
    SERVER,
    SHOULD,
    STREAM,
    UNSPECIFIED,
    V4,
    V6,
    rule,
)

from .segments import ended, fresh, service, shown

CARRIED = {
    "carried": "every packet carries the value that was set",
    "not-carried": "a packet carries another value",
}
TTL = RFC(9293, "3.9.2", "The TTL value used to send TCP segments MUST be configurable")
SERVICE = RFC(9293, "3.9.1.9", "MUST be able to specify the Differentiated Services field")
HOPS = MAN.ipv6(7, "IPV6_UNICAST_HOPS", "Set the unicast hop limit for the socket.")
LIFETIME = {V4: ("IPPROTO_IP", "IP_TTL"), V6: ("IPPROTO_IPV6", "IPV6_UNICAST_HOPS")}
CLASS = {V4: ("IPPROTO_IP", "IP_TOS"), V6: ("IPPROTO_IPV6", "IPV6_TCLASS")}
EXPEDITED = 46 << 2  # a Differentiated Services field without its last two bits (RFC 3246)


def _ended(sockets, how, ours, theirs):
    """Have our end of a connection acknowledge, end or reset it."""
    if how == "ack":
        theirs.send(b"x")
        sockets.wait(ours, "POLLIN")
    elif how == "rst":
        theirs.send(b"never read")
        sockets.wait(ours, "POLLIN")
        ours.close()
    else:
        ours.shutdown("SHUT_WR")


WANTED = {"ack": "ACK", "fin": "FIN", "rst": "RST"}


def _told(sockets, case, option, value):
    """The packets of a kind that a connection sends on which an option was set."""
    ours, theirs = sockets.connected()
    ours.set_int(*option, value)
    seen = sockets.conversation(ours, theirs)
    _ended(sockets, case["packet"], ours, theirs)
    wanted = WANTED[case["packet"]]

    def of_kind():
        return [each for each in seen.sent() if wanted in each.flags and not each.data]

    seen.until(lambda _packets: of_kind())
    return seen, of_kind()


def _opened(sockets, case, option, value):
    """The SYN of our end, on which an option was set before; of a server, on its listener."""
    client, listener, seen = sockets.opening(ours="client" if case["by"] == "connect" else "")
    (client if case["by"] == "connect" else listener).set_int(*option, value)
    client.connect(listener.local_addr())
    packets = seen.sent() if case["by"] == "connect" else seen.received()
    return seen, [each for each in packets if "SYN" in each.flags]


def _see(see, seen, told, value):
    how = "carried" if told and all(each == value for each in told) else "not-carried"
    see(how, told=sorted(set(told)), packets=shown(seen.all))


SYN_LIFETIME = rule(
    "wire.field-sent.syn-lifetime",
    "A SYN carries the TTL that was set on its socket.",
    level=MUST,
    judges=CLIENT,
    sources=[TTL],
    behaviours={**CARRIED, "carried": CONFORMS},
    needs=["packets"],
)
SYN_HOPS = rule(
    "wire.field-sent.syn-hop-limit",
    "Whether a SYN carries the hop limit that was set on its socket is unspecified.",
    level=UNSPECIFIED,
    judges=CLIENT,
    sources=[HOPS],
    behaviours=CARRIED,
    needs=["packets"],
)
SYN_ACK_LIFETIME = rule(
    "wire.field-sent.syn-ack-lifetime",
    "Whether the SYN that accepts a connection carries the listener's TTL or hop limit is "
    "unspecified.",
    level=UNSPECIFIED,
    judges=SERVER,
    sources=[TTL, HOPS],
    behaviours=CARRIED,
    needs=["packets"],
)


@SYN_LIFETIME.case(by="connect", family=V4)
@SYN_HOPS.case(by="connect", family=V6)
@SYN_ACK_LIFETIME.case(by="accept", family=INET)
def test_syn_lifetime(sockets, see, case):
    seen, opening = _opened(sockets, case, LIFETIME[case["family"]], 77)
    _see(see, seen, [each.lifetime for each in opening], 77)


OTHER_LIFETIME = rule(
    "wire.field-sent.lifetime-without-data",
    "Segments without data carry the TTL that was set.",
    level=MUST,
    sources=[TTL],
    behaviours={**CARRIED, "carried": CONFORMS},
    needs=["packets"],
)
OTHER_HOPS = rule(
    "wire.field-sent.hop-limit-without-data",
    "Whether segments without data carry the hop limit that was set is unspecified.",
    level=UNSPECIFIED,
    sources=[HOPS],
    behaviours=CARRIED,
    needs=["packets"],
)


@OTHER_LIFETIME.case(packet=("ack", "fin", "rst"), family=V4)
@OTHER_HOPS.case(packet=("ack", "fin", "rst"), family=V6)
def test_lifetime_without_data(sockets, see, case):
    seen, packets = _told(sockets, case, LIFETIME[case["family"]], 77)
    _see(see, seen, [each.lifetime for each in packets], 77)


SYN_SERVICE = rule(
    "wire.field-sent.syn-service",
    "A SYN carries the Differentiated Services field that was set on its socket.",
    level=MUST,
    judges=CLIENT,
    sources=[SERVICE],
    behaviours={**CARRIED, "carried": CONFORMS},
    needs=["packets"],
)
SYN_ACK_SERVICE = rule(
    "wire.field-sent.syn-ack-service",
    "Whether the SYN that accepts a connection carries the listener's Differentiated Services "
    "field is unspecified.",
    level=UNSPECIFIED,
    judges=SERVER,
    sources=[SERVICE],
    behaviours=CARRIED,
    needs=["packets"],
)


@SYN_SERVICE.case(by="connect", family=INET)
@SYN_ACK_SERVICE.case(by="accept", family=INET)
def test_syn_service(sockets, see, case):
    seen, opening = _opened(sockets, case, CLASS[case["family"]], EXPEDITED)
    _see(see, seen, [each.service & 0xFC for each in opening], EXPEDITED)


OTHER_SERVICE = rule(
    "wire.field-sent.service-without-data",
    "Segments without data carry the Differentiated Services field that was set.",
    level=MUST,
    sources=[SERVICE],
    behaviours={**CARRIED, "carried": CONFORMS},
    needs=["packets"],
)


@OTHER_SERVICE.case(packet=("ack", "fin", "rst"), family=INET)
def test_service_without_data(sockets, see, case):
    seen, packets = _told(sockets, case, CLASS[case["family"]], EXPEDITED)
    _see(see, seen, [each.service & 0xFC for each in packets], EXPEDITED)


CHANGED = rule(
    "wire.field-sent.service-changed",
    "The Differentiated Services field of a connection can be changed while it lasts.",
    level=SHOULD,
    sources=[RFC(9293, "3.9.1.9", "application SHOULD be able to change the Differentiated")],
    behaviours={**CARRIED, "carried": CONFORMS},
    needs=["packets"],
)


@CHANGED.case(family=INET)
def test_service_changed(sockets, see, case):
    ours, theirs = sockets.connected()
    ours.set_nodelay(True)
    seen = sockets.conversation(ours, theirs)
    for number, value in enumerate((EXPEDITED, 0, 8 << 2)):
        ours.set_int(*CLASS[case["family"]], value)
        ours.send(b"x")
        sockets.received(theirs, 1)
        seen.until(lambda _packets, least=number: len(fresh(seen.sent())) > least)
    told = [each.service & 0xFC for each in fresh(seen.sent())]
    how = "carried" if told == [EXPEDITED, 0, 8 << 2] else "not-carried"
    see(how, told=told, packets=shown(seen.all))


def _data(seen):
    return [each for each in seen.sent() if each.data]


INHERITED = rule(
    "wire.field-sent.inherited",
    "Whether what an accepted connection sends carries the listener's TTL or hop limit and its "
    "Differentiated Services field is unspecified.",
    level=UNSPECIFIED,
    sources=[TTL, HOPS, SERVICE],
    behaviours=CARRIED,
    needs=["packets"],
)


@INHERITED.case(field=("lifetime", "service"), family=INET)
def test_inherited(sockets, see, case):
    by_field = {"lifetime": LIFETIME, "service": CLASS}[case["field"]]
    value = 77 if case["field"] == "lifetime" else EXPEDITED
    server, client = sockets.serving_of(
        lambda listener: listener.set_int(*by_field[case["family"]], value)
    )
    seen = sockets.conversation(server, client)
    server.send(b"x")
    seen.until(lambda _packets: seen.sent())
    told = [
        each.lifetime if case["field"] == "lifetime" else service(each, STREAM)
        for each in seen.sent()
    ]
    _see(see, seen, told, value)


DEFAULT = rule(
    "wire.field-sent.default-lifetime",
    "Whether packets have the TTL or the hop limit 64 where none was set is unspecified.",
    level=UNSPECIFIED,
    sources=[
        MAN.ip(7, "IP_TTL", "Set or retrieve the current time-to-live field that is used in"),
        HOPS,
    ],
    behaviours={
        "sixty-four": "it is 64",
        "one-two-eight": "it is 128",
        "two-five-five": "it is 255",
        "another-number": "it is another number",
    },
    needs=["packets"],
)


@DEFAULT.case(family=INET, type=(STREAM, DGRAM))
def test_default_lifetime(sockets, see, case):
    name = "ip_default_ttl" if case["family"] == V4 else "conf.default.hop_limit"
    setting = f"net.ip{case['family']}.{name}"
    if int(sockets.settings.get(setting, 64)) != 64:
        raise Unsupported("the usual lifetime", f"{setting} is {sockets.settings[setting]}")
    ours, theirs = sockets.connected()
    seen = sockets.conversation(ours, theirs)
    ours.send(b"x")
    seen.until(lambda _packets: seen.sent())
    names = {64: "sixty-four", 128: "one-two-eight", 255: "two-five-five"}
    told = {each.lifetime for each in seen.sent()}
    see(names.get(min(told), "another-number"), told=sorted(told))


RESTORED = rule(
    "wire.field-sent.default-restored",
    "Whether setting the hop limit to -1 has packets carry the default again is unspecified.",
    level=UNSPECIFIED,
    sources=[
        MAN.ipv6(7, "IPV6_UNICAST_HOPS", "-1 in the value means use the route default"),
        MAN.ip(7, "IP_TTL", "Set or retrieve the current time-to-live field that is used in"),
    ],
    behaviours={
        "default-again": "they carry what they did before any was set",
        "kept": "they carry what was set last",
        "another-number": DEFAULT.behaviours["another-number"],
    },
    needs=["packets"],
)


@RESTORED.case(family=INET, type=(STREAM, DGRAM))
def test_default_restored(sockets, see, case):
    ours, theirs = sockets.connected()
    seen = sockets.conversation(ours, theirs)
    for value in (None, 77, -1):
        if value is not None:
            ours.set_int(*LIFETIME[case["family"]], value)
        before = len(_data(seen))
        ours.send(b"x")
        theirs.recv(1)
        seen.until(lambda _packets, least=before: len(_data(seen)) > least)
    first, _, last = (each.lifetime for each in _data(seen)[:3])
    see(
        {first: "default-again", 77: "kept"}.get(last, "another-number"), first=first, last=last
    )


CONTROL = rule(
    "wire.field-sent.control",
    "Whether a datagram carries the TTL, the hop limit, the TOS or the traffic class that is "
    "control data of its send is unspecified.",
    level=UNSPECIFIED,
    sources=[
        KERNEL("net/ipv4/ip_sockglue.c", "ip_cmsg_send", "if (cmsg->cmsg_level != SOL_IP)"),
        KERNEL("net/ipv6/datagram.c", "ip6_datagram_send_ctl", "case IPV6_HOPLIMIT:"),
    ],
    behaviours=CARRIED,
    needs=["packets", "messages"],
)
ONCE = rule(
    "wire.field-sent.control-once",
    "Whether control data of one send changes what the next datagram carries is unspecified.",
    level=UNSPECIFIED,
    sources=CONTROL.sources,
    behaviours={
        "once": "the next datagram carries what the socket has",
        "kept-on": "the next datagram carries what the control data had",
        "another-value": "it carries something else",
    },
    needs=["packets", "messages"],
)
RECORDS = {
    (V4, "lifetime"): ("IPPROTO_IP", "IP_TTL"),
    (V6, "lifetime"): ("IPPROTO_IPV6", "IPV6_HOPLIMIT"),
    (V4, "service"): ("IPPROTO_IP", "IP_TOS"),
    (V6, "service"): ("IPPROTO_IPV6", "IPV6_TCLASS"),
}


@CONTROL.case(field=("lifetime", "service"), family=INET, type=DGRAM)
@ONCE.case(field=("lifetime", "service"), family=INET, type=DGRAM, after="another")
def test_control(sockets, see, case):
    ours, theirs = sockets.connected()
    level, record = map(sockets.number, RECORDS[case["family"], case["field"]])
    seen = sockets.conversation(ours, theirs)
    value = 77 if case["field"] == "lifetime" else EXPEDITED
    ours.send(b"before")
    ours.sendmsg([b"x"], [(level, record, value.to_bytes(4, ours.backend.byte_order))])
    ours.send(b"after")
    seen.until(lambda _packets: len(seen.sent()) == 3)
    before, told, after = (
        each.lifetime if case["field"] == "lifetime" else each.service for each in seen.sent()
    )
    if case.get("after"):
        see({before: "once", value: "kept-on"}.get(after, "another-value"), after=after)
    else:
        _see(see, seen, [told], value)


ENDS_LATER = rule(
    "wire.field-sent.service-after-end",
    "What a connection sends after its sending was shut down carries its Differentiated "
    "Services field.",
    level=MUST,
    sources=[SERVICE],
    behaviours={**CARRIED, "carried": CONFORMS},
    needs=["packets"],
)


@ENDS_LATER.case(family=INET)
def test_service_after_end(sockets, see, case):
    ours, theirs = sockets.connected()
    ours.set_int(*CLASS[case["family"]], EXPEDITED)
    seen = sockets.conversation(ours, theirs)
    ours.shutdown("SHUT_WR")
    seen.until(ended)
    before = len(seen.sent())
    theirs.send(b"x")
    seen.until(lambda _packets: len(seen.sent()) > before)
    _see(see, seen, [each.service & 0xFC for each in seen.sent()], EXPEDITED)
