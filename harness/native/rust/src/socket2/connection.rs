//! Names, connections and descriptor flags.

use std::net::Shutdown;
use std::time::Duration;

use socket2::SockAddr;

use crate::original::originals;

originals! { on_socket;
    bind(address: SockAddr) |sock| sock.bind(&address);
    connect(address: SockAddr) |sock| sock.connect(&address);
    connect_timeout(addr: SockAddr, timeout: Duration) |sock| {
        sock.connect_timeout(&addr, timeout)
    };
    listen(backlog: i32) |sock| sock.listen(backlog);
    local_addr() |sock| sock.local_addr();
    peer_addr() |sock| sock.peer_addr();
    set_nonblocking(nonblocking: bool) |sock| sock.set_nonblocking(nonblocking);
    nonblocking() |sock| sock.nonblocking();
    shutdown(how: Shutdown) |sock| sock.shutdown(how);
}
