//! The words that a circuit's singular directions are about.

use super::canvas::{Canvas, MARGIN, Text, WIDTH, cut};
use super::color_bar;
use super::figure::Figure;
use super::grid::hatched;
use super::number::{Numbers, counted};
use super::palette::{GREY, INK, Scale, ink_on};
use super::read;
use crate::error::{Error, Result};
use crate::frame::columns::{COSINE, DIRECTION, HEAD, LAYER, RANK, SIDE, SIGN, TOKEN};
use polars::prelude::DataFrame;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt;

/// The most directions in one figure.
const LIMIT: usize = 60;
/// The width of a list, and the most lists beside each other.
const LIST: (f64, f64) = (108.0, 170.0);
const ACROSS: f64 = 6.0;
const GAP: (f64, f64) = (2.0, 14.0);
const ROW: f64 = 16.0;
/// What stands above the words of a direction: its name, and those of its sides.
const HEADING: f64 = 34.0;

/// A word piece and what it has of the direction; NaN where missing.
type Word = (u32, String, f64);

/// Draws lists of word pieces from a frame with the columns `layer`, `head`, `direction`, `side`, `rank`, `token` and
/// `cosine`, as `model.words()` gives it: for each singular direction of a head's circuit a panel with its sides beside each other, such as query
/// and key, or what is read and what is written, and on each side the word pieces by rank. With a column `sign` each end of a direction has its own.
///
/// The ground of a word is its value: white at zero, blue below and red above, where both signs occur, else the
/// darker the farther from zero. A word without a value is hatched.
///
/// # Errors
/// [`Error::Unknown`] for a column that the frame lacks, [`Error::Chart`] for one that cannot be drawn.
///
/// ```
/// use crosslens::prelude::*;
/// let frame = df!(
///     "layer" => [2u32; 4],
///     "head" => [9u32; 4],
///     "direction" => [0u32; 4],
///     "side" => ["query", "query", "key", "key"],
///     "rank" => [1u32, 2, 1, 2],
///     "token" => ["dog", "cat", "dog", "puppy"],
///     "cosine" => [0.9, 0.4, 0.8, 0.7],
/// )?;
/// let figure = word_lists(&frame, "Which words does head 2.9 match?")?;
/// assert_eq!(
///     figure.summary(),
///     "Which words does head 2.9 match?\n1 direction of 1 head; 2.9 direction 0: query dog cat, key dog puppy"
/// );
/// # Ok::<(), Error>(())
/// ```
pub fn word_lists(frame: &DataFrame, title: &str) -> Result<Figure> {
    let lists = Lists::read(frame)?;
    let panels = lists.panels.len();
    if panels > LIMIT {
        let what = format!("{panels} directions are too many for one figure: filter the frame to {LIMIT}");
        return Err(Error::Chart(what));
    }
    Ok(Figure::new(lists.draw(title)?, lists.summary(title)))
}

/// Where words stand: the layer, the head, the direction, and which end of it, if ends are told apart.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    head: (u32, u32),
    direction: u32,
    /// Descending, so that the positive end comes first.
    end: Option<Reverse<bool>>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { head: (layer, head), direction, end } = self;
        write!(f, "{layer}.{head} direction {direction}")?;
        match end {
            None => Ok(()),
            Some(Reverse(true)) => f.write_str(" +"),
            Some(Reverse(false)) => f.write_str(" −"),
        }
    }
}

struct Lists {
    sides: Vec<String>,
    /// The words of each side by rank.
    panels: BTreeMap<Place, Vec<Vec<Word>>>,
}

impl Lists {
    fn read(frame: &DataFrame) -> Result<Self> {
        let values = read::drawable(frame, COSINE)?;
        let (layers, heads) = (read::indices(frame, LAYER)?, read::indices(frame, HEAD)?);
        let (directions, ranks) = (read::indices(frame, DIRECTION)?, read::indices(frame, RANK)?);
        read::texts(frame, SIDE)?;
        let (sides, tokens) = (read::names(frame, SIDE)?, read::texts(frame, TOKEN)?);
        let signs = if read::has(frame, SIGN) { Some(read::numbers(frame, SIGN)?) } else { None };
        let mut panels: BTreeMap<Place, Vec<Vec<Word>>> = BTreeMap::new();
        for (row, (value, token)) in values.into_iter().zip(tokens.iter()).enumerate() {
            let end = signs.as_ref().map(|signs| Reverse(signs[row] > 0.0));
            let place = Place { head: (layers[row], heads[row]), direction: directions[row], end };
            let panel = panels.entry(place).or_default();
            panel.resize(sides.different.len(), Vec::new());
            panel[sides.places[row]].push((ranks[row], token.unwrap_or("null").to_owned(), value));
        }
        panels.values_mut().flatten().for_each(|words| words.sort_by_key(|(rank, ..)| *rank));
        Ok(Self { sides: sides.different, panels })
    }

    fn values(&self) -> impl Iterator<Item = f64> {
        self.panels.values().flatten().flatten().map(|(.., value)| *value)
    }

    fn draw(&self, title: &str) -> Result<String> {
        let scale = Scale::of(self.values()).ok_or_else(|| Error::Chart("no finite value".into()))?;
        let numbers = Numbers::for_values(self.values());
        let sides = self.sides.len() as f64;
        let room = WIDTH - 2.0 * MARGIN + GAP.1;
        let across = (ACROSS / sides).floor().clamp(1.0, self.panels.len() as f64);
        let pitch = (room / across).floor().min(sides * (LIST.1 + GAP.0) + GAP.1);
        let list = ((pitch - GAP.1) / sides).floor() - GAP.0;

        let mut canvas = Canvas::default();
        let mut note = "word pieces by rank; ground and number: the cosine with the direction".to_owned();
        if self.values().any(|value| !value.is_finite()) {
            note += "; hatched: missing";
        }
        let width = Canvas::width_for(title, &note, (2.0 * MARGIN + across * pitch - GAP.1).max(LIST.0 * 4.0));
        let mut y = canvas.header(title, &note, width) + 4.0;
        let panels: Vec<_> = self.panels.iter().collect();
        for row in panels.chunks(across as usize) {
            for (at, (place, words)) in row.iter().enumerate() {
                let x = MARGIN + at as f64 * pitch;
                canvas.text(x, y + 4.0, Text::new(place.to_string(), 11.0).bold(true));
                for (side, words) in words.iter().enumerate() {
                    let x = x + side as f64 * (list + GAP.0);
                    let name = cut(&self.sides[side], list, 10.0, false);
                    canvas.text(x, y + 21.0, Text::new(name, 10.0).color(GREY));
                    self.list(&mut canvas, words, (x, y + HEADING - 2.0), list, scale, numbers);
                }
            }
            let longest = row.iter().flat_map(|(_, words)| words.iter()).map(Vec::len).max().unwrap_or(0);
            y += HEADING + longest as f64 * ROW + GAP.1;
        }
        color_bar::flat(&mut canvas, (MARGIN + 90.0, y), 220.0, scale, COSINE);
        canvas.finish(width, y + 40.0, title)
    }

    fn list(
        &self,
        canvas: &mut Canvas,
        words: &[Word],
        (x, y): (f64, f64),
        width: f64,
        scale: Scale,
        numbers: Numbers,
    ) {
        for (row, (_, word, value)) in words.iter().enumerate() {
            let y = y + row as f64 * ROW;
            let ink = match scale.color(*value) {
                Some(color) => {
                    canvas.rect(x, y, width, ROW - 1.0, color);
                    ink_on(color)
                }
                None => {
                    hatched(canvas, x, y, width, ROW - 1.0);
                    INK
                }
            };
            let word = cut(word, width - 44.0, 10.5, false);
            canvas.text(x + 4.0, y + ROW / 2.0 - 0.5, Text::new(word, 10.5).color(ink));
            if value.is_finite() {
                let number = Text::new(numbers.text(*value), 9.0).color(ink).end();
                canvas.text(x + width - 4.0, y + ROW / 2.0 - 0.5, number);
            }
        }
    }

    fn summary(&self, title: &str) -> String {
        let mut heads: Vec<(u32, u32)> = self.panels.keys().map(|place| place.head).collect();
        heads.dedup();
        let panel = |(place, sides): (&Place, &Vec<Vec<Word>>)| {
            let sides = self.sides.iter().zip(sides).map(|(side, words)| {
                let words: Vec<&str> = words.iter().take(3).map(|(_, word, _)| word.as_str()).collect();
                format!("{side} {}", if words.is_empty() { "missing".into() } else { words.join(" ") })
            });
            format!("{place}: {}", sides.collect::<Vec<_>>().join(", "))
        };
        let panels: Vec<String> = self.panels.iter().map(panel).collect();
        let (directions, heads) = (counted(panels.len(), "direction"), counted(heads.len(), "head"));
        format!("{title}\n{directions} of {heads}; {}", panels.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use polars::prelude::df;

    #[test]
    fn words_go_by_rank_and_a_lacking_side_is_missing() {
        let frame = df!(
            "layer" => [1u32, 1, 1], "head" => [0u32, 0, 0], "direction" => [0u32, 0, 1],
            "side" => ["read", "read", "written"], "rank" => [2u32, 1, 1],
            "token" => ["second", "first", "out"], "cosine" => [Some(0.1), None, Some(-0.2)]
        )
        .unwrap();
        let figure = word_lists(&frame, "t").unwrap();
        let words = "2 directions of 1 head; 1.0 direction 0: read first second, written missing; 1.0 direction 1: read \
                     missing, written out";
        assert!(figure.summary().ends_with(words), "{}", figure.summary());
        assert!(figure.svg().contains("hatched: missing") && figure.svg().contains("<polyline"));
    }

    #[test]
    fn too_many_directions_are_refused() {
        let n = 61;
        let frame = df!(
            "layer" => vec![0u32; n], "head" => vec![0u32; n], "direction" => (0..n as u32).collect::<Vec<_>>(),
            "side" => vec!["read"; n], "rank" => vec![1u32; n], "token" => vec!["x"; n], "cosine" => vec![0.5; n]
        );
        let error = word_lists(&frame.unwrap(), "").unwrap_err();
        assert_eq!(error.to_string(), "chart: 61 directions are too many for one figure: filter the frame to 60");
    }
}
