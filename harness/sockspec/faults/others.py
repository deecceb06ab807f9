"""What users reported of socket layers in public, in a second list: none is in the first.

The rules were named before the faults were played, and those that were missing, 29 of them
new or with new cases, after it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sockspec.faults import defects as do
from sockspec.faults import watched
from sockspec.faults.fault import Fault, instead
from sockspec.faults.flows import data, ends, names, options
from sockspec.faults.reported import Report

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["REPORTS", "faults"]

_GVISOR = "https://github.com/google/gvisor/"
_DRAGON = "https://github.com/DragonOS-Community/DragonOS/"
_STARRY = "https://github.com/rcore-os/tgoskits/"
_PHOENIX = "https://github.com/phoenix-rtos/phoenix-rtos-project/issues/"
_GRAMINE = "https://github.com/gramineproject/"
_EMSCRIPTEN = "https://github.com/emscripten-core/emscripten/issues/"
_NUTTX = "https://github.com/apache/nuttx/"
_ZEPHYR = "https://github.com/zephyrproject-rtos/zephyr/pull/"
_NANOS = "https://github.com/nanovms/nanos/pull/"
_UNIKRAFT = "https://github.com/unikraft/unikraft/pull/"
_MIRI = "https://github.com/rust-lang/miri/pull/"
_SET, _GET = "setsockopt", "getsockopt"
_SOCKET, _IP, _IPV6, _TCP = "SOL_SOCKET", "IPPROTO_IP", "IPPROTO_IPV6", "IPPROTO_TCP"
_TCP_NUMBERS = (
    *("TCP_NODELAY", "TCP_CORK", "TCP_QUICKACK", "TCP_MAXSEG", "TCP_KEEPIDLE", "TCP_KEEPINTVL"),
    *("TCP_KEEPCNT", "TCP_USER_TIMEOUT", "TCP_LINGER2", "TCP_DEFER_ACCEPT", "TCP_SYNCNT"),
    "TCP_WINDOW_CLAMP",
)


def _touch(*calls: str) -> tuple[tuple[str, ...], ...]:
    return tuple((each,) for each in calls)


OPTIONS = (
    Report(
        "IP_TTL/hops-too", "IP_TTL of an IPv6 socket is its hop limit as well",
        f"{_GVISOR}issues/6389",
        ("state.dual-stack.options-apart",),
        options.hops_too, ((_SET, _IP, "IP_TTL"),),
    ),
    Report(
        "IPPROTO_TCP/short-refused", "a number of TCP cannot be read into fewer bytes than four",
        f"{_GVISOR}pull/13017", ("options.length.read-short", "options.boolean.short-buffer"),
        options.short_refused(_TCP, *_TCP_NUMBERS),
        tuple((_GET, _TCP, each) for each in _TCP_NUMBERS),
    ),
    Report(
        "TCP_INFO/short-refused", "TCP_INFO cannot be read into fewer bytes than it has",
        f"{_GVISOR}pull/7915", ("options.length.read-short",),
        options.short_refused(_TCP, "TCP_INFO", under=224), ((_GET, _TCP, "TCP_INFO"),),
    ),
    Report(
        "IPPROTO_TCP/on-datagrams", "a datagram socket takes the options of TCP",
        f"{_GVISOR}issues/6972", ("options.unsupported",),
        options.tcp_on_datagrams, _touch(_SET),
    ),
    Report(
        "IPV6_TCLASS/minus-one", "IPV6_TCLASS cannot be set to -1",
        f"{_STARRY}pull/1319", ("options.integer.minus-one", "options.value.beyond"),
        options.value_refused(_IPV6, "IPV6_TCLASS", -1), ((_SET, _IPV6, "IPV6_TCLASS"),),
    ),
    Report(
        "IP_RECVTOS/silent", "IP_RECVTOS can be set, and brings nothing",
        f"{_STARRY}pull/1319", ("data.control-kind.received", "data.control.received-v4"),
        options.silent(_IP, "IP_TOS", ends.always), _touch("recvmsg"),
    ),
    Report(
        "IP_TOS/not-inherited", "an accepted socket has not the IP_TOS of its listener",
        f"{_STARRY}pull/1319", ("options.integer.inherited", "options.state.inherited"),
        options.not_taken_over, _touch("accept"),
    ),
    Report(
        "SO_TIMESTAMP/unix", "a unix datagram has no time stamp",
        f"{_STARRY}pull/1905", ("data.control-kind.received",),
        options.silent(
            _SOCKET, "SCM_TIMESTAMP", ends.plain(do.is_("AF_UNIX", "SOCK_DGRAM"))
        ),
        _touch("recvmsg"),
    ),
    Report(
        "SO_PASSCRED/peeked", "a peek takes the credentials of a message",
        f"{_STARRY}pull/1905", ("data.unix-credentials.peeked",),
        data.credentials_once, _touch("recvmsg"),
    ),
    Report(
        "IPV6_RECVPKTINFO/of-ipv4", "a datagram of IPv4 brings a dual-stack socket no control data",
        "https://github.com/chrysn/aiocoap/issues/209", ("data.control-kind.dual-stack",),
        options.silent(_IPV6, "IPV6_PKTINFO", ends.from_ipv4), _touch("recvmsg"),
    ),
    Report(
        "TCP_CONGESTION/missing", "there is no such option",
        "https://github.com/FDio/vpp/issues/3014",
        ("contracts.newer.congestion", "options.effect.congestion-control", "options.presence"),
        do.refuses(_TCP, "TCP_CONGESTION", "ENOPROTOOPT"),
        ((_GET, _TCP, "TCP_CONGESTION"), (_SET, _TCP, "TCP_CONGESTION")),
    ),
    Report(
        "SO_RCVTIMEO/zero-is-now", "a time limit of nothing makes a receive return at once",
        "https://github.com/LiteOS/LiteOS_Lab/pull/93",
        ("readiness.timeouts.no-limit", "contracts.timeout.zero"),
        options.zero_is_now, ((_SET, _SOCKET, "SO_RCVTIMEO"),),
    ),
    Report(
        "SO_RCVTIMEO/accept", "accept() does not heed it",
        "https://github.com/robovm/robovm/issues/78", ("readiness.timeouts.accept",),
        options.unlimited("accept", "SO_RCVTIMEO"), ((_SET, _SOCKET, "SO_RCVTIMEO"),),
    ),
    Report(
        "SO_SNDTIMEO/connect", "connect() does not heed it",
        f"{_NANOS}2122", ("readiness.timeouts.connect",),
        options.unlimited("connect", "SO_SNDTIMEO"), ((_SET, _SOCKET, "SO_SNDTIMEO"),),
    ),
    Report(
        "SO_RCVTIMEO/third-time", "the third receive whose time would be over fails with ENOTCONN",
        "https://github.com/espressif/esp-idf/issues/2540",
        ("readiness.timeouts.repeats", "readiness.timeouts.receive"),
        options.third_time, ((_SET, _SOCKET, "SO_RCVTIMEO"),),
    ),
    Report(
        "SO_REUSEPORT/one-listens", "of those that share a port one alone can listen",
        f"{_STARRY}pull/1518", ("state.port-sharing.two-listeners", "state.reuse"),
        names.shared_listen_refused, _touch("listen"),
    ),
    Report(
        "SO_REUSEPORT/joined-without", "who has not set it shares the port of those who have",
        f"{_STARRY}pull/1518", ("state.reuse.bound", "state.reuse.datagram"),
        names.joined_without, (("bind", "EADDRINUSE"),),
    ),
    Report(
        "SO_REUSEADDR/datagrams-apart", "it does not let datagram sockets share an address",
        f"{_NUTTX}pull/8493", ("state.reuse.datagram", "state.port-sharing"),
        names.datagrams_apart, ((_SET, _SOCKET, "SO_REUSEADDR"),),
    ),
)  # fmt: skip

NAMES = (
    Report(
        "getsockname/peers", "a connected stream socket has its peer's name",
        f"{_EMSCRIPTEN}3997", ("grid.names.local", "state.connect.binds"),
        names.peers_name("SOCK_STREAM"),
    ),
    Report(
        "getsockname/datagram-peers", "a connected datagram socket has its peer's name",
        f"{_GRAMINE}gramine/issues/262", ("grid.names", "state.connect", "state.connect-datagram"),
        names.peers_name("SOCK_DGRAM"),
    ),
    Report(
        "getsockname/nobody", "a socket that connect() has bound has no name",
        f"{_EMSCRIPTEN}4008", ("grid.names.local", "state.connect.binds"),
        names.nobody, _touch("local_addr"),
    ),
    Report(
        "accept/unix-nameless", "accept() returns no name of a unix client that is bound",
        f"{_PHOENIX}1666", ("state.unix-names.bound-client",), names.unix_nameless("accept"),
    ),
    Report(
        "getsockname/unix-nameless", "a unix socket that is bound has no name",
        f"{_PHOENIX}1674", ("state.unix-names.kept", "state.bind.name"),
        names.unix_nameless("local_addr"),
    ),
    Report(
        "getpeername/unix-nameless", "a unix peer that is bound has no name",
        f"{_PHOENIX}1672", ("state.unix-names.peer", "grid.names.peer"),
        names.unix_nameless("peer_addr"),
    ),
    Report(
        "recvmsg/unix-nameless", "recvmsg() returns no name of a unix sender that is bound",
        f"{_PHOENIX}1665", ("state.unix-names.sender", "data.peek-arrivals.vectored-sender"),
        names.unix_nameless("recvmsg"),
    ),
    Report(
        "bind/EEXIST", "bind() to a path that is there fails with EEXIST",
        f"{_PHOENIX}1667", ("state.unix-files.in-use", "state.unix-files.occupied"),
        do.answers("EADDRINUSE", "EEXIST", "bind", when=do.is_("AF_UNIX")),
        (("bind", "EADDRINUSE"),),
    ),
    Report(
        "getsockname/unix-unbound-named", "an unbound unix socket has an abstract name",
        "https://github.com/rust-lang/rust/pull/139524",
        ("state.unix-names.unbound", "grid.names.answer"), names.named_unbound,
    ),
    Report(
        "getsockname/overruns", "a name is written beyond the length of its buffer",
        "https://github.com/F-Stack/f-stack/pull/814", ("state.name-length",),
        names.overruns,
    ),
    Report(
        "connect/whole-address", "a unix address in less than the whole structure is refused",
        "https://github.com/syswonder/ruxos/issues/154",
        ("state.unix-length", "state.unix-paths", "state.unix-connect"),
        names.whole_unix_alone, _touch("connect"),
    ),
    Report(
        "connect/unix-unspecified", "a unix datagram socket cannot be rid of its peer",
        f"{_PHOENIX}1669", ("state.disconnect.datagram", "grid.connect.unspec"),
        names.unix_unspecified, _touch("connect"),
    ),
    Report(
        "recvfrom/prefix", "an IPv4 sender's address stands at the front of an IPv6 one",
        "https://github.com/RIOT-OS/RIOT/pull/22072",
        ("state.dual-stack.mapped-address", "state.dual-stack.reply"), names.unmapped_prefix,
    ),
    Report(
        "sendto/mapped-refused", "nothing can be sent to a mapped address",
        "https://github.com/espressif/esp-idf/issues/5993",
        ("state.dual-stack.connects-mapped", "state.dual-stack.reply"),
        instead(sendto=names.mapped_refused),
    ),
    Report(
        "sendto/mapped-lost", "what is sent to a mapped address is lost",
        f"{_NANOS}1322", ("state.dual-stack.connects-mapped", "state.dual-stack.reply"),
        instead(sendto=names.mapped_lost),
    ),
    Report(
        "sendto/ports-change", "an unbound socket sends each datagram from another port",
        "https://github.com/vivoblueos/kernel/pull/454", ("data.udp.same-port",),
        names.ports_change, _touch("sendto"),
    ),
    Report(
        "bind/group-not-here", "binding a stream socket to an IPv6 group fails with EADDRNOTAVAIL",
        f"{_GVISOR}issues/4940", ("state.bind.multicast-v6",), names.group_not_here,
    ),
    Report(
        "bind/unspecified", "an address of no family is refused",
        f"{_GVISOR}issues/6575", ("state.bind.unspec",), instead(bind=names.unspecified_refused),
    ),
    Report(
        "sendto/bound-to-group", "a socket that is bound to a group cannot send",
        f"{_DRAGON}pull/2256", ("data.multicast.sends-when-bound",),
        names.group_bound_sends_not,
    ),
    Report(
        "connect/wildcard", "the unspecified address is refused",
        f"{_NUTTX}pull/8297", ("state.connect-address.unspecified",),
        instead(connect=names.wildcard_refused),
    ),
    Report(
        "listen/unbound", "listen() on a socket that is not bound fails",
        "https://github.com/bytecodealliance/wasmtime/pull/12225",
        ("state.listen.unbound", "contracts.tcp-listener.unbound"), names.unbound_listen_refused,
    ),
    Report(
        "new/raw-unix", "a unix socket of the type SOCK_RAW is refused",
        f"{_DRAGON}pull/1550", ("creation.socket.raw-unix",), names.raw_unix_refused,
    ),
)  # fmt: skip

DATA = (
    Report(
        "recvmmsg/lost", "fewer messages than there is room for are lost",
        "https://github.com/cisco/exanic-software/issues/30", ("data.batch.receive-each-whole",),
        data.messages_lost,
    ),
    Report(
        "recvmmsg/limitless", "recvmmsg() heeds no time limit",
        f"{_GRAMINE}graphene/issues/753", ("data.batch.time-limit",),
        instead(recvmmsg=data.limitless),
    ),
    Report(
        "sendmmsg/all-counted", "all messages are counted when the first was sent",
        "https://github.com/libuv/libuv/issues/3129", ("data.batch.error-after-first",),
        data.all_counted,
    ),
    Report(
        "sendmsg/part-is-none", "a sendmsg() that sends a part fails with EAGAIN",
        f"{_GRAMINE}gramine/pull/30", ("data.partial", "data.vectored.partial"),
        data.part_is_none("sendmsg", lambda parts, *_rest: sum(map(len, parts))),
    ),
    Report(
        "sendmsg/foreign-control", "control data of another level hangs a unix socket",
        f"{_GRAMINE}gramine/issues/2193", ("data.control.unknown-type",),
        data.foreign_control_hangs,
    ),
    Report(
        "send/waits-nevertheless", "send() does not heed MSG_DONTWAIT",
        f"{_GRAMINE}gramine/pull/723", ("data.partial.full-dont-wait", "data.flags.on-send"),
        data.waits_nevertheless("send", 1), (("send", "MSG_DONTWAIT"),),
    ),
    Report(
        "sendmsg/waits-nevertheless", "sendmsg() does not heed MSG_DONTWAIT",
        f"{_GRAMINE}gramine/pull/723", ("data.partial.full-dont-wait", "data.flags.on-send"),
        data.waits_nevertheless("sendmsg", 2), _touch("sendmsg"),
    ),
    Report(
        "recvmsg/control-again", "a message without control data comes with that of the last",
        f"{_ZEPHYR}68376", ("data.control.none-unasked",), data.control_again, _touch("recvmsg"),
    ),
    Report(
        "recv/no-room", "recv() into no room fails with ENOBUFS",
        f"{_ZEPHYR}18931", ("data.empty.receive-leaves-stream", "data.empty.receive-takes-datagram"),
        data.no_room_refused("recv"),
    ),
    Report(
        "recvmsg/no-room-kept", "a unix datagram stays, and counts nothing, where there is no room",
        f"{_GVISOR}issues/993", ("data.empty.receive-takes-datagram", "data.truncation.real-length"),
        data.no_room_kept,
    ),
    Report(
        "ioctl/ended-unread", "FIONREAD counts nothing once the peer has closed",
        "https://github.com/microsoft/WSL/issues/207", ("options.ioctl.unread",),
        data.ended_unread,
    ),
    Report(
        "recv/end-for-reset", "a unix connection that was never accepted ends in order",
        f"{_GVISOR}issues/12576", ("state.unix-listen.closed-unaccepted",), data.end_for_reset,
    ),
    Report(
        "recv/reset-again", "a reset is reported by each receive",
        f"{_ZEPHYR}114889", ("state.close.reset-reported-once",), data.reset_again,
        (("recv", "ECONNRESET"),),
    ),
    Report(
        "recv/sends-apart", "a receive of a unix stream ends with what one send has sent",
        f"{_DRAGON}pull/1563", ("data.order.stream-coalesces",), data.sends_apart,
        _touch("send"),
    ),
    Report(
        "write/nothing", "write() of no bytes does nothing at all",
        f"{_DRAGON}pull/1563", ("data.read-write.writes-nothing",),
        instead(write=data.writes_nothing),
    ),
    Report(
        "sendto/empty-unsent", "an empty datagram is not sent",
        "https://github.com/envoyproxy/envoy/pull/46613",
        ("data.empty.datagram-sent", "data.empty.datagram-delivered"), data.empty_unsent("sendto"),
    ),
    Report(
        "send/empty-unsent", "an empty datagram is not sent by a connected socket",
        "https://github.com/envoyproxy/envoy/pull/46613",
        ("data.empty.datagram-sent", "data.empty.datagram-delivered"), data.empty_unsent("send"),
    ),
    Report(
        "recvfrom/empty-fails", "recvfrom() fails for an empty datagram",
        "https://github.com/ponylang/ponyc/issues/5289", ("data.empty.datagram-sender",), data.empty_fails,
    ),
    Report(
        "recvfrom/empty-nameless", "an empty datagram comes from nobody",
        "https://github.com/cppalliance/corosio/pull/208",
        ("data.empty.datagram-sender",), data.empty_nameless,
    ),
    Report(
        "sendto/more-goes-on", "what MSG_MORE holds back goes where the last part goes",
        f"{_STARRY}issues/577", ("data.flags.more-elsewhere",), data.more_goes_on,
        _touch("sendto"),
    ),
    Report(
        "send/urgent-datagrams", "a datagram socket does not heed MSG_OOB",
        f"{_STARRY}pull/598", ("urgent.refusals.datagram-calls",),
        data.urgent_datagrams("send", 1), (("send", "MSG_OOB"),),
    ),
    Report(
        "recv/peer-needed", "recv() of a datagram socket without a peer fails with ENOTCONN",
        f"{_STARRY}pull/529", ("grid.receive", "data.udp", "data.empty.datagram-sent"), data.peer_needed,
    ),
    Report(
        "close/datagram-lost", "a datagram whose sender is closed at once is lost",
        f"{_STARRY}pull/1568", ("data.udp.sender-closed",), data.lost_by_close,
        _touch("sendto"),
    ),
    Report(
        "recvmsg/rights-fail", "too few descriptors for rights is EMFILE",
        f"{_DRAGON}issues/2288", ("data.rights-limit", "data.unix-rights-limits"),
        data.rights_fail,
    ),
    Report(
        "sendfile/runs-ahead", "sendfile() moves the file by what it has not sent, too",
        f"{_GVISOR}issues/3779", ("data.read-write.sendfile-sends-part",), data.runs_ahead,
    ),
    Report(
        "sendfile/zero-is-here", "an offset of 0 is where the file is",
        "https://github.com/python/cpython/pull/150270", ("data.read-write.sendfile-sends-content",),
        instead(sendfile=data.zero_is_here),
    ),
    Report(
        "sendfile/part-is-none", "a sendfile() that sends a part fails with EAGAIN",
        "https://github.com/microsoft/mystikos/pull/872", ("data.read-write.sendfile-sends-part",),
        data.part_is_none("sendfile", lambda _file, _offset, count: count),
    ),
)  # fmt: skip

EVENTS = (
    Report(
        "epoll/no-read-hangup", "epoll does not report EPOLLRDHUP",
        "https://github.com/shadow/shadow/pull/3574", ("readiness.epoll.read-hangup",),
        watched.hidden("EPOLLRDHUP"),
    ),
    Report(
        "epoll/hangup-asked", "epoll reports errors and hang-ups where they were asked for",
        f"{_DRAGON}pull/1554", ("readiness.epoll.beside-poll",),
        watched.hidden("EPOLLERR", "EPOLLHUP", asked=True),
    ),
    Report(
        "epoll/changed", "EPOLL_CTL_MOD has nothing reported that is there already",
        f"{_STARRY}pull/314", ("readiness.epoll.rearmed",), watched.changed,
    ),
    Report(
        "epoll/changed-to-new", "what EPOLL_CTL_MOD newly asks for, and is there, is not reported",
        f"{_UNIKRAFT}1310", ("readiness.epoll.asked-later",), watched.changed_to_new,
    ),
    Report(
        "epoll/edge-lost", "EPOLL_CTL_MOD makes a level of an edge",
        "https://github.com/libevent/libevent/issues/636", ("readiness.epoll.changed-mode",),
        watched.edge_lost,
    ),
    Report(
        "epoll/no-room-no-edge", "an edge for which epoll_wait() has no room is lost",
        f"{_UNIKRAFT}1297", ("readiness.epoll.more-than-fit",), watched.no_room_no_edge,
        _touch("epoll_wait"),
    ),
    Report(
        "epoll/sampled", "data that comes when all was received is no edge",
        f"{_STARRY}pull/1034", ("readiness.epoll.more-data",), watched.sampled,
    ),
    Report(
        "poll/peeked-away", "a peek that gets less than it has room for takes readiness away",
        f"{_MIRI}5043", ("readiness.readable.peeked",),
        watched.peeked_away, (("recv", "MSG_PEEK"),),
    ),
    Report(
        "poll/shut-end-once", "what is shut down for reading is readable until its end is read",
        f"{_MIRI}5106", ("readiness.readable.own-read-shutdown-stays",),
        watched.shut_end_once, _touch("shutdown"),
    ),
    Report(
        "poll/nothing", "poll() of nothing fails",
        f"{_DRAGON}pull/1545", ("readiness.poll.nothing",), instead(poll=watched.nothing_refused),
    ),
    Report(
        "select/closed-waits", "select() of what is closed waits for its time",
        "https://github.com/espressif/esp-lwip/issues/27", ("readiness.select.closed",),
        instead(select=watched.closed_waits),
    ),
    Report(
        "poll/unix-datagram-fails", "poll() of a unix datagram socket reports an error",
        f"{_NUTTX}issues/16555", ("readiness.events", "grid.poll.answer"),
        watched.unix_datagram_fails,
    ),
    Report(
        "poll/unaccepted-no-error", "a unix connection that was never accepted ends without error",
        f"{_GVISOR}issues/12576", ("readiness.events.unaccepted-unix",),
        watched.no_error_of_unaccepted, _touch("listen"),
    ),
)  # fmt: skip

ENDS = (
    Report(
        "close/unsent-never-ends", "what is closed with data unsent never ends",
        f"{_GVISOR}issues/13393", ("state.close.peer-ends", "options.linger-close", "wire.end-state"),
        ends.unsent_never_ends,
    ),
    Report(
        "close/connecting-left", "a connection that is closed right after its connect() never ends",
        f"{_GVISOR}issues/6067", ("state.accept.closed-connecting",),
        ends.connecting_left, (("connect", "EINPROGRESS"),),
    ),
    Report(
        "close/no-abort-after-end", "what was shut down is never aborted",
        f"{_DRAGON}pull/1874", ("options.linger-close.zero-after-end",),
        ends.no_abort_after_end, _touch("shutdown"),
    ),
    Report(
        "accept/ended-drops", "what a client sent that closed before accept() is lost",
        f"{_NUTTX}pull/9187", ("state.accept.data-before", "state.accept.closed-before"),
        ends.accepted_ended,
    ),
    Report(
        "accept/ended-refused", "accept() of what its client has closed fails with EINVAL",
        "https://github.com/ghaerr/elks/issues/1051", ("state.accept.closed-before",),
        ends.ended_refused,
    ),
    Report(
        "shutdown/second-end-lost", "the second who shuts a connection down sends no end",
        "https://github.com/microsoft/demikernel/issues/1537",
        ("state.shutdown.peer-ends",),
        ends.second_end_lost,
    ),
    Report(
        "shutdown/one-shutdown", "what was shut down in one direction stays open in the other",
        "https://github.com/Lind-Project/safeposix-rust/issues/312",
        ("state.shutdown.peer-ends",), ends.one_shutdown,
        _touch("shutdown"),
    ),
    Report(
        "getsockname/when-shut", "what was shut down in both directions has no name",
        "https://github.com/Lind-Project/safeposix-rust/issues/312", ("grid.names.answer",),
        ends.nameless_when_shut, _touch("shutdown"),
    ),
    Report(
        "shutdown/unix-read-alone", "a unix peer can go on to send to what reads no more",
        "https://github.com/Lind-Project/safeposix-rust/issues/312",
        ("state.shutdown.peer-reads-not",), ends.unix_read_shut_alone,
        _touch("shutdown"),
    ),
    Report(
        "shutdown/queued-lost", "what was queued before reading was shut down is lost",
        "https://github.com/TroyMitchell911/caffeinix/pull/47",
        ("state.shutdown.queued-before",), ends.queued_lost_by_shutdown, _touch("shutdown"),
    ),
    Report(
        "recv/reset-drops", "what was received before a reset is lost with it",
        "https://github.com/meshtastic/python/pull/958", ("state.close.sent-before-reset",),
        ends.reset_drops,
    ),
    Report(
        "connect/full-refuses", "a unix listener whose queue is full refuses",
        "https://github.com/asterinas/asterinas/pull/1196",
        ("state.unix-listen.full-nonblocking", "state.unix-listen.full-blocking"),
        ends.full_refuses,
    ),
)  # fmt: skip

REPORTS = OPTIONS + NAMES + DATA + EVENTS + ENDS
"""All of them."""


def faults() -> Iterator[Fault]:
    """The table."""
    for each in REPORTS:
        yield Fault(f"reported/{each.name}", each.does, each.rules, each.make, each.touches)
