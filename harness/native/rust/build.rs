//! Tells the crate which versions it is linked with: those of Cargo.lock, and the compiler's.

use std::path::Path;
use std::{env, fs, process::Command};

/// The version of a package in the text of a lock file.
fn locked(lock: &str, package: &str) -> Option<String> {
    let entry = lock
        .split("[[package]]")
        .find(|entry| entry.contains(&format!("\nname = \"{package}\"\n")))?;
    let after = entry.split("\nversion = \"").nth(1)?;
    after.split('"').next().map(str::to_owned)
}

fn compiler() -> Option<String> {
    let told = Command::new(env::var_os("RUSTC")?)
        .arg("--version")
        .output()
        .ok()?;
    let text = String::from_utf8(told.stdout).ok()?;
    text.split_whitespace().nth(1).map(str::to_owned)
}

fn main() {
    let here = env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it");
    // Of the crate that has this for its build script.
    let file = Path::new(&here).join("Cargo.lock");
    println!("cargo:rerun-if-changed={}", file.display());
    let lock = fs::read_to_string(&file).expect("Cargo.lock is part of this crate");
    for package in ["socket2", "tokio", "pyo3"] {
        // Not every crate that is built with this is linked with all of them.
        let Some(version) = locked(&lock, package) else {
            continue;
        };
        println!(
            "cargo:rustc-env=LOCKED_{}={version}",
            package.to_uppercase()
        );
    }
    let rustc = compiler().unwrap_or_else(|| "of unknown version".into());
    println!("cargo:rustc-env=COMPILER={rustc}");
}
