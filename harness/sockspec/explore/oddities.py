"""What Linux does that no standard says: permitted by the model, counted, and explained."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ODDITIES", "Oddity"]

_POSIX = "https://pubs.opengroup.org/onlinepubs/9699919799/functions"
_LINUX = "https://git.kernel.org/pub/scm/linux/kernel/git/torvalds/linux.git/tree/net"


@dataclass(frozen=True, slots=True)
class Oddity:
    """`does` says what in a sentence, `why` the reason, `source` where it is read."""

    does: str
    why: str
    source: str


ODDITIES = {
    "connect.succeeds-once": Oddity(
        "The first connect() after a connection was established in the background succeeds.",
        "The socket's own state becomes connected only when connect() asks for it; POSIX has "
        "EISCONN.",
        f"{_POSIX}/connect.html, {_LINUX}/ipv4/af_inet.c (__inet_stream_connect)",
    ),
    "connect.aborted": Oddity(
        "connect() after a refusal that was already reported fails with ECONNABORTED, once.",
        "Of the attempt nothing is left but that it ended.",
        f"{_LINUX}/ipv4/af_inet.c (__inet_stream_connect, sock_error)",
    ),
    "sendto.elsewhere": Oddity(
        "A connected UDP socket sends to another address when it is given one.",
        "POSIX permits both: EISCONN, or the address overrides the peer's.",
        f"{_POSIX}/sendto.html",
    ),
    "unix.shutdown-unconnected": Oddity(
        "shutdown() of a local socket that is not connected succeeds.",
        "It only sets what the socket will refuse from then on; POSIX has ENOTCONN.",
        f"{_POSIX}/shutdown.html, {_LINUX}/unix/af_unix.c (unix_shutdown)",
    ),
    "unix.recv-unconnected": Oddity(
        "A receive on a local stream that is not connected fails with EINVAL.",
        "POSIX has ENOTCONN.",
        f"{_POSIX}/recv.html, {_LINUX}/unix/af_unix.c (unix_stream_read_generic)",
    ),
    "unix.wait-all-loses-error": Oddity(
        "A receive with MSG_WAITALL that gets less than it asks for swallows a pending error.",
        "It looks on for more, meets the error, and returns the data it has: nobody reports "
        "the error.",
        f"{_LINUX}/unix/af_unix.c (unix_stream_read_generic)",
    ),
    "unix.mark-of-nothing": Oddity(
        "A local socket is at the mark when an empty record or a connection is queued first.",
        "What has no bytes left counts as urgent data that was read.",
        f"{_LINUX}/unix/af_unix.c (unix_ioctl, SIOCATMARK)",
    ),
    "udp6.urgent": Oddity(
        "A send with MSG_OOB on a UDP socket of IPv6 succeeds; of IPv4 it fails.",
        "Only the function for IPv4 looks at the flag.",
        f"{_LINUX}/ipv6/udp.c (udpv6_sendmsg), {_LINUX}/ipv4/udp.c (udp_sendmsg)",
    ),
}
"""By name, as the model's answers have them."""
