"""Calls that do what they are to do, and something beside it."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from sockspec.address import Unix
from sockspec.errors import SocketError
from sockspec.faults.fault import Fault, instead

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sockspec.backend import Backend, Handle
    from sockspec.faults.fault import Make, Wrong

__all__ = ["faults"]


def _setting(primitive: str, option: str, value: bytes) -> Make:
    """The primitive sets an option of its socket as well."""

    def make(right: Backend) -> Mapping[str, Wrong]:
        def sets(call: Wrong, sock: Handle, *arguments: Any) -> Any:
            level, name = right.constant("SOL_SOCKET"), right.constant(option)
            with suppress(SocketError):
                right.setsockopt(sock, level or 0, name or 0, value)
            return call(sock, *arguments)

        return {primitive: sets}

    return make


def _blocking(primitive: str) -> Make:
    """The primitive leaves its socket blocking."""

    def make(right: Backend) -> Mapping[str, Wrong]:
        def blocks(call: Wrong, sock: Handle, *arguments: Any) -> Any:
            try:
                return call(sock, *arguments)
            finally:
                right.set_nonblocking(sock, False)

        return {primitive: blocks}

    return make


def _neighbour(right: Backend) -> Mapping[str, Wrong]:
    """send() turns off SO_KEEPALIVE of the socket on which it was set last."""
    level, name = right.constant("SOL_SOCKET") or 0, right.constant("SO_KEEPALIVE") or 0
    last: list[Handle] = []

    def noted(call: Wrong, sock: Handle, at: int, option: int, value: bytes) -> Any:
        if (at, option) == (level, name):
            last[:] = [sock]
        return call(sock, at, option, value)

    def turns_off(call: Wrong, sock: Handle, *arguments: Any) -> Any:
        for other in last:
            with suppress(SocketError):
                right.setsockopt(other, level, name, bytes(4))
        return call(sock, *arguments)

    return {"setsockopt": noted, "send": turns_off}


def _unlinks(_right: Backend) -> Mapping[str, Wrong]:
    """A bind that is refused removes what is at the path."""

    def removes(call: Wrong, sock: Handle, address: Any) -> Any:
        try:
            return call(sock, address)
        except SocketError as error:
            if error.symbol == "EADDRINUSE" and isinstance(address, Unix):
                with suppress(OSError):
                    os.unlink(address.path)  # noqa: PTH108 - a path of bytes
            raise

    return {"bind": removes}


def _leaves_open(primitive: str) -> Make:
    """The primitive leaves a descriptor open when it fails."""

    def make(right: Backend) -> Mapping[str, Wrong]:
        kept: list[Handle] = []

        def leaves(call: Wrong, sock: Handle, *arguments: Any) -> Any:
            try:
                return call(sock, *arguments)
            except SocketError:
                with suppress(SocketError):
                    kept.append(right.dup(sock))
                raise

        return {primitive: leaves}

    return make


def _number_reused(right: Backend) -> Mapping[str, Wrong]:
    """A handle that was closed stands for the socket that was made last."""
    closed: list[Handle] = []
    made: list[Handle] = []

    def makes(call: Wrong, *arguments: Any) -> Any:
        made[:] = [call(*arguments)]
        return made[0]

    def closes(call: Wrong, sock: Handle) -> Any:
        if any(each is sock for each in closed) and made:
            return right.close(made[0])
        closed.append(sock)
        return call(sock)

    def forwards(call: Wrong, sock: Handle, *arguments: Any) -> Any:
        stale = any(each is sock for each in closed) and made
        return call(made[0] if stale else sock, *arguments)

    return {"new": makes, "close": closes, "local_addr": forwards, "send": forwards}


def _never_fails(symbol: str, primitive: str, answer: Callable[..., Any]) -> Make:
    """The primitive succeeds where it has to fail with that error, and does nothing."""

    def succeeds(call: Wrong, *arguments: Any) -> Any:
        try:
            return call(*arguments)
        except SocketError as refused:
            if refused.symbol != symbol:
                raise
            return answer(*arguments)

    return instead(**{primitive: succeeds})


def faults() -> Iterator[Fault]:
    """Every fault of this kind."""
    alone = ("grid.leaves-alone",)
    on = (1).to_bytes(4, "little")
    for name, does, rules, make in (
        (
            "bind/linger",
            "bind() turns SO_LINGER off",
            alone,
            _setting("bind", "SO_LINGER", bytes(8)),
        ),
        (
            "connect/urgent-inline",
            "connect() turns SO_OOBINLINE on",
            alone,
            _setting("connect", "SO_OOBINLINE", on),
        ),
        (
            "listen/reuse-address",
            "listen() turns SO_REUSEADDR off",
            alone,
            _setting("listen", "SO_REUSEADDR", bytes(4)),
        ),
        (
            "shutdown/keepalive",
            "shutdown() turns SO_KEEPALIVE off",
            alone,
            _setting("shutdown", "SO_KEEPALIVE", bytes(4)),
        ),
        ("recv/blocking", "recv() leaves the socket blocking", alone, _blocking("recv")),
        (
            "getsockname/blocking",
            "getsockname() leaves the socket blocking",
            alone,
            _blocking("local_addr"),
        ),
        (
            "send/neighbour",
            "send() turns SO_KEEPALIVE of another socket off",
            alone,
            _neighbour,
        ),
        (
            "ioctl/unknown-succeeds",
            "ioctl() takes every request",
            ("options.ioctl.unknown-request",),
            _never_fails("ENOTTY", "ioctl", lambda _sock, _request, argument: argument),
        ),
        (
            "ioctl/listener-succeeds",
            "ioctl() fills in nothing for a listener",
            ("options.ioctl.of-listener",),
            _never_fails("EINVAL", "ioctl", lambda _sock, _request, argument: argument),
        ),
        (
            "sendto/broadcasts",
            "sending to a broadcast address needs no SO_BROADCAST",
            ("options.multicast.broadcast-without",),
            _never_fails("EACCES", "sendto", lambda _sock, data, *_more: len(data)),
        ),
        ("bind/unlinks", "a refused bind() removes the file", alone, _unlinks),
        (
            "accept/leaves-open",
            "a failed accept() leaves a descriptor open",
            alone,
            _leaves_open("accept"),
        ),
        (
            "connect/leaves-open",
            "a failed connect() leaves a descriptor open",
            alone,
            _leaves_open("connect"),
        ),
        (
            "close/number-reused",
            "a closed handle stands for another socket",
            ("grid.old-handle",),
            _number_reused,
        ),
    ):
        yield Fault(f"beside/{name}", does, rules, make)
