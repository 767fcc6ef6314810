//! The installed kernel in JupyterLab, in a real browser: the Python tests beside this file.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

#[test]
fn jupyterlab_is_at_home() {
    common::passes("test_lab");
}
