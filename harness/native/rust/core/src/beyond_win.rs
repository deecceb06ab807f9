//! What Winsock does not have: its sockets are no files, and its files no descriptors.

use std::io;

use socket2::Socket;

use crate::buffer::Buffer;
use crate::naming::Accepted;
use crate::os::Descriptor;

fn absent<T>() -> io::Result<T> {
    Err(io::ErrorKind::Unsupported.into())
}

/// The platform has no such call: the name says which.
pub fn read(_: &Socket, _: usize) -> io::Result<Buffer> {
    absent()
}

/// As above.
pub fn write(_: &Socket, _: &[u8]) -> io::Result<usize> {
    absent()
}

/// As above.
pub fn readv(_: &Socket, _: &[usize]) -> io::Result<Vec<Buffer>> {
    absent()
}

/// As above.
pub fn writev(_: &Socket, _: &[&[u8]]) -> io::Result<usize> {
    absent()
}

/// As above.
pub fn accept4(_: &Socket, _: i32) -> io::Result<Accepted> {
    absent()
}

/// As above; TransmitFile takes a handle of a file, which no call here makes.
pub fn sendfile(_: &Socket, _: Descriptor, _: Option<u64>, _: usize) -> io::Result<usize> {
    absent()
}

/// As above.
pub fn file(_: &[u8]) -> io::Result<Socket> {
    absent()
}

/// As above.
pub fn pipe() -> io::Result<(Socket, Socket)> {
    absent()
}
