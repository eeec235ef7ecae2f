//! A state as bytes, and back.
//!
//! `NHFW`, the version, the specification's digest, what it is of (0 whole, 1 one value of a key), the body, and a hash of all that. Whole
//! numbers are in groups of seven bits, the lowest first; those that may be negative are folded (0, −1, 1, −2, …).

mod bytes;
mod frame;
mod read;
mod write;
