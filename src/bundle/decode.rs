//! The manifest from its JSON, strict: every key is known and every type is right.

use super::manifest::{
    Align, BlendSpec, CatalogSpec, FORMAT, Feature, Golden, GoldenEvent, GraphEngine, InputSpec, ItemsSpec, Manifest,
    ModelFileSpec, ModelSpec, OutputKind, OutputSpec, ServingSpec, SignalSpec, TableSpec, Task, Training,
};
use crate::error::{Code, Error, Result};
use crate::value::{Decode, Faults, Value};
use std::fmt::Display;

impl Manifest {
    /// Reads and checks a manifest.
    ///
    /// # Errors
    /// `bundle-unsupported-format`, `manifest-invalid`.
    pub fn parse(json: &str) -> Result<Self> {
        let invalid = |why: &dyn Display| Error::new(Code::ManifestInvalid, "the manifest is malformed").with("why", why);
        let value: Value = serde_json::from_str(json).map_err(|e| invalid(&e))?;
        // The one key that every format has, so it is looked at before all others.
        if let Some(format) = value.get("format").and_then(Value::as_natural).filter(|f| *f != u64::from(FORMAT)) {
            return Err(Error::new(Code::BundleUnsupportedFormat, "the bundle is of another format: use a matching nearhand")
                .with("format", format)
                .with("supported", FORMAT));
        }
        let manifest: Self = value.read().map_err(|e| invalid(&e))?;
        manifest.check()?;
        Ok(manifest)
    }
}

impl Decode for Manifest {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        let mut of = value.fields(faults);
        let read = Self {
            sha256: of.take("sha256"),
            format: of.take("format"),
            task: of.take("task"),
            name: of.take("name"),
            version: of.take("version"),
            created_at: of.take("created_at"),
            catalog: of.take("catalog"),
            model: of.take("model"),
            items: of.take("items"),
            table: of.take("table"),
            model_file: of.take("model_file"),
            blend: of.take("blend"),
            serving: of.take_or("serving", ServingSpec::default()),
            goldens: of.take("goldens"),
            training: of.take("training"),
            provenance: of.take("provenance"),
            metrics: of.take::<Figures>("metrics").0,
            licence: of.take("licence"),
            attribution: of.take("attribution"),
            card: of.take("card"),
        };
        of.end();
        read
    }
}

/// Figures by name.
struct Figures(Vec<(String, f64)>);

impl Decode for Figures {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        Self(value.fields(faults).rest())
    }
}

impl Decode for Task {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        value.word(&[("recommend", Self::Recommend)], faults)
    }
}

impl Decode for CatalogSpec {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        let mut of = value.fields(faults);
        let read = Self { items: of.take("items"), columns: of.take("columns"), currency: of.take("currency") };
        of.end();
        read
    }
}

impl Decode for ModelSpec {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        let mut of = value.fields(faults);
        let read = Self { inputs: of.take("inputs"), output: of.take("output"), engine: of.take("engine") };
        of.end();
        read
    }
}

impl Decode for GraphEngine {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        value.word(&[("tract", Self::Tract)], faults)
    }
}

impl Decode for InputSpec {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        let mut of = value.fields(faults);
        let read = Self {
            name: of.take("name"),
            feature: of.take("feature"),
            shape: of.take("shape"),
            dtype: of.take("dtype"),
            align: of.take("align"),
        };
        of.end();
        read
    }
}

impl Decode for OutputSpec {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        let mut of = value.fields(faults);
        let read = Self { name: of.take("name"), kind: of.take("kind"), width: of.take("width"), offset: of.take("offset") };
        of.end();
        read
    }
}

impl Decode for ItemsSpec {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        let mut of = value.fields(faults);
        let read = Self { dim: of.take("dim") };
        of.end();
        read
    }
}

impl Decode for ModelFileSpec {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        let mut of = value.fields(faults);
        let read = Self { sha256: of.take("sha256"), bytes: of.take("bytes") };
        of.end();
        read
    }
}

impl Decode for TableSpec {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        let mut of = value.fields(faults);
        let read = Self { successors: of.take("successors") };
        of.end();
        read
    }
}

impl Decode for BlendSpec {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        let mut of = value.fields(faults);
        let read = Self {
            last: of.take("last"),
            lambda: of.take("lambda"),
            table: of.take("table"),
            repeat: of.take("repeat"),
            repeat_lambda: of.take("repeat_lambda"),
            model: of.take("model"),
            temperature: of.take("temperature"),
            lite_repeat: of.take("lite_repeat"),
            lite_repeat_lambda: of.take("lite_repeat_lambda"),
        };
        of.end();
        read
    }
}

impl Decode for ServingSpec {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        let mut of = value.fields(faults);
        let read = Self { bought: of.take("bought"), recent: of.take("recent"), signals: of.take("signals") };
        of.end();
        read
    }
}

impl Decode for SignalSpec {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        let mut of = value.fields(faults);
        let read = Self {
            view: of.take("view"),
            search_click: of.take("search_click"),
            cart_add: of.take("cart_add"),
            purchase: of.take("purchase"),
            dwell_ref_s: of.take("dwell_ref_s"),
            dwell_min: of.take("dwell_min"),
            dwell_max: of.take("dwell_max"),
            half_life_s: of.take("half_life_s"),
            dismiss: of.take("dismiss"),
        };
        of.end();
        read
    }
}

impl Decode for Golden {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        let mut of = value.fields(faults);
        let read = Self { events: of.take("events"), full: of.take("full"), lite: of.take("lite") };
        of.end();
        read
    }
}

impl Decode for GoldenEvent {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        let mut of = value.fields(faults);
        let read =
            Self { kind: of.take("kind"), item: of.take("item"), gap_ms: of.take("gap_ms"), dwell_ms: of.take("dwell_ms") };
        of.end();
        read
    }
}

impl Decode for Training {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        let mut of = value.fields(faults);
        let read = Self {
            data: of.take("data"),
            sessions: of.take("sessions"),
            events: of.take("events"),
            seed: of.take("seed"),
            encoder: of.take("encoder"),
        };
        of.end();
        read
    }
}

impl Decode for Align {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        value.word(&[("left", Self::Left), ("right", Self::Right)], faults)
    }
}

impl Decode for OutputKind {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        value.word(&[("query", Self::Query), ("logits", Self::Logits)], faults)
    }
}

impl Decode for Feature {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        let Value::Map(_) = value else {
            return value.word(
                &[
                    ("item-vector", Self::ItemVector),
                    ("mask", Self::Mask),
                    ("length", Self::Length),
                    ("recency", Self::Recency),
                    ("dwell-log", Self::DwellLog),
                    ("gap-log", Self::GapLog),
                    ("kind", Self::Kind),
                    ("price-log", Self::PriceLog),
                ],
                faults,
            );
        };
        let mut of = value.fields(faults);
        let ItemIndex { offset, pad } = of.take("item-index");
        of.end();
        Self::ItemIndex { offset, pad }
    }
}

/// The one feature with settings: `{"item-index": {"offset": 1, "pad": 0}}`.
struct ItemIndex {
    offset: i64,
    pad: i64,
}

impl Decode for ItemIndex {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        let mut of = value.fields(faults);
        let read = Self { offset: of.take("offset"), pad: of.take("pad") };
        of.end();
        read
    }
}
