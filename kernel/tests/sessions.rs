//! Kernels beside one another, and what is left of a kernel that was killed.

mod common;

use common::{folder, install, kernel, notebook, text, wait_until};
use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Stdio};

#[test]
fn two_kernels_at_once_do_not_disturb_each_other() {
    let folder = folder();
    let sessions = folder.path().join("sessions");
    install(&folder.path().join("prefix"), &sessions);
    // Each says when its variable is there, and reads it when the other's is there too.
    let start = |own: &str, other: &str| -> Child {
        let define = format!("let name = String::from(\"{own}\");");
        let meet = format!(
            "std::fs::write(\"{own}\", \"\").unwrap();\n\
             while !std::path::Path::new(\"{other}\").exists() {{\n\
             std::thread::sleep(std::time::Duration::from_millis(10));\n}}\n\
             println!(\"{{name}}\");"
        );
        let path = folder.path().join(format!("{own}.ipynb"));
        notebook(&path, &[&define, &meet]);
        kernel(&sessions).args(["run", "--timeout", "240"]).arg(&path).stderr(Stdio::piped()).spawn().unwrap()
    };
    let running = [("left", start("left", "right")), ("right", start("right", "left"))];
    for (name, child) in running {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", text(&output.stderr));
        let written = folder.path().join(format!("{name}.executed.ipynb"));
        let written: serde_json::Value = serde_json::from_str(&fs::read_to_string(written).unwrap()).unwrap();
        assert_eq!(written["cells"][1]["outputs"][0]["text"][0], format!("{name}\n"));
    }
    assert_eq!(fs::read_dir(&sessions).unwrap().count(), 0);
}

/// The address of a socket holds a hundred bytes; homes and caches may be deeper.
#[test]
#[cfg(target_os = "linux")]
fn a_session_may_lie_deep() {
    let folder = folder();
    let (sessions, path) =
        (folder.path().join("a-folder-with-a-long-name/".repeat(6)), folder.path().join("deep.ipynb"));
    notebook(&path, &["print!(\"half a line\");"]);
    let output = kernel(&sessions).arg("run").arg(&path).output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    let written = fs::read_to_string(folder.path().join("deep.executed.ipynb")).unwrap();
    assert!(written.contains("half a line\""), "{written}");
}

/// Starts a kernel the way Jupyter does.
fn serve(folder: &Path, sessions: &Path) -> Child {
    // The ports are free again once the listeners are dropped.
    let listeners: Vec<TcpListener> = (0..5).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
    let port = |index: usize| listeners[index].local_addr().unwrap().port();
    let connection = serde_json::json!({
        "transport": "tcp", "ip": "127.0.0.1", "key": "k", "signature_scheme": "hmac-sha256",
        "shell_port": port(0), "iopub_port": port(1), "stdin_port": port(2),
        "control_port": port(3), "hb_port": port(4),
    });
    let path = folder.join("connection.json");
    fs::write(&path, connection.to_string()).unwrap();
    drop(listeners);
    kernel(sessions).arg("serve").arg(&path).stdout(Stdio::null()).spawn().unwrap()
}

#[test]
#[cfg(target_os = "linux")]
fn nothing_is_left_of_a_killed_kernel_after_the_next_start() {
    let folder = folder();
    let sessions = folder.path().join("sessions");
    install(&folder.path().join("prefix"), &sessions);
    let mut first = serve(folder.path(), &sessions);
    // The kernel, the relay and the process that runs cells.
    wait_until("all its processes run", || common::processes_of(&sessions).len() >= 3);
    let left = fs::read_dir(&sessions).unwrap().next().unwrap().unwrap().path();
    first.kill().unwrap();
    first.wait().unwrap();
    wait_until("all its processes are gone", || common::processes_of(&sessions).is_empty());
    assert!(left.exists(), "nobody removed it yet");

    let mut second = serve(folder.path(), &sessions);
    wait_until("the next start removes it", || !left.exists());
    wait_until("the next has its own", || fs::read_dir(&sessions).unwrap().count() == 1);
    second.kill().unwrap();
    second.wait().unwrap();
    wait_until("all its processes are gone", || common::processes_of(&sessions).is_empty());
}

#[test]
#[cfg(target_os = "linux")]
fn a_stopped_run_writes_what_ran_and_leaves_no_process() {
    let folder = folder();
    let sessions = folder.path().join("sessions");
    install(&folder.path().join("prefix"), &sessions);
    let path = folder.path().join("test.ipynb");
    let wait = "std::fs::write(\"begun\", \"\").unwrap(); loop { std::hint::spin_loop(); }";
    notebook(&path, &["\"first\"", wait]);
    let mut child = kernel(&sessions).arg("run").arg(&path).stderr(Stdio::null()).spawn().unwrap();
    wait_until("the cell runs", || folder.path().join("begun").exists());
    let sent = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let written = fs::read_to_string(folder.path().join("test.executed.ipynb")).unwrap();
    assert!(written.contains("first"));
    wait_until("all processes are gone", || common::processes_of(&sessions).is_empty());
}
