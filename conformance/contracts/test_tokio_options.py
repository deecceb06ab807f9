"""What `TcpSocket` promises of its options, its name and its device."""

from __future__ import annotations

from sockspec.spec import CONFORMS, INET, MUST, SHOULD, TOKIO, V4, outcome, rule

from .tokio import bound, fresh

FLAGS = rule(
    "contracts.tcp-socket.flags",
    "SO_REUSEADDR and SO_REUSEPORT read back as they were set.",
    level=MUST,
    sources=[
        TOKIO.set_reuseaddr(1),
        TOKIO.reuseaddr(1, "Retrieves the value set for SO_REUSEADDR"),
        TOKIO.set_reuseport(1),
        TOKIO.reuseport(1),
    ],
    behaviours={"same": CONFORMS, "other": "the opposite"},
)


@FLAGS.case(family=INET, option=("reuseaddr", "reuseport"), value=("on", "off", "untouched"))
def test_flags(sockets, see, case):
    sock = fresh(sockets, case)
    wanted = case["value"] == "on"
    if case["value"] != "untouched":
        getattr(sock, f"set_{case['option']}")(wanted)
    see("same" if getattr(sock, case["option"])() is wanted else "other")


BUFFERS = rule(
    "contracts.tcp-socket.buffer-size",
    "A buffer size is set, and what reads back is at least what was asked for.",
    level=SHOULD,
    sources=[
        TOKIO.set_recv_buffer_size(1),
        TOKIO.recv_buffer_size(3, "may not be the same"),
        TOKIO.set_send_buffer_size(1),
        TOKIO.send_buffer_size(3),
    ],
    behaviours={"enough": CONFORMS, "less": "less than was asked for"},
)


@BUFFERS.case(family=INET, which=("recv", "send"))
def test_buffers(sockets, see, case):
    sock = fresh(sockets, case)
    getattr(sock, f"set_{case['which']}_buffer_size")(65536)
    got = getattr(sock, f"{case['which']}_buffer_size")()
    see("enough" if got >= 65536 else "less", got=got)


TOS_KEPT = rule(
    "contracts.tcp-socket.tos",
    "The type-of-service field that is set is the one that is used: it reads back.",
    level=MUST,
    sources=[
        TOKIO.set_tos(2, "sets the type-of-service field that is used in every packet"),
        TOKIO.tos(1),
    ],
    behaviours={
        "same": CONFORMS,
        "ecn-masked": "without its two lowest bits",
        "other": "other",
    },
)


@TOS_KEPT.case(family=V4, bits=("dscp", "ecn"))
def test_tos(sockets, see, case):
    sock = fresh(sockets, case)
    value = 0x60 if case["bits"] == "dscp" else 0x63
    sock.set_tos(value)
    got = sock.tos()
    see("same" if got == value else "ecn-masked" if got == value & ~3 else "other", got=got)


LINGER = rule(
    "contracts.tcp-socket.linger",
    "A linger time of whole seconds reads back as it was set; without one lingering is off.",
    level=MUST,
    sources=[TOKIO.set_linger(1), TOKIO.linger(1)],
    behaviours={"same": CONFORMS, "other": "another time, or none"},
)


@LINGER.case(family=INET, time=("none", "zero", "seconds"))
def test_linger(sockets, see, case):
    sock = fresh(sockets, case)
    wanted = {"none": None, "zero": 0.0, "seconds": 7.0}[case["time"]]
    sock.set_linger(wanted)
    got = sock.linger()
    see("same" if got == wanted else "other", got=got)


BIND = rule(
    "contracts.tcp-socket.bind",
    "bind gives the socket the address, and a second socket is refused there.",
    level=MUST,
    sources=[TOKIO.bind(1), TOKIO.local_addr(1)],
    behaviours={"EADDRINUSE": CONFORMS, "bound": "both are bound", "other": "another address"},
)


@BIND.case(family=INET)
def test_bind(sockets, see, case):
    first = bound(sockets, case)
    address = first.local_addr()
    if address.host != sockets.loopback().host or not address.port:
        see("other", got=address)
        return
    see(outcome(fresh(sockets, case).bind, address, ok="bound"))


DEVICE_READ = rule(
    "contracts.tcp-socket.device",
    "The interface that a socket was bound to is read back; a new socket has none.",
    level=MUST,
    sources=[TOKIO.device(1), TOKIO.bind_device(1)],
    behaviours={
        "same": CONFORMS,
        "other": "another interface, or none",
        "EPERM": "it is not permitted",
    },
    needs=["device"],
)


@DEVICE_READ.case(family=V4, interface=("none", "lo"))
def test_device(sockets, see, case):
    sock = fresh(sockets, case)
    wanted = None
    how = "same"
    if case["interface"] == "lo":
        wanted = b"lo"
        how = outcome(sock.bind_device, wanted, ok="same")
    told = []
    if how == "same":
        how = outcome(lambda: told.append(sock.device()), ok="same")
    see("other" if told not in ([], [wanted]) else how)


DEVICE = rule(
    "contracts.tcp-socket.device-removed",
    "Binding to no interface removes the binding to one.",
    level=MUST,
    sources=[TOKIO.bind_device(3, "If interface is None or an empty string it removes")],
    behaviours={"removed": CONFORMS, "EPERM": "it is not permitted", "kept": "it stays"},
    needs=["device", "privileged"],
)


@DEVICE.case(family=V4, given=("none", "empty"))
def test_device_removed(sockets, see, case):
    sock = fresh(sockets, case)
    sock.bind_device(b"lo")
    how = outcome(sock.bind_device, None if case["given"] == "none" else b"")
    if how == "succeeds":
        how = "removed" if sock.device() is None else "kept"
    see(how)
