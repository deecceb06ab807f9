"""Functions that socket2 has had since the document that the other contracts are from."""

from __future__ import annotations

from sockspec.api import TcpKeepalive
from sockspec.errors import SocketError, Unsupported
from sockspec.spec import (
    ALONE,
    CONFORMS,
    DGRAM,
    MUST,
    SERVER,
    SOCKET2_NEWER,
    STREAM,
    UNSPECIFIED,
    V4,
    V6,
    outcome,
    rule,
)

# An option, the sockets that have it, and its level and name: the other door to its value.
BOOLEAN = {
    "multicast_all_v4": (V4, DGRAM, "IPPROTO_IP", "IP_MULTICAST_ALL"),
    "multicast_all_v6": (V6, DGRAM, "IPPROTO_IPV6", "IPV6_MULTICAST_ALL"),
    "freebind_v4": (V4, STREAM, "IPPROTO_IP", "IP_FREEBIND"),
    "freebind_v6": (V6, STREAM, "IPPROTO_IPV6", "IPV6_FREEBIND"),
    "tcp_cork": (V4, STREAM, "IPPROTO_TCP", "TCP_CORK"),
    "tcp_thin_linear_timeouts": (V4, STREAM, "IPPROTO_TCP", "TCP_THIN_LINEAR_TIMEOUTS"),
}
NUMBERS = {
    "priority": (V4, DGRAM, "SOL_SOCKET", "SO_PRIORITY", (0, 1, 6)),
    "cpu_affinity": (V4, STREAM, "SOL_SOCKET", "SO_INCOMING_CPU", (0,)),
    "tcp_notsent_lowat": (V4, STREAM, "IPPROTO_TCP", "TCP_NOTSENT_LOWAT", (1, 4096, 2**20)),
}
PRIVILEGED = {
    "mark": (V4, DGRAM, "SOL_SOCKET", "SO_MARK", (0, 1, 0x7FFF_FFFF)),
    "busy_poll": (V4, DGRAM, "SOL_SOCKET", "SO_BUSY_POLL", (0, 50)),
}
_LATER = frozenset({"ENOPROTOOPT", "EOPNOTSUPP"})


def needed(call, *arguments):
    """What a call returns, in a rule that does not apply where the option is not there."""
    try:
        return call(*arguments)
    except SocketError as error:
        if error.symbol not in _LATER:
            raise
        raise Unsupported("the option", f"it fails with {error.symbol}") from None


def trips(sock, name, level, option, values):
    """How values that are set by a function read back: by its twin, and as the raw option."""
    for value in values:
        how = outcome(getattr(sock, f"set_{name}"), value)
        if how in _LATER:
            raise Unsupported(option, f"setting it fails with {how}")
        if how != "succeeds":
            return how
        if needed(getattr(sock, name)) != value:
            return "another-value"
        if needed(sock.get_int, level, option) != value:
            return "another-option"
    return "same"


READ_BACK = {
    "same": CONFORMS,
    "another-value": "its twin returns another value",
    "another-option": "the option itself has another value",
}
FLAG = rule(
    "contracts.newer.flag",
    "A flag that a newer function sets is what its twin returns, and what the option holds.",
    level=MUST,
    sources=[
        SOCKET2_NEWER(
            "set_multicast_all_v4", "modify the delivery policy of multicast messages"
        ),
        SOCKET2_NEWER("set_freebind_v4", "Set value for the IP_FREEBIND option on this socket"),
        SOCKET2_NEWER("set_tcp_cork", "Set the value of the TCP_CORK option on this socket"),
    ],
    behaviours=READ_BACK,
)


@FLAG.case(option=tuple(BOOLEAN))
def test_flag(sockets, see, case):
    family, type, level, option = BOOLEAN[case["option"]]
    sock = sockets.new(family, type)
    see(trips(sock, case["option"], level, option, (True, False, True)))


NUMBER = rule(
    "contracts.newer.number",
    "A number that a newer function sets is what its twin returns, and what the option holds.",
    level=MUST,
    sources=[
        SOCKET2_NEWER("set_priority", "Set value for the SO_PRIORITY option on this socket"),
        SOCKET2_NEWER("set_cpu_affinity", "Sets the CPU affinity of the socket"),
        SOCKET2_NEWER("set_tcp_notsent_lowat", "Set the value of the TCP_NOTSENT_LOWAT option"),
    ],
    behaviours=READ_BACK,
)
GUARDED = rule(
    "contracts.newer.privileged-number",
    "A number that takes a privilege is what the function's twin returns once it was set.",
    level=MUST,
    sources=[
        SOCKET2_NEWER(
            "set_mark", "On Linux this function requires the CAP_NET_ADMIN capability"
        ),
        SOCKET2_NEWER(
            "set_busy_poll", "Set the value for the SO_BUSY_POLL option on this socket"
        ),
    ],
    behaviours=READ_BACK,
    needs=["privileged"],
)


@NUMBER.case(option=tuple(NUMBERS))
@GUARDED.case(option=tuple(PRIVILEGED))
def test_number(sockets, see, case):
    family, type, level, option, values = (NUMBERS | PRIVILEGED)[case["option"]]
    sock = sockets.new(family, type)
    see(trips(sock, case["option"], level, option, values))


TIME = rule(
    "contracts.newer.keepalive-time",
    "tcp_keepalive_time() returns the time that set_tcp_keepalive() was given.",
    level=MUST,
    sources=[
        SOCKET2_NEWER(
            "tcp_keepalive_time", "Get the value of the TCP_KEEPIDLE option on this socket"
        ),
        SOCKET2_NEWER("set_tcp_keepalive", "Set parameters configuring TCP keepalive probes"),
    ],
    behaviours={"same": CONFORMS, "another-time": "it returns another time"},
)


@TIME.case(family=(V4, V6), seconds=("1", "600", "32767"))
def test_keepalive_time(sockets, see, case):
    sock, seconds = sockets.new(), int(case["seconds"])
    needed(sock.set_tcp_keepalive, TcpKeepalive(time=seconds))
    got = needed(sock.tcp_keepalive_time)
    see("same" if got == seconds else "another-time", got=got)


ALGORITHM = rule(
    "contracts.newer.congestion",
    "Whether tcp_congestion() returns the name that was set is unspecified.",
    level=UNSPECIFIED,
    sources=[
        SOCKET2_NEWER(
            "set_tcp_congestion", "must be a valid TCP congestion control algorithm name"
        ),
    ],
    behaviours={"that-name": "it returns the name", "another-name": "it returns another name"},
)


@ALGORITHM.case(name=("reno", "no-such-name"))
def test_congestion(sockets, see, case):
    sock, name = sockets.new(V4, STREAM), case["name"].encode()
    how = outcome(sock.set_tcp_congestion, name)
    if how == "succeeds":
        got = needed(sock.tcp_congestion).rstrip(b"\0")
        how = "that-name" if got == name else "another-name"
    see(how)


QUICK = rule(
    "contracts.newer.quick-acknowledgment",
    "Whether tcp_quickack() returns what was set is unspecified.",
    level=UNSPECIFIED,
    sources=[SOCKET2_NEWER("set_tcp_quickack", "This flag is not permanent")],
    behaviours={"as-set": "it returns what was set", "opposite": "it returns the opposite"},
)


@QUICK.case(value=("on", "off"))
def test_quick_acknowledgment(sockets, see, case):
    sock, wanted = sockets.new(V4, STREAM), case["value"] == "on"
    needed(sock.set_tcp_quickack, wanted)
    see("as-set" if needed(sock.tcp_quickack) is wanted else "opposite")


COOKIE = rule(
    "contracts.newer.cookie",
    "cookie() returns a number that stays a socket's own.",
    level=MUST,
    sources=[SOCKET2_NEWER("cookie", "unique, kernel-managed identifier tied to each socket")],
    behaviours={
        "its-own": CONFORMS,
        "changes": "a second call returns another",
        "not-unique": "another socket has the same",
    },
)


@COOKIE.case(family=(V4, V6), type=(STREAM, DGRAM))
def test_cookie(sockets, see, case):
    one, other = sockets.new(), sockets.new()
    first = needed(one.cookie)
    if one.cookie() != first:
        see("changes")
    else:
        see("its-own" if other.cookie() != first else "not-unique")


SENDER = rule(
    "contracts.newer.peek-sender",
    "peek_sender() returns the sender of the next datagram and leaves it queued.",
    level=MUST,
    judges=SERVER,
    sources=[
        SOCKET2_NEWER(
            "peek_sender", "Retrieve the sender for the data at the head of the receive queue"
        ),
    ],
    behaviours={
        "sender": CONFORMS,
        "another-sender": "it returns another address",
        "not-kept": "the datagram is not received whole afterwards",
    },
)


@SENDER.case(family=(V4, V6), type=DGRAM)
def test_peek_sender(sockets, see, case):
    receiver, first, second = sockets.bound(), sockets.bound(), sockets.bound()
    for sender in (first, second):
        sender.send_to(b"a longer datagram", receiver.local_addr())
    sockets.wait(receiver, "POLLIN")
    if receiver.peek_sender() != first.local_addr():
        see("another-sender")
        return
    data, came_from = receiver.recv_from(64)
    kept = (data, came_from) == (b"a longer datagram", first.local_addr())
    see("sender" if kept else "not-kept")


MEMBER = rule(
    "contracts.newer.group-by-index",
    "A socket receives what is sent to a group that it joined by the index of an interface.",
    level=MUST,
    judges=ALONE,
    sources=[
        SOCKET2_NEWER(
            "join_multicast_v4_n", "Join a multicast group using IP_ADD_MEMBERSHIP option"
        ),
        SOCKET2_NEWER(
            "leave_multicast_v4_n", "Leave a multicast group using IP_DROP_MEMBERSHIP option"
        ),
    ],
    behaviours={
        "received": CONFORMS,
        "not-received": "it does not",
        "after-leaving": "it receives it after leaving the group, too",
    },
    needs=["multicast-v4"],
)
SOURCE = rule(
    "contracts.newer.source-group",
    "A socket receives what the one sender sends to a group that it joined for that sender.",
    level=MUST,
    judges=ALONE,
    sources=[
        SOCKET2_NEWER(
            "join_ssm_v4", "Join a multicast SSM channel using IP_ADD_SOURCE_MEMBERSHIP"
        ),
        SOCKET2_NEWER(
            "leave_ssm_v4", "Leave a multicast group using IP_DROP_SOURCE_MEMBERSHIP option"
        ),
    ],
    behaviours={**MEMBER.behaviours, "from-others": "it receives what others send, too"},
    needs=["multicast-v4", "other-loopback"],
)


def delivered(sockets, receiver, group, source):
    """Whether a datagram to the group arrives that is sent from this address."""
    sender = sockets.new(V4, DGRAM)
    sender.bind((source, 0))
    sender.set_multicast_if_v4("127.0.0.1")
    sender.send_to(b"x", (group, receiver.local_addr().port))
    sockets.wait_for_datagrams()
    came = bool(receiver.poll("POLLIN", 0))
    if came:
        receiver.recv(8)
    return came


def only_its_own(receiver):
    """Keep from a socket, where the system can, what other sockets' groups bring."""
    if receiver.backend.constant("IP_MULTICAST_ALL") is not None:
        receiver.set_multicast_all_v4(False)


@MEMBER.case(family=V4, type=DGRAM)
def test_group_by_index(sockets, see, case):
    group, receiver = "239.255.77.31", sockets.new()
    receiver.bind(sockets.wildcard())
    only_its_own(receiver)
    needed(receiver.join_multicast_v4_n, group, sockets.backend.loopback.index)
    before = delivered(sockets, receiver, group, "127.0.0.1")
    receiver.leave_multicast_v4_n(group, sockets.backend.loopback.index)
    after = delivered(sockets, receiver, group, "127.0.0.1")
    see("not-received" if not before else "after-leaving" if after else "received")


@SOURCE.case(family=V4, type=DGRAM)
def test_source_group(sockets, see, case):
    group, receiver = "232.1.77.31", sockets.new()
    receiver.bind(sockets.wildcard())
    only_its_own(receiver)
    needed(receiver.join_ssm_v4, "127.0.0.1", group, "127.0.0.1")
    before = delivered(sockets, receiver, group, "127.0.0.1")
    others = delivered(sockets, receiver, group, "127.0.0.2")
    receiver.leave_ssm_v4("127.0.0.1", group, "127.0.0.1")
    after = delivered(sockets, receiver, group, "127.0.0.1")
    if not before or others:
        see("from-others" if before else "not-received")
    else:
        see("after-leaving" if after else "received")
