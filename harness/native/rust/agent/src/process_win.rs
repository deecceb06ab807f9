//! The process around the sockets: Windows has no signals for calls, no limit of descriptors, and
//! no fork.

use std::fs::File;
use std::io;

use sockspec_core::Descriptor;

use crate::action::Action;

/// Nothing of it is served here.
pub const IS_HERE: bool = false;

/// What is changed of this process: nothing.
#[derive(Default)]
pub struct Process {}

/// Which of the two a fork returned to.
#[expect(dead_code, reason = "there is no fork that would return")]
pub enum Forked {
    /// The parent: the number of the child.
    Parent(u64),
    /// The child: where its requests come from, and where its answers go.
    Child(File, File),
}

fn absent<T>() -> io::Result<T> {
    Err(io::ErrorKind::Unsupported.into())
}

impl Process {
    /// The platform has no such call.
    pub fn on_signal(&mut self, _: i32, _: Action) -> io::Result<()> {
        absent()
    }

    /// None is counted.
    pub fn signals(&self, _: i32) -> i32 {
        0
    }

    /// None is waited for.
    pub fn handled(&self, _: i32, _: i32) {}

    /// The platform has no such call.
    pub fn limit(&mut self, _: usize) -> io::Result<()> {
        absent()
    }

    /// As above.
    pub fn fork(&mut self, _: &[Descriptor]) -> io::Result<Forked> {
        absent()
    }

    /// There is no child.
    pub fn ask(&mut self, _: u64, _: &str) -> Option<String> {
        None
    }

    /// As above.
    pub fn end(&mut self, _: u64) -> bool {
        false
    }

    /// Nothing was changed.
    pub fn reset(&mut self) {}
}

/// The platform has no such call.
pub fn set_owner(_: Descriptor) -> io::Result<()> {
    absent()
}

/// Nobody is a child.
pub fn leave() -> ! {
    std::process::exit(1)
}

/// As above.
pub fn become_holder(_: &File, _: &File) {}

/// As above.
pub fn hold() -> io::Result<()> {
    absent()
}
