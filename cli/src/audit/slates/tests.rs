//! Recommenders whose graphs answer nothing for some sessions, and slates that differ by less than a model.

use super::super::tests::{audit, bundle, draft, file, item, label, made, measure, notes};
use super::super::text;
use crate::assemble::Beside;
use crate::items::ItemList;
use crate::onnx::{FLOAT, Graph, INT64, whole};
use nearhand::Item;
use nearhand::bundle::{Align, Feature, InputSpec, ModelSpec, OutputKind, OutputSpec, StoredTable, StoredVectors};
use nearhand::rank::ItemVectors;

/// What a graph does with a session in which the item `d` is.
#[derive(Clone, Copy)]
enum Meets {
    /// Answers as of any other.
    Nothing,
    /// √(½ − its count): no number.
    NoNumber,
    /// A whole number divided by 1 − its count: the engine ends the run.
    AnError,
}

/// The sum of a session's vectors. `d` is the one below the axis.
fn graph(meets: Meets) -> Vec<u8> {
    let mut graph = Graph::default();
    let axis = graph.ints("axis", &[0]);
    let fails = |kind: Meets, graph: &mut Graph| {
        let below = graph.floats("below", &[2, 1], &[0.0, -1.0]);
        let below = graph.op("MatMul", &["items", &below], "");
        let below = graph.op("Relu", &[&below], "");
        let count = graph.node("ReduceSum", &[&below, &axis], "", &whole("keepdims", 0));
        match kind {
            Meets::NoNumber => {
                let half = graph.floats("half", &[1], &[0.5]);
                let left = graph.op("Sub", &[&half, &count], "");
                graph.op("Sqrt", &[&left], "")
            }
            _ => {
                let one = graph.ints("one", &[1]);
                let count = graph.op("Round", &[&count], "");
                let count = graph.node("Cast", &[&count], "", &whole("to", INT64 as u8));
                let left = graph.op("Sub", &[&one, &count], "");
                let part = graph.op("Div", &[&one, &left], "");
                graph.node("Cast", &[&part], "", &whole("to", FLOAT as u8))
            }
        }
    };
    let factor = if matches!(meets, Meets::Nothing) { graph.floats("factor", &[1], &[1.0]) } else { fails(meets, &mut graph) };
    let sum = graph.node("ReduceSum", &["items", "axis"], "", &whole("keepdims", 0));
    graph.op("Mul", &[&sum, &factor], "query");
    graph.finish("sum", &[("items", FLOAT, &[4, 2])], ("query", &[2]))
}

/// Four items on the axes, with a table of what comes next or without one.
fn modelled(name: &str, meets: Meets, table: bool) -> String {
    let rows: Vec<Item> = ["a", "b", "c", "d"].map(|id| item(id, id, 1.0, None)).to_vec();
    let items = ItemList { rows, ..ItemList::default() };
    let vectors = ItemVectors::quantize(2, &[1.0, 0.0, 0.0, 1.0, -1.0, 0.0, 0.0, -1.0]).unwrap();
    let input = InputSpec {
        name: "items".to_owned(),
        feature: Feature::ItemVector,
        shape: vec![4, 2],
        dtype: "f32".to_owned(),
        align: Align::Left,
    };
    let output = OutputSpec { name: "query".to_owned(), kind: OutputKind::Query, width: 2, offset: 0 };
    let table = table.then(|| StoredTable { successors: 1, counts: Vec::new(), next: vec![1, 2, 3, 0], weights: vec![255; 4] });
    let (label, beside) = (label("2026-11-30", name), Beside::default());
    let mut draft = draft(&label, &beside, &items, vec![4, 3, 2, 1], table);
    draft.vectors = Some(StoredVectors { dim: 2, rows: vectors.rows().to_vec(), scales: vectors.scales().to_vec() });
    draft.model = Some((ModelSpec { inputs: vec![input], output, engine: None }, graph(meets)));
    file(&format!("{name}.safetensors"), &draft.assemble().unwrap())
}

/// Both load, as no golden has the item that they fail at.
#[test]
fn slates_that_the_table_made_in_the_place_of_a_model_are_counted_on_both_sides() {
    let well = modelled("model-well", Meets::Nothing, true);
    let nan = modelled("model-nan", Meets::NoNumber, true);
    let ends = modelled("model-ends", Meets::AnError, false);
    // After d, after d and a, after a, b and d; not after a, twice b, c.
    let sessions = file("model-sessions.txt", b"a b d\nd a\nb c\n");
    let of =
        |old: &str, new: &str, more: &[&str]| audit(&[&[old, new, "--sessions", &sessions, "-k", "2"], more].concat()).unwrap();
    let report = of(&well, &nan, &["--baseline", &ends]);
    let text = text::lines(&report);
    for want in [
        "note model-failed: the new model fails for 3 of 7 slates, the old one for 0: in its place the table made 3 and popularity 0",
        "figure model_failed old=0 new=3\n",
        "figure table_for_model old=0 new=3\n",
        "figure popularity_for_model old=0 new=0\n",
        "figure by_model old=1.0000 new=0.5714\n",
        "usual model_failed baseline=3 new=3\n",
    ] {
        assert!(text.contains(want), "{want}\n{text}");
    }
    assert!((measure(&report, "failed") - 3.0 / 7.0).abs() < 1e-12);
    // Without a table it is popularity; and what failed before is no news.
    let report = of(&nan, &ends, &[]);
    let text = text::lines(&report);
    assert!(
        text.contains("figure table_for_model old=3 new=0\n") && text.contains("figure popularity_for_model old=0 new=3\n"),
        "{text}"
    );
    assert!(!notes(&report).contains(&"model-failed") && text.contains("figure model_failed old=3 new=3\n"), "{text}");
    assert!(!notes(&of(&nan, &well, &[])).contains(&"model-failed"));
}

/// An export that was sorted otherwise: what scores alike stands in the catalog's order, and seems to change.
#[test]
fn slates_that_differ_by_ties_alone_are_told_apart_from_a_change() {
    let of = |name: &str, ids: [&str; 4], next: Vec<u32>| {
        let rows = ids.iter().map(|id| item(id, id, 2.0, None)).collect();
        file(name, &bundle(name, rows, vec![5; 4], next))
    };
    // After a comes b, after b comes a; c and d are known by nothing but how often, which is alike.
    let old = of("ties-old.safetensors", ["a", "b", "c", "d"], vec![1, 0, 0, 0]);
    let new = of("ties-new.safetensors", ["d", "c", "b", "a"], vec![3, 3, 3, 2]);
    let sessions = file("ties.txt", b"a b\nb\na\n");
    let report = audit(&[&old, &new, "--sessions", &sessions, "-k", "3"]).unwrap();
    let text = text::lines(&report);
    assert!(notes(&report).contains(&"ties") && text.contains("figure ties_alone old=none new=4\n"), "{text}");
    assert!(!notes(&report).contains(&"same-answers"), "{text}");
}

/// The files differ, and nobody would see anything: the job's new model is not in them.
#[test]
fn a_new_file_with_the_answers_of_before_is_told() {
    let rows = || vec![item("a", "A", 1.0, None), item("b", "B", 2.5, None), item("c", "C", 3.0, None)];
    let of =
        |version: &str| file(&format!("again-{version}.safetensors"), &bundle(version, rows(), vec![3, 2, 1], vec![1, 2, 0]));
    assert_eq!(notes(&audit(&[&of("1"), &of("2"), "-k", "2"]).unwrap()), ["made", "same-answers"]);
}

/// A department that is called as a segment of another kind is one all the same.
#[test]
fn a_department_called_new_is_judged() {
    let rows = || {
        let of = |(id, name): (&str, &str)| Item { category: Some(name.to_owned()), ..item(id, id, 1.0, None) };
        [("a", "old"), ("b", "old"), ("c", "new"), ("d", "new")].map(of).to_vec()
    };
    let one = file("called-old.safetensors", &bundle("1", rows(), vec![9, 8, 7, 6], vec![1, 0, 3, 2]));
    let two = file("called-new.safetensors", &bundle("2", rows(), vec![9, 8, 7, 6], vec![1, 0, 0, 1]));
    let sessions = file("called.txt", format!("{}{}", "a b\n".repeat(60), "c d\n".repeat(25)).as_bytes());
    let report = audit(&[&one, &two, "--sessions", &sessions, "-k", "1"]).unwrap();
    assert!(
        text::lines(&report).contains("note segment: page_category new: 0 % of the items stay in 50 slates"),
        "{:?}",
        report.notes
    );
}

/// A long tail that is shown no more, one item for everyone, a bundle of yesterday, and a stock column that fell to 0.
#[test]
fn what_is_shown_to_everyone_and_what_to_nobody_is_told() {
    let rows = |stock: &dyn Fn(usize) -> Option<u32>| -> Vec<Item> {
        (0..120).map(|at| Item { stock: stock(at), ..item(&format!("i{at}"), &format!("ITEM {at}"), 2.0, None) }).collect()
    };
    let ring = || (0..120).map(|at| (at + 1) % 120).collect::<Vec<u32>>();
    let same = (0..120).map(|at| if at == 7 { 8 } else { 7 }).collect();
    let old = file("ring.safetensors", &bundle("1", rows(&|_| None), vec![1; 120], ring()));
    let one = file("one-for-all.safetensors", &made("2026-11-29", "2", rows(&|_| None), vec![1; 120], same));
    let sold = file("sold.safetensors", &bundle("3", rows(&|at| Some(u32::from(at >= 12))), vec![1; 120], ring()));
    let lines: Vec<String> = (0..120).map(|at| format!("i{at} i{}\n", (at + 1) % 120)).collect();
    let sessions = file("ring.txt", lines.concat().as_bytes());
    let of = |new: &str| audit(&[&old, new, "--sessions", &sessions, "-k", "1"]).unwrap();
    let report = of(&one);
    for want in ["older", "same-for-all", "coverage", "nothing-stays"] {
        assert!(notes(&report).contains(&want), "{want}: {:?}", report.notes);
    }
    assert!(text::lines(&report).contains("figure out_of_stock old=none new=none\n"));
    let text = text::lines(&of(&sold));
    assert!(
        text.contains("note out-of-stock: items that had 10.0 % of all places")
            && text.contains("figure out_of_stock old=none new=0.1\n"),
        "{text}"
    );
    assert!(!text.contains("note older") && !text.contains("note coverage") && !text.contains("note nothing-stays"), "{text}");
}

/// The same ids for other things: an export that was sorted otherwise than the one before.
#[test]
fn ids_that_stand_for_other_things_are_told() {
    let titles = ["APPLE", "BOWL", "CUP", "DISH"];
    let of = |name: &str, ids: [&str; 4]| {
        let rows = ids.iter().zip(titles).map(|(id, title)| item(id, title, 2.0, None)).collect();
        file(name, &bundle("1", rows, vec![4, 3, 2, 1], vec![1, 2, 3, 0]))
    };
    let (old, new) = (of("ids-old.safetensors", ["a", "b", "c", "d"]), of("ids-new.safetensors", ["b", "c", "d", "a"]));
    let report = audit(&[&old, &new, "-k", "2"]).unwrap();
    assert!(notes(&report).contains(&"ids-moved"), "{:?}", report.notes);
    assert!(!notes(&audit(&[&old, &old, "-k", "2"]).unwrap()).contains(&"ids-moved"));
}
