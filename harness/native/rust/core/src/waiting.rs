//! Waiting with select(2) and its like, with epoll(7) and with kqueue(2).

use std::io;
use std::mem::zeroed as zero;
use std::os::fd::RawFd;
use std::time::Duration;

use libc::{c_int, fd_set, sigset_t, timespec};

use crate::checked;
use crate::readiness::{Wanted, EXCEPT, READ, WRITE};

fn spec(time: Duration) -> timespec {
    // SAFETY: a C structure of numbers, valid as zeros.
    let mut made: timespec = unsafe { zero() };
    made.tv_sec = time.as_secs() as _;
    made.tv_nsec = time.subsec_nanos() as _;
    made
}

fn mask_of(signals: &[i32]) -> sigset_t {
    // SAFETY: a C structure of numbers, valid as zeros; the calls only write to it, and refuse
    // a number that is no signal's.
    unsafe {
        let mut mask = zero();
        libc::sigemptyset(&mut mask);
        for signal in signals {
            libc::sigaddset(&mut mask, *signal);
        }
        mask
    }
}

const SETS: [i16; 3] = [READ, WRITE, EXCEPT];

/// The sets of what is wanted, and one more than the largest descriptor. `Unsupported` for a
/// descriptor that no set has room for.
fn sets_of(wanted: &[Wanted]) -> io::Result<([fd_set; 3], c_int)> {
    // SAFETY: a C structure of numbers, valid as zeros.
    let mut sets: [fd_set; 3] = unsafe { zero() };
    let mut most = 0;
    for (descriptor, events) in wanted {
        if *descriptor < 0 || *descriptor as usize >= libc::FD_SETSIZE {
            return Err(io::ErrorKind::Unsupported.into());
        }
        for (set, bit) in sets.iter_mut().zip(SETS) {
            if events & bit != 0 {
                // SAFETY: the descriptor is one that the set has room for.
                unsafe { libc::FD_SET(*descriptor, set) };
            }
        }
        most = most.max(descriptor + 1);
    }
    Ok((sets, most))
}

fn seen_of(sets: &[fd_set; 3], wanted: &[Wanted]) -> Vec<i16> {
    let seen = wanted.iter().map(|(descriptor, events)| {
        SETS.iter().zip(sets).fold(0, |bits, (bit, set)| {
            // SAFETY: the descriptor is one that the set has room for.
            let is_set = events & bit != 0 && unsafe { libc::FD_ISSET(*descriptor, set) };
            bits | if is_set { *bit } else { 0 }
        })
    });
    seen.collect()
}

/// select(2): of each descriptor, in which of the sets it still is.
pub fn select(wanted: &[Wanted], timeout: Option<Duration>) -> io::Result<Vec<i16>> {
    let (mut sets, most) = sets_of(wanted)?;
    let mut limit = timeout.map(|time| {
        let microseconds = time.as_nanos().div_ceil(1000);
        libc::timeval {
            tv_sec: (microseconds / 1_000_000) as _,
            tv_usec: (microseconds % 1_000_000) as _,
        }
    });
    let [read, write, except] = &mut sets;
    let limit = limit
        .as_mut()
        .map_or(std::ptr::null_mut(), std::ptr::from_mut);
    // SAFETY: the sets and the limit live until after the call.
    checked(unsafe { libc::select(most, read, write, except, limit) })?;
    Ok(seen_of(&sets, wanted))
}

/// pselect(2): as select(2), with these signals blocked meanwhile.
pub fn pselect(
    wanted: &[Wanted],
    timeout: Option<Duration>,
    mask: Option<&[i32]>,
) -> io::Result<Vec<i16>> {
    let (mut sets, most) = sets_of(wanted)?;
    let (limit, mask) = (timeout.map(spec), mask.map(mask_of));
    let [read, write, except] = &mut sets;
    // SAFETY: the sets, the limit and the mask live until after the call.
    checked(unsafe {
        let limit = limit.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
        let mask = mask.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
        libc::pselect(most, read, write, except, limit, mask)
    })?;
    Ok(seen_of(&sets, wanted))
}

/// ppoll(2): as poll(2), with these signals blocked meanwhile.
#[cfg(not(target_vendor = "apple"))]
pub fn ppoll(
    wanted: &[Wanted],
    timeout: Option<Duration>,
    mask: Option<&[i32]>,
) -> io::Result<Vec<i16>> {
    let mut asked = crate::readiness::asked(wanted);
    let (limit, mask) = (timeout.map(spec), mask.map(mask_of));
    // SAFETY: the system reads and writes as many entries as there are; the limit and the mask
    // live until after the call.
    checked(unsafe {
        let limit = limit.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
        let mask = mask.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
        libc::ppoll(asked.as_mut_ptr(), asked.len() as _, limit, mask)
    })?;
    Ok(asked.into_iter().map(|each| each.revents).collect())
}

/// The platform has no such call.
#[cfg(target_vendor = "apple")]
pub fn ppoll(_: &[Wanted], _: Option<Duration>, _: Option<&[i32]>) -> io::Result<Vec<i16>> {
    Err(io::ErrorKind::Unsupported.into())
}

pub use epoll::{epoll_create, epoll_ctl, epoll_wait};

/// Events, and what they were registered with.
pub type Event = (u32, u64);

#[cfg(target_os = "linux")]
mod epoll {
    use super::{checked, io, zero, Event, RawFd};
    use crate::life::raw;
    use libc::{c_int, epoll_event};
    use socket2::Socket;
    use std::os::fd::FromRawFd;

    /// epoll_create1(2).
    pub fn epoll_create(flags: i32) -> io::Result<Socket> {
        // SAFETY: it reads no memory.
        let made = checked(unsafe { libc::epoll_create1(flags) })?;
        // SAFETY: the system made it just now. That it is no socket hurts nobody: it is only
        // ever passed to system calls.
        Ok(unsafe { Socket::from_raw_fd(made) })
    }

    /// epoll_ctl(2).
    pub fn epoll_ctl(
        sock: &Socket,
        operation: i32,
        target: RawFd,
        (events, key): Event,
    ) -> io::Result<()> {
        let mut event = epoll_event { events, u64: key };
        // SAFETY: the event lives until after the call.
        checked(unsafe { libc::epoll_ctl(raw(sock), operation, target, &mut event) }).map(drop)
    }

    /// epoll_wait(2): at most so many events.
    pub fn epoll_wait(sock: &Socket, most: i32, timeout: c_int) -> io::Result<Vec<Event>> {
        // SAFETY: a C structure of numbers, valid as zeros.
        let none: epoll_event = unsafe { zero() };
        let mut came = vec![none; usize::try_from(most).unwrap_or(0).max(1)];
        // SAFETY: there is room for as many events, or the number is refused.
        let count =
            checked(unsafe { libc::epoll_wait(raw(sock), came.as_mut_ptr(), most, timeout) })?;
        let came = came.iter().take(count as usize);
        Ok(came.map(|each| (each.events, each.u64)).collect())
    }
}

#[cfg(not(target_os = "linux"))]
mod epoll {
    use super::{io, Event, RawFd};
    use libc::c_int;
    use socket2::Socket;

    /// The platform has no such call.
    pub fn epoll_create(_: i32) -> io::Result<Socket> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// As above.
    pub fn epoll_ctl(_: &Socket, _: i32, _: RawFd, _: Event) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// As above.
    pub fn epoll_wait(_: &Socket, _: i32, _: c_int) -> io::Result<Vec<Event>> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

pub use kqueues::{kevent, kqueue};

/// An event of kqueue: filter, flags, fflags, data, and the key that it was registered with.
pub type KEvent = (i32, u32, u32, i64, u64);

#[cfg(any(target_vendor = "apple", target_os = "freebsd"))]
mod kqueues {
    use super::{checked, io, spec, zero, Duration, KEvent, RawFd};
    use crate::life::raw;
    use libc::{c_int, fcntl, FD_CLOEXEC, F_SETFD};
    use socket2::Socket;
    use std::os::fd::FromRawFd;

    /// kqueue(2), close-on-exec set.
    pub fn kqueue() -> io::Result<Socket> {
        // SAFETY: it reads no memory.
        let made = checked(unsafe { libc::kqueue() })?;
        // SAFETY: the descriptor was made just now.
        unsafe { fcntl(made, F_SETFD, FD_CLOEXEC) };
        // SAFETY: as above. That it is no socket hurts nobody: it is only ever passed to system
        // calls.
        Ok(unsafe { Socket::from_raw_fd(made) })
    }

    fn asked(target: RawFd, (filter, flags, fflags, data, key): KEvent) -> libc::kevent {
        // SAFETY: a C structure of numbers, valid as zeros.
        let mut made: libc::kevent = unsafe { zero() };
        made.ident = target as _;
        made.filter = filter as _;
        made.flags = flags as _;
        made.fflags = fflags;
        made.data = data as _;
        made.udata = key as _;
        made
    }

    /// kevent(2): these changes, and at most so many events.
    pub fn kevent(
        sock: &Socket,
        changes: &[(RawFd, KEvent)],
        most: c_int,
        timeout: Option<Duration>,
    ) -> io::Result<Vec<KEvent>> {
        let asked: Vec<_> = changes.iter().map(|each| asked(each.0, each.1)).collect();
        // SAFETY: a C structure of numbers, valid as zeros.
        let none: libc::kevent = unsafe { zero() };
        let mut came = vec![none; usize::try_from(most).unwrap_or(0)];
        let limit = timeout.map(spec);
        // SAFETY: there are as many changes, and room for as many events, or the number is
        // refused; the limit lives until after the call.
        let count = checked(unsafe {
            let limit = limit.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
            let changes = asked.len() as c_int;
            libc::kevent(
                raw(sock),
                asked.as_ptr(),
                changes,
                came.as_mut_ptr(),
                most,
                limit,
            )
        })?;
        let came = came.iter().take(count as usize);
        let seen = came.map(|each| {
            let flags = (i32::from(each.filter), u32::from(each.flags), each.fflags);
            (
                flags.0,
                flags.1,
                flags.2,
                each.data as i64,
                each.udata as u64,
            )
        });
        Ok(seen.collect())
    }
}

#[cfg(not(any(target_vendor = "apple", target_os = "freebsd")))]
mod kqueues {
    use super::{io, Duration, KEvent, RawFd};
    use libc::c_int;
    use socket2::Socket;

    /// The platform has no such call.
    pub fn kqueue() -> io::Result<Socket> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// As above.
    pub fn kevent(
        _: &Socket,
        _: &[(RawFd, KEvent)],
        _: c_int,
        _: Option<Duration>,
    ) -> io::Result<Vec<KEvent>> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsRawFd;

    use super::*;
    use crate::pair;

    #[test]
    fn sets() {
        let (one, other) = pair(libc::AF_UNIX, libc::SOCK_STREAM, 0).expect("a pair");
        let wanted = [
            (one.as_raw_fd(), READ | WRITE | EXCEPT),
            (other.as_raw_fd(), READ),
        ];
        let none = Some(Duration::ZERO);
        assert_eq!(select(&wanted, none).expect("selected"), [WRITE, 0]);
        one.send(b"x").expect("sent");
        assert_eq!(
            pselect(&wanted, None, Some(&[])).expect("selected"),
            [WRITE, READ]
        );
        let far = [(100_000, READ)];
        let refused = select(&far, none).expect_err("no room for it");
        assert_eq!(refused.kind(), io::ErrorKind::Unsupported);
        if cfg!(not(target_vendor = "apple")) {
            let wanted = [(other.as_raw_fd(), libc::POLLIN)];
            assert_eq!(ppoll(&wanted, None, None).expect("polled"), [libc::POLLIN]);
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn events() {
        let (one, other) = pair(libc::AF_UNIX, libc::SOCK_STREAM, 0).expect("a pair");
        let queue = epoll_create(libc::EPOLL_CLOEXEC).expect("a queue");
        let readable = (libc::EPOLLIN as u32, u64::MAX);
        epoll_ctl(&queue, libc::EPOLL_CTL_ADD, other.as_raw_fd(), readable).expect("added");
        assert_eq!(epoll_wait(&queue, 4, 0).expect("waited"), []);
        one.send(b"x").expect("sent");
        assert_eq!(epoll_wait(&queue, 4, -1).expect("waited"), [readable]);
        let refused = epoll_wait(&queue, 0, 0).expect_err("no room");
        assert_eq!(refused.raw_os_error(), Some(libc::EINVAL));
    }

    #[test]
    fn kernel_events() {
        let Ok(queue) = kqueue() else {
            assert!(crate::ABSENT.contains(&"kqueue"));
            return;
        };
        let (one, other) = pair(libc::AF_UNIX, libc::SOCK_STREAM, 0).expect("a pair");
        let added = [(other.as_raw_fd(), (-1, 1, 0, 0, u64::MAX))]; // EVFILT_READ, EV_ADD
        let at_once = Some(Duration::ZERO);
        assert_eq!(kevent(&queue, &added, 4, at_once).expect("added"), []);
        one.send(b"x").expect("sent");
        let came = kevent(&queue, &[], 4, None).expect("waited");
        assert_eq!(came, [(-1, 1, 0, 1, u64::MAX)]);
    }
}
