"""Programs over the documents' functions: generated once, run on any backend, told alike.

A program is a list of steps; running it gives a transcript, one entry a step. What differs
from run to run by nature (ports, descriptors) is told by name, so that two transcripts are
equal exactly when two implementations behave alike.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field

from hypothesis import strategies as st

from sockspec import Socket, TcpSocket
from sockspec.address import Inet, Inet6
from sockspec.api import TcpKeepalive
from sockspec.errors import Consumed, SocketError, Unsupported

NAMES = ("a", "b", "c")
HOSTS = {"AF_INET": "127.0.0.1", "AF_INET6": "::1"}

names = st.sampled_from(NAMES)
booleans = st.booleans()
u32 = st.one_of(st.integers(0, 300), st.integers(0, 2**32 - 1))
sizes = st.one_of(st.integers(0, 2**17), st.integers(0, 2**31 - 1))
seconds = st.one_of(
    st.none(), st.integers(0, 70_000).map(float), st.floats(0, 100), st.floats(0, 2**33)
)
data = st.binary(max_size=40)

BOOLEAN = [
    "broadcast",
    "keepalive",
    "out_of_band_inline",
    "reuse_address",
    "nodelay",
    "only_v6",
    "multicast_loop_v4",
    "multicast_loop_v6",
]
NUMBER = ["ttl", "multicast_ttl_v4", "unicast_hops_v6", "multicast_hops_v6", "multicast_if_v6"]
SIZE = ["recv_buffer_size", "send_buffer_size"]
TIME = ["read_timeout", "write_timeout", "linger"]
PLAIN = ["take_error", "local_addr", "peer_addr", "nonblocking", "multicast_if_v4"]


KEEPALIVE = st.builds(
    TcpKeepalive,
    time=st.one_of(st.none(), st.floats(0, 40_000)),
    interval=st.one_of(st.none(), st.floats(0, 40_000)),
    retries=st.one_of(st.none(), st.integers(0, 200)),
)


def _setters(options, values):
    return st.tuples(st.sampled_from(options), values).map(
        lambda pair: (f"set_{pair[0]}", pair[1])
    )


CALLS = st.one_of(
    st.sampled_from(BOOLEAN + NUMBER + SIZE + TIME + PLAIN).map(lambda name: (name,)),
    _setters(BOOLEAN, booleans),
    _setters(NUMBER, u32),
    _setters(SIZE, sizes),
    _setters(TIME, seconds),
    _setters(["tcp_user_timeout"], seconds),
    st.tuples(st.just("set_tcp_keepalive"), KEEPALIVE),
    st.sampled_from(["tcp_keepalive_time", "tcp_keepalive_interval"]).map(lambda name: (name,)),
    st.tuples(
        st.just("set_multicast_if_v4"), st.sampled_from(["127.0.0.1", "0.0.0.0", "10.1.2.3"])
    ),
    st.tuples(
        st.sampled_from(["join_multicast_v4", "leave_multicast_v4"]),
        st.sampled_from(["239.255.1.2", "127.0.0.1"]),
        st.sampled_from(["127.0.0.1", "0.0.0.0"]),
    ),
    st.tuples(
        st.sampled_from(["join_multicast_v6", "leave_multicast_v6"]),
        st.sampled_from(["ff11::77", "::1"]),
        st.sampled_from([0, 1, 77_777]),
    ),
    st.tuples(st.just("listen"), st.integers(-2, 6)),
    st.tuples(st.just("shutdown"), st.sampled_from(["SHUT_RD", "SHUT_WR", "SHUT_RDWR"])),
    st.tuples(st.sampled_from(["send", "send_out_of_band"]), data),
    st.tuples(st.sampled_from(["send_with_flags"]), data, st.sampled_from(["MSG_DONTWAIT", 0])),
    st.tuples(st.just("send_vectored"), st.lists(data, max_size=3)),
    st.tuples(
        st.sampled_from(["recv", "peek", "recv_from", "peek_from", "recv_out_of_band"]),
        st.integers(0, 50),
    ),
    st.tuples(st.just("recv_vectored"), st.lists(st.integers(0, 20), min_size=1, max_size=3)),
)

STEPS = st.one_of(
    st.tuples(st.just("call"), names, CALLS),
    st.tuples(st.just("call"), names, CALLS),
    st.tuples(st.just("bind"), names, st.sampled_from(["loopback", "wildcard", *NAMES])),
    st.tuples(st.just("connect"), names, st.sampled_from([*NAMES, "nobody"])),
    st.tuples(st.just("send_to"), names, st.sampled_from(NAMES), data),
    st.tuples(st.just("accept"), names, names),
    st.tuples(st.just("clone"), names, names),
    st.tuples(st.just("close"), names),
)

KINDS = st.tuples(
    st.sampled_from(["AF_INET", "AF_INET6"]), st.sampled_from(["SOCK_STREAM", "SOCK_DGRAM"])
)

PROGRAMS = st.fixed_dictionaries(
    {
        "kind": KINDS,
        "arrange": st.sampled_from(["fresh", "bound", "connected"]),
        "steps": st.lists(STEPS, min_size=8, max_size=20),
    }
)
"""A kind of socket, how they begin, and what is done to them."""


@dataclass
class Run:
    """One run of one program on one backend."""

    backend: object
    kind: tuple[str, str]
    sockets: dict[str, Socket] = field(default_factory=dict)
    ports: dict[int, str] = field(default_factory=dict)
    held: set[str] = field(default_factory=set)
    transcript: list[object] = field(default_factory=list)

    def make(self, name):
        self.held.discard(name)
        made = Socket(*self.kind, backend=self.backend)
        made.set_nonblocking(True)
        self.sockets[name] = made
        return made

    def loopback(self, port=0):
        host = HOSTS[self.kind[0]]
        return (Inet if self.kind[0] == "AF_INET" else Inet6)(host, port)

    def known(self, name):
        """Have the port that the socket has by now told by its name."""
        with contextlib.suppress(SocketError):
            port = self.sockets[name].local_addr().port
            if port:
                self.ports.setdefault(port, name)

    def told(self, value):
        if isinstance(value, Inet | Inet6):
            port = self.ports.get(value.port, "port" if value.port else "0")
            return f"{value.host}:{port}"
        if isinstance(value, SocketError):
            return f"pending {value.symbol}"
        if isinstance(value, tuple):
            return tuple(self.told(each) for each in value)
        return value

    def note(self, step, call, *arguments):
        try:
            result = call(*arguments)
        except SocketError as error:
            told = error.symbol
        except Consumed:
            told = "consumed"
        except Unsupported as error:
            told = f"unsupported {error.feature}"
        else:
            told = self.told(result)
        self.transcript.append((step, told))

    def arrive(self, sock):
        """Let what is under way to a socket arrive, so that no step depends on time."""
        with contextlib.suppress(SocketError):
            sock.poll("POLLIN", 0.002)

    def do(self, step):
        kind, name, *rest = step
        sock = self.sockets[name]
        if kind == "call":
            function, *arguments = rest[0]
            if function.startswith(("recv", "peek")):
                self.arrive(sock)
            self.note(step, getattr(sock, function), *arguments)
            getter = getattr(sock, function.removeprefix("set_"), None)
            if function.startswith("set_") and getter:
                self.note("which reads", getter)
        elif kind == "bind":
            # Only an address that is held by a bind: a port that the system took back after a
            # refused connect may be anyone's by now.
            where = rest[0] if rest[0] in self.held or rest[0] not in NAMES else "loopback"
            self.note(step, sock.bind, self.place(where))
            if self.transcript[-1][1] is None:
                self.held.add(name)
        elif kind == "connect":
            self.note(step, sock.connect, self.place(rest[0]))
            with contextlib.suppress(SocketError):
                sock.poll("POLLOUT", 0.05)
        elif kind == "send_to":
            self.note(step, sock.send_to, rest[1], self.place(rest[0]))
        elif kind == "accept":
            self.accept(step, sock, rest[0])
        elif kind == "clone":
            clone = sock.try_clone()
            self.replace(rest[0], clone)
        else:
            self.note(step, sock.close)
            self.make(name)
        self.known(name)

    def accept(self, step, sock, into):
        self.arrive(sock)
        try:
            accepted, address = sock.accept()
        except SocketError as error:
            self.transcript.append((step, error.symbol))
            return
        accepted.set_nonblocking(True)
        self.transcript.append((step, self.told(address)))
        self.replace(into, accepted)

    def replace(self, name, sock):
        with contextlib.suppress(SocketError):
            self.sockets[name].close()
        self.held.discard(name)
        self.sockets[name] = sock

    def place(self, where):
        if where == "loopback":
            return self.loopback()
        if where == "wildcard":
            return Inet("0.0.0.0", 0) if self.kind[0] == "AF_INET" else Inet6("::", 0)
        if where == "nobody":
            return self.dead
        try:
            address = self.sockets[where].local_addr()
        except SocketError:
            return self.dead
        return address if address.port else self.dead

    def run(self, arrange, steps):
        # Bound and never listening: nobody is there, and nobody else gets the port.
        keeper = Socket(self.kind[0], "SOCK_STREAM", backend=self.backend)
        keeper.bind(self.loopback())
        self.dead = keeper.local_addr()
        self.ports[self.dead.port] = "nobody"
        try:
            for name in NAMES:
                self.make(name)
            if arrange != "fresh":
                for name in NAMES:
                    self.sockets[name].bind(self.loopback())
                    self.known(name)
                    self.held.add(name)
            if arrange == "connected":
                self.connect_first_two()
            for step in steps:
                self.do(step)
        finally:
            for sock in (keeper, *self.sockets.values()):
                with contextlib.suppress(SocketError):
                    sock.close()
        return self.transcript

    def connect_first_two(self):
        a, b, c = (self.sockets[name] for name in NAMES)
        if self.kind[1] == "SOCK_DGRAM":
            a.connect(b.local_addr())
            b.connect(a.local_addr())
            return
        c.listen(4)
        with contextlib.suppress(SocketError):
            a.connect(c.local_addr())
        c.poll("POLLIN", 5.0)
        accepted, _address = c.accept()
        accepted.set_nonblocking(True)
        b.close()
        self.sockets["b"] = accepted


def run(program, backend):
    """The transcript of a program on a backend."""
    return Run(backend, program["kind"]).run(program["arrange"], program["steps"])


# -- tokio's ------------------------------------------------------------------------

TCP_CALLS = st.one_of(
    st.sampled_from(
        ["reuseaddr", "reuseport", "send_buffer_size", "recv_buffer_size", "linger", "tos"]
    ).map(lambda name: (name,)),
    st.sampled_from(["device", "local_addr", "take_error"]).map(lambda name: (name,)),
    _setters(["reuseaddr", "reuseport"], booleans),
    _setters(["send_buffer_size", "recv_buffer_size"], sizes),
    _setters(["linger"], seconds),
    _setters(["tos"], u32),
)
TCP_PROGRAMS = st.fixed_dictionaries(
    {
        "family": st.sampled_from(["AF_INET", "AF_INET6"]),
        "calls": st.lists(TCP_CALLS, min_size=4, max_size=12),
        "bind": st.sampled_from(["no", "once", "twice", "taken"]),
        "end": st.sampled_from(["none", "listen", "connect", "refused"]),
        "backlog": u32,
    }
)
"""Calls on a TcpSocket, whether it is bound, and what it becomes."""


def run_tcp(program, backend):
    """The transcript of a TcpSocket's life on a backend."""
    this = Run(backend, (program["family"], "SOCK_STREAM"))
    listener = Socket(program["family"], "SOCK_STREAM", backend=backend)
    listener.bind(this.loopback())
    listener.listen(4)
    address = listener.local_addr()
    this.ports[address.port] = "listener"
    dead = Socket(program["family"], "SOCK_STREAM", backend=backend)
    dead.bind(this.loopback())
    new = TcpSocket.new_v4 if program["family"] == "AF_INET" else TcpSocket.new_v6
    sock = new(backend=backend)
    ends = []
    try:
        for function, *arguments in program["calls"]:
            this.note((function, *arguments), getattr(sock, function), *arguments)
            if function.startswith("set_"):
                this.note("which reads", getattr(sock, function.removeprefix("set_")))
        for _ in range({"no": 0, "twice": 2}.get(program["bind"], 1)):
            place = address if program["bind"] == "taken" else this.loopback()
            this.note("bind", sock.bind, place)
            this.note("local_addr", sock.local_addr)
        if program["end"] == "listen":
            this.note("listen", lambda: ends.append(sock.listen(program["backlog"])))
        elif program["end"] != "none":
            target = address if program["end"] == "connect" else dead.local_addr()
            this.note("connect", lambda: ends.append(asyncio.run(_connected(sock, target))))
        if program["end"] != "none":
            this.note("afterwards", sock.reuseaddr)
    finally:
        for each in (*ends, sock, dead, listener):
            with contextlib.suppress(SocketError, Consumed):
                each.close()
    return this.transcript


async def _connected(sock, target):
    async with asyncio.timeout(5):
        return await sock.connect(target)
