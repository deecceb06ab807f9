//! Options as bytes, descriptor flags, ioctl.

use std::io;

use libc::{c_int, socklen_t};
use socket2::Socket;

use crate::buffer::{zeroed, Buffer};
use crate::checked;
use crate::life::raw;

/// Bytes behind the buffer of an ioctl: a request knows its length, the caller may not.
const ROOM: usize = 1024;

/// getsockopt(2) with a buffer of `length` bytes; as many as came back.
pub fn getsockopt(sock: &Socket, level: i32, name: i32, length: usize) -> io::Result<Buffer> {
    let mut value = zeroed(length)?;
    let mut came =
        socklen_t::try_from(length).map_err(|_| io::Error::from(io::ErrorKind::OutOfMemory))?;
    // SAFETY: the system writes at most `came` bytes, which the buffer has, and the new
    // length into `came`.
    checked(unsafe {
        libc::getsockopt(raw(sock), level, name, value.as_mut_ptr().cast(), &mut came)
    })?;
    value.truncate(came as usize);
    Ok(value)
}

/// setsockopt(2) with exactly these bytes.
pub fn setsockopt(sock: &Socket, level: i32, name: i32, value: &[u8]) -> io::Result<()> {
    let length = value.len() as socklen_t;
    // SAFETY: the system reads at most as many bytes as there are.
    checked(unsafe { libc::setsockopt(raw(sock), level, name, value.as_ptr().cast(), length) })
        .map(drop)
}

/// Whether O_NONBLOCK is set (fcntl(2) F_GETFL).
pub fn nonblocking(sock: &Socket) -> io::Result<bool> {
    sock.nonblocking()
}

/// O_NONBLOCK: fcntl(2) F_GETFL, and F_SETFL where it changes something.
pub fn set_nonblocking(sock: &Socket, on: bool) -> io::Result<()> {
    sock.set_nonblocking(on)
}

/// Whether FD_CLOEXEC is set (fcntl(2) F_GETFD).
pub fn cloexec(sock: &Socket) -> io::Result<bool> {
    // SAFETY: F_GETFD takes no argument and reads no memory.
    let flags = checked(unsafe { libc::fcntl(raw(sock), libc::F_GETFD) })?;
    Ok(flags & libc::FD_CLOEXEC != 0)
}

/// ioctl(2) with an in-out buffer, returned as the system left it.
///
/// A request writes as much as its structure has, whatever the length of `argument`; what
/// lies behind it is room that is thrown away.
pub fn ioctl(sock: &Socket, request: i64, argument: &[u8]) -> io::Result<Buffer> {
    let mut value = zeroed(argument.len() + ROOM)?;
    value[..argument.len()].copy_from_slice(argument);
    // SAFETY: no request of a socket has a structure larger than the room behind the
    // argument. One that holds pointers of its own is as safe as what the caller put there.
    checked(unsafe { libc::ioctl(raw(sock), request as _, value.as_mut_ptr()) })?;
    value.truncate(argument.len());
    Ok(value)
}

extern "C" {
    fn sockatmark(descriptor: c_int) -> c_int;
}

/// sockatmark(3).
pub fn at_mark(sock: &Socket) -> io::Result<bool> {
    // SAFETY: POSIX has this function, with this signature; it reads no memory of ours.
    checked(unsafe { sockatmark(raw(sock)) }).map(|answer| answer != 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{create, pair};

    #[test]
    fn raw_bytes_and_lengths() {
        let sock = create(libc::AF_INET, libc::SOCK_STREAM, 0).expect("a socket");
        let value: Vec<u8> = [1_i32, 7].iter().flat_map(|n| n.to_ne_bytes()).collect();
        setsockopt(&sock, libc::SOL_SOCKET, libc::SO_LINGER, &value).expect("set");
        let linger = |length| getsockopt(&sock, libc::SOL_SOCKET, libc::SO_LINGER, length);
        assert_eq!(linger(8).expect("read"), value);
        assert_eq!(linger(4096).expect("read"), value);
        assert_eq!(linger(0).expect("read"), []);
        let refused = setsockopt(&sock, libc::SOL_SOCKET, libc::SO_LINGER, b"");
        assert_eq!(
            refused.expect_err("too short").raw_os_error(),
            Some(libc::EINVAL)
        );
    }

    #[test]
    fn flags_and_requests() {
        let (one, other) = pair(libc::AF_UNIX, libc::SOCK_STREAM, 0).expect("a pair");
        assert!(!nonblocking(&one).expect("flags"));
        set_nonblocking(&one, true).expect("set");
        assert!(nonblocking(&one).expect("flags"));
        other.send(b"abc").expect("sent");
        let waiting = ioctl(&one, i64::from(libc::FIONREAD as u32), &[0; 4]).expect("asked");
        assert_eq!(waiting, 3_i32.to_ne_bytes());
    }
}
