use std::io::Read;

use crate::domain::records::BlobRef;

/// A large value, to be kept once under the hash of its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlobBytes {
    /// Such as `image/png` or `application/json`.
    pub media_type: String,
    /// The plain bytes.
    pub bytes: Vec<u8>,
}

impl BlobBytes {
    /// How records refer to it.
    pub fn reference(&self) -> BlobRef {
        BlobRef::of(&self.media_type, &self.bytes)
    }

    /// Encoding and stored bytes. Text shrinks twentyfold at level 1, and higher levels gain
    /// nothing; images are compressed already.
    pub(super) fn into_stored(self) -> std::io::Result<(&'static str, Vec<u8>)> {
        if is_text(&self.media_type) {
            Ok(("zstd", zstd::bulk::compress(&self.bytes, 1)?))
        } else {
            Ok(("raw", self.bytes))
        }
    }
}

/// BLAKE3, 64 hexadecimal digits.
pub(super) fn hash_of(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

/// The plain bytes; nothing if the encoding or the length is not what was written.
pub(super) fn plain_bytes(encoding: &str, length: i64, stored: Vec<u8>) -> Option<Vec<u8>> {
    let length = u64::try_from(length).ok()?;
    let plain = match encoding {
        "raw" => stored,
        "zstd" => {
            // The length bounds what a changed blob can unpack to.
            let mut plain = Vec::new();
            let decoder = zstd::stream::read::Decoder::new(stored.as_slice()).ok()?;
            decoder.take(length.saturating_add(1)).read_to_end(&mut plain).ok()?;
            plain
        }
        _ => return None,
    };
    (plain.len() as u64 == length).then_some(plain)
}

fn is_text(media_type: &str) -> bool {
    media_type.starts_with("text/")
        || media_type.starts_with("application/json")
        || media_type.ends_with("+json")
        || media_type.ends_with("+xml")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_compressed_and_images_are_kept_as_they_are() {
        let text = BlobBytes { media_type: "application/json".into(), bytes: vec![b' '; 50_000] };
        let (encoding, stored) = text.clone().into_stored().unwrap();
        assert_eq!(encoding, "zstd");
        assert!(stored.len() < 1_000, "{} bytes", stored.len());
        assert_eq!(plain_bytes(encoding, 50_000, stored), Some(text.bytes));

        let image = BlobBytes { media_type: "image/png".into(), bytes: vec![7; 100] };
        assert_eq!(image.clone().into_stored().unwrap(), ("raw", image.bytes));
    }

    #[test]
    fn a_blob_that_unpacks_to_more_than_its_length_is_not_unpacked() {
        let stored = zstd::bulk::compress(&vec![0; 10_000_000], 1).unwrap();
        assert_eq!(plain_bytes("zstd", 10, stored), None);
    }
}
