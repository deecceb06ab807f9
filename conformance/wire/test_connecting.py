"""What is seen of connections that are not made yet, at either end."""

from __future__ import annotations

from sockspec.errors import NotReached
from sockspec.spec import (
    CLIENT,
    CONFORMS,
    INET,
    MAN,
    MUST,
    POSIX,
    RFC,
    SERVER,
    UNSPECIFIED,
    outcome,
    rule,
)

from .segments import SEEN, acknowledges, ended, ending, flags, payload, shown

SYNS = rule(
    "wire.connecting.syn-count",
    "Whether a SYN that is not answered is sent again as often as TCP_SYNCNT says is "
    "unspecified.",
    level=UNSPECIFIED,
    sources=[
        MAN.tcp(7, "TCP_SYNCNT", "Set the number of SYN retransmits that TCP should send")
    ],
    behaviours={
        "as-many": "as many are",
        "other-count": "more are, or fewer",
        "goes-on": "the connect goes on",
    },
    needs=["link", "packets"],
)


@SYNS.case(family=INET)
def test_syn_count(sockets, see, case):
    _ours, theirs, vanish = sockets.vanishing()
    there = theirs.local_addr()
    vanish()
    client = sockets.bound()
    sockets.set_option(client, "IPPROTO_TCP", "TCP_SYNCNT", 1)
    client.set_nonblocking(True)
    seen = sockets.conversation(client, there)
    outcome(client.connect, there)
    if not client.poll("POLLOUT", 4.5):
        see("goes-on", packets=shown(seen.look()))
        return
    syns = [each for each in seen.sent() if "SYN" in each.flags]
    see("as-many" if len(syns) == 2 else "other-count", packets=shown(seen.all))


ABANDONED = rule(
    "wire.connecting.closed",
    "Closing a socket that is connecting sends no further SYN.",
    level=MUST,
    sources=[RFC(9293, "3.10.4", "Delete the TCB and return")],
    behaviours={"no-more": CONFORMS, "sent-again": "a SYN is sent again"},
    needs=["link", "packets"],
)


@ABANDONED.case(family=INET)
def test_connect_closed(sockets, see, case):
    _ours, theirs, vanish = sockets.vanishing()
    there = theirs.local_addr()
    vanish()
    client = sockets.bound()
    client.set_nonblocking(True)
    seen = sockets.conversation(client, there)
    outcome(client.connect, there)
    seen.until(lambda _packets: seen.sent())
    client.close()
    if not seen.shows(lambda _packets: len(seen.sent()) > 1, 1.3):
        see("no-more", packets=shown(seen.all))
        return
    see("sent-again", packets=shown(seen.all))


SYN_TIMEOUT = rule(
    "wire.connecting.user-timeout",
    "Whether TCP_USER_TIMEOUT ends a connect that is not answered is unspecified.",
    level=UNSPECIFIED,
    sources=[
        MAN.tcp(7, "TCP_USER_TIMEOUT", "effective only during the synchronized states"),
    ],
    behaviours={
        "ETIMEDOUT": "the connect fails with ETIMEDOUT",
        "goes-on": SYNS.behaviours["goes-on"],
    },
    needs=["link"],
)


@SYN_TIMEOUT.case(family=INET)
def test_user_timeout(sockets, see, case):
    _ours, theirs, vanish = sockets.vanishing()
    there = theirs.local_addr()
    vanish()
    client = sockets.new()
    sockets.set_option(client, "IPPROTO_TCP", "TCP_USER_TIMEOUT", 100)
    client.set_nonblocking(True)
    outcome(client.connect, there)
    if not client.poll("POLLOUT", 2.0):
        see("goes-on")
        return
    error = client.take_error()
    see(error.symbol if error else "goes-on")


# -- a listener's queue ---------------------------------------------------------------------

QUEUE = POSIX.listen("DESCRIPTION", "limit the number of outstanding connections")


def _full(sockets, backlog=0):
    """A listener whose queue is full, and a client that is not connected for that."""
    sockets.need("full-backlog")
    listener = sockets.listener(backlog)
    there = listener.local_addr()
    for _ in range(backlog + 8):
        client = sockets.bound()
        seen = sockets.conversation(client, listener)
        client.set_nonblocking(True)
        outcome(client.connect, there)
        if not client.poll("POLLOUT", 0.05):
            return listener, client, seen
    raise NotReached("a queue that is full")


OVERFLOW = rule(
    "wire.connecting.overflow",
    "Whether a SYN to a listener whose queue is full is answered is unspecified.",
    level=UNSPECIFIED,
    judges=SERVER,
    sources=[QUEUE],
    behaviours={
        "unanswered": "nothing is sent",
        "syn": "a SYN is sent",
        "rst": SEEN["rst"],
    },
    needs=["packets", "full-backlog"],
)


@OVERFLOW.case(backlog=("0", "1", "3"), family=INET)
def test_overflow(sockets, see, case):
    _listener, _client, seen = _full(sockets, int(case["backlog"]))
    told = flags(seen.received())
    see(
        "rst" if "RST" in told else "syn" if "SYN" in told else "unanswered",
        packets=shown(seen.all),
    )


DRAINED = rule(
    "wire.connecting.drained",
    "A connect to a full queue is established once there is room in the queue.",
    level=MUST,
    judges=SERVER,
    sources=[
        QUEUE,
        POSIX.accept("DESCRIPTION", "shall extract the first connection on the queue"),
    ],
    behaviours={"established": CONFORMS, "still-pending": "it is not"},
    needs=["packets", "full-backlog"],
)


@DRAINED.case(family=INET)
def test_drained(sockets, see, case):
    listener, client, seen = _full(sockets)
    sockets.accepted(listener)
    made = client.poll("POLLOUT", 4.0)  # the SYN is sent again
    see("established" if made else "still-pending", packets=shown(seen.look()))


EARLY = rule(
    "wire.connecting.data-before-accept",
    "Whether data is acknowledged on a connection that has not been accepted is unspecified.",
    level=UNSPECIFIED,
    judges=SERVER,
    sources=[QUEUE],
    behaviours={"acknowledged": "it is", "unacknowledged": "it is not"},
    needs=["packets"],
)
EARLY_END = rule(
    "wire.connecting.end-before-accept",
    "The FIN of a connection that has not been accepted is acknowledged.",
    level=MUST,
    judges=SERVER,
    sources=[RFC(9293, "3.10.7.4", "send an acknowledgment for the FIN")],
    behaviours={"acknowledged": CONFORMS, "unacknowledged": "it is not"},
    needs=["packets"],
)


@EARLY.case(sent="data", family=INET)
@EARLY_END.case(sent="fin", family=INET)
def test_before_accept(sockets, see, case):
    listener, client = sockets.listener(), sockets.bound()
    seen = sockets.conversation(client, listener)
    client.connect(listener.local_addr())
    if case["sent"] == "data":
        client.send(b"early")
    else:
        client.shutdown("SHUT_WR")

    def acknowledged():
        if case["sent"] == "fin":
            return acknowledges(seen.received(), seen.sent())
        data = [each for each in seen.sent() if each.data]
        ends = {(each.sequence + len(each.data)) % 2**32 for each in data}
        return any(each.acknowledged in ends for each in seen.received())

    if not seen.shows(lambda _packets: acknowledged(), 1.0):
        see("unacknowledged", packets=shown(seen.all))
        return
    see("acknowledged", packets=shown(seen.all))


DEFERRED = rule(
    "wire.connecting.deferred",
    "Whether a listener with TCP_DEFER_ACCEPT is readable before data arrives is unspecified.",
    level=UNSPECIFIED,
    judges=SERVER,
    sources=[MAN.tcp(7, "TCP_DEFER_ACCEPT", "Allow a listener to be awakened only when data")],
    behaviours={
        "with-data": "only when data has arrived",
        "at-once": "it is, at once",
        "never-readable": "it is not, after data either",
    },
    needs=["packets"],
)


@DEFERRED.case(family=INET)
def test_deferred(sockets, see, case):
    sockets.unless("net.ipv4.tcp_syncookies", "2", "what is kept of a SYN")
    listener, client = sockets.listener(), sockets.bound()
    sockets.set_option(listener, "IPPROTO_TCP", "TCP_DEFER_ACCEPT", 5)
    client.connect(listener.local_addr())
    if listener.poll("POLLIN", 0.05):
        see("at-once")
        return
    client.send(b"x")
    see("with-data" if listener.poll("POLLIN", 2.0) else "never-readable")


ONE_SYN = rule(
    "wire.connecting.one-syn",
    "A connect that is answered sends one SYN, and an acknowledgement of the other's.",
    level=MUST,
    judges=CLIENT,
    sources=[
        RFC(9293, "3.4.1", "The synchronization requires each side to send its own initial")
    ],
    behaviours={
        "three-way": CONFORMS,
        "syn-again": "a SYN is sent again",
        "unacknowledged": EARLY_END.behaviours["unacknowledged"],
    },
    needs=["packets"],
)


@ONE_SYN.case(mode=("blocking", "nonblocking"), family=INET)
def test_one_syn(sockets, see, case):
    client, listener = sockets.bound(), sockets.listener()
    seen = sockets.conversation(client, listener)
    if case["mode"] == "nonblocking":
        client.set_nonblocking(True)
    outcome(client.connect, listener.local_addr())
    sockets.wait(client, "POLLOUT")
    seen.until(lambda _packets: len(seen.sent()) > 1)
    syns = [each for each in seen.sent() if "SYN" in each.flags]
    (other,) = (each for each in seen.received() if "SYN" in each.flags)
    last = seen.sent()[-1].acknowledged
    right = last == (other.sequence + 1) % 2**32
    how = "three-way" if right else "unacknowledged"
    see(how if len(syns) == 1 else "syn-again", packets=shown(seen.all))


NEW_NUMBERS = rule(
    "wire.connecting.sequence-numbers",
    "Two connections between the same ends begin with different sequence numbers.",
    level=MUST,
    judges=CLIENT,
    sources=[RFC(9293, "3.4.1", "driven selection of initial sequence numbers (MUST-8)")],
    behaviours={"different": CONFORMS, "same-number": "they begin with the same one"},
    needs=["packets"],
)


@NEW_NUMBERS.case(family=INET)
def test_sequence_numbers(sockets, see, case):
    listener, numbers = sockets.listener(), []
    for _ in range(2):
        client = sockets.bound()
        seen = sockets.conversation(client, listener)
        client.connect(listener.local_addr())
        numbers.append(seen.sent()[0].sequence)
    see("different" if numbers[0] != numbers[1] else "same-number", numbers=numbers)


NEVER = rule(
    "wire.connecting.unaccepted-closed",
    "A client that closes before it is accepted has its data delivered all the same.",
    level=MUST,
    judges=CLIENT,
    sources=[RFC(9293, "3.6", "will reliably deliver all buffers SENT before the connection")],
    behaviours={
        "delivered": CONFORMS,
        "part-lost": "not all of it arrives",
        "rst": SEEN["rst"],
    },
    needs=["packets"],
)


@NEVER.case(family=INET)
def test_unaccepted_closed(sockets, see, case):
    listener, client = sockets.listener(), sockets.bound()
    seen = sockets.conversation(client, listener)
    client.connect(listener.local_addr())
    client.send(b"early")
    client.close()
    seen.until(lambda _packets: ended(seen.sent()))
    whole = payload(seen.sent()) == b"early"
    got = sockets.received(sockets.accepted(listener), 8)
    how = "delivered" if whole and got == b"early" else "part-lost"
    see("rst" if ending(seen.sent()) == "rst" else how, got=got)
