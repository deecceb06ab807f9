//! A message with control data, however a system receives it.

use std::io;

use crate::address::Address;
use crate::buffer::Buffer;

/// Control data: level, type, bytes.
pub type Control = (i32, i32, Vec<u8>);

/// What one recvmsg(2) returned.
#[derive(Debug, PartialEq, Eq)]
pub struct Message {
    /// The return value, which MSG_TRUNC can make larger than all of `data`.
    pub length: usize,
    /// The bytes written into each buffer, in order.
    pub data: Vec<Buffer>,
    /// Control data in the order in which it came.
    pub control: Vec<Control>,
    /// `msg_flags` as the system set it.
    pub flags: i32,
    /// The sender, where the system told one.
    pub address: Option<Address>,
}

/// Room for `bytes` bytes that is aligned as control messages are.
pub(crate) fn aligned(bytes: usize) -> io::Result<Vec<usize>> {
    let words = bytes.div_ceil(size_of::<usize>());
    let mut space = Vec::new();
    space
        .try_reserve_exact(words)
        .map_err(|_| io::Error::from(io::ErrorKind::OutOfMemory))?;
    space.resize(words, 0);
    Ok(space)
}
