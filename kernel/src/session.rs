//! The copy of the template that one running kernel owns, from its making to its removal.

use crate::cache::Cache;
use crate::error::{At, Result};
use crate::template::{Template, names, write_json};
use crate::toolchain::{Toolchain, linker};
use crate::{stand_in, tree};
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;
use uuid::Uuid;

/// Who owns a session; the file in its folder.
#[derive(Debug, Serialize, Deserialize)]
struct Owner {
    process: u32,
    template: String,
}

const OWNER: &str = "owner.json";
const LOCK: &str = "lock";

/// How long a kernel may take from making its session to locking it.
const START: Duration = Duration::from_secs(60);

/// Where the evaluator works in a session.
pub(crate) fn cells(session: &Path) -> PathBuf {
    session.join("cells")
}

/// What the evaluator reads at start.
pub(crate) fn config(session: &Path) -> PathBuf {
    session.join("config")
}

/// The level at which cells are optimised.
pub(crate) const LEVEL: &str = "1";

/// The evaluator allows the question mark once it has seen one; without this, that costs a compilation in vain.
const QUESTION: &str = "Ok::<(), Error>(())?;";

/// Writes what the evaluator reads at start, and the stand-ins that it finds.
///
/// Where the evaluator has compiled a cell without dependencies before, cargo has dropped them all from the lock file;
/// so the first line puts the lock file back, or every start would choose versions anew.
pub(crate) fn write_config(session: &Path, facade: &Path, toolchain: &Toolchain) -> Result<()> {
    let (config, cells) = (config(session), cells(session));
    for folder in [&config, &cells, &session.join(".cargo")] {
        fs::create_dir_all(folder).at("create", folder)?;
    }
    let path = toml::Value::String(facade.display().to_string());
    let dependency = format!("crosslens = {{ package = \"crosslens-session\", path = {path} }}");
    #[cfg(not(unix))]
    let (mut start, level) = (String::new(), LEVEL.to_owned());
    #[cfg(unix)]
    let (mut start, level) = {
        stand_in::set_up(session, &toolchain.sysroot()?, &dependency)?;
        let (kept, used) = (session.join("Cargo.lock"), cells.join("Cargo.lock"));
        let start = format!(
            "!cp {} {}\n:build_env CARGO_HOME={}\n",
            shell_quoted(&kept),
            shell_quoted(&used),
            stand_in::cargo_home()?.display()
        );
        (start, stand_in::mark(LEVEL))
    };
    start.push_str(&format!(
        ":linker {}\n:opt {level}\n:dep {dependency}\nuse crosslens::prelude::*;\n{QUESTION}\n",
        linker()
    ));
    let path = config.join("init.evcxr");
    fs::write(&path, start).at("write", &path)
}

/// Quotes a path for `sh`.
fn shell_quoted(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', "'\\''"))
}

/// Where a new session will be.
pub(crate) fn place(cache: &Cache) -> PathBuf {
    cache.sessions().join(Uuid::new_v4().to_string())
}

/// Copies the template to `session` for the kernel that this process is.
pub(crate) fn create(session: &Path, template: &Template) -> Result<Claim> {
    let folder = session.parent().unwrap_or(session);
    fs::create_dir_all(folder).at("create", folder)?;
    let name = session.file_name().unwrap_or_default().to_string_lossy();
    let unowned = folder.join(format!(".{name}"));
    fs::create_dir(&unowned).at("create", &unowned)?;
    let owner = Owner { process: std::process::id(), template: template.key.clone() };
    write_json(&unowned.join(OWNER), &owner)?;
    fs::rename(&unowned, session).at("create", session)?;
    let claim = Claim::take(session)?;
    tree::copy_session(&template.root, session)?;
    write_config(session, &template.facade, &template.description.toolchain)?;
    Ok(claim)
}

/// A session that this process runs in; dropping it removes the folder.
#[derive(Debug)]
pub(crate) struct Claim {
    session: PathBuf,
    // Held for as long as the kernel lives, however it ends.
    _lock: File,
}

impl Claim {
    /// Marks the session as alive.
    pub(crate) fn take(session: &Path) -> Result<Self> {
        let path = session.join(LOCK);
        let lock = File::create(&path).at("create", &path)?;
        lock.lock().at("lock", &path)?;
        Ok(Self { session: session.to_owned(), _lock: lock })
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        // The next start removes what cannot be removed now.
        let _ = fs::remove_dir_all(&self.session);
    }
}

/// Removes the sessions of kernels that are dead.
pub(crate) fn sweep(cache: &Cache) -> Result<()> {
    let folder = cache.sessions();
    for name in names(&folder)? {
        let session = folder.join(name);
        if !is_alive(&session) {
            // Another kernel may be removing it at this moment.
            let _ = fs::remove_dir_all(&session);
        }
    }
    Ok(())
}

/// The keys of the templates that living sessions were copied from.
pub(crate) fn templates_in_use(cache: &Cache) -> Result<Vec<String>> {
    let folder = cache.sessions();
    let sessions = names(&folder)?.into_iter().map(|name| folder.join(name));
    Ok(sessions
        .filter(|session| is_alive(session))
        .filter_map(|session| owner(&session))
        .map(|owner| owner.template)
        .collect())
}

/// Who made the session.
fn owner(session: &Path) -> Option<Owner> {
    let text = fs::read_to_string(session.join(OWNER)).ok()?;
    serde_json::from_str(&text).ok()
}

/// Whether a kernel runs in the session, or is about to.
///
/// A kernel locks its session right after it has made it; in between, it counts as alive while its process lives.
fn is_alive(session: &Path) -> bool {
    let locked = File::open(session.join(LOCK)).is_ok_and(|file| file.try_lock().is_err());
    if locked {
        return true;
    }
    let young = fs::metadata(session)
        .and_then(|metadata| metadata.modified())
        .is_ok_and(|time| time.elapsed().is_ok_and(|age| age < START));
    let unowned = session.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
    // Without an owner it is either one that is just being made, or one of which the removal was interrupted.
    young && (unowned || owner(session).is_some_and(|owner| process_exists(owner.process)))
}

/// Whether a process of that number exists.
#[cfg(unix)]
fn process_exists(number: u32) -> bool {
    let process = i32::try_from(number).ok().and_then(rustix::process::Pid::from_raw);
    process.is_some_and(|process| {
        // "Not permitted" means that it exists.
        rustix::process::test_kill_process(process) != Err(rustix::io::Errno::SRCH)
    })
}

/// Elsewhere it is enough to be young.
#[cfg(not(unix))]
fn process_exists(_number: u32) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    /// No process has this number: it is above every limit.
    const NOBODY: u32 = i32::MAX as u32;

    #[test]
    #[cfg(unix)]
    fn a_session_lives_as_long_as_its_lock() {
        let root = tempfile::tempdir().expect("a temporary folder");
        let session = root.path().join("a");
        fs::create_dir(&session).expect("creates");
        assert!(!is_alive(&session), "its removal was interrupted");
        for (process, alive) in [(std::process::id(), true), (NOBODY, false)] {
            let owner = Owner { process, template: String::new() };
            write_json(&session.join(OWNER), &owner).expect("writes");
            assert_eq!(is_alive(&session), alive);
        }
        let claim = Claim::take(&session).expect("locks");
        assert!(is_alive(&session));
        drop(claim);
        assert!(!session.exists());
    }

    #[test]
    fn a_path_with_a_quote_survives_the_shell() {
        assert_eq!(shell_quoted(Path::new("/a'b c")), r"'/a'\''b c'");
    }
}
