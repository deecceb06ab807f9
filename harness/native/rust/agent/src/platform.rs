//! The platform, as `sockspec.platform` describes it.

use std::collections::BTreeMap;

use serde::Serialize;

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
