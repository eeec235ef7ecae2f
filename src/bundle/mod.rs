//! The bundle: one safetensors file with everything a task needs.
//!
//! Opening goes in this order: size, digest, header, manifest, parts. Nothing is parsed before the digest holds.
//!
//! | part | type, shape | content |
//! |---|---|---|
//! | `model.onnx` | U8 `[bytes]` | the ONNX graph, weights inside |
//! | `items.vectors`, `items.scales` | I8 `[n, d]`, F16 or F32 `[n]` | item vectors |
//! | or `items.vectors` alone | U8 `[n, d/8]`, `[n, d/4]` or `[n, d/2]` | the same in one, two or four bits a value, of length 1 |
//! | `table.next`, `table.weights` | U16 or U32 `[n, R]`, U8 `[n, R]` | transition table |
//! | `table.counts` | U8 `[n]`, at most R, the largest R | where present: used places a row, and the two above are `[sum]` |
//! | `bought.next`, `bought.weights`, `bought.counts` | likewise | what was bought together; optional |
//! | `items.popularity` | U16 or U32 `[n]` | training events an item |
//! | `items.recent` | U16 or U32 `[n]` | the same in the newest tenth of the sessions; optional |
//! | `catalog.ids`, `.titles`, `.image`, `.url`, `.group` | U8 `[bytes]` | texts joined by line feeds; no titles: the ids |
//! | `catalog.category`, `.brand` with `.names` | U16 `[n]`, U8 `[bytes]` | facets |
//! | `catalog.price`, `catalog.stock` | F32 `[n]`, I32 `[n]` | NaN, −1 where unknown |
//! | `golden.query` | F32 `[goldens, width]` | recorded model outputs |
//! | `monitor.reference` | U8 `[bytes]` | what was usual of its slates; optional, at most 128 KiB |
//!
//! A bundle for a large catalog may be two files: `model.onnx`, `items.vectors`, `items.scales` and `golden.query` stand
//! in the second one, whose SHA-256 and size the manifest states (`model_file`). The first alone is the lite tier.

mod codes;
#[cfg(feature = "assess")]
pub mod container;
#[cfg(feature = "assess")]
mod content;
mod decode;
mod digest;
mod files;
mod half;
mod header;
mod limits;
mod manifest;
mod opening;
mod order;
mod parts;
mod stored;
mod write;

pub use codes::{levels, unit_scale};
pub(crate) use digest::hex;
pub use digest::{sha256_hex, verify_digest};
pub use files::Files;
pub use half::round_to_half;
pub use limits::Limits;
pub use manifest::{
    Align, BlendSpec, CatalogSpec, FORMAT, Feature, Golden, GoldenEvent, GraphEngine, InputSpec, ItemsSpec, Manifest,
    ModelFileSpec, ModelSpec, OutputKind, OutputSpec, ServingSpec, SignalSpec, TableSpec, Task, Training,
};
pub use opening::{Opening, open};
pub use parts::Parts;
pub use stored::{StoredTable, StoredVectors};
pub use write::{write, write_apart};
