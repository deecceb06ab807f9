//! Options of level IPPROTO_IP.

use std::net::Ipv4Addr;

use socket2::InterfaceIndexOrAddress::Index;

use crate::original::originals;

originals! { on_socket;
    join_multicast_v4(multiaddr: Ipv4Addr, interface: Ipv4Addr) |sock| {
        sock.join_multicast_v4(&multiaddr, &interface)
    };
    leave_multicast_v4(multiaddr: Ipv4Addr, interface: Ipv4Addr) |sock| {
        sock.leave_multicast_v4(&multiaddr, &interface)
    };
    multicast_if_v4() |sock| sock.multicast_if_v4();
    set_multicast_if_v4(interface: Ipv4Addr) |sock| sock.set_multicast_if_v4(&interface);
    multicast_loop_v4() |sock| sock.multicast_loop_v4();
    set_multicast_loop_v4(loop_v4: bool) |sock| sock.set_multicast_loop_v4(loop_v4);
    multicast_ttl_v4() |sock| sock.multicast_ttl_v4();
    set_multicast_ttl_v4(ttl: u32) |sock| sock.set_multicast_ttl_v4(ttl);
    ttl() |sock| sock.ttl_v4();
    set_ttl(ttl: u32) |sock| sock.set_ttl_v4(ttl);
    tos_v4() |sock| sock.tos_v4();
    set_tos_v4(tos: u32) |sock| sock.set_tos_v4(tos);
    recv_tos_v4() |sock| sock.recv_tos_v4();
    set_recv_tos_v4(recv_tos: bool) |sock| sock.set_recv_tos_v4(recv_tos);
    header_included_v4() |sock| sock.header_included_v4();
    set_header_included_v4(included: bool) |sock| sock.set_header_included_v4(included);
    join_multicast_v4_n(multiaddr: Ipv4Addr, interface: u32) |sock| {
        sock.join_multicast_v4_n(&multiaddr, &Index(interface))
    };
    leave_multicast_v4_n(multiaddr: Ipv4Addr, interface: u32) |sock| {
        sock.leave_multicast_v4_n(&multiaddr, &Index(interface))
    };
    join_ssm_v4(source: Ipv4Addr, group: Ipv4Addr, interface: Ipv4Addr) |sock| {
        sock.join_ssm_v4(&source, &group, &interface)
    };
    leave_ssm_v4(source: Ipv4Addr, group: Ipv4Addr, interface: Ipv4Addr) |sock| {
        sock.leave_ssm_v4(&source, &group, &interface)
    };
}
