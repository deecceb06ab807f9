"""Sockets after fork(): two processes hold one socket, until both have closed it."""

from __future__ import annotations

from sockspec.spec import (
    CONFORMS,
    INET,
    MUST,
    POSIX,
    UNIX,
    V4,
    V6,
    outcome,
    rule,
)

ANY = (*INET, UNIX)
SHARED = POSIX.fork("DESCRIPTION", "refer to the same open file description")
LAST = POSIX.close("DESCRIPTION", "When all file descriptors associated with an open file")
WORKS = {"works": CONFORMS, "ends": "the peer receives the end of the stream"}


def carries(sockets, ours, theirs):
    """Name whether a byte still gets from one end to the other."""
    how = outcome(ours.send_with_flags, b"x", "MSG_NOSIGNAL")
    if how != "succeeds":
        return how
    sockets.wait(theirs, "POLLIN")
    return "works" if theirs.recv(1) == b"x" else "ends"


def in_child(sockets, child, primitive, sock, *arguments):
    """Have the child make a call on its copy of a socket."""
    return sockets.backend.in_child(child, primitive, [sock.handle, *arguments])


PORT = rule(
    "process.fork.port-held",
    "A listener that its process closes keeps its port while a child has it.",
    level=MUST,
    sources=[SHARED, LAST, POSIX.bind("EADDRINUSE", "The specified address is already in use")],
    behaviours={"EADDRINUSE": CONFORMS, "bound": "another socket takes the port"},
    needs=["fork"],
)


@PORT.case(family=INET)
def test_port_held(sockets, see, case):
    listener = sockets.listener()
    address = listener.local_addr()
    sockets.backend.fork()
    listener.close()
    see(outcome(sockets.new().bind, address, ok="bound"))


RELEASED = rule(
    "process.fork.port-released",
    "A port is free again when the last process that holds its listener has ended.",
    level=MUST,
    sources=[SHARED, LAST],
    behaviours={"bound": CONFORMS},
    needs=["fork"],
)


@RELEASED.case(family=INET)
def test_port_released(sockets, see, case):
    listener = sockets.listener()
    address = listener.local_addr()
    child = sockets.backend.fork()
    listener.close()
    sockets.backend.end_child(child)
    see(outcome(sockets.new().bind, address, ok="bound"))


ACCEPTS = rule(
    "process.fork.child-accepts",
    "A child accepts connections of a listener that it has from its parent.",
    level=MUST,
    sources=[SHARED, POSIX.accept("DESCRIPTION", "extract the first connection on the queue")],
    behaviours={"accepted": CONFORMS, "ends": WORKS["ends"]},
    needs=["fork"],
)


@ACCEPTS.case(family=ANY, closed=("nowhere", "in-parent"))
def test_child_accepts(sockets, see, case):
    listener = sockets.listener()
    address, handle = listener.local_addr(), listener.handle
    child = sockets.backend.fork()
    if case["closed"] == "in-parent":
        listener.close()
    client = sockets.new()
    how = outcome(client.connect, address)
    if how != "succeeds":
        see(how)
        return
    accepted, _ = sockets.backend.in_child(child, "accept", [handle])
    sockets.backend.in_child(child, "send", [accepted, b"x"])
    see("accepted" if client.recv(1) == b"x" else "ends")


CLOSED = rule(
    "process.fork.closed-in-child",
    "Closing a socket in a child leaves the connection of its parent as it is.",
    level=MUST,
    sources=[SHARED, LAST],
    behaviours=WORKS,
    needs=["fork"],
)


@CLOSED.case(family=ANY, by=("close", "exit"))
def test_closed_in_child(sockets, see, case):
    ours, theirs = sockets.connected()
    child = sockets.backend.fork()
    if case["by"] == "close":
        in_child(sockets, child, "close", ours)
    else:
        sockets.backend.end_child(child)
    see(carries(sockets, ours, theirs))


HELD = rule(
    "process.fork.connection-held",
    "A connection ends when the last process that holds it has closed it, and not before.",
    level=MUST,
    sources=[SHARED, LAST],
    behaviours={
        "ends-with-the-last": CONFORMS,
        "ends-with-the-first": "the peer receives the end while a child has the socket",
        "stays": "the peer receives no end",
    },
    needs=["fork"],
)


@HELD.case(family=ANY)
def test_connection_held(sockets, see, case):
    ours, theirs = sockets.connected()
    child = sockets.backend.fork()
    in_child(sockets, child, "close", theirs)
    ours.close()
    if theirs.poll("POLLIN", 0.02):
        see("ends-with-the-first")
        return
    sockets.backend.end_child(child)
    if not theirs.poll("POLLIN", sockets.patience):
        see("stays")
        return
    see("ends-with-the-last" if theirs.recv(1) == b"" else "stays")


SHUT = rule(
    "process.fork.shut-down-in-child",
    "Shutting a socket down in a child shuts it down in its parent.",
    level=MUST,
    sources=[SHARED, POSIX.shutdown("DESCRIPTION", "shall cause all or part of a full-duplex")],
    behaviours={"EPIPE": CONFORMS, "works": "the parent can still send"},
    needs=["fork"],
)


@SHUT.case(family=ANY)
def test_shut_down_in_child(sockets, see, case):
    ours, _theirs = sockets.connected()
    child = sockets.backend.fork()
    in_child(sockets, child, "shutdown", ours, sockets.number("SHUT_WR"))
    see(outcome(ours.send_with_flags, b"x", "MSG_NOSIGNAL", ok="works"))


TAKEN = rule(
    "process.fork.received-in-child",
    "What a child receives is taken from the one queue that it shares with its parent.",
    level=MUST,
    sources=[SHARED],
    behaviours={
        "one-queue": CONFORMS,
        "two-queues": "the parent receives again what the child has received",
    },
    needs=["fork"],
)


@TAKEN.case(family=ANY)
def test_received_in_child(sockets, see, case):
    ours, theirs = sockets.connected()
    child = sockets.backend.fork()
    theirs.send(b"ab")
    sockets.wait(ours, "POLLIN")
    first = in_child(sockets, child, "recv", ours, 1)
    second = ours.recv(1)
    see("one-queue" if (first, second) == (b"a", b"b") else "two-queues")


STATE = rule(
    "process.fork.set-in-child",
    "What a child sets on a socket, its parent's socket has too.",
    level=MUST,
    sources=[SHARED, POSIX.fcntl("F_SETFL", "Set the file status flags")],
    behaviours={"set": CONFORMS, "not-set": "the parent's socket is as it was"},
    needs=["fork"],
)


@STATE.case(what=("option", "mode"), family=(V4, UNIX))
def test_set_in_child(sockets, see, case):
    sock = sockets.new()
    child = sockets.backend.fork()
    if case["what"] == "mode":
        sockets.need("nonblocking-flag")
        in_child(sockets, child, "set_nonblocking", sock, True)
        see("set" if sock.nonblocking() else "not-set")
        return
    level, name = sockets.number("SOL_SOCKET"), sockets.number("SO_KEEPALIVE")
    on = (1).to_bytes(4, sockets.backend.byte_order)
    in_child(sockets, child, "setsockopt", sock, level, name, on)
    see("set" if sock.keepalive() else "not-set")


EXEC = POSIX.exec("DESCRIPTION", "except for those whose close-on-exec flag FD_CLOEXEC is set")

CLOSED_BY_EXEC = rule(
    "process.fork.closed-by-exec",
    "A new program does not have the sockets whose close-on-exec flag is set.",
    level=MUST,
    sources=[EXEC, POSIX.fcntl("FD_CLOEXEC", "the file shall be closed upon successful")],
    behaviours={"closed": CONFORMS, "inherited": "it has them"},
    needs=["fork"],
)
KEPT_BY_EXEC = rule(
    "process.fork.kept-by-exec",
    "A new program has the sockets whose close-on-exec flag is clear.",
    level=MUST,
    sources=[EXEC],
    behaviours={"inherited": CONFORMS, "closed": "it does not have them"},
    needs=["fork", "new-raw"],
)


DOMAINS = {V4: "AF_INET", V6: "AF_INET6", UNIX: "AF_UNIX"}


def after_exec(sockets, ours, theirs):
    """Name whether a program that a child became has a socket."""
    child = sockets.backend.fork()
    in_child(sockets, child, "close", theirs)
    sockets.backend.exec_child(child)
    ours.close()
    return "closed" if theirs.poll("POLLIN", 0.02) else "inherited"


@CLOSED_BY_EXEC.case(family=ANY)
def test_closed_by_exec(sockets, see, case):
    see(after_exec(sockets, *sockets.connected()))


@KEPT_BY_EXEC.case(family=ANY)
def test_kept_by_exec(sockets, see, case):
    listener = sockets.listener()
    address = listener.local_addr()
    domain = sockets.number(DOMAINS[sockets.family])
    ours = sockets.of(sockets.backend.new_raw(domain, sockets.number("SOCK_STREAM"), 0))
    ours.connect(address)
    see(after_exec(sockets, ours, sockets.accepted(listener)))
