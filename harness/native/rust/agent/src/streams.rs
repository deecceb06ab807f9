//! The streams of the protocol, and the end of them.

use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, RawFd};
use std::process::exit;
use std::thread;
use std::time::Duration;

/// Time between the client's end and ours, with a call still running.
const HUNG_UP: Duration = Duration::from_secs(2);

/// The protocol gets descriptors of its own: whatever prints goes to standard error, and
/// finds nothing on standard input.
pub fn streams() -> io::Result<(File, File)> {
    let copy = |descriptor: RawFd| {
        // SAFETY: F_DUPFD_CLOEXEC reads no memory; what it made is nobody else's.
        let made = unsafe { libc::fcntl(descriptor, libc::F_DUPFD_CLOEXEC, 3) };
        if made < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: just made, open, ours.
        Ok(unsafe { File::from_raw_fd(made) })
    };
    let (requests, answers) = (copy(0)?, copy(1)?);
    let nothing = File::open("/dev/null")?;
    // SAFETY: dup2 reads no memory, and 0, 1 and 2 are this program's own.
    unsafe {
        libc::dup2(nothing.as_raw_fd(), 0);
        libc::dup2(2, 1);
    }
    Ok((requests, answers))
}

/// The descriptors of this program, the streams among them.
pub fn own(requests: &File, answers: &File) -> Vec<RawFd> {
    vec![0, 1, 2, requests.as_raw_fd(), answers.as_raw_fd()]
}

/// A call can block for ever, and then nobody reads that the client is gone: a thread waits
/// for that.
pub fn outlive_nobody(requests: &File) {
    let requests = requests.as_raw_fd();
    thread::spawn(move || {
        // No events are asked for: POLLHUP and POLLERR are told all the same (poll(2)).
        // A signal for the process may come to this thread.
        while sockspec_core::poll(&[(requests, 0)], -1).is_err() {}
        thread::sleep(HUNG_UP);
        exit(1);
    });
}
