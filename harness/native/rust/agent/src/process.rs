//! The process around the sockets: its signals, its descriptors, and its children. All that
//! is changed is taken back by `reset`.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::{Duration, Instant};

use crate::action::Action;

/// One more than the highest number of a signal.
const SIGNALS: usize = 65;

/// Time in which a signal that was sent to a thread is handled.
const HANDLED: Duration = Duration::from_secs(1);

const PAUSE: Duration = Duration::from_micros(100);

static COUNTS: [AtomicI32; SIGNALS] = [const { AtomicI32::new(0) }; SIGNALS];

extern "C" fn count(number: libc::c_int) {
    if let Some(counted) = usize::try_from(number).ok().and_then(|at| COUNTS.get(at)) {
        counted.fetch_add(1, Ordering::SeqCst);
    }
}

/// A child, and the pipes to it and from it.
struct Child {
    pid: libc::pid_t,
    requests: File,
    answers: BufReader<File>,
}

/// Whether signals, limits and children are served here.
pub const IS_HERE: bool = true;

/// What is changed of this process, and its children by their numbers.
#[derive(Default)]
pub struct Process {
    before: BTreeMap<i32, libc::sigaction>,
    actions: BTreeMap<i32, Action>,
    limit: Option<libc::rlimit>,
    children: BTreeMap<u64, Child>,
    forks: u64,
}

/// Which of the two a fork returned to.
pub enum Forked {
    /// The parent: the number of the child.
    Parent(u64),
    /// The child: where its requests come from, and where its answers go.
    Child(File, File),
}

fn checked(answer: libc::c_int) -> io::Result<libc::c_int> {
    if answer < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(answer)
}

impl Process {
    /// Have a signal do something else; the count of it begins at 0.
    pub fn on_signal(&mut self, number: i32, action: Action) -> io::Result<()> {
        let counted = usize::try_from(number)
            .ok()
            .and_then(|at| COUNTS.get(at))
            .ok_or_else(|| io::Error::from_raw_os_error(libc::EINVAL))?;
        counted.store(0, Ordering::SeqCst);
        // SAFETY: a structure of numbers, valid as zeros: no flags, and an empty mask.
        let mut made: libc::sigaction = unsafe { std::mem::zeroed() };
        made.sa_sigaction = match action {
            Action::Default => libc::SIG_DFL,
            Action::Ignore => libc::SIG_IGN,
            Action::Count | Action::Restart => count as *const () as usize,
        };
        if action == Action::Restart {
            made.sa_flags = libc::SA_RESTART;
        }
        // SAFETY: as above; it is written by the call.
        let mut old: libc::sigaction = unsafe { std::mem::zeroed() };
        // SAFETY: both structures live through the call; the handler touches an atomic alone.
        checked(unsafe { libc::sigaction(number, &made, &mut old) })?;
        self.before.entry(number).or_insert(old);
        self.actions.insert(number, action);
        Ok(())
    }

    /// How many of a signal the handler has counted.
    pub fn signals(&self, number: i32) -> i32 {
        let counted = usize::try_from(number).ok().and_then(|at| COUNTS.get(at));
        counted.map_or(0, |counted| counted.load(Ordering::SeqCst))
    }

    /// Wait until a signal that was sent to threads has been counted, where it is counted.
    pub fn handled(&self, number: i32, before: i32) {
        let until = Instant::now() + HANDLED;
        let is_counting = self
            .actions
            .get(&number)
            .is_some_and(|each| matches!(each, Action::Count | Action::Restart));
        while is_counting && self.signals(number) == before && Instant::now() < until {
            std::thread::sleep(PAUSE);
        }
    }

    /// Let so many more descriptors be opened.
    pub fn limit(&mut self, spare: usize) -> io::Result<()> {
        let before = match self.limit {
            Some(before) => before,
            None => {
                let mut told = libc::rlimit {
                    rlim_cur: 0,
                    rlim_max: 0,
                };
                // SAFETY: getrlimit fills the structure that it is given.
                checked(unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &mut told) })?;
                *self.limit.insert(told)
            }
        };
        set_limit(&before)?;
        // dup() gives the lowest number that is free: the last one is the first too many.
        let made = (0..=spare)
            .map(|_| {
                // SAFETY: dup reads no memory; 2 is open, and what it made is nobody else's.
                checked(unsafe { libc::dup(2) }).map(|made| unsafe { OwnedFd::from_raw_fd(made) })
            })
            .collect::<io::Result<Vec<_>>>()?;
        let first = made.last().map_or(0, AsRawFd::as_raw_fd);
        drop(made);
        set_limit(&libc::rlimit {
            rlim_cur: libc::rlim_t::try_from(first).unwrap_or_default(),
            ..before
        })
    }

    /// A child that has all descriptors but for `own`, the agent's.
    pub fn fork(&mut self, own: &[RawFd]) -> io::Result<Forked> {
        let (down, up) = (pipe()?, pipe()?);
        // SAFETY: other threads wait in calls and keep no lock that the child takes.
        let pid = checked(unsafe { libc::fork() })?;
        if pid == 0 {
            drop((down.1, up.0));
            // As long as one end of a pipe of our parent's is open, nobody sees its end.
            self.children.clear();
            for each in own.iter().filter(|each| **each > 2) {
                // SAFETY: the streams of these are the parent's, and not used in this process.
                unsafe { libc::close(*each) };
            }
            return Ok(Forked::Child(down.0, up.1));
        }
        self.forks += 1;
        let child = Child {
            pid,
            requests: down.1,
            answers: BufReader::new(up.0),
        };
        self.children.insert(self.forks, child);
        Ok(Forked::Parent(self.forks))
    }

    /// Write a line to a child, and read its answer; `None` when there is none any more.
    pub fn ask(&mut self, child: u64, line: &str) -> Option<String> {
        let child = self.children.get_mut(&child)?;
        child.requests.write_all(line.as_bytes()).ok()?;
        let mut told = String::new();
        let length = child.answers.read_line(&mut told).ok()?;
        (length > 0).then_some(told)
    }

    /// End a child, and wait until it is gone; whether there was one.
    pub fn end(&mut self, child: u64) -> bool {
        let Some(child) = self.children.remove(&child) else {
            return false;
        };
        let pid = child.pid;
        drop(child);
        // SAFETY: neither keeps memory; the child is ours, and was not waited for before.
        unsafe {
            libc::kill(pid, libc::SIGKILL);
            libc::waitpid(pid, std::ptr::null_mut(), 0);
        }
        true
    }

    /// Take back all that was changed.
    pub fn reset(&mut self) {
        if let Some(before) = self.limit.take() {
            let _ = set_limit(&before);
        }
        for child in self.children.keys().copied().collect::<Vec<_>>() {
            self.end(child);
        }
        for (number, before) in std::mem::take(&mut self.before) {
            // SAFETY: the structure is what sigaction itself wrote.
            unsafe { libc::sigaction(number, &before, std::ptr::null_mut()) };
        }
        for counted in &COUNTS {
            counted.store(0, Ordering::SeqCst);
        }
        self.actions.clear();
        self.forks = 0;
    }
}

fn set_limit(limit: &libc::rlimit) -> io::Result<()> {
    // SAFETY: setrlimit reads the structure that it is given.
    checked(unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, limit) }).map(drop)
}

/// A pipe with close-on-exec: the end that is read, the end that is written.
fn pipe() -> io::Result<(File, File)> {
    let mut ends = [-1; 2];
    // SAFETY: pipe writes two numbers where there is room for two.
    checked(unsafe { libc::pipe(ends.as_mut_ptr()) })?;
    // SAFETY: the two descriptors are new, and nobody else's.
    let [reader, writer] = ends.map(|end| unsafe { File::from_raw_fd(end) });
    for end in [&reader, &writer] {
        // SAFETY: fcntl with a number reads no memory.
        checked(unsafe { libc::fcntl(end.as_raw_fd(), libc::F_SETFD, libc::FD_CLOEXEC) })?;
    }
    Ok((reader, writer))
}

/// This process gets the signals of a socket.
pub fn set_owner(descriptor: RawFd) -> io::Result<()> {
    // SAFETY: fcntl with a number reads no memory; getpid cannot fail.
    checked(unsafe { libc::fcntl(descriptor, libc::F_SETOWN, libc::getpid()) }).map(drop)
}

/// In a child: end this process, with nothing of the parent's done in it.
pub fn leave() -> ! {
    // SAFETY: it ends this process.
    unsafe { libc::_exit(0) }
}

/// In a child: become a program that holds what it inherits. Returns when it cannot.
pub fn become_holder(requests: &File, answers: &File) {
    // SAFETY: the strings end with NUL, and the list with a null pointer.
    unsafe {
        if libc::dup2(requests.as_raw_fd(), 0) == 0 && libc::dup2(answers.as_raw_fd(), 1) == 1 {
            let arguments = [
                c"sockspec-agent".as_ptr(),
                c"--hold".as_ptr(),
                std::ptr::null(),
            ];
            libc::execv(c"/proc/self/exe".as_ptr(), arguments.as_ptr());
        }
    }
}

/// That program: says that it is there, and waits for the end of its input.
pub fn hold() -> io::Result<()> {
    println!("there");
    io::copy(&mut io::stdin(), &mut io::sink()).map(drop)
}
