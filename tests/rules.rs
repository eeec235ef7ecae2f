//! The shop's rules through the engine, held against brute force on random shops. Native only: the suite covers wasm.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used)]

use nearhand::arena::Arena;
use nearhand::bundle::{
    BlendSpec, CatalogSpec, FORMAT, ItemsSpec, Parts, ServingSpec, StoredTable, StoredVectors, TableSpec, Task,
};
use nearhand::catalog::{Catalog, Columns, FacetColumn, FacetTest, NumberRange, TextColumn, Where};
use nearhand::recommend::{Action, Caps, Explore, Placement, Recommender, Relate, Relates, Relation, Rule};
use nearhand::session::{DEFAULT_IDLE_TIMEOUT_MS, StoredEvent};
use nearhand::{Consent, Event, EventKind, ItemIdx, Manifest, Request, SessionState};
use proptest::prelude::*;

const NOW: u64 = 1_700_000_000_000;
const ITEMS: usize = 80;

fn id(item: usize) -> String {
    format!("i{item}")
}

/// A shop of 80 items: random table, vectors, popularity; 5 categories, 4 brands, groups of 3, prices 0 to 79.
fn shop(seed: u64, bought: bool) -> Recommender {
    let mut state = seed | 1;
    let mut random = move |below: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 33) % below
    };
    let ids: Vec<String> = (0..ITEMS).map(id).collect();
    let texts = || TextColumn::of(&ids.iter().map(String::as_str).collect::<Vec<_>>());
    let facet = |n: usize| FacetColumn::of(&(0..ITEMS).map(|i| Some(format!("f{}", i % n))).collect::<Vec<_>>()).unwrap();
    let groups: Vec<String> = (0..ITEMS).map(|i| format!("g{}", i / 3)).collect();
    let catalog = Catalog::new(Columns {
        ids: texts(),
        titles: texts(),
        price: Some((0..ITEMS).map(|i| i as f32).collect()),
        category: Some(facet(5)),
        brand: Some(facet(4)),
        group: Some(TextColumn::of(&groups.iter().map(String::as_str).collect::<Vec<_>>())),
        ..Columns::default()
    })
    .unwrap();
    let mut table = || StoredTable {
        successors: 6,
        counts: Vec::new(),
        next: (0..ITEMS * 6).map(|_| random(ITEMS as u64) as u32).collect(),
        weights: (0..ITEMS * 6).map(|_| random(256) as u8).collect(),
    };
    let (main, other) = (table(), table());
    let spec = TableSpec { successors: 6 };
    let serving = ServingSpec { bought: bought.then(|| spec.clone()), recent: bought, ..ServingSpec::default() };
    let manifest = Manifest {
        sha256: String::new(),
        format: FORMAT,
        task: Task::Recommend,
        name: "random".into(),
        version: "1".into(),
        created_at: "2026-01-01".into(),
        catalog: CatalogSpec { items: ITEMS, ..CatalogSpec::default() },
        model: None,
        items: Some(ItemsSpec { dim: 3 }),
        table: Some(spec),
        model_file: None,
        blend: BlendSpec { lite_repeat: 0.2, ..BlendSpec::default() },
        serving,
        goldens: Vec::new(),
        training: None,
        provenance: None,
        metrics: Vec::new(),
        licence: String::new(),
        attribution: String::new(),
        card: String::new(),
    };
    let parts = Parts {
        manifest,
        digest: String::new(),
        bytes: 0,
        catalog,
        vectors: Some(StoredVectors {
            dim: 3,
            rows: (0..ITEMS * 3).map(|_| random(255) as i64 as i8).collect(),
            scales: vec![0.01; ITEMS],
        }),
        table: Some(main),
        bought: bought.then_some(other),
        // Some were never bought.
        popularity: (0..ITEMS).map(|i| if i % 9 == 0 { 0 } else { random(50) as u32 }).collect(),
        recent: bought.then(|| (0..ITEMS).map(|_| random(20) as u32).collect()),
        onnx: None,
        golden_outputs: Vec::new(),
        reference: None,
    };
    Recommender::new(parts).unwrap().0
}

fn session() -> impl Strategy<Value = SessionState> {
    prop::collection::vec((0..7_u8, 0..ITEMS, 0..400_000_u64, prop::option::of(1..90_000_u32)), 0..14).prop_map(|events| {
        let mut session = SessionState::new(Consent::Memory, DEFAULT_IDLE_TIMEOUT_MS).unwrap();
        let mut at = NOW - 6_000_000;
        for (kind, item, gap, dwell) in events {
            at += gap;
            let kind = EventKind::from_code(kind).unwrap();
            let dwell_ms = dwell.filter(|_| kind == EventKind::View);
            session.observe(&Event { kind, item: id(item), at_ms: None, dwell_ms, quantity: None }, at).unwrap();
        }
        session
    })
}

fn any_rule() -> impl Strategy<Value = Rule> {
    let action = prop_oneof![
        (11..50_u32).prop_map(|f| Action::Boost(f as f32 / 10.0)),
        (1..10_u32).prop_map(|f| Action::Bury(f as f32 / 10.0)),
        (1..15_usize).prop_map(Action::Pin),
        Just(Action::Hide),
    ];
    let about = prop_oneof![
        prop::collection::vec(0..ITEMS, 1..4).prop_map(|items| (items, Where::default())),
        (0..4_usize).prop_map(|b| (Vec::new(), Where { brand: Some(FacetTest::any(&[&format!("f{b}")])), ..Where::default() })),
        (0..80_u32).prop_map(|p| {
            let price = NumberRange { gte: Some(f64::from(p)), ..NumberRange::default() };
            (Vec::new(), Where { price: Some(price), ..Where::default() })
        }),
    ];
    (action, about).prop_map(|(action, (items, r#where))| {
        let pin = matches!(action, Action::Pin(_));
        let items = if pin && items.is_empty() { vec![3, 7] } else { items };
        Rule {
            name: "any".into(),
            action,
            items: items.into_iter().map(id).collect(),
            r#where: if pin { Where::default() } else { r#where },
            from: None,
            until: None,
            on: Vec::new(),
            source: None,
            test: None,
        }
    })
}

fn placement() -> impl Strategy<Value = (Option<Placement>, Option<Relation>)> {
    prop_oneof![
        Just((None, None)),
        Just((Some(Placement::Product), None)),
        Just((Some(Placement::Product), Some(Relation::Similar))),
        Just((Some(Placement::Product), Some(Relation::Complementary))),
        Just((Some(Placement::Cart), None)),
        Just((Some(Placement::Category), None)),
        Just((Some(Placement::PostPurchase), None)),
        Just((Some(Placement::RecentlyViewed), None)),
        Just((Some(Placement::Trending), None)),
    ]
}

prop_compose! {
    fn request()(
        (placement, relation) in placement(),
        source in prop::option::of(0..ITEMS),
        rules in prop::collection::vec(any_rule(), 0..5),
        caps in (prop::option::of(1..6_usize), prop::option::of(1..6_usize), prop::option::of(1..3_usize)),
        diversity in prop_oneof![Just(0.0_f32), 0.1..0.9_f32],
        min_relevance in prop_oneof![4 => Just(0.0_f32), 1 => 0.0..0.5_f32],
        rotate in prop_oneof![Just(1.0_f32), Just(0.7_f32)],
        explore in prop::option::of((1..12_usize, any::<u64>())),
        relate in prop::option::of(any::<bool>()),
        curated in prop::collection::vec(0..ITEMS, 0..4),
    ) -> Request {
        let same = |same| if same { Relate::Same } else { Relate::Different };
        Request {
            placement,
            relation,
            source: source.map(id),
            category: (placement == Some(Placement::Category)).then(|| "f2".to_owned()),
            rules,
            caps: Caps { category: caps.0, brand: caps.1, group: caps.2 },
            diversity,
            min_relevance,
            rotate,
            explore: explore.map(|(place, seed)| Explore { place, rate: 0.7, among: 5, seed }),
            relate: Relates { category: relate.map(same), brand: None },
            curated: curated.into_iter().map(id).collect(),
            explain: true,
            ..Request::default()
        }
    }
}

fn facet(recommender: &Recommender, item: &str, column: nearhand::catalog::Column) -> Option<String> {
    let catalog = recommender.catalog();
    catalog.facet(catalog.find(item).unwrap(), column).map(str::to_owned)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn the_pages_put_together_are_one_long_slate(seed in any::<u64>(), bought in any::<bool>(), session in session(), request in request()) {
        let (mut shop, arena) = (shop(seed, bought), Arena::default());
        let long = shop.recommend(&session, &Request { k: 24, ..request.clone() }, NOW, &arena).unwrap();
        let mut pages = Vec::new();
        for page in 0..4 {
            let slate = shop.recommend(&session, &Request { k: 6, offset: page * 6, ..request.clone() }, NOW, &arena).unwrap();
            prop_assert_eq!(slate.more, long.items.len() > (page + 1) * 6 || (page == 3 && long.more));
            pages.extend(slate.items);
        }
        let line = |items: &[nearhand::recommend::SlateItem<'_>]| {
            items.iter().map(|i| (i.rank, i.row.item.to_owned(), i.score, i.propensity)).collect::<Vec<_>>()
        };
        prop_assert_eq!(line(&pages), line(long.items));
        prop_assert_eq!(long.items.iter().map(|i| i.rank).collect::<Vec<_>>(), (1..=long.items.len()).collect::<Vec<_>>());
    }

    #[test]
    fn every_rule_holds_in_what_is_shown(seed in any::<u64>(), bought in any::<bool>(), session in session(), request in request()) {
        use nearhand::catalog::Column;
        let (mut shop, arena) = (shop(seed, bought), Arena::default());
        let slate = shop.recommend(&session, &Request { k: 15, ..request.clone() }, NOW, &arena).unwrap();
        let shown: Vec<&str> = slate.items.iter().map(|i| i.row.item).collect();
        let mut unique = shown.clone();
        unique.sort_unstable();
        unique.dedup();
        prop_assert_eq!(unique.len(), shown.len());
        // Pins may break a cap among themselves; what is ranked never adds to it.
        for (column, most) in [(Column::Category, request.caps.category), (Column::Brand, request.caps.brand), (Column::Group, request.caps.group)] {
            let Some(most) = most else { continue };
            for item in slate.items.iter().filter(|i| i.rules.unwrap().iter().all(|r| r.rule != "pin")) {
                let name = facet(&shop, item.row.item, column);
                let count = shown.iter().filter(|i| facet(&shop, i, column) == name).count();
                prop_assert!(count <= most, "{:?} {:?}", column, name);
            }
        }
        for rule in request.rules.iter().filter(|r| r.action == Action::Hide) {
            let filter = rule.r#where.compile(shop.catalog(), &arena).unwrap();
            for item in &shown {
                let index = shop.catalog().find(item).unwrap();
                prop_assert!(!(filter.holds(index) && (rule.items.is_empty() || rule.items.iter().any(|i| i == item))));
            }
        }
        if let (Some(source), Some(relate)) = (&request.source, request.relate.category) {
            let own = facet(&shop, source, Column::Category);
            for item in &shown {
                prop_assert_eq!(facet(&shop, item, Column::Category) == own, relate == Relate::Same);
            }
            prop_assert!(!shown.contains(&source.as_str()));
        }
        let recent = request.placement == Some(Placement::RecentlyViewed);
        let counts = |e: &&StoredEvent| if recent { session.counts(e).is_some() } else { session.is_current(e) };
        let seen: Vec<String> = session.events().iter().filter(|e| matches!(e.kind, EventKind::View | EventKind::SearchClick)).filter(counts)
            .filter_map(|e| shop.catalog().find_key(e.item)).map(|i| shop.catalog().id(i).to_owned()).collect();
        if recent {
            prop_assert!(shown.iter().all(|i| seen.iter().any(|s| s == i)), "nothing but what was seen");
        } else {
            prop_assert!(shown.iter().all(|i| !seen.iter().any(|s| s == i)), "seen items stay out");
        }
    }

    #[test]
    fn parts_and_contributions_add_up_to_the_score(seed in any::<u64>(), bought in any::<bool>(), session in session(), request in request()) {
        let (mut shop, arena) = (shop(seed, bought), Arena::default());
        let slate = shop.recommend(&session, &Request { k: 20, ..request }, NOW, &arena).unwrap();
        for item in slate.items {
            let p = item.parts.unwrap();
            let sum = p.table + p.repeat + p.model + p.popularity + p.rules;
            prop_assert!((sum - item.score).abs() < 1e-5, "{:?} {}", p, item.score);
            let contributions: f32 = item.reasons.iter().map(|r| r.contribution).sum();
            prop_assert!((contributions - item.score).abs() < 1e-5, "{:?}", item);
            prop_assert!(item.propensity > 0.0 && item.propensity <= 1.0);
        }
    }

    #[test]
    fn no_item_is_in_two_slates_of_a_page(
        seed in any::<u64>(),
        session in session(),
        requests in prop::collection::vec(request(), 1..5),
    ) {
        let (mut shop, arena) = (shop(seed, true), Arena::default());
        let page = shop.recommend_page(&session, &requests, NOW, &arena).unwrap();
        prop_assert_eq!(page.len(), requests.len());
        let mut shown: Vec<&str> = page.iter().flat_map(|s| s.items.iter().map(|i| i.row.item)).collect();
        let all = shown.len();
        shown.sort_unstable();
        shown.dedup();
        prop_assert_eq!(shown.len(), all);
        prop_assert_eq!(&page[0], &shop.recommend(&session, &requests[0], NOW, &arena).unwrap());
    }

    #[test]
    fn boosts_rank_as_a_sort_of_the_whole_catalog(
        seed in any::<u64>(),
        session in session(),
        rules in prop::collection::vec(any_rule(), 0..8),
        k in 1..30_usize,
    ) {
        let (mut shop, arena) = (shop(seed, false), Arena::default());
        let rules: Vec<Rule> = rules.into_iter().filter(|r| matches!(r.action, Action::Boost(_) | Action::Bury(_))).collect();
        let request = Request { k, rules: rules.clone(), exclude: Vec::new(), ..Request::default() };
        let slate = shop.recommend(&session, &request, NOW, &arena).unwrap();
        let plain = shop.recommend(&session, &Request { rules: Vec::new(), k: ITEMS, ..request }, NOW, &arena).unwrap();
        // Dismissals move scores as well: begin from what is shown without rules.
        let mut all: Vec<(u8, f32, f32, ItemIdx)> = plain.items.iter().map(|item| {
            let index = shop.catalog().find(item.row.item).unwrap();
            let factor: f32 = rules.iter().map(|rule| {
                let about = rule.r#where.compile(shop.catalog(), &arena).unwrap().holds(index)
                    && (rule.items.is_empty() || rule.items.iter().any(|i| i == item.row.item));
                match rule.action {
                    Action::Boost(f) | Action::Bury(f) if about => f,
                    _ => 1.0,
                }
            }).product();
            let raw = shop.part(index).total();
            let score = if raw >= 0.0 { item.score * factor } else { item.score / factor };
            let group = if raw <= 0.0 { 4 } else if raw > 1e-6 { 0 } else { 2 };
            (group, score, raw, index)
        }).collect();
        all.sort_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)).then(b.2.total_cmp(&a.2)).then(a.3.cmp(&b.3)));
        prop_assert_eq!(slate.items.len(), k);
        for (got, want) in slate.items.iter().zip(&all) {
            // Factors in another order may round otherwise: scores are compared, and items where scores differ.
            prop_assert!((got.score - want.1).abs() <= 1e-5 * want.1.abs().max(1e-6), "{} {:?}", got.score, want);
        }
    }
}
