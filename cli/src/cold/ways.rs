//! The ways to bring new items into a catalog.

use nearhand::catalog::NewItem;
use nearhand::{CatalogDelta, Engine, Item, Result};

/// As many new items as a delta compares with the known ones.
const DELTA: usize = 1000;

/// A way, see the module above.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Nothing,
    Words,
    Content,
    LiteNothing,
    LiteWords,
}

impl Way {
    pub(super) const ALL: [Self; 5] = [Self::Nothing, Self::Words, Self::Content, Self::LiteNothing, Self::LiteWords];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Words => "words",
            Self::Content => "content",
            Self::LiteNothing => "lite/nothing",
            Self::LiteWords => "lite/words",
        }
    }
}

/// The new items, and whose title is most like theirs.
pub(super) struct Ways {
    new: Vec<Item>,
    /// The known item with the most alike title, by the catalog's own rule.
    words: Vec<Option<String>>,
}

impl Ways {
    /// From an engine that lacks the items.
    pub(super) fn new(engine: &Engine, new: &[Item]) -> Result<Self> {
        let mut alone = engine.catalog().clone();
        for rows in new.chunks(DELTA) {
            alone.apply(&CatalogDelta { add: rows.iter().map(plain).collect(), ..CatalogDelta::default() })?;
        }
        let words = new.iter().map(|row| Some(alone.id(alone.stand_in(alone.find(&row.item)?)?).to_owned())).collect();
        Ok(Self { new: new.to_vec(), words })
    }

    /// Brings the items into an engine.
    pub(super) fn prepare(&self, engine: &mut Engine, way: Way) -> Result<()> {
        let silent = |row: &Item| plain(&Item { item: row.item.clone(), price: row.price, ..Item::default() });
        let new = |(row, words): (&Item, &Option<String>)| match (way, words) {
            (Way::Content, _) => plain(row),
            (Way::Words | Way::LiteWords, Some(like)) => NewItem { like: Some(like.clone()), ..plain(row) },
            _ => silent(row),
        };
        let all: Vec<NewItem> = self.new.iter().zip(&self.words).map(new).collect();
        for add in all.chunks(DELTA) {
            engine.update_catalog(&CatalogDelta { add: add.to_vec(), ..CatalogDelta::default() })?;
        }
        if matches!(way, Way::LiteNothing | Way::LiteWords) {
            engine.recommender().drop_model();
            engine.recommender().drop_vectors();
        }
        Ok(())
    }
}

fn plain(row: &Item) -> NewItem {
    NewItem { row: row.clone(), ..NewItem::default() }
}
