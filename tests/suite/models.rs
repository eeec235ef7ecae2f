//! ONNX models: those that run and those that are refused.
#![cfg(feature = "onnx")]
#![allow(clippy::unwrap_used)]

use crate::attribute::test;
use crate::shop::*;
use nearhand::bundle::{Align, Feature, GraphEngine, InputSpec, Limits, ModelSpec, OutputKind, OutputSpec};
use nearhand::model::{Model, PlannedModel};
use nearhand::recommend::{ReasonKind, Recommender, Source};
use nearhand::{Code, Error, Request, Result, Tier, engine};
use nearhand_onnx::{Graph, GraphLimits, Interface, ModelLimits, Tensor};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

const MEAN: &[u8] = include_bytes!("../fixtures/query_mean.onnx");

#[test]
fn a_query_model_answers() {
    let mut shop = full();
    assert_eq!(shop.tier(), Tier::Full);
    view(&mut shop, "lamp", 0);
    let slate = shop.recommend(&Request { k: 2, explain: true, ..Request::default() }, NOW).unwrap();
    assert_eq!(slate.source, Source::Model);
    // The lamp's vector is (−1, 0): candle and clock point that way, and the table says candle.
    assert_eq!(ids(&slate), ["candle", "clock"]);
    assert!(slate.items[1].parts.unwrap().model > 0.0);
    assert_eq!(slate.items[1].reasons[0].kind, ReasonKind::Viewed);
}

#[test]
fn a_logits_model_answers_at_the_newest_event() {
    let onnx = include_bytes!("../fixtures/logits_last.onnx");
    let interface = Interface::of(onnx).unwrap();
    assert_eq!((interface.inputs[0].dtype.as_str(), interface.inputs[0].dims.as_slice()), ("i64", &[None, None][..]));
    let spec = |align| ModelSpec {
        inputs: vec![InputSpec {
            name: "ids".into(),
            feature: Feature::ItemIndex { offset: 1, pad: 0 },
            shape: vec![1, 5],
            dtype: "i64".into(),
            align,
        }],
        output: OutputSpec { name: "logits".into(), kind: OutputKind::Logits, width: 4, offset: 1 },
        engine: None,
    };
    for (align, ids) in [(Align::Left, vec![1, 2, 0, 0, 0]), (Align::Right, vec![0, 0, 0, 1, 2])] {
        let mut model = PlannedModel::load(onnx, &spec(align), &ModelLimits::default()).unwrap();
        let mut answer = vec![7.0];
        model.run(&[Tensor::i64(vec![1, 5], ids)], 2, &mut answer).unwrap();
        assert_eq!(answer, [9.0, 3.0, 1.0, 2.0]);
    }
}

/// The mean of the session's vectors through an operator that tract alone has.
const RARE: &[u8] = include_bytes!("../fixtures/query_rare.onnx");

#[test]
fn a_rare_operator_is_refused_by_name_or_answered_by_the_build_with_tract() {
    let loaded = PlannedModel::load(RARE, &query_spec(), &ModelLimits::default());
    if cfg!(feature = "tract") {
        let mut model = loaded.unwrap();
        assert_eq!(model.engine(), "tract");
        let items = Tensor::f32(vec![4, 2], vec![0.0, 0.0, 0.0, 0.0, 0.5, -1.0, 1.5, -2.0]);
        let mut answer = Vec::new();
        model.run(&[items, Tensor::f32(vec![4], vec![0.0, 0.0, 1.0, 1.0])], 2, &mut answer).unwrap();
        let want = [1.0_f32.tanh(), (-1.5_f32).tanh()];
        assert!(answer.len() == 2 && answer.iter().zip(want).all(|(a, b)| (a - b).abs() < 1e-5), "{answer:?} {want:?}");
    } else {
        let e = loaded.unwrap_err();
        assert_eq!((e.code(), e.details()[0].1.as_str()), (Code::ModelOperatorUnsupported, "ScaledTanh"));
        assert!(e.message().contains("nearhand-tract.wasm"), "{e}");
        assert!(e.details().contains(&("feature", "tract".to_owned())), "{e}");
    }
    let ours = PlannedModel::load(MEAN, &query_spec(), &ModelLimits::default()).unwrap();
    assert_eq!(ours.engine(), "nearhand");
    // What no build runs leads nowhere else.
    let unknown = refusal(include_bytes!("../fixtures/operator_unknown.onnx"));
    assert_eq!(unknown.details()[0].1, "Wonder");
}

#[test]
fn a_bundle_says_which_engine_its_graph_needs() {
    let golden = nearhand::bundle::GoldenEvent { kind: nearhand::EventKind::View, item: "mug".into(), gap_ms: 0, dwell_ms: 0 };
    let packed = |onnx| engine::record_goldens(parts(Some((onnx, query_spec()))), vec![vec![golden.clone()]]);
    let plain = packed(MEAN).unwrap();
    assert_eq!(plain.manifest.model.as_ref().unwrap().engine, None);
    let bytes = nearhand::bundle::write(&plain).unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(!text(&bytes).contains("\"engine"), "a bundle that needs nothing says nothing, and keeps its digest");
    let opened = nearhand::Engine::open(&bytes, &settings()).unwrap();
    assert_eq!(opened.runs_on(), Some("nearhand"));
    if cfg!(feature = "tract") {
        let rare = packed(RARE).unwrap();
        assert_eq!(rare.manifest.model.as_ref().unwrap().engine, Some(GraphEngine::Tract));
        let bytes = nearhand::bundle::write(&rare).unwrap();
        assert!(text(&bytes).contains(r#"\"engine\":\"tract\""#), "as the package looks for it (www/lib/src/files/has-model.ts)");
        let opened = nearhand::Engine::open(&bytes, &settings()).unwrap();
        assert_eq!((opened.tier(), opened.runs_on()), (Tier::Full, Some("tract")));
    } else {
        assert_eq!(packed(RARE).unwrap_err().code(), Code::ModelOperatorUnsupported);
    }
}

fn refusal(onnx: &[u8]) -> Error {
    PlannedModel::load(onnx, &query_spec(), &ModelLimits::default()).unwrap_err()
}

#[test]
fn unfit_graphs_are_refused_by_name() {
    let e = refusal(include_bytes!("../fixtures/external_data.onnx"));
    assert_eq!((e.code(), e.details()[0].1.as_str()), (Code::ModelExternalData, "far"));
    let e = refusal(include_bytes!("../fixtures/operator_unknown.onnx"));
    assert_eq!((e.code(), e.details()[0].1.as_str()), (Code::ModelOperatorUnsupported, "Wonder"));
    let e = refusal(include_bytes!("../fixtures/operator_foreign.onnx"));
    assert_eq!((e.code(), e.details()[1].1.as_str()), (Code::ModelOperatorUnsupported, "other"));
    for bytes in [
        &include_bytes!("../fixtures/input_from_nowhere.onnx")[..],
        include_bytes!("../fixtures/output_from_nowhere.onnx"),
        include_bytes!("../fixtures/cycle.onnx"),
        b"not an onnx file at all",
        b"",
    ] {
        assert_eq!(refusal(bytes).code(), Code::ModelMalformed);
    }
}

#[test]
fn a_manifest_that_does_not_match_its_graph_is_refused() {
    let change = |f: &dyn Fn(&mut ModelSpec)| {
        let mut spec = query_spec();
        f(&mut spec);
        PlannedModel::load(MEAN, &spec, &ModelLimits::default()).unwrap_err().code()
    };
    assert_eq!(change(&|s| s.inputs[0].name = "other".into()), Code::ModelMismatch);
    assert_eq!(change(&|s| drop(s.inputs.pop())), Code::ModelMismatch);
    assert_eq!(change(&|s| s.inputs[0].shape = vec![5, 2]), Code::ModelMismatch);
    assert_eq!(change(&|s| s.inputs[1].dtype = "i64".into()), Code::ModelMismatch);
    assert_eq!(change(&|s| s.output.name = "other".into()), Code::ModelMismatch);
    assert_eq!(change(&|s| s.output.width = 3), Code::ModelMismatch);
}

/// Every prefix of a sound file: an error or (where a cut leaves a sound file) a model, never a panic.
#[test]
fn truncated_onnx_never_panics() {
    for end in 0..MEAN.len() {
        let _ = PlannedModel::load(&MEAN[..end], &query_spec(), &ModelLimits::default());
    }
}

#[test]
fn a_nan_query_at_load_is_found_by_the_goldens() {
    let golden = nearhand::bundle::GoldenEvent { kind: nearhand::EventKind::View, item: "mug".into(), gap_ms: 0, dwell_ms: 0 };
    let parts = parts(Some((include_bytes!("../fixtures/query_nan.onnx"), query_spec())));
    assert_eq!(engine::record_goldens(parts, vec![vec![golden]]).unwrap_err().code(), Code::ModelOutputNotFinite);
}

/// A model that answers what it is told to.
struct Fake(Result<Vec<f32>>);

impl Model for Fake {
    fn run(&mut self, _: &[Tensor], _: usize, answer: &mut Vec<f32>) -> Result<()> {
        answer.clone_from(self.0.as_ref().map_err(Clone::clone)?);
        Ok(())
    }
}

#[test]
fn a_model_that_fails_at_run_time_leaves_the_table_serving() {
    let failures = [
        Ok(vec![f32::NAN, 0.0]),
        Ok(vec![f32::INFINITY, 0.0]),
        Ok(vec![1.0]),
        Err(Error::new(Code::ModelFailed, "made to fail")),
    ];
    for answer in failures {
        let (mut recommender, manifest) = Recommender::new(parts(Some((MEAN, query_spec())))).unwrap();
        recommender.set_model(&manifest, &Limits::default(), Box::new(Fake(answer))).unwrap();
        let mut session =
            nearhand::SessionState::new(nearhand::Consent::Memory, nearhand::session::DEFAULT_IDLE_TIMEOUT_MS).unwrap();
        session.observe(&nearhand::Event::view("mug"), NOW).unwrap();
        let arena = nearhand::arena::Arena::default();
        let slate = recommender.recommend(&session, &Request { k: 2, ..Request::default() }, NOW, &arena).unwrap();
        assert_eq!((ids(&slate), slate.source), (vec!["plate", "bowl"], Source::Table));
        assert_eq!(slate.notes, ["model-failed"]);
        assert_eq!(recommender.model_failures(), 1);
    }
}

/// A model that counts its runs.
struct Counting(Arc<AtomicUsize>);

impl Model for Counting {
    fn run(&mut self, _: &[Tensor], _: usize, answer: &mut Vec<f32>) -> Result<()> {
        self.0.fetch_add(1, Ordering::Relaxed);
        answer.clear();
        answer.extend([1.0, 0.0]);
        Ok(())
    }
}

#[test]
fn the_slates_of_a_page_go_by_one_run_of_the_model() {
    let runs = Arc::new(AtomicUsize::new(0));
    let (mut recommender, manifest) = Recommender::new(parts(Some((MEAN, query_spec())))).unwrap();
    recommender.set_model(&manifest, &Limits::default(), Box::new(Counting(runs.clone()))).unwrap();
    let mut session = nearhand::SessionState::new(nearhand::Consent::Memory, nearhand::session::DEFAULT_IDLE_TIMEOUT_MS).unwrap();
    let arena = nearhand::arena::Arena::default();
    let of = |source: Option<&str>| Request { source: source.map(str::to_owned), k: 1, ..Request::default() };
    // Event by event: pages, and how often the model has run by then.
    for (second, id, page, want) in [
        (0, "mug", vec![of(None), of(None), of(Some("mug"))], 1),
        (1, "lamp", vec![of(None), of(Some("mug")), of(Some("mug"))], 3),
        (2, "mug", vec![of(None)], 4),
    ] {
        session.observe(&nearhand::Event::view(id), NOW + second * 1000).unwrap();
        let slates = recommender.recommend_page(&session, &page, NOW + second * 1000, &arena).unwrap();
        assert!(slates.iter().all(|slate| slate.source == Source::Model));
        assert_eq!(runs.load(Ordering::Relaxed), want);
        let slate = recommender.recommend(&session, &page[page.len() - 1], NOW + second * 1000, &arena).unwrap();
        assert_eq!((slate.items.len(), runs.load(Ordering::Relaxed)), (1, want));
    }
}

#[test]
fn a_graph_is_refused_for_what_it_would_do() {
    use nearhand_onnx::Code;
    let load = |onnx: &[u8]| Graph::load(onnx, &ModelLimits::default());
    let e = load(include_bytes!("../fixtures/attribute_unknown.onnx")).unwrap_err();
    assert_eq!((e.code(), e.details()[1].1.as_str()), (Code::ModelOperatorUnsupported, "slope"));
    let e = load(include_bytes!("../fixtures/huge_constant.onnx")).unwrap_err();
    assert_eq!(e.code(), Code::ModelOperatorUnsupported);
    let tight = ModelLimits { graph: GraphLimits { tensor_elements: 1, ..GraphLimits::default() }, ..ModelLimits::default() };
    let e = Graph::load(include_bytes!("../fixtures/divide_integers.onnx"), &tight).unwrap_err();
    assert_eq!((e.code(), e.details()[0].1.as_str()), (Code::ModelTooLarge, "[2]"));
    let few = ModelLimits { graph: GraphLimits { nodes: 1, ..GraphLimits::default() }, ..ModelLimits::default() };
    let e = Graph::load(include_bytes!("../fixtures/divide_integers.onnx"), &few).unwrap_err();
    assert_eq!(e.code(), Code::ModelTooLarge);
    // Hours as written, letter by letter; pair by pair it is nothing.
    let products = include_bytes!("../fixtures/hours_of_products.onnx");
    assert!(load(products).is_ok());
    let few = ModelLimits { graph: GraphLimits { products: 100_000, ..GraphLimits::default() }, ..ModelLimits::default() };
    let e = Graph::load(products, &few).unwrap_err();
    assert_eq!((e.code(), e.details()[1].1.as_str()), (Code::ModelTooLarge, "100000"));
}

#[test]
fn a_division_by_zero_is_an_error_and_the_graph_goes_on() {
    use nearhand_onnx::Code;
    let mut graph = Graph::load(include_bytes!("../fixtures/divide_integers.onnx"), &ModelLimits::default()).unwrap();
    let divide = |b: [i64; 2]| vec![Tensor::i64(vec![2], vec![7, -7]), Tensor::i64(vec![2], b.to_vec())];
    assert_eq!(graph.run(divide([2, 0])).unwrap_err().code(), Code::ModelFailed);
    assert_eq!(graph.run(divide([2, 2])).unwrap(), [Tensor::i64(vec![2], vec![3, -3])]);
    let e = graph.run(vec![Tensor::f32(vec![2], vec![0.0; 2]); 2]).unwrap_err();
    assert_eq!(e.code(), Code::ModelMismatch);
    let e = graph.run(vec![Tensor::i64(vec![2], vec![1]); 2]).unwrap_err();
    assert_eq!(e.code(), Code::ModelMismatch, "fewer values than the shape says");
    assert_eq!(graph.run(Vec::new()).unwrap_err().code(), Code::ModelMismatch);
}
