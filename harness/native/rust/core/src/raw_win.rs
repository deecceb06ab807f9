//! What is not made on Winsock, by the agent in C neither: calls by their names, with arguments
//! that no type checks.

use std::io;

use socket2::Socket;

use crate::argument::Argument;
use crate::buffer::Buffer;

/// No call takes any.
pub fn raw_fits(_: &str, _: &[Argument]) -> bool {
    false
}

/// There is none.
pub fn raw_call(_: &Socket, _: &str, _: Vec<Argument>) -> io::Result<(i64, Vec<Buffer>)> {
    Err(io::ErrorKind::Unsupported.into())
}
