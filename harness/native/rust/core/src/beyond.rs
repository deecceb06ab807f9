//! The calls on sockets that are not the socket interface's own: read(2) and write(2),
//! accept4(2), sendfile(2), and what makes a descriptor that is no socket.

use std::fs::File;
use std::io::{self, Seek, Write};
use std::os::fd::{FromRawFd, IntoRawFd, OwnedFd, RawFd};

use libc::c_int;
use socket2::Socket;

use crate::buffer::{zeroed, Buffer};
use crate::life::raw;
use crate::message::{vector_of, Room};
use crate::naming::Accepted;
use crate::{checked, counted};

/// read(2) into a buffer of `size` bytes; the bytes written.
pub fn read(sock: &Socket, size: usize) -> io::Result<Buffer> {
    let mut buffer = zeroed(size)?;
    // SAFETY: the system writes at most as many bytes as there are.
    let length = counted(unsafe { libc::read(raw(sock), buffer.as_mut_ptr().cast(), size) })?;
    buffer.truncate(length);
    Ok(buffer)
}

/// write(2); how many bytes were taken.
pub fn write(sock: &Socket, data: &[u8]) -> io::Result<usize> {
    // SAFETY: the system reads at most as many bytes as there are.
    counted(unsafe { libc::write(raw(sock), data.as_ptr().cast(), data.len()) })
}

/// More buffers than an int counts are the system's to refuse.
fn count(parts: usize) -> c_int {
    c_int::try_from(parts).unwrap_or(c_int::MAX)
}

/// readv(2) into buffers of `sizes`; the bytes written into each.
pub fn readv(sock: &Socket, sizes: &[usize]) -> io::Result<Vec<Buffer>> {
    let mut room = Room::new(sizes, 0)?;
    let parts = room.vector();
    // SAFETY: each entry is a buffer that lives, with its length.
    let length = counted(unsafe { libc::readv(raw(sock), parts.as_ptr(), count(parts.len())) })?;
    Ok(room.filled(length))
}

/// writev(2); how many bytes were taken.
pub fn writev(sock: &Socket, parts: &[&[u8]]) -> io::Result<usize> {
    let vector = vector_of(parts);
    // SAFETY: each entry is a buffer that lives, with its length, and is only read.
    counted(unsafe { libc::writev(raw(sock), vector.as_ptr(), count(vector.len())) })
}

/// accept4(2) with exactly these flags.
#[cfg(not(target_vendor = "apple"))]
pub fn accept4(sock: &Socket, flags: i32) -> io::Result<Accepted> {
    use std::mem::{size_of, zeroed as zero};

    // SAFETY: a C structure of numbers, valid as zeros.
    let mut name: libc::sockaddr_storage = unsafe { zero() };
    let room = size_of::<libc::sockaddr_storage>();
    let mut length = room as libc::socklen_t;
    // SAFETY: the system writes at most `length` bytes of the storage, and the new length.
    let made = checked(unsafe {
        let name = std::ptr::from_mut(&mut name).cast();
        libc::accept4(raw(sock), name, &mut length, flags)
    })?;
    // SAFETY: the system made it just now, and nobody else has it.
    let made = unsafe { Socket::from_raw_fd(made) };
    let came = (length as usize).min(room);
    // SAFETY: `came` bytes of the storage, which was zeroed and lives.
    let bytes = unsafe { std::slice::from_raw_parts(std::ptr::from_ref(&name).cast(), came) };
    Ok((made, crate::Address::from_bytes(bytes, room)))
}

/// sendfile(2) as Linux has it, from `offset` of the file or from where it is.
#[cfg(target_os = "linux")]
pub fn sendfile(
    sock: &Socket,
    file: RawFd,
    offset: Option<u64>,
    count: usize,
) -> io::Result<usize> {
    let mut from = offset.unwrap_or(0) as libc::off_t;
    let from: *mut libc::off_t = match offset {
        Some(_) => &mut from,
        None => std::ptr::null_mut(),
    };
    // SAFETY: the offset, where there is one, lives until after the call.
    counted(unsafe { libc::sendfile(raw(sock), file, from, count) })
}

/// The platform has no such call: the name says which.
#[cfg(target_vendor = "apple")]
pub fn accept4(_: &Socket, _: i32) -> io::Result<Accepted> {
    Err(io::ErrorKind::Unsupported.into())
}

/// As above; the BSDs have a call of this name that takes and answers something else.
#[cfg(not(target_os = "linux"))]
pub fn sendfile(_: &Socket, _: RawFd, _: Option<u64>, _: usize) -> io::Result<usize> {
    Err(io::ErrorKind::Unsupported.into())
}

/// A file that holds `content`, at its start, with no name any more.
pub fn file(content: &[u8]) -> io::Result<Socket> {
    let mut path = std::env::temp_dir()
        .join("sockspec-XXXXXX\0")
        .into_os_string()
        .into_encoded_bytes();
    // SAFETY: the path ends with a NUL, and mkstemp writes over its last letters only.
    let made = checked(unsafe { libc::mkstemp(path.as_mut_ptr().cast()) })?;
    // SAFETY: the system made it just now, and nobody else has it.
    let made = unsafe { OwnedFd::from_raw_fd(made) };
    // SAFETY: as above; the file stays open.
    checked(unsafe { libc::unlink(path.as_ptr().cast()) })?;
    let mut made = File::from(made);
    made.write_all(content)?;
    made.rewind()?;
    let made = made.into_raw_fd();
    // SAFETY: it is ours, and F_SETFD reads no memory.
    checked(unsafe { libc::fcntl(made, libc::F_SETFD, libc::FD_CLOEXEC) })?;
    // SAFETY: it is open and given up above. That it is no socket is what it is for: it is
    // only ever passed to system calls.
    Ok(unsafe { Socket::from_raw_fd(made) })
}

/// The end of a pipe that is read and the one that is written, close-on-exec set.
pub fn pipe() -> io::Result<(Socket, Socket)> {
    let mut made = [-1; 2];
    // SAFETY: the system writes two descriptors, for which there is room.
    #[cfg(not(target_vendor = "apple"))]
    checked(unsafe { libc::pipe2(made.as_mut_ptr(), libc::O_CLOEXEC) })?;
    // SAFETY: as above.
    #[cfg(target_vendor = "apple")]
    checked(unsafe { libc::pipe(made.as_mut_ptr()) })?;
    // SAFETY: the system made them just now, and nobody else has them. That they are no
    // sockets is what they are for: they are only ever passed to system calls.
    let made = made.map(|each| unsafe { Socket::from_raw_fd(each) });
    #[cfg(target_vendor = "apple")]
    for each in &made {
        each.set_cloexec(true)?;
    }
    Ok(made.into())
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsRawFd;

    use super::*;
    use crate::{cloexec, listen, pair};

    #[test]
    fn what_is_no_socket() {
        let (one, other) = pipe().expect("a pipe");
        assert_eq!(write(&other, b"abc").expect("written"), 3);
        assert_eq!(
            readv(&one, &[1, 5]).expect("read"),
            [b"a".to_vec(), b"bc".to_vec()]
        );
        let file = file(b"content").expect("a file");
        assert_eq!(read(&file, 3).expect("read"), b"con");
        for each in [&one, &other, &file] {
            let refused = listen(each, 1).expect_err("no socket");
            assert_eq!(refused.raw_os_error(), Some(libc::ENOTSOCK));
            assert!(cloexec(each).expect("flags"));
        }
    }

    #[test]
    fn files_are_sent() {
        let (one, other) = pair(libc::AF_UNIX, libc::SOCK_STREAM, 0).expect("a pair");
        assert_eq!(writev(&one, &[b"ab", b"", b"c"]).expect("written"), 3);
        let file = file(b"content").expect("a file");
        if cfg!(target_os = "linux") {
            let number = file.as_raw_fd();
            assert_eq!(sendfile(&one, number, Some(3), 2).expect("sent"), 2);
            assert_eq!(sendfile(&one, number, None, 99).expect("sent"), 7);
            assert_eq!(read(&other, 99).expect("read"), b"abctecontent");
        }
    }
}
