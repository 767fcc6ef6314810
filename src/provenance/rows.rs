//! Provenance in words: a row for each thing to know.

use super::{Commit, Origin, Provenance};
use std::collections::BTreeMap;
use std::fmt;

/// Of more seeds than this for one purpose, the first are told and how many there are.
const SHOWN: usize = 5;

impl Provenance {
    /// What is told, and what of it.
    pub(crate) fn rows(&self) -> Vec<(String, String)> {
        let commit = self.commit.as_ref().map_or_else(|| "none".to_owned(), Commit::to_string);
        let target = format!("{} ({})", self.target, self.target_features.join(", "));
        let machine = [
            ("crosslens", self.crosslens.clone()),
            ("commit", commit),
            ("toolchain", self.toolchain.clone()),
            ("target", target),
            ("instructions", self.instructions.clone()),
        ];
        let origin = |kind: &str, origin: &Origin| (format!("{kind} {}", origin.name), origin.to_string());
        let models = self.models.iter().map(|one| origin("model", one));
        let collections = self.collections.iter().map(|one| origin("collection", one));
        let seeds = self.seeds.iter().map(|(purpose, seeds)| (format!("seed of {purpose}"), some(seeds)));
        let machine = machine.into_iter().map(|(what, told)| (what.to_owned(), told));
        machine.chain(models).chain(collections).chain(seeds).collect()
    }
}

fn some(seeds: &[u64]) -> String {
    let told: Vec<String> = seeds.iter().take(SHOWN).map(u64::to_string).collect();
    let more = if seeds.len() > SHOWN { format!(" … ({} in all)", seeds.len()) } else { String::new() };
    told.join(", ") + &more
}

fn counted(counts: &BTreeMap<String, usize>) -> String {
    counts.iter().map(|(what, count)| format!("{what}: {count}")).collect::<Vec<_>>().join(", ")
}

/// A row a line.
impl fmt::Display for Provenance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = self.rows();
        let width = rows.iter().map(|(what, _)| what.chars().count()).max().unwrap_or(0);
        let lines: Vec<String> = rows.iter().map(|(what, told)| format!("{what:width$}  {told}")).collect();
        f.write_str(&lines.join("\n"))
    }
}

impl fmt::Display for Commit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.id, if self.modified { ", with changes" } else { "" })
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.sha256 {
            Some(sum) => write!(f, "sha256 {sum}; {}", counted(&self.counts)),
            None => write!(f, "files have changed since it was opened; {}", counted(&self.counts)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_thing_has_a_row_and_many_seeds_are_counted() {
        let counts = BTreeMap::from([("layers".to_owned(), 6), ("heads".to_owned(), 12)]);
        let origin = |name: &str, sha256: Option<&str>| Origin {
            name: name.to_owned(),
            sha256: sha256.map(str::to_owned),
            files: BTreeMap::new(),
            counts: counts.clone(),
        };
        let provenance = Provenance {
            crosslens: "0.1.0".into(),
            commit: Some(Commit { id: "abc".into(), modified: true }),
            toolchain: "rustc 1".into(),
            target: "x86_64".into(),
            target_features: vec!["sse".into(), "sse2".into()],
            instructions: "AVX2".into(),
            models: vec![origin("m", Some("12ab"))],
            collections: vec![origin("c", None)],
            seeds: BTreeMap::from([("bootstrap".to_owned(), (0..7).collect()), ("folds".to_owned(), vec![3])]),
        };
        let told = "crosslens          0.1.0\n\
                    commit             abc, with changes\n\
                    toolchain          rustc 1\n\
                    target             x86_64 (sse, sse2)\n\
                    instructions       AVX2\n\
                    model m            sha256 12ab; heads: 12, layers: 6\n\
                    collection c       files have changed since it was opened; heads: 12, layers: 6\n\
                    seed of bootstrap  0, 1, 2, 3, 4 … (7 in all)\n\
                    seed of folds      3";
        assert_eq!(provenance.to_string(), told);
    }
}
