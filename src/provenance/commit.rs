//! The commit at which a process works.

use serde::Serialize;
use std::path::Path;
use std::process::Command;

/// A commit of a git repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Commit {
    /// Its hash.
    pub id: String,
    /// Whether files that git knows, other than notebooks, have been changed since: a notebook changes by being executed.
    pub modified: bool,
}

impl Commit {
    /// That of the folder in which this process works.
    pub(super) fn here() -> Option<Self> {
        Self::of(Path::new("."))
    }

    fn of(folder: &Path) -> Option<Self> {
        let git = |arguments: &[&str]| {
            let output = Command::new("git").arg("-C").arg(folder).args(arguments).output().ok()?;
            output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
        };
        let id = git(&["rev-parse", "HEAD"])?;
        let changed =
            git(&["status", "--porcelain", "--untracked-files=no", "--", ":/", ":(top,exclude,glob)**/*.ipynb"])?;
        Some(Self { id, modified: !changed.is_empty() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_commit_is_modified_by_files_but_not_by_notebooks() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Commit::of(folder.path()), None);
        let git = |arguments: &[&str]| {
            let own = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"];
            let git = Command::new("git").arg("-C").arg(folder.path()).args(own).args(arguments).output().unwrap();
            assert!(git.status.success(), "{git:?}");
        };
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        git(&["init", "-q"]);
        assert_eq!(Commit::of(folder.path()), None, "nothing is committed yet");
        write("n.ipynb", "{}");
        write("a.rs", "");
        git(&["add", "."]);
        git(&["commit", "-q", "-m", "first"]);
        write("n.ipynb", "{ }");
        write("untracked", "");
        let commit = Commit::of(folder.path()).unwrap();
        assert_eq!((commit.id.len(), commit.modified), (40, false));
        write("a.rs", "fn a() {}");
        assert!(Commit::of(folder.path()).unwrap().modified);
    }
}
