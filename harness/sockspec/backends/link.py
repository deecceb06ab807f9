"""The link to an agent: requests answered in order, and every way in which that can fail.

An agent that ends, falls silent or answers what it may not is ended with its process
group; the next request starts another. What the failure is called is decided here:

- `Hang`: no answer in time;
- `Died`: the process ended, by a signal (`crash:SIGKILL`) or by itself (`exit:3`);
- `Misbehaved`: an answer that is no JSON, has another form than the call's, belongs to
  another request, was given twice or without request, or output that was closed.
"""

from __future__ import annotations

import asyncio
import os
import threading
from typing import TYPE_CHECKING, Any

import msgspec

from sockspec import __version__
from sockspec.backends.deadline import held
from sockspec.backends.process import Closed, Process, TooLate
from sockspec.errors import (
    Consumed,
    Died,
    Hang,
    Misbehaved,
    Overrun,
    SocketError,
    StillRunning,
    Unsupported,
    UsageError,
)
from sockspec.files import UNDECODABLE
from sockspec.keeper import Keeper
from sockspec.protocol import messages
from sockspec.protocol.messages import (
    PROTOCOL,
    Errors,
    Failed,
    Fault,
    Lacking,
    Returned,
    Running,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sockspec.protocol.messages import Request, Welcome

__all__ = ["DEADLINE", "RESTARTS", "Link"]

DEADLINE = 10.0
"""Seconds that a call may take where nothing else ends it sooner."""

RESTARTS = 5000
"""How often one client starts its agent again before it gives up."""

_IN_A_ROW = 3  # starts without a hello after which it gives up, too
_HELLO = 60.0  # seconds until the hello of an agent, where SOCKSPEC_HELLO does not say more
_RESET = 5.0
_BYE = 1.0

# Exceptions that go through the contract in one process, too: misuse, and the end of what
# was cancelled. Any other one is the implementation's fault.
_EXPECTED: dict[str, type[BaseException]] = {
    each.__name__: each
    for each in (ValueError, TypeError, OverflowError, Consumed, asyncio.CancelledError)
}

_EXHAUSTED = ("EMFILE", "ENFILE", "ENOMEM")


def _patience() -> float:
    """For how long a hello is waited for: a machine that boots first says how slow it is."""
    try:
        return max(_HELLO, float(os.environ.get("SOCKSPEC_HELLO", "")))
    except ValueError:
        return _HELLO


class _Loose(msgspec.Struct):
    id: int | None = None


class _Versions(msgspec.Struct):
    protocol: int | None = None


_encode = msgspec.json.Encoder().encode
_loose = msgspec.json.Decoder(_Loose).decode
_decoders: dict[Any, msgspec.json.Decoder[Any]] = {}


def _decoder(of: Any) -> msgspec.json.Decoder[Any]:
    if of not in _decoders:
        _decoders[of] = msgspec.json.Decoder(Returned[of] | Errors)
    return _decoders[of]


class Link:
    """An agent by its command, started again when it has failed."""

    def __init__(self, command: Sequence[str], deadline: float = DEADLINE) -> None:
        self.command = tuple(command)
        # Each start finds what the first one did: what a link tells an agent is only for it.
        self._environment = dict(os.environ)
        self.deadline = deadline
        self.generation = 0
        """Grows with every agent: the sockets of one are not those of the next."""
        self.welcome: Welcome
        """What the agent said of itself when it was last started."""
        self._keeper = Keeper()
        self._process: Process | None = None
        self._id = 0
        self._busy = False
        self._owner = 0
        # Reentrant: a finaliser can run in any thread, at any point of a request of its own.
        self._lock = threading.RLock()
        self._later: list[tuple[type[Request], tuple[Any, ...], Any, str]] = []
        self._trouble: Died | Misbehaved | None = None
        self._exhausted = False
        self.is_limited = False
        """Whether the case has limited the descriptors of the agent."""
        self._starts = 0
        self._barren = 0
        try:
            self._first()
        except BaseException:
            self.end()
            raise

    # -- asking ----------------------------------------------------------------------

    def ask(
        self,
        kind: type[Request],
        fields: tuple[Any, ...],
        of: Any,
        name: str,
        seconds: float | None = None,
    ) -> Any:
        """Make a request of these fields; the value answered, of type `of`.

        `name` is what an error calls it. Raises what was answered instead, or how the
        agent failed.
        """
        me = threading.get_ident()
        with self._lock:
            if self._owner == me:
                # What a finaliser asks for (it closes) comes after the request that it is in.
                self._later.append((kind, fields, of, name))
                return None
            self._owner = me
            try:
                while self._later:
                    self._asked(*self._later.pop(), self.deadline)
                answer = self._asked(kind, fields, of, name, seconds or self.deadline)
            except (Died, Misbehaved) as trouble:
                self._trouble = trouble
                raise
            finally:
                self._owner = 0
        if isinstance(answer, Returned):
            return answer.value
        return self._raise(answer, name, seconds or self.deadline)

    def _asked(
        self,
        kind: type[Request],
        fields: tuple[Any, ...],
        of: Any,
        name: str,
        seconds: float,
    ) -> Returned[Any] | Errors:
        process = self._ready(name)
        self._id += 1
        request = _encode(kind(self._id, *fields)) + b"\n"
        # An exception can come from outside at any point (a deadline's signal): until it
        # is cleared, this flag says that the agent owes an answer.
        self._busy = True
        line = self._exchange(process, request, name, seconds)
        try:
            answer: Returned[Any] | Errors = _decoder(of).decode(line)
        except UNDECODABLE as error:
            raise self._misbehaved(name, self._complaint(line, error)) from None
        if answer.id != self._id:
            raise self._misbehaved(name, self._complaint(line, None))
        self._busy = False
        return answer

    def _exchange(self, process: Process, request: bytes, name: str, seconds: float) -> bytes:
        try:
            return process.exchange(request, seconds)
        except TooLate:
            self.discard()
            raise Hang(name, seconds) from None
        except Closed:
            how = process.how_it_ended()
            if how:
                stderr = process.stderr
                self.discard()
                raise Died(name, how, stderr) from None
            raise self._misbehaved(name, "the agent closed its output and lives on") from None

    def _complaint(self, line: bytes, error: Exception | None) -> str:
        shown = line[:80].decode(errors="backslashreplace")
        try:
            id = _loose(line).id
        except msgspec.ValidationError:
            id = None
        except UNDECODABLE:
            return f"the agent answered nonsense: {shown!r}"
        if id == self._id and error is not None:
            return f"the agent answered another type: {error}"
        if id is None:
            return f"the agent wrote what nobody asked for: {shown!r}"
        if 0 <= id < self._id:
            return f"the agent answered request {id} twice"
        return f"the agent answered request {id}, which was never made"

    def _misbehaved(self, name: str, what: str) -> Misbehaved:
        stderr = self._process.stderr if self._process else ""
        self.discard()
        return Misbehaved(name, what, stderr)

    def _raise(self, answer: Errors, name: str, seconds: float) -> Any:
        match answer:
            case Failed(symbol=symbol, number=number):
                if symbol in _EXHAUSTED and not self.is_limited:
                    self._exhausted = True
                raise SocketError(symbol, number, answer.call or name, answer.message)
            case Lacking(feature=feature, why=why):
                raise Unsupported(feature, why)
            case Running():
                raise StillRunning(name, seconds)
            case Fault(type=kind, message=message):
                if kind in _EXPECTED:
                    raise _EXPECTED[kind](message)
                if kind == "GuardViolated":
                    raise Overrun(name, message)
                self._trouble = Misbehaved(name, f"raised {kind}: {message}")
                raise self._trouble

    # -- starting --------------------------------------------------------------------

    def _ready(self, name: str) -> Process:
        if self._busy:
            self.discard()
        if self._process is not None:
            return self._process
        if self._starts > RESTARTS or self._barren >= _IN_A_ROW:
            raise Misbehaved(name, f"the agent was started {self._starts} times, in vain")
        try:
            return self._start()
        except UsageError as error:
            raise Misbehaved(name, f"the agent is gone: {error}") from None

    def _first(self) -> None:
        # As patient as later: a guest that did not come up once is not one that never does.
        while True:
            try:
                self._start()
            except UsageError as error:
                if not isinstance(error.__context__, Died) or self._barren >= _IN_A_ROW:
                    raise
                self.discard()
            else:
                return

    def _start(self) -> Process:
        self._starts += 1
        self._barren += 1
        shown = self.command[0].rpartition("/")[2] if self.command else "nothing"
        try:
            process = self._process = Process(self.command, self._environment, self._keeper)
        except (OSError, IndexError) as error:
            raise UsageError(
                f"the agent cannot be started: {shown}: {error}",
                remedy="the command must run by itself and answer on standard output",
            ) from None
        self._id = 0
        self._busy = False
        self._exhausted = False
        self.generation += 1
        hello = messages.Hello(0, PROTOCOL, f"sockspec {__version__}")
        try:
            with held():
                line = self._exchange(process, _encode(hello) + b"\n", "hello", _patience())
            self.welcome = self._welcomed(line)
        except (Hang, Died, Misbehaved) as error:
            raise UsageError(
                f"the agent {shown} did not say hello: {error}",
                remedy="run it by itself and type a `hello`; see `sockspec schema protocol`",
            ) from None
        self._barren = 0
        return process

    def _welcomed(self, line: bytes) -> Welcome:
        try:
            spoken = msgspec.json.decode(line, type=_Versions).protocol
        except UNDECODABLE:
            spoken = PROTOCOL
        if spoken not in {PROTOCOL, None}:
            self.discard()
            raise UsageError(
                f"the agent speaks protocol {spoken}, this sockspec speaks {PROTOCOL}",
                remedy="use an agent and a sockspec of the same version",
            )
        try:
            return msgspec.json.decode(line, type=messages.Welcome)
        except UNDECODABLE as error:
            raise self._misbehaved("hello", self._complaint(line, error)) from None

    # -- ending ----------------------------------------------------------------------

    def reset(self) -> None:
        """An example is over: see `Backend.reset`."""
        trouble, self._trouble = self._trouble, None
        self.is_limited = False
        self.settle()
        if self._exhausted:
            self.discard()
        if trouble is not None:
            # It was raised before, but perhaps where a test, cleaning up, overheard it.
            self.discard()
            raise trouble
        if self._process is None:
            return
        try:
            seconds = max(_RESET, self.deadline)
            running = self.ask(messages.Reset, (), int, "reset", seconds)
        except Hang:
            raise Hang("close", seconds) from None  # that is all that it does
        except (SocketError, Unsupported) as error:
            self.discard()
            raise Misbehaved("reset", f"was not done: {error}") from None
        finally:
            self._trouble = None
        if running:
            self.discard()

    def settle(self) -> None:
        """End an agent that owes an answer nobody waits for: its sockets are no more."""
        # Under the lock another thread waits for it.
        if self._busy and not self._owner:
            self.discard()

    def discard(self) -> None:
        """End this agent, its whole process group; the next request starts another."""
        # Interrupted in here, it is begun again: until it is done the agent owes an answer.
        self._busy = True
        self._later.clear()
        if self._process is not None:
            self._process.end()
            self._process = None
            self.generation += 1
        self._busy = False

    def end(self) -> None:
        """Say bye, wait a little, end it."""
        process = self._process
        if process is not None and not self._busy:
            self._id += 1
            try:
                process.exchange(_encode(messages.Bye(self._id)) + b"\n", _BYE)
                process.ended_in(_BYE)
            except (TooLate, Closed):
                pass
        self.discard()
        self._keeper.release()
