//! Options as bytes, the flags of handles, requests.

use std::io;

use socket2::Socket;
use windows_sys::Win32::Foundation::{GetHandleInformation, HANDLE, HANDLE_FLAG_INHERIT};
use windows_sys::Win32::Networking::WinSock::{self, ioctlsocket, WSAIoctl, SIOCATMARK};

use crate::buffer::{zeroed, Buffer};
use crate::life::raw;
use crate::os::{last_error, socklen_t};
use crate::{checked, counted};

/// getsockopt with a buffer of `length` bytes; as many as came back.
pub fn getsockopt(sock: &Socket, level: i32, name: i32, length: usize) -> io::Result<Buffer> {
    let mut value = zeroed(length)?;
    let mut came =
        socklen_t::try_from(length).map_err(|_| io::Error::from(io::ErrorKind::OutOfMemory))?;
    // SAFETY: the system writes at most `came` bytes, which the buffer has, and the new
    // length into `came`.
    checked(unsafe {
        WinSock::getsockopt(raw(sock) as _, level, name, value.as_mut_ptr(), &mut came)
    })?;
    value.truncate(counted(came)?);
    Ok(value)
}

/// setsockopt with exactly these bytes.
pub fn setsockopt(sock: &Socket, level: i32, name: i32, value: &[u8]) -> io::Result<()> {
    let length = value.len() as socklen_t;
    // SAFETY: the system reads at most as many bytes as there are.
    checked(unsafe { WinSock::setsockopt(raw(sock) as _, level, name, value.as_ptr(), length) })
        .map(drop)
}

/// Winsock sets FIONBIO and cannot be asked for it.
pub fn nonblocking(_: &Socket) -> io::Result<bool> {
    Err(io::ErrorKind::Unsupported.into())
}

/// FIONBIO.
pub fn set_nonblocking(sock: &Socket, on: bool) -> io::Result<()> {
    sock.set_nonblocking(on)
}

/// Whether the handle is not inherited, which is what close-on-exec means here.
pub fn cloexec(sock: &Socket) -> io::Result<bool> {
    let mut flags = 0;
    // SAFETY: the flags are a number that lives until after the call. Its error is where
    // WSAGetLastError looks as well.
    match unsafe { GetHandleInformation(raw(sock) as HANDLE, &mut flags) } {
        0 => Err(last_error()),
        _ => Ok(flags & HANDLE_FLAG_INHERIT == 0),
    }
}

/// WSAIoctl with an in-out buffer, returned as the system left it.
pub fn ioctl(sock: &Socket, request: i64, argument: &[u8]) -> io::Result<Buffer> {
    let mut value = argument.to_vec();
    let (memory, size) = (value.as_mut_ptr().cast(), value.len() as u32);
    let mut returned = 0;
    // SAFETY: the system reads and writes at most as many bytes as there are. A request whose
    // structure holds pointers of its own is as safe as what the caller put there.
    checked(unsafe {
        let (none, plain) = (std::ptr::null_mut(), None);
        let code = request as u32;
        WSAIoctl(
            raw(sock) as _,
            code,
            memory,
            size,
            memory,
            size,
            &mut returned,
            none,
            plain,
        )
    })?;
    Ok(value)
}

/// SIOCATMARK. Passed on as it came: Winsock says yes also when no urgent data waits at all,
/// <https://learn.microsoft.com/windows/win32/winsock/winsock-ioctls>.
pub fn at_mark(sock: &Socket) -> io::Result<bool> {
    let mut mark = 0;
    // SAFETY: the mark is a number that lives until after the call.
    checked(unsafe { ioctlsocket(raw(sock) as _, SIOCATMARK, &mut mark) })?;
    Ok(mark != 0)
}

#[cfg(test)]
mod tests {
    use windows_sys::Win32::Networking::WinSock::{
        FIONREAD, SOCK_STREAM, SOL_SOCKET, SO_LINGER, WSAEFAULT,
    };

    use super::*;
    use crate::create;
    use crate::os::AF_INET;

    #[test]
    fn raw_bytes_and_lengths() {
        let sock = create(AF_INET, SOCK_STREAM, 0).expect("a socket");
        // struct linger: two shorts here.
        let value: Vec<u8> = [1_u16, 7].iter().flat_map(|n| n.to_ne_bytes()).collect();
        setsockopt(&sock, SOL_SOCKET, SO_LINGER, &value).expect("set");
        let linger = getsockopt(&sock, SOL_SOCKET, SO_LINGER, 4096).expect("read");
        assert_eq!(linger, value);
        let refused = setsockopt(&sock, SOL_SOCKET, SO_LINGER, b"").expect_err("too short");
        assert_eq!(refused.raw_os_error(), Some(WSAEFAULT));
    }

    #[test]
    fn flags_and_requests() {
        let sock = create(AF_INET, SOCK_STREAM, 0).expect("a socket");
        set_nonblocking(&sock, true).expect("set");
        let asked = nonblocking(&sock).expect_err("it cannot be asked");
        assert_eq!(asked.kind(), io::ErrorKind::Unsupported);
        let sock = create(
            AF_INET,
            windows_sys::Win32::Networking::WinSock::SOCK_DGRAM,
            0,
        );
        let waiting = ioctl(&sock.expect("a socket"), i64::from(FIONREAD), &[9; 4]);
        assert_eq!(waiting.expect("asked"), [0; 4]);
    }
}
