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
HARD_V4 = tuple(each for each in ALL_V4 if each not in {"net", "host", "source-route"})
HARD_V6 = tuple(each for each in ALL_V6 if each not in {"net", "host"})
# Their types and codes. Code 4 of ICMP is "fragmentation needed": see `wire.path`.
CODES = {
    V4: dict(zip(ALL_V4, [(3, code) for code in range(16) if code != 4], strict=True)),
    V6: dict(zip(ALL_V6, [(1, code) for code in range(7)], strict=True)),
}
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


CONNECTING = rule(
    "wire.unreachable.soft-connect",
    "An ICMP error that says that a net, a host or a route is unreachable ends no connect.",
    level=MUST,
    sources=SOFT.sources,
    behaviours={"still-connecting": CONFORMS, "given-up": "the connect fails"},
    needs=["link", "packets"],
)

CONNECT = rule(
    "wire.unreachable.connect",
    "Whether a connect fails with the error of the ICMP error that answers it is unspecified.",
    level=UNSPECIFIED,
    sources=HARD.sources,
    behaviours={"still-connecting": "the connect goes on"},
    needs=["link", "packets"],
)


@CONNECTING.case(kind=("net", "host", "source-route"), family=V4, type=STREAM)
@CONNECTING.case(kind=("net", "host"), family=V6, type=STREAM)
@CONNECT.case(kind=HARD_V4, family=V4, type=STREAM, error="its")
@CONNECT.case(kind=HARD_V6, family=V6, type=STREAM, error="its")
def test_connect(sockets, see, case):
    _ours, theirs, vanish = sockets.vanishing()
    there = theirs.local_addr()
    vanish()
    client = sockets.bound()
    client.set_nonblocking(True)
    seen = sockets.conversation(client, there)
    outcome(client.connect, there)
    seen.until(lambda _packets: seen.sent())
    sockets.unreachable(case["kind"], seen.sent()[0])
    if not client.poll("POLLOUT", 0.3):
        see("still-connecting", packets=shown(seen.all))
        return
    error = client.take_error()
    symbol = "none" if error is None else error.symbol
    see(symbol if case.get("error") else "given-up", error=symbol, packets=shown(seen.all))


QUEUE = rule(
    "wire.unreachable.queue",
    "Whether the error queue has the type and the code of an ICMP error is unspecified.",
    level=UNSPECIFIED,
    sources=[WHICH.sources[1]],
    behaviours={
        "as-sent": "it has them",
        "another-value": "it has others",
        "not-queued": "it is empty",
    },
    needs=["packets", "messages"],
)


@QUEUE.case(kind=ALL_V4, family=V4, type=DGRAM)
@QUEUE.case(kind=ALL_V6, family=V6, type=DGRAM)
def test_queue(sockets, see, case):
    ours, _theirs, seen = _unreachable(sockets, case["kind"], asked=True)
    taken: list[bytes] = []

    def take():
        wanted = sockets.number(ASKED[sockets.family][1])
        control = ours.recvmsg([64], 512, "MSG_ERRQUEUE").control
        taken.extend(data for _level, kind, data in control if kind == wanted)

    how = outcome(take, ok="not-queued")
    # struct sock_extended_err: an error of four bytes, its origin, type and code.
    told = [(each[5], each[6]) for each in taken]
    if told:
        is_same = told == [CODES[sockets.family][case["kind"]]]
        how = "as-sent" if is_same else "another-value"
    see("not-queued" if how == "EAGAIN" else how, told=told, packets=shown(seen.all))
