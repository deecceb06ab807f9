"""What a socket reports of an ICMP error about what it sent."""

from __future__ import annotations

from dataclasses import replace

from sockspec.spec import (
    CONFORMS,
    DGRAM,
    MAN,
    MUST,
    RFC,
    SHOULD,
    STREAM,
    UNSPECIFIED,
    V4,
    V6,
    outcome,
    rule,
)

from .segments import shown

# The kinds by which `sockets.unreachable` knows them: codes of RFC 1812, 5.2.7.1, and RFC 4443.
ALL_V4 = (
    *("net", "host", "protocol", "port", "source-route", "net-unknown", "host-unknown"),
    *("isolated", "net-prohibited", "host-prohibited", "net-service", "host-service"),
    *("prohibited", "precedence", "cutoff"),
)
ALL_V6 = ("net", "prohibited", "scope", "host", "port", "policy", "reject-route")
ASKED = {V4: ("IPPROTO_IP", "IP_RECVERR"), V6: ("IPPROTO_IPV6", "IPV6_RECVERR")}
PASSED = RFC(1122, "4.1.3.3", "UDP MUST pass to the application layer all ICMP error")


def _unreachable(sockets, kind, *, asked=False):
    """A connected socket of ours about whose one packet an ICMP error came."""
    ours, theirs = sockets.connected()
    if asked:
        level, option = ASKED[sockets.family]
        sockets.set_option(ours, level, option, 1)
    seen = sockets.conversation(ours, theirs)
    ours.set_nonblocking(True)
    ours.send(b"x")
    seen.until(lambda _packets: seen.sent())
    about = seen.sent()[-1]
    if sockets.type == STREAM:
        # What was sent is acknowledged by now, and Linux heeds no error about that: it is about
        # the segment that would come next.
        about = replace(about, sequence=about.sequence + len(about.data))
    sockets.unreachable(kind, about)
    ours.poll([], 0.1)  # POLLERR, where the error is reported
    return ours, theirs, seen


REPORTED = rule(
    "wire.unreachable.datagram",
    "An ICMP error about a datagram is reported by the next receive on its connected socket.",
    level=MUST,
    sources=[PASSED],
    behaviours={
        "reported": CONFORMS,
        "not-reported": "the receive finds nothing",
        "received": "the receive returns data",
    },
    needs=["packets"],
)

WHICH = rule(
    "wire.unreachable.which-error",
    "Whether the error of an ICMP error is that of its kind is unspecified.",
    level=UNSPECIFIED,
    sources=[
        PASSED,
        MAN.ip(7, "IP_RECVERR", "Enable extended reliable error message passing."),
    ],
    behaviours={"received": REPORTED.behaviours["received"]},
    needs=["packets"],
)


@REPORTED.case(kind=ALL_V4, family=V4, type=DGRAM)
@REPORTED.case(kind=ALL_V6, family=V6, type=DGRAM)
def test_datagram(sockets, see, case):
    ours, _theirs, seen = _unreachable(sockets, case["kind"])
    how = outcome(ours.recv, 8, ok="received")
    if how != "received":
        see(
            "not-reported" if how == "EAGAIN" else "reported",
            error=how,
            packets=shown(seen.all),
        )
        return
    see(how, packets=shown(seen.all))


@WHICH.case(by=("recv", "send", "error"), kind=ALL_V4, family=V4, type=DGRAM)
@WHICH.case(by=("recv", "send", "error"), kind=ALL_V6, family=V6, type=DGRAM)
def test_which_error(sockets, see, case):
    ours, _theirs, _seen = _unreachable(sockets, case["kind"], asked=True)
    if case["by"] == "recv":
        see(outcome(ours.recv, 8, ok="received"))
    elif case["by"] == "send":
        see(outcome(ours.send, b"y"))
    else:
        error = ours.take_error()
        see("succeeds" if error is None else error.symbol)


SOFT = rule(
    "wire.unreachable.soft",
    "An ICMP error that says that a net, a host or a route is unreachable ends no connection.",
    level=MUST,
    sources=[
        RFC(9293, "3.9.2.2", "a TCP implementation MUST NOT abort the connection"),
    ],
    behaviours={"goes-on": CONFORMS, "ended": "the connection is ended"},
    needs=["packets"],
)

HARD = rule(
    "wire.unreachable.hard",
    "An ICMP error that says that a protocol or a port is unreachable ends a connection.",
    level=SHOULD,
    sources=[
        RFC(9293, "3.9.2.2", "so TCP implementations SHOULD abort the connection (SHLD-26)"),
    ],
    behaviours={"ended": CONFORMS, "goes-on": "the connection goes on"},
    needs=["packets"],
)


@SOFT.case(kind=("net", "host", "source-route"), family=V4, type=STREAM)
@SOFT.case(kind=("net", "host"), family=V6, type=STREAM)
@HARD.case(kind=("protocol", "port"), family=V4, type=STREAM)
@HARD.case(kind="port", family=V6, type=STREAM)
def test_connection(sockets, see, case):
    ours, theirs, seen = _unreachable(sockets, case["kind"])
    ours.set_nonblocking(False)
    sockets.received(theirs, 1)
    goes_on = outcome(ours.send, b"y") == "succeeds" and sockets.received(theirs, 1) == b"y"
    see("goes-on" if goes_on else "ended", packets=shown(seen.all))
