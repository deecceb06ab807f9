//! What sockets and handles are to each other.

use std::io;
use std::mem::ManuallyDrop;
use std::os::windows::io::{AsRawSocket, FromRawSocket, IntoRawSocket, RawSocket};

use socket2::Socket;
use windows_sys::Win32::Networking::WinSock::{closesocket, SOL_SOCKET, SO_TYPE};

use crate::checked;
use crate::creation::Borrowed;
use crate::os::{Descriptor, NOT_OPEN};

/// Winsock makes no pairs.
pub fn pair(_: i32, _: i32, _: i32) -> io::Result<(Socket, Socket)> {
    Err(io::ErrorKind::Unsupported.into())
}

/// closesocket.
pub fn close(handle: Descriptor) -> io::Result<()> {
    // SAFETY: the caller gives its handle up; the call reads no memory.
    checked(unsafe { closesocket(handle as _) }).map(drop)
}

/// Take ownership of a handle. Only that it is open is asked, with the cheapest question that
/// only an open one answers: SO_TYPE.
pub fn adopt(handle: Descriptor) -> io::Result<Socket> {
    let kind = crate::getsockopt(&*borrow(handle)?, SOL_SOCKET, SO_TYPE, size_of::<i32>());
    // SAFETY: it is a socket, and the caller hands it over.
    kind.map(|_| unsafe { Socket::from_raw_socket(handle as RawSocket) })
}

/// A socket of socket2 around a handle that stays its owner's. WSAENOTSOCK for a negative one,
/// which INVALID_SOCKET is.
///
/// Should the owner close it in the middle of a call, the system says what it says then, as
/// it does to a C program; the handle is only ever passed to system calls.
pub fn borrow(handle: Descriptor) -> io::Result<Borrowed> {
    if handle < 0 {
        return Err(io::Error::from_raw_os_error(NOT_OPEN));
    }
    // SAFETY: not INVALID_SOCKET; ManuallyDrop keeps it from being closed here.
    Ok(ManuallyDrop::new(unsafe {
        Socket::from_raw_socket(handle as RawSocket)
    }))
}

/// The handle of a socket, which is the caller's to close from now on.
pub fn release(sock: Socket) -> Descriptor {
    sock.into_raw_socket() as Descriptor
}

/// The handle behind a socket.
pub(crate) fn raw(sock: &Socket) -> Descriptor {
    sock.as_raw_socket() as Descriptor
}

#[cfg(test)]
mod tests {
    use windows_sys::Win32::Networking::WinSock::{SOCK_STREAM, WSAEAFNOSUPPORT, WSAENOTSOCK};

    use super::*;
    use crate::cloexec;
    use crate::creation::{create, create_raw, dup};
    use crate::os::AF_INET;

    #[test]
    fn handles_are_inherited_or_not() {
        let made = create(AF_INET, SOCK_STREAM, 0).expect("a socket");
        assert!(cloexec(&made).expect("flags"));
        assert!(cloexec(&dup(&made).expect("a copy")).expect("flags"));
        let bare = create_raw(AF_INET, SOCK_STREAM, 0).expect("a socket");
        assert!(!cloexec(&bare).expect("flags"));
    }

    #[test]
    fn errors_are_the_systems() {
        let refused = create(12_345, SOCK_STREAM, 0).expect_err("no such family");
        assert_eq!(refused.raw_os_error(), Some(WSAEAFNOSUPPORT));
        let handle = release(create(AF_INET, SOCK_STREAM, 0).expect("a socket"));
        close(handle).expect("open");
        for gone in [close(handle), adopt(-1).map(drop), borrow(-1).map(drop)] {
            let refused = gone.expect_err("closed");
            assert_eq!(refused.raw_os_error(), Some(WSAENOTSOCK));
        }
    }
}
