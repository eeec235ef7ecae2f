//! Words for what happened, as shops and data sets write them.

use nearhand::{Code, Error, EventKind, Result};
use std::collections::HashMap;

/// What a usual word stands for: a kind, `Some(None)` for what happens in a shop but says nothing of an item (a page, a
/// login), `None` for a word that nobody knows. Case, blanks and marks do not count.
///
/// The words are those of GA4, Segment, PostHog, Snowplow, Matomo, Shopify, WooCommerce, Magento, Amazon Personalize, Algolia,
/// Google Retail, RecBole, REES46, OTTO and RetailRocket, as their documentation names events.
fn meaning(word: &str) -> Option<Option<EventKind>> {
    Some(Some(match plain(word).as_str() {
        "view"
        | "views"
        | "viewed"
        | "click"
        | "clicks"
        | "clicked"
        | "visit"
        | "detail"
        | "details"
        | "open"
        | "opened"
        | "productview"
        | "productviews"
        | "viewproduct"
        | "productviewed"
        | "productclicked"
        | "productclick"
        | "itemview"
        | "itemviewed"
        | "viewitem"
        | "viewitems"
        | "viewitemdetail"
        | "selectitem"
        | "selectcontent"
        | "detailview"
        | "detailpageview"
        | "productdetail"
        | "productdetailview"
        | "viewproductdetails"
        | "productdetailpageview"
        | "catalogproductview"
        | "viewcontent"
        | "contentview"
        | "productpageview"
        | "productpage"
        | "watch"
        | "read"
        | "pv"
        | "ecommerceview"
        | "action"
        | "cataloguecontentview"
        | "productpreviewed"
        | "quickview"
        | "viewdetails"
        | "viewitempage" => EventKind::View,
        "cart"
        | "carts"
        | "cartadd"
        | "cartadds"
        | "addtocart"
        | "addedtocart"
        | "addcart"
        | "addtobag"
        | "add"
        | "added"
        | "basket"
        | "addtobasket"
        | "productadded"
        | "productaddedtocart"
        | "productaddtocart"
        | "itemaddedtocart"
        | "checkoutcartadd"
        | "addproducttocart"
        | "addedtobasket"
        | "productaddedtobasket"
        | "cartupdateadd" => EventKind::CartAdd,
        "cartremove"
        | "removefromcart"
        | "removedfromcart"
        | "remove"
        | "removed"
        | "removefrombasket"
        | "productremoved"
        | "productremovedfromcart"
        | "productremovefromcart"
        | "removecart"
        | "deletefromcart"
        | "removefrombag" => EventKind::CartRemove,
        "purchase"
        | "purchases"
        | "purchased"
        | "order"
        | "orders"
        | "ordered"
        | "transaction"
        | "transactions"
        | "buy"
        | "buys"
        | "bought"
        | "sale"
        | "sales"
        | "ordercompleted"
        | "orderplaced"
        | "ordercreated"
        | "orderpaid"
        | "productpurchased"
        | "purchasecomplete"
        | "purchasecompleted"
        | "completepurchase"
        | "checkoutcompleted"
        | "ecommercepurchase"
        | "conversion"
        | "ecommerceorder"
        | "placeorder"
        | "ecommercetransaction"
        | "checkoutsuccess"
        | "purchaseproduct" => EventKind::Purchase,
        "searchclick" | "clickfromsearch" | "clickedobjectidsaftersearch" | "searchresultclicked" | "searchresultclick" => {
            EventKind::SearchClick
        }
        "impression" | "impressions" | "shown" | "viewitemlist" | "productlistviewed" | "productlistview" | "listview"
        | "productimpression" | "productimpressions" | "viewedobjectids" | "categorypageview" => EventKind::Impression,
        "dismiss" | "dismissed" | "hide" | "notinterested" => EventKind::Dismiss,
        // Of pages, visits, searches and orders on their way.
        "pageview"
        | "page"
        | "pages"
        | "pageping"
        | "screen"
        | "screenview"
        | "pageviewed"
        | "pageleave"
        | "homepageview"
        | "sessionstart"
        | "sessionend"
        | "firstvisit"
        | "firstopen"
        | "userengagement"
        | "scroll"
        | "autocapture"
        | "identify"
        | "set"
        | "rageclick"
        | "search"
        | "searches"
        | "searched"
        | "viewsearchresults"
        | "productssearched"
        | "filter"
        | "filters"
        | "productlistfiltered"
        | "viewcart"
        | "cartviewed"
        | "shoppingcartpageview"
        | "cartview"
        | "begincheckout"
        | "checkoutstarted"
        | "checkoutstepviewed"
        | "checkoutstepcompleted"
        | "checkout"
        | "checkoutstart"
        | "initiatecheckout"
        | "addshippinginfo"
        | "addpaymentinfo"
        | "paymentinfoentered"
        | "checkoutstep"
        | "viewpromotion"
        | "selectpromotion"
        | "promotionviewed"
        | "promotionclicked"
        | "promoview"
        | "promoclick"
        | "login"
        | "logout"
        | "signup"
        | "signedup"
        | "signedin"
        | "signedout"
        | "share"
        | "productshared"
        | "productreviewed"
        | "addtowishlist"
        | "wishlist"
        | "productaddedtowishlist"
        | "addtofavorites"
        | "fav"
        | "favorite"
        | "like"
        | "removefromwishlist"
        | "productremovedfromwishlist"
        | "wishlistproductaddedtocart"
        | "cartshared"
        | "couponapplied"
        | "couponentered"
        | "couponremoved"
        | "coupondenied"
        | "refund"
        | "refunds"
        | "orderrefunded"
        | "ordercancelled"
        | "ordercanceled"
        | "orderupdated"
        | "return"
        | "returned"
        | "trans"
        | "transactionitem"
        | "transactionerror"
        | "listclick"
        | "struct"
        | "unstruct"
        | "filedownload"
        | "videostart"
        | "videoprogress"
        | "videocomplete"
        | "formstart"
        | "formsubmit"
        | "generatelead"
        | "exception"
        | "error"
        | "feedback"
        | "formview"
        | "subscription"
        | "outlink"
        | "download"
        | "goal"
        | "ecommerceabandonedcart"
        | "featureflagcalled"
        | "webvitals"
        | "pageload"
        | "heartbeat"
        | "ping"
        | "track"
        | "viewhomepage"
        | "newsletter"
        | "contact"
        | "itemlistview" => return Some(None),
        _ => return None,
    }))
}

/// The kind that a usual word stands for.
pub(crate) fn usual(word: &str) -> Option<EventKind> {
    meaning(word).flatten()
}

/// For clap: a kind or a usual word for it.
pub(crate) fn parse(word: &str) -> std::result::Result<EventKind, String> {
    usual(word).ok_or_else(|| "a kind is view, cart-add, cart-remove, purchase, search-click, impression or dismiss".to_owned())
}

/// A log's own words over the usual ones.
#[derive(Debug, Default)]
pub(crate) struct Words {
    /// As they were said.
    exact: HashMap<String, Option<EventKind>>,
    /// Without case, blanks and marks; those that are nothing then are not here.
    plain: HashMap<String, Option<EventKind>>,
}

impl Words {
    /// From `WORD=KIND` and `WORD=skip`.
    ///
    /// # Errors
    /// `invalid-option` with the offending pair.
    pub(crate) fn of(pairs: &[String]) -> Result<Self> {
        let mut words = Self::default();
        for pair in pairs {
            let bad = |why: &'static str| Error::new(Code::OptionInvalid, why).with("kind-word", pair);
            let read = pair.rsplit_once('=').filter(|(word, _)| !word.is_empty());
            let read = read.and_then(|(word, kind)| Some((word, if kind == "skip" { None } else { Some(usual(kind)?) })));
            let Some((word, kind)) = read else {
                return Err(bad(
                    "--kind-word is WORD=KIND or WORD=skip; kinds are view, cart-add, cart-remove, purchase, search-click, \
                     impression, dismiss",
                ));
            };
            if words.exact.insert(word.to_owned(), kind).is_some_and(|before| before != kind) {
                return Err(bad("--kind-word says two things of one word"));
            }
            // A number's sign is no mark: 1 and -1 are two words.
            let plain = plain(word);
            if !plain.is_empty() && !word.starts_with('-') {
                words.plain.entry(plain).or_insert(kind);
            }
        }
        Ok(words)
    }

    /// `Some(None)`: rows of this word are skipped. `None`: nobody knows the word.
    pub(crate) fn find(&self, word: &str) -> Option<Option<EventKind>> {
        let own = self.exact.get(word).or_else(|| self.plain.get(&plain(word)).filter(|_| !word.starts_with('-')));
        own.copied().or_else(|| meaning(word))
    }
}

fn plain(word: &str) -> String {
    word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_words() {
        for (word, kind) in [
            ("clicks", EventKind::View),
            ("carts", EventKind::CartAdd),
            ("orders", EventKind::Purchase),
            ("addtocart", EventKind::CartAdd),
            ("Add-To_Cart", EventKind::CartAdd),
            ("transaction", EventKind::Purchase),
            ("remove_from_cart", EventKind::CartRemove),
        ] {
            assert_eq!(usual(word), Some(kind), "{word}");
        }
        for kind in EventKind::ALL {
            let word = serde_json::to_value(kind).unwrap();
            assert_eq!(usual(word.as_str().unwrap()), Some(kind));
        }
    }

    #[test]
    fn own_words_come_first() {
        let words = Words::of(&["Refund=skip".into(), "open=search-click".into()]).unwrap();
        assert_eq!(words.find("refund"), Some(None));
        assert_eq!(words.find("open"), Some(Some(EventKind::SearchClick)));
        assert_eq!(words.find("view"), Some(Some(EventKind::View)));
        assert_eq!(words.find("gift"), None);
        let marks = Words::of(&["👀=view".into(), "🛒=purchase".into(), "1=cart-add".into(), "-1=cart-remove".into()]).unwrap();
        assert_eq!((marks.find("👀"), marks.find("🛒")), (Some(Some(EventKind::View)), Some(Some(EventKind::Purchase))));
        assert_eq!((marks.find("1"), marks.find("-1")), (Some(Some(EventKind::CartAdd)), Some(Some(EventKind::CartRemove))));
        assert!(Words::of(&["1=view".into(), "1=purchase".into()]).is_err());
        assert_eq!(Words::of(&["refund=away".into()]).unwrap_err().details()[0].1, "refund=away");
    }
}
