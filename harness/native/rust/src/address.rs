//! Addresses of `sockspec.address`, and those of the two crates.

use std::ffi::OsStr;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::os::unix::ffi::OsStrExt;

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyTuple};
use socket2::SockAddr;
use sockspec_core::{Address, Name};

use crate::errors::{failed, unsupported};
use crate::types::types;

/// An IPv4 address of a string. Names are not resolved: `ValueError` for one that is none.
pub fn ipv4(host: &Bound<'_, PyAny>) -> PyResult<Ipv4Addr> {
    let text: &str = &host.extract::<String>()?;
    text.parse()
        .map_err(|_| PyValueError::new_err(format!("{text:?} is no IPv4 address")))
}

/// An IPv6 address of a string. Names are not resolved: `ValueError` for one that is none.
pub fn ipv6(host: &Bound<'_, PyAny>) -> PyResult<Ipv6Addr> {
    let text: &str = &host.extract::<String>()?;
    text.parse()
        .map_err(|_| PyValueError::new_err(format!("{text:?} is no IPv6 address")))
}

/// A value of `sockspec.address`.
pub fn plain(given: &Bound<'_, PyAny>) -> PyResult<Address> {
    let py = given.py();
    let types = types(py)?;
    let class = given.get_type();
    if class.is(&types.inet) {
        let host = ipv4(&given.getattr(intern!(py, "host"))?)?;
        let port = given.getattr(intern!(py, "port"))?.extract()?;
        Ok(Address::Inet(SocketAddrV4::new(host, port)))
    } else if class.is(&types.inet6) {
        let host = ipv6(&given.getattr(intern!(py, "host"))?)?;
        let port = given.getattr(intern!(py, "port"))?.extract()?;
        let flow = given.getattr(intern!(py, "flowinfo"))?.extract()?;
        let scope = given.getattr(intern!(py, "scope_id"))?.extract()?;
        Ok(Address::Inet6(SocketAddrV6::new(host, port, flow, scope)))
    } else if class.is(&types.unix) {
        Ok(Address::Unix(
            given.getattr(intern!(py, "path"))?.extract()?,
        ))
    } else if class.is(&types.raw) {
        Ok(Address::Raw(given.getattr(intern!(py, "data"))?.extract()?))
    } else {
        Err(PyTypeError::new_err(format!(
            "an address is Inet, Inet6, Unix or Raw, not {class}"
        )))
    }
}

/// An address as the faces take it: a pair of host and port, too.
pub fn face(given: &Bound<'_, PyAny>) -> PyResult<Address> {
    let Ok(pair) = given.cast::<PyTuple>() else {
        return plain(given);
    };
    let (host, port): (Bound<'_, PyAny>, u16) = pair.extract()?;
    if host.extract::<String>()?.contains(':') {
        return Ok(Address::Inet6(SocketAddrV6::new(ipv6(&host)?, port, 0, 0)));
    }
    Ok(Address::Inet(SocketAddrV4::new(ipv4(&host)?, port)))
}

/// The address as a program of socket2 has it: a path goes through `SockAddr::unix`, which
/// refuses a long one by itself. `Unsupported` for bytes that `SockAddr` has no room for.
pub fn socket2(py: Python<'_>, address: &Address, call: &str) -> PyResult<SockAddr> {
    if let Address::Unix(path) = address {
        return SockAddr::unix(OsStr::from_bytes(path)).map_err(|error| failed(py, &error, call));
    }
    match address.name() {
        Name::Plain(name) => Ok(*name),
        Name::Long(_) => Err(unsupported(
            py,
            "raw-address",
            "longer than what socket2::SockAddr holds",
        )),
    }
}

/// The address as a program of tokio has it. `Unsupported` for what `SocketAddr` is not.
pub fn tokio(py: Python<'_>, address: &Address) -> PyResult<SocketAddr> {
    match address {
        Address::Inet(address) => Ok((*address).into()),
        Address::Inet6(address) => {
            let mut stored = *address;
            stored.set_flowinfo(address.flowinfo().to_be());
            Ok(stored.into())
        }
        Address::Unix(_) | Address::Raw(_) => Err(unsupported(
            py,
            "an address that is not of IP",
            "tokio::net::TcpSocket takes std::net::SocketAddr",
        )),
    }
}

/// What tokio answered, as an address.
pub fn from_std(address: SocketAddr) -> Address {
    match address {
        SocketAddr::V4(address) => Address::Inet(address),
        SocketAddr::V6(mut address) => {
            address.set_flowinfo(u32::from_be(address.flowinfo()));
            Address::Inet6(address)
        }
    }
}

/// A value of `sockspec.address`; None where the system gave none.
pub fn told<'py>(py: Python<'py>, address: Option<&Address>) -> PyResult<Bound<'py, PyAny>> {
    let types = types(py)?;
    match address {
        None => Ok(py.None().into_bound(py)),
        Some(Address::Inet(address)) => {
            let parts = (address.ip().to_string(), address.port());
            types.inet.bind(py).call1(parts)
        }
        Some(Address::Inet6(address)) => {
            let host = address.ip().to_string();
            let more = (address.flowinfo(), address.scope_id());
            types
                .inet6
                .bind(py)
                .call1((host, address.port(), more.0, more.1))
        }
        Some(Address::Unix(path)) => types.unix.bind(py).call1((PyBytes::new(py, path),)),
        Some(Address::Raw(data)) => types.raw.bind(py).call1((PyBytes::new(py, data),)),
    }
}
