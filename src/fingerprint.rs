//! Names of content: the same content gives the same name, other content another one.

use sha2::{Digest, Sha256};
use std::io::{self, Read};

/// A SHA-256 over texts and numbers, each marked off from the next.
#[derive(Default)]
pub(crate) struct Fingerprint(Sha256);

impl Fingerprint {
    pub(crate) fn text(self, text: &str) -> Self {
        self.bytes(text.as_bytes())
    }

    pub(crate) fn bytes(mut self, bytes: &[u8]) -> Self {
        self.0.update((bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
        self
    }

    pub(crate) fn numbers(mut self, numbers: &[f32]) -> Self {
        self.0.update((numbers.len() as u64).to_le_bytes());
        numbers.iter().for_each(|number| self.0.update(number.to_le_bytes()));
        self
    }

    /// In hexadecimal.
    pub(crate) fn finish(self) -> String {
        hexadecimal(self.0)
    }
}

/// The SHA-256 of all that can be read, as `sha256sum` tells it.
pub(crate) fn sha256_of(mut from: impl Read) -> io::Result<String> {
    let mut digest = Sha256::new();
    io::copy(&mut from, &mut digest)?;
    Ok(hexadecimal(digest))
}

fn hexadecimal(digest: Sha256) -> String {
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_marked_off() {
        let name = |texts: &[&str]| texts.iter().fold(Fingerprint::default(), |name, text| name.text(text)).finish();
        assert_eq!(name(&["ab", "c"]), name(&["ab", "c"]));
        assert_ne!(name(&["ab", "c"]), name(&["a", "bc"]));
        assert_eq!(name(&[]), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }
}
