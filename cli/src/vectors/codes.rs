//! Which level of a narrow code a value gets.
//!
//! With `u` the largest level in deviations of a normal distribution (Max 1960), a value v of a unit row of `d` values gets
//! the level nearest to 127 · v · √d / u. Worked example: [0.8, 0.6] in two bits, u = 1.5104, gives 95 and 71, that is 127
//! and 38 (the middle between the levels is 82.5).

use nearhand::bundle::{levels, unit_scale};

/// The levels above 0 of a width, and where one ends and the next begins.
#[derive(Debug, Clone)]
pub(crate) struct Levels {
    /// Ascending.
    levels: Vec<i8>,
    /// Between neighbours, in roots of mean squares of a row.
    edges: Vec<f32>,
}

impl Levels {
    /// Of codes of so many bits; none for 8, which round too finely to matter in training.
    pub(crate) fn of(bits: usize) -> Option<Levels> {
        let deviations = match bits {
            1 => 0.7979,
            2 => 1.5104,
            4 => 2.7326,
            _ => return None,
        };
        let levels: Vec<i8> = levels(bits).iter().copied().filter(|level| *level > 0).collect();
        let middle = |pair: &[i8]| pair.iter().map(|level| f32::from(*level)).sum::<f32>() / 2.0 / 127.0 * deviations;
        Some(Levels { edges: levels.windows(2).map(middle).collect(), levels })
    }

    /// The levels of a unit row.
    pub(crate) fn code<'a>(&'a self, row: &'a [f32]) -> impl Iterator<Item = i8> + 'a {
        let root = (row.len() as f32).sqrt();
        row.iter().map(move |v| {
            let far = v.abs() * root;
            let at = self.edges.iter().filter(|edge| far > **edge).count();
            let level = self.levels.get(at).copied().unwrap_or(0);
            if *v < 0.0 { -level } else { level }
        })
    }

    /// The unit rows that the codes of unit rows of `d` values stand for.
    pub(crate) fn snapped(&self, rows: &[f32], d: usize) -> Vec<f32> {
        let mut out = Vec::with_capacity(rows.len());
        let mut codes = Vec::with_capacity(d);
        for row in rows.chunks_exact(d) {
            codes.clear();
            codes.extend(self.code(row));
            let scale = unit_scale(&codes);
            out.extend(codes.iter().map(|code| scale * f32::from(*code)));
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn worked_examples() {
        let code = |bits, row: &[f32]| Levels::of(bits).unwrap().code(row).collect::<Vec<i8>>();
        assert_eq!(code(2, &[0.8, -0.6]), [127, -38]);
        assert_eq!(code(1, &[0.8, -0.6]), [127, -127]);
        // 127 · v · √2 / 2.7326 is 53 and −39.
        assert_eq!(code(4, &[0.8, -0.6]), [58, -44]);
        assert!(Levels::of(8).is_none());
        let half = Levels::of(1).unwrap().snapped(&[1.0, 0.0, 0.0, 0.0, -0.1, 0.5, 0.5, -0.7], 4);
        assert!(half.iter().zip([0.5, 0.5, 0.5, 0.5, -0.5, 0.5, 0.5, -0.5]).all(|(a, b)| (a - b).abs() < 1e-6), "{half:?}");
    }
}
