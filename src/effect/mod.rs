//! How much a change does, and whether it is more than chance.
//!
//! Everything here works on plain numbers, one per query or one per document, and knows nothing of models.

mod bootstrap;

pub(crate) use bootstrap::Bootstrap;
