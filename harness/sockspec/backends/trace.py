"""The calls that were made, so that a witness can name them and a script repeat them."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from sockspec.address import Inet, Inet6, Raw, Unix
from sockspec.backend import PRIMITIVES, PROCESS, Backend, Handle, Message, Nowhere
from sockspec.errors import Died, Hang, Misbehaved, SocketError, StillRunning
from sockspec.pending import Pending

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["PRIMITIVES", "Call", "Traced", "encode"]

_MAKING = ("new", "new_raw", "pair", "file", "pipe", "epoll_create", "kqueue", "adopt")
_WAITING = ("poll", "select", "pselect", "ppoll")
_TWO = {"sendfile": 1, "epoll_ctl": 2}  # where the second of two sockets is
_ORIGINALS = ("TcpSocket.new_v4", "TcpSocket.new_v6", "TcpSocket.from_std_stream")
_MAKING_ONE = {"new", "new_raw", "file", "epoll_create", "kqueue", "adopt", "dup"}
_MAKING_ONE |= {"TcpSocket.listen", *_ORIGINALS}
_FILES = "files."  # before what the test did to files
_LONGEST = 64  # bytes of a buffer that a witness spells out

_ENDING = (Hang, Died, Misbehaved)  # of the sockets that were there nothing is known then


@dataclass(slots=True)
class Call:
    """One primitive call: what was asked and what came back; `at` is when it began.

    `started`: the test went on without waiting for it. `theirs`: the peer made it.
    """

    primitive: str
    arguments: tuple[Any, ...]
    answer: Any = None
    error: BaseException | None = None
    running: bool = True
    at: float = field(default_factory=time.time)
    started: bool = False
    theirs: bool = False


@dataclass(slots=True)
class _Tape:
    """What both ends of a connection record: the calls in their order, and what ended them."""

    calls: list[Call] = field(default_factory=list)
    count: int = 0
    failure: Hang | Died | Misbehaved | None = None


class Traced(Backend):
    """A backend whose calls are recorded, otherwise the backend itself.

    When a call hangs, or ends or breaks its agent, the example is over: `failure` has the
    error, and every further call but `close` raises it again, whatever the test makes of it.

    `peer` is what makes the other end of connections, where that is another one.
    """

    def __init__(
        self, inner: Backend, peer: Backend | None = None, tape: _Tape | None = None
    ) -> None:
        self.inner = inner
        self._theirs = tape is not None
        self._tape = tape = tape or _Tape()
        self.peer = None if peer is None else Traced(peer, tape=tape)
        self.name = inner.name  # type: ignore[misc]  # this instance stands for that backend
        self.api = inner.api  # type: ignore[misc]  # as above
        self.system, self.byte_order = inner.system, inner.byte_order
        self.long_size, self.local = inner.long_size, inner.local
        self.label, self.stands_in_for = inner.label, inner.stands_in_for
        self.loopback, self.reachable = inner.loopback, inner.reachable
        self.calls = tape.calls
        self.through: Callable[..., Any] | None = None
        """Makes the calls, where something has to stand between (see `deadline`)."""
        self.refused: Callable[[Call], None] | None = None
        """Is shown each call that the system refused, and may raise something else."""
        for primitive in (*PRIMITIVES, *PROCESS):
            setattr(self, primitive, self._traced(primitive, getattr(inner, primitive)))
        self.constant = inner.constant  # type: ignore[method-assign]
        self.errno_symbol = inner.errno_symbol  # type: ignore[method-assign]
        self.folder = inner.folder  # type: ignore[method-assign]
        self._answers: dict[tuple[str, str], Callable[..., Any] | None] = {}
        self._started: list[Pending] = []

    def begin(self) -> None:
        """Count anew: another case."""
        self.begin_example()
        self._tape.count = 0
        self.through = None

    def begin_example(self) -> None:
        """Forget the calls of the last example, and how it ended."""
        self.calls.clear()
        self.failure = None

    @property
    def count(self) -> int:
        """Calls made since `begin`, a peer's among them; `calls` are those of one example."""
        return self._tape.count

    @property
    def failure(self) -> Hang | Died | Misbehaved | None:
        """What ended the example; see the class."""
        return self._tape.failure

    @failure.setter
    def failure(self, error: Hang | Died | Misbehaved | None) -> None:
        self._tape.failure = error

    @property
    def version(self) -> str:
        return self.inner.version

    @property
    def implementation(self) -> str:
        return self.inner.implementation

    def changed(self, how: str, *given: bytes | int) -> None:
        """Record what the test itself did to files, between two calls."""
        told = (Unix(each) if isinstance(each, bytes) else each for each in given)
        self.calls.append(Call(f"{_FILES}{how}", tuple(told), running=False))

    def answer(self, face: str, function: str) -> Callable[..., Any] | None:
        key = (face, function)
        if key not in self._answers:
            original = self.inner.answer(face, function)
            self._answers[key] = original and self._traced(f"{face}.{function}", original)
        return self._answers[key]

    def facts(self) -> dict[str, Any] | None:
        return self.inner.facts()

    def start(self, primitive: str, *arguments: Any) -> Pending:
        if self.failure is not None:
            raise self.failure
        record = None
        if type(self.inner).start is Backend.start:
            call = self._traced(primitive, getattr(self.inner, primitive), started=True)
            pending = Pending(call, *arguments)
        else:
            record = Call(primitive, arguments, started=True, theirs=self._theirs)
            self.calls.append(record)
            self._tape.count += 1
            pending = self.guarded(self.inner.start, primitive, *arguments)
        self._started.append(pending)
        return _Noted(self, record, pending)

    def reset(self) -> None:
        self.inner.reset()
        if self.peer is not None:
            self.peer.reset()

    def shut_down(self) -> None:
        self.inner.shut_down()
        if self.peer is not None:
            self.peer.shut_down()

    # -- what ends an example --------------------------------------------------------------

    def end_example(self) -> None:
        """Nobody collects what was started any more."""
        if self.peer is not None:
            self.peer.end_example()
        while self._started:
            # What is closed in the background has no place among the calls of another example.
            # A third party's may know nothing of this.
            with suppress(Exception):
                self._started.pop().abandon(self.inner.close)

    def hung(self, seconds: float) -> Hang:
        """The deadline has passed, in the call that is running or between two."""
        error = Hang(self.current or "the test itself", seconds)
        self.failure = self.failure or error
        return error

    def guarded(self, call: Callable[..., Any], *arguments: Any) -> Any:
        """Make a call after which nothing else is made if it ends the example."""
        if self.failure is not None:
            raise self.failure
        try:
            return call(*arguments)
        except _ENDING as error:
            self._over(error)
            raise

    def _over(self, error: BaseException) -> None:
        if isinstance(error, _ENDING) and not isinstance(error, StillRunning):
            self.failure = self.failure or error

    def _traced(
        self, primitive: str, call: Callable[..., Any], *, started: bool = False
    ) -> Callable[..., Any]:
        calls, tape, theirs = self.calls, self._tape, self._theirs
        closes = primitive == "close"

        def traced(*arguments: Any) -> Any:
            if tape.failure is not None and not closes:
                raise tape.failure
            record = Call(primitive, arguments, started=started, theirs=theirs)
            calls.append(record)
            tape.count += 1
            try:
                through = self.through
                answer = call(*arguments) if through is None else through(call, *arguments)
                record.answer = answer
            except BaseException as error:
                record.error = error
                self._over(error)
                if isinstance(error, SocketError) and self.refused is not None:
                    self.refused(record)
                raise
            finally:
                record.running = False
            return answer

        # The name of the primitive stands in every traceback, be it one that is written when
        # the process ends (see `watchdog`).
        traced.__code__ = traced.__code__.replace(co_name=primitive)
        traced.__name__ = primitive
        return traced

    def raised(self, error: BaseException) -> str:
        """The primitive that raised this error; `?` if none did."""
        return next((each.primitive for each in self.calls if each.error is error), "?")

    def is_of_peer(self, error: BaseException) -> bool:
        """Whether a call of the peer's raised this error."""
        return any(each.error is error and each.theirs for each in self.calls)

    @property
    def current(self) -> str:
        """The primitive that is running now, for a deadline to name; empty if none."""
        return next((call.primitive for call in reversed(self.calls) if call.running), "")


class _Noted(Pending):
    """A started call of a traced backend.

    Where the backend itself started it, its answer is recorded when it is collected.
    """

    def __init__(self, backend: Traced, record: Call | None, pending: Pending) -> None:
        self.name = pending.name
        self._backend = backend
        self._record = record
        self._pending = pending
        self._refused = backend.refused

    @property
    def finished(self) -> bool:
        return self.wait(0.0)

    def is_blocked(self, within: float = 5.0) -> bool:
        blocked: bool = self._backend.guarded(self._pending.is_blocked, within)
        return blocked

    def wait(self, within: float = 5.0) -> bool:
        returned: bool = self._backend.guarded(self._pending.wait, within)
        return returned

    def result(self, within: float = 5.0) -> Any:
        if not self.wait(within):
            raise StillRunning(self.name, within)
        record = self._record
        if record is None:  # it records itself
            return self._backend.guarded(self._pending.result)
        record.running = False
        try:
            record.answer = answer = self._backend.guarded(self._pending.result)
        except BaseException as error:
            record.error = error
            if isinstance(error, SocketError) and self._refused is not None:
                self._refused(record)
            raise
        return answer


class _Labels:
    """Numbers for the sockets of a trace, in the order in which they were made."""

    def __init__(self) -> None:
        self._of: dict[Handle, int] = {}
        self._made = 0

    def name(self, handle: Handle) -> dict[str, int]:
        self._of[handle] = self._made
        self._made += 1
        return {"socket": self._of[handle]}

    def of(self, handle: Handle) -> dict[str, int]:
        return {"socket": self._of[handle]} if handle in self._of else self.name(handle)


def _plain(value: Any) -> Any:
    match value:
        case None | bool() | int() | float() | str():
            return value
        case bytes() | bytearray() if len(value) > _LONGEST:
            return {"bytes": value[:_LONGEST].hex(), "length": len(value)}
        case bytes() | bytearray():
            return {"bytes": bytes(value).hex()}
        case Inet(host, port):
            return {"inet": [host, port]}
        case Inet6(host, port, flowinfo, scope):
            return {"inet6": [host, port, flowinfo, scope]}
        case Unix(path):
            return {"unix": path.hex()}
        case Raw(data):
            return {"raw": data.hex()}
        case Nowhere():
            return {"pointer": "nowhere"}
        case Message():
            return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
        case _ if isinstance(value, list | tuple):
            return [_plain(each) for each in value]
        case _:
            # Its text could have an address of memory in it, another one in each run.
            return type(value).__name__


_NO_SOCKET = {*PROCESS} - {"set_owner", "in_child"}  # calls that are on none


def _is_of_files(call: Call) -> bool:
    return call.primitive.startswith(_FILES)


def _inner(call: Call) -> Call:
    """The call that a child makes."""
    _child, primitive, arguments = call.arguments
    return Call(primitive, tuple(arguments), call.answer, call.error)


def _answer(call: Call, labels: _Labels) -> Any:
    if call.primitive == "in_child":
        return _answer(_inner(call), labels)
    if call.primitive in _MAKING_ONE:
        return labels.name(call.answer)
    if call.primitive in {"pair", "pipe"}:
        return [labels.name(each) for each in call.answer]
    if call.primitive in {"accept", "accept_raw", "accept4"}:
        handle, address = call.answer
        return [labels.name(handle), _plain(address)]
    return _plain(call.answer)


def _arguments(call: Call, labels: _Labels) -> list[Any]:
    if call.primitive in _WAITING:
        wanted, *rest = call.arguments
        return [[[labels.of(handle), events] for handle, events in wanted], *map(_plain, rest)]
    if call.primitive == "kevent":
        queue, changes, *rest = call.arguments
        asked = [[labels.of(target), *change] for target, *change in changes]
        return [labels.of(queue), asked, *map(_plain, rest)]
    if call.primitive == "in_child":
        return [*call.arguments[:2], _arguments(_inner(call), labels)]
    if call.primitive in {*_MAKING, *_NO_SOCKET, *_ORIGINALS} or _is_of_files(call):
        return [_plain(each) for each in call.arguments]
    places = {0, _TWO.get(call.primitive, 0)}
    return [
        labels.of(each) if place in places else _plain(each)
        for place, each in enumerate(call.arguments)
    ]


def encode(
    calls: Sequence[Call], most: int = 200, *, timed: bool = False
) -> list[dict[str, Any]]:
    """The calls as JSON-able objects: `call`, `arguments`, and `answer` or `error`.

    A call that was started has `started`, too, and one of a peer `theirs`. When `timed`, each
    has `at`, when it began: seconds after the first.

    Sockets become `{"socket": n}`, numbered as they were made; bytes
    `{"bytes": hex}` (with `length` when cut short); addresses `{"inet": [host, port]}`,
    `{"inet6": [...]}`, `{"unix": hex}`, `{"raw": hex}`; a pointer to nowhere
    `{"pointer": "nowhere"}`. What the test did to files itself is a call, too, of the name
    `files.unlink` or such. Of more than `most` calls the
    middle is left out, and an entry `{"left_out": n}` says so.
    """
    labels = _Labels()
    lines = []
    for call in calls:
        line: dict[str, Any] = {"call": call.primitive, "arguments": _arguments(call, labels)}
        if call.started:
            line["started"] = True
        if call.theirs:
            line["theirs"] = True
        if timed:
            line["at"] = round(call.at - calls[0].at, 6)
        if call.running:
            line["error"] = "running"
        elif call.error is None:
            line["answer"] = _answer(call, labels)
        else:
            error = call.error
            line["error"] = (
                error.symbol if isinstance(error, SocketError) else type(error).__name__
            )
        lines.append(line)
    if len(lines) > most:
        half = most // 2
        lines[half:-half] = [{"left_out": len(lines) - 2 * half}]
    return lines
