//! Calls by their names, with arguments that no type checks: lengths that are too short, and
//! pointers to nothing.

use std::io;

use libc::{c_int, c_void, size_t, socklen_t};
use socket2::Socket;

use crate::argument::Argument;
use crate::buffer::Buffer;
use crate::life;

/// The first page is nobody's; and an address that is odd is no structure's either.
const NOWHERE: usize = 1;

impl Argument {
    fn pointer(&mut self) -> *mut c_void {
        match self {
            Self::Bytes(bytes) => bytes.as_mut_ptr().cast(),
            Self::Null | Self::Number(_) => std::ptr::null_mut(),
            Self::Nowhere => NOWHERE as *mut c_void,
        }
    }

    fn number(&self) -> i64 {
        match self {
            Self::Number(number) => *number,
            _ => 0,
        }
    }
}

/// The calls that there are, and what each takes: `n` a number, `p` a pointer.
const CALLS: &[(&str, &str)] = &[
    ("accept", "pp"),
    ("accept4", "ppn"),
    ("bind", "pn"),
    ("connect", "pn"),
    ("fcntl", "nn"),
    ("getpeername", "pp"),
    ("getsockname", "pp"),
    ("getsockopt", "nnpp"),
    ("ioctl", "np"),
    ("listen", "n"),
    ("read", "pn"),
    ("readv", "pn"),
    ("recv", "pnn"),
    ("recvfrom", "pnnpp"),
    ("recvmsg", "pn"),
    ("send", "pnn"),
    ("sendmsg", "pn"),
    ("sendto", "pnnpn"),
    ("setsockopt", "nnpn"),
    ("shutdown", "n"),
    ("write", "pn"),
    ("writev", "pn"),
];

/// Whether there is a call of that name that takes such arguments.
pub fn raw_fits(call: &str, arguments: &[Argument]) -> bool {
    let kinds = arguments.iter().map(|each| match each {
        Argument::Number(_) => 'n',
        _ => 'p',
    });
    let kinds: String = kinds.collect();
    CALLS.contains(&(call, &kinds))
}

/// Make a call by its name; what it returned, and each buffer as it left it. `InvalidInput`
/// where no call of that name takes such arguments.
pub fn raw_call(
    sock: &Socket,
    call: &str,
    mut arguments: Vec<Argument>,
) -> io::Result<(i64, Vec<Buffer>)> {
    if !raw_fits(call, &arguments) {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let fd = life::raw(sock);
    let n: Vec<i64> = arguments.iter().map(Argument::number).collect();
    let p: Vec<*mut c_void> = arguments.iter_mut().map(Argument::pointer).collect();
    let length = |at: usize| n[at] as socklen_t;
    let size = |at: usize| n[at] as size_t;
    let int = |at: usize| n[at] as c_int;
    // SAFETY: each pointer is to a buffer that lives until after the call, or to nothing at
    // all, which the system refuses. Whoever gives a length says how much of the buffer it is:
    // the contract forbids one that is longer.
    let answer = unsafe {
        match call {
            "accept" => libc::accept(fd, p[0].cast(), p[1].cast()) as i64,
            #[cfg(not(target_vendor = "apple"))]
            "accept4" => libc::accept4(fd, p[0].cast(), p[1].cast(), int(2)) as i64,
            "bind" => libc::bind(fd, p[0].cast(), length(1)) as i64,
            "connect" => libc::connect(fd, p[0].cast(), length(1)) as i64,
            "fcntl" => libc::fcntl(fd, int(0), int(1)) as i64,
            "getpeername" => libc::getpeername(fd, p[0].cast(), p[1].cast()) as i64,
            "getsockname" => libc::getsockname(fd, p[0].cast(), p[1].cast()) as i64,
            "getsockopt" => libc::getsockopt(fd, int(0), int(1), p[2], p[3].cast()) as i64,
            "ioctl" => libc::ioctl(fd, n[0] as _, p[1]) as i64,
            "listen" => libc::listen(fd, int(0)) as i64,
            "read" => libc::read(fd, p[0], size(1)) as i64,
            "readv" => libc::readv(fd, p[0].cast(), int(1)) as i64,
            "recv" => libc::recv(fd, p[0], size(1), int(2)) as i64,
            "recvfrom" => {
                libc::recvfrom(fd, p[0], size(1), int(2), p[3].cast(), p[4].cast()) as i64
            }
            "recvmsg" => libc::recvmsg(fd, p[0].cast(), int(1)) as i64,
            "send" => libc::send(fd, p[0], size(1), int(2)) as i64,
            "sendmsg" => libc::sendmsg(fd, p[0].cast(), int(1)) as i64,
            "sendto" => libc::sendto(fd, p[0], size(1), int(2), p[3].cast(), length(4)) as i64,
            "setsockopt" => libc::setsockopt(fd, int(0), int(1), p[2], length(3)) as i64,
            "shutdown" => libc::shutdown(fd, int(0)) as i64,
            "write" => libc::write(fd, p[0], size(1)) as i64,
            "writev" => libc::writev(fd, p[0].cast(), int(1)) as i64,
            _ => return Err(io::ErrorKind::Unsupported.into()),
        }
    };
    if answer < 0 {
        return Err(io::Error::last_os_error());
    }
    let left = arguments.into_iter().filter_map(|each| match each {
        Argument::Bytes(bytes) => Some(bytes),
        _ => None,
    });
    Ok((answer, left.collect()))
}

#[cfg(test)]
mod tests {
    use super::Argument::{Bytes, Nowhere, Null, Number};
    use super::*;
    use crate::pair;

    #[test]
    fn what_lies_behind() {
        let (one, other) = pair(libc::AF_UNIX, libc::SOCK_STREAM, 0).expect("a pair");
        one.send(b"ab").expect("sent");
        let given = vec![Bytes(vec![0xA5; 4]), Number(4), Number(0)];
        let seen = raw_call(&other, "recv", given).expect("received");
        assert_eq!(seen, (2, vec![b"ab\xA5\xA5".to_vec()]));
    }

    #[test]
    fn pointers_to_nothing() {
        let (one, _other) = pair(libc::AF_UNIX, libc::SOCK_STREAM, 0).expect("a pair");
        for nothing in [Null, Nowhere] {
            let given = vec![nothing, Number(1), Number(0)];
            let refused = raw_call(&one, "send", given).expect_err("no such bytes");
            assert_eq!(refused.raw_os_error(), Some(libc::EFAULT));
        }
        let refused = raw_call(&one, "send", vec![Null]).expect_err("not enough");
        assert_eq!(refused.kind(), io::ErrorKind::InvalidInput);
    }
}
