//! Colours of compiler messages that are read on the light and the dark ground of any theme.

/// Of xterm's colours: orange, blue, purple and green, all at least three times as bright or as dark as white, as a dark
/// theme's black and as both grounds of errors in JupyterLab.
const MARKS: [u8; 4] = [166, 32, 134, 65];
/// From here on xterm's colours are greys.
const GREYS: u8 = 232;

const COLOR: &str = "\u{1b}[38;5;";
const RESET: &str = "\u{1b}[0m";

/// The report with its marks in these colours, in the order in which they come, and with the theme's own where it is grey.
pub(super) fn in_any_theme(report: &str) -> String {
    let mut parts = report.split(COLOR);
    let mut shown = parts.next().unwrap_or_default().to_owned();
    let mut seen: Vec<u8> = Vec::new();
    for part in parts {
        let (color, text) = part.split_once('m').unwrap_or_default();
        match color.parse() {
            Ok(color) if color < GREYS => {
                let place = seen.iter().position(|known| *known == color).unwrap_or_else(|| {
                    seen.push(color);
                    seen.len() - 1
                });
                shown += &format!("{COLOR}{}m{text}", MARKS[place % MARKS.len()]);
            }
            _ => shown += &text.replacen(RESET, "", 1),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_get_colours_in_order_and_greys_none() {
        let report = "\u{1b}[31mE\u{1b}[0m \u{1b}[38;5;249mlet\u{1b}[0m \u{1b}[38;5;54ma\u{1b}[0m\n\
            \u{1b}[38;5;100mb\u{1b}[0m \u{1b}[38;5;54mc\u{1b}[0m";
        let expected = "\u{1b}[31mE\u{1b}[0m let \u{1b}[38;5;166ma\u{1b}[0m\n\
            \u{1b}[38;5;32mb\u{1b}[0m \u{1b}[38;5;166mc\u{1b}[0m";
        assert_eq!(in_any_theme(report), expected);
    }
}
