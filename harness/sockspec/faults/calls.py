"""Calls that do less, more, something else, or to another socket."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sockspec.address import Inet, Inet6, Unix
from sockspec.backend import Message
from sockspec.faults.fault import Fault, instead, nothing, numbers

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sockspec.address import SockAddr
    from sockspec.backend import Backend, Handle
    from sockspec.faults.fault import Make, Wrong

__all__ = ["faults", "mode_kept"]


# -- flags ----------------------------------------------------------------------------


def _without(primitive: str, flag: str) -> Make:
    """The primitive drops a flag."""

    def make(right: Backend) -> Mapping[str, Wrong]:
        (bit,) = numbers(right, flag)
        at = {"recv": 2, "recv_length": 2, "recvfrom": 2, "recvmsg": 3, "send": 2, "sendto": 2}
        place = at.get(primitive, 3)

        def dropped(call: Wrong, *arguments: Any) -> Any:
            given = list(arguments)
            if len(given) > place and bit > 0:
                given[place] &= ~bit
            return call(*given)

        return {primitive: dropped}

    return make


def _with_flag(primitive: str, flag: str, place: int, default: int = 0) -> Make:
    """The primitive adds a flag that nobody asked for."""

    def make(right: Backend) -> Mapping[str, Wrong]:
        (bit,) = numbers(right, flag)

        def added(call: Wrong, *arguments: Any) -> Any:
            given = list(arguments)
            while len(given) <= place:
                given.append(default)
            given[place] |= max(bit, 0)
            return call(*given)

        return {primitive: added}

    return make


# -- data -----------------------------------------------------------------------------


def _received(change: Any) -> Make:
    def recv(call: Wrong, *arguments: Any) -> bytes:
        return bytes(change(call(*arguments)))

    def recvfrom(call: Wrong, *arguments: Any) -> tuple[bytes, SockAddr | None]:
        data, address = call(*arguments)
        return bytes(change(data)), address

    return instead(recv=recv, recvfrom=recvfrom)


def _messages(change: Any) -> Make:
    def recvmsg(call: Wrong, *arguments: Any) -> Message:
        told: Message = change(call(*arguments))
        return told

    return instead(recvmsg=recvmsg)


def _replaced(told: Message, **fields: Any) -> Message:
    return Message(
        **{
            **{
                name: getattr(told, name)
                for name in ("length", "data", "control", "flags", "address")
            },
            **fields,
        }
    )


def _message_flag(flag: str, *, on: bool) -> Make:
    def make(right: Backend) -> Mapping[str, Wrong]:
        (bit,) = numbers(right, flag)

        def recvmsg(call: Wrong, *arguments: Any) -> Message:
            told = call(*arguments)
            flags = told.flags | bit if on else told.flags & ~bit
            return _replaced(told, flags=flags)

        return {"recvmsg": recvmsg}

    return make


def _sent(change: Any) -> Make:
    def send(call: Wrong, sock: Handle, data: bytes, flags: int = 0) -> int:
        return int(call(sock, change(data), flags))

    def sendto(call: Wrong, sock: Handle, data: bytes, *rest: Any) -> int:
        return int(call(sock, change(data), *rest))

    return instead(send=send, sendto=sendto)


def _counted(change: Any) -> Make:
    def counted(call: Wrong, *arguments: Any) -> int:
        return int(change(call(*arguments)))

    return instead(send=counted, sendto=counted, sendmsg=counted)


def _vectors(change: Any) -> Make:
    def sendmsg(call: Wrong, sock: Handle, parts: Sequence[bytes], *rest: Any) -> int:
        return int(call(sock, change(list(parts)), *rest))

    return instead(sendmsg=sendmsg)


# -- names ----------------------------------------------------------------------------


def _address(change: Any, *primitives: str) -> Make:
    def named(call: Wrong, *arguments: Any) -> Any:
        return change(call(*arguments))

    def with_sock(call: Wrong, *arguments: Any) -> Any:
        made, address = call(*arguments)
        return made, address and change(address)

    pairs = {"accept", "accept_raw", "recvfrom"}
    return instead(**{each: with_sock if each in pairs else named for each in primitives})


def _portless(address: SockAddr) -> SockAddr:
    if isinstance(address, Inet):
        return Inet(address.host, 0)
    if isinstance(address, Inet6):
        return Inet6(address.host, 0)
    return address


def _next_port(address: SockAddr) -> SockAddr:
    if isinstance(address, Inet):
        return Inet(address.host, address.port ^ 1)
    if isinstance(address, Inet6):
        return Inet6(address.host, address.port ^ 1)
    return address


def _unmapped(address: SockAddr) -> SockAddr:
    if isinstance(address, Inet6) and address.host.startswith("::ffff:"):
        return Inet(address.host.rpartition(":")[2], address.port)
    return address


def _padded(address: SockAddr) -> SockAddr:
    if isinstance(address, Unix) and address.path:
        return Unix(address.path.ljust(108, b"\0"))
    return address


def _cut(address: SockAddr) -> SockAddr:
    if isinstance(address, Unix) and address.path:
        return Unix(address.path[:-1])
    return address


# -- readiness ------------------------------------------------------------------------


def _events(flag: str, *, on: bool) -> Make:
    def make(right: Backend) -> Mapping[str, Wrong]:
        (bit,) = numbers(right, flag)

        def poll(call: Wrong, wanted: Any, timeout: float) -> tuple[int, ...]:
            told = call(wanted, timeout)
            if on:
                return tuple(each | bit for each in told)
            return tuple(each & ~bit for each in told)

        return {"poll": poll}

    return make


def _poll_late(right: Backend) -> Mapping[str, Wrong]:
    del right
    last: dict[Any, Any] = {}

    def poll(call: Wrong, wanted: Any, timeout: float) -> tuple[int, ...]:
        told = call(wanted, timeout)
        key = tuple((id(sock), events) for sock, events in wanted)
        before: tuple[int, ...] = last.get(key) or told
        last[key] = told
        return before

    return {"poll": poll}


def mode_kept(right: Backend) -> Mapping[str, Wrong]:
    """What is accepted has the listener's mode."""

    def accept(call: Wrong, sock: Handle) -> Any:
        made, address = call(sock)
        right.set_nonblocking(made, right.nonblocking(sock))
        return made, address

    return {"accept": accept}


def _other_half(right: Backend) -> Mapping[str, Wrong]:
    reading, writing = numbers(right, "SHUT_RD", "SHUT_WR")

    def shutdown(call: Wrong, sock: Handle, how: int) -> None:
        call(sock, {reading: writing, writing: reading}.get(how, how))

    return {"shutdown": shutdown}


def _both_halves(right: Backend) -> Mapping[str, Wrong]:
    (both,) = numbers(right, "SHUT_RDWR")

    def shutdown(call: Wrong, sock: Handle, how: int) -> None:
        call(sock, both if how in {0, 1} else how)

    return {"shutdown": shutdown}


def _half_only(right: Backend) -> Mapping[str, Wrong]:
    writing, both = numbers(right, "SHUT_WR", "SHUT_RDWR")

    def shutdown(call: Wrong, sock: Handle, how: int) -> None:
        call(sock, writing if how == both else how)

    return {"shutdown": shutdown}


def _leaking(right: Backend) -> Mapping[str, Wrong]:
    """A close that the peer never sees, for as long as this object lives."""
    kept: list[Handle] = []

    def close(call: Wrong, sock: Handle) -> None:
        if len(kept) < 400:
            kept.append(right.dup(sock))
        call(sock)

    return {"close": close}


def _small(value: Any) -> Any:
    return value[:-1] if len(value) > 1 else value


_ASKED = {"POLLIN", "POLLOUT", "POLLPRI"}  # poll() reports these to who asks for them


def faults() -> Iterator[Fault]:
    """The table."""
    for primitive, flag, rules in (
        ("recv", "MSG_PEEK", ("data.peek",)),
        ("recvfrom", "MSG_PEEK", ("data.peek", "contracts.transfer")),
        ("recvmsg", "MSG_PEEK", ("data.peek", "data.unix-rights", "data.control")),
        ("recv", "MSG_WAITALL", ("data.wait-all",)),
        ("recvmsg", "MSG_WAITALL", ("data.wait-all",)),
        ("recv", "MSG_DONTWAIT", ("data.dont-wait", "data.peek", "data.wait-all")),
        ("recv", "MSG_OOB", ("urgent",)),
        ("send", "MSG_OOB", ("urgent",)),
        ("sendmsg", "MSG_OOB", ("urgent",)),
        ("recvmsg", "MSG_OOB", ("urgent",)),
        ("recv_length", "MSG_TRUNC", ("data.truncation", "data.peek")),
    ):
        yield Fault(
            f"flags/{primitive}/{flag}-dropped",
            f"{primitive} does not heed {flag}",
            rules,
            _without(primitive, flag),
            ((primitive, flag),),
        )
    for primitive, flag, place, rules in (
        ("recv", "MSG_PEEK", 2, ("data.order", "data.peek", "data")),
        ("recv", "MSG_DONTWAIT", 2, ("data", "readiness.timeouts")),
        ("recv", "MSG_WAITALL", 2, ("data.order",)),
        ("send", "MSG_DONTWAIT", 2, ("data.partial", "readiness.timeouts")),
        ("send", "MSG_OOB", 2, ("data.order", "urgent", "data")),
        ("recvmsg", "MSG_PEEK", 3, ("data",)),
    ):
        yield Fault(
            f"flags/{primitive}/{flag}-added",
            f"{primitive} acts as with {flag}",
            rules,
            _with_flag(primitive, flag, place),
        )
    for how, does, rules, make in (
        (
            "last-byte-lost",
            "a receive drops its last byte",
            ("data.order", "data"),
            _received(_small),
        ),
        (
            "first-byte-twice",
            "a receive repeats its first byte",
            ("data.order", "data"),
            _received(lambda d: d[:1] + d[:-1] if d else d),
        ),
        (
            "reversed",
            "a receive returns its bytes in reverse",
            ("data.order", "data"),
            _received(lambda d: d[::-1]),
        ),
        (
            "zeroed-behind-16",
            "bytes from the 17th on are zero",
            ("data",),
            _received(lambda d: d[:16] + bytes(len(d) - 16) if len(d) > 16 else d),
        ),
        (
            "byte-lost-in-large",
            "a receive of more than 4096 bytes loses one",
            ("data.order",),
            _received(lambda d: d[:-1] if len(d) > 4096 else d),
        ),
        (
            "empty-is-data",
            "no bytes are received as a NUL",
            ("data", "state"),
            _received(lambda d: d or b"\0"),
        ),
    ):
        yield Fault(f"data/recv/{how}", does, rules, make)
    for how, does, rules, make in (
        (
            "last-byte-lost",
            "a send drops its last byte and counts what is left",
            ("data",),
            _sent(_small),
        ),
        (
            "reversed",
            "a send reverses its bytes",
            ("data.order", "data"),
            _sent(lambda d: d[::-1]),
        ),
        (
            "cut-at-1000",
            "no more than 1000 bytes are sent at once",
            ("data.order", "data.partial", "data.datagram-size"),
            _sent(lambda d: d[:1000]),
        ),
        ("upper-case", "letters are sent in upper case", ("data",), _sent(bytes.upper)),
        (
            "nothing-for-empty",
            "an empty datagram is sent as a NUL",
            ("data.empty",),
            _sent(lambda d: d or b"\0"),
        ),
    ):
        yield Fault(f"data/send/{how}", does, rules, make)
    for how, does, rules, make in (
        ("one-more", "a send counts one byte more", ("data",), _counted(lambda n: n + 1)),
        (
            "one-less",
            "a send counts one byte less",
            ("data",),
            _counted(lambda n: max(0, n - 1)),
        ),
        ("always-zero", "a send returns 0", ("data",), _counted(lambda _: 0)),
    ):
        yield Fault(f"data/count/{how}", does, rules, make)
    for how, does, rules, make in (
        (
            "reversed",
            "buffers are sent in reverse",
            ("data.vectored",),
            _vectors(lambda p: p[::-1]),
        ),
        (
            "first-only",
            "only the first buffer is sent",
            ("data.vectored",),
            _vectors(lambda p: p[:1]),
        ),
        (
            "last-lost",
            "the last of several buffers is not sent",
            ("data.vectored",),
            _vectors(_small),
        ),
        (
            "first-twice",
            "the first buffer is sent twice",
            ("data.vectored",),
            _vectors(lambda p: p[:1] + p),
        ),
        (
            "empty-skips-rest",
            "an empty buffer ends the message",
            ("data.vectored",),
            _vectors(lambda p: p[: p.index(b"")] if b"" in p else p),
        ),
    ):
        yield Fault(f"data/vectors/{how}", does, rules, make)
    for how, does, rules, make in (
        (
            "reversed",
            "buffers are filled in reverse",
            ("data.vectored", "data.peek"),
            _messages(lambda m: _replaced(m, data=m.data[::-1])),
        ),
        (
            "control-lost",
            "control data is dropped",
            ("data.control", "data.unix"),
            _messages(lambda m: _replaced(m, control=())),
        ),
        (
            "control-twice",
            "control data comes twice",
            ("data.control", "data.unix"),
            _messages(lambda m: _replaced(m, control=m.control * 2)),
        ),
        (
            "control-reversed",
            "control data comes in reverse",
            ("data.unix", "data.control"),
            _messages(
                lambda m: _replaced(m, control=tuple((a, b, c[::-1]) for a, b, c in m.control))
            ),
        ),
        (
            "address-lost",
            "the sender is not reported",
            ("data", "contracts.transfer"),
            _messages(lambda m: _replaced(m, address=None)),
        ),
        (
            "one-longer",
            "the length is one more",
            ("data",),
            _messages(lambda m: _replaced(m, length=m.length + 1)),
        ),
    ):
        yield Fault(f"data/recvmsg/{how}", does, rules, make)
    for flag, rules in (
        ("MSG_TRUNC", ("data.truncation", "data.unix-seqpacket")),
        ("MSG_CTRUNC", ("data.control", "data.unix-rights")),
        ("MSG_EOR", ("data.truncation", "data.unix-seqpacket")),
        ("MSG_OOB", ("urgent",)),
    ):
        for on in (True, False):
            if flag == "MSG_EOR" and not on:
                continue  # nothing sets it on Linux
            how = "always" if on else "never"
            yield Fault(
                f"data/recvmsg/{flag}-{how}",
                f"recvmsg {how} sets {flag}",
                rules,
                _message_flag(flag, on=on),
            )
    names = ("local_addr", "peer_addr", "accept", "recvfrom")
    anywhere, unix = ("state", "contracts", "data", "creation"), ("state.unix", "data.unix")
    for how, does, promises, change in (
        ("port-zero", "has port 0", anywhere, _portless),
        ("other-port", "has another port", anywhere, _next_port),
        ("unmapped", "is IPv4 where it is mapped", ("state.dual-stack",), _unmapped),
        ("padded", "has a path padded with NULs", (*unix, *anywhere), _padded),
        ("cut", "lacks the last byte of a path", (*unix, *anywhere), _cut),
    ):
        for primitive in names:
            yield Fault(
                f"names/{primitive}/{how}",
                f"an address of {primitive} {does}",
                promises,
                _address(change, primitive),
            )
    for flag, rules in (
        ("POLLIN", ("readiness", "urgent")),
        ("POLLOUT", ("readiness",)),
        ("POLLERR", ("readiness",)),
        ("POLLHUP", ("readiness",)),
        ("POLLPRI", ("urgent.poll", "readiness")),
    ):
        for on in (True, False):
            how = "always" if on else "never"
            yield Fault(
                f"readiness/poll/{flag}-{how}",
                f"poll() {how} reports {flag}",
                (*rules, "state", "data"),
                _events(flag, on=on),
                (("poll", flag),) if flag in _ASKED and not on else (),
            )
    for how, does, rules, make in (
        ("stale", "poll() reports what it did the time before", ("readiness",), _poll_late),
        (
            "no-wait",
            "poll() does not wait",
            ("readiness",),
            instead(poll=lambda call, wanted, timeout: call(wanted, 0.0)),
        ),
        (
            "half-time",
            "poll() waits half as long",
            ("readiness",),
            instead(poll=lambda call, wanted, timeout: call(wanted, timeout / 2)),
        ),
        (
            "first-only",
            "poll() looks at its first socket alone",
            ("readiness.poll",),
            instead(
                poll=lambda call, wanted, timeout: (
                    *call(wanted[:1], timeout),
                    *(0 for _ in wanted[1:]),
                )
            ),
        ),
        (
            "all-events",
            "poll() reports what nobody asked for",
            ("readiness.poll", "urgent.poll"),
            instead(
                poll=lambda call, wanted, timeout: call(
                    [(sock, events | 7) for sock, events in wanted], timeout
                )
            ),
        ),
    ):
        yield Fault(f"readiness/poll/{how}", does, rules, make)
    for name, does, rules, make in (
        ("listen/backlog-ignored", "the backlog is always 4096", ("state.listen", "contracts.tcp-listener", "state.unix-listen"), instead(listen=lambda call, sock, _backlog: call(sock, 4096))),
        ("listen/backlog-one", "the backlog is always 1", ("state.listen", "state.unix-listen"), instead(listen=lambda call, sock, _backlog: call(sock, 1))),
        ("listen/nothing", "listen() does nothing", ("state.listen", "state"), instead(listen=nothing)),
        ("bind/nothing", "bind() does nothing", ("state.bind", "state"), instead(bind=nothing)),
        ("bind/port-ignored", "bind() takes any port", ("state", "contracts"), instead(bind=lambda call, sock, address: call(sock, _portless(address)))),
        ("bind/next-port", "bind() takes the port beside", ("state", "contracts"), instead(bind=lambda call, sock, address: call(sock, _next_port(address) if getattr(address, "port", 0) else address))),
        ("connect/nothing", "connect() does nothing", ("state.connect", "state"), instead(connect=nothing)),
        ("accept/mode-inherited", "what is accepted is as non-blocking as the listener", ("contracts.accept", "state.accept", "creation"), mode_kept),
        ("shutdown/nothing", "shutdown() does nothing", ("state.shutdown",), instead(shutdown=nothing)),
        ("shutdown/other-half", "shutdown() shuts the other half", ("state.shutdown",), _other_half),
        ("shutdown/both", "shutdown() of a half shuts both", ("state.shutdown",), _both_halves),
        ("shutdown/write-only", "SHUT_RDWR leaves reading open", ("state.shutdown",), _half_only),
        ("close/leaks", "a closed socket stays open", ("state.close", "state"), _leaking),
        ("mode/ignored", "set_nonblocking does nothing", ("creation.mode", "data", "state"), instead(set_nonblocking=nothing)),
        ("mode/inverted", "set_nonblocking sets the other mode", ("creation.mode", "data", "state"), instead(set_nonblocking=lambda call, sock, on: call(sock, not on))),
        ("mode/reads-blocking", "the mode reads as blocking", ("creation.mode", "creation.socket"), instead(nonblocking=lambda call, sock: call(sock) and False)),
        ("mode/reads-nonblocking", "the mode reads as non-blocking", ("creation.mode", "creation.socket"), instead(nonblocking=lambda call, sock: call(sock) or True)),
        ("cloexec/never", "close-on-exec reads as off", ("creation", "contracts"), instead(cloexec=lambda call, sock: call(sock) and False)),
        ("cloexec/always", "close-on-exec reads as on", ("creation", "contracts", "data.unix-rights"), instead(cloexec=lambda call, sock: call(sock) or True)),
        ("mark/never", "sockatmark() never returns true", ("urgent.mark",), instead(sockatmark=lambda call, sock: call(sock) and False)),
        ("mark/always", "sockatmark() always returns true", ("urgent.mark",), instead(sockatmark=lambda call, sock: call(sock) or True)),
        ("mark/inverted", "sockatmark() returns the contrary", ("urgent.mark",), instead(sockatmark=lambda call, sock: not call(sock))),
        ("ioctl/zero", "ioctl() fills in zeros", ("data", "readiness", "urgent"), instead(ioctl=lambda call, *rest: bytes(len(call(*rest))))),
        ("new/other-type", "a datagram socket is a stream", ("creation", "data"), instead(new=lambda call, family, type, protocol=0: call(family, 1 if type == 2 and not protocol else type, protocol))),
        ("pair/same", "the two ends of a pair are one socket", ("creation.pair", "data"), instead(pair=lambda call, *rest: (lambda made: (made[0], made[0]))(call(*rest)))),
    ):  # fmt: skip
        yield Fault(f"calls/{name}", does, rules, make)
