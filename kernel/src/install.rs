//! Installing and uninstalling: the template, the kernelspec, and which template installed kernels use.

use crate::cache::{Cache, remove_folder};
use crate::error::{At, Result};
use crate::kernelspec::{self, Place};
use crate::package::Source;
use crate::process::{self, Stop};
use crate::report;
use crate::template::{Made, Plan, Template};
use crate::warm;
use std::fs;
use std::path::Path;

/// Makes the template if need be and tells Jupyter of the kernel.
pub(crate) fn install(place: &Place, source: Option<&Path>) -> Result<()> {
    let cache = Cache::locate()?;
    let folder = place.folder()?;
    let (template, made) = template(&cache, &Source::open(source)?)?;
    template.set_installed(&cache)?;
    kernelspec::write(&folder, &process::own_path()?)?;
    let state = match made {
        Made::Found => "up to date",
        Made::Built => "ready",
    };
    report::answer(format_args!("the session template is {state}: {}", template.key));
    report::answer(format_args!("Jupyter knows the kernel \"{}\": {}", kernelspec::DISPLAY_NAME, folder.display()));
    Ok(())
}

/// The template of these sources, built now if it is missing.
pub(crate) fn template(cache: &Cache, source: &Source) -> Result<(Template, Made)> {
    Template::ensure(cache, source, || {
        let runtime = process::runtime()?;
        let mut stop = {
            let _inside = runtime.enter();
            Stop::listen()?
        };
        report::note("compiling the session that kernels start from (once; takes minutes)");
        Ok(move |plan: &Plan| runtime.block_on(warm::build(plan, &mut stop)))
    })
}

/// Makes Jupyter forget the kernel, and removes what was compiled unless `keep_template`.
pub(crate) fn uninstall(place: &Place, keep_template: bool) -> Result<()> {
    let folder = place.folder()?;
    let done = match kernelspec::remove(&folder)? {
        true => "removed the kernel from",
        false => "no kernel in",
    };
    report::answer(format_args!("{done} {}", folder.display()));
    if keep_template {
        return Ok(());
    }
    let cache = Cache::locate()?;
    if cache.root().exists() {
        let _lock = cache.lock()?;
        for folder in [cache.templates(), cache.packages(), cache.salvage()] {
            remove_folder(&folder)?;
        }
        let pointer = cache.pointer();
        if pointer.exists() {
            fs::remove_file(&pointer).at("remove", &pointer)?;
        }
        report::answer(format_args!("removed what was compiled in {}", cache.root().display()));
    }
    Ok(())
}
