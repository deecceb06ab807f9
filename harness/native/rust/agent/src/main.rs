//! `sockspec-agent`: serves the primitives over standard input and output, a line each.
//!
//! It takes no arguments but `--hold`, which it gives itself. The protocol is that of `docs/protocol.md`; it ends with `bye`,
//! or with its input.

mod action;
mod calls;
#[cfg_attr(windows, path = "facts_win.rs")]
mod facts;
#[cfg_attr(windows, path = "folder_win.rs")]
mod folder;
mod messages;
mod platform;
#[cfg_attr(windows, path = "process_win.rs")]
mod process;
mod server;
mod sockets;
mod started;
#[cfg_attr(windows, path = "streams_win.rs")]
mod streams;
#[cfg_attr(windows, path = "thread_win.rs")]
mod thread;
mod welcome;
mod wire;

use std::io::{BufRead, BufReader, Write};
use std::process::exit;

use server::Server;

fn main() -> std::io::Result<()> {
    if std::env::args().nth(1).as_deref() == Some("--hold") {
        return process::hold();
    }
    let (requests, mut answers) = streams::streams()?;
    sockspec_core::start()?;
    streams::outlive_nobody(&requests);
    let mut server = Server::new(streams::own(&requests, &answers));
    for line in BufReader::new(requests).lines() {
        let told = server.respond(&line?);
        if answers.write_all(told.as_bytes()).is_err() || server.done {
            break;
        }
    }
    // Not a return: a call that blocks for ever in a thread must not hold the process.
    exit(0)
}
