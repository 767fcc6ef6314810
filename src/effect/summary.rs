//! Effects of many variants as the columns of a frame.

use super::{Bootstrap, holm, paired_t_test};
use crate::frame::{columns as c, interval_columns};
use polars::prelude::{Column, NamedFrom, Series};

/// One effect, per variant: its mean over queries with the ends of its interval and, where it is tested, the p value.
pub(crate) struct Effect {
    name: String,
    tested: bool,
    means: Vec<[f64; 3]>,
    p: Vec<Option<f64>>,
}

impl Effect {
    pub(crate) fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), tested: false, means: Vec::new(), p: Vec::new() }
    }

    /// With a paired t-test against no change, corrected over all variants.
    pub(crate) fn tested(self) -> Self {
        Self { tested: true, ..self }
    }

    /// Takes in a variant's values, one per query.
    pub(crate) fn add(&mut self, values: &[f64], bootstrap: &Bootstrap) {
        self.means.push(bootstrap.mean(values));
        if self.tested {
            self.p.push(paired_t_test(values));
        }
    }

    pub(crate) fn columns(self) -> Vec<Column> {
        let Self { name, tested, means, p } = self;
        let mut columns: Vec<Column> = interval_columns(&name, &means).into();
        if tested {
            columns.push(Series::new(c::p_holm(&name).into(), holm(&p)).into());
            columns.insert(3, Series::new(c::p(&name).into(), p).into());
        }
        columns
    }
}
