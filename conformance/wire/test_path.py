"""Datagrams larger than the MTU of a path: refused, cut into fragments, put together again."""

from __future__ import annotations

from sockspec.spec import (
    CONFORMS,
    DGRAM,
    INET,
    MAN,
    MUST,
    POSIX,
    RFC,
    STREAM,
    UNSPECIFIED,
    V4,
    V6,
    outcome,
    rule,
)

from .groups import IP, IPV6, place
from .paths import joined, manner, ports, sent_parts, told_of

DISCOVER = MAN.ip(7, "IP_MTU_DISCOVER", "will reject (with EMSGSIZE) datagrams that are bigger")
FRAGMENTS = MAN.ip(7, "IP_MTU_DISCOVER", "will fragment a datagram if needed according to")
TOO_LARGE = POSIX.send("EMSGSIZE", "too large to be sent all at once, as the socket requires")
REASSEMBLY = RFC(1122, "3.3.2", "The IP layer MUST implement reassembly of IP datagrams.")
CUT = {
    "whole": "it is sent as it is",
    "in-fragments": "it is sent in fragments",
    "not-sent": "nothing is sent",
    "EMSGSIZE": "the send fails with EMSGSIZE",
}
MODES = ("DONT", "WANT", "DO", "PROBE", "INTERFACE", "OMIT")
HEADERS = {V4: 28, V6: 48}  # of IP and UDP


FITTING = rule(
    "wire.path.fitting",
    "Whether a datagram as large as the MTU is sent whole is unspecified.",
    level=UNSPECIFIED,
    sources=[FRAGMENTS],
    behaviours=CUT,
    needs=["link", "packets"],
)
LARGER = rule(
    "wire.path.larger",
    "Whether a datagram that is larger than the MTU is refused, or sent in fragments, is "
    "unspecified.",
    level=UNSPECIFIED,
    sources=[DISCOVER, FRAGMENTS, TOO_LARGE],
    behaviours=CUT,
    needs=["link", "packets"],
)


@FITTING.case(mode=MODES, by=("exactly",), family=INET, type=DGRAM)
@LARGER.case(mode=MODES, by=("one", "much"), family=INET, type=DGRAM)
def test_larger(sockets, see, case):
    ours, theirs = joined(sockets, case["mode"])
    seen = sockets.datagrams()
    size = sockets.mtu() - HEADERS[case["family"]]
    size += {"exactly": 0, "one": 1, "much": 3000}[case["by"]]
    how = outcome(ours.send, bytes(size))
    if how == "succeeds":
        how = manner(sent_parts(sockets, seen, ours, theirs))
    see(how, size=size)


QUIET = rule(
    "wire.path.refused-unsent",
    "Nothing is sent of a datagram whose send fails with EMSGSIZE.",
    level=MUST,
    sources=[POSIX.send("DESCRIPTION", "send() shall fail and no data shall be transmitted")],
    behaviours={"not-sent": CONFORMS, "sent-in-part": "a part of it is sent"},
    needs=["link", "packets"],
)


@QUIET.case(size=("path", "protocol"), family=INET, type=DGRAM)
def test_refused_unsent(sockets, see, case):
    ours, theirs = joined(sockets, "DO")
    seen = sockets.datagrams()
    outcome(ours.send, bytes(3000 if case["size"] == "path" else 65536))
    parts = sent_parts(sockets, seen, ours, theirs)
    see("sent-in-part" if parts else "not-sent")


ASSEMBLED = rule(
    "wire.path.assembled",
    "A datagram that is sent in fragments is received whole.",
    level=MUST,
    sources=[REASSEMBLY],
    behaviours={
        "whole-again": CONFORMS,
        "altered": "other bytes are received",
        "not-received": "nothing is received",
    },
    needs=["link"],
)


@ASSEMBLED.case(size=("2000", "9000", "65000"), family=INET, type=DGRAM)
def test_assembled(sockets, see, case):
    ours, theirs = sockets.connected()
    data = bytes(range(250)) * (int(case["size"]) // 250)
    theirs.set_send_buffer_size(200_000)
    ours.set_recv_buffer_size(200_000)
    theirs.send(data)
    if not ours.poll("POLLIN", 1.0):
        see("not-received")
        return
    see("whole-again" if ours.recv(len(data) + 1) == data else "altered")


FORM = rule(
    "wire.path.fragment-form",
    "The fragments of a datagram share its identification, and leave no gap.",
    level=MUST,
    sources=[
        RFC(791, "2.3", "identification field is used to distinguish the fragments of one"),
        RFC(791, "3.1", "The fragment offset is measured in units of 8 octets (64 bits)."),
    ],
    behaviours={
        "in-a-row": CONFORMS,
        "several-identities": "they have different identifications",
        "with-gaps": "their offsets leave a gap, or overlap",
    },
    needs=["link", "packets"],
)
SMALL = rule(
    "wire.path.fragment-size",
    "No fragment is larger than the MTU of the link.",
    level=MUST,
    sources=[
        RFC(791, "2.3", "To fragment a long internet datagram, an internet protocol module")
    ],
    behaviours={"fits": CONFORMS, "too-large": "one is larger"},
    needs=["link", "packets"],
)
FIELDS = rule(
    "wire.path.fragment-fields",
    "Whether all fragments carry the lifetime and the service that were set on their socket is "
    "unspecified.",
    level=UNSPECIFIED,
    sources=[
        MAN.ip(7, "IP_TOS", "Set or receive the Type-Of-Service (TOS) field that is sent with"),
        MAN.ip(7, "IP_TTL", "Set or retrieve the current time-to-live field that is used in"),
    ],
    behaviours={"all": "they do", "not-all": "one of them does not"},
    needs=["link", "packets"],
)


@FORM.case(size=("2000", "9000"), asks="form", family=INET, type=DGRAM)
@SMALL.case(size=("2000", "9000"), asks="size", family=INET, type=DGRAM)
@FIELDS.case(size=("2000", "9000"), asks="fields", family=INET, type=DGRAM)
def test_fragments(sockets, see, case):
    ours, theirs = joined(sockets, "DONT")
    v4 = case["family"] == V4
    ours.set_int(IP if v4 else IPV6, "IP_TTL" if v4 else "IPV6_UNICAST_HOPS", 77)
    ours.set_int(IP if v4 else IPV6, "IP_TOS" if v4 else "IPV6_TCLASS", 184)
    seen = sockets.datagrams()
    ours.send(bytes(int(case["size"])))
    parts = sorted(sent_parts(sockets, seen, ours, theirs), key=lambda each: each.offset)
    told = [str(each) for each in parts]
    if case["asks"] == "size":
        extra = 0 if v4 else 8  # the fragment header
        fits = all(each.size + extra <= sockets.mtu() for each in parts)
        see("fits" if fits else "too-large", packets=told)
    elif case["asks"] == "fields":
        right = {(each.lifetime, each.service) for each in parts} == {(77, 184)}
        see("all" if right else "not-all", packets=told)
    else:
        ends = [0, *(each.offset + len(each.data) for each in parts)]
        gaps = any(end != each.offset for end, each in zip(ends, parts, strict=False))
        gaps = gaps or [each.more for each in parts] != [True] * (len(parts) - 1) + [False]
        same = len({each.identity for each in parts}) == 1
        see("with-gaps" if gaps else "in-a-row" if same else "several-identities", packets=told)


TOLD = rule(
    "wire.path.mtu",
    "Whether IP_MTU or IPV6_MTU of a connected socket is the MTU of its link is unspecified.",
    level=UNSPECIFIED,
    sources=[
        MAN.ip(7, "IP_MTU", "Retrieve the current known path MTU of the current socket."),
        MAN.ipv6(7, "IPV6_MTU", "Retrieve the current known path MTU of the current socket."),
    ],
    behaviours={"same": "it is", "another-number": "it is another number"},
    needs=["link"],
)


@TOLD.case(family=INET, type=(STREAM, DGRAM))
def test_mtu(sockets, see, case):
    ours, _theirs = sockets.connected()
    v4 = case["family"] == V4
    told = ours.get_int(IP if v4 else IPV6, "IP_MTU" if v4 else "IPV6_MTU")
    see("same" if told == sockets.mtu() else "another-number", told=told)


LIMITED = rule(
    "wire.path.own-limit",
    "Whether IPV6_MTU has a socket send fragments of its size is unspecified.",
    level=UNSPECIFIED,
    sources=[MAN.ipv6(7, "IPV6_MTU", "Set the MTU to be used for the socket.")],
    behaviours={"limited": "it does", "not-limited": "a datagram is larger"},
    needs=["link", "packets"],
)


@LIMITED.case(mode=("DONT", "WANT", "DO"), family=V6, type=DGRAM)
def test_own_limit(sockets, see, case):
    ours, theirs = joined(sockets, case["mode"])
    sockets.set_option(ours, IPV6, "IPV6_MTU", 1280)
    seen = sockets.datagrams()
    how = outcome(ours.send, bytes(1300))
    if how == "succeeds":
        parts = sent_parts(sockets, seen, ours, theirs)
        how = "limited" if max(each.size for each in parts) <= 1280 else "not-limited"
        see(how, packets=[str(each) for each in parts])
        return
    see(how)


REFUSES = rule(
    "wire.path.dont-fragment-v6",
    "Whether IPV6_DONTFRAG has a datagram larger than the MTU refused is unspecified.",
    level=UNSPECIFIED,
    sources=[DISCOVER, TOO_LARGE],
    behaviours=CUT,
    needs=["link", "packets"],
)


@REFUSES.case(by=("option", "control"), family=V6, type=DGRAM)
def test_dont_fragment_v6(sockets, see, case):
    ours, theirs = sockets.connected()
    seen = sockets.datagrams()
    level, name = sockets.number(IPV6), sockets.number("IPV6_DONTFRAG")
    control = []
    if case["by"] == "option":
        sockets.set_option(ours, IPV6, "IPV6_DONTFRAG", 1)
    else:
        control = [(level, name, (1).to_bytes(4, ours.backend.byte_order))]
    how = outcome(ours.sendmsg, [bytes(3000)], control)
    if how == "succeeds":
        how = manner(sent_parts(sockets, seen, ours, theirs))
    see(how)


REPORTED = rule(
    "wire.path.fragment-size-reported",
    "Whether a receive reports the size of the largest fragment of a datagram is unspecified.",
    level=UNSPECIFIED,
    sources=[REASSEMBLY, MAN.ip(7, "IP_RECVTOS", "ancillary message is passed with incoming")],
    behaviours={
        "largest": "it does",
        "another-number": TOLD.behaviours["another-number"],
        "not-reported": "nothing is reported",
    },
    needs=["link", "packets", "messages"],
)


@REPORTED.case(size=("10", "3000"), family=INET, type=DGRAM)
def test_fragment_size_reported(sockets, see, case):
    ours, theirs = sockets.connected()
    level = IP if case["family"] == V4 else IPV6
    name = "IP_RECVFRAGSIZE" if case["family"] == V4 else "IPV6_RECVFRAGSIZE"
    sockets.set_option(ours, level, name, 1)
    seen = sockets.datagrams()
    theirs.send(bytes(int(case["size"])))
    sockets.wait(ours, "POLLIN")
    told = [int.from_bytes(data, "little") for *_, data in ours.recvmsg([4000], 256).control]
    source, target = ports(theirs, ours)
    parts = seen.of_ports(source, target)
    extra = 8 if case["family"] == V6 and len(parts) > 1 else 0
    most = max(each.size for each in parts) + extra
    see(
        "largest" if told == [most] else "another-number" if told else "not-reported", told=told
    )


# -- what a router says of a path -----------------------------------------------------------


LEARNT = rule(
    "wire.path.learnt",
    "Whether IP_MTU or IPV6_MTU is what a router has said of the path is unspecified.",
    level=UNSPECIFIED,
    sources=[MAN.ip(7, "IP_MTU_DISCOVER", "The path MTU may change over time."), *TOLD.sources],
    behaviours={
        "as-said": "it is",
        "unchanged": "it stays the MTU of the link",
        "another-number": TOLD.behaviours["another-number"],
    },
    needs=["link", "packets"],
)


@LEARNT.case(family=INET, type=DGRAM)
def test_learnt(sockets, see, case):
    ours, _theirs, _seen = told_of(sockets, "WANT")
    v4 = case["family"] == V4
    told = ours.get_int(IP if v4 else IPV6, "IP_MTU" if v4 else "IPV6_MTU")
    names = {1300: "as-said", sockets.mtu(): "unchanged"}
    see(names.get(told, "another-number"), told=told)


NARROW = rule(
    "wire.path.narrow",
    "Whether a datagram larger than what a router has said of the path is refused, or sent in "
    "fragments, is unspecified.",
    level=UNSPECIFIED,
    sources=[DISCOVER, FRAGMENTS, MAN.ip(7, "IP_MTU_DISCOVER", "Set DF but ignore Path MTU.")],
    behaviours=CUT,
    needs=["link", "packets"],
)


@NARROW.case(mode=("DONT", "WANT", "DO", "PROBE"), family=INET, type=DGRAM)
def test_narrow(sockets, see, case):
    ours, theirs, _seen = told_of(sockets, case["mode"])
    seen = sockets.datagrams()
    how = outcome(ours.send, bytes(1400))
    if how == "succeeds":
        how = manner(sent_parts(sockets, seen, ours, theirs))
    see(how)


SHRINKS = rule(
    "wire.path.segments",
    "Segments are no larger than what a router has said of the path.",
    level=MUST,
    sources=[
        RFC(9293, "3.7.1", "the largest transmission size permitted by the IP layer (EMTU_S"),
    ],
    behaviours={"fit": CONFORMS, "exceeded": "a segment is larger"},
    needs=["link", "packets"],
)


@SHRINKS.case(family=INET, type=STREAM)
def test_segments(sockets, see, case):
    # A router is believed about a segment that is larger than what it says.
    guest = sockets.guest()
    far, ours = sockets.other(), sockets.bound()
    far.bind(sockets.address(place(guest.at, case["family"])))
    far.listen(1)
    seen = sockets.conversation(ours, far)
    ours.connect(far.local_addr())
    theirs = sockets.accepted(far)
    ours.set_nonblocking(True)
    theirs.set_recv_buffer_size(16384)
    sent = ours.send(bytes(100_000))
    seen.until(lambda _packets: [each for each in seen.sent() if len(each.data) > 1300])
    last = [each for each in seen.sent() if each.data][-1]
    sockets.too_big(1300, last)
    before = len(seen.look())
    sockets.received(theirs, sent)
    later = [each for each in seen.look()[before:] if each.source == last.source and each.data]
    # What was on its way already has its old size: look at the second half.
    most = max(len(each.data) for each in later[len(later) // 2 :])
    header = 40 if case["family"] == V4 else 60
    see("fit" if most + header <= 1300 else "exceeded", most=most)
