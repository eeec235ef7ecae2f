//! The search against brute force: the same items, order and score bits as a full sort of the written formula.
#![allow(clippy::unwrap_used)]

use crate::attribute::test;
use crate::shop::{NOW, parts};
#[cfg(feature = "onnx")]
use nearhand::Code;
use nearhand::bundle::{
    Align, BlendSpec, CatalogSpec, Feature, InputSpec, ItemsSpec, Limits, Manifest, ModelSpec, OutputKind, OutputSpec, Parts,
    StoredTable, StoredVectors, TableSpec,
};
use nearhand::catalog::{Catalog, CatalogDelta, Columns, NewItem, TextColumn};
use nearhand::features::ContextEvent;
use nearhand::model::Model;
use nearhand::rank::{BitSet, ItemVectors, top_k};
use nearhand::recommend::Recommender;
use nearhand::{EventKind, Item, ItemIdx, Result};
use nearhand_onnx::Tensor;

/// A model that knows its answer.
struct Says(Vec<f32>);

impl Model for Says {
    fn run(&mut self, _: &[Tensor], _: usize, answer: &mut Vec<f32>) -> Result<()> {
        answer.clone_from(&self.0);
        Ok(())
    }
}

/// An xorshift.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 20) as usize % n.max(1)
    }

    /// −1 to 1.
    pub(crate) fn unit(&mut self) -> f32 {
        self.below(20_001) as f32 / 10_000.0 - 1.0
    }
}

/// What a case is made of; the reference reads it straight.
struct Case {
    parts: Parts,
    answer: Vec<f32>,
    context: Vec<ContextEvent>,
}

fn manifest(items: usize, dim: usize, output: Option<(OutputKind, usize, usize)>, blend: BlendSpec) -> Manifest {
    let input =
        InputSpec { name: "mask".into(), feature: Feature::Mask, shape: vec![4], dtype: "f32".into(), align: Align::Left };
    Manifest {
        catalog: CatalogSpec { items, columns: Vec::new(), currency: None },
        items: Some(ItemsSpec { dim }),
        table: Some(TableSpec { successors: 3 }),
        model: output.map(|(kind, width, offset)| ModelSpec {
            inputs: vec![input],
            output: OutputSpec { name: "answer".into(), kind, width, offset },
            engine: None,
        }),
        blend,
        ..parts(None).manifest
    }
}

/// Random parts. `coarse`: few distinct values everywhere, so that ties abound.
fn case(dice: &mut Dice, n: usize, dim: usize, kind: Option<OutputKind>, coarse: bool, blend: BlendSpec) -> Case {
    let ids: Vec<String> = (0..n).map(|i| format!("i{i}")).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let columns = Columns { ids: TextColumn::of(&ids), titles: TextColumn::of(&ids), ..Columns::default() };
    let rows = (0..n * dim).map(|_| if coarse { dice.below(3) as i8 - 1 } else { dice.below(256) as u8 as i8 }).collect();
    let scales = (0..n).map(|_| if coarse { 0.25 } else { 0.001 + dice.below(1000) as f32 * 1e-5 }).collect();
    let offset = dice.below(3);
    let output = kind.map(|kind| match kind {
        OutputKind::Query => (kind, dim, 0),
        OutputKind::Logits => (kind, n + offset, offset),
    });
    let width = output.map_or(0, |o| o.1);
    let answer = (0..width).map(|_| if coarse { dice.below(3) as f32 - 1.0 } else { dice.unit() }).collect();
    let (next, weights) = (0..n * 3).map(|_| (dice.below(n) as u32, [0, 255, dice.below(256) as u8][dice.below(3)])).unzip();
    let context = (0..dice.below(6))
        .map(|i| {
            let item = ItemIdx(dice.below(n) as u32);
            ContextEvent { at_ms: NOW + i as u64, ..seen(item, item) }
        })
        .collect();
    let parts = Parts {
        manifest: manifest(n, dim, output, blend),
        catalog: Catalog::new(columns).unwrap(),
        vectors: Some(StoredVectors { dim, rows, scales }),
        table: Some(StoredTable { successors: 3, counts: Vec::new(), next, weights }),
        popularity: (0..n).map(|_| if coarse { dice.below(2) as u32 } else { dice.below(1 << 24) as u32 }).collect(),
        ..parts(None)
    };
    Case { parts, answer, context }
}

/// A view of an item.
fn seen(item: ItemIdx, stand_in: ItemIdx) -> ContextEvent {
    ContextEvent { item, stand_in, kind: EventKind::View, at_ms: NOW, dwell_ms: 0, price: None, weight: 1.0 }
}

impl Case {
    fn recommender(&self) -> Recommender {
        let (mut recommender, manifest) = Recommender::new(self.parts.clone()).unwrap();
        if manifest.model.is_some() {
            recommender.set_model(&manifest, &Limits::default(), Box::new(Says(self.answer.clone()))).unwrap();
        }
        recommender
    }

    /// The scores of the base items: the formula of `recommend::score` over arrays as long as the catalog.
    fn totals(&self) -> Vec<f32> {
        self.sums(true)
    }

    /// The same, with the repeat part or without.
    fn sums(&self, with_repeat: bool) -> Vec<f32> {
        let (b, n) = (&self.parts.manifest.blend, self.parts.popularity.len());
        let stored = self.parts.table.as_ref().unwrap();
        let mut table = vec![0.0_f32; n];
        for (p, event) in self.context.iter().rev().take(b.last).enumerate() {
            for place in 0..3 {
                let at = event.stand_in.at() * 3 + place;
                if stored.weights[at] > 0 {
                    table[stored.next[at] as usize] +=
                        libm::expf(-(p as f32) / b.lambda) * (f32::from(stored.weights[at]) / 255.0);
                }
            }
        }
        let most = table.iter().copied().fold(0.0, f32::max);
        if most > 0.0 {
            table.iter_mut().for_each(|t| *t = b.table * *t / most);
        }
        let spec = self.parts.manifest.model.as_ref().filter(|_| !self.context.is_empty());
        let (weight, lambda) = if spec.is_some() { (b.repeat, b.repeat_lambda) } else { (b.lite_repeat, b.lite_repeat_lambda) };
        let mut repeat = vec![0.0_f32; n];
        for (event, p) in self.context.iter().zip((0..self.context.len()).rev()).filter(|_| with_repeat) {
            repeat[event.stand_in.at()] = if lambda > 0.0 { weight * libm::expf(-(p as f32) / lambda) } else { weight };
        }
        let mut model = vec![0.0_f32; n];
        if let Some(spec) = spec {
            match spec.output.kind {
                OutputKind::Query => {
                    let v = self.parts.vectors.clone().unwrap();
                    ItemVectors::new(v.dim, v.rows, v.scales).unwrap().scores(&self.answer, &mut model);
                }
                OutputKind::Logits => model.copy_from_slice(&self.answer[spec.output.offset..]),
            }
            let most = model.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            model.iter_mut().for_each(|x| *x = b.model * libm::expf((*x - most) / b.temperature));
        }
        let largest = self.parts.popularity.iter().copied().max().unwrap().max(1) as f32;
        (0..n).map(|i| table[i] + repeat[i] + model[i] + 1e-6 * (self.parts.popularity[i] as f32 / largest)).collect()
    }
}

/// Without a model or with one of either kind; the lite tier searches no model's values.
const KINDS: usize = if cfg!(feature = "onnx") { 4 } else { 1 };

fn rules(dice: &mut Dice, n: usize) -> BitSet {
    let mut allowed = BitSet::full(n);
    match dice.below(4) {
        0 => {}
        1 => (0..dice.below(20)).for_each(|_| allowed.remove(ItemIdx(dice.below(n) as u32))),
        2 => allowed.retain(|_| dice.below(2) == 0),
        _ => allowed.retain(|_| dice.below(100) == 0),
    }
    allowed
}

fn assert_same(recommender: &Recommender, scores: &[f32], allowed: &BitSet, k: usize, what: &str) {
    let bits = |found: Vec<nearhand::rank::Scored>| found.iter().map(|s| (s.item.0, s.score.to_bits())).collect::<Vec<_>>();
    assert_eq!(bits(recommender.best(allowed, k).unwrap()), bits(top_k(scores, allowed, k).unwrap()), "{what}");
}

fn blend(dice: &mut Dice) -> BlendSpec {
    let pick = |dice: &mut Dice, of: &[f32]| of[dice.below(of.len())];
    BlendSpec {
        repeat: pick(dice, &[-100.0, -0.3, 0.0, 1.2]),
        repeat_lambda: pick(dice, &[0.0, 2.0]),
        table: pick(dice, &[0.0, 1.0]),
        model: pick(dice, &[0.0, 0.5, 1.0, 4.0]),
        temperature: pick(dice, &[0.001, 0.05, 0.2, 1.0, 50.0]),
        lite_repeat: pick(dice, &[-1.0, 0.0]),
        ..BlendSpec::default()
    }
}

/// The next search is prepared for as many items as the last asked for, and right for any number.
fn expect(recommender: &mut Recommender, asked: usize, n: usize) {
    if asked > 0 {
        recommender.best(&BitSet::full(n), asked).unwrap();
        recommender.score(&[]);
    }
}

#[test]
fn the_best_are_those_of_a_full_sort() {
    let mut dice = Dice(7);
    for round in 0..400 {
        let n = [1, 2, 63, 64, 65, 200, 700][dice.below(7)];
        let dim = [1, 3, 15, 16, 17, 48, 64][dice.below(7)];
        let kind = [None, Some(OutputKind::Query), Some(OutputKind::Query), Some(OutputKind::Logits)][dice.below(KINDS)];
        let coarse = dice.below(2) == 0;
        let blend = blend(&mut dice);
        let case = case(&mut dice, n, dim, kind, coarse, blend);
        let mut recommender = case.recommender();
        expect(&mut recommender, [0, 1, 5, 60][dice.below(4)], n);
        assert!(!recommender.score(&case.context));
        let scores = case.totals();
        assert_eq!(recommender.totals(), scores, "round {round}");
        for k in [1, 5, 20, n + 3] {
            let allowed = rules(&mut dice, n);
            assert_same(
                &recommender,
                &scores,
                &allowed,
                k,
                &format!("round {round}: {n} items, {dim} values, {kind:?}, k = {k}"),
            );
        }
    }
}

/// Catalogs so large that cones are made, and codes of a few bits where they are fast: in wasm. Without order, and with
/// groups of alike items side by side, which get fewer bits.
#[cfg(feature = "onnx")]
#[test]
fn large_catalogs_are_searched_exactly() {
    let mut dice = Dice(23);
    for (dim, coarse, group) in
        [(64, false, 0), (33, false, 0), (16, true, 0), (3, true, 0), (48, false, 0), (64, false, 150), (31, false, 300)]
    {
        let n = 9_000 + dice.below(200);
        let blend = blend(&mut dice);
        let mut case = case(&mut dice, n, dim, Some(OutputKind::Query), coarse, blend);
        if let (Some(vectors), true) = (&mut case.parts.vectors, group > 0) {
            let firsts = vectors.rows.clone();
            for (at, v) in vectors.rows.iter_mut().enumerate() {
                *v = (firsts[at / (dim * group) * dim * group + at % dim] / 2) + *v / 3;
            }
        }
        for _ in 0..3 {
            case.answer.iter_mut().for_each(|q| *q = if coarse { dice.below(3) as f32 - 1.0 } else { dice.unit() });
            let mut recommender = case.recommender();
            expect(&mut recommender, [0, 1, 5, 60][dice.below(4)], n);
            recommender.score(&case.context);
            let scores = case.totals();
            for k in [1, 5, 100] {
                assert_same(&recommender, &scores, &rules(&mut dice, n), k, &format!("{n} items, {dim} values, k = {k}"));
            }
        }
    }
}

/// More items near the largest value than the scan for it keeps, and the best of them are those that it meets last.
#[cfg(feature = "onnx")]
#[test]
fn what_is_near_in_great_numbers_is_not_lost() {
    let mut dice = Dice(29);
    for n in [5_000, 9_000] {
        let blend = BlendSpec { temperature: 0.2, table: 1.0, model: 1.0, repeat: 0.0, ..BlendSpec::default() };
        let mut case = case(&mut dice, n, 16, Some(OutputKind::Query), true, blend);
        case.context = vec![seen(ItemIdx(0), ItemIdx(0))];
        case.answer.fill(1.0);
        // The table speaks for three that are far from the query: what is to beat is below all the others.
        if let (Some(vectors), Some(table)) = (&mut case.parts.vectors, &mut case.parts.table) {
            vectors.rows.fill(1);
            vectors.rows[16..64].fill(0);
            table.next[..3].copy_from_slice(&[1, 2, 3]);
            table.weights[..3].copy_from_slice(&[200, 100, 50]);
        }
        case.parts.popularity = (1..=n as u32).collect();
        let mut recommender = case.recommender();
        expect(&mut recommender, 3, n);
        recommender.score(&case.context);
        let scores = case.totals();
        for k in [1, 3, 5] {
            assert_same(&recommender, &scores, &BitSet::full(n), k, &format!("{n} alike, k = {k}"));
        }
    }
}

#[test]
fn added_items_take_their_place() {
    let mut dice = Dice(11);
    for _ in 0..40 {
        let blend = blend(&mut dice);
        let kind = [None, Some(OutputKind::Query)][dice.below(KINDS.min(2))];
        let case = case(&mut dice, 130, 16, kind, true, blend);
        let mut recommender = case.recommender();
        let new = |i: usize, like: Option<usize>| NewItem {
            row: Item { item: format!("new{i}"), ..Item::default() },
            like: like.map(|l| format!("i{l}")),
            ..NewItem::default()
        };
        let likes: Vec<Option<usize>> = (0..20).map(|i| (i % 3 > 0).then(|| dice.below(130))).collect();
        let add = likes.iter().enumerate().map(|(i, like)| new(i, *like)).collect();
        recommender.update_catalog(&CatalogDelta { add, ..CatalogDelta::default() }).unwrap();
        recommender.score(&case.context);
        // One that is like an item of the session was not itself seen.
        let (mut scores, unseen) = (case.totals(), case.sums(false));
        scores.extend(likes.iter().map(|like| like.map_or(0.0, |l| unseen[l])));
        for k in [1, 5, 40, 200] {
            let allowed = rules(&mut dice, 150);
            assert_same(&recommender, &scores, &allowed, k, "added");
        }
    }
}

/// Of items with vectors of their own, and of such items in the session, the search finds what the formula says.
#[cfg(feature = "onnx")]
#[test]
fn items_with_vectors_of_their_own_take_their_place() {
    let mut dice = Dice(13);
    for by_hand in (0..40).map(|round| round % 2 == 0) {
        let gentle = BlendSpec { temperature: 1.0, repeat: 0.7, ..BlendSpec::default() };
        let blend = if by_hand { gentle } else { blend(&mut dice) };
        let mut case = case(&mut dice, 130, 16, Some(OutputKind::Query), !by_hand, blend);
        let mut recommender = case.recommender();
        let vectors: Vec<Vec<f32>> = (0..20).map(|_| (0..16).map(|_| dice.unit() * 1e3).collect()).collect();
        let new = |(i, vector): (usize, &Vec<f32>)| NewItem {
            row: Item { item: format!("new{i}"), ..Item::default() },
            vector: Some(vector.clone()),
            ..NewItem::default()
        };
        let add = vectors.iter().enumerate().map(new).collect();
        recommender.update_catalog(&CatalogDelta { add, ..CatalogDelta::default() }).unwrap();
        let newest = ItemIdx(130 + dice.below(20) as u32);
        case.context.push(seen(newest, recommender.catalog().stand_in(newest).unwrap()));
        recommender.score(&case.context);
        let scores = recommender.totals();
        for k in [1, 5, 40, 200] {
            assert_same(&recommender, &scores, &rules(&mut dice, 150), k, "own");
        }
        assert_eq!(recommender.part(newest).repeat, blend.repeat);
        if !by_hand {
            continue;
        }
        // The nearest by cosine lends its length.
        let v = case.parts.vectors.clone().unwrap();
        let base = ItemVectors::new(v.dim, v.rows, v.scales).unwrap();
        let norm = |v: &[f32]| v.iter().map(|x| f64::from(*x) * f64::from(*x)).sum::<f64>().sqrt();
        let mut row = vec![0.0; 16];
        let mut x = Vec::new();
        base.scores(&case.answer, &mut x);
        for vector in &vectors {
            let mut near = (f64::NEG_INFINITY, 0.0);
            for item in 0..130 {
                base.dequantize(ItemIdx(item), &mut row);
                let dot: f64 = row.iter().zip(vector).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
                let cosine = dot / norm(&row).max(1e-30);
                near = if cosine > near.0 { (cosine, norm(&row)) } else { near };
            }
            let scale = near.1 / norm(vector);
            x.push(vector.iter().zip(&case.answer).map(|(v, q)| (f64::from(*v) * scale * f64::from(*q)) as f32).sum());
        }
        let most = x.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        for (i, x) in x.iter().enumerate() {
            let (have, want) = (recommender.part(ItemIdx(i as u32)).model, libm::expf(x - most));
            // Rows of 8 bits are off by up to half a step a value.
            assert!((have - want).abs() <= 0.1 * want, "{i}: {have} {want}");
        }
    }
}

/// Values closer than the 16-bit query can tell, rounded down there: only the slack keeps the largest in the scan.
#[cfg(feature = "onnx")]
#[test]
fn near_equal_values_are_told_apart() {
    let mut dice = Dice(19);
    let mut case =
        case(&mut dice, 63, 64, Some(OutputKind::Query), false, BlendSpec { temperature: 1e-6, ..BlendSpec::default() });
    let vectors = case.parts.vectors.as_mut().unwrap();
    vectors.rows = (0..63 * 64).map(|at| if at % 64 == at / 64 { 127 } else { 0 }).collect();
    vectors.scales = vec![1.0 / 127.0; 63];
    case.answer = (0..64).map(|j| if j == 63 { 1.0 } else { 0.70001 + j as f32 * 1.2e-7 }).collect();
    case.context = vec![seen(ItemIdx(5), ItemIdx(5))];
    let mut recommender = case.recommender();
    recommender.score(&case.context);
    let scores = case.totals();
    assert_eq!(recommender.totals(), scores);
    assert_same(&recommender, &scores, &BitSet::full(63), 10, "near");
}

#[cfg(feature = "onnx")]
#[test]
fn numbers_beyond_floats_are_refused_or_ranked_as_written() {
    let mut dice = Dice(13);
    for (scale, query) in [(1e-38, 1.0), (3e38, 1e-30), (1.0, 1e-40), (1e30, 1e10), (0.0, 1.0), (1e-10, 3e38)] {
        let mut case = case(&mut dice, 200, 16, Some(OutputKind::Query), false, BlendSpec { table: 0.0, ..BlendSpec::default() });
        case.parts.vectors.as_mut().unwrap().scales.iter_mut().for_each(|s| *s = scale);
        case.answer.iter_mut().for_each(|q| *q *= query);
        case.context.truncate(1);
        let mut recommender = case.recommender();
        recommender.score(&case.context);
        let (scores, allowed) = (case.totals(), BitSet::full(200));
        match top_k(&scores, &allowed, 5) {
            Ok(_) => assert_same(&recommender, &scores, &allowed, 5, &format!("{scale} {query}")),
            Err(_) => assert_eq!(recommender.best(&allowed, 5).unwrap_err().code(), Code::ScoreNotFinite),
        }
    }
}

#[test]
fn the_shipped_bundle_is_searched_exactly() {
    let bytes = include_bytes!("../../models/online-retail/online-retail.safetensors");
    let mut engine = nearhand::Engine::open(bytes, &crate::shop::settings()).unwrap();
    let mut dice = Dice(17);
    let n = engine.catalog().len();
    for _ in 0..25 {
        engine.forget(NOW);
        for second in 0..dice.below(6) as u64 {
            let id = engine.catalog().id(ItemIdx(dice.below(n) as u32)).to_owned();
            crate::shop::view(&mut engine, &id, second);
        }
        let session = engine.session().clone();
        let recommender = engine.recommender();
        let arena = nearhand::arena::Arena::default();
        let context = recommender.context(&session, None, NOW + 10_000, &arena);
        assert!(!recommender.score(context));
        let scores = recommender.totals();
        for k in [1, 5, 20, 100] {
            assert_same(recommender, &scores, &rules(&mut dice, n), k, "shipped");
        }
    }
}
