"""How large segments are: what an end announces, and what the other one obeys."""

from __future__ import annotations

from sockspec.spec import (
    CONFORMS,
    INET,
    MAN,
    MUST,
    RFC,
    SERVER,
    SHOULD,
    UNSPECIFIED,
    V4,
    rule,
)

from .segments import MAXIMUM, SCALE, STAMPS, ended, fresh, opened, option, payload, shown

HEADERS = {"v4": 40, "v6": 60}
SET = MAN.tcp(7, "TCP_MAXSEG", "it also changes the MSS value announced to the other end")


def _syn(packets):
    return next(each for each in packets if "SYN" in each.flags)


FITS = rule(
    "wire.size.announced",
    "The maximum segment size that a SYN announces fits the MTU of its link.",
    level=MUST,
    sources=[RFC(9293, "3.7.1", "The MSS value to be sent in an MSS Option must be less than")],
    behaviours={
        "fits": CONFORMS,
        "too-large": "a segment of that size is larger than the MTU",
        "not-announced": "the SYN has no such option",
    },
    needs=["packets"],
)
EXACT = rule(
    "wire.size.announced-exactly",
    "The maximum segment size that a SYN announces is the MTU without the fixed headers.",
    level=SHOULD,
    sources=[RFC(9293, "3.7.1", "effective MTU minus the fixed IP and TCP headers.")],
    behaviours={
        "exact": CONFORMS,
        "lower": "it is less",
        "too-large": FITS.behaviours["too-large"],
        "not-announced": FITS.behaviours["not-announced"],
    },
    needs=["packets", "link"],
)


@FITS.case(by=("connect", "accept"), family=INET)
@EXACT.case(by=("connect", "accept"), exactly="yes", family=INET)
def test_announced(sockets, see, case):
    ours = "client" if case["by"] == "connect" else ""
    client, listener, seen = sockets.opening(ours=ours)
    client.connect(listener.local_addr())
    syn = _syn(seen.sent() if ours else seen.received())
    told, most = option(syn, MAXIMUM), sockets.mtu() - HEADERS[case["family"]]
    if told is None:
        how = "not-announced"
    elif told > most:
        how = "too-large"
    elif case.get("exactly"):
        how = "exact" if told == most else "lower"
    else:
        how = "fits"
    see(how, told=told, most=most)


LOWERED = rule(
    "wire.size.lowered",
    "Whether a SYN announces the maximum segment size that was set with TCP_MAXSEG is "
    "unspecified.",
    level=UNSPECIFIED,
    sources=[SET],
    behaviours={
        "announced": "it does",
        "another-size": "it announces another one",
        "not-announced": FITS.behaviours["not-announced"],
    },
    needs=["packets"],
)


@LOWERED.case(by=("connect", "accept"), size=("536", "1000"), family=INET)
def test_lowered(sockets, see, case):
    ours = "client" if case["by"] == "connect" else ""
    client, listener, seen = sockets.opening(ours=ours)
    size = int(case["size"])
    (client if ours else listener).set_tcp_mss(size)
    client.connect(listener.local_addr())
    told = option(_syn(seen.sent() if ours else seen.received()), MAXIMUM)
    how = "announced" if told == size else "another-size"
    see("not-announced" if told is None else how, told=told)


OBEYED = rule(
    "wire.size.obeyed",
    "No segment has more data than the maximum segment size that the peer announced.",
    level=MUST,
    sources=[RFC(9293, "3.7.1", '"effective send MSS", MUST be the smaller (MUST-16)')],
    behaviours={"obeyed": CONFORMS, "exceeded": "a segment has more"},
    needs=["packets", "link"],
)


@OBEYED.case(size=("536", "1000", "1400"), by=("connect", "accept"), family=INET)
def test_obeyed(sockets, see, case):
    size = int(case["size"])
    client, listener, seen = sockets.opening(ours="client" if case["by"] == "connect" else "")
    theirs = listener if case["by"] == "connect" else client
    theirs.set_tcp_mss(size)
    client.connect(listener.local_addr())
    server = sockets.accepted(listener)
    ours, other = (client, server) if case["by"] == "connect" else (server, client)
    ours.send(bytes(5000))
    sockets.received(other, 5000)
    sent = seen.sent() if case["by"] == "connect" else seen.received()
    most = max(len(each.data) for each in sent)
    see("obeyed" if most <= size else "exceeded", most=most)


OWN = rule(
    "wire.size.own-limit",
    "Whether TCP_MAXSEG limits the segments that its own socket sends is unspecified.",
    level=UNSPECIFIED,
    sources=[MAN.tcp(7, "TCP_MAXSEG", "The maximum segment size for outgoing TCP packets.")],
    behaviours={"limited": "it does", "not-limited": "a segment has more data"},
    needs=["packets", "link"],
)


@OWN.case(set=("before", "after"), family=INET)
def test_own_limit(sockets, see, case):
    before = case["set"] == "before"
    ours, theirs, seen = opened(sockets, lambda sock: before and sock.set_tcp_mss(536))
    if not before:
        ours.set_tcp_mss(536)
    ours.send(bytes(3000))
    sockets.received(theirs, 3000)
    seen.until(lambda _packets: payload(seen.sent()) == bytes(3000))
    most = max(len(each.data) for each in seen.sent())
    see("limited" if most <= 536 else "not-limited", most=most)


TOLD = rule(
    "wire.size.reported",
    "Whether TCP_MAXSEG of a connection reads as the size of its largest segments is "
    "unspecified.",
    level=UNSPECIFIED,
    sources=[SET],
    behaviours={
        "same": "it does",
        "larger": "it reads as more",
        "smaller": "it reads as less",
    },
    needs=["packets", "link"],
)


@TOLD.case(family=INET)
def test_reported(sockets, see, case):
    ours, theirs, seen = opened(sockets)
    ours.send(bytes(20_000))
    sockets.received(theirs, 20_000)
    seen.until(lambda _packets: payload(seen.sent()) == bytes(20_000))
    most, told = max(len(each.data) for each in seen.sent()), ours.tcp_mss()
    see(
        "same" if told == most else "larger" if told > most else "smaller", most=most, told=told
    )


WHOLE = rule(
    "wire.size.full",
    "Data that fills many segments is sent in segments of the maximum size.",
    level=SHOULD,
    sources=[RFC(9293, "3.9.1.2", "segment whenever possible (SHLD-28)")],
    behaviours={"full": CONFORMS, "short": "a segment before the last is shorter"},
    needs=["packets", "link"],
)


@WHOLE.case(family=INET)
def test_full(sockets, see, case):
    ours, theirs, seen = opened(sockets)
    size = ours.tcp_mss()
    ours.send(bytes(size * 5 + 10))
    sockets.received(theirs, size * 5 + 10)
    seen.until(lambda _packets: payload(seen.sent()) == bytes(size * 5 + 10))
    sizes = [len(each.data) for each in fresh(seen.sent())]
    see("full" if set(sizes[:-1]) == {size} else "short", sizes=sizes, size=size)


ONLY = rule(
    "wire.size.only-in-syn",
    "No segment but a SYN has the option for the maximum segment size.",
    level=MUST,
    sources=[RFC(9293, "3.2", "and MUST NOT be sent in other segments (MUST-")],
    behaviours={"only-in-syn": CONFORMS, "in-others": "another segment has it"},
    needs=["packets"],
)
SCALED = rule(
    "wire.size.scale-only-in-syn",
    "No segment but a SYN has the option for the window scale.",
    level=MUST,
    sources=[RFC(7323, "2.1", "This option is sent only in a <SYN> segment")],
    behaviours=ONLY.behaviours,
    needs=["packets"],
)


@ONLY.case(end=("close", "reset"), family=INET)
@SCALED.case(end=("close", "reset"), option="scale", family=INET)
def test_only_in_syn(sockets, see, case):
    ours, theirs, seen = opened(sockets)
    kind = SCALE if case.get("option") else MAXIMUM
    _exchange(sockets, ours, theirs)
    if case["end"] == "reset":
        theirs.send(b"never read")
        sockets.wait(ours, "POLLIN")
    ours.close()
    seen.until(lambda _packets: ended(seen.sent()))
    others = [each for each in seen.sent() if "SYN" not in each.flags]
    has = any(option(each, kind) is not None for each in others)
    see("in-others" if has else "only-in-syn", packets=shown(seen.all))


def _exchange(sockets, ours, theirs):
    ours.send(b"x")
    sockets.received(theirs, 1)
    theirs.send(b"y")
    sockets.received(ours, 1)


STAMPED = rule(
    "wire.size.timestamps",
    "Where both SYNs have timestamps, every segment but a RST has them.",
    level=MUST,
    sources=[
        RFC(7323, "3.2", "TSopt MUST be sent in every non-<RST> segment for the duration")
    ],
    behaviours={
        "in-every-segment": CONFORMS,
        "missing-in-one": "a segment has none",
        "not-agreed": CONFORMS,
    },
    needs=["packets"],
)


@STAMPED.case(family=INET)
def test_timestamps(sockets, see, case):
    ours, theirs, seen = opened(sockets)
    _exchange(sockets, ours, theirs)
    ours.shutdown("SHUT_WR")
    seen.until(lambda _packets: ended(seen.sent()))
    syns = [_syn(seen.sent()), _syn(seen.received())]
    if any(option(each, STAMPS) is None for each in syns):
        see("not-agreed")
        return
    rest = [each for each in seen.sent() if "RST" not in each.flags]
    missing = any(option(each, STAMPS) is None for each in rest)
    see("missing-in-one" if missing else "in-every-segment", packets=shown(seen.all))


ECHO = rule(
    "wire.size.timestamp-echoed",
    "An acknowledgement with timestamps echoes one that its peer has sent.",
    level=MUST,
    sources=[
        RFC(7323, "3.2", "TSopt MUST be sent in every non-<RST> segment for the duration")
    ],
    behaviours={
        "echoed": CONFORMS,
        "never-sent": "it echoes one that the peer has not sent",
        "not-agreed": CONFORMS,
    },
    needs=["packets"],
)


@ECHO.case(family=INET)
def test_timestamp_echoed(sockets, see, case):
    ours, theirs, seen = opened(sockets)
    _exchange(sockets, ours, theirs)
    seen.until(lambda _packets: payload(seen.received()) == b"y")
    mine, others = _stamps(seen.sent()[1:]), _stamps(seen.received())
    if not mine or not others:
        see("not-agreed")
        return
    echoed = {echo for _, echo in mine} <= {stamp for stamp, _ in others}
    see("echoed" if echoed else "never-sent", packets=shown(seen.all))


def _stamps(packets):
    found = [option(each, STAMPS) for each in packets]
    return [(each >> 32, each & 0xFFFFFFFF) for each in found if each is not None]


ACCEPTED = rule(
    "wire.size.accepted-lowered",
    "Whether an accepted connection obeys TCP_MAXSEG that was set on its listener is "
    "unspecified.",
    level=UNSPECIFIED,
    judges=SERVER,
    sources=[SET],
    behaviours=OWN.behaviours,
    needs=["packets", "link"],
)


@ACCEPTED.case(family=V4)
def test_accepted_lowered(sockets, see, case):
    client, listener, seen = sockets.opening()
    listener.set_tcp_mss(536)
    client.connect(listener.local_addr())
    server = sockets.accepted(listener)
    server.send(bytes(3000))
    sockets.received(client, 3000)
    most = max(len(each.data) for each in seen.look())
    see("limited" if most <= 536 else "not-limited", most=most)
