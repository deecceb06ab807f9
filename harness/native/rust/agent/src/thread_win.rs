//! A thread that makes a call, of which Windows tells nothing here.

/// Whether the system can be asked what a thread does.
pub const CAN_TELL: bool = false;

/// A thread.
#[derive(Clone, Copy, Debug)]
pub struct Thread;

impl Thread {
    /// The one that asks.
    pub fn own() -> Self {
        Self
    }

    /// There are no signals for threads.
    pub fn signal(&self, _: i32) -> bool {
        false
    }

    /// Nobody knows.
    pub fn sleeps(&self) -> bool {
        false
    }
}
