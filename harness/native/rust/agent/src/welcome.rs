//! Who answers, and where: the facts of the platform, as `sockspec.platform` gathers them.

use std::collections::BTreeMap;
use std::ffi::c_long;

use serde::Serialize;

use crate::facts;

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

/// Who answers, as `sockspec.platform` has it; empty or `None` is what nobody knows.
#[derive(Debug, Serialize)]
pub struct Platform {
    pub profile: String,
    pub system: String,
    pub version: String,
    pub machine: String,
    pub byte_order: &'static str,
    pub release: String,
    /// The system below one that is none of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    pub libc: &'static str,
    pub libc_version: String,
    pub interpreter: &'static str,
    pub interpreter_version: &'static str,
    pub privileged: Option<bool>,
    pub capabilities: Option<String>,
    pub own_network_namespace: Option<bool>,
    pub own_user_namespace: Option<bool>,
    pub hz: Option<u64>,
    pub settings: BTreeMap<&'static str, String>,
}

/// The order of bytes in a number.
pub const ORDER: &str = if cfg!(target_endian = "little") {
    "little"
} else {
    "big"
};

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
