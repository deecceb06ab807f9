//! Arguments as Python gives them, and answers as Python gets them.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr};
use std::time::Duration;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyBytes, PyString};
use pyo3::IntoPyObjectExt;
use socket2::{SockAddr, TcpKeepalive};
use sockspec_core::{constant, Address};

use crate::address::{face, from_std, ipv4, ipv6, socket2 as to_socket2, tokio, told};
use crate::errors::{failed, unsupported};

/// The size of a buffer: not negative, a `ValueError` otherwise.
#[derive(Clone, Copy)]
pub struct Size(pub usize);

impl<'py> FromPyObject<'_, 'py> for Size {
    type Error = PyErr;

    fn extract(given: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let size: isize = given.extract()?;
        usize::try_from(size)
            .map(Self)
            .map_err(|_| PyValueError::new_err(format!("a size is not negative: {size}")))
    }
}

/// Flags as the faces take them: a number, a symbol, or several of both.
pub struct Flags(pub i32);

/// An argument of an original, as its face documents it.
pub trait Given: Sized {
    /// The value; `call` names the function in errors.
    fn given(value: &Bound<'_, PyAny>, call: &str) -> PyResult<Self>;
}

/// The low 64 bits of a number, as a program gets them that writes `-1 as usize`.
fn low(value: &Bound<'_, PyAny>) -> PyResult<u64> {
    if let Ok(number) = value.extract::<i64>() {
        return Ok(number as u64);
    }
    value.call_method1("__and__", (u64::MAX,))?.extract::<u64>()
}

fn seconds(value: &Bound<'_, PyAny>) -> PyResult<Duration> {
    let seconds: f64 = value.extract()?;
    if seconds.is_nan() || seconds < 0.0 {
        let why = format!("a duration is not negative: {seconds}");
        return Err(PyValueError::new_err(why));
    }
    // What a Duration cannot hold is its maximum.
    Ok(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX))
}

fn number(value: &Bound<'_, PyAny>) -> PyResult<i32> {
    let Ok(symbol) = value.cast::<PyString>() else {
        return value.extract();
    };
    let symbol = symbol.to_cow()?;
    match constant(&symbol) {
        // Truncated as C does, for flags with the highest bit.
        Some(number) => Ok(number as i32),
        None => Err(unsupported(
            value.py(),
            &symbol,
            "rust has no number for it here",
        )),
    }
}

macro_rules! given {
    ($($type:ty: |$value:ident, $call:ident| $body:expr;)+) => {$(
        impl Given for $type {
            fn given($value: &Bound<'_, PyAny>, $call: &str) -> PyResult<Self> {
                $body
            }
        }
    )+};
}

given! {
    bool: |value, _call| value.is_truthy();
    i32: |value, _call| value.extract();
    u8: |value, _call| value.extract();
    u32: |value, _call| low(value).map(|bits| bits as u32);
    usize: |value, _call| low(value).map(|bits| bits as usize);
    Size: |value, _call| value.extract();
    Vec<Size>: |value, _call| value.extract();
    PyBackedBytes: |value, _call| Ok(value.extract()?);
    Option<PyBackedBytes>: |value, _call| Ok(value.extract()?);
    Vec<PyBackedBytes>: |value, _call| value.extract();
    Duration: |value, _call| seconds(value);
    Ipv4Addr: |value, _call| ipv4(value);
    Ipv6Addr: |value, _call| ipv6(value);
    SockAddr: |value, call| to_socket2(value.py(), &face(value)?, call);
    SocketAddr: |value, _call| tokio(value.py(), &face(value)?);
    Option<Duration>: |value, _call| {
        if value.is_none() { Ok(None) } else { seconds(value).map(Some) }
    };
    Flags: |value, _call| {
        if value.is_instance_of::<PyString>() || value.extract::<i64>().is_ok() {
            return number(value).map(Self);
        }
        let mut whole = 0;
        for each in value.try_iter()? {
            whole |= number(&each?)?;
        }
        Ok(Self(whole))
    };
    Shutdown: |value, _call| match number(value)? {
        libc::SHUT_RD => Ok(Self::Read),
        libc::SHUT_WR => Ok(Self::Write),
        libc::SHUT_RDWR => Ok(Self::Both),
        other => Err(unsupported(
            value.py(),
            &format!("shutdown of {other}"),
            "std::net::Shutdown has three values",
        )),
    };
    TcpKeepalive: |value, _call| {
        let mut made = Self::new();
        let (time, interval) = (value.getattr("time")?, value.getattr("interval")?);
        let retries = value.getattr("retries")?;
        if !time.is_none() {
            made = made.with_time(seconds(&time)?);
        }
        if !interval.is_none() {
            made = made.with_interval(seconds(&interval)?);
        }
        if !retries.is_none() {
            made = made.with_retries(low(&retries)? as u32);
        }
        Ok(made)
    };
}

/// An answer of an original, as its face documents it.
pub trait Tell {
    /// The Python object.
    fn tell(self, py: Python<'_>) -> PyResult<Py<PyAny>>;
}

macro_rules! tell {
    ($($type:ty: |$value:ident, $py:ident| $body:expr;)+) => {$(
        impl Tell for $type {
            fn tell(self, $py: Python<'_>) -> PyResult<Py<PyAny>> {
                let $value = self;
                $body
            }
        }
    )+};
}

tell! {
    (): |_value, py| Ok(py.None());
    bool: |value, py| value.into_py_any(py);
    i32: |value, py| value.into_py_any(py);
    u32: |value, py| value.into_py_any(py);
    u64: |value, py| value.into_py_any(py);
    usize: |value, py| value.into_py_any(py);
    Option<i32>: |value, py| value.into_py_any(py);
    String: |value, py| value.into_py_any(py);
    Ipv4Addr: |value, py| value.to_string().into_py_any(py);
    Duration: |value, py| value.as_secs_f64().into_py_any(py);
    Option<Duration>: |value, py| value.map(|each| each.as_secs_f64()).into_py_any(py);
    Vec<u8>: |value, py| Ok(PyBytes::new(py, &value).into_any().unbind());
    Option<Vec<u8>>: |value, py| match value {
        Some(bytes) => bytes.tell(py),
        None => Ok(py.None()),
    };
    Option<Address>: |value, py| told(py, value.as_ref()).map(Bound::unbind);
    SocketAddr: |value, py| told(py, Some(&from_std(value))).map(Bound::unbind);
    SockAddr: |value, py| Address::from_sockaddr(&value).tell(py);
    Option<io::Error>: |value, py| match value {
        Some(error) => failed(py, &error, "take_error").into_value(py).into_py_any(py),
        None => Ok(py.None()),
    };
    (Vec<u8>, SockAddr): |value, py| {
        (PyBytes::new(py, &value.0), value.1.tell(py)?).into_py_any(py)
    };
}
