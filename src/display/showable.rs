//! Showing a value in a cell.

use super::bundle::Bundle;
use super::emit;

/// A value that a cell can show.
///
/// ```
/// use crosslens::prelude::*;
/// struct Share(f64);
/// impl Showable for Share {
///     fn bundle(&self) -> Bundle {
///         Bundle::default().with(Mime::Plain, format!("{} %", 100.0 * self.0))
///     }
/// }
/// assert_eq!(Share(0.5).bundle().get(Mime::Plain), Some("50 %"));
/// ```
pub trait Showable {
    /// The forms of the value; the same for the same value.
    ///
    /// ```
    /// use crosslens::prelude::*;
    /// let frame = df!("layer" => [0u32, 1])?;
    /// assert!(frame.bundle().get(Mime::Html).unwrap().contains("shape: (2, 1)"));
    /// # Ok::<(), Error>(())
    /// ```
    fn bundle(&self) -> Bundle;

    /// Shows the value: the Rust kernel calls this on the last expression of a cell.
    ///
    /// ```
    /// use crosslens::prelude::*;
    /// df!("layer" => [0u32, 1])?.evcxr_display();
    /// # Ok::<(), Error>(())
    /// ```
    fn evcxr_display(&self) {
        emit::result(&self.bundle());
    }
}
