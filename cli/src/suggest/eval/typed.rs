//! What is typed: every beginning of a text, as it is or with one mistake.

use nearhand_numerics::random::Random;

/// A beginning of a text with one mistake in it, drawn evenly of the four kinds and of all places: a letter left out, put in or
/// taken for another, or two neighbours swapped. Where a kind changes nothing there, another is drawn.
pub(super) fn mistake(start: &[char], random: &mut Random) -> String {
    for _ in 0..100 {
        let mut typed = start.to_vec();
        let at = random.below(start.len());
        let letter = char::from(b'a' + random.below(26) as u8);
        match random.below(4) {
            0 if start.len() > 1 => {
                typed.remove(at);
            }
            1 => typed.insert(at, letter),
            2 => typed.splice(at..=at, [letter]).for_each(drop),
            3 if at + 1 < start.len() => typed.swap(at, at + 1),
            _ => continue,
        }
        if typed != start {
            return typed.into_iter().collect();
        }
    }
    start.iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistake_is_one_edit() {
        let start: Vec<char> = "white h".chars().collect();
        let mut random = Random::new(7);
        let mut lengths = [0; 3];
        for _ in 0..200 {
            let typed = mistake(&start, &mut random);
            let mut distance = nearhand::text::Distance::new("white h").unwrap();
            assert_eq!(distance.to(&typed).0, 1, "{typed}");
            lengths[typed.chars().count() - 6] += 1;
        }
        assert!(lengths.iter().all(|count| *count > 30), "{lengths:?}");
        assert_eq!(mistake(&['x'], &mut Random::new(1)), mistake(&['x'], &mut Random::new(1)));
    }
}
