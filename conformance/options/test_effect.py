"""What options of one system do, where that shows on loopback."""

from __future__ import annotations

from sockspec.errors import Unsupported
from sockspec.spec import (
    ALONE,
    DGRAM,
    INET,
    KERNEL,
    MAN,
    OURS,
    STREAM,
    UNIX,
    UNSPECIFIED,
    V4,
    V6,
    outcome,
    rule,
)

IP, TCP, SOCKET = "IPPROTO_IP", "IPPROTO_TCP", "SOL_SOCKET"
NOWHERE = "192.0.2.1"  # no host has it (RFC 5737)


def asks(promise, question, behaviours, *sources, needs=(), judges=OURS):
    """A rule of this file: they are all unspecified."""
    return rule(
        f"options.effect.{promise}",
        f"Whether {question} is unspecified.",
        level=UNSPECIFIED,
        judges=judges,
        sources=sources,
        behaviours=behaviours,
        needs=needs,
    )


FREEBIND = asks(
    "freebind",
    "IP_FREEBIND lets a socket be bound to an address that no interface has",
    {"succeeds": "the call succeeds"},
    MAN.ip(7, "IP_FREEBIND", "allows binding to an IP address that is nonlocal or does not"),
)


@FREEBIND.case(option=("IP_FREEBIND", "IPV6_FREEBIND"), turned=("on", "off"))
def test_freebind(sockets, see, case):
    family, level = (V6, "IPPROTO_IPV6") if "V6" in case["option"] else (V4, IP)
    sock = sockets.new(family, DGRAM)
    sockets.set_option(sock, level, case["option"], int(case["turned"] == "on"))
    if case["turned"] == "off" and sockets.setting("net.ipv4.ip_nonlocal_bind"):
        raise Unsupported("a refusal", "net.ipv4.ip_nonlocal_bind lets every socket do it")
    see(outcome(sock.bind, ("2001:db8::1" if family == V6 else NOWHERE, 0)))


NO_PORT = asks(
    "no-port",
    "IP_BIND_ADDRESS_NO_PORT has the port of a bound socket chosen when it connects",
    {
        "at-connect": "the port is zero until it connects",
        "at-bind": "the port is chosen by bind()",
        "without-port": "the port is zero even when it is connected",
    },
    MAN.ip(7, "IP_BIND_ADDRESS_NO_PORT", "not reserve an ephemeral port when using bind(2)"),
    judges=ALONE,
)


@NO_PORT.case(family=V4, type=STREAM)
def test_no_port(sockets, see, case):
    listener, sock = sockets.listener(), sockets.new()
    sockets.set_option(sock, IP, "IP_BIND_ADDRESS_NO_PORT", 1)
    sock.bind(sockets.loopback())
    before = sock.local_addr().port
    sock.connect(listener.local_addr())
    after = sock.local_addr().port
    see("at-bind" if before else "at-connect" if after else "without-port")


RANGE = asks(
    "port-range",
    "IP_LOCAL_PORT_RANGE decides among which ports bind() chooses",
    {"inside": "every port is in the range", "outside": "a port is out of the range"},
    KERNEL("include/uapi/linux/in.h", "IP_LOCAL_PORT_RANGE", "define IP_LOCAL_PORT_RANGE"),
)


@RANGE.case(family=V4, type=(STREAM, DGRAM))
def test_port_range(sockets, see, case):
    name = "net.ipv4.ip_local_port_range"
    if name not in sockets.settings:
        raise Unsupported(f"setting {name}", "the platform does not show it")
    low, high = (int(each) for each in str(sockets.settings[name]).split())
    least = (low + high) // 2
    most = min(least + 63, high)
    bounds = least | most << 16
    got = []
    for _ in range(4):
        sock = sockets.new()
        sockets.set_option(sock, IP, "IP_LOCAL_PORT_RANGE", bounds)
        sock.bind(sockets.loopback())
        got.append(sock.local_addr().port)
    see("inside" if all(least <= port <= most for port in got) else "outside", got=got)


PEEK = asks(
    "peek-offset",
    "SO_PEEK_OFF has each peek begin where the last one ended",
    {
        "next-bytes": "the second peek returns the bytes behind those of the first",
        "same-bytes": "both peeks return the same bytes",
        "other-bytes": "the second peek returns others",
    },
    MAN.socket(7, "SO_PEEK_OFF", "for the recv(2) system call when used with MSG_PEEK flag"),
)


@PEEK.case(family=(V4, UNIX), type=STREAM)
def test_peek_offset(sockets, see, case):
    ours, theirs = sockets.connected()
    sockets.set_option(ours, SOCKET, "SO_PEEK_OFF", 0)
    theirs.send(b"abcd")
    sockets.wait(ours, "POLLIN")
    first, second = ours.peek(2), ours.peek(2)
    names = {b"cd": "next-bytes", b"ab": "same-bytes"}
    see(names.get(second, "other-bytes"), first=first, second=second)


DEFER = asks(
    "defer-accept",
    "TCP_DEFER_ACCEPT keeps a connection from accept() until data comes",
    {
        "until-data": "accept() returns it once data came, and not before",
        "at-once": "accept() returns it before data came",
    },
    MAN.tcp(7, "TCP_DEFER_ACCEPT", "Allow a listener to be awakened only when data arrives"),
    judges=ALONE,
)


@DEFER.case(family=INET)
def test_defer_accept(sockets, see, case):
    sockets.unless("net.ipv4.tcp_syncookies", "2", "what is kept of a SYN")
    listener, client = sockets.listener(), sockets.new()
    sockets.set_option(listener, TCP, "TCP_DEFER_ACCEPT", 5)
    listener.set_nonblocking(True)
    client.connect(listener.local_addr())
    before = outcome(sockets.accepted, listener)
    if before == "succeeds":
        see("at-once")
        return
    client.send(b"x")
    sockets.wait(listener, "POLLIN")
    see(outcome(sockets.accepted, listener, ok="until-data"))


SYN = asks(
    "saved-syn",
    "TCP_SAVED_SYN returns the headers of the first segment once",
    {
        "once": "the first read returns them, and the second nothing",
        "again": "the second read returns them too",
        "no-bytes": "nothing is returned",
    },
    KERNEL("net/ipv4/tcp.c", "do_tcp_getsockopt", "case TCP_SAVED_SYN:"),
    judges=ALONE,
)


@SYN.case(family=INET)
def test_saved_syn(sockets, see, case):
    sockets.unless("net.ipv4.tcp_syncookies", "2", "what is kept of a SYN")
    listener = sockets.listener()
    sockets.set_option(listener, TCP, "TCP_SAVE_SYN", 1)
    _client, accepted = sockets.client_of(listener)
    first = accepted.get_option(TCP, "TCP_SAVED_SYN", 512)
    second = accepted.get_option(TCP, "TCP_SAVED_SYN", 512)
    see("no-bytes" if not first else "again" if second else "once")


MTU = asks(
    "path-mtu",
    "IP_MTU returns the path MTU of a connected socket",
    {"large-enough": "it returns 68 or more", "too-small": "it returns less"},
    MAN.ip(7, "IP_MTU", "Retrieve the current known path MTU of the current socket"),
)


@MTU.case(option=("IP_MTU", "IPV6_MTU"), type=(STREAM, DGRAM), state=("fresh", "connected"))
def test_path_mtu(sockets, see, case):
    family, level = (V6, "IPPROTO_IPV6") if "V6" in case["option"] else (V4, IP)
    sock = sockets.new(family) if case["state"] == "fresh" else sockets.connected(family)[0]
    got = []
    how = outcome(lambda: got.append(sock.get_int(level, case["option"])))
    see(how if not got else "too-small" if got[0] < 68 else "large-enough", got=got)


COOKIE = asks(
    "cookie",
    "SO_COOKIE identifies a socket",
    {
        "identifies": "it stays, a duplicate has it, and another socket has another",
        "changes": "a second read returns another",
        "not-shared": "a duplicate has another",
        "not-unique": "another socket has the same",
    },
    KERNEL("net/core/sock.c", "sk_getsockopt", "case SO_COOKIE:"),
)


@COOKIE.case(family=(V4, UNIX), type=(STREAM, DGRAM))
def test_cookie(sockets, see, case):
    one, other = sockets.new(), sockets.new()
    twin = sockets.keep(one.try_clone())
    first, again, its, another = (
        sock.get_option(SOCKET, "SO_COOKIE", 8) for sock in (one, one, twin, other)
    )
    if first != again:
        see("changes")
    else:
        see(
            "not-shared" if first != its else "not-unique" if first == another else "identifies"
        )


LOCKED = asks(
    "lock-filter",
    "SO_LOCK_FILTER can be turned off again",
    {"succeeds": "the call succeeds"},
    MAN.socket(
        7, "SO_LOCK_FILTER", "disable the SO_LOCK_FILTER option will fail with the error EPERM"
    ),
)


@LOCKED.case(then=("off", "detach", "on"))
def test_lock_filter(sockets, see, case):
    sock = sockets.new()
    sockets.set_option(sock, SOCKET, "SO_LOCK_FILTER", 1)
    option = "SO_DETACH_FILTER" if case["then"] == "detach" else "SO_LOCK_FILTER"
    see(outcome(sock.set_int, SOCKET, option, int(case["then"] == "on")))


UNKNOWN_DEVICE = asks(
    "unknown-device",
    "SO_BINDTODEVICE accepts a name that no interface has",
    {"succeeds": "the call succeeds"},
    MAN.socket(7, "SO_BINDTODEVICE", "Bind this socket to a particular device"),
    needs=["device"],
)


@UNKNOWN_DEVICE.case(family=INET, type=(STREAM, DGRAM))
def test_unknown_device(sockets, see, case):
    see(outcome(sockets.new().set_option, SOCKET, "SO_BINDTODEVICE", b"no-such-device\0"))


CONGESTION = asks(
    "congestion-control",
    "TCP_CONGESTION accepts the name of an algorithm",
    {"same": "it reads back", "another-name": "another name reads back"},
    MAN.tcp(7, "TCP_CONGESTION", "allows the caller to set the TCP congestion control"),
)


@CONGESTION.case(name=("reno", "no-such-name"))
def test_congestion_control(sockets, see, case):
    sock, name = sockets.new(V4, STREAM), case["name"].encode()
    how = outcome(sock.set_option, TCP, "TCP_CONGESTION", name)
    if how == "succeeds":
        got = sock.get_option(TCP, "TCP_CONGESTION", 16).rstrip(b"\0")
        how = "same" if got == name else "another-name"
    see(how)


FORM = asks(
    "address-form",
    "IPV6_ADDRFORM turns a socket that speaks IPv4 into one of AF_INET",
    {
        "turned": "its family and its addresses are IPv4's",
        "unturned": "the call succeeds and the family is AF_INET6",
    },
    MAN.ipv6(7, "IPV6_ADDRFORM", "Turn an AF_INET6 socket into a socket of a different"),
    needs=["dual-stack"],
)


@FORM.case(family="mapped", type=(STREAM, DGRAM))
def test_address_form(sockets, see, case):
    sock, _theirs = sockets.connected()
    inet = sockets.number("AF_INET")
    how = outcome(sock.set_int, "IPPROTO_IPV6", "IPV6_ADDRFORM", inet)
    if how == "succeeds":
        how = "turned" if sock.domain() == inet else "unturned"
    see(how)


HELD = asks(
    "cork",
    "what TCP_CORK holds back is sent when it is turned off, or the socket closed",
    {
        "held-back": "it arrives then, and not before",
        "early": "it arrives before",
        "lost": "it does not arrive",
    },
    MAN.tcp(7, "TCP_CORK", "don't send out partial frames"),
)


@HELD.case(family=INET, then=("turned-off", "shut", "closed"))
def test_cork(sockets, see, case):
    ours, theirs = sockets.connected()
    sockets.set_option(ours, TCP, "TCP_CORK", 1)
    ours.send(b"held")
    if theirs.poll("POLLIN", 0.02):  # Linux holds it back for a fifth of a second
        see("early")
        return
    if case["then"] == "turned-off":
        ours.set_int(TCP, "TCP_CORK", 0)
    elif case["then"] == "shut":
        ours.shutdown("SHUT_WR")
    else:
        ours.close()
    arrived = theirs.poll("POLLIN", 1.0) and theirs.recv(8) == b"held"
    see("held-back" if arrived else "lost")
