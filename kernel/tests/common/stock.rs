//! The stock Rust kernel, to test the library on it and to compare with it.
#![allow(dead_code, reason = "the test and the bench use their own parts, and may panic")]

use serde_json::json;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Must be the first thing in `main`: a program that was started as the stock kernel is that, and does not return.
pub fn hook() {
    // It starts itself to run cells, and with `:cache` as a wrapper around the compiler.
    evcxr::runtime_hook();
    if std::env::args().nth(1).is_some_and(|first| first == "--control_file") {
        evcxr_jupyter::main().unwrap();
        std::process::exit(0);
    }
}

/// Removes what cargo tells a test or bench about its package: build scripts would run again because of it.
pub fn as_from_a_shell(command: &mut Command) -> &mut Command {
    let of_cargo = std::env::vars_os().map(|(name, _)| name).filter(|name| {
        let name = name.to_string_lossy();
        name == "CARGO" || (name.starts_with("CARGO_") && name != "CARGO_HOME")
    });
    of_cargo.fold(command, |command, name| command.env_remove(name))
}

/// Makes the folder `work` one in which the stock kernel has worked before: with all dependencies compiled, as they are
/// in the template. Returns what it must begin with so that they stay so: it starts with a cell that takes all versions
/// from the lock file, and links with lld where there is one, by a flag.
pub fn keep(work: &Path) -> [String; 2] {
    super::common::copy(&super::common::template(), work);
    let (kept, used) = (work.join("Cargo.lock"), work.join("cells/Cargo.lock"));
    [format!("!cp '{}' '{}'", kept.display(), used.display()), ":linker system".to_owned()]
}

/// Makes the stock kernel, which is this program, known to Jupyter under `prefix` as `name`.
///
/// It works in the folder `work` if there is one, else in a new one at every start, and begins with the lines `begin`.
pub fn install(prefix: &Path, name: &str, work: Option<&Path>, begin: &[String]) {
    let (spec, config) = (prefix.join("share/jupyter/kernels").join(name), prefix.join("config").join(name));
    for folder in [&spec, &config] {
        fs::create_dir_all(folder).unwrap();
    }
    fs::write(config.join("init.evcxr"), begin.join("\n")).unwrap();
    let mut environment = json!({ "EVCXR_CONFIG_DIR": config, "XDG_CACHE_HOME": prefix.join("cache") });
    if let Some(work) = work {
        environment["EVCXR_TMPDIR"] = json!(work);
    }
    let kernel = json!({
        "argv": [std::env::current_exe().unwrap(), "--control_file", "{connection_file}"],
        "display_name": name, "language": "rust", "interrupt_mode": "message", "env": environment,
    });
    fs::write(spec.join("kernel.json"), kernel.to_string()).unwrap();
}
