//! What is not made on Winsock, by the agent in C neither: calls by their names, with arguments
//! that no type checks.

use std::io;

use socket2::Socket;

use crate::buffer::Buffer;

/// An argument after the descriptor.
#[derive(Debug)]
pub enum Argument {
    /// A number.
    Number(i64),
    /// A pointer to these bytes.
    Bytes(Buffer),
    /// A null pointer.
    Null,
    /// A pointer to where nothing is mapped.
    Nowhere,
}

/// No call takes any.
pub fn raw_fits(_: &str, _: &[Argument]) -> bool {
    false
}

/// There is none.
pub fn raw_call(_: &Socket, _: &str, _: Vec<Argument>) -> io::Result<(i64, Vec<Buffer>)> {
    Err(io::ErrorKind::Unsupported.into())
}
