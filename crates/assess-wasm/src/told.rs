//! What a bundle says of itself, for `info`.

use nearhand::assess::{Deciding, OnlineAssessor};
use serde_json::{Value, json};

/// As JSON.
pub(crate) fn told(online: &mut OnlineAssessor) -> String {
    let names = |spec: Option<&nearhand_features::Spec>| -> Vec<String> {
        spec.map_or_else(Vec::new, |spec| spec.features().iter().map(|feature| feature.name.clone()).collect())
    };
    let whole = online.declared();
    let windows = whole.map(|spec| json!({ "lateness": spec.lateness(), "skew": spec.skew() }));
    let keys = whole.map_or(&[][..], nearhand_features::Spec::keys).to_vec();
    let flags = whole.map_or(&[][..], nearhand_features::Spec::flags).to_vec();
    let (of_windows, counted, given) = (names(whole), names(online.counted()), online.given().to_vec());
    let fields = online.fields();
    let (id, time, fields) = (fields.id().map(str::to_owned), fields.time().map(str::to_owned), fields.names().to_vec());
    let assessor = online.assessor();
    let (sha256, bytes) = (assessor.digest().to_owned(), assessor.bytes());
    let manifest = assessor.manifest();
    let spec = &manifest.spec;
    let features: Vec<&str> = spec.features.iter().map(|feature| feature.name.as_str()).collect();
    // By feature, what all its reasons begin with; the name is that of the feature.
    let why: Vec<[&str; 2]> = spec.features.iter().map(|of| [&*of.code, &*of.text]).collect();
    let currencies: Vec<&str> = spec.currencies.iter().map(|currency| currency.code.as_str()).collect();
    let lists: Vec<&str> = spec.lists.iter().map(|list| list.name.as_str()).collect();
    let rules: Vec<Value> =
        spec.rules.iter().map(|rule| json!({ "code": rule.code, "text": rule.text, "then": rule.then.as_str() })).collect();
    let decides = match spec.decide {
        Deciding::Costs => "costs",
        Deciding::Capacity { .. } => "capacity",
        Deciding::Thresholds { .. } => "thresholds",
    };
    json!({
        "bundle": {
            "name": manifest.name, "version": manifest.version, "createdAt": manifest.created_at, "licence": manifest.licence,
            "attribution": manifest.attribution, "card": manifest.card, "sha256": sha256, "bytes": bytes,
        },
        "features": features, "given": given, "ofWindows": of_windows, "counted": counted, "why": why, "link": assessor.link(),
        "fields": fields, "id": id, "time": time, "keys": keys, "flags": flags, "windows": windows,
        "currencies": currencies, "lists": lists, "rules": rules, "decides": decides,
    })
    .to_string()
}

/// What has happened so far, as JSON.
pub(crate) fn counts(online: &mut OnlineAssessor) -> String {
    let failed = online.assessor().has_failed().then_some(nearhand::Code::GoldenMismatch.as_str());
    let (counts, answers) = online.counts();
    let counts = counts.map(|c| {
        json!({
            "observed": c.observed, "outOfOrder": c.out_of_order, "duplicates": c.duplicates, "late": c.late, "ahead": c.ahead,
            "labels": c.labels, "labelsRefused": c.labels_refused, "keysForgotten": c.keys_forgotten,
            "eventsForgotten": c.events_forgotten, "idsForgotten": c.ids_forgotten,
        })
    });
    let mut told = json!({ "counts": counts, "answers": answers });
    if let (Some(failed), Some(told)) = (failed, told.as_object_mut()) {
        told.insert("failed".to_owned(), failed.into());
    }
    told.to_string()
}
