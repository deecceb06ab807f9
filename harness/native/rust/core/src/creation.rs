//! Sockets as socket2 makes them, on any system.

use std::io;
use std::mem::ManuallyDrop;

use socket2::{Domain, Protocol, Socket, Type};

/// A socket of somebody else, who closes it.
pub type Borrowed = ManuallyDrop<Socket>;

pub(crate) fn protocol(number: i32) -> Option<Protocol> {
    // `None` is 0 in socket2: "a default is chosen by the system".
    (number != 0).then(|| Protocol::from(number))
}

/// socket(2), close-on-exec set; WSASocketW, overlapped as socket() makes them, and not inheritable
/// (WSA_FLAG_NO_HANDLE_INHERIT).
pub fn create(family: i32, kind: i32, number: i32) -> io::Result<Socket> {
    Socket::new(Domain::from(family), Type::from(kind), protocol(number))
}

/// socket(2) with no flag added; WSASocketW with none but overlapped.
pub fn create_raw(family: i32, kind: i32, number: i32) -> io::Result<Socket> {
    Socket::new_raw(Domain::from(family), Type::from(kind), protocol(number))
}

/// A second descriptor of the same socket, close-on-exec set (F_DUPFD_CLOEXEC); not inheritable
/// (WSADuplicateSocketW).
pub fn dup(sock: &Socket) -> io::Result<Socket> {
    sock.try_clone()
}
