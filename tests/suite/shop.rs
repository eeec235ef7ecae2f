//! A shop of six items for tests: bundles made on the spot.
#![allow(clippy::unwrap_used)]

use nearhand::bundle::{
    Align, BlendSpec, CatalogSpec, FORMAT, Feature, GoldenEvent, InputSpec, ItemsSpec, ModelSpec, OutputKind, OutputSpec, Parts,
    ServingSpec, StoredTable, StoredVectors, TableSpec, Task, write,
};
use nearhand::catalog::{Catalog, Columns, FacetColumn, TextColumn, Where};
use nearhand::recommend::{Action, Rule};
use nearhand::{Consent, Engine, Event, EventKind, Manifest, Settings, engine};

pub(crate) const NOW: u64 = 1_700_000_000_000;
pub(crate) const IDS: [&str; 6] = ["mug", "plate", "bowl", "lamp", "candle", "clock"];

/// The parts of the shop. Popularity falls from the mug to the clock. The table: mug → plate, bowl; plate → bowl;
/// lamp → candle. Vectors of two values: the first three items point one way, the last three the other.
pub(crate) fn parts(onnx: Option<(&[u8], ModelSpec)>) -> Parts {
    let texts = |t: &[&str]| TextColumn::of(t);
    let category = ["kitchen", "kitchen", "kitchen", "light", "light", "wall"].map(|c| Some(c.to_owned()));
    let catalog = Catalog::new(Columns {
        ids: texts(&IDS),
        titles: texts(&["Mug", "Plate", "Bowl", "Lamp", "Candle", "Clock"]),
        price: Some(vec![1.25, 2.0, 3.5, 20.0, f32::NAN, 15.0]),
        category: Some(FacetColumn::of(&category).unwrap()),
        stock: Some(vec![5, 3, 9, -1, 2, 1]),
        ..Columns::default()
    })
    .unwrap();
    let (model, onnx) = onnx.map(|(bytes, spec)| (spec, bytes.to_vec())).unzip();
    Parts {
        manifest: Manifest {
            sha256: String::new(),
            format: FORMAT,
            task: Task::Recommend,
            name: "six".into(),
            version: "1".into(),
            created_at: "2026-01-01".into(),
            catalog: CatalogSpec {
                items: 6,
                columns: ["price", "category", "stock"].map(str::to_owned).to_vec(),
                currency: None,
            },
            items: Some(ItemsSpec { dim: 2 }),
            table: Some(TableSpec { successors: 2 }),
            model,
            model_file: None,
            blend: BlendSpec { last: 12, lambda: 2.0, repeat: 0.3, lite_repeat: 0.1, ..BlendSpec::default() },
            serving: ServingSpec::default(),
            goldens: Vec::new(),
            training: None,
            provenance: None,
            metrics: [("hr@20".to_owned(), 0.5)].into(),
            licence: "CC0-1.0".into(),
            attribution: "nobody".into(),
            card: "# Six things".into(),
        },
        digest: String::new(),
        bytes: 0,
        catalog,
        vectors: Some(StoredVectors {
            dim: 2,
            rows: vec![127, 0, 120, 40, 120, -40, -127, 0, -120, 40, -120, -40],
            scales: vec![1.0 / 127.0; 6],
        }),
        table: Some(StoredTable {
            successors: 2,
            counts: Vec::new(),
            next: vec![1, 2, 2, 0, 0, 0, 4, 0, 0, 0, 0, 0],
            weights: vec![255, 128, 200, 0, 0, 0, 180, 0, 0, 0, 0, 0],
        }),
        bought: None,
        recent: None,
        popularity: vec![60, 50, 40, 30, 20, 10],
        onnx,
        golden_outputs: Vec::new(),
        reference: None,
    }
}

/// Declares `items` f32 [4, 2] and `mask` f32 [4] to `query` f32 [2].
pub(crate) fn query_spec() -> ModelSpec {
    let input = |name: &str, feature, shape: &[usize]| InputSpec {
        name: name.to_owned(),
        feature,
        shape: shape.to_vec(),
        dtype: "f32".to_owned(),
        align: Align::Left,
    };
    ModelSpec {
        inputs: vec![input("items", Feature::ItemVector, &[4, 2]), input("mask", Feature::Mask, &[4])],
        output: OutputSpec { name: "query".into(), kind: OutputKind::Query, width: 2, offset: 0 },
        engine: None,
    }
}

/// A sealed bundle with two goldens.
pub(crate) fn bundle(parts: Parts) -> Vec<u8> {
    let golden = |ids: &[&str]| {
        ids.iter().map(|id| GoldenEvent { kind: EventKind::View, item: (*id).to_owned(), gap_ms: 1000, dwell_ms: 0 }).collect()
    };
    write(&engine::record_goldens(parts, vec![golden(&["mug"]), golden(&["mug", "lamp"])]).unwrap()).unwrap()
}

pub(crate) fn settings() -> Settings {
    Settings { consent: Consent::Memory, ..Settings::default() }
}

/// The lite shop, opened.
pub(crate) fn lite() -> Engine {
    Engine::open(&bundle(parts(None)), &settings()).unwrap()
}

/// The shop with a model: the mean of the session's vectors.
#[cfg(feature = "onnx")]
pub(crate) fn full() -> Engine {
    Engine::open(&bundle(parts(Some((include_bytes!("../fixtures/query_mean.onnx"), query_spec())))), &settings()).unwrap()
}

pub(crate) fn view(engine: &mut Engine, id: &str, second: u64) {
    engine.observe(&Event::view(id), NOW + second * 1000).unwrap();
}

pub(crate) fn ids<'a>(slate: &nearhand::Slate<'a>) -> Vec<&'a str> {
    slate.items.iter().map(|i| i.row.item).collect()
}

/// A rule for some items, always and everywhere.
pub(crate) fn rule(action: Action, items: &[&str]) -> Rule {
    Rule {
        name: "test".into(),
        action,
        items: items.iter().map(|i| (*i).to_owned()).collect(),
        r#where: Where::default(),
        from: None,
        until: None,
        on: Vec::new(),
        source: None,
        test: None,
    }
}
