//! Is an effect larger than that of a control, or on some pairs larger than on others?

use super::Swept;
use super::design::label_columns;
use crate::collection::Pair;
use crate::effect::{self, Baseline, Effect, mean};
use crate::error::{Error, Result};
use crate::frame::{columns as c, frame};
use polars::prelude::{Column, DataFrame, NamedFrom, Series};
use std::collections::BTreeMap;

/// Plain scores closer than this are those of one model on two machines.
const SAME: f32 = 1e-4;

impl Swept {
    /// Holds every variant against a control over the same pairs, such as random sets of as many heads.
    ///
    /// A row per variant: the columns that name it, then for the logit and each measure (as `nDCG@10_effect`) the effect, the
    /// mean over the control's variants (`control_…`), the difference of both (`…_excess`) with the ends of its interval
    /// and the p values of a paired t-test over queries, and the share of the control's draws, itself among them, whose
    /// effect is at most as high (`…_p_draws`: `(1 + such draws) / (1 + draws)`, one-sided, for an effect that hurts).
    ///
    /// # Errors
    /// [`Error::Argument`] if the control is of other pairs, of another model, or of sets of more than one size.
    ///
    /// ```
    /// use crosslens::prelude::*;
    /// let model = CrossEncoder::embedded()?;
    /// let pairs = Collection::embedded()?.judged_pairs()?.filter(|pair| pair.query_id.ends_with("5"));
    /// let control = model.ablate(Heads::all()).at_random([2], 3).run(&pairs)?;
    /// let matching = model.ablate([Head::new(1, 1), Head::new(2, 9)]).together().run(&pairs)?;
    /// let contrast = matching.against(&control)?;
    /// assert!(contrast.column("logit_effect_excess_p")?.f64()?.get(0).is_some());
    /// # Ok::<(), Error>(())
    /// ```
    pub fn against(&self, control: &Self) -> Result<DataFrame> {
        self.check_control(control)?;
        effect::check(&self.pairs, &self.settings)?;
        let baseline = Baseline::new(&self.pairs, &self.plain, &self.settings)?;
        let draws = control.changed.iter().map(|logits| baseline.per_query(logits)).collect::<Result<Vec<_>>>()?;
        let own = self.changed.iter().map(|logits| baseline.per_query(logits)).collect::<Result<Vec<_>>>()?;
        let mut columns = label_columns(&self.variants, 1);
        for (at, name) in baseline.names().iter().enumerate() {
            let queries = draws[0][at].len();
            let mean_of_draws =
                |query: usize| draws.iter().map(|draw| draw[at][query]).sum::<f64>() / draws.len() as f64;
            let controlled: Vec<f64> = (0..queries).map(mean_of_draws).collect();
            let of_variants: Vec<_> = own.iter().map(|own| (own[at].clone(), controlled.clone())).collect();
            columns.extend(self.excess(name, &of_variants));
            let as_low = |own: f64| draws.iter().filter(|draw| mean(&draw[at]) <= own).count();
            let p = |own: &Vec<Vec<f64>>| (1 + as_low(mean(&own[at]))) as f64 / (1 + draws.len()) as f64;
            columns.push(Series::new(c::p_draws(name).into(), own.iter().map(p).collect::<Vec<f64>>()).into());
        }
        frame(columns)
    }

    /// Holds the effect on some pairs against that on the others of the same query, such as exact matches against all
    /// other documents; queries that lack one of both say nothing.
    ///
    /// A row per variant: the columns that name it, then the `logit_effect` on these pairs, that on the others
    /// (`control_logit_effect`), and the difference with its interval and p values, as in [`Swept::against`]; `queries`.
    ///
    /// # Errors
    /// [`Error::Argument`] if no query has pairs of both sorts.
    ///
    /// ```
    /// use crosslens::prelude::*;
    /// let model = CrossEncoder::embedded()?;
    /// let pairs = Collection::embedded()?.judged_pairs()?.filter(|pair| pair.query_id.ends_with("5"));
    /// let matching = model.ablate([Head::new(1, 1), Head::new(2, 9)]).together().run(&pairs)?;
    /// let contrast = matching.contrast(|pair| pair.kind.as_deref() == Some("exact"))?;
    /// assert!(contrast.column("logit_effect_excess")?.f64()?.get(0) < Some(0.0));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn contrast(&self, these: impl Fn(&Pair) -> bool) -> Result<DataFrame> {
        let mut queries: BTreeMap<&str, [Vec<usize>; 2]> = BTreeMap::new();
        for (at, pair) in self.pairs.iter().enumerate() {
            queries.entry(&pair.query_id).or_default()[usize::from(!these(pair))].push(at);
        }
        queries.retain(|_, [these, others]| !these.is_empty() && !others.is_empty());
        if queries.is_empty() {
            let what =
                "no query has pairs of both sorts; give a condition that some of a query's pairs meet and some do not";
            return Err(Error::Argument(what.into()));
        }
        let of_variant = |changed: &Vec<f32>| {
            let effect = |at: &usize| f64::from(changed[*at]) - f64::from(self.plain[*at]);
            let side = |side: usize| -> Vec<f64> {
                queries.values().map(|of| of[side].iter().map(effect).sum::<f64>() / of[side].len() as f64).collect()
            };
            (side(0), side(1))
        };
        let of_variants: Vec<_> = self.changed.iter().map(of_variant).collect();
        let mut columns = label_columns(&self.variants, 1);
        columns.extend(self.excess(c::LOGIT_EFFECT, &of_variants));
        columns.push(Series::new(c::QUERIES.into(), vec![queries.len() as u32; of_variants.len()]).into());
        frame(columns)
    }

    fn check_control(&self, control: &Self) -> Result<()> {
        let refused = |what: String| Err(Error::Argument(what));
        if control.variants.is_empty() {
            return refused("the control has no variants; draw some, such as with at_random([6], 20)".into());
        }
        let mut sizes: Vec<u32> = control.variants.iter().filter_map(|variant| variant.number_of(c::SIZE)).collect();
        sizes.sort_unstable();
        sizes.dedup();
        if sizes.len() > 1 {
            return refused(format!(
                "the control has sets of {sizes:?} heads; hold an effect against sets of one size"
            ));
        }
        let id = |pair: &Pair| format!("{}/{}", pair.query_id, pair.doc_id);
        let ids = |swept: &Self| swept.pairs.iter().map(id).collect::<Vec<String>>();
        let (own, of_control) = (ids(self), ids(control));
        if own != of_control {
            let apart = own
                .iter()
                .zip(&of_control)
                .position(|(own, other)| own != other)
                .unwrap_or(own.len().min(of_control.len()));
            let at = |ids: &[String]| ids.get(apart).cloned().unwrap_or_else(|| "none".into());
            let what = format!("pair {} is {} here and {} in the control", apart + 1, at(&own), at(&of_control));
            return refused(format!("{what}; sweep both over the same pairs"));
        }
        let differ = |(own, other): (&f32, &f32)| !((own - other).abs() <= SAME || own.to_bits() == other.to_bits());
        if let Some(at) = self.plain.iter().zip(&control.plain).position(differ) {
            let (score, other) = (self.plain[at], control.plain[at]);
            let what =
                format!("the plain model gives {} a score of {score} here and of {other} in the control", own[at]);
            return refused(format!("{what}; sweep both on the same model"));
        }
        Ok(())
    }

    /// Of each variant what two lists over the same queries say, and how far they lie apart.
    fn excess(&self, name: &str, of_variants: &[(Vec<f64>, Vec<f64>)]) -> Vec<Column> {
        let queries = of_variants.first().map_or(0, |(own, _)| own.len());
        let bootstrap = self.settings.bootstrap(queries);
        let mut excess = Effect::new(c::excess(name)).tested();
        for (own, control) in of_variants {
            let apart: Vec<f64> = own.iter().zip(control).map(|(own, control)| own - control).collect();
            excess.add(&apart, &bootstrap);
        }
        let own: Vec<f64> = of_variants.iter().map(|(own, _)| mean(own)).collect();
        let control: Vec<f64> = of_variants.iter().map(|(_, control)| mean(control)).collect();
        let mut columns: Vec<Column> =
            vec![Series::new(name.into(), own).into(), Series::new(c::control(name).into(), control).into()];
        columns.extend(excess.columns());
        columns
    }
}
