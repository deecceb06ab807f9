"""The model of the whole life: for every step of a program, what may come back.

It knows nothing of a system but what was answered: of several permitted outcomes the one
that was seen decides how it goes on. What it does not know (None) is not tried.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sockspec.explore.local import Local
from sockspec.explore.options import OPTIONS, UNKNOWN, getting, setting
from sockspec.explore.outcome import Answer, Outcome, among, anything, fails, returns
from sockspec.explore.sock import UNNAMED, Sock, Target
from sockspec.explore.tcp import Tcp
from sockspec.explore.transfers import Transfers, done, sources
from sockspec.explore.udp import Udp

if TYPE_CHECKING:
    from collections.abc import Callable

    from sockspec.explore.steps import Step

__all__ = ["Model", "make"]

_ON_CLOSED = {"ioctl", "sockatmark", "adopt"}  # what takes the number and not the socket


def make(family: str, type: str) -> Sock:
    """A new socket."""
    if family == "unix":
        return Local(family, type)
    return Tcp(family, type) if type == "stream" else Udp(family, type)


class Model(Transfers):
    """What may come back, for every step of a program."""

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
            return [*done(found), *self._policy()]
        return None if found is None else done(found)

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
            names = sources(embryo.peer.name if embryo.peer else UNNAMED)
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
        return done(sock.shut_down(frozenset(how[step.args[0]])))

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
