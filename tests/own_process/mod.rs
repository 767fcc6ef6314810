//! Tests that need an environment of their own: that of a process that runs other tests as well cannot be changed.

use std::ffi::OsString;
use std::process::Command;

/// Set in the process of a single test.
const OWN: &str = "CROSSLENS_TEST_OWN_PROCESS";

/// Runs `body` as this test in a process with these variables; returns what it printed, except in that process.
pub fn in_own_process<const N: usize>(
    test: &str,
    environment: impl FnOnce() -> [(&'static str, OsString); N],
    body: impl FnOnce(),
) -> Option<String> {
    if std::env::var_os(OWN).is_some() {
        body();
        return None;
    }
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture"]).env_remove("HF_HUB_CACHE").env(OWN, "1").envs(environment());
    let output = command.output().unwrap();
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && printed.contains("1 passed"), "{printed}\n{told}");
    Some(printed)
}
