//! The originals of the face `TcpSocket`: functions of `tokio::net::TcpSocket`.

use std::io;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::sync::{Mutex, PoisonError};

use pyo3::prelude::*;
use pyo3::types::PyDict;
use tokio::net::TcpSocket;
use tokio::runtime::{Builder, Runtime};
use tokio::task::AbortHandle;

use crate::convert::Given;
use crate::errors::failed;
use crate::handle::Handle;

mod options;

fn made(
    py: Python<'_>,
    call: &str,
    make: impl FnOnce() -> io::Result<TcpSocket> + Send,
) -> PyResult<Handle> {
    py.detach(make)
        .map(Handle::of)
        .map_err(|error| failed(py, &error, call))
}

/// `TcpSocket::new_v4`.
#[pyfunction]
fn new_v4(py: Python<'_>) -> PyResult<Handle> {
    made(py, "new_v4", TcpSocket::new_v4)
}

/// `TcpSocket::new_v6`.
#[pyfunction]
fn new_v6(py: Python<'_>) -> PyResult<Handle> {
    made(py, "new_v6", TcpSocket::new_v6)
}

/// `TcpSocket::from_std_stream`, of the descriptor of a stream.
#[pyfunction]
fn from_std_stream(py: Python<'_>, fileno: i32) -> PyResult<Handle> {
    made(py, "from_std_stream", || {
        let owned = OwnedFd::from(sockspec_core::adopt(fileno)?);
        Ok(TcpSocket::from_std_stream(owned.into()))
    })
}

/// A runtime of this thread. tokio's streams and listeners are only made inside of one.
fn runtime() -> io::Result<Runtime> {
    Builder::new_current_thread().enable_io().build()
}

/// `TcpSocket::listen`, which consumes the socket: the handle of the listener.
#[pyfunction]
fn listen(py: Python<'_>, handle: &Handle, backlog: u32) -> PyResult<Handle> {
    let sock = handle.consume(py, "listen")?;
    py.detach(|| {
        let runtime = runtime()?;
        let _inside = runtime.enter();
        sock.listen(backlog)?.into_std()
    })
    .map(Handle::of)
    .map_err(|error| failed(py, &error, "listen"))
}

/// Where a `Connect` is: it is run once, and can be cancelled before, meanwhile, after.
enum State {
    Ready(TcpSocket),
    Running(AbortHandle),
    Over,
}

/// `TcpSocket::connect`, which consumes the socket, as something that can be cancelled.
#[pyclass(frozen, module = "sockspec_rust._core")]
pub struct Connect {
    to: SocketAddr,
    state: Mutex<State>,
}

impl Connect {
    /// The socket is connected on a runtime of this thread, as a task: aborting it drops
    /// the future, and with it the socket.
    fn connected(&self) -> io::Result<std::net::TcpStream> {
        let runtime = runtime()?;
        let task = {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            let State::Ready(sock) = std::mem::replace(&mut *state, State::Over) else {
                return Err(io::Error::other(
                    "the connect was cancelled, or has been run",
                ));
            };
            let task = runtime.spawn(sock.connect(self.to));
            *state = State::Running(task.abort_handle());
            task
        };
        let stream = runtime.block_on(task).map_err(io::Error::other)??;
        let _inside = runtime.enter();
        stream.into_std()
    }
}

#[pymethods]
impl Connect {
    #[new]
    fn new(py: Python<'_>, handle: &Handle, addr: &Bound<'_, PyAny>) -> PyResult<Self> {
        let to = SocketAddr::given(addr, "connect")?;
        let sock = handle.consume(py, "connect")?;
        Ok(Self {
            to,
            state: Mutex::new(State::Ready(sock)),
        })
    }

    /// Wait for the connection, without the interpreter's lock: the handle of the stream.
    fn run(&self, py: Python<'_>) -> PyResult<Handle> {
        py.detach(|| self.connected())
            .map(Handle::of)
            .map_err(|error| failed(py, &error, "connect"))
    }

    /// Give up: the socket is closed, and `run` returns.
    fn cancel(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let State::Running(task) = std::mem::replace(&mut *state, State::Over) {
            task.abort();
        }
    }
}

/// Every original, by the name that the face has for it.
pub fn originals(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let found = PyDict::new(py);
    options::add(&found)?;
    found.set_item("new_v4", wrap_pyfunction!(new_v4, py)?)?;
    found.set_item("new_v6", wrap_pyfunction!(new_v6, py)?)?;
    found.set_item("from_std_stream", wrap_pyfunction!(from_std_stream, py)?)?;
    found.set_item("listen", wrap_pyfunction!(listen, py)?)?;
    Ok(found)
}
