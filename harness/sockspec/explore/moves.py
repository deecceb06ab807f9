"""Drawing programs: five small numbers become steps that make sense where they come.

The numbers mean something only beside the model as it is then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sockspec.explore import scenes
from sockspec.explore.local import Local
from sockspec.explore.options import OPTIONS
from sockspec.explore.steps import LONGEST, Step
from sockspec.explore.tcp import Tcp
from sockspec.explore.udp import Udp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sockspec.explore.model import Model
    from sockspec.explore.sock import Sock

__all__ = ["KINDS", "MOST", "Move", "drain", "steps"]

Move = tuple[int, int, int, int, int]

MOST = 9
"""Sockets at once; more make a program no better."""

KINDS = (
    *(("v4", "stream"), ("v4", "dgram"), ("unix", "stream"), ("v6", "stream")),
    *(("unix", "dgram"), ("unix", "seqpacket"), ("v6", "dgram")),
)
"""Families and types that programs have."""

_SIZES = (4096, 1, 3, 10, 100)
_PARTS = ((4,), (2, 3), (1, 0, 5), (100, 30), (5000,), (0, 8))
_LENGTHS = (1, 5, 20, 300, 3000)
_VECTORS = ((5, 7), (1, 0, 9), (20,), (3, 3, 3), (0, 4))
_RECEIVING: tuple[tuple[str, ...], ...] = (
    *((), (), ("MSG_PEEK",), (), ("MSG_DONTWAIT",), ("MSG_WAITALL",)),
    *(("MSG_PEEK", "MSG_DONTWAIT"), ("MSG_PEEK", "MSG_WAITALL")),
)
_TRUNCATING: tuple[tuple[str, ...], ...] = (("MSG_TRUNC",), ("MSG_PEEK", "MSG_TRUNC"))
_SENDING: tuple[tuple[str, ...], ...] = ((), (), (), ("MSG_DONTWAIT",), ("MSG_NOSIGNAL",))
_BACKLOGS = (8, 3, 1, 0)
EVENTS = ("POLLIN", "POLLOUT", "POLLPRI", "POLLRDHUP")
_EVENTS = (EVENTS, EVENTS, ("POLLIN",), ("POLLOUT",), ("POLLPRI", "POLLRDHUP"))
_HALVES = ("SHUT_WR", "SHUT_RD", "SHUT_RDWR", 9)


def steps(model: Model, move: Move) -> list[Step]:
    """What a move is here."""
    kind, pick, call, a, b = move
    making = 8 if len(model.open) < 3 else 2
    if not model.open or (kind % 20 < making and len(model.open) < MOST):
        return _make(model, pick, call, a)
    among = model.open
    if b % 32 == 31 and len(model.socks) > len(model.open):
        among = [each for each in model.socks if each not in model.open]
    handle = among[pick % len(among)]
    calls = _calls(model.socks[handle])
    made: list[Step] = calls[call % len(calls)](model, handle, a, b)
    return made


def _fresh(model: Model, count: int = 1) -> list[int]:
    first = max(model.socks, default=-1) + 1
    return list(range(first, first + count))


def _make(model: Model, pick: int, call: int, a: int) -> list[Step]:
    family, type = KINDS[pick % len(KINDS)]
    at, how = _fresh(model)[0], a % 8
    if call % 4 == 0:
        return scenes.scene(at, family, type, a)
    if how == 0:
        return scenes.opened(at, family, type)
    if how == 1:
        return _other_ways(model, family, type, a)
    if type == "dgram":
        return scenes.datagrams(at, family, connected=how > 4)
    if how == 2:
        return scenes.listener(at, family, type, _BACKLOGS[a // 8 % 4])
    made = scenes.connection(at, family, type, named=how == 3)
    return [*made, Step("close", (at,))] if how > 5 else made


def _other_ways(model: Model, family: str, type: str, a: int) -> list[Step]:
    name = "pair" if family == "unix" or a % 16 == 1 else "new_raw"
    made = tuple(_fresh(model, 2 if name == "pair" else 1))
    more = made if family == "unix" or name != "pair" else ()
    return [Step(name, (), (family, type), made), *(scenes.mode(each) for each in more)]


# -- calls on a socket ----------------------------------------------------------------------

if TYPE_CHECKING:
    Draw = Callable[[Model, int, int, int], list[Step]]


def _other(model: Model, handle: int, b: int) -> Any:
    """An address: of a socket of the same family, mostly, or one that is wrong."""
    sock = model.socks[handle]
    if b % 16 == 15:
        return "other-family"
    if b % 16 == 14 and sock.family == "unix":
        return "nobody"
    family = [
        each
        for each, other in model.socks.items()
        if other.family == sock.family and other.name[1] is not None and each != handle
    ]
    same = [each for each in family if model.socks[each].type == sock.type]
    some = family if b % 16 == 13 and sock.family == "unix" else same
    return ("of", some[b % len(some)]) if some else ("of", handle)


def _receive(model: Model, handle: int, a: int, b: int) -> list[Step]:
    sock = model.socks[handle]
    flags = _RECEIVING[b % len(_RECEIVING)]
    if sock.type != "stream" and b % 5 == 4:
        flags = _TRUNCATING[b % len(_TRUNCATING)]
    name = ("recv", "recvfrom", "recv_length", "recvmsg", "recv", "recvmsg")[a % 6]
    if name == "recv" and "MSG_TRUNC" in flags:
        name = "recv_length"
    if name == "recvmsg":
        return [Step(name, (handle,), (_PARTS[a // 6 % len(_PARTS)], flags))]
    if name == "recvfrom" and "MSG_TRUNC" in flags:
        flags = ()
    return [Step(name, (handle,), (_SIZES[a // 6 % len(_SIZES)], flags))]


def _data(model: Model, size: int) -> tuple[str, int, int]:
    model.sends += 1
    return "bytes", size, model.sends * 1009 % 32768


def _send(model: Model, handle: int, a: int, b: int) -> list[Step]:
    sock = model.socks[handle]
    size = _LENGTHS[b // 8 % len(_LENGTHS)]
    if b % 64 == 57:
        size = LONGEST if sock.family == "unix" and sock.type != "stream" else 30_000
        size = LONGEST if isinstance(sock, Udp) else size
    if sock.type != "stream" and b % 16 == 12:
        size = 0
    flags = _SENDING[b % len(_SENDING)]
    if a % 3 == 2:
        parts = tuple(_data(model, each) for each in _VECTORS[a // 3 % len(_VECTORS)])
        to = _other(model, handle, b) if sock.type == "dgram" and a % 2 else None
        return [Step("sendmsg", (handle,), (parts, flags, to))]
    return [Step("send", (handle,), (_data(model, size), flags))]


def _send_to(model: Model, handle: int, a: int, b: int) -> list[Step]:
    size = _LENGTHS[a % len(_LENGTHS)]
    if a == 255:
        size = LONGEST
    to = _other(model, handle, b)
    return [Step("sendto", (handle,), (_data(model, size), (), to))]


def _as_file(model: Model, handle: int, a: int, b: int) -> list[Step]:
    data = _data(model, _LENGTHS[b % len(_LENGTHS)])
    parts = tuple(_data(model, each) for each in _VECTORS[b % len(_VECTORS)])
    made = (
        Step("write", (handle,), (data,)),
        Step("read", (handle,), (_SIZES[b % len(_SIZES)],)),
        Step("writev", (handle,), (parts,)),
        Step("readv", (handle,), (_PARTS[b % len(_PARTS)],)),
        Step("sendfile", (handle,), (data,)),
        Step("sendmmsg", (handle,), ((data, _data(model, 2)),)),
        Step("recvmmsg", (handle,), ((3, 100, 5)[: 1 + b % 3], ())),
    )
    return [made[a % len(made)]]


def _urgent(model: Model, handle: int, a: int, b: int) -> list[Step]:
    flags = ("MSG_OOB", "MSG_PEEK") if b % 4 == 3 else ("MSG_OOB",)
    if a % 3 == 2:
        receiving = (
            Step("recv", (handle,), (1, flags)),
            Step("recvmsg", (handle,), ((3,), flags)),
        )
        return [receiving[b % 2]]
    if a % 3 == 1:
        parts = tuple(_data(model, each) for each in _VECTORS[b % len(_VECTORS)])
        return [Step("sendmsg", (handle,), (parts, ("MSG_OOB",), None))]
    size = _LENGTHS[b % 3]
    return [Step("send", (handle,), (_data(model, size), ("MSG_OOB",)))]


def _bind(model: Model, handle: int, a: int, b: int) -> list[Step]:
    sock = model.socks[handle]
    own = ("path", "path", "nowhere") if sock.family == "unix" else ("loopback", "any")
    words: Sequence[Any] = (*own, *own, "other-family")
    if sock.family != "unix":
        words = (*words, "foreign")
    if a % 3 == 2:
        return [Step("bind", (handle,), (_other(model, handle, b),))]
    return [Step("bind", (handle,), (words[b % len(words)],))]


def _listen(_: Model, handle: int, a: int, __: int) -> list[Step]:
    return [Step("listen", (handle,), (_BACKLOGS[a % 4],))]


def _connect(model: Model, handle: int, a: int, b: int) -> list[Step]:
    sock = model.socks[handle]
    if b % 8 == 7:
        return [Step("connect", (handle,), ("unspec",))]
    listening = [
        each
        for each, other in model.socks.items()
        if other.family == sock.family and other.state() == "listening"
    ]
    if listening and a % 4 < 3 and sock.type != "dgram":
        return [Step("connect", (handle,), (("of", listening[b % len(listening)]),))]
    return [Step("connect", (handle,), (_other(model, handle, b),))]


def _accept(model: Model, handle: int, a: int, _: int) -> list[Step]:
    made = _fresh(model)[0]
    if a % 4 == 2:
        flags = (("SOCK_CLOEXEC", "SOCK_NONBLOCK"), ("SOCK_CLOEXEC",), ())[a // 4 % 3]
        return [Step("accept4", (handle,), (flags,), (made,))]
    name = "accept_raw" if a % 4 == 3 else "accept"
    asked = [Step(each, (made,)) for each in ("nonblocking", "cloexec")]
    more = [scenes.mode(made)] if a % 8 != 7 else asked
    return [Step(name, (handle,), (), (made,)), *more]


def _shut(_: Model, handle: int, a: int, __: int) -> list[Step]:
    how = _HALVES[a % 16 % 3] if a % 16 != 15 else _HALVES[3]
    return [Step("shutdown", (handle,), (how,))]


def _set(model: Model, handle: int, a: int, b: int) -> list[Step]:
    sock = model.socks[handle]
    names = sorted(name for name, each in OPTIONS.items() if each.has(sock) or b % 16 == 15)
    option = OPTIONS[names[a % len(names)]]
    if b % 64 == 63:
        return [Step("setsockopt", (handle,), ("9999", 1))]
    values = option.values or (1,)
    reading = Step("getsockopt", (handle,), (option.name,))
    some = (values[b % len(values)], values[(b + 1 + b // 8 % 2) % len(values)])
    made = []
    for value in some[: 1 + b % 2]:
        made += [Step("setsockopt", (handle,), (option.name, value)), reading]
    return [reading, *made] if b % 4 == 3 else made


def _get(model: Model, handle: int, a: int, b: int) -> list[Step]:
    sock = model.socks[handle]
    names = sorted(name for name, each in OPTIONS.items() if each.has(sock) or b % 16 == 15)
    names += ["SO_ERROR", "SO_DOMAIN", "9999"]
    return [Step("getsockopt", (handle,), (names[(a + b) % len(names)],))]


def _poll(model: Model, handle: int, a: int, b: int) -> list[Step]:
    others = [each for each in model.open if each != handle]
    more = [others[(b + index) % len(others)] for index in range(a % 3)] if others else []
    return [Step("poll", tuple(dict.fromkeys((handle, *more))), (_EVENTS[b % 5],))]


def _ask(name: str) -> Draw:
    return lambda _model, handle, _a, _b: [Step(name, (handle,))]


def _mode_of(_: Model, handle: int, a: int, __: int) -> list[Step]:
    on = int(a % 4 != 3)
    return [scenes.mode(handle, on), Step("nonblocking", (handle,))]


def _dup(model: Model, handle: int, _: int, __: int) -> list[Step]:
    if len(model.open) >= MOST:
        return [Step("fileno", (handle,))]
    return [Step("dup", (handle,), (), tuple(_fresh(model)))]


def _close(model: Model, handle: int, _: int, b: int) -> list[Step]:
    if len(model.open) < 3 and b % 4:
        return [Step("poll", (handle,), (EVENTS,))]
    return [Step("close", (handle,))]


_ASKING: list[Any] = [
    *(_ask(name) for name in ("local_addr", "peer_addr", "fileno", "ioctl", "cloexec")),
    *(
        _poll,
        _poll,
        _get,
        _set,
        _set,
        _set,
        _set,
        _mode_of,
        _dup,
        _close,
        _ask("adopt"),
        _close,
    ),
]
_DATA: list[Any] = [*[_send, _receive] * 6, _as_file, _as_file, _as_file]
_OF_STREAM = [
    *(*_DATA, *_ASKING, _shut, _shut, _connect, _bind, _listen, _accept),
    *(_urgent, _urgent, _ask("sockatmark"), _send_to),
]
_OF_LISTENER = [
    *(*_ASKING, _accept, _accept, _accept, _accept, _accept, _connect, _listen, _shut),
    *(_bind, _send, _receive, _ask("sockatmark"), _send_to, _as_file),
]
_OF_FRESH = [
    *(*_ASKING, _bind, _bind, _listen, _listen, _connect, _connect, _connect, _connect),
    *(_shut, _shut, _send, _receive, _accept, _send_to, _as_file, _ask("sockatmark")),
]
_OF_DATAGRAM = [
    *(*_DATA, *_ASKING, _send_to, _send_to, _send_to, _connect, _shut, _bind, _accept),
    *(_listen, _urgent, _ask("sockatmark")),
]


def _calls(sock: Sock) -> list[Any]:
    if sock.type == "dgram":
        return _OF_DATAGRAM
    state = sock.state()
    if state == "listening":
        return _OF_LISTENER
    if state in {"fresh", "bound", "refused", "dissolved"}:
        return _OF_FRESH
    return _OF_STREAM


def drain(model: Model) -> Iterator[Step]:
    """Receives for all that is still on its way, so that nothing lost goes unnoticed."""
    for handle in list(model.open):
        sock = model.socks[handle]
        for _ in range(12):
            left = sock.inbox if isinstance(sock, Tcp) else _queue(sock)
            if not left or handle not in model.open:
                break
            yield Step("recv", (handle,), (65536, ("MSG_DONTWAIT",)))


def _queue(sock: Sock) -> Sequence[Any]:
    return list(sock.queue) if isinstance(sock, (Udp, Local)) else ()
