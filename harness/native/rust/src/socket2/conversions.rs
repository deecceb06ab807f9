//! Creation, the end, and conversions: to and from descriptors and the types of std; Debug.

use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::fd::{FromRawFd, IntoRawFd, OwnedFd};
use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use pyo3::IntoPyObjectExt;
use socket2::{Domain, Protocol, Socket, Type};

use crate::convert::Tell;
use crate::errors::failed;
use crate::handle::Handle;

type Made = PyResult<Handle>;

fn made(py: Python<'_>, call: &str, make: impl FnOnce() -> std::io::Result<Socket> + Send) -> Made {
    py.detach(make)
        .map(Handle::of)
        .map_err(|error| failed(py, &error, call))
}

fn protocol(number: i32) -> Option<Protocol> {
    (number != 0).then(|| Protocol::from(number))
}

/// `Socket::new`.
#[pyfunction]
#[pyo3(signature = (domain, r#type, protocol=0))]
fn new(py: Python<'_>, domain: i32, r#type: i32, protocol: i32) -> Made {
    let (domain, kind) = (Domain::from(domain), Type::from(r#type));
    let protocol = self::protocol(protocol);
    made(py, "new", || Socket::new(domain, kind, protocol))
}

/// `Socket::new_raw`.
#[pyfunction]
#[pyo3(signature = (domain, r#type, protocol=0))]
fn new_raw(py: Python<'_>, domain: i32, r#type: i32, protocol: i32) -> Made {
    let (domain, kind) = (Domain::from(domain), Type::from(r#type));
    let protocol = self::protocol(protocol);
    made(py, "new_raw", || Socket::new_raw(domain, kind, protocol))
}

/// `Socket::pair`.
#[pyfunction]
#[pyo3(signature = (domain, r#type, protocol=0))]
fn pair(py: Python<'_>, domain: i32, r#type: i32, protocol: i32) -> PyResult<(Handle, Handle)> {
    let (domain, kind) = (Domain::from(domain), Type::from(r#type));
    let protocol = self::protocol(protocol);
    py.detach(|| Socket::pair(domain, kind, protocol))
        .map(|(one, other)| (Handle::of(one), Handle::of(other)))
        .map_err(|error| failed(py, &error, "pair"))
}

/// `Socket::accept`: a handle and its peer's address, None where the system gave none.
#[pyfunction]
fn accept(py: Python<'_>, handle: &Handle) -> PyResult<(Handle, Py<PyAny>)> {
    let (sock, address) = handle.on_socket(py, "accept", Socket::accept)?;
    Ok((Handle::of(sock), address.tell(py)?))
}

/// `Socket::accept_raw`.
#[pyfunction]
fn accept_raw(py: Python<'_>, handle: &Handle) -> PyResult<(Handle, Py<PyAny>)> {
    let (sock, address) = handle.on_socket(py, "accept_raw", Socket::accept_raw)?;
    Ok((Handle::of(sock), address.tell(py)?))
}

/// `Socket::try_clone`.
#[pyfunction]
fn try_clone(py: Python<'_>, handle: &Handle) -> Made {
    handle
        .on_socket(py, "try_clone", Socket::try_clone)
        .map(Handle::of)
}

/// `FromRawFd`: a handle that owns an open descriptor.
#[pyfunction]
fn from_raw_fd(py: Python<'_>, fd: i32) -> Made {
    made(py, "from_raw_fd", || sockspec_core::adopt(fd))
}

/// `AsRawFd`.
#[pyfunction]
fn as_raw_fd(py: Python<'_>, handle: &Handle) -> PyResult<i32> {
    handle.descriptor(py, "as_raw_fd")
}

/// `IntoRawFd`: the descriptor, no longer owned.
#[pyfunction]
fn into_raw_fd(py: Python<'_>, handle: &Handle) -> PyResult<i32> {
    handle.detach(py, "into_raw_fd")
}

/// `Into<TcpStream>` and its like, by the name of the type, and the descriptor of that.
#[pyfunction]
fn into_std(py: Python<'_>, handle: &Handle, kind: &str) -> PyResult<i32> {
    let into: fn(Socket) -> i32 = match kind {
        "TcpStream" => |sock| TcpStream::from(sock).into_raw_fd(),
        "TcpListener" => |sock| TcpListener::from(sock).into_raw_fd(),
        "UdpSocket" => |sock| UdpSocket::from(sock).into_raw_fd(),
        "UnixStream" => |sock| UnixStream::from(sock).into_raw_fd(),
        "UnixListener" => |sock| UnixListener::from(sock).into_raw_fd(),
        "UnixDatagram" => |sock| UnixDatagram::from(sock).into_raw_fd(),
        "OwnedFd" => |sock| OwnedFd::from(sock).into_raw_fd(),
        other => return Err(unknown(other)),
    };
    let descriptor = handle.detach(py, "into_std")?;
    // SAFETY: it is open, and the handle, which owned it, has just forgotten it.
    Ok(into(unsafe { Socket::from_raw_fd(descriptor) }))
}

/// `From<TcpStream>` and its like, by the name of the type, of an open descriptor.
#[pyfunction]
fn from_std(py: Python<'_>, fd: i32, kind: &str) -> Made {
    let from: fn(OwnedFd) -> Socket = match kind {
        "TcpStream" => |fd| Socket::from(TcpStream::from(fd)),
        "TcpListener" => |fd| Socket::from(TcpListener::from(fd)),
        "UdpSocket" => |fd| Socket::from(UdpSocket::from(fd)),
        "UnixStream" => |fd| Socket::from(UnixStream::from(fd)),
        "UnixListener" => |fd| Socket::from(UnixListener::from(fd)),
        "UnixDatagram" => |fd| Socket::from(UnixDatagram::from(fd)),
        "OwnedFd" => Socket::from,
        other => return Err(unknown(other)),
    };
    made(py, "from_std", || {
        sockspec_core::adopt(fd).map(|sock| from(sock.into()))
    })
}

fn unknown(kind: &str) -> PyErr {
    PyValueError::new_err(format!("socket2::Socket does not become a {kind}"))
}

/// `Debug`.
#[pyfunction]
fn debug(py: Python<'_>, handle: &Handle) -> PyResult<Py<PyAny>> {
    handle
        .on_socket(py, "debug", |sock| Ok(format!("{sock:?}")))?
        .into_py_any(py)
}

/// Put these functions into `found`, by name.
pub fn add(found: &Bound<'_, PyDict>) -> PyResult<()> {
    let py = found.py();
    found.set_item("new", wrap_pyfunction!(new, py)?)?;
    found.set_item("new_raw", wrap_pyfunction!(new_raw, py)?)?;
    found.set_item("pair", wrap_pyfunction!(pair, py)?)?;
    found.set_item("accept", wrap_pyfunction!(accept, py)?)?;
    found.set_item("accept_raw", wrap_pyfunction!(accept_raw, py)?)?;
    found.set_item("try_clone", wrap_pyfunction!(try_clone, py)?)?;
    found.set_item("from_raw_fd", wrap_pyfunction!(from_raw_fd, py)?)?;
    found.set_item("as_raw_fd", wrap_pyfunction!(as_raw_fd, py)?)?;
    found.set_item("into_raw_fd", wrap_pyfunction!(into_raw_fd, py)?)?;
    found.set_item("into_std", wrap_pyfunction!(into_std, py)?)?;
    found.set_item("from_std", wrap_pyfunction!(from_std, py)?)?;
    found.set_item("debug", wrap_pyfunction!(debug, py)?)
}
