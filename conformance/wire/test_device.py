"""What a socket that is bound to a device receives, accepts and connects to."""

from __future__ import annotations

from sockspec.spec import DGRAM, INET, MAN, POSIX, SERVER, UNSPECIFIED, outcome, rule

from .groups import came, place

DEVICE = MAN.socket(7, "SO_BINDTODEVICE", "Bind this socket to a particular device")
ONLY = MAN.socket(7, "SO_BINDTODEVICE", "only packets received from that particular interface")
UNBOUND = MAN.socket(7, "SO_BINDTODEVICE", "the socket device binding is removed")
RECEIVED = {
    "received": "the datagram is received",
    "not-received": "the datagram is not received",
}


RECEIVES = rule(
    "wire.device.receives",
    "Whether a socket that is bound to a device receives what comes through another one is "
    "unspecified.",
    aliases=["wire.route.device-receives"],
    level=UNSPECIFIED,
    sources=[ONLY],
    behaviours=RECEIVED,
    needs=["interfaces", "device"],
)
RELEASED = rule(
    "wire.device.removed",
    "Whether a socket that is bound to a device no longer receives what comes through another "
    "one is unspecified.",
    aliases=["wire.route.device-removed"],
    level=UNSPECIFIED,
    sources=[UNBOUND],
    behaviours=RECEIVED,
    needs=["interfaces", "device"],
)


@RECEIVES.case(device=("same", "other"), family=INET, type=DGRAM)
@RELEASED.case(device="other", removed="yes", family=INET, type=DGRAM)
def test_receives(sockets, see, case):
    first, second = sockets.ends(), sockets.second_ends()
    ours, far = sockets.new(), sockets.other()
    ours.bind(sockets.wildcard())
    ours.bind_device((first if case["device"] == "same" else second)[0].name.encode())
    if case.get("removed"):
        ours.bind_device(None)
    target = place(first[0], case["family"])
    far.send_to(b"x", sockets.address(target, port=ours.local_addr().port))
    sockets.wait_across("in")
    see("received" if came(ours) else "not-received")


LISTENS = rule(
    "wire.device.listener",
    "Whether a listener that is bound to a device accepts what comes through another one is "
    "unspecified.",
    aliases=["wire.route.device-listener"],
    level=UNSPECIFIED,
    judges=SERVER,
    sources=[ONLY],
    behaviours={"accepted": "the connection is established"},
    needs=["interfaces", "device"],
)


@LISTENS.case(device=("same", "other"), family=INET)
def test_listener(sockets, see, case):
    first, second = sockets.ends(), sockets.second_ends()
    listener = sockets.listener()
    listener.bind_device((first if case["device"] == "same" else second)[0].name.encode())
    see(outcome(sockets.new().connect, listener.local_addr(), ok="accepted"))


INHERITED = rule(
    "wire.device.inherited",
    "Whether an accepted connection is bound to the device of its listener is unspecified.",
    aliases=["wire.route.device-inherited"],
    level=UNSPECIFIED,
    sources=[
        DEVICE,
        POSIX.accept("DESCRIPTION", "create a new socket with the same socket type"),
    ],
    behaviours={"bound": "it is", "unbound": "it is bound to none"},
    needs=["link", "device"],
)


@INHERITED.case(family=INET)
def test_inherited(sockets, see, case):
    name = sockets.ends()[0].name.encode()
    server, _client = sockets.serving_of(lambda listener: listener.bind_device(name))
    see("bound" if server.device() == name else "unbound")


CONNECTS = rule(
    "wire.device.connect",
    "Whether a socket that is bound to a device connects to an address of another network is "
    "unspecified.",
    aliases=["wire.route.device-connect"],
    level=UNSPECIFIED,
    sources=[DEVICE],
    behaviours={"connects": "it does", "pending": "the connect goes on"},
    needs=["interfaces", "device"],
)


@CONNECTS.case(device=("same", "other", "loopback"), family=INET)
def test_connect(sockets, see, case):
    first, second = sockets.ends(), sockets.second_ends()
    names = {"same": first[0].name, "other": second[0].name, "loopback": "lo"}
    far, ours = sockets.other(), sockets.new()
    far.bind(sockets.address(place(first[1], case["family"])))
    far.listen(1)
    ours.bind_device(names[case["device"]].encode())
    ours.set_nonblocking(True)
    how = outcome(ours.connect, far.local_addr())
    if how == "EINPROGRESS":
        how = "connects" if ours.poll("POLLOUT", 0.1) else "pending"
    see(how)
