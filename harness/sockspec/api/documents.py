"""The two documents: which functions they have, and how a face answers them."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["SOCKET2", "TOKIO", "documented"]

SOCKET2: tuple[str, ...] = (
    *("new", "new_raw", "bind", "connect", "connect_timeout", "listen", "accept"),
    *("accept_raw", "local_addr", "peer_addr", "try_clone", "set_nonblocking", "shutdown"),
    *("recv", "recv_out_of_band", "recv_with_flags", "recv_vectored"),
    *("recv_vectored_with_flags", "peek", "recv_from", "recv_from_with_flags"),
    *("recv_from_vectored", "recv_from_vectored_with_flags", "peek_from", "send"),
    *("send_with_flags", "send_vectored", "send_vectored_with_flags", "send_out_of_band"),
    *("send_to", "send_to_with_flags", "send_to_vectored", "send_to_vectored_with_flags"),
    *("broadcast", "set_broadcast", "take_error", "keepalive", "set_keepalive", "linger"),
    *("set_linger", "out_of_band_inline", "set_out_of_band_inline", "recv_buffer_size"),
    *("set_recv_buffer_size", "read_timeout", "set_read_timeout", "reuse_address"),
    *("set_reuse_address", "send_buffer_size", "set_send_buffer_size", "write_timeout"),
    *("set_write_timeout", "join_multicast_v4", "leave_multicast_v4", "multicast_if_v4"),
    *("set_multicast_if_v4", "multicast_loop_v4", "set_multicast_loop_v4"),
    *("multicast_ttl_v4", "set_multicast_ttl_v4", "ttl", "set_ttl", "join_multicast_v6"),
    *("leave_multicast_v6", "multicast_hops_v6", "set_multicast_hops_v6"),
    *("multicast_if_v6", "set_multicast_if_v6", "multicast_loop_v6"),
    *("set_multicast_loop_v6", "unicast_hops_v6", "set_unicast_hops_v6", "only_v6"),
    *("set_only_v6", "set_tcp_keepalive", "nodelay", "set_nodelay"),
)
"""The functions of `socket2::Socket`, version 0.4.0, in the document's order."""

TOKIO: tuple[str, ...] = (
    *("new_v4", "new_v6", "set_reuseaddr", "reuseaddr", "set_reuseport", "reuseport"),
    *("set_send_buffer_size", "send_buffer_size", "set_recv_buffer_size"),
    *("recv_buffer_size", "set_linger", "linger", "tos", "set_tos", "device"),
    *("bind_device", "local_addr", "take_error", "bind", "connect", "listen"),
    "from_std_stream",
)
"""The functions of `tokio::net::TcpSocket`, versions 1.21 to 1.28, in the document's order."""

_Function = TypeVar("_Function", bound="Callable[..., Any]")


def documented(function: _Function) -> _Function:
    """Let the backend's original answer this function of a face, where it has one.

    The original is called with the socket's handle and the arguments. Without one, the
    function itself answers, over the primitives.
    """
    name = function.__name__

    @functools.wraps(function)
    def routed(self: Any, *arguments: Any, **named: Any) -> Any:
        original = self.backend.answer(self.face, name)
        if original is None:
            return function(self, *arguments, **named)
        return original(self.handle, *arguments, **named)

    return cast("_Function", routed)
