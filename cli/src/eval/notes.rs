//! What a person should know beside the figures.

use super::args::Args;
use super::bundles::Opened;
use super::found::Way;
use super::measure::Variant;
use crate::sessions::Slates;

/// All of it. `seen`: how many held-out sessions are training sessions, and of how many.
pub(super) fn of(
    args: &Args,
    seen: Option<(usize, usize)>,
    lists: &[(String, Slates)],
    bundles: &[Opened],
    ways: &[Way],
) -> Vec<String> {
    let mut notes: Vec<String> = bundles.iter().flat_map(|bundle| below_parts(args.k, &bundle.name, ways)).collect();
    match seen {
        None => notes.push(
            "session popularity, item-kNN and VMIS-kNN learn from the training sessions: name them with --train to have them beside"
                .to_owned(),
        ),
        Some((seen, all)) if seen * 10 > all => notes.push(format!(
            "{seen} of {all} held-out sessions stand word for word in the training sessions: what was trained on them has seen the answers"
        )),
        Some(_) => {}
    }
    for (name, slates) in lists {
        if slates.longest < args.k {
            let (longest, k) = (slates.longest, args.k);
            notes.push(format!(
                "the lists of {name} hold {longest} items at most, all others answer with {k}: compare at --k {longest}"
            ));
        }
        if slates.without > 0 {
            let (without, all) = (slates.without, slates.lists.len());
            notes.push(format!(
                "{name} has no list for {without} of {all} pairs, which count as its misses: --only-listed judges by the others alone"
            ));
        }
        if slates.unknown > 0 {
            notes.push(format!(
                "{} of {} items in the lists of {name} are unknown to {}: they keep their places and can be hits",
                slates.unknown,
                slates.items,
                bundles.first().map_or("", |first| first.name.as_str())
            ));
        }
        if slates.repeating > 0 {
            notes.push(format!(
                "{} lists of {name} hold an item twice: it stands where it comes first, and takes two places",
                slates.repeating
            ));
        }
    }
    if let [first, others @ ..] = bundles {
        let same = |other: &&Opened| other.by_id().keys().all(|id| first.engine.catalog().find(id).is_some());
        for other in others.iter().filter(|other| other.items() != first.items() || !same(other)) {
            notes.push(format!(
                "{} has {} items and {} has {}, not the same ones: each ranks its own, and misses what it lacks",
                first.name,
                first.items(),
                other.name,
                other.items()
            ));
        }
    }
    notes
}

/// Where a bundle's blend is below one of its parts.
fn below_parts(k: usize, name: &str, ways: &[Way]) -> Vec<String> {
    let all = [Variant::Blend, Variant::Vectors, Variant::Table, Variant::Popularity];
    let of = |variant: &Variant| {
        let way = ways.iter().find(|way| way.name == format!("{name}{}", variant.suffix()))?;
        Some((*variant, way.report.all.hit_rate(), way.report.all.mrr()))
    };
    let figures: Vec<_> = all.iter().filter_map(of).collect();
    below(k, &figures).into_iter().map(|line| format!("{name}: {line}")).collect()
}

/// Where the blend is below one of its parts, in words: variants with their hit rate and mean reciprocal rank, the blend first.
pub(crate) fn below(k: usize, figures: &[(Variant, f64, f64)]) -> Vec<String> {
    let Some(((Variant::Blend, hr, mrr), parts)) = figures.split_first() else { return Vec::new() };
    let mut lines = Vec::new();
    for (part, part_hr, part_mrr) in parts {
        let part = part.suffix().trim_start_matches('/');
        for (what, blend, alone) in
            [("hr", hr, part_hr), ("mrr", mrr, part_mrr)].into_iter().filter(|(_, blend, alone)| blend < alone)
        {
            lines.push(format!("on these pairs the blend is below {part} alone: {what}@{k} {blend:.4} < {alone:.4}"));
        }
    }
    lines
}
