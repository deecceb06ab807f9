"""The calls of the protocol: the primitives of a backend, their arguments and their values.

The fields of each call are the parameters of `sockspec.backend.Backend`, by name and in
order. Bytes are base64. Families, types, levels, options, flags and events are the numbers
of the agent's platform; `welcome` says which symbol has which.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from sockspec import address

__all__ = ["CALLS", "RETURNS", "Address", "Call", "Face", "ReceivedMessage", "read", "write"]

Socket = Annotated[int, Meta(ge=0, description="The number that the agent gave it.")]
Descriptor = Annotated[int, Meta(description="A descriptor of the agent's own process.")]
Count = Annotated[int, Meta(ge=0, description="How many bytes.")]


# -- addresses ----------------------------------------------------------------------


class Inet(Struct, frozen=True, tag="inet", tag_field="family"):
    """An IPv4 address and port."""

    host: str
    port: int


class Inet6(Struct, frozen=True, tag="inet6", tag_field="family"):
    """An IPv6 address, port, flow information and scope."""

    host: str
    port: int
    flowinfo: int = 0
    scope_id: int = 0


class Unix(Struct, frozen=True, tag="unix", tag_field="family"):
    """A Unix address; a leading NUL makes it an abstract name, an empty one is unnamed."""

    path: bytes


class Raw(Struct, frozen=True, tag="raw", tag_field="family"):
    """The bytes of a `sockaddr` as they are."""

    data: bytes


Address = Inet | Inet6 | Unix | Raw


def write(given: address.SockAddr) -> Address:
    """An address as it goes over the wire."""
    match given:
        case address.Inet(host, port):
            return Inet(host, port)
        case address.Inet6(host, port, flowinfo, scope_id):
            return Inet6(host, port, flowinfo, scope_id)
        case address.Unix(path):
            return Unix(path)
        case address.Raw(data):
            return Raw(data)


def read(got: Address | None) -> address.SockAddr | None:
    """An address that came over the wire."""
    match got:
        case None:
            return None
        case Inet(host, port):
            return address.Inet(host, port)
        case Inet6(host, port, flowinfo, scope_id):
            return address.Inet6(host, port, flowinfo, scope_id)
        case Unix(path):
            return address.Unix(path)
        case Raw(data):
            return address.Raw(data)


# -- questions ----------------------------------------------------------------------


class Constant(Struct, frozen=True, tag="constant", tag_field="primitive"):
    """The platform's number of a symbol; null if it has none."""

    symbol: str


class ErrnoSymbol(Struct, frozen=True, tag="errno_symbol", tag_field="primitive"):
    """The symbol of a raw error number."""

    number: int


class Folder(Struct, frozen=True, tag="folder", tag_field="primitive"):
    """The path of a new, empty folder for Unix sockets; `reset` removes it.

    An agent without it shares the client's file system, or has no Unix sockets.
    """


# -- creation and end ---------------------------------------------------------------


class _Making(Struct, frozen=True, tag_field="primitive"):
    family: int
    type: int
    protocol: int = 0


class New(_Making, frozen=True, tag="new"):
    """socket(2), close-on-exec set."""


class NewRaw(_Making, frozen=True, tag="new_raw"):
    """socket(2) with no flag added."""


class Pair(_Making, frozen=True, tag="pair"):
    """socketpair(2), close-on-exec set."""


class File(Struct, frozen=True, tag="file", tag_field="primitive"):
    """A file of the agent that holds these bytes, at its start, without a name.

    It gets a number as a socket does.
    """

    content: bytes


class Pipe(Struct, frozen=True, tag="pipe", tag_field="primitive"):
    """pipe2(2), close-on-exec set: the end that is read, the end that is written."""


class _On(Struct, frozen=True, tag_field="primitive"):
    sock: Socket


class Close(_On, frozen=True, tag="close"):
    """close(2). The number is invalid afterwards, even when the call fails."""


class Dup(_On, frozen=True, tag="dup"):
    """A second socket number for the same socket."""


class Fileno(_On, frozen=True, tag="fileno"):
    """The descriptor behind a socket."""


class Adopt(Struct, frozen=True, tag="adopt", tag_field="primitive"):
    """Take ownership of an open descriptor, but not of one that the agent itself uses."""

    fileno: Descriptor


class Detach(_On, frozen=True, tag="detach"):
    """Give the descriptor up without closing it; the number of the socket is gone."""


# -- naming and connection ----------------------------------------------------------


class Bind(_On, frozen=True, tag="bind"):
    """bind(2)."""

    address: Address


class Listen(_On, frozen=True, tag="listen"):
    """listen(2), the backlog passed on as it is."""

    backlog: int


class Connect(_On, frozen=True, tag="connect"):
    """connect(2)."""

    address: Address


class Accept(_On, frozen=True, tag="accept"):
    """accept4(2) with close-on-exec: the new socket, and its peer's address or null."""


class AcceptRaw(_On, frozen=True, tag="accept_raw"):
    """accept(2) with no flag added."""


class Accept4(_On, frozen=True, tag="accept4"):
    """accept4(2) with exactly these flags."""

    flags: int


class LocalAddr(_On, frozen=True, tag="local_addr"):
    """getsockname(2)."""


class PeerAddr(_On, frozen=True, tag="peer_addr"):
    """getpeername(2)."""


class Shutdown(_On, frozen=True, tag="shutdown"):
    """shutdown(2)."""

    how: int


# -- options and descriptor flags ---------------------------------------------------


class Getsockopt(_On, frozen=True, tag="getsockopt"):
    """getsockopt(2) with a buffer of `length` bytes: the bytes that came back."""

    level: int
    name: int
    length: int


class Setsockopt(_On, frozen=True, tag="setsockopt"):
    """setsockopt(2) with exactly these bytes."""

    level: int
    name: int
    value: bytes


class Nonblocking(_On, frozen=True, tag="nonblocking"):
    """Whether O_NONBLOCK is set."""


class SetNonblocking(_On, frozen=True, tag="set_nonblocking"):
    """Set or clear O_NONBLOCK."""

    on: bool


class Cloexec(_On, frozen=True, tag="cloexec"):
    """Whether FD_CLOEXEC is set."""


class Ioctl(_On, frozen=True, tag="ioctl"):
    """ioctl(2) with an in-out buffer, returned as the system left it."""

    request: int
    argument: bytes


class Sockatmark(_On, frozen=True, tag="sockatmark"):
    """sockatmark(3)."""


# -- data ---------------------------------------------------------------------------


class _Receiving(_On, frozen=True):
    size: int
    flags: int = 0


class Recv(_Receiving, frozen=True, tag="recv"):
    """recv(2) into a buffer of `size` bytes: the bytes written."""


class RecvLength(_Receiving, frozen=True, tag="recv_length"):
    """recv(2); only its return value."""


class Recvfrom(_Receiving, frozen=True, tag="recvfrom"):
    """recvfrom(2): the bytes, and the sender's address or null."""


class Recvmsg(_On, frozen=True, tag="recvmsg"):
    """recvmsg(2) into buffers of `sizes`, and `control` bytes for control data."""

    sizes: list[int]
    control: int = 0
    flags: int = 0


class Send(_On, frozen=True, tag="send"):
    """send(2): how many bytes were taken."""

    data: bytes
    flags: int = 0


class Sendto(_On, frozen=True, tag="sendto"):
    """sendto(2)."""

    data: bytes
    flags: int
    address: Address


class Sendmsg(_On, frozen=True, tag="sendmsg"):
    """sendmsg(2). Control data are triples of level, type and bytes."""

    parts: list[bytes]
    control: list[tuple[int, int, bytes]] = []
    flags: int = 0
    address: Address | None = None


class Read(_On, frozen=True, tag="read"):
    """read(2) into a buffer of `size` bytes: the bytes written."""

    size: int


class Readv(_On, frozen=True, tag="readv"):
    """readv(2) into buffers of `sizes`: the bytes written into each."""

    sizes: list[int]


class Write(_On, frozen=True, tag="write"):
    """write(2): how many bytes were taken."""

    data: bytes


class Writev(_On, frozen=True, tag="writev"):
    """writev(2): how many bytes were taken."""

    parts: list[bytes]


class Recvmmsg(_On, frozen=True, tag="recvmmsg"):
    """recvmmsg(2) into messages of buffers of `sizes`: those that were received.

    `timeout` in seconds; null for none.
    """

    sizes: list[list[int]]
    control: int = 0
    flags: int = 0
    timeout: float | None = None


class Sendmmsg(_On, frozen=True, tag="sendmmsg"):
    """sendmmsg(2) of triples of parts, control data and address or null.

    How many bytes were taken of each that was sent.
    """

    messages: list[tuple[list[bytes], list[tuple[int, int, bytes]], Address | None]]
    flags: int = 0


class Sendfile(_On, frozen=True, tag="sendfile"):
    """sendfile(2) as Linux has it: how many bytes were sent.

    `offset` is null for where the file is.
    """

    file: Socket
    offset: int | None
    count: int


class Poll(Struct, frozen=True, tag="poll", tag_field="primitive"):
    """poll(2) of pairs of socket and events: the `revents` of each, in order."""

    wanted: list[tuple[Socket, int]]
    timeout: float


class Select(Struct, frozen=True, tag="select", tag_field="primitive"):
    """select(2) of pairs of socket and sets: 1 to read, 2 to write, 4 for exceptions.

    In which of its sets each is left. A negative `timeout` is none.
    """

    wanted: list[tuple[Socket, int]]
    timeout: float


class Pselect(Struct, frozen=True, tag="pselect", tag_field="primitive"):
    """pselect(2), with the signals of `mask` blocked meanwhile."""

    wanted: list[tuple[Socket, int]]
    timeout: float
    mask: list[int] | None = None


class Ppoll(Struct, frozen=True, tag="ppoll", tag_field="primitive"):
    """ppoll(2), with the signals of `mask` blocked meanwhile."""

    wanted: list[tuple[Socket, int]]
    timeout: float
    mask: list[int] | None = None


class EpollCreate(Struct, frozen=True, tag="epoll_create", tag_field="primitive"):
    """epoll_create1(2). What it makes gets a number as a socket does."""

    flags: int = 0


class EpollCtl(_On, frozen=True, tag="epoll_ctl"):
    """epoll_ctl(2); `key` comes back with the events."""

    operation: int
    target: Socket
    events: int
    key: int = 0


class EpollWait(_On, frozen=True, tag="epoll_wait"):
    """epoll_wait(2): at most so many pairs of events and key."""

    most: int
    timeout: float


class Kqueue(Struct, frozen=True, tag="kqueue", tag_field="primitive"):
    """kqueue(2), close-on-exec set. What it makes gets a number as a socket does."""


class Kevent(_On, frozen=True, tag="kevent"):
    """kevent(2) with room for `most` events: of each the filter, flags, fflags, data, udata.

    A change is a socket, and such an event. A socket that is closed has no descriptor any
    more: the call is made with -1 for it.
    """

    changes: list[tuple[Socket, int, int, int, int, int]]
    most: int
    timeout: float


class Nowhere(Struct, frozen=True, tag="nowhere", tag_field="pointer"):
    """A pointer to where nothing is mapped."""


class RawCall(_On, frozen=True, tag="raw_call"):
    """A call by its name in C: what it returned, and each buffer as it was left.

    `arguments` are those behind the descriptor: numbers, buffers, null pointers, and
    pointers to nowhere.
    """

    call: str
    arguments: list[int | bytes | Nowhere | None]


# -- the process around the sockets ---------------------------------------------------


class OnSignal(Struct, frozen=True, tag="on_signal", tag_field="primitive"):
    """sigaction(2) in the agent's process; `reset` takes it back.

    `restart` is `count` with SA_RESTART. The count of `signals` begins at 0.
    """

    number: int
    action: Literal["default", "ignore", "count", "restart"]


class Signals(Struct, frozen=True, tag="signals", tag_field="primitive"):
    """How many of a signal the handler has counted."""

    number: int


class Interrupt(Struct, frozen=True, tag="interrupt", tag_field="primitive"):
    """pthread_kill(3): a signal to the thread of each started call that has not returned.

    Where a handler counts it, that has been done before the answer.
    """

    number: int


class SetOwner(_On, frozen=True, tag="set_owner"):
    """fcntl(2) F_SETOWN: the agent's process gets SIGURG and SIGIO of the socket."""


class LimitDescriptors(Struct, frozen=True, tag="limit_descriptors", tag_field="primitive"):
    """setrlimit(2): so many more descriptors can be opened, and no more, until `reset`."""

    spare: Annotated[int, Meta(ge=0)]


Child = Annotated[int, Meta(ge=0, description="The number of a child.")]


class Fork(Struct, frozen=True, tag="fork", tag_field="primitive"):
    """fork(2): the number of a child that has all descriptors; `reset` ends it.

    The child has the sockets by the same numbers. It closes what is the agent's own.
    """


class InChild(Struct, frozen=True, tag="in_child", tag_field="primitive"):
    """A call that a child makes: the answer is its answer. What it makes is its own."""

    child: Child
    call: Call


class ExecChild(Struct, frozen=True, tag="exec_child", tag_field="primitive"):
    """execve(2): a child becomes a program that holds what it inherits, and no more."""

    child: Child


class EndChild(Struct, frozen=True, tag="end_child", tag_field="primitive"):
    """End a child, and answer when it is gone."""

    child: Child


class Face(Struct, frozen=True, tag="answer", tag_field="primitive"):
    """A documented function that the agent answers itself (see `welcome.functions`).

    The arguments are the function's, after the socket if it is a method of one.
    Values that JSON does not have are written as objects: `{"bytes": base64}`,
    `{"socket": number}`, an address, `{"keepalive": [time, interval, retries]}`,
    `{"recv_flags": [bits, truncated, end_of_record, out_of_band]}`,
    `{"error": [symbol, number, call, message]}`.
    """

    face: str
    function: str
    arguments: list[Any]
    named: dict[str, Any] = {}


class ReceivedMessage(Struct, frozen=True):
    """What one `recvmsg` returned: see `sockspec.backend.Message`."""

    length: int
    data: list[bytes]
    control: list[tuple[int, int, bytes]]
    flags: int
    address: Address | None


# What each call returns; None is null.
RETURNS: dict[type[Struct], Any] = {
    Constant: int | None,
    **dict.fromkeys((ErrnoSymbol, Folder), str),
    **dict.fromkeys((New, NewRaw, Dup, Adopt, File, EpollCreate, Kqueue), Socket),
    **dict.fromkeys((Pair, Pipe), tuple[Socket, Socket]),
    **dict.fromkeys((Close, Bind, Listen, Connect, Shutdown, Setsockopt), None),
    **dict.fromkeys((SetNonblocking, EpollCtl), None),
    **dict.fromkeys((Fileno, Detach), Descriptor),
    **dict.fromkeys((Accept, AcceptRaw, Accept4), tuple[Socket, Address | None]),
    **dict.fromkeys((LocalAddr, PeerAddr), Address),
    **dict.fromkeys((Getsockopt, Ioctl, Recv, Read), bytes),
    **dict.fromkeys((Nonblocking, Cloexec, Sockatmark), bool),
    **dict.fromkeys((RecvLength, Send, Sendto, Sendmsg), Count),
    **dict.fromkeys((Write, Writev, Sendfile), Count),
    Recvfrom: tuple[bytes, Address | None],
    Recvmsg: ReceivedMessage,
    Readv: list[bytes],
    Recvmmsg: list[ReceivedMessage],
    Sendmmsg: list[Count],
    **dict.fromkeys((Poll, Select, Pselect, Ppoll), list[int]),
    EpollWait: list[tuple[int, int]],
    Kevent: list[tuple[int, int, int, int, int]],
    RawCall: tuple[int, list[bytes]],
    **dict.fromkeys((OnSignal, Interrupt, SetOwner, LimitDescriptors), None),
    **dict.fromkeys((ExecChild, EndChild), None),
    Signals: int,
    Fork: Child,
    InChild: Any,
    Face: Any,
}

CALLS: dict[str, type[Struct]] = {str(each.__struct_config__.tag): each for each in RETURNS}
"""The calls by the name of the primitive."""

_Questions = Constant | ErrnoSymbol | Folder
_Life = New | NewRaw | Pair | File | Pipe | Close | Dup | Fileno | Adopt | Detach
_Names = (
    Bind | Listen | Connect | Accept | AcceptRaw | Accept4 | LocalAddr | PeerAddr | Shutdown
)
_Options = Getsockopt | Setsockopt | Nonblocking | SetNonblocking | Cloexec | Ioctl | Sockatmark
_Data = Recv | RecvLength | Recvfrom | Recvmsg | Send | Sendto | Sendmsg
_Files = Read | Readv | Write | Writev | Recvmmsg | Sendmmsg | Sendfile
_Waits = Poll | Select | Pselect | Ppoll | EpollCreate | EpollCtl | EpollWait | Kqueue | Kevent
_Signals = OnSignal | Signals | Interrupt | SetOwner
_Process = _Signals | LimitDescriptors | Fork | InChild | ExecChild | EndChild
Call = (
    _Questions | _Life | _Names | _Options | _Data | _Files | _Waits | RawCall | _Process | Face
)
