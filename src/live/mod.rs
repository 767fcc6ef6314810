//! What happens while a cell runs: outputs that are shown at once, progress, interruption.
//!
//! The crosslens kernel names two things in the environment of the process that runs cells: that it reads live records
//! from its standard output (`CROSSLENS_LIVE`), and a file that exists while the user wants the cell to stop
//! (`CROSSLENS_INTERRUPT`). In any other program nothing is written and nothing interrupts.

mod bar;
pub(crate) mod channel;
mod interrupt;
mod task;

pub use interrupt::interrupted;
pub use task::{Progress, Task};
