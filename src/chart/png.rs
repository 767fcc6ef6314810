//! SVG to PNG, with the fonts of the library, so that the image is the same on every machine.

use crate::error::{Error, Result};
use resvg::tiny_skia::{Color, Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb};
use std::sync::{Arc, OnceLock};

/// Pixels per point.
const SCALE: f32 = 2.0;

/// The most pixels that are drawn: a quarter of a gigabyte of memory.
const LIMIT: f32 = 64e6;

/// Draws an SVG document at twice its size on white.
pub(super) fn encode(svg: &str) -> Result<Vec<u8>> {
    let fail = |error: &dyn std::fmt::Display| {
        Error::Chart(format!("the PNG could not be drawn: {error}; save as .svg instead"))
    };
    let options = Options { fontdb: fonts(), font_family: "DejaVu Sans".into(), ..Options::default() };
    let tree = Tree::from_str(svg, &options).map_err(|error| fail(&error))?;
    let size = tree.size();
    let (width, height) = (size.width() * SCALE, size.height() * SCALE);
    let pixels = if width * height <= LIMIT { Pixmap::new(width as u32, height as u32) } else { None };
    let mut pixels = pixels.ok_or_else(|| fail(&format!("{width} x {height} pixels are too many")))?;
    pixels.fill(Color::WHITE);
    resvg::render(&tree, Transform::from_scale(SCALE, SCALE), &mut pixels.as_mut());
    pixels.encode_png().map_err(|error| fail(&error))
}

fn fonts() -> Arc<fontdb::Database> {
    static FONTS: OnceLock<Arc<fontdb::Database>> = OnceLock::new();
    let load = || {
        let mut fonts = fontdb::Database::new();
        fonts.load_font_data(include_bytes!("../../data/fonts/DejaVuSans.ttf").to_vec());
        fonts.load_font_data(include_bytes!("../../data/fonts/DejaVuSans-Bold.ttf").to_vec());
        fonts.set_sans_serif_family("DejaVu Sans");
        Arc::new(fonts)
    };
    FONTS.get_or_init(load).clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dark(svg: &str) -> (u32, u32, usize) {
        let pixels = Pixmap::decode_png(&encode(svg).unwrap()).unwrap();
        (pixels.width(), pixels.height(), pixels.pixels().iter().filter(|pixel| pixel.red() < 128).count())
    }

    #[test]
    fn both_weights_are_drawn_on_white_at_twice_the_size() {
        let text = |weight: &str| {
            format!(
                r#"<svg width="60" height="20" xmlns="http://www.w3.org/2000/svg"><text x="2" y="15" font-family="DejaVu Sans, Verdana, sans-serif" font-size="14" font-weight="{weight}">match</text></svg>"#
            )
        };
        let (width, height, regular) = dark(&text("normal"));
        let (.., bold) = dark(&text("bold"));
        assert_eq!((width, height), (120, 40));
        assert!(regular > 100 && bold > regular, "{regular} {bold}");
    }

    #[test]
    fn what_is_no_svg_or_too_large_is_refused() {
        let huge = r#"<svg width="720" height="90000" xmlns="http://www.w3.org/2000/svg"></svg>"#;
        let error = encode(huge).unwrap_err().to_string();
        assert_eq!(error, "chart: the PNG could not be drawn: 1440 x 180000 pixels are too many; save as .svg instead");
        assert!(encode("<p>").unwrap_err().to_string().starts_with("chart: the PNG could not be drawn"));
    }
}
