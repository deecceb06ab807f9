//! Where local sockets have their names: nowhere, as in the agent in C.

use std::io;

/// There are none.
pub const IS_HERE: bool = false;

/// A folder that cannot be.
#[derive(Debug)]
pub enum Folder {}

impl Folder {
    /// There is none.
    pub fn make() -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Its path.
    pub fn path(&self) -> String {
        match *self {}
    }
}
