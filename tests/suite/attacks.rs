//! Bundles that are not what they say.
#![allow(clippy::unwrap_used)]

use crate::attribute::test;
use crate::shop::*;
use nearhand::bundle::{
    CatalogSpec, Golden, GoldenEvent, GraphEngine, Limits, Parts, StoredTable, StoredVectors, TableSpec, levels, open,
    sha256_hex, unit_scale, verify_digest, write,
};
use nearhand::catalog::{Catalog, Columns, TextColumn};
use nearhand::engine::Opening;
use nearhand::value::Value;
use nearhand::{Code, Engine, Error, EventKind, Settings};

fn refusal(bytes: &[u8]) -> Error {
    Engine::open(bytes, &settings()).unwrap_err()
}

/// Gives changed bytes a valid digest again: what a careful attacker, or a broken packer, would send.
pub(crate) fn reseal(bytes: &mut [u8]) {
    let start = digest_at(bytes);
    bytes[start..start + 64].fill(b'0');
    let digest = sha256_hex(bytes);
    bytes[start..start + 64].copy_from_slice(digest.as_bytes());
}

fn digest_at(bytes: &[u8]) -> usize {
    let mark = br#"{\"sha256\":\""#;
    bytes.windows(mark.len()).position(|w| w == mark).unwrap() + mark.len()
}

/// Replaces text in the header, of equal length, and reseals.
fn replace(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let at = bytes.windows(from.len()).position(|w| w == from.as_bytes()).unwrap();
    let mut out = bytes.to_vec();
    out[at..at + to.len()].copy_from_slice(to.as_bytes());
    reseal(&mut out);
    out
}

#[test]
fn every_truncation_is_refused() {
    let bytes = bundle(parts(None));
    for end in 0..bytes.len() {
        let code = refusal(&bytes[..end]).code();
        assert!(
            matches!(code, Code::BundleForeign | Code::BundleTruncated | Code::BundleDigestMismatch),
            "cut at {end}: {code:?}"
        );
    }
}

#[test]
fn every_flipped_bit_is_found_before_parsing() {
    let mut bytes = bundle(parts(None));
    for i in 0..bytes.len() * 8 {
        bytes[i / 8] ^= 1 << (i % 8);
        let code = verify_digest(&bytes, None).unwrap_err().code();
        assert!(matches!(code, Code::BundleForeign | Code::BundleDigestMismatch), "bit {i}: {code:?}");
        bytes[i / 8] ^= 1 << (i % 8);
    }
}

#[test]
fn a_foreign_file_is_named_so() {
    for bytes in [&b""[..], b"GIF89a", &[0; 64], b"\x02\0\0\0\0\0\0\0{}"] {
        assert_eq!(refusal(bytes).code(), Code::BundleForeign);
    }
    // A sound safetensors file of somebody else.
    let other = safetensors_of(r#"{"__metadata__":{"format":"pt"},"w":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#, 1);
    assert_eq!(refusal(&other).code(), Code::BundleForeign);
}

fn safetensors_of(header: &str, data: usize) -> Vec<u8> {
    let mut out = (header.len() as u64).to_le_bytes().to_vec();
    out.extend_from_slice(header.as_bytes());
    out.resize(out.len() + data, 0);
    out
}

#[test]
fn an_oversized_bundle_is_refused_by_size_alone() {
    let bytes = bundle(parts(None));
    let error = Engine::open(&bytes, &Settings { max_bytes: bytes.len() - 1, ..settings() }).unwrap_err();
    assert_eq!(error.code(), Code::BundleTooLarge);
    assert_eq!(Limits::default().bytes, 64 << 20);
}

#[test]
fn a_host_that_takes_larger_bundles_takes_more_of_all() {
    let sizes = |l: Limits| [l.bytes, l.header, l.items, l.window, l.parts];
    assert_eq!(sizes(Limits::default()), [64 << 20, 16 << 20, 4_000_000, 512, 256]);
    // A smaller bound is one of bytes alone; a larger one counts by whole 64 MiB.
    assert_eq!(sizes(Limits::within(1000)), [1000, 16 << 20, 4_000_000, 512, 256]);
    assert_eq!(sizes(Limits::within((64 << 20) + 1)), [(64 << 20) + 1, 32 << 20, 8_000_000, 1024, 256]);
    assert_eq!((Limits::none().bytes, Limits::none().parts), (usize::MAX, 256));
    // Memory of 32 bits is 64 times 64 MiB.
    assert_eq!(Limits::none().window, if usize::BITS == 32 { 1 << 15 } else { 1 << 16 });
    // More text than a default header may hold.
    let mut parts = parts(None);
    parts.manifest.provenance = Some("x".repeat(16 << 20));
    let bytes = write(&parts).unwrap();
    assert_eq!(refusal(&bytes).details()[1], ("limit", (16 << 20).to_string()));
    assert!(Engine::open(&bytes, &Settings { max_bytes: 65 << 20, ..settings() }).is_ok());
}

#[test]
fn the_packers_own_text_comes_back() {
    let mut parts = parts(None);
    assert!(!String::from_utf8_lossy(&write(&parts).unwrap()).contains("provenance"), "absent where there is none");
    parts.manifest.provenance = Some("{\"by\":\"nearhand \\u0007\"}\n".to_owned());
    let read = open(&write(&parts).unwrap(), None, &Limits::default()).unwrap();
    assert_eq!(read.manifest.provenance, parts.manifest.provenance);
    // Anything but a text is refused, as any other type is.
    parts.manifest.provenance = Some("7".to_owned());
    let other = replace(&write(&parts).unwrap(), r#"\"provenance\":\"7\""#, r#"\"provenance\":  7  "#);
    assert_eq!(refusal(&other).code(), Code::ManifestInvalid);
}

#[test]
fn another_digest_than_the_host_expects_is_refused() {
    let bytes = bundle(parts(None));
    let own = verify_digest(&bytes, None).unwrap();
    assert!(Engine::open(&bytes, &Settings { digest: Some(own.to_uppercase()), ..settings() }).is_ok());
    let other = Settings { digest: Some("0".repeat(64)), ..settings() };
    assert_eq!(Engine::open(&bytes, &other).unwrap_err().code(), Code::BundleDigestMismatch);
}

#[test]
fn trailing_bytes_are_refused() {
    let mut bytes = bundle(parts(None));
    bytes.push(0);
    assert_eq!(refusal(&bytes).code(), Code::BundleDigestMismatch);
    reseal(&mut bytes);
    assert_eq!(refusal(&bytes).code(), Code::BundleMalformed);
}

#[test]
fn an_overlapping_header_is_refused() {
    let bytes = bundle(parts(None));
    let header = String::from_utf8_lossy(&bytes).into_owned();
    // Two parts over the same bytes: the first part's end moves into the second.
    let at = header.find("\"data_offsets\":[").unwrap() + 16;
    let offsets: &str = &header[at..at + header[at..].find(']').unwrap()];
    let (start, end) = offsets.split_once(',').unwrap();
    let moved = format!("{start},{}", end.parse::<usize>().unwrap() + 1);
    let bytes = replace(&bytes, &format!("[{offsets}]"), &format!("[{moved}]"));
    assert_eq!(refusal(&bytes).code(), Code::BundleMalformed);
}

#[test]
fn an_unknown_manifest_field_or_format_is_refused() {
    let bytes = bundle(parts(None));
    let e = refusal(&replace(&bytes, r#"\"licence\""#, r#"\"license\""#));
    assert_eq!(e.code(), Code::ManifestInvalid);
    let e = refusal(&replace(&bytes, r#"\"format\":1"#, r#"\"format\":2"#));
    assert_eq!((e.code(), e.details()[0].1.as_str()), (Code::BundleUnsupportedFormat, "2"));
}

#[test]
fn an_engine_that_nobody_knows_is_refused() {
    let mut known = parts(Some((include_bytes!("../fixtures/query_mean.onnx"), query_spec())));
    if let Some(model) = &mut known.manifest.model {
        model.engine = Some(GraphEngine::Tract);
    }
    let golden = GoldenEvent { kind: EventKind::View, item: "mug".into(), gap_ms: 0, dwell_ms: 0 };
    known.manifest.goldens = vec![Golden { events: vec![golden], full: Vec::new(), lite: Vec::new() }];
    known.golden_outputs = vec![0.0; 2];
    let bytes = write(&known).unwrap();
    assert!(nearhand::bundle::open(&bytes, None, &Limits::default()).is_ok(), "every build reads it");
    let e = refusal(&replace(&bytes, r#"\"tract\""#, r#"\"other\""#));
    assert_eq!(e.code(), Code::ManifestInvalid);
    assert!(e.to_string().contains("other"), "{e}");
}

/// Twenty items whose first two have five successors and one, the others none: stored without the unused places.
fn packed() -> Parts {
    let ids: Vec<String> = (0..20).map(|i| format!("item {i}")).collect();
    let column = TextColumn::of(&ids.iter().map(String::as_str).collect::<Vec<_>>());
    let catalog = Catalog::new(Columns { ids: column.clone(), titles: column, ..Columns::default() }).unwrap();
    let (mut next, mut weights) = (vec![0; 100], vec![0; 100]);
    next[..6].copy_from_slice(&[1, 2, 3, 4, 5, 7]);
    weights[..6].copy_from_slice(&[255, 200, 100, 50, 3, 9]);
    let mut parts = parts(None);
    parts.manifest.catalog = CatalogSpec { items: 20, ..CatalogSpec::default() };
    parts.manifest.items = None;
    parts.manifest.table = Some(TableSpec { successors: 5 });
    parts.manifest.goldens = Vec::new();
    Parts {
        catalog,
        vectors: None,
        table: Some(StoredTable { successors: 5, counts: Vec::new(), next, weights }),
        popularity: vec![1; 20],
        ..parts
    }
}

#[test]
fn a_packed_table_is_read_back_and_its_counts_are_checked() {
    let parts = packed();
    let bytes = bundle(parts.clone());
    let text = String::from_utf8_lossy(&bytes).into_owned();
    assert!(text.contains(r#""table.counts""#) && !text.contains(r#""catalog.titles""#));
    let read = open(&bytes, None, &Limits::default()).unwrap();
    let table = read.table.unwrap();
    assert_eq!((&table.counts[..4], table.next.len()), (&[5, 1, 0, 0][..], 6));
    let used = |table: &StoredTable| -> Vec<(u32, u8)> {
        table
            .rows()
            .flat_map(|(next, weights)| next.iter().copied().zip(weights.iter().copied()).filter(|(_, w)| *w > 0))
            .collect()
    };
    assert_eq!(used(&table), used(parts.table.as_ref().unwrap()));
    assert_eq!(read.catalog.base().titles.as_bytes(), parts.catalog.base().titles.as_bytes());
    // The counts stand where the header says; any other sum, longest row or length is refused.
    let field = text.find(r#""table.counts""#).unwrap();
    let offsets = &text[field..][text[field..].find("offsets\":[").unwrap() + 10..];
    let start: usize = offsets[..offsets.find(',').unwrap()].parse().unwrap();
    let at = 8 + u64::from_le_bytes(*bytes.first_chunk().unwrap()) as usize + start;
    assert_eq!(bytes[at..at + 3], [5, 1, 0]);
    for counts in [[4, 2, 0], [6, 0, 0], [5, 2, 0], [5, 0, 0], [0, 0, 0], [255, 255, 255]] {
        let mut other = bytes.clone();
        other[at..at + 3].copy_from_slice(&counts);
        reseal(&mut other);
        assert_eq!(refusal(&other).code(), Code::BundlePartInvalid, "{counts:?}");
    }
    let e = refusal(&replace(&bytes, r#"\"successors\":5"#, r#"\"successors\":6"#));
    assert_eq!(e.code(), Code::BundlePartInvalid);
}

#[test]
fn vectors_in_codes_are_read_back_and_their_shape_is_checked() {
    for (bits, shape) in [(1, "[6,3]"), (2, "[6,6]"), (4, "[6,12]")] {
        let levels = levels(bits);
        let rows: Vec<i8> = (0..6 * 24).map(|i| levels[i * 7 % 11 % levels.len()]).collect();
        let scales = rows.chunks(24).map(unit_scale).collect();
        let vectors = StoredVectors { dim: 24, rows, scales };
        let mut parts = parts(None);
        parts.manifest.items.as_mut().unwrap().dim = 24;
        let bytes = bundle(Parts { vectors: Some(vectors.clone()), ..parts });
        assert_eq!(open(&bytes, None, &Limits::default()).unwrap().vectors, Some(vectors), "{bits}");
        let text = String::from_utf8_lossy(&bytes).into_owned();
        assert!(!text.contains("items.scales"));
        let field = &text[text.find(r#""items.vectors""#).unwrap()..];
        let field = &field[..=field.find('}').unwrap()];
        // Rows and columns exchanged, another type, another length of a row: nothing is guessed.
        let turned = field.replace(shape, &format!("[{},6]", &shape[3..shape.len() - 1]));
        let signed = field.replace(r#""U8""#, r#""I8""#);
        for other in [turned, signed].iter().filter(|other| *other != field) {
            assert_eq!(refusal(&replace(&bytes, field, other)).code(), Code::BundlePartInvalid, "{other}");
        }
        for dim in [10, 16, 23, 25, 99] {
            let other = replace(&bytes, r#"\"dim\":24"#, &format!(r#"\"dim\":{dim}"#));
            assert_eq!(refusal(&other).code(), Code::BundlePartInvalid, "{dim}");
        }
    }
}

#[test]
fn parts_other_than_declared_are_refused() {
    let bytes = bundle(parts(None));
    for (from, to, code) in [
        (r#""table.next""#, r#""table.nxet""#, Code::BundlePartInvalid),
        (r#"\"successors\":2"#, r#"\"successors\":3"#, Code::BundlePartInvalid),
        (r#"\"dim\":2"#, r#"\"dim\":3"#, Code::BundlePartInvalid),
        (r#"\"items\":6"#, r#"\"items\":7"#, Code::BundlePartInvalid),
        (r#"\"items\":6"#, r#"\"items\":0"#, Code::ManifestInvalid),
        (r#"\"stock\""#, r#"\"stuff\""#, Code::ManifestInvalid),
        (r#"\"lambda\":2.0"#, r#"\"lambda\":0.0"#, Code::ManifestInvalid),
    ] {
        assert_eq!(refusal(&replace(&bytes, from, to)).code(), code, "{from} -> {to}");
    }
}

#[test]
fn a_table_that_points_beyond_the_catalog_is_refused() {
    let mut p = parts(None);
    p.table.as_mut().unwrap().next[0] = 6;
    assert_eq!(refusal(&nearhand::bundle::write(&p).unwrap()).code(), Code::BundlePartInvalid);
}

#[test]
fn nan_scales_are_refused() {
    let mut p = parts(None);
    p.vectors.as_mut().unwrap().scales[3] = f32::NAN;
    assert_eq!(refusal(&nearhand::bundle::write(&p).unwrap()).code(), Code::BundlePartInvalid);
}

#[test]
fn a_wrong_golden_is_found_at_load() {
    let good = nearhand::engine::record_goldens(
        parts(None),
        vec![vec![nearhand::bundle::GoldenEvent { kind: nearhand::EventKind::View, item: "mug".into(), gap_ms: 0, dwell_ms: 0 }]],
    )
    .unwrap();
    let mut wrong = good.clone();
    wrong.manifest.goldens[0].lite.swap(0, 1);
    assert!(Engine::open(&nearhand::bundle::write(&good).unwrap(), &settings()).is_ok());
    assert_eq!(refusal(&nearhand::bundle::write(&wrong).unwrap()).code(), Code::GoldenMismatch);
}

#[test]
fn lists_of_a_manifest_are_bounded() {
    let golden = |item: &str| Golden { events: vec![view_of(item)], full: Vec::new(), lite: vec![item.into()] };
    let with = |goldens: usize, metrics: usize, columns: usize| {
        let mut p = parts(None);
        p.manifest.goldens = vec![golden("mug"); goldens];
        p.manifest.metrics = (0..metrics).map(|i| (format!("m{i}"), 0.5)).collect();
        p.manifest.catalog.columns.extend(vec!["price".to_owned(); columns]);
        write(&p)
    };
    let long = |events: usize, items: usize| {
        let mut p = parts(None);
        let (event, item) = (view_of("mug"), "mug".to_owned());
        p.manifest.goldens = vec![Golden { events: vec![event; events], full: Vec::new(), lite: vec![item; items] }];
        write(&p)
    };
    assert!(Engine::open(&with(0, 1000, 0).unwrap(), &settings()).is_ok());
    for (bytes, field, count, limit) in [
        (with(65, 0, 0), "goldens", "65", "64"),
        (with(0, 1001, 0), "metrics", "1001", "1000"),
        (with(0, 0, 62), "catalog.columns", "65", "64"),
        (long(1001, 1), "goldens.events", "1001", "1000"),
        (long(1, 65), "goldens.lite", "65", "64"),
    ] {
        let e = bytes.unwrap_err();
        assert_eq!(
            (e.code(), e.details().iter().map(|d| d.1.as_str()).collect::<Vec<_>>()),
            (Code::ManifestInvalid, vec![field, count, limit])
        );
    }
    // Written by another hand.
    let bytes = with(64, 0, 0).unwrap();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let at = text.find(r#"\"goldens\":["#).unwrap() + 13;
    let more = [&bytes[..at], &bytes[at..at + text[at..].find("},{").unwrap() + 2], &bytes[at..]].concat();
    let length = (u64::from_le_bytes(*bytes.first_chunk().unwrap()) + (more.len() - bytes.len()) as u64).to_le_bytes();
    let mut more = [&length[..], &more[8..]].concat();
    reseal(&mut more);
    let e = refusal(&more);
    assert_eq!((e.code(), e.details()[1].1.as_str()), (Code::ManifestInvalid, "65"));
}

fn view_of(item: &str) -> GoldenEvent {
    GoldenEvent { kind: nearhand::EventKind::View, item: item.into(), gap_ms: 0, dwell_ms: 0 }
}

/// Opening goes step by step, the digest first: nothing of what it does not cover is read, and what failed fails again.
#[test]
fn a_step_reads_nothing_that_is_not_proven() {
    let bytes = write(&parts(None)).unwrap();
    let mut opening = Opening::new(bytes.as_slice().into(), None, settings()).unwrap();
    let mut steps = 1;
    while opening.step().unwrap().is_none() {
        steps += 1;
    }
    // Digest, header, manifest, four of the parts, a column each, the catalog, the engine.
    assert_eq!(steps, 3 + 4 + parts(None).manifest.catalog.columns.len() + 2);
    for at in (0..bytes.len()).step_by(97) {
        let mut flipped = bytes.clone();
        flipped[at] ^= 4;
        let mut opening = Opening::new(flipped.into(), None, settings()).unwrap();
        let first = opening.step().unwrap_err();
        assert_eq!(opening.step().unwrap_err(), first);
    }
    // A column that is not there is found after many steps, and again by whoever goes on.
    let mut bad = parts(None);
    bad.manifest.catalog.columns.push("colour".into());
    let bad = write(&bad).unwrap();
    let mut opening = Opening::new(bad.into(), None, settings()).unwrap();
    for _ in 0..2 {
        let error = (0..steps + 1).find_map(|_| opening.step().err()).unwrap();
        assert_eq!(error.code(), Code::ManifestInvalid);
    }
}

/// Then golden by golden; the host may stop between two.
#[test]
fn goldens_are_replayed_one_by_one() {
    let good = nearhand::engine::record_goldens(parts(None), ["mug", "lamp", "bowl"].map(|i| vec![view_of(i)]).to_vec()).unwrap();
    let mut engine = Engine::begin(&write(&good).unwrap(), None, &settings()).unwrap();
    let steps: Vec<bool> = (0..4).map(|_| engine.replay().unwrap()).collect();
    assert_eq!(steps, [true, true, false, false]);
    let mut wrong = good.clone();
    wrong.manifest.goldens[1].lite.swap(0, 1);
    let mut engine = Engine::begin(&write(&wrong).unwrap(), None, &settings()).unwrap();
    assert!(engine.replay().unwrap());
    // What failed fails again: nobody steps over it.
    for _ in 0..2 {
        let e = engine.replay().unwrap_err();
        assert_eq!((e.code(), e.details()[0].1.as_str()), (Code::GoldenMismatch, "1"));
        assert_eq!(engine.prove().unwrap_err().code(), Code::GoldenMismatch);
    }
    let none = Engine::begin(&write(&parts(None)).unwrap(), None, &settings()).unwrap().replay();
    assert!(!none.unwrap());
}

#[cfg(feature = "onnx")]
#[test]
fn the_model_comes_between_its_goldens_and_those_of_the_table() {
    let model = include_bytes!("../fixtures/query_mean.onnx");
    let goldens = ["mug", "lamp"].map(|i| vec![view_of(i)]).to_vec();
    let recorded = nearhand::engine::record_goldens(parts(Some((model, query_spec()))), goldens).unwrap();
    let mut engine = Engine::begin(&write(&recorded).unwrap(), None, &settings()).unwrap();
    let steps: Vec<(bool, nearhand::Tier)> = (0..6).map(|_| (engine.replay().unwrap(), engine.tier())).collect();
    let (lite, full) = (nearhand::Tier::Lite, nearhand::Tier::Full);
    assert_eq!(steps, [(true, lite), (true, lite), (true, full), (true, full), (false, full), (false, full)]);
}

/// Texts from outside are not repeated at length, whoever wrote them.
#[test]
fn messages_repeat_little_of_what_was_given() {
    let long = "\u{1b}[31mx".repeat(1 << 17);
    let mut p = parts(None);
    p.manifest.catalog.columns.push(long.clone());
    let unknown = refusal(&write(&p).unwrap());
    let query: Result<nearhand::engine::ItemsQuery, _> = Value::Map(vec![(long.clone(), Value::Bool(true))]).read();
    let key = Error::new(Code::OptionInvalid, "no").with("why", query.unwrap_err());
    let event = nearhand::Event::view(long.clone()).check().unwrap_err();
    let delta = nearhand::CatalogDelta { remove: vec![long], ..Default::default() };
    let delta = lite().update_catalog(&delta).unwrap_err();
    for e in [unknown, key, event, delta] {
        let text = e.to_string();
        assert!(text.len() < 500 && text.contains("\\x1b[31mx") && !text.contains('\u{1b}'), "{text}");
        assert!(e.details().iter().all(|(_, value)| value.len() <= 200));
    }
}

#[test]
fn a_long_search_is_refused() {
    let shop = lite();
    let of = |search: String| {
        let query = nearhand::engine::ItemsQuery { search: Some(search), ..Default::default() };
        shop.items(&query, str::to_lowercase).map(|page| page.total)
    };
    assert_eq!(of("a ".repeat(128)).unwrap(), 3);
    let e = of("a ".repeat(129)).unwrap_err();
    assert_eq!((e.code(), e.details()), (Code::OptionInvalid, &[("bytes", "258".to_owned()), ("limit", "256".to_owned())][..]));
}

#[cfg(feature = "onnx")]
#[test]
fn a_model_that_answers_otherwise_than_recorded_is_refused() {
    let golden = nearhand::bundle::GoldenEvent { kind: nearhand::EventKind::View, item: "mug".into(), gap_ms: 0, dwell_ms: 0 };
    let model = include_bytes!("../fixtures/query_mean.onnx");
    let mut recorded = nearhand::engine::record_goldens(parts(Some((model, query_spec()))), vec![vec![golden]]).unwrap();
    recorded.golden_outputs[0] += 0.01;
    let e = refusal(&nearhand::bundle::write(&recorded).unwrap());
    assert_eq!((e.code(), e.details()[1].1.as_str()), (Code::GoldenMismatch, "model output"));
}
