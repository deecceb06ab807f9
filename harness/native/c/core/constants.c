// Written by harness/native/tables/write.py; change the list there, not this file.
#include "constants.h"

const core_constant core_constants[] = {
#ifdef AF_UNSPEC
    {"AF_UNSPEC", (long long)AF_UNSPEC, 1},
#else
    {"AF_UNSPEC", 0, 0},
#endif
#ifdef AF_UNIX
    {"AF_UNIX", (long long)AF_UNIX, 1},
#else
    {"AF_UNIX", 0, 0},
#endif
#ifdef AF_INET
    {"AF_INET", (long long)AF_INET, 1},
#else
    {"AF_INET", 0, 0},
#endif
#ifdef AF_INET6
    {"AF_INET6", (long long)AF_INET6, 1},
#else
    {"AF_INET6", 0, 0},
#endif
#ifdef AF_PACKET
    {"AF_PACKET", (long long)AF_PACKET, 1},
#else
    {"AF_PACKET", 0, 0},
#endif
#ifdef AF_NETLINK
    {"AF_NETLINK", (long long)AF_NETLINK, 1},
#else
    {"AF_NETLINK", 0, 0},
#endif
#ifdef AF_VSOCK
    {"AF_VSOCK", (long long)AF_VSOCK, 1},
#else
    {"AF_VSOCK", 0, 0},
#endif
#ifdef AF_BLUETOOTH
    {"AF_BLUETOOTH", (long long)AF_BLUETOOTH, 1},
#else
    {"AF_BLUETOOTH", 0, 0},
#endif
#ifdef AF_CAN
    {"AF_CAN", (long long)AF_CAN, 1},
#else
    {"AF_CAN", 0, 0},
#endif
#ifdef AF_TIPC
    {"AF_TIPC", (long long)AF_TIPC, 1},
#else
    {"AF_TIPC", 0, 0},
#endif
#ifdef AF_ALG
    {"AF_ALG", (long long)AF_ALG, 1},
#else
    {"AF_ALG", 0, 0},
#endif
#ifdef AF_KEY
    {"AF_KEY", (long long)AF_KEY, 1},
#else
    {"AF_KEY", 0, 0},
#endif
#ifdef AF_ROUTE
    {"AF_ROUTE", (long long)AF_ROUTE, 1},
#else
    {"AF_ROUTE", 0, 0},
#endif
#ifdef AF_SYSTEM
    {"AF_SYSTEM", (long long)AF_SYSTEM, 1},
#else
    {"AF_SYSTEM", 0, 0},
#endif
#ifdef AF_LINK
    {"AF_LINK", (long long)AF_LINK, 1},
#else
    {"AF_LINK", 0, 0},
#endif
#ifdef AF_HYPERV
    {"AF_HYPERV", (long long)AF_HYPERV, 1},
#else
    {"AF_HYPERV", 0, 0},
#endif
#ifdef AF_IPX
    {"AF_IPX", (long long)AF_IPX, 1},
#else
    {"AF_IPX", 0, 0},
#endif
#ifdef AF_APPLETALK
    {"AF_APPLETALK", (long long)AF_APPLETALK, 1},
#else
    {"AF_APPLETALK", 0, 0},
#endif
#ifdef AF_X25
    {"AF_X25", (long long)AF_X25, 1},
#else
    {"AF_X25", 0, 0},
#endif
#ifdef AF_AX25
    {"AF_AX25", (long long)AF_AX25, 1},
#else
    {"AF_AX25", 0, 0},
#endif
#ifdef AF_RDS
    {"AF_RDS", (long long)AF_RDS, 1},
#else
    {"AF_RDS", 0, 0},
#endif
#ifdef AF_LLC
    {"AF_LLC", (long long)AF_LLC, 1},
#else
    {"AF_LLC", 0, 0},
#endif
#ifdef AF_QIPCRTR
    {"AF_QIPCRTR", (long long)AF_QIPCRTR, 1},
#else
    {"AF_QIPCRTR", 0, 0},
#endif
#ifdef AF_IRDA
    {"AF_IRDA", (long long)AF_IRDA, 1},
#else
    {"AF_IRDA", 0, 0},
#endif
#ifdef AF_PPPOX
    {"AF_PPPOX", (long long)AF_PPPOX, 1},
#else
    {"AF_PPPOX", 0, 0},
#endif
#ifdef AF_XDP
    {"AF_XDP", (long long)AF_XDP, 1},
#else
    {"AF_XDP", 0, 0},
#endif
#ifdef SOCK_STREAM
    {"SOCK_STREAM", (long long)SOCK_STREAM, 1},
#else
    {"SOCK_STREAM", 0, 0},
#endif
#ifdef SOCK_DGRAM
    {"SOCK_DGRAM", (long long)SOCK_DGRAM, 1},
#else
    {"SOCK_DGRAM", 0, 0},
#endif
#ifdef SOCK_RAW
    {"SOCK_RAW", (long long)SOCK_RAW, 1},
#else
    {"SOCK_RAW", 0, 0},
#endif
#ifdef SOCK_RDM
    {"SOCK_RDM", (long long)SOCK_RDM, 1},
#else
    {"SOCK_RDM", 0, 0},
#endif
#ifdef SOCK_SEQPACKET
    {"SOCK_SEQPACKET", (long long)SOCK_SEQPACKET, 1},
#else
    {"SOCK_SEQPACKET", 0, 0},
#endif
#ifdef SOCK_DCCP
    {"SOCK_DCCP", (long long)SOCK_DCCP, 1},
#else
    {"SOCK_DCCP", 0, 0},
#endif
#ifdef SOCK_CLOEXEC
    {"SOCK_CLOEXEC", (long long)SOCK_CLOEXEC, 1},
#else
    {"SOCK_CLOEXEC", 0, 0},
#endif
#ifdef SOCK_NONBLOCK
    {"SOCK_NONBLOCK", (long long)SOCK_NONBLOCK, 1},
#else
    {"SOCK_NONBLOCK", 0, 0},
#endif
#ifdef SOCK_NOSIGPIPE
    {"SOCK_NOSIGPIPE", (long long)SOCK_NOSIGPIPE, 1},
#else
    {"SOCK_NOSIGPIPE", 0, 0},
#endif
#ifdef IPPROTO_IP
    {"IPPROTO_IP", (long long)IPPROTO_IP, 1},
#else
    {"IPPROTO_IP", 0, 0},
#endif
#ifdef IPPROTO_ICMP
    {"IPPROTO_ICMP", (long long)IPPROTO_ICMP, 1},
#else
    {"IPPROTO_ICMP", 0, 0},
#endif
#ifdef IPPROTO_IGMP
    {"IPPROTO_IGMP", (long long)IPPROTO_IGMP, 1},
#else
    {"IPPROTO_IGMP", 0, 0},
#endif
#ifdef IPPROTO_IPIP
    {"IPPROTO_IPIP", (long long)IPPROTO_IPIP, 1},
#else
    {"IPPROTO_IPIP", 0, 0},
#endif
#ifdef IPPROTO_TCP
    {"IPPROTO_TCP", (long long)IPPROTO_TCP, 1},
#else
    {"IPPROTO_TCP", 0, 0},
#endif
#ifdef IPPROTO_EGP
    {"IPPROTO_EGP", (long long)IPPROTO_EGP, 1},
#else
    {"IPPROTO_EGP", 0, 0},
#endif
#ifdef IPPROTO_PUP
    {"IPPROTO_PUP", (long long)IPPROTO_PUP, 1},
#else
    {"IPPROTO_PUP", 0, 0},
#endif
#ifdef IPPROTO_UDP
    {"IPPROTO_UDP", (long long)IPPROTO_UDP, 1},
#else
    {"IPPROTO_UDP", 0, 0},
#endif
#ifdef IPPROTO_IDP
    {"IPPROTO_IDP", (long long)IPPROTO_IDP, 1},
#else
    {"IPPROTO_IDP", 0, 0},
#endif
#ifdef IPPROTO_TP
    {"IPPROTO_TP", (long long)IPPROTO_TP, 1},
#else
    {"IPPROTO_TP", 0, 0},
#endif
#ifdef IPPROTO_DCCP
    {"IPPROTO_DCCP", (long long)IPPROTO_DCCP, 1},
#else
    {"IPPROTO_DCCP", 0, 0},
#endif
#ifdef IPPROTO_IPV6
    {"IPPROTO_IPV6", (long long)IPPROTO_IPV6, 1},
#else
    {"IPPROTO_IPV6", 0, 0},
#endif
#ifdef IPPROTO_RSVP
    {"IPPROTO_RSVP", (long long)IPPROTO_RSVP, 1},
#else
    {"IPPROTO_RSVP", 0, 0},
#endif
#ifdef IPPROTO_GRE
    {"IPPROTO_GRE", (long long)IPPROTO_GRE, 1},
#else
    {"IPPROTO_GRE", 0, 0},
#endif
#ifdef IPPROTO_ESP
    {"IPPROTO_ESP", (long long)IPPROTO_ESP, 1},
#else
    {"IPPROTO_ESP", 0, 0},
#endif
#ifdef IPPROTO_AH
    {"IPPROTO_AH", (long long)IPPROTO_AH, 1},
#else
    {"IPPROTO_AH", 0, 0},
#endif
#ifdef IPPROTO_PIM
    {"IPPROTO_PIM", (long long)IPPROTO_PIM, 1},
#else
    {"IPPROTO_PIM", 0, 0},
#endif
#ifdef IPPROTO_SCTP
    {"IPPROTO_SCTP", (long long)IPPROTO_SCTP, 1},
#else
    {"IPPROTO_SCTP", 0, 0},
#endif
#ifdef IPPROTO_UDPLITE
    {"IPPROTO_UDPLITE", (long long)IPPROTO_UDPLITE, 1},
#else
    {"IPPROTO_UDPLITE", 0, 0},
#endif
#ifdef IPPROTO_RAW
    {"IPPROTO_RAW", (long long)IPPROTO_RAW, 1},
#else
    {"IPPROTO_RAW", 0, 0},
#endif
#ifdef IPPROTO_MPTCP
    {"IPPROTO_MPTCP", (long long)IPPROTO_MPTCP, 1},
#else
    {"IPPROTO_MPTCP", 0, 0},
#endif
#ifdef IPPROTO_HOPOPTS
    {"IPPROTO_HOPOPTS", (long long)IPPROTO_HOPOPTS, 1},
#else
    {"IPPROTO_HOPOPTS", 0, 0},
#endif
#ifdef IPPROTO_ROUTING
    {"IPPROTO_ROUTING", (long long)IPPROTO_ROUTING, 1},
#else
    {"IPPROTO_ROUTING", 0, 0},
#endif
#ifdef IPPROTO_FRAGMENT
    {"IPPROTO_FRAGMENT", (long long)IPPROTO_FRAGMENT, 1},
#else
    {"IPPROTO_FRAGMENT", 0, 0},
#endif
#ifdef IPPROTO_ICMPV6
    {"IPPROTO_ICMPV6", (long long)IPPROTO_ICMPV6, 1},
#else
    {"IPPROTO_ICMPV6", 0, 0},
#endif
#ifdef IPPROTO_NONE
    {"IPPROTO_NONE", (long long)IPPROTO_NONE, 1},
#else
    {"IPPROTO_NONE", 0, 0},
#endif
#ifdef IPPROTO_DSTOPTS
    {"IPPROTO_DSTOPTS", (long long)IPPROTO_DSTOPTS, 1},
#else
    {"IPPROTO_DSTOPTS", 0, 0},
#endif
#ifdef SOL_SOCKET
    {"SOL_SOCKET", (long long)SOL_SOCKET, 1},
#else
    {"SOL_SOCKET", 0, 0},
#endif
#ifdef SOL_IP
    {"SOL_IP", (long long)SOL_IP, 1},
#else
    {"SOL_IP", 0, 0},
#endif
#ifdef SOL_IPV6
    {"SOL_IPV6", (long long)SOL_IPV6, 1},
#else
    {"SOL_IPV6", 0, 0},
#endif
#ifdef SOL_TCP
    {"SOL_TCP", (long long)SOL_TCP, 1},
#else
    {"SOL_TCP", 0, 0},
#endif
#ifdef SOL_UDP
    {"SOL_UDP", (long long)SOL_UDP, 1},
#else
    {"SOL_UDP", 0, 0},
#endif
#ifdef SOL_NETLINK
    {"SOL_NETLINK", (long long)SOL_NETLINK, 1},
#else
    {"SOL_NETLINK", 0, 0},
#endif
#ifdef SOL_PACKET
    {"SOL_PACKET", (long long)SOL_PACKET, 1},
#else
    {"SOL_PACKET", 0, 0},
#endif
#ifdef SOL_LOCAL
    {"SOL_LOCAL", (long long)SOL_LOCAL, 1},
#else
    {"SOL_LOCAL", 0, 0},
#endif
#ifdef SHUT_RD
    {"SHUT_RD", (long long)SHUT_RD, 1},
#else
    {"SHUT_RD", 0, 0},
#endif
#ifdef SHUT_WR
    {"SHUT_WR", (long long)SHUT_WR, 1},
#else
    {"SHUT_WR", 0, 0},
#endif
#ifdef SHUT_RDWR
    {"SHUT_RDWR", (long long)SHUT_RDWR, 1},
#else
    {"SHUT_RDWR", 0, 0},
#endif
#ifdef SOMAXCONN
    {"SOMAXCONN", (long long)SOMAXCONN, 1},
#else
    {"SOMAXCONN", 0, 0},
#endif
#ifdef SO_ACCEPTCONN
    {"SO_ACCEPTCONN", (long long)SO_ACCEPTCONN, 1},
#else
    {"SO_ACCEPTCONN", 0, 0},
#endif
#ifdef SO_BROADCAST
    {"SO_BROADCAST", (long long)SO_BROADCAST, 1},
#else
    {"SO_BROADCAST", 0, 0},
#endif
#ifdef SO_DEBUG
    {"SO_DEBUG", (long long)SO_DEBUG, 1},
#else
    {"SO_DEBUG", 0, 0},
#endif
#ifdef SO_DONTROUTE
    {"SO_DONTROUTE", (long long)SO_DONTROUTE, 1},
#else
    {"SO_DONTROUTE", 0, 0},
#endif
#ifdef SO_ERROR
    {"SO_ERROR", (long long)SO_ERROR, 1},
#else
    {"SO_ERROR", 0, 0},
#endif
#ifdef SO_KEEPALIVE
    {"SO_KEEPALIVE", (long long)SO_KEEPALIVE, 1},
#else
    {"SO_KEEPALIVE", 0, 0},
#endif
#ifdef SO_LINGER
    {"SO_LINGER", (long long)SO_LINGER, 1},
#else
    {"SO_LINGER", 0, 0},
#endif
#ifdef SO_OOBINLINE
    {"SO_OOBINLINE", (long long)SO_OOBINLINE, 1},
#else
    {"SO_OOBINLINE", 0, 0},
#endif
#ifdef SO_RCVBUF
    {"SO_RCVBUF", (long long)SO_RCVBUF, 1},
#else
    {"SO_RCVBUF", 0, 0},
#endif
#ifdef SO_RCVLOWAT
    {"SO_RCVLOWAT", (long long)SO_RCVLOWAT, 1},
#else
    {"SO_RCVLOWAT", 0, 0},
#endif
#ifdef SO_RCVTIMEO
    {"SO_RCVTIMEO", (long long)SO_RCVTIMEO, 1},
#else
    {"SO_RCVTIMEO", 0, 0},
#endif
#ifdef SO_REUSEADDR
    {"SO_REUSEADDR", (long long)SO_REUSEADDR, 1},
#else
    {"SO_REUSEADDR", 0, 0},
#endif
#ifdef SO_REUSEPORT
    {"SO_REUSEPORT", (long long)SO_REUSEPORT, 1},
#else
    {"SO_REUSEPORT", 0, 0},
#endif
#ifdef SO_SNDBUF
    {"SO_SNDBUF", (long long)SO_SNDBUF, 1},
#else
    {"SO_SNDBUF", 0, 0},
#endif
#ifdef SO_SNDLOWAT
    {"SO_SNDLOWAT", (long long)SO_SNDLOWAT, 1},
#else
    {"SO_SNDLOWAT", 0, 0},
#endif
#ifdef SO_SNDTIMEO
    {"SO_SNDTIMEO", (long long)SO_SNDTIMEO, 1},
#else
    {"SO_SNDTIMEO", 0, 0},
#endif
#ifdef SO_TYPE
    {"SO_TYPE", (long long)SO_TYPE, 1},
#else
    {"SO_TYPE", 0, 0},
#endif
#ifdef SO_DOMAIN
    {"SO_DOMAIN", (long long)SO_DOMAIN, 1},
#else
    {"SO_DOMAIN", 0, 0},
#endif
#ifdef SO_PROTOCOL
    {"SO_PROTOCOL", (long long)SO_PROTOCOL, 1},
#else
    {"SO_PROTOCOL", 0, 0},
#endif
#ifdef SO_BINDTODEVICE
    {"SO_BINDTODEVICE", (long long)SO_BINDTODEVICE, 1},
#else
    {"SO_BINDTODEVICE", 0, 0},
#endif
#ifdef SO_BINDTOIFINDEX
    {"SO_BINDTOIFINDEX", (long long)SO_BINDTOIFINDEX, 1},
#else
    {"SO_BINDTOIFINDEX", 0, 0},
#endif
#ifdef SO_MARK
    {"SO_MARK", (long long)SO_MARK, 1},
#else
    {"SO_MARK", 0, 0},
#endif
#ifdef SO_PRIORITY
    {"SO_PRIORITY", (long long)SO_PRIORITY, 1},
#else
    {"SO_PRIORITY", 0, 0},
#endif
#ifdef SO_PASSCRED
    {"SO_PASSCRED", (long long)SO_PASSCRED, 1},
#else
    {"SO_PASSCRED", 0, 0},
#endif
#ifdef SO_PEERCRED
    {"SO_PEERCRED", (long long)SO_PEERCRED, 1},
#else
    {"SO_PEERCRED", 0, 0},
#endif
#ifdef SO_PASSSEC
    {"SO_PASSSEC", (long long)SO_PASSSEC, 1},
#else
    {"SO_PASSSEC", 0, 0},
#endif
#ifdef SO_PEERSEC
    {"SO_PEERSEC", (long long)SO_PEERSEC, 1},
#else
    {"SO_PEERSEC", 0, 0},
#endif
#ifdef SO_PEERNAME
    {"SO_PEERNAME", (long long)SO_PEERNAME, 1},
#else
    {"SO_PEERNAME", 0, 0},
#endif
#ifdef SO_PEERGROUPS
    {"SO_PEERGROUPS", (long long)SO_PEERGROUPS, 1},
#else
    {"SO_PEERGROUPS", 0, 0},
#endif
#ifdef SO_PASSPIDFD
    {"SO_PASSPIDFD", (long long)SO_PASSPIDFD, 1},
#else
    {"SO_PASSPIDFD", 0, 0},
#endif
#ifdef SO_PEERPIDFD
    {"SO_PEERPIDFD", (long long)SO_PEERPIDFD, 1},
#else
    {"SO_PEERPIDFD", 0, 0},
#endif
#ifdef SO_INCOMING_CPU
    {"SO_INCOMING_CPU", (long long)SO_INCOMING_CPU, 1},
#else
    {"SO_INCOMING_CPU", 0, 0},
#endif
#ifdef SO_INCOMING_NAPI_ID
    {"SO_INCOMING_NAPI_ID", (long long)SO_INCOMING_NAPI_ID, 1},
#else
    {"SO_INCOMING_NAPI_ID", 0, 0},
#endif
#ifdef SO_BUSY_POLL
    {"SO_BUSY_POLL", (long long)SO_BUSY_POLL, 1},
#else
    {"SO_BUSY_POLL", 0, 0},
#endif
#ifdef SO_PREFER_BUSY_POLL
    {"SO_PREFER_BUSY_POLL", (long long)SO_PREFER_BUSY_POLL, 1},
#else
    {"SO_PREFER_BUSY_POLL", 0, 0},
#endif
#ifdef SO_BUSY_POLL_BUDGET
    {"SO_BUSY_POLL_BUDGET", (long long)SO_BUSY_POLL_BUDGET, 1},
#else
    {"SO_BUSY_POLL_BUDGET", 0, 0},
#endif
#ifdef SO_COOKIE
    {"SO_COOKIE", (long long)SO_COOKIE, 1},
#else
    {"SO_COOKIE", 0, 0},
#endif
#ifdef SO_NETNS_COOKIE
    {"SO_NETNS_COOKIE", (long long)SO_NETNS_COOKIE, 1},
#else
    {"SO_NETNS_COOKIE", 0, 0},
#endif
#ifdef SO_PEEK_OFF
    {"SO_PEEK_OFF", (long long)SO_PEEK_OFF, 1},
#else
    {"SO_PEEK_OFF", 0, 0},
#endif
#ifdef SO_ZEROCOPY
    {"SO_ZEROCOPY", (long long)SO_ZEROCOPY, 1},
#else
    {"SO_ZEROCOPY", 0, 0},
#endif
#ifdef SO_RCVBUFFORCE
    {"SO_RCVBUFFORCE", (long long)SO_RCVBUFFORCE, 1},
#else
    {"SO_RCVBUFFORCE", 0, 0},
#endif
#ifdef SO_SNDBUFFORCE
    {"SO_SNDBUFFORCE", (long long)SO_SNDBUFFORCE, 1},
#else
    {"SO_SNDBUFFORCE", 0, 0},
#endif
#ifdef SO_BUF_LOCK
    {"SO_BUF_LOCK", (long long)SO_BUF_LOCK, 1},
#else
    {"SO_BUF_LOCK", 0, 0},
#endif
#ifdef SO_RESERVE_MEM
    {"SO_RESERVE_MEM", (long long)SO_RESERVE_MEM, 1},
#else
    {"SO_RESERVE_MEM", 0, 0},
#endif
#ifdef SO_RXQ_OVFL
    {"SO_RXQ_OVFL", (long long)SO_RXQ_OVFL, 1},
#else
    {"SO_RXQ_OVFL", 0, 0},
#endif
#ifdef SO_TIMESTAMP
    {"SO_TIMESTAMP", (long long)SO_TIMESTAMP, 1},
#else
    {"SO_TIMESTAMP", 0, 0},
#endif
#ifdef SO_TIMESTAMPNS
    {"SO_TIMESTAMPNS", (long long)SO_TIMESTAMPNS, 1},
#else
    {"SO_TIMESTAMPNS", 0, 0},
#endif
#ifdef SO_TIMESTAMPING
    {"SO_TIMESTAMPING", (long long)SO_TIMESTAMPING, 1},
#else
    {"SO_TIMESTAMPING", 0, 0},
#endif
#ifdef SO_TXTIME
    {"SO_TXTIME", (long long)SO_TXTIME, 1},
#else
    {"SO_TXTIME", 0, 0},
#endif
#ifdef SO_TXREHASH
    {"SO_TXREHASH", (long long)SO_TXREHASH, 1},
#else
    {"SO_TXREHASH", 0, 0},
#endif
#ifdef SO_ATTACH_FILTER
    {"SO_ATTACH_FILTER", (long long)SO_ATTACH_FILTER, 1},
#else
    {"SO_ATTACH_FILTER", 0, 0},
#endif
#ifdef SO_DETACH_FILTER
    {"SO_DETACH_FILTER", (long long)SO_DETACH_FILTER, 1},
#else
    {"SO_DETACH_FILTER", 0, 0},
#endif
#ifdef SO_GET_FILTER
    {"SO_GET_FILTER", (long long)SO_GET_FILTER, 1},
#else
    {"SO_GET_FILTER", 0, 0},
#endif
#ifdef SO_ATTACH_BPF
    {"SO_ATTACH_BPF", (long long)SO_ATTACH_BPF, 1},
#else
    {"SO_ATTACH_BPF", 0, 0},
#endif
#ifdef SO_DETACH_BPF
    {"SO_DETACH_BPF", (long long)SO_DETACH_BPF, 1},
#else
    {"SO_DETACH_BPF", 0, 0},
#endif
#ifdef SO_LOCK_FILTER
    {"SO_LOCK_FILTER", (long long)SO_LOCK_FILTER, 1},
#else
    {"SO_LOCK_FILTER", 0, 0},
#endif
#ifdef SO_ATTACH_REUSEPORT_CBPF
    {"SO_ATTACH_REUSEPORT_CBPF", (long long)SO_ATTACH_REUSEPORT_CBPF, 1},
#else
    {"SO_ATTACH_REUSEPORT_CBPF", 0, 0},
#endif
#ifdef SO_ATTACH_REUSEPORT_EBPF
    {"SO_ATTACH_REUSEPORT_EBPF", (long long)SO_ATTACH_REUSEPORT_EBPF, 1},
#else
    {"SO_ATTACH_REUSEPORT_EBPF", 0, 0},
#endif
#ifdef SO_DETACH_REUSEPORT_BPF
    {"SO_DETACH_REUSEPORT_BPF", (long long)SO_DETACH_REUSEPORT_BPF, 1},
#else
    {"SO_DETACH_REUSEPORT_BPF", 0, 0},
#endif
#ifdef SO_BPF_EXTENSIONS
    {"SO_BPF_EXTENSIONS", (long long)SO_BPF_EXTENSIONS, 1},
#else
    {"SO_BPF_EXTENSIONS", 0, 0},
#endif
#ifdef SO_NO_CHECK
    {"SO_NO_CHECK", (long long)SO_NO_CHECK, 1},
#else
    {"SO_NO_CHECK", 0, 0},
#endif
#ifdef SO_NOFCS
    {"SO_NOFCS", (long long)SO_NOFCS, 1},
#else
    {"SO_NOFCS", 0, 0},
#endif
#ifdef SO_SELECT_ERR_QUEUE
    {"SO_SELECT_ERR_QUEUE", (long long)SO_SELECT_ERR_QUEUE, 1},
#else
    {"SO_SELECT_ERR_QUEUE", 0, 0},
#endif
#ifdef SO_WIFI_STATUS
    {"SO_WIFI_STATUS", (long long)SO_WIFI_STATUS, 1},
#else
    {"SO_WIFI_STATUS", 0, 0},
#endif
#ifdef SO_MAX_PACING_RATE
    {"SO_MAX_PACING_RATE", (long long)SO_MAX_PACING_RATE, 1},
#else
    {"SO_MAX_PACING_RATE", 0, 0},
#endif
#ifdef SO_MEMINFO
    {"SO_MEMINFO", (long long)SO_MEMINFO, 1},
#else
    {"SO_MEMINFO", 0, 0},
#endif
#ifdef SO_SECURITY_AUTHENTICATION
    {"SO_SECURITY_AUTHENTICATION", (long long)SO_SECURITY_AUTHENTICATION, 1},
#else
    {"SO_SECURITY_AUTHENTICATION", 0, 0},
#endif
#ifdef SO_SECURITY_ENCRYPTION_TRANSPORT
    {"SO_SECURITY_ENCRYPTION_TRANSPORT", (long long)SO_SECURITY_ENCRYPTION_TRANSPORT, 1},
#else
    {"SO_SECURITY_ENCRYPTION_TRANSPORT", 0, 0},
#endif
#ifdef SO_SECURITY_ENCRYPTION_NETWORK
    {"SO_SECURITY_ENCRYPTION_NETWORK", (long long)SO_SECURITY_ENCRYPTION_NETWORK, 1},
#else
    {"SO_SECURITY_ENCRYPTION_NETWORK", 0, 0},
#endif
#ifdef SO_TIMESTAMP_NEW
    {"SO_TIMESTAMP_NEW", (long long)SO_TIMESTAMP_NEW, 1},
#else
    {"SO_TIMESTAMP_NEW", 0, 0},
#endif
#ifdef SO_TIMESTAMPNS_NEW
    {"SO_TIMESTAMPNS_NEW", (long long)SO_TIMESTAMPNS_NEW, 1},
#else
    {"SO_TIMESTAMPNS_NEW", 0, 0},
#endif
#ifdef SO_TIMESTAMPING_NEW
    {"SO_TIMESTAMPING_NEW", (long long)SO_TIMESTAMPING_NEW, 1},
#else
    {"SO_TIMESTAMPING_NEW", 0, 0},
#endif
#ifdef SO_RCVTIMEO_NEW
    {"SO_RCVTIMEO_NEW", (long long)SO_RCVTIMEO_NEW, 1},
#else
    {"SO_RCVTIMEO_NEW", 0, 0},
#endif
#ifdef SO_SNDTIMEO_NEW
    {"SO_SNDTIMEO_NEW", (long long)SO_SNDTIMEO_NEW, 1},
#else
    {"SO_SNDTIMEO_NEW", 0, 0},
#endif
#ifdef SO_CNX_ADVICE
    {"SO_CNX_ADVICE", (long long)SO_CNX_ADVICE, 1},
#else
    {"SO_CNX_ADVICE", 0, 0},
#endif
#ifdef SO_RCVMARK
    {"SO_RCVMARK", (long long)SO_RCVMARK, 1},
#else
    {"SO_RCVMARK", 0, 0},
#endif
#ifdef SO_RCVPRIORITY
    {"SO_RCVPRIORITY", (long long)SO_RCVPRIORITY, 1},
#else
    {"SO_RCVPRIORITY", 0, 0},
#endif
#ifdef SO_PASSRIGHTS
    {"SO_PASSRIGHTS", (long long)SO_PASSRIGHTS, 1},
#else
    {"SO_PASSRIGHTS", 0, 0},
#endif
#ifdef SO_BSDCOMPAT
    {"SO_BSDCOMPAT", (long long)SO_BSDCOMPAT, 1},
#else
    {"SO_BSDCOMPAT", 0, 0},
#endif
#ifdef SO_ORIGINAL_DST
    {"SO_ORIGINAL_DST", (long long)SO_ORIGINAL_DST, 1},
#else
    {"SO_ORIGINAL_DST", 0, 0},
#endif
#ifdef SO_NOSIGPIPE
    {"SO_NOSIGPIPE", (long long)SO_NOSIGPIPE, 1},
#else
    {"SO_NOSIGPIPE", 0, 0},
#endif
#ifdef SO_LINGER_SEC
    {"SO_LINGER_SEC", (long long)SO_LINGER_SEC, 1},
#else
    {"SO_LINGER_SEC", 0, 0},
#endif
#ifdef SO_NREAD
    {"SO_NREAD", (long long)SO_NREAD, 1},
#else
    {"SO_NREAD", 0, 0},
#endif
#ifdef SO_NWRITE
    {"SO_NWRITE", (long long)SO_NWRITE, 1},
#else
    {"SO_NWRITE", 0, 0},
#endif
#ifdef SO_NUMRCVPKT
    {"SO_NUMRCVPKT", (long long)SO_NUMRCVPKT, 1},
#else
    {"SO_NUMRCVPKT", 0, 0},
#endif
#ifdef SO_DONTTRUNC
    {"SO_DONTTRUNC", (long long)SO_DONTTRUNC, 1},
#else
    {"SO_DONTTRUNC", 0, 0},
#endif
#ifdef SO_WANTMORE
    {"SO_WANTMORE", (long long)SO_WANTMORE, 1},
#else
    {"SO_WANTMORE", 0, 0},
#endif
#ifdef SO_REUSESHAREUID
    {"SO_REUSESHAREUID", (long long)SO_REUSESHAREUID, 1},
#else
    {"SO_REUSESHAREUID", 0, 0},
#endif
#ifdef SO_NET_SERVICE_TYPE
    {"SO_NET_SERVICE_TYPE", (long long)SO_NET_SERVICE_TYPE, 1},
#else
    {"SO_NET_SERVICE_TYPE", 0, 0},
#endif
#ifdef SO_REUSEPORT_LB
    {"SO_REUSEPORT_LB", (long long)SO_REUSEPORT_LB, 1},
#else
    {"SO_REUSEPORT_LB", 0, 0},
#endif
#ifdef SO_SETFIB
    {"SO_SETFIB", (long long)SO_SETFIB, 1},
#else
    {"SO_SETFIB", 0, 0},
#endif
#ifdef SO_USELOOPBACK
    {"SO_USELOOPBACK", (long long)SO_USELOOPBACK, 1},
#else
    {"SO_USELOOPBACK", 0, 0},
#endif
#ifdef SO_ACCEPTFILTER
    {"SO_ACCEPTFILTER", (long long)SO_ACCEPTFILTER, 1},
#else
    {"SO_ACCEPTFILTER", 0, 0},
#endif
#ifdef SO_USER_COOKIE
    {"SO_USER_COOKIE", (long long)SO_USER_COOKIE, 1},
#else
    {"SO_USER_COOKIE", 0, 0},
#endif
#ifdef SO_LABEL
    {"SO_LABEL", (long long)SO_LABEL, 1},
#else
    {"SO_LABEL", 0, 0},
#endif
#ifdef SO_PEERLABEL
    {"SO_PEERLABEL", (long long)SO_PEERLABEL, 1},
#else
    {"SO_PEERLABEL", 0, 0},
#endif
#ifdef SO_LISTENQLIMIT
    {"SO_LISTENQLIMIT", (long long)SO_LISTENQLIMIT, 1},
#else
    {"SO_LISTENQLIMIT", 0, 0},
#endif
#ifdef SO_LISTENQLEN
    {"SO_LISTENQLEN", (long long)SO_LISTENQLEN, 1},
#else
    {"SO_LISTENQLEN", 0, 0},
#endif
#ifdef SO_LISTENINCQLEN
    {"SO_LISTENINCQLEN", (long long)SO_LISTENINCQLEN, 1},
#else
    {"SO_LISTENINCQLEN", 0, 0},
#endif
#ifdef SO_EXCLUSIVEADDRUSE
    {"SO_EXCLUSIVEADDRUSE", (long long)SO_EXCLUSIVEADDRUSE, 1},
#else
    {"SO_EXCLUSIVEADDRUSE", 0, 0},
#endif
#ifdef SO_CONDITIONAL_ACCEPT
    {"SO_CONDITIONAL_ACCEPT", (long long)SO_CONDITIONAL_ACCEPT, 1},
#else
    {"SO_CONDITIONAL_ACCEPT", 0, 0},
#endif
#ifdef SO_UPDATE_ACCEPT_CONTEXT
    {"SO_UPDATE_ACCEPT_CONTEXT", (long long)SO_UPDATE_ACCEPT_CONTEXT, 1},
#else
    {"SO_UPDATE_ACCEPT_CONTEXT", 0, 0},
#endif
#ifdef SO_UPDATE_CONNECT_CONTEXT
    {"SO_UPDATE_CONNECT_CONTEXT", (long long)SO_UPDATE_CONNECT_CONTEXT, 1},
#else
    {"SO_UPDATE_CONNECT_CONTEXT", 0, 0},
#endif
#ifdef SO_CONNECT_TIME
    {"SO_CONNECT_TIME", (long long)SO_CONNECT_TIME, 1},
#else
    {"SO_CONNECT_TIME", 0, 0},
#endif
#ifdef SO_DONTLINGER
    {"SO_DONTLINGER", (long long)SO_DONTLINGER, 1},
#else
    {"SO_DONTLINGER", 0, 0},
#endif
#ifdef SO_MAX_MSG_SIZE
    {"SO_MAX_MSG_SIZE", (long long)SO_MAX_MSG_SIZE, 1},
#else
    {"SO_MAX_MSG_SIZE", 0, 0},
#endif
#ifdef SO_PROTOCOL_INFO
    {"SO_PROTOCOL_INFO", (long long)SO_PROTOCOL_INFO, 1},
#else
    {"SO_PROTOCOL_INFO", 0, 0},
#endif
#ifdef SO_PROTOCOL_INFOW
    {"SO_PROTOCOL_INFOW", (long long)SO_PROTOCOL_INFOW, 1},
#else
    {"SO_PROTOCOL_INFOW", 0, 0},
#endif
#ifdef SO_RANDOMIZE_PORT
    {"SO_RANDOMIZE_PORT", (long long)SO_RANDOMIZE_PORT, 1},
#else
    {"SO_RANDOMIZE_PORT", 0, 0},
#endif
#ifdef SO_PORT_SCALABILITY
    {"SO_PORT_SCALABILITY", (long long)SO_PORT_SCALABILITY, 1},
#else
    {"SO_PORT_SCALABILITY", 0, 0},
#endif
#ifdef SO_REUSE_UNICASTPORT
    {"SO_REUSE_UNICASTPORT", (long long)SO_REUSE_UNICASTPORT, 1},
#else
    {"SO_REUSE_UNICASTPORT", 0, 0},
#endif
#ifdef SO_REUSE_MULTICASTPORT
    {"SO_REUSE_MULTICASTPORT", (long long)SO_REUSE_MULTICASTPORT, 1},
#else
    {"SO_REUSE_MULTICASTPORT", 0, 0},
#endif
#ifdef SO_PAUSE_ACCEPT
    {"SO_PAUSE_ACCEPT", (long long)SO_PAUSE_ACCEPT, 1},
#else
    {"SO_PAUSE_ACCEPT", 0, 0},
#endif
#ifdef SO_VM_SOCKETS_BUFFER_SIZE
    {"SO_VM_SOCKETS_BUFFER_SIZE", (long long)SO_VM_SOCKETS_BUFFER_SIZE, 1},
#else
    {"SO_VM_SOCKETS_BUFFER_SIZE", 0, 0},
#endif
#ifdef SO_VM_SOCKETS_BUFFER_MIN_SIZE
    {"SO_VM_SOCKETS_BUFFER_MIN_SIZE", (long long)SO_VM_SOCKETS_BUFFER_MIN_SIZE, 1},
#else
    {"SO_VM_SOCKETS_BUFFER_MIN_SIZE", 0, 0},
#endif
#ifdef SO_VM_SOCKETS_BUFFER_MAX_SIZE
    {"SO_VM_SOCKETS_BUFFER_MAX_SIZE", (long long)SO_VM_SOCKETS_BUFFER_MAX_SIZE, 1},
#else
    {"SO_VM_SOCKETS_BUFFER_MAX_SIZE", 0, 0},
#endif
#ifdef IP_ADD_MEMBERSHIP
    {"IP_ADD_MEMBERSHIP", (long long)IP_ADD_MEMBERSHIP, 1},
#else
    {"IP_ADD_MEMBERSHIP", 0, 0},
#endif
#ifdef IP_ADD_SOURCE_MEMBERSHIP
    {"IP_ADD_SOURCE_MEMBERSHIP", (long long)IP_ADD_SOURCE_MEMBERSHIP, 1},
#else
    {"IP_ADD_SOURCE_MEMBERSHIP", 0, 0},
#endif
#ifdef IP_BIND_ADDRESS_NO_PORT
    {"IP_BIND_ADDRESS_NO_PORT", (long long)IP_BIND_ADDRESS_NO_PORT, 1},
#else
    {"IP_BIND_ADDRESS_NO_PORT", 0, 0},
#endif
#ifdef IP_BLOCK_SOURCE
    {"IP_BLOCK_SOURCE", (long long)IP_BLOCK_SOURCE, 1},
#else
    {"IP_BLOCK_SOURCE", 0, 0},
#endif
#ifdef IP_DROP_MEMBERSHIP
    {"IP_DROP_MEMBERSHIP", (long long)IP_DROP_MEMBERSHIP, 1},
#else
    {"IP_DROP_MEMBERSHIP", 0, 0},
#endif
#ifdef IP_DROP_SOURCE_MEMBERSHIP
    {"IP_DROP_SOURCE_MEMBERSHIP", (long long)IP_DROP_SOURCE_MEMBERSHIP, 1},
#else
    {"IP_DROP_SOURCE_MEMBERSHIP", 0, 0},
#endif
#ifdef IP_FREEBIND
    {"IP_FREEBIND", (long long)IP_FREEBIND, 1},
#else
    {"IP_FREEBIND", 0, 0},
#endif
#ifdef IP_HDRINCL
    {"IP_HDRINCL", (long long)IP_HDRINCL, 1},
#else
    {"IP_HDRINCL", 0, 0},
#endif
#ifdef IP_LOCAL_PORT_RANGE
    {"IP_LOCAL_PORT_RANGE", (long long)IP_LOCAL_PORT_RANGE, 1},
#else
    {"IP_LOCAL_PORT_RANGE", 0, 0},
#endif
#ifdef IP_MINTTL
    {"IP_MINTTL", (long long)IP_MINTTL, 1},
#else
    {"IP_MINTTL", 0, 0},
#endif
#ifdef IP_MSFILTER
    {"IP_MSFILTER", (long long)IP_MSFILTER, 1},
#else
    {"IP_MSFILTER", 0, 0},
#endif
#ifdef IP_MTU
    {"IP_MTU", (long long)IP_MTU, 1},
#else
    {"IP_MTU", 0, 0},
#endif
#ifdef IP_MTU_DISCOVER
    {"IP_MTU_DISCOVER", (long long)IP_MTU_DISCOVER, 1},
#else
    {"IP_MTU_DISCOVER", 0, 0},
#endif
#ifdef IP_MULTICAST_ALL
    {"IP_MULTICAST_ALL", (long long)IP_MULTICAST_ALL, 1},
#else
    {"IP_MULTICAST_ALL", 0, 0},
#endif
#ifdef IP_MULTICAST_IF
    {"IP_MULTICAST_IF", (long long)IP_MULTICAST_IF, 1},
#else
    {"IP_MULTICAST_IF", 0, 0},
#endif
#ifdef IP_MULTICAST_LOOP
    {"IP_MULTICAST_LOOP", (long long)IP_MULTICAST_LOOP, 1},
#else
    {"IP_MULTICAST_LOOP", 0, 0},
#endif
#ifdef IP_MULTICAST_TTL
    {"IP_MULTICAST_TTL", (long long)IP_MULTICAST_TTL, 1},
#else
    {"IP_MULTICAST_TTL", 0, 0},
#endif
#ifdef IP_NODEFRAG
    {"IP_NODEFRAG", (long long)IP_NODEFRAG, 1},
#else
    {"IP_NODEFRAG", 0, 0},
#endif
#ifdef IP_OPTIONS
    {"IP_OPTIONS", (long long)IP_OPTIONS, 1},
#else
    {"IP_OPTIONS", 0, 0},
#endif
#ifdef IP_ORIGDSTADDR
    {"IP_ORIGDSTADDR", (long long)IP_ORIGDSTADDR, 1},
#else
    {"IP_ORIGDSTADDR", 0, 0},
#endif
#ifdef IP_PASSSEC
    {"IP_PASSSEC", (long long)IP_PASSSEC, 1},
#else
    {"IP_PASSSEC", 0, 0},
#endif
#ifdef IP_PKTINFO
    {"IP_PKTINFO", (long long)IP_PKTINFO, 1},
#else
    {"IP_PKTINFO", 0, 0},
#endif
#ifdef IP_PKTOPTIONS
    {"IP_PKTOPTIONS", (long long)IP_PKTOPTIONS, 1},
#else
    {"IP_PKTOPTIONS", 0, 0},
#endif
#ifdef IP_PROTOCOL
    {"IP_PROTOCOL", (long long)IP_PROTOCOL, 1},
#else
    {"IP_PROTOCOL", 0, 0},
#endif
#ifdef IP_RECVERR
    {"IP_RECVERR", (long long)IP_RECVERR, 1},
#else
    {"IP_RECVERR", 0, 0},
#endif
#ifdef IP_RECVERR_RFC4884
    {"IP_RECVERR_RFC4884", (long long)IP_RECVERR_RFC4884, 1},
#else
    {"IP_RECVERR_RFC4884", 0, 0},
#endif
#ifdef IP_RECVFRAGSIZE
    {"IP_RECVFRAGSIZE", (long long)IP_RECVFRAGSIZE, 1},
#else
    {"IP_RECVFRAGSIZE", 0, 0},
#endif
#ifdef IP_RECVOPTS
    {"IP_RECVOPTS", (long long)IP_RECVOPTS, 1},
#else
    {"IP_RECVOPTS", 0, 0},
#endif
#ifdef IP_RECVORIGDSTADDR
    {"IP_RECVORIGDSTADDR", (long long)IP_RECVORIGDSTADDR, 1},
#else
    {"IP_RECVORIGDSTADDR", 0, 0},
#endif
#ifdef IP_RECVRETOPTS
    {"IP_RECVRETOPTS", (long long)IP_RECVRETOPTS, 1},
#else
    {"IP_RECVRETOPTS", 0, 0},
#endif
#ifdef IP_RECVTOS
    {"IP_RECVTOS", (long long)IP_RECVTOS, 1},
#else
    {"IP_RECVTOS", 0, 0},
#endif
#ifdef IP_RECVTTL
    {"IP_RECVTTL", (long long)IP_RECVTTL, 1},
#else
    {"IP_RECVTTL", 0, 0},
#endif
#ifdef IP_RETOPTS
    {"IP_RETOPTS", (long long)IP_RETOPTS, 1},
#else
    {"IP_RETOPTS", 0, 0},
#endif
#ifdef IP_ROUTER_ALERT
    {"IP_ROUTER_ALERT", (long long)IP_ROUTER_ALERT, 1},
#else
    {"IP_ROUTER_ALERT", 0, 0},
#endif
#ifdef IP_TOS
    {"IP_TOS", (long long)IP_TOS, 1},
#else
    {"IP_TOS", 0, 0},
#endif
#ifdef IP_TRANSPARENT
    {"IP_TRANSPARENT", (long long)IP_TRANSPARENT, 1},
#else
    {"IP_TRANSPARENT", 0, 0},
#endif
#ifdef IP_TTL
    {"IP_TTL", (long long)IP_TTL, 1},
#else
    {"IP_TTL", 0, 0},
#endif
#ifdef IP_UNBLOCK_SOURCE
    {"IP_UNBLOCK_SOURCE", (long long)IP_UNBLOCK_SOURCE, 1},
#else
    {"IP_UNBLOCK_SOURCE", 0, 0},
#endif
#ifdef IP_UNICAST_IF
    {"IP_UNICAST_IF", (long long)IP_UNICAST_IF, 1},
#else
    {"IP_UNICAST_IF", 0, 0},
#endif
#ifdef IP_XFRM_POLICY
    {"IP_XFRM_POLICY", (long long)IP_XFRM_POLICY, 1},
#else
    {"IP_XFRM_POLICY", 0, 0},
#endif
#ifdef IP_IPSEC_POLICY
    {"IP_IPSEC_POLICY", (long long)IP_IPSEC_POLICY, 1},
#else
    {"IP_IPSEC_POLICY", 0, 0},
#endif
#ifdef IP_CHECKSUM
    {"IP_CHECKSUM", (long long)IP_CHECKSUM, 1},
#else
    {"IP_CHECKSUM", 0, 0},
#endif
#ifdef IP_PMTUDISC_DONT
    {"IP_PMTUDISC_DONT", (long long)IP_PMTUDISC_DONT, 1},
#else
    {"IP_PMTUDISC_DONT", 0, 0},
#endif
#ifdef IP_PMTUDISC_WANT
    {"IP_PMTUDISC_WANT", (long long)IP_PMTUDISC_WANT, 1},
#else
    {"IP_PMTUDISC_WANT", 0, 0},
#endif
#ifdef IP_PMTUDISC_DO
    {"IP_PMTUDISC_DO", (long long)IP_PMTUDISC_DO, 1},
#else
    {"IP_PMTUDISC_DO", 0, 0},
#endif
#ifdef IP_PMTUDISC_PROBE
    {"IP_PMTUDISC_PROBE", (long long)IP_PMTUDISC_PROBE, 1},
#else
    {"IP_PMTUDISC_PROBE", 0, 0},
#endif
#ifdef IP_PMTUDISC_INTERFACE
    {"IP_PMTUDISC_INTERFACE", (long long)IP_PMTUDISC_INTERFACE, 1},
#else
    {"IP_PMTUDISC_INTERFACE", 0, 0},
#endif
#ifdef IP_PMTUDISC_OMIT
    {"IP_PMTUDISC_OMIT", (long long)IP_PMTUDISC_OMIT, 1},
#else
    {"IP_PMTUDISC_OMIT", 0, 0},
#endif
#ifdef IP_RECVDSTADDR
    {"IP_RECVDSTADDR", (long long)IP_RECVDSTADDR, 1},
#else
    {"IP_RECVDSTADDR", 0, 0},
#endif
#ifdef IP_SENDSRCADDR
    {"IP_SENDSRCADDR", (long long)IP_SENDSRCADDR, 1},
#else
    {"IP_SENDSRCADDR", 0, 0},
#endif
#ifdef IP_RECVIF
    {"IP_RECVIF", (long long)IP_RECVIF, 1},
#else
    {"IP_RECVIF", 0, 0},
#endif
#ifdef IP_PORTRANGE
    {"IP_PORTRANGE", (long long)IP_PORTRANGE, 1},
#else
    {"IP_PORTRANGE", 0, 0},
#endif
#ifdef IP_BOUND_IF
    {"IP_BOUND_IF", (long long)IP_BOUND_IF, 1},
#else
    {"IP_BOUND_IF", 0, 0},
#endif
#ifdef IP_DONTFRAG
    {"IP_DONTFRAG", (long long)IP_DONTFRAG, 1},
#else
    {"IP_DONTFRAG", 0, 0},
#endif
#ifdef IP_DONTFRAGMENT
    {"IP_DONTFRAGMENT", (long long)IP_DONTFRAGMENT, 1},
#else
    {"IP_DONTFRAGMENT", 0, 0},
#endif
#ifdef IP_BINDANY
    {"IP_BINDANY", (long long)IP_BINDANY, 1},
#else
    {"IP_BINDANY", 0, 0},
#endif
#ifdef IP_ONESBCAST
    {"IP_ONESBCAST", (long long)IP_ONESBCAST, 1},
#else
    {"IP_ONESBCAST", 0, 0},
#endif
#ifdef IP_RECEIVE_BROADCAST
    {"IP_RECEIVE_BROADCAST", (long long)IP_RECEIVE_BROADCAST, 1},
#else
    {"IP_RECEIVE_BROADCAST", 0, 0},
#endif
#ifdef IP_RECVTCLASS
    {"IP_RECVTCLASS", (long long)IP_RECVTCLASS, 1},
#else
    {"IP_RECVTCLASS", 0, 0},
#endif
#ifdef IP_DEFAULT_MULTICAST_LOOP
    {"IP_DEFAULT_MULTICAST_LOOP", (long long)IP_DEFAULT_MULTICAST_LOOP, 1},
#else
    {"IP_DEFAULT_MULTICAST_LOOP", 0, 0},
#endif
#ifdef IP_DEFAULT_MULTICAST_TTL
    {"IP_DEFAULT_MULTICAST_TTL", (long long)IP_DEFAULT_MULTICAST_TTL, 1},
#else
    {"IP_DEFAULT_MULTICAST_TTL", 0, 0},
#endif
#ifdef IP_MAX_MEMBERSHIPS
    {"IP_MAX_MEMBERSHIPS", (long long)IP_MAX_MEMBERSHIPS, 1},
#else
    {"IP_MAX_MEMBERSHIPS", 0, 0},
#endif
#ifdef MCAST_JOIN_GROUP
    {"MCAST_JOIN_GROUP", (long long)MCAST_JOIN_GROUP, 1},
#else
    {"MCAST_JOIN_GROUP", 0, 0},
#endif
#ifdef MCAST_LEAVE_GROUP
    {"MCAST_LEAVE_GROUP", (long long)MCAST_LEAVE_GROUP, 1},
#else
    {"MCAST_LEAVE_GROUP", 0, 0},
#endif
#ifdef MCAST_JOIN_SOURCE_GROUP
    {"MCAST_JOIN_SOURCE_GROUP", (long long)MCAST_JOIN_SOURCE_GROUP, 1},
#else
    {"MCAST_JOIN_SOURCE_GROUP", 0, 0},
#endif
#ifdef MCAST_LEAVE_SOURCE_GROUP
    {"MCAST_LEAVE_SOURCE_GROUP", (long long)MCAST_LEAVE_SOURCE_GROUP, 1},
#else
    {"MCAST_LEAVE_SOURCE_GROUP", 0, 0},
#endif
#ifdef MCAST_BLOCK_SOURCE
    {"MCAST_BLOCK_SOURCE", (long long)MCAST_BLOCK_SOURCE, 1},
#else
    {"MCAST_BLOCK_SOURCE", 0, 0},
#endif
#ifdef MCAST_UNBLOCK_SOURCE
    {"MCAST_UNBLOCK_SOURCE", (long long)MCAST_UNBLOCK_SOURCE, 1},
#else
    {"MCAST_UNBLOCK_SOURCE", 0, 0},
#endif
#ifdef MCAST_MSFILTER
    {"MCAST_MSFILTER", (long long)MCAST_MSFILTER, 1},
#else
    {"MCAST_MSFILTER", 0, 0},
#endif
#ifdef IPV6_2292PKTINFO
    {"IPV6_2292PKTINFO", (long long)IPV6_2292PKTINFO, 1},
#else
    {"IPV6_2292PKTINFO", 0, 0},
#endif
#ifdef IPV6_2292HOPOPTS
    {"IPV6_2292HOPOPTS", (long long)IPV6_2292HOPOPTS, 1},
#else
    {"IPV6_2292HOPOPTS", 0, 0},
#endif
#ifdef IPV6_2292DSTOPTS
    {"IPV6_2292DSTOPTS", (long long)IPV6_2292DSTOPTS, 1},
#else
    {"IPV6_2292DSTOPTS", 0, 0},
#endif
#ifdef IPV6_2292RTHDR
    {"IPV6_2292RTHDR", (long long)IPV6_2292RTHDR, 1},
#else
    {"IPV6_2292RTHDR", 0, 0},
#endif
#ifdef IPV6_2292PKTOPTIONS
    {"IPV6_2292PKTOPTIONS", (long long)IPV6_2292PKTOPTIONS, 1},
#else
    {"IPV6_2292PKTOPTIONS", 0, 0},
#endif
#ifdef IPV6_2292HOPLIMIT
    {"IPV6_2292HOPLIMIT", (long long)IPV6_2292HOPLIMIT, 1},
#else
    {"IPV6_2292HOPLIMIT", 0, 0},
#endif
#ifdef IPV6_IPSEC_POLICY
    {"IPV6_IPSEC_POLICY", (long long)IPV6_IPSEC_POLICY, 1},
#else
    {"IPV6_IPSEC_POLICY", 0, 0},
#endif
#ifdef IPV6_XFRM_POLICY
    {"IPV6_XFRM_POLICY", (long long)IPV6_XFRM_POLICY, 1},
#else
    {"IPV6_XFRM_POLICY", 0, 0},
#endif
#ifdef IPV6_ROUTER_ALERT_ISOLATE
    {"IPV6_ROUTER_ALERT_ISOLATE", (long long)IPV6_ROUTER_ALERT_ISOLATE, 1},
#else
    {"IPV6_ROUTER_ALERT_ISOLATE", 0, 0},
#endif
#ifdef IPV6_ADDRFORM
    {"IPV6_ADDRFORM", (long long)IPV6_ADDRFORM, 1},
#else
    {"IPV6_ADDRFORM", 0, 0},
#endif
#ifdef IPV6_ADDR_PREFERENCES
    {"IPV6_ADDR_PREFERENCES", (long long)IPV6_ADDR_PREFERENCES, 1},
#else
    {"IPV6_ADDR_PREFERENCES", 0, 0},
#endif
#ifdef IPV6_ADD_MEMBERSHIP
    {"IPV6_ADD_MEMBERSHIP", (long long)IPV6_ADD_MEMBERSHIP, 1},
#else
    {"IPV6_ADD_MEMBERSHIP", 0, 0},
#endif
#ifdef IPV6_AUTHHDR
    {"IPV6_AUTHHDR", (long long)IPV6_AUTHHDR, 1},
#else
    {"IPV6_AUTHHDR", 0, 0},
#endif
#ifdef IPV6_AUTOFLOWLABEL
    {"IPV6_AUTOFLOWLABEL", (long long)IPV6_AUTOFLOWLABEL, 1},
#else
    {"IPV6_AUTOFLOWLABEL", 0, 0},
#endif
#ifdef IPV6_BOUND_IF
    {"IPV6_BOUND_IF", (long long)IPV6_BOUND_IF, 1},
#else
    {"IPV6_BOUND_IF", 0, 0},
#endif
#ifdef IPV6_CHECKSUM
    {"IPV6_CHECKSUM", (long long)IPV6_CHECKSUM, 1},
#else
    {"IPV6_CHECKSUM", 0, 0},
#endif
#ifdef IPV6_DONTFRAG
    {"IPV6_DONTFRAG", (long long)IPV6_DONTFRAG, 1},
#else
    {"IPV6_DONTFRAG", 0, 0},
#endif
#ifdef IPV6_DROP_MEMBERSHIP
    {"IPV6_DROP_MEMBERSHIP", (long long)IPV6_DROP_MEMBERSHIP, 1},
#else
    {"IPV6_DROP_MEMBERSHIP", 0, 0},
#endif
#ifdef IPV6_DSTOPTS
    {"IPV6_DSTOPTS", (long long)IPV6_DSTOPTS, 1},
#else
    {"IPV6_DSTOPTS", 0, 0},
#endif
#ifdef IPV6_FLOWINFO
    {"IPV6_FLOWINFO", (long long)IPV6_FLOWINFO, 1},
#else
    {"IPV6_FLOWINFO", 0, 0},
#endif
#ifdef IPV6_FLOWINFO_SEND
    {"IPV6_FLOWINFO_SEND", (long long)IPV6_FLOWINFO_SEND, 1},
#else
    {"IPV6_FLOWINFO_SEND", 0, 0},
#endif
#ifdef IPV6_FLOWLABEL_MGR
    {"IPV6_FLOWLABEL_MGR", (long long)IPV6_FLOWLABEL_MGR, 1},
#else
    {"IPV6_FLOWLABEL_MGR", 0, 0},
#endif
#ifdef IPV6_FREEBIND
    {"IPV6_FREEBIND", (long long)IPV6_FREEBIND, 1},
#else
    {"IPV6_FREEBIND", 0, 0},
#endif
#ifdef IPV6_HDRINCL
    {"IPV6_HDRINCL", (long long)IPV6_HDRINCL, 1},
#else
    {"IPV6_HDRINCL", 0, 0},
#endif
#ifdef IPV6_HOPLIMIT
    {"IPV6_HOPLIMIT", (long long)IPV6_HOPLIMIT, 1},
#else
    {"IPV6_HOPLIMIT", 0, 0},
#endif
#ifdef IPV6_HOPOPTS
    {"IPV6_HOPOPTS", (long long)IPV6_HOPOPTS, 1},
#else
    {"IPV6_HOPOPTS", 0, 0},
#endif
#ifdef IPV6_JOIN_ANYCAST
    {"IPV6_JOIN_ANYCAST", (long long)IPV6_JOIN_ANYCAST, 1},
#else
    {"IPV6_JOIN_ANYCAST", 0, 0},
#endif
#ifdef IPV6_JOIN_GROUP
    {"IPV6_JOIN_GROUP", (long long)IPV6_JOIN_GROUP, 1},
#else
    {"IPV6_JOIN_GROUP", 0, 0},
#endif
#ifdef IPV6_LEAVE_ANYCAST
    {"IPV6_LEAVE_ANYCAST", (long long)IPV6_LEAVE_ANYCAST, 1},
#else
    {"IPV6_LEAVE_ANYCAST", 0, 0},
#endif
#ifdef IPV6_LEAVE_GROUP
    {"IPV6_LEAVE_GROUP", (long long)IPV6_LEAVE_GROUP, 1},
#else
    {"IPV6_LEAVE_GROUP", 0, 0},
#endif
#ifdef IPV6_MINHOPCOUNT
    {"IPV6_MINHOPCOUNT", (long long)IPV6_MINHOPCOUNT, 1},
#else
    {"IPV6_MINHOPCOUNT", 0, 0},
#endif
#ifdef IPV6_MTU
    {"IPV6_MTU", (long long)IPV6_MTU, 1},
#else
    {"IPV6_MTU", 0, 0},
#endif
#ifdef IPV6_MTU_DISCOVER
    {"IPV6_MTU_DISCOVER", (long long)IPV6_MTU_DISCOVER, 1},
#else
    {"IPV6_MTU_DISCOVER", 0, 0},
#endif
#ifdef IPV6_MULTICAST_ALL
    {"IPV6_MULTICAST_ALL", (long long)IPV6_MULTICAST_ALL, 1},
#else
    {"IPV6_MULTICAST_ALL", 0, 0},
#endif
#ifdef IPV6_MULTICAST_HOPS
    {"IPV6_MULTICAST_HOPS", (long long)IPV6_MULTICAST_HOPS, 1},
#else
    {"IPV6_MULTICAST_HOPS", 0, 0},
#endif
#ifdef IPV6_MULTICAST_IF
    {"IPV6_MULTICAST_IF", (long long)IPV6_MULTICAST_IF, 1},
#else
    {"IPV6_MULTICAST_IF", 0, 0},
#endif
#ifdef IPV6_MULTICAST_LOOP
    {"IPV6_MULTICAST_LOOP", (long long)IPV6_MULTICAST_LOOP, 1},
#else
    {"IPV6_MULTICAST_LOOP", 0, 0},
#endif
#ifdef IPV6_NEXTHOP
    {"IPV6_NEXTHOP", (long long)IPV6_NEXTHOP, 1},
#else
    {"IPV6_NEXTHOP", 0, 0},
#endif
#ifdef IPV6_ORIGDSTADDR
    {"IPV6_ORIGDSTADDR", (long long)IPV6_ORIGDSTADDR, 1},
#else
    {"IPV6_ORIGDSTADDR", 0, 0},
#endif
#ifdef IPV6_PATHMTU
    {"IPV6_PATHMTU", (long long)IPV6_PATHMTU, 1},
#else
    {"IPV6_PATHMTU", 0, 0},
#endif
#ifdef IPV6_PKTINFO
    {"IPV6_PKTINFO", (long long)IPV6_PKTINFO, 1},
#else
    {"IPV6_PKTINFO", 0, 0},
#endif
#ifdef IPV6_PORTRANGE
    {"IPV6_PORTRANGE", (long long)IPV6_PORTRANGE, 1},
#else
    {"IPV6_PORTRANGE", 0, 0},
#endif
#ifdef IPV6_PROTECTION_LEVEL
    {"IPV6_PROTECTION_LEVEL", (long long)IPV6_PROTECTION_LEVEL, 1},
#else
    {"IPV6_PROTECTION_LEVEL", 0, 0},
#endif
#ifdef IPV6_RECVDSTOPTS
    {"IPV6_RECVDSTOPTS", (long long)IPV6_RECVDSTOPTS, 1},
#else
    {"IPV6_RECVDSTOPTS", 0, 0},
#endif
#ifdef IPV6_RECVERR
    {"IPV6_RECVERR", (long long)IPV6_RECVERR, 1},
#else
    {"IPV6_RECVERR", 0, 0},
#endif
#ifdef IPV6_RECVERR_RFC4884
    {"IPV6_RECVERR_RFC4884", (long long)IPV6_RECVERR_RFC4884, 1},
#else
    {"IPV6_RECVERR_RFC4884", 0, 0},
#endif
#ifdef IPV6_RECVFRAGSIZE
    {"IPV6_RECVFRAGSIZE", (long long)IPV6_RECVFRAGSIZE, 1},
#else
    {"IPV6_RECVFRAGSIZE", 0, 0},
#endif
#ifdef IPV6_RECVHOPLIMIT
    {"IPV6_RECVHOPLIMIT", (long long)IPV6_RECVHOPLIMIT, 1},
#else
    {"IPV6_RECVHOPLIMIT", 0, 0},
#endif
#ifdef IPV6_RECVHOPOPTS
    {"IPV6_RECVHOPOPTS", (long long)IPV6_RECVHOPOPTS, 1},
#else
    {"IPV6_RECVHOPOPTS", 0, 0},
#endif
#ifdef IPV6_RECVORIGDSTADDR
    {"IPV6_RECVORIGDSTADDR", (long long)IPV6_RECVORIGDSTADDR, 1},
#else
    {"IPV6_RECVORIGDSTADDR", 0, 0},
#endif
#ifdef IPV6_RECVPATHMTU
    {"IPV6_RECVPATHMTU", (long long)IPV6_RECVPATHMTU, 1},
#else
    {"IPV6_RECVPATHMTU", 0, 0},
#endif
#ifdef IPV6_RECVPKTINFO
    {"IPV6_RECVPKTINFO", (long long)IPV6_RECVPKTINFO, 1},
#else
    {"IPV6_RECVPKTINFO", 0, 0},
#endif
#ifdef IPV6_RECVRTHDR
    {"IPV6_RECVRTHDR", (long long)IPV6_RECVRTHDR, 1},
#else
    {"IPV6_RECVRTHDR", 0, 0},
#endif
#ifdef IPV6_RECVTCLASS
    {"IPV6_RECVTCLASS", (long long)IPV6_RECVTCLASS, 1},
#else
    {"IPV6_RECVTCLASS", 0, 0},
#endif
#ifdef IPV6_ROUTER_ALERT
    {"IPV6_ROUTER_ALERT", (long long)IPV6_ROUTER_ALERT, 1},
#else
    {"IPV6_ROUTER_ALERT", 0, 0},
#endif
#ifdef IPV6_RTHDR
    {"IPV6_RTHDR", (long long)IPV6_RTHDR, 1},
#else
    {"IPV6_RTHDR", 0, 0},
#endif
#ifdef IPV6_RTHDRDSTOPTS
    {"IPV6_RTHDRDSTOPTS", (long long)IPV6_RTHDRDSTOPTS, 1},
#else
    {"IPV6_RTHDRDSTOPTS", 0, 0},
#endif
#ifdef IPV6_RTHDR_TYPE_0
    {"IPV6_RTHDR_TYPE_0", (long long)IPV6_RTHDR_TYPE_0, 1},
#else
    {"IPV6_RTHDR_TYPE_0", 0, 0},
#endif
#ifdef IPV6_TCLASS
    {"IPV6_TCLASS", (long long)IPV6_TCLASS, 1},
#else
    {"IPV6_TCLASS", 0, 0},
#endif
#ifdef IPV6_TRANSPARENT
    {"IPV6_TRANSPARENT", (long long)IPV6_TRANSPARENT, 1},
#else
    {"IPV6_TRANSPARENT", 0, 0},
#endif
#ifdef IPV6_UNICAST_HOPS
    {"IPV6_UNICAST_HOPS", (long long)IPV6_UNICAST_HOPS, 1},
#else
    {"IPV6_UNICAST_HOPS", 0, 0},
#endif
#ifdef IPV6_UNICAST_IF
    {"IPV6_UNICAST_IF", (long long)IPV6_UNICAST_IF, 1},
#else
    {"IPV6_UNICAST_IF", 0, 0},
#endif
#ifdef IPV6_USE_MIN_MTU
    {"IPV6_USE_MIN_MTU", (long long)IPV6_USE_MIN_MTU, 1},
#else
    {"IPV6_USE_MIN_MTU", 0, 0},
#endif
#ifdef IPV6_V6ONLY
    {"IPV6_V6ONLY", (long long)IPV6_V6ONLY, 1},
#else
    {"IPV6_V6ONLY", 0, 0},
#endif
#ifdef IPV6_BINDANY
    {"IPV6_BINDANY", (long long)IPV6_BINDANY, 1},
#else
    {"IPV6_BINDANY", 0, 0},
#endif
#ifdef IP6T_SO_ORIGINAL_DST
    {"IP6T_SO_ORIGINAL_DST", (long long)IP6T_SO_ORIGINAL_DST, 1},
#else
    {"IP6T_SO_ORIGINAL_DST", 0, 0},
#endif
#ifdef IP6T_SO_GET_REVISION_MATCH
    {"IP6T_SO_GET_REVISION_MATCH", (long long)IP6T_SO_GET_REVISION_MATCH, 1},
#else
    {"IP6T_SO_GET_REVISION_MATCH", 0, 0},
#endif
#ifdef TCP_CC_INFO
    {"TCP_CC_INFO", (long long)TCP_CC_INFO, 1},
#else
    {"TCP_CC_INFO", 0, 0},
#endif
#ifdef TCP_CM_INQ
    {"TCP_CM_INQ", (long long)TCP_CM_INQ, 1},
#else
    {"TCP_CM_INQ", 0, 0},
#endif
#ifdef TCP_CONGESTION
    {"TCP_CONGESTION", (long long)TCP_CONGESTION, 1},
#else
    {"TCP_CONGESTION", 0, 0},
#endif
#ifdef TCP_CONNECTION_INFO
    {"TCP_CONNECTION_INFO", (long long)TCP_CONNECTION_INFO, 1},
#else
    {"TCP_CONNECTION_INFO", 0, 0},
#endif
#ifdef TCP_CONNECTIONTIMEOUT
    {"TCP_CONNECTIONTIMEOUT", (long long)TCP_CONNECTIONTIMEOUT, 1},
#else
    {"TCP_CONNECTIONTIMEOUT", 0, 0},
#endif
#ifdef TCP_COOKIE_TRANSACTIONS
    {"TCP_COOKIE_TRANSACTIONS", (long long)TCP_COOKIE_TRANSACTIONS, 1},
#else
    {"TCP_COOKIE_TRANSACTIONS", 0, 0},
#endif
#ifdef TCP_CORK
    {"TCP_CORK", (long long)TCP_CORK, 1},
#else
    {"TCP_CORK", 0, 0},
#endif
#ifdef TCP_DEFER_ACCEPT
    {"TCP_DEFER_ACCEPT", (long long)TCP_DEFER_ACCEPT, 1},
#else
    {"TCP_DEFER_ACCEPT", 0, 0},
#endif
#ifdef TCP_FAIL_CONNECT_ON_ICMP_ERROR
    {"TCP_FAIL_CONNECT_ON_ICMP_ERROR", (long long)TCP_FAIL_CONNECT_ON_ICMP_ERROR, 1},
#else
    {"TCP_FAIL_CONNECT_ON_ICMP_ERROR", 0, 0},
#endif
#ifdef TCP_FASTOPEN
    {"TCP_FASTOPEN", (long long)TCP_FASTOPEN, 1},
#else
    {"TCP_FASTOPEN", 0, 0},
#endif
#ifdef TCP_FASTOPEN_CONNECT
    {"TCP_FASTOPEN_CONNECT", (long long)TCP_FASTOPEN_CONNECT, 1},
#else
    {"TCP_FASTOPEN_CONNECT", 0, 0},
#endif
#ifdef TCP_FASTOPEN_KEY
    {"TCP_FASTOPEN_KEY", (long long)TCP_FASTOPEN_KEY, 1},
#else
    {"TCP_FASTOPEN_KEY", 0, 0},
#endif
#ifdef TCP_FASTOPEN_NO_COOKIE
    {"TCP_FASTOPEN_NO_COOKIE", (long long)TCP_FASTOPEN_NO_COOKIE, 1},
#else
    {"TCP_FASTOPEN_NO_COOKIE", 0, 0},
#endif
#ifdef TCP_INFO
    {"TCP_INFO", (long long)TCP_INFO, 1},
#else
    {"TCP_INFO", 0, 0},
#endif
#ifdef TCP_INQ
    {"TCP_INQ", (long long)TCP_INQ, 1},
#else
    {"TCP_INQ", 0, 0},
#endif
#ifdef TCP_IS_MPTCP
    {"TCP_IS_MPTCP", (long long)TCP_IS_MPTCP, 1},
#else
    {"TCP_IS_MPTCP", 0, 0},
#endif
#ifdef TCP_KEEPALIVE
    {"TCP_KEEPALIVE", (long long)TCP_KEEPALIVE, 1},
#else
    {"TCP_KEEPALIVE", 0, 0},
#endif
#ifdef TCP_KEEPCNT
    {"TCP_KEEPCNT", (long long)TCP_KEEPCNT, 1},
#else
    {"TCP_KEEPCNT", 0, 0},
#endif
#ifdef TCP_KEEPIDLE
    {"TCP_KEEPIDLE", (long long)TCP_KEEPIDLE, 1},
#else
    {"TCP_KEEPIDLE", 0, 0},
#endif
#ifdef TCP_KEEPINIT
    {"TCP_KEEPINIT", (long long)TCP_KEEPINIT, 1},
#else
    {"TCP_KEEPINIT", 0, 0},
#endif
#ifdef TCP_KEEPINTVL
    {"TCP_KEEPINTVL", (long long)TCP_KEEPINTVL, 1},
#else
    {"TCP_KEEPINTVL", 0, 0},
#endif
#ifdef TCP_LINGER2
    {"TCP_LINGER2", (long long)TCP_LINGER2, 1},
#else
    {"TCP_LINGER2", 0, 0},
#endif
#ifdef TCP_MAXRT
    {"TCP_MAXRT", (long long)TCP_MAXRT, 1},
#else
    {"TCP_MAXRT", 0, 0},
#endif
#ifdef TCP_MAXRTMS
    {"TCP_MAXRTMS", (long long)TCP_MAXRTMS, 1},
#else
    {"TCP_MAXRTMS", 0, 0},
#endif
#ifdef TCP_MAXSEG
    {"TCP_MAXSEG", (long long)TCP_MAXSEG, 1},
#else
    {"TCP_MAXSEG", 0, 0},
#endif
#ifdef TCP_MD5SIG
    {"TCP_MD5SIG", (long long)TCP_MD5SIG, 1},
#else
    {"TCP_MD5SIG", 0, 0},
#endif
#ifdef TCP_MD5SIG_EXT
    {"TCP_MD5SIG_EXT", (long long)TCP_MD5SIG_EXT, 1},
#else
    {"TCP_MD5SIG_EXT", 0, 0},
#endif
#ifdef TCP_NODELAY
    {"TCP_NODELAY", (long long)TCP_NODELAY, 1},
#else
    {"TCP_NODELAY", 0, 0},
#endif
#ifdef TCP_NOOPT
    {"TCP_NOOPT", (long long)TCP_NOOPT, 1},
#else
    {"TCP_NOOPT", 0, 0},
#endif
#ifdef TCP_NOPUSH
    {"TCP_NOPUSH", (long long)TCP_NOPUSH, 1},
#else
    {"TCP_NOPUSH", 0, 0},
#endif
#ifdef TCP_NOTSENT_LOWAT
    {"TCP_NOTSENT_LOWAT", (long long)TCP_NOTSENT_LOWAT, 1},
#else
    {"TCP_NOTSENT_LOWAT", 0, 0},
#endif
#ifdef TCP_QUEUE_SEQ
    {"TCP_QUEUE_SEQ", (long long)TCP_QUEUE_SEQ, 1},
#else
    {"TCP_QUEUE_SEQ", 0, 0},
#endif
#ifdef TCP_QUICKACK
    {"TCP_QUICKACK", (long long)TCP_QUICKACK, 1},
#else
    {"TCP_QUICKACK", 0, 0},
#endif
#ifdef TCP_REPAIR
    {"TCP_REPAIR", (long long)TCP_REPAIR, 1},
#else
    {"TCP_REPAIR", 0, 0},
#endif
#ifdef TCP_REPAIR_OPTIONS
    {"TCP_REPAIR_OPTIONS", (long long)TCP_REPAIR_OPTIONS, 1},
#else
    {"TCP_REPAIR_OPTIONS", 0, 0},
#endif
#ifdef TCP_REPAIR_QUEUE
    {"TCP_REPAIR_QUEUE", (long long)TCP_REPAIR_QUEUE, 1},
#else
    {"TCP_REPAIR_QUEUE", 0, 0},
#endif
#ifdef TCP_REPAIR_WINDOW
    {"TCP_REPAIR_WINDOW", (long long)TCP_REPAIR_WINDOW, 1},
#else
    {"TCP_REPAIR_WINDOW", 0, 0},
#endif
#ifdef TCP_RTO_MAX_MS
    {"TCP_RTO_MAX_MS", (long long)TCP_RTO_MAX_MS, 1},
#else
    {"TCP_RTO_MAX_MS", 0, 0},
#endif
#ifdef TCP_RTO_MIN_US
    {"TCP_RTO_MIN_US", (long long)TCP_RTO_MIN_US, 1},
#else
    {"TCP_RTO_MIN_US", 0, 0},
#endif
#ifdef TCP_RXT_CONNDROPTIME
    {"TCP_RXT_CONNDROPTIME", (long long)TCP_RXT_CONNDROPTIME, 1},
#else
    {"TCP_RXT_CONNDROPTIME", 0, 0},
#endif
#ifdef TCP_RXT_FINDROP
    {"TCP_RXT_FINDROP", (long long)TCP_RXT_FINDROP, 1},
#else
    {"TCP_RXT_FINDROP", 0, 0},
#endif
#ifdef TCP_SAVED_SYN
    {"TCP_SAVED_SYN", (long long)TCP_SAVED_SYN, 1},
#else
    {"TCP_SAVED_SYN", 0, 0},
#endif
#ifdef TCP_SAVE_SYN
    {"TCP_SAVE_SYN", (long long)TCP_SAVE_SYN, 1},
#else
    {"TCP_SAVE_SYN", 0, 0},
#endif
#ifdef TCP_SENDMOREACKS
    {"TCP_SENDMOREACKS", (long long)TCP_SENDMOREACKS, 1},
#else
    {"TCP_SENDMOREACKS", 0, 0},
#endif
#ifdef TCP_STDURG
    {"TCP_STDURG", (long long)TCP_STDURG, 1},
#else
    {"TCP_STDURG", 0, 0},
#endif
#ifdef TCP_SYNCNT
    {"TCP_SYNCNT", (long long)TCP_SYNCNT, 1},
#else
    {"TCP_SYNCNT", 0, 0},
#endif
#ifdef TCP_THIN_DUPACK
    {"TCP_THIN_DUPACK", (long long)TCP_THIN_DUPACK, 1},
#else
    {"TCP_THIN_DUPACK", 0, 0},
#endif
#ifdef TCP_THIN_LINEAR_TIMEOUTS
    {"TCP_THIN_LINEAR_TIMEOUTS", (long long)TCP_THIN_LINEAR_TIMEOUTS, 1},
#else
    {"TCP_THIN_LINEAR_TIMEOUTS", 0, 0},
#endif
#ifdef TCP_TIMESTAMP
    {"TCP_TIMESTAMP", (long long)TCP_TIMESTAMP, 1},
#else
    {"TCP_TIMESTAMP", 0, 0},
#endif
#ifdef TCP_TIMESTAMPS
    {"TCP_TIMESTAMPS", (long long)TCP_TIMESTAMPS, 1},
#else
    {"TCP_TIMESTAMPS", 0, 0},
#endif
#ifdef TCP_TX_DELAY
    {"TCP_TX_DELAY", (long long)TCP_TX_DELAY, 1},
#else
    {"TCP_TX_DELAY", 0, 0},
#endif
#ifdef TCP_ULP
    {"TCP_ULP", (long long)TCP_ULP, 1},
#else
    {"TCP_ULP", 0, 0},
#endif
#ifdef TCP_USER_TIMEOUT
    {"TCP_USER_TIMEOUT", (long long)TCP_USER_TIMEOUT, 1},
#else
    {"TCP_USER_TIMEOUT", 0, 0},
#endif
#ifdef TCP_WINDOW_CLAMP
    {"TCP_WINDOW_CLAMP", (long long)TCP_WINDOW_CLAMP, 1},
#else
    {"TCP_WINDOW_CLAMP", 0, 0},
#endif
#ifdef TCP_ZEROCOPY_RECEIVE
    {"TCP_ZEROCOPY_RECEIVE", (long long)TCP_ZEROCOPY_RECEIVE, 1},
#else
    {"TCP_ZEROCOPY_RECEIVE", 0, 0},
#endif
#ifdef TCP_EXPEDITED_1122
    {"TCP_EXPEDITED_1122", (long long)TCP_EXPEDITED_1122, 1},
#else
    {"TCP_EXPEDITED_1122", 0, 0},
#endif
#ifdef UDP_CORK
    {"UDP_CORK", (long long)UDP_CORK, 1},
#else
    {"UDP_CORK", 0, 0},
#endif
#ifdef UDP_ENCAP
    {"UDP_ENCAP", (long long)UDP_ENCAP, 1},
#else
    {"UDP_ENCAP", 0, 0},
#endif
#ifdef UDP_GRO
    {"UDP_GRO", (long long)UDP_GRO, 1},
#else
    {"UDP_GRO", 0, 0},
#endif
#ifdef UDP_SEGMENT
    {"UDP_SEGMENT", (long long)UDP_SEGMENT, 1},
#else
    {"UDP_SEGMENT", 0, 0},
#endif
#ifdef UDP_NO_CHECK6_RX
    {"UDP_NO_CHECK6_RX", (long long)UDP_NO_CHECK6_RX, 1},
#else
    {"UDP_NO_CHECK6_RX", 0, 0},
#endif
#ifdef UDP_NO_CHECK6_TX
    {"UDP_NO_CHECK6_TX", (long long)UDP_NO_CHECK6_TX, 1},
#else
    {"UDP_NO_CHECK6_TX", 0, 0},
#endif
#ifdef UDP_SEND_MSG_SIZE
    {"UDP_SEND_MSG_SIZE", (long long)UDP_SEND_MSG_SIZE, 1},
#else
    {"UDP_SEND_MSG_SIZE", 0, 0},
#endif
#ifdef UDP_RECV_MAX_COALESCED_SIZE
    {"UDP_RECV_MAX_COALESCED_SIZE", (long long)UDP_RECV_MAX_COALESCED_SIZE, 1},
#else
    {"UDP_RECV_MAX_COALESCED_SIZE", 0, 0},
#endif
#ifdef UDP_NOCHECKSUM
    {"UDP_NOCHECKSUM", (long long)UDP_NOCHECKSUM, 1},
#else
    {"UDP_NOCHECKSUM", 0, 0},
#endif
#ifdef UDP_CHECKSUM_COVERAGE
    {"UDP_CHECKSUM_COVERAGE", (long long)UDP_CHECKSUM_COVERAGE, 1},
#else
    {"UDP_CHECKSUM_COVERAGE", 0, 0},
#endif
#ifdef MSG_BATCH
    {"MSG_BATCH", (long long)MSG_BATCH, 1},
#else
    {"MSG_BATCH", 0, 0},
#endif
#ifdef MSG_CMSG_CLOEXEC
    {"MSG_CMSG_CLOEXEC", (long long)MSG_CMSG_CLOEXEC, 1},
#else
    {"MSG_CMSG_CLOEXEC", 0, 0},
#endif
#ifdef MSG_CMSG_CLOFORK
    {"MSG_CMSG_CLOFORK", (long long)MSG_CMSG_CLOFORK, 1},
#else
    {"MSG_CMSG_CLOFORK", 0, 0},
#endif
#ifdef MSG_CONFIRM
    {"MSG_CONFIRM", (long long)MSG_CONFIRM, 1},
#else
    {"MSG_CONFIRM", 0, 0},
#endif
#ifdef MSG_CTRUNC
    {"MSG_CTRUNC", (long long)MSG_CTRUNC, 1},
#else
    {"MSG_CTRUNC", 0, 0},
#endif
#ifdef MSG_DONTROUTE
    {"MSG_DONTROUTE", (long long)MSG_DONTROUTE, 1},
#else
    {"MSG_DONTROUTE", 0, 0},
#endif
#ifdef MSG_DONTWAIT
    {"MSG_DONTWAIT", (long long)MSG_DONTWAIT, 1},
#else
    {"MSG_DONTWAIT", 0, 0},
#endif
#ifdef MSG_EOF
    {"MSG_EOF", (long long)MSG_EOF, 1},
#else
    {"MSG_EOF", 0, 0},
#endif
#ifdef MSG_EOR
    {"MSG_EOR", (long long)MSG_EOR, 1},
#else
    {"MSG_EOR", 0, 0},
#endif
#ifdef MSG_ERRQUEUE
    {"MSG_ERRQUEUE", (long long)MSG_ERRQUEUE, 1},
#else
    {"MSG_ERRQUEUE", 0, 0},
#endif
#ifdef MSG_FASTOPEN
    {"MSG_FASTOPEN", (long long)MSG_FASTOPEN, 1},
#else
    {"MSG_FASTOPEN", 0, 0},
#endif
#ifdef MSG_FIN
    {"MSG_FIN", (long long)MSG_FIN, 1},
#else
    {"MSG_FIN", 0, 0},
#endif
#ifdef MSG_FLUSH
    {"MSG_FLUSH", (long long)MSG_FLUSH, 1},
#else
    {"MSG_FLUSH", 0, 0},
#endif
#ifdef MSG_HAVEMORE
    {"MSG_HAVEMORE", (long long)MSG_HAVEMORE, 1},
#else
    {"MSG_HAVEMORE", 0, 0},
#endif
#ifdef MSG_HOLD
    {"MSG_HOLD", (long long)MSG_HOLD, 1},
#else
    {"MSG_HOLD", 0, 0},
#endif
#ifdef MSG_INTERRUPT
    {"MSG_INTERRUPT", (long long)MSG_INTERRUPT, 1},
#else
    {"MSG_INTERRUPT", 0, 0},
#endif
#ifdef MSG_MAXIOVLEN
    {"MSG_MAXIOVLEN", (long long)MSG_MAXIOVLEN, 1},
#else
    {"MSG_MAXIOVLEN", 0, 0},
#endif
#ifdef MSG_MORE
    {"MSG_MORE", (long long)MSG_MORE, 1},
#else
    {"MSG_MORE", 0, 0},
#endif
#ifdef MSG_NBIO
    {"MSG_NBIO", (long long)MSG_NBIO, 1},
#else
    {"MSG_NBIO", 0, 0},
#endif
#ifdef MSG_NEEDSA
    {"MSG_NEEDSA", (long long)MSG_NEEDSA, 1},
#else
    {"MSG_NEEDSA", 0, 0},
#endif
#ifdef MSG_NOSIGNAL
    {"MSG_NOSIGNAL", (long long)MSG_NOSIGNAL, 1},
#else
    {"MSG_NOSIGNAL", 0, 0},
#endif
#ifdef MSG_OOB
    {"MSG_OOB", (long long)MSG_OOB, 1},
#else
    {"MSG_OOB", 0, 0},
#endif
#ifdef MSG_PARTIAL
    {"MSG_PARTIAL", (long long)MSG_PARTIAL, 1},
#else
    {"MSG_PARTIAL", 0, 0},
#endif
#ifdef MSG_PEEK
    {"MSG_PEEK", (long long)MSG_PEEK, 1},
#else
    {"MSG_PEEK", 0, 0},
#endif
#ifdef MSG_PROXY
    {"MSG_PROXY", (long long)MSG_PROXY, 1},
#else
    {"MSG_PROXY", 0, 0},
#endif
#ifdef MSG_PUSH_IMMEDIATE
    {"MSG_PUSH_IMMEDIATE", (long long)MSG_PUSH_IMMEDIATE, 1},
#else
    {"MSG_PUSH_IMMEDIATE", 0, 0},
#endif
#ifdef MSG_RCVMORE
    {"MSG_RCVMORE", (long long)MSG_RCVMORE, 1},
#else
    {"MSG_RCVMORE", 0, 0},
#endif
#ifdef MSG_RST
    {"MSG_RST", (long long)MSG_RST, 1},
#else
    {"MSG_RST", 0, 0},
#endif
#ifdef MSG_SEND
    {"MSG_SEND", (long long)MSG_SEND, 1},
#else
    {"MSG_SEND", 0, 0},
#endif
#ifdef MSG_SYN
    {"MSG_SYN", (long long)MSG_SYN, 1},
#else
    {"MSG_SYN", 0, 0},
#endif
#ifdef MSG_TRUNC
    {"MSG_TRUNC", (long long)MSG_TRUNC, 1},
#else
    {"MSG_TRUNC", 0, 0},
#endif
#ifdef MSG_WAITALL
    {"MSG_WAITALL", (long long)MSG_WAITALL, 1},
#else
    {"MSG_WAITALL", 0, 0},
#endif
#ifdef MSG_WAITFORONE
    {"MSG_WAITFORONE", (long long)MSG_WAITFORONE, 1},
#else
    {"MSG_WAITFORONE", 0, 0},
#endif
#ifdef MSG_WAITSTREAM
    {"MSG_WAITSTREAM", (long long)MSG_WAITSTREAM, 1},
#else
    {"MSG_WAITSTREAM", 0, 0},
#endif
#ifdef MSG_ZEROCOPY
    {"MSG_ZEROCOPY", (long long)MSG_ZEROCOPY, 1},
#else
    {"MSG_ZEROCOPY", 0, 0},
#endif
#ifdef MSG_BCAST
    {"MSG_BCAST", (long long)MSG_BCAST, 1},
#else
    {"MSG_BCAST", 0, 0},
#endif
#ifdef MSG_MCAST
    {"MSG_MCAST", (long long)MSG_MCAST, 1},
#else
    {"MSG_MCAST", 0, 0},
#endif
#ifdef MSG_SPLICE_PAGES
    {"MSG_SPLICE_PAGES", (long long)MSG_SPLICE_PAGES, 1},
#else
    {"MSG_SPLICE_PAGES", 0, 0},
#endif
#ifdef MSG_SOCK_DEVMEM
    {"MSG_SOCK_DEVMEM", (long long)MSG_SOCK_DEVMEM, 1},
#else
    {"MSG_SOCK_DEVMEM", 0, 0},
#endif
#ifdef SCM_RIGHTS
    {"SCM_RIGHTS", (long long)SCM_RIGHTS, 1},
#else
    {"SCM_RIGHTS", 0, 0},
#endif
#ifdef SCM_CREDENTIALS
    {"SCM_CREDENTIALS", (long long)SCM_CREDENTIALS, 1},
#else
    {"SCM_CREDENTIALS", 0, 0},
#endif
#ifdef SCM_CREDS
    {"SCM_CREDS", (long long)SCM_CREDS, 1},
#else
    {"SCM_CREDS", 0, 0},
#endif
#ifdef SCM_SECURITY
    {"SCM_SECURITY", (long long)SCM_SECURITY, 1},
#else
    {"SCM_SECURITY", 0, 0},
#endif
#ifdef SCM_PIDFD
    {"SCM_PIDFD", (long long)SCM_PIDFD, 1},
#else
    {"SCM_PIDFD", 0, 0},
#endif
#ifdef SCM_TIMESTAMP
    {"SCM_TIMESTAMP", (long long)SCM_TIMESTAMP, 1},
#else
    {"SCM_TIMESTAMP", 0, 0},
#endif
#ifdef SCM_TIMESTAMPNS
    {"SCM_TIMESTAMPNS", (long long)SCM_TIMESTAMPNS, 1},
#else
    {"SCM_TIMESTAMPNS", 0, 0},
#endif
#ifdef SCM_TIMESTAMPING
    {"SCM_TIMESTAMPING", (long long)SCM_TIMESTAMPING, 1},
#else
    {"SCM_TIMESTAMPING", 0, 0},
#endif
#ifdef SCM_TXTIME
    {"SCM_TXTIME", (long long)SCM_TXTIME, 1},
#else
    {"SCM_TXTIME", 0, 0},
#endif
#ifdef SCM_TIMESTAMP_MONOTONIC
    {"SCM_TIMESTAMP_MONOTONIC", (long long)SCM_TIMESTAMP_MONOTONIC, 1},
#else
    {"SCM_TIMESTAMP_MONOTONIC", 0, 0},
#endif
#ifdef SCM_TIMESTAMPING_PKTINFO
    {"SCM_TIMESTAMPING_PKTINFO", (long long)SCM_TIMESTAMPING_PKTINFO, 1},
#else
    {"SCM_TIMESTAMPING_PKTINFO", 0, 0},
#endif
#ifdef SCM_TIMESTAMPING_OPT_STATS
    {"SCM_TIMESTAMPING_OPT_STATS", (long long)SCM_TIMESTAMPING_OPT_STATS, 1},
#else
    {"SCM_TIMESTAMPING_OPT_STATS", 0, 0},
#endif
#ifdef SCM_WIFI_STATUS
    {"SCM_WIFI_STATUS", (long long)SCM_WIFI_STATUS, 1},
#else
    {"SCM_WIFI_STATUS", 0, 0},
#endif
#ifdef SO_EE_ORIGIN_ZEROCOPY
    {"SO_EE_ORIGIN_ZEROCOPY", (long long)SO_EE_ORIGIN_ZEROCOPY, 1},
#else
    {"SO_EE_ORIGIN_ZEROCOPY", 0, 0},
#endif
#ifdef SO_EE_ORIGIN_TIMESTAMPING
    {"SO_EE_ORIGIN_TIMESTAMPING", (long long)SO_EE_ORIGIN_TIMESTAMPING, 1},
#else
    {"SO_EE_ORIGIN_TIMESTAMPING", 0, 0},
#endif
#ifdef SO_EE_ORIGIN_LOCAL
    {"SO_EE_ORIGIN_LOCAL", (long long)SO_EE_ORIGIN_LOCAL, 1},
#else
    {"SO_EE_ORIGIN_LOCAL", 0, 0},
#endif
#ifdef SO_EE_ORIGIN_ICMP
    {"SO_EE_ORIGIN_ICMP", (long long)SO_EE_ORIGIN_ICMP, 1},
#else
    {"SO_EE_ORIGIN_ICMP", 0, 0},
#endif
#ifdef SO_EE_ORIGIN_ICMP6
    {"SO_EE_ORIGIN_ICMP6", (long long)SO_EE_ORIGIN_ICMP6, 1},
#else
    {"SO_EE_ORIGIN_ICMP6", 0, 0},
#endif
#ifdef POLLIN
    {"POLLIN", (long long)POLLIN, 1},
#else
    {"POLLIN", 0, 0},
#endif
#ifdef POLLPRI
    {"POLLPRI", (long long)POLLPRI, 1},
#else
    {"POLLPRI", 0, 0},
#endif
#ifdef POLLOUT
    {"POLLOUT", (long long)POLLOUT, 1},
#else
    {"POLLOUT", 0, 0},
#endif
#ifdef POLLERR
    {"POLLERR", (long long)POLLERR, 1},
#else
    {"POLLERR", 0, 0},
#endif
#ifdef POLLHUP
    {"POLLHUP", (long long)POLLHUP, 1},
#else
    {"POLLHUP", 0, 0},
#endif
#ifdef POLLNVAL
    {"POLLNVAL", (long long)POLLNVAL, 1},
#else
    {"POLLNVAL", 0, 0},
#endif
#ifdef POLLRDNORM
    {"POLLRDNORM", (long long)POLLRDNORM, 1},
#else
    {"POLLRDNORM", 0, 0},
#endif
#ifdef POLLRDBAND
    {"POLLRDBAND", (long long)POLLRDBAND, 1},
#else
    {"POLLRDBAND", 0, 0},
#endif
#ifdef POLLWRNORM
    {"POLLWRNORM", (long long)POLLWRNORM, 1},
#else
    {"POLLWRNORM", 0, 0},
#endif
#ifdef POLLWRBAND
    {"POLLWRBAND", (long long)POLLWRBAND, 1},
#else
    {"POLLWRBAND", 0, 0},
#endif
#ifdef POLLRDHUP
    {"POLLRDHUP", (long long)POLLRDHUP, 1},
#else
    {"POLLRDHUP", 0, 0},
#endif
#ifdef POLLMSG
    {"POLLMSG", (long long)POLLMSG, 1},
#else
    {"POLLMSG", 0, 0},
#endif
#ifdef POLLREMOVE
    {"POLLREMOVE", (long long)POLLREMOVE, 1},
#else
    {"POLLREMOVE", 0, 0},
#endif
#ifdef POLLINIGNEOF
    {"POLLINIGNEOF", (long long)POLLINIGNEOF, 1},
#else
    {"POLLINIGNEOF", 0, 0},
#endif
#ifdef EPOLLIN
    {"EPOLLIN", (long long)EPOLLIN, 1},
#else
    {"EPOLLIN", 0, 0},
#endif
#ifdef EPOLLPRI
    {"EPOLLPRI", (long long)EPOLLPRI, 1},
#else
    {"EPOLLPRI", 0, 0},
#endif
#ifdef EPOLLOUT
    {"EPOLLOUT", (long long)EPOLLOUT, 1},
#else
    {"EPOLLOUT", 0, 0},
#endif
#ifdef EPOLLERR
    {"EPOLLERR", (long long)EPOLLERR, 1},
#else
    {"EPOLLERR", 0, 0},
#endif
#ifdef EPOLLHUP
    {"EPOLLHUP", (long long)EPOLLHUP, 1},
#else
    {"EPOLLHUP", 0, 0},
#endif
#ifdef EPOLLRDNORM
    {"EPOLLRDNORM", (long long)EPOLLRDNORM, 1},
#else
    {"EPOLLRDNORM", 0, 0},
#endif
#ifdef EPOLLRDBAND
    {"EPOLLRDBAND", (long long)EPOLLRDBAND, 1},
#else
    {"EPOLLRDBAND", 0, 0},
#endif
#ifdef EPOLLWRNORM
    {"EPOLLWRNORM", (long long)EPOLLWRNORM, 1},
#else
    {"EPOLLWRNORM", 0, 0},
#endif
#ifdef EPOLLWRBAND
    {"EPOLLWRBAND", (long long)EPOLLWRBAND, 1},
#else
    {"EPOLLWRBAND", 0, 0},
#endif
#ifdef EPOLLMSG
    {"EPOLLMSG", (long long)EPOLLMSG, 1},
#else
    {"EPOLLMSG", 0, 0},
#endif
#ifdef EPOLLRDHUP
    {"EPOLLRDHUP", (long long)EPOLLRDHUP, 1},
#else
    {"EPOLLRDHUP", 0, 0},
#endif
#ifdef EPOLLEXCLUSIVE
    {"EPOLLEXCLUSIVE", (long long)EPOLLEXCLUSIVE, 1},
#else
    {"EPOLLEXCLUSIVE", 0, 0},
#endif
#ifdef EPOLLWAKEUP
    {"EPOLLWAKEUP", (long long)EPOLLWAKEUP, 1},
#else
    {"EPOLLWAKEUP", 0, 0},
#endif
#ifdef EPOLLONESHOT
    {"EPOLLONESHOT", (long long)EPOLLONESHOT, 1},
#else
    {"EPOLLONESHOT", 0, 0},
#endif
#ifdef EPOLLET
    {"EPOLLET", (long long)EPOLLET, 1},
#else
    {"EPOLLET", 0, 0},
#endif
#ifdef EPOLL_CTL_ADD
    {"EPOLL_CTL_ADD", (long long)EPOLL_CTL_ADD, 1},
#else
    {"EPOLL_CTL_ADD", 0, 0},
#endif
#ifdef EPOLL_CTL_DEL
    {"EPOLL_CTL_DEL", (long long)EPOLL_CTL_DEL, 1},
#else
    {"EPOLL_CTL_DEL", 0, 0},
#endif
#ifdef EPOLL_CTL_MOD
    {"EPOLL_CTL_MOD", (long long)EPOLL_CTL_MOD, 1},
#else
    {"EPOLL_CTL_MOD", 0, 0},
#endif
#ifdef EPOLL_CLOEXEC
    {"EPOLL_CLOEXEC", (long long)EPOLL_CLOEXEC, 1},
#else
    {"EPOLL_CLOEXEC", 0, 0},
#endif
#ifdef EVFILT_READ
    {"EVFILT_READ", (long long)EVFILT_READ, 1},
#else
    {"EVFILT_READ", 0, 0},
#endif
#ifdef EVFILT_WRITE
    {"EVFILT_WRITE", (long long)EVFILT_WRITE, 1},
#else
    {"EVFILT_WRITE", 0, 0},
#endif
#ifdef EVFILT_EXCEPT
    {"EVFILT_EXCEPT", (long long)EVFILT_EXCEPT, 1},
#else
    {"EVFILT_EXCEPT", 0, 0},
#endif
#ifdef EVFILT_EMPTY
    {"EVFILT_EMPTY", (long long)EVFILT_EMPTY, 1},
#else
    {"EVFILT_EMPTY", 0, 0},
#endif
#ifdef EV_ADD
    {"EV_ADD", (long long)EV_ADD, 1},
#else
    {"EV_ADD", 0, 0},
#endif
#ifdef EV_DELETE
    {"EV_DELETE", (long long)EV_DELETE, 1},
#else
    {"EV_DELETE", 0, 0},
#endif
#ifdef EV_ENABLE
    {"EV_ENABLE", (long long)EV_ENABLE, 1},
#else
    {"EV_ENABLE", 0, 0},
#endif
#ifdef EV_DISABLE
    {"EV_DISABLE", (long long)EV_DISABLE, 1},
#else
    {"EV_DISABLE", 0, 0},
#endif
#ifdef EV_ONESHOT
    {"EV_ONESHOT", (long long)EV_ONESHOT, 1},
#else
    {"EV_ONESHOT", 0, 0},
#endif
#ifdef EV_CLEAR
    {"EV_CLEAR", (long long)EV_CLEAR, 1},
#else
    {"EV_CLEAR", 0, 0},
#endif
#ifdef EV_RECEIPT
    {"EV_RECEIPT", (long long)EV_RECEIPT, 1},
#else
    {"EV_RECEIPT", 0, 0},
#endif
#ifdef EV_DISPATCH
    {"EV_DISPATCH", (long long)EV_DISPATCH, 1},
#else
    {"EV_DISPATCH", 0, 0},
#endif
#ifdef EV_EOF
    {"EV_EOF", (long long)EV_EOF, 1},
#else
    {"EV_EOF", 0, 0},
#endif
#ifdef EV_ERROR
    {"EV_ERROR", (long long)EV_ERROR, 1},
#else
    {"EV_ERROR", 0, 0},
#endif
#ifdef NOTE_LOWAT
    {"NOTE_LOWAT", (long long)NOTE_LOWAT, 1},
#else
    {"NOTE_LOWAT", 0, 0},
#endif
#ifdef NOTE_OOB
    {"NOTE_OOB", (long long)NOTE_OOB, 1},
#else
    {"NOTE_OOB", 0, 0},
#endif
#ifdef FD_SETSIZE
    {"FD_SETSIZE", (long long)FD_SETSIZE, 1},
#else
    {"FD_SETSIZE", 0, 0},
#endif
#ifdef FIONREAD
    {"FIONREAD", (long long)FIONREAD, 1},
#else
    {"FIONREAD", 0, 0},
#endif
#ifdef FIONBIO
    {"FIONBIO", (long long)FIONBIO, 1},
#else
    {"FIONBIO", 0, 0},
#endif
#ifdef FIOASYNC
    {"FIOASYNC", (long long)FIOASYNC, 1},
#else
    {"FIOASYNC", 0, 0},
#endif
#ifdef FIONWRITE
    {"FIONWRITE", (long long)FIONWRITE, 1},
#else
    {"FIONWRITE", 0, 0},
#endif
#ifdef FIONSPACE
    {"FIONSPACE", (long long)FIONSPACE, 1},
#else
    {"FIONSPACE", 0, 0},
#endif
#ifdef FIOSETOWN
    {"FIOSETOWN", (long long)FIOSETOWN, 1},
#else
    {"FIOSETOWN", 0, 0},
#endif
#ifdef FIOGETOWN
    {"FIOGETOWN", (long long)FIOGETOWN, 1},
#else
    {"FIOGETOWN", 0, 0},
#endif
#ifdef SIOCATMARK
    {"SIOCATMARK", (long long)SIOCATMARK, 1},
#else
    {"SIOCATMARK", 0, 0},
#endif
#ifdef SIOCINQ
    {"SIOCINQ", (long long)SIOCINQ, 1},
#else
    {"SIOCINQ", 0, 0},
#endif
#ifdef SIOCOUTQ
    {"SIOCOUTQ", (long long)SIOCOUTQ, 1},
#else
    {"SIOCOUTQ", 0, 0},
#endif
#ifdef SIOCOUTQNSD
    {"SIOCOUTQNSD", (long long)SIOCOUTQNSD, 1},
#else
    {"SIOCOUTQNSD", 0, 0},
#endif
#ifdef SIOCGSTAMP
    {"SIOCGSTAMP", (long long)SIOCGSTAMP, 1},
#else
    {"SIOCGSTAMP", 0, 0},
#endif
#ifdef SIOCGSTAMPNS
    {"SIOCGSTAMPNS", (long long)SIOCGSTAMPNS, 1},
#else
    {"SIOCGSTAMPNS", 0, 0},
#endif
#ifdef SIOCGIFCONF
    {"SIOCGIFCONF", (long long)SIOCGIFCONF, 1},
#else
    {"SIOCGIFCONF", 0, 0},
#endif
#ifdef SIOCGIFINDEX
    {"SIOCGIFINDEX", (long long)SIOCGIFINDEX, 1},
#else
    {"SIOCGIFINDEX", 0, 0},
#endif
#ifdef SIOCGIFNAME
    {"SIOCGIFNAME", (long long)SIOCGIFNAME, 1},
#else
    {"SIOCGIFNAME", 0, 0},
#endif
#ifdef SIOCGIFFLAGS
    {"SIOCGIFFLAGS", (long long)SIOCGIFFLAGS, 1},
#else
    {"SIOCGIFFLAGS", 0, 0},
#endif
#ifdef SIOCGIFADDR
    {"SIOCGIFADDR", (long long)SIOCGIFADDR, 1},
#else
    {"SIOCGIFADDR", 0, 0},
#endif
#ifdef SIOCGIFMTU
    {"SIOCGIFMTU", (long long)SIOCGIFMTU, 1},
#else
    {"SIOCGIFMTU", 0, 0},
#endif
#ifdef SIOCSPGRP
    {"SIOCSPGRP", (long long)SIOCSPGRP, 1},
#else
    {"SIOCSPGRP", 0, 0},
#endif
#ifdef SIOCGPGRP
    {"SIOCGPGRP", (long long)SIOCGPGRP, 1},
#else
    {"SIOCGPGRP", 0, 0},
#endif
#ifdef SIO_UDP_CONNRESET
    {"SIO_UDP_CONNRESET", (long long)SIO_UDP_CONNRESET, 1},
#else
    {"SIO_UDP_CONNRESET", 0, 0},
#endif
#ifdef SIO_KEEPALIVE_VALS
    {"SIO_KEEPALIVE_VALS", (long long)SIO_KEEPALIVE_VALS, 1},
#else
    {"SIO_KEEPALIVE_VALS", 0, 0},
#endif
#ifdef SIO_LOOPBACK_FAST_PATH
    {"SIO_LOOPBACK_FAST_PATH", (long long)SIO_LOOPBACK_FAST_PATH, 1},
#else
    {"SIO_LOOPBACK_FAST_PATH", 0, 0},
#endif
#ifdef SIO_TCP_INITIAL_RTO
    {"SIO_TCP_INITIAL_RTO", (long long)SIO_TCP_INITIAL_RTO, 1},
#else
    {"SIO_TCP_INITIAL_RTO", 0, 0},
#endif
#ifdef SIO_ROUTING_INTERFACE_QUERY
    {"SIO_ROUTING_INTERFACE_QUERY", (long long)SIO_ROUTING_INTERFACE_QUERY, 1},
#else
    {"SIO_ROUTING_INTERFACE_QUERY", 0, 0},
#endif
#ifdef SIO_ADDRESS_LIST_QUERY
    {"SIO_ADDRESS_LIST_QUERY", (long long)SIO_ADDRESS_LIST_QUERY, 1},
#else
    {"SIO_ADDRESS_LIST_QUERY", 0, 0},
#endif
#ifdef SIO_GET_EXTENSION_FUNCTION_POINTER
    {"SIO_GET_EXTENSION_FUNCTION_POINTER", (long long)SIO_GET_EXTENSION_FUNCTION_POINTER, 1},
#else
    {"SIO_GET_EXTENSION_FUNCTION_POINTER", 0, 0},
#endif
#ifdef SIO_RCVALL
    {"SIO_RCVALL", (long long)SIO_RCVALL, 1},
#else
    {"SIO_RCVALL", 0, 0},
#endif
#ifdef SIO_TCP_INFO
    {"SIO_TCP_INFO", (long long)SIO_TCP_INFO, 1},
#else
    {"SIO_TCP_INFO", 0, 0},
#endif
#ifdef SIGUSR1
    {"SIGUSR1", (long long)SIGUSR1, 1},
#else
    {"SIGUSR1", 0, 0},
#endif
#ifdef SIGPIPE
    {"SIGPIPE", (long long)SIGPIPE, 1},
#else
    {"SIGPIPE", 0, 0},
#endif
#ifdef SIGURG
    {"SIGURG", (long long)SIGURG, 1},
#else
    {"SIGURG", 0, 0},
#endif
#ifdef SIGIO
    {"SIGIO", (long long)SIGIO, 1},
#else
    {"SIGIO", 0, 0},
#endif
#ifdef INADDR_ANY
    {"INADDR_ANY", (long long)INADDR_ANY, 1},
#else
    {"INADDR_ANY", 0, 0},
#endif
#ifdef INADDR_BROADCAST
    {"INADDR_BROADCAST", (long long)INADDR_BROADCAST, 1},
#else
    {"INADDR_BROADCAST", 0, 0},
#endif
#ifdef INADDR_LOOPBACK
    {"INADDR_LOOPBACK", (long long)INADDR_LOOPBACK, 1},
#else
    {"INADDR_LOOPBACK", 0, 0},
#endif
#ifdef INADDR_NONE
    {"INADDR_NONE", (long long)INADDR_NONE, 1},
#else
    {"INADDR_NONE", 0, 0},
#endif
#ifdef INADDR_UNSPEC_GROUP
    {"INADDR_UNSPEC_GROUP", (long long)INADDR_UNSPEC_GROUP, 1},
#else
    {"INADDR_UNSPEC_GROUP", 0, 0},
#endif
#ifdef INADDR_ALLHOSTS_GROUP
    {"INADDR_ALLHOSTS_GROUP", (long long)INADDR_ALLHOSTS_GROUP, 1},
#else
    {"INADDR_ALLHOSTS_GROUP", 0, 0},
#endif
#ifdef INADDR_MAX_LOCAL_GROUP
    {"INADDR_MAX_LOCAL_GROUP", (long long)INADDR_MAX_LOCAL_GROUP, 1},
#else
    {"INADDR_MAX_LOCAL_GROUP", 0, 0},
#endif
};

const size_t core_constants_count = sizeof core_constants / sizeof core_constants[0];
