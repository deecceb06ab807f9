"""How connections end in socket layers of which users reported a defect."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from sockspec.address import Inet, Inet6, Unix
from sockspec.errors import SocketError
from sockspec.faults.defects import connected, is_
from sockspec.faults.ends import unsent
from sockspec.faults.fault import error, numbers
from sockspec.faults.flows.names import is_mapped
from sockspec.faults.wire import set_option

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sockspec.backend import Backend, Handle, Message
    from sockspec.faults.fault import Make, Wrong


def _kept_when(when: Callable[[Backend, Handle], bool]) -> Make:
    """close() leaves such sockets open."""

    def make(right: Backend) -> Mapping[str, Wrong]:
        kept: list[Handle] = []

        def close(call: Wrong, sock: Handle) -> Any:
            if len(kept) < 400 and when(right, sock):
                kept.append(right.dup(sock))
            return call(sock)

        return {"close": close}

    return make


def _stream_unsent(right: Backend, sock: Handle) -> bool:
    internet = (is_("AF_INET", "SOCK_STREAM"), is_("AF_INET6", "SOCK_STREAM"))
    return any(each(right, (sock,)) for each in internet) and unsent(right, sock)


unsent_never_ends = _kept_when(_stream_unsent)


def connecting_left(right: Backend) -> Mapping[str, Wrong]:
    """A non-blocking socket that is closed right after its connect() sends no end."""
    kept: list[Handle] = []
    just: list[Handle] = []

    def connect(call: Wrong, sock: Handle, address: Any) -> Any:
        just.clear()
        try:
            return call(sock, address)
        except SocketError as refused:
            if refused.symbol == "EINPROGRESS":
                just.append(sock)
            raise

    def close(call: Wrong, sock: Handle) -> Any:
        if sock in just and len(kept) < 400:
            kept.append(right.dup(sock))
        just.clear()
        return call(sock)

    def others(call: Wrong, *arguments: Any) -> Any:
        just.clear()
        return call(*arguments)

    names = ("poll", "getsockopt", "send", "recv", "shutdown", "new", "accept")
    return {**dict.fromkeys(names, others), "connect": connect, "close": close}


def no_abort_after_end(right: Backend) -> Mapping[str, Wrong]:
    """A connection whose sending was shut down is never aborted."""
    shut: set[Any] = set()

    def shutdown(call: Wrong, sock: Handle, how: int) -> Any:
        done = call(sock, how)
        shut.add(sock)
        return done

    def close(call: Wrong, sock: Handle) -> Any:
        if sock in shut:
            shut.discard(sock)
            set_option(right, sock, "SOL_SOCKET", "SO_LINGER", bytes(8))
        return call(sock)

    return {"shutdown": shutdown, "close": close}


def _ended(right: Backend, sock: Handle) -> bool:
    """Whether the peer of an internet stream socket has ended what it sends."""
    (hangup,) = numbers(right, "POLLRDHUP")
    internet = (is_("AF_INET", "SOCK_STREAM"), is_("AF_INET6", "SOCK_STREAM"))
    if not any(each(right, (sock,)) for each in internet):
        return False
    return bool(right.poll([(sock, hangup)], 0.0)[0] & hangup)


def accepted_ended(right: Backend) -> Mapping[str, Wrong]:
    """What a client sent that closed before it was accepted is lost."""
    (at_once,) = numbers(right, "MSG_DONTWAIT")

    def accept(call: Wrong, sock: Handle) -> Any:
        made = call(sock)
        if _ended(right, made[0]):
            with suppress(SocketError):
                while right.recv(made[0], 4096, at_once):
                    pass
        return made

    return {"accept": accept}


def ended_refused(right: Backend) -> Mapping[str, Wrong]:
    """accept() of a connection that its client has closed fails."""

    def accept(call: Wrong, sock: Handle) -> Any:
        made = call(sock)
        if _ended(right, made[0]):
            right.close(made[0])
            raise error("EINVAL", "accept")
        return made

    return {"accept": accept}


def second_end_lost(right: Backend) -> Mapping[str, Wrong]:
    """Who shuts a connection down whose peer has ended sends no end."""
    (write,) = numbers(right, "SHUT_WR")

    def shutdown(call: Wrong, sock: Handle, how: int) -> Any:
        if how == write and _ended(right, sock):
            return None
        return call(sock, how)

    return {"shutdown": shutdown}


def one_shutdown(_right: Backend) -> Mapping[str, Wrong]:
    """What was shut down in one direction is not shut down in the other any more."""
    shut: set[Any] = set()

    def shutdown(call: Wrong, sock: Handle, how: int) -> Any:
        if sock in shut:
            return None
        done = call(sock, how)
        shut.add(sock)
        return done

    def close(call: Wrong, sock: Handle) -> Any:
        shut.discard(sock)
        return call(sock)

    return {"shutdown": shutdown, "close": close}


def nameless_when_shut(right: Backend) -> Mapping[str, Wrong]:
    """What is shut down in both directions has no name any more."""
    (both,) = numbers(right, "SHUT_RDWR")
    shut: set[Any] = set()

    def shutdown(call: Wrong, sock: Handle, how: int) -> Any:
        done = call(sock, how)
        if how == both:
            shut.add(sock)
        return done

    def local_addr(call: Wrong, sock: Handle) -> Any:
        told = call(sock)
        if sock not in shut or not isinstance(told, (Inet, Inet6)):
            return told
        return type(told)("::" if isinstance(told, Inet6) else "0.0.0.0", 0)

    def close(call: Wrong, sock: Handle) -> Any:
        shut.discard(sock)
        return call(sock)

    return {"shutdown": shutdown, "local_addr": local_addr, "close": close}


def _read_shut_alone(right: Backend, kept: Callable[[Handle], bool]) -> Mapping[str, Wrong]:
    """Reading is shut down for the own receives alone, which return nothing."""
    (reading,) = numbers(right, "SHUT_RD")
    shut: set[Any] = set()

    def shutdown(call: Wrong, sock: Handle, how: int) -> Any:
        if how == reading and kept(sock):
            shut.add(sock)
            return None
        return call(sock, how)

    def recv(call: Wrong, sock: Handle, *rest: Any) -> Any:
        return b"" if sock in shut else call(sock, *rest)

    def close(call: Wrong, sock: Handle) -> Any:
        shut.discard(sock)
        return call(sock)

    return {"shutdown": shutdown, "recv": recv, "close": close}


def unix_read_shut_alone(right: Backend) -> Mapping[str, Wrong]:
    """A unix peer can go on to send to what was shut down for reading."""
    unix = is_("AF_UNIX", "SOCK_STREAM")
    return _read_shut_alone(
        right, lambda sock: unix(right, (sock,)) and connected(right, (sock,))
    )


def queued_lost_by_shutdown(right: Backend) -> Mapping[str, Wrong]:
    """What was queued before reading was shut down cannot be received."""
    internet = (is_("AF_INET", "SOCK_STREAM"), is_("AF_INET6", "SOCK_STREAM"))
    (reading,) = numbers(right, "SHUT_RD")
    wrong = _read_shut_alone(right, lambda sock: any(each(right, (sock,)) for each in internet))

    def shutdown(call: Wrong, sock: Handle, how: int) -> Any:
        if how == reading:
            call(sock, how)
        return wrong["shutdown"](call, sock, how)

    return {**wrong, "shutdown": shutdown}


def reset_drops(right: Backend) -> Mapping[str, Wrong]:
    """What was received before a reset is lost with it."""
    (failed,) = numbers(right, "POLLERR")
    peek, at_once = numbers(right, "MSG_PEEK", "MSG_DONTWAIT")
    internet = (is_("AF_INET", "SOCK_STREAM"), is_("AF_INET6", "SOCK_STREAM"))

    def recv(call: Wrong, sock: Handle, size: int, flags: int = 0) -> Any:
        lost = not flags & peek and right.poll([(sock, 0)], 0.0)[0] & failed
        if lost and any(each(right, (sock,)) for each in internet):
            while right.recv(sock, 4096, at_once):
                pass
        return call(sock, size, flags)

    return {"recv": recv}


def full_refuses(right: Backend) -> Mapping[str, Wrong]:
    """A connect to a unix listener whose queue is full is refused."""
    unix = is_("AF_UNIX", "SOCK_STREAM")

    def connect(call: Wrong, sock: Handle, address: Any) -> Any:
        if not isinstance(address, Unix) or not unix(right, (sock,)):
            return call(sock, address)
        mode = right.nonblocking(sock)
        right.set_nonblocking(sock, True)
        try:
            return call(sock, address)
        except SocketError as refused:
            if refused.symbol != "EAGAIN":
                raise
            raise error("ECONNREFUSED", "connect") from None
        finally:
            right.set_nonblocking(sock, mode)

    return {"connect": connect}


def plain(when: Callable[..., bool]) -> Callable[..., bool]:
    """A condition of a socket alone, for `silent`."""
    return lambda right, arguments, _told: when(right, arguments)


def from_ipv4(_right: Backend, _arguments: Any, told: Message) -> bool:
    """Whether a message came from IPv4 to an IPv6 socket."""
    return is_mapped(told.address)


def always(*_arguments: Any) -> bool:
    """Every message."""
    return True
