//! What differs between POSIX and Winsock in name only: the one place that asks which of the two
//! it is. Where meanings differ there are two files, `life.rs` and `life_win.rs`, and `lib.rs`
//! chooses.

pub use system::*;

#[cfg(unix)]
mod system {
    use std::io;
    use std::mem::offset_of;
    use std::os::fd::RawFd;

    pub use libc as numbers;
    pub use libc::{
        bind, c_int, connect, poll, pollfd, sa_family_t, sendto, shutdown, sockaddr, sockaddr_in,
        sockaddr_in6, sockaddr_storage, sockaddr_un, socklen_t, AF_INET, AF_INET6, AF_UNIX,
        AF_UNSPEC,
    };

    /// What stands for an open socket.
    pub type Descriptor = RawFd;

    /// The answer of a call that counts bytes.
    pub type Count = libc::ssize_t;

    /// What the system answers for a descriptor that is none.
    pub const NOT_OPEN: c_int = libc::EBADF;

    /// Both halves, for `shutdown`.
    pub const BOTH: c_int = libc::SHUT_RDWR;

    /// Where the interface stands in an address.
    pub const SCOPE: usize = offset_of!(sockaddr_in6, sin6_scope_id);

    /// The error of the last call of this thread.
    pub fn last_error() -> io::Error {
        io::Error::last_os_error()
    }

    /// Nothing has to be put up before the first call.
    pub fn start() -> io::Result<()> {
        Ok(())
    }
}

#[cfg(windows)]
mod system {
    use std::ffi::c_void;
    use std::io;
    use std::mem::offset_of;

    use windows_sys::Win32::Networking::WinSock;

    pub use std::ffi::c_int;
    pub use windows_sys::Win32::Networking::WinSock as numbers;
    pub use windows_sys::Win32::Networking::WinSock::{
        socklen_t, ADDRESS_FAMILY as sa_family_t, SOCKADDR as sockaddr, SOCKADDR_IN as sockaddr_in,
        SOCKADDR_IN6 as sockaddr_in6, SOCKADDR_STORAGE as sockaddr_storage,
        SOCKADDR_UN as sockaddr_un, WSAPOLLFD as pollfd,
    };

    /// What stands for an open socket: a handle, whose significant bits are fewer than these
    /// ("Interprocess Communication Between 32-bit and 64-bit Applications").
    pub type Descriptor = i64;

    /// The answer of a call that counts bytes.
    pub type Count = c_int;

    /// What Winsock answers for a handle that is none.
    pub const NOT_OPEN: c_int = WinSock::WSAENOTSOCK;

    /// Both halves, for `shutdown`.
    pub const BOTH: c_int = WinSock::SD_BOTH;

    /// Where the interface stands in an address.
    pub const SCOPE: usize = offset_of!(sockaddr_in6, Anonymous);

    pub const AF_UNSPEC: c_int = WinSock::AF_UNSPEC as c_int;
    pub const AF_UNIX: c_int = WinSock::AF_UNIX as c_int;
    pub const AF_INET: c_int = WinSock::AF_INET as c_int;
    pub const AF_INET6: c_int = WinSock::AF_INET6 as c_int;

    /// The error of the last call of this thread.
    pub fn last_error() -> io::Error {
        // SAFETY: it takes no argument and cannot fail.
        io::Error::from_raw_os_error(unsafe { WinSock::WSAGetLastError() })
    }

    /// Put Winsock up, in its version 2.2: before that no call succeeds.
    pub fn start() -> io::Result<()> {
        let mut told = WinSock::WSADATA::default();
        // SAFETY: the system fills the structure that it is given.
        match unsafe { WinSock::WSAStartup(0x0202, &mut told) } {
            0 => Ok(()),
            refused => Err(io::Error::from_raw_os_error(refused)),
        }
    }

    fn int(length: usize) -> c_int {
        c_int::try_from(length).unwrap_or(c_int::MAX)
    }

    /// bind, with the types of POSIX.
    ///
    /// # Safety
    /// `name` points to `length` bytes.
    pub unsafe fn bind(sock: Descriptor, name: *const sockaddr, length: socklen_t) -> c_int {
        // SAFETY: as the caller promises.
        unsafe { WinSock::bind(sock as _, name, length) }
    }

    /// connect, as above.
    ///
    /// # Safety
    /// `name` points to `length` bytes.
    pub unsafe fn connect(sock: Descriptor, name: *const sockaddr, length: socklen_t) -> c_int {
        // SAFETY: as the caller promises.
        unsafe { WinSock::connect(sock as _, name, length) }
    }

    /// shutdown, as above.
    ///
    /// # Safety
    /// It reads no memory.
    pub unsafe fn shutdown(sock: Descriptor, how: c_int) -> c_int {
        // SAFETY: it reads no memory.
        unsafe { WinSock::shutdown(sock as _, how) }
    }

    /// sendto, as above.
    ///
    /// # Safety
    /// `data` points to `size` bytes and `name` to `length`.
    pub unsafe fn sendto(
        sock: Descriptor,
        data: *const c_void,
        size: usize,
        flags: c_int,
        name: *const sockaddr,
        length: socklen_t,
    ) -> Count {
        // SAFETY: as the caller promises.
        unsafe { WinSock::sendto(sock as _, data.cast(), int(size), flags, name, length) }
    }

    /// WSAPoll.
    ///
    /// # Safety
    /// `wanted` points to `count` entries.
    pub unsafe fn poll(wanted: *mut pollfd, count: u32, timeout: c_int) -> c_int {
        // SAFETY: as the caller promises.
        unsafe { WinSock::WSAPoll(wanted, count, timeout) }
    }
}
