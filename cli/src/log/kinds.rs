//! Words for what happened, as shops and data sets write them.

use nearhand::{Code, Error, EventKind, Result};
use std::collections::HashMap;

/// The kind that a usual word stands for; case, blanks, `_` and `-` do not count.
pub(crate) fn usual(word: &str) -> Option<EventKind> {
    Some(match plain(word).as_str() {
        "view" | "views" | "viewed" | "click" | "clicks" | "clicked" | "visit" | "detail" | "pageview" | "productview"
        | "itemview" | "viewitem" | "open" => EventKind::View,
        "cart" | "carts" | "cartadd" | "addtocart" | "addcart" | "add" | "basket" | "addtobasket" => EventKind::CartAdd,
        "cartremove" | "removefromcart" | "remove" | "removefrombasket" => EventKind::CartRemove,
        "purchase" | "purchases" | "purchased" | "order" | "orders" | "ordered" | "transaction" | "transactions" | "buy"
        | "buys" | "bought" | "sale" => EventKind::Purchase,
        "searchclick" | "clickfromsearch" => EventKind::SearchClick,
        "impression" | "impressions" | "shown" => EventKind::Impression,
        "dismiss" | "dismissed" | "hide" => EventKind::Dismiss,
        _ => return None,
    })
}

/// For clap: a kind or a usual word for it.
pub(crate) fn parse(word: &str) -> std::result::Result<EventKind, String> {
    usual(word).ok_or_else(|| "a kind is view, cart-add, cart-remove, purchase, search-click, impression or dismiss".to_owned())
}

/// A log's own words over the usual ones.
#[derive(Debug, Default)]
pub(crate) struct Words(HashMap<String, Option<EventKind>>);

impl Words {
    /// From `WORD=KIND` and `WORD=skip`.
    ///
    /// # Errors
    /// `invalid-option` with the offending pair.
    pub(crate) fn of(pairs: &[String]) -> Result<Self> {
        let read = |pair: &String| {
            let (word, kind) = pair.split_once('=')?;
            let kind = if kind == "skip" { None } else { Some(usual(kind)?) };
            Some((plain(word), kind))
        };
        let bad =
            |pair: &String| Error::new(Code::OptionInvalid, "--kind-word is WORD=KIND or WORD=skip").with("kind-word", pair);
        pairs.iter().map(|pair| read(pair).ok_or_else(|| bad(pair))).collect::<Result<_>>().map(Self)
    }

    /// `Some(None)`: rows of this word are skipped. `None`: nobody knows the word.
    pub(crate) fn find(&self, word: &str) -> Option<Option<EventKind>> {
        match self.0.get(&plain(word)) {
            Some(own) => Some(*own),
            None => usual(word).map(Some),
        }
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
        assert_eq!(Words::of(&["refund=away".into()]).unwrap_err().details()[0].1, "refund=away");
    }
}
