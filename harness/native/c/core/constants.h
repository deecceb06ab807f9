// The system headers that define the symbols of the table, each only where it exists.
// For constants.c alone: headers meet here that would quarrel over structures elsewhere.
#ifndef SOCKSPEC_CONSTANTS_H
#define SOCKSPEC_CONSTANTS_H

#include "core.h"

#include <signal.h>

#ifdef __linux__
#include <sys/epoll.h>
#endif
#ifdef OS_KQUEUE
#include <sys/event.h>
#endif

#if defined(__linux__) && defined(__GLIBC__)
// <linux/tcp.h> and <linux/udp.h> instead of those of <netinet/>: both define the
// packet headers, and the kernel's have the newer options. Only the names of the
// levels are the C library's.
#include <linux/tcp.h>
#include <linux/udp.h>
#define SOL_TCP IPPROTO_TCP
#define SOL_UDP IPPROTO_UDP
#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6/ip6_tables.h>
#include <linux/sockios.h>
#include <linux/vm_sockets.h>
#include <sys/ioctl.h>
#elif defined(__linux__)
// Other C libraries define the structures of <linux/in.h> without a guard against it.
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <sys/ioctl.h>
#elif defined(__APPLE__) || defined(__FreeBSD__) || defined(__NetBSD__) || defined(__OpenBSD__)
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <sys/filio.h>
#include <sys/ioctl.h>
#include <sys/sockio.h>
#elif defined(SIO_GET_EXTENSION_FUNCTION_POINTER)
#include <mstcpip.h>
#endif

// Newer than the headers of many a system whose kernel has them; the same number on every
// architecture of these (include/uapi/asm-generic/socket.h, linux/tcp.h).
#if defined(__linux__) && (defined(__x86_64__) || defined(__i386__) || defined(__aarch64__) || \
                           defined(__arm__) || defined(__riscv))
#ifndef SO_PASSPIDFD
#define SO_PASSPIDFD 76
#endif
#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif
#ifndef TCP_IS_MPTCP
#define TCP_IS_MPTCP 43
#endif
#endif

// Winsock's own names for what POSIX calls SHUT_*; Python's module renames them as well.
#if defined(SD_RECEIVE) && !defined(SHUT_RD)
#define SHUT_RD SD_RECEIVE
#define SHUT_WR SD_SEND
#define SHUT_RDWR SD_BOTH
#endif

#endif
