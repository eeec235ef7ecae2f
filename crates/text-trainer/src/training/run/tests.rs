use super::*;
use crate::model::Shape;
use crate::text::{Kind, Source};
use crate::training::options::Recipe;
use std::path::{Path, PathBuf};

/// A folder of its own with a text in it.
fn folder(name: &str, text: &str) -> (PathBuf, Options) {
    let folder = std::env::temp_dir().join(format!("nearhand-run-{name}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("text.txt");
    std::fs::write(&path, text).unwrap();
    let source = Source { path, kind: Kind::Lines, weight: 1.0 };
    let mut options = Options::new(vec![source], folder.join("out"));
    options.shape = Shape { vocabulary: 270, width: 32, layers: 2, heads: 2, groups: 1, inner: 64, context: 16 };
    options.recipe = Recipe { steps: 12, batch: 4, rate: 1e-2, warm_up: 3, dropout: 0.1, ..Recipe::default() };
    (options.threads, options.measure_every, options.save_every) = (2, 5, 4);
    (folder, options)
}

fn text() -> String {
    (0..300).map(|n| format!("the red bag number {} is in the blue box\n", n % 17)).collect()
}

fn weights(options: &Options) -> (Vec<f32>, Moments, Vec<u8>) {
    let found = checkpoint::load(&options.out.join(checkpoint::NAME)).unwrap();
    (found.weights, found.moments, std::fs::read(options.out.join("model.onnx")).unwrap_or_default())
}

fn lines(folder: &Path) -> Vec<u64> {
    let text = std::fs::read_to_string(folder.join("curve.jsonl")).unwrap();
    text.lines().map(|l| serde_json::from_str::<Point>(l).unwrap().step).collect()
}

#[test]
fn a_run_that_was_killed_ends_bit_for_bit_as_one_that_was_not() {
    let (one, options) = folder("whole", &text());
    let report = train(&options, &mut |_| {}).unwrap();
    assert_eq!(report.last.unwrap().step, 12);
    let whole = weights(&options);
    let (two, mut killed) = folder("killed", &text());
    // After a measurement that no checkpoint has.
    assert!(steps(&killed, &mut |_| {}, 6).unwrap().is_none());
    assert_eq!(lines(&killed.out), [5]);
    killed.resume = true;
    assert!(steps(&killed, &mut |_| {}, 11).unwrap().is_none());
    train(&killed, &mut |_| {}).unwrap();
    assert!(weights(&killed) == whole);
    let said = |options: &Options| std::fs::read_to_string(options.out.join("completer.json")).unwrap();
    assert!(said(&killed) == said(&options) && said(&options).contains("\"name\": \"out\""), "{}", said(&options));
    assert_eq!(lines(&killed.out), [5, 10, 12]);
    // Another model, another recipe and other texts are refused; more steps are not.
    let refused = |options: Options| train(&options, &mut |_| {}).unwrap_err().code();
    let other = Shape { layers: 1, ..killed.shape };
    assert_eq!(refused(Options { shape: other, ..killed.clone() }), Code::CheckpointInvalid);
    assert_eq!(refused(Options { recipe: Recipe { rate: 2e-2, ..killed.recipe }, ..killed.clone() }), Code::CheckpointInvalid);
    let more = Options { recipe: Recipe { steps: 14, ..killed.recipe }, ..killed.clone() };
    assert_eq!(train(&more, &mut |_| {}).unwrap().last.unwrap().step, 14);
    std::fs::write(&killed.sources[0].path, text().replace("red", "tan")).unwrap();
    assert_eq!(refused(killed), Code::CheckpointInvalid);
    for folder in [one, two] {
        std::fs::remove_dir_all(folder).unwrap();
    }
}

#[test]
fn a_small_model_learns_a_sentence_by_heart() {
    let sentence = "a red bag and a blue hat are in the box by the door\n";
    let (folder, mut options) = folder("heart", &sentence.repeat(2000));
    options.shape.context = 64;
    options.recipe = Recipe { steps: 150, rate: 1e-2, warm_up: 10, dropout: 0.0, rounded: 0.3, ..options.recipe };
    options.measure_every = 50;
    let report = train(&options, &mut |_| {}).unwrap();
    let last = report.last.unwrap();
    assert!(last.rounded && last.held_bits_per_byte.unwrap() < 0.2, "{last:?}");
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn what_cannot_be_trained_is_refused_before_the_first_step() {
    let (folder, options) = folder("refused", &text());
    let refused = |options: &Options| train(options, &mut |p| assert!(!matches!(p, Progress::Measured(_)))).unwrap_err();
    let large = Options { shape: Shape { vocabulary: 4096, ..options.shape }, ..options.clone() };
    assert_eq!(refused(&large).code(), Code::DataInvalid);
    let gone = Options { held: Some(folder.join("none.txt")), ..options.clone() };
    assert_eq!(refused(&gone).code(), Code::Io);
    assert_eq!(refused(&Options { resume: true, ..options.clone() }).code(), Code::Io);
    std::fs::write(&options.sources[0].path, "\n \n").unwrap();
    assert_eq!(refused(&options).code(), Code::DataInvalid);
    std::fs::write(&options.sources[0].path, b"good\nb\xffd\n").unwrap();
    let error = refused(&options);
    assert!(error.to_string().contains("line 2") && error.to_string().contains("text.txt"), "{error}");
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_rate_beyond_all_measure_is_told() {
    let (folder, mut options) = folder("diverged", &text());
    options.recipe = Recipe { steps: 400, rate: 1.0, warm_up: 0, decay: 10.0, clip: 1e6, ..options.recipe };
    match train(&options, &mut |_| {}) {
        Err(error) => assert_eq!(error.code(), Code::TrainingDiverged),
        Ok(report) => panic!("{report:?}"),
    }
    std::fs::remove_dir_all(folder).unwrap();
}

/// A mean over a step's tokens, not over the parts of a step: parts with fewer targets would weigh too much (what trainers that gather
/// gradients over parts got wrong for years: huggingface/transformers#34191).
#[test]
fn a_step_is_the_same_however_it_is_shared_out() {
    // Short lines and long ones: the parts of a step have different numbers of targets.
    let text: String =
        (0..200).map(|n| if n % 40 < 20 { "a\n".to_owned() } else { format!("the red bag number {n} is blue\n") }).collect();
    let step = |threads: usize| {
        let (folder, mut options) = folder(&format!("shared-{threads}"), &text);
        options.recipe = Recipe { steps: 1, warm_up: 0, batch: 9, dropout: 0.0, rounded: 0.0, ..options.recipe };
        options.threads = threads;
        train(&options, &mut |_| {}).unwrap();
        let (_, moments, _) = weights(&options);
        std::fs::remove_dir_all(folder).unwrap();
        moments.mean
    };
    let (one, three) = (step(1), step(3));
    let most = one.iter().fold(0.0_f32, |m, v| m.max(v.abs()));
    assert!(most > 1e-3 && one.iter().zip(&three).all(|(a, b)| (a - b).abs() < 1e-4 * most), "{most}");
}

/// Of a few lines one is held out; it is shorter than a window, and measured all the same. Of a single one nothing is.
#[test]
fn little_that_is_held_out_is_measured_and_never_no_number() {
    let (folder, mut options) = folder("little", "aaaa aaaa aaaa\nbaba baba baba\n");
    options.shape.vocabulary = 260;
    options.recipe.steps = 1;
    options.recipe.warm_up = 0;
    let held = |options: &Options| train(options, &mut |_| {}).unwrap().last.unwrap().held_bits_per_byte;
    assert!(held(&options).unwrap().is_finite());
    let path = folder.join("held.txt");
    std::fs::write(&path, "b").unwrap();
    assert!(held(&Options { held: Some(path), ..options.clone() }).unwrap().is_finite());
    std::fs::write(&options.sources[0].path, "aaaa aaaa aaaa baba baba\n").unwrap();
    assert_eq!(held(&options), None);
    std::fs::remove_dir_all(folder).unwrap();
}

/// A model beside another's tokenizer would run, and write nonsense.
#[test]
fn a_new_run_leaves_no_old_model_beside_its_tokenizer() {
    let (folder, mut options) = folder("anew", &text());
    options.recipe = Recipe { steps: 1, warm_up: 0, ..options.recipe };
    train(&options, &mut |_| {}).unwrap();
    let there = || ["model.onnx", "model_f32.onnx", "completer.json"].map(|name| options.out.join(name).exists());
    assert_eq!(there(), [true; 3]);
    std::fs::write(&options.sources[0].path, text().replace("red", "tan")).unwrap();
    let longer = Options { recipe: Recipe { steps: 3, ..options.recipe }, ..options.clone() };
    assert!(steps(&longer, &mut |_| {}, 1).unwrap().is_none());
    assert_eq!(there(), [false; 3]);
    std::fs::remove_dir_all(folder).unwrap();
}

/// What can be told from the checkpoint alone is told before hours of reading.
#[test]
fn a_run_that_cannot_go_on_is_refused_before_texts_are_read() {
    let (folder, options) = folder("late", &text());
    assert!(steps(&options, &mut |_| {}, 4).unwrap().is_none());
    std::fs::write(&options.sources[0].path, b"no text: \xff\n").unwrap();
    let other = Recipe { rate: 2e-2, ..options.recipe };
    let refused = |options: &Options| train(options, &mut |_| {}).unwrap_err().code();
    assert_eq!(refused(&Options { resume: true, recipe: other, ..options.clone() }), Code::CheckpointInvalid);
    assert_eq!(refused(&Options { resume: true, ..options.clone() }), Code::DataInvalid);
    std::fs::remove_dir_all(folder).unwrap();
}
