//! Server-sent events (WHATWG HTML §9.2.6), as far as the providers use them: the data of each event.
//!
//! Our own, since `eventsource-stream` 0.2.3, which most clients use, panics on a byte order mark and
//! holds invalid UTF-8 back until the end. Bytes in, texts out; every byte is looked at once.

use crate::analyst::model::ModelError;

/// What an event stream has brought so far, up to the next end of an event.
#[derive(Debug, Default)]
pub(super) struct EventBytes {
    /// The line that has not ended yet.
    line: Vec<u8>,
    /// The data of the event that has not ended yet, a line end after each line.
    data: Vec<u8>,
    /// The last byte was a carriage return, whose line feed may follow.
    after_return: bool,
    /// The first line, before which a byte order mark may stand, is over.
    is_begun: bool,
}

impl EventBytes {
    /// Takes bytes as they come and gives the data of the events that end in them.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Result<Vec<String>, ModelError> {
        let mut events = Vec::new();
        let mut rest = bytes;
        while let Some((first, after)) = rest.split_first() {
            if self.after_return && *first == b'\n' {
                self.after_return = false;
                rest = after;
                continue;
            }
            self.after_return = false;
            let Some(end) = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')) else {
                self.line.extend_from_slice(rest);
                break;
            };
            self.line.extend_from_slice(&rest[..end]);
            self.after_return = rest[end] == b'\r';
            rest = &rest[end + 1..];
            events.extend(self.end_line()?);
        }
        Ok(events)
    }

    /// Bytes that are held until their event ends.
    pub(super) fn held(&self) -> usize {
        self.line.len() + self.data.len()
    }

    fn end_line(&mut self) -> Result<Option<String>, ModelError> {
        let line = std::mem::take(&mut self.line);
        let mut line = line.as_slice();
        if !std::mem::replace(&mut self.is_begun, true) {
            line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
        }
        if line.is_empty() {
            let mut data = std::mem::take(&mut self.data);
            // The line end after the last line is none of the data.
            return match data.pop() {
                None => Ok(None),
                Some(_) => String::from_utf8(data).map(Some).map_err(|_| ModelError::InvalidUtf8),
            };
        }
        let (field, value) = match line.iter().position(|byte| *byte == b':') {
            Some(at) => (&line[..at], &line[at + 1..]),
            None => (line, &[][..]),
        };
        if field == b"data" {
            self.data.extend_from_slice(value.strip_prefix(b" ").unwrap_or(value));
            self.data.push(b'\n');
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all(bytes: &[u8]) -> Vec<String> {
        EventBytes::default().take(bytes).unwrap()
    }

    #[test]
    fn events_are_read_as_the_standard_has_them() {
        assert_eq!(all(b"data: a\n\ndata:b\r\n\r\ndata:  c\r\r"), ["a", "b", " c"]);
        assert_eq!(all(b"event: x\ndata: a\ndata\ndata: b\nid: 1\n\n"), ["a\n\nb"]);
        assert_eq!(all(b": comment\n\n\n\nevent: x\n\ndata\n\n"), [""], "no data, no event");
        assert_eq!(all(b"data: not ended\n"), [""; 0]);
        assert_eq!(all(b"\xef\xbb\xbfdata: a\n\n"), ["a"], "a byte order mark is none of it");
        assert_eq!(all(b"datax: a\n data: b\n\n"), [""; 0]);
    }

    #[test]
    fn invalid_utf8_is_found_at_the_end_of_its_event() {
        let mut events = EventBytes::default();
        assert_eq!(events.take(b"data: \xff\n"), Ok(vec![]));
        assert_eq!(events.take(b"\n"), Err(ModelError::InvalidUtf8));
    }

    proptest! {
        #[test]
        fn it_is_the_same_however_it_is_split(
            text in "(data: [a-é]{0,5}|:|data|\r|\n|\r\n|\n\n|x){0,40}",
            cuts in proptest::collection::vec(any::<proptest::sample::Index>(), 0..6),
        ) {
            let bytes = text.as_bytes();
            let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
            places.extend([0, bytes.len()]);
            places.sort_unstable();
            let mut events = EventBytes::default();
            let mut split = Vec::new();
            for pair in places.windows(2) {
                split.extend(events.take(&bytes[pair[0]..pair[1]]).unwrap());
                prop_assert!(events.held() <= bytes.len() + 1);
            }
            prop_assert_eq!(split, all(bytes));
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = EventBytes::default().take(&bytes);
        }
    }
}
