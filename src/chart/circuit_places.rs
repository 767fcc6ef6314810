//! Where in a layer of a graph heads and edges stand: in their order, each as near to its neighbours as the order lets
//! it.

use super::canvas::{MARGIN, WIDTH};
use super::circuit_layout::{Item, Links, NODE};
use std::collections::BTreeMap;

/// The least between two heads, and what an edge that runs by takes.
const BETWEEN: f64 = 12.0;
const LANE: f64 = 12.0;
/// Where the first head may stand: right of the names of layers.
pub(super) const LEFT: f64 = MARGIN + 56.0;
/// How often places are mended.
const SWEEPS: usize = 24;

/// The middles of all items: toward their neighbours, in their order, on the sheet.
pub(super) fn placed(order: &[Vec<Item>], links: &[Links]) -> Vec<BTreeMap<Item, f64>> {
    let mut x: Vec<BTreeMap<Item, f64>> =
        order.iter().map(|items| spread(items, &vec![(LEFT + WIDTH) / 2.0; items.len()])).collect();
    for _ in 0..SWEEPS {
        for level in 0..order.len() {
            let wish = |item: &Item| {
                let above =
                    links[level].iter().filter(|(below, _)| below == item).map(|(_, above)| x[level + 1][above]);
                let below = links[..level].last().into_iter().flatten().filter(|(_, above)| above == item);
                let neighbours: Vec<f64> = above.chain(below.map(|(below, _)| x[level - 1][below])).collect();
                if neighbours.is_empty() {
                    x[level][item]
                } else {
                    neighbours.iter().sum::<f64>() / neighbours.len() as f64
                }
            };
            let wishes: Vec<f64> = order[level].iter().map(wish).collect();
            x[level] = spread(&order[level], &wishes);
        }
    }
    stretched(x)
}

/// The same over the whole width, as far as a graph of few heads does not fall apart.
fn stretched(mut x: Vec<BTreeMap<Item, f64>>) -> Vec<BTreeMap<Item, f64>> {
    const MOST: f64 = 1.8;
    let (low, high) = (LEFT + NODE.0 / 2.0, WIDTH - MARGIN - NODE.0 / 2.0);
    let all = || x.iter().flat_map(|items| items.values().copied());
    let (first, last) = (all().fold(f64::INFINITY, f64::min), all().fold(f64::NEG_INFINITY, f64::max));
    let factor = if last > first { ((high - low) / (last - first)).min(MOST) } else { 1.0 };
    if factor < 1.0 {
        return x;
    }
    let middle = (first + last) / 2.0;
    for at in x.iter_mut().flat_map(|items| items.values_mut()) {
        *at = (low + high) / 2.0 + (*at - middle) * factor;
    }
    x
}

/// Half of what an item takes.
fn half(item: &Item) -> f64 {
    match item {
        Item::Node(_) => (NODE.0 + BETWEEN) / 2.0,
        Item::Lane(..) => LANE / 2.0,
    }
}

/// How much closer than wanted the items of a layer have to stand.
fn squeeze<'a>(items: impl IntoIterator<Item = &'a Item>) -> f64 {
    let needed: f64 = items.into_iter().map(|item| 2.0 * half(item)).sum();
    ((WIDTH - MARGIN - LEFT) / needed).min(1.0)
}

/// As near to the wishes as order and room allow.
fn spread(items: &[Item], wishes: &[f64]) -> BTreeMap<Item, f64> {
    let squeeze = squeeze(items);
    let apart = |a: usize| (half(&items[a]) + half(&items[a + 1])) * squeeze;
    let n = items.len();
    // The mean of pushing from the left and from the right is in order too.
    let (mut from_left, mut from_right) = (wishes.to_vec(), wishes.to_vec());
    for at in 1..n {
        from_left[at] = from_left[at].max(from_left[at - 1] + apart(at - 1));
        from_right[n - 1 - at] = from_right[n - 1 - at].min(from_right[n - at] - apart(n - 1 - at));
    }
    let mut x: Vec<f64> = from_left.iter().zip(&from_right).map(|(a, b)| (a + b) / 2.0).collect();
    let edge = |item: &Item| half(item) * squeeze;
    x[0] = x[0].max(LEFT + edge(&items[0]));
    for at in 1..n {
        x[at] = x[at].max(x[at - 1] + apart(at - 1));
    }
    x[n - 1] = x[n - 1].min(WIDTH - MARGIN - edge(&items[n - 1]));
    for at in (0..n - 1).rev() {
        x[at] = x[at].min(x[at + 1] - apart(at));
    }
    items.iter().copied().zip(x).collect()
}

/// Whether the heads of a layer can stand beside each other and its edges.
pub(super) fn fits<'a>(items: impl IntoIterator<Item = &'a Item>) -> bool {
    squeeze(items) * (NODE.0 + BETWEEN) >= NODE.0
}
