//! Looking into the forward pass and changing it: sites, heads, what was seen, and interventions.

mod activations;
mod head;
mod hooks;
pub mod intervention;
mod part;
mod site;
mod tap;

pub use activations::Activations;
pub(crate) use head::drawn;
pub use head::{Head, Heads, Shape};
pub use hooks::Hooks;
pub use intervention::Intervention;
pub use part::Part;
pub use site::Site;
pub(crate) use tap::{Observer, Seen, Tap};
