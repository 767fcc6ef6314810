//! Where heads stand in a graph of layers, and where edges run between them (Sugiyama et al. 1981).
//!
//! An edge over several layers has a place of its own in each layer between, so that it runs through no head. The
//! places of a layer are put in the order of the means of their neighbours, up and down in turn, and the order with the
//! fewest crossings is kept; then each place moves toward its neighbours as far as the order lets it.

use super::canvas::{MARGIN, WIDTH};
use super::circuit_edges::{Edge, Head};
use super::number::counted;
use crate::error::{Error, Result};
use std::collections::{BTreeMap, BTreeSet};

/// Width and height of a head.
pub(super) const NODE: (f64, f64) = (46.0, 32.0);
/// The least between two heads, and what an edge that runs by takes.
const BETWEEN: f64 = 12.0;
const LANE: f64 = 12.0;
/// From layer to layer.
const PITCH: f64 = 82.0;
/// Where the first head may stand: right of the names of layers.
const LEFT: f64 = MARGIN + 56.0;
/// How often the order is improved.
const SWEEPS: usize = 24;

/// What has a place in a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Item {
    /// None is the logit.
    Node(Option<Head>),
    /// An edge that runs by: from where, to where, and the letter of its input.
    Lane(Head, Option<Head>, Option<u8>),
}

pub(super) struct Layout {
    /// From the bottom; none is the logit's.
    layers: Vec<Option<u32>>,
    /// The horizontal middle of each item, by the place of its layer.
    x: Vec<BTreeMap<Item, f64>>,
}

impl Layout {
    /// # Errors
    /// When a layer has more heads than fit beside each other.
    pub fn new(edges: &[Edge]) -> Result<Self> {
        let ends = || edges.iter().flat_map(|edge| [Some(edge.from), edge.to]);
        let heads: BTreeSet<Head> = ends().flatten().collect();
        let mut layers: Vec<Option<u32>> =
            heads.iter().map(|(layer, _)| *layer).collect::<BTreeSet<u32>>().into_iter().map(Some).collect();
        layers.extend(ends().any(|end| end.is_none()).then_some(None));
        let level = |end: Option<Head>| {
            let layer = end.map(|(layer, _)| layer);
            layers.iter().position(|known| *known == layer).unwrap_or(0)
        };
        let mut items: Vec<BTreeSet<Item>> = vec![BTreeSet::new(); layers.len()];
        for end in ends() {
            items[level(end)].insert(Item::Node(end));
        }
        // Which item of the layer above each item is linked to.
        let mut links: Vec<BTreeSet<(Item, Item)>> = vec![BTreeSet::new(); layers.len()];
        for edge in edges {
            let (bottom, top) = (level(Some(edge.from)), level(edge.to));
            let item = |at: usize| match at {
                at if at == bottom => Item::Node(Some(edge.from)),
                at if at == top => Item::Node(edge.to),
                _ => lane(edge),
            };
            for at in bottom..top {
                items[at].insert(item(at));
                links[at].insert((item(at), item(at + 1)));
            }
        }
        for (layer, items) in layers.iter().zip(&items) {
            let heads = items.iter().filter(|item| matches!(item, Item::Node(_))).count();
            if squeeze(items) * (NODE.0 + BETWEEN) < NODE.0 {
                let layer = layer.map_or("output".into(), |layer| format!("layer {layer}"));
                return Err(Error::Chart(format!(
                    "{heads} heads and {} edges that run by have no room in {layer}: ask for fewer edges",
                    items.len() - heads
                )));
            }
        }
        let order = ordered(items.into_iter().map(|items| items.into_iter().collect()).collect(), &links);
        Ok(Self { x: placed(&order, &links), layers })
    }

    pub fn height(&self) -> f64 {
        (self.layers.len() - 1) as f64 * PITCH + NODE.1
    }

    fn y(&self, level: usize, top: f64) -> f64 {
        top + NODE.1 / 2.0 + (self.layers.len() - 1 - level) as f64 * PITCH
    }

    /// Each layer and its height.
    pub fn layers(&self, top: f64) -> impl Iterator<Item = (Option<u32>, f64)> {
        self.layers.iter().enumerate().map(move |(level, layer)| (*layer, self.y(level, top)))
    }

    /// Each head, none being the logit, and its middle.
    pub fn nodes(&self, top: f64) -> impl Iterator<Item = (Option<Head>, (f64, f64))> {
        self.x.iter().enumerate().flat_map(move |(level, items)| {
            items.iter().filter_map(move |(item, x)| match item {
                Item::Node(head) => Some((*head, (*x, self.y(level, top)))),
                Item::Lane(..) => None,
            })
        })
    }

    /// How many heads there are, in words.
    pub fn heads(&self) -> String {
        counted(self.nodes(0.0).filter(|(head, _)| head.is_some()).count(), "head")
    }

    /// The points that an edge goes through, from its head up to `port` beside the middle of its reader.
    pub fn route(&self, edge: &Edge, port: f64, top: f64) -> Vec<(f64, f64)> {
        let mut points = Vec::new();
        for (level, items) in self.x.iter().enumerate() {
            let y = self.y(level, top);
            let node = |end: Option<Head>| items.get(&Item::Node(end));
            if let Some(x) = node(Some(edge.from)) {
                points.push((*x, y - NODE.1 / 2.0));
            } else if let Some(x) = items.get(&lane(edge)) {
                // Upright beside the heads of the layer.
                points.extend([(*x, y + NODE.1 / 2.0), (*x, y - NODE.1 / 2.0)]);
            } else if let Some(x) = node(edge.to).filter(|_| !points.is_empty()) {
                points.push((*x + port, y + NODE.1 / 2.0));
                break;
            }
        }
        points
    }
}

fn lane(edge: &Edge) -> Item {
    Item::Lane(edge.from, edge.to, edge.input.as_ref().and_then(|input| input.bytes().next()))
}

/// The order of items in each layer with the fewest crossings that was found.
fn ordered(mut order: Vec<Vec<Item>>, links: &[BTreeSet<(Item, Item)>]) -> Vec<Vec<Item>> {
    let mut best = order.clone();
    let mut fewest = crossings(&order, links);
    for sweep in 0..SWEEPS {
        let up = sweep % 2 == 0;
        let levels: Vec<usize> =
            if up { (1..order.len()).collect() } else { (0..order.len().saturating_sub(1)).rev().collect() };
        for level in levels {
            let beside: Vec<Item> = if up { order[level - 1].clone() } else { order[level + 1].clone() };
            let neighbours = &links[if up { level - 1 } else { level }];
            let mean = |place: usize, item: Item| {
                let linked = neighbours.iter().filter_map(|(below, above)| match up {
                    true => (*above == item).then_some(below),
                    false => (*below == item).then_some(above),
                });
                let places: Vec<f64> = linked
                    .filter_map(|other| beside.iter().position(|known| known == other))
                    .map(|at| at as f64)
                    .collect();
                let scale = beside.len() as f64 / order[level].len() as f64;
                if places.is_empty() { place as f64 * scale } else { places.iter().sum::<f64>() / places.len() as f64 }
            };
            let mut keyed: Vec<(f64, Item)> =
                order[level].iter().enumerate().map(|(place, item)| (mean(place, *item), *item)).collect();
            keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
            order[level] = keyed.into_iter().map(|(_, item)| item).collect();
        }
        let now = crossings(&order, links);
        if now < fewest {
            (best, fewest) = (order.clone(), now);
        }
    }
    best
}

fn crossings(order: &[Vec<Item>], links: &[BTreeSet<(Item, Item)>]) -> usize {
    let place = |level: usize, item: &Item| order[level].iter().position(|known| known == item).unwrap_or(0);
    let mut count = 0;
    for (level, links) in links.iter().enumerate() {
        let ends: Vec<(usize, usize)> =
            links.iter().map(|(below, above)| (place(level, below), place(level + 1, above))).collect();
        for (at, first) in ends.iter().enumerate() {
            count += ends[at + 1..]
                .iter()
                .filter(|second| {
                    (first.0 < second.0 && first.1 > second.1) || (first.0 > second.0 && first.1 < second.1)
                })
                .count();
        }
    }
    count
}

/// The middles of all items: toward their neighbours, in their order, on the sheet.
fn placed(order: &[Vec<Item>], links: &[BTreeSet<(Item, Item)>]) -> Vec<BTreeMap<Item, f64>> {
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
    let factor = if last > first { ((high - low) / (last - first)).clamp(1.0, MOST) } else { 1.0 };
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

#[cfg(test)]
mod tests {
    use super::*;

    fn edge(from: Head, to: Option<Head>) -> Edge {
        Edge { from, to, input: None, value: 1.0 }
    }

    #[test]
    fn heads_do_not_overlap_and_long_edges_run_beside_them() {
        let mut edges: Vec<Edge> = (0..10).map(|head| edge((0, head), Some((2, 9 - head)))).collect();
        edges.extend((0..5).map(|head| edge((1, head), None)));
        edges.extend((0..4).map(|head| edge((0, head), None)));
        let layout = Layout::new(&edges).unwrap();
        for items in &layout.x {
            let mut boxes: Vec<(f64, f64)> = items
                .iter()
                .map(|(item, x)| match item {
                    Item::Node(_) => (x - NODE.0 / 2.0, x + NODE.0 / 2.0),
                    Item::Lane(..) => (*x, *x),
                })
                .collect();
            boxes.sort_by(|a, b| a.0.total_cmp(&b.0));
            assert!(boxes.windows(2).all(|pair| pair[0].1 <= pair[1].0), "{boxes:?}");
            assert!(boxes.iter().all(|(left, right)| *left >= LEFT && *right <= WIDTH - MARGIN), "{boxes:?}");
        }
    }

    #[test]
    fn edges_that_need_not_cross_do_not() {
        let edges: Vec<Edge> = (0..6).map(|head| edge((0, head), Some((1, 5 - head)))).collect();
        let layout = Layout::new(&edges).unwrap();
        let mut ends: Vec<(f64, f64)> = edges
            .iter()
            .map(|edge| layout.route(edge, 0.0, 0.0))
            .map(|points| (points[0].0, points[points.len() - 1].0))
            .collect();
        ends.sort_by(|a, b| a.0.total_cmp(&b.0));
        assert!(ends.windows(2).all(|pair| pair[0].1 < pair[1].1), "{ends:?}");
    }

    #[test]
    fn too_many_heads_in_a_layer_are_refused() {
        let edges: Vec<Edge> = (0..11).map(|head| edge((0, head), None)).collect();
        let error = Layout::new(&edges).err().unwrap().to_string();
        assert_eq!(
            error,
            "chart: 11 heads in layer 0 are too many for a graph: it has room for 10, ask for fewer edges"
        );
    }
}
