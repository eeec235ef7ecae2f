//! Spherical k-means: groups rows by the direction they point in (Dhillon and Modha 2001).

use crate::math::{Matrix, dot, product};
use nearhand_numerics::random::Random;

/// Rounds of assigning and averaging.
const ROUNDS: usize = 8;
/// Rows a centre is fitted on, at most.
const SAMPLE: usize = 32;
/// Rows compared with the centres at once.
const CHUNK: usize = 512;

/// For each of `members`, which of at most `count` centres is nearest, and the cosine to it. Rows are of length 1 (or 0)
/// and `dim` values. Ties go to the lower centre.
pub(super) fn nearest(rows: &[f32], dim: usize, members: &[u32], count: usize) -> Vec<(u32, f32)> {
    let mut sample = members.to_vec();
    Random::new(1).shuffle(&mut sample);
    sample.truncate(count * SAMPLE);
    let mut centres: Vec<f32> = sample.iter().take(count).flat_map(|item| row(rows, dim, *item).iter().copied()).collect();
    for _ in 0..ROUNDS {
        let found = assign(rows, dim, &sample, &centres);
        let mut sums = vec![0_f32; centres.len()];
        for (item, (centre, _)) in sample.iter().zip(&found) {
            let sum = sums.iter_mut().skip(*centre as usize * dim);
            sum.zip(row(rows, dim, *item)).for_each(|(sum, v)| *sum += v);
        }
        for (centre, sum) in centres.chunks_exact_mut(dim).zip(sums.chunks_exact(dim)) {
            let length = dot(sum, sum).sqrt();
            // A centre that nobody is near stays where it is.
            if length > 0.0 {
                centre.iter_mut().zip(sum).for_each(|(centre, sum)| *centre = sum / length);
            }
        }
    }
    assign(rows, dim, members, &centres)
}

fn assign(rows: &[f32], dim: usize, members: &[u32], centres: &[f32]) -> Vec<(u32, f32)> {
    let count = centres.len() / dim;
    let mut found = Vec::with_capacity(members.len());
    let (mut some, mut cosines) = (Vec::with_capacity(CHUNK * dim), vec![0_f32; CHUNK * count]);
    for chunk in members.chunks(CHUNK) {
        some.clear();
        chunk.iter().for_each(|item| some.extend_from_slice(row(rows, dim, *item)));
        let cosines = &mut cosines[..chunk.len() * count];
        product(cosines, Matrix::new(&some, dim), Matrix::new(centres, dim).t(), false);
        for cosines in cosines.chunks_exact(count) {
            let best =
                cosines.iter().zip(0..).fold((0, f32::NEG_INFINITY), |best, (x, at)| if *x > best.1 { (at, *x) } else { best });
            found.push(best);
        }
    }
    found
}

/// The row of an item.
pub(super) fn row(rows: &[f32], dim: usize, item: u32) -> &[f32] {
    rows.get(item as usize * dim..(item as usize + 1) * dim).unwrap_or(&[])
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// `n` rows of length 1 around the first `ways` axes of `dim`, in turns.
    pub(crate) fn around(n: usize, ways: usize, dim: usize, spread: f32) -> Vec<f32> {
        let mut random = Random::new(3);
        let mut rows: Vec<f32> = Vec::new();
        for i in 0..n {
            let mut v: Vec<f32> = (0..dim).map(|j| spread * random.normal() + if j == i % ways { 1.0 } else { 0.0 }).collect();
            let length = dot(&v, &v).sqrt();
            v.iter_mut().for_each(|v| *v /= length);
            rows.extend(v);
        }
        rows
    }

    #[test]
    fn what_points_one_way_is_found() {
        let members: Vec<u32> = (0..200).collect();
        let found = nearest(&around(200, 5, 8, 0.1), 8, &members, 25);
        let mut ways = [None; 25];
        for (i, (centre, cosine)) in found.iter().enumerate() {
            assert_eq!(*ways[*centre as usize].get_or_insert(i % 5), i % 5);
            assert!(*cosine > 0.8);
        }
    }
}
