//! `sockspec-agent`: serves the primitives over standard input and output, a line each.
//!
//! It takes no arguments but `--hold`, which it gives itself. The protocol is that of `docs/protocol.md`; it ends with `bye`,
//! or with its input.

mod calls;
mod messages;
mod process;
mod server;
mod sockets;
mod started;
mod welcome;
mod wire;

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::os::fd::{AsRawFd, FromRawFd, RawFd};
use std::process::exit;
use std::thread;
use std::time::Duration;

use server::Server;

/// Time between the client's end and ours, with a call still running.
const HUNG_UP: Duration = Duration::from_secs(2);

/// The protocol gets descriptors of its own: whatever prints goes to standard error, and
/// finds nothing on standard input.
fn streams() -> std::io::Result<(File, File)> {
    let copy = |descriptor: RawFd| {
        // SAFETY: F_DUPFD_CLOEXEC reads no memory; what it made is nobody else's.
        let made = unsafe { libc::fcntl(descriptor, libc::F_DUPFD_CLOEXEC, 3) };
        if made < 0 {
            return Err(std::io::Error::last_os_error());
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

/// A call can block for ever, and then nobody reads that the client is gone: a thread waits
/// for that.
fn outlive_nobody(requests: RawFd) {
    thread::spawn(move || {
        // No events are asked for: POLLHUP and POLLERR are told all the same (poll(2)).
        // A signal for the process may come to this thread.
        while sockspec_core::poll(&[(requests, 0)], -1).is_err() {}
        thread::sleep(HUNG_UP);
        exit(1);
    });
}

fn main() -> std::io::Result<()> {
    if std::env::args().nth(1).as_deref() == Some("--hold") {
        return process::hold();
    }
    let (requests, mut answers) = streams()?;
    let own = vec![0, 1, 2, requests.as_raw_fd(), answers.as_raw_fd()];
    outlive_nobody(requests.as_raw_fd());
    let mut server = Server::new(own);
    for line in BufReader::new(requests).lines() {
        let told = server.respond(&line?);
        if answers.write_all(told.as_bytes()).is_err() || server.done {
            break;
        }
    }
    // Not a return: a call that blocks for ever in a thread must not hold the process.
    exit(0)
}
