//! Attention over a cache that has other rows than when it was lowered: only the number of keys is another.

use super::attend::{Attend, Form};
use super::cache::Behind;
use crate::kernel::Kernel;
use crate::lower::{self, Op, Wire};
use std::any::Any;
use std::sync::Arc;

/// Says that nothing but the number of keys depends on the rows of the caches before them, where that is so. `total` is the input that
/// tells the rows of both.
pub(super) fn grows(op: &mut Op<'_, '_>, past: (Option<Wire>, Option<Wire>), total: Option<Wire>, form: &Form) {
    let Form { q, k, v, .. } = form;
    // A mask, and scores that leave, are as wide as there are keys.
    if let ((Some(a), Some(b)), true, None) = (past, form.masks.is_empty(), form.stage) {
        let work = (q.batch * q.count * q.len * (q.depth + v.depth)) as u64;
        op.grows(&[a, b], &[k.wire, v.wire], (total, work), longer);
    }
}

fn longer(kernel: &dyn Kernel, len: usize, total: usize) -> Option<Arc<dyn Kernel>> {
    let any: &dyn Any = kernel;
    if let Some(behind) = any.downcast_ref::<Behind>() {
        return Some(Arc::new(behind.longer(len, total)));
    }
    let Some(Attend(form)) = any.downcast_ref() else { return lower::longer(kernel, len, total) };
    let mut form = form.clone();
    (form.k.len, form.v.len) = (total, total);
    // Else the numbers of keys say where the queries are.
    if form.lengths.is_none() {
        form.offset = len as i64;
    }
    Some(Arc::new(Attend(form)))
}
