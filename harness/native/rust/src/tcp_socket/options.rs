//! Options of a socket that is not yet a stream or a listener, and its name.

use std::net::SocketAddr;
use std::time::Duration;

use crate::original::originals;

originals! { on_tcp_socket;
    set_reuseaddr(reuseaddr: bool) |sock| sock.set_reuseaddr(reuseaddr);
    reuseaddr() |sock| sock.reuseaddr();
    set_reuseport(reuseport: bool) |sock| sock.set_reuseport(reuseport);
    reuseport() |sock| sock.reuseport();
    set_send_buffer_size(size: u32) |sock| sock.set_send_buffer_size(size);
    send_buffer_size() |sock| sock.send_buffer_size();
    set_recv_buffer_size(size: u32) |sock| sock.set_recv_buffer_size(size);
    recv_buffer_size() |sock| sock.recv_buffer_size();
    set_linger(dur: Option<Duration>) |sock| {
        #[allow(deprecated)] // the document is older than the deprecation
        sock.set_linger(dur)
    };
    set_zero_linger() |sock| sock.set_zero_linger();
    linger() |sock| sock.linger();
    set_nodelay(nodelay: bool) |sock| sock.set_nodelay(nodelay);
    nodelay() |sock| sock.nodelay();
    set_keepalive(keepalive: bool) |sock| sock.set_keepalive(keepalive);
    keepalive() |sock| sock.keepalive();
    tos() |sock| sock.tos_v4();
    set_tos(tos: u32) |sock| sock.set_tos_v4(tos);
    tclass_v6() |sock| sock.tclass_v6();
    set_tclass_v6(tclass: u32) |sock| sock.set_tclass_v6(tclass);
    #[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
    device() |sock| sock.device();
    #[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
    bind_device(interface: Option<pyo3::pybacked::PyBackedBytes>) |sock| {
        sock.bind_device(interface.as_deref())
    };
    local_addr() |sock| sock.local_addr();
    take_error() |sock| sock.take_error();
    bind(addr: SocketAddr) |sock| sock.bind(addr);
    debug() |sock| Ok(format!("{sock:?}"));
}
