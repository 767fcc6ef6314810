//! To what heads attend from a query token: a panel per head, or per layer.

use super::axis::Axis;
use super::figure::Figure;
use super::heads::averaged;
use super::number::{Numbers, counted};
use super::palette::{CATEGORIES, NEGATIVE, POSITIVE, ordered};
use super::profile_panels::{Dot, Panel, Row, Sheet};
use super::read::{self, Mean, Names};
use crate::error::{Error, Result};
use crate::frame::columns as c;
use polars::prelude::DataFrame;
use std::collections::{BTreeMap, BTreeSet};

/// The most heads that have a panel each.
const HEADS: usize = 12;
/// The most panels that can be looked over.
const LIMIT: usize = 48;
/// The columns that break a profile down.
const GROUPS: [&str; 5] = [c::IDF, c::QUARTER, c::DISTANCE, c::RELEVANCE, c::KIND];

/// Draws the bits of each class of a match profile: a frame with columns `layer`, `head`, `match` and `bits`, as
/// [`match_profile`](crate::model::CrossEncoder::match_profile) gives it.
///
/// Up to 12 heads have a panel each, with the intervals of `bits_low` and `bits_high`; of a profile that is broken down
/// each group has dots of its own colour. More heads share a panel per layer, a dot for each; the one with the most bits
/// of a class is named at the right. `control_bits` is grey behind them. All panels have one scale.
///
/// # Errors
/// [`Error::Unknown`] for a column that the frame lacks, [`Error::Chart`] for one that cannot be drawn.
///
/// ```
/// use crosslens::prelude::*;
/// let frame = df!(
///     "layer" => [2u32, 2, 4, 4],
///     "head" => [9u32, 9, 5, 5],
///     "match" => ["same piece", "stop word", "same piece", "stop word"],
///     "bits" => [3.0, -1.0, 0.5, 1.0],
///     "bits_low" => [2.5, -1.5, 0.0, 0.5],
///     "bits_high" => [3.5, -0.5, 1.0, 1.5],
///     "control_bits" => [0.1, 0.0, -0.1, 0.0],
/// )?;
/// let figure = profile(&frame, "To what do the two attend?")?;
/// assert_eq!(
///     figure.summary(),
///     "To what do the two attend?\nmost bits; 2.9: same piece 3.00 [2.50, 3.50] (control 0.10); 4.5: stop word 1.00 \
///      [0.50, 1.50] (control 0.00)"
/// );
/// # Ok::<(), Error>(())
/// ```
pub fn profile(frame: &DataFrame, title: &str) -> Result<Figure> {
    let cells = Cells::read(frame)?;
    let heads: BTreeSet<(u32, u32)> = cells.means.keys().map(|cell| cell.head).collect();
    let panels = if heads.len() <= HEADS { by_head(&cells, &heads) } else { by_layer(&cells, &heads) };
    if panels.len() > LIMIT {
        let what = format!("{} layers are too many for one figure: filter the frame to {LIMIT}", panels.len());
        return Err(Error::Chart(what));
    }
    let axis = Axis::new(panels.iter().flat_map(Panel::extent).chain([0.0]), 4, true);
    let numbers = axis.numbers.for_closer(panels.iter().flat_map(Panel::extent));
    let summary = summary(&panels, &cells.classes, numbers, title);
    let note = note(&cells, &panels, heads.len());
    let groups = if heads.len() <= HEADS { cells.groups } else { vec![] };
    let sheet = Sheet { classes: &cells.classes, by: cells.by, groups: &groups, numbers: axis.numbers };
    Ok(Figure::new(sheet.draw(&panels, axis, title, &note)?, summary))
}

/// A head's bits for one class and group.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Cell {
    head: (u32, u32),
    class: usize,
    group: usize,
}

/// What a frame says.
struct Cells {
    classes: Vec<String>,
    /// What breaks the profile down, and the name and the colour of each group; empty where nothing does.
    by: &'static str,
    groups: Vec<(String, plotters::style::RGBColor)>,
    /// The bits, their control, and the first row.
    means: BTreeMap<Cell, (Mean, Mean, usize)>,
    ends: Option<(Vec<f64>, Vec<f64>)>,
}

impl Cells {
    fn read(frame: &DataFrame) -> Result<Self> {
        let bits = read::drawable(frame, c::BITS)?;
        let (layers, heads) = (read::indices(frame, c::LAYER)?, read::indices(frame, c::HEAD)?);
        let Names { different: classes, places, .. } = read::names(frame, c::MATCH)?;
        let optional = |name: &str| read::has(frame, name).then(|| read::numbers(frame, name)).transpose();
        let control = optional(c::CONTROL_BITS)?;
        let ends = optional(&c::low(c::BITS))?.zip(optional(&c::high(c::BITS))?);
        let group = GROUPS.into_iter().find(|name| read::has(frame, name));
        let by = group.unwrap_or_default();
        let group = group.map(|name| read::names(frame, name)).transpose()?;
        let mut means: BTreeMap<Cell, (Mean, Mean, usize)> = BTreeMap::new();
        for (row, bits) in bits.iter().enumerate() {
            let group = group.as_ref().map_or(0, |group| group.places[row]);
            let cell = Cell { head: (layers[row], heads[row]), class: places[row], group };
            let (of_bits, of_control, _) = means.entry(cell).or_insert((Mean::default(), Mean::default(), row));
            of_bits.add(*bits);
            of_control.add(control.as_ref().map_or(f64::NAN, |control| control[row]));
        }
        let groups = group.map_or(vec![], |Names { different, numeric, .. }| {
            let count = different.len();
            // Thirds of the idf have an order too, which is that of their rows.
            let in_order = numeric || read::has(frame, c::IDF);
            let color = |at: usize| if in_order { ordered(at, count) } else { CATEGORIES[at % CATEGORIES.len()] };
            different.into_iter().enumerate().map(|(at, name)| (name, color(at))).collect()
        });
        Ok(Self { classes, by, groups, means, ends })
    }

    fn averaged(&self) -> bool {
        self.means.values().any(|(bits, ..)| bits.rows > 1)
    }

    /// The mean of an interval's ends is no interval's end.
    fn interval(&self, (bits, _, row): &(Mean, Mean, usize)) -> Option<(f64, f64)> {
        let (low, high) = self.ends.as_ref().map(|(low, high)| (low[*row], high[*row]))?;
        (bits.rows == 1 && low.is_finite() && high.is_finite()).then_some((low, high))
    }
}

fn name((layer, head): (u32, u32)) -> String {
    format!("{layer}.{head}")
}

fn signed(value: f64) -> plotters::style::RGBColor {
    if value < 0.0 { NEGATIVE } else { POSITIVE }
}

fn by_head(cells: &Cells, heads: &BTreeSet<(u32, u32)>) -> Vec<Panel> {
    let lanes = cells.groups.len().max(1);
    let dot = |head: (u32, u32), class: usize, group: usize| {
        let of = cells.means.get(&Cell { head, class, group })?;
        let value = of.0.value();
        let color = cells.groups.get(group).map_or(signed(value), |(_, color)| *color);
        let dot =
            Dot { name: name(head), value, control: of.1.value(), interval: cells.interval(of), color, lane: group };
        value.is_finite().then_some(dot)
    };
    let row = |head, class| Row { dots: (0..lanes).filter_map(|group| dot(head, class, group)).collect() };
    let panel = |head: &(u32, u32)| Panel {
        name: format!("head {}", name(*head)),
        rows: (0..cells.classes.len()).map(|class| row(*head, class)).collect(),
        named: false,
    };
    heads.iter().map(panel).collect()
}

fn by_layer(cells: &Cells, heads: &BTreeSet<(u32, u32)>) -> Vec<Panel> {
    let lanes = cells.groups.len().max(1);
    let dot = |head: &(u32, u32), class: usize| {
        let (mut bits, mut control) = (Mean::default(), Mean::default());
        for (of_bits, of_control, _) in
            (0..lanes).filter_map(|group| cells.means.get(&Cell { head: *head, class, group }))
        {
            bits.add(of_bits.value());
            control.add(of_control.value());
        }
        let value = bits.value();
        let (name, control, color) = (name(*head), control.value(), signed(value));
        value.is_finite().then_some(Dot { name, value, control, interval: None, color, lane: 0 })
    };
    let layers: BTreeSet<u32> = heads.iter().map(|(layer, _)| *layer).collect();
    let panel = |layer: u32| {
        let row = |class| Row {
            dots: heads.iter().filter(|(of, _)| *of == layer).filter_map(|head| dot(head, class)).collect(),
        };
        let rows = (0..cells.classes.len()).map(row).collect();
        Panel { name: format!("layer {layer}"), rows, named: true }
    };
    layers.into_iter().map(panel).collect()
}

fn note(cells: &Cells, panels: &[Panel], heads: usize) -> String {
    let dots = || panels.iter().flat_map(|panel| &panel.rows).flat_map(|row| &row.dots);
    let mut parts = vec!["0 bits: as uniform attention to the document".to_owned()];
    if panels.iter().any(|panel| panel.named) {
        parts.push(format!("a dot per head, {heads} in all; at the right the head with most bits"));
    }
    if dots().any(|dot| dot.interval.is_some()) {
        parts.push("whiskers: interval".into());
    }
    if dots().any(|dot| dot.control.is_finite()) {
        let all = panels.iter().any(|panel| panel.named);
        parts.push(if all { "grey: control, from the least to the largest" } else { "grey: control" }.into());
    }
    if cells.means.values().any(|(bits, ..)| !bits.value().is_finite()) {
        parts.push("no dot: missing".into());
    }
    let rows = cells.means.values().map(|(bits, ..)| bits.rows);
    let groups = cells.groups.len();
    if cells.averaged() {
        parts.extend(averaged(rows, "head and class"));
    } else if heads > HEADS && groups > 1 {
        parts.push(format!("mean of {}", counted(groups, "group")));
    }
    parts.join(" · ")
}

/// Per head the class that has most bits, per class the head.
fn summary(panels: &[Panel], classes: &[String], numbers: Numbers, title: &str) -> String {
    let text = |dot: &Dot| {
        let interval = dot.interval.map(|(low, high)| format!(" [{}, {}]", numbers.text(low), numbers.text(high)));
        let control = dot.control.is_finite().then(|| format!(" (control {})", numbers.text(dot.control)));
        format!("{}{}{}", numbers.text(dot.value), interval.unwrap_or_default(), control.unwrap_or_default())
    };
    let rows = |class: usize| panels.iter().map(move |panel| &panel.rows[class]);
    let most: Vec<String> = if panels.iter().any(|panel| panel.named) {
        let of_class = |(class, name): (usize, &String)| {
            let dots = rows(class).flat_map(|row| &row.dots);
            match dots.max_by(|a, b| a.value.total_cmp(&b.value)) {
                Some(dot) => format!("{name}: {} {}", dot.name, text(dot)),
                None => format!("{name}: missing"),
            }
        };
        classes.iter().enumerate().map(of_class).collect()
    } else {
        let of_head = |panel: &Panel| {
            let dots =
                panel.rows.iter().zip(classes).flat_map(|(row, class)| row.dots.iter().map(move |dot| (dot, class)));
            match dots.max_by(|(a, _), (b, _)| a.value.total_cmp(&b.value)) {
                Some((dot, class)) => format!("{}: {class} {}", dot.name, text(dot)),
                None => format!("{}: missing", panel.name),
            }
        };
        panels.iter().map(of_head).collect()
    };
    format!("{title}\nmost bits; {}", most.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use polars::prelude::df;

    #[test]
    fn groups_have_colours_in_their_order_and_null_has_no_dot() {
        let frame = df!(
            "layer" => [0u32; 4], "head" => [0u32; 4], "match" => ["same piece", "same piece", "stop word", "stop word"],
            "idf" => ["low", "high", "low", "high"], "bits" => [Some(1.0), Some(2.0), None, Some(-1.0)]
        )
        .unwrap();
        let cells = Cells::read(&frame).unwrap();
        assert_eq!(cells.groups.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["low", "high"]);
        let panels = by_head(&cells, &BTreeSet::from([(0, 0)]));
        let lanes = panels[0].rows.iter().map(|row| row.dots.iter().map(|dot| dot.lane).collect::<Vec<_>>());
        assert_eq!(lanes.collect::<Vec<_>>(), [vec![0, 1], vec![1]]);
        assert_eq!(panels[0].rows[0].dots[1].color, ordered(1, 2));
    }

    #[test]
    fn more_heads_than_panels_are_put_together_by_layer() {
        let heads: Vec<u32> = (0..13).collect();
        let frame = df!("layer" => vec![3u32; 13], "head" => heads, "match" => vec!["stop word"; 13],
            "bits" => (0..13).map(f64::from).collect::<Vec<_>>());
        let figure = profile(&frame.unwrap(), "t").unwrap();
        assert_eq!(figure.summary(), "t\nmost bits; stop word: 3.12 12.0");
        assert!(figure.svg().contains("layer 3") && figure.svg().contains("a dot per head, 13 in all"));
    }
}
