//! Options of level IPPROTO_IPV6.

use std::net::Ipv6Addr;

use crate::original::originals;

originals! { on_socket;
    join_multicast_v6(multiaddr: Ipv6Addr, interface: u32) |sock| {
        sock.join_multicast_v6(&multiaddr, interface)
    };
    leave_multicast_v6(multiaddr: Ipv6Addr, interface: u32) |sock| {
        sock.leave_multicast_v6(&multiaddr, interface)
    };
    multicast_hops_v6() |sock| sock.multicast_hops_v6();
    set_multicast_hops_v6(hops: u32) |sock| sock.set_multicast_hops_v6(hops);
    multicast_if_v6() |sock| sock.multicast_if_v6();
    set_multicast_if_v6(interface: u32) |sock| sock.set_multicast_if_v6(interface);
    multicast_loop_v6() |sock| sock.multicast_loop_v6();
    set_multicast_loop_v6(loop_v6: bool) |sock| sock.set_multicast_loop_v6(loop_v6);
    unicast_hops_v6() |sock| sock.unicast_hops_v6();
    set_unicast_hops_v6(hops: u32) |sock| sock.set_unicast_hops_v6(hops);
    only_v6() |sock| sock.only_v6();
    set_only_v6(only_v6: bool) |sock| sock.set_only_v6(only_v6);
    tclass_v6() |sock| sock.tclass_v6();
    set_tclass_v6(tclass: u32) |sock| sock.set_tclass_v6(tclass);
    recv_tclass_v6() |sock| sock.recv_tclass_v6();
    set_recv_tclass_v6(recv_tclass: bool) |sock| sock.set_recv_tclass_v6(recv_tclass);
    recv_hoplimit_v6() |sock| sock.recv_hoplimit_v6();
    set_recv_hoplimit_v6(recv_hoplimit: bool) |sock| {
        sock.set_recv_hoplimit_v6(recv_hoplimit)
    };
    #[cfg(not(any(target_os = "freebsd", target_os = "openbsd")))]
    header_included_v6() |sock| sock.header_included_v6();
    #[cfg(not(any(target_os = "freebsd", target_os = "openbsd")))]
    set_header_included_v6(included: bool) |sock| sock.set_header_included_v6(included);
}
