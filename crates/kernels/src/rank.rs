//! Sorting by whole numbers. The standard library's sorts are compiled for size in the wasm.

/// A key and a place.
pub type Ranked = [i64; 2];

/// Lists up to this length are sorted by insertion.
const SHORT: usize = 48;
/// Values of a byte.
const VALUES: usize = 256;

/// Sorts by key and then by place. `spare` is as long as the list and may hold anything; a shorter one makes it slow.
#[inline(never)]
pub fn sort(list: &mut [Ranked], spare: &mut [Ranked]) {
    let Some(spare) = spare.get_mut(..list.len()).filter(|_| list.len() > SHORT) else { return insert(list) };
    // From the least byte to the greatest, each pass in the order of the last one. Bytes that are all the same are left out.
    let mut turned = false;
    for word in [1, 0] {
        let first = list.first().map_or(0, |v| v[word]);
        let differ = list.iter().fold(0, |all, v| all | (v[word] ^ first));
        for byte in (0..8).filter(|byte| differ >> (byte * 8) & 0xff != 0) {
            let (from, to) = if turned { (&mut *spare, &mut *list) } else { (&mut *list, &mut *spare) };
            deal(from, to, |v| ((v[word] ^ i64::MIN) >> (byte * 8)) as u8);
            turned = !turned;
        }
    }
    if turned {
        list.copy_from_slice(spare);
    }
}

/// Copies a list in the order of one byte; of equal ones the first comes first.
fn deal(from: &[Ranked], to: &mut [Ranked], byte: impl Fn(&Ranked) -> u8) {
    let mut next = [0_u32; VALUES];
    for v in from {
        next[usize::from(byte(v))] += 1;
    }
    let mut total = 0;
    for slot in &mut next {
        (*slot, total) = (total, total + *slot);
    }
    for v in from {
        let slot = &mut next[usize::from(byte(v))];
        if let Some(cell) = to.get_mut(*slot as usize) {
            *cell = *v;
        }
        *slot += 1;
    }
}

fn insert(list: &mut [Ranked]) {
    for end in 1..list.len() {
        let mut at = end;
        while at > 0 && list[at] < list[at - 1] {
            list.swap(at, at - 1);
            at -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_the_standard_library_sorts() {
        let keys: [fn(i64) -> i64; 5] = [
            |i| i * 7919 % 1009 - 500,
            |i| i.wrapping_mul(0x9e37_79b9_7f4a_7c15_u64.cast_signed()).rotate_left(17),
            |i| i % 3,
            |_| 5,
            |i| [i64::MIN, i64::MAX, -1, 0][(i % 4) as usize],
        ];
        for n in [0, 1, 2, 47, 48, 49, 300, 70_000] {
            for key in keys {
                let list: Vec<Ranked> = (0..n).map(|i| [key(i), (i * 31 + 7) % n]).collect();
                let mut want = list.clone();
                want.sort_unstable();
                let mut sorted = list.clone();
                sort(&mut sorted, &mut vec![[9; 2]; list.len()]);
                assert!(sorted == want, "{n}");
                if n < 1000 {
                    let mut sorted = list;
                    sort(&mut sorted, &mut []);
                    assert!(sorted == want, "{n}");
                }
            }
        }
    }
}
