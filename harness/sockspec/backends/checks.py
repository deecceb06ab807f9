"""What a backend is asked for by `sockspec smoke`: each check a use of a few primitives.

A check tells apart what it minds. `Breaks`: the form of an answer is not the contract's (a
value of another type, an error without a symbol, a handle that outlives its close), which
its author has to mend. `Differs`: the contract is kept, and the implementation does something
else than sockets usually do; that is for the rules to judge.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from sockspec.address import Inet
from sockspec.backend import API, READ, WRITE, Message
from sockspec.errors import SocketError, Unsupported
from sockspec.pending import Pending

if TYPE_CHECKING:
    from collections.abc import Callable

    from sockspec.backend import Backend, Handle

__all__ = ["CHECKS", "Breaks", "Differs", "Sockets"]


class Breaks(Exception):
    """The form of an answer breaks the contract."""


class Differs(Exception):
    """The contract is kept, and the answer is not what sockets usually do."""


class Sockets:
    """The sockets of one check, over the primitives alone."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self.open: list[Handle] = []

    def number(self, symbol: str) -> int:
        value = self.backend.constant(symbol)
        if value is None:
            raise Breaks(f"constant({symbol!r}) is None, and no platform lacks it")
        _want(value, int, f"constant({symbol!r})")
        return value

    def new(self, kind: str = "SOCK_STREAM") -> Handle:
        made = self.backend.new(self.number("AF_INET"), self.number(kind), 0)
        self.open.append(made)
        return made

    def bound(self, kind: str = "SOCK_STREAM") -> Handle:
        made = self.new(kind)
        self.backend.bind(made, Inet(self.backend.loopback.v4, 0))
        return made

    def connected(self) -> tuple[Handle, Handle]:
        listener = self.bound()
        self.backend.listen(listener, 4)
        client = self.new()
        self.backend.connect(client, self.backend.local_addr(listener))
        answer = _want(self.backend.accept(listener), tuple, "accept()")
        if len(answer) != 2:
            raise Breaks(f"accept() returned {len(answer)} values, not (handle, address)")
        self.open.append(answer[0])
        return client, answer[0]

    def close(self) -> None:
        for each in self.open:
            try:
                self.backend.close(each)
            except (SocketError, Unsupported):
                continue


def _want(value: Any, kind: type[Any], what: str) -> Any:
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise Breaks(
            f"{what} returned {value!r}, a {type(value).__name__}, not {kind.__name__}"
        )
    return value


def _named(sockets: Sockets) -> None:
    backend = sockets.backend
    if not backend.name or backend.name != backend.name.lower():
        raise Breaks(f"name is {backend.name!r}; it is short, lower case and not empty")
    _want(backend.version, str, "version")
    _want(backend.label, str, "label")
    if backend.api != API:
        raise Breaks(f"api is {backend.api}; this sockspec speaks {API}")


def _constants(sockets: Sockets) -> None:
    for symbol in (
        "AF_INET",
        "SOCK_STREAM",
        "SOCK_DGRAM",
        "SOL_SOCKET",
        "SO_ERROR",
        "MSG_PEEK",
    ):
        sockets.number(symbol)
    answer = sockets.backend.constant("SO_NO_SUCH_OPTION")
    if answer is not None:
        raise Breaks(
            f"constant('SO_NO_SUCH_OPTION') is {answer!r}; what does not exist is None"
        )


def _creates(sockets: Sockets) -> None:
    hash(sockets.new())


def _closes(sockets: Sockets) -> None:
    made = sockets.new()
    sockets.backend.close(made)
    try:
        answer = sockets.backend.local_addr(made)
    except SocketError as error:
        if error.symbol not in {"EBADF", "ENOTSOCK"}:
            raise Breaks(f"a closed handle answers {error.symbol}, not EBADF") from None
    else:
        raise Breaks(f"a closed handle still answers: local_addr is {answer}")


def _names(sockets: Sockets) -> None:
    address = _want(sockets.backend.local_addr(sockets.bound()), Inet, "local_addr()")
    if not address.port:
        raise Differs("local_addr() of a bound socket has port 0")


def _refuses(sockets: Sockets) -> None:
    fresh = sockets.new()
    try:
        sockets.backend.accept(fresh)
    except SocketError as error:
        if not error.symbol.startswith("E"):
            raise Breaks(
                f"the symbol of an error is {error.symbol!r}, not like 'EINVAL'"
            ) from None
        _want(error.number, int, "SocketError.number")
    else:
        raise Differs("accept() on a socket that does not listen returned a value")


def _options(sockets: Sockets) -> None:
    level, name = sockets.number("SOL_SOCKET"), sockets.number("SO_REUSEADDR")
    made = sockets.new()
    sockets.backend.setsockopt(made, level, name, (1).to_bytes(4, "little"))
    raw = _want(sockets.backend.getsockopt(made, level, name, 4), bytes, "getsockopt()")
    if not 1 <= len(raw) <= 4:
        raise Breaks(f"getsockopt() with 4 bytes of room returned {len(raw)}")


def _stream(sockets: Sockets) -> None:
    client, server = sockets.connected()
    _want(sockets.backend.send(client, b"hello", 0), int, "send()")
    got = _want(sockets.backend.recv(server, 16, 0), bytes, "recv()")
    if len(got) > 16:
        raise Breaks(f"recv() of 16 bytes returned {len(got)}")
    if got != b"hello":
        raise Differs(f"sent b'hello', recv() returned {got!r}")
    sockets.backend.shutdown(client, sockets.number("SHUT_WR"))
    if got := _want(sockets.backend.recv(server, 16, 0), bytes, "recv()"):
        raise Differs(f"recv() at the end of the stream returned {got!r}, not b''")


def _datagram(sockets: Sockets) -> None:
    one, other = sockets.bound("SOCK_DGRAM"), sockets.bound("SOCK_DGRAM")
    sockets.backend.sendto(one, b"hi", 0, sockets.backend.local_addr(other))
    answer = _want(sockets.backend.recvfrom(other, 16, 0), tuple, "recvfrom()")
    if len(answer) != 2:
        raise Breaks(f"recvfrom() returned {len(answer)} values, not (data, address)")
    _want(answer[0], bytes, "recvfrom(): the data")
    if answer != (b"hi", sockets.backend.local_addr(one)):
        raise Differs(f"recvfrom() returned {answer!r}, not (b'hi', the sender's address)")


def _messages(sockets: Sockets) -> None:
    client, server = sockets.connected()
    sockets.backend.sendmsg(client, [b"ab", b"cd"], (), 0, None)
    message = _want(sockets.backend.recvmsg(server, [3, 3], 0, 0), Message, "recvmsg()")
    sizes = [len(_want(each, bytes, "recvmsg(): a buffer")) for each in message.data]
    if len(sizes) > 2 or any(size > 3 for size in sizes):
        raise Breaks(f"recvmsg() into two buffers of 3 bytes filled {sizes}")
    if b"".join(message.data) != b"abcd" or message.length != 4:
        raise Differs(f"b'ab' and b'cd' came back as {message}")


def _nonblocking(sockets: Sockets) -> None:
    made = sockets.bound("SOCK_DGRAM")
    sockets.backend.set_nonblocking(made, True)
    try:
        answer = sockets.backend.recv(made, 1, 0)
    except SocketError as error:
        if error.symbol.endswith("EWOULDBLOCK"):
            raise Breaks(f"{error.symbol} is called EAGAIN, on every platform") from None
        if error.symbol != "EAGAIN":
            raise Differs(f"an empty non-blocking socket answers {error.symbol}") from None
    else:
        raise Differs(f"an empty non-blocking socket returned {answer!r}")


def _polls(sockets: Sockets) -> None:
    client, server = sockets.connected()
    events = sockets.number("POLLIN")
    idle = _want(sockets.backend.poll([(server, events)], 0), tuple, "poll()")
    if len(idle) != 1:
        raise Breaks(f"poll() of one socket returned {len(idle)} values")
    _want(idle[0], int, "poll(): the events")
    if idle != (0,):
        raise Differs(f"poll() of an idle socket returned {idle}, not (0,)")
    sockets.backend.send(client, b"x", 0)
    if not sockets.backend.poll([(server, events)], 2.0)[0] & events:
        raise Differs("poll() does not see data that has arrived")


def _starts(sockets: Sockets) -> None:
    client, server = sockets.connected()
    pending = _want(sockets.backend.start("recv", server, 4, 0), Pending, "start()")
    if not pending.is_blocked():
        raise Differs("a recv() without data is not blocked")
    sockets.backend.send(client, b"now", 0)
    if pending.result(within=2.0) != b"now":
        raise Differs("the result of a started recv() is not what was sent")


def _duplicates(sockets: Sockets) -> None:
    made = sockets.bound()
    again = sockets.backend.dup(made)
    sockets.open.append(again)
    if sockets.backend.local_addr(again) != sockets.backend.local_addr(made):
        raise Differs("dup() is not the same socket")
    sockets.backend.close(made)
    sockets.backend.local_addr(again)


# -- what a backend need not have -----------------------------------------------------


def _if_there(check: Callable[[Sockets], None]) -> Callable[[Sockets], None]:
    """Nothing is missing where the primitives are not: later versions added them."""

    def checked(sockets: Sockets) -> None:
        with suppress(Unsupported):
            check(sockets)

    return checked


@_if_there
def _reads(sockets: Sockets) -> None:
    client, server = sockets.connected()
    if _want(sockets.backend.write(client, b"abc"), int, "write()") != 3:
        raise Differs("write() of three bytes did not take three")
    got = _want(sockets.backend.read(server, 2), bytes, "read()")
    if len(got) > 2:
        raise Breaks(f"read() of 2 bytes returned {len(got)}")
    _want(sockets.backend.writev(client, [b"d", b"ef"]), int, "writev()")
    parts = _want(sockets.backend.readv(server, [1, 9]), tuple, "readv()")
    if [type(part) for part in parts] != [bytes, bytes] or len(parts[0]) > 1:
        raise Breaks(f"readv() into two buffers returned {parts!r}")


@_if_there
def _batches(sockets: Sockets) -> None:
    one, other = sockets.bound("SOCK_DGRAM"), sockets.bound("SOCK_DGRAM")
    message = ([b"a", b"b"], (), sockets.backend.local_addr(other))
    lengths = _want(sockets.backend.sendmmsg(one, [message]), tuple, "sendmmsg()")
    seen = _want(sockets.backend.recvmmsg(other, [[1, 1]]), tuple, "recvmmsg()")
    for each in seen:
        _want(each, Message, "recvmmsg(): a message")
    if lengths != (2,) or [each.data for each in seen] != [(b"a", b"b")]:
        raise Differs(f"one message of two bytes came back as {seen} and {lengths}")


@_if_there
def _selects(sockets: Sockets) -> None:
    client, server = sockets.connected()
    idle = _want(sockets.backend.select([(server, READ | WRITE)], 0.0), tuple, "select()")
    if len(idle) != 1 or not isinstance(idle[0], int) or idle[0] & ~(READ | WRITE):
        raise Breaks(f"select() of one socket in two sets returned {idle!r}")
    sockets.backend.send(client, b"x", 0)
    if sockets.backend.select([(server, READ)], 2.0) != (READ,):
        raise Differs("select() does not see data that has arrived")


@_if_there
def _raws(sockets: Sockets) -> None:
    room = (128).to_bytes(4, sockets.backend.byte_order)
    asked = [bytes(128), room]
    answer = sockets.backend.raw_call(sockets.bound(), "getsockname", asked)
    _want(answer, tuple, "raw_call()")
    if len(answer) != 2 or [len(each) for each in answer[1]] != [128, 4]:
        raise Breaks(f"raw_call() with two buffers returned {answer!r}, not (number, (b, b))")


@_if_there
def _signals(sockets: Sockets) -> None:
    backend, number = sockets.backend, sockets.backend.constant("SIGUSR1") or 0
    backend.on_signal(number, "count")
    pending = backend.start("recv", sockets.connected()[0], 1, 0)
    if not pending.is_blocked():
        raise Differs("recv() without data does not wait")
    backend.interrupt(number)
    if _want(backend.signals(number), int, "signals()") != 1:
        raise Breaks("a signal to the thread of a started call is not counted")
    with suppress(SocketError):
        if not pending.is_blocked():
            pending.result()


@_if_there
def _children(sockets: Sockets) -> None:
    backend, listener = sockets.backend, sockets.bound()
    address = backend.local_addr(listener)
    child = _want(backend.fork(), int, "fork()")
    backend.close(listener)
    if backend.in_child(child, "local_addr", [listener]) != address:
        raise Breaks("in_child(): the child's copy of a socket has another address")
    backend.exec_child(child)
    backend.end_child(child)


@_if_there
def _limits(sockets: Sockets) -> None:
    sockets.backend.limit_descriptors(1)
    sockets.new()
    try:
        sockets.new()
    except SocketError:
        return
    raise Breaks("limit_descriptors(1): two more descriptors can be opened")


CHECKS: dict[str, Callable[[Sockets], None]] = {
    "it has a name, a version and the contract's number": _named,
    "constants are numbers, and None where there is none": _constants,
    "new() makes a socket": _creates,
    "close() ends a handle": _closes,
    "local_addr() is an address": _names,
    "an error is a SocketError with symbol and number": _refuses,
    "options are bytes": _options,
    "a stream carries bytes and ends": _stream,
    "a datagram comes with its sender": _datagram,
    "messages fill buffers in order": _messages,
    "set_nonblocking() makes calls return EAGAIN": _nonblocking,
    "poll() tells readiness": _polls,
    "start() begins a call that blocks": _starts,
    "dup() makes a second handle": _duplicates,
    "read() and write(), if there, carry bytes": _reads,
    "recvmmsg() and sendmmsg(), if there, carry messages": _batches,
    "select(), if there, tells readiness": _selects,
    "raw_call(), if there, returns its buffers": _raws,
    "interrupt(), if there, sends a signal to a call": _signals,
    "fork(), if there, makes a child with the same sockets": _children,
    "limit_descriptors(), if there, leaves so many": _limits,
}
