"""The calls of the grid as one table, for rules that make each of them in turn.

Each takes what makes sockets and the socket that it is made on; what it returns, or how it
fails, is of no interest here.
"""

from __future__ import annotations

from sockspec.spec import DGRAM, RAW, VSOCK


def somewhere(sockets):
    """The address of a socket that takes connections, or datagrams."""
    if sockets.family == VSOCK:
        sockets.need("vsock-loopback")  # elsewhere it would be an address of another machine
    listens = sockets.type not in (DGRAM, RAW)
    return (sockets.listener() if listens else sockets.bound()).local_addr()


RECEIVES = {
    "recv": lambda sock: sock.recv(16),
    "recv-peek": lambda sock: sock.recv_with_flags(16, "MSG_PEEK"),
    "recv-oob": lambda sock: sock.recv_with_flags(16, "MSG_OOB"),
    "recvfrom": lambda sock: sock.recv_from(16)[0],
    "recvmsg": lambda sock: sock.recvmsg([16]).data[0],
}

SENDS = {
    "send": lambda sock: sock.send(b"x"),
    "send-oob": lambda sock: sock.send_out_of_band(b"x"),
    "sendmsg": lambda sock: sock.sendmsg([b"x"]),
}

PLAIN = {
    **RECEIVES,
    **SENDS,
    "listen": lambda sock: sock.listen(2),
    "getsockname": lambda sock: sock.local_addr(),
    "getpeername": lambda sock: sock.peer_addr(),
    "shutdown-rd": lambda sock: sock.shutdown("SHUT_RD"),
    "shutdown-wr": lambda sock: sock.shutdown("SHUT_WR"),
    "shutdown-rdwr": lambda sock: sock.shutdown("SHUT_RDWR"),
    "get-error": lambda sock: sock.take_error(),
    "get-type": lambda sock: sock.type(),
    "get-acceptconn": lambda sock: sock.is_listener(),
    "get-nonblocking": lambda sock: sock.nonblocking(),
    "fionread": lambda sock: sock.available(),
    "sockatmark": lambda sock: sock.at_mark(),
}
"""Those that need the socket and nothing else."""

CALLS = {
    **{name: lambda _sockets, sock, call=call: call(sock) for name, call in PLAIN.items()},
    "bind": lambda sockets, sock: sock.bind(sockets.loopback()),
    "connect": lambda sockets, sock: sock.connect(somewhere(sockets)),
    "accept": lambda sockets, sock: sockets.accepted(sock),
    "sendto": lambda sockets, sock: sock.send_to(b"x", somewhere(sockets)),
    "poll": lambda sockets, sock: sock.poll(sockets.pollable, 0),
    "dup": lambda sockets, sock: sockets.keep(sock.try_clone()),
}
"""All that leave the socket open."""

ABOUT = {
    "bind": {"local-name"},
    "listen": {"local-name"},
    "sendto": {"local-name"},
    "connect": {"local-name", "peer-name"},
    "shutdown-rd": {"local-name", "peer-name"},
    "shutdown-wr": {"local-name", "peer-name"},
    "shutdown-rdwr": {"local-name", "peer-name"},
}
"""What a call may change of the socket that it is made on, by the names below."""
