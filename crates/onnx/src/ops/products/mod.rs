//! Products of matrices: MatMul, Gemm, Einsum.

pub(super) mod einsum;
pub(super) mod matmul;
pub(super) mod product;
