//! Ablating whole attention layers and MLPs, one at a time.

use super::instead::{Instead, instead_options};
use crate::error::Result;
use crate::frame::columns as c;
use crate::hook::intervention::{Donors, Means};
use crate::hook::{Part, Shape};
use crate::model::CrossEncoder;
use crate::sweep::{Design, Sweep, Variant};

/// An ablation of layers to be measured; made by [`CrossEncoder::ablate_layers`], run by [`Sweep::over`].
pub type LayerAblation = Sweep<AblatedLayers>;

/// Which layers lose their attention or their MLP.
#[derive(Debug, Clone)]
pub struct AblatedLayers {
    layers: Vec<usize>,
    instead: Instead,
}

impl CrossEncoder {
    /// Ablates the attention and the MLP of each of these layers, one at a time, with zero unless told otherwise.
    ///
    /// The columns `layer` and `part` (`attention`, `mlp`) name the variants.
    ///
    /// ```
    /// use crosslens::prelude::*;
    /// let model = CrossEncoder::embedded()?;
    /// let pairs = Collection::embedded()?.pairs_for("q01")?;
    /// let effects = model.ablate_layers(0..6).over(&pairs)?;
    /// assert_eq!(effects.height(), 12);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn ablate_layers(&self, layers: impl IntoIterator<Item = usize>) -> LayerAblation {
        self.sweep(AblatedLayers { layers: layers.into_iter().collect(), instead: Instead::Zero })
    }
}

impl LayerAblation {
    instead_options!("what a layer writes");
}

impl Design for AblatedLayers {
    fn title(&self) -> String {
        let layers: Vec<String> = self.layers.iter().map(usize::to_string).collect();
        format!("ablating layers ({}, {})", layers.join(" "), self.instead)
    }

    fn variants(&self, shape: &Shape, _: u64) -> Result<Vec<Variant>> {
        self.layers.iter().try_for_each(|layer| shape.check_layer(*layer))?;
        let parts = |layer: &usize| [("attention", Part::attention([*layer])), ("mlp", Part::mlp([*layer]))];
        let variant = |(layer, (name, part)): (&usize, (&str, Part))| {
            let variant = Variant::new(self.instead.of(part)).number(c::LAYER, *layer as u32);
            variant.text(c::PART, name).text(c::ABLATION, self.instead.to_string())
        };
        Ok(self.layers.iter().flat_map(|layer| parts(layer).map(|part| (layer, part))).map(variant).collect())
    }
}
