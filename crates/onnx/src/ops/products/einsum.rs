//! Einsum: terms contracted two at a time, each contraction a product of matrices.

use super::product::{Sides, product};
use crate::dtype::{Buffer, DType, Element};
use crate::error::Result;
use crate::fact::{Fact, MAX_RANK};
use crate::kernel::{Inputs, Kernel, Outputs, single};
use crate::lower::{Op, Wire};
use crate::ops::base::layout::{permuted, reshaped, spread};
use crate::refusal::malformed;
use crate::shape::{Loops, dense};

/// The name of an axis: a letter, or a number from [`DOTS`] on for those that an ellipsis stands for.
type Letter = u8;
/// Past all letters.
const DOTS: Letter = 128;

/// A value and the names of its axes.
#[derive(Clone, Debug)]
struct Term {
    wire: Wire,
    letters: Vec<Letter>,
}

pub(in crate::ops) fn einsum(op: &mut Op<'_, '_>) -> Result<Wire> {
    let text: String = op.text("equation", "")?.chars().filter(|c| !c.is_whitespace()).collect();
    let (left, right) = match text.split_once("->") {
        Some((left, right)) => (left, Some(right)),
        None => (text.as_str(), None),
    };
    let names: Vec<&str> = left.split(',').collect();
    if names.len() != op.node.inputs.len() {
        return Err(op.bad("equation of another number of terms"));
    }
    let mut terms = Vec::with_capacity(names.len());
    for (at, name) in names.iter().enumerate() {
        let wire = op.input(at)?;
        op.only(wire, DType::FLOATS)?;
        let rank = op.rank(wire)?;
        terms.push(Term { wire, letters: letters(op, name, Some(rank))? });
    }
    let most = terms.iter().flat_map(|t| &t.letters).filter(|l| **l >= DOTS).count().min(MAX_RANK);
    let dots: Vec<Letter> = (0..most as Letter).rev().map(|i| DOTS + i).collect();
    let dots: Vec<Letter> = dots.into_iter().filter(|d| terms.iter().any(|t| t.letters.contains(d))).collect();
    let out = match right {
        Some(right) => {
            let rank = right.bytes().filter(u8::is_ascii_alphabetic).count();
            letters(op, right, Some(rank + if right.contains("...") { dots.len() } else { 0 }))?
        }
        None => implied(left, dots),
    };
    if out.iter().enumerate().any(|(i, l)| out.iter().skip(i + 1).any(|m| m == l) || !terms.iter().any(|t| t.letters.contains(l)))
    {
        return Err(op.bad("equation"));
    }
    checked(op, &mut terms)?;
    contracted(op, terms, &out)
}

/// Names of the axes of a term; an ellipsis stands for what is left of `rank`, its axes numbered from the last.
fn letters(op: &Op<'_, '_>, text: &str, rank: Option<usize>) -> Result<Vec<Letter>> {
    let (head, tail) = match text.split_once("...") {
        Some((head, tail)) => (head, Some(tail)),
        None => (text, None),
    };
    if !head.bytes().chain(tail.unwrap_or_default().bytes()).all(|c| c.is_ascii_alphabetic()) {
        return Err(op.refuse("an equation of this form"));
    }
    let given = head.len() + tail.unwrap_or_default().len();
    let hidden = rank.unwrap_or(given).checked_sub(given).filter(|n| tail.is_some() || *n == 0);
    let hidden = hidden.ok_or_else(|| op.bad("rank differs from the equation"))?;
    let dots = (0..hidden as Letter).rev().map(|i| DOTS + i);
    Ok(head.bytes().chain(dots).chain(tail.unwrap_or_default().bytes()).collect())
}

/// Without an arrow: what an ellipsis stands for, then letters that occur once, sorted.
fn implied(left: &str, dots: Vec<Letter>) -> Vec<Letter> {
    let all: Vec<u8> = left.bytes().filter(u8::is_ascii_alphabetic).collect();
    let mut once: Vec<u8> = all.iter().copied().filter(|l| all.iter().filter(|m| *m == l).count() == 1).collect();
    once.sort_unstable();
    dots.into_iter().chain(once).collect()
}

/// Holds extents of one name against each other; those of an ellipsis are broadcast.
fn checked(op: &mut Op<'_, '_>, terms: &mut [Term]) -> Result<()> {
    let mut extents: Vec<(Letter, usize)> = Vec::new();
    for term in terms.iter() {
        op.same_type(terms.first().map_or(term.wire, |t| t.wire), term.wire)?;
        for (letter, dim) in term.letters.iter().zip(op.shape(term.wire)?) {
            match extents.iter_mut().find(|(l, _)| l == letter) {
                Some((_, have)) if *have == dim => {}
                Some((_, have)) if *letter >= DOTS && (*have == 1 || dim == 1) => *have = if *have == 1 { dim } else { *have },
                Some(_) => return Err(op.bad("extents differ")),
                None => extents.push((*letter, dim)),
            }
        }
    }
    for term in terms {
        let extent = |l: &Letter| extents.iter().find(|(have, _)| have == l).map_or(1, |(_, extent)| *extent);
        let shape: Vec<usize> = term.letters.iter().map(extent).collect();
        term.wire = spread(op, term.wire, &shape)?;
    }
    Ok(())
}

/// Contracts terms from left to right.
fn contracted(op: &mut Op<'_, '_>, terms: Vec<Term>, out: &[Letter]) -> Result<Wire> {
    let mut rest = terms.into_iter();
    let mut have = rest.next().ok_or_else(|| op.bad("no input"))?;
    while let Some(next) = rest.next() {
        let later: Vec<Letter> = rest.as_slice().iter().flat_map(|t| &t.letters).chain(out).copied().collect();
        let needed = |l: &Letter, other: &[Letter]| later.contains(l) || other.contains(l);
        let a = folded(op, &have, |l| needed(l, &next.letters))?;
        let b = folded(op, &next, |l| needed(l, &a.letters))?;
        have = pair(op, &a, &b, &later)?;
    }
    let have = folded(op, &have, |l| out.contains(l))?;
    let perm: Option<Vec<usize>> = out.iter().map(|l| have.letters.iter().position(|h| h == l)).collect();
    permuted(op, have.wire, &perm.ok_or_else(|| op.bad("equation"))?)
}

/// A term with every name once: diagonals where one is repeated, sums over those that nobody needs.
fn folded(op: &mut Op<'_, '_>, term: &Term, needed: impl Fn(&Letter) -> bool) -> Result<Term> {
    let shape = op.shape(term.wire)?;
    let mut axes: Vec<(Letter, usize, usize)> = Vec::new();
    for ((letter, extent), step) in term.letters.iter().zip(&shape).zip(dense(&shape)) {
        match axes.iter_mut().find(|(l, ..)| l == letter) {
            Some((_, _, have)) => *have += step,
            None => axes.push((*letter, *extent, step)),
        }
    }
    let (kept, summed): (Vec<_>, Vec<_>) = axes.into_iter().partition(|(l, ..)| needed(l));
    if kept.len() == term.letters.len() {
        return Ok(term.clone());
    }
    let parts = |axes: &[(Letter, usize, usize)]| -> (Vec<usize>, Vec<usize>) { axes.iter().map(|(_, e, s)| (*e, *s)).unzip() };
    let ((shape, steps), (over, strides)) = (parts(&kept), parts(&summed));
    op.work(&[&shape[..], &over[..]].concat())?;
    let dtype = op.dtype(term.wire)?;
    let kernel = Fold { dtype, outer: Loops::new(&shape, &[steps]), inner: Loops::new(&over, &[strides]), over, shape };
    let wire = op.add(kernel, &[term.wire])?;
    Ok(Term { wire, letters: kept.into_iter().map(|(l, ..)| l).collect() })
}

/// Two terms as one product of matrices: batches are names of both that are needed later, the depth those that are not.
fn pair(op: &mut Op<'_, '_>, a: &Term, b: &Term, later: &[Letter]) -> Result<Term> {
    let both = |l: &&Letter| a.letters.contains(l) && b.letters.contains(l);
    let batch: Vec<Letter> = a.letters.iter().filter(both).filter(|l| later.contains(l)).copied().collect();
    let depth: Vec<Letter> = a.letters.iter().filter(both).filter(|l| !later.contains(l)).copied().collect();
    let alone = |t: &Term| -> Vec<Letter> { t.letters.iter().filter(|l| !both(l)).copied().collect() };
    let (rows, columns) = (alone(a), alone(b));
    let turned = b.letters == [&batch[..], &columns[..], &depth[..]].concat();
    let left = ordered(op, a, &batch, &[&rows, &depth])?;
    let right = ordered(op, b, &batch, &if turned { [&columns, &depth] } else { [&depth, &columns] })?;
    let out = product(op, &Sides { a: left, b: right, turned, factor: 1.0 }, true)?;
    let letters = [&batch[..], &rows[..], &columns[..]].concat();
    let mut shape = Vec::with_capacity(letters.len());
    for letter in &letters {
        shape.push(extent(op, a, *letter)?.max(extent(op, b, *letter)?));
    }
    Ok(Term { wire: reshaped(op, out, &shape)?, letters })
}

/// The extent of a name in a term; 0 where it does not have the name.
fn extent(op: &Op<'_, '_>, term: &Term, letter: Letter) -> Result<usize> {
    let at = term.letters.iter().position(|l| *l == letter);
    Ok(at.and_then(|at| op.fact(term.wire).ok()?.shape.get(at).copied()).unwrap_or(0))
}

/// A term as matrices: batch axes, then the names of each group as one axis.
fn ordered(op: &mut Op<'_, '_>, term: &Term, batch: &[Letter], groups: &[&Vec<Letter>; 2]) -> Result<Wire> {
    let [first, second] = groups;
    let order = [batch, &first[..], &second[..]].concat();
    let perm: Option<Vec<usize>> = order.iter().map(|l| term.letters.iter().position(|t| t == l)).collect();
    let wire = permuted(op, term.wire, &perm.ok_or_else(|| op.bad("equation"))?)?;
    let shape = op.shape(wire)?;
    let (outer, inner) = shape.split_at(batch.len().min(shape.len()));
    let (rows, columns) = inner.split_at(first.len().min(inner.len()));
    let matrix = [outer, &[rows.iter().product(), columns.iter().product()][..]].concat();
    reshaped(op, wire, &matrix)
}

/// Sums over some axes of what diagonals and the other axes leave.
#[derive(Debug)]
struct Fold {
    dtype: DType,
    outer: Loops<1>,
    inner: Loops<1>,
    /// Extents that are summed: where one is 0 there is nothing to sum.
    over: Vec<usize>,
    shape: Vec<usize>,
}

impl Fold {
    fn sum<T: Element + std::ops::AddAssign>(&self, inputs: &Inputs<'_>, outputs: &mut Outputs<'_>) -> Result<()> {
        let x = inputs.get::<T>(0)?;
        let mut cells = outputs.get::<T>(0)?.iter_mut();
        let nothing = self.over.contains(&0);
        self.outer.each(|[from]| {
            let mut sum = T::default();
            if !nothing {
                self.inner.each(|[at]| sum += x.get(from + at).copied().unwrap_or_default());
            }
            if let Some(cell) = cells.next() {
                *cell = sum;
            }
        });
        Ok(())
    }
}

impl Kernel for Fold {
    fn name(&self) -> &'static str {
        "Einsum"
    }

    fn facts(&self, inputs: &[&Fact]) -> Result<Vec<Fact>> {
        if single(inputs)?.dtype != self.dtype {
            return Err(malformed("inputs of different types", self.dtype.name()));
        }
        Ok(vec![Fact::new(self.dtype, &self.shape)])
    }

    fn run(&self, inputs: &Inputs<'_>, outputs: &mut Outputs<'_>, _: &mut Buffer) -> Result<()> {
        match self.dtype {
            DType::F64 => self.sum::<f64>(inputs, outputs),
            _ => self.sum::<f32>(inputs, outputs),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::error::Code;
    use crate::ops::testing::{A, In, draw, given, known, node, numbers};

    /// The definition: every name is a loop, and products are summed over those that the answer does not have.
    fn plain(terms: &[(&str, &[f32])], out: &str, extents: &[(char, usize)]) -> Vec<f32> {
        let extent = |l: char| extents.iter().find(|(c, _)| *c == l).unwrap().1;
        let place = |term: &str, index: &[usize]| {
            let at = |l: char| index[extents.iter().position(|(c, _)| *c == l).unwrap()];
            term.chars().fold(0, |place, l| place * extent(l) + at(l))
        };
        let mut answer = vec![0.0; out.chars().map(extent).product()];
        for number in 0..extents.iter().map(|(_, e)| e).product() {
            let mut rest: usize = number;
            let index: Vec<usize> = extents
                .iter()
                .map(|(_, e)| {
                    let i = rest % e;
                    rest /= e;
                    i
                })
                .collect();
            answer[place(out, &index)] += terms.iter().map(|(t, v)| v[place(t, &index)]).product::<f32>();
        }
        answer
    }

    #[test]
    fn equations_of_every_kind() {
        let extents = [('a', 2), ('b', 3), ('c', 4), ('d', 5), ('e', 2)];
        for (equation, means) in [
            ("ab,bc->ac", "ac"),
            ("ab , bc -> ca", "ca"),
            ("abc,acd->abd", "abd"),
            ("abcd,abed->abce", "abce"),
            ("ab,cd->cabd", "cabd"),
            ("ab,ab->", ""),
            ("ab,ab->ab", "ab"),
            ("ab,cb->ac", "ac"),
            ("ba,bc->ac", "ac"),
            ("abc->cab", "cab"),
            ("abc->b", "b"),
            ("abc->", ""),
            ("bb->b", "b"),
            ("bb->", ""),
            ("abb->a", "a"),
            ("bab,bc->ac", "ac"),
            ("a,ab,b->", ""),
            ("ab,bc,cd->ad", "ad"),
            ("abc,cd,db->a", "a"),
            ("ab,bc", "ac"),
            ("ba", "ab"),
            ("abc,b", "ac"),
            ("abc,cde,ea->bd", "bd"),
        ] {
            let left = equation.replace(' ', "");
            let left = left.split("->").next().unwrap();
            let parts: Vec<(&str, Vec<f32>)> = left
                .split(',')
                .enumerate()
                .map(|(seed, term)| {
                    let len = term.chars().map(|l| extents.iter().find(|(c, _)| *c == l).unwrap().1).product();
                    (term, draw(len, seed + 1))
                })
                .collect();
            let used: Vec<_> = extents.iter().filter(|(l, _)| left.contains(*l)).copied().collect();
            let want = plain(&parts.iter().map(|(t, v)| (*t, &v[..])).collect::<Vec<_>>(), means, &used);
            for input in [given, known] {
                let inputs: Vec<In> = parts
                    .iter()
                    .map(|(t, v)| {
                        let shape: Vec<usize> = t.chars().map(|l| extents.iter().find(|(c, _)| *c == l).unwrap().1).collect();
                        input(&shape, v)
                    })
                    .collect();
                let out = node(13, "Einsum", &[A::Text("equation", equation)], &inputs, &["f32"]).unwrap();
                let shape: Vec<usize> = means.chars().map(|l| extents.iter().find(|(c, _)| *c == l).unwrap().1).collect();
                assert_eq!(out[0].shape, shape, "{equation}");
                assert!(numbers(&out[0]).iter().zip(&want).all(|(a, b)| (a - b).abs() < 1e-5), "{equation}");
            }
        }
    }

    #[test]
    fn an_ellipsis_broadcasts() {
        // Two batches of one matrix each, and one matrix for both.
        let inputs = [given(&[2, 1, 2], &[1.0, 2.0, 3.0, 4.0]), given(&[2, 1], &[5.0, 6.0])];
        for (equation, shape) in [("...ij,...jk->...ik", vec![2, 1, 1]), ("...ij,...jk->ik...", vec![1, 1, 2])] {
            let out = node(13, "Einsum", &[A::Text("equation", equation)], &inputs, &["f32"]).unwrap();
            assert_eq!((out[0].shape.clone(), numbers(&out[0])), (shape, vec![17.0, 39.0]), "{equation}");
        }
        let out = node(13, "Einsum", &[A::Text("equation", "...j,j")], &[inputs[0].clone(), given(&[2], &[1.0, 1.0])], &["f32"]);
        assert_eq!(numbers(&out.unwrap()[0]), [3.0, 7.0]);
    }

    #[test]
    fn what_is_no_equation_is_refused() {
        let matrix = || given(&[2, 3], &[0.0; 6]);
        for (equation, code) in [
            ("ij,jk->ik", Code::ModelMalformed),
            ("ij->ijk", Code::ModelMalformed),
            ("ij->ii", Code::ModelMalformed),
            ("ijk->i", Code::ModelMalformed),
            ("ii->i", Code::ModelMalformed),
            ("i1->i", Code::ModelOperatorUnsupported),
            ("ij->k", Code::ModelMalformed),
            ("...ijk->i", Code::ModelMalformed),
            ("i....j->i", Code::ModelOperatorUnsupported),
        ] {
            let answer = node(13, "Einsum", &[A::Text("equation", equation)], &[matrix()], &["f32"]);
            assert_eq!(answer.unwrap_err().code(), code, "{equation}");
        }
        let answer = node(13, "Einsum", &[A::Text("equation", "ij,ij->i")], &[matrix(), given(&[2, 4], &[0.0; 8])], &["f32"]);
        assert_eq!(answer.unwrap_err().code(), Code::ModelMalformed);
    }
}
