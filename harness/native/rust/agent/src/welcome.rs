//! The answer to `hello`: who answers, and where.

use std::collections::BTreeMap;
use std::ffi::c_long;

use serde::Serialize;

use crate::facts;
use crate::platform::{Platform, ORDER};

/// The answer to `hello`.
#[derive(Debug, Serialize)]
pub struct Welcome {
    protocol: u32,
    backend: &'static str,
    version: &'static str,
    implementation: String,
    system: &'static str,
    byte_order: &'static str,
    long_size: usize,
    platform: Platform,
    constants: BTreeMap<&'static str, Option<i64>>,
    primitives: Vec<&'static str>,
    functions: [&'static str; 0],
    starts: bool,
}

impl Welcome {
    /// Of this agent, on this platform; it speaks a version of the protocol, and has primitives.
    pub fn new(protocol: u32, primitives: Vec<&'static str>) -> Self {
        Self {
            protocol,
            backend: "socket2",
            version: env!("CARGO_PKG_VERSION"),
            implementation: format!(
                "sockspec-agent {} (socket2 {}, rustc {})",
                env!("CARGO_PKG_VERSION"),
                env!("LOCKED_SOCKET2"),
                env!("COMPILER"),
            ),
            system: match std::env::consts::OS {
                "macos" => "darwin",
                "windows" => "win32",
                other => other,
            },
            byte_order: ORDER,
            long_size: size_of::<c_long>(),
            platform: facts::platform(),
            constants: sockspec_core::constants().clone(),
            primitives,
            functions: [],
            starts: true,
        }
    }
}
