//! Looking for what must not be there.

/// A marker and its name: the name is what a failed test shows.
pub struct Marker {
    /// What it is.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl Marker {
    /// A text.
    pub fn text(name: &str, text: &str) -> Self {
        Self { name: name.to_owned(), bytes: text.as_bytes().to_vec() }
    }

    /// Secret bytes: raw, in hexadecimal of either case, and in base64.
    pub fn secret(name: &str, bytes: &[u8]) -> Vec<Self> {
        let hex = bytes.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
        let named = |form: &str, bytes: Vec<u8>| Self { name: format!("{name}, {form}"), bytes };
        vec![
            named("raw", bytes.to_vec()),
            named("hexadecimal", hex.clone().into_bytes()),
            named("capital hexadecimal", hex.to_uppercase().into_bytes()),
            // The last group of a base64 text depends on what follows; what comes before it does not.
            named("base64", base64(&bytes[..bytes.len() / 3 * 3])),
        ]
    }
}

/// Names of the markers that stand in some bytes.
pub fn found_in<'a>(bytes: &[u8], markers: &'a [Marker]) -> Vec<&'a str> {
    let stands = |marker: &&Marker| bytes.windows(marker.bytes.len()).any(|window| window == marker.bytes);
    markers.iter().filter(stands).map(|marker| marker.name.as_str()).collect()
}

/// RFC 4648 section 4, for whole groups of three bytes.
fn base64(bytes: &[u8]) -> Vec<u8> {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let group = |group: &[u8]| {
        let number = group.iter().fold(0_usize, |number, byte| number << 8 | usize::from(*byte));
        [18, 12, 6, 0].map(|shift| LETTERS[number >> shift & 63])
    };
    bytes.chunks_exact(3).flat_map(group).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_found_in_each_of_its_forms() {
        let markers = Marker::secret("key", b"foobar!");
        // RFC 4648 section 10 has foobar in base64 and in hexadecimal (base 16).
        for text in ["xfoobar!x", "666f6f62617221", "666F6F62617221", "..Zm9vYmFy.."] {
            assert_eq!(found_in(text.as_bytes(), &markers).len(), 1, "{text}");
        }
        assert!(found_in(b"foobar", &markers).is_empty());
        assert!(found_in(b"", &markers).is_empty());
    }
}
