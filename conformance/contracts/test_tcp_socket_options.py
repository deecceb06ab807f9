"""The options of `TcpSocket` in the tokio document, and its device."""

from __future__ import annotations

from sockspec.spec import (
    CONFORMS,
    INET,
    MUST,
    POSIX,
    TOKIO,
    UNSPECIFIED,
    V4,
    outcome,
    rule,
)

from .calls import attempt
from .tokio import fresh

REUSE = rule(
    "contracts.tcp-socket-options.reuse",
    "SO_REUSEADDR and SO_REUSEPORT read back as they were set; SO_REUSEADDR is off until then.",
    level=MUST,
    sources=[
        TOKIO.set_reuseaddr(1, "Allows the socket to bind to an in-use address"),
        TOKIO.set_reuseport(1, "Allows the socket to bind to an in-use port"),
        TOKIO.reuseaddr(1, "Retrieves the value set for SO_REUSEADDR on this socket"),
        TOKIO.reuseport(1, "Allows the socket to bind to an in-use port"),
        POSIX.chapter("2.10.16", "SO_REUSEADDR", "The default value for SO_REUSEADDR is off"),
    ],
    behaviours={"same": CONFORMS, "opposite": "it reads back as the opposite"},
    aliases=["contracts.tcp-socket.flags"],
    renamed={"other": "opposite"},
)


@REUSE.case(family=INET, option=("reuseaddr", "reuseport"), value=("on", "off"))
@REUSE.case(family=INET, option="reuseaddr", value="untouched")
def test_reuse(sockets, see, case):
    sock = fresh(sockets, case)
    wanted = case["value"] == "on"
    if case["value"] != "untouched":
        getattr(sock, f"set_{case['option']}")(wanted)
    see("same" if getattr(sock, case["option"])() is wanted else "opposite")


BUFFERS = rule(
    "contracts.tcp-socket-options.buffer-size",
    "Whether a buffer size of a TcpSocket reads back as less than was set is unspecified.",
    level=UNSPECIFIED,
    sources=[
        TOKIO.set_recv_buffer_size(1, "Sets the size of the TCP receive buffer"),
        TOKIO.set_send_buffer_size(1, "Sets the size of the TCP send buffer"),
        TOKIO.recv_buffer_size(3, "the value returned by this function may not be the same"),
        TOKIO.send_buffer_size(3, "the value returned by this function may not be the same"),
    ],
    behaviours={
        "enough": "it reads back as what was set, or as more",
        "less": "it reads back as less than was set",
    },
    aliases=["contracts.tcp-socket.buffer-size"],
)


@BUFFERS.case(family=INET, which=("recv", "send"))
def test_buffer_size(sockets, see, case):
    sock = fresh(sockets, case)
    getattr(sock, f"set_{case['which']}_buffer_size")(65536)
    got = getattr(sock, f"{case['which']}_buffer_size")()
    see("enough" if got >= 65536 else "less", got=got)


TOS = rule(
    "contracts.tcp-socket-options.tos",
    "The type-of-service field reads back as it was set.",
    level=MUST,
    sources=[
        TOKIO.set_tos(2, "sets the type-of-service field that is used in every packet"),
        TOKIO.tos(1, "Gets the value of the IP_TOS option for this socket"),
    ],
    behaviours={
        "same": CONFORMS,
        "ecn-masked": "its two lowest bits read back as zero",
        "another-value": "it reads back as another number",
    },
    aliases=["contracts.tcp-socket.tos"],
    renamed={"other": "another-value"},
)


@TOS.case(family=V4, bits=("dscp", "ecn"))
def test_tos(sockets, see, case):
    sock = fresh(sockets, case)
    value = 0x60 if case["bits"] == "dscp" else 0x63
    sock.set_tos(value)
    got = sock.tos()
    masked = "ecn-masked" if got == value & ~3 else "another-value"
    see("same" if got == value else masked, got=got)


LINGER = rule(
    "contracts.tcp-socket-options.linger",
    "A linger time of whole seconds, and None, reads back as it was set.",
    level=MUST,
    sources=[
        TOKIO.set_linger(1, "Sets the linger duration of this socket by setting the SO_LINGER"),
        TOKIO.linger(1, "Reads the linger duration for this socket by getting the SO_LINGER"),
    ],
    behaviours={"same": CONFORMS, "another-time": "it reads back as another time, or None"},
    aliases=["contracts.tcp-socket.linger"],
    renamed={"other": "another-time"},
)


@LINGER.case(family=INET, time=("none", "zero", "seconds"))
def test_linger(sockets, see, case):
    sock = fresh(sockets, case)
    wanted = {"none": None, "zero": 0.0, "seconds": 7.0}[case["time"]]
    sock.set_linger(wanted)
    got = sock.linger()
    see("same" if got == wanted else "another-time", got=got)


DEVICE = rule(
    "contracts.tcp-socket-options.device",
    "device returns the interface that a TcpSocket was bound to, and None before.",
    level=MUST,
    sources=[
        TOKIO.bind_device(1, "Sets the value for the SO_BINDTODEVICE option on this socket"),
        TOKIO.device(2, "This value gets the socket binded device's interface name"),
    ],
    behaviours={"same": CONFORMS, "another-interface": "another interface, or None"},
    needs=["device"],
    aliases=["contracts.tcp-socket.device"],
    renamed={"other": "another-interface"},
)


@DEVICE.case(family=V4, interface=("none", "lo"))
def test_device(sockets, see, case):
    sock = fresh(sockets, case)
    wanted, how = None, "succeeds"
    if case["interface"] == "lo":
        wanted = b"lo"
        how = outcome(sock.bind_device, wanted)
    if how == "succeeds":
        how, got = attempt(sock.device)
    if how == "succeeds":
        how = "same" if got == wanted else "another-interface"
    see(how)


DEVICE_REMOVED = rule(
    "contracts.tcp-socket-options.device-removed",
    "Binding a TcpSocket to no interface removes its binding to one.",
    level=MUST,
    sources=[TOKIO.bind_device(4, "If interface is None or an empty string it removes")],
    behaviours={"removed": CONFORMS, "kept": "device still returns the interface"},
    needs=["device", "privileged"],
    aliases=["contracts.tcp-socket.device-removed"],
)


@DEVICE_REMOVED.case(family=V4, given=("none", "empty"))
def test_device_removed(sockets, see, case):
    sock = fresh(sockets, case)
    sock.bind_device(b"lo")
    how = outcome(sock.bind_device, None if case["given"] == "none" else b"")
    if how == "succeeds":
        how = "removed" if sock.device() is None else "kept"
    see(how)


SHARES = rule(
    "contracts.tcp-socket-options.shares-address",
    "Whether two TcpSockets with a reuse option share an address is unspecified.",
    level=UNSPECIFIED,
    sources=[
        TOKIO.set_reuseaddr(1, "Allows the socket to bind to an in-use address"),
        TOKIO.set_reuseport(1, "Allows the socket to bind to an in-use port"),
    ],
    behaviours={"shared": "both are bound"},
)


@SHARES.case(family=INET, option=("reuseaddr", "reuseport"))
def test_shares(sockets, see, case):
    first, second = fresh(sockets, case), fresh(sockets, case)
    for sock in (first, second):
        getattr(sock, f"set_{case['option']}")(True)
    first.bind(sockets.loopback())
    see(outcome(second.bind, first.local_addr(), ok="shared"))
