//! Compares images pixel by pixel.

use super::difference::Change;
use super::tolerance::{Tolerance, same_pixel};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use png::{ColorType, Decoder, Transformations};
use std::io::Cursor;

/// A decoded image.
struct Picture {
    width: usize,
    height: usize,
    /// How many bytes a pixel has.
    channels: usize,
    bytes: Vec<u8>,
}

impl Picture {
    /// The image in base64.
    fn read(encoded: &str) -> Option<Self> {
        let png = STANDARD.decode(encoded.split_whitespace().collect::<String>()).ok()?;
        let mut decoder = Decoder::new(Cursor::new(png));
        decoder.set_transformations(Transformations::normalize_to_color8() | Transformations::ALPHA);
        let mut reader = decoder.read_info().ok()?;
        let mut bytes = vec![0; reader.output_buffer_size()?];
        let frame = reader.next_frame(&mut bytes).ok()?;
        bytes.truncate(frame.buffer_size());
        let channels = if frame.color_type == ColorType::GrayscaleAlpha { 2 } else { 4 };
        Some(Self { width: frame.width as usize, height: frame.height as usize, channels, bytes })
    }

    fn size(&self) -> String {
        format!("{} × {} pixels", self.width, self.height)
    }
}

/// The differences between two images in base64.
pub(super) fn compare(expected: &str, found: &str, tolerance: &Tolerance) -> Option<Change> {
    if expected == found {
        return None;
    }
    let (Some(old), Some(new)) = (Picture::read(expected), Picture::read(found)) else {
        return Some(Change::new("data", "the same bytes", "others, which cannot be read as images"));
    };
    if (old.width, old.height) != (new.width, new.height) {
        return Some(Change::new("size", old.size(), new.size()));
    }
    let pixels = old.bytes.chunks_exact(old.channels).zip(new.bytes.chunks_exact(new.channels));
    let different: Vec<_> = pixels.enumerate().filter(|(_, (old, new))| !same_pixel(old, new)).collect();
    let all = old.width * old.height;
    let most = tolerance.pixels * all as f64;
    let (first, (was, is)) = different.first().filter(|_| different.len() as f64 > most)?;
    let place = format!("{} of {all} pixels, first at ({}, {})", different.len(), first % old.width, first / old.width);
    Some(Change::new(place, colour(was), colour(is)))
}

/// A colour in hexadecimal digits.
fn colour(pixel: &[u8]) -> String {
    pixel.iter().fold("#".to_owned(), |hex, channel| hex + &format!("{channel:02X}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An image of 100 × 100 pixels in grey, the first ones in another shade.
    fn image(other: usize, shade: u8) -> String {
        let mut pixels = vec![100; 3 * 10_000];
        pixels[..3 * other].fill(shade);
        let mut png = Vec::new();
        let mut encoder = png::Encoder::new(&mut png, 100, 100);
        encoder.set_color(ColorType::Rgb);
        let mut writer = encoder.write_header().expect("writes");
        writer.write_image_data(&pixels).expect("writes");
        writer.finish().expect("writes");
        STANDARD.encode(png)
    }

    fn place(expected: &str, found: &str) -> Option<String> {
        compare(expected, found, &Tolerance::default()).map(|change| change.place)
    }

    #[test]
    fn a_few_pixels_and_a_little_drift_are_no_difference() {
        assert_eq!(place(&image(0, 0), &image(1, 200)), None);
        assert_eq!(place(&image(0, 0), &image(5000, 105)), None);
    }

    #[test]
    fn another_colour_is_counted_and_placed() {
        let change = compare(&image(0, 0), &image(105, 200), &Tolerance::default());
        let place = "105 of 10000 pixels, first at (0, 0)";
        assert_eq!(change, Some(Change::new(place, "#646464FF", "#C8C8C8FF")));
    }

    #[test]
    fn what_is_no_image_differs() {
        assert_eq!(place(&image(0, 0), "bm90IGFuIGltYWdl").as_deref(), Some("data"));
    }
}
