//! Compiles a template: runs the evaluator once in the new folder, so that what is compiled is what kernels need.

use crate::error::{At, Error, Result};
use crate::evaluator::{self, Evaluator};
use crate::process::{self, Group, Stop};
use crate::report;
use crate::session;
use crate::stand_in::{self, SESSION};
use crate::template::{Plan, names};
use crate::toolchain::Toolchain;
use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;
use std::{env, io, thread};

/// The hidden subcommand that the build starts.
pub(crate) const COMMAND: &str = "warm";

/// Evaluates the first cells in the session that the environment names.
pub(crate) fn warm() -> Result<()> {
    let session = env::var_os(SESSION).map(PathBuf::from).unwrap_or_default();
    let keeps = stand_in::keeps(&session);
    std::fs::write(&keeps, "").at("write", &keeps)?;
    let (mut evaluator, outputs) = Evaluator::start(&session, &Toolchain::detect()?, |_| {})?;
    for lines in [outputs.stdout, outputs.stderr] {
        thread::spawn(move || lines.iter().for_each(report::note));
    }
    evaluator.begin()?;
    std::fs::remove_file(&keeps).at("remove", &keeps)?;
    evaluator.execute("1 + 1")?;
    evaluator.widen()?;
    evaluator.execute("let crosslens_is_ready = 1;")
}

/// Builds what `plan` describes, reports on the way, and ends everything when it is asked to stop.
pub(crate) async fn build(plan: &Plan, stop: &mut Stop) -> Result<()> {
    tokio::select! {
        biased;
        () = stop.asked() => Err(Error::Interrupted),
        built = compile(plan) => built,
    }
}

async fn compile(plan: &Plan) -> Result<()> {
    let log = plan.folder.join("build.log");
    let output = File::create(&log).at("create", &log)?;
    let mut command = evaluator::program(&plan.folder, &plan.toolchain)?;
    command
        .arg(COMMAND)
        .current_dir(&plan.folder)
        .stdin(Stdio::null())
        .stdout(output.try_clone().at("open", &log)?)
        .stderr(output);
    let mut progress = Progress::new(plan)?;
    let mut group = Group::start(command)?;
    let mut tick = tokio::time::interval(Duration::from_millis(500));
    let status = loop {
        tokio::select! {
            status = group.leader.wait() => break status,
            _ = tick.tick() => progress.report()?,
        }
    };
    let status = status.at("wait for the build in", &plan.folder)?;
    progress.report()?;
    if !status.success() {
        return Err(Error::Build { detail: status.to_string(), tail: process::tail(&log) });
    }
    std::fs::remove_file(&log).at("remove", &log)
}

/// Reports each package when its compilation begins, read from the files that cargo makes.
struct Progress<'a> {
    plan: &'a Plan,
    total: usize,
    begun: BTreeSet<String>,
}

impl<'a> Progress<'a> {
    fn new(plan: &'a Plan) -> Result<Self> {
        let mut progress = Self { plan, total: count_packages(plan), begun: BTreeSet::new() };
        progress.begun = progress.begun_now()?;
        if plan.reuses {
            report::note("  compiled dependencies of an earlier template are reused");
        }
        Ok(progress)
    }

    fn report(&mut self) -> Result<()> {
        let now = self.begun_now()?;
        for (new, package) in now.difference(&self.begun).enumerate() {
            let number = self.begun.len() + new + 1;
            let total = self.total.max(number);
            report::note(format_args!("  [{number}/{total}] {package}"));
        }
        self.begun = now;
        Ok(())
    }

    /// The packages of which cargo has begun to compile something.
    fn begun_now(&self) -> Result<BTreeSet<String>> {
        let target = session::cells(&self.plan.folder).join("target");
        let mut begun = BTreeSet::new();
        for name in names(&target)? {
            let folder = match name.as_str() {
                "debug" => target.join("debug/.fingerprint"),
                triple => target.join(triple).join("debug/.fingerprint"),
            };
            for unit in begun_units(&folder)? {
                if let Some((package, _hash)) = unit.rsplit_once('-') {
                    begun.insert(package.to_owned());
                }
            }
        }
        Ok(begun)
    }
}

/// The units that cargo has begun to compile, in a folder that may not be there, or not be one. Cargo makes a folder for
/// every unit at once, and the file in it when it begins.
fn begun_units(folder: &Path) -> Result<Vec<String>> {
    let mut units = match names(folder) {
        Err(Error::Io { source, .. }) if source.kind() == io::ErrorKind::NotADirectory => Vec::new(),
        names => names?,
    };
    units.retain(|unit| folder.join(unit).join("invoked.timestamp").exists());
    Ok(units)
}

/// How many packages there are to compile; 0 if cargo does not say.
fn count_packages(plan: &Plan) -> usize {
    let mut command = Command::new("cargo");
    plan.toolchain.apply(&mut command);
    command.args(["tree", "--edges", "normal,build", "--prefix", "none", "--format", "{p}"]).current_dir(&plan.facade);
    let Ok(output) = command.output() else {
        return 0;
    };
    let text = String::from_utf8_lossy(&output.stdout);
    let packages = text.lines().map(|line| line.trim_end_matches(" (*)"));
    packages.filter(|line| !line.is_empty()).collect::<BTreeSet<_>>().len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::Environment;

    #[test]
    fn a_package_is_begun_when_cargo_has_begun_it() {
        let session = tempfile::tempdir().expect("a temporary folder");
        let units = session::cells(session.path()).join("target/triple/debug/.fingerprint");
        for unit in ["polars-core-0a1b", "plotters-2c3d"] {
            std::fs::create_dir_all(units.join(unit)).expect("creates");
        }
        std::fs::write(units.join("polars-core-0a1b/invoked.timestamp"), "").expect("writes");
        let toolchain = Toolchain { rustc: String::new(), rustup: None, environment: Environment::default() };
        let folder = session.path().to_owned();
        let plan = Plan { facade: folder.clone(), folder, toolchain, reuses: false };
        let progress = Progress { plan: &plan, total: 2, begun: BTreeSet::new() };
        assert_eq!(progress.begun_now().expect("reads"), BTreeSet::from(["polars-core".to_owned()]));
    }
}
