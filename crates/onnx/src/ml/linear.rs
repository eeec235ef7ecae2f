//! LinearClassifier and LinearRegressor: x · wᵀ + b, then a post-transform.
//!
//! Source: onnxruntime, core/providers/cpu/ml/linearclassifier.cc and linearregressor.cc. Sums are taken in 64 bits.

use super::labels::read as labels_of;
use super::operator::{Answer, Built, Operator, Room, View, as_floats, failed, matrix, misplaced};
use super::scale::not_empty;
use crate::attrs::{Attrs, malformed, unsupported};
use crate::error::Result;
use crate::file::Node;
use crate::trees::{Post, logistic, transform};

#[derive(Debug)]
struct Linear {
    weights: Vec<f32>,
    intercepts: Vec<f32>,
    targets: usize,
    post: Post,
}

impl Linear {
    /// Rows and columns of an input that has as many columns as there are weights.
    fn fits(&self, shape: &[usize]) -> Result<(usize, usize)> {
        let (rows, columns) = matrix(shape)?;
        if columns.checked_mul(self.targets) != Some(self.weights.len()) {
            return Err(failed("a linear model has weights for another number of columns")
                .with("columns", columns)
                .with("weights", self.weights.len()));
        }
        Ok((rows, columns))
    }

    /// The scores of a row, one after the other.
    fn scores<'r>(&'r self, row: &'r [f32]) -> impl Iterator<Item = f32> + 'r {
        self.weights.chunks(row.len().max(1)).zip(&self.intercepts).map(|(weights, intercept)| {
            let sum: f64 = row.iter().zip(weights).map(|(x, w)| f64::from(*x) * f64::from(*w)).sum();
            (sum + f64::from(*intercept)) as f32
        })
    }
}

#[derive(Debug)]
struct Regressor(Linear);

pub(super) fn regressor(attrs: &mut Attrs<'_, '_>) -> Result<Box<dyn Operator>> {
    let targets = attrs.int("targets", 1)?;
    let targets = usize::try_from(targets).ok().filter(|t| *t > 0).ok_or_else(|| malformed("targets", targets))?;
    let weights = not_empty(attrs.floats("coefficients")?, "coefficients")?;
    let mut intercepts = attrs.floats("intercepts")?;
    if !intercepts.is_empty() && intercepts.len() != targets {
        return Err(malformed("number of intercepts", intercepts.len()).with("targets", targets));
    }
    // No more targets than weights: the intercepts of others are read by nobody.
    intercepts.resize(targets.min(weights.len()), 0.0);
    let post = Post::named(attrs.text("post_transform", "NONE")?)?;
    Ok(Box::new(Regressor(Linear { weights, intercepts, targets, post })))
}

impl Operator for Regressor {
    fn reads(&self, dtype: &'static str) -> Result<&'static str> {
        as_floats(dtype)
    }

    fn answers(&self, _: &'static str, shape: &[usize]) -> Result<Vec<Answer>> {
        Ok(vec![Answer::new("f32", vec![self.0.fits(shape)?.0, self.0.targets])])
    }

    fn work(&self) -> usize {
        self.0.weights.len()
    }

    fn run(&self, shape: &[usize], x: View<'_>, first: Room<'_>, _: Option<Room<'_>>) -> Result<()> {
        let (View::F32(x), Room::F32(out), (_, columns)) = (x, first, matrix(shape)?) else { return Err(misplaced()) };
        let Linear { targets, post, .. } = self.0;
        for (out, row) in out.chunks_mut(targets).zip(x.chunks(columns.max(1))) {
            out.iter_mut().zip(self.0.scores(row)).for_each(|(to, score)| *to = score);
            // One target knows no transform but PROBIT, as with trees.
            if targets > 1 || post == Post::Probit {
                transform(post, out);
            }
        }
        Ok(())
    }
}

#[derive(Debug)]
struct Classifier {
    linear: Linear,
    classes: usize,
}

pub(super) fn classifier(node: &Node<'_>, attrs: &mut Attrs<'_, '_>) -> Result<Built> {
    let labels = labels_of(attrs, "classlabels_ints")?;
    let weights = not_empty(attrs.floats("coefficients")?, "coefficients")?;
    let intercepts = not_empty(attrs.floats("intercepts")?, "intercepts")?;
    // What multi_class would say is in the post-transform already.
    attrs.ignore("multi_class");
    let post = Post::named(attrs.text("post_transform", "NONE")?)?;
    let (targets, classes) = (intercepts.len(), labels.len());
    let one_sided = targets == 1 && classes == 2;
    if !one_sided && (targets < 2 || classes != targets) {
        return Err(malformed("number of intercepts", targets).with("classes", classes));
    }
    if one_sided && post == Post::Probit {
        return Err(unsupported(node, "PROBIT of two classes with one score is undefined"));
    }
    let operator = Box::new(Classifier { linear: Linear { weights, intercepts, targets, post }, classes });
    Ok(Built { operator, labels: Some(labels) })
}

/// The place of the greatest score, the first of equal ones.
fn first_best(row: &[f32]) -> usize {
    let better = |best: (usize, f32), (i, s): (usize, &f32)| if *s > best.1 || i == 0 { (i, *s) } else { best };
    row.iter().enumerate().fold((0, 0.0), better).0
}

impl Operator for Classifier {
    fn reads(&self, dtype: &'static str) -> Result<&'static str> {
        as_floats(dtype)
    }

    fn answers(&self, _: &'static str, shape: &[usize]) -> Result<Vec<Answer>> {
        let (rows, _) = self.linear.fits(shape)?;
        Ok(vec![Answer::new("i64", vec![rows]), Answer::new("f32", vec![rows, self.classes])])
    }

    fn work(&self) -> usize {
        self.linear.weights.len()
    }

    fn run(&self, shape: &[usize], x: View<'_>, first: Room<'_>, second: Option<Room<'_>>) -> Result<()> {
        let (View::F32(x), Room::I64(classes), Some(Room::F32(out)), (_, columns)) = (x, first, second, matrix(shape)?) else {
            return Err(misplaced());
        };
        let Linear { targets, post, .. } = self.linear;
        for ((out, class), row) in out.chunks_mut(self.classes).zip(classes).zip(x.chunks(columns.max(1))) {
            let mut scores = self.linear.scores(row);
            if targets == 1 {
                let s = scores.next().unwrap_or(0.0);
                *class = i64::from(s > 0.0);
                let both = if post == Post::Logistic { [logistic(-s), logistic(s)] } else { [1.0 - s, s] };
                out.iter_mut().zip(both).for_each(|(to, score)| *to = score);
            } else {
                out.iter_mut().zip(scores).for_each(|(to, score)| *to = score);
                *class = first_best(out) as i64;
                transform(post, out);
            }
        }
        Ok(())
    }
}
