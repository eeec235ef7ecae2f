//! Any bytes as a bundle, past the digest: opened, and where that succeeds asked for a slate.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nearhand::{Engine, Event, Request, Settings};

/// Where the digest's 64 digits stand; see `src/bundle/digest.rs`.
const DIGEST: std::ops::Range<usize> = 51..115;

fuzz_target!(|data: &[u8]| {
    // The host's word for the digest is the bundle's own: what is fuzzed is all that comes after it.
    let stated = data.get(DIGEST).and_then(|d| std::str::from_utf8(d).ok());
    let settings = Settings { computed_digest: stated.map(str::to_owned), max_bytes: 1 << 20, ..Settings::default() };
    let Ok(mut engine) = Engine::open(data, &settings) else { return };
    let now_ms = 1_700_000_000_000;
    let _ = engine.observe(&Event::view("a"), now_ms);
    let _ = engine.recommend(&Request::default(), now_ms);
    let _ = engine.info();
});
