//! Installing, uninstalling, and the doctor.

mod common;

use common::{folder, install, kernel, text, wait_until};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

#[test]
fn a_second_install_builds_nothing_and_uninstall_removes_the_kernelspec() {
    let folder = folder();
    let (prefix, sessions) = (folder.path().join("prefix"), folder.path().join("sessions"));
    install(&prefix, &sessions);
    let second = install(&prefix, &sessions);
    assert!(text(&second.stdout).contains("up to date"), "{}", text(&second.stdout));
    assert!(!text(&second.stderr).contains("compiling"), "{}", text(&second.stderr));

    let specification = prefix.join("share/jupyter/kernels/crosslens/kernel.json");
    let written: serde_json::Value = serde_json::from_str(&fs::read_to_string(&specification).unwrap()).unwrap();
    assert_eq!(written["display_name"], "Rust (crosslens)");
    assert_eq!(written["language"], "rust");
    assert_eq!(written["argv"][1], "serve");
    assert_eq!(written["argv"][2], "{connection_file}");
    assert!(Path::new(written["argv"][0].as_str().unwrap()).is_absolute());

    let removed = kernel(&sessions).args(["uninstall", "--keep-template", "--prefix"]).arg(&prefix).status().unwrap();
    assert!(removed.success());
    assert!(!specification.exists());
    let third = install(&prefix, &sessions);
    assert!(text(&third.stdout).contains("up to date"), "the template was kept");
}

#[test]
fn the_doctor_names_what_is_missing() {
    let folder = folder();
    let empty = folder.path().join("empty");
    fs::create_dir(&empty).unwrap();
    let output = kernel(folder.path())
        .args(["doctor", "--prefix"])
        .arg(folder.path())
        .env("PATH", &empty)
        .env("CROSSLENS_CACHE", folder.path().join("cache"))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stdout);
    for piece in ["cargo", "rustc", "C linker", "session template", "kernelspec", "jupyter"] {
        assert!(said.contains(&format!("MISSING  {piece}")), "{piece}: {said}");
    }
    assert!(said.contains("rustup.rs") && said.contains("crosslens-kernel install"), "{said}");
}

#[test]
fn a_folder_that_cells_cannot_be_loaded_from_is_named() {
    let folder = folder();
    for (variable, place) in [("CROSSLENS_CACHE", "my cache"), ("CROSSLENS_SESSIONS", "my sessions")] {
        let place = folder.path().join(place);
        let mut install = kernel(folder.path());
        let output = install.env(variable, &place).args(["install", "--prefix"]).arg(folder.path()).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        let said = text(&output.stderr);
        assert!(said.contains(&place.display().to_string()) && said.contains(variable), "{said}");
        assert!(!place.exists());
    }
}

#[test]
fn sources_that_are_gone_are_named() {
    let folder = folder();
    let output = kernel(folder.path())
        .args(["install", "--prefix"])
        .arg(folder.path())
        .arg("--source")
        .arg(folder.path().join("nowhere"))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = text(&output.stderr);
    assert!(said.contains("nowhere") && said.contains("--source"), "{said}");
}

#[test]
#[cfg(unix)]
fn an_interrupted_install_leaves_nothing_half_made() {
    let folder = folder();
    let (cache, prefix) = (folder.path().join("cache"), folder.path().join("prefix"));
    let mut child = kernel(folder.path())
        .args(["install", "--prefix"])
        .arg(&prefix)
        .env("CROSSLENS_CACHE", &cache)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let templates = cache.join("templates");
    let logs = || {
        let entries = fs::read_dir(&templates).into_iter().flatten().flatten();
        entries.filter(|entry| entry.path().join("build.log").exists()).count()
    };
    wait_until("the build has begun", || logs() > 0);
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(fs::read_dir(&templates).unwrap().count(), 0);
    assert!(!prefix.exists() && !cache.join("installed").exists());
    #[cfg(target_os = "linux")]
    wait_until("all processes are gone", || common::processes_of(&templates).is_empty());
}
