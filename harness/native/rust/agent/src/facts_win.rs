//! The facts of Windows, and of Wine, which is not Windows and says so here.

use std::collections::BTreeMap;
use std::ffi::{c_char, c_void, CStr};
use std::mem::{size_of, transmute};

use windows_sys::Win32::System::LibraryLoader::{GetModuleHandleA, GetProcAddress};
use windows_sys::Win32::System::SystemInformation::OSVERSIONINFOW;

use crate::platform::{Platform, ORDER};

type WineVersion = unsafe extern "C" fn() -> *const c_char;
type WineHost = unsafe extern "C" fn(*mut *const c_char, *mut *const c_char);
type RtlVersion = unsafe extern "system" fn(*mut OSVERSIONINFOW) -> i32;

/// Who answers.
pub fn platform() -> Platform {
    let release = windows();
    let (profile, system, version) = match wine() {
        Some(version) => ("wine", "Wine", version),
        None => ("windows", "Windows", release.clone()),
    };
    Platform {
        profile: profile.to_owned(),
        system: system.to_owned(),
        version,
        machine: machine().to_owned(),
        byte_order: ORDER,
        release,
        host: host(),
        libc: "",
        libc_version: String::new(),
        interpreter: "",
        interpreter_version: "",
        privileged: None,
        capabilities: None,
        own_network_namespace: None,
        own_user_namespace: None,
        hz: None,
        settings: BTreeMap::new(),
    }
}

/// As Python's `platform.machine` has it.
fn machine() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "AMD64",
        "aarch64" => "ARM64",
        other => other,
    }
}

/// A function of ntdll.dll; null where it has none of this name.
fn of_ntdll(name: &CStr) -> *const c_void {
    // SAFETY: both names end with NUL; the library is loaded into every process.
    let found = unsafe {
        let library = GetModuleHandleA(c"ntdll.dll".as_ptr().cast());
        GetProcAddress(library, name.as_ptr().cast())
    };
    found.map_or(std::ptr::null(), |function| function as *const c_void)
}

fn text(told: *const c_char) -> String {
    if told.is_null() {
        return String::new();
    }
    // SAFETY: Wine answers constant strings, ended by NUL.
    unsafe { CStr::from_ptr(told) }
        .to_string_lossy()
        .into_owned()
}

/// ntdll exports wine_get_version under Wine only (Wine developer FAQ).
fn wine() -> Option<String> {
    // SAFETY: a null pointer is `None`; another one is a function of this type.
    let version: Option<WineVersion> = unsafe { transmute(of_ntdll(c"wine_get_version")) };
    // SAFETY: it takes no argument.
    version.map(|version| text(unsafe { version() }))
}

/// The system below Wine, whose TCP it uses.
fn host() -> Option<String> {
    // SAFETY: a null pointer is `None`; another one is a function of this type.
    let host: Option<WineHost> = unsafe { transmute(of_ntdll(c"wine_get_host_version")) };
    let (mut system, mut release) = (std::ptr::null(), std::ptr::null());
    // SAFETY: it writes two pointers for which there is room.
    unsafe { host?(&mut system, &mut release) };
    let both = format!("{} {}", text(system), text(release));
    // The numbers of the version are enough.
    both.split('-').next().map(str::to_owned)
}

/// The version that Windows says it has.
fn windows() -> String {
    let mut told = OSVERSIONINFOW {
        dwOSVersionInfoSize: size_of::<OSVERSIONINFOW>() as u32,
        ..Default::default()
    };
    // SAFETY: a null pointer is `None`; another one is a function of this type.
    let version: Option<RtlVersion> = unsafe { transmute(of_ntdll(c"RtlGetVersion")) };
    if let Some(version) = version {
        // SAFETY: it fills the structure that it is given, which has its size in it.
        unsafe { version(&mut told) };
    }
    let (major, minor) = (told.dwMajorVersion, told.dwMinorVersion);
    format!("{major}.{minor}.{}", told.dwBuildNumber)
}
