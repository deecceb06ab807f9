//! The primitives of the contract, as methods of one class.

use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyBytes, PyTuple};
use sockspec_core::{self as core, Address};

use crate::address::{plain, told};
use crate::convert::Size;
use crate::errors::failed;
use crate::handle::Handle;
use crate::types::types;

type Bytes<'py> = Bound<'py, PyBytes>;
type Any<'py> = Bound<'py, PyAny>;
/// A socket and its peer's address.
pub type Accepted<'py> = (Handle, Any<'py>);

/// Every primitive of the contract; `sockspec.backend.Backend` documents them.
#[pyclass(frozen, subclass, module = "sockspec_rust._core")]
pub struct Primitives;

/// `sockspec.backend.Message`.
pub fn message<'py>(py: Python<'py>, seen: &core::Message) -> PyResult<Any<'py>> {
    let data = PyTuple::new(py, seen.data.iter().map(|part| PyBytes::new(py, part)))?;
    let control = seen
        .control
        .iter()
        .map(|(level, kind, bytes)| (level, kind, PyBytes::new(py, bytes)));
    let control = PyTuple::new(py, control)?;
    let address = told(py, seen.address.as_ref())?;
    let parts = (seen.length, data, control, seen.flags, address);
    types(py)?.message.bind(py).call1(parts)
}

/// What a call that accepts returned.
pub fn accepted<'py>(
    py: Python<'py>,
    (sock, address): (socket2::Socket, Option<Address>),
) -> PyResult<Accepted<'py>> {
    Ok((Handle::of(sock), told(py, address.as_ref())?))
}

#[pymethods]
impl Primitives {
    #[new]
    fn new() -> Self {
        Self
    }

    // -- creation and end --------------------------------------------------

    #[pyo3(name = "new", signature = (family, r#type, protocol=0))]
    fn create(&self, py: Python<'_>, family: i32, r#type: i32, protocol: i32) -> PyResult<Handle> {
        py.detach(|| core::create(family, r#type, protocol))
            .map(Handle::of)
            .map_err(|error| failed(py, &error, "new"))
    }

    #[pyo3(signature = (family, r#type, protocol=0))]
    fn new_raw(&self, py: Python<'_>, family: i32, r#type: i32, protocol: i32) -> PyResult<Handle> {
        py.detach(|| core::create_raw(family, r#type, protocol))
            .map(Handle::of)
            .map_err(|error| failed(py, &error, "new_raw"))
    }

    #[pyo3(signature = (family, r#type, protocol=0))]
    fn pair(
        &self,
        py: Python<'_>,
        family: i32,
        r#type: i32,
        protocol: i32,
    ) -> PyResult<(Handle, Handle)> {
        py.detach(|| core::pair(family, r#type, protocol))
            .map(|(one, other)| (Handle::of(one), Handle::of(other)))
            .map_err(|error| failed(py, &error, "pair"))
    }

    fn close(&self, py: Python<'_>, sock: &Handle) -> PyResult<()> {
        let descriptor = sock.detach(py, "close")?;
        py.detach(|| core::close(descriptor))
            .map_err(|error| failed(py, &error, "close"))
    }

    fn dup(&self, py: Python<'_>, sock: &Handle) -> PyResult<Handle> {
        sock.on_socket(py, "dup", core::dup).map(Handle::of)
    }

    fn fileno(&self, py: Python<'_>, sock: &Handle) -> PyResult<i32> {
        sock.descriptor(py, "fileno")
    }

    fn adopt(&self, py: Python<'_>, fileno: i32) -> PyResult<Handle> {
        py.detach(|| core::adopt(fileno))
            .map(Handle::of)
            .map_err(|error| failed(py, &error, "adopt"))
    }

    fn detach(&self, py: Python<'_>, sock: &Handle) -> PyResult<i32> {
        sock.detach(py, "detach")
    }

    // -- naming and connection ---------------------------------------------

    fn bind(&self, py: Python<'_>, sock: &Handle, address: &Any<'_>) -> PyResult<()> {
        let address = plain(address)?;
        sock.on_socket(py, "bind", |sock| core::bind(sock, &address))
    }

    fn listen(&self, py: Python<'_>, sock: &Handle, backlog: i32) -> PyResult<()> {
        sock.on_socket(py, "listen", |sock| core::listen(sock, backlog))
    }

    fn connect(&self, py: Python<'_>, sock: &Handle, address: &Any<'_>) -> PyResult<()> {
        let address = plain(address)?;
        sock.on_socket(py, "connect", |sock| core::connect(sock, &address))
    }

    fn accept<'py>(&self, py: Python<'py>, sock: &Handle) -> PyResult<Accepted<'py>> {
        accepted(py, sock.on_socket(py, "accept", core::accept)?)
    }

    fn accept_raw<'py>(&self, py: Python<'py>, sock: &Handle) -> PyResult<Accepted<'py>> {
        accepted(py, sock.on_socket(py, "accept_raw", core::accept_raw)?)
    }

    fn local_addr<'py>(&self, py: Python<'py>, sock: &Handle) -> PyResult<Any<'py>> {
        let name = sock.on_socket(py, "local_addr", core::local_addr)?;
        told(py, name.as_ref())
    }

    fn peer_addr<'py>(&self, py: Python<'py>, sock: &Handle) -> PyResult<Any<'py>> {
        let name = sock.on_socket(py, "peer_addr", core::peer_addr)?;
        told(py, name.as_ref())
    }

    fn shutdown(&self, py: Python<'_>, sock: &Handle, how: i32) -> PyResult<()> {
        sock.on_socket(py, "shutdown", |sock| core::shutdown(sock, how))
    }

    // -- options and descriptor flags --------------------------------------

    fn getsockopt<'py>(
        &self,
        py: Python<'py>,
        sock: &Handle,
        level: i32,
        name: i32,
        length: Size,
    ) -> PyResult<Bytes<'py>> {
        let value = sock.on_socket(py, "getsockopt", |sock| {
            core::getsockopt(sock, level, name, length.0)
        })?;
        Ok(PyBytes::new(py, &value))
    }

    fn setsockopt(
        &self,
        py: Python<'_>,
        sock: &Handle,
        level: i32,
        name: i32,
        value: PyBackedBytes,
    ) -> PyResult<()> {
        sock.on_socket(py, "setsockopt", |sock| {
            core::setsockopt(sock, level, name, &value)
        })
    }

    fn nonblocking(&self, py: Python<'_>, sock: &Handle) -> PyResult<bool> {
        sock.on_socket(py, "nonblocking", core::nonblocking)
    }

    fn set_nonblocking(&self, py: Python<'_>, sock: &Handle, on: bool) -> PyResult<()> {
        sock.on_socket(py, "set_nonblocking", |sock| {
            core::set_nonblocking(sock, on)
        })
    }

    fn cloexec(&self, py: Python<'_>, sock: &Handle) -> PyResult<bool> {
        sock.on_socket(py, "cloexec", core::cloexec)
    }

    fn ioctl<'py>(
        &self,
        py: Python<'py>,
        sock: &Handle,
        request: i64,
        argument: PyBackedBytes,
    ) -> PyResult<Bytes<'py>> {
        let left = sock.on_socket(py, "ioctl", |sock| core::ioctl(sock, request, &argument))?;
        Ok(PyBytes::new(py, &left))
    }

    fn sockatmark(&self, py: Python<'_>, sock: &Handle) -> PyResult<bool> {
        sock.on_socket(py, "sockatmark", core::sockatmark)
    }

    // -- data --------------------------------------------------------------

    #[pyo3(signature = (sock, size, flags=0))]
    fn recv<'py>(
        &self,
        py: Python<'py>,
        sock: &Handle,
        size: Size,
        flags: i32,
    ) -> PyResult<Bytes<'py>> {
        let data = sock.on_socket(py, "recv", |sock| core::recv(sock, size.0, flags))?;
        Ok(PyBytes::new(py, &data))
    }

    #[pyo3(signature = (sock, size, flags=0))]
    fn recv_length(
        &self,
        py: Python<'_>,
        sock: &Handle,
        size: Size,
        flags: i32,
    ) -> PyResult<usize> {
        sock.on_socket(py, "recv_length", |sock| {
            core::recv_length(sock, size.0, flags)
        })
    }

    #[pyo3(signature = (sock, size, flags=0))]
    fn recvfrom<'py>(
        &self,
        py: Python<'py>,
        sock: &Handle,
        size: Size,
        flags: i32,
    ) -> PyResult<(Bytes<'py>, Any<'py>)> {
        let (data, from) =
            sock.on_socket(py, "recvfrom", |sock| core::recvfrom(sock, size.0, flags))?;
        Ok((PyBytes::new(py, &data), told(py, from.as_ref())?))
    }

    #[pyo3(signature = (sock, sizes, control=Size(0), flags=0))]
    fn recvmsg<'py>(
        &self,
        py: Python<'py>,
        sock: &Handle,
        sizes: Vec<Size>,
        control: Size,
        flags: i32,
    ) -> PyResult<Any<'py>> {
        let sizes: Vec<usize> = sizes.iter().map(|size| size.0).collect();
        let seen = sock.on_socket(py, "recvmsg", |sock| {
            core::recvmsg(sock, &sizes, control.0, flags)
        })?;
        message(py, &seen)
    }

    #[pyo3(signature = (sock, data, flags=0))]
    fn send(
        &self,
        py: Python<'_>,
        sock: &Handle,
        data: PyBackedBytes,
        flags: i32,
    ) -> PyResult<usize> {
        sock.on_socket(py, "send", |sock| core::send(sock, &data, flags))
    }

    fn sendto(
        &self,
        py: Python<'_>,
        sock: &Handle,
        data: PyBackedBytes,
        flags: i32,
        address: &Any<'_>,
    ) -> PyResult<usize> {
        let to = plain(address)?;
        sock.on_socket(py, "sendto", |sock| core::sendto(sock, &data, flags, &to))
    }

    #[pyo3(signature = (sock, parts, control=Vec::new(), flags=0, address=None))]
    fn sendmsg(
        &self,
        py: Python<'_>,
        sock: &Handle,
        parts: Vec<PyBackedBytes>,
        control: Vec<core::Control>,
        flags: i32,
        address: Option<&Any<'_>>,
    ) -> PyResult<usize> {
        let to = address.map(plain).transpose()?;
        let parts: Vec<&[u8]> = parts.iter().map(|part| &**part).collect();
        sock.on_socket(py, "sendmsg", |sock| {
            core::sendmsg(sock, &parts, &control, flags, to.as_ref())
        })
    }
}
