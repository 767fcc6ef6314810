//! Colours of compiler messages that are read on the light and the dark ground of any theme.

use ariadne::Color;

/// Of xterm's colours, orange and blue: at least three times as bright or as dark as white, as a dark theme's black and as
/// both grounds of errors in JupyterLab.
pub(super) const PRIMARY: Color = Color::Fixed(166);
pub(super) const SECONDARY: Color = Color::Fixed(32);

/// From here on xterm's colours are greys.
const GREYS: u8 = 232;

const COLOR: &str = "\u{1b}[38;5;";
const RESET: &str = "\u{1b}[0m";

/// The report with the theme's own colour where it is grey: a grey that is read on one ground is not on the other.
pub(super) fn without_greys(report: &str) -> String {
    let mut parts = report.split(COLOR);
    let mut shown = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once('m') {
            Some((color, text)) if color.parse().is_ok_and(|color: u8| color >= GREYS) => {
                shown += &text.replacen(RESET, "", 1);
            }
            _ => {
                shown += COLOR;
                shown += part;
            }
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn greys_are_taken_out_and_colours_stay() {
        let report =
            "\u{1b}[31mE\u{1b}[0m \u{1b}[38;5;249mlet\u{1b}[0m \u{1b}[38;5;166ma\u{1b}[0m\n\u{1b}[38;5;246m│\u{1b}[0m";
        assert_eq!(without_greys(report), "\u{1b}[31mE\u{1b}[0m let \u{1b}[38;5;166ma\u{1b}[0m\n│");
    }
}
