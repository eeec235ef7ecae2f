//! Why a score is what it is: what each feature adds to it, beside a base. Base and contributions add up to the score, before the
//! link.

mod explainer;
mod found;
mod linear;
mod quadrature;
mod shap;
#[cfg(test)]
mod tests;
mod trees;
mod weights;

pub(super) use explainer::{Background, Explainer, linked};
pub(super) use found::tolerance;
pub use found::{Found, found};
pub use trees::Trees;
