//! Values that show as Rust prints them for debugging.
//!
//! The kernel can show any value that way, but finds out only by compiling the cell twice.

use super::bundle::{Bundle, Mime};
use super::showable::Showable;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt::Debug;

/// The plain text of a value.
fn debug(value: &(impl Debug + ?Sized)) -> Bundle {
    Bundle::default().with(Mime::Plain, format!("{value:?}"))
}

macro_rules! shows_as_debug {
    ($([$($parameter:ident),*] $type:ty),+ $(,)?) => {
        $(impl<$($parameter: Debug),*> Showable for $type {
            fn bundle(&self) -> Bundle {
                debug(self)
            }
        })+
    };
}

shows_as_debug! {
    [] (), [] bool, [] char, [] str, [] String,
    [] i8, [] i16, [] i32, [] i64, [] i128, [] isize,
    [] u8, [] u16, [] u32, [] u64, [] u128, [] usize,
    [] f32, [] f64,
    [T] [T], [T] Vec<T>, [T] Option<T>,
    [A, B] (A, B), [A, B, C] (A, B, C), [A, B, C, D] (A, B, C, D),
    [K, V] BTreeMap<K, V>, [T] BTreeSet<T>, [K, V, S] HashMap<K, V, S>, [T, S] HashSet<T, S>,
    [] crate::collection::Collection, [] crate::collection::Pair, [] crate::collection::Pairs,
    [] crate::hook::Head, [] crate::hook::Heads, [] crate::hook::Shape, [] crate::hook::Site,
    [] crate::tokens::Segment, [] crate::tokens::Edge, [] crate::tokens::Tokens,
    [] crate::model::CrossEncoder,
}

/// As the value, or as the error and what to do about it: a `?` is easily forgotten.
impl<T: Showable, E: Debug> Showable for Result<T, E> {
    fn bundle(&self) -> Bundle {
        match self {
            Ok(value) => value.bundle(),
            Err(error) => Bundle::default().with(
                Mime::Plain,
                format!("Err({error:?})\nhelp: write `?` behind what returned this, and the cell ends as failed"),
            ),
        }
    }
}

impl<T: Debug, const N: usize> Showable for [T; N] {
    fn bundle(&self) -> Bundle {
        debug(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_show_as_rust_prints_them() {
        let shown = |value: &dyn Showable| value.bundle().get(Mime::Plain).map(str::to_owned);
        assert_eq!(shown(&3).as_deref(), Some("3"));
        assert_eq!(shown(&vec![Some("a")]).as_deref(), Some("[Some(\"a\")]"));
        assert_eq!(shown(&Ok::<_, String>(3)).as_deref(), Some("3"));
        assert!(shown(&Err::<i32, _>("no")).is_some_and(|text| text.starts_with("Err(\"no\")\nhelp: write `?`")));
        assert_eq!(shown(&[1.5, 2.0]).as_deref(), Some("[1.5, 2.0]"));
    }
}
