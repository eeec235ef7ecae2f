//! Ways on a shop of six items whose vectors are known, and a bundle whose query is the mean of the session's vectors.

use super::*;
use crate::log::tests::temp;
use crate::pack;
use clap::Parser;

#[derive(Parser)]
struct Pack {
    #[command(flatten)]
    pack: pack::Args,
}

#[derive(Parser)]
struct Flags {
    #[command(flatten)]
    cold: Args,
}

const ITEMS: &str = "id,title,category\nred,red mug,Cups\nblue,blue mug,Cups\nmug,mug,Cups\ntin,red tin,Tins\nbox,tin box,Tins\npot,tin pot,Tins\n";

/// Mugs point one way, tins the other. Files are named after the test: tests run side by side.
fn bundle(test: &str) -> Vec<u8> {
    let path = |name: &str, bytes: &[u8]| temp(&format!("{test}-{name}"), bytes).display().to_string();
    let items = path("cold-known.csv", ITEMS.as_bytes());
    let vectors: Vec<u8> =
        [1.0_f32, 0.0, 0.8, 0.6, 0.8, -0.6, -1.0, 0.0, -0.8, 0.6, -0.8, -0.6].iter().flat_map(|v| v.to_le_bytes()).collect();
    let vectors = path("cold-vectors.f32", &vectors);
    let onnx = path("cold.onnx", include_bytes!("../../../tests/fixtures/query_mean.onnx"));
    let (sessions, out) = (path("cold-sessions.txt", b"red blue\ntin box\n"), path("cold.safetensors", b""));
    let flags = ["pack", "--onnx", &onnx, "--items", &items, "--sessions", &sessions, "--vectors", &vectors, "--out", &out];
    let meant = ["--input", "mask=mask", "--align", "left", "--score", "dot", "--bits", "8"];
    let flags = [&flags[..], &meant, &["--name", "cold", "--created-at", "2026-01-01"]].concat();
    pack::run(&Pack::try_parse_from(flags).unwrap().pack).unwrap();
    std::fs::read(&out).unwrap()
}

fn list() -> ItemList {
    let all = format!("{ITEMS}new,green mug,Cups\nodd,thing,\n");
    let flags =
        Flags::try_parse_from(["cold", "b", "--pairs", "p", "--items", temp("cold-all.csv", all.as_bytes()).to_str().unwrap()]);
    ItemList::load(&flags.unwrap().cold.items, std::iter::empty()).unwrap()
}

#[test]
fn ways_by_hand() {
    let (bytes, list) = (bundle("ways"), list());
    let new: Vec<Item> = list.rows.iter().skip(6).cloned().collect();
    let ways = Ways::new(&open(&bytes).unwrap(), &new).unwrap();
    // After a mug comes the new one; after the new one and after a tin what is known.
    let pairs = [(2, 6), (6, 2), (3, 4)].map(|(a, b)| Pair { prefix: vec![Named::Known(a)], next: Named::Known(b) });
    let questions = Questions { list: &list, pairs: &pairs, new: &new, k: 8 };
    let tally = |way| measure(&bytes, &ways, way, &questions).unwrap();
    for way in Way::ALL {
        let report = tally(way).report(8);
        assert!(report.ends_with(" n=3 target_n=1 session_n=1 other_n=1"), "{report}");
    }
    let target = |way| tally(way).target.mrr();
    // Nothing is known of the new items: both are last, and count as above each other.
    assert!((target(Way::Nothing) - 1.0 / 8.0).abs() < 1e-9);
    // "mug" is the most alike title by words: the new one stands beside the mug itself, and shares its score.
    assert!((target(Way::Words) - 1.0 / 2.0).abs() < 1e-9, "{}", target(Way::Words));
    // By its own vector, a mixture of the three mugs, it comes behind the mug alone.
    assert!((target(Way::Content) - 1.0 / 2.0).abs() < 1e-9, "{}", target(Way::Content));
    assert!(tally(Way::Content).session.mrr() > tally(Way::Nothing).session.mrr());
}

#[test]
fn a_bundle_that_knows_all_items_is_told() {
    let path = temp("cold-all-known.safetensors", &bundle("known"));
    let items = temp("cold-same.csv", ITEMS.as_bytes());
    let pairs = temp("cold-pairs.tsv", b"red\tblue\n");
    let flags = ["cold", path.to_str().unwrap(), "--pairs", pairs.to_str().unwrap(), "--items", items.to_str().unwrap()];
    assert_eq!(run(&Flags::try_parse_from(flags).unwrap().cold).unwrap_err().code(), Code::DataInvalid);
}
