//! The environment variables that decide what a compilation makes, and so whether cargo makes it again.
//!
//! A kernel may be started from another environment than the one it was installed from: a test, a notebook server, a
//! conda environment. Cargo compares these variables, so a kernel must see them as the install did.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::env;
use std::process::Command;

/// The variables about the C compiler, as they were when a template was made.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Environment(BTreeMap<String, String>);

impl Environment {
    /// The variables as they are now.
    pub(crate) fn record() -> Self {
        let variables = env::vars_os().filter_map(|(name, value)| {
            let (name, value) = (name.into_string().ok()?, value.into_string().ok()?);
            is_about_c(&name).then_some((name, value))
        });
        Self(variables.collect())
    }

    /// Makes `command` see these variables, and none that cargo or a user set for another compilation.
    pub(crate) fn apply(&self, command: &mut Command) {
        for (name, _) in env::vars_os() {
            let text = name.to_string_lossy();
            if is_about_c(&text) || is_about_rust(&text) {
                command.env_remove(&name);
            }
        }
        command.envs(&self.0);
    }
}

/// Whether build scripts that compile C look at the variable.
fn is_about_c(name: &str) -> bool {
    const TOOLS: [&str; 7] = ["CC", "CXX", "AR", "CFLAGS", "CXXFLAGS", "ARFLAGS", "RANLIB"];
    const OTHERS: [&str; 9] = [
        "COMPILER_PATH",
        "CPATH",
        "CPLUS_INCLUDE_PATH",
        "C_INCLUDE_PATH",
        "GCC_EXEC_PREFIX",
        "OBJCPLUS_INCLUDE_PATH",
        "OBJC_INCLUDE_PATH",
        "SDKROOT",
        "SOURCE_DATE_EPOCH",
    ];
    let general = name.strip_prefix("HOST_").or_else(|| name.strip_prefix("TARGET_")).unwrap_or(name);
    let is_tool = |tool: &str| {
        let rest = general.strip_prefix(tool);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
    };
    OTHERS.contains(&name) || TOOLS.into_iter().any(is_tool)
}

/// Whether cargo sets the variable for one package, or a user for all, to change what rustc makes.
fn is_about_rust(name: &str) -> bool {
    // What says where cargo finds things, and how it gets them.
    const HARMLESS: [&str; 7] = [
        "CARGO_ALIAS_",
        "CARGO_HOME",
        "CARGO_HTTP_",
        "CARGO_NET_",
        "CARGO_REGISTRIES_",
        "CARGO_REGISTRY_",
        "CARGO_TERM_",
    ];
    const OTHERS: [&str; 7] =
        ["CARGO", "OUT_DIR", "RUSTC", "RUSTC_BOOTSTRAP", "RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER", "RUSTFLAGS"];
    let harmless = HARMLESS.into_iter().any(|prefix| name.starts_with(prefix));
    OTHERS.contains(&name) || (name.starts_with("CARGO_") && !harmless)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_a_compilation_is_told_from_what_does_not() {
        for name in ["CC", "CC_x86_64_unknown_linux_gnu", "HOST_CFLAGS", "C_INCLUDE_PATH"] {
            assert!(is_about_c(name), "{name}");
        }
        for name in ["CCACHE_DIR", "ARCH", "HOME", "PATH"] {
            assert!(!is_about_c(name), "{name}");
        }
        for name in ["CARGO_MANIFEST_DIR", "CARGO_INCREMENTAL", "CARGO_BUILD_TARGET", "RUSTFLAGS"] {
            assert!(is_about_rust(name), "{name}");
        }
        for name in ["CARGO_HOME", "CARGO_NET_OFFLINE", "RUSTUP_HOME"] {
            assert!(!is_about_rust(name), "{name}");
        }
    }
}
