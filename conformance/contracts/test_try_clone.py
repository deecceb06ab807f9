"""try_clone() of the socket2 document."""

from __future__ import annotations

from sockspec.spec import CONFORMS, DGRAM, INET, MUST, SOCKET2, STREAM, UNIX, rule

from .calls import attempt

CLOEXEC = rule(
    "contracts.try-clone.cloexec",
    "A clone has close-on-exec set.",
    level=MUST,
    sources=[
        SOCKET2.try_clone(2, "uses F_DUPFD_CLOEXEC and thus sets the FD_CLOEXEC"),
        SOCKET2.try_clone(3, "setting inheriting to false"),
    ],
    behaviours={"cloexec": CONFORMS, "inheritable": "close-on-exec is clear"},
)


@CLOEXEC.case(family=(*INET, UNIX))
def test_cloexec(sockets, see, case):
    clone = sockets.keep(sockets.new().try_clone())
    see("cloexec" if clone.cloexec() else "inheritable")


INDEPENDENT = rule(
    "contracts.try-clone.independent",
    "A clone still receives after the original was closed.",
    level=MUST,
    sources=[SOCKET2.try_clone(1, "Creates a new independently owned handle")],
    behaviours={"works": CONFORMS, "dead": "it does not receive what the peer sends"},
)


@INDEPENDENT.case(family=(*INET, UNIX), type=(STREAM, DGRAM))
def test_independent(sockets, see, case):
    ours, theirs = sockets.connected()
    clone = sockets.keep(ours.try_clone())
    ours.close()

    def exchange():
        theirs.send(b"x")
        return clone.recv(4) if clone.poll("POLLIN", 2.0) else b""

    how, got = attempt(exchange)
    see(how if how != "succeeds" else "works" if got == b"x" else "dead")


SAME_SOCKET = rule(
    "contracts.try-clone.same-socket",
    "An option that is set on a socket reads back through its clone.",
    level=MUST,
    sources=[SOCKET2.try_clone(1, "new independently owned handle to the underlying socket")],
    behaviours={"shared": CONFORMS, "separate": "the clone's option is not set"},
)


@SAME_SOCKET.case(family=INET, option=("keepalive", "nodelay", "reuse-address"))
def test_same_socket(sockets, see, case):
    sock = sockets.new()
    clone = sockets.keep(sock.try_clone())
    name = case["option"].replace("-", "_")
    getattr(sock, f"set_{name}")(True)
    see("shared" if getattr(clone, name)() else "separate")
