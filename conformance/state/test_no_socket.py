"""Socket calls on a descriptor that is no socket."""

from __future__ import annotations

from sockspec.spec import CONFORMS, MUST, POSIX, UNSPECIFIED, Source, outcome, rule

NOT_ONE = "The socket argument does not refer to a socket"
CALLS = {
    "bind": lambda backend, sock, here: backend.bind(sock, here),
    "listen": lambda backend, sock, _here: backend.listen(sock, 1),
    "connect": lambda backend, sock, here: backend.connect(sock, here),
    "accept": lambda backend, sock, _here: backend.accept(sock),
    "getsockname": lambda backend, sock, _here: backend.local_addr(sock),
    "getpeername": lambda backend, sock, _here: backend.peer_addr(sock),
    "shutdown": lambda backend, sock, _here: backend.shutdown(
        sock, backend.constant("SHUT_RDWR")
    ),
    "getsockopt": lambda backend, sock, _here: backend.getsockopt(
        sock, backend.constant("SOL_SOCKET"), backend.constant("SO_TYPE"), 4
    ),
    "setsockopt": lambda backend, sock, _here: backend.setsockopt(
        sock, backend.constant("SOL_SOCKET"), backend.constant("SO_KEEPALIVE"), bytes(4)
    ),
    "recv": lambda backend, sock, _here: backend.recv(sock, 1, 0),
    "recvfrom": lambda backend, sock, _here: backend.recvfrom(sock, 1, 0),
    "recvmsg": lambda backend, sock, _here: backend.recvmsg(sock, [1], 0, 0),
    "send": lambda backend, sock, _here: backend.send(sock, b"x", 0),
    "sendto": lambda backend, sock, here: backend.sendto(sock, b"x", 0, here),
    "sendmsg": lambda backend, sock, _here: backend.sendmsg(sock, [b"x"], (), 0, None),
}
"""Every call whose page has ENOTSOCK, by its name there."""


def cited() -> list[Source]:
    return [getattr(POSIX, name)("ENOTSOCK", NOT_ONE) for name in CALLS]


REFUSED = rule(
    "state.no-socket.refused",
    "A socket call on a descriptor that is no socket fails with ENOTSOCK.",
    level=MUST,
    sources=cited(),
    behaviours={"ENOTSOCK": CONFORMS},
    needs=["no-sockets"],
)


def _made(sockets, what):
    if what == "file":
        return sockets.of(sockets.backend.file(b"content"))
    one, other = (sockets.of(each) for each in sockets.backend.pipe())
    return one if what == "pipe-read" else other


@REFUSED.case(what=("file", "pipe-read", "pipe-write"), call=tuple(CALLS))
def test_refused(sockets, see, case):
    sock = _made(sockets, case["what"])
    see(outcome(CALLS[case["call"]], sockets.backend, sock.handle, sockets.loopback()))


STILL = rule(
    "state.no-socket.left-alone",
    "Whether a refused socket call on a file or pipe leaves its content as it was is "
    "unspecified.",
    level=UNSPECIFIED,
    sources=cited(),
    behaviours={
        "kept": "the content is still there, and nothing else",
        "changed": "the content is another one afterwards",
    },
    needs=["no-sockets", "read-write"],
)


@STILL.case(what=("file", "pipe"), call=("recv", "recvmsg", "send", "sendmsg"))
def test_left_alone(sockets, see, case):
    if case["what"] == "file":
        sock = sockets.of(sockets.backend.file(b"content"))
    else:
        sock, writer = (sockets.of(each) for each in sockets.backend.pipe())
        sockets.backend.write(writer.handle, b"content")
    outcome(CALLS[case["call"]], sockets.backend, sock.handle, sockets.loopback())
    got = sockets.backend.read(sock.handle, 100)
    see("kept" if got == b"content" else "changed", got=got)
