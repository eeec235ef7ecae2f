//! Assessors whose models are built for one thing each.

use super::super::kind::Kind;
use super::super::report::Cell;
use super::super::tests::{args, audit, file, measure, measures, notes, value};
use super::super::{html, limits, text};
use crate::assess::pack;
use crate::assess::tests::{SPEC as SIX, packing, table as recorded, temp};
use crate::onnx::{FLOAT, Graph};
use clap::Parser;

#[derive(Parser)]
struct Packing {
    #[command(flatten)]
    args: pack::Args,
}

/// Scores by the logistic function of `sign`·(4·x + y + `far`·foreign) + `shift`.
struct Model {
    far: f32,
    shift: f32,
    sign: f32,
    /// Above this x it answers no number.
    fails_above: Option<f32>,
}

const PLAIN: Model = Model { far: 0.0, shift: -1.0, sign: 1.0, fails_above: None };

impl Model {
    fn onnx(&self) -> Vec<u8> {
        let mut graph = Graph::default();
        let weights = graph.floats("weights", &[3, 1], &[4.0, 1.0, self.far]);
        let (shift, sign) = (graph.floats("shift", &[1], &[self.shift]), graph.floats("sign", &[1], &[self.sign]));
        let mut sum = graph.op("MatMul", &["rows", &weights], "");
        sum = graph.op("Mul", &[&sum, &sign], "");
        sum = graph.op("Add", &[&sum, &shift], "");
        if let Some(most) = self.fails_above {
            // √(most − x) is no number above it, and nothing times that is none.
            let (x, most, none) = (
                graph.floats("x", &[3, 1], &[1.0, 0.0, 0.0]),
                graph.floats("most", &[1], &[most]),
                graph.floats("none", &[1], &[0.0]),
            );
            let x = graph.op("MatMul", &["rows", &x], "");
            let below = graph.op("Sub", &[&most, &x], "");
            let root = graph.op("Sqrt", &[&below], "");
            let nothing = graph.op("Mul", &[&root, &none], "");
            sum = graph.op("Add", &[&sum, &nothing], "");
        }
        graph.op("Sigmoid", &[&sum], "score");
        graph.finish("sum", &[("rows", FLOAT, &[1, 3])], ("score", &[1, 1]))
    }

    fn pack(&self, name: &str) -> String {
        self.packed(name, "1")
    }

    fn packed(&self, name: &str, version: &str) -> String {
        let out = temp("audit").join(format!("{name}.safetensors")).display().to_string();
        let (onnx, spec) = (file(&format!("{name}.onnx"), &self.onnx()), file(&format!("{name}.json"), SPEC.as_bytes()));
        let scored = table("calm", 60, 0.5);
        let words = ["pack-assess", "--name", "card", "--version", version, "--created-at", "2026-11-29", "--onnx", &onnx];
        // Whoever takes the other class for the fraud has its labels, too: of these packing refuses a score that falls.
        let label = if self.sign < 0.0 { "honest" } else { "fraud" };
        let more = ["--spec", &spec, "--scored", &scored, "--label-col", label, "--out", &out];
        pack::run(&Packing::parse_from(words.iter().chain(&more)).args).unwrap();
        out
    }
}

const SPEC: &str = r#"{
    "features": [{"name": "x"}, {"name": "y"}, {"name": "foreign"}],
    "fields": ["country"],
    "calibration": {"kind": "none"},
    "decide": {"by": "thresholds", "review": 0.5, "decline": 0.9}
}"#;

/// Transactions, a tenth of them from abroad; a fraud where 4·x + y is above 1, but for each 25th. The largest x is `most`.
fn table(name: &str, rows: usize, most: f64) -> String {
    let mut text = String::from("x,y,foreign,country,amount,fraud,honest\n");
    for at in 0..rows {
        let (x, y) = (most * (((at * 37) % 101) as f64 / 50.0 - 1.0), ((at * 53) % 97) as f64 / 48.0 - 1.0);
        let (foreign, home) = (at % 10 == 3, ["DE", "FR"][at % 2]);
        let fraud = (4.0 * x + y > 1.0) != (at % 25 == 0);
        let country = if foreign { "XX" } else { home };
        text += &format!("{x},{y},{},{country},{},{},{}\n", u8::from(foreign), at + 1, u8::from(fraud), u8::from(!fraud));
    }
    file(&format!("{name}.csv"), text.as_bytes())
}

fn held() -> String {
    table("held", 1000, 1.0)
}

/// Two trainings differ without anything being wrong, of transactions as of slates.
#[test]
fn a_baseline_tells_noise_from_change_and_costs_nothing_else() {
    let old = PLAIN.pack("noise-old");
    let usual = Model { shift: -1.2, ..PLAIN }.pack("noise-usual");
    let tonight = Model { shift: -0.8, ..PLAIN }.pack("noise-tonight");
    let wrong = Model { shift: 1.0, ..PLAIN }.pack("noise-wrong");
    let held = held();
    let beside = |new: &str, baselines: &[&str]| {
        let more: Vec<&str> = baselines.iter().flat_map(|baseline| ["--baseline", *baseline]).collect();
        audit(&[&[&old, new, "--in", &held, "--label-col", "fraud"], &more[..]].concat()).unwrap()
    };
    let report = beside(&tonight, &[&usual]);
    let text = text::lines(&report);
    assert!(report.notes[0].0 == "as-usual" && text.contains("usual agreement baseline=0.9"), "{text}");
    assert!(text.contains("usual cost_by_labels ") && !text.contains("usual cost_by_new_risks"), "{text}");
    let report = beside(&wrong, &[&usual]);
    assert!(report.notes[0].0 == "beyond-usual" && measure(&report, "beyond_usual") > 0.1, "{:?}", report.notes);
    // Of several the one that is farthest counts.
    let report = beside(&wrong, &[&usual, &wrong]);
    assert_eq!((report.notes[0].0, measure(&report, "beyond_usual")), ("as-usual", 0.0));
    assert!(report.notes.last().unwrap().1.starts_with("a baseline is the new bundle to the byte"), "{:?}", report.notes);
    assert!(measure(&beside(&tonight, &[]), "beyond_usual").is_nan());
    // Of eight transactions nothing is sure.
    let report = audit(&[&old, &wrong, "--baseline", &usual]).unwrap();
    assert_eq!(report.notes[0].0, "unsure", "{:?}", report.notes);
    let error = audit(&[&old, &wrong, "--baseline", &usual, "--baseline-model", &usual]).err().unwrap();
    assert!(error.to_string().contains("another kind"), "{error}");
}

/// The other class's probability, features in another order, and a model that is not fed: without labels, by what the scores say.
#[test]
fn an_order_that_is_reversed_and_one_risk_for_all_are_told() {
    let (old, held) = (PLAIN.pack("order-old"), held());
    let of = |model: Model, name: &str| audit(&[&old, &model.pack(name), "--in", &held]).unwrap();
    let reversed = of(Model { sign: -1.0, ..PLAIN }, "order-reversed");
    assert!(notes(&reversed).contains(&"reversed"), "{:?}", reversed.notes);
    assert!(text::lines(&reversed).contains("figure rank_correlation old=none new=-1\n"), "{}", text::lines(&reversed));
    let constant = of(Model { sign: 0.0, ..PLAIN }, "order-constant");
    assert!(notes(&constant).contains(&"same-for-all") && !notes(&constant).contains(&"reversed"), "{:?}", constant.notes);
    let other = of(Model { shift: 0.0, ..PLAIN }, "order-shifted");
    assert!(!notes(&other).iter().any(|note| ["reversed", "same-for-all", "same-answers"].contains(note)), "{:?}", other.notes);
    // No amount is known: nothing of the money is, and that is within no limit.
    assert!(measure(&reversed, "money").is_nan() && measure(&reversed, "caught_lost").is_nan());
    let limit = args(&[&old, &old, "--fail-above", "money=1"]).fail_above;
    assert!(limits::held(&limit, &reversed).unwrap_err().to_string().contains("money=NaN"));
    let amounts = audit(&[&old, &old, "--in", &held, "--amount-col", "amount"]).unwrap();
    assert_eq!(measure(&amounts, "money"), 0.0);
}

/// The job trained, packed, and put the model of before into the new file.
#[test]
fn a_new_file_with_the_model_of_before_is_told() {
    let (old, again) = (PLAIN.packed("again-1", "1"), PLAIN.packed("again-2", "2"));
    let report = audit(&[&old, &again, "--in", &held()]).unwrap();
    assert_eq!(notes(&report), ["same-answers"]);
    assert_eq!(notes(&audit(&[&old, &old, "--in", &held()]).unwrap()), ["same-file"]);
}

/// All is well on the average, and one country's frauds are let through; and frauds that are lost while as many others are won.
#[test]
fn what_befalls_one_country_is_told_and_so_are_frauds_that_were_caught() {
    let (old, held) = (PLAIN.pack("country-old"), held());
    let abroad = Model { far: -8.0, ..PLAIN }.pack("country-new");
    let words = |new: &str| audit(&[&old, new, "--in", &held, "--label-col", "fraud", "--amount-col", "amount"]).unwrap();
    let report = words(&abroad);
    let text = text::lines(&report);
    for want in [
        "note segment: field country=XX: ",
        "note catches-less: field country=XX: ",
        "field \"country=XX\" rows=100 flipped=37 share=0.3700 frauds=37 caught_old=37 caught_new=0\n",
        "amount \"1 to 250\" rows=250 flipped=",
        "figure auc old=0.9",
        "decision decline→approve rows=",
    ] {
        assert!(text.contains(want), "{want}\n{text}");
    }
    let flipped = measure(&report, "changed");
    assert!(measure(&report, "worst_segment") > 5.0 * flipped && measure(&report, "caught_lost") > 0.05, "{:?}", report.measures);
    assert!(!notes(&report).contains(&"trades"), "{:?}", report.notes);
    // As many as are lost abroad are won at home, by a lower bar.
    let traded = words(&Model { far: -4.0, shift: 2.0, ..PLAIN }.pack("country-trades"));
    let told = "12 frauds that were caught are approved now, and 15 that were not are caught: the sums hide those who lose";
    assert!(traded.notes.contains(&("trades", told.to_owned())), "{:?}", traded.notes);
    assert!(measure(&words(&old), "worst_segment") == 0.0 && measure(&words(&old), "caught_lost") == 0.0);
}

/// A graph that answers no number for what is larger than all that it was packed with.
#[test]
fn a_graph_that_fails_for_some_transactions_is_told_with_how_many() {
    let (old, held) = (PLAIN.pack("fails-old"), held());
    let fails = Model { fails_above: Some(0.9), ..PLAIN }.pack("fails-new");
    let report = audit(&[&old, &fails, "--in", &held, "--baseline", &old]).unwrap();
    let (_, what) = report.notes.iter().find(|(name, _)| *name == "model-failed").unwrap();
    let failed = (0..1000).filter(|at| ((at * 37) % 101) as f64 / 50.0 - 1.0 > 0.9).count();
    assert!(
        failed > 20 && what.starts_with(&format!("the new model fails for {failed} of 1000 transactions, the old one for 0: ")),
        "{what}"
    );
    assert!((measure(&report, "failed") - failed as f64 / 1000.0).abs() < 1e-12);
    assert!(text::lines(&report).contains("usual model_failed baseline=0.0000 new=0.0"), "{}", text::lines(&report));
}

#[test]
fn decisions_that_flip_are_counted_with_their_money() {
    let folder = temp("audit-assess");
    let scored = recorded(&folder, "rows", "labels", None);
    let pack = |name: &str, spec: &str| {
        let made = packing(&folder, "boosting", spec, &scored, &[]).unwrap();
        let to = folder.join(name);
        std::fs::rename(made, &to).unwrap();
        to.display().to_string()
    };
    let one = pack("one.safetensors", SIX);
    let rule = SIX.find("\"rules\"").unwrap()..SIX.find("\"reasons\"").unwrap();
    let mut spec = SIX.replace("\"review\": 300", "\"review\": 30");
    spec.replace_range(rule.start - 1..rule.end - 1, "");
    let two = pack("two.safetensors", &spec);
    let held = recorded(&folder, "held", "held_labels", None).display().to_string();
    let words = [one.as_str(), &two, "--in", &held, "--label-col", "fraud", "--id-col", "id"];
    let report = audit(&words).unwrap();
    let Cell::Count(flipped) = value(&report, "flipped") else { panic!("{:?}", report.verdict) };
    assert!(*flipped > 0 && value(&report, "to_review") == &Cell::Count(*flipped), "{:?}", report.verdict);
    assert_eq!((value(&report, "rows"), value(&report, "risk_difference")), (&Cell::Count(200), &Cell::Number(0.0)));
    assert!(report.notes.iter().any(|(_, text)| text == "rule BLOCK is not declared any more"), "{:?}", report.notes);
    let text = text::lines(&report);
    for want in [
        "decision approve→review rows=",
        "figure frauds_approved old=",
        "figure cost_by_old_risks old=",
        "figure cost_by_labels old=",
        "note decision-rate: review for ",
        "changed transaction t",
    ] {
        assert!(text.contains(want), "{want}\n{text}");
    }
    assert!(html::page(&report).contains("approve → review"));
    assert_eq!(measures(&report), Kind::Decisions.measures());
    let refused = |words: &[&str]| audit(&[&[one.as_str(), &two], words].concat()).err().unwrap().to_string();
    assert!(refused(&["--in", &held, "--field-col", "crad=token"]).contains("fields=card"));
    assert!(refused(&["--in", "-"]).contains("no pipe") && refused(&["--in", &held, "--limit", "9"]).contains("another kind"));
    // Without a table, the goldens.
    let report = audit(&[&one, &one]).unwrap();
    assert_eq!((value(&report, "rows"), value(&report, "agreement")), (&Cell::Count(8), &Cell::Share(1.0)));
    assert_eq!(notes(&report), ["same-file", "goldens"]);
}
