"""A backend in another process: the client of an agent.

`--backend "agent:COMMAND"` starts COMMAND and speaks the protocol of
`sockspec.protocol.messages` with it; `docker:IMAGE` is short for a container without network.
The backend is called what the agent says it is, so that profiles and reports are the same
whichever way an implementation is reached. Descriptors (`fileno`, `adopt`, `detach`) are
numbers of the agent's process.
"""

from __future__ import annotations

import asyncio
import functools
import os
import shlex
import sys
from typing import TYPE_CHECKING, Any

import msgspec

from sockspec.address import Loopback
from sockspec.backend import NOWHERE, PRIMITIVES, PROCESS, Backend, Handle, Message
from sockspec.backends.link import DEADLINE, Link
from sockspec.errors import (
    Died,
    Hang,
    Misbehaved,
    SocketError,
    SockspecError,
    StillRunning,
    Unsupported,
)
from sockspec.pending import Pending
from sockspec.protocol import calls, messages

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["Agent", "Remote", "Started", "docker", "isolated", "of_command"]

_MARGIN = 2.0  # seconds that an agent may take beyond the time that it was told to wait
_SLICE = 0.002  # seconds between two looks at an awaited function

_AWAITED = {("TcpSocket", "connect"), ("TcpSocket", "listen")}
_EXPECTED = (ValueError, TypeError, OverflowError, asyncio.CancelledError)


# Of the arguments, those that are not on the wire what they are in the contract.
_WRITERS: dict[str, Callable[[Agent, Any], Any]] = {
    "sock": lambda agent, sock: agent.number_of(sock),
    **dict.fromkeys(("file", "target"), lambda agent, other: agent.number_of(other)),
    "arguments": lambda _agent, arguments: [
        calls.Nowhere() if each is NOWHERE else each for each in arguments
    ],
    "messages": lambda _agent, messages: [
        (parts, control, None if address is None else calls.write(address))
        for parts, control, address in messages
    ],
    **dict.fromkeys(
        ("wanted", "changes"),
        lambda agent, pairs: [(agent.number_of(sock), *rest) for sock, *rest in pairs],
    ),
    "address": lambda _agent, address: None if address is None else calls.write(address),
}

_FIELD_WRITERS = {
    kind: tuple(_WRITERS.get(field) for field in kind.__struct_fields__)
    for kind in calls.CALLS.values()
}
"""Of each call: how its fields are written, in their order; None for what goes as it is."""

# Of the values, likewise.
_READERS: dict[type[msgspec.Struct], Callable[[Agent, Any], Any]] = {
    **dict.fromkeys(
        (calls.New, calls.NewRaw, calls.Dup, calls.Adopt, calls.File),
        lambda agent, number: agent.made(number),
    ),
    **dict.fromkeys(
        (calls.EpollCreate, calls.Kqueue), lambda agent, number: agent.made(number)
    ),
    **dict.fromkeys(
        (calls.Pair, calls.Pipe),
        lambda agent, pair: tuple(agent.made(number) for number in pair),
    ),
    **dict.fromkeys(
        (calls.Accept, calls.AcceptRaw, calls.Accept4),
        lambda agent, got: (agent.made(got[0]), calls.read(got[1])),
    ),
    **dict.fromkeys(
        (calls.LocalAddr, calls.PeerAddr), lambda _agent, address: calls.read(address)
    ),
    calls.Recvfrom: lambda _agent, got: (got[0], calls.read(got[1])),
    calls.Recvmsg: lambda _agent, got: _message(got),
    calls.Recvmmsg: lambda _agent, got: tuple(map(_message, got)),
    **dict.fromkeys(
        (calls.Readv, calls.Sendmmsg, calls.Poll, calls.Select, calls.Pselect, calls.Ppoll),
        lambda _agent, several: tuple(several),
    ),
    **dict.fromkeys(
        (calls.EpollWait, calls.Kevent), lambda _agent, events: tuple(map(tuple, events))
    ),
    calls.RawCall: lambda _agent, got: (got[0], tuple(got[1])),
}


def _message(got: calls.ReceivedMessage) -> Message:
    return Message(
        got.length, tuple(got.data), tuple(got.control), got.flags, calls.read(got.address)
    )


class Remote:
    """A socket of an agent: its number, and which agent's it is."""

    __slots__ = ("generation", "number")

    def __init__(self, number: int, generation: int) -> None:
        self.number = number
        self.generation = generation

    def __repr__(self) -> str:
        return f"socket {self.number} of an agent"


class Agent(Backend):
    """The backend that an agent serves. Raises `UsageError` when it cannot be reached."""

    local = False

    def __init__(self, command: Sequence[str], deadline: float = DEADLINE) -> None:
        self.link = Link(command, deadline)
        told = self._welcome = self.link.welcome
        self.name = told.backend  # type: ignore[misc]  # each agent is a backend of its own
        self.system, self.byte_order = told.system, told.byte_order
        self.long_size = told.long_size
        self.label, self.stands_in_for = told.label, told.stands_in_for
        self.loopback = Loopback(told.loopback.v4, told.loopback.v6, told.loopback.index)
        self._constants = dict(told.constants)
        self._symbols: dict[int, str] = {}
        self.primitives = frozenset(told.primitives)
        """Those that the agent says it has."""
        self._functions = frozenset(told.functions)

    @property
    def deadline(self) -> float:
        """Seconds that a call may take before it is a hang and the agent is ended."""
        return self.link.deadline

    @deadline.setter
    def deadline(self, seconds: float) -> None:
        self.link.deadline = seconds

    @property
    def version(self) -> str:
        return self._welcome.version

    @property
    def implementation(self) -> str:
        return f"{self._welcome.implementation}, through an agent"

    def facts(self) -> dict[str, Any]:
        facts: dict[str, Any] = msgspec.to_builtins(self._welcome.platform)
        return facts

    def constant(self, symbol: str) -> int | None:
        if symbol not in self._constants:
            self._constants[symbol] = self.ask(calls.Constant(symbol))
        return self._constants[symbol]

    def errno_symbol(self, number: int) -> str:
        if number not in self._symbols:
            self._symbols[number] = self.ask(calls.ErrnoSymbol(number))
        return self._symbols[number]

    def folder(self) -> str:
        if "folder" not in self.primitives:
            return super().folder()
        path: str = self.ask(calls.Folder())
        return path

    # -- calls -------------------------------------------------------------------------

    def number_of(self, sock: Handle) -> int:
        """The agent's number of a socket; EBADF when it went with an earlier agent."""
        if not isinstance(sock, Remote):
            raise TypeError(f"{sock!r} is no socket of an agent")
        self.link.settle()
        if sock.generation != self.link.generation:
            raise SocketError("EBADF", 9, "", "the agent of this socket has ended")
        return sock.number

    def made(self, number: int) -> Remote:
        """The socket of a number that the agent has just given."""
        return Remote(number, self.link.generation)

    def ask(self, call: calls.Call, seconds: float | None = None) -> Any:
        """Make a call; what it returned, in the types of the contract."""
        kind = type(call)
        name, returns = _name(kind), calls.RETURNS[kind]
        try:
            value = self.link.ask(messages.Do, (call,), returns, name, seconds)
        except StillRunning as error:
            # Nobody can collect it: the agent has a deadline of its own.
            raise Hang(name, error.seconds) from None
        return self.understood(kind, value)

    def understood(self, kind: type[msgspec.Struct], value: Any) -> Any:
        """A value that came over the wire, in the types of the contract."""
        reader = _READERS.get(kind)
        return value if reader is None else reader(self, value)

    def request(self, primitive: str, arguments: Sequence[Any]) -> Any:
        """The call of a primitive, as it goes over the wire."""
        if primitive not in self.primitives:
            raise Unsupported(primitive, f"the agent of {self.name} does not have it")
        kind = calls.CALLS[primitive]
        writers = _FIELD_WRITERS[kind]
        if len(arguments) > len(writers):
            raise TypeError(f"{primitive} takes {len(writers)} arguments")
        written = [
            given if writer is None else writer(self, given)
            for writer, given in zip(writers, arguments, strict=False)
        ]
        return kind(*written)

    def start(self, primitive: str, *arguments: Any) -> Pending:
        if not self._welcome.starts:
            raise Unsupported("start", f"the agent of {self.name} makes one call at a time")
        return Started(self, self.request(primitive, arguments))

    def limit_descriptors(self, spare: int) -> None:
        # What runs out from now on is the limit's doing, and no leak of the agent's.
        self.link.is_limited = True
        self.ask(self.request("limit_descriptors", (spare,)))

    def in_child(self, child: int, primitive: str, arguments: Sequence[Any]) -> Any:
        if "in_child" not in self.primitives:
            raise Unsupported("in_child", f"the agent of {self.name} does not have it")
        call = self.request(primitive, arguments)
        kind = type(call)
        told = self.ask(calls.InChild(child, call))
        return self.understood(kind, msgspec.convert(told, calls.RETURNS[kind]))

    # -- the documents' functions --------------------------------------------------------

    def answer(self, face: str, function: str) -> Callable[..., Any] | None:
        if f"{face}.{function}" not in self._functions:
            return None
        from sockspec.protocol import faces  # noqa: PLC0415 - hardly any agent has them

        def call(arguments: Sequence[Any], named: dict[str, Any]) -> calls.Face:
            number = self.number_of
            return calls.Face(
                face,
                function,
                faces.write(list(arguments), number),
                {name: faces.write(value, number) for name, value in named.items()},
            )

        def answered(*arguments: Any, **named: Any) -> Any:
            return faces.read(self.ask(call(arguments, named)), self.made)

        async def awaited(*arguments: Any, **named: Any) -> Any:
            pending = Started(self, call(arguments, named))
            try:
                # The agent does not speak unless it is asked.
                while not pending.wait(0.0):  # noqa: ASYNC110 - nothing else tells
                    await asyncio.sleep(_SLICE)
            except asyncio.CancelledError:
                pending.cancel()
                raise
            return faces.read(pending.result(), self.made)

        return awaited if (face, function) in _AWAITED else answered

    # -- the end -------------------------------------------------------------------------

    def reset(self) -> None:
        self.link.reset()

    def shut_down(self) -> None:
        self.link.end()


def _name(kind: type[msgspec.Struct]) -> str:
    return str(kind.__struct_config__.tag)


def _forwarded(primitive: str) -> Callable[..., Any]:
    original = getattr(Backend, primitive)
    fields = calls.CALLS[primitive].__struct_fields__
    at = fields.index("timeout") if "timeout" in fields else None  # a time to wait

    @functools.wraps(original)
    def forwarded(self: Agent, *arguments: Any, **named: Any) -> Any:
        if named:
            arguments += tuple(
                named[each] for each in fields[len(arguments) :] if each in named
            )
        seconds = None
        if at is not None and len(arguments) > at and (arguments[at] or 0) > 0:
            seconds = arguments[at] + _MARGIN
        try:
            return self.ask(self.request(primitive, arguments), seconds)
        except Unsupported as error:
            if error.feature == primitive and primitive in self.primitives:
                why = f"{error.why} (its hello says otherwise)"
                raise Unsupported(primitive, why) from None
            raise

    return forwarded


for _primitive in (*PRIMITIVES, *PROCESS):
    if _primitive not in vars(Agent):
        setattr(Agent, _primitive, _forwarded(_primitive))


class Started(Pending):
    """A call that was started in the agent."""

    def __init__(self, agent: Agent, call: calls.Call) -> None:
        self.name = _name(type(call))
        self._agent = agent
        self._kind = type(call)
        self._number: int = agent.link.ask(messages.Start, (call,), int, f"start {self.name}")
        self._generation = agent.link.generation
        self._done = False
        self._value: Any = None
        self._error: BaseException | None = None

    @property
    def finished(self) -> bool:
        return self.wait(0.0)

    def is_blocked(self, within: float = 5.0) -> bool:
        if self._done or self._is_gone():
            return False
        try:
            blocked: bool = self._agent.link.ask(
                messages.Blocked,
                (self._number, within),
                bool,
                self.name,
                within + _MARGIN,
            )
        except StillRunning:
            raise Hang(self.name, within) from None  # it neither sleeps nor returns
        return blocked

    def wait(self, within: float = 5.0) -> bool:
        if self._done or self._is_gone():
            return True
        try:
            value = self._agent.link.ask(
                messages.Result,
                (self._number, within),
                calls.RETURNS[self._kind],
                self.name,
                within + _MARGIN,
            )
        except StillRunning:
            return False
        except (SocketError, SockspecError, *_EXPECTED) as error:
            self._error, self._done = error, True
            if isinstance(error, (Hang, Died, Misbehaved)):
                raise  # it has not returned, and never will
        else:
            self._value, self._done = self._agent.understood(self._kind, value), True
        return True

    def result(self, within: float = 5.0) -> Any:
        if not self.wait(within):
            raise StillRunning(self.name, within)
        if self._error is not None:
            raise self._error
        return self._value

    def abandon(self, close: Callable[[Any], object]) -> None:
        del close  # the agent closes what it made when it is told that the example is over

    def cancel(self) -> None:
        """Have an awaited function cancelled; waits until it is."""
        if not self._done and not self._is_gone():
            self._agent.link.ask(messages.Cancel, (self._number,), None, self.name)
            self.wait()

    def _is_gone(self) -> bool:
        # The agent that had it has ended, and the call with it. One that owes an answer
        # that nobody waits for any more ends here.
        self._agent.link.settle()
        if self._generation == self._agent.link.generation:
            return False
        self._error = self._error or Hang(self.name, 0.0)
        self._done = True
        return True


# -- where agents are ----------------------------------------------------------------------


def of_command(command: str) -> Agent:
    """The agent that a command line starts."""
    return Agent(shlex.split(command, posix=os.name != "nt"))


def docker(arguments: str) -> Agent:
    """The agent in an image of Docker: IMAGE, and what else the image takes."""
    words = shlex.split(arguments)
    # --init: the first process of a container is spared signals that end any other.
    alone = ("--init", "--network", "none", "--cap-drop", "ALL")
    return Agent(["docker", "run", "-i", "--rm", *alone, *words])


def isolated(backend: str) -> Agent:
    """A backend of this installation, in a process of its own."""
    return Agent([sys.executable, "-m", "sockspec.agent", "--backend", backend])
