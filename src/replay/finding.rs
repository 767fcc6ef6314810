//! A claim, what was found, and the verdict that follows.

use crate::error::Result;
use crate::frame::{columns as c, frame, interval_columns};
use polars::prelude::{Column, DataFrame, NamedFrom, Series};

/// Of fewer queries a bootstrap tells nothing.
const LEAST_QUERIES: usize = 10;

/// On which side of its reference a claim expects a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Above,
    Below,
}

impl Side {
    const fn name(self) -> &'static str {
        match self {
            Self::Above => "above",
            Self::Below => "below",
        }
    }

    const fn other(self) -> Self {
        match self {
            Self::Above => Self::Below,
            Self::Below => Self::Above,
        }
    }
}

/// What a paper claims, and what would agree, said before anything is computed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Claim {
    /// Author and year.
    pub(super) source: &'static str,
    pub(super) claim: &'static str,
    /// What the figure is, with its unit.
    pub(super) measure: &'static str,
    pub(super) side: Side,
    pub(super) reference: f64,
    /// What is different from the paper, or what else may be behind the figure.
    pub(super) caveat: &'static str,
}

/// A number over queries.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Figure {
    /// With the ends of its interval.
    pub(super) ends: [f64; 3],
    /// How many queries it rests on.
    pub(super) queries: usize,
}

/// What came of a claim.
#[derive(Debug, Clone)]
pub(super) struct Finding {
    claim: Claim,
    /// Or why there is none.
    figure: Result<Figure, String>,
}

impl Claim {
    pub(super) fn found(self, figure: Figure) -> Finding {
        Finding { claim: self, figure: Ok(figure) }
    }

    /// About something that the model does not have.
    pub(super) fn untestable(self, why: impl Into<String>) -> Finding {
        Finding { claim: self, figure: Err(why.into()) }
    }

    fn expected(self) -> String {
        let Self { side, .. } = self;
        format!(
            "agrees if the interval lies wholly {} {}, disagrees if wholly {} it",
            side.name(),
            short(self.reference),
            side.other().name()
        )
    }

    /// The side on which an interval lies wholly.
    fn side_of(self, [_, low, high]: [f64; 3]) -> Option<Side> {
        if low > self.reference {
            Some(Side::Above)
        } else if high < self.reference {
            Some(Side::Below)
        } else {
            None
        }
    }
}

impl Finding {
    /// The verdict, and on what it rests.
    fn verdict(&self) -> (&'static str, String) {
        const UNTESTABLE: &str = "cannot be tested";
        let Self { claim, figure } = self;
        let reference = short(claim.reference);
        match figure {
            Err(why) => (UNTESTABLE, why.clone()),
            Ok(Figure { queries, .. }) if *queries < LEAST_QUERIES => {
                let what = format!("{queries} queries have a figure, and fewer than {LEAST_QUERIES} make no interval");
                (UNTESTABLE, format!("{what}; take more queries"))
            }
            Ok(Figure { ends, .. }) if ends.iter().any(|end| !end.is_finite()) => {
                (UNTESTABLE, format!("the figure is no finite number in some draw of queries; {}", claim.caveat))
            }
            Ok(Figure { ends, .. }) => match claim.side_of(*ends) {
                None => (UNTESTABLE, format!("undecided: the interval holds {reference}; {}", claim.caveat)),
                Some(side) => {
                    let verdict = if side == claim.side { "agrees" } else { "disagrees" };
                    (verdict, format!("the interval lies wholly {} {reference}; {}", side.name(), claim.caveat))
                }
            },
        }
    }
}

/// A number without needless zeros.
fn short(number: f64) -> String {
    format!("{number:.3}").trim_end_matches('0').trim_end_matches('.').to_owned()
}

pub(super) fn findings_frame(findings: &[Finding]) -> Result<DataFrame> {
    let claims = || findings.iter().map(|finding| finding.claim);
    let texts = |name: &str, texts: Vec<String>| -> Column { Series::new(name.into(), texts).into() };
    let ends = |finding: &Finding| -> [Option<f64>; 3] {
        let known = |figure: &Figure| figure.ends.map(|end| Some(end).filter(|end| end.is_finite()));
        finding.figure.as_ref().map_or([None; 3], known)
    };
    let [figure, low, high] = interval_columns(c::FIGURE, &findings.iter().map(ends).collect::<Vec<_>>());
    let (verdicts, why): (Vec<&str>, Vec<String>) = findings.iter().map(Finding::verdict).unzip();
    let queries = findings.iter().map(|finding| finding.figure.as_ref().map_or(0, |figure| figure.queries as u32));
    frame(vec![
        texts(c::SOURCE, claims().map(|claim| claim.source.into()).collect()),
        texts(c::CLAIM, claims().map(|claim| claim.claim.into()).collect()),
        texts(c::MEASURE, claims().map(|claim| claim.measure.into()).collect()),
        figure,
        low,
        high,
        Series::new(c::REFERENCE.into(), claims().map(|claim| claim.reference).collect::<Vec<_>>()).into(),
        texts(c::AGREES_WHEN, claims().map(|claim| claim.side.name().into()).collect()),
        texts(c::EXPECTED, claims().map(Claim::expected).collect()),
        Series::new(c::VERDICT.into(), verdicts).into(),
        texts(c::WHY, why),
        Series::new(c::QUERIES.into(), queries.collect::<Vec<_>>()).into(),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(side: Side, ends: [f64; 3], queries: usize) -> (&'static str, String) {
        let claim = Claim { source: "s", claim: "c", measure: "m", side, reference: 0.5, caveat: "but" };
        claim.found(Figure { ends, queries }).verdict()
    }

    #[test]
    fn the_rule_is_the_same_for_both_sides() {
        for (side, other) in [(Side::Above, Side::Below), (Side::Below, Side::Above)] {
            let (above, below) = ([0.7, 0.6, 0.8], [0.3, 0.2, 0.4]);
            let (agreeing, disagreeing) = if side == Side::Above { (above, below) } else { (below, above) };
            assert_eq!(verdict(side, agreeing, 10).0, "agrees");
            assert_eq!(verdict(side, disagreeing, 10).0, "disagrees");
            assert_eq!(verdict(other, agreeing, 10).0, "disagrees");
        }
    }

    #[test]
    fn an_interval_that_holds_or_touches_the_reference_is_undecided() {
        for ends in [[0.5, 0.4, 0.6], [0.6, 0.5, 0.7], [0.4, 0.3, 0.5], [0.5; 3]] {
            let (verdict, why) = verdict(Side::Above, ends, 50);
            assert_eq!(verdict, "cannot be tested");
            assert_eq!(why, "undecided: the interval holds 0.5; but");
        }
    }

    #[test]
    fn few_queries_and_numbers_without_sense_have_no_verdict() {
        assert!(verdict(Side::Above, [0.7, 0.6, 0.8], 9).1.starts_with("9 queries have a figure"));
        assert!(verdict(Side::Above, [0.7, 0.6, f64::NAN], 10).1.starts_with("the figure is no finite number"));
        assert_eq!(verdict(Side::Above, [f64::INFINITY; 3], 10).0, "cannot be tested");
    }

    #[test]
    fn what_would_agree_is_said_in_words() {
        let claim = Claim { source: "s", claim: "c", measure: "m", side: Side::Below, reference: -0.02, caveat: "" };
        let expected = "agrees if the interval lies wholly below -0.02, disagrees if wholly above it";
        assert_eq!(claim.expected(), expected);
        assert_eq!([short(0.0), short(2.0 / 3.0), short(10.0)], ["0", "0.667", "10"]);
    }
}
