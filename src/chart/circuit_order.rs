//! The order of heads and edges in the layers of a graph: that of the means of their neighbours' places, up and down in
//! turn, as long as edges cross less.

use super::circuit_layout::{Item, Links};

/// How often the order is improved.
const SWEEPS: usize = 24;

/// The order of items in each layer with the fewest crossings that was found.
pub(super) fn ordered(mut order: Vec<Vec<Item>>, links: &[Links]) -> Vec<Vec<Item>> {
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

fn crossings(order: &[Vec<Item>], links: &[Links]) -> usize {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_need_not_cross_does_not() {
        let item = |layer: u32, head: u32| Item::Node(Some((layer, head)));
        let order = vec![(0..6).map(|head| item(0, head)).collect(), (0..6).map(|head| item(1, head)).collect()];
        let links = [(0..6).map(|head| (item(0, head), item(1, 5 - head))).collect(), Links::new()];
        assert_eq!(crossings(&order, &links), 15, "every edge crosses every other");
        assert_eq!(crossings(&ordered(order, &links), &links), 0);
    }
}
