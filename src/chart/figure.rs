//! What a chart gives.

use super::{png, still};
use crate::error::{Error, Result};
use crate::frame::write_in_folder;
use std::fmt;
use std::io::Write;
use std::path::Path;

/// A finished chart: it shows itself at the end of a cell, and is saved in one call.
///
/// ```
/// use crosslens::prelude::*;
/// let frame = df!("layer" => [0u32, 0, 1, 1], "head" => [0u32, 1, 0, 1], "mass" => [0.1, 0.2, 0.3, 0.4])?;
/// let figure = heatmap(&frame, "mass", "Which heads look at the document?")?;
/// assert!(figure.svg().starts_with("<svg"));
/// assert!(figure.summary().contains("1.1 0.40"));
/// assert!(figure.png()?.starts_with(b"\x89PNG"));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Figure {
    svg: String,
    html: Option<Html>,
    summary: String,
}

#[derive(Clone, PartialEq, Eq)]
enum Html {
    /// Text that stands above the drawing.
    Above(String),
    /// What holds the drawing itself.
    Whole(String),
}

impl Figure {
    /// A figure from its drawing and its account in words.
    pub(super) fn new(svg: String, summary: String) -> Self {
        Self { svg, html: None, summary }
    }

    /// The same figure with a text in HTML that stands above the drawing.
    #[must_use]
    pub(super) fn with_html(self, html: String) -> Self {
        Self { html: Some(Html::Above(html)), ..self }
    }

    /// The same figure with a form in HTML that holds the drawing.
    #[must_use]
    pub(super) fn with_whole_html(self, html: String) -> Self {
        Self { html: Some(Html::Whole(html)), ..self }
    }

    /// What a notebook shows that shows HTML alone.
    pub(crate) fn html_output(&self) -> Option<String> {
        self.html.as_ref().map(|html| match html {
            Html::Above(text) => {
                format!("<div>\n{text}\n{}\n</div>", still::image(&self.svg, &self.summary, "max-width:100%"))
            }
            Html::Whole(html) => html.clone(),
        })
    }

    /// The drawing, as an SVG document.
    ///
    /// ```
    /// # use crosslens::prelude::*;
    /// let frame = df!("layer" => [0u32, 1], "head" => [0u32, 0], "effect" => [-1.0, 2.0])?;
    /// assert!(heatmap(&frame, "effect", "Effect & sign")?.svg().contains("Effect &amp; sign"));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn svg(&self) -> &str {
        &self.svg
    }

    /// The drawing as a PNG image, at twice its size in points and on white.
    ///
    /// # Errors
    /// [`Error::Chart`] when the image is too large to be drawn.
    ///
    /// ```
    /// # use crosslens::prelude::*;
    /// # let frame = df!("layer" => [0u32, 1], "head" => [0u32, 0], "effect" => [-1.0, 2.0])?;
    /// let figure = heatmap(&frame, "effect", "Effect")?;
    /// assert_eq!(figure.png()?, figure.png()?);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn png(&self) -> Result<Vec<u8>> {
        png::encode(&self.svg)
    }

    /// The form in HTML, where the chart has one (the views of tokens).
    ///
    /// ```
    /// # use crosslens::prelude::*;
    /// # let frame = df!("layer" => [0u32, 1], "head" => [0u32, 0], "effect" => [-1.0, 2.0])?;
    /// assert_eq!(heatmap(&frame, "effect", "Effect")?.html(), None);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn html(&self) -> Option<&str> {
        self.html.as_ref().map(|(Html::Above(html) | Html::Whole(html))| html.as_str())
    }

    /// The title and the numbers that matter, as plain text.
    ///
    /// ```
    /// # use crosslens::prelude::*;
    /// # let frame = df!("layer" => [0u32, 1], "head" => [0u32, 0], "effect" => [-1.0, 2.0])?;
    /// assert!(heatmap(&frame, "effect", "Which head?")?.summary().starts_with("Which head?\n"));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn summary(&self) -> &str {
        &self.summary
    }

    /// Writes the figure to `path`, as the ending says: `.svg` or `.png`. Missing folders are made.
    ///
    /// The file appears whole or not at all.
    ///
    /// # Errors
    /// [`Error::Argument`] for another ending, [`Error::Io`] when writing fails.
    ///
    /// ```
    /// # use crosslens::prelude::*;
    /// # let frame = df!("layer" => [0u32, 1], "head" => [0u32, 0], "effect" => [-1.0, 2.0])?;
    /// let figure = heatmap(&frame, "effect", "Effect")?;
    /// let path = std::env::temp_dir().join("crosslens-figure-doc").join("effect.svg");
    /// figure.save(&path)?;
    /// assert_eq!(std::fs::read_to_string(path).unwrap(), figure.svg());
    /// let error = figure.save("effect.jpg").unwrap_err();
    /// assert_eq!(error.to_string(), "effect.jpg: a figure is saved as .svg or .png; end the name with one of them");
    /// # Ok::<(), Error>(())
    /// ```
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        self.save_path(path.as_ref())
    }

    fn save_path(&self, path: &Path) -> Result<()> {
        let png;
        let content = match path.extension().and_then(|ending| ending.to_str()) {
            Some("svg") => self.svg.as_bytes(),
            Some("png") => {
                png = self.png()?;
                &png
            }
            _ => {
                let what =
                    format!("{}: a figure is saved as .svg or .png; end the name with one of them", path.display());
                return Err(Error::Argument(what));
            }
        };
        write_in_folder(path, |file| file.write_all(content).map_err(Error::io(path)))
    }
}

impl fmt::Debug for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Figure").field(&self.summary).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_owned_and_can_travel() {
        fn travels<T: Clone + Send + Sync + 'static>() {}
        travels::<Figure>();
    }

    #[test]
    fn debug_is_short() {
        let figure = Figure::new("<svg/>".into(), "Title".into());
        assert_eq!(format!("{figure:?}"), "Figure(\"Title\")");
    }
}
