"""The model of the whole life: for every step of a program, what may come back.

It knows nothing of a system but what was answered: of several permitted outcomes the one
that was seen decides how it goes on. What it does not know (None) is not tried.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any

from sockspec.explore.local import Local
from sockspec.explore.options import OPTIONS, UNKNOWN, getting, setting
from sockspec.explore.outcome import Answer, Outcome, among, anything, fails, returns
from sockspec.explore.sock import UNNAMED, Got, Name, No, Result, Sent, Sock, Target
from sockspec.explore.steps import payload
from sockspec.explore.tcp import Tcp
from sockspec.explore.udp import Udp

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sockspec.explore.steps import Step

__all__ = ["Model", "make"]

_OF_STDLIB = ("EPYTHON", "EAI_ADDRFAMILY", "EAI_NONAME", "EAI_FAMILY")
_ON_CLOSED = {"ioctl", "sockatmark", "adopt"}  # what takes the number and not the socket


def make(family: str, type: str) -> Sock:
    """A new socket."""
    if family == "unix":
        return Local(family, type)
    return Tcp(family, type) if type == "stream" else Udp(family, type)


class Model:
    """What is known of all sockets of a program.

    `stdlib` is whether Python's module stands between, which has a mode of its own for
    every handle and refuses addresses of another family itself.
    """

    def __init__(self, *, stdlib: bool = False) -> None:
        self.socks: dict[int, Sock] = {}
        self.open: list[int] = []
        self.learned: list[tuple[int, int]] = []
        """Handles whose address is to be looked at now, and the number that it has."""
        self._stdlib = stdlib
        self._modes: dict[int, bool] = {}
        self._inherited: set[int] = set()
        self._names = 0
        self._owners: dict[int, Sock] = {}
        self.sends = 0
        """How much was drawn to be sent, so that no two parts are the same."""

    # -- for those who draw programs and run them -------------------------------------------

    def state(self, handle: int) -> str:
        """The state of a handle's socket: `closed` for a handle that is."""
        return self.socks[handle].state() if handle in self.open else "closed"

    def kind(self, handle: int) -> str:
        """Family and type of a handle's socket."""
        sock = self.socks[handle]
        return f"{sock.family}-{sock.type}"

    def resolve(self, step: Step) -> Target | None:
        """Whose address a step is given, if it is given one."""
        for each in step.args:
            if isinstance(each, tuple) and each[:1] == ("of",):
                return self.target(self.socks[step.on[0]], each)
        return None

    def answers(self, step: Step) -> list[Answer] | None:
        """What may come back; None for what is not modelled here."""
        if any(each not in self.socks for each in step.on):
            return None
        if any(each in self.socks for each in step.makes):
            return None
        if any(each not in self.open for each in step.on):
            if step.call in _ON_CLOSED or len(step.on) > 1:
                return None
            nval = [among([(("POLLNVAL",),)])] if step.call == "poll" else []
            return [
                fails("EBADF"),
                *nval,
                *(self._policy() if "other-family" in step.args else []),
            ]
        method = getattr(self, f"_{step.call}")
        found: list[Answer] | None = method(step)
        return found

    # -- making and closing -----------------------------------------------------------------

    def _put(self, handle: int, sock: Sock, *, mode: bool = False) -> None:
        self.socks[handle] = sock
        self.open.append(handle)
        sock.handles.add(handle)
        self._modes[handle] = mode

    def _new(self, step: Step) -> list[Answer]:
        family, type = step.args
        return [returns(None, lambda: self._put(step.makes[0], make(family, type)))]

    def _new_raw(self, step: Step) -> list[Answer]:
        return [self._bare(step, each) for each in self._new(step)]

    def _bare(self, step: Step, answer: Answer) -> Answer:
        """The answer of a call that adds no flag: what it makes is inherited by programs."""

        def then(outcome: Outcome) -> None:
            answer.then(outcome)
            self._inherited.update(each for each in step.makes if each in self.socks)

        return replace(answer, then=then)

    def _pair(self, step: Step) -> list[Answer]:
        family, type = step.args
        if family != "unix":
            return [fails("EOPNOTSUPP")]

        def made() -> None:
            one, other = Local(family, type), Local(family, type)
            one.peer, other.peer = other, one
            one.up = other.up = type != "dgram"
            for handle, sock in zip(step.makes, (one, other), strict=True):
                self._put(handle, sock)

        return [returns(None, made)]

    def _close(self, step: Step) -> list[Answer] | None:
        handle = step.on[0]
        closing = self.socks[handle]
        last = len(closing.handles) == 1
        # Whoever waits for a full queue is refused when it asks again, a second later.
        if isinstance(closing, Tcp) and last and (closing.may_lose or closing.waiting):
            return None
        if closing.type == "seqpacket" and isinstance(closing, Local) and closing.is_vague:
            return None

        def gone() -> None:
            sock = self.socks[handle]
            self.open.remove(handle)
            sock.handles.discard(handle)
            if sock.is_gone:
                sock.closed()

        return [returns(None, gone)]

    def _dup(self, step: Step) -> list[Answer]:
        handle = step.on[0]

        def made() -> None:
            sock, mode = self.socks[handle], self._modes[handle]
            self._put(step.makes[0], sock, mode=mode)
            if self._stdlib:
                sock.nonblocking = mode

        return [returns(None, made)]

    def _adopt(self, step: Step) -> list[Answer]:
        def again() -> None:
            self._modes[step.on[0]] = False

        return [returns(None, again)]

    def _fileno(self, _: Step) -> list[Answer]:
        return [returns(True)]

    # -- naming -----------------------------------------------------------------------------

    def _name(self, handle: int, sock: Sock, host: str) -> None:
        self._names += 1
        sock.name = (host, self._names)
        self._owners[self._names] = sock
        self.learned.append((handle, self._names))

    def _named(self, handle: int, host: str = "loop") -> Callable[[], None]:
        """Names a socket that has no name yet; a name everywhere becomes one of loopback."""
        sock = self.socks[handle]

        def name() -> None:
            if sock.name[1] is None:
                self._name(handle, sock, sock.bound if host == "any" and sock.bound else host)
            elif sock.name[0] == "any" and host == "loop":
                sock.name = ("loop", sock.name[1])

        return name

    def target(self, sock: Sock, address: Any) -> Target | None:
        """What an address of a program is; None for one that nobody has."""
        if not isinstance(address, tuple):
            return Target(address)
        other = self.socks.get(address[1])
        if other is None or other.name[1] is None or other.family != sock.family:
            return None
        host = "loop" if other.is_inet else other.name[0]
        # An accepted socket has its listener's name, and the listener gets the calls.
        return Target("of", self._owners[other.name[1]], (host, other.name[1]))

    def _bind(self, step: Step) -> list[Answer] | None:
        handle, where = step.on[0], step.args[0]
        sock = self.socks[handle]
        if isinstance(sock, Udp) and sock.lost:
            return None
        has_name = sock.name[1] is not None
        unsure = isinstance(sock, Tcp) and bool(sock.was)
        if isinstance(sock, Tcp) and sock.tcp != "CLOSE" and not has_name:
            return [fails("EINVAL")]
        already = [fails("EINVAL")] if has_name or unsure else []
        if where == "other-family":
            wrong = [fails("EAFNOSUPPORT"), fails("EINVAL"), fails("EADDRNOTAVAIL")]
            return [*wrong, *self._policy()]
        if isinstance(where, tuple):
            return self._bind_used(sock, where, already)
        if where in {"nobody", "unspec"}:
            return None
        if where in {"foreign", "nowhere"}:
            return [*already, fails("EADDRNOTAVAIL" if where == "foreign" else "ENOENT")]
        host = {"loopback": "loop", "any": "any", "path": "path"}[where]
        if (host == "path") == sock.is_inet:
            return None

        def bound() -> None:
            self._name(handle, sock, host)
            sock.bound = host
            if isinstance(sock, (Tcp, Udp)) and sock.was == "dissolved":
                sock.was = ""

        if already and not unsure:
            return already
        return [*already, returns(None, bound)]

    def _bind_used(self, sock: Sock, where: Any, already: list[Answer]) -> list[Answer] | None:
        to = self.target(sock, where)
        if to is None or to.sock is None or (sock.is_inet and to.sock is sock):
            return None
        if sock.is_inet:
            sharing = sock.options.get("SO_REUSEADDR") or to.sock.options.get("SO_REUSEADDR")
            if to.sock.is_gone or not to.sock.bound or to.sock.type != sock.type or sharing:
                return None
            if isinstance(to.sock, Tcp) and (to.sock.was or to.sock.layer != "fresh"):
                return None
        return [*already, fails("EADDRINUSE")]

    def _policy(self) -> list[Answer]:
        return [fails(each) for each in _OF_STDLIB] if self._stdlib else []

    def _local_addr(self, step: Step) -> list[Answer]:
        sock = self.socks[step.on[0]]
        if not sock.is_inet:
            return [returns(sock.name)]
        if sock.name[1] is None or (isinstance(sock, Tcp) and sock.tcp == "CLOSE" and sock.was):
            # What is left of a name that the system chose is not said anywhere.
            numbers = {None, sock.name[1], sock.last}
            return [among([(host, each) for host in ("any", "loop") for each in numbers])]
        return [returns(sock.name)]

    def _peer_addr(self, step: Step) -> list[Answer]:
        told = self.socks[step.on[0]].peer_name()
        return [fails(each) if isinstance(each, str) else returns(each) for each in told]

    # -- connections ------------------------------------------------------------------------

    def _listen(self, step: Step) -> list[Answer] | None:
        handle, backlog = step.on[0], step.args[0]
        sock = self.socks[handle]
        if sock.type == "dgram":
            return [fails("EOPNOTSUPP")]
        if isinstance(sock, Local):
            return self._listen_local(sock, backlog)
        assert isinstance(sock, Tcp)  # noqa: S101 - a stream that is not local
        if sock.layer != "fresh" or sock.tcp not in {"CLOSE", "LISTEN"}:
            return [fails("EINVAL")]

        def listens() -> None:
            self._named(handle, "any")()
            sock.tcp, sock.backlog, sock.was = "LISTEN", backlog, ""

        return [returns(None, listens)]

    def _listen_local(self, sock: Local, backlog: int) -> list[Answer]:
        if sock.name[1] is None:
            return [fails("EINVAL"), fails("EDESTADDRREQ")]
        if sock.up:
            return [fails("EINVAL")]

        def listens() -> None:
            sock.listens, sock.backlog = True, backlog

        return [returns(None, listens)]

    def _connect(self, step: Step) -> list[Answer] | None:
        handle, address = step.on[0], step.args[0]
        sock = self.socks[handle]
        to = self.target(sock, address)
        if to is None:
            return None
        if isinstance(sock, Local):
            found = sock.connect(to)
        elif isinstance(sock, Udp):
            found = sock.connect(to, self._named(handle), self._named(handle, "any"))
        elif isinstance(sock, Tcp):
            found = sock.connect(to, self._named(handle))
        if to.kind == "other-family" and found is not None:
            return [*_done(found), *self._policy()]
        return None if found is None else _done(found)

    def _accept(self, step: Step) -> list[Answer] | None:
        handle = step.on[0]
        sock = self.socks[handle]
        if sock.type == "dgram":
            return [fails("EOPNOTSUPP")]
        assert isinstance(sock, (Tcp, Local))  # noqa: S101 - what connects
        listens = sock.listens if isinstance(sock, Local) else sock.tcp == "LISTEN"
        if not listens:
            return [fails("EINVAL")]
        if isinstance(sock, Tcp) and sock.waiting:
            return None
        if not sock.pending:
            shut = isinstance(sock, Local) and "rd" in sock.shut
            if not sock.nonblocking:
                return [fails("EINVAL")] if shut else None
            return [fails("EAGAIN"), *([fails("EINVAL")] if shut else [])]
        embryo = sock.pending[0]

        def accepted(_: Outcome) -> None:
            sock.pending.popleft()
            embryo.embryo = False
            embryo.dirty = sock.is_inet
            self._put(step.makes[0], embryo)

        if isinstance(embryo, Tcp):
            names: list[Any] = [embryo.far]
        else:
            assert isinstance(embryo, Local)  # noqa: S101 - the only other
            names = _sources(embryo.peer.name if embryo.peer else UNNAMED)
        told = " or ".join(str(Outcome("value", each)) for each in names)
        return [
            Answer(told, lambda seen: seen.kind == "value" and seen.value in names, accepted)
        ]

    def _accept_raw(self, step: Step) -> list[Answer] | None:
        found = self._accept(step)
        return found and [self._bare(step, each) for each in found]

    def _accept4(self, step: Step) -> list[Answer] | None:
        closes = "SOCK_CLOEXEC" in step.args[0]
        found = self._accept(step) if closes else self._accept_raw(step)

        def then(answer: Answer) -> Callable[[Outcome], None]:
            def accepted(outcome: Outcome) -> None:
                answer.then(outcome)
                made = self.socks.get(step.makes[0])
                if made is not None and "SOCK_NONBLOCK" in step.args[0]:
                    made.nonblocking = True

            return accepted

        return found and [replace(each, then=then(each)) for each in found]

    def _shutdown(self, step: Step) -> list[Answer] | None:
        sock = self.socks[step.on[0]]
        how = {"SHUT_RD": ("rd",), "SHUT_WR": ("wr",), "SHUT_RDWR": ("rd", "wr")}
        if step.args[0] not in how:
            return [fails("EINVAL")]
        if isinstance(sock, Tcp) and (sock.waiting or sock.tcp == "SYN_SENT" or sock.may_lose):
            return None
        return _done(sock.shut_down(frozenset(how[step.args[0]])))

    # -- options ----------------------------------------------------------------------------

    def _getsockopt(self, step: Step) -> list[Answer] | None:
        sock = self.socks[step.on[0]]
        listens = isinstance(sock, (Tcp, Local)) and sock.state() == "listening"
        protocol = {"stream": "IPPROTO_TCP", "dgram": "IPPROTO_UDP"}
        facts = {
            "SO_TYPE": f"SOCK_{sock.type.upper()}",
            "SO_DOMAIN": {"v4": "AF_INET", "v6": "AF_INET6", "unix": "AF_UNIX"}[sock.family],
            "SO_PROTOCOL": protocol[sock.type] if sock.is_inet else 0,
            "SO_ACCEPTCONN": int(listens),
        }
        return getting(sock, OPTIONS.get(step.args[0], UNKNOWN), facts)

    def _setsockopt(self, step: Step) -> list[Answer] | None:
        sock = self.socks[step.on[0]]
        if step.args[0] == "SO_OOBINLINE" and isinstance(sock, Tcp) and sock.mark is not None:
            return None
        return setting(sock, OPTIONS.get(step.args[0], UNKNOWN), step.args[1])

    def _nonblocking(self, step: Step) -> list[Answer]:
        return [returns(self.socks[step.on[0]].nonblocking)]

    def _set_nonblocking(self, step: Step) -> list[Answer]:
        handle, on = step.on[0], bool(step.args[0])

        def switched() -> None:
            self.socks[handle].nonblocking = self._modes[handle] = on

        return [returns(None, switched)]

    def _cloexec(self, step: Step) -> list[Answer]:
        return [returns(step.on[0] not in self._inherited)]

    def _ioctl(self, step: Step) -> list[Answer]:
        told = self.socks[step.on[0]].unread()
        return [fails(each) if isinstance(each, str) else returns(each) for each in told]

    def _sockatmark(self, step: Step) -> list[Answer]:
        sock = self.socks[step.on[0]]
        told = [
            fails(each) if isinstance(each, str) else returns(each) for each in sock.at_mark()
        ]
        empty = isinstance(sock, Local) and sock.begins_empty
        return [*told, returns(True, oddity="unix.mark-of-nothing")] if empty else told

    # -- data -------------------------------------------------------------------------------

    def _received(
        self, step: Step, size: int, shape: Callable[[Got], list[Any]]
    ) -> list[Answer] | None:
        found = self.socks[step.on[0]].receive(size, frozenset(step.args[1]))
        if found is None:
            return None
        answers = []
        for each in found:
            if isinstance(each, Got):
                answers += [returns(value, each.then, each.oddity) for value in shape(each)]
        return [*answers, *_refusals(found)]

    def _recv(self, step: Step) -> list[Answer] | None:
        return self._received(step, step.args[0], lambda got: [got.data])

    def _recv_length(self, step: Step) -> list[Answer] | None:
        return self._received(step, step.args[0], lambda got: [got.length])

    def _recvfrom(self, step: Step) -> list[Answer] | None:
        sock = self.socks[step.on[0]]

        def shape(got: Got) -> list[Any]:
            return [(got.data, each) for each in _senders(sock, got)]

        return self._received(step, step.args[0], shape)

    def _recvmsg(self, step: Step) -> list[Answer] | None:
        sock, sizes = self.socks[step.on[0]], step.args[0]

        def shape(got: Got) -> list[Any]:
            flags, parts = tuple(sorted(got.flags)), _parts(got.data, sizes)
            return [(got.length, parts, flags, each, 0) for each in _senders(sock, got)]

        return self._received(step, sum(sizes), shape)

    def _read(self, step: Step) -> list[Answer] | None:
        size = step.args[0]
        return self._received(replace(step, args=(size, ())), size, lambda got: [got.data])

    def _readv(self, step: Step) -> list[Answer] | None:
        sizes = step.args[0]

        def shape(got: Got) -> list[Any]:
            return [_parts(got.data, sizes)]

        return self._received(replace(step, args=(sizes, ())), sum(sizes), shape)

    def _recvmmsg(self, step: Step) -> list[Answer] | None:
        sizes, flags = step.args
        sock = self.socks[step.on[0]]
        found = sock.receive(sizes[0], frozenset(flags))
        if not isinstance(sock, (Udp, Local)) or sock.type != "dgram" or not found:
            return None
        if not isinstance(found[0], Got):
            return _refusals(found)
        count = min(len(sizes), len(sock.queue))
        if count < len(sizes) and not sock.nonblocking and "MSG_DONTWAIT" not in flags:
            return None
        wanted = []
        queued: list[tuple[bytes, Any]] = list(sock.queue)
        for size, (record, sender) in zip(sizes, queued[:count], strict=False):
            name: Name = sender.name if isinstance(sender, Local) else sender
            told = ("MSG_TRUNC",) if len(record) > size else ()
            data = record[:size]
            wanted.append([(len(data), (data,), told, each, 0) for each in _sources(name)])

        def fits(seen: Any) -> bool:
            return len(seen) == count and all(map(list.__contains__, wanted, seen))

        def then(_: Any) -> None:
            for _each in range(count):
                sock.queue.popleft()

        return [anything(f"returns {wanted}", fits, then)]

    def _sent(
        self, step: Step, data: bytes, flags: Sequence[str], address: Any
    ) -> list[Answer] | None:
        handle = step.on[0]
        sock = self.socks[handle]
        to = None if address is None else self.target(sock, address)
        if address is not None and to is None:
            return None
        found = sock.transmit(data, frozenset(flags), to)
        if found is None:
            return None
        answers = [self._taken(handle, each) for each in found if isinstance(each, Sent)]
        policy = self._policy() if to is not None and to.kind == "other-family" else []
        if isinstance(sock, Udp) and sock.name[1] is None:
            # Linux names it before it looks at anything else: net/ipv4/af_inet.c.
            name = self._named(handle, "any")
            refused = [fails(each.symbol, name) for each in found if isinstance(each, No)]
            return [*answers, *refused, *policy]
        return [*answers, *_refusals(found), *policy]

    def _taken(self, handle: int, sent: Sent) -> Answer:
        sock = self.socks[handle]
        name = self._named(handle, "any")

        def then(count: int) -> None:
            if isinstance(sock, Udp):
                name()
            sent.then(count)

        if sent.least == sent.most:
            return returns(sent.most, lambda: then(sent.most), sent.oddity)
        told = f"returns {sent.least} to {sent.most}"
        return anything(told, lambda seen: sent.least <= seen <= sent.most, then)

    def _send(self, step: Step) -> list[Answer] | None:
        data, flags = step.args
        return self._sent(step, payload(*data[1:]), flags, None)

    def _sendto(self, step: Step) -> list[Answer] | None:
        data, flags, address = step.args
        return self._sent(step, payload(*data[1:]), flags, address)

    def _sendmsg(self, step: Step) -> list[Answer] | None:
        parts, flags, address = step.args
        return self._sent(step, b"".join(payload(*each[1:]) for each in parts), flags, address)

    def _write(self, step: Step) -> list[Answer] | None:
        return self._sent(step, payload(*step.args[0][1:]), (), None)

    def _writev(self, step: Step) -> list[Answer] | None:
        return self._sent(step, b"".join(payload(*each[1:]) for each in step.args[0]), (), None)

    def _sendfile(self, step: Step) -> list[Answer] | None:
        if self.socks[step.on[0]].type != "stream":
            return None
        return self._sent(step, payload(*step.args[0][1:]), (), None)

    def _sendmmsg(self, step: Step) -> list[Answer] | None:
        sock = self.socks[step.on[0]]
        records = [payload(*each[1:]) for each in step.args[0]]
        if not isinstance(sock, Udp) or sock.peer is None or not sock.reaches(sock.peer):
            return None
        found = sock.transmit(b"".join(records), frozenset(), None)
        if not found or not isinstance(found[0], Sent):
            return None

        def then() -> None:
            for each in records:
                sent = sock.transmit(each, frozenset(), None)
                if sent and isinstance(sent[0], Sent):
                    sent[0].then(len(each))

        return [returns(tuple(map(len, records)), then)]

    # -- readiness --------------------------------------------------------------------------

    def _poll(self, step: Step) -> list[Answer]:
        asked = frozenset((*step.args[0], "POLLERR", "POLLHUP"))
        ready = [self.socks[each].ready() for each in step.on]
        bounds = [(must & asked, may & asked) for must, may in ready]

        def fits(seen: Any) -> bool:
            return all(
                must <= set(each) <= must | may
                for (must, may), each in zip(bounds, seen, strict=True)
            )

        told = ", ".join("|".join(sorted(must)) or "nothing" for must, _ in bounds)
        return [anything(f"reports {told}", fits)]


def _done(found: list[Result]) -> list[Answer]:
    """Results of a call that returns nothing."""
    done = [returns(None, each.then, each.oddity) for each in found if isinstance(each, Got)]
    return [*done, *_refusals(found)]


def _refusals(found: list[Result]) -> list[Answer]:
    return [
        fails(each.symbol, each.then, each.oddity) for each in found if isinstance(each, No)
    ]


def _parts(data: bytes, sizes: Sequence[int]) -> tuple[bytes, ...]:
    """Data as it fills buffers of these sizes."""
    ends = list(accumulate(sizes, initial=0))
    return tuple(data[begin:end] for begin, end in pairwise(ends))


def _sources(name: Name) -> list[Name | None]:
    return [None, UNNAMED] if name == UNNAMED else [name]


def _senders(sock: Sock, got: Got) -> list[Name | None]:
    """Who may be told as the sender: on a connection nobody need be."""
    if sock.type == "dgram":
        return _sources(got.sender or UNNAMED)
    far = [each for each in sock.peer_name() if not isinstance(each, str)]
    known = [got.sender] if got.sender else []
    return list(dict.fromkeys([None, UNNAMED, *far, *known]))
