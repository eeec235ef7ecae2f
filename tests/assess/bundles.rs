//! The file: the same bytes every time, opened only as it was packed, and no manifest that contradicts itself.

use crate::recorded::{FEATURES, THRESHOLDS, golden, numbers, packed, spec};
use nearhand::assess::{Assessor, Explain, Transaction};
use nearhand::bundle::Limits;
use nearhand::bundle::container::{Container, Content, pack};
use nearhand::{Code, Engine, Settings};
use serde_json::Value;

fn bundle() -> Vec<u8> {
    packed("lightgbm", &spec("model", &format!(r#"{THRESHOLDS}, "calibration": {{"kind": "isotonic"}}"#))).bytes
}

fn code(bytes: &[u8]) -> Code {
    Assessor::open(bytes, None, 64 << 20).map(|_| ()).unwrap_err().code()
}

/// Name, type, shape and bytes of a part.
type Kept = (&'static str, String, Vec<usize>, Vec<u8>);
/// What becomes of a part: other bytes, or it goes.
type PartChange<'a> = &'a dyn Fn(&str, Vec<u8>) -> Option<Vec<u8>>;

/// The bundle with another manifest and other parts, its digest that of the new bytes.
fn changed(bytes: &[u8], manifest: &dyn Fn(&mut Value), part: PartChange<'_>) -> Vec<u8> {
    let file = Container::open(bytes, None, &Limits::default()).unwrap();
    let mut json: Value = serde_json::from_str(&file.manifest).unwrap();
    manifest(&mut json);
    // The digest comes first, whatever order the tree has.
    json.as_object_mut().unwrap().remove("sha256");
    let rest = serde_json::to_string(&json).unwrap();
    let text = format!(r#"{{"sha256":"{}",{}"#, nearhand::bundle::container::PLACEHOLDER, &rest[1..]);
    let base = bytes.len() - file.parts().iter().map(|(.., len)| len).sum::<usize>();
    let mut at = base;
    let mut kept: Vec<Kept> = Vec::new();
    for (name, dtype, shape, len) in file.parts() {
        let own = bytes[at..at + len].to_vec();
        at += len;
        if let Some(own) = part(&name, own) {
            kept.push((Box::leak(name.into_boxed_str()), dtype, shape, own));
        }
    }
    let f64s = |bytes: &[u8]| bytes.chunks(8).map(|b| f64::from_le_bytes(b.try_into().unwrap())).collect::<Vec<_>>();
    let f32s = |bytes: &[u8]| bytes.chunks(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect::<Vec<_>>();
    let wide: Vec<Vec<f64>> = kept.iter().map(|(_, dtype, _, own)| if dtype == "F64" { f64s(own) } else { Vec::new() }).collect();
    let single: Vec<Vec<f32>> =
        kept.iter().map(|(_, dtype, _, own)| if dtype == "F32" { f32s(own) } else { Vec::new() }).collect();
    let counts: Vec<Vec<u32>> = kept
        .iter()
        .map(|(.., own)| own.chunks(2).map(|b| u32::from(u16::from_le_bytes([b[0], *b.get(1).unwrap_or(&0)]))).collect())
        .collect();
    let parts: Vec<(&'static str, Content<'_>)> = kept
        .iter()
        .enumerate()
        .map(|(i, (name, dtype, shape, own))| {
            let content = match dtype.as_str() {
                "F64" => Content::F64(&wide[i], shape.clone()),
                "F32" => Content::F32(&single[i], shape.clone()),
                "U16" => Content::Counts(&counts[i]),
                _ => Content::Bytes(own),
            };
            (*name, content)
        })
        .collect();
    pack(text, &parts).unwrap()
}

fn kept(_: &str, own: Vec<u8>) -> Option<Vec<u8>> {
    Some(own)
}

#[test]
fn the_same_bytes_every_time_and_small() {
    let bytes = bundle();
    assert_eq!(bytes, bundle());
    assert!(bytes.len() < 40_000, "{}", bytes.len());
    let mut assessor = Assessor::open(&bytes, None, 64 << 20).unwrap();
    assert_eq!((assessor.bytes(), assessor.digest().len()), (bytes.len(), 64));
    let digest = assessor.digest().to_owned();
    assert!(Assessor::open(&bytes, Some(&digest), 64 << 20).is_ok());
    assert_eq!(Assessor::open(&bytes, Some(&"0".repeat(64)), 64 << 20).unwrap_err().code(), Code::BundleDigestMismatch);
    assert_eq!(Assessor::open(&bytes, None, bytes.len() - 1).unwrap_err().code(), Code::BundleTooLarge);
    // Twice the same question, twice the same answer, whatever was asked between.
    let rows = numbers(&golden()["held_missing"]);
    let ask = |assessor: &mut Assessor, at: usize| {
        let row = &rows[at * FEATURES..(at + 1) * FEATURES];
        serde_json::to_string(&assessor.assess(&Transaction::default(), row, Explain::Always).unwrap()).unwrap()
    };
    let first = ask(&mut assessor, 0);
    (1..50).for_each(|at| drop(ask(&mut assessor, at)));
    assert_eq!(ask(&mut assessor, 0), first);
}

#[test]
fn every_flipped_byte_is_found() {
    let bytes = bundle();
    for at in (0..bytes.len()).step_by(131) {
        let mut bad = bytes.clone();
        bad[at] ^= 4;
        assert!(Assessor::open(&bad, None, 64 << 20).is_err(), "byte {at}");
    }
    for cut in [0, 7, 8, 60, 200, bytes.len() / 2, bytes.len() - 1] {
        assert!(Assessor::open(&bytes[..cut], None, 64 << 20).is_err(), "cut at {cut}");
    }
}

#[test]
fn a_task_is_not_another() {
    let error = Engine::open(&bundle(), &Settings::default()).map(|_| ()).unwrap_err();
    assert_eq!(error.code(), Code::ManifestInvalid);
    let shop = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/models/online-retail/online-retail.safetensors")).unwrap();
    let error = Assessor::open(&shop, None, 64 << 20).map(|_| ()).unwrap_err();
    assert_eq!(error.code(), Code::ManifestInvalid);
    assert!(error.to_string().contains("another task"), "{error}");
}

#[test]
fn what_is_resealed_is_checked_all_the_same() {
    let bytes = bundle();
    assert_eq!(changed(&bytes, &|_| {}, &kept).len(), bytes.len());
    type Change = &'static dyn Fn(&mut Value);
    let changes: &[(&str, Change)] = &[
        ("format", &|m| m["format"] = 2.into()),
        ("task", &|m| m["task"] = "recommend".into()),
        ("name", &|m| m["name"] = "".into()),
        ("unknown key", &|m| m["more"] = 1.into()),
        ("no goldens", &|m| m["goldens"] = Value::Array(Vec::new())),
        ("other decision", &|m| m["goldens"][0]["decision"] = "decline".into()),
        ("column", &|m| m["fitted"]["output"]["column"] = 2.into()),
        ("other column", &|m| m["fitted"]["output"]["column"] = 0.into()),
        ("width", &|m| m["fitted"]["output"]["width"] = 3.into()),
        ("output", &|m| m["fitted"]["output"]["name"] = "label".into()),
        ("input", &|m| m["fitted"]["inputs"]["names"][0] = "x".into()),
        ("input type", &|m| m["fitted"]["inputs"]["dtype"] = "i64".into()),
        ("points", &|m| m["fitted"]["calibration"]["points"] = 1.into()),
        ("calibration", &|m| m["fitted"]["calibration"] = serde_json::json!({"kind": "none"})),
        ("calibration of another kind", &|m| m["fitted"]["calibration"] = serde_json::json!({"kind": "platt", "of": "score"})),
        ("method", &|m| m["fitted"]["reasons"] = serde_json::json!({"method": "linear", "link": "logistic"})),
        ("targets", &|m| m["fitted"]["reasons"]["factors"] = serde_json::json!([1.0])),
        ("factor", &|m| m["fitted"]["reasons"]["factors"] = serde_json::json!([2.0, 0.0])),
        ("offset", &|m| m["fitted"]["reasons"]["offset"] = 0.5.into()),
        ("huge offset", &|m| m["fitted"]["reasons"]["offset"] = 1e308.into()),
        ("background", &|m| m["fitted"]["reasons"]["rows"] = 7.into()),
        ("questions", &|m| m["fitted"]["reasons"]["questions"] = 7.into()),
        ("fewer features", &|m| drop(m["spec"]["features"].as_array_mut().unwrap().pop())),
        ("no model features", &|m| {
            m["spec"]["features"].as_array_mut().unwrap().iter_mut().for_each(|f| f["model"] = false.into());
        }),
        ("thresholds", &|m| m["fitted"]["thresholds"] = serde_json::json!({"review": 0.5})),
        ("metrics", &|m| m["metrics"]["auc"] = "high".into()),
    ];
    for (what, change) in changes {
        let bad = changed(&bytes, *change, &kept);
        assert!(Assessor::open(&bad, None, 64 << 20).is_err(), "{what}");
    }
    for name in [
        "model.onnx",
        "calibration.x",
        "calibration.y",
        "trees.yes",
        "golden.rows",
        "golden.scores",
        "golden.risks",
        "golden.parts",
    ] {
        let gone = changed(&bytes, &|_| {}, &|own, bytes| (own != name).then_some(bytes));
        assert_eq!(code(&gone), Code::BundlePartInvalid, "{name} gone");
        // Every value bent: what is recorded is no longer what is answered.
        let bent = changed(&bytes, &|_| {}, &|own, mut bytes| {
            if own == name {
                bytes.iter_mut().for_each(|byte| *byte ^= 0x41);
            }
            Some(bytes)
        });
        assert!(Assessor::open(&bent, None, 64 << 20).is_err(), "{name} bent");
    }
    let falls = changed(&bytes, &|_| {}, &|own, mut bytes| {
        if own == "calibration.y" {
            bytes[..8].copy_from_slice(&0.999_f64.to_le_bytes());
        }
        Some(bytes)
    });
    assert_eq!(code(&falls), Code::ManifestInvalid, "a calibration that falls");
}
