"""The calls that were made, so that a witness can name them and a script repeat them."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from sockspec.address import Inet, Inet6, Raw, Unix
from sockspec.backend import PRIMITIVES, Backend, Handle, Message
from sockspec.errors import Hang, SocketError
from sockspec.pending import Pending

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["PRIMITIVES", "Call", "Traced", "encode"]

_MAKING = ("new", "new_raw", "pair", "adopt")
_ORIGINALS = ("TcpSocket.new_v4", "TcpSocket.new_v6", "TcpSocket.from_std_stream")
_LONGEST = 64  # bytes of a buffer that a witness spells out


@dataclass(slots=True)
class Call:
    """One primitive call: what was asked and what came back."""

    primitive: str
    arguments: tuple[Any, ...]
    answer: Any = None
    error: BaseException | None = None
    running: bool = True


class Traced(Backend):
    """A backend whose calls are recorded, otherwise the backend itself."""

    def __init__(self, inner: Backend) -> None:
        self.inner = inner
        self.name = inner.name  # type: ignore[misc]  # this instance stands for that backend
        self.api = inner.api  # type: ignore[misc]  # as above
        self.system, self.byte_order = inner.system, inner.byte_order
        self.long_size, self.local = inner.long_size, inner.local
        self.calls: list[Call] = []
        self.count = 0
        """Calls made since `begin`; `calls` holds those of one example."""
        self.through: Callable[..., Any] | None = None
        """Makes the calls, where something has to stand between (see `deadline`)."""
        self.refused: Callable[[Call], None] | None = None
        """Is shown each call that the system refused, and may raise something else."""
        for primitive in PRIMITIVES:
            setattr(self, primitive, self._traced(primitive, getattr(inner, primitive)))
        self.constant = inner.constant  # type: ignore[method-assign]
        self.errno_symbol = inner.errno_symbol  # type: ignore[method-assign]
        self.folder = inner.folder  # type: ignore[method-assign]
        self._answers: dict[tuple[str, str], Callable[..., Any] | None] = {}

    def begin(self) -> None:
        """Count anew: another case."""
        self.calls.clear()
        self.count = 0
        self.through = None

    @property
    def version(self) -> str:
        return self.inner.version

    @property
    def implementation(self) -> str:
        return self.inner.implementation

    def answer(self, face: str, function: str) -> Callable[..., Any] | None:
        key = (face, function)
        if key not in self._answers:
            original = self.inner.answer(face, function)
            self._answers[key] = original and self._traced(f"{face}.{function}", original)
        return self._answers[key]

    def facts(self) -> dict[str, Any] | None:
        return self.inner.facts()

    def start(self, primitive: str, *arguments: Any) -> Pending:
        if type(self.inner).start is Backend.start:
            return super().start(primitive, *arguments)
        record = Call(primitive, arguments)
        self.calls.append(record)
        self.count += 1
        return _Noted(record, self.inner.start(primitive, *arguments), self.refused)

    def reset(self) -> None:
        self.inner.reset()

    def shut_down(self) -> None:
        self.inner.shut_down()

    def _traced(self, primitive: str, call: Callable[..., Any]) -> Callable[..., Any]:
        calls = self.calls

        def traced(*arguments: Any) -> Any:
            record = Call(primitive, arguments)
            calls.append(record)
            self.count += 1
            try:
                through = self.through
                answer = call(*arguments) if through is None else through(call, *arguments)
                record.answer = answer
            except BaseException as error:
                record.error = error
                if isinstance(error, SocketError) and self.refused is not None:
                    self.refused(record)
                raise
            finally:
                record.running = False
            return answer

        return traced

    @property
    def current(self) -> str:
        """The primitive that is running now, for a deadline to name; empty if none."""
        return next((call.primitive for call in reversed(self.calls) if call.running), "")


class _Noted(Pending):
    """A call that the backend itself started; its answer is recorded when it is collected."""

    def __init__(
        self, record: Call, pending: Pending, refused: Callable[[Call], None] | None
    ) -> None:
        self.name = pending.name
        self._record = record
        self._pending = pending
        self._refused = refused

    @property
    def finished(self) -> bool:
        return self._pending.finished

    def is_blocked(self, within: float = 5.0) -> bool:
        return self._pending.is_blocked(within)

    def wait(self, within: float = 5.0) -> bool:
        return self._pending.wait(within)

    def result(self, within: float = 5.0) -> Any:
        if not self._pending.wait(within):
            raise Hang(self.name, within)
        self._record.running = False
        try:
            self._record.answer = answer = self._pending.result()
        except BaseException as error:
            self._record.error = error
            if isinstance(error, SocketError) and self._refused is not None:
                self._refused(self._record)
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
        case Message():
            return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
        case _ if isinstance(value, list | tuple):
            return [_plain(each) for each in value]
        case _:
            # Its text could have an address of memory in it, another one in each run.
            return type(value).__name__


def _answer(call: Call, labels: _Labels) -> Any:
    if call.primitive in {"new", "new_raw", "adopt", "dup", *_ORIGINALS, "TcpSocket.listen"}:
        return labels.name(call.answer)
    if call.primitive == "pair":
        return [labels.name(each) for each in call.answer]
    if call.primitive in {"accept", "accept_raw"}:
        handle, address = call.answer
        return [labels.name(handle), _plain(address)]
    return _plain(call.answer)


def _arguments(call: Call, labels: _Labels) -> list[Any]:
    if call.primitive == "poll":
        wanted, timeout = call.arguments
        return [[[labels.of(handle), events] for handle, events in wanted], timeout]
    if call.primitive in _MAKING or call.primitive in _ORIGINALS:
        return [_plain(each) for each in call.arguments]
    return [labels.of(call.arguments[0]), *(_plain(each) for each in call.arguments[1:])]


def encode(calls: Sequence[Call], most: int = 200) -> list[dict[str, Any]]:
    """The calls as JSON-able objects: `call`, `arguments`, and `answer` or `error`.

    Sockets become `{"socket": n}`, numbered as they were made; bytes
    `{"bytes": hex}` (with `length` when cut short); addresses `{"inet": [host, port]}`,
    `{"inet6": [...]}`, `{"unix": hex}`, `{"raw": hex}`. Of more than `most` calls the
    middle is left out, and an entry `{"left_out": n}` says so.
    """
    labels = _Labels()
    lines = []
    for call in calls:
        line: dict[str, Any] = {"call": call.primitive, "arguments": _arguments(call, labels)}
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
