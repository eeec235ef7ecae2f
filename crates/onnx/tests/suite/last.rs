//! Of logits the last rows alone, where nobody reads the others.

use crate::decoders::{KINDS, Kind, WORDS, decoder, draw, inputs};
use crate::writer::File;
use nearhand_onnx::{Graph, ModelLimits, Tensor, Values};

const COLUMNS: usize = 5;

fn load(bytes: &[u8]) -> Graph {
    Graph::load(bytes, &ModelLimits::default()).unwrap()
}

fn numbers(tensor: &Tensor) -> &[f32] {
    let Values::F32(values) = &tensor.values else { panic!("{tensor:?}") };
    values
}

/// A product, which something else reads too where told.
fn product(read: bool) -> Graph {
    let mut file = File::default();
    file.open_input("x", 1, &["batch", "rows", "3"]);
    file.floats("w", &[3, COLUMNS], &draw(3 * COLUMNS, 1));
    file.node("MatMul", &["x", "w"], &["logits"], &[]);
    file.open_output("logits", 1, &["batch", "rows", "5"]);
    if read {
        file.node("Neg", &["logits"], &["other"], &[]);
        file.open_output("other", 1, &["batch", "rows", "5"]);
    }
    load(&file.finish())
}

#[test]
fn rows_are_as_many_as_are_wanted() {
    let run = |graph: &mut Graph, batch: usize, rows: usize| {
        graph.run(vec![Tensor::f32(vec![batch, rows, 3], draw(batch * rows * 3, 2))]).unwrap().remove(0)
    };
    let mut graph = product(false);
    let whole = run(&mut graph, 1, 4);
    for (wanted, have) in [(2, 2), (1, 1), (usize::MAX, 4), (4, 4), (9, 4), (2, 2), (0, 1)] {
        graph.last_rows(0, wanted).unwrap();
        let last = run(&mut graph, 1, 4);
        assert_eq!(last.shape, [1, have, COLUMNS], "{wanted}");
        assert_eq!(numbers(&last), &numbers(&whole)[(4 - have) * COLUMNS..], "{wanted}");
    }
    // Of several texts at once, and of what is read elsewhere, all.
    assert_eq!(run(&mut graph, 2, 4).shape, [2, 4, COLUMNS]);
    let mut read = product(true);
    read.last_rows(0, 1).unwrap();
    assert_eq!(run(&mut read, 1, 4), whole);
    // An output that there is not is none.
    graph.last_rows(7, 1).unwrap();
    assert_eq!(run(&mut graph, 1, 4), whole);
}

/// What looks at other rows, and behind it a layer row by row; with `outer`, a sum over texts that are not one.
fn layer(outer: bool) -> Graph {
    let mut file = File::default();
    file.open_input("x", 1, &["batch", "rows", "4"]);
    file.node("CumSum", &["x", "axis"], &["mixed"], &[]);
    file.ints("axis", &[], &[1]);
    for (name, shape, seed) in
        [("w", &[4, 8][..], 1), ("v", &[8, 4], 2), ("head", &[4, COLUMNS], 3), ("scale", &[4], 4), ("line", &[4], 5)]
    {
        file.floats(name, shape, &draw(shape.iter().product(), seed));
    }
    file.node("LayerNormalization", &["mixed", "scale", "line"], &["normed"], &[]);
    file.node("MatMul", &["normed", "w"], &["inner"], &[]);
    file.node("Sigmoid", &["inner"], &["gate"], &[]);
    file.node("Mul", &["inner", "gate"], &["curve"], &[]);
    file.node("MatMul", &["curve", "v"], &["down"], &[]);
    file.node("Add", &["mixed", "down"], &["sum"], &[]);
    if outer {
        file.open_input("y", 1, &["texts", "rows", "4"]);
    }
    file.node("Add", &["sum", if outer { "y" } else { "line" }], &["more"], &[]);
    file.node("MatMul", &["more", "head"], &["logits"], &[]);
    file.open_output("logits", 1, &["texts", "rows", "5"]);
    load(&file.finish())
}

#[test]
fn a_layer_goes_row_by_row_as_far_as_nothing_looks_at_others() {
    let x = || Tensor::f32(vec![1, 6, 4], draw(24, 7));
    let mut graph = layer(false);
    let whole = graph.run(vec![x()]).unwrap().remove(0);
    let all: Vec<_> = graph.steps().iter().map(|step| step.writes).collect();
    for wanted in [1, 2, 6] {
        graph.last_rows(0, wanted).unwrap();
        let last = graph.run(vec![x()]).unwrap().remove(0);
        assert_eq!(last.shape, [1, wanted, COLUMNS]);
        assert!(
            numbers(&last).iter().zip(&numbers(&whole)[(6 - wanted) * COLUMNS..]).all(|(a, b)| (a - b).abs() < 1e-6),
            "{wanted}"
        );
        let some: Vec<_> = graph.steps().iter().map(|step| step.writes).collect();
        assert_eq!(some[0], all[0], "what looks at other rows");
        assert!(some.iter().zip(&all).skip(1).all(|(some, all)| some * 6 == all * wanted), "{some:?} {all:?}");
    }
}

#[test]
fn of_several_texts_all_rows_are_answered() {
    let given = || vec![Tensor::f32(vec![1, 6, 4], draw(24, 7)), Tensor::f32(vec![2, 6, 4], draw(48, 8))];
    let mut graph = layer(true);
    let whole = graph.run(given()).unwrap();
    graph.last_rows(0, 1).unwrap();
    assert_eq!(graph.run(given()).unwrap(), whole);
}

#[test]
fn decoders_answer_the_same_behind_prompts_of_any_length() {
    let mut shorter = 0;
    for kind in KINDS.into_iter().filter(|kind| *kind != Kind::Scatter) {
        let bytes = decoder(kind, "batch");
        let (mut whole, mut last) = (load(&bytes), load(&bytes));
        let states: Vec<String> = whole.states().iter().map(|port| port.output.clone()).collect();
        let names = whole.interface().outputs.clone();
        let at = names.iter().position(|p| p.name == "logits").unwrap();
        let told = names.iter().filter(|p| !states.contains(&p.name)).position(|p| p.name == "logits").unwrap();
        last.last_rows(at, 1).unwrap();
        for long in [5, 7, 1, 6, 3] {
            let ids: Vec<i64> = (0..long + 1).map(|i| ((i * 7 + long) % WORDS) as i64).collect();
            let (prompt, next) = ids.split_at(long);
            let (mut a, mut b) = (whole.state(), last.state());
            for (ids, before) in [(prompt, 0), (next, long)] {
                let given = || inputs(kind, &[ids.to_vec()], before);
                let want = whole.run_state(&mut a, given(), &mut |_, _| true).unwrap().remove(told);
                let have = last.run_state(&mut b, given(), &mut |_, _| true).unwrap().remove(told);
                let (want, have) = (numbers(&want), numbers(&have));
                shorter += usize::from(have.len() < want.len());
                let near = |(a, b): (&f32, &f32)| (a - b).abs() <= 1e-5;
                assert!(want.iter().rev().zip(have.iter().rev()).all(near) && have.len() >= WORDS, "{kind:?} {long}");
            }
        }
    }
    assert!(shorter > 0);
}
