//! A thread that makes a call: whether it sleeps in it, and signals for it.

/// Whether the system can be asked what a thread does.
pub const CAN_TELL: bool = cfg!(target_os = "linux");

/// A thread, as long as it runs.
#[derive(Clone, Copy, Debug)]
pub struct Thread {
    number: Option<u64>,
    handle: usize,
}

impl Thread {
    /// The one that asks.
    pub fn own() -> Self {
        // SAFETY: pthread_self takes no argument and cannot fail.
        let handle = unsafe { libc::pthread_self() } as usize;
        Self {
            number: own_number(),
            handle,
        }
    }

    /// Send it a signal; whether that was done. It must still run.
    pub fn signal(&self, number: i32) -> bool {
        // SAFETY: the thread is there, as the caller knows.
        unsafe { libc::pthread_kill(self.handle as libc::pthread_t, number) == 0 }
    }

    /// proc(5), /proc/pid/task/tid/syscall: a number while it sleeps in a call, `running`
    /// otherwise. Before its first call a thread may sleep in futex(2), for its start.
    pub fn sleeps(&self) -> bool {
        let Some(thread) = self.number else {
            return false;
        };
        let told = std::fs::read_to_string(format!("/proc/self/task/{thread}/syscall"));
        let number = told.ok().and_then(|text| {
            let first = text.split_whitespace().next()?;
            first.parse::<i64>().ok()
        });
        number.is_some_and(|number| !is_futex(number))
    }
}

#[cfg(target_os = "linux")]
fn is_futex(number: i64) -> bool {
    number == libc::SYS_futex
}

#[cfg(not(target_os = "linux"))]
fn is_futex(_number: i64) -> bool {
    false
}

#[cfg(target_os = "linux")]
fn own_number() -> Option<u64> {
    // SAFETY: gettid takes no argument and cannot fail.
    u64::try_from(unsafe { libc::gettid() }).ok()
}

#[cfg(not(target_os = "linux"))]
fn own_number() -> Option<u64> {
    None
}
