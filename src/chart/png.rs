//! SVG to PNG, with the fonts of the library, so that the image is the same on every machine.

use crate::error::{Error, Result};
use resvg::tiny_skia::{Color, Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb};
use std::sync::{Arc, OnceLock};

/// Pixels per point.
const SCALE: f32 = 2.0;

/// Draws an SVG document at twice its size on white.
pub(super) fn encode(svg: &str) -> Result<Vec<u8>> {
    let fail = |error: &dyn std::fmt::Display| {
        Error::Chart(format!("the PNG could not be drawn: {error}; save as .svg instead"))
    };
    let options = Options { fontdb: fonts(), font_family: "DejaVu Sans".into(), ..Options::default() };
    let tree = Tree::from_str(svg, &options).map_err(|error| fail(&error))?;
    let size = tree.size();
    let (width, height) = ((size.width() * SCALE) as u32, (size.height() * SCALE) as u32);
    let mut pixels =
        Pixmap::new(width, height).ok_or_else(|| fail(&format!("{width} x {height} pixels are too many")))?;
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
    fn what_is_no_svg_is_refused() {
        assert!(encode("<p>").unwrap_err().to_string().starts_with("chart: the PNG could not be drawn"));
    }
}
