//! Pairs, and what sockets and descriptors are to each other.

use std::io;
use std::mem::ManuallyDrop;
use std::os::fd::{AsRawFd, FromRawFd, IntoRawFd, RawFd};

use socket2::{Domain, Socket, Type};

use crate::checked;
use crate::creation::{protocol, Borrowed};

/// socketpair(2), close-on-exec set.
pub fn pair(family: i32, kind: i32, number: i32) -> io::Result<(Socket, Socket)> {
    Socket::pair(Domain::from(family), Type::from(kind), protocol(number))
}

/// close(2). The descriptor is gone even when the call answers an error.
pub fn close(descriptor: RawFd) -> io::Result<()> {
    // SAFETY: the caller gives its descriptor up; close reads no memory.
    checked(unsafe { libc::close(descriptor) }).map(drop)
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
    use crate::creation::{create, create_raw, dup};

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
        // The lowest number that is free could be given to a test beside this one meanwhile.
        // SAFETY: the call takes numbers alone.
        let number = unsafe { libc::fcntl(raw(&made), libc::F_DUPFD_CLOEXEC, 500) };
        close(number).expect("open");
        for gone in [close(number), adopt(-1).map(drop), borrow(-1).map(drop)] {
            let refused = gone.expect_err("closed");
            assert_eq!(refused.raw_os_error(), Some(libc::EBADF));
        }
    }
}
