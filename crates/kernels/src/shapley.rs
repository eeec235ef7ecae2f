//! Shapley values of trees by quadrature: of each tree one pass down its questions and one up. What is computed, and why it is exact: nearhand's
//! `assess/explain/shap.rs`.

use std::hint::select_unpredictable;
use wide::f64x2;

/// No branch.
pub const NONE: u32 = u32::MAX;

/// Whether a row's value is at most a threshold.
#[derive(Clone, Copy, Debug)]
pub struct AtMost {
    /// Place of the value.
    pub feature: u32,
    /// Whether a missing value is a yes.
    pub missing_is_yes: bool,
    /// The threshold.
    pub threshold: f64,
}

/// Answers questions about a row.
#[inline(never)]
pub fn at_most(questions: &[AtMost], row: &[f32], yes: &mut [bool]) {
    for (place, question) in yes.iter_mut().zip(questions) {
        let value = f64::from(row.get(question.feature as usize).copied().unwrap_or(f32::NAN));
        *place = (value <= question.threshold) | (value.is_nan() & question.missing_is_yes);
    }
}

/// A question of a tree, behind the one above it, and its two branches: that of yes and that of no. Branches count two by two with the questions.
#[derive(Clone, Copy, Debug)]
pub struct Fork {
    /// The branch that leads here; [`NONE`] at a root, where the next tree begins.
    pub above: u32,
    /// The branch of the same feature before, on this path, or [`NONE`].
    pub before: u32,
    /// The feature that is asked.
    pub feature: u32,
    /// Of each branch the product of the shares of this feature's branches down to it.
    pub z: [f64; 2],
    /// That of the branch before; 1 where there is none.
    pub z_before: f64,
    /// What the leaf below a branch answers, where one is.
    pub leaf: [Option<f64>; 2],
}

/// A question as it is gone through, with all that is known before a row is there: nothing is looked up but what the row decides. Places of branches are
/// those in their tree, one behind their numbers: the first is the branch to the root, which is always open.
#[derive(Clone, Copy, Debug)]
struct Step {
    above: u32,
    before: u32,
    feature: u32,
    z: [f64; 2],
    /// `z` over that of the branch before; 0 where nobody goes there.
    ratio: [f64; 2],
    /// What a leaf answers; 1 where there is none.
    times: [f64; 2],
    /// What open branches count: the weights times (1 − z) over t + (1 − t)·z.
    opened: [[f64x2; H]; 2],
    /// Of the branch before 1 / (t + (1 − t)·z), and what it counts.
    over: [f64x2; H],
    taken: [f64x2; H],
}

/// Two by two.
const H: usize = 2;
/// Points of a pass. Of more points, as they are summed up, there are several passes.
pub const POINTS: usize = 2 * H;

/// What is known before a row is there, for so many points.
#[derive(Clone, Debug)]
pub struct Pass {
    t: [f64x2; H],
    /// 1 − t.
    u: [f64x2; H],
    /// What a closed branch counts: the weights over t − 1.
    closed: [f64x2; H],
    steps: Vec<Step>,
    /// How many steps each tree has.
    trees: Vec<usize>,
    /// Working memory of a tree: of each branch whether the row goes it, with all branches of its feature before.
    open: Vec<bool>,
    /// Of each branch the product of its path, then Σ v · Π over the leaves below.
    below: Vec<[f64x2; H]>,
}

impl Pass {
    /// Of points and their weights, and questions.
    #[must_use]
    pub fn new(points: [(f64, f64); POINTS], forks: &[Fork]) -> Self {
        let one = f64x2::splat(1.0);
        let [a, b, c, d] = points;
        let t = [f64x2::from([a.0, b.0]), f64x2::from([c.0, d.0])];
        let weights = [f64x2::from([a.1, b.1]), f64x2::from([c.1, d.1])];
        let u = t.map(|t| one - t);
        let over = |z: f64| -> [f64x2; H] { std::array::from_fn(|i| one / (lane(&t, i) + lane(&u, i) * f64x2::splat(z))) };
        let counts =
            |z: f64| -> [f64x2; H] { std::array::from_fn(|i| lane(&weights, i) * (f64x2::splat(1.0 - z) * lane(&over(z), i))) };
        let (mut trees, mut steps): (Vec<usize>, Vec<Step>) = (Vec::new(), Vec::with_capacity(forks.len()));
        let mut root = 0;
        for (at, fork) in forks.iter().enumerate() {
            match trees.last_mut().filter(|_| fork.above != NONE) {
                Some(steps) => *steps += 1,
                None => {
                    trees.push(1);
                    root = 2 * at as u32;
                }
            }
            let place = |branch: u32| if branch == NONE { 0 } else { (branch + 1).saturating_sub(root) };
            steps.push(Step {
                above: place(fork.above),
                before: place(fork.before),
                feature: fork.feature,
                z: fork.z,
                ratio: fork.z.map(|z| if z > 0.0 { z / fork.z_before } else { 0.0 }),
                times: fork.leaf.map(|leaf| leaf.unwrap_or(1.0)),
                opened: fork.z.map(counts),
                over: over(fork.z_before),
                taken: counts(fork.z_before),
            });
        }
        let closed = std::array::from_fn(|i| lane(&weights, i) / (lane(&t, i) - one));
        let branches = 1 + 2 * trees.iter().max().copied().unwrap_or(0);
        Self { t, u, closed, steps, trees, open: vec![true; branches], below: vec![[one; H]; branches] }
    }
}

#[inline(always)]
fn lane(of: &[f64x2; H], at: usize) -> f64x2 {
    of.get(at).copied().unwrap_or(f64x2::ZERO)
}

/// Adds to each feature its values. `yes`: what the row answers to each question.
#[inline(never)]
pub fn add(pass: &mut Pass, yes: &[bool], out: &mut [f64]) {
    let Pass { t, u, closed, steps, trees, open, below } = pass;
    let ([t0, t1], [u0, u1], [closed0, closed1]) = (*t, *u, *closed);
    let (mut steps, mut yes) = (&steps[..], yes);
    for many in trees.iter().copied() {
        let (Some((own, next)), Some((answers, rest))) = (steps.split_at_checked(many), yes.split_at_checked(many)) else {
            return;
        };
        (steps, yes) = (next, rest);
        if let Some(root) = below.first_mut() {
            *root = [f64x2::splat(1.0); H];
        }
        for (question, (step, yes)) in own.iter().zip(answers).enumerate() {
            let branch = 2 * question + 1;
            let live = open.get(step.before as usize).copied().unwrap_or(false);
            let [p0, p1] = below.get(step.above as usize).copied().unwrap_or([f64x2::ZERO; H]);
            let (Some([open_yes, open_no]), Some([to_yes, to_no])) =
                (open.get_mut(branch..branch + 2), below.get_mut(branch..branch + 2))
            else {
                return;
            };
            (*open_yes, *open_no) = (live & yes, live & !yes);
            if live {
                // The branch before is open as well: its factor goes.
                let [o0, o1] = step.over;
                let (p0, p1) = (p0 * o0, p1 * o1);
                let known = f64x2::splat(f64::from(u8::from(*yes)));
                let (k0, k1) = (t0 * known, t1 * known);
                let [a, b] = step.z.map(f64x2::splat);
                *to_yes = [p0 * (k0 + u0 * a), p1 * (k1 + u1 * a)];
                *to_no = [p0 * ((t0 - k0) + u0 * b), p1 * ((t1 - k1) + u1 * b)];
            } else {
                let [a, b] = step.ratio.map(f64x2::splat);
                *to_yes = [p0 * a, p1 * a];
                *to_no = [p0 * b, p1 * b];
            }
        }
        for (question, (step, yes)) in own.iter().zip(answers).enumerate().rev() {
            let branch = 2 * question + 1;
            let Some([[a0, a1], [b0, b1]]) = below.get(branch..branch + 2) else { return };
            let [times_yes, times_no] = step.times.map(f64x2::splat);
            let (a0, a1, b0, b1) = (*a0 * times_yes, *a1 * times_yes, *b0 * times_no, *b1 * times_no);
            let (sum0, sum1) = (a0 + b0, a1 + b1);
            if let Some(place) = below.get_mut(step.above as usize) {
                *place = [sum0, sum1];
            }
            // What was not known before is not known now: the same for both.
            if !open.get(step.before as usize).copied().unwrap_or(false) {
                continue;
            }
            let ([[y0, y1], [n0, n1]], [taken0, taken1]) = (step.opened, step.taken);
            let of_yes = [select_unpredictable(*yes, y0, closed0), select_unpredictable(*yes, y1, closed1)];
            let of_no = [select_unpredictable(*yes, closed0, n0), select_unpredictable(*yes, closed1, n1)];
            let first = a0 * of_yes[0] + b0 * of_no[0] - sum0 * taken0;
            let second = a1 * of_yes[1] + b1 * of_no[1] - sum1 * taken1;
            let [one, other] = (first + second).to_array();
            if let Some(place) = out.get_mut(step.feature as usize) {
                *place += one + other;
            }
        }
    }
}
