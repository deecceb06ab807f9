"""What one function sets is read back by another: the documents' functions, and the options."""

from __future__ import annotations

from sockspec.api import TcpKeepalive, codec
from sockspec.spec import CONFORMS, INET, MUST, POSIX, SOCKET2, outcome, rule

SAME = {"same": CONFORMS, "another-value": "another value is read"}
AS_SET = [
    POSIX.setsockopt("DESCRIPTION", "to the value pointed to by the option_value argument"),
    POSIX.getsockopt("DESCRIPTION", "shall retrieve the value for the option"),
]

KEEPALIVE = rule(
    "contracts.another-door.keepalive",
    "getsockopt() returns the time, interval and count that set_tcp_keepalive has set.",
    level=MUST,
    sources=[
        SOCKET2.set_tcp_keepalive(4, "This will enable SO_KEEPALIVE on this socket"),
        *AS_SET,
    ],
    behaviours=SAME,
)

PARAMETERS = {
    "time": ("TCP_KEEPIDLE", 61),
    "interval": ("TCP_KEEPINTVL", 7),
    "retries": ("TCP_KEEPCNT", 5),
}


@KEEPALIVE.case(family=INET, parameter=tuple(PARAMETERS))
def test_keepalive(sockets, see, case):
    sock = sockets.new()
    name, wanted = PARAMETERS[case["parameter"]]
    sockets.number(name)
    how = outcome(sock.set_tcp_keepalive, TcpKeepalive(time=61, interval=7, retries=5))
    if how == "succeeds":
        got = sock.get_int("IPPROTO_TCP", name)
        how = "same" if got == wanted else "another-value"
    see(how)


SET = rule(
    "contracts.another-door.set",
    "getsockopt() returns what a function of the document has set.",
    level=MUST,
    sources=[SOCKET2.set_read_timeout(1, "Set value for the SO_RCVTIMEO option"), *AS_SET],
    behaviours=SAME,
)

READ = rule(
    "contracts.another-door.read",
    "A function of the document returns what setsockopt() has set.",
    level=MUST,
    sources=[SOCKET2.read_timeout(1, "Get value for the SO_RCVTIMEO option"), *AS_SET],
    behaviours=SAME,
)

FLAG = ("SO_KEEPALIVE", "SO_REUSEADDR", "SO_OOBINLINE", "TCP_NODELAY")
OPTIONS = {
    "SO_KEEPALIVE": ("SOL_SOCKET", "keepalive", True),
    "SO_REUSEADDR": ("SOL_SOCKET", "reuse_address", True),
    "SO_OOBINLINE": ("SOL_SOCKET", "out_of_band_inline", True),
    "TCP_NODELAY": ("IPPROTO_TCP", "nodelay", True),
    "SO_LINGER": ("SOL_SOCKET", "linger", 7.0),
    "SO_RCVTIMEO": ("SOL_SOCKET", "read_timeout", 3.0),
    "SO_SNDTIMEO": ("SOL_SOCKET", "write_timeout", 5.0),
}
"""By option its level, the function that reads it, and a value that is not the default."""


def encoded(backend, option, value):
    """The bytes of a value, as the option has them."""
    if option == "SO_LINGER":
        return codec.linger(backend, value)
    return codec.c_int(backend, 1) if option in FLAG else codec.timeval(backend, value)


def decoded(backend, option, raw):
    """The value of an option's bytes."""
    if option == "SO_LINGER":
        return codec.to_linger(backend, raw)
    return any(raw) if option in FLAG else codec.to_timeval(backend, raw)


@SET.case(family=INET, option=tuple(OPTIONS))
def test_set(sockets, see, case):
    level, name, value = OPTIONS[case["option"]]
    sock = sockets.new()
    how = outcome(getattr(sock, f"set_{name}"), value)
    if how == "succeeds":
        length = len(encoded(sockets.backend, case["option"], value))
        raw = sock.get_option(level, case["option"], length)
        got = decoded(sockets.backend, case["option"], raw)
        how = "same" if got == value else "another-value"
    see(how)


@READ.case(family=INET, option=tuple(OPTIONS))
def test_read(sockets, see, case):
    level, name, value = OPTIONS[case["option"]]
    sock = sockets.new()
    raw = encoded(sockets.backend, case["option"], value)
    how = outcome(sock.set_option, level, case["option"], raw)
    if how == "succeeds":
        how = "same" if getattr(sock, name)() == value else "another-value"
    see(how)
