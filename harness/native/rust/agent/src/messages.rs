//! What client and agent say to each other: requests, the calls in them, and answers.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sockspec_core::Descriptor;
use strum::{IntoStaticStr, VariantNames};

use crate::action::Action;
use crate::welcome::Welcome;
use crate::wire::{Address, Argument, Bytes};
use crate::{folder, process};

/// The version of the protocol that is spoken here.
pub const PROTOCOL: u32 = 1;

type Control = (i32, i32, Bytes);
type Outgoing = (Vec<Bytes>, Vec<Control>, Option<Address>);

/// A primitive with its arguments: the fields are the parameters of `sockspec.backend`.
#[derive(Debug, Deserialize, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "snake_case")]
#[serde(tag = "primitive", rename_all = "snake_case")]
#[allow(missing_docs)] // the contract documents them
#[expect(
    clippy::enum_variant_names,
    reason = "a variant is named after its primitive, `raw_call` too"
)]
pub enum Call {
    Constant {
        symbol: String,
    },
    ErrnoSymbol {
        number: i32,
    },
    Folder,
    New {
        family: i32,
        r#type: i32,
        #[serde(default)]
        protocol: i32,
    },
    NewRaw {
        family: i32,
        r#type: i32,
        #[serde(default)]
        protocol: i32,
    },
    Pair {
        family: i32,
        r#type: i32,
        #[serde(default)]
        protocol: i32,
    },
    File {
        content: Bytes,
    },
    Pipe,
    Close {
        sock: u64,
    },
    Dup {
        sock: u64,
    },
    Fileno {
        sock: u64,
    },
    Adopt {
        fileno: Descriptor,
    },
    Detach {
        sock: u64,
    },
    Bind {
        sock: u64,
        address: Address,
    },
    Listen {
        sock: u64,
        backlog: i32,
    },
    Connect {
        sock: u64,
        address: Address,
    },
    Accept {
        sock: u64,
    },
    AcceptRaw {
        sock: u64,
    },
    Accept4 {
        sock: u64,
        flags: i32,
    },
    LocalAddr {
        sock: u64,
    },
    PeerAddr {
        sock: u64,
    },
    Shutdown {
        sock: u64,
        how: i32,
    },
    Getsockopt {
        sock: u64,
        level: i32,
        name: i32,
        length: usize,
    },
    Setsockopt {
        sock: u64,
        level: i32,
        name: i32,
        value: Bytes,
    },
    Nonblocking {
        sock: u64,
    },
    SetNonblocking {
        sock: u64,
        on: bool,
    },
    Cloexec {
        sock: u64,
    },
    Ioctl {
        sock: u64,
        request: i64,
        argument: Bytes,
    },
    Sockatmark {
        sock: u64,
    },
    Recv {
        sock: u64,
        size: usize,
        #[serde(default)]
        flags: i32,
    },
    RecvLength {
        sock: u64,
        size: usize,
        #[serde(default)]
        flags: i32,
    },
    Recvfrom {
        sock: u64,
        size: usize,
        #[serde(default)]
        flags: i32,
    },
    Recvmsg {
        sock: u64,
        sizes: Vec<usize>,
        #[serde(default)]
        control: usize,
        #[serde(default)]
        flags: i32,
    },
    Send {
        sock: u64,
        data: Bytes,
        #[serde(default)]
        flags: i32,
    },
    Sendto {
        sock: u64,
        data: Bytes,
        flags: i32,
        address: Address,
    },
    Sendmsg {
        sock: u64,
        parts: Vec<Bytes>,
        #[serde(default)]
        control: Vec<Control>,
        #[serde(default)]
        flags: i32,
        #[serde(default)]
        address: Option<Address>,
    },
    Read {
        sock: u64,
        size: usize,
    },
    Readv {
        sock: u64,
        sizes: Vec<usize>,
    },
    Write {
        sock: u64,
        data: Bytes,
    },
    Writev {
        sock: u64,
        parts: Vec<Bytes>,
    },
    Recvmmsg {
        sock: u64,
        sizes: Vec<Vec<usize>>,
        #[serde(default)]
        control: usize,
        #[serde(default)]
        flags: i32,
        #[serde(default)]
        timeout: Option<f64>,
    },
    Sendmmsg {
        sock: u64,
        messages: Vec<Outgoing>,
        #[serde(default)]
        flags: i32,
    },
    Sendfile {
        sock: u64,
        file: u64,
        offset: Option<u64>,
        count: usize,
    },
    Poll {
        wanted: Vec<(u64, i16)>,
        timeout: f64,
    },
    Select {
        wanted: Vec<(u64, i16)>,
        timeout: f64,
    },
    Pselect {
        wanted: Vec<(u64, i16)>,
        timeout: f64,
        #[serde(default)]
        mask: Option<Vec<i32>>,
    },
    Ppoll {
        wanted: Vec<(u64, i16)>,
        timeout: f64,
        #[serde(default)]
        mask: Option<Vec<i32>>,
    },
    EpollCreate {
        #[serde(default)]
        flags: i32,
    },
    EpollCtl {
        sock: u64,
        operation: i32,
        target: u64,
        events: i64,
        #[serde(default)]
        key: u64,
    },
    EpollWait {
        sock: u64,
        most: i32,
        timeout: f64,
    },
    Kqueue,
    Kevent {
        sock: u64,
        changes: Vec<(u64, i32, u32, u32, i64, u64)>,
        most: i32,
        timeout: f64,
    },
    RawCall {
        sock: u64,
        call: String,
        arguments: Vec<Argument>,
    },
    OnSignal {
        number: i32,
        action: Action,
    },
    Signals {
        number: i32,
    },
    Interrupt {
        number: i32,
    },
    SetOwner {
        sock: u64,
    },
    LimitDescriptors {
        spare: usize,
    },
    Fork,
    InChild {
        child: u64,
        call: Value,
    },
    ExecChild {
        child: u64,
    },
    EndChild {
        child: u64,
    },
}

/// The primitives that are served, by the names of the contract: after the two questions.
const PRIMITIVES: &[&str] = Call::VARIANTS.split_at(2).1;

/// The last of them are about the process.
const PROCESS: usize = 9;

/// Those that this platform has.
pub fn primitives() -> Vec<&'static str> {
    let (calls, process) = PRIMITIVES.split_at(PRIMITIVES.len() - PROCESS);
    let process = if process::IS_HERE { process } else { &[] };
    let is_here = |name: &&str| {
        !sockspec_core::ABSENT.contains(name) && (*name != "folder" || folder::IS_HERE)
    };
    calls
        .iter()
        .chain(process)
        .copied()
        .filter(is_here)
        .collect()
}

impl Call {
    /// The name of the primitive.
    pub fn name(&self) -> &'static str {
        self.into()
    }

    /// Whether it is about the process, and so made by the server itself.
    pub fn is_about_process(&self) -> bool {
        matches!(
            self,
            Self::OnSignal { .. }
                | Self::Signals { .. }
                | Self::Interrupt { .. }
                | Self::SetOwner { .. }
                | Self::LimitDescriptors { .. }
                | Self::Fork
                | Self::InChild { .. }
                | Self::ExecChild { .. }
                | Self::EndChild { .. }
        )
    }

    /// The socket that the call is on, if it is on one.
    pub fn socket(&self) -> Option<u64> {
        match self {
            Self::Connect { sock, .. }
            | Self::Accept { sock }
            | Self::AcceptRaw { sock }
            | Self::Recv { sock, .. }
            | Self::RecvLength { sock, .. }
            | Self::Recvfrom { sock, .. }
            | Self::Recvmsg { sock, .. }
            | Self::Send { sock, .. }
            | Self::Sendto { sock, .. }
            | Self::Sendmsg { sock, .. }
            | Self::Accept4 { sock, .. }
            | Self::Read { sock, .. }
            | Self::Readv { sock, .. }
            | Self::Write { sock, .. }
            | Self::Writev { sock, .. }
            | Self::Recvmmsg { sock, .. }
            | Self::Sendmmsg { sock, .. }
            | Self::Sendfile { sock, .. }
            | Self::EpollWait { sock, .. }
            | Self::Kevent { sock, .. }
            | Self::RawCall { sock, .. } => Some(*sock),
            _ => None,
        }
    }
}

/// What a client asks for: one line.
#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Request {
    /// Who answers?
    Hello,
    /// Make a call and answer when it has returned.
    Call {
        /// Which, with its arguments.
        call: Call,
    },
    /// Begin a call that may block.
    Start {
        /// Which, with its arguments.
        call: Call,
    },
    /// Whether a started call sleeps in the system.
    IsBlocked {
        /// The number of the started call.
        pending: u64,
        /// Seconds to wait for one or the other.
        within: f64,
    },
    /// What a started call returned.
    Result {
        /// The number of the started call.
        pending: u64,
        /// Seconds to wait for it.
        within: f64,
    },
    /// Cancel an awaited function of a face: there is none here.
    Cancel {},
    /// Close every socket, forget every started call.
    Reset,
    /// The last request.
    Bye,
}

/// The number of a request, which is read even where the rest of the line is not understood.
#[derive(Debug, Deserialize)]
pub struct Numbered {
    /// The number.
    pub id: u64,
}

/// What the agent answers: one line.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Answer {
    /// The call returned.
    Value {
        /// As the table of the calls says.
        value: Value,
    },
    /// The system refused.
    Error {
        /// On every platform the same.
        symbol: String,
        /// On this platform.
        number: i32,
        /// Which call.
        call: String,
        /// What else is known.
        message: String,
    },
    /// The implementation does not have it.
    Unsupported {
        /// What.
        feature: String,
        /// Who lacks it.
        why: String,
    },
    /// The request cannot be understood, or there is no memory for its answer.
    Fault {
        /// Of which kind.
        r#type: String,
        /// What is wrong.
        message: String,
    },
    /// A started call has not returned in the time given.
    Running,
    /// Who answers.
    Welcome(Box<Welcome>),
}

/// An answer with the number of its request.
#[derive(Debug, Serialize)]
pub struct Line {
    /// The number of the request.
    pub id: u64,
    /// The answer.
    #[serde(flatten)]
    pub answer: Answer,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_contract() {
        assert_eq!(Call::Sockatmark { sock: 1 }.name(), "sockatmark");
        assert_eq!(PRIMITIVES.first(), Some(&"folder"));
        assert!(PRIMITIVES.contains(&"recv_length"));
        assert_eq!(PRIMITIVES.len(), 60);
        let (_, process) = PRIMITIVES.split_at(PRIMITIVES.len() - PROCESS);
        assert_eq!(process.first(), Some(&"on_signal"));
        assert_eq!(primitives().contains(&"fork"), cfg!(unix));
    }

    #[test]
    fn requests() {
        let line = r#"{"kind":"is-blocked","id":3,"pending":1,"within":5.0}"#;
        assert!(matches!(
            serde_json::from_str(line).expect("a request"),
            Request::IsBlocked { pending: 1, .. }
        ));
        let line = r#"{"kind":"call","id":3,"call":{"primitive":"new","family":2,"type":1}}"#;
        assert!(matches!(
            serde_json::from_str(line).expect("a request"),
            Request::Call { .. }
        ));
        assert!(serde_json::from_str::<Request>(r#"{"kind":"sing","id":1}"#).is_err());
    }
}
