//! Cargo, as the evaluator and its rust-analyzer find it in a session.

use super::compilation::Compilation;
use super::direct::{self, Call};
use super::{
    DEPENDENCY, Manifest, RECORDER, built, cargo_home, code, failed, folder, in_sysroot, interrupt, keeps, light,
    narrow, pass_on, programs, real, traced,
};
use crate::error::{At, Result};
use crate::report;
use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

/// Does what cargo would do.
pub(super) fn run(session: &Path, arguments: &[OsString]) -> Result<ExitCode> {
    let asks = |word: &str| arguments.iter().any(|argument| argument == word);
    let proxy = Some(cargo_home()?.join("bin/cargo")).filter(|path| path.is_file());
    let program = in_sysroot(session, "cargo").or(proxy).unwrap_or_else(|| PathBuf::from("cargo"));
    let mut command = real(program)?;
    let cells = crate::session::cells(session);
    let of_cells = env::current_dir().unwrap_or_default() == cells;
    if of_cells && (asks("build") || asks("check")) {
        if interrupt(session).exists() {
            return Ok(ExitCode::FAILURE);
        }
        // Dependencies are compiled, but never were checked: where the evaluator only wants the errors, a build tells
        // them at once.
        command.args(arguments.iter().map(|word| if word == "check" { OsStr::new("build") } else { word }));
        return build(session, &cells, &mut command);
    }
    command.args(arguments);
    if !of_cells {
        return pass_on(&mut command);
    }
    // The evaluator asks for metadata too, without saying of what.
    let by_evaluator = asks("metadata") && !asks("--manifest-path");
    if by_evaluator {
        return validate(session, &cells, &mut command);
    }
    if light::is_light(&cells) {
        return Ok(light::answer(&cells, arguments));
    }
    if asks("metadata") && !asks("--no-deps") { answer_narrowed(&mut command) } else { pass_on(&mut command) }
}

/// The facade's line in a manifest.
fn facade(session: &Path) -> String {
    fs::read_to_string(folder(session).join(DEPENDENCY)).unwrap_or_default()
}

/// Tells the evaluator of the packages in its manifest, or only whether one is a package.
///
/// For that it writes a manifest with that one alone, and cargo a lock file that goes with it: the next build would take
/// the newest version of everything, and compile it. So the lock file stays as it is.
fn validate(session: &Path, cells: &Path, command: &mut Command) -> Result<ExitCode> {
    let Manifest { about, dependencies } = Manifest::read(cells);
    if !about.contains("evcxr_dummy_validate_dep") {
        return pass_on(command);
    }
    let dependency = facade(session);
    if !dependency.is_empty() && dependencies.trim() == dependency {
        return Ok(ExitCode::SUCCESS);
    }
    let lock = cells.join("Cargo.lock");
    let versions = fs::read(&lock).ok();
    let code = pass_on(command);
    if let Some(versions) = versions {
        fs::write(&lock, versions).at("write", &lock)?;
    }
    code
}

/// Answers what the real program answers, of a smaller world.
fn answer_narrowed(command: &mut Command) -> Result<ExitCode> {
    let output = output(command)?;
    let text = String::from_utf8_lossy(&output.stdout);
    match serde_json::from_str(&text) {
        Ok(mut metadata) => {
            narrow::narrow(&mut metadata);
            report::answer(metadata);
        }
        Err(_) => report::answer(text),
    }
    Ok(code(output.status))
}

/// Compiles a cell, unless it was compiled before.
fn build(session: &Path, cells: &Path, cargo: &mut Command) -> Result<ExitCode> {
    if let Some(compilation) = built::offer(cells) {
        return Ok(compilation.answer());
    }
    let keeps = keeps(session).exists();
    // What is kept is known by what the evaluator wrote.
    if !keeps {
        traced::trace(cells)?;
    }
    let direct = match Call::find(session, cells, &facade(session)) {
        Some(call) => call.compile(cells)?,
        None => None,
    };
    let compilation = match direct {
        Some(compilation) => compilation,
        None => {
            direct::record(cargo, cells, &programs(session).join(RECORDER))?;
            let output = output(cargo)?;
            let answer = String::from_utf8_lossy(&output.stdout);
            let compilation = Compilation::from_cargo(&answer);
            // Another crate may be what does not compile.
            if !compilation.is_told() {
                report::answer(answer);
                return Ok(code(output.status));
            }
            compilation
        }
    };
    if keeps {
        built::keep(cells, &compilation)?;
    }
    Ok(compilation.answer())
}

/// Runs the program to its end; what it complains of is passed on.
fn output(command: &mut Command) -> Result<std::process::Output> {
    let started = command.stdout(Stdio::piped()).spawn().and_then(|child| child.wait_with_output());
    started.map_err(|source| failed(command, source))
}
