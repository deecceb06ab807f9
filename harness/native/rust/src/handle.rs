//! What this backend calls a socket.

use std::io;
use std::mem::ManuallyDrop;
use std::os::fd::{FromRawFd, IntoRawFd, RawFd};
use std::sync::atomic::{AtomicI32, Ordering};

use pyo3::prelude::*;
use sockspec_core::Borrowed;
use tokio::net::TcpSocket;

use crate::errors::{consumed, failed};

const CLOSED: RawFd = -1;
const CONSUMED: RawFd = -2;

/// An open descriptor, owned until `close`, `detach`, or a function that consumes it.
///
/// Dropping it closes. Calls borrow it as `socket2::Socket` or `tokio::net::TcpSocket`,
/// which both are a descriptor and nothing else.
#[pyclass(frozen, module = "sockspec_rust._core")]
pub struct Handle {
    descriptor: AtomicI32,
}

impl Handle {
    /// A handle that owns what is given up.
    pub fn of(sock: impl IntoRawFd) -> Self {
        Self {
            descriptor: AtomicI32::new(sock.into_raw_fd()),
        }
    }

    fn refusal(py: Python<'_>, descriptor: RawFd, call: &str) -> PyErr {
        if descriptor == CONSUMED {
            return consumed(py);
        }
        failed(py, &io::Error::from_raw_os_error(libc::EBADF), call)
    }

    /// The descriptor; `SocketError` EBADF after its end, `Consumed` after consumption.
    pub fn descriptor(&self, py: Python<'_>, call: &str) -> PyResult<RawFd> {
        let descriptor = self.descriptor.load(Ordering::Acquire);
        if descriptor < 0 {
            return Err(Self::refusal(py, descriptor, call));
        }
        Ok(descriptor)
    }

    fn end(&self, py: Python<'_>, call: &str, state: RawFd) -> PyResult<RawFd> {
        let ended = |descriptor: RawFd| (descriptor >= 0).then_some(state);
        self.descriptor
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, ended)
            .map_err(|descriptor| Self::refusal(py, descriptor, call))
    }

    /// Give the descriptor up: the handle is closed for everyone else.
    pub fn detach(&self, py: Python<'_>, call: &str) -> PyResult<RawFd> {
        self.end(py, call, CLOSED)
    }

    /// The socket, for a function that consumes it.
    pub fn consume(&self, py: Python<'_>, call: &str) -> PyResult<TcpSocket> {
        let descriptor = self.end(py, call, CONSUMED)?;
        // SAFETY: it is open, and this handle, which owned it, has just forgotten it.
        Ok(unsafe { TcpSocket::from_raw_fd(descriptor) })
    }

    /// One call on the socket as socket2 has it, without the interpreter's lock.
    pub fn on_socket<T: Send>(
        &self,
        py: Python<'_>,
        call: &str,
        make: impl FnOnce(&socket2::Socket) -> io::Result<T> + Send,
    ) -> PyResult<T> {
        let descriptor = self.descriptor(py, call)?;
        py.detach(|| make(&*borrowed(descriptor)?))
            .map_err(|error| failed(py, &error, call))
    }

    /// One call on the socket as tokio has it, without the interpreter's lock.
    pub fn on_tcp_socket<T: Send>(
        &self,
        py: Python<'_>,
        call: &str,
        make: impl FnOnce(&TcpSocket) -> io::Result<T> + Send,
    ) -> PyResult<T> {
        let descriptor = self.descriptor(py, call)?;
        // SAFETY: it was open a moment ago, and ManuallyDrop keeps it from being closed
        // here. Should another thread close it meanwhile, the system says so, as it does
        // to a C program: the number is only ever passed to system calls.
        let sock = ManuallyDrop::new(unsafe { TcpSocket::from_raw_fd(descriptor) });
        py.detach(|| make(&sock))
            .map_err(|error| failed(py, &error, call))
    }
}

fn borrowed(descriptor: RawFd) -> io::Result<Borrowed> {
    sockspec_core::borrow(descriptor)
}

#[pymethods]
impl Handle {
    fn __repr__(&self) -> String {
        match self.descriptor.load(Ordering::Acquire) {
            CLOSED => "<socket closed>".to_owned(),
            CONSUMED => "<socket consumed>".to_owned(),
            descriptor => format!("<socket {descriptor}>"),
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        let descriptor = *self.descriptor.get_mut();
        if descriptor >= 0 {
            // Nobody is there to be told of an error.
            let _ = sockspec_core::close(descriptor);
        }
    }
}
