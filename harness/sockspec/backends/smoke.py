"""Is this a backend? The contract, checked in seconds, told in its author's words.

Each check uses primitives as `sockspec.backend` describes them and complains when the
*form* of an answer is wrong: a value of another type, an exception that is not a
`SocketError`, a handle that outlives its close. What the system answered is not judged
here; that is what the rules are for.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sockspec.address import Inet
from sockspec.backend import API, PRIMITIVES, Message
from sockspec.backends.deadline import Deadline
from sockspec.backends.trace import Traced
from sockspec.errors import Hang, SocketError, Unsupported

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sockspec.backend import Backend, Handle

__all__ = ["CHECKS", "Smoke", "smoke"]

_DEADLINE = 5.0


class _Wrong(Exception):
    """The form of an answer breaks the contract."""


@dataclass
class Smoke:
    """What was found: complaints per check, and primitives that the backend lacks."""

    backend: str
    passed: list[str] = field(default_factory=list)
    wrong: dict[str, str] = field(default_factory=dict)
    lacks: dict[str, str] = field(default_factory=dict)

    @property
    def exit_code(self) -> int:
        """0 when the contract is kept, 3 when it is not."""
        return 3 if self.wrong else 0

    def as_data(self) -> dict[str, Any]:
        """What `sockspec smoke --format json` prints."""
        return {
            "backend": self.backend,
            "passed": self.passed,
            "wrong": self.wrong,
            "lacks": self.lacks,
            "exit": self.exit_code,
        }

    def lines(self) -> Iterator[str]:
        """What `sockspec smoke` prints."""
        for name in self.passed:
            yield f"ok     {name}"
        for name, what in self.lacks.items():
            yield f"lacks  {name}: {what}"
        for name, what in self.wrong.items():
            yield f"WRONG  {name}: {what}"
        verdict = "keeps the contract" if not self.wrong else "breaks the contract"
        yield f"{self.backend}: {verdict}; {len(self.lacks)} checks need what it does not have"


class _Sockets:
    """The sockets of one check, over the primitives alone."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self.open: list[Handle] = []

    def number(self, symbol: str) -> int:
        value = self.backend.constant(symbol)
        if value is None:
            raise _Wrong(f"constant({symbol!r}) is None, and no platform lacks it")
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
            raise _Wrong(f"accept() returned {len(answer)} values, not (handle, address)")
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
        raise _Wrong(
            f"{what} returned {value!r}, a {type(value).__name__}, not {kind.__name__}"
        )
    return value


def _named(sockets: _Sockets) -> None:
    backend = sockets.backend
    if not backend.name or backend.name != backend.name.lower():
        raise _Wrong(f"name is {backend.name!r}; it is short, lower case and not empty")
    _want(backend.version, str, "version")
    _want(backend.label, str, "label")
    if backend.api != API:
        raise _Wrong(f"api is {backend.api}; this sockspec speaks {API}")


def _constants(sockets: _Sockets) -> None:
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
        raise _Wrong(
            f"constant('SO_NO_SUCH_OPTION') is {answer!r}; what does not exist is None"
        )


def _creates(sockets: _Sockets) -> None:
    hash(sockets.new())


def _closes(sockets: _Sockets) -> None:
    made = sockets.new()
    sockets.backend.close(made)
    try:
        answer = sockets.backend.local_addr(made)
    except SocketError as error:
        if error.symbol not in {"EBADF", "ENOTSOCK"}:
            raise _Wrong(f"a closed handle answers {error.symbol}, not EBADF") from None
    else:
        raise _Wrong(f"a closed handle still answers: local_addr is {answer}")


def _names(sockets: _Sockets) -> None:
    address = _want(sockets.backend.local_addr(sockets.bound()), Inet, "local_addr()")
    if not address.port:
        raise _Wrong("local_addr() of a bound socket has port 0")


def _refuses(sockets: _Sockets) -> None:
    fresh = sockets.new()
    try:
        sockets.backend.accept(fresh)
    except SocketError as error:
        if not error.symbol.startswith("E"):
            raise _Wrong(
                f"the symbol of an error is {error.symbol!r}, not like 'EINVAL'"
            ) from None
        _want(error.number, int, "SocketError.number")
    else:
        raise _Wrong("accept() on a socket that does not listen returned a value")


def _options(sockets: _Sockets) -> None:
    level, name = sockets.number("SOL_SOCKET"), sockets.number("SO_REUSEADDR")
    made = sockets.new()
    sockets.backend.setsockopt(made, level, name, (1).to_bytes(4, "little"))
    raw = _want(sockets.backend.getsockopt(made, level, name, 4), bytes, "getsockopt()")
    if not 1 <= len(raw) <= 4:
        raise _Wrong(f"getsockopt() with 4 bytes of room returned {len(raw)}")


def _stream(sockets: _Sockets) -> None:
    client, server = sockets.connected()
    _want(sockets.backend.send(client, b"hello", 0), int, "send()")
    got = _want(sockets.backend.recv(server, 16, 0), bytes, "recv()")
    if got != b"hello":
        raise _Wrong(f"sent b'hello', recv() returned {got!r}")
    sockets.backend.shutdown(client, sockets.number("SHUT_WR"))
    if sockets.backend.recv(server, 16, 0) != b"":
        raise _Wrong("recv() at the end of the stream did not return b''")


def _datagram(sockets: _Sockets) -> None:
    one, other = sockets.bound("SOCK_DGRAM"), sockets.bound("SOCK_DGRAM")
    sockets.backend.sendto(one, b"hi", 0, sockets.backend.local_addr(other))
    answer = _want(sockets.backend.recvfrom(other, 16, 0), tuple, "recvfrom()")
    if answer != (b"hi", sockets.backend.local_addr(one)):
        raise _Wrong(f"recvfrom() returned {answer!r}, not (b'hi', the sender's address)")


def _messages(sockets: _Sockets) -> None:
    client, server = sockets.connected()
    sockets.backend.sendmsg(client, [b"ab", b"cd"], (), 0, None)
    message = _want(sockets.backend.recvmsg(server, [3, 3], 0, 0), Message, "recvmsg()")
    if b"".join(message.data) != b"abcd" or message.length != 4:
        raise _Wrong(f"b'ab' and b'cd' came back as {message}")


def _nonblocking(sockets: _Sockets) -> None:
    made = sockets.bound("SOCK_DGRAM")
    sockets.backend.set_nonblocking(made, True)
    try:
        answer = sockets.backend.recv(made, 1, 0)
    except SocketError as error:
        if error.symbol != "EAGAIN":
            raise _Wrong(f"an empty non-blocking socket answers {error.symbol}") from None
    else:
        raise _Wrong(f"an empty non-blocking socket returned {answer!r}")


def _polls(sockets: _Sockets) -> None:
    client, server = sockets.connected()
    events = sockets.number("POLLIN")
    idle = _want(sockets.backend.poll([(server, events)], 0), tuple, "poll()")
    if idle != (0,):
        raise _Wrong(f"poll() of an idle socket returned {idle}, not (0,)")
    sockets.backend.send(client, b"x", 0)
    if not sockets.backend.poll([(server, events)], 2.0)[0] & events:
        raise _Wrong("poll() does not see data that has arrived")


def _starts(sockets: _Sockets) -> None:
    client, server = sockets.connected()
    pending = sockets.backend.start("recv", server, 4, 0)
    if not pending.is_blocked():
        raise _Wrong("a recv() without data is not blocked")
    sockets.backend.send(client, b"now", 0)
    if pending.result(within=2.0) != b"now":
        raise _Wrong("the result of a started recv() is not what was sent")


def _duplicates(sockets: _Sockets) -> None:
    made = sockets.bound()
    again = sockets.backend.dup(made)
    sockets.open.append(again)
    if sockets.backend.local_addr(again) != sockets.backend.local_addr(made):
        raise _Wrong("dup() is not the same socket")
    sockets.backend.close(made)
    sockets.backend.local_addr(again)


CHECKS: dict[str, Callable[[_Sockets], None]] = {
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
}


def smoke(backend: Backend) -> Smoke:
    """Run every check, each with a deadline and on sockets of its own."""
    found = Smoke(backend.name or type(backend).__name__)
    for name, check in CHECKS.items():
        _run(backend, name, check, found)
    for primitive in PRIMITIVES:
        if not callable(getattr(backend, primitive, None)):
            found.wrong[primitive] = "is not a method"
    return found


def _run(backend: Backend, name: str, check: Callable[[_Sockets], None], found: Smoke) -> None:
    traced = Traced(backend)
    sockets = _Sockets(traced)
    try:
        with Deadline(_DEADLINE, traced).armed():
            try:
                check(sockets)
            finally:
                sockets.close()
    except Unsupported as error:
        found.lacks[name] = str(error)
    except (_Wrong, Hang) as error:
        found.wrong[name] = str(error)
    except SocketError as error:
        found.wrong[name] = f"{error.call or 'a call'} answered {error.symbol} on the way there"
    except Exception as error:
        # The cleaning up made calls too: the one to blame is the one that raised.
        last = next((each.primitive for each in traced.calls if each.error is error), "a call")
        found.wrong[name] = (
            f"{last} raised {type(error).__name__}: {error}; an error of the system is a "
            "SocketError, what is not there is Unsupported"
        )
    else:
        found.passed.append(name)
