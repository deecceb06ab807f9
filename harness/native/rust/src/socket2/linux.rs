//! Options that socket2 has for Linux (some of them for a few others, too).

use std::time::Duration;

use pyo3::pybacked::PyBackedBytes;

use crate::original::originals;

originals! { on_socket;
    // SOL_SOCKET
    domain() |sock| sock.domain().map(i32::from);
    protocol() |sock| sock.protocol().map(|told| told.map(i32::from));
    is_listener() |sock| sock.is_listener();
    priority() |sock| sock.priority();
    set_priority(priority: u32) |sock| sock.set_priority(priority);
    mark() |sock| sock.mark();
    set_mark(mark: u32) |sock| sock.set_mark(mark);
    passcred() |sock| sock.passcred();
    set_passcred(passcred: bool) |sock| sock.set_passcred(passcred);
    cookie() |sock| sock.cookie();
    cpu_affinity() |sock| sock.cpu_affinity();
    set_cpu_affinity(cpu: usize) |sock| sock.set_cpu_affinity(cpu);
    busy_poll() |sock| sock.busy_poll();
    set_busy_poll(microseconds: u32) |sock| sock.set_busy_poll(microseconds);
    device() |sock| sock.device();
    bind_device(interface: Option<PyBackedBytes>) |sock| {
        sock.bind_device(interface.as_deref())
    };
    detach_filter() |sock| sock.detach_filter();
    // IPPROTO_IP
    freebind_v4() |sock| sock.freebind_v4();
    set_freebind_v4(freebind: bool) |sock| sock.set_freebind_v4(freebind);
    ip_transparent_v4() |sock| sock.ip_transparent_v4();
    set_ip_transparent_v4(transparent: bool) |sock| sock.set_ip_transparent_v4(transparent);
    multicast_all_v4() |sock| sock.multicast_all_v4();
    set_multicast_all_v4(all_v4: bool) |sock| sock.set_multicast_all_v4(all_v4);
    original_dst_v4() |sock| sock.original_dst_v4();
    // IPPROTO_IPV6
    freebind_v6() |sock| sock.freebind_v6();
    set_freebind_v6(freebind: bool) |sock| sock.set_freebind_v6(freebind);
    ip_transparent_v6() |sock| sock.ip_transparent_v6();
    set_ip_transparent_v6(transparent: bool) |sock| sock.set_ip_transparent_v6(transparent);
    multicast_all_v6() |sock| sock.multicast_all_v6();
    set_multicast_all_v6(all_v6: bool) |sock| sock.set_multicast_all_v6(all_v6);
    original_dst_v6() |sock| sock.original_dst_v6();
    // IPPROTO_TCP
    tcp_cork() |sock| sock.tcp_cork();
    set_tcp_cork(cork: bool) |sock| sock.set_tcp_cork(cork);
    tcp_quickack() |sock| sock.tcp_quickack();
    set_tcp_quickack(quickack: bool) |sock| sock.set_tcp_quickack(quickack);
    tcp_thin_linear_timeouts() |sock| sock.tcp_thin_linear_timeouts();
    set_tcp_thin_linear_timeouts(timeouts: bool) |sock| {
        sock.set_tcp_thin_linear_timeouts(timeouts)
    };
    tcp_user_timeout() |sock| sock.tcp_user_timeout();
    set_tcp_user_timeout(timeout: Option<Duration>) |sock| sock.set_tcp_user_timeout(timeout);
    tcp_notsent_lowat() |sock| sock.tcp_notsent_lowat();
    set_tcp_notsent_lowat(lowat: u32) |sock| sock.set_tcp_notsent_lowat(lowat);
    tcp_congestion() |sock| sock.tcp_congestion();
    set_tcp_congestion(name: PyBackedBytes) |sock| sock.set_tcp_congestion(&name);
}
