//! `.npz`: an archive of `.npy` files; one is the vectors, another may be their ids.

use super::{Asked, array, npy, zip};
use crate::vectors::given::{Given, bad};
use nearhand::Result;

/// Reads an archive.
pub(super) fn read(asked: &Asked<'_>, bytes: &[u8]) -> Result<Given> {
    let path = asked.path;
    let entries = zip::entries(path, bytes)?;
    if entries.iter().any(|e| e.name.ends_with("data.pkl")) {
        let why =
            "the file is of torch.save, a pickle: save the weight with numpy.save(file, layer.weight.detach().cpu().numpy())";
        return Err(bad(path, why));
    }
    let mut arrays = Vec::new();
    for entry in entries {
        let Some(name) = entry.name.strip_suffix(".npy") else { continue };
        arrays.push(npy::array(path, name.to_owned(), &entry.bytes(path)?).map_err(|e| e.with("entry", &entry.name))?);
    }
    if arrays.is_empty() {
        return Err(bad(path, "the archive has no arrays: a .zip or .xlsx is none of numpy's"));
    }
    let (vectors, ids) = array::choose(path, arrays, asked.ids(), asked.vectors(), asked.items)?;
    npy::given(path, "npz", vectors, ids)
}
