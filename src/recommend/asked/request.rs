//! The request: what the host asks for. Plain data; [`Request::check`] is the one place that knows the ranges.

use super::chance::Explore;
use super::placement::Relate;
use super::placement::Relation;
use super::placement::{MAX_PLACE, Placement};
use super::promotion::Rule;
use crate::catalog::{Column, Where};
use crate::error::{Code, Error, Result};
use crate::value::{Decode, Faults, Value};

/// Items to leave out by what the session says of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exclude {
    /// Viewed or opened from search. Not applied in `recently-viewed`.
    Seen,
    /// In the cart now.
    Cart,
    /// Bought in this session.
    Purchased,
    /// Waved away.
    Dismissed,
    /// Of the variant group of the page's item.
    Variants,
    /// With stock 0. Not applied in `recently-viewed`, nor where such items are asked for.
    SoldOut,
}

impl Exclude {
    /// All of them: the default.
    pub const ALL: [Self; 6] = [Self::Seen, Self::Cart, Self::Purchased, Self::Dismissed, Self::Variants, Self::SoldOut];
}

impl Decode for Exclude {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        value.word(
            &[
                ("seen", Self::Seen),
                ("cart", Self::Cart),
                ("purchased", Self::Purchased),
                ("dismissed", Self::Dismissed),
                ("variants", Self::Variants),
                ("sold-out", Self::SoldOut),
            ],
            faults,
        )
    }
}

/// Most items that one name of a facet may have in the slate, all its pages together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Caps {
    /// A category.
    pub category: Option<usize>,
    /// A brand.
    pub brand: Option<usize>,
    /// A variant group.
    pub group: Option<usize>,
}

impl Caps {
    /// The caps that are set, by column.
    pub(in crate::recommend) fn set(&self) -> impl Iterator<Item = (Column, usize)> {
        [(Column::Category, self.category), (Column::Brand, self.brand), (Column::Group, self.group)]
            .into_iter()
            .filter_map(|(column, most)| Some((column, most?)))
    }
}

impl Decode for Caps {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        let mut caps = Self::default();
        let mut of = value.fields(faults);
        of.fill("category", &mut caps.category);
        of.fill("brand", &mut caps.brand);
        of.fill("group", &mut caps.group);
        of.end();
        caps
    }
}

/// Facets shared, or not, with the page's item. An item without the facet differs from every other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Relates {
    /// The category.
    pub category: Option<Relate>,
    /// The brand.
    pub brand: Option<Relate>,
}

impl Relates {
    pub(in crate::recommend) fn set(&self) -> impl Iterator<Item = (Column, Relate)> {
        [(Column::Category, self.category), (Column::Brand, self.brand)].into_iter().filter_map(|(c, r)| Some((c, r?)))
    }
}

impl Decode for Relates {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        let mut relates = Self::default();
        let mut of = value.fields(faults);
        of.fill("category", &mut relates.category);
        of.fill("brand", &mut relates.brand);
        of.end();
        relates
    }
}

/// Most items a slate can have.
pub(crate) const MAX_K: usize = 100;
/// Most rules a request can bring.
const MAX_RULES: usize = 64;
/// Most of them that boost or bury by conditions alone: each may split the candidates once more.
const MAX_WIDE: usize = 16;

/// What a slate is asked for with.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// Slate length, 1 to 100. Default 5.
    pub k: usize,
    /// Items to skip: the pages of a slate, put together, are one long slate. `offset + k` is at most 1000. Default 0.
    pub offset: usize,
    /// Where it stands. Default: the session speaks, as on the home page.
    pub placement: Option<Placement>,
    /// What a product page's slate is for. Default: whatever comes next.
    pub relation: Option<Relation>,
    /// The item of the page. Never in the slate; part of the context.
    pub source: Option<String>,
    /// The category whose items come first; needed by the placement `category`.
    pub category: Option<String>,
    /// Default: all of them.
    pub exclude: Vec<Exclude>,
    /// Ids never to show. Unknown ones are ignored.
    pub exclude_items: Vec<String>,
    /// Conditions on catalog columns.
    pub r#where: Where,
    /// Facets shared, or not, with the page's item.
    pub relate: Relates,
    /// The shop's rules, at most 64.
    pub rules: Vec<Rule>,
    /// Most items a facet name may have.
    pub caps: Caps,
    /// How much unlikeness counts against relevance, 0 (not at all) to 1 (alone). Default 0.
    pub diversity: f32,
    /// Least score, as a share of the best allowed item's, before rules. 0 to 1. Default 0.
    pub min_relevance: f32,
    /// What an item's score is multiplied by for every time the session says it was shown, above 0 to 1. Default 1.
    pub rotate: f32,
    /// A place that shows something else now and then.
    pub explore: Option<Explore>,
    /// A lasting name of the visitor, the host's choice, for rules with a test bucket. Not kept.
    pub visitor: Option<String>,
    /// Ids in the shop's own order, for what neither evidence nor popularity ranks.
    pub curated: Vec<String>,
    /// Whether items carry their score parts, all contributions and the rules that moved them. Default false.
    pub explain: bool,
    /// Whether a column or a name that the catalog does not have is an error; else the condition is left out, with a note.
    pub strict: bool,
}

impl Default for Request {
    fn default() -> Self {
        Self {
            k: 5,
            offset: 0,
            placement: None,
            relation: None,
            source: None,
            category: None,
            exclude: Exclude::ALL.to_vec(),
            exclude_items: Vec::new(),
            r#where: Where::default(),
            relate: Relates::default(),
            rules: Vec::new(),
            caps: Caps::default(),
            diversity: 0.0,
            min_relevance: 0.0,
            rotate: 1.0,
            explore: None,
            visitor: None,
            curated: Vec::new(),
            explain: false,
            strict: false,
        }
    }
}

impl Decode for Request {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        let mut request = Self::default();
        let mut of = value.fields(faults);
        of.fill("k", &mut request.k);
        of.fill("offset", &mut request.offset);
        of.fill("placement", &mut request.placement);
        of.fill("relation", &mut request.relation);
        of.fill("source", &mut request.source);
        of.fill("category", &mut request.category);
        of.fill("exclude", &mut request.exclude);
        of.fill("excludeItems", &mut request.exclude_items);
        of.fill("where", &mut request.r#where);
        of.fill("relate", &mut request.relate);
        of.fill("rules", &mut request.rules);
        of.fill("caps", &mut request.caps);
        of.fill("diversity", &mut request.diversity);
        of.fill("minRelevance", &mut request.min_relevance);
        of.fill("rotate", &mut request.rotate);
        of.fill("explore", &mut request.explore);
        of.fill("visitor", &mut request.visitor);
        of.fill("curated", &mut request.curated);
        of.fill("explain", &mut request.explain);
        of.fill("strict", &mut request.strict);
        of.end();
        request
    }
}

impl Request {
    /// Checks ranges, and that what is asked for fits together.
    ///
    /// # Errors
    /// `invalid-option` with the offending value.
    pub fn check(&self) -> Result<()> {
        let bad = |why: &'static str, name: &'static str, value: &dyn std::fmt::Display| {
            Err(Error::new(Code::OptionInvalid, why).with(name, value))
        };
        if !(1..=MAX_K).contains(&self.k) {
            return bad("k is 1 to 100", "k", &self.k);
        }
        if self.offset > MAX_PLACE - self.k {
            return bad("offset + k is at most 1000", "offset", &self.offset);
        }
        if self.placement == Some(Placement::Category) && self.category.is_none() {
            return bad("the placement category needs a category", "placement", &"category");
        }
        if self.relation.is_some() && self.placement != Some(Placement::Product) {
            return bad("relation goes with the placement product", "placement", &"not product");
        }
        if self.rules.len() > MAX_RULES {
            return bad("at most 64 rules", "rules", &self.rules.len());
        }
        for (name, share) in [("diversity", self.diversity), ("minRelevance", self.min_relevance)] {
            if !(0.0..=1.0).contains(&share) {
                return bad("a share is 0 to 1", name, &share);
            }
        }
        if !(self.rotate > 0.0 && self.rotate <= 1.0) {
            return bad("rotate is above 0 and at most 1", "rotate", &self.rotate);
        }
        if self.caps.set().any(|(_, most)| most == 0) {
            return bad("a cap is at least 1", "caps", &0);
        }
        if let Some(e) = &self.explore {
            if !(1..=MAX_PLACE).contains(&e.place) {
                return bad("explore.place is 1 to 1000", "place", &e.place);
            }
            if !(0.0..=1.0).contains(&e.rate) {
                return bad("explore.rate is 0 to 1", "rate", &e.rate);
            }
            if !(2..=100).contains(&e.among) {
                return bad("explore.among is 2 to 100", "among", &e.among);
            }
        }
        for (at, rule) in self.rules.iter().enumerate() {
            rule.check(at)?;
        }
        let wide = self.rules.iter().filter(|rule| rule.is_wide()).count();
        if wide > MAX_WIDE {
            return bad("at most 16 rules boost or bury by where alone", "rules", &wide);
        }
        if self.curated.len() > MAX_PLACE {
            return bad("at most 1000 curated items", "curated", &self.curated.len());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> std::result::Result<Request, String> {
        let request: Request = serde_json::from_str::<Value>(json).unwrap().read().map_err(|e| e.to_string())?;
        request.check().map_err(|e| e.to_string()).map(|()| request)
    }

    #[test]
    fn everything_is_read() {
        let json = r#"{"k":3,"offset":6,"placement":"product","relation":"similar","source":"a","exclude":["variants"],
            "excludeItems":["b"],"where":{"price":{"lt":2}},"relate":{"category":"different"},"rules":[{"pin":1,"items":["c"]}],
            "caps":{"brand":1},"diversity":0.5,"minRelevance":0.1,"rotate":0.8,"explore":{"place":5,"seed":9007199254740991},
            "visitor":"v","curated":["d"],"explain":true}"#;
        let request = read(json).unwrap();
        assert_eq!((request.k, request.offset, request.explore.unwrap().among), (3, 6, 10));
        assert_eq!(request.caps.set().collect::<Vec<_>>(), [(Column::Brand, 1)]);
        assert_eq!(read("{}"), Ok(Request::default()));
    }

    #[test]
    fn what_is_out_of_range_or_does_not_fit_is_refused() {
        for bad in [
            r#"{"k":0}"#,
            r#"{"k":101}"#,
            r#"{"k":5,"offset":996}"#,
            r#"{"offset":18446744073709551615}"#,
            r#"{"placement":"category"}"#,
            r#"{"relation":"similar"}"#,
            r#"{"placement":"cart","relation":"similar"}"#,
            r#"{"placement":"cellar"}"#,
            r#"{"diversity":1.5}"#,
            r#"{"minRelevance":-1}"#,
            r#"{"rotate":0}"#,
            r#"{"caps":{"brand":0}}"#,
            r#"{"caps":{"price":1}}"#,
            r#"{"explore":{"place":0,"seed":1}}"#,
            r#"{"explore":{"place":1,"seed":1,"rate":2}}"#,
            r#"{"explore":{"place":1,"seed":1,"among":1}}"#,
            r#"{"explore":{"place":1}}"#,
            r#"{"where":{"price":{"lt":"cheap"}}}"#,
            r#"{"where":{"colour":"red"}}"#,
            r#"{"relate":{"category":"equal"}}"#,
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
