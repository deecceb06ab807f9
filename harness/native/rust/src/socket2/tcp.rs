//! Options of level IPPROTO_TCP.

use socket2::TcpKeepalive;

use crate::original::originals;

originals! { on_socket;
    set_tcp_keepalive(params: TcpKeepalive) |sock| sock.set_tcp_keepalive(&params);
    nodelay() |sock| sock.tcp_nodelay();
    set_nodelay(nodelay: bool) |sock| sock.set_tcp_nodelay(nodelay);
    tcp_keepalive_time() |sock| sock.tcp_keepalive_time();
    tcp_keepalive_interval() |sock| sock.tcp_keepalive_interval();
    tcp_keepalive_retries() |sock| sock.tcp_keepalive_retries();
    tcp_mss() |sock| sock.tcp_mss();
    set_tcp_mss(mss: u32) |sock| sock.set_tcp_mss(mss);
}
