//! Names that columns usually have, and exports whose header is known.

use super::role::Role;
use nearhand::EventKind;

/// Names that a column of the role usually has, without case and marks; the first found is taken.
pub(super) const fn usual(role: Role) -> &'static [&'static str] {
    match role {
        Role::Session => &[
            "gasessionid",
            "sessionid",
            "session",
            "usersession",
            "domainsessionid",
            "idvisit",
            "visitid",
            "invoiceno",
            "invoice",
            "basketid",
            "basket",
            "orderid",
            "ordernumber",
            "orderno",
            "visitorid",
            "visitor",
            "anonymousid",
            "userpseudoid",
            "distinctid",
            "domainuserid",
            "fullvisitorid",
            "idvisitor",
            "clientid",
            "deviceid",
            "cookieid",
            "usertoken",
            "userid",
            "user",
            "customerid",
            "customer",
            "uid",
            "personid",
        ],
        Role::Item => &[
            "itemid",
            "item",
            "stockcode",
            "aid",
            "productid",
            "product",
            "productsku",
            "itemsku",
            "sku",
            "articleid",
            "asin",
            "objectid",
            "objectids",
            "parentasin",
            "variantid",
            "productcode",
        ],
        Role::Time => &[
            "time",
            "timestamp",
            "ts",
            "eventtimestamp",
            "datetime",
            "eventtime",
            "derivedtstamp",
            "collectortstamp",
            "servertime",
            "invoicedate",
            "orderdate",
            "createdat",
            "datecreated",
            "occurredat",
            "sentat",
            "receivedat",
            "date",
            "eventdate",
            "day",
        ],
        Role::Kind => &[
            "type",
            "event",
            "kind",
            "eventtype",
            "eventkind",
            "eventname",
            "action",
            "behavior",
            "behaviortype",
            "seaction",
            "actiontype",
            "interaction",
            "interactiontype",
            "eventsubtype",
            "activity",
        ],
        Role::Title => &["title", "name", "description", "itemtitle", "itemname", "producttitle", "productname", "lineitemname"],
        Role::Price => &["price", "unitprice", "itemprice", "productprice", "lineitemprice"],
        Role::Quantity => &["quantity", "qty", "pieces", "qtyordered", "itemquantity", "lineitemquantity"],
        Role::Dwell => &["dwellms", "dwell"],
        // Of known exports alone.
        Role::Status => &[],
        Role::Visitor => &[
            "userpseudoid",
            "visitorid",
            "anonymousid",
            "distinctid",
            "domainuserid",
            "fullvisitorid",
            "idvisitor",
            "clientid",
            "deviceid",
            "userid",
            "customerid",
        ],
    }
}

/// Names of a time's day alone.
pub(super) const DAYS: [&str; 7] = ["date", "eventdate", "orderdate", "invoicedate", "day", "datum", "ymd"];

/// Session columns with these names hold visitors: their events are cut at idle gaps.
pub(super) const VISITORS: [&str; 19] = [
    "visitorid",
    "visitor",
    "anonymousid",
    "userpseudoid",
    "distinctid",
    "domainuserid",
    "fullvisitorid",
    "idvisitor",
    "clientid",
    "deviceid",
    "cookieid",
    "usertoken",
    "userid",
    "user",
    "customerid",
    "customer",
    "uid",
    "personid",
    "profileid",
];
/// Session columns with these names hold invoices: those that begin with `C` may be cancellations.
pub(super) const INVOICES: [&str; 2] = ["invoiceno", "invoice"];

/// An export whose columns say otherwise than their names, or that is known as a list of orders.
pub(super) struct Layout {
    /// Its name for people.
    pub name: &'static str,
    /// Columns that tell it.
    marks: &'static [&'static str],
    /// Columns by role, the first that holds anything.
    pub roles: &'static [(Role, &'static [&'static str])],
    /// Kind of its events.
    pub kind: Option<EventKind>,
}

const LAYOUTS: [Layout; 4] = [
    Layout {
        name: "Shopify orders",
        marks: &["name", "createdat", "lineitemname"],
        roles: &[
            (Role::Session, &["name"]),
            (Role::Item, &["lineitemsku", "lineitemname"]),
            (Role::Time, &["createdat"]),
            (Role::Title, &["lineitemname"]),
            (Role::Price, &["lineitemprice"]),
            (Role::Quantity, &["lineitemquantity"]),
            (Role::Status, &["cancelledat"]),
            (Role::Kind, &[]),
        ],
        kind: Some(EventKind::Purchase),
    },
    Layout {
        name: "Magento order items",
        marks: &["orderid", "sku", "qtyordered"],
        roles: &[
            (Role::Session, &["orderid"]),
            (Role::Item, &["sku"]),
            (Role::Time, &["createdat"]),
            (Role::Quantity, &["qtyordered"]),
            (Role::Kind, &[]),
        ],
        kind: Some(EventKind::Purchase),
    },
    Layout {
        name: "WooCommerce orders",
        marks: &["ordernumber", "orderdate", "orderstatus"],
        roles: &[
            (Role::Session, &["orderid", "ordernumber"]),
            (Role::Item, &["sku", "itemsku", "productsku", "productid", "itemid", "itemname", "productname"]),
            (Role::Time, &["orderdate"]),
            (Role::Title, &["itemname", "productname"]),
            (Role::Price, &["itemcost", "itemprice", "price"]),
            (Role::Quantity, &["quantity", "qty", "quantityrefund"]),
            (Role::Status, &["orderstatus"]),
            (Role::Kind, &[]),
        ],
        kind: Some(EventKind::Purchase),
    },
    Layout {
        name: "Google Analytics 4",
        marks: &["eventname", "eventtimestamp", "userpseudoid"],
        roles: &[(Role::Time, &["eventtimestamp"]), (Role::Kind, &["eventname"])],
        kind: None,
    },
];

/// Whether a value of a status column calls an order off: a time at which that was done, or a word for it.
pub(super) fn calls_off(status: &str) -> bool {
    const WORDS: [&str; 7] = ["cancelled", "canceled", "refunded", "failed", "wccancelled", "wcrefunded", "wcfailed"];
    status.starts_with(|c: char| c.is_ascii_digit()) || WORDS.contains(&plain(status).as_str())
}

/// The export whose marks a header has.
pub(super) fn layout(header: &[String]) -> Option<&'static Layout> {
    let names: Vec<String> = header.iter().map(|name| plain(name)).collect();
    LAYOUTS.iter().find(|layout| layout.marks.iter().all(|mark| names.iter().any(|name| name == mark)))
}

/// A name without case, marks and the type that RecBole writes behind it (`item_id:token`).
pub(super) fn plain(name: &str) -> String {
    let typed = name.rsplit_once(':').filter(|(_, of)| matches!(*of, "token" | "float" | "token_seq" | "float_seq"));
    let name = typed.map_or(name, |(name, _)| name);
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// The names that a column answers to: its own, and of a nested value the last two and the last key.
pub(super) fn aliases(name: &str) -> [String; 3] {
    let keys: Vec<&str> = name.split('.').collect();
    let tail = |count: usize| plain(&keys.get(keys.len().saturating_sub(count)..).unwrap_or_default().join("."));
    [plain(name), if keys.len() > 2 { tail(2) } else { String::new() }, if keys.len() > 1 { tail(1) } else { String::new() }]
}
