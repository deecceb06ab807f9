"""When what is sent leaves: held back, put together, pushed out, acknowledged."""

from __future__ import annotations

import time

from sockspec.spec import (
    CONFORMS,
    DGRAM,
    INET,
    MAN,
    MUST,
    POSIX,
    RFC,
    SHOULD,
    UNSPECIFIED,
    outcome,
    rule,
)

from .segments import (
    BRIEF,
    ended,
    ending,
    first_data,
    fresh,
    hold,
    is_sent,
    is_sent_early,
    payload,
    payload_of_datagrams,
    shown,
)

CORK = MAN.tcp(7, "TCP_CORK", "If set, don't send out partial frames.")
MORE = MAN.send(2, "MSG_MORE", "The caller has more data to send.")

_CEILING = 0.15  # seconds; what a cork holds back leaves after 0.2 (tcp(7))


NAGLE = rule(
    "wire.sending.nagle",
    "A short segment is held back while earlier data is not acknowledged.",
    level=SHOULD,
    sources=[RFC(9293, "3.7.4", "SHOULD implement the Nagle algorithm to coalesce")],
    behaviours={"held-back": CONFORMS, "at-once": "a short segment follows one in flight"},
    needs=["packets"],
)


@NAGLE.case(family=INET)
def test_nagle(sockets, see, case):
    ours, theirs = sockets.connected()
    seen = sockets.conversation(ours, theirs)
    ours.set_nodelay(False)
    if theirs.backend.constant("TCP_QUICKACK") is not None:
        # Else loopback acknowledges each before the next is sent.
        outcome(sockets.set_option, theirs, "IPPROTO_TCP", "TCP_QUICKACK", 0)
    data = b"abcdefgh"
    for each in data:
        ours.send(bytes([each]))
    sockets.received(theirs, len(data))
    seen.until(lambda _packets: payload(seen.sent()) == data)
    segments = fresh(seen.sent())
    early = any(not _acknowledged(seen, each) for each in segments[1:])
    see("at-once" if early else "held-back", packets=shown(seen.all))


def _acknowledged(seen, segment):
    """Whether all that is before a segment was acknowledged when it was first sent."""
    before = seen.all[: seen.all.index(segment)]
    return any(
        each.source != segment.source and each.acknowledged == segment.sequence
        for each in before
    )


NODELAY = rule(
    "wire.sending.nodelay",
    "With TCP_NODELAY each send leaves at once in a segment of its own.",
    level=MUST,
    sources=[
        RFC(9293, "3.7.4", "application to disable the Nagle algorithm on an individual"),
        MAN.tcp(7, "TCP_NODELAY", "If set, disable the Nagle algorithm."),
    ],
    behaviours={"apart": CONFORMS, "together": "several sends share a segment"},
    needs=["packets"],
)


@NODELAY.case(set=("before", "after-first"), family=INET)
def test_nodelay(sockets, see, case):
    ours, theirs = sockets.connected()
    seen = sockets.conversation(ours, theirs)
    if case["set"] == "before":
        ours.set_nodelay(True)
    for number, each in enumerate((b"a", b"b", b"c")):
        ours.send(each)
        if number == 0:
            sockets.received(theirs, 1)
            ours.set_nodelay(True)
    seen.until(lambda _packets: payload(seen.sent()) == b"abc")
    parts = [each.data for each in fresh(seen.sent())]
    see("apart" if parts == [b"a", b"b", b"c"] else "together", packets=shown(seen.all))


FLUSH = rule(
    "wire.sending.nodelay-flush",
    "Whether setting TCP_NODELAY sends what is held back is unspecified.",
    level=UNSPECIFIED,
    sources=[MAN.tcp(7, "TCP_NODELAY", "setting this option forces an explicit flush")],
    behaviours={"sent": "it is sent at once", "still-held": "it is still held back"},
    needs=["packets"],
)


@FLUSH.case(by=("TCP_CORK", "MSG_MORE"), family=INET)
def test_nodelay_flush(sockets, see, case):
    ours, theirs = sockets.connected()
    seen = sockets.conversation(ours, theirs)
    hold(sockets, ours, case["by"], b"held")
    ours.set_nodelay(True)
    see("sent" if is_sent(seen, b"held") else "still-held", packets=shown(seen.all))


ALONE_HELD = rule(
    "wire.sending.held-alone",
    "Whether a short segment with nothing before it is held back while more is announced is "
    "unspecified.",
    level=UNSPECIFIED,
    sources=[CORK, MORE],
    behaviours={"sent": FLUSH.behaviours["sent"], "still-held": FLUSH.behaviours["still-held"]},
    needs=["packets"],
)


@ALONE_HELD.case(by=("TCP_CORK", "MSG_MORE"), nodelay=("off", "on"), family=INET)
def test_held_alone(sockets, see, case):
    ours, theirs = sockets.connected()
    ours.set_nodelay(case["nodelay"] == "on")
    seen, began = sockets.conversation(ours, theirs), time.time()
    hold(sockets, ours, case["by"], b"held")
    early = is_sent_early(seen, b"held", began, _CEILING)
    see("sent" if early else "still-held", packets=shown(seen.all))


UNCORKED = rule(
    "wire.sending.uncorked",
    "Whether turning TCP_CORK off sends what it held back is unspecified.",
    level=UNSPECIFIED,
    sources=[MAN.tcp(7, "TCP_CORK", "partial frames are sent when the option is cleared")],
    behaviours=FLUSH.behaviours,
    needs=["packets"],
)


@UNCORKED.case(nodelay=("off", "on"), family=INET)
def test_uncorked(sockets, see, case):
    ours, theirs = sockets.connected()
    ours.set_nodelay(case["nodelay"] == "on")
    seen = sockets.conversation(ours, theirs)
    hold(sockets, ours, "TCP_CORK", b"held")
    sockets.set_option(ours, "IPPROTO_TCP", "TCP_CORK", 0)
    see("sent" if is_sent(seen, b"held") else "still-held", packets=shown(seen.all))


CEILING = rule(
    "wire.sending.cork-ceiling",
    "Whether what TCP_CORK holds back is sent within three seconds is unspecified.",
    level=UNSPECIFIED,
    sources=[MAN.tcp(7, "TCP_CORK", "there is a 200 millisecond ceiling on the time")],
    behaviours=FLUSH.behaviours,
    needs=["packets"],
)


@CEILING.case(family=INET)
def test_cork_ceiling(sockets, see, case):
    ours, theirs = sockets.connected()
    seen = sockets.conversation(ours, theirs)
    hold(sockets, ours, "TCP_CORK", b"held")
    see("sent" if is_sent(seen, b"held", 3.0) else "still-held", packets=shown(seen.all))


FULL = rule(
    "wire.sending.cork-full",
    "Whether full segments leave while TCP_CORK is set is unspecified.",
    level=UNSPECIFIED,
    sources=[CORK],
    behaviours={
        "full-ones": "they leave, and the rest is held back",
        "whole": "all of it leaves",
        "still-held": FLUSH.behaviours["still-held"],
    },
    needs=["link", "packets"],
)


@FULL.case(family=INET)
def test_cork_full(sockets, see, case):
    ours, theirs = sockets.connected()
    seen = sockets.conversation(ours, theirs)
    size = ours.tcp_mss()
    hold(sockets, ours, "TCP_CORK", bytes(size + 10))
    if is_sent(seen, bytes(size + 10)):
        how = "whole"
    else:
        how = "full-ones" if payload(seen.sent()) == bytes(size) else "still-held"
    see(how, sent=len(payload(seen.sent())), size=size)


LAST = rule(
    "wire.sending.held-at-end",
    "What is held back when sending ends is sent before the FIN.",
    level=MUST,
    sources=[RFC(9293, "3.6", "will reliably deliver all buffers SENT before the connection")],
    behaviours={
        "sent-first": CONFORMS,
        "discarded-data": "it is not sent",
        "rst": "a segment with RST is sent",
        "not-ended": "neither it nor a FIN is sent",
    },
    needs=["packets"],
)


@LAST.case(held=("TCP_CORK", "MSG_MORE"), by=("close", "shut-write"), family=INET)
def test_held_at_end(sockets, see, case):
    ours, theirs = sockets.connected()
    seen = sockets.conversation(ours, theirs)
    hold(sockets, ours, case["held"], b"held")
    if case["by"] == "close":
        ours.close()
    else:
        ours.shutdown("SHUT_WR")
    how = ending(seen.sent()) if seen.shows(ended) else "not-ended"
    if how == "fin":
        how = "sent-first" if payload(seen.sent()) == b"held" else "discarded-data"
    see(how, packets=shown(seen.all))


EMPTY = rule(
    "wire.sending.empty",
    "Whether sending no bytes on a connection sends a segment is unspecified.",
    level=UNSPECIFIED,
    sources=[POSIX.send("DESCRIPTION", "shall initiate transmission of a message from the")],
    behaviours={"no-segment": "none is sent", "segment": "one is sent, without data"},
    needs=["packets"],
)


@EMPTY.case(family=INET)
def test_empty(sockets, see, case):
    ours, theirs = sockets.connected()
    seen = sockets.conversation(ours, theirs)
    ours.send(b"")
    ours.send(b"x")
    seen.until(lambda _packets: payload(seen.sent()) == b"x")
    before = [each for each in seen.sent() if not each.data and each.time < first_data(seen)]
    see("segment" if before else "no-segment", packets=shown(seen.all))


PIECES = rule(
    "wire.sending.vectored",
    "Whether a message of several buffers is one segment is unspecified.",
    level=UNSPECIFIED,
    sources=[POSIX.sendmsg("DESCRIPTION", "storage area indicated by msg_iov is sent in turn")],
    behaviours={"one-segment": "it is", "several-segments": "it is several"},
    needs=["packets", "messages"],
)


@PIECES.case(nodelay=("off", "on"), family=INET)
def test_vectored(sockets, see, case):
    ours, theirs = sockets.connected()
    ours.set_nodelay(case["nodelay"] == "on")
    seen = sockets.conversation(ours, theirs)
    ours.send_vectored([b"a", b"b", b"c"])
    seen.until(lambda _packets: payload(seen.sent()) == b"abc")
    parts = fresh(seen.sent())
    see("several-segments" if parts[1:] else "one-segment", packets=shown(seen.all))


DATAGRAM = rule(
    "wire.sending.datagram",
    "What one call sends on a datagram socket is one datagram.",
    level=MUST,
    sources=[
        POSIX.chapter("2.10.6", "SOCK_DGRAM", "must be sent in a single output operation")
    ],
    behaviours={"one-each": CONFORMS, "otherwise-cut": "the datagrams are not what was sent"},
    needs=["packets"],
)


@DATAGRAM.case(by=("send", "vectors"), family=INET, type=DGRAM)
def test_datagram(sockets, see, case):
    ours, theirs = sockets.connected()
    seen = sockets.conversation(ours, theirs)
    for each in (b"ab", b"", b"cde"):
        if case["by"] == "send":
            ours.send(each)
        else:
            ours.send_vectored([each[:1], each[1:]])
    seen.until(lambda _packets: payload_of_datagrams(seen) == b"abcde")
    sent = [each.data for each in seen.sent()]
    how = "one-each" if sent == [b"ab", b"", b"cde"] else "otherwise-cut"
    see(how, packets=shown(seen.all))


ONE = rule(
    "wire.sending.datagram-held",
    "Whether several sends make one datagram while more is announced is unspecified.",
    level=UNSPECIFIED,
    sources=[
        MAN.udp(7, "UDP_CORK", "all data output on this socket is accumulated"),
        MORE,
    ],
    behaviours={
        "one-datagram": "they do",
        "several-datagrams": "each makes one",
        "EINVAL": "a send that announces more fails with EINVAL",
    },
    needs=["packets"],
)


@ONE.case(by=("UDP_CORK", "MSG_MORE"), family=INET, type=DGRAM)
def test_datagram_held(sockets, see, case):
    ours, theirs = sockets.connected()
    seen = sockets.conversation(ours, theirs)
    if case["by"] == "UDP_CORK":
        sockets.set_option(ours, "IPPROTO_UDP", "UDP_CORK", 1)
    more = sockets.number("MSG_MORE") if case["by"] == "MSG_MORE" else 0
    how = outcome(ours.send_with_flags, b"a", more)
    if how != "succeeds":
        see(how)
        return
    ours.send(b"b")
    if case["by"] == "UDP_CORK":
        sockets.set_option(ours, "IPPROTO_UDP", "UDP_CORK", 0)
    seen.until(lambda _packets: payload_of_datagrams(seen) == b"ab")
    see("several-datagrams" if seen.sent()[1:] else "one-datagram", packets=shown(seen.all))


QUICK = rule(
    "wire.sending.quick-acknowledgement",
    "Whether data is acknowledged at once with TCP_QUICKACK is unspecified.",
    level=UNSPECIFIED,
    sources=[MAN.tcp(7, "TCP_QUICKACK", "In quickack mode, acks are sent immediately")],
    behaviours={"immediate": "it is", "delayed": "it is acknowledged later"},
    needs=["packets"],
)


@QUICK.case(quick=("on", "off"), family=INET)
def test_quick_acknowledgement(sockets, see, case):
    ours, theirs = sockets.connected()
    # A connection begins in this mode; it leaves it when it sends.
    ours.send(b"x")
    sockets.received(theirs, 1)
    sockets.set_option(ours, "IPPROTO_TCP", "TCP_QUICKACK", case["quick"] == "on")
    seen = sockets.conversation(ours, theirs)
    theirs.send(b"y")
    seen.until(lambda _packets: seen.received() and seen.sent())
    took = seen.sent()[0].time - seen.received()[0].time
    see("immediate" if took < BRIEF / 2 else "delayed", packets=shown(seen.all))


URGENT = rule(
    "wire.sending.urgent-at-once",
    "Whether urgent data is sent while more is announced is unspecified.",
    level=UNSPECIFIED,
    sources=[CORK, MORE, RFC(9293, "3.8.5", "The urgent pointer MUST point to the sequence")],
    behaviours=FLUSH.behaviours,
    needs=["packets", "oob"],
)


@URGENT.case(by=("TCP_CORK", "MSG_MORE", "nagle"), family=INET)
def test_urgent_at_once(sockets, see, case):
    ours, theirs = sockets.connected()
    seen = sockets.conversation(ours, theirs)
    if case["by"] == "TCP_CORK":
        sockets.set_option(ours, "IPPROTO_TCP", "TCP_CORK", 1)
    flags = ["MSG_OOB", *(["MSG_MORE"] if case["by"] == "MSG_MORE" else [])]
    ours.send_with_flags(b"!", flags)
    see("sent" if is_sent(seen, b"!") else "still-held", packets=shown(seen.all))
