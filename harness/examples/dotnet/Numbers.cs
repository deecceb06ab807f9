// Linux's numbers of options as .NET's names, .NET's own numbers of flags, and the symbols of errors.
using System;
using System.Collections.Generic;
using System.Linq;
using System.Net.Sockets;
using Level = System.Net.Sockets.SocketOptionLevel;
using Name = System.Net.Sockets.SocketOptionName;

static class Numbers {
    // Linux's, and .NET's own numbers of flags and control codes.
    public static readonly Dictionary<string, long> CONSTANTS = Table(
        "AF_UNSPEC=0 AF_UNIX=1 AF_INET=2 AF_INET6=10 AF_PACKET=17 SOCK_STREAM=1 SOCK_DGRAM=2 SOCK_RAW=3 SOCK_SEQPACKET=5",
        "SOL_SOCKET=1 IPPROTO_IP=0 IPPROTO_ICMP=1 IPPROTO_TCP=6 IPPROTO_UDP=17 IPPROTO_IPV6=41 SHUT_RD=0 SHUT_WR=1 SHUT_RDWR=2",
        "MSG_OOB=1 MSG_PEEK=2 MSG_DONTROUTE=4 MSG_TRUNC=256 MSG_CTRUNC=512 POLLIN=1 POLLPRI=2 POLLOUT=4 SOMAXCONN=4096",
        "FIONREAD=1074030207 SIOCATMARK=1074033415 FIONBIO=2147772030",
        "SO_DEBUG=1 SO_REUSEADDR=2 SO_TYPE=3 SO_ERROR=4 SO_DONTROUTE=5 SO_BROADCAST=6 SO_SNDBUF=7 SO_RCVBUF=8 SO_KEEPALIVE=9",
        "SO_OOBINLINE=10 SO_LINGER=13 SO_RCVLOWAT=18 SO_SNDLOWAT=19 SO_RCVTIMEO=20 SO_SNDTIMEO=21 SO_ACCEPTCONN=30",
        "IP_TOS=1 IP_TTL=2 IP_OPTIONS=4 IP_PKTINFO=8 IP_MULTICAST_IF=32 IP_MULTICAST_TTL=33 IP_MULTICAST_LOOP=34",
        "IP_ADD_MEMBERSHIP=35 IP_DROP_MEMBERSHIP=36 IP_UNBLOCK_SOURCE=37 IP_BLOCK_SOURCE=38 IP_ADD_SOURCE_MEMBERSHIP=39",
        "IP_DROP_SOURCE_MEMBERSHIP=40 IPV6_UNICAST_HOPS=16 IPV6_MULTICAST_IF=17 IPV6_MULTICAST_HOPS=18 IPV6_MULTICAST_LOOP=19",
        "IPV6_ADD_MEMBERSHIP=20 IPV6_DROP_MEMBERSHIP=21 IPV6_JOIN_GROUP=20 IPV6_LEAVE_GROUP=21 IPV6_V6ONLY=26",
        "IPV6_RECVPKTINFO=49 TCP_NODELAY=1",
        // What has no name, or one that Mono does not have.
        "SO_PRIORITY=12 SO_REUSEPORT=15 SO_PASSCRED=16 SO_PEERCRED=17 SO_BINDTODEVICE=25 SO_DETACH_FILTER=27 SO_TIMESTAMP=29",
        "SO_MARK=36 SO_PROTOCOL=38 SO_DOMAIN=39 SO_PEEK_OFF=42 SO_LOCK_FILTER=44 SO_BUSY_POLL=46 SO_BPF_EXTENSIONS=48",
        "SO_INCOMING_CPU=49 SO_COOKIE=57 SO_ZEROCOPY=60 SO_TXREHASH=74 IP_RECVOPTS=6 IP_RETOPTS=7 IP_MTU_DISCOVER=10",
        "IP_RECVERR=11 IP_RECVTTL=12 IP_RECVTOS=13 IP_MTU=14 IP_FREEBIND=15 IP_PASSSEC=18 IP_TRANSPARENT=19 IP_ORIGDSTADDR=20",
        "IP_MINTTL=21 IP_CHECKSUM=23 IP_BIND_ADDRESS_NO_PORT=24 IP_RECVFRAGSIZE=25 IP_MULTICAST_ALL=49 IP_UNICAST_IF=50",
        "IP_LOCAL_PORT_RANGE=51 IP_PROTOCOL=52 MCAST_JOIN_SOURCE_GROUP=46 MCAST_LEAVE_SOURCE_GROUP=47 IPV6_ADDRFORM=1",
        "IPV6_FLOWINFO=11 IPV6_MTU_DISCOVER=23 IPV6_MTU=24 IPV6_RECVERR=25 IPV6_MULTICAST_ALL=29 IPV6_PKTINFO=50",
        "IPV6_RECVHOPLIMIT=51 IPV6_RECVPATHMTU=60 IPV6_PATHMTU=61 IPV6_DONTFRAG=62 IPV6_RECVTCLASS=66 IPV6_TCLASS=67",
        "IPV6_AUTOFLOWLABEL=70 IPV6_ADDR_PREFERENCES=72 IPV6_MINHOPCOUNT=73 IPV6_UNICAST_IF=76 IPV6_RECVFRAGSIZE=77",
        "IPV6_FREEBIND=78 TCP_MAXSEG=2 TCP_CORK=3 TCP_KEEPIDLE=4 TCP_KEEPINTVL=5 TCP_KEEPCNT=6 TCP_SYNCNT=7 TCP_LINGER2=8",
        "TCP_DEFER_ACCEPT=9 TCP_WINDOW_CLAMP=10 TCP_INFO=11 TCP_QUICKACK=12 TCP_CONGESTION=13 TCP_THIN_LINEAR_TIMEOUTS=16",
        "TCP_USER_TIMEOUT=18 TCP_FASTOPEN=23 TCP_TIMESTAMP=24 TCP_NOTSENT_LOWAT=25 TCP_CC_INFO=26 TCP_SAVE_SYN=27",
        "TCP_SAVED_SYN=28 TCP_FASTOPEN_CONNECT=30 TCP_ULP=31 TCP_INQ=36 TCP_CM_INQ=36 TCP_TX_DELAY=37 UDP_CORK=1",
        "UDP_SEGMENT=103 UDP_GRO=104");
    // Linux's levels and names as .NET's; the last three are in its enumeration since .NET Core 3.0.
    public static readonly Dictionary<(int, int), (Level level, Name name)> OPTIONS = new Dictionary<(int, int), (Level, Name)> {
        [(1, 1)] = (Level.Socket, Name.Debug), [(1, 2)] = (Level.Socket, Name.ReuseAddress), [(1, 3)] = (Level.Socket, Name.Type),
        [(1, 4)] = (Level.Socket, Name.Error), [(1, 5)] = (Level.Socket, Name.DontRoute), [(1, 6)] = (Level.Socket, Name.Broadcast),
        [(1, 7)] = (Level.Socket, Name.SendBuffer), [(1, 8)] = (Level.Socket, Name.ReceiveBuffer),
        [(1, 9)] = (Level.Socket, Name.KeepAlive), [(1, 10)] = (Level.Socket, Name.OutOfBandInline),
        [(1, 13)] = (Level.Socket, Name.Linger), [(1, 18)] = (Level.Socket, Name.ReceiveLowWater),
        [(1, 19)] = (Level.Socket, Name.SendLowWater), [(1, 20)] = (Level.Socket, Name.ReceiveTimeout),
        [(1, 21)] = (Level.Socket, Name.SendTimeout), [(1, 30)] = (Level.Socket, Name.AcceptConnection),
        [(0, 1)] = (Level.IP, Name.TypeOfService), [(0, 2)] = (Level.IP, Name.IpTimeToLive), [(0, 4)] = (Level.IP, Name.IPOptions),
        [(0, 8)] = (Level.IP, Name.PacketInformation), [(0, 32)] = (Level.IP, Name.MulticastInterface),
        [(0, 33)] = (Level.IP, Name.MulticastTimeToLive), [(0, 34)] = (Level.IP, Name.MulticastLoopback),
        [(0, 35)] = (Level.IP, Name.AddMembership), [(0, 36)] = (Level.IP, Name.DropMembership),
        [(0, 37)] = (Level.IP, Name.UnblockSource), [(0, 38)] = (Level.IP, Name.BlockSource),
        [(0, 39)] = (Level.IP, Name.AddSourceMembership), [(0, 40)] = (Level.IP, Name.DropSourceMembership),
        [(41, 16)] = (Level.IPv6, Name.IpTimeToLive), [(41, 17)] = (Level.IPv6, Name.MulticastInterface),
        [(41, 18)] = (Level.IPv6, Name.MulticastTimeToLive), [(41, 19)] = (Level.IPv6, Name.MulticastLoopback),
        [(41, 20)] = (Level.IPv6, Name.AddMembership), [(41, 21)] = (Level.IPv6, Name.DropMembership),
        [(41, 26)] = (Level.IPv6, Name.IPv6Only), [(41, 49)] = (Level.IPv6, Name.PacketInformation),
        [(6, 1)] = (Level.Tcp, Name.NoDelay), [(6, 4)] = (Level.Tcp, (Name) 3), [(6, 5)] = (Level.Tcp, (Name) 17),
        [(6, 6)] = (Level.Tcp, (Name) 16),
    };
    // NativeErrorCode is Linux's number, the option Error Windows'.
    static readonly Dictionary<long, string> ERRORS = Table(
        "EPERM=1 ENOENT=2 EINTR=4 EIO=5 ENXIO=6 EBADF=9 EAGAIN=11 ENOMEM=12 EACCES=13 EFAULT=14 EBUSY=16 ENODEV=19 ENOTDIR=20",
        "EINVAL=22 ENFILE=23 EMFILE=24 ENOTTY=25 EPIPE=32 EDOM=33 ERANGE=34 ENAMETOOLONG=36 ENOSYS=38 ELOOP=40 ENODATA=61",
        "EPROTO=71 EOVERFLOW=75 ENOTSOCK=88 EDESTADDRREQ=89 EMSGSIZE=90 EPROTOTYPE=91 ENOPROTOOPT=92 EPROTONOSUPPORT=93",
        "ESOCKTNOSUPPORT=94 EOPNOTSUPP=95 EPFNOSUPPORT=96 EAFNOSUPPORT=97 EADDRINUSE=98 EADDRNOTAVAIL=99 ENETDOWN=100",
        "ENETUNREACH=101 ENETRESET=102 ECONNABORTED=103 ECONNRESET=104 ENOBUFS=105 EISCONN=106 ENOTCONN=107 ESHUTDOWN=108",
        "ETIMEDOUT=110 ECONNREFUSED=111 EHOSTDOWN=112 EHOSTUNREACH=113 EALREADY=114 EINPROGRESS=115 ECANCELED=125").Concat(Table(
        "ECANCELED=995 EINTR=10004 EACCES=10013 EFAULT=10014 EINVAL=10022 EMFILE=10024 EAGAIN=10035 EINPROGRESS=10036",
        "EALREADY=10037 ENOTSOCK=10038 EDESTADDRREQ=10039 EMSGSIZE=10040 EPROTOTYPE=10041 ENOPROTOOPT=10042",
        "EPROTONOSUPPORT=10043 ESOCKTNOSUPPORT=10044 EOPNOTSUPP=10045 EPFNOSUPPORT=10046 EAFNOSUPPORT=10047",
        "EADDRINUSE=10048 EADDRNOTAVAIL=10049 ENETDOWN=10050 ENETUNREACH=10051 ENETRESET=10052 ECONNABORTED=10053",
        "ECONNRESET=10054 ENOBUFS=10055 EISCONN=10056 ENOTCONN=10057 ESHUTDOWN=10058 ETIMEDOUT=10060",
        "ECONNREFUSED=10061 EHOSTDOWN=10064 EHOSTUNREACH=10065")).ToDictionary(each => each.Value, each => each.Key);

    public static string Symbol(int number) => ERRORS.TryGetValue(number, out string found) ? found : number < 0 ? "ESOCKETERROR" : "E" + number;

    static Dictionary<string, long> Table(params string[] lines) => lines.SelectMany(line => line.Split(' '))
        .Select(each => each.Split('=')).ToDictionary(each => each[0], each => long.Parse(each[1]));
}
