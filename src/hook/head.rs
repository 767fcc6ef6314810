//! Attention heads and sets of them.

use crate::error::{Error, Result};
use crate::frame::columns as c;
use polars::prelude::{DataFrame, DataType};
use rand::Rng;
use rand::seq::index::sample;
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// What a model has: its layers, its heads and their sizes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// How many layers.
    pub layers: usize,
    /// How many heads in each layer.
    pub heads: usize,
    /// The size of the residual stream.
    pub hidden: usize,
    /// The size of one head's queries, keys and values.
    pub head_dim: usize,
}

impl Shape {
    /// Fails unless the layer exists.
    ///
    /// # Errors
    /// [`Error::UnknownLayer`].
    pub fn check_layer(&self, layer: usize) -> Result<()> {
        if layer < self.layers { Ok(()) } else { Err(Error::UnknownLayer { layer, layers: self.layers }) }
    }

    /// Fails unless the head exists.
    ///
    /// # Errors
    /// [`Error::UnknownHead`].
    pub fn check_head(&self, Head { layer, head }: Head) -> Result<()> {
        if layer < self.layers && head < self.heads {
            Ok(())
        } else {
            Err(Error::UnknownHead { layer, head, layers: self.layers, heads: self.heads })
        }
    }
}

/// One attention head, counted from 0 and printed `layer.head`.
///
/// ```
/// use crosslens::hook::Head;
/// assert_eq!("4.9".parse::<Head>()?, Head::new(4, 9));
/// assert_eq!(Head::new(4, 9).to_string(), "4.9");
/// # Ok::<(), crosslens::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Head {
    /// The layer, from 0.
    pub layer: usize,
    /// The head within the layer, from 0.
    pub head: usize,
}

impl Head {
    /// Head `head` of layer `layer`, both from 0.
    pub const fn new(layer: usize, head: usize) -> Self {
        Self { layer, head }
    }
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.layer, self.head)
    }
}

impl FromStr for Head {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let number = |part: &str| part.parse::<usize>().ok();
        text.split_once('.')
            .and_then(|(layer, head)| Some(Self::new(number(layer)?, number(head)?)))
            .ok_or_else(|| Error::Argument(format!("{text:?} is no head: write it as layer.head from 0, like 4.9")))
    }
}

/// So many of these heads, drawn at random.
pub(crate) fn drawn(heads: &[Head], count: usize, random: &mut impl Rng) -> Vec<Head> {
    sample(random, heads.len(), count).iter().map(|at| heads[at]).collect()
}

/// A set of heads: all of a model's, or those named.
///
/// ```
/// use crosslens::hook::{Head, Heads};
/// let heads = Heads::of([Head::new(2, 9), Head::new(1, 1)]);
/// assert_eq!(heads.to_string(), "1.1 2.9");
/// assert_eq!(Heads::all().to_string(), "all");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heads(Option<BTreeSet<Head>>);

impl Heads {
    /// Every head of the model.
    pub const fn all() -> Self {
        Self(None)
    }

    /// The heads named.
    pub fn of(heads: impl IntoIterator<Item = Head>) -> Self {
        Self(Some(heads.into_iter().collect()))
    }

    /// The heads that a frame tells of, by its columns `layer` and `head`; a row without either, such as that of an MLP, tells
    /// of none.
    ///
    /// # Errors
    /// [`Error::Frame`] without these columns, [`Error::Argument`] if they are not whole numbers from 0.
    ///
    /// ```
    /// use crosslens::prelude::*;
    /// let effects = df!("layer" => [2u32, 1, 2], "head" => [9u32, 1, 9], "effect" => [0.5, 0.25, 0.5])?;
    /// assert_eq!(Heads::of_frame(&effects)?.to_string(), "1.1 2.9");
    /// # Ok::<(), Error>(())
    /// ```
    pub fn of_frame(frame: &DataFrame) -> Result<Self> {
        let numbers = |name: &str| -> Result<Vec<Option<i64>>> {
            let column = frame.column(name)?;
            if !column.dtype().is_integer() {
                let what = format!("the column {name:?} is of {}; heads are named by whole numbers", column.dtype());
                return Err(Error::Argument(what));
            }
            Ok(column.cast(&DataType::Int64)?.i64()?.iter().collect())
        };
        let place = |number: i64| {
            usize::try_from(number)
                .map_err(|_| Error::Argument(format!("{number} is no layer or head: they begin at 0")))
        };
        let rows = numbers(c::LAYER)?.into_iter().zip(numbers(c::HEAD)?);
        let named = rows.filter_map(|(layer, head)| Some((layer?, head?)));
        named.map(|(layer, head)| Ok(Head::new(place(layer)?, place(head)?))).collect()
    }

    /// The heads of this set in order.
    ///
    /// # Errors
    /// [`Error::UnknownHead`] if the model lacks one.
    pub fn within(&self, shape: &Shape) -> Result<Vec<Head>> {
        match &self.0 {
            None => {
                let layer = |layer| (0..shape.heads).map(move |head| Head { layer, head });
                Ok((0..shape.layers).flat_map(layer).collect())
            }
            Some(heads) => {
                heads.iter().try_for_each(|head| shape.check_head(*head))?;
                Ok(heads.iter().copied().collect())
            }
        }
    }

    /// The set in a few words: its heads, or how many there are.
    pub(crate) fn in_short(&self) -> String {
        const FEW: usize = 6;
        match &self.0 {
            Some(heads) if heads.len() > FEW => format!("{} heads", heads.len()),
            _ => self.to_string(),
        }
    }

    /// Whether the head belongs to the set.
    pub fn contains(&self, head: Head) -> bool {
        self.0.as_ref().is_none_or(|heads| heads.contains(&head))
    }

    /// Whether the set has a head in the layer.
    pub fn reach(&self, layer: usize) -> bool {
        self.0.as_ref().is_none_or(|heads| heads.iter().any(|head| head.layer == layer))
    }
}

impl fmt::Display for Heads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(heads) = &self.0 else { return f.write_str("all") };
        let names: Vec<String> = heads.iter().map(Head::to_string).collect();
        f.write_str(&names.join(" "))
    }
}

impl From<Head> for Heads {
    fn from(head: Head) -> Self {
        Self::of([head])
    }
}

impl<const N: usize> From<[Head; N]> for Heads {
    fn from(heads: [Head; N]) -> Self {
        Self::of(heads)
    }
}

impl From<Vec<Head>> for Heads {
    fn from(heads: Vec<Head>) -> Self {
        Self::of(heads)
    }
}

impl From<&[Head]> for Heads {
    fn from(heads: &[Head]) -> Self {
        Self::of(heads.iter().copied())
    }
}

impl From<&Heads> for Heads {
    fn from(heads: &Heads) -> Self {
        heads.clone()
    }
}

impl FromIterator<Head> for Heads {
    fn from_iter<I: IntoIterator<Item = Head>>(heads: I) -> Self {
        Self::of(heads)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use polars::prelude::df;

    #[test]
    fn a_malformed_head_says_how_to_write_it() {
        for text in ["4", "4.", ".9", "4.9.1", "a.b", "-1.0", ""] {
            let error = text.parse::<Head>().unwrap_err().to_string();
            assert_eq!(error, format!("{text:?} is no head: write it as layer.head from 0, like 4.9"));
        }
    }

    #[test]
    fn a_row_that_is_no_head_names_none() {
        let frame =
            df!("layer" => [Some(5i64), Some(4), None, Some(2)], "head" => [None, Some(2i64), None, Some(9)]).unwrap();
        assert_eq!(Heads::of_frame(&frame).unwrap().to_string(), "2.9 4.2");
        assert!(Heads::of_frame(&df!("layer" => [0.5], "head" => [1u32]).unwrap()).is_err());
        assert!(Heads::of_frame(&df!("layer" => [-1i64], "head" => [1u32]).unwrap()).is_err());
    }

    #[test]
    fn all_heads_in_order() {
        let shape = Shape { layers: 2, heads: 3, hidden: 6, head_dim: 2 };
        let names: Vec<String> = Heads::all().within(&shape).unwrap().iter().map(Head::to_string).collect();
        assert_eq!(names, ["0.0", "0.1", "0.2", "1.0", "1.1", "1.2"]);
        assert!(Heads::of([Head::new(2, 0)]).within(&shape).is_err());
    }
}
