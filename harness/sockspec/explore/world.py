"""The sockets of a program through one backend: steps become calls, answers outcomes."""

from __future__ import annotations

import shutil
import struct
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sockspec.address import Inet, Inet6, Raw, SockAddr, Unix
from sockspec.errors import Died, Hang, Misbehaved, SocketError, Unsupported
from sockspec.explore.options import OPTIONS, UNKNOWN, Option
from sockspec.explore.outcome import Outcome
from sockspec.explore.sock import UNNAMED, Name, Target
from sockspec.explore.steps import payload

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Sequence

    from sockspec.backend import Handle, Message
    from sockspec.backends.trace import Traced
    from sockspec.explore.steps import Step

__all__ = ["Collision", "World"]

_EVENTS = ("POLLIN", "POLLOUT", "POLLPRI", "POLLRDHUP")
_TOLD = ("POLLERR", "POLLHUP", "POLLNVAL")
_FLAGS = ("MSG_CTRUNC", "MSG_EOR", "MSG_OOB", "MSG_TRUNC")
_DOMAINS = {"v4": "AF_INET", "v6": "AF_INET6", "unix": "AF_UNIX"}
_SIZES = {"int": 4, "read-only": 4, "error": 4, "linger": 8}
_LITTLE = 0.02  # seconds for what is on its way, once it did not come


class Collision(Exception):
    """The system gave a port that was somebody's: the program says something else now."""


class _Lacks(Exception):
    """A number that the platform does not have."""


class World:
    """Runs steps one by one. `close` ends what is left.

    `patience` is how many seconds something may be on its way over loopback.
    """

    def __init__(self, backend: Traced, patience: float) -> None:
        self._backend = backend
        self._handles: dict[int, Handle] = {}
        self._open: set[int] = set()
        self._kinds: dict[int, tuple[str, str]] = {}
        self._known: dict[int, SockAddr] = {}
        self._ids: dict[Any, int] = {}
        self._folder: bytes | None = None
        self._paths = 0
        self._patience = patience
        self.over: Outcome | None = None
        """What ended the program: a call that did not return, a crash."""

    # -- calls ------------------------------------------------------------------------------

    def run(self, step: Step, to: Target | None = None) -> Outcome:
        """Make the call of a step."""
        try:
            call: Callable[..., Any] = getattr(self, f"_{step.call}", self._plain)
            return Outcome("value", call(step, to))
        except SocketError as error:
            return Outcome("error", error.symbol)
        except (Unsupported, _Lacks) as error:
            return Outcome("unsupported", str(error))
        except Hang as error:
            self.over = Outcome("hang", error.call)
        except Died as error:
            self.over = Outcome("crash", error.behaviour)
        except (Collision, Misbehaved):
            raise
        except Exception as error:  # a backend may raise whatever it likes
            return Outcome("broken", f"{type(error).__name__}: {error}".splitlines()[0])
        return self.over

    def _plain(self, step: Step, _: Target | None) -> Any:
        return getattr(self._backend, step.call)(self._handles[step.on[0]], *step.args)

    def _number(self, symbol: str) -> int:
        number = self._backend.constant(symbol)
        if number is None:
            raise _Lacks(f"{symbol} has no number")
        return number

    def _numbers(self, symbols: Sequence[str]) -> int:
        found = 0
        for each in symbols:
            found |= self._number(each)
        return found

    def _keep(self, number: int, handle: Handle, kind: tuple[str, str]) -> None:
        self._handles[number] = handle
        self._open.add(number)
        self._kinds[number] = kind

    # -- making and closing -----------------------------------------------------------------

    def _new(self, step: Step, _: Target | None) -> None:
        family, type = step.args
        number = self._number(_DOMAINS[family])
        made = getattr(self._backend, step.call)(number, self._type(type), 0)
        self._keep(step.makes[0], made, step.args)

    _new_raw = _new

    def _type(self, type: str) -> int:
        return self._number(f"SOCK_{type.upper()}")

    def _pair(self, step: Step, _: Target | None) -> None:
        family, type = step.args
        made = self._backend.pair(self._number(_DOMAINS[family]), self._type(type), 0)
        for number, handle in zip(step.makes, made, strict=True):
            self._keep(number, handle, step.args)

    def _close(self, step: Step, _: Target | None) -> None:
        self._open.discard(step.on[0])
        self._backend.close(self._handles[step.on[0]])

    def _dup(self, step: Step, _: Target | None) -> None:
        made = self._backend.dup(self._handles[step.on[0]])
        self._keep(step.makes[0], made, self._kinds[step.on[0]])

    def _adopt(self, step: Step, _: Target | None) -> None:
        # What detach gives up is nobody's: in one step, so that none is left behind.
        handle = self._handles[step.on[0]]
        if not self._backend.local:
            raise _Lacks("its descriptors are not of this process")
        self._handles[step.on[0]] = self._backend.adopt(self._backend.detach(handle))

    def _set_nonblocking(self, step: Step, _: Target | None) -> None:
        self._backend.set_nonblocking(self._handles[step.on[0]], bool(step.args[0]))

    def _fileno(self, step: Step, _: Target | None) -> bool:
        return self._backend.fileno(self._handles[step.on[0]]) >= 0

    # -- names ------------------------------------------------------------------------------

    def learn(self, handle: int, number: int) -> None:
        """Look at the address of a socket, which is known by this number from now on."""
        try:
            address = self._backend.local_addr(self._handles[handle])
        except Exception:  # a step that asks for it shows it
            return
        key = self._key(address, self._kinds[handle])
        if self._ids.setdefault(key, number) != number:
            raise Collision
        self._known[number] = address

    @staticmethod
    def _key(address: SockAddr, kind: tuple[str, str]) -> Any:
        if isinstance(address, (Inet, Inet6)):
            return (*kind, address.port)
        return address

    def _named(self, address: SockAddr | None, kind: tuple[str, str]) -> Name | None:
        if address is None:
            return None
        if isinstance(address, (Inet, Inet6)):
            near = self._backend.loopback
            host = {near.v4: "loop", near.v6: "loop", "0.0.0.0": "any", "::": "any"}
            where = host.get(address.host, "elsewhere")
            known = self._ids.get(self._key(address, kind), -1) if address.port else None
            return where, known
        if isinstance(address, Unix) and not address.path:
            return UNNAMED
        return "path", self._ids.get(address, -1)

    def _address(self, word: Any, kind: tuple[str, str], to: Target | None) -> SockAddr:
        if to is not None:
            return self._reachable(to)
        near, v6 = self._backend.loopback, kind[0] == "v6"
        match word:
            case "loopback":
                return Inet6(near.v6, 0) if v6 else Inet(near.v4, 0)
            case "any":
                return Inet6("::", 0) if v6 else Inet("0.0.0.0", 0)
            case "foreign":  # of the documentation: RFC 5737, RFC 3849
                return Inet6("2001:db8::1", 0) if v6 else Inet("192.0.2.1", 0)
            case "other-family" if v6:
                return Unix(b"/")
            case "other-family":
                return Inet(near.v4, 9) if kind[0] == "unix" else Inet6(near.v6, 9)
            case "unspec":
                return Raw(bytes(16))  # AF_UNSPEC is 0 everywhere
            case "path":
                self._paths += 1
                return self._path(str(self._paths).encode())
            case "nowhere":
                return self._path(b"nowhere/1")
        return self._path(b"nobody")

    def _path(self, name: bytes) -> Unix:
        if self._folder is None:
            self._folder = self._backend.folder().encode()
        return Unix(self._folder + b"/" + name)

    def _reachable(self, to: Target) -> SockAddr:
        if to.name[1] not in self._known:
            raise Collision  # what it is called could not be found out
        address = self._known[to.name[1] or 0]
        near = self._backend.loopback
        if isinstance(address, Inet):
            return Inet(near.v4, address.port)
        if isinstance(address, Inet6):
            return Inet6(near.v6, address.port)
        return address

    def _bind(self, step: Step, to: Target | None) -> None:
        number = step.on[0]
        where = self._address(step.args[0], self._kinds[number], to)
        self._backend.bind(self._handles[number], where)

    def _connect(self, step: Step, to: Target | None) -> None:
        number = step.on[0]
        where = self._address(step.args[0], self._kinds[number], to)
        self._backend.connect(self._handles[number], where)

    def _accept(self, step: Step, _: Target | None) -> Name | None:
        number = step.on[0]
        made, address = getattr(self._backend, step.call)(self._handles[number])
        self._keep(step.makes[0], made, self._kinds[number])
        return self._named(address, self._kinds[number])

    _accept_raw = _accept

    def _accept4(self, step: Step, _: Target | None) -> Name | None:
        number = step.on[0]
        flags = self._numbers(step.args[0])
        made, address = self._backend.accept4(self._handles[number], flags)
        self._keep(step.makes[0], made, self._kinds[number])
        return self._named(address, self._kinds[number])

    def _local_addr(self, step: Step, _: Target | None) -> Name | None:
        number = step.on[0]
        told = self._backend.local_addr(self._handles[number])
        return self._named(told, self._kinds[number])

    def _peer_addr(self, step: Step, _: Target | None) -> Name | None:
        number = step.on[0]
        told = self._backend.peer_addr(self._handles[number])
        return self._named(told, self._kinds[number])

    def _shutdown(self, step: Step, _: Target | None) -> None:
        how = self._number(step.args[0]) if isinstance(step.args[0], str) else step.args[0]
        self._backend.shutdown(self._handles[step.on[0]], how)

    # -- options ----------------------------------------------------------------------------

    def _option(self, name: str) -> tuple[Option, int, int]:
        option = OPTIONS.get(name, UNKNOWN)
        number = int(name) if name.isdecimal() else self._number(name)
        return option, self._number(option.level), number

    def _fields(self) -> str:
        order = "<" if self._backend.byte_order == "little" else ">"
        return order + ("qq" if self._backend.long_size == 8 else "ii")

    def _getsockopt(self, step: Step, _: Target | None) -> Any:
        option, level, number = self._option(step.args[0])
        size = _SIZES.get(option.kind) or struct.calcsize(self._fields())
        raw = self._backend.getsockopt(self._handles[step.on[0]], level, number, size)
        order = self._fields()[0]
        if option.kind == "linger":
            return struct.unpack(order + "ii", raw)
        if option.kind == "time":
            return struct.unpack(self._fields(), raw)
        value = int.from_bytes(raw, self._backend.byte_order, signed=True)
        if option.kind == "error":
            return self._backend.errno_symbol(value) if value else 0
        return self._symbol(option.name, value) if option.kind == "read-only" else value

    def _symbol(self, option: str, value: int) -> Any:
        words = {
            "SO_TYPE": ("SOCK_STREAM", "SOCK_DGRAM", "SOCK_SEQPACKET"),
            "SO_DOMAIN": ("AF_INET", "AF_INET6", "AF_UNIX"),
            "SO_PROTOCOL": ("IPPROTO_TCP", "IPPROTO_UDP"),
        }
        for each in words.get(option, ()):
            if self._backend.constant(each) == value:
                return each
        return value

    def _setsockopt(self, step: Step, _: Target | None) -> None:
        option, level, number = self._option(step.args[0])
        value, order = step.args[1], self._fields()[0]
        forms = {"linger": order + "ii", "time": self._fields()}
        fields = value if isinstance(value, tuple) else (value,)
        raw = struct.pack(forms.get(option.kind, order + "i"), *fields)
        self._backend.setsockopt(self._handles[step.on[0]], level, number, raw)

    def _ioctl(self, step: Step, _: Target | None) -> int:
        return self._unread(self._handles[step.on[0]])

    def _unread(self, handle: Handle) -> int:
        raw = self._backend.ioctl(handle, self._number("FIONREAD"), bytes(4))
        return int.from_bytes(raw, self._backend.byte_order)

    # -- data -------------------------------------------------------------------------------

    def _recv(self, step: Step, _: Target | None) -> Any:
        size, flags = step.args
        call = getattr(self._backend, step.call)
        return call(self._handles[step.on[0]], size, self._numbers(flags))

    _recv_length = _recv

    def _recvfrom(self, step: Step, _: Target | None) -> Any:
        number, (size, flags) = step.on[0], step.args
        told = self._backend.recvfrom(self._handles[number], size, self._numbers(flags))
        return told[0], self._named(told[1], self._kinds[number])

    def _recvmsg(self, step: Step, _: Target | None) -> Any:
        number, (sizes, flags) = step.on[0], step.args
        told = self._backend.recvmsg(self._handles[number], sizes, 0, self._numbers(flags))
        return self._message(told, number)

    def _message(self, told: Message, number: int) -> Any:
        seen = tuple(each for each in _FLAGS if told.flags & self._number(each))
        sender = self._named(told.address, self._kinds[number])
        return told.length, tuple(told.data), seen, sender, len(told.control)

    def _recvmmsg(self, step: Step, _: Target | None) -> Any:
        number, (sizes, flags) = step.on[0], step.args
        told = self._backend.recvmmsg(
            self._handles[number], [(each,) for each in sizes], 0, self._numbers(flags)
        )
        return tuple(self._message(each, number) for each in told)

    def _write(self, step: Step, _: Target | None) -> int:
        return self._backend.write(self._handles[step.on[0]], payload(*step.args[0][1:]))

    def _writev(self, step: Step, _: Target | None) -> int:
        parts = [payload(*each[1:]) for each in step.args[0]]
        return self._backend.writev(self._handles[step.on[0]], parts)

    def _sendmmsg(self, step: Step, _: Target | None) -> tuple[int, ...]:
        messages = [([payload(*each[1:])], (), None) for each in step.args[0]]
        return tuple(self._backend.sendmmsg(self._handles[step.on[0]], messages, 0))

    def _sendfile(self, step: Step, _: Target | None) -> int:
        content = payload(*step.args[0][1:])
        file = self._backend.file(content)
        try:
            return self._backend.sendfile(self._handles[step.on[0]], file, 0, len(content))
        finally:
            self._backend.close(file)

    def _send(self, step: Step, _: Target | None) -> int:
        data, flags = step.args
        handle = self._handles[step.on[0]]
        return self._backend.send(handle, payload(*data[1:]), self._numbers(flags))

    def _sendto(self, step: Step, to: Target | None) -> int:
        number, (data, flags, word) = step.on[0], step.args
        address = self._address(word, self._kinds[number], to)
        return self._backend.sendto(
            self._handles[number], payload(*data[1:]), self._numbers(flags), address
        )

    def _sendmsg(self, step: Step, to: Target | None) -> int:
        number, (parts, flags, word) = step.on[0], step.args
        address = None if word is None else self._address(word, self._kinds[number], to)
        return self._backend.sendmsg(
            self._handles[number],
            [payload(*each[1:]) for each in parts],
            (),
            self._numbers(flags),
            address,
        )

    # -- readiness --------------------------------------------------------------------------

    def _poll(self, step: Step, _: Target | None) -> Any:
        return self._ready([self._handles[each] for each in step.on], step.args[0])

    def _ready(
        self, handles: Sequence[Handle], events: Sequence[str]
    ) -> tuple[tuple[str, ...], ...]:
        known = {
            each: number
            for each in (*_EVENTS, *_TOLD)
            if (number := self._backend.constant(each)) is not None
        }
        wanted = sum(known.get(each, 0) for each in events)
        told = self._backend.poll([(each, wanted) for each in handles], 0.0)
        return tuple(
            tuple(sorted(name for name, bit in known.items() if bits & bit)) for bits in told
        )

    def settle(
        self, number: int, events: frozenset[str], unread: int, behind_mark: int = 0
    ) -> None:
        """Wait until a socket shows what was sent to it over a network, if it ever does."""
        handle = self._handles[number]
        until = time.monotonic() + self._patience
        with suppress(SocketError, Unsupported):
            while not (
                events <= set(self._ready([handle], _EVENTS)[0])
                and (not unread or self._unread(handle) >= unread)
                and (not behind_mark or self._peeked(handle, behind_mark) >= behind_mark)
            ):
                if time.monotonic() > until:
                    self._patience = _LITTLE
                    return
                time.sleep(0.0005)

    def _peeked(self, handle: Handle, size: int) -> int:
        flags = self._number("MSG_PEEK") | self._number("MSG_DONTWAIT")
        return len(self._backend.recv(handle, size, flags))

    # -- the end ----------------------------------------------------------------------------

    def close(self) -> None:
        """Close what is open and remove what was made, whatever the backend thinks of it."""
        for number in sorted(self._open):
            with suppress(Exception):
                self._backend.close(self._handles[number])
        self._open.clear()
        with suppress(Exception):
            self._backend.reset()
        if self._folder is not None:
            where: os.PathLike[str] = Path(self._folder.decode())
            shutil.rmtree(where, ignore_errors=True)
