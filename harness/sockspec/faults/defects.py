"""Defects in general: calls that fail, return something else, or do nothing, on such sockets."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from sockspec.address import Unix
from sockspec.errors import SocketError
from sockspec.faults.fault import error, numbers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sockspec.backend import Backend, Handle
    from sockspec.faults.fault import Make, Wrong

    When = Callable[[Backend, tuple[Any, ...]], bool]


# -- which socket ---------------------------------------------------------------------


def read(right: Backend, sock: Handle, option: str) -> int:
    """The number that an option of SOL_SOCKET has; -1 where it has none."""
    level, name = numbers(right, "SOL_SOCKET", option)
    with suppress(SocketError):
        return int.from_bytes(right.getsockopt(sock, level, name, 4), right.byte_order)
    return -1


def is_(domain: str = "", type: str = "", **options: int) -> When:
    """Sockets of a family and a type, of which options have these values."""

    def when(right: Backend, arguments: tuple[Any, ...]) -> bool:
        asked = {"SO_DOMAIN": domain, "SO_TYPE": type}
        wanted = {option: next(numbers(right, each)) for option, each in asked.items() if each}
        wanted |= options
        return all(read(right, arguments[0], each) == value for each, value in wanted.items())

    return when


def anything(_right: Backend, _arguments: tuple[Any, ...]) -> bool:
    """Every socket."""
    return True


def option(level: str, name: str, also: When = anything) -> When:
    """Sockets of which this option is got or set, and that are such."""

    def when(right: Backend, arguments: tuple[Any, ...]) -> bool:
        return tuple(arguments[1:3]) == tuple(numbers(right, level, name)) and also(
            right, arguments
        )

    return when


def connected(right: Backend, arguments: tuple[Any, ...]) -> bool:
    """Sockets that have a peer."""
    try:
        right.peer_addr(arguments[0])
    except SocketError:
        return False
    return True


def has_name(right: Backend, arguments: tuple[Any, ...]) -> bool:
    """Sockets that are bound."""
    try:
        named = right.local_addr(arguments[0])
    except SocketError:
        return False
    return bool(named.path if isinstance(named, Unix) else getattr(named, "port", 0))


def fails(symbol: str, when: When, *primitives: str) -> Make:
    """The primitives fail, and do nothing."""

    def make(right: Backend) -> Mapping[str, Wrong]:
        def refused(primitive: str) -> Wrong:
            def called(call: Wrong, *arguments: Any) -> Any:
                if when(right, arguments):
                    raise error(symbol, primitive)
                return call(*arguments)

            return called

        return {each: refused(each) for each in primitives}

    return make


def answers(symbol: str, other: Any, *primitives: str, when: When = anything) -> Make:
    """Where the primitives fail with an error they fail with another, or return something."""

    def make(right: Backend) -> Mapping[str, Wrong]:
        def called(call: Wrong, *arguments: Any) -> Any:
            try:
                return call(*arguments)
            except SocketError as answered:
                if answered.symbol != symbol or not when(right, arguments):
                    raise
                if isinstance(other, str):
                    raise error(other, answered.call) from None
                return other(*arguments) if callable(other) else other

        return dict.fromkeys(primitives, called)

    return make


def returns(change: Callable[..., Any], when: When, *primitives: str) -> Make:
    """The primitives return something else: `change` takes what they return, and what they got."""

    def make(right: Backend) -> Mapping[str, Wrong]:
        def called(call: Wrong, *arguments: Any) -> Any:
            told = call(*arguments)
            return change(told, *arguments) if when(right, arguments) else told

        return dict.fromkeys(primitives, called)

    return make


def both(one: When, other: When) -> When:
    """Sockets for which both are true."""
    return lambda right, arguments: one(right, arguments) and other(right, arguments)


def not_(one: When) -> When:
    """Sockets for which it is not true."""
    return lambda right, arguments: not one(right, arguments)


def short_path(_right: Backend, arguments: tuple[Any, ...]) -> bool:
    """Addresses with a path of more than 14 bytes."""
    address = arguments[1]
    return isinstance(address, Unix) and len(address.path) > 14


def zero(told: Any, *_arguments: Any) -> bytes:
    """As many zeros."""
    return bytes(len(told))


def refuses(level: str, name: str, symbol: str, *calls: str, also: When = anything) -> Make:
    """An option fails with an error where it is got or set, or in these of the two calls."""
    return fails(symbol, option(level, name, also), *(calls or ("getsockopt", "setsockopt")))


def limit_is(other: Any) -> Make:
    """A blocking receive whose time is over ends in another way."""

    def blocking(right: Backend, arguments: tuple[Any, ...]) -> bool:
        flags = arguments[2] if len(arguments) > 2 else 0
        return not flags & next(numbers(right, "MSG_DONTWAIT")) and not right.nonblocking(
            arguments[0]
        )

    return answers("EAGAIN", other, "recv", when=blocking)


def answers_nothing_for(when: When, *primitives: str) -> Make:
    """The primitives succeed and do nothing on such sockets."""

    def make(right: Backend) -> Mapping[str, Wrong]:
        def called(call: Wrong, *arguments: Any) -> Any:
            return None if when(right, arguments) else call(*arguments)

        return dict.fromkeys(primitives, called)

    return make
