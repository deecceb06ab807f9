//! Answers requests, one after the other.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::time::Duration;

use serde_json::{json, Value};
use sockspec_core as core;

use crate::calls::Refusal;
use crate::messages::{primitives, Answer, Call, Line, Numbered, Request, PROTOCOL};
use crate::process::{self, Forked, Process};
use crate::sockets::{Made, Sockets};
use crate::started::Started;
use crate::welcome::Welcome;

/// Time in which a reset must have ended a call that was started.
const ENDING: Duration = Duration::from_millis(500);

/// The state between two requests.
pub struct Server {
    sockets: Sockets,
    process: Process,
    started: BTreeMap<u64, Started>,
    count: u64,
    /// Whether the client has said bye.
    pub done: bool,
}

impl Server {
    /// Nothing is open yet; `own` are the agent's own descriptors.
    pub fn new(own: Vec<core::Descriptor>) -> Self {
        Self {
            sockets: Sockets::new(own),
            process: Process::default(),
            started: BTreeMap::new(),
            count: 0,
            done: false,
        }
    }

    /// The line that answers a line; never a panic over what stands in it.
    pub fn respond(&mut self, line: &str) -> String {
        let id = serde_json::from_str::<Numbered>(line).map_or(0, |numbered| numbered.id);
        let answer = match serde_json::from_str::<Request>(line) {
            Ok(Request::Call {
                call: Call::InChild { child, call },
            }) if process::IS_HERE => match self.in_child(child, &call, id) {
                Some(told) => return told,
                None => childless(child),
            },
            Ok(request) => self.answer(request),
            Err(error) => misunderstood(line, &error),
        };
        let told = serde_json::to_string(&Line { id, answer });
        told.expect("an answer has string keys and finite numbers only") + "\n"
    }

    fn answer(&mut self, request: Request) -> Answer {
        match request {
            Request::Hello => Answer::Welcome(Box::new(Welcome::new(PROTOCOL, primitives()))),
            Request::Call { call } => self.call(call),
            Request::Start { call } => self.start(call),
            Request::IsBlocked { pending, within } => {
                let Some(started) = self.started.get(&pending) else {
                    return unknown(pending);
                };
                let told = started.is_blocked(seconds(within));
                told.map_or(Answer::Running, |blocked| value(json!(blocked)))
            }
            Request::Result { pending, within } => self.result(pending, within),
            Request::Cancel {} => value(Value::Null),
            Request::Reset => value(json!(self.reset())),
            Request::Bye => {
                self.done = true;
                value(Value::Null)
            }
        }
    }

    /// The line with which a child answers a call.
    fn in_child(&mut self, child: u64, call: &Value, id: u64) -> Option<String> {
        let request = json!({"kind": "call", "id": id, "call": call});
        self.process.ask(child, &format!("{request}\n"))
    }

    /// A call about the process: none of them waits.
    fn around(&mut self, call: Call) -> Answer {
        let name = call.name();
        if !process::IS_HERE {
            return refused(Refusal::Error(io::ErrorKind::Unsupported.into()), name);
        }
        let made = match call {
            Call::OnSignal { number, action } => {
                self.process.on_signal(number, action).map(|()| Value::Null)
            }
            Call::Signals { number } => Ok(json!(self.process.signals(number))),
            Call::Interrupt { number } => {
                self.interrupt(number);
                Ok(Value::Null)
            }
            Call::SetOwner { sock } => {
                process::set_owner(self.sockets.descriptor(sock)).map(|()| Value::Null)
            }
            Call::LimitDescriptors { spare } => self.process.limit(spare).map(|()| Value::Null),
            Call::Fork => self.fork().map(|child| json!(child)),
            Call::ExecChild { child } => match self.process.ask(child, "exec\n") {
                Some(_) => Ok(Value::Null),
                None => return childless(child),
            },
            Call::EndChild { child } if self.process.end(child) => Ok(Value::Null),
            Call::EndChild { child } | Call::InChild { child, .. } => return childless(child),
            other => unreachable!("{other:?} is not about the process"),
        };
        match made {
            Ok(made) => value(made),
            Err(error) => refused(Refusal::Error(error), name),
        }
    }

    fn interrupt(&mut self, number: i32) {
        let before = self.process.signals(number);
        let threads = self.started.values();
        if threads.filter(|started| started.signal(number)).count() > 0 {
            self.process.handled(number, before);
        }
    }

    fn fork(&mut self) -> io::Result<u64> {
        match self.process.fork(self.sockets.own())? {
            Forked::Parent(child) => Ok(child),
            Forked::Child(requests, answers) => self.be_child(&requests, answers),
        }
    }

    fn be_child(&mut self, requests: &File, mut answers: File) -> ! {
        for line in BufReader::new(requests).lines().map_while(Result::ok) {
            if line == "exec" {
                process::become_holder(requests, &answers);
                break;
            }
            if answers.write_all(self.respond(&line).as_bytes()).is_err() {
                break;
            }
        }
        process::leave()
    }

    fn call(&mut self, call: Call) -> Answer {
        if call.is_about_process() {
            return self.around(call);
        }
        let name = call.name();
        match call.prepare(&mut self.sockets) {
            Ok(prepared) => self.finish(prepared(), name),
            Err(refusal) => refused(refusal, name),
        }
    }

    fn start(&mut self, call: Call) -> Answer {
        let (name, socket) = (call.name(), call.socket());
        if call.is_about_process() {
            return refused(
                Refusal::Unsupported(name, "it is not a call that waits"),
                name,
            );
        }
        let prepared = match call.prepare(&mut self.sockets) {
            Ok(prepared) => prepared,
            Err(refusal) => return refused(refusal, name),
        };
        match Started::begin(name, socket, prepared) {
            Ok(started) => {
                self.count += 1;
                self.started.insert(self.count, started);
                value(json!(self.count))
            }
            Err(error) => fault("no thread", &error.to_string()),
        }
    }

    fn result(&mut self, pending: u64, within: f64) -> Answer {
        let Some(started) = self.started.get(&pending) else {
            return unknown(pending);
        };
        if !started.wait(seconds(within)) {
            return Answer::Running;
        }
        let name = started.name;
        match started.take() {
            Some(result) => self.finish(result, name),
            None => fault("asked twice", "the result of a started call is told once"),
        }
    }

    fn finish(&mut self, result: io::Result<Made>, call: &str) -> Answer {
        match result {
            Ok(made) => value(self.sockets.told(made)),
            Err(error) => refused(Refusal::Error(error), call),
        }
    }

    /// Close and forget everything; how many started calls could not be ended.
    fn reset(&mut self) -> usize {
        self.process.reset();
        let mut running = 0;
        for started in std::mem::take(&mut self.started).into_values() {
            // close(2) does not wake a blocked call (its NOTES); shutdown does.
            if !started.wait(Duration::ZERO) {
                let descriptor = started
                    .socket
                    .map_or(-1, |sock| self.sockets.descriptor(sock));
                if let Ok(sock) = core::borrow(descriptor) {
                    let _ = core::shutdown(&sock, core::BOTH);
                }
            }
            if !started.wait(ENDING) {
                running += 1;
            } else if let Some(Ok(made)) = started.take() {
                // What it made and nobody asked for is closed with the rest.
                self.sockets.told(made);
            }
        }
        self.sockets.clear();
        running
    }
}

fn value(value: Value) -> Answer {
    Answer::Value { value }
}

fn fault(kind: &str, message: &str) -> Answer {
    Answer::Fault {
        r#type: kind.to_owned(),
        message: message.to_owned(),
    }
}

fn childless(child: u64) -> Answer {
    fault(
        "ChildProcessError",
        &format!("there is no child {child} any more"),
    )
}

fn unknown(pending: u64) -> Answer {
    fault("no such call", &format!("no call was started as {pending}"))
}

fn seconds(within: f64) -> Duration {
    Duration::try_from_secs_f64(within).unwrap_or(Duration::ZERO)
}

fn refused(refusal: Refusal, call: &str) -> Answer {
    let error = match refusal {
        Refusal::Error(error) => error,
        Refusal::Unsupported(feature, why) => {
            return Answer::Unsupported {
                feature: feature.to_owned(),
                why: why.to_owned(),
            }
        }
    };
    match (error.raw_os_error(), error.kind()) {
        (Some(number), _) => Answer::Error {
            symbol: core::errno_symbol(number),
            number,
            call: call.to_owned(),
            message: String::new(),
        },
        (None, io::ErrorKind::OutOfMemory) => fault("MemoryError", "no memory for a buffer"),
        (None, io::ErrorKind::Unsupported) => Answer::Unsupported {
            feature: call.to_owned(),
            why: "the platform has no such call".to_owned(),
        },
        (None, io::ErrorKind::InvalidInput) if call == "raw_call" => {
            fault("TypeError", "there is no call that takes such arguments")
        }
        // A refusal of socket2's own, which never reached the system.
        (None, _) => Answer::Error {
            symbol: "ERUST".to_owned(),
            number: 0,
            call: call.to_owned(),
            message: error.to_string(),
        },
    }
}

/// A call that the protocol does not have is unsupported; everything else is a fault.
fn misunderstood(line: &str, error: &serde_json::Error) -> Answer {
    let told: Option<Value> = serde_json::from_str(line).ok();
    let primitive = told
        .as_ref()
        .and_then(|told| told["call"]["primitive"].as_str());
    match primitive {
        Some(name) if error.to_string().contains("unknown variant") => Answer::Unsupported {
            feature: name.to_owned(),
            why: "no call of this agent".to_owned(),
        },
        _ => fault("not understood", &error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(server: &mut Server, line: &str) -> Value {
        serde_json::from_str(&server.respond(line)).expect("an answer is JSON")
    }

    #[test]
    fn a_conversation() {
        let mut server = Server::new(vec![0, 1, 2]);
        let told = ask(
            &mut server,
            r#"{"kind":"hello","id":0,"protocol":1,"client":"test"}"#,
        );
        assert_eq!(told["kind"], "welcome");
        assert_eq!(told["constants"]["AF_INET"], 2);
        let told = ask(
            &mut server,
            r#"{"kind":"call","id":1,"call":{"primitive":"new","family":2,"type":1}}"#,
        );
        assert_eq!(told, json!({"kind": "value", "id": 1, "value": 1}));
        let listen = r#"{"kind":"call","id":2,"call":{"primitive":"accept","sock":1}}"#;
        let told = ask(&mut server, listen);
        assert_eq!(
            (&told["symbol"], &told["call"]),
            (&json!("EINVAL"), &json!("accept"))
        );
        assert_eq!(ask(&mut server, r#"{"kind":"reset","id":3}"#)["value"], 0);
        let gone = if cfg!(windows) { "ENOTSOCK" } else { "EBADF" };
        assert_eq!(ask(&mut server, listen)["symbol"], gone);
        assert_eq!(
            ask(&mut server, r#"{"kind":"bye","id":4}"#)["value"],
            Value::Null
        );
        assert!(server.done);
    }

    #[test]
    #[cfg(unix)]
    fn a_process_is_changed_and_changed_back() {
        let mut server = Server::new(vec![0, 1, 2]);
        let call = |call: Value| json!({"kind": "call", "id": 1, "call": call}).to_string();
        let number = libc::SIGUSR2;
        let counts = json!({"primitive": "on_signal", "number": number, "action": "count"});
        assert_eq!(ask(&mut server, &call(counts))["value"], Value::Null);
        // SAFETY: raise takes a number, and the handler touches an atomic alone.
        unsafe { libc::raise(number) };
        let counted = call(json!({"primitive": "signals", "number": number}));
        assert_eq!(ask(&mut server, &counted)["value"], 1);
        ask(&mut server, r#"{"kind":"reset","id":2}"#);
        assert_eq!(ask(&mut server, &counted)["value"], 0);
        let gone = call(json!({"primitive": "end_child", "child": 1}));
        assert_eq!(ask(&mut server, &gone)["kind"], "fault");
        let started = gone.replace("\"call\",\"id\"", "\"start\",\"id\"");
        assert_eq!(
            ask(
                &mut server,
                &started.replace("\"kind\":\"call\"", "\"kind\":\"start\"")
            )["kind"],
            "unsupported"
        );
    }

    #[test]
    fn nonsense_is_answered() {
        let mut server = Server::new(Vec::new());
        assert_eq!(ask(&mut server, "no JSON")["kind"], "fault");
        assert_eq!(ask(&mut server, r#"{"kind":"sing","id":7}"#)["id"], 7);
        let told = ask(
            &mut server,
            r#"{"kind":"call","id":8,"call":{"primitive":"answer","face":"Socket"}}"#,
        );
        assert_eq!(told["kind"], "unsupported");
        let told = ask(
            &mut server,
            r#"{"kind":"result","id":9,"pending":3,"within":0}"#,
        );
        assert_eq!(told["kind"], "fault");
    }
}
