"""From the calls of a witness to the statements of a script, before any language.

Numbers that the system chose are named where they were first answered: sockets `s0`, ports
`p0`, descriptors `d0`. The last answers decide whether the divergence is still there.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, cast

from sockspec.reproduce import gather
from sockspec.reproduce.names import Names
from sockspec.reproduce.values import (
    ANY,
    Any_,
    Bytes,
    Credentials,
    Inet,
    Name,
    Other,
    Packed,
    Path,
    Raw,
    Rights,
    Value,
    walk,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Failed", "Plan", "Step", "Taken", "of"]

_FACES = {"Socket", "TcpSocket"}
_LOOKING = {"recv", "recv_length", "recvfrom", "recvmsg", "getsockopt", "poll", "local_addr"}
_LOOKING |= {"peer_addr", "accept", "sockatmark", "nonblocking", "cloexec"}
_NAMES = {"local_addr", "peer_addr"}
_ENDLESS = {"hang", "blocked", "blocks", "goes-on", "not-woken", "still-blocked", "waits"}
_ENDLESS |= {"too-late"}
"""Behaviours that a call shows which does not return."""
_NOT_ALL = {"one", "neither"}
"""Behaviours that several calls show which wait: what was not collected did not return."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The error that a call answered, by its symbol; `hang` and `crash` for those."""

    symbol: str


@dataclass(frozen=True, slots=True)
class Taken:
    """A variable and where its value stands in the answer: `s2` is `answer[0]`."""

    name: Name
    path: tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One call. `seen` is what the witness has for an answer."""

    call: str
    arguments: tuple[Value, ...]
    seen: Failed | Value = None
    taken: tuple[Taken, ...] = ()
    started: bool = False
    """Whether the test went on without waiting for it."""
    again: bool = False
    """Whether it is made until it answers `seen`."""
    times: int = 1
    decides: bool = False
    theirs: bool = False
    """Whether the other end made it."""


@dataclass(slots=True)
class Plan:
    """The statements of one script."""

    names: Names
    order: str
    steps: list[Step] = field(default_factory=list)
    impossible: str = ""
    """Why no script can make these calls; empty if one can."""

    @property
    def calls(self) -> set[str]:
        """The primitives that it makes, in a child or not."""
        inner = {str(each.arguments[1]) for each in self.steps if each.call == "in_child"}
        return inner.union(each.call for each in self.steps)


def of(calls: Sequence[Mapping[str, Any]], behaviour: str, facts: Mapping[str, Any]) -> Plan:
    """The plan for the calls of a witness of `behaviour`, made on a platform of these facts."""
    maker = _Maker(Names.of(facts), facts.get("byte_order", "little"), behaviour)
    plan = Plan(maker.names, maker.order)
    # What the agent does not have was not asked of anything.
    made = [each for each in calls if each.get("error") != "Unsupported"]
    for call in gather.gathered(made):
        if "left_out" in call:
            plan.impossible = f"{call['left_out']} calls of the witness were left out of it"
            continue
        plan.steps.append(maker.step(call))
    if not plan.impossible and any(ANY in each.arguments for each in plan.steps):
        plan.impossible = "the witness does not have all of the arguments"
    if maker.unknown and not plan.impossible:
        plan.impossible = f"the witness does not say where {', '.join(maker.unknown)} is from"
    if behaviour in _ENDLESS - {"goes-on"}:  # which does return in the end
        plan.steps = _endless(plan.steps)
    plan.steps = _needed(_last(_decided(plan.steps, behaviour), behaviour))
    return plan


def _endless(steps: list[Step]) -> list[Step]:
    """The steps, of which one does not return: else the last that the test did not wait for.

    What that answered it did when all was over, to whoever closed its socket.
    """
    started = [at for at, each in enumerate(steps) if each.started]
    if not started or any(each.seen == Failed("hang") for each in steps):
        return steps
    at = started[-1]
    return [*steps[:at], replace(steps[at], seen=Failed("hang"), taken=()), *steps[at + 1 :]]


def _decided(steps: list[Step], behaviour: str) -> list[Step]:
    """Mark the answers that decide: the last one, and those that were looked at before it.

    Where the behaviour is the error of one of several calls that were under way at once, it is
    that one, and what became of the others, which nobody waited for, is open.
    """
    if any(each.started and each.seen == Failed(behaviour) for each in steps[:-1]):
        return [replace(each, decides=each.seen == Failed(behaviour)) for each in steps]
    at = len(steps)
    while at > 0 and (at == len(steps) or _looks(steps[at - 1])):
        at -= 1
        if not _looks(steps[at]):
            break
    return [
        replace(each, decides=True) if number >= at or _stands_out(each) else each
        for number, each in enumerate(steps)
    ]


def _last(steps: list[Step], behaviour: str) -> list[Step]:
    """The steps, of which the last decides by more, or by less, than that very answer.

    What a call that goes on brings about is there when it returns. Another address than before
    may be of what lay in memory, and so each time another one.
    """
    if not steps or steps[-1].call not in _NAMES:
        return steps
    *before, last = steps
    if behaviour == "goes-on" and any(
        each.started and each.arguments[:1] == last.arguments[:1] for each in before
    ):
        # What was looked at meanwhile came before or after that, by chance.
        rest = [replace(each, decides=each.decides and each.started) for each in before]
        return [*rest, replace(last, again=True)]
    if behaviour.startswith("another-"):
        told = [e.seen for e in before if e.call == last.call and isinstance(e.seen, Inet)]
        if told and isinstance(last.seen, Inet) and last.seen != told[-1]:
            return [*before, replace(last, seen=Other(told[-1]), taken=())]
    return steps


def _stands_out(step: Step) -> bool:
    return step.started or step.seen in (Failed("hang"), Failed("crash"))


def _looks(step: Step) -> bool:
    return step.call in _LOOKING or step.call.rpartition(".")[0] in _FACES


def _needed(steps: list[Step]) -> list[Step]:
    """Without the names that nothing uses; in answers those are anything."""
    used = _used(steps)
    kept = []
    for step in steps:
        own = {each.name for each in step.taken}
        seen = _anonymous(step.seen, own) if own else step.seen
        kept.append(_taking(step, used, seen))
    # What was only used in the answer that names it is not used.
    used = _used(kept)
    return [_taking(step, used, step.seen) for step in kept]


def _taking(step: Step, used: set[Name], seen: Failed | Value) -> Step:
    """The step with that answer, taking from it the names alone that are used."""
    taken = tuple(each for each in step.taken if each.name in used)
    if taken == step.taken and seen is step.seen:
        return step
    return replace(step, taken=taken, seen=seen)


def _used(steps: list[Step]) -> set[Name]:
    asked = [walk(step.arguments) for step in steps]
    return {name for names in asked for name in names} | {
        name for step in steps if step.decides for name in walk(step.seen)
    }


def _anonymous(value: Any, own: set[Name]) -> Any:
    match value:
        case Name() if value in own:
            return ANY
        case Inet(port=Name() as port) if port in own:
            return replace(value, port=ANY)
        case Rights(numbers):
            return Rights(tuple(_anonymous(each, own) for each in numbers))
        case tuple():
            return tuple(_anonymous(each, own) for each in value)
        case _:
            return value


class _Maker:
    """Turns calls into steps, one after the other."""

    def __init__(self, names: Names, order: str, behaviour: str) -> None:
        self.names = names
        self.order = order
        self.unknown: list[str] = []
        self._behaviour = behaviour
        self._sockets: set[int] = set()
        self._ports: dict[int, Name] = {}
        self._numbers: dict[int, Name] = {}
        self._unix: dict[str, Name] = {}  # names that the system chose, by their bytes
        self._given: set[str] = set()
        self._count = {"p": 0, "d": 0, "n": 0}
        self._taken: list[Taken] = []

    def step(self, call: Mapping[str, Any]) -> Step:
        """The step for one call."""
        name = call["call"]
        arguments = self._arguments(name, call["arguments"])
        self._taken = []
        seen: Failed | Value
        if "error" in call:
            seen = self._failed(call["error"])
        else:
            seen = self._answer(name, call["arguments"], call.get("answer"))
        return Step(
            name,
            arguments,
            seen,
            tuple(self._taken),
            started=call.get("started", False) or call.get("error") == "running",
            again=call.get("again", False),
            times=call.get("times", 1),
            theirs=call.get("theirs", False),
        )

    def _failed(self, error: str) -> Failed | Any_:
        if error == "running":
            # Nobody collected it: whether it had returned, the behaviour says.
            return Failed("hang") if self._behaviour in _ENDLESS | _NOT_ALL else ANY
        return Failed(
            {"Hang": "hang", "StillRunning": "hang", "Died": "crash"}.get(error, error)
        )

    # -- arguments -------------------------------------------------------------------------

    def _arguments(self, name: str, given: Sequence[Any]) -> tuple[Value, ...]:
        writer = getattr(self, f"_arguments_of_{name}", None)
        if writer is not None:
            return cast("tuple[Value, ...]", writer(*given))
        return tuple(self.value(each) for each in given)

    def _arguments_of_new(self, family: int, kind: int, protocol: int = 0) -> tuple[Value, ...]:
        names = self.names
        return names.family(family), names.type(kind), names.protocol(protocol)

    _arguments_of_new_raw = _arguments_of_pair = _arguments_of_new

    def _arguments_of_adopt(self, number: int) -> tuple[Value, ...]:
        return (self._numbers.get(number, number),)

    def _arguments_of_getsockopt(
        self, sock: Any, level: int, option: int, length: int
    ) -> tuple[Value, ...]:
        names = self.names
        return self.value(sock), names.level(level), names.option(level, option), length

    def _arguments_of_setsockopt(
        self, sock: Any, level: int, option: int, value: Any
    ) -> tuple[Value, ...]:
        names = self.names
        packed = self._packed(level, option, value)
        return self.value(sock), names.level(level), names.option(level, option), packed

    def _arguments_of_shutdown(self, sock: Any, how: int) -> tuple[Value, ...]:
        return self.value(sock), self.names.how(how)

    def _arguments_of_ioctl(self, sock: Any, request: int, value: Any) -> tuple[Value, ...]:
        return self.value(sock), self.names.request(request), self._packed(None, 0, value)

    def _arguments_of_recv(self, sock: Any, size: int, flags: int = 0) -> tuple[Value, ...]:
        return self.value(sock), size, self.names.flags(flags)

    _arguments_of_recv_length = _arguments_of_recvfrom = _arguments_of_recv

    def _arguments_of_recvmsg(
        self, sock: Any, sizes: list[int], control: int = 0, flags: int = 0
    ) -> tuple[Value, ...]:
        return self.value(sock), tuple(sizes), control, self.names.flags(flags)

    def _arguments_of_send(self, sock: Any, data: Any, flags: int = 0) -> tuple[Value, ...]:
        return self.value(sock), self.value(data), self.names.flags(flags)

    def _arguments_of_sendto(
        self, sock: Any, data: Any, flags: int, address: Any
    ) -> tuple[Value, ...]:
        return *self._arguments_of_send(sock, data, flags), self.value(address)

    def _arguments_of_sendmsg(
        self, sock: Any, parts: Any, control: Any = (), flags: int = 0, address: Any = None
    ) -> tuple[Value, ...]:
        told = tuple(self._control(*each) for each in control)
        flag = self.names.flags(flags)
        return self.value(sock), self.value(parts), told, flag, self.value(address)

    def _arguments_of_poll(self, wanted: Any, timeout: float) -> tuple[Value, ...]:
        pairs = tuple((self.value(sock), self.names.events(bits)) for sock, bits in wanted)
        return pairs, timeout

    def _arguments_of_in_child(
        self, child: int, primitive: str, given: Sequence[Any]
    ) -> tuple[Value, ...]:
        return child, primitive, self._arguments(primitive, given)

    # -- answers ---------------------------------------------------------------------------

    def _answer(self, name: str, given: Sequence[Any], answer: Any) -> Value:
        match name, answer:
            case "in_child", _:
                return self._answer(given[1], given[2], answer)
            case _, {"socket": number}:
                return self._made(number, ())
            case "pair" | "pipe", [one, other]:
                return self._made(one["socket"], (0,)), self._made(other["socket"], (1,))
            case "accept" | "accept_raw" | "accept4", [made, address]:
                return self._made(made["socket"], (0,)), self._told(address, (1,))
            case "fileno" | "detach", int():
                return self._number(answer, ())
            case "getsockopt", {}:
                return self._packed(given[1], given[2], answer)
            case "ioctl", {}:
                return self._packed(None, 0, answer)
            case "poll", list():
                return tuple(self.names.events(each) for each in answer)
            case "recvmsg", {"length": length}:
                return (
                    length,
                    self.value(answer["data"]),
                    tuple(
                        self._control(level, kind, data, ("control", number))
                        for number, (level, kind, data) in enumerate(answer["control"])
                    ),
                    self.names.flags(answer["flags"]),
                    self._told(answer["address"], ("address",)),
                )
            case "recvfrom", [data, address]:
                return self.value(data), self._told(address, (1,))
            case _:
                return self._told(answer, ())

    def _made(self, number: int, path: tuple[str | int, ...]) -> Name:
        self._sockets.add(number)
        name = Name(f"s{number}")
        self._taken.append(Taken(name, path))
        return name

    def _number(self, number: int, path: tuple[str | int, ...]) -> Name | Any_:
        # The same number can come back for another socket: its name is the newest.
        self._numbers[number] = name = self._next("d")
        self._taken.append(Taken(name, path))
        return name

    def _told(self, told: Any, path: tuple[str | int, ...]) -> Value:
        match told:
            case {"inet": [_, port]} | {"inet6": [_, port, _, _]} if port:
                if port not in self._ports:
                    self._ports[port] = self._next("p")
                    self._taken.append(Taken(self._ports[port], (*path, "port")))
            case {"unix": text} if text[:2] == "00" and text not in self._given | {*self._unix}:
                if not Path.of(bytes.fromhex(text)).inside:
                    self._unix[text] = self._next("n")
                    self._taken.append(Taken(self._unix[text], path))
        return self.value(told)

    def _next(self, kind: str) -> Name:
        self._count[kind] += 1
        return Name(f"{kind}{self._count[kind] - 1}")

    # -- values ----------------------------------------------------------------------------

    def value(self, told: Any) -> Value:
        """A value as a witness has it."""
        match told:
            case {"socket": number}:
                if number not in self._sockets and f"s{number}" not in self.unknown:
                    self.unknown.append(f"s{number}")
                return Name(f"s{number}")
            case {"bytes": head, "length": length}:
                return Bytes(bytes.fromhex(head), length)
            case {"bytes": text}:
                data = bytes.fromhex(text)
                return Bytes(data, len(data))
            case {"inet": [host, port]}:
                return Inet(host, self._ports.get(port, port))
            case {"inet6": [host, port, *more]}:
                return Inet(host, self._ports.get(port, port), (more[0], more[1]))
            case {"unix": text} if text in self._unix:
                return self._unix[text]
            case {"unix": text}:
                self._given.add(text)
                return Path.of(bytes.fromhex(text))
            case {"raw": text}:
                return Raw(bytes.fromhex(text))
            case list():
                return tuple(self.value(each) for each in told)
            case dict() | "TcpKeepalive" | "RecvFlags":
                return ANY  # a witness does not have it
            case _:
                return cast("Value", told)

    def _packed(self, level: int | None, option: int, told: Any) -> Value:
        value = self.value(told)
        if not isinstance(value, Bytes) or not value.is_whole:
            return value
        data = value.head
        if (level, option) == (1, 17) and self.names.known:  # SO_PEERCRED
            return Credentials(len(data))
        form = {4: "i"}.get(len(data), "")
        if level == 1 and self.names.known:
            form = {(13, 8): "ii", (20, 16): "ll", (21, 16): "ll"}.get(
                (option, len(data)), form
            )
        if not form:
            return value
        mark = "<" if self.order == "little" else ">"
        return Packed(form, struct.unpack(mark + form.replace("l", "q"), data))

    def _control(
        self, level: int, kind: int, told: Any, at: tuple[str | int, ...] | None = None
    ) -> Value:
        names = self.names
        data = cast("Bytes", self.value(told))
        value: Value = data
        if (level, kind) == (1, 1) and data.is_whole and len(data.head) % 4 == 0:
            mark = "<" if self.order == "little" else ">"
            numbers = struct.unpack(f"{mark}{len(data.head) // 4}i", data.head)
            if at is None:
                value = Rights(tuple(self._numbers.get(each, each) for each in numbers))
            else:
                value = Rights(
                    tuple(
                        self._number(each, (*at, place)) for place, each in enumerate(numbers)
                    )
                )
        elif (level, kind) == (1, 2):
            value = Credentials(data.length)
        elif len(data.head) == 4 and data.is_whole:
            value = self._packed(None, 0, told)
        return names.level(level), names.control(level, kind), value
