//! The primitives of sockspec over socket2, without Python.
//!
//! Each function is one system call unless it says so: made by socket2 where socket2 has it,
//! by libc, or by Winsock, where the bytes must stay raw. Nothing is retried, translated, defaulted or
//! hidden: an error is what the system answered (`io::Error::raw_os_error`), EINTR included.
//! Levels, names, flags and families are the platform's own numbers.

mod address;
mod argument;
mod batch;
#[cfg_attr(windows, path = "beyond_win.rs")]
mod beyond;
mod buffer;
mod constants;
mod control;
mod creation;
mod data;
#[cfg_attr(windows, path = "life_win.rs")]
mod life;
#[cfg_attr(windows, path = "message_win.rs")]
mod message;
mod naming;
#[cfg_attr(windows, path = "options_win.rs")]
mod options;
mod os;
#[cfg_attr(windows, path = "raw_win.rs")]
mod raw;
mod readiness;
#[cfg_attr(windows, path = "waiting_win.rs")]
mod waiting;

pub use address::{Address, Name};
pub use argument::Argument;
pub use batch::{recvmmsg, sendmmsg, Outgoing};
pub use beyond::{accept4, file, pipe, read, readv, sendfile, write, writev};
pub use buffer::{uninit, zeroed, Buffer};
pub use constants::{all as constants, constant, errno_symbol};
pub use control::{Control, Message};
pub use creation::{create, create_raw, dup, Borrowed};
pub use data::{recv, recv_length, recvfrom, send, sendto};
pub use life::{adopt, borrow, close, pair, release};
pub use message::{recvmsg, sendmsg};
pub use naming::{
    accept, accept_raw, bind, connect, listen, local_addr, peer_addr, shutdown, Accepted,
};
pub use options::{
    at_mark as sockatmark, cloexec, getsockopt, ioctl, nonblocking, set_nonblocking, setsockopt,
};
pub use os::{c_int, start, Descriptor, BOTH, NOT_OPEN};
pub use raw::{raw_call, raw_fits};
pub use readiness::{limit, milliseconds, poll, Wanted};
pub use waiting::{
    epoll_create, epoll_ctl, epoll_wait, kevent, kqueue, ppoll, pselect, select, Event, KEvent,
};

use std::io;

/// Primitives that the platform does not have: they fail with `ErrorKind::Unsupported`.
pub const ABSENT: &[&str] = if cfg!(target_os = "linux") {
    &["kqueue", "kevent"]
} else if cfg!(windows) {
    // Its sockets are no files, its files no descriptors; local sockets have no pairs there, and
    // FIONBIO is set and cannot be asked for.
    &[
        "pair",
        "nonblocking",
        "file",
        "pipe",
        "read",
        "readv",
        "write",
        "writev",
        "accept4",
        "sendfile",
        "recvmmsg",
        "sendmmsg",
        "pselect",
        "ppoll",
        "epoll_create",
        "epoll_ctl",
        "epoll_wait",
        "kqueue",
        "kevent",
        "raw_call",
    ]
} else if cfg!(any(target_os = "freebsd", target_os = "netbsd")) {
    &["sendfile", "epoll_create", "epoll_ctl", "epoll_wait"]
} else if cfg!(target_vendor = "apple") {
    &[
        "sendfile",
        "epoll_create",
        "epoll_ctl",
        "epoll_wait",
        "recvmmsg",
        "sendmmsg",
        "accept4",
        "ppoll",
    ]
} else {
    &[
        "sendfile",
        "epoll_create",
        "epoll_ctl",
        "epoll_wait",
        "recvmmsg",
        "sendmmsg",
    ]
};

/// The answer of a call that says -1 for an error, which is then in errno.
fn checked(answer: c_int) -> io::Result<c_int> {
    if answer < 0 {
        Err(os::last_error())
    } else {
        Ok(answer)
    }
}

/// The answer of a call that counts bytes, or -1 for an error.
fn counted(answer: os::Count) -> io::Result<usize> {
    usize::try_from(answer).map_err(|_| os::last_error())
}
