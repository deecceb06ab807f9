"""What the socket2 document says of accepting, cloning, dropping, shutting down, and names."""

from __future__ import annotations

from sockspec.spec import CONFORMS, DGRAM, INET, MUST, SOCKET2, STREAM, UNIX, V4, outcome, rule

ACCEPT_FLAGS = rule(
    "contracts.accept.flags",
    "An accepted socket has the flags that new sets: close-on-exec, and blocking.",
    level=MUST,
    sources=[SOCKET2.accept(3, "sets the same flags as in done for Socket::new")],
    behaviours={
        "as-new": "close-on-exec, blocking",
        "inheritable": "without close-on-exec",
        "nonblocking": "non-blocking as its listener",
    },
    conforming=["as-new"],
    needs=["nonblocking-flag"],
)


@ACCEPT_FLAGS.case(family=(*INET, UNIX), listener=("blocking", "nonblocking"))
def test_accept_flags(sockets, see, case):
    listener = sockets.listener()
    client = sockets.new()
    client.connect(listener.local_addr())
    sockets.wait(listener, "POLLIN")
    listener.set_nonblocking(case["listener"] == "nonblocking")
    accepted = sockets.accepted(listener)
    if not accepted.cloexec():
        see("inheritable")
    else:
        see("nonblocking" if accepted.nonblocking() else "as-new")


ACCEPT_ADDRESS = rule(
    "contracts.accept.address",
    "accept answers the address of the peer.",
    level=MUST,
    sources=[SOCKET2.accept(1)],
    behaviours={
        "peer": "the address that the client has",
        "other": "another address",
        "none": "no address",
    },
    conforming=["peer"],
)


@ACCEPT_ADDRESS.case(family=INET)
def test_accept_address(sockets, see, case):
    listener = sockets.listener()
    client = sockets.new()
    client.connect(listener.local_addr())
    accepted, address = listener.accept()
    sockets.keep(accepted)
    if address is None:
        see("none")
    else:
        see("peer" if address == client.local_addr() else "other")


RAW_FLAGS = rule(
    "contracts.accept-raw.flags",
    "accept_raw sets no flag on the accepted socket.",
    level=MUST,
    sources=[SOCKET2.accept_raw(2, "directly corresponds to the accept(2) function")],
    behaviours={"inheritable": CONFORMS, "cloexec": "close-on-exec is set"},
    needs=["accept-raw"],
)


@RAW_FLAGS.case(family=(*INET, UNIX))
def test_raw_flags(sockets, see, case):
    listener = sockets.listener()
    sockets.new().connect(listener.local_addr())
    accepted = sockets.keep(listener.accept_raw()[0])
    see("cloexec" if accepted.cloexec() else "inheritable")


CLONE_CLOEXEC = rule(
    "contracts.try-clone.cloexec",
    "A clone has close-on-exec set.",
    level=MUST,
    sources=[SOCKET2.try_clone(2, "uses F_DUPFD_CLOEXEC")],
    behaviours={"cloexec": CONFORMS, "inheritable": "close-on-exec is not set"},
)


@CLONE_CLOEXEC.case(family=(*INET, UNIX))
def test_clone_cloexec(sockets, see, case):
    clone = sockets.keep(sockets.new().try_clone())
    see("cloexec" if clone.cloexec() else "inheritable")


CLONE_INDEPENDENT = rule(
    "contracts.try-clone.independent",
    "A clone is owned independently: it works on after the original was closed.",
    level=MUST,
    sources=[SOCKET2.try_clone(1, "Creates a new independently owned handle")],
    behaviours={"works": CONFORMS, "dead": "it is closed with the original"},
)


@CLONE_INDEPENDENT.case(family=(*INET, UNIX), type=(STREAM, DGRAM))
def test_clone_independent(sockets, see, case):
    ours, theirs = sockets.connected()
    clone = sockets.keep(ours.try_clone())
    ours.close()
    theirs.send(b"x")
    sockets.wait(clone, "POLLIN")
    see("works" if clone.recv(4) == b"x" else "dead")


CLONE_SHARES = rule(
    "contracts.try-clone.same-socket",
    "A clone is the same socket: an option set through one is read through the other.",
    level=MUST,
    sources=[SOCKET2.try_clone(1, "new independently owned handle to the underlying socket")],
    behaviours={"shared": CONFORMS, "separate": "the option is not set through the other"},
)


@CLONE_SHARES.case(family=INET, option=("keepalive", "nodelay", "reuse-address"))
def test_clone_shares(sockets, see, case):
    sock = sockets.new()
    clone = sockets.keep(sock.try_clone())
    name = case["option"].replace("-", "_")
    getattr(sock, f"set_{name}")(True)
    see("shared" if getattr(clone, name)() else "separate")


CLOSE_ENDS = rule(
    "contracts.drop.closes",
    "Dropping the last handle closes the socket: the peer reads the end.",
    level=MUST,
    sources=[SOCKET2.page("impl Drop for Socket")],
    behaviours={"ended": CONFORMS, "open": "the connection stays open"},
)


@CLOSE_ENDS.case(family=(*INET, UNIX))
def test_close_ends(sockets, see, case):
    ours, theirs = sockets.connected()
    ours.close()
    see("ended" if theirs.poll("POLLIN", 2.0) and not theirs.recv(1) else "open")


TWO_ADDRESSES = rule(
    "contracts.example.two-addresses",
    "A listener bound to [::1] with IPV6_V6ONLY off is bound to two addresses.",
    level=MUST,
    sources=[SOCKET2.page("example", "create a TCP listener bound to two addresses")],
    behaviours={"two": "it is reached through 127.0.0.1 too", "one": "it is not"},
    conforming=["two"],
    needs=["dual-stack"],
)


@TWO_ADDRESSES.case()
def test_two_addresses(sockets, see, case):
    listener = sockets.new("v6")
    listener.set_only_v6(False)
    listener.bind(sockets.loopback("v6"))
    listener.listen(4)
    port = listener.local_addr().port
    how = outcome(sockets.new(V4).connect, sockets.loopback(V4, port))
    see("two" if how == "succeeds" else "one")


UNBOUND_NAME = rule(
    "contracts.local-addr.unbound",
    "Depending on the system an unbound socket has a local address or answers an error.",
    level=MUST,
    sources=[SOCKET2.local_addr(2, "may return an error if the socket is not bound")],
    behaviours={
        "unspecified": "the unspecified address and port 0",
        "EINVAL": CONFORMS,
        "other": "another address",
    },
    conforming=["unspecified"],
)


@UNBOUND_NAME.case(family=INET, type=(STREAM, DGRAM))
def test_unbound_name(sockets, see, case):
    sock = sockets.new()
    how = outcome(sock.local_addr)
    if how == "succeeds":
        how = "unspecified" if sock.local_addr() == sockets.wildcard() else "other"
    see(how)


PEER_NAME = rule(
    "contracts.peer-addr.unconnected",
    "The peer's address of a socket that is not connected is an error.",
    level=MUST,
    sources=[SOCKET2.peer_addr(2, "returns an error if the socket is not connected")],
    behaviours={"ENOTCONN": CONFORMS, "succeeds": "an address is returned"},
)


@PEER_NAME.case(family=(*INET, UNIX), state=("fresh", "bound", "listening"))
def test_peer_name(sockets, see, case):
    make = {"fresh": sockets.new, "bound": sockets.bound, "listening": sockets.listener}
    see(outcome(make[case["state"]]().peer_addr))


SHUT_WAKES = rule(
    "contracts.shutdown.pending",
    "Shutting down wakes what waits on the half that is shut.",
    level=MUST,
    sources=[SOCKET2.shutdown(2, "cause all pending and future I/O on the specified portions")],
    behaviours={"woken": "the pending call returns", "blocked": "it goes on waiting"},
    conforming=["woken"],
)


@SHUT_WAKES.case(family=(*INET, UNIX), call=("recv", "accept"))
def test_shutdown_pending(sockets, see, case):
    if case["call"] == "recv":
        sock, _theirs = sockets.connected()
        pending = sockets.start("recv", sock, 1, 0)
    else:
        sock = sockets.listener()
        pending = sockets.start("accept", sock)
    assert pending.is_blocked()
    how = outcome(sock.shutdown, "SHUT_RD")
    see(how if how != "succeeds" else "woken" if pending.wait(1.0) else "blocked")


SHUT_FUTURE = rule(
    "contracts.shutdown.future",
    "After shutting down for reading, reading returns at once, also when the peer sends more.",
    level=MUST,
    sources=[SOCKET2.shutdown(2, "cause all pending and future I/O on the specified portions")],
    behaviours={
        "end": "the end of the stream is returned",
        "data": "data that came later is returned",
        "EAGAIN": "it would wait",
    },
    conforming=["end"],
)


@SHUT_FUTURE.case(family=(*INET, UNIX), peer=("silent", "sends-later"))
def test_shutdown_future(sockets, see, case):
    ours, theirs = sockets.connected()
    ours.shutdown("SHUT_RD")
    if case["peer"] == "sends-later" and outcome(theirs.send, b"late") == "succeeds":
        # An echo the other way shows that the data has arrived before we look.
        how = outcome(ours.send, b"now")
        if how != "succeeds":
            see(how)  # the other direction has ended with it
            return
        sockets.wait(theirs, "POLLIN")
    ours.set_nonblocking(True)
    how = outcome(ours.peek, 8)
    if how == "succeeds":
        how = "data" if ours.recv(8) else "end"
    see(how)
