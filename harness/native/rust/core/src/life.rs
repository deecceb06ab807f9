//! Creation and end of sockets.

use std::io;
use std::mem::ManuallyDrop;
use std::os::fd::{AsRawFd, FromRawFd, IntoRawFd, RawFd};

use socket2::{Domain, Protocol, Socket, Type};

use crate::checked;

/// A socket of somebody else, who closes it.
pub type Borrowed = ManuallyDrop<Socket>;

fn protocol(number: i32) -> Option<Protocol> {
    // `None` is 0 in socket2: "a default is chosen by the system".
    (number != 0).then(|| Protocol::from(number))
}

/// socket(2), close-on-exec set.
pub fn create(family: i32, kind: i32, number: i32) -> io::Result<Socket> {
    Socket::new(Domain::from(family), Type::from(kind), protocol(number))
}

/// socket(2) with no flag added.
pub fn create_raw(family: i32, kind: i32, number: i32) -> io::Result<Socket> {
    Socket::new_raw(Domain::from(family), Type::from(kind), protocol(number))
}

/// socketpair(2), close-on-exec set.
pub fn pair(family: i32, kind: i32, number: i32) -> io::Result<(Socket, Socket)> {
    Socket::pair(Domain::from(family), Type::from(kind), protocol(number))
}

/// close(2). The descriptor is gone even when the call answers an error.
pub fn close(descriptor: RawFd) -> io::Result<()> {
    // SAFETY: the caller gives its descriptor up; close reads no memory.
    checked(unsafe { libc::close(descriptor) }).map(drop)
}

/// A second descriptor of the same socket, close-on-exec set (F_DUPFD_CLOEXEC).
pub fn dup(sock: &Socket) -> io::Result<Socket> {
    sock.try_clone()
}

/// Take ownership of a descriptor. Only that it is open is asked (fcntl(2) F_GETFD): what
/// socket calls say to something else is an answer.
pub fn adopt(descriptor: RawFd) -> io::Result<Socket> {
    if descriptor < 0 {
        return Err(io::Error::from_raw_os_error(libc::EBADF));
    }
    // SAFETY: F_GETFD takes no argument and reads no memory.
    checked(unsafe { libc::fcntl(descriptor, libc::F_GETFD) })?;
    // SAFETY: it is open, not negative, and the caller hands it over.
    Ok(unsafe { Socket::from_raw_fd(descriptor) })
}

/// A socket of socket2 around a descriptor that stays its owner's. EBADF for a negative one.
///
/// Should the owner close it in the middle of a call, the system says what it says then, as
/// it does to a C program; the descriptor is only ever passed to system calls.
pub fn borrow(descriptor: RawFd) -> io::Result<Borrowed> {
    if descriptor < 0 {
        return Err(io::Error::from_raw_os_error(libc::EBADF));
    }
    // SAFETY: not negative; ManuallyDrop keeps it from being closed here.
    Ok(ManuallyDrop::new(unsafe {
        Socket::from_raw_fd(descriptor)
    }))
}

/// The descriptor of a socket, which is the caller's to close from now on.
pub fn release(sock: Socket) -> RawFd {
    sock.into_raw_fd()
}

/// The descriptor behind a socket.
pub(crate) fn raw(sock: &Socket) -> RawFd {
    sock.as_raw_fd()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloexec;

    #[test]
    fn close_on_exec() {
        let made = create(libc::AF_INET, libc::SOCK_STREAM, 0).expect("a socket");
        assert!(cloexec(&made).expect("flags"));
        assert!(cloexec(&dup(&made).expect("a copy")).expect("flags"));
        let bare = create_raw(libc::AF_INET, libc::SOCK_STREAM, 0).expect("a socket");
        assert!(!cloexec(&bare).expect("flags"));
    }

    #[test]
    fn errors_are_the_systems() {
        let refused = create(12_345, libc::SOCK_STREAM, 0).expect_err("no such family");
        assert_eq!(refused.raw_os_error(), Some(libc::EAFNOSUPPORT));
        let made = create(libc::AF_INET, libc::SOCK_STREAM, 0).expect("a socket");
        let number = release(made);
        close(number).expect("open");
        for gone in [close(number), adopt(-1).map(drop), borrow(-1).map(drop)] {
            let refused = gone.expect_err("closed");
            assert_eq!(refused.raw_os_error(), Some(libc::EBADF));
        }
    }
}
