"""The contract of a backend: the few primitives through which sockets are made.

A backend returns facts: the value, or a `SocketError` with symbol and raw
number. It never retries, translates, defaults or hides: EINTR, partial writes
and odd lengths are what a specification comes to see. A primitive that the
backend cannot perform raises `Unsupported`; nothing is emulated silently.

A backend is found through the entry-point group `sockspec.backends`: the
entry point names a callable without arguments that returns the backend.
Subclass `Backend` and override what you have; `sockspec smoke NAME` says what
is missing or wrong. The primitives are ordered as the calls of a socket's life. Later
versions of sockspec add primitives: a backend that lacks one stays a backend.

Sockets cross this contract as opaque *handles*. A handle is valid from the
call that returned it until `close` or `detach`; using it afterwards must
answer `EBADF` (POSIX) or `ENOTSOCK` (Windows), never touch another socket.
"""

from __future__ import annotations

import math
import struct
import sys
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Union

from sockspec.address import Loopback
from sockspec.errors import Unsupported
from sockspec.pending import Pending

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sockspec.address import SockAddr

__all__ = [
    "API",
    "EXCEPT",
    "NOWHERE",
    "PRIMITIVES",
    "PROCESS",
    "READ",
    "WRITE",
    "Argument",
    "Backend",
    "Handle",
    "KEvent",
    "Message",
    "Nowhere",
]

API = 1
"""Version of this contract. A backend with another number is refused by name."""

Handle = Any
"""What a backend calls a socket: hashable, opaque to everyone else."""

PRIMITIVES = (
    *("new", "new_raw", "pair", "file", "pipe", "adopt", "close", "dup", "fileno", "detach"),
    *("bind", "listen", "connect", "accept", "accept_raw", "accept4", "local_addr"),
    *("peer_addr", "shutdown", "getsockopt", "setsockopt", "nonblocking", "set_nonblocking"),
    *("cloexec", "ioctl", "sockatmark", "recv", "recv_length", "recvfrom", "recvmsg"),
    *("send", "sendto", "sendmsg", "read", "readv", "write", "writev", "recvmmsg"),
    *("sendmmsg", "sendfile", "poll", "select", "pselect", "ppoll", "epoll_create"),
    *("epoll_ctl", "epoll_wait", "kqueue", "kevent", "raw_call"),
)
"""The methods of a backend that touch a socket."""

PROCESS = (
    *("on_signal", "signals", "interrupt", "set_owner", "limit_descriptors"),
    *("fork", "in_child", "exec_child", "end_child"),
)
"""The methods about the process around the sockets, which only an agent has."""


@dataclass(frozen=True)
class Message:
    """What one `recvmsg` returned.

    `data` holds the bytes written into each buffer, in order, never more than
    the buffer's size; `length` is the return value of the call, which
    `MSG_TRUNC` can make larger than all of `data`. `control` is a list of
    (level, type, bytes); `flags` is `msg_flags` as the system set it.
    """

    length: int
    data: tuple[bytes, ...]
    control: tuple[tuple[int, int, bytes], ...]
    flags: int
    address: SockAddr | None


READ, WRITE, EXCEPT = 1, 2, 4
"""The sets of `select`, as bits of what is asked for and of what comes back."""


@dataclass(frozen=True)
class Nowhere:
    """A pointer to where nothing is mapped, for `raw_call`."""


NOWHERE = Nowhere()

Argument = Union[int, bytes, Nowhere, None]  # noqa: UP007 - the Python agent runs on 3.9
"""What `raw_call` passes on: a number, a pointer to bytes, a null pointer, one to nowhere."""


KEvent = tuple[int, int, int, int, int]
"""What `kevent` returns of an event: filter, flags, fflags, data, and the key."""


class Backend:
    """One way to make sockets. Every method is one system call unless it says so.

    Levels, option names, flags and families are the platform's own numbers;
    ask `constant` for them by symbol. Times are seconds as floats. A call that waits
    lets the other threads of its process run: no lock of the interpreter's is kept.
    """

    api: ClassVar[int] = API
    name: ClassVar[str] = ""
    """Short and lower case: what `--backend` takes."""

    @property
    def version(self) -> str:
        """Version of the implementation, as it goes into the run file."""
        raise NotImplementedError

    @property
    def implementation(self) -> str:
        """What answers behind this backend, in one line, for reports."""
        return f"{self.name} {self.version}"

    label: str = ""
    """What is tested and in which version, for people: `"wolfstack 5.1 on FreeRTOS"`.

    It heads reports; without one they name the platform and `implementation`.
    """

    stands_in_for: str = ""
    """The backend whose own policies it shares: `"stdlib"` for what stands in for Python's
    module. What profiles record of that one is expected of this one, too.
    """

    loopback: Loopback = Loopback()
    """Where its sockets reach one another."""

    reachable: Loopback | None = None
    """Where the sockets of a peer reach it; None where that is its loopback."""

    system: str = sys.platform
    """The platform whose structures and numbers it exchanges, as `sys.platform` names it."""

    byte_order: Literal["little", "big"] = sys.byteorder
    """The byte order of that platform's integers."""

    long_size: int = struct.calcsize("l")
    """Bytes of that platform's C long, of which `struct timeval` is made."""

    local: bool = True
    """Whether its descriptors are those of this process."""

    unforkable: str = ""
    """Why a child of its process cannot make its calls; empty where it can."""

    deadline: float = math.inf
    """Seconds that a call may take, where the backend itself ends it."""

    def facts(self) -> dict[str, Any] | None:
        """The platform that answers, as `sockspec.platform.facts`; None for this one."""
        return None

    # -- constants ---------------------------------------------------------

    def constant(self, symbol: str) -> int | None:
        """The platform's number for `symbol` (`"SO_RCVBUF"`), None if it has none."""
        raise NotImplementedError

    def errno_symbol(self, number: int) -> str:
        """The symbol of a raw error number; `"E<number>"` if it has none."""
        raise NotImplementedError

    def folder(self) -> str:
        """A new, empty folder for the names of local sockets, where the sockets are.

        Whoever asked removes it; an agent removes its own when the example is over.
        """
        return tempfile.mkdtemp(prefix="sockspec-")

    # -- creation and end --------------------------------------------------

    def new(self, family: int, type: int, protocol: int = 0) -> Handle:
        """socket(2), close-on-exec set, as both API documents promise."""
        raise Unsupported("new", self.name)

    def new_raw(self, family: int, type: int, protocol: int = 0) -> Handle:
        """socket(2) with no flag added; those in `type` (SOCK_NONBLOCK) are passed on."""
        raise Unsupported("new_raw", self.name)

    def pair(self, family: int, type: int, protocol: int = 0) -> tuple[Handle, Handle]:
        """socketpair(2), close-on-exec set."""
        raise Unsupported("pair", self.name)

    def file(self, content: bytes) -> Handle:
        """A file that holds `content`, at its start, open for reading and writing.

        It has no name any more, and close-on-exec set: what is no socket, for the calls
        that want one, and what `sendfile` sends.
        """
        raise Unsupported("file", self.name)

    def pipe(self) -> tuple[Handle, Handle]:
        """pipe2(2) with close-on-exec: the end that is read, the end that is written."""
        raise Unsupported("pipe", self.name)

    def close(self, sock: Handle) -> None:
        """close(2). The handle is gone even when the call answers an error."""
        raise Unsupported("close", self.name)

    def dup(self, sock: Handle) -> Handle:
        """A second handle to the same socket, close-on-exec set (F_DUPFD_CLOEXEC)."""
        raise Unsupported("dup", self.name)

    def fileno(self, sock: Handle) -> int:
        """The descriptor (`SOCKET` on Windows) behind the handle."""
        raise Unsupported("fileno", self.name)

    def adopt(self, fileno: int) -> Handle:
        """Take ownership of an open descriptor of this process."""
        raise Unsupported("adopt", self.name)

    def detach(self, sock: Handle) -> int:
        """Give the descriptor up without closing it; the handle is gone."""
        raise Unsupported("detach", self.name)

    # -- naming and connection ---------------------------------------------

    def bind(self, sock: Handle, address: SockAddr) -> None:
        """bind(2)."""
        raise Unsupported("bind", self.name)

    def listen(self, sock: Handle, backlog: int) -> None:
        """listen(2), the backlog passed on as it is, negative or not."""
        raise Unsupported("listen", self.name)

    def connect(self, sock: Handle, address: SockAddr) -> None:
        """connect(2)."""
        raise Unsupported("connect", self.name)

    def accept(self, sock: Handle) -> tuple[Handle, SockAddr | None]:
        """accept4(2) with close-on-exec; address None when the length came back 0."""
        raise Unsupported("accept", self.name)

    def accept_raw(self, sock: Handle) -> tuple[Handle, SockAddr | None]:
        """accept(2) with no flag added."""
        raise Unsupported("accept_raw", self.name)

    def accept4(self, sock: Handle, flags: int) -> tuple[Handle, SockAddr | None]:
        """accept4(2) with exactly these flags."""
        raise Unsupported("accept4", self.name)

    def local_addr(self, sock: Handle) -> SockAddr:
        """getsockname(2)."""
        raise Unsupported("local_addr", self.name)

    def peer_addr(self, sock: Handle) -> SockAddr:
        """getpeername(2)."""
        raise Unsupported("peer_addr", self.name)

    def shutdown(self, sock: Handle, how: int) -> None:
        """shutdown(2)."""
        raise Unsupported("shutdown", self.name)

    # -- options and descriptor flags --------------------------------------

    def getsockopt(self, sock: Handle, level: int, name: int, length: int) -> bytes:
        """getsockopt(2) with a buffer of `length` bytes; as many as came back."""
        raise Unsupported("getsockopt", self.name)

    def setsockopt(self, sock: Handle, level: int, name: int, value: bytes) -> None:
        """setsockopt(2) with exactly these bytes."""
        raise Unsupported("setsockopt", self.name)

    def nonblocking(self, sock: Handle) -> bool:
        """Whether O_NONBLOCK is set (fcntl F_GETFL); Windows cannot tell."""
        raise Unsupported("nonblocking", self.name)

    def set_nonblocking(self, sock: Handle, on: bool) -> None:
        """Fcntl O_NONBLOCK, or ioctlsocket FIONBIO."""
        raise Unsupported("set_nonblocking", self.name)

    def cloexec(self, sock: Handle) -> bool:
        """Whether FD_CLOEXEC is set; on Windows, whether it is not inheritable."""
        raise Unsupported("cloexec", self.name)

    def ioctl(self, sock: Handle, request: int, argument: bytes) -> bytes:
        """ioctl(2) with an in-out buffer, returned as the system left it."""
        raise Unsupported("ioctl", self.name)

    def sockatmark(self, sock: Handle) -> bool:
        """sockatmark(3), or the ioctl SIOCATMARK that it stands for."""
        raise Unsupported("sockatmark", self.name)

    # -- data --------------------------------------------------------------

    def recv(self, sock: Handle, size: int, flags: int = 0) -> bytes:
        """recv(2) into a buffer of `size` bytes; the bytes written, up to `size`."""
        raise Unsupported("recv", self.name)

    def recv_length(self, sock: Handle, size: int, flags: int = 0) -> int:
        """recv(2); only its return value, which MSG_TRUNC can make larger than `size`."""
        raise Unsupported("recv_length", self.name)

    def recvfrom(
        self, sock: Handle, size: int, flags: int = 0
    ) -> tuple[bytes, SockAddr | None]:
        """recvfrom(2); address None when the system gave none."""
        raise Unsupported("recvfrom", self.name)

    def recvmsg(
        self, sock: Handle, sizes: Sequence[int], control: int = 0, flags: int = 0
    ) -> Message:
        """recvmsg(2) into buffers of `sizes`, and `control` bytes for control data."""
        raise Unsupported("recvmsg", self.name)

    def send(self, sock: Handle, data: bytes, flags: int = 0) -> int:
        """send(2); how many bytes were taken."""
        raise Unsupported("send", self.name)

    def sendto(self, sock: Handle, data: bytes, flags: int, address: SockAddr) -> int:
        """sendto(2)."""
        raise Unsupported("sendto", self.name)

    def sendmsg(
        self,
        sock: Handle,
        parts: Sequence[bytes],
        control: Sequence[tuple[int, int, bytes]] = (),
        flags: int = 0,
        address: SockAddr | None = None,
    ) -> int:
        """sendmsg(2)."""
        raise Unsupported("sendmsg", self.name)

    def read(self, sock: Handle, size: int) -> bytes:
        """read(2) into a buffer of `size` bytes; the bytes written."""
        raise Unsupported("read", self.name)

    def readv(self, sock: Handle, sizes: Sequence[int]) -> tuple[bytes, ...]:
        """readv(2) into buffers of `sizes`; the bytes written into each, in order."""
        raise Unsupported("readv", self.name)

    def write(self, sock: Handle, data: bytes) -> int:
        """write(2); how many bytes were taken."""
        raise Unsupported("write", self.name)

    def writev(self, sock: Handle, parts: Sequence[bytes]) -> int:
        """writev(2); how many bytes were taken."""
        raise Unsupported("writev", self.name)

    def recvmmsg(
        self,
        sock: Handle,
        sizes: Sequence[Sequence[int]],
        control: int = 0,
        flags: int = 0,
        timeout: float | None = None,
    ) -> tuple[Message, ...]:
        """recvmmsg(2) into messages of buffers of these sizes; those that were received."""
        raise Unsupported("recvmmsg", self.name)

    def sendmmsg(
        self,
        sock: Handle,
        messages: Sequence[
            tuple[Sequence[bytes], Sequence[tuple[int, int, bytes]], SockAddr | None]
        ],
        flags: int = 0,
    ) -> tuple[int, ...]:
        """sendmmsg(2) of messages of parts, control data and address.

        Of those that were sent, how many bytes of each were taken.
        """
        raise Unsupported("sendmmsg", self.name)

    def sendfile(self, sock: Handle, file: Handle, offset: int | None, count: int) -> int:
        """sendfile(2) as Linux has it; how many bytes were sent.

        From `offset` of the file; None for where the file is, which then moves on.
        """
        raise Unsupported("sendfile", self.name)

    # -- readiness ---------------------------------------------------------

    def poll(self, wanted: Sequence[tuple[Handle, int]], timeout: float) -> tuple[int, ...]:
        """poll(2): the `revents` of each, in order; zeros after `timeout` seconds."""
        raise Unsupported("poll", self.name)

    def select(self, wanted: Sequence[tuple[Handle, int]], timeout: float) -> tuple[int, ...]:
        """select(2) of sockets in sets, `READ | WRITE`: of each, in which it is left.

        A negative `timeout` is none.
        """
        raise Unsupported("select", self.name)

    def pselect(
        self,
        wanted: Sequence[tuple[Handle, int]],
        timeout: float,
        mask: Sequence[int] | None = None,
    ) -> tuple[int, ...]:
        """pselect(2): `select`, with the signals of `mask` blocked meanwhile."""
        raise Unsupported("pselect", self.name)

    def ppoll(
        self,
        wanted: Sequence[tuple[Handle, int]],
        timeout: float,
        mask: Sequence[int] | None = None,
    ) -> tuple[int, ...]:
        """ppoll(2): `poll`, with the signals of `mask` blocked meanwhile."""
        raise Unsupported("ppoll", self.name)

    def epoll_create(self, flags: int = 0) -> Handle:
        """epoll_create1(2)."""
        raise Unsupported("epoll_create", self.name)

    def epoll_ctl(
        self, sock: Handle, operation: int, target: Handle, events: int, key: int = 0
    ) -> None:
        """epoll_ctl(2) on what `epoll_create` returned; `key` comes back with the events."""
        raise Unsupported("epoll_ctl", self.name)

    def epoll_wait(
        self, sock: Handle, most: int, timeout: float
    ) -> tuple[tuple[int, int], ...]:
        """epoll_wait(2): at most so many pairs of events and key."""
        raise Unsupported("epoll_wait", self.name)

    def kqueue(self) -> Handle:
        """kqueue(2), close-on-exec set."""
        raise Unsupported("kqueue", self.name)

    def kevent(
        self,
        sock: Handle,
        changes: Sequence[tuple[Handle, int, int, int, int, int]],
        most: int,
        timeout: float,
    ) -> tuple[KEvent, ...]:
        """kevent(2) on what `kqueue` returned, with room for `most` events.

        A change is a handle and an event, each number as it is in the structure: filter,
        flags, fflags, data and, as its udata, a key that comes back. What happens of a handle
        that is closed is the system's answer. A negative `timeout` is none.
        """
        raise Unsupported("kevent", self.name)

    # -- with no type in between -------------------------------------------------

    def raw_call(
        self, sock: Handle, call: str, arguments: Sequence[Argument]
    ) -> tuple[int, tuple[bytes, ...]]:
        """A call by its name in C, its arguments behind the descriptor passed on as they are.

        What it returned, and the bytes of each buffer as it left them: a length that goes
        in and out is a buffer of four. A length is never greater than its buffer; that it
        can be shorter, or its pointer lead nowhere, is what this is for.
        """
        raise Unsupported("raw_call", self.name)

    # -- the process around the sockets ------------------------------------------
    #
    # What they change belongs to a whole process: an agent has them, and takes all of it
    # back in `reset`. A case that needs them is run in an agent of the same backend.

    def on_signal(self, number: int, action: str) -> None:
        """sigaction(2): what a signal does from now on; the count of `signals` begins at 0.

        `"default"`, `"ignore"`, `"count"` (a handler counts it), or `"restart"`: that with
        SA_RESTART.
        """
        raise Unsupported("on_signal", self.name)

    def signals(self, number: int) -> int:
        """How many of a signal the handler has counted."""
        raise Unsupported("signals", self.name)

    def interrupt(self, number: int) -> None:
        """pthread_kill(3): a signal to each thread that makes a started call.

        Where a handler counts it, that has been done when this returns.
        """
        raise Unsupported("interrupt", self.name)

    def set_owner(self, sock: Handle) -> None:
        """Fcntl F_SETOWN: the process that makes the calls gets the socket's signals."""
        raise Unsupported("set_owner", self.name)

    def limit_descriptors(self, spare: int) -> None:
        """setrlimit(2) RLIMIT_NOFILE: so many more descriptors can be opened, and no more."""
        raise Unsupported("limit_descriptors", self.name)

    def fork(self) -> int:
        """fork(2): a child that has all descriptors of this process; its number."""
        raise Unsupported("fork", self.name)

    def in_child(self, child: int, primitive: str, arguments: Sequence[Any]) -> Any:
        """A primitive that a child makes, with its own descriptors; what it returned there.

        The handles are those that there were at the fork. What the child makes is its own.
        """
        raise Unsupported("in_child", self.name)

    def exec_child(self, child: int) -> None:
        """execve(2): a child becomes a program that holds what it inherits, and no more."""
        raise Unsupported("exec_child", self.name)

    def end_child(self, child: int) -> None:
        """End a child; returns when it is gone, and all that it alone held is closed."""
        raise Unsupported("end_child", self.name)

    # -- beyond the primitives ------------------------------------------------

    def answer(self, face: str, function: str) -> Callable[..., Any] | None:
        """The backend's own answer to a function of a face, None to leave it to us.

        `face` is `"Socket"` or `"TcpSocket"`, `function` the documented name. The
        callable takes the handle and then the function's arguments, in the types
        that the face documents. Nearly everyone answers None: the faces are
        written over the primitives above. A backend over the documents' own
        implementations answers with the originals.
        """
        return None

    def start(self, primitive: str, *arguments: Any) -> Pending:
        """Begin a primitive that may block, without waiting for it.

        The default runs it in a thread of its own.
        """
        return Pending(getattr(self, primitive), *arguments)

    def reset(self) -> None:
        """An example is over: end what it left, and raise what broke unnoticed.

        A backend in this process has nothing to do here.
        """

    def shut_down(self) -> None:
        """Release what the backend itself holds (a process, a connection)."""
