//! The protocol of agents (docs/protocol.md) for a stack that runs in this thread: lines
//! in, lines out, and calls that are tried again until they have an answer.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::io::{BufRead, Write};
use std::net::{IpAddr, SocketAddr};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

/// What a call answers.
pub type Answer = Result<Value, Refusal>;

/// Why a call has no value.
pub enum Refusal {
    /// An error, by its symbol; none has a number here.
    Error(String),
    /// What the stack does not have.
    Unsupported(String),
}

/// An error of the stack's own.
pub fn error(symbol: impl Into<String>) -> Refusal {
    Refusal::Error(symbol.into())
}

/// Something that the stack does not have.
pub fn lacking(feature: impl Into<String>) -> Refusal {
    Refusal::Unsupported(feature.into())
}

/// A call, and what the stack keeps of it from one attempt to the next.
pub struct Call {
    /// The call as it came over the wire.
    pub told: Value,
    /// Where its answer will come from, if it is made elsewhere.
    pub coming: Option<mpsc::Receiver<Answer>>,
}

impl Call {
    /// A number among its fields.
    pub fn number(&self, field: &str) -> i64 {
        self.told[field].as_i64().unwrap_or(0)
    }

    /// Bytes among its fields.
    pub fn bytes(&self, field: &str) -> Vec<u8> {
        STANDARD.decode(self.told[field].as_str().unwrap_or("")).unwrap_or_default()
    }

    /// Its address.
    pub fn address(&self) -> Result<SocketAddr, Refusal> {
        let told = &self.told["address"];
        let host = told["host"].as_str().and_then(|host| host.parse::<IpAddr>().ok());
        let port = told["port"].as_u64().and_then(|port| u16::try_from(port).ok());
        match (host, port) {
            (Some(host), Some(port)) => Ok(SocketAddr::new(host, port)),
            _ => Err(lacking("an address that is not of IP")),
        }
    }
}

/// An address as the wire has it.
pub fn address(given: SocketAddr) -> Value {
    let family = if given.is_ipv4() { "inet" } else { "inet6" };
    json!({"family": family, "host": given.ip().to_string(), "port": given.port()})
}

/// Bytes as the wire has them.
pub fn text(data: &[u8]) -> Value {
    Value::String(STANDARD.encode(data))
}

/// A stack: what it says of itself, and its calls.
pub trait Stack {
    /// The fields of `welcome` that are the stack's own: `backend`, `version`, `primitives`.
    fn welcome(&self) -> Value;
    /// Make a call; None while it has no answer yet.
    fn attempt(&mut self, call: &mut Call) -> Option<Answer>;
    /// Let packets move.
    fn turn(&mut self);
    /// Close every socket.
    fn reset(&mut self);
    /// Whether no packet moves between two requests.
    fn idles(&self) -> bool {
        true
    }
}

const NUMBERS: &[(&str, i64)] = &[
    ("AF_INET", 2),
    ("AF_INET6", 10),
    ("SOCK_STREAM", 1),
    ("SOCK_DGRAM", 2),
    ("SOL_SOCKET", 1),
    ("SO_REUSEADDR", 2),
    ("SO_ERROR", 4),
    ("IPPROTO_IP", 0),
    ("IPPROTO_TCP", 6),
    ("IPPROTO_UDP", 17),
    ("TCP_NODELAY", 1),
    ("IP_TTL", 2),
    ("MSG_PEEK", 2),
    ("POLLIN", 1),
    ("POLLOUT", 4),
    ("POLLHUP", 16),
    ("SHUT_RD", 0),
    ("SHUT_WR", 1),
    ("SHUT_RDWR", 2),
];

fn welcome(own: Value) -> Value {
    let platform = json!({"profile": own["backend"], "system": own["backend"],
        "version": own["version"], "machine": std::env::consts::ARCH, "byte_order": "little"});
    let constants: HashMap<_, _> = NUMBERS.iter().copied().collect();
    json!({"kind": "welcome", "protocol": 1, "backend": own["backend"], "version": own["version"],
        "implementation": format!("{} {}", own["backend"].as_str().unwrap_or(""), own["version"].as_str().unwrap_or("")),
        "system": "linux", "byte_order": "little", "long_size": 8, "platform": platform,
        "constants": constants, "primitives": own["primitives"]})
}

fn told(answer: Answer, call: &Call) -> Value {
    match answer {
        Ok(value) => json!({"kind": "value", "value": value}),
        Err(Refusal::Error(symbol)) => {
            json!({"kind": "error", "symbol": symbol, "number": 0, "call": call.told["primitive"]})
        }
        Err(Refusal::Unsupported(feature)) => json!({"kind": "unsupported", "feature": feature}),
    }
}

fn within(stack: &mut impl Stack, call: &mut Call, limit: Option<Duration>) -> Option<Answer> {
    let begun = Instant::now();
    loop {
        if let Some(answer) = stack.attempt(call) {
            return Some(answer);
        }
        if limit.is_some_and(|limit| begun.elapsed() >= limit) {
            return None;
        }
        stack.turn();
    }
}

fn respond(stack: &mut impl Stack, started: &mut Vec<(Call, Option<Value>)>, request: &Value) -> Value {
    let call = || Call { told: request["call"].clone(), coming: None };
    let seconds = request["within"].as_f64().unwrap_or(0.0);
    let pending = request["pending"].as_u64().unwrap_or(0) as usize;
    let symbol = request["call"]["symbol"].as_str().unwrap_or("");
    match (request["kind"].as_str(), request["call"]["primitive"].as_str()) {
        (Some("hello"), _) => welcome(stack.welcome()),
        (Some("call"), Some("constant")) => {
            json!({"kind": "value", "value": NUMBERS.iter().find(|each| each.0 == symbol).map(|each| each.1)})
        }
        (Some("call"), _) => {
            let mut call = call();
            // Without a limit: the client has one, and ends the agent.
            let answer = within(stack, &mut call, None).expect("it waits for one");
            told(answer, &call)
        }
        (Some("start"), _) => {
            started.push((call(), None));
            json!({"kind": "value", "value": started.len() - 1})
        }
        (Some("is-blocked" | "result"), _) => {
            let (call, done) = &mut started[pending];
            // Whether a call blocks is told by time: a stack has no state for it.
            let blocked = request["kind"] == "is-blocked";
            let limit = Duration::from_secs_f64(if blocked { seconds.min(0.1) } else { seconds });
            if done.is_none() {
                *done = within(stack, call, Some(limit)).map(|answer| told(answer, call));
            }
            match (blocked, done) {
                (true, done) => json!({"kind": "value", "value": done.is_none()}),
                (false, Some(done)) => done.clone(),
                (false, None) => json!({"kind": "running"}),
            }
        }
        (Some("reset"), _) => {
            started.clear();
            stack.reset();
            json!({"kind": "value", "value": 0})
        }
        _ => json!({"kind": "value", "value": null}),
    }
}

/// Serve a stack until the client is done; ends the process.
pub fn serve(mut stack: impl Stack) -> ! {
    let (lines, requests) = mpsc::channel();
    // In a thread of its own, so that the client's end is seen while a call blocks.
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            let _ = lines.send(line);
        }
        std::process::exit(0);
    });
    let mut started = Vec::new();
    loop {
        let line = if stack.idles() {
            requests.recv().map_err(RecvTimeoutError::from)
        } else {
            requests.recv_timeout(Duration::from_millis(1))
        };
        let line = match line {
            Ok(line) => line,
            Err(RecvTimeoutError::Timeout) => {
                stack.turn();
                continue;
            }
            Err(RecvTimeoutError::Disconnected) => break,
        };
        let request: Value = serde_json::from_str(&line).unwrap_or_default();
        let mut answer = respond(&mut stack, &mut started, &request);
        answer["id"] = request["id"].clone();
        let mut out = std::io::stdout().lock();
        let _ = writeln!(out, "{answer}").and_then(|()| out.flush());
        if request["kind"] == "bye" {
            break;
        }
    }
    std::process::exit(0);
}
