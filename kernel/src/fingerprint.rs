//! A short name for content: what is made from the same has the same.

use sha2::{Digest, Sha256};

/// The hash of several texts, told apart by their lengths.
#[derive(Default)]
pub(crate) struct Fingerprint(Sha256);

impl Fingerprint {
    /// Adds one.
    pub(crate) fn add(&mut self, text: impl AsRef<[u8]>) {
        let text = text.as_ref();
        self.0.update((text.len() as u64).to_le_bytes());
        self.0.update(text);
    }

    /// The first 16 hexadecimal digits: enough to tell the builds of one user apart.
    pub(crate) fn finish(self) -> String {
        self.0.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_one_text_ends_counts() {
        let of = |texts: [&str; 2]| {
            let mut fingerprint = Fingerprint::default();
            texts.into_iter().for_each(|text| fingerprint.add(text));
            fingerprint.finish()
        };
        assert_eq!(of(["ab", "c"]), of(["ab", "c"]));
        assert_ne!(of(["ab", "c"]), of(["a", "bc"]));
        assert_eq!(of(["", ""]).len(), 16);
    }
}
