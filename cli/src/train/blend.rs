//! How table, repeat term and item vectors are weighed, and a fast way to rank a target under given weights.
//!
//! ```text
//! T(i)     = Σ_p e^(−p/λ) · w(s_p → i)                          p = 0: the newest of the last `last` items
//! score(i) = table · T(i)/max T + repeat · e^(−p_i/repeat_lambda) · [i in session] + model · e^((cos(q, v_i) − max_j cos(q, v_j)) / tau)
//! ```
//! The rank of one target needs no pass over the catalog: where neither the table nor the session touches an item its
//! score rises with its cosine alone, so the sorted cosines tell by bisection how many such items lie above.

use nearhand::bundle::BlendSpec;
use nearhand::rank::ItemVectors;

use super::quality::Quality;
use super::split::Pair;
use super::table::Table;
use crate::math::vectorised;

/// The fitted weights.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Blend {
    /// Newest items that vote in the table.
    pub(super) last: usize,
    /// Decay of a vote with its place.
    pub(super) lambda: f32,
    /// Weight of the table's votes: 1, or 0 to leave them out.
    pub(super) table: f32,
    /// Bonus of items already in the session; below −(1 + model) it excludes them.
    pub(super) repeat: f32,
    /// Decay of the bonus with the item's newest place; 0 is none.
    pub(super) repeat_lambda: f32,
    /// Weight of the item vectors; 0 is the table alone.
    pub(super) model: f32,
    /// Softness of the cosines.
    pub(super) tau: f32,
}

impl Default for Blend {
    fn default() -> Self {
        Blend { last: 12, lambda: 3.0, table: 1.0, repeat: 0.0, repeat_lambda: 0.0, model: 2.0, tau: 0.2 }
    }
}

impl Blend {
    /// As the manifest holds it; `lite` are the weights fitted without the model.
    pub(super) fn spec(&self, lite: &Self) -> BlendSpec {
        BlendSpec {
            last: self.last,
            lambda: self.lambda,
            table: self.table,
            repeat: self.repeat,
            repeat_lambda: self.repeat_lambda,
            model: self.model,
            temperature: self.tau,
            lite_repeat: lite.repeat,
            lite_repeat_lambda: lite.repeat_lambda,
        }
    }
}

/// The most cosines kept a case: more than the table and a session can touch, and 20.
const KEPT: usize = 1024;

/// One validation pair with its query.
#[derive(Debug, Clone)]
pub(super) struct Case {
    /// The question.
    pub(super) pair: Pair,
    query: Vec<f32>,
    /// The newest item is never in the answer.
    without_newest: bool,
    /// The largest cosines, largest first.
    sorted: Vec<f32>,
}

impl Case {
    /// A case for the table alone.
    pub(super) fn plain(pair: Pair, without_newest: bool) -> Case {
        Case { pair, query: Vec::new(), without_newest, sorted: Vec::new() }
    }

    /// Keeps the largest cosines of the pair's query with the items.
    pub(super) fn new(pair: Pair, query: Vec<f32>, without_newest: bool, vectors: &ItemVectors) -> Case {
        let mut sorted = cosines(vectors, &query);
        let order = |a: &f32, b: &f32| b.total_cmp(a);
        if sorted.len() > KEPT {
            sorted.select_nth_unstable_by(KEPT, order);
            sorted.truncate(KEPT);
        }
        sorted.sort_unstable_by(order);
        Case { pair, query, without_newest, sorted }
    }

    /// 1 + the other items whose score is not below the target's; beyond 20 it may be less than that, but not below 21.
    pub(super) fn rank(&self, vectors: &ItemVectors, table: &Table, blend: &Blend, scratch: &mut Scratch) -> usize {
        scratch.clear(vectors.len());
        if blend.table > 0.0 {
            table.votes(&self.pair.prefix, blend.last, blend.lambda, |item, vote| scratch.add(item, vote));
        }
        let most = scratch.touched.iter().map(|&i| scratch.sums[i as usize]).fold(0f32, f32::max);
        let over = if most > 0.0 { blend.table / most } else { 0.0 };
        for &item in &scratch.touched {
            scratch.sums[item as usize] *= over;
        }
        let prefix = &self.pair.prefix;
        for (at, &item) in prefix.iter().enumerate() {
            if !prefix[at + 1..].contains(&item) {
                let places = (prefix.len() - 1 - at) as f32;
                let fade = if blend.repeat_lambda > 0.0 { (-places / blend.repeat_lambda).exp() } else { 1.0 };
                scratch.add(item, blend.repeat * fade);
            }
        }
        let with_model = blend.model > 0.0;
        let top = self.sorted.first().copied().unwrap_or(0.0);
        let (next, target) = (self.pair.next as usize, self.pair.next);
        let left_out = prefix.last().copied().filter(|_| self.without_newest);
        if left_out == Some(target) {
            return usize::MAX;
        }
        let competes = |item: u32| item != target && left_out != Some(item);
        let of = |item: u32| if with_model { cosine(vectors, item, &self.query) } else { 0.0 };
        let neural = |cosine: f32| if with_model { blend.model * ((cosine - top) / blend.tau).exp() } else { 0.0 };
        let own = of(target);
        let score = scratch.sums[next] + neural(own);
        if !with_model {
            // Every untouched item scores 0: all of them tie, or none is above.
            let untouched = vectors.len() - scratch.touched.len() - usize::from(!scratch.is_touched[next]);
            let above = if score <= 0.0 { untouched } else { 0 };
            return 1 + above + scratch.touched.iter().filter(|i| competes(**i) && scratch.sums[**i as usize] >= score).count();
        }
        let bound = if !scratch.is_touched[next] {
            own
        } else if score <= 0.0 {
            f32::NEG_INFINITY
        } else {
            top + blend.tau * (score / blend.model).ln()
        };
        // All above the bound; then the touched ones are taken out and put back by their true scores.
        let mut above = self.sorted.partition_point(|&c| c >= bound);
        let floor =
            if self.sorted.len() < vectors.len() { self.sorted.last().copied().unwrap_or(0.0) } else { f32::NEG_INFINITY };
        if !scratch.is_touched[next] && own >= floor {
            above -= 1;
        }
        for &item in &scratch.touched {
            let cosine = of(item);
            if cosine >= bound.max(floor) {
                above = above.saturating_sub(1);
            }
            if competes(item) && scratch.sums[item as usize] + neural(cosine) >= score {
                above += 1;
            }
        }
        above + 1
    }
}

vectorised! {
    fn cosines<'a>(vectors: &'a ItemVectors, query: &'a [f32]) -> Vec<f32> {
        let mut all = Vec::with_capacity(vectors.len());
        for item in 0..vectors.len() as u32 {
            all.push(cosine(vectors, item, query));
        }
        all
    }
}

/// The dot product of one quantised row with a query.
#[inline(always)]
fn cosine(vectors: &ItemVectors, item: u32, query: &[f32]) -> f32 {
    let d = vectors.dim();
    let row = vectors.rows().get(item as usize * d..).unwrap_or(&[]);
    let mut sums = [0f32; 16];
    for (row, query) in row[..d].chunks(16).zip(query.chunks(16)) {
        for ((s, v), q) in sums.iter_mut().zip(row).zip(query) {
            *s += f32::from(*v) * q;
        }
    }
    sums.iter().sum::<f32>() * vectors.scales().get(item as usize).copied().unwrap_or(0.0)
}

/// Buffers used again from pair to pair.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    sums: Vec<f32>,
    is_touched: Vec<bool>,
    touched: Vec<u32>,
}

impl Scratch {
    fn clear(&mut self, n: usize) {
        for &item in &self.touched {
            self.sums[item as usize] = 0.0;
            self.is_touched[item as usize] = false;
        }
        self.touched.clear();
        self.sums.resize(n, 0.0);
        self.is_touched.resize(n, false);
    }

    fn add(&mut self, item: u32, value: f32) {
        if !self.is_touched[item as usize] {
            self.is_touched[item as usize] = true;
            self.touched.push(item);
        }
        self.sums[item as usize] += value;
    }
}

/// The quality of a blend over cases.
pub(super) fn measure(cases: &[Case], vectors: &ItemVectors, table: &Table, blend: &Blend) -> Quality {
    let mut scratch = Scratch::default();
    cases.iter().map(|case| case.rank(vectors, table, blend, &mut scratch)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::table;
    use super::*;
    use crate::random::Random;
    use nearhand::bundle::{
        Align, CatalogSpec, FORMAT, Feature, Golden, InputSpec, Limits, ModelSpec, OutputKind, OutputSpec, Parts, ServingSpec,
        TableSpec, Task,
    };
    use nearhand::catalog::{Catalog, Columns, TextColumn};
    use nearhand::model::Model;
    use nearhand::rank::BitSet;
    use nearhand::rank::metrics::rank_of;
    use nearhand::recommend::Recommender;
    use nearhand::tensor::Tensor;
    use nearhand::{Consent, Event, ItemIdx, Manifest, Result, SessionState};

    /// Answers with given cosines.
    struct Told(Vec<f32>);

    impl Model for Told {
        fn run(&mut self, _: &[Tensor], _: usize, answer: &mut Vec<f32>) -> Result<()> {
            answer.clone_from(&self.0);
            Ok(())
        }
    }

    /// The library's own scores of every item under a blend.
    fn scores(pair: &Pair, table: &Table, blend: &Blend, cosines: &[f32]) -> Vec<f32> {
        let n = cosines.len();
        let ids: Vec<String> = (0..n).map(|i| i.to_string()).collect();
        let column = || TextColumn::of(&ids.iter().map(String::as_str).collect::<Vec<_>>());
        let spec = ModelSpec {
            inputs: vec![InputSpec {
                name: "mask".into(),
                feature: Feature::Mask,
                shape: vec![4],
                dtype: "f32".into(),
                align: Align::Right,
            }],
            output: OutputSpec { name: "logits".into(), kind: OutputKind::Logits, width: n, offset: 0 },
        };
        let manifest = Manifest {
            sha256: String::new(),
            format: FORMAT,
            task: Task::Recommend,
            name: "told".into(),
            version: "1".into(),
            created_at: "2026-01-01".into(),
            catalog: CatalogSpec { items: n, ..CatalogSpec::default() },
            model: Some(spec),
            items: None,
            table: Some(TableSpec { successors: table.stored.successors }),
            model_file: None,
            blend: blend.spec(blend),
            serving: ServingSpec::default(),
            goldens: vec![Golden { events: vec![], full: vec![], lite: vec![] }],
            training: None,
            metrics: Vec::new(),
            licence: String::new(),
            attribution: String::new(),
            card: String::new(),
        };
        let parts = Parts {
            manifest,
            digest: String::new(),
            bytes: 0,
            catalog: Catalog::new(Columns { ids: column(), titles: column(), ..Columns::default() }).unwrap(),
            vectors: None,
            table: Some(table.stored.clone()),
            bought: None,
            popularity: vec![0; n],
            recent: None,
            onnx: None,
            golden_outputs: Vec::new(),
        };
        let (mut recommender, manifest) = Recommender::new(parts).unwrap();
        if blend.model > 0.0 {
            recommender.set_model(&manifest, &Limits::default(), Box::new(Told(cosines.to_vec()))).unwrap();
        }
        let mut session = SessionState::new(Consent::Memory, nearhand::session::DEFAULT_IDLE_TIMEOUT_MS).unwrap();
        for (item, at) in pair.prefix.iter().zip(1..) {
            session.observe(&Event::view(item.to_string()), at * 1000).unwrap();
        }
        let arena = nearhand::arena::Arena::default();
        let context = recommender.context(&session, None, 100_000, &arena);
        recommender.score(context);
        recommender.totals()
    }

    #[test]
    fn the_short_cut_ranks_as_the_library_does() {
        let mut random = Random::new(5);
        let n = 60;
        let sessions: Vec<Vec<u32>> = (0..80).map(|_| (0..8).map(|_| random.below(n) as u32).collect()).collect();
        let config = table::TableConfig { width: 4, ..Default::default() };
        let table = table::build(&table::count(&sessions, n, &config), &config).unwrap();
        let mut scratch = Scratch::default();
        let rows = (0..n * n).map(|cell| i8::from(cell / n == cell % n)).collect();
        let identity = ItemVectors::new(n, rows, vec![1.0; n]).unwrap();
        for session in &sessions {
            let pair = Pair { prefix: session[..5].to_vec(), next: session[6] };
            let cosines: Vec<f32> = (0..n).map(|_| random.unit() * 2.0 - 1.0).collect();
            // Rows of the identity: the query is its own list of cosines.
            let case = |without| Case::new(pair.clone(), cosines.clone(), without, &identity);
            let mut others = BitSet::full(n);
            others.remove(ItemIdx(session[4]));
            for (repeat, repeat_lambda) in [(-100.0, 0.0), (-0.3, 1.5), (0.0, 0.0), (0.5, 0.7), (0.5, 0.0)] {
                for model in [0.0, 0.5, 3.0] {
                    let blend = Blend { repeat, repeat_lambda, model, ..Blend::default() };
                    let scores = scores(&pair, &table, &blend, &cosines);
                    for (without, allowed) in [(false, &BitSet::full(n)), (true, &others)] {
                        let rank = rank_of(ItemIdx(pair.next), &scores, allowed).unwrap_or(usize::MAX);
                        assert_eq!(case(without).rank(&identity, &table, &blend, &mut scratch), rank, "{blend:?} {without}");
                    }
                }
            }
        }
    }
}
