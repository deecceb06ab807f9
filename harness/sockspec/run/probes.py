"""The use that shows whether a feature is there: never whether it is right.

A probe that also checked the answer would switch off the rules that tell what is wrong.
So any sign of a feature counts: an abstract name that was taken, however it reads back; any
event for urgent data, whichever it is. Only what says "there is no such thing" means that
the feature is missing: the backend's `Unsupported`, an error in `Probe.absent`, or no sign
at all. Everything else, a hang or a crash too, is an implementation that has the feature
and gets it wrong.
"""

from __future__ import annotations

import os
import socket
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sockspec.address import Inet, Raw, Unix
from sockspec.api import codec
from sockspec.errors import NotReached, SocketError, Unsupported
from sockspec.network import links
from sockspec.network.links import Guest
from sockspec.spec.rules import (
    DGRAM,
    MAPPED,
    NETLINK,
    PACKET,
    PING,
    RAW,
    SEQPACKET,
    STREAM,
    UNIX,
    V4,
    V6,
    VSOCK,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from sockspec.api import Socket
    from sockspec.run.arrange import Sockets

__all__ = ["PROBES", "Probe", "privilege"]

_NO_SUCH = frozenset(
    {"EAFNOSUPPORT", "EPFNOSUPPORT", "EPROTONOSUPPORT", "EPROTOTYPE", "ESOCKTNOSUPPORT"}
    | {"ENOPROTOOPT", "EOPNOTSUPP", "ENOTSUP", "ENOSYS", "ENOTTY"}
)
"""What a system answers when it does not have a family, a type, an option or a call."""

_NO_ADDRESS = _NO_SUCH | {"EADDRNOTAVAIL"}
_NO_NAME = _NO_SUCH | {"EINVAL", "ENOENT"}
_NOT_ALLOWED = _NO_SUCH | {"EACCES", "EPERM"}  # a sandbox that lets nobody make such sockets

_NO_VSOCK = _NOT_ALLOWED | {"ENODEV", "EADDRNOTAVAIL"}  # there is nothing to carry it

_ACROSS = 0.3  # seconds within which a connection to this very machine is made
_URGENT = 1.0  # seconds within which urgent data shows, over loopback


@dataclass(frozen=True, slots=True)
class Probe:
    """One use of a feature. `absent` has the errors that mean that it is not there."""

    use: Callable[[Sockets], object]
    absent: frozenset[str] = _NO_SUCH


def _any_of(name: str, *types: str) -> Callable[[Sockets], None]:
    # A family of which one type alone can be bound to loopback is a family still.
    def use(sockets: Sockets) -> None:
        for type in types[:-1]:
            with suppress(SocketError, Unsupported):
                sockets.bound(name, type)
                return
        sockets.bound(name, types[-1])

    return use


def _dual_stack(sockets: Sockets) -> None:
    try:
        made = sockets.new(MAPPED, STREAM)
    except SocketError as error:
        # OpenBSD refuses to turn IPV6_V6ONLY off with EINVAL: it has no mapped addresses.
        raise Unsupported("dual-stack", f"{error.call} fails with {error.symbol}") from None
    made.bind(sockets.loopback(MAPPED))


def _abstract(sockets: Sockets) -> None:
    sockets.new(UNIX, STREAM).bind(Unix(b"\0sockspec-%d" % os.getpid()))


def _autobind(sockets: Sockets) -> None:
    made = sockets.new(UNIX, STREAM)
    try:
        made.bind(Unix(b""))
    except SocketError as error:
        raise Unsupported("a name that the system chooses", f"bind: {error.symbol}") from None


def _files(sockets: Sockets) -> None:
    # Whether a bind makes a file is a rule; here it is whether a file there is seen here.
    if not Path(os.fsdecode(sockets.path())).parent.is_dir():
        raise Unsupported("files", "where the sockets are their files are not seen from here")


def _vsock_loopback(sockets: Sockets) -> None:
    listener = sockets.listener(1, VSOCK, STREAM)
    sock = sockets.new(VSOCK, STREAM)
    sock.set_nonblocking(True)
    with suppress(SocketError):
        sock.connect(listener.local_addr())
    # Of these sockets Python's module has no option that would tell how it ended.
    if not listener.poll("POLLIN", _ACROSS):
        raise Unsupported("vsock-loopback", "nothing carries a connection to VMADDR_CID_LOCAL")


def _pair(sockets: Sockets) -> None:
    made = sockets.backend.pair(sockets.number("AF_UNIX"), sockets.number("SOCK_STREAM"), 0)
    for each in made:
        sockets.backend.close(each)


def _urgent(sockets: Sockets) -> Socket:
    ours, theirs = sockets.connected(type=STREAM)
    theirs.send(b"a")
    theirs.send_out_of_band(b"!")
    return ours


def _out_of_band(sockets: Sockets) -> None:
    ours = _urgent(sockets)
    with suppress(NotReached, SocketError, Unsupported):
        sockets.wait(ours, "POLLPRI", _URGENT)
        return
    if not (_is_received(ours) or _is_marked(ours)):
        raise Unsupported("urgent data", "no event, no mark and no receive tells of it")


def _is_received(sock: Socket) -> bool:
    # Where MSG_OOB is ignored on both sides the first byte of all is received.
    until = time.monotonic() + _URGENT
    while time.monotonic() < until:
        with suppress(SocketError, Unsupported):
            return sock.recv_out_of_band(1) not in {b"", b"a"}
    return False


def _is_marked(sock: Socket) -> bool:
    with suppress(SocketError, Unsupported):
        sock.recv(1)
        return bool(sock.at_mark())
    return False


def _priority(sockets: Sockets) -> None:
    ours = _urgent(sockets)
    try:
        told = ours.poll("POLLPRI", _URGENT)
    except SocketError as error:
        raise Unsupported("POLLPRI", f"poll() refuses it with {error.symbol}") from None
    if not told:
        raise Unsupported("POLLPRI", "poll() does not tell urgent data by it")


def _message(sockets: Sockets) -> None:
    ours, theirs = sockets.udp(), sockets.udp()
    theirs.send_to_vectored([b"a", b"b"], ours.local_addr())
    ours.recv_vectored([2])  # several buffers are for the rules that need them


def _new_raw(sockets: Sockets) -> None:
    family, type = sockets.number("AF_INET"), sockets.number("SOCK_STREAM")
    sockets.backend.close(sockets.backend.new_raw(family, type, 0))


def _accept_raw(sockets: Sockets) -> None:
    listener = sockets.listener(1, type=STREAM)
    sockets.new(type=STREAM).connect(listener.local_addr())
    sockets.backend.close(sockets.backend.accept_raw(listener.handle)[0])


def _accept4(sockets: Sockets) -> None:
    listener = sockets.listener(1, type=STREAM)
    sockets.new(type=STREAM).connect(listener.local_addr())
    sockets.backend.close(sockets.backend.accept4(listener.handle, 0)[0])


def _read_write(sockets: Sockets) -> None:
    ours, theirs = sockets.connected(type=STREAM)
    sockets.backend.write(theirs.handle, b"x")
    sockets.backend.read(ours.handle, 1)


def _vectors(sockets: Sockets) -> None:
    ours, theirs = sockets.connected(type=STREAM)
    sockets.backend.writev(theirs.handle, [b"a", b"b"])
    sockets.backend.readv(ours.handle, [1, 1])


def _batches(sockets: Sockets) -> None:
    ours, theirs = sockets.udp(), sockets.udp()
    sockets.backend.sendmmsg(theirs.handle, [([b"a"], (), ours.local_addr())])
    sockets.backend.recvmmsg(ours.handle, [[1]])


def _no_sockets(sockets: Sockets) -> None:
    for each in (sockets.backend.file(b""), *sockets.backend.pipe()):
        sockets.backend.close(each)


def _sendfile(sockets: Sockets) -> None:
    _ours, theirs = sockets.connected(type=STREAM)
    file = sockets.backend.file(b"x")
    try:
        sockets.backend.sendfile(theirs.handle, file, 0, 1)
    finally:
        sockets.backend.close(file)


def _select(call: str) -> Callable[[Sockets], None]:
    def use(sockets: Sockets) -> None:
        getattr(sockets.backend, call)([(sockets.udp().handle, 1)], 0.0)

    return use


def _epoll(sockets: Sockets) -> None:
    queue = sockets.backend.epoll_create(0)
    try:
        add, event = sockets.number("EPOLL_CTL_ADD"), sockets.number("EPOLLIN")
        sockets.backend.epoll_ctl(queue, add, sockets.udp().handle, event, 1)
        sockets.backend.epoll_wait(queue, 1, 0.0)
    finally:
        sockets.backend.close(queue)


def _kqueue(sockets: Sockets) -> None:
    queue = sockets.backend.kqueue()
    try:
        read, add = sockets.number("EVFILT_READ"), sockets.number("EV_ADD")
        sockets.backend.kevent(queue, [(sockets.udp().handle, read, add, 0, 0, 1)], 1, 0.0)
    finally:
        sockets.backend.close(queue)


def _raw_call(sockets: Sockets) -> None:
    room = (16).to_bytes(4, sockets.backend.byte_order)
    sockets.backend.raw_call(sockets.udp().handle, "getsockname", [bytes(16), room])


def _raw_address(sockets: Sockets) -> None:
    family = sockets.number("AF_INET").to_bytes(2, "little")
    sockets.new(V4, STREAM).bind(Raw(family + bytes(14)))


def _adopt(sockets: Sockets) -> None:
    number = sockets.backend.detach(sockets.bound(type=STREAM).handle)
    sockets.backend.close(sockets.backend.adopt(number))


def _other_loopback(sockets: Sockets) -> None:
    sockets.new(V4, STREAM).bind(Inet("127.0.0.2", 0))


def _multicast_v4(sockets: Sockets) -> None:
    sock = sockets.udp(V4)
    here = sockets.backend.loopback.v4
    sock.join_multicast_v4("239.255.77.77", here)
    sock.set_multicast_if_v4(here)


def _multicast_v6(sockets: Sockets) -> None:
    sockets.udp(V6).join_multicast_v6("ff11::7777", sockets.backend.loopback.index)


def _reset(sockets: Sockets) -> None:
    ours, theirs = sockets.connected(type=STREAM)
    theirs.set_linger(0.0)
    theirs.close()
    with suppress(NotReached):
        sockets.wait(ours, "POLLIN")
    with suppress(SocketError):
        ours.recv(1)
        # Wine tells a receive of a reset as of an end; but only an end leaves room to send.
        ours.send(b"x")
        raise Unsupported("reset", "a close with SO_LINGER 0 ends a connection in order")


def _reuse_port(sockets: Sockets) -> None:
    sockets.new(type=STREAM).set_int("SOL_SOCKET", "SO_REUSEPORT", 1)


def _full_backlog(sockets: Sockets) -> None:
    try:
        sockets.connecting()
    except NotReached as error:
        raise Unsupported("a full queue", str(error)) from None
    except SocketError as error:
        raise Unsupported("a full queue", f"{error.call} fails with {error.symbol}") from None


def _device(sockets: Sockets) -> None:
    sock = sockets.new(type=STREAM)
    sock.get_option("SOL_SOCKET", "SO_BINDTODEVICE", 16)
    sock.set_option("SOL_SOCKET", "SO_BINDTODEVICE", b"lo\0")  # which rules bind to


def _packets(sockets: Sockets) -> None:
    ours, theirs = sockets.connected(type=STREAM)
    seen = sockets.conversation(ours, theirs)
    ours.send(b"x")
    try:
        seen.until(lambda packets: packets, _URGENT)
    except NotReached:
        raise Unsupported("packets", "none is seen of what the backend sends") from None


def _interfaces(_sockets: Sockets) -> None:
    names = {name for _, name in socket.if_nameindex()}
    if not {each.name for each in links.THIRD.values()} & names:
        raise Unsupported("interfaces", "it takes --link veth")


def _impairment(_sockets: Sockets) -> None:
    from sockspec.network.impair import Impairments  # noqa: PLC0415 - few links have it

    Impairments(0).close()


def _signals(sockets: Sockets) -> None:
    number = sockets.number("SIGUSR1")
    sockets.backend.on_signal(number, "count")
    sockets.backend.signals(number)


PROBES: dict[str, Probe] = {
    "ipv4": Probe(_any_of(V4, STREAM, DGRAM), _NO_ADDRESS | _NOT_ALLOWED),
    "ipv6": Probe(_any_of(V6, STREAM, DGRAM), _NO_ADDRESS | _NOT_ALLOWED),
    "dual-stack": Probe(_dual_stack, _NO_ADDRESS),
    "unix": Probe(_any_of(UNIX, STREAM), _NOT_ALLOWED),
    "unix-dgram": Probe(_any_of(UNIX, DGRAM), _NOT_ALLOWED),
    "unix-abstract": Probe(_abstract, _NO_NAME),
    "unix-autobind": Probe(_autobind),
    "unix-files": Probe(_files),
    # lwIP refuses to make one with EINVAL.
    "seqpacket": Probe(_any_of(UNIX, SEQPACKET), _NOT_ALLOWED | {"EINVAL"}),
    "netlink": Probe(lambda sockets: sockets.bound(NETLINK, DGRAM), _NOT_ALLOWED),
    # Where this one is missing the next is bound to another address.
    "vsock-loopback": Probe(_vsock_loopback, _NO_VSOCK),
    "vsock": Probe(lambda sockets: sockets.bound(VSOCK, STREAM), _NO_VSOCK),
    "ping": Probe(lambda sockets: sockets.bound(PING, DGRAM), _NOT_ALLOWED),
    "raw": Probe(lambda sockets: sockets.bound(V4, RAW), _NOT_ALLOWED),
    "packet": Probe(lambda sockets: sockets.bound(PACKET, RAW), _NOT_ALLOWED),
    "pair": Probe(_pair, _NOT_ALLOWED),
    "poll": Probe(lambda sockets: sockets.new(type=STREAM).poll("POLLOUT", 0)),
    "oob": Probe(_out_of_band),
    "poll-priority": Probe(_priority),
    "sockatmark": Probe(lambda sockets: sockets.connected(type=STREAM)[0].at_mark()),
    "messages": Probe(_message),
    "new-raw": Probe(_new_raw),
    "accept-raw": Probe(_accept_raw),
    "accept4": Probe(_accept4),
    "read-write": Probe(_read_write),
    "vectors": Probe(_vectors),
    "batches": Probe(_batches),
    "sendfile": Probe(_sendfile),
    **{call: Probe(_select(call)) for call in ("select", "pselect", "ppoll")},
    "epoll": Probe(_epoll),
    "kqueue": Probe(_kqueue),
    "raw-call": Probe(_raw_call),
    "no-sockets": Probe(_no_sockets),
    "raw-address": Probe(_raw_address),
    "adopt": Probe(_adopt),
    "nonblocking-flag": Probe(lambda sockets: sockets.new(type=STREAM).nonblocking()),
    "ioctl": Probe(lambda sockets: sockets.udp().available()),
    "other-loopback": Probe(_other_loopback, _NO_ADDRESS),
    "multicast-v4": Probe(_multicast_v4),
    "multicast-v6": Probe(_multicast_v6),
    "reset": Probe(_reset),
    "reuse-port": Probe(_reuse_port),
    "full-backlog": Probe(_full_backlog),
    "device": Probe(_device, _NO_SUCH | {"ENODEV"}),
    # Where the system says how many it has, that has been looked at before.
    "ports": Probe(lambda sockets: sockets.bound(type=STREAM)),
    "link": Probe(lambda _sockets: Guest().vanish()),
    "interfaces": Probe(_interfaces),
    "impairment": Probe(_impairment),
    "packets": Probe(_packets),
    "own-packets": Probe(_packets),
    "signals": Probe(_signals),
    "descriptor-limit": Probe(lambda sockets: sockets.backend.limit_descriptors(0)),
    "fork": Probe(lambda sockets: sockets.backend.end_child(sockets.backend.fork())),
}
"""Every feature that a rule can need, with the use that shows it."""


# -- who runs -----------------------------------------------------------------------------

_LOW_PORTS = (1, 9, 11, 13, 17, 19, 37)  # RFC 862 to 868: hardly anywhere in use


def privilege(sockets: Sockets) -> bool:
    """Whether the sockets may do what takes a privilege, found out by doing it.

    Where there is SO_PRIORITY, 7 and more take CAP_NET_ADMIN (socket(7)); elsewhere ports
    below 1024 take the superuser. Raises `Unsupported` where neither tells.
    """
    with suppress(Unsupported):
        sock, priority = sockets.new(V4, STREAM), codec.c_int(sockets.backend, 7)
        try:
            sock.set_option("SOL_SOCKET", "SO_PRIORITY", priority)
        except SocketError as error:
            if error.symbol == "EPERM":
                return False
        else:
            return True
    return _may_bind_low_port(sockets)


def _may_bind_low_port(sockets: Sockets) -> bool:
    said = ""
    for port in _LOW_PORTS:
        try:
            sockets.new(V4, STREAM).bind(sockets.loopback(V4, port))
        except SocketError as error:
            said = error.symbol
            if said in {"EACCES", "EPERM"}:
                return False
        else:
            return True
    raise Unsupported("a privilege", f"binding to a port below 1024 fails with {said}")
