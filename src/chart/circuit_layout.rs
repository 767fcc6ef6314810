//! Where heads stand in a graph of layers, and where edges run between them (Sugiyama et al. 1981).
//!
//! An edge over several layers has a place of its own in each layer between, so that it runs through no head.

use super::circuit_edges::{Edge, Head};
use super::circuit_order::ordered;
use super::circuit_places::{fits, placed};
use super::number::counted;
use crate::error::{Error, Result};
use std::collections::{BTreeMap, BTreeSet};

/// Width and height of a head.
pub(super) const NODE: (f64, f64) = (46.0, 32.0);
/// From layer to layer.
const PITCH: f64 = 82.0;

/// What has a place in a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Item {
    /// None is the logit.
    Node(Option<Head>),
    /// An edge that runs by: from where, to where, and the letter of its input.
    Lane(Head, Option<Head>, Option<u8>),
}

/// Which item of the layer above each item of a layer is linked to.
pub(super) type Links = BTreeSet<(Item, Item)>;

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
        let mut links: Vec<Links> = vec![BTreeSet::new(); layers.len()];
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
            if !fits(items) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::canvas::{MARGIN, WIDTH};
    use crate::chart::circuit_places::LEFT;

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
    fn too_many_heads_in_a_layer_are_refused() {
        let edges: Vec<Edge> = (0..14).map(|head| edge((0, head), None)).collect();
        let error = Layout::new(&edges).err().unwrap().to_string();
        let what = "chart: 14 heads and 0 edges that run by have no room in layer 0: ask for fewer edges";
        assert_eq!(error, what);
        assert!(Layout::new(&edges[..13]).is_ok());
    }
}
