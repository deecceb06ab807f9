"""The Python agent: serves a backend over standard input and output.

    python -m sockspec.agent --backend c

With the modules that it imports it is made into one file (`sockspec agent --write FILE`)
that needs nothing but an interpreter, Python 3.9 or newer, and then serves the standard
library's sockets. The protocol is described in `sockspec.protocol.messages`.
"""

from __future__ import annotations

import argparse
import json
import os
import select
import shutil
import signal
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NoReturn

from sockspec import platform
from sockspec.agent import process
from sockspec.backend import PRIMITIVES, Backend
from sockspec.constants import symbols
from sockspec.errors import Hang, SocketError, SockspecError, Unsupported
from sockspec.pending import Pending
from sockspec.protocol.wire import Handles

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["PROTOCOL", "Server", "main", "serve", "serve_named"]

PROTOCOL = 1
"""The version that is spoken here; `sockspec.protocol.messages` defines it."""

_ENDING = 0.5  # seconds in which a reset must have ended a call that was started
_HUNG_UP = 2.0  # seconds between the client's end and ours, with a call still running

_SIGNALS = frozenset({"SIGUSR1", "SIGPIPE", "SIGURG", "SIGIO"})

_ENCODE = json.JSONEncoder(separators=(",", ":")).encode
_KNOWN = {*PRIMITIVES, *process.HERE, "constant", "errno_symbol", "folder"}


class _FaceCall:
    """A function of a face that the backend answers itself; an awaited one can be cancelled."""

    def __init__(self, server: Server, call: dict[str, Any]) -> None:
        from sockspec.protocol import faces  # noqa: PLC0415 - hardly any backend needs them

        of = server.sockets.of
        original = server.backend.answer(call["face"], call["function"])
        if original is None:
            raise Unsupported(f"{call['face']}.{call['function']}", "it is left to the client")
        named = {name: faces.read(value, of) for name, value in call["named"].items()}
        arguments = faces.read(call["arguments"], of)
        self._made: Callable[[], Any] = lambda: original(*arguments, **named)
        self._cancel: Callable[[], object] | None = None

    def run(self) -> Any:
        answer = self._made()
        if not hasattr(answer, "__await__"):
            return answer
        import asyncio  # noqa: PLC0415 - only for what is awaited

        async def wait() -> Any:
            loop, task = asyncio.get_running_loop(), asyncio.current_task()
            assert task is not None  # noqa: S101 - it is this one
            self._cancel = lambda: loop.call_soon_threadsafe(task.cancel)
            return await answer

        return asyncio.run(wait())

    def cancel(self) -> None:
        if self._cancel is not None:
            self._cancel()


class _Started:
    """A started call, and what it takes to write its answer and to end it."""

    def __init__(self, call: dict[str, Any], pending: Pending, face: _FaceCall | None) -> None:
        self.call = call
        self.pending = pending
        self.face = face
        self.collected = False


class Server:
    """Answers requests, one after the other, with what a backend answers."""

    def __init__(self, backend: Backend, own: tuple[int, ...] = ()) -> None:
        self.backend = backend
        self.sockets = Handles()
        self._own = own  # descriptors that are the agent's, and nobody's to adopt
        self._process = process.Process(backend, self.respond, own)
        self._started: dict[int, _Started] = {}
        self._count = 0
        self._folders: list[str] = []
        self._handlers: dict[str, Callable[[dict[str, Any]], Any]] = {
            "start": self._start,
            "is-blocked": self._is_blocked,
            "result": self._result,
            "cancel": self._cancel,
            "reset": self._reset,
            "bye": self._bye,
        }
        self.done = False
        """Whether the client has said bye."""

    def respond(self, line: bytes) -> bytes:
        """The line that answers a line."""
        answer = self.answer(json.loads(line))
        return _ENCODE(answer).encode("ascii") + b"\n"

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """The answer to a request, never an exception of the backend's."""
        id = request["id"]
        kind = request["kind"]
        try:
            if kind == "call":
                call = request["call"]
                if call["primitive"] == "in_child" and process.HERE:
                    told = self._process.in_child(call["child"], call["call"])
                    return {**told, "id": id}
                value = self._value(call, self._call(call))
            elif kind == "hello":
                return self._welcome(id)
            else:
                value = self._handlers[kind](request)
        except SocketError as error:
            told = {"symbol": error.symbol, "number": error.number, "call": error.call}
            return {"kind": "error", "id": id, **told, "message": error.strerror or ""}
        except Unsupported as error:
            lacking = {"feature": error.feature, "why": error.why}
            return {"kind": "unsupported", "id": id, **lacking}
        except Hang:
            return {"kind": "running", "id": id}
        except BaseException as error:
            if isinstance(error, (SystemExit, KeyboardInterrupt)):
                raise
            named = {"type": type(error).__name__, "message": str(error)}
            return {"kind": "fault", "id": id, **named}
        return {"kind": "value", "id": id, "value": value}

    # -- calls -----------------------------------------------------------------------

    def _call(self, call: dict[str, Any]) -> Any:
        primitive = call["primitive"]
        if primitive == "answer":
            return _FaceCall(self, call).run()
        arguments = self._arguments(call)
        if primitive == "interrupt":
            arguments.append([each.pending for each in self._started.values()])
        maker: Any = self._process if primitive in process.HERE else self.backend
        if primitive == "constant":
            return self._constant(*arguments)
        answer = getattr(maker, primitive)(*arguments)
        if primitive == "folder":
            self._folders.append(answer)
        return answer

    def _constant(self, symbol: str) -> int | None:
        # Signals are the process's, and the backend need not know their numbers.
        number: int | None = getattr(signal, symbol, None) if symbol in _SIGNALS else None
        return self.backend.constant(symbol) if number is None else int(number)

    def _arguments(self, call: dict[str, Any]) -> list[Any]:
        primitive = call["primitive"]
        if primitive not in _KNOWN:
            raise Unsupported(primitive, "no call of the protocol")
        if primitive == "adopt" and call["fileno"] in self._own:
            raise Unsupported("adopt", "the descriptor is one of the agent's own")
        arguments = self.sockets.arguments(call)
        if primitive in {"close", "detach"}:
            self.sockets.ended.add(call["sock"])
        return arguments

    def _value(self, call: dict[str, Any], answer: Any) -> Any:
        if call["primitive"] == "answer":
            from sockspec.protocol import faces  # noqa: PLC0415 - hardly any backend needs them

            return faces.write(answer, self.sockets.add)
        return self.sockets.value(call["primitive"], answer)

    # -- started calls ---------------------------------------------------------------

    def _start(self, request: dict[str, Any]) -> int:
        call = request["call"]
        face = None
        if call["primitive"] == "answer":
            face = _FaceCall(self, call)
            pending = Pending(face.run)
        else:
            pending = self.backend.start(call["primitive"], *self._arguments(call))
        self._count += 1
        self._started[self._count] = _Started(call, pending, face)
        return self._count

    def _is_blocked(self, request: dict[str, Any]) -> bool:
        return self._started[request["pending"]].pending.is_blocked(request["within"])

    def _result(self, request: dict[str, Any]) -> Any:
        started = self._started[request["pending"]]
        if not started.pending.wait(request["within"]):
            raise Hang(started.call["primitive"], request["within"])
        started.collected = True
        return self._value(started.call, started.pending.result())

    def _cancel(self, request: dict[str, Any]) -> None:
        face = self._started[request["pending"]].face
        if face is not None:
            face.cancel()

    # -- the beginning and the end ---------------------------------------------------

    def _welcome(self, id: int) -> dict[str, Any]:
        backend = self.backend
        known = type(backend)
        has = [
            each for each in PRIMITIVES if getattr(known, each) is not getattr(Backend, each)
        ]
        functions: list[str] = []
        if known.answer is not Backend.answer:
            from sockspec.protocol import faces  # noqa: PLC0415 - hardly any backend needs them

            functions = faces.functions(backend)
        return {
            "kind": "welcome",
            "id": id,
            "protocol": PROTOCOL,
            "backend": backend.name,
            "version": backend.version,
            "implementation": backend.implementation,
            "label": backend.label,
            "stands_in_for": backend.stands_in_for,
            "loopback": vars(backend.loopback),
            "system": backend.system,
            "byte_order": backend.byte_order,
            "long_size": backend.long_size,
            "platform": backend.facts() or platform.facts(),
            "constants": {each: self._constant(each) for each in sorted(symbols() | _SIGNALS)},
            # What is about the process is about sockets that are descriptors of it.
            "primitives": [*has, "folder", *(process.HERE if "detach" in has else ())],
            "functions": functions,
            "starts": True,
        }

    def _reset(self, _request: dict[str, Any]) -> int:
        self._process.reset()
        running = 0
        for started in self._started.values():
            running += not self._ended(started)
        self._started.clear()
        for handle in self.sockets.clear():
            with suppress(Exception):
                self.backend.close(handle)
        while self._folders:
            shutil.rmtree(self._folders.pop(), ignore_errors=True)
        self.backend.reset()
        return running

    def _bye(self, _request: dict[str, Any]) -> None:
        self.done = True

    def _ended(self, started: _Started) -> bool:
        # close() does not wake a blocked call on Linux (close(2), NOTES); shutdown does.
        call, pending = started.call, started.pending
        if not pending.finished:
            number = self.backend.constant("SHUT_RDWR")
            for sock in [call["sock"]] if "sock" in call else []:
                with suppress(Exception):
                    self.backend.shutdown(self.sockets.of(sock), number or 2)
        if not pending.wait(_ENDING):
            return False
        if not started.collected:
            # What it made and nobody asked for is closed with the rest.
            with suppress(BaseException):
                self._value(call, pending.result())
        return True


# -- the process ----------------------------------------------------------------------


def _streams() -> tuple[int, int]:
    # The protocol gets descriptors of its own. What the implementation prints goes to
    # standard error, and it finds nothing on standard input.
    requests, answers = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    if sys.platform == "win32":
        import msvcrt  # noqa: PLC0415 - Windows only

        for each in (requests, answers):
            msvcrt.setmode(each, os.O_BINARY)
    return requests, answers


def _outlive_nobody(requests: int) -> None:
    # A call can block for ever, and then nobody reads that the client is gone. Where
    # poll(2) tells, a thread waits for it.
    if not hasattr(select, "poll"):
        return

    def wait() -> None:
        poller = select.poll()
        poller.register(requests, 0)
        poller.poll()
        threading.Event().wait(_HUNG_UP)
        os._exit(1)

    threading.Thread(target=wait, daemon=True, name="hang-up").start()


def _serve(backend: Backend, make: Callable[..., Server]) -> None:
    requests, answers = _streams()
    _outlive_nobody(requests)
    server = make(backend, (0, 1, 2, requests, answers))
    with open(requests, "rb") as lines:  # noqa: PTH123 - a descriptor, not a path
        for line in lines:
            rest = server.respond(line)
            while rest:
                rest = rest[os.write(answers, rest) :]
            if server.done:
                break
    backend.shut_down()


def _backend(name: str) -> Backend:
    if name == "stdlib":
        # By itself, so that it is there with no distribution installed.
        from sockspec.backends import stdlib  # noqa: PLC0415 - one of several

        return stdlib.backend()
    from sockspec import backends  # noqa: PLC0415 - as above

    return backends.load(name)


def main() -> None:
    """The command: exit code 2 when there is no such backend."""
    parser = argparse.ArgumentParser(prog="sockspec.agent", description=__doc__)
    parser.add_argument("--backend", "-b", default="stdlib", help="what to serve")
    try:
        serve_named(parser.parse_args().backend)
    except SockspecError as error:
        parser.exit(2, f"error: {error}\n")


def serve_named(name: str) -> NoReturn:
    """Serve the backend of that name until the client is done; ends the process."""
    serve(_backend(name))


def serve(backend: Backend, make: Callable[..., Server] = Server) -> NoReturn:
    """Serve a backend until the client is done; ends the process."""
    with suppress(BrokenPipeError):
        _serve(backend, make)
    sys.stdout.flush()
    # Not sys.exit: a call that blocks for ever in a thread must not hold the process.
    os._exit(0)
