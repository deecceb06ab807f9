//! More primitives of the contract: files, vectors, many messages at once.

use std::time::Duration;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyBytes, PyTuple};
use sockspec_core as core;

use crate::address::plain;
use crate::convert::Size;
use crate::errors::failed;
use crate::handle::Handle;
use crate::primitives::{accepted, message, Accepted, Primitives};

type Any<'py> = Bound<'py, PyAny>;

/// One message of `sendmmsg`: parts, control data, address.
type Outgoing<'py> = (Vec<PyBackedBytes>, Vec<core::Control>, Option<Any<'py>>);

fn sizes(given: &[Size]) -> Vec<usize> {
    given.iter().map(|size| size.0).collect()
}

fn limit(seconds: Option<f64>) -> PyResult<Option<Duration>> {
    let why = "a timeout is None or 0 to 1e9 seconds";
    seconds
        .map(|seconds| match Duration::try_from_secs_f64(seconds) {
            Ok(limit) if limit.as_secs() < 1_000_000_000 => Ok(limit),
            _ => Err(PyValueError::new_err(why)),
        })
        .transpose()
}

#[pymethods]
impl Primitives {
    fn file(&self, py: Python<'_>, content: PyBackedBytes) -> PyResult<Handle> {
        py.detach(|| core::file(&content))
            .map(Handle::of)
            .map_err(|error| failed(py, &error, "file"))
    }

    fn pipe(&self, py: Python<'_>) -> PyResult<(Handle, Handle)> {
        py.detach(core::pipe)
            .map(|(one, other)| (Handle::of(one), Handle::of(other)))
            .map_err(|error| failed(py, &error, "pipe"))
    }

    fn accept4<'py>(&self, py: Python<'py>, sock: &Handle, flags: i32) -> PyResult<Accepted<'py>> {
        let made = sock.on_socket(py, "accept4", |sock| core::accept4(sock, flags))?;
        accepted(py, made)
    }

    fn read<'py>(
        &self,
        py: Python<'py>,
        sock: &Handle,
        size: Size,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let data = sock.on_socket(py, "read", |sock| core::read(sock, size.0))?;
        Ok(PyBytes::new(py, &data))
    }

    fn readv<'py>(
        &self,
        py: Python<'py>,
        sock: &Handle,
        sizes: Vec<Size>,
    ) -> PyResult<Bound<'py, PyTuple>> {
        let sizes = self::sizes(&sizes);
        let data = sock.on_socket(py, "readv", |sock| core::readv(sock, &sizes))?;
        PyTuple::new(py, data.iter().map(|part| PyBytes::new(py, part)))
    }

    fn write(&self, py: Python<'_>, sock: &Handle, data: PyBackedBytes) -> PyResult<usize> {
        sock.on_socket(py, "write", |sock| core::write(sock, &data))
    }

    fn writev(&self, py: Python<'_>, sock: &Handle, parts: Vec<PyBackedBytes>) -> PyResult<usize> {
        let parts: Vec<&[u8]> = parts.iter().map(|part| &**part).collect();
        sock.on_socket(py, "writev", |sock| core::writev(sock, &parts))
    }

    #[pyo3(signature = (sock, sizes, control=Size(0), flags=0, timeout=None))]
    fn recvmmsg<'py>(
        &self,
        py: Python<'py>,
        sock: &Handle,
        sizes: Vec<Vec<Size>>,
        control: Size,
        flags: i32,
        timeout: Option<f64>,
    ) -> PyResult<Bound<'py, PyTuple>> {
        let sizes: Vec<_> = sizes.iter().map(|each| self::sizes(each)).collect();
        let limit = limit(timeout)?;
        let seen = sock.on_socket(py, "recvmmsg", |sock| {
            core::recvmmsg(sock, &sizes, control.0, flags, limit)
        })?;
        let told = seen.iter().map(|each| message(py, each));
        PyTuple::new(py, told.collect::<PyResult<Vec<_>>>()?)
    }

    #[pyo3(signature = (sock, messages, flags=0))]
    fn sendmmsg<'py>(
        &self,
        py: Python<'py>,
        sock: &Handle,
        messages: Vec<Outgoing<'py>>,
        flags: i32,
    ) -> PyResult<Bound<'py, PyTuple>> {
        let outgoing = messages
            .iter()
            .map(|(parts, control, to)| {
                let parts: Vec<&[u8]> = parts.iter().map(|part| &**part).collect();
                let to = to.as_ref().map(plain).transpose()?;
                Ok((parts, control.clone(), to))
            })
            .collect::<PyResult<Vec<core::Outgoing<'_>>>>()?;
        let sent = sock.on_socket(py, "sendmmsg", |sock| {
            core::sendmmsg(sock, &outgoing, flags)
        })?;
        PyTuple::new(py, sent)
    }

    fn sendfile(
        &self,
        py: Python<'_>,
        sock: &Handle,
        file: &Handle,
        offset: Option<Size>,
        count: Size,
    ) -> PyResult<usize> {
        let file = file.descriptor(py, "sendfile")?;
        let offset = offset.map(|size| size.0 as u64);
        sock.on_socket(py, "sendfile", |sock| {
            core::sendfile(sock, file, offset, count.0)
        })
    }
}
