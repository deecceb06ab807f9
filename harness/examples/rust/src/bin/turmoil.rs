//! turmoil as an agent: tokio's network, simulated, with one host that talks to itself.
//!
//! It has what tokio's own types have: a listener is bound and listens at once, a stream is
//! connected from an address that turmoil chooses, and every call is awaited, so that there
//! is no mode to set. A stream that is bound and not listening, which nearly every case with
//! streams begins with, is not among it; and a connect completes when the connection is
//! accepted, not before. So it is datagrams that are tested here. Simulated time passes while
//! a call waits, never between calls.

use serde_json::{Value, json};
use sockspec_examples::{Answer, Call, Refusal, Stack, address, error, lacking, serve, text};
use std::cell::RefCell;
use std::collections::HashMap;
use std::io;
use std::net::Ipv4Addr;
use std::rc::Rc;
use std::sync::mpsc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::Mutex;
use turmoil::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use turmoil::net::{TcpListener, TcpStream, UdpSocket};

#[derive(Clone)]
enum Sock {
    Fresh { stream: bool },
    Listener(Rc<TcpListener>),
    Stream(Rc<Mutex<OwnedReadHalf>>, Rc<Mutex<OwnedWriteHalf>>),
    Datagrams(Rc<UdpSocket>),
}

#[derive(Default)]
struct Open {
    socks: HashMap<i64, Sock>,
    made: i64,
}

type Job = (Call, mpsc::Sender<Answer>);

fn of_io(why: io::Error) -> Refusal {
    use io::ErrorKind::*;
    error(match why.kind() {
        ConnectionRefused => "ECONNREFUSED".to_owned(),
        ConnectionReset => "ECONNRESET".to_owned(),
        AddrInUse => "EADDRINUSE".to_owned(),
        AddrNotAvailable => "EADDRNOTAVAIL".to_owned(),
        BrokenPipe => "EPIPE".to_owned(),
        NotConnected => "ENOTCONN".to_owned(),
        InvalidInput => "EINVAL".to_owned(),
        other => format!("E{other:?}").to_uppercase(),
    })
}

fn add(open: &RefCell<Open>, sock: Sock) -> i64 {
    let mut open = open.borrow_mut();
    open.made += 1;
    let number = open.made;
    open.socks.insert(number, sock);
    number
}

fn split(stream: TcpStream) -> Sock {
    let (read, write) = stream.into_split();
    Sock::Stream(Rc::new(Mutex::new(read)), Rc::new(Mutex::new(write)))
}

async fn run(open: &RefCell<Open>, call: &Call) -> Answer {
    let name = call.told["primitive"].as_str().unwrap_or("");
    if name == "new" {
        return match (call.number("family"), call.number("type"), call.number("protocol")) {
            (2, kind @ (1 | 2), 0) => Ok(json!(add(open, Sock::Fresh { stream: kind == 1 }))),
            _ => Err(lacking("family, type or protocol")),
        };
    }
    let number = call.number("sock");
    let Some(sock) = open.borrow().socks.get(&number).cloned() else { return Err(error("EBADF")) };
    let peek = call.number("flags") == 2;
    if call.number("flags") & !2 != 0 {
        return Err(lacking("flags"));
    }
    let put = |sock| {
        open.borrow_mut().socks.insert(number, sock);
        Ok(Value::Null)
    };
    match (name, sock) {
        ("close", _) => {
            open.borrow_mut().socks.remove(&number);
            Ok(Value::Null)
        }
        ("bind", Sock::Fresh { stream: true }) => Err(lacking("a stream that is bound and does not listen")),
        ("bind", Sock::Fresh { stream: false }) => {
            put(Sock::Datagrams(Rc::new(UdpSocket::bind(call.address()?).await.map_err(of_io)?)))
        }
        ("listen", Sock::Fresh { stream: true }) => {
            let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).await.map_err(of_io)?;
            put(Sock::Listener(Rc::new(listener)))
        }
        ("connect", Sock::Fresh { stream: true }) => {
            put(split(TcpStream::connect(call.address()?).await.map_err(of_io)?))
        }
        ("connect", Sock::Datagrams(udp)) => udp.connect(call.address()?).await.map_err(of_io).map(|()| Value::Null),
        ("accept", Sock::Listener(listener)) => {
            let (stream, peer) = listener.accept().await.map_err(of_io)?;
            Ok(json!([add(open, split(stream)), address(peer)]))
        }
        ("local_addr", Sock::Listener(listener)) => listener.local_addr().map(address).map_err(of_io),
        ("local_addr", Sock::Datagrams(udp)) => udp.local_addr().map(address).map_err(of_io),
        ("local_addr", Sock::Stream(read, _)) => read.lock().await.local_addr().map(address).map_err(of_io),
        ("peer_addr", Sock::Stream(read, _)) => read.lock().await.peer_addr().map(address).map_err(of_io),
        ("shutdown", Sock::Stream(_, write)) if call.number("how") == 1 => {
            write.lock().await.shutdown().await.map_err(of_io).map(|()| Value::Null)
        }
        ("send", Sock::Stream(_, write)) => {
            write.lock().await.write(&call.bytes("data")).await.map_err(of_io).map(|n| json!(n))
        }
        ("recv", Sock::Stream(read, _)) => {
            let mut room = vec![0; call.number("size") as usize];
            let mut read = read.lock().await;
            let got = if peek { read.peek(&mut room).await } else { read.read(&mut room).await };
            got.map_err(of_io).map(|length| text(&room[..length]))
        }
        ("sendto", Sock::Datagrams(udp)) => {
            udp.send_to(&call.bytes("data"), call.address()?).await.map_err(of_io).map(|n| json!(n))
        }
        ("recv" | "recvfrom", Sock::Datagrams(udp)) if !peek => {
            let mut room = vec![0; call.number("size") as usize];
            let (length, from) = udp.recv_from(&mut room).await.map_err(of_io)?;
            let got = text(&room[..length]);
            Ok(if name == "recv" { got } else { json!([got, address(from)]) })
        }
        _ => Err(lacking(format!("{name} of such a socket"))),
    }
}

async fn host(jobs: mpsc::Receiver<Job>) -> turmoil::Result {
    let open = Rc::new(RefCell::new(Open::default()));
    loop {
        for (call, reply) in jobs.try_iter() {
            let open = Rc::clone(&open);
            tokio::task::spawn_local(async move {
                let _ = reply.send(run(&open, &call).await);
            });
        }
        // A tick of the simulation: time here is turmoil's.
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

struct Turmoil {
    sim: turmoil::Sim<'static>,
    jobs: mpsc::Sender<Job>,
}

impl Turmoil {
    fn new() -> Self {
        let (jobs, asked) = mpsc::channel();
        let mut sim = turmoil::Builder::new().simulation_duration(Duration::from_secs(u32::MAX.into())).build();
        sim.client("192.0.2.1", host(asked));
        Self { sim, jobs }
    }
}

impl Stack for Turmoil {
    fn welcome(&self) -> Value {
        json!({"backend": "turmoil", "version": "0.7.2", "primitives": ["new", "close", "bind", "listen", "connect",
            "accept", "local_addr", "peer_addr", "shutdown", "recv", "recvfrom", "send", "sendto"]})
    }

    fn attempt(&mut self, call: &mut Call) -> Option<Answer> {
        if call.coming.is_none() {
            let (reply, coming) = mpsc::channel();
            call.coming = Some(coming);
            let asked = Call { told: call.told.clone(), coming: None };
            self.jobs.send((asked, reply)).expect("the host runs for ever");
        }
        self.turn();
        call.coming.as_ref()?.try_recv().ok()
    }

    fn turn(&mut self) {
        self.sim.step().expect("the host does not fail");
    }

    fn reset(&mut self) {
        *self = Self::new();
    }
}

fn main() {
    serve(Turmoil::new())
}
