//! Shapley values of trees by quadrature: one pass down the branches and one up. What is computed, and why it is exact: nearhand's
//! `assess/explain/shap.rs`.

use wide::f64x2;

/// No branch.
pub const NONE: u32 = u32::MAX;

/// A branch of a tree, behind the one above it. The two of a question stand side by side.
#[derive(Clone, Copy, Debug)]
pub struct Branch {
    /// The branch above, or [`NONE`].
    pub above: u32,
    /// The branch of the same feature before, on this path, or [`NONE`].
    pub before: u32,
    /// The feature that is asked.
    pub feature: u32,
    /// Whether a leaf is below.
    pub leaf: bool,
    /// Product of the shares of this feature's branches down to here.
    pub z: f64,
    /// That of the branch before; 1 where there is none.
    pub z_before: f64,
    /// What the leaf answers.
    pub value: f64,
}

/// What is known before a row is there, for twice `H` points.
#[derive(Clone, Debug)]
pub struct Pass<const H: usize> {
    t: [f64x2; H],
    /// 1 − t.
    u: [f64x2; H],
    weights: [f64x2; H],
    /// The weights over 1 − t.
    weights_over_u: [f64x2; H],
    /// Of each branch 1 / (t + (1 − t)·z).
    over: Vec<[f64x2; H]>,
    /// Working memory: of each branch the product of its path, then Σ v · Π over the leaves below.
    below: Vec<[f64x2; H]>,
}

impl<const H: usize> Pass<H> {
    /// Of points and weights, two by two, and branches.
    #[must_use]
    pub fn new(points: &[([f64; 2], [f64; 2]); H], branches: &[Branch]) -> Self {
        let one = f64x2::splat(1.0);
        let t = points.map(|(t, _)| f64x2::from(t));
        let weights = points.map(|(_, weights)| f64x2::from(weights));
        let u = t.map(|t| one - t);
        let over = |branch: &Branch| std::array::from_fn(|i| one / (lane(&t, i) + lane(&u, i) * f64x2::splat(branch.z)));
        let weights_over_u = std::array::from_fn(|i| lane(&weights, i) / lane(&u, i));
        let below = vec![[f64x2::ZERO; H]; branches.len()];
        Self { t, u, weights, weights_over_u, over: branches.iter().map(over).collect(), below }
    }
}

#[inline(always)]
fn lane<const H: usize>(of: &[f64x2; H], at: usize) -> f64x2 {
    of.get(at).copied().unwrap_or(f64x2::ZERO)
}

/// Adds to each feature its values. `open`: whether the row goes a branch, with all branches of its feature before.
#[inline(always)]
fn add<const H: usize>(pass: &mut Pass<H>, branches: &[Branch], open: &[bool], out: &mut [f64]) {
    let Pass { t, u, weights, weights_over_u, over, below } = pass;
    let is_open = |at: u32| open.get(at as usize).copied().unwrap_or(false);
    let over_of = |at: u32| over.get(at as usize).copied().unwrap_or([f64x2::ZERO; H]);
    let one = [f64x2::splat(1.0); H];
    for (at, branch) in branches.iter().enumerate() {
        let product = below.get(branch.above as usize).copied().unwrap_or(one);
        let z = f64x2::splat(branch.z);
        let open = is_open(at as u32);
        let here: [f64x2; H] = if open {
            // 1 over the factor of the branch before, which is open as well.
            let before = if branch.before == NONE { one } else { over_of(branch.before) };
            std::array::from_fn(|i| lane(&product, i) * ((lane(t, i) + lane(u, i) * z) * lane(&before, i)))
        } else if branch.z <= 0.0 {
            // Nobody goes here, known or not.
            [f64x2::ZERO; H]
        } else if branch.before == NONE {
            std::array::from_fn(|i| lane(&product, i) * (lane(u, i) * z))
        } else if is_open(branch.before) {
            let before = over_of(branch.before);
            std::array::from_fn(|i| lane(&product, i) * (lane(u, i) * z * lane(&before, i)))
        } else {
            let ratio = f64x2::splat(branch.z / branch.z_before);
            product.map(|product| product * ratio)
        };
        if let Some(place) = below.get_mut(at) {
            *place = here;
        }
    }
    let pairs = branches.len() / 2;
    for first in (0..pairs).rev().map(|pair| 2 * pair) {
        let mut sum = [f64x2::ZERO; H];
        let mut above = NONE;
        for at in [first, first + 1] {
            let Some(branch) = branches.get(at) else { continue };
            let Some(place) = below.get(at) else { continue };
            above = branch.above;
            let value = f64x2::splat(branch.value);
            let here: [f64x2; H] = if branch.leaf { place.map(|product| product * value) } else { *place };
            sum = std::array::from_fn(|i| lane(&sum, i) + lane(&here, i));
            let open = is_open(at as u32);
            let had = branch.before != NONE;
            let open_before = had && is_open(branch.before);
            if !open && (branch.z <= 0.0 || (had && !open_before)) {
                // What was not known before is not known now: the same for both.
                continue;
            }
            let mut part = if open {
                let over = over_of(at as u32);
                (1.0 - branch.z) * total::<H>(std::array::from_fn(|i| lane(weights, i) * lane(&here, i) * lane(&over, i)))
            } else {
                -total::<H>(std::array::from_fn(|i| lane(weights_over_u, i) * lane(&here, i)))
            };
            if had {
                let over = over_of(branch.before);
                let back: [f64x2; H] = std::array::from_fn(|i| lane(weights, i) * lane(&here, i) * lane(&over, i));
                part -= (1.0 - branch.z_before) * total(back);
            }
            if let Some(place) = out.get_mut(branch.feature as usize) {
                *place += part;
            }
        }
        if let Some(place) = below.get_mut(above as usize) {
            *place = sum;
        }
    }
}

#[inline(always)]
fn total<const H: usize>(terms: [f64x2; H]) -> f64 {
    let [first, second] = terms.into_iter().fold(f64x2::ZERO, |sum, term| sum + term).to_array();
    first + second
}

/// Adds to each feature its values, by four points.
#[inline(never)]
pub fn four(pass: &mut Pass<2>, branches: &[Branch], open: &[bool], out: &mut [f64]) {
    add(pass, branches, open, out);
}

/// The same by eight.
#[inline(never)]
pub fn eight(pass: &mut Pass<4>, branches: &[Branch], open: &[bool], out: &mut [f64]) {
    add(pass, branches, open, out);
}

/// The same by sixteen.
#[inline(never)]
pub fn sixteen(pass: &mut Pass<8>, branches: &[Branch], open: &[bool], out: &mut [f64]) {
    add(pass, branches, open, out);
}
