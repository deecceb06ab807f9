//! The facts of a POSIX system.

use std::collections::BTreeMap;
use std::ffi::CStr;
use std::fs;

use crate::platform::{Platform, ORDER};

/// Settings of a Linux system that change what its sockets answer (sysctl names).
const SETTINGS: &str = include_str!("settings.txt");

/// Who answers.
pub fn platform() -> Platform {
    let [system, release, machine] = uname();
    let capabilities = status("CapEff");
    Platform {
        profile: profile(),
        version: release.split('-').next().unwrap_or_default().to_owned(),
        system,
        machine,
        byte_order: ORDER,
        libc: libc_name(),
        libc_version: libc_version(),
        interpreter: "",
        interpreter_version: "",
        privileged: privileged(capabilities.as_deref()),
        capabilities,
        own_network_namespace: own_namespace("net"),
        own_user_namespace: own_namespace("user"),
        hz: hz(),
        settings: settings(),
        release,
        host: None,
    }
}

/// System, release and machine, as uname(2) tells them.
fn uname() -> [String; 3] {
    // SAFETY: a structure of character arrays, valid as zeros.
    let mut told: libc::utsname = unsafe { std::mem::zeroed() };
    // SAFETY: uname fills the structure that it is given, each array ended by NUL.
    unsafe { libc::uname(&mut told) };
    [&told.sysname[..], &told.release[..], &told.machine[..]].map(|field| {
        // SAFETY: the array ends with a NUL, as uname promises, or as it was made.
        let text = unsafe { CStr::from_ptr(field.as_ptr()) };
        text.to_string_lossy().into_owned()
    })
}

/// gVisor's /proc/version has a fixed build date (google/gvisor, pkg/sentry/fsimpl/proc).
fn profile() -> String {
    let version = fs::read_to_string("/proc/version").unwrap_or_default();
    if version.contains("Sun Jan 10 15:06:54 PST 2016") {
        return "gvisor".into();
    }
    std::env::consts::OS.into()
}

fn libc_name() -> &'static str {
    if cfg!(target_env = "gnu") {
        "glibc"
    } else if cfg!(target_env = "musl") {
        "musl"
    } else {
        ""
    }
}

#[cfg(target_env = "gnu")]
fn libc_version() -> String {
    // SAFETY: glibc answers a constant string, ended by NUL.
    let text = unsafe { CStr::from_ptr(libc::gnu_get_libc_version()) };
    text.to_string_lossy().into_owned()
}

#[cfg(not(target_env = "gnu"))]
fn libc_version() -> String {
    String::new()
}

fn status(key: &str) -> Option<String> {
    let text = fs::read_to_string("/proc/self/status").ok()?;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(key)?.strip_prefix(':'))?;
    Some(line.trim().to_owned())
}

/// CAP_NET_ADMIN (capabilities(7)) on Linux; elsewhere the superuser.
fn privileged(capabilities: Option<&str>) -> Option<bool> {
    match capabilities {
        Some(text) => u64::from_str_radix(text, 16)
            .ok()
            .map(|bits| bits >> 12 & 1 == 1),
        // SAFETY: geteuid takes no argument and cannot fail.
        None => Some(unsafe { libc::geteuid() } == 0),
    }
}

/// The initial user namespace has a fixed number (include/linux/proc_ns.h); the network
/// namespace is compared with that of process 1, which only its owner may see.
fn own_namespace(kind: &str) -> Option<bool> {
    let ours = fs::read_link(format!("/proc/self/ns/{kind}")).ok()?;
    if kind == "user" {
        return Some(ours.as_os_str() != "user:[4026531837]");
    }
    Some(ours != fs::read_link(format!("/proc/1/ns/{kind}")).ok()?)
}

/// The kernel keeps SO_RCVTIMEO in ticks and rounds up: a microsecond reads back as one tick.
fn hz() -> Option<u64> {
    if !cfg!(target_os = "linux") {
        return None;
    }
    let sock = sockspec_core::create(libc::AF_INET, libc::SOCK_STREAM, 0).ok()?;
    sock.set_read_timeout(Some(std::time::Duration::from_micros(1)))
        .ok()?;
    let tick = sock.read_timeout().ok()??.as_micros();
    u64::try_from((1_000_000 + tick / 2).checked_div(tick)?).ok()
}

fn settings() -> BTreeMap<&'static str, String> {
    let mut found = BTreeMap::new();
    for name in SETTINGS.split_whitespace() {
        let path = format!("/proc/sys/{}", name.replace('.', "/"));
        if let Ok(text) = fs::read_to_string(path) {
            found.insert(name, text.split_whitespace().collect::<Vec<_>>().join(" "));
        }
    }
    found
}
