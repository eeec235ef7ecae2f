use super::*;
use crate::evaluation::bits;
use crate::model::Shape;
use crate::text::{Kind, Source};
use crate::training::{Options, Recipe, train};

#[test]
fn borders_are_between_words_of_a_line() {
    assert_eq!(places("U: two words\nnext  one \n a b").collect::<Vec<_>>(), [2, 6, 26]);
}

/// A model that knows two sentences by heart says which words follow, and a text of other words costs it more.
#[test]
fn a_model_that_knows_a_text_is_right_about_it() {
    let folder = std::env::temp_dir().join(format!("nearhand-words-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("text.txt");
    let text =
        "a red bag and a blue hat are in the box by the door\nwhat is it that you would like to have today?\n\n".repeat(300);
    std::fs::write(&path, &text).unwrap();
    let mut options = Options::new(vec![Source { path, kind: Kind::Text, weight: 1.0 }], folder.clone());
    options.shape = Shape { vocabulary: 300, width: 32, layers: 2, heads: 2, groups: 1, inner: 64, context: 64 };
    options.recipe = Recipe { steps: 120, batch: 8, rate: 1e-2, warm_up: 10, dropout: 0.0, ..Recipe::default() };
    (options.threads, options.save_every) = (1, 1000);
    train(&options, &mut |_| {}).unwrap();
    let mut model = Model::open(&folder, 64).unwrap();
    let known = bits(&mut model, &text, 4000).unwrap();
    // Whole documents or parts of 16 KiB.
    assert!(known.bytes >= 4000 && known.per_byte < 0.3, "{known:?}");
    let other = bits(&mut model, "the hat likes a door that the box would have\n", 4000).unwrap();
    assert!(other.bytes == 45 && other.per_byte > 1.0, "{other:?}");
    let found = words(&mut model, &text, 4000, 40).unwrap();
    assert_eq!(found.borders, 40);
    assert!(found.top1 > 0.9 && found.top3 >= found.top1 && found.exact.iter().all(|e| *e > 0.9), "{found:?}");
    let found = words(&mut model, "zebras eat green grass all day\n", 4000, 40).unwrap();
    assert!(found.borders == 5 && found.top1 < 0.5, "{found:?}");
    std::fs::remove_dir_all(&folder).unwrap();
}
