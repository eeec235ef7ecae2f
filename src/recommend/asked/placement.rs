//! Placements: where on a shop's pages a slate stands, and with it what evidence ranks it.
//!
//! | placement | evidence, strongest first |
//! |---|---|
//! | none, `home`, `search-empty` | the session: model, table, repeats |
//! | `product` | the same with the page's item as the newest event |
//! | `product`, `similar` | likeness of item vectors to the page's item; with a table of purchases also the table of views |
//! | `product`, `complementary` | what was bought together with the page's item |
//! | `category` | as `home`, items of the category first |
//! | `cart`, `post-purchase` | what was bought together with what is in the cart, or was just bought |
//! | `recently-viewed` | the session's own items, newest first |
//! | `trending` | items whose newest events exceed what their popularity lets expect |
//!
//! What a bundle has no evidence for falls back, and a note says so (`recommend::evidence`).

use crate::value::{Decode, Faults, Value};
use serde::Serialize;

/// The last place a page of a slate can reach, and a pin.
pub(crate) const MAX_PLACE: usize = 1000;

/// Where the slate stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Placement {
    /// A product's page. Needs `source`.
    Product,
    /// The cart.
    Cart,
    /// The entrance.
    Home,
    /// A category's page. Needs `category`.
    Category,
    /// A search without results.
    SearchEmpty,
    /// After an order.
    PostPurchase,
    /// What the visitor looked at.
    RecentlyViewed,
    /// What many look at lately.
    Trending,
}

impl Decode for Placement {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        value.word(
            &[
                ("product", Self::Product),
                ("cart", Self::Cart),
                ("home", Self::Home),
                ("category", Self::Category),
                ("search-empty", Self::SearchEmpty),
                ("post-purchase", Self::PostPurchase),
                ("recently-viewed", Self::RecentlyViewed),
                ("trending", Self::Trending),
            ],
            faults,
        )
    }
}

/// How the items of a product page relate to its item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// May be taken instead.
    Similar,
    /// Goes with it.
    Complementary,
}

impl Decode for Relation {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        value.word(&[("similar", Self::Similar), ("complementary", Self::Complementary)], faults)
    }
}

/// Whether items share a facet with the page's item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relate {
    /// They have the same name.
    Same,
    /// They have another name, or none.
    Different,
}

impl Decode for Relate {
    fn decode(value: Value, faults: &mut Faults) -> Self {
        value.word(&[("same", Self::Same), ("different", Self::Different)], faults)
    }
}
