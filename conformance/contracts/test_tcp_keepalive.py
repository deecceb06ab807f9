"""set_tcp_keepalive() of the socket2 document."""

from __future__ import annotations

from sockspec.api import TcpKeepalive
from sockspec.spec import CONFORMS, INET, MUST, SOCKET2, UNSPECIFIED, outcome, rule

WILL_ENABLE = SOCKET2.set_tcp_keepalive(4, "This will enable SO_KEEPALIVE on this socket")

ENABLES = rule(
    "contracts.tcp-keepalive.enables",
    "Setting keepalive parameters enables SO_KEEPALIVE.",
    level=MUST,
    sources=[WILL_ENABLE],
    behaviours={"enabled": CONFORMS, "disabled": "SO_KEEPALIVE stays off"},
)


@ENABLES.case(family=INET, parameters=("none", "time", "all"))
def test_enables(sockets, see, case):
    sock = sockets.new()
    chosen = {
        "none": TcpKeepalive(),
        "time": TcpKeepalive(time=60),
        "all": TcpKeepalive(time=60, interval=5, retries=4),
    }
    how = outcome(sock.set_tcp_keepalive, chosen[case["parameters"]])
    see(how if how != "succeeds" else "enabled" if sock.keepalive() else "disabled")


OTHERS_KEPT = rule(
    "contracts.tcp-keepalive.others-kept",
    "Whether keepalive parameters that are not given keep their values is unspecified.",
    level=UNSPECIFIED,
    sources=[
        SOCKET2.set_tcp_keepalive(5, "may be overwritten with their default values"),
    ],
    behaviours={"kept": "they are as before", "overwritten": "they have other values"},
)


@OTHERS_KEPT.case(family=INET)
def test_others_kept(sockets, see, case):
    sock = sockets.new()
    for parameters in (TcpKeepalive(time=60, interval=5, retries=4), TcpKeepalive(time=90)):
        how = outcome(sock.set_tcp_keepalive, parameters)
        if how != "succeeds":
            see(how)
            return
    got = (sock.tcp_keepalive_interval(), sock.tcp_keepalive_retries())
    see("kept" if got == (5.0, 4) else "overwritten", got=got)


REFUSED = rule(
    "contracts.tcp-keepalive.refused-leaves-enabled",
    "Whether SO_KEEPALIVE is on after set_tcp_keepalive refused the time is unspecified.",
    level=UNSPECIFIED,
    sources=[WILL_ENABLE],
    behaviours={
        "as-before": "SO_KEEPALIVE stays off",
        "enabled": "SO_KEEPALIVE is on, although the call failed",
        "accepted": "the time is not refused",
    },
)


@REFUSED.case(family=INET, time=("zero", "under-a-second"))
def test_refused(sockets, see, case):
    sock = sockets.new()
    time = 0.0 if case["time"] == "zero" else 0.5
    how = outcome(sock.set_tcp_keepalive, TcpKeepalive(time=time))
    if how == "succeeds":
        see("accepted")
    else:
        see("enabled" if sock.keepalive() else "as-before", error=how)
