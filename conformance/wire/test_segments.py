"""Into which segments and datagrams what is sent is seen to go."""

from __future__ import annotations

from sockspec.spec import CONFORMS, INET, MAN, MUST, RFC, UNSPECIFIED, rule

from .segments import fresh, payload, shown

PUSH = rule(
    "wire.segments.push",
    "The last segment of what is sent has PSH.",
    level=MUST,
    sources=[RFC(9293, "3.9.1.2", "MUST set the PSH bit in the last buffered segment")],
    behaviours={"pushed": CONFORMS, "not-pushed": "the last segment has no PSH"},
    needs=["packets"],
)


@PUSH.case(size=("one", "many"), family=INET)
def test_push(sockets, see, case):
    if case["size"] == "many":
        sockets.allowed("net.ipv4.tcp_wmem", 1 << 16)
    ours, theirs = sockets.connected()
    seen = sockets.conversation(ours, theirs)
    data = bytes(1) if case["size"] == "one" else bytes(40_000)
    ours.send(data)
    sockets.received(theirs, len(data))  # its window may be smaller
    seen.until(lambda _packets: payload(seen.sent()) == data)
    last = fresh(seen.sent())[-1]
    see("pushed" if "PSH" in last.flags else "not-pushed", packets=shown(seen.all))


HELD = rule(
    "wire.segments.held",
    "Whether a segment is held back while there is more to come is unspecified.",
    level=UNSPECIFIED,
    sources=[
        MAN.tcp(7, "TCP_CORK", "If set, don't send out partial frames."),
        MAN.send(2, "MSG_MORE", "The caller has more data to send."),
    ],
    behaviours={
        "together": "all of it is in one segment",
        "apart": "the first part has a segment of its own",
    },
    needs=["packets"],
)


@HELD.case(by=("MSG_MORE", "TCP_CORK", "nothing"), family=INET)
def test_held(sockets, see, case):
    ours, theirs = sockets.connected()
    ours.set_nodelay(True)
    seen = sockets.conversation(ours, theirs)
    if case["by"] == "TCP_CORK":
        sockets.set_option(ours, "IPPROTO_TCP", "TCP_CORK", 1)
    ours.send_with_flags(b"a", sockets.number("MSG_MORE") if case["by"] == "MSG_MORE" else 0)
    ours.send(b"b")
    if case["by"] == "TCP_CORK":
        sockets.set_option(ours, "IPPROTO_TCP", "TCP_CORK", 0)
    seen.until(lambda _packets: payload(seen.sent()) == b"ab")
    parts = [each.data for each in fresh(seen.sent())]
    see("together" if parts == [b"ab"] else "apart", packets=shown(seen.all))


PROBE = rule(
    "wire.segments.keepalive",
    "Whether a connection that is idle is probed after the time that was set is unspecified.",
    level=UNSPECIFIED,
    sources=[
        RFC(9293, "3.8.4", "An implementation SHOULD send a keep-alive segment with no data"),
        MAN.tcp(7, "TCP_KEEPIDLE", "The time (in seconds) the connection needs to remain idle"),
    ],
    behaviours={
        "without-data": "the probe has no data",
        "with-data": "the probe has data",
    },
    needs=["packets"],
)


@PROBE.case(family=INET)
def test_keepalive(sockets, see, case):
    ours, theirs = sockets.connected()
    sockets.set_option(ours, "IPPROTO_TCP", "TCP_KEEPIDLE", 1)
    ours.set_keepalive(True)
    seen = sockets.conversation(ours, theirs)
    seen.until(lambda _packets: seen.sent())
    probe = seen.sent()[0]
    see("with-data" if probe.data else "without-data", packets=shown(seen.all))
