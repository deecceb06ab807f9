//! Arguments of a call that is made as it is asked for, fitting or not.

use crate::buffer::Buffer;

/// An argument after the descriptor, passed on as it is.
#[derive(Debug)]
pub enum Argument {
    /// A number.
    Number(i64),
    /// A pointer to these bytes, which the call may write to.
    Bytes(Buffer),
    /// A null pointer.
    Null,
    /// A pointer to where nothing is mapped.
    Nowhere,
}
