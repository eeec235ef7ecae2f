//! A file whose attributes have been read for good: they are passed over when it is read again.

use super::graph::Attribute;
use std::ops::Range;

/// Attributes of fewer bytes are left as they are.
const SMALL: usize = 64;
/// Bytes of what says that the rest is passed over.
const HEAD: usize = 9;

impl Attribute<'_> {
    /// Where in `file`, of which it was read, a large attribute stands.
    pub(crate) fn place(&self, file: &[u8]) -> Option<Range<usize>> {
        let body = self.body.rest();
        let from = body.as_ptr().addr().checked_sub(file.as_ptr().addr())?;
        let to = from.checked_add(body.len())?;
        (body.len() >= SMALL && to <= file.len()).then_some(from..to)
    }
}

/// Makes of the attributes in those places a nameless one each, whose only value is a comment of the same bytes: lengths stay,
/// and a list of a million fields is one.
pub(crate) fn hollow(file: &mut [u8], places: &[Range<usize>]) {
    for place in places {
        let Some(body) = file.get_mut(place.clone()) else { continue };
        let Some(rest) = body.len().checked_sub(HEAD).and_then(|n| u32::try_from(n).ok()) else { continue };
        let group = |shift: u32| (rest >> shift) as u8 & 0x7f;
        // Fields `type` (integers) and `doc_string`, the length of which is a number of five groups.
        let head = [0xa0, 0x01, 7, 0x6a, group(0) | 0x80, group(7) | 0x80, group(14) | 0x80, group(21) | 0x80, group(28)];
        body.iter_mut().zip(head).for_each(|(to, byte)| *to = byte);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::{Limits, Model};

    #[test]
    fn what_was_read_is_passed_over() {
        // An attribute `a` of 100 integers in a node in a graph.
        let list: Vec<u8> = (0..100).flat_map(|i| [8 << 3, i]).collect();
        let wrap =
            |inner: &[u8], field: u8| [&[field << 3 | 2, inner.len() as u8 | 0x80, (inner.len() >> 7) as u8], inner].concat();
        let node = |list: &[u8]| {
            wrap(&[wrap(&[b"\x0a\x01a\xa0\x01\x07".as_slice(), list].concat(), 5), b"\x22\x01N".to_vec()].concat(), 1)
        };
        let mut file = wrap(&[node(&list), node(&list[..20])].concat(), 7);
        let limits = Limits::default();
        let places: Vec<_> = {
            let model = Model::read(&file, &limits).unwrap();
            let attributes: Vec<_> = model.graph.nodes.iter().flat_map(|n| &n.attributes).collect();
            assert_eq!((attributes[0].ints().unwrap().len(), attributes[1].ints().unwrap().len()), (100, 10));
            assert_eq!(attributes[0].place(b"another file"), None);
            attributes.iter().filter_map(|a| a.place(&file)).collect()
        };
        assert_eq!(places.len(), 1, "the small one stays");
        hollow(&mut file, &places);
        let model = Model::read(&file, &limits).unwrap();
        let attributes: Vec<_> = model.graph.nodes.iter().flat_map(|n| &n.attributes).collect();
        assert_eq!((attributes[0].name, attributes[0].ints().unwrap().len()), ("", 0));
        assert_eq!((attributes[1].name, attributes[1].ints().unwrap().len(), model.graph.nodes[0].op_type), ("a", 10, "N"));
    }
}
