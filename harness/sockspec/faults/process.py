"""What belongs to a process and is wrong: its signals, its descriptors, its children.

The cases that can notice run in an agent, and the fault stands before it.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from sockspec.errors import SocketError
from sockspec.faults.fault import Fault, error, instead, nothing, numbers

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sockspec.backend import Backend, Handle
    from sockspec.faults.fault import Make, Wrong


__all__ = ["faults"]

_SPARE = 4  # descriptors


def _acts(signal: str, **other: str) -> Make:
    """A signal has another action than the one that was asked for."""

    def make(right: Backend) -> Mapping[str, Wrong]:
        def on_signal(call: Wrong, number: int, action: str) -> None:
            is_it = number == right.constant(signal)
            call(number, other.get(action, action) if is_it else action)

        return {"on_signal": on_signal}

    return make


def _restarts(**other: str) -> Make:
    """SA_RESTART is not what decides whether a call is restarted."""

    def make(right: Backend) -> Mapping[str, Wrong]:
        # Python's module itself makes a call again that was interrupted (PEP 475).
        return {} if right.stands_in_for == "stdlib" else _acts("SIGUSR1", **other)(right)

    return make


def _always_signals(primitive: str, place: int) -> Make:
    """The primitive does not heed MSG_NOSIGNAL."""

    def make(right: Backend) -> Mapping[str, Wrong]:
        (bit,) = numbers(right, "MSG_NOSIGNAL")

        def sends(call: Wrong, *arguments: Any) -> Any:
            given = list(arguments)
            if len(given) > place:
                given[place] &= ~bit
            return call(*given)

        return {primitive: sends}

    return make


def _other_error(primitive: str, symbol: str, other: str) -> Make:
    """The primitive fails with another error."""

    def fails(call: Wrong, *arguments: Any) -> Any:
        try:
            return call(*arguments)
        except SocketError as refused:
            raise error(other, primitive) if refused.symbol == symbol else refused from None

    return instead(**{primitive: fails})


def _accept_drops(right: Backend) -> Mapping[str, Wrong]:
    """An accept() for which there is no descriptor takes the connection off the queue."""

    def accept(call: Wrong, sock: Handle) -> Any:
        try:
            return call(sock)
        except SocketError as refused:
            if refused.symbol == "EMFILE":
                right.limit_descriptors(_SPARE)
                with suppress(SocketError):
                    right.close(call(sock)[0])
            raise

    return {"accept": accept}


def _pair_leaves_one(right: Backend) -> Mapping[str, Wrong]:
    """A socketpair() for which descriptors are missing leaves those open that there were."""

    def pair(call: Wrong, family: int, type: int, protocol: int = 0) -> Any:
        try:
            return call(family, type, protocol)
        except SocketError:
            with suppress(SocketError):
                right.new(family, type, protocol)
            raise

    return {"pair": pair}


def _in_child(primitive: str, wrong: Wrong) -> Make:
    """A call of a child is wrong. `wrong` takes the right way to have a child make calls."""

    def in_child(call: Wrong, child: int, asked: str, arguments: Any) -> Any:
        if asked != primitive:
            return call(child, asked, arguments)
        return wrong(call, child, *arguments)

    return instead(in_child=in_child)


def _ends_connection(call: Wrong, child: int, sock: Handle) -> Any:
    with suppress(SocketError):
        call(child, "shutdown", [sock, 2])
    return call(child, "close", [sock])


def _peeks(right: Backend) -> Mapping[str, Wrong]:
    """What a child receives stays in the queue."""
    (peek,) = numbers(right, "MSG_PEEK")

    def recv(call: Wrong, child: int, sock: Handle, size: int, flags: int = 0) -> Any:
        return call(child, "recv", [sock, size, flags | peek])

    return _in_child("recv", recv)(right)


def _childless(right: Backend) -> Mapping[str, Wrong]:
    """A child has none of the sockets."""

    def fork(call: Wrong) -> int:
        child = int(call())
        right.end_child(child)
        return child

    return {"fork": fork, "end_child": nothing}


def _child_ends_accepted(call: Wrong, child: int, sock: Handle) -> Any:
    accepted = call(child, "accept", [sock])
    call(child, "shutdown", [accepted[0], 2])
    return accepted


def _exec_keeps_nothing(right: Backend) -> Mapping[str, Wrong]:
    """A new program has none of the sockets."""
    return {"exec_child": lambda _call, child: right.end_child(child)}


def _wakes(right: Backend) -> Mapping[str, Wrong]:
    """close() ends what other threads wait for on the socket."""

    def close(call: Wrong, sock: Handle) -> Any:
        with suppress(SocketError):
            right.shutdown(sock, 2)
        return call(sock)

    return {"close": close}


def _never_interrupts(right: Backend) -> Mapping[str, Wrong]:
    """A signal does not reach a call that waits."""
    # Where Python makes the call again, nothing shows it.
    return {} if right.stands_in_for == "stdlib" else {"interrupt": nothing}


def _accepted_owned(right: Backend) -> Mapping[str, Wrong]:
    """What is accepted has an owner at once."""

    def accept(call: Wrong, sock: Handle) -> Any:
        made = call(sock)
        right.set_owner(made[0])
        return made

    return {"accept": accept}


def _signals(primitive: str, signal: str) -> Make:
    """The primitive generates a signal, too."""

    def make(right: Backend) -> Mapping[str, Wrong]:
        made: list[int] = []

        def also(call: Wrong, *arguments: Any) -> Any:
            made.append(1)
            return call(*arguments)

        def counts(call: Wrong, number: int) -> int:
            return int(call(number)) + len(made) * (number == right.constant(signal))

        def handles(call: Wrong, number: int, action: str) -> None:
            made.clear()
            call(number, action)

        return {primitive: also, "signals": counts, "on_signal": handles}

    return make


def _no_limit(_call: Wrong, _spare: int) -> None:
    """Let as many descriptors be opened as before."""


def faults() -> Iterator[Fault]:
    """Every fault of this kind."""
    pipe, interrupt, limit, fork = (
        "process.sigpipe",
        "process.interrupt",
        "process.limit",
        "process.fork",
    )
    for name, does, rules, make in (
        (
            "sigpipe/never",
            "SIGPIPE is never generated",
            (f"{pipe}.generated", f"{pipe}.shut-down", f"{pipe}.seqpacket"),
            _acts("SIGPIPE", count="ignore"),
        ),
        (
            "sigpipe/ignored-by-default",
            "SIGPIPE does not end a process",
            f"{pipe}.default",
            _acts("SIGPIPE", default="ignore"),
        ),
        (
            "sigpipe/not-ignored",
            "SIGPIPE ends a process that ignores it",
            f"{pipe}.ignored",
            _acts("SIGPIPE", ignore="default"),
        ),
        (
            "sigpipe/send/nosignal-dropped",
            "send() does not heed MSG_NOSIGNAL",
            f"{pipe}.nosignal",
            _always_signals("send", 2),
        ),
        (
            "sigpipe/sendmsg/nosignal-dropped",
            "sendmsg() does not heed MSG_NOSIGNAL",
            f"{pipe}.nosignal",
            _always_signals("sendmsg", 3),
        ),
        (
            "interrupt/never-restarted",
            "SA_RESTART is not heeded",
            f"{interrupt}.restarts",
            _restarts(restart="count"),
        ),
        (
            "interrupt/always-restarted",
            "calls are restarted without SA_RESTART",
            f"{interrupt}.fails",
            _restarts(count="restart"),
        ),
        (
            "interrupt/not-ignored",
            "a signal that is ignored interrupts a call",
            f"{interrupt}.ignored",
            _restarts(ignore="count"),
        ),
        (
            "owner/nobody",
            "a socket has no owner",
            ("process.owner.urgent", "process.owner.async"),
            instead(set_owner=nothing),
        ),
        (
            "owner/accepted",
            "an accepted socket has an owner",
            ("process.owner.accepted", "process.owner.urgent-without-owner"),
            _accepted_owned,
        ),
        (
            "owner/any-data",
            "data that is not urgent causes SIGURG",
            "process.owner.ordinary-data",
            _signals("send", "SIGURG"),
        ),
        (
            "sigpipe/shutdown/generates",
            "shutdown() generates SIGPIPE",
            f"{pipe}.other-calls",
            _signals("shutdown", "SIGPIPE"),
        ),
        (
            "interrupt/never",
            "a signal does not reach a call that waits",
            interrupt,
            _never_interrupts,
        ),
        (
            "interrupt/not-caught",
            "a signal ends the process that catches it",
            interrupt,
            _acts("SIGUSR1", count="default", restart="default", ignore="default"),
        ),
        (
            "descriptor/close-wakes",
            "close() ends the calls of other threads",
            ("process.descriptor.closed", "process.descriptor.reused"),
            _wakes,
        ),
        (
            "descriptor/shutdown-nothing",
            "shutdown() does nothing to a call that waits",
            "process.descriptor.shut-down",
            instead(shutdown=nothing),
        ),
        (
            "limit/none",
            "a process may open more descriptors than its limit",
            limit,
            instead(limit_descriptors=_no_limit),
        ),
        *(
            (
                f"limit/{primitive}/other-error",
                f"{primitive}() fails with ENFILE for want of a descriptor",
                f"{limit}.creation",
                _other_error(primitive, "EMFILE", "ENFILE"),
            )
            for primitive in ("new", "accept", "dup")
        ),
        (
            "limit/accept/drops",
            "accept() drops a connection for which there is no descriptor",
            f"{limit}.stays-queued",
            _accept_drops,
        ),
        (
            "limit/pair/leaves-one",
            "a failed socketpair() leaves a descriptor open",
            f"{limit}.pair",
            _pair_leaves_one,
        ),
        (
            "fork/no-sockets",
            "a child does not have the sockets of its parent",
            (f"{fork}.port-held", f"{fork}.connection-held"),
            _childless,
        ),
        (
            "fork/close-ends",
            "a close in a child ends the connection",
            f"{fork}.closed-in-child",
            _in_child("close", _ends_connection),
        ),
        (
            "fork/accept/ends",
            "what a child accepts is ended at once",
            f"{fork}.child-accepts",
            _in_child("accept", _child_ends_accepted),
        ),
        (
            "fork/shutdown/own",
            "a shutdown in a child is the child's alone",
            f"{fork}.shut-down-in-child",
            _in_child("shutdown", nothing),
        ),
        (
            "fork/set-option/own",
            "an option that a child sets is the child's alone",
            f"{fork}.set-in-child",
            _in_child("setsockopt", nothing),
        ),
        (
            "fork/set-mode/own",
            "O_NONBLOCK that a child sets is the child's alone",
            f"{fork}.set-in-child",
            _in_child("set_nonblocking", nothing),
        ),
        (
            "fork/receive/own",
            "a child has a queue of its own",
            f"{fork}.received-in-child",
            _peeks,
        ),
        (
            "exec/inherits-all",
            "close-on-exec is not heeded",
            f"{fork}.closed-by-exec",
            instead(exec_child=nothing),
        ),
        (
            "fork/never-released",
            "what a child had stays open when it has ended",
            f"{fork}.port-released",
            instead(end_child=nothing),
        ),
    ):
        named = rules if isinstance(rules, tuple) else (rules,)
        yield Fault(f"process/{name}", does, named, make)
    # Only a backend that can make a socket without close-on-exec reaches the one rule.
    yield Fault(
        "process/exec/inherits-nothing",
        "a new program has none of the sockets",
        (f"{fork}.kept-by-exec",),
        _exec_keeps_nothing,
        (("new_raw",),),
    )
