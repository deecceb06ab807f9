"""The features that a rule can need, and a profile can promise."""

from __future__ import annotations

__all__ = ["FEATURES", "OF_A_PROCESS", "OF_THE_RUN"]

FEATURES = {
    "ipv4": "IPv4 sockets, and 127.0.0.1 to bind them to",
    "ipv6": "IPv6 sockets, and ::1 to bind them to",
    "dual-stack": "IPv6 sockets that speak IPv4: IPV6_V6ONLY can be turned off",
    "unix": "Unix stream sockets with a path as their name",
    "unix-dgram": "Unix datagram sockets",
    "unix-abstract": "names of Unix sockets that begin with a NUL and are no files",
    "unix-autobind": "binding a Unix socket to no name has the system choose one",
    "unix-files": "the files of Unix sockets can be seen from where the suite runs",
    "seqpacket": "Unix sockets of SOCK_SEQPACKET",
    "netlink": "netlink sockets, for messages between programs (NETLINK_USERSOCK)",
    "vsock": "VSOCK stream sockets, bound to a port",
    "vsock-loopback": "VSOCK streams between programs of one machine (VMADDR_CID_LOCAL)",
    "ping": "datagram sockets of ICMP, that echo requests are sent through",
    "raw": "raw IPv4 and IPv6 sockets",
    "packet": "packet sockets",
    "pair": "socketpair()",
    "poll": "poll()",
    "oob": "urgent data: MSG_OOB",
    "poll-priority": "poll() reports urgent data with POLLPRI",
    "sockatmark": "sockatmark()",
    "messages": "sendmsg() and recvmsg()",
    "new-raw": "socket() with no flag added",
    "accept-raw": "accept() with no flag added",
    "accept4": "accept4() with the flags that are asked for",
    "read-write": "read() and write() on a socket",
    "vectors": "readv() and writev() on a socket",
    "batches": "recvmmsg() and sendmmsg()",
    "sendfile": "sendfile() as Linux has it",
    "select": "select()",
    "pselect": "pselect() with a mask of signals",
    "ppoll": "ppoll() with a mask of signals",
    "epoll": "epoll_create(), epoll_ctl() and epoll_wait()",
    "kqueue": "kqueue() and kevent()",
    "raw-call": "calls whose lengths and pointers are given as they are, fitting or not",
    "no-sockets": "descriptors that are no sockets: a file, a pipe",
    "raw-address": "addresses as bytes, well-formed or not",
    "adopt": "a descriptor can be taken out of a socket, and made into one",
    "nonblocking-flag": "whether a socket is non-blocking can be read",
    "ioctl": "ioctl() with FIONREAD",
    "other-loopback": "all of 127.0.0.0/8 is this host",
    "multicast-v4": "IPv4 multicast groups can be joined",
    "multicast-v6": "IPv6 multicast groups can be joined",
    "reset": "closing with a linger time of zero resets the connection",
    "reuse-port": "SO_REUSEPORT",
    "full-backlog": "a connect to a listener whose queue is full stays pending",
    "device": "SO_BINDTODEVICE",
    "ports": "more ports to choose from than a run keeps busy",
    "link": "a network of their own joins the two ends of a connection",
    "interfaces": "three networks join the two ends of a connection, each with an interface",
    "impairment": "packets between the two ends can be lost, delayed and doubled",
    "packets": "what is sent between two sockets can be seen on the network",
    "own-packets": "so can what is sent between two sockets of one implementation",
    "signals": "signals can be handled, and sent to a call that waits",
    "descriptor-limit": "how many descriptors a process can open can be limited",
    "fork": "fork() and exec()",
    "privileged": "who runs the suite may do what takes a privilege",
    "unprivileged": "who runs the suite may not",
}
"""Every feature, with what it means that it is there."""

OF_A_PROCESS = frozenset({"signals", "descriptor-limit", "fork"})
"""Those that change a process: a case that needs one is run in an agent."""

OF_THE_RUN = frozenset(
    {
        *("unix-files", "ports", "link", "interfaces", "impairment"),
        *("packets", "own-packets"),
        *("privileged", "unprivileged", "ping", "raw", "packet", "vsock", "vsock-loopback"),
    }
)
"""Those that say how the suite is run, and so are no platform's to promise.

Raw, packet and ping sockets go by who runs it, VSOCK by what the kernel has loaded.
"""
