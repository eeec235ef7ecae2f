//! From the event to the slate nothing is allocated once the buffers have grown, but for what a run of tract allocates:
//! counted, and held against budgets.toml. Native only.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used)]

use allocation_counter::measure;
use budgets::ceiling;
use nearhand::bundle::{ItemsSpec, Limits, Parts, StoredTable, StoredVectors, TableSpec, open, unit_scale, write};
use nearhand::catalog::{Catalog, Columns, FacetTest, NumberRange, TextColumn, Where};
use nearhand::engine::record_goldens;
use nearhand::monitor::{RATES, STREAMS};
use nearhand::recommend::{Action, Caps, Explore, Placement, Rule};
use nearhand::{CatalogDelta, Consent, Engine, Event, EventKind, ItemIdx, Request, Settings, catalog::ItemUpdate};
use nearhand_monitor::{Bins, Rate, Reference, Role, Stream};

#[path = "suite/budgets.rs"]
mod budgets;

const SHIPPED: &[u8] = include_bytes!("../models/online-retail/online-retail.safetensors");

/// What is counted of every slate: all that is read of one.
fn reference() -> Vec<u8> {
    let stream = |(name, role): (&str, Role)| {
        let named = matches!(name, "slate.source" | "slate.category");
        let bins = if named { Bins::Named(vec!["model".to_owned()]) } else { Bins::Numeric(vec![0.0, 1.0, 2.0]) };
        let mut stream = Stream::new(name, role, 1.0, bins).unwrap();
        stream.add(nearhand_monitor::Value::Missing);
        stream
    };
    let rates = RATES.map(|name| Rate { name: name.to_owned(), events: 0, of: 1 }).to_vec();
    Reference::new(STREAMS.map(stream).to_vec(), rates).unwrap().to_bytes()
}

/// The shipped bundle with every item so many times: from 8,192 items on, the scan goes by cones and codes.
fn in_variants(variants: usize) -> Vec<u8> {
    let parts = open(SHIPPED, None, &Limits::default()).unwrap();
    let (items, base) = (parts.catalog.base_len() as u32, parts.catalog.base());
    let ids: Vec<String> = (0..variants)
        .flat_map(|v| (0..items as usize).map(move |i| (v, i)))
        .map(|(v, i)| if v == 0 { base.ids.get(i).to_owned() } else { format!("{}~{v}", base.ids.get(i)) })
        .collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let columns = Columns {
        ids: TextColumn::of(&ids),
        titles: TextColumn::of(&ids),
        price: base.price.as_ref().map(|price| price.repeat(variants)),
        ..Columns::default()
    };
    let table = |table: StoredTable| StoredTable {
        // A variant goes before its own kind.
        next: (0..variants as u32).flat_map(|v| table.next.iter().map(move |next| next + v * items)).collect(),
        weights: table.weights.repeat(variants),
        counts: table.counts.repeat(variants),
        ..table
    };
    let mut manifest = parts.manifest.clone();
    manifest.catalog.items = ids.len();
    manifest.catalog.columns.retain(|column| column == "price");
    let goldens = parts.manifest.goldens.iter().map(|golden| golden.events.clone()).collect();
    // The encoder answers as before; the lite build could not record that.
    let golden_outputs = parts.golden_outputs.clone();
    let vectors = |v: StoredVectors| StoredVectors { rows: v.rows.repeat(variants), scales: v.scales.repeat(variants), ..v };
    let parts = Parts {
        manifest,
        catalog: Catalog::new(columns).unwrap(),
        vectors: parts.vectors.map(vectors),
        table: parts.table.map(table),
        bought: parts.bought.map(table),
        popularity: parts.popularity.repeat(variants),
        recent: parts.recent.map(|recent| recent.repeat(variants)),
        reference: Some(reference()),
        ..parts
    };
    write(&Parts { golden_outputs, ..record_goldens(parts, goldens).unwrap() }).unwrap()
}

fn engine(bundle: &[u8], lite: bool) -> Engine {
    let mut engine = Engine::open(bundle, &Settings { consent: Consent::Memory, ..Settings::default() }).unwrap();
    if lite {
        engine.recommender().drop_model();
        engine.recommender().drop_vectors();
    }
    // The bundle has no facets; a delta brings some.
    let facets = |i: u32| ItemUpdate {
        item: engine.catalog().id(ItemIdx(i)).to_owned(),
        category: Some(format!("c{}", i % 7)),
        brand: Some(format!("b{}", i % 5)),
        ..ItemUpdate::default()
    };
    let update = (0..engine.catalog().len() as u32).step_by(3).map(facets).collect();
    engine.update_catalog(&CatalogDelta { update, ..CatalogDelta::default() }).unwrap();
    engine
}

/// A page that asks for all there is.
fn page() -> Vec<Request> {
    let cheaper = |price| Where { price: Some(NumberRange { lt: Some(price), ..NumberRange::default() }), ..Where::default() };
    let rule = |action, items: &[&str], r#where| Rule {
        name: "rule".into(),
        action,
        items: items.iter().map(|id| (*id).to_owned()).collect(),
        r#where,
        from: None,
        until: None,
        on: Vec::new(),
        source: None,
        test: None,
    };
    let brand = Where { brand: Some(FacetTest::any(&["b1", "b2"])), ..Where::default() };
    let rules = vec![
        rule(Action::Boost(1.5), &[], cheaper(3.0)),
        rule(Action::Bury(0.5), &[], brand),
        rule(Action::Boost(2.0), &["20725"], Where::default()),
        rule(Action::Pin(2), &["22423", "47566"], Where::default()),
        rule(Action::Hide, &["85123A"], Where::default()),
    ];
    let at = |placement| Request { placement: Some(placement), ..Request::default() };
    vec![
        Request {
            k: 10,
            r#where: cheaper(20.0),
            rules,
            caps: Caps { category: Some(2), brand: Some(3), group: None },
            diversity: 0.3,
            rotate: 0.9,
            min_relevance: 0.001,
            explain: true,
            ..Request::default()
        },
        Request { explore: Some(Explore { place: 3, rate: 0.5, among: 4, seed: 7 }), offset: 5, ..Request::default() },
        Request { category: Some("c3".into()), ..at(Placement::Category) },
        at(Placement::Cart),
        at(Placement::RecentlyViewed),
    ]
}

/// The most allocations of one event and its page, once the buffers have grown.
fn most(engine: &mut Engine, requests: &[Request]) -> u64 {
    let kinds = [EventKind::View, EventKind::CartAdd, EventKind::Dismiss, EventKind::Impression];
    let mut most = 0;
    for round in 0..80_u32 {
        engine.anew();
        for i in 0..16_u32 {
            let now_ms = 1_700_000_000_000 + u64::from(round) * 100_000 + u64::from(i);
            let item = engine.catalog().id(ItemIdx((round * 631 + i * 97) % 3421)).to_owned();
            let event = Event { kind: kinds[(i % 4) as usize], ..Event::view(item) };
            let counted = measure(|| {
                engine.observe(&event, now_ms).unwrap();
                engine.recommend_page(requests, now_ms).unwrap();
            });
            // The first calls grow the buffers.
            if round >= 40 {
                most = most.max(counted.count_total);
            }
        }
    }
    most
}

/// Bundles with what they are called: the shipped one, and a large one.
fn bundles() -> [(&'static str, Vec<u8>); 2] {
    [("shipped", SHIPPED.to_vec()), ("large", in_variants(4))]
}

/// Nor in a run of the model, where the build has it.
#[test]
fn nothing_is_allocated_from_the_event_to_the_slate() {
    let tiers: &[(&str, bool)] = if cfg!(feature = "onnx") { &[("lite", true), ("full", false)] } else { &[("lite", true)] };
    for (bundle, bytes) in bundles() {
        for (name, requests) in [("plain", vec![Request::default()]), ("page", page())] {
            for (tier, lite) in tiers {
                let whole = most(&mut engine(&bytes, *lite), &requests);
                println!("allocations tier={tier} bundle={bundle} request={name} call={whole}");
                assert!(whole <= ceiling("slate", "allocations"), "{tier}, {bundle}, {name}: {whole}");
            }
        }
    }
}

/// What stands in memory once a bundle is open, and what stood at most: some times its bytes, whatever its parts say.
#[test]
fn an_opened_bundle_is_a_few_times_its_file() {
    let n = 1 << 17;
    let ids: Vec<String> = (0..n).map(|i| format!("{i:x}")).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let empty = TextColumn::of(&vec![""; n]);
    let shipped = open(SHIPPED, None, &Limits::default()).unwrap();
    let mut manifest = shipped.manifest.clone();
    manifest.catalog.items = n;
    manifest.catalog.columns = ["image", "url", "group"].map(str::to_owned).to_vec();
    (manifest.model, manifest.items, manifest.goldens) = (None, Some(ItemsSpec { dim: 8 }), Vec::new());
    manifest.serving.recent = true;
    // One row of 255, all others empty: filled up, 255 times as many places of five bytes.
    manifest.table = Some(TableSpec { successors: 255 });
    manifest.serving.bought = manifest.table.clone();
    let mut counts = vec![0; n];
    counts[7] = 255;
    let table = StoredTable { successors: 255, counts, next: vec![1; 255], weights: vec![1; 255] };
    let columns = Columns { ids: TextColumn::of(&ids), titles: TextColumn::of(&ids), ..Columns::default() };
    let columns = Columns { image: Some(empty.clone()), url: Some(empty.clone()), group: Some(empty), ..columns };
    let catalog = Catalog::new(columns).unwrap();
    let popularity = vec![1; n];
    let recent = Some(popularity.clone());
    let (table, bought) = (Some(table.clone()), Some(table));
    // A byte an item holds eight values.
    let rows = vec![127; 8 * n];
    let vectors = Some(StoredVectors { dim: 8, scales: rows.chunks(8).map(unit_scale).collect(), rows });
    let parts = Parts { manifest, catalog, table, bought, popularity, recent, vectors, onnx: None, ..shipped };
    let bytes = write(&Parts { golden_outputs: Vec::new(), ..parts }).unwrap();
    let mut engine = None;
    let memory = measure(|| engine = Some(Engine::open(&bytes, &Settings::default()).unwrap()));
    let (left, most) = (memory.bytes_current as usize, memory.bytes_max as usize);
    assert!(left < 8 * bytes.len() && most < 12 * bytes.len(), "{left} and {most} of {}", bytes.len());
}
