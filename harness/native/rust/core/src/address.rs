//! Socket addresses: as a program writes them, and as a system stores them.

use std::mem::{offset_of, size_of};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddrV4, SocketAddrV6};

use socket2::{SockAddr, SockAddrStorage};

use crate::os::{
    sa_family_t, sockaddr, sockaddr_in, sockaddr_in6, sockaddr_storage, sockaddr_un, socklen_t,
    AF_INET, AF_INET6, AF_UNIX, AF_UNSPEC, SCOPE,
};

/// The address of a socket, as `sockspec.address` has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// `sockaddr_in`.
    Inet(SocketAddrV4),
    /// `sockaddr_in6`; the flow information in host order.
    Inet6(SocketAddrV6),
    /// `sockaddr_un`: a path without its NUL, or an abstract name that begins with NUL, or
    /// nothing for the unnamed address.
    Unix(Vec<u8>),
    /// The bytes of a `sockaddr` exactly as the system is to get, or gave, them.
    Raw(Vec<u8>),
}

/// An address as a system call takes it.
pub enum Name {
    /// One that fits into `sockaddr_storage`, for socket2's own functions.
    Plain(Box<SockAddr>),
    /// A longer one, which socket2 has no type for.
    Long(Vec<u8>),
}

const PATH: usize = offset_of!(sockaddr_un, sun_path);

impl Address {
    /// The address in the form of the system.
    ///
    /// A path ends with a NUL, which counts; an abstract name (unix(7)) and the unnamed
    /// address are exactly as long as they are. One that is too long is the system's to
    /// refuse.
    pub fn name(&self) -> Name {
        match self {
            Self::Inet(address) => Name::Plain(Box::new((*address).into())),
            Self::Inet6(address) => {
                let mut stored = *address;
                stored.set_flowinfo(address.flowinfo().to_be());
                Name::Plain(Box::new(stored.into()))
            }
            Self::Unix(path) => {
                let mut bytes = vec![0; PATH];
                let family = AF_UNIX as sa_family_t;
                let at = offset_of!(sockaddr, sa_family);
                bytes[at..at + size_of::<sa_family_t>()].copy_from_slice(&family.to_ne_bytes());
                bytes.extend_from_slice(path);
                if path.first().is_some_and(|first| *first != 0) {
                    bytes.push(0);
                }
                Name::of(bytes)
            }
            Self::Raw(bytes) => Name::of(bytes.clone()),
        }
    }

    /// What a system stored; `None` where it stored none.
    pub fn from_sockaddr(stored: &SockAddr) -> Option<Self> {
        let came = (stored.len() as usize).min(size_of::<SockAddrStorage>());
        // SAFETY: a SockAddr holds a whole sockaddr_storage, initialised, at this pointer.
        let bytes = unsafe { std::slice::from_raw_parts(stored.as_ptr().cast::<u8>(), came) };
        Self::from_bytes(bytes, size_of::<SockAddrStorage>())
    }

    /// The address in these bytes, of which there was room for `given`; `None` where the
    /// system left length and family as they were, or answered a length of 0.
    pub fn from_bytes(bytes: &[u8], given: usize) -> Option<Self> {
        if bytes.is_empty() {
            return None;
        }
        let raw = || Some(Self::Raw(bytes.to_vec()));
        let at = offset_of!(sockaddr, sa_family);
        let Some(family) = bytes.get(at..at + size_of::<sa_family_t>()) else {
            return raw();
        };
        let family = family
            .try_into()
            .map_or(0, |family| i32::from(sa_family_t::from_ne_bytes(family)));
        match family {
            AF_UNSPEC if bytes.len() == given => None,
            AF_INET if bytes.len() == size_of::<sockaddr_in>() => Some(inet(bytes)),
            AF_INET6 if bytes.len() == size_of::<sockaddr_in6>() => Some(inet6(bytes)),
            AF_UNIX if bytes.len() >= PATH => unix(&bytes[PATH..]).or_else(raw),
            _ => raw(),
        }
    }
}

/// `N` bytes at an offset that lies inside.
fn field<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    let mut found = [0; N];
    found.copy_from_slice(&bytes[at..at + N]);
    found
}

fn inet(bytes: &[u8]) -> Address {
    let host = Ipv4Addr::from(field::<4>(bytes, offset_of!(sockaddr_in, sin_addr)));
    let port = u16::from_be_bytes(field(bytes, offset_of!(sockaddr_in, sin_port)));
    Address::Inet(SocketAddrV4::new(host, port))
}

fn inet6(bytes: &[u8]) -> Address {
    let host = Ipv6Addr::from(field::<16>(bytes, offset_of!(sockaddr_in6, sin6_addr)));
    let port = u16::from_be_bytes(field(bytes, offset_of!(sockaddr_in6, sin6_port)));
    let flow = u32::from_be_bytes(field(bytes, offset_of!(sockaddr_in6, sin6_flowinfo)));
    let scope = u32::from_ne_bytes(field(bytes, SCOPE));
    Address::Inet6(SocketAddrV6::new(host, port, flow, scope))
}

/// A path ends at its NUL, if one came along; with something after it, it is none.
fn unix(path: &[u8]) -> Option<Address> {
    if path.first().is_none_or(|first| *first == 0) {
        return Some(Address::Unix(path.to_vec()));
    }
    let end = path
        .iter()
        .position(|byte| *byte == 0)
        .unwrap_or(path.len());
    let plain = path[end..].iter().all(|byte| *byte == 0);
    plain.then(|| Address::Unix(path[..end].to_vec()))
}

impl Name {
    fn of(bytes: Vec<u8>) -> Self {
        if bytes.len() > size_of::<SockAddrStorage>() {
            return Self::Long(bytes);
        }
        let mut storage = SockAddrStorage::zeroed();
        // SAFETY: bytes of any length up to that of the storage are copied into it; the
        // byte form of a sockaddr_storage has no invalid values.
        unsafe {
            let to: *mut sockaddr_storage = storage.view_as();
            std::ptr::copy_nonoverlapping(bytes.as_ptr(), to.cast::<u8>(), bytes.len());
        }
        // SAFETY: the storage is initialised, and the length lies within it. That family
        // and length need not fit each other is what such an address is for; nothing in
        // this crate reads it but through its bytes.
        Self::Plain(Box::new(unsafe {
            SockAddr::new(storage, bytes.len() as socklen_t)
        }))
    }

    /// Pointer and length, for a call of libc; valid as long as this lives.
    pub fn as_raw(&self) -> (*const sockaddr, socklen_t) {
        match self {
            Self::Plain(stored) => (stored.as_ptr().cast(), stored.len()),
            Self::Long(bytes) => (bytes.as_ptr().cast(), bytes.len() as socklen_t),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn again(address: &Address) -> Option<Address> {
        match address.name() {
            Name::Plain(stored) => Address::from_sockaddr(&stored),
            Name::Long(bytes) => Address::from_bytes(&bytes, bytes.len() + 1),
        }
    }

    #[test]
    fn round_trip() {
        for address in [
            Address::Inet(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 80)),
            Address::Inet6(SocketAddrV6::new(Ipv6Addr::LOCALHOST, 80, 0x12345, 7)),
            Address::Unix(b"/tmp/some".to_vec()),
            Address::Unix(b"\0abstract\0name".to_vec()),
            Address::Unix(Vec::new()),
            Address::Unix(vec![b'x'; 300]),
            Address::Raw(vec![2]),
            Address::Raw(vec![0xEE; 200]),
        ] {
            assert_eq!(again(&address), Some(address));
        }
    }

    #[test]
    fn no_address() {
        assert_eq!(Address::from_bytes(&[], 128), None);
        assert_eq!(Address::from_bytes(&[0; 128], 128), None);
        assert_eq!(
            Address::from_bytes(&[0; 16], 128),
            Some(Address::Raw(vec![0; 16]))
        );
    }

    #[test]
    fn flow_information_is_stored_in_network_order() {
        let address = Address::Inet6(SocketAddrV6::new(Ipv6Addr::LOCALHOST, 1, 0x12345, 0));
        let Name::Plain(stored) = address.name() else {
            panic!("it fits");
        };
        let seen = stored.as_socket_ipv6().expect("IPv6");
        assert_eq!(seen.flowinfo(), 0x12345_u32.to_be());
    }

    #[test]
    fn a_path_with_something_after_its_nul_is_raw() {
        let mut bytes = vec![0; PATH];
        bytes[..2].copy_from_slice(&(AF_UNIX as sa_family_t).to_ne_bytes());
        bytes.extend_from_slice(b"a\0b");
        assert!(matches!(
            Address::from_bytes(&bytes, 128),
            Some(Address::Raw(_))
        ));
    }
}
