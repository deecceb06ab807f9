"""What users reported of socket layers in public, as faults: each has the report's address.

The rules were named before the faults were played: how many are caught by the rule that names
the promise measures how deep the specification is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sockspec.address import Unix
from sockspec.faults import calls, events, stacks
from sockspec.faults import defects as do
from sockspec.faults.fault import Fault, instead

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sockspec.faults.fault import Make, Touch

__all__ = ["REPORTS", "Report", "faults"]


class Report(NamedTuple):
    """A report: a name, what the system did, where it was said, who tells, and the fault."""

    name: str
    does: str
    where: str
    rules: tuple[str, ...]
    make: Make
    touches: tuple[Touch, ...] = ()


_GVISOR = "https://github.com/google/gvisor/issues/"
_WSL = "https://github.com/microsoft/WSL/issues/"
_ZEPHYR = "https://github.com/zephyrproject-rtos/zephyr/"
_EMSCRIPTEN = "https://github.com/emscripten-core/emscripten/"
_NANOS = "https://github.com/nanovms/nanos/"
_DOTNET = "https://github.com/dotnet/"
_SET, _GET = "setsockopt", "getsockopt"
_SOCKET, _IP = "SOL_SOCKET", "IPPROTO_IP"
_UNIX_STREAM = do.is_("AF_UNIX", "SOCK_STREAM")
_DGRAM = do.is_("", "SOCK_DGRAM")


def _option(
    name: str,
    does: str,
    where: str,
    rules: tuple[str, ...],
    level: str,
    option: str,
    make: Make,
) -> Report:
    touches = tuple((call, level, option) for call in (_GET, _SET))
    return Report(f"{option}/{name}", f"{option}: {does}", where, rules, make, touches)


OPTIONS = (
    _option(
        "zero-on-unix", "it reads 0 on a unix listener", f"{_GVISOR}8487",
        ("options.read-only.accept-connections", "grid.option.answer"), _SOCKET, "SO_ACCEPTCONN",
        do.returns(do.zero, do.option(_SOCKET, "SO_ACCEPTCONN", do.is_("AF_UNIX")), _GET),
    ),
    _option(
        "refused-on-unix", "a connected unix socket has none", f"{_WSL}8757",
        ("options.read-only.accept-connections", "grid.option.answer"), _SOCKET, "SO_ACCEPTCONN",
        do.refuses(_SOCKET, "SO_ACCEPTCONN", "EINVAL", _GET, also=_UNIX_STREAM),
    ),
    _option(
        "unconnected-refused", "it is not there before a connection",
        "https://github.com/wazuh/wazuh/pull/6444", ("options.buffer", "contracts.buffer-size"),
        _SOCKET, "SO_RCVBUF",
        do.refuses(_SOCKET, "SO_RCVBUF", "ENOTCONN", _GET, also=do.not_(do.connected)),
    ),
    _option(
        "missing", "there is no such option", f"{_GVISOR}1441",
        ("options.presence", "options.integer", "options.value"), "IPPROTO_TCP", "TCP_SYNCNT",
        do.refuses("IPPROTO_TCP", "TCP_SYNCNT", "ENOPROTOOPT"),
    ),
    _option(
        "stays-polled", "poll() goes on to report what it has taken", f"{_GVISOR}6666",
        ("options.error", "readiness"), _SOCKET, "SO_ERROR", events.error_stays_polled,
    ),
    _option(
        "refused", "it cannot be read", f"{_WSL}2761",
        ("options.presence.read", "options.value", "readiness.low-water"), _SOCKET,
        "SO_RCVLOWAT", do.refuses(_SOCKET, "SO_RCVLOWAT", "EINVAL", _GET),
    ),
    _option(
        "refused-on-unix", "a unix socket has none", f"{_WSL}1354",
        ("options.error", "contracts.take-error", "grid.option.answer"), _SOCKET, "SO_ERROR",
        do.refuses(_SOCKET, "SO_ERROR", "EINVAL", _GET, also=do.is_("AF_UNIX")),
    ),
    _option(
        "refused-on-unix", "a unix socket has none", f"{_WSL}3992",
        ("options.linger", "options.state.set", "options.value", "options.presence"), _SOCKET,
        "SO_LINGER", do.refuses(_SOCKET, "SO_LINGER", "EINVAL", _SET, also=do.is_("AF_UNIX")),
    ),
    _option(
        "refused", "it cannot be set", f"{_WSL}1211",
        ("data.control", "data.control-kind", "options.presence.set"), _IP, "IP_PKTINFO",
        do.refuses(_IP, "IP_PKTINFO", "EINVAL", _SET),
    ),
    _option(
        "refused", "it cannot be set", f"{_WSL}170",
        ("options.presence.set", "options.value", "wire.field"), _IP, "IP_MTU_DISCOVER",
        do.refuses(_IP, "IP_MTU_DISCOVER", "EINVAL", _SET),
    ),
    _option(
        "refused-on-datagrams", "a unix datagram socket has none", f"{_WSL}1011",
        ("data.unix-credentials", "options.presence.read"), _SOCKET, "SO_PEERCRED",
        do.refuses(
            _SOCKET, "SO_PEERCRED", "EINVAL", _GET, also=do.is_("AF_UNIX", "SOCK_DGRAM")
        ),
    ),
    _option(
        "refused", "it cannot be set", f"{_WSL}9329", ("options.presence.set",), _IP,
        "IP_TRANSPARENT", do.refuses(_IP, "IP_TRANSPARENT", "ENOPROTOOPT", _SET),
    ),
    _option(
        "always-zero", "it never tells of an error",
        "https://github.com/SerenityOS/serenity/pull/9216",
        ("options.error", "contracts.take-error", "readiness", "grid.option.answer"), _SOCKET,
        "SO_ERROR", do.returns(do.zero, do.option(_SOCKET, "SO_ERROR"), _GET),
    ),
    _option(
        "other-number", "it has the number of another system",
        "https://github.com/jart/cosmopolitan/pull/1476",
        ("options.error", "contracts.take-error", "grid.option.answer"), _SOCKET, "SO_ERROR",
        stacks.raw_errno,
    ),
)  # fmt: skip

CALLS = (
    Report(
        "raw_call/null-value", "a null pointer to an option's value is taken", f"{_GVISOR}1092",
        ("state.bad-pointer.refused",), stacks.null_value,
    ),
    Report(
        "connect/once", "a socket whose connect failed is of no use", f"{_GVISOR}3828",
        ("state.connect", "contracts.connect-timeout.retry"), stacks.again_after_refusal,
        (("connect", "ECONNREFUSED"),),
    ),
    Report(
        "getsockname/no-socket", "getsockname() of a file fails with EBADF",
        "https://github.com/microsoft/mystikos/issues/534", ("state.no-socket.refused",),
        stacks.no_socket, (("local_addr", "ENOTSOCK"),),
    ),
    Report(
        "sockatmark/refused", "sockatmark() fails on an unconnected socket", f"{_WSL}10000",
        ("grid.descriptor.answer", "options.ioctl.siocatmark", "urgent.mark"),
        do.fails("EINVAL", do.not_(do.connected), "sockatmark"),
    ),
    Report(
        "sendmsg/records-and-rights", "records carry no rights", f"{_WSL}514",
        ("data.unix-rights",), stacks.records_without_rights,
    ),
    Report(
        "recv/blocks-later", "a non-blocking receive blocks after the first",
        f"{_ZEPHYR}issues/6309", ("data", "grid.receive", "creation.mode"),
        stacks.blocks_after_first,
    ),
    Report(
        "recv/end-is-an-error", "a receive that waits fails when the peer ends",
        f"{_ZEPHYR}pull/5068", ("data", "state.shutdown", "state.close", "grid.receive.end"),
        stacks.end_fails,
    ),
    Report(
        "poll/zero-time", "poll() with no time reports nothing", f"{_ZEPHYR}issues/96195",
        ("readiness.poll", "readiness", "grid.poll.answer"), events.late_events,
    ),
    Report(
        "recv/limit-is-ETIMEDOUT", "a receive whose time is over fails with ETIMEDOUT",
        "https://github.com/apache/nuttx/pull/121",
        ("readiness.timeouts", "readiness.time-limit", "options.timeout"),
        do.limit_is("ETIMEDOUT"), (("recv", "EAGAIN"),),
    ),
    Report(
        "recv/limit-is-the-end", "a receive whose time is over returns nothing",
        "https://github.com/apache/nuttx/pull/7668",
        ("readiness.timeouts", "readiness.time-limit", "options.timeout"),
        do.limit_is(b""), (("recv", "EAGAIN"),),
    ),
    Report(
        "recv/EBUSY", "a receive that has nothing fails with EBUSY",
        "https://github.com/Mellanox/libvma/pull/847",
        ("data", "grid.receive.empty", "readiness.timeouts"),
        do.answers("EAGAIN", "EBUSY", "recv"), (("recv", "EAGAIN"),),
    ),
    Report(
        "new/one-error", "a family that is not there is ENOMEM",
        "https://github.com/hermit-os/kernel/pull/2076", ("creation.socket",),
        do.answers("EAFNOSUPPORT", "ENOMEM", "new"), (("new", "EAFNOSUPPORT"),),
    ),
    Report(
        "getpeername/short", "a buffer shorter than the name is refused",
        "https://github.com/emkey1/ish-AOK/issues/493", ("state.name-length",), stacks.short_names,
    ),
    Report(
        "sendmsg/one-buffer", "more buffers than one are refused",
        "https://github.com/SerenityOS/serenity/pull/16794", ("data.vectored",),
        instead(sendmsg=stacks.first_vector),
    ),
    Report(
        "getpeername/accepted", "an accepted socket has no peer's name",
        "https://github.com/jart/cosmopolitan/pull/1164",
        ("state.accept.peer", "grid.names.peer", "contracts.address"), stacks.accepted_nameless,
    ),
    Report(
        "epoll/no-hangup", "epoll does not report that a unix peer closed",
        "https://github.com/cloudius-systems/osv/issues/1239", ("readiness.epoll",),
        events.no_hangup_edge,
    ),
    Report(
        "epoll/level-is-edge", "what is asked for as a level is reported once",
        "https://github.com/mtcp-stack/mtcp/issues/297", ("readiness.epoll",), events.level_is_edge,
    ),
    Report(
        "epoll/after-close", "a closed socket goes on to be reported",
        "https://github.com/shadow/shadow/issues/283", ("readiness.epoll.after-close",),
        events.reports_closed,
    ),
    Report(
        "connect/bound", "a bound socket cannot be connected",
        "https://github.com/WebAssembly/wasi-libc/issues/540",
        ("state.connect", "grid.connect.answer", "state.bind"),
        do.fails("EOPNOTSUPP", do.both(do.is_("", "SOCK_STREAM"), do.has_name), "connect"),
    ),
    Report(
        "connect/datagram-again", "a datagram socket is connected once",
        "https://github.com/bytecodealliance/wasmtime/pull/7411",
        ("state.connect-datagram", "data.connected-datagram", "grid.connect.datagram"),
        do.fails("EISCONN", do.both(_DGRAM, do.connected), "connect"),
    ),
    Report(
        "shutdown/no-socket", "shutdown() of a file succeeds",
        "https://github.com/wasm-micro-runtime/wasm-micro-runtime/issues/2787",
        ("state.no-socket.refused",), do.answers("ENOTSOCK", None, "shutdown"),
        (("shutdown", "ENOTSOCK"),),
    ),
    Report(
        "select/failed-connect", "a failed connect is not writable", f"{_EMSCRIPTEN}pull/22818",
        ("readiness.select.failed-connect",), events.select_not_failed,
    ),
    Report(
        "accept/listeners-mode", "an accepted socket has the listener's mode",
        f"{_EMSCRIPTEN}pull/27717", ("contracts.accept.mode", "creation.flags"),
        calls.mode_kept,
    ),
    Report(
        "shutdown/udp-waits", "shutdown() does not end a datagram receive",
        f"{_NANOS}pull/1796", ("state.shutdown.wakes-datagram",),
        do.answers_nothing_for(_DGRAM, "shutdown"),
    ),
    Report(
        "poll/fresh-quiet", "a fresh stream socket is not hung up", f"{_NANOS}pull/1508",
        ("readiness.events.fresh-stream", "grid.poll.answer"), events.fresh_quiet,
    ),
    Report(
        "recv/drops-at-end", "what is queued is lost when the peer ends", f"{_NANOS}pull/356",
        ("data.order.before-end", "state.shutdown", "state.close"), stacks.drops_on_end,
    ),
    Report(
        "ioctl/first-part", "FIONREAD counts a part of what waits", f"{_NANOS}issues/1036",
        ("options.ioctl.unread", "urgent.mark.available", "data.datagram-size.available"),
        stacks.first_part,
    ),
    Report(
        "poll/listener-hup", "a unix listener is reported as hung up",
        "https://github.com/jiixyj/epoll-shim/issues/3",
        ("readiness.events.listening", "readiness.readable.listener-idle", "grid.poll.answer"),
        events.listener_hup,
    ),
    Report(
        "poll/unix-end", "the end of what a unix peer sends is no event",
        "https://github.com/unikraft/unikraft/pull/1208", ("readiness.readable", "readiness"),
        events.unix_end_unseen,
    ),
    Report(
        "connect/twice", "a pending connect that is made again is EISCONN",
        "https://github.com/tabascoeye/lwip/issues/11",
        ("state.connect.pending", "grid.connect.answer"),
        do.answers("EALREADY", "EISCONN", "connect"), (("connect", "EALREADY"),),
    ),
    Report(
        "listen/unix-twice", "a unix listener cannot listen again",
        "https://github.com/phoenix-rtos/phoenix-rtos-project/issues/1649",
        ("state.listen.updates-backlog", "grid.listen"),
        do.fails("EADDRINUSE", do.is_("AF_UNIX", SO_ACCEPTCONN=1), "listen"),
    ),
    Report(
        "listen/unix-connected", "a connected unix socket listens",
        "https://github.com/phoenix-rtos/phoenix-rtos-project/issues/1649",
        ("state.listen.connected", "grid.listen.connected", "contracts.listen"),
        do.answers("EINVAL", None, "listen", when=do.both(do.is_("AF_UNIX"), do.connected)),
        (("listen", "EINVAL"),),
    ),
    Report(
        "getsockname/unix-unbound", "an unbound unix socket has no name to return",
        "https://github.com/asterinas/asterinas/pull/1151",
        ("state.unix-names.unbound", "grid.names.answer"),
        do.fails("ENOTCONN", do.both(do.is_("AF_UNIX"), do.not_(do.has_name)), "local_addr"),
    ),
    Report(
        "getsockname/implicit", "a port that sendto() chose is not the one returned",
        "https://github.com/DragonOS-Community/DragonOS/pull/1460", ("data.udp.autobind",),
        stacks.port_lost,
    ),
    Report(
        "poll/refused-datagram", "a refusal that came for a datagram is no event",
        f"{_DOTNET}runtime/issues/78188",
        ("readiness.events.refused-datagram",),
        events.refusal_unseen,
    ),
    Report(
        "select/read-and-except", "a socket in two sets is reported in neither",
        f"{_DOTNET}runtime/issues/920", ("readiness.select",), events.select_read_and_except,
    ),
    Report(
        "shutdown/after-reset", "shutdown() after a reset succeeds",
        f"{_DOTNET}corefx/pull/3469", ("state.shutdown", "grid.shutdown.answer"),
        do.answers("ENOTCONN", None, "shutdown", when=do.has_name),
        (("shutdown", "ENOTCONN"),),
    ),
    Report(
        "recv/truncated-length", "MSG_TRUNC ends the process",
        "https://github.com/pypy/pypy/issues/3863", ("data.truncation",), stacks.truncation_ends,
        (("recv", "MSG_TRUNC"), ("recv_length", "MSG_TRUNC")),
    ),
    Report(
        "bind/forgotten", "a bind() that cannot be succeeds, without a name",
        "https://github.com/libuv/libuv/pull/2218", ("state", "grid.bind"),
        do.answers("EADDRINUSE", None, "bind"), (("bind", "EADDRINUSE"),),
    ),
    Report(
        "connect/unspec-v6", "an IPv6 datagram socket cannot be dissolved",
        "https://github.com/libuv/libuv/issues/3344",
        ("state.disconnect", "grid.connect.unspec"),
        stacks.unspecified_v6,
    ),
    Report(
        "sendmsg/rights-to", "rights cannot be sent to an address",
        "https://github.com/bytecodealliance/rustix/issues/884", ("data.unix-rights",),
        stacks.rights_need_peer,
    ),
    Report(
        "close/waits-for-receive", "close() waits for a receive",
        "https://github.com/jnr/jnr-unixsocket/issues/60",
        ("state.close.one-waits",), stacks.close_waits, (("close",),),
    ),
    Report(
        "getpeername/unix-unconnected", "an unconnected unix socket has a peer's name",
        "https://github.com/Mathewnd/Astral/issues/34",
        ("state.peer-addr.not-connected", "contracts.address", "grid.names.no-peer"),
        do.answers("ENOTCONN", Unix(b""), "peer_addr", when=do.is_("AF_UNIX")),
        (("peer_addr", "ENOTCONN"),),
    ),
    Report(
        "bind/short-paths", "paths are of 14 bytes at most",
        "https://github.com/Mathewnd/Astral/issues/34", ("state.unix-length", "state.unix"),
        do.fails("ENAMETOOLONG", do.short_path, "bind"),
    ),
    Report(
        "sendmmsg/adds-up", "the count of each message includes those before",
        "https://github.com/occlum/occlum/pull/426", ("data.batch",), stacks.adds_up,
    ),
)  # fmt: skip

REPORTS = OPTIONS + CALLS
"""All of them, none from the list of reports that rules were written after."""


def faults() -> Iterator[Fault]:
    """The table."""
    for each in REPORTS:
        yield Fault(f"reported/{each.name}", each.does, each.rules, each.make, each.touches)
