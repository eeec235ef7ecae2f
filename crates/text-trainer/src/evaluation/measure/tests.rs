use super::*;
use crate::evaluation::Plain;
use crate::model::Shape;
use crate::text::{Kind, Source};
use crate::training::{Options, Recipe, train};
use std::path::PathBuf;

/// A model that knows a text, with a context of so many tokens, in a folder of its own.
fn known(name: &str, text: &str, context: usize) -> (PathBuf, Model) {
    let folder = std::env::temp_dir().join(format!("nearhand-measure-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("text.txt");
    std::fs::write(&path, text).unwrap();
    let mut options = Options::new(vec![Source { path, kind: Kind::Text, weight: 1.0 }], folder.clone());
    options.shape = Shape { vocabulary: 300, width: 32, layers: 2, heads: 2, groups: 1, inner: 64, context };
    options.recipe = Recipe { steps: 120, batch: 512 / context, rate: 1e-2, warm_up: 10, dropout: 0.0, ..Recipe::default() };
    (options.threads, options.save_every) = (1, 1000);
    train(&options, &mut |_| {}).unwrap();
    let model = Model::open(&folder, None).unwrap();
    (folder, model)
}

fn one(model: &mut Model, text: &str, bytes: usize, borders: usize) -> Found {
    measure(model, text, Asked { bytes, borders }, &mut [&mut Plain]).unwrap()[0]
}

const SENTENCES: &str = "a red bag and a blue hat are in the box by the door\nwhat is it that you would like to have today?\n\n";

/// A model that knows two sentences by heart says which words follow, and a text of other words costs it more.
#[test]
fn a_model_that_knows_a_text_is_right_about_it() {
    let text = SENTENCES.repeat(300);
    let (folder, mut model) = known("heart", &text, 64);
    let found = one(&mut model, &text, 4000, 40);
    assert!(found.bits.bytes <= 4000 && found.bits.bytes > 3800 && found.bits.per_byte < 0.3, "{found:?}");
    assert_eq!((found.words.borders, found.bits.documents), (40, found.bits.bytes / SENTENCES.len()));
    let right = |share: Option<f64>| share.is_some_and(|share| share > 0.9);
    assert!(
        right(found.words.top1) && found.words.top3 >= found.words.top1 && found.words.exact.into_iter().all(right),
        "{found:?}"
    );
    // Words, the mark and the ends of lines by themselves, whatever tokens they share.
    let units = one(&mut model, &text, 4000, 37).units;
    assert!(units.borders == 37 && right(units.top1) && right(units.exact[0]) && units.top3 >= units.top1, "{units:?}");
    assert!([0, 4].into_iter().all(|kind| units.kinds[kind].borders > 0 && right(units.kinds[kind].top1)), "{units:?}");
    let found = one(&mut model, "the hat likes a door that the box would have\n", 4000, 0);
    assert!(found.bits.bytes == 45 && found.bits.per_byte > 1.0 && found.words == Right::default(), "{found:?}");
    let found = one(&mut model, "zebras eat green grass all day\n", 4000, 40);
    assert!(found.words.borders == 5 && found.words.top1.is_some_and(|top| top < 0.5), "{found:?}");
    assert_eq!(found.units.kinds.map(|kind| kind.borders), [6, 0, 0, 0, 1]);
    assert_eq!(measure(&mut model, "", Asked { bytes: 9, borders: 9 }, &mut [&mut Plain]).unwrap_err().code(), Code::DataInvalid);
    // A context beyond the model's is refused, not run into numbers that it was not trained for.
    assert_eq!(Model::open(&folder, Some(65)).unwrap_err().code(), Code::OptionInvalid);
    std::fs::remove_dir_all(&folder).unwrap();
}

/// The smallest context that can be trained can be measured, and nothing is written past it.
#[test]
fn a_context_of_eight_tokens_is_enough() {
    let text = SENTENCES.repeat(300);
    let (folder, mut model) = known("eight", &text, 8);
    let found = one(&mut model, &text, 2000, 40);
    assert!(found.bits.per_byte < 2.0 && found.words.borders == 40, "{found:?}");
    std::fs::remove_dir_all(&folder).unwrap();
}

/// Writes down in which order it is asked and told.
#[derive(Default)]
struct Record {
    /// Tokens before, and the token that it was told: none where it was asked.
    calls: Vec<(Vec<u32>, Option<u32>)>,
}

impl Adapter for Record {
    fn adapt(&mut self, before: &[u32], _: &mut [f32]) {
        self.calls.push((before.to_vec(), None));
    }

    fn learn(&mut self, before: &[u32], _: &[f32], token: u32) {
        self.calls.push((before.to_vec(), Some(token)));
    }
}

/// Knows what the next document says, in the same place, and nothing of this one: what has been told before it was asked would be seen.
#[derive(Default)]
struct Memory {
    last: Vec<u32>,
    now: Vec<u32>,
}

impl Adapter for Memory {
    fn begin(&mut self) {
        if !self.now.is_empty() {
            self.last = std::mem::take(&mut self.now);
        }
    }

    fn adapt(&mut self, before: &[u32], logits: &mut [f32]) {
        if let Some(logit) = self.last.get(before.len() - 1).and_then(|token| logits.get_mut(*token as usize)) {
            *logit += 50.0;
        }
    }

    fn learn(&mut self, _: &[u32], _: &[f32], token: u32) {
        self.now.push(token);
    }
}

#[test]
fn what_adapts_is_asked_before_it_is_told() {
    let (folder, mut model) = known("adapts", &SENTENCES.repeat(300), 16);
    let text = "zebras eat the green grass by day and by night, and what they like is a door\n\n";
    let twice = text.repeat(2);
    let asked = Asked { bytes: 4000, borders: 12 };
    let (mut record, mut memory) = (Record::default(), Memory::default());
    let found = measure(&mut model, &twice, asked, &mut [&mut Plain, &mut record, &mut memory]).unwrap();
    // One reading serves all, and one that changes nothing finds what the model does.
    assert!(found[0] == found[1] && found[0] == one(&mut model, &twice, 4000, 12));
    let mut tokens = vec![END];
    model.tokenizer.encode(text, &mut tokens);
    let told: Vec<u32> = record.calls.iter().filter_map(|(_, told)| *told).collect();
    assert_eq!(told, [&tokens[1..], &tokens[1..]].concat());
    for (at, (before, told)) in record.calls.iter().enumerate() {
        let asked = record.calls[..at].iter().rev().take_while(|(_, told)| told.is_none()).any(|(asked, _)| asked == before);
        assert!(told.is_none() || asked, "token {told:?} was told first");
    }
    // The first document costs what it costs the model, the second next to nothing; its words are known as well.
    let half = one(&mut model, text, 4000, 12).bits.per_byte / 2.0;
    assert!((found[2].bits.per_byte - half).abs() < 0.05, "{found:?} {half}");
    assert!(found[2].words.top1 > found[0].words.top1 && found[2].words.exact[2] > found[0].words.exact[2], "{found:?}");
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn blank_lines_and_dashes_part_texts() {
    assert_eq!(begins("U: hi\n---\nU: a --- b\n\nU: c\n---").collect::<Vec<_>>(), [10, 22, 30]);
}

/// Of a word that ends where a token does nothing is asked for again; of a mark its token is, with what stands in front of it there.
#[test]
fn what_could_have_been_a_longer_token_is_asked_for_again() {
    let document = "U: no.\nS: it's";
    // U : no . \n S : it 's, with the mark and the line's end in one.
    let ends = [0, 1, 2, 5, 7, 8, 9, 12, 14];
    let border = |place| {
        let Border { given, from, .. } = Border::of(document, &ends, Cut::Units, place);
        (given, &document[from..place])
    };
    assert_eq!(Cut::Units.places(document), [2, 5, 6, 9, 12, 13, 14]);
    assert_eq!((border(2), border(5), border(6)), ((2, ":"), (4, ""), (4, ".")));
    assert_eq!((border(9), border(12), border(13)), ((6, ":"), (8, ""), (8, "'")));
    let Border { given, from, .. } = Border::of("a b", &[0, 1, 3], Cut::Words, 1);
    assert_eq!((given, from), (2, 1));
    // Where a document begins there is nothing to ask for again.
    assert_eq!(Border::of("a b", &[0, 1, 3], Cut::Units, 0).given, 1);
}
