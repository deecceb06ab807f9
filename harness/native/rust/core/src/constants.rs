//! Symbols and numbers of the platform that this was compiled for.
//!
//! The tables hold what the libc crate has there, or windows-sys; `MORE` adds the few of the
//! system's headers that these leave out, or have with another sign. A symbol without a number is absent, never guessed.

use std::collections::BTreeMap;
use std::sync::OnceLock;

/// A slice of (symbol, number), each number from the crate that has the system's.
macro_rules! table {
    ($(#[$about:meta])* $table:ident: $($symbol:ident)+) => {
        $(#[$about])*
        pub const $table: &[(&str, i64)] = &[$((stringify!($symbol), crate::os::numbers::$symbol as i64)),+];
    };
}

#[cfg(target_vendor = "apple")]
#[path = "constants/apple.rs"]
mod system;
#[cfg(target_os = "freebsd")]
#[path = "constants/freebsd.rs"]
mod system;
#[cfg(any(target_os = "linux", target_os = "android"))]
#[path = "constants/linux.rs"]
mod system;
#[cfg(windows)]
#[path = "constants/windows.rs"]
mod system;
#[cfg(not(any(
    target_vendor = "apple",
    target_os = "freebsd",
    target_os = "linux",
    target_os = "android",
    windows
)))]
mod system {
    //! A platform whose tables nobody has written yet.
    pub const CONSTANTS: &[(&str, i64)] = &[];
    pub const ERRORS: &[(&str, i64)] = &[];
}

/// include/uapi/linux/{errqueue,in,in6,tcp,vm_sockets}.h, netfilter_ipv6/ip6_tables.h,
/// asm-generic/sockios.h, include/linux/socket.h, and bits/in.h of glibc.
#[cfg(all(
    target_os = "linux",
    any(
        target_arch = "x86_64",
        target_arch = "x86",
        target_arch = "aarch64",
        target_arch = "arm",
        target_arch = "riscv64"
    )
))]
const MORE: &[(&str, i64)] = &[
    ("INADDR_UNSPEC_GROUP", 0xE000_0000),
    ("INADDR_ALLHOSTS_GROUP", 0xE000_0001),
    ("INADDR_MAX_LOCAL_GROUP", 0xE000_00FF),
    ("IPV6_JOIN_GROUP", libc::IPV6_ADD_MEMBERSHIP as i64),
    ("IPV6_LEAVE_GROUP", libc::IPV6_DROP_MEMBERSHIP as i64),
    ("IPV6_RECVERR_RFC4884", 31),
    ("IPV6_RTHDR_TYPE_0", 0),
    ("IP_MAX_MEMBERSHIPS", 20),
    ("IP_RECVERR_RFC4884", 26),
    ("IP_LOCAL_PORT_RANGE", 51),
    ("IP_PROTOCOL", 52),
    ("IP_RECVRETOPTS", libc::IP_RETOPTS as i64),
    ("IP6T_SO_GET_REVISION_MATCH", 68),
    ("MSG_BATCH", 0x4_0000),
    ("MSG_PROXY", 0x10),
    ("SIOCATMARK", 0x8905),
    ("SIOCGPGRP", 0x8904),
    ("SIOCSPGRP", 0x8902),
    ("SIOCINQ", libc::FIONREAD as i64),
    ("SIOCOUTQ", libc::TIOCOUTQ as i64),
    ("SO_EE_ORIGIN_ZEROCOPY", 5),
    ("SO_VM_SOCKETS_BUFFER_MAX_SIZE", 2),
    ("SO_VM_SOCKETS_BUFFER_MIN_SIZE", 1),
    ("SO_VM_SOCKETS_BUFFER_SIZE", 0),
    ("TCP_TX_DELAY", 37),
    ("TCP_IS_MPTCP", 43),
];

/// sys/sockio.h and sys/filio.h: `_IOR('s', 7, int)`.
#[cfg(any(target_vendor = "apple", target_os = "freebsd"))]
const MORE: &[(&str, i64)] = &[("SIOCATMARK", 0x4004_7307)];

/// Winsock's own names for what POSIX calls SHUT_*; requests, which are unsigned in C; and
/// what winsock2.h says without UNICODE, where windows-sys has winsock.h's or the wide one's.
#[cfg(windows)]
const MORE: &[(&str, i64)] = {
    use crate::os::numbers::{
        FIOASYNC, FIONBIO, FIONREAD, SD_BOTH, SD_RECEIVE, SD_SEND, SIOCATMARK,
    };
    &[
        ("SHUT_RD", SD_RECEIVE as i64),
        ("SHUT_WR", SD_SEND as i64),
        ("SHUT_RDWR", SD_BOTH as i64),
        ("FIOASYNC", FIOASYNC as u32 as i64),
        ("FIONBIO", FIONBIO as u32 as i64),
        ("FIONREAD", FIONREAD as u32 as i64),
        ("SIOCATMARK", SIOCATMARK as u32 as i64),
        ("SOMAXCONN", 0x7FFF_FFFF),
        ("SO_PROTOCOL_INFO", 0x2004),
    ]
};

#[cfg(not(any(
    target_vendor = "apple",
    target_os = "freebsd",
    windows,
    all(
        target_os = "linux",
        any(
            target_arch = "x86_64",
            target_arch = "x86",
            target_arch = "aarch64",
            target_arch = "arm",
            target_arch = "riscv64"
        )
    )
)))]
const MORE: &[(&str, i64)] = &[];

/// The words of a list: `#` begins a comment.
fn words(list: &'static str) -> impl Iterator<Item = &'static str> {
    list.lines()
        .flat_map(|line| line.split('#').next().unwrap_or("").split_whitespace())
}

/// Every symbol that is known on any platform, with its number here, `None` where it has none.
pub fn all() -> &'static BTreeMap<&'static str, Option<i64>> {
    static ALL: OnceLock<BTreeMap<&'static str, Option<i64>>> = OnceLock::new();
    ALL.get_or_init(|| {
        let mut found: BTreeMap<_, _> = words(include_str!("../constants.txt"))
            .map(|symbol| (symbol, None))
            .collect();
        for &(symbol, number) in system::CONSTANTS.iter().chain(MORE) {
            found.insert(symbol, Some(number));
        }
        found
    })
}

/// The number of `symbol` on this platform, `None` where it has none.
pub fn constant(symbol: &str) -> Option<i64> {
    all().get(symbol).copied().flatten()
}

/// The symbol of a raw error number, one per meaning: EAGAIN for EWOULDBLOCK, EOPNOTSUPP for
/// ENOTSUP. A number without a name becomes `E<number>`.
pub fn errno_symbol(number: i32) -> String {
    static ALIASES: OnceLock<BTreeMap<&str, &str>> = OnceLock::new();
    let aliases = ALIASES.get_or_init(|| {
        words(include_str!("../errors.txt"))
            .filter_map(|word| word.split_once('='))
            .collect()
    });
    let named = system::ERRORS
        .iter()
        .find(|(_, each)| *each == i64::from(number));
    named.map_or_else(
        || format!("E{number}"),
        |(symbol, _)| {
            // Winsock's prefix: one meaning has one name.
            let bare = symbol.strip_prefix("WSA").unwrap_or(symbol);
            (*aliases.get(bare).unwrap_or(&bare)).to_string()
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_numbers_and_absence() {
        let absent = if cfg!(windows) {
            "SO_PEERCRED"
        } else {
            "SO_EXCLUSIVEADDRUSE"
        };
        let family = i64::from(crate::os::AF_INET);
        assert_eq!(constant("AF_INET"), Some(family));
        assert_eq!(constant(absent), None);
        assert!(all().contains_key(absent));
        assert_eq!(constant("SO_NO_SUCH_OPTION"), None);
    }

    #[test]
    #[cfg(windows)]
    fn requests_are_unsigned_and_errors_have_no_prefix() {
        assert_eq!(constant("FIONBIO"), Some(0x8004_667E));
        assert_eq!(constant("SHUT_RDWR"), Some(2));
        assert_eq!(errno_symbol(10_035), "EAGAIN");
        assert_eq!(errno_symbol(10_061), "ECONNREFUSED");
        assert_eq!(errno_symbol(99_999), "E99999");
    }

    #[test]
    #[cfg(unix)]
    fn one_symbol_per_meaning() {
        assert_eq!(errno_symbol(libc::EWOULDBLOCK), "EAGAIN");
        assert_eq!(errno_symbol(libc::ENOTSUP), "EOPNOTSUPP");
        assert_eq!(errno_symbol(libc::ECONNREFUSED), "ECONNREFUSED");
        assert_eq!(errno_symbol(99_999), "E99999");
    }

    #[test]
    fn every_number_is_listed() {
        let listed: Vec<_> = words(include_str!("../constants.txt")).collect();
        for (symbol, _) in MORE.iter().chain(system::CONSTANTS) {
            assert!(listed.contains(symbol), "{symbol}");
        }
    }
}
