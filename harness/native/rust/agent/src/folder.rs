//! Where local sockets have their names.

use std::io;

use tempfile::TempDir;

/// Whether there are any.
pub const IS_HERE: bool = true;

/// A folder, removed at its end.
#[derive(Debug)]
pub struct Folder(TempDir);

impl Folder {
    /// A new one, under the folder of temporary files.
    pub fn make() -> io::Result<Self> {
        TempDir::with_prefix("sockspec-").map(Self)
    }

    /// Its path.
    pub fn path(&self) -> String {
        self.0.path().to_string_lossy().into_owned()
    }
}
