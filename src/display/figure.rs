//! How a figure is shown: as drawing, as image, in words, and in HTML where it has such a form.

use super::bundle::{Bundle, Mime};
use super::showable::Showable;
use crate::chart::Figure;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

impl Showable for Figure {
    /// SVG, PNG and plain text; an HTML form carries the drawing too, since notebooks show HTML alone.
    fn bundle(&self) -> Bundle {
        let mut bundle = Bundle::default();
        if let Some(html) = self.html_output() {
            bundle = bundle.with(Mime::Html, html);
        }
        bundle = bundle.with(Mime::Svg, self.svg());
        // An image too large to be drawn still has its SVG.
        if let Ok(png) = self.png() {
            bundle = bundle.with(Mime::Png, STANDARD.encode(png));
        }
        bundle.with(Mime::Plain, self.summary())
    }
}

impl Figure {
    /// Shows the figure: the Rust kernel calls this on the last expression of a cell.
    ///
    /// ```
    /// use crosslens::prelude::*;
    /// let frame = df!("layer" => [0u32, 1], "head" => [0u32, 0], "effect" => [-1.0, 2.0])?;
    /// heatmap(&frame, "effect", "Which head?")?.evcxr_display();
    /// # Ok::<(), Error>(())
    /// ```
    pub fn evcxr_display(&self) {
        Showable::evcxr_display(self);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::heatmap;
    use polars::prelude::df;

    #[test]
    fn a_figure_is_drawing_image_and_words() {
        let frame = df!("layer" => [0u32, 1], "head" => [0u32, 0], "effect" => [-1.0, 2.0]).unwrap();
        let figure = heatmap(&frame, "effect", "t").unwrap();
        let bundle = figure.bundle();
        assert_eq!(bundle.iter().map(|(mime, _)| mime).collect::<Vec<_>>(), [Mime::Svg, Mime::Png, Mime::Plain]);
        assert_eq!(STANDARD.decode(bundle.get(Mime::Png).unwrap()).unwrap(), figure.png().unwrap());
    }
}
