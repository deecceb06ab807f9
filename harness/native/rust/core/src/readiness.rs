//! Waiting for events.

use std::io;
use std::time::Duration;

use crate::checked;
use crate::os::{self, c_int, pollfd, Descriptor};

/// A descriptor and the events that are asked for.
pub type Wanted = (Descriptor, i16);

/// The sets of select(), as bits of what is wanted and of what came.
pub const READ: i16 = 1;
/// The second set.
pub const WRITE: i16 = 2;
/// The third set.
pub const EXCEPT: i16 = 4;

/// Seconds as a time to wait; negative is without end. The outer `None` for what is no number.
pub fn limit(seconds: f64) -> Option<Option<Duration>> {
    if seconds.is_nan() {
        None
    } else if seconds < 0.0 {
        Some(None)
    } else {
        Some(Some(Duration::from_secs_f64(seconds.min(1e9))))
    }
}

/// Seconds as poll(2) takes them: milliseconds, rounded up; negative is without end, as is
/// more than it can hold. `None` for what is no number.
pub fn milliseconds(seconds: f64) -> Option<c_int> {
    if seconds.is_nan() {
        None
    } else if seconds < 0.0 {
        Some(-1)
    } else {
        // Saturates at c_int::MAX, which is 24 days.
        Some((seconds * 1000.0).ceil() as c_int)
    }
}

/// What is wanted as poll(2) takes it.
pub(crate) fn asked(wanted: &[Wanted]) -> Vec<pollfd> {
    wanted
        .iter()
        .map(|(fd, events)| pollfd {
            fd: *fd as _,
            events: *events,
            revents: 0,
        })
        .collect()
}

/// poll(2): the `revents` of each, in order; zeros after `timeout` milliseconds.
pub fn poll(wanted: &[Wanted], timeout: c_int) -> io::Result<Vec<i16>> {
    let mut asked = asked(wanted);
    // SAFETY: the system reads and writes as many entries as there are.
    checked(unsafe { os::poll(asked.as_mut_ptr(), asked.len() as _, timeout) })?;
    Ok(asked.into_iter().map(|each| each.revents).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn events() {
        use std::os::fd::AsRawFd;

        let (one, other) = crate::pair(libc::AF_UNIX, libc::SOCK_STREAM, 0).expect("a pair");
        let wanted = [
            (one.as_raw_fd(), libc::POLLIN),
            (other.as_raw_fd(), libc::POLLOUT),
        ];
        assert_eq!(poll(&wanted, 0).expect("polled"), [0, libc::POLLOUT]);
        assert_eq!(poll(&wanted[..1], 2).expect("polled"), [0]);
    }

    #[test]
    fn seconds() {
        assert_eq!(milliseconds(0.0001), Some(1));
        assert_eq!(milliseconds(-1.0), Some(-1));
        assert_eq!(milliseconds(f64::INFINITY), Some(c_int::MAX));
        assert_eq!(milliseconds(f64::NAN), None);
    }
}
