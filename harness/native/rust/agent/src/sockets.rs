//! The sockets that are open, by the numbers that the client knows them by, and their folders.

use std::collections::HashMap;
use std::io;

use serde_json::{json, Value};
use sockspec_core as core;
use sockspec_core::Descriptor;

use crate::folder::Folder;
use crate::wire::Address;

/// What a call made, before the sockets among it have their numbers.
#[derive(Debug)]
pub enum Made {
    /// Everything that holds no socket.
    Plain(Value),
    /// One socket.
    Socket(Descriptor),
    /// Two.
    Pair(Descriptor, Descriptor),
    /// A folder for the names of local sockets.
    Folder(Folder),
    /// One, with its peer's address.
    Accepted(Descriptor, Option<core::Address>),
}

/// Numbers and descriptors, a number never used twice; and where local sockets have names.
#[derive(Debug, Default)]
pub struct Sockets {
    open: HashMap<u64, Descriptor>,
    made: u64,
    own: Vec<Descriptor>,
    folders: Vec<Folder>,
}

impl Sockets {
    /// None yet; `own` are descriptors of the agent, and nobody's to adopt.
    pub fn new(own: Vec<Descriptor>) -> Self {
        Self {
            own,
            ..Self::default()
        }
    }

    /// Whether a descriptor is one of the agent's.
    pub fn is_own(&self, descriptor: Descriptor) -> bool {
        self.own.contains(&descriptor)
    }

    /// The descriptors of the agent.
    pub fn own(&self) -> &[Descriptor] {
        &self.own
    }

    /// The descriptor of a socket; -1, which answers EBADF, where there is none any more.
    pub fn descriptor(&self, sock: u64) -> Descriptor {
        self.open.get(&sock).copied().unwrap_or(-1)
    }

    /// Take a descriptor out: its number answers EBADF from now on.
    pub fn end(&mut self, sock: u64) -> io::Result<Descriptor> {
        let gone = || io::Error::from_raw_os_error(core::NOT_OPEN);
        self.open.remove(&sock).ok_or_else(gone)
    }

    fn add(&mut self, descriptor: Descriptor) -> u64 {
        self.made += 1;
        self.open.insert(self.made, descriptor);
        self.made
    }

    /// What a call made, with numbers for its sockets.
    pub fn told(&mut self, made: Made) -> Value {
        match made {
            Made::Plain(value) => value,
            Made::Socket(one) => json!(self.add(one)),
            Made::Pair(one, other) => json!([self.add(one), self.add(other)]),
            Made::Folder(folder) => {
                let path = json!(folder.path());
                self.folders.push(folder);
                path
            }
            Made::Accepted(one, from) => json!([self.add(one), from.map(Address::from)]),
        }
    }

    /// Close what is open, and remove the folders. An error of close says nothing to anyone here.
    pub fn clear(&mut self) {
        for (_, descriptor) in self.open.drain() {
            let _ = core::close(descriptor);
        }
        self.folders.clear();
    }
}
