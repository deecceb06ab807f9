//! The primitives that wait for readiness.

use std::io;
use std::time::Duration;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use sockspec_core as core;

use crate::errors::failed;
use crate::handle::Handle;
use crate::primitives::Primitives;

type Asked<'py> = Vec<(Bound<'py, Handle>, i16)>;
type Change<'py> = (Bound<'py, Handle>, i32, u32, u32, i64, u64);

fn no_number() -> PyErr {
    PyValueError::new_err("a timeout is a number, not NaN")
}

fn limit(seconds: f64) -> PyResult<Option<Duration>> {
    core::limit(seconds).ok_or_else(no_number)
}

/// One call on several sockets, without the interpreter's lock.
fn waited<'py>(
    py: Python<'py>,
    call: &str,
    wanted: &Asked<'py>,
    make: impl FnOnce(&[core::Wanted]) -> io::Result<Vec<i16>> + Send,
) -> PyResult<Bound<'py, PyTuple>> {
    let asked = wanted
        .iter()
        .map(|(sock, events)| Ok((sock.get().descriptor(py, call)?, *events)))
        .collect::<PyResult<Vec<_>>>()?;
    let seen = py
        .detach(|| make(&asked))
        .map_err(|error| failed(py, &error, call))?;
    PyTuple::new(py, seen)
}

#[pymethods]
impl Primitives {
    fn poll<'py>(
        &self,
        py: Python<'py>,
        wanted: Asked<'py>,
        timeout: f64,
    ) -> PyResult<Bound<'py, PyTuple>> {
        let timeout = core::milliseconds(timeout).ok_or_else(no_number)?;
        waited(py, "poll", &wanted, |asked| core::poll(asked, timeout))
    }

    fn select<'py>(
        &self,
        py: Python<'py>,
        wanted: Asked<'py>,
        timeout: f64,
    ) -> PyResult<Bound<'py, PyTuple>> {
        let limit = limit(timeout)?;
        waited(py, "select", &wanted, |asked| core::select(asked, limit))
    }

    #[pyo3(signature = (wanted, timeout, mask=None))]
    fn pselect<'py>(
        &self,
        py: Python<'py>,
        wanted: Asked<'py>,
        timeout: f64,
        mask: Option<Vec<i32>>,
    ) -> PyResult<Bound<'py, PyTuple>> {
        let limit = limit(timeout)?;
        waited(py, "pselect", &wanted, |asked| {
            core::pselect(asked, limit, mask.as_deref())
        })
    }

    #[pyo3(signature = (wanted, timeout, mask=None))]
    fn ppoll<'py>(
        &self,
        py: Python<'py>,
        wanted: Asked<'py>,
        timeout: f64,
        mask: Option<Vec<i32>>,
    ) -> PyResult<Bound<'py, PyTuple>> {
        let limit = limit(timeout)?;
        waited(py, "ppoll", &wanted, |asked| {
            core::ppoll(asked, limit, mask.as_deref())
        })
    }

    #[pyo3(signature = (flags=0))]
    fn epoll_create(&self, py: Python<'_>, flags: i32) -> PyResult<Handle> {
        py.detach(|| core::epoll_create(flags))
            .map(Handle::of)
            .map_err(|error| failed(py, &error, "epoll_create"))
    }

    #[pyo3(signature = (sock, operation, target, events, key=0))]
    fn epoll_ctl(
        &self,
        py: Python<'_>,
        sock: &Handle,
        operation: i32,
        target: &Handle,
        events: i64,
        key: u64,
    ) -> PyResult<()> {
        let target = target.descriptor(py, "epoll_ctl")?;
        // The highest bit is a sign in one table and not in the other.
        let event = (events as u32, key);
        sock.on_socket(py, "epoll_ctl", |sock| {
            core::epoll_ctl(sock, operation, target, event)
        })
    }

    fn epoll_wait<'py>(
        &self,
        py: Python<'py>,
        sock: &Handle,
        most: i32,
        timeout: f64,
    ) -> PyResult<Bound<'py, PyTuple>> {
        let timeout = core::milliseconds(timeout).ok_or_else(no_number)?;
        let came = sock.on_socket(py, "epoll_wait", |sock| {
            core::epoll_wait(sock, most, timeout)
        })?;
        PyTuple::new(py, came)
    }

    fn kqueue(&self, py: Python<'_>) -> PyResult<Handle> {
        py.detach(core::kqueue)
            .map(Handle::of)
            .map_err(|error| failed(py, &error, "kqueue"))
    }

    fn kevent<'py>(
        &self,
        py: Python<'py>,
        sock: &Handle,
        changes: Vec<Change<'py>>,
        most: i32,
        timeout: f64,
    ) -> PyResult<Bound<'py, PyTuple>> {
        let limit = limit(timeout)?;
        let changes: Vec<_> = changes
            .iter()
            .map(|(target, filter, flags, fflags, data, key)| {
                // Of a socket that is closed the system says what it is.
                let target = target.get().descriptor(py, "kevent").unwrap_or(-1);
                (target, (*filter, *flags, *fflags, *data, *key))
            })
            .collect();
        let came = sock.on_socket(py, "kevent", |sock| {
            core::kevent(sock, &changes, most, limit)
        })?;
        PyTuple::new(py, came)
    }
}
