//! A call that was started in a thread of its own: whether it sleeps, and what it returned.

use std::io;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::calls::Prepared;
use crate::sockets::Made;
use crate::thread::{Thread, CAN_TELL};

/// Without a way to ask the system, a call that has not returned for so long sleeps.
const GRACE: Duration = Duration::from_millis(200);
const PAUSE: Duration = Duration::from_millis(1);

#[derive(Default)]
struct State {
    thread: Option<Thread>,
    result: Option<io::Result<Made>>,
    finished: bool,
}

/// A started call.
pub struct Started {
    /// The name of the primitive.
    pub name: &'static str,
    /// The socket that it is on.
    pub socket: Option<u64>,
    shared: Arc<(Mutex<State>, Condvar)>,
}

impl Started {
    /// Begin. An error says that there is no thread for it.
    pub fn begin(name: &'static str, socket: Option<u64>, call: Prepared) -> io::Result<Self> {
        let shared = Arc::new((Mutex::new(State::default()), Condvar::new()));
        let theirs = Arc::clone(&shared);
        thread::Builder::new().spawn(move || {
            let set = |change: &mut dyn FnMut(&mut State)| {
                change(&mut theirs.0.lock().unwrap_or_else(PoisonError::into_inner));
                theirs.1.notify_all();
            };
            let own = Thread::own();
            set(&mut |state| state.thread = Some(own));
            let mut result = Some(call());
            set(&mut |state| {
                state.result = result.take();
                state.finished = true;
            });
        })?;
        Ok(Self {
            name,
            socket,
            shared,
        })
    }

    /// Whether it has returned, at the latest after `within`.
    pub fn wait(&self, within: Duration) -> bool {
        let state = self.shared.0.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self
            .shared
            .1
            .wait_timeout_while(state, within, |state| !state.finished);
        waited.unwrap_or_else(PoisonError::into_inner).0.finished
    }

    /// Send a signal to its thread, unless it has returned; whether that was done.
    pub fn signal(&self, number: i32) -> bool {
        let state = self.shared.0.lock().unwrap_or_else(PoisonError::into_inner);
        // It sets `finished` before it ends, and the lock is kept: it is there.
        let thread = state.thread.filter(|_| !state.finished);
        thread.is_some_and(|thread| thread.signal(number))
    }

    /// What it returned, once; `None` before that and after.
    pub fn take(&self) -> Option<io::Result<Made>> {
        let mut state = self.shared.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.result.take()
    }

    /// True once it sleeps in the system, false once it has returned; `None` when it is
    /// neither by then.
    pub fn is_blocked(&self, within: Duration) -> Option<bool> {
        let begun = Instant::now();
        let until = begun + if CAN_TELL { within } else { GRACE };
        while Instant::now() < until {
            if self.wait(PAUSE) {
                return Some(false);
            }
            if self.sleeps() {
                return Some(true);
            }
        }
        (!CAN_TELL).then(|| !self.wait(Duration::ZERO))
    }

    fn sleeps(&self) -> bool {
        let state = self.shared.0.lock().unwrap_or_else(PoisonError::into_inner);
        let thread = state.thread;
        drop(state);
        thread.is_some_and(|thread| thread.sleeps())
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn sleeps_and_returns() {
        let (one, other) = sockspec_core::pair(libc::AF_UNIX, libc::SOCK_STREAM, 0).expect("two");
        let call: Prepared = Box::new(move || {
            let data = sockspec_core::recv(&one, 1, 0)?;
            Ok(Made::Plain(json!(data)))
        });
        let started = Started::begin("recv", None, call).expect("a thread");
        assert_eq!(started.is_blocked(Duration::from_secs(5)), Some(true));
        assert!(!started.wait(Duration::ZERO));
        sockspec_core::send(&other, b"x", 0).expect("sent");
        assert!(started.wait(Duration::from_secs(5)));
        assert_eq!(started.is_blocked(Duration::from_secs(5)), Some(false));
        assert!(matches!(started.take(), Some(Ok(Made::Plain(_)))));
        assert!(started.take().is_none());
    }
}
