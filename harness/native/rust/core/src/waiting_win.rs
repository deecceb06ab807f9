//! Waiting with select, whose sets are lists of handles here.

use std::io;
use std::time::Duration;

use socket2::Socket;
use windows_sys::Win32::Networking::WinSock::{self, FD_SET, TIMEVAL};

use crate::checked;
use crate::os::{c_int, Descriptor};
use crate::readiness::{Wanted, EXCEPT, READ, WRITE};

/// An event of kqueue: filter, flags, fflags, data, and the key that it was registered with.
pub type KEvent = (i32, u32, u32, i64, u64);

const SETS: [i16; 3] = [READ, WRITE, EXCEPT];

/// The sets of what is wanted. `Unsupported` for more than a set has room for.
fn sets_of(wanted: &[Wanted]) -> io::Result<[FD_SET; 3]> {
    let mut sets = [FD_SET::default(); 3];
    for (handle, events) in wanted {
        for (set, bit) in sets.iter_mut().zip(SETS) {
            if events & bit != 0 {
                let at = set.fd_count as usize;
                *set.fd_array.get_mut(at).ok_or(io::ErrorKind::Unsupported)? = *handle as _;
                set.fd_count += 1;
            }
        }
    }
    Ok(sets)
}

fn is_in(set: &FD_SET, handle: Descriptor) -> bool {
    let held = set.fd_array.iter().take(set.fd_count as usize);
    held.copied().any(|each| each as Descriptor == handle)
}

/// select: of each handle, in which of the sets it still is.
pub fn select(wanted: &[Wanted], timeout: Option<Duration>) -> io::Result<Vec<i16>> {
    let mut sets = sets_of(wanted)?;
    let limit = timeout.map(|time| {
        let microseconds = time.as_nanos().div_ceil(1000);
        TIMEVAL {
            tv_sec: (microseconds / 1_000_000) as _,
            tv_usec: (microseconds % 1_000_000) as _,
        }
    });
    let [read, write, except] = &mut sets;
    let limit = limit.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
    // SAFETY: the sets and the limit live until after the call, which ignores its first argument.
    checked(unsafe { WinSock::select(0, read, write, except, limit) })?;
    let seen = wanted.iter().map(|(handle, events)| {
        SETS.iter().zip(&sets).fold(0, |bits, (bit, set)| {
            let is_set = events & bit != 0 && is_in(set, *handle);
            bits | if is_set { *bit } else { 0 }
        })
    });
    Ok(seen.collect())
}

fn absent<T>() -> io::Result<T> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Winsock has no such call: the name says which.
pub fn pselect(_: &[Wanted], _: Option<Duration>, _: Option<&[i32]>) -> io::Result<Vec<i16>> {
    absent()
}

/// As above.
pub fn ppoll(_: &[Wanted], _: Option<Duration>, _: Option<&[i32]>) -> io::Result<Vec<i16>> {
    absent()
}

/// Events, and what they were registered with.
pub type Event = (u32, u64);

/// As above.
pub fn epoll_create(_: i32) -> io::Result<Socket> {
    absent()
}

/// As above.
pub fn epoll_ctl(_: &Socket, _: i32, _: Descriptor, _: Event) -> io::Result<()> {
    absent()
}

/// As above.
pub fn epoll_wait(_: &Socket, _: i32, _: c_int) -> io::Result<Vec<Event>> {
    absent()
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, SocketAddrV4};

    use windows_sys::Win32::Networking::WinSock::{SOCK_DGRAM, WSAEINVAL};

    use super::*;
    use crate::life::raw;
    use crate::os::AF_INET;
    use crate::{bind, create, local_addr, sendto, Address};

    #[test]
    fn sets() {
        let sock = create(AF_INET, SOCK_DGRAM, 0).expect("a socket");
        let here = Address::Inet(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0));
        bind(&sock, &here).expect("bound");
        let name = local_addr(&sock).expect("named").expect("an address");
        let wanted = [(raw(&sock), READ | WRITE | EXCEPT)];
        assert_eq!(
            select(&wanted, Some(Duration::ZERO)).expect("selected"),
            [WRITE]
        );
        sendto(&sock, b"x", 0, &name).expect("sent");
        assert_eq!(
            select(&wanted[..1], None).expect("selected"),
            [READ | WRITE]
        );
        let refused = select(&[], Some(Duration::ZERO)).expect_err("no socket at all");
        assert_eq!(refused.raw_os_error(), Some(WSAEINVAL));
        let refused = select(&[(1, READ); 65], None).expect_err("too many");
        assert_eq!(refused.kind(), io::ErrorKind::Unsupported);
    }
}

/// As above.
pub fn kqueue() -> io::Result<Socket> {
    Err(io::ErrorKind::Unsupported.into())
}

/// As above.
pub fn kevent(
    _: &Socket,
    _: &[(Descriptor, KEvent)],
    _: c_int,
    _: Option<Duration>,
) -> io::Result<Vec<KEvent>> {
    Err(io::ErrorKind::Unsupported.into())
}
