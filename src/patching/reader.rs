//! Which later heads read what a head writes: path patching into every one of them.
//!
//! A sender's direct run ([`path`](super::path)) tells what reaches the queries, keys and values of all later heads at once.
//! As the heads of a layer do not see each other, one mixing of values with the queries that reach them gives `z` of every
//! reader of the layer; each of these is then put into an otherwise plain run of the base, all of them side by side, and
//! nothing before `z` is computed again.

use super::change::{Found, rows};
use super::study::{Patching, Runs, columns_of};
use crate::error::Result;
use crate::frame::{columns as c, other_head_columns};
use crate::hook::{Activations, Head, Heads, Part, Site};
use polars::prelude::{Column, DataFrame, NamedFrom, Series};

/// From a head to an input of another one.
type Path = (Head, Head, Site);

/// What a head reads through.
const INPUTS: [Site; 3] = [Site::Q, Site::K, Site::V];

impl Patching {
    /// Patches the path from each of the [heads](Patching::heads) alone to each of these readers in later layers, through
    /// its queries, keys and values one at a time: [`Patching::by_path`] for every receiver, at the cost of one more run
    /// per sender.
    ///
    /// Columns: those of [`Patching::by_head`], where `layer` and `head` are the sender, with `other_layer` and `other_head`
    /// (the reader) and `input` (`q`, `k`, `v`). These name the same two heads as
    /// [`CrossEncoder::composition`](crate::model::CrossEncoder::composition) does. Readers that do not come after a sender
    /// read nothing of it and have no row.
    ///
    /// The time grows with senders times readers: a sender in the middle of a MiniLM has some hundred paths in each pair.
    ///
    /// # Errors
    /// As [`Patching::by_head`].
    ///
    /// ```
    /// use crosslens::prelude::*;
    /// let model = CrossEncoder::embedded()?;
    /// let perturbed = stmc1(&Pair::new("blue sky", "The sky is blue at noon."), "sky", "sea")?;
    /// let study = model.patch([perturbed]).heads([Head::new(2, 9)]);
    /// let effects = study.by_reader([Head::new(3, 3), Head::new(4, 5), Head::new(1, 0)])?;
    /// // Head 1.0 comes before the sender.
    /// assert_eq!(effects.height(), 2 * 3);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn by_reader(&self, readers: impl Into<Heads>) -> Result<DataFrame> {
        let shape = self.model.shape();
        let (senders, readers) = (self.heads.within(&shape)?, readers.into().within(&shape)?);
        let found = self.each(&[Site::ResidPre, Site::Q, Site::K, Site::V, Site::Z], |runs| {
            let mut patched = Vec::new();
            for sender in &senders {
                let later: Vec<Head> = readers.iter().copied().filter(|reader| reader.layer > sender.layer).collect();
                if later.is_empty() {
                    continue;
                }
                let layers = later.iter().map(|reader| reader.layer);
                let received = self.received(runs, &(*sender).into(), &INPUTS, layers)?;
                for of_layer in later.chunk_by(|a, b| a.layer == b.layer) {
                    patched.extend(self.read(runs, *sender, of_layer, &received)?);
                }
            }
            Ok(Found { scores: runs.scores(), patched })
        })?;
        rows(&self.perturbed, &found, self.noising, named)
    }

    /// The scores when each of these readers of one layer, through each of its inputs, reads what was received.
    fn read(&self, runs: &Runs, sender: Head, readers: &[Head], received: &Activations) -> Result<Vec<(Path, f32)>> {
        let (layer, tokens) = (readers[0].layer, runs.base.tokens());
        let plain = runs.base.get(Site::Z, layer)?;
        let (mut paths, mut z) = (Vec::new(), Vec::new());
        for input in INPUTS {
            let run = |site| if site == input { received } else { &*runs.base };
            let [q, k, v] = INPUTS.map(|site| run(site).get(site, layer));
            let read = self.model.mix(tokens, layer, [q?, k?, v?])?;
            for reader in readers {
                paths.push((sender, *reader, input));
                z.push(Part::heads(*reader).put(layer, plain, &read, tokens)?);
            }
        }
        Ok(paths.into_iter().zip(self.model.logits_from_z(&runs.base, layer, &z, self.batch)?).collect())
    }
}

/// The columns that name paths.
fn named(paths: &[&Path]) -> Vec<Column> {
    let mut columns = columns_of(paths.iter().map(|(sender, ..)| *sender));
    columns.extend(other_head_columns(paths.iter().map(|(_, reader, _)| (reader.layer, reader.head))));
    let inputs: Vec<&str> = paths.iter().map(|(.., input)| input.name()).collect();
    columns.push(Series::new(c::INPUT.into(), inputs).into());
    columns
}
