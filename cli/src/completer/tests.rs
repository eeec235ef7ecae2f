//! The command on stories260k, and on what is made of it.

use super::*;
use clap::Parser;
use nearhand::bundle::sha256_hex;
use serde_json::json;

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    args: Args,
}

fn goldens(words: &[&str]) -> Result<()> {
    run(&Line::parse_from(["complete-goldens"].iter().chain(words)).args)
}

/// A folder of its own with stories260k in it; `change` changes tokenizer and completer.json, whose digests are right all the same.
fn folder(name: &str, change: &dyn Fn(&mut Value, &mut Value)) -> PathBuf {
    let out = std::env::temp_dir().join(format!("nearhand-goldens-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&out).unwrap();
    let there = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../models/stories260k"));
    let json = |file: &str| serde_json::from_slice::<Value>(&std::fs::read(there.join(file)).unwrap()).unwrap();
    let (mut tokenizer, mut described) = (json("tokenizer.json"), json("completer.json"));
    change(&mut tokenizer, &mut described);
    let tokenizer = tokenizer.to_string();
    described["tokenizer"] = json!({ "file": "tokenizer.json", "sha256": sha256_hex(tokenizer.as_bytes()) });
    std::fs::copy(there.join("stories260k.onnx"), out.join("stories260k.onnx")).unwrap();
    std::fs::write(out.join("tokenizer.json"), tokenizer).unwrap();
    std::fs::write(out.join("completer.json"), described.to_string()).unwrap();
    out
}

fn place(error: &Error, name: &str) -> String {
    error.details().iter().find(|(key, _)| *key == name).map(|(_, value)| value.clone()).unwrap_or_default()
}

#[test]
fn what_is_recorded_is_held_and_the_rest_of_the_file_stays() {
    let out = folder("recorded", &|_, described| {
        described.as_object_mut().unwrap().remove("goldens");
    });
    let path = out.join("completer.json");
    let read = || serde_json::from_slice::<Value>(&std::fs::read(&path).unwrap()).unwrap();
    let (text, before) = (path.display().to_string(), read());
    goldens(&[&text]).unwrap();
    assert_eq!(read(), before, "without --out nothing is written");
    goldens(&[&text, "--out", &text]).unwrap();
    let mut after = read();
    let list = golden::of(&after).unwrap();
    assert_eq!(list.len(), GOLDENS);
    assert!(list.iter().all(|one| one.tokens <= 17 && (1..=4).contains(&one.logprobs.len()) && !one.completion.is_empty()));
    assert!(list.iter().any(|one| one.prompt == PROMPTS[0]), "texts that are cut in many ways are among them");
    after.as_object_mut().unwrap().remove("goldens");
    assert_eq!(after, before);
    goldens(&[&out.display().to_string()]).unwrap();
    // The first tokens of the golden test of the engine.
    goldens(&[&text, "--out", &text, "--prompt", "Once upon a time", "--prompt", "<s>Once", "--specials"]).unwrap();
    let list = golden::of(&read()).unwrap();
    let told: Vec<(&str, usize, &str)> = list.iter().map(|one| (&*one.prompt, one.tokens, &*one.completion)).collect();
    assert_eq!(told, [("Once upon a time", 5, ", there was a"), ("<s>Once", 2, " upon a time,")]);
    let refused = |words: &[&str]| {
        let error = goldens(&[&[&*text, "--out", &text], words].concat()).unwrap_err();
        (error.code(), place(&error, "option"), place(&error, "why"))
    };
    let of = |why: &str| (Code::OptionInvalid, "--prompt".to_owned(), why.to_owned());
    assert_eq!(
        refused(&["--prompt", &"word ".repeat(9)]),
        of("it has more than 16 tokens, or it or what follows more than 256 characters")
    );
    assert!(refused(&["--prompt=a"; 9]).2.starts_with("8 are enough"));
    let mut own = read();
    own["prime"] = json!({ "file": "prime.txt" });
    std::fs::write(&path, own.to_string()).unwrap();
    for name in ["stories260k.onnx", "tokenizer.json", "prime.txt"] {
        let file = out.join(name).display().to_string();
        assert_eq!(goldens(&[&text, "--out", &file]).unwrap_err().code(), Code::OptionInvalid, "{name}");
    }
    std::fs::remove_dir_all(&out).unwrap();
}

#[test]
fn what_has_gone_wrong_on_the_way_is_told_by_what_differs() {
    type Change = dyn Fn(&mut Value, &mut Value);
    let differs = |name: &str, change: &Change| {
        let out = folder(name, change);
        let error = goldens(&[&out.display().to_string()]).unwrap_err();
        std::fs::remove_dir_all(&out).unwrap();
        (error.code(), place(&error, "differs"))
    };
    let mismatch = |what: &str| (Code::GoldenMismatch, what.to_owned());
    // The tokenizer of another training: as many words, other numbers.
    let shifted = differs("shifted", &|tokenizer, _| {
        let vocab = tokenizer["model"]["vocab"].as_object_mut().unwrap();
        for id in vocab.values_mut().filter(|id| id.as_u64().unwrap() >= 3) {
            *id = json!(if *id == 511 { 3 } else { id.as_u64().unwrap() + 1 });
        }
    });
    assert_eq!(shifted, mismatch("completion"));
    // Nobody says any more that a token begins a text.
    let begun = differs("begun", &|_, described| {
        described.as_object_mut().unwrap().remove("begin");
    });
    assert_eq!(begun, mismatch("tokens"));
    // The step that puts a space in front, or keeps blanks, was lost in a conversion.
    assert_eq!(differs("normal", &|tokenizer, _| tokenizer["normalizer"] = Value::Null).0, Code::GoldenMismatch);
    // Merges were lost: words come in letters.
    assert_eq!(differs("merges", &|tokenizer, _| tokenizer["model"]["merges"] = json!([])), mismatch("tokens"));
    // What was recorded is another model's.
    let off = differs("off", &|_, described| {
        let one = &mut described["goldens"][0]["logprobs"][0];
        *one = json!(one.as_f64().unwrap() - 0.03);
    });
    assert_eq!(off, mismatch("logprobs[0]"));
    let near = folder("near", &|_, described| {
        let one = &mut described["goldens"][0]["logprobs"][0];
        *one = json!(one.as_f64().unwrap() - 0.015);
    });
    goldens(&[&near.display().to_string()]).unwrap();
    std::fs::remove_dir_all(&near).unwrap();
}

#[test]
fn turns_are_recorded_as_the_template_has_them_and_another_template_is_told() {
    let template = json!({ "user": ["Lily said, \"", "\" "], "assistant": ["Her mom said, \"", ","] });
    let out = folder("turns", &|_, described| described["template"] = template.clone());
    let path = out.join("completer.json");
    let text = path.display().to_string();
    goldens(&[&text, "--out", &text, "--prompt", "Can I go out and play?", "--turn"]).unwrap();
    let recorded: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let list = golden::of(&recorded).unwrap();
    let told: Vec<_> = list.iter().map(|one| (one.kind, one.tokens, &*one.completion, one.logprobs.len(), one.ends)).collect();
    assert_eq!(told, [(Kind::Turn, 22, "Yes", 3, true)]);
    goldens(&[&text]).unwrap();
    let changed = |change: &dyn Fn(&mut Value)| {
        let mut other = recorded.clone();
        change(&mut other);
        std::fs::write(&path, other.to_string()).unwrap();
        let error = goldens(&[&text]).unwrap_err();
        (error.code(), place(&error, "differs"), place(&error, "place"))
    };
    assert_eq!(changed(&|other| other["template"]["user"][0] = json!("Tim said, \"")).0, Code::GoldenMismatch);
    assert_eq!(changed(&|other| drop(other.as_object_mut().unwrap().remove("template"))).0, Code::GoldenMismatch);
    assert_eq!(changed(&|other| other["template"]["assistant"][1] = json!("\"")).1, "completion");
    assert_eq!(changed(&|other| other["template"]["user"] = json!("Lily")).2, "template.user");
    assert_eq!(changed(&|other| other["goldens"][0]["specials"] = json!(true)).2, "goldens[0].specials");
    std::fs::write(&path, recorded.to_string()).unwrap();
    let long = goldens(&[&text, "--out", &text, "--prompt", &"play ".repeat(60), "--turn"]).unwrap_err();
    assert!(place(&long, "why").starts_with("its turn has more than 64 tokens"));
    std::fs::remove_dir_all(&out).unwrap();
}

#[test]
fn a_text_that_ends_is_told_when_the_mark_that_ends_it_is_lost() {
    let story = "\nTim went to his mom and said, \"Mom, why are you sad?\" His mom said, \"I can't find the toy car, but I will not \
                 stop it.\" Tim and his mom learned that sometimes things can keep him feel better. The end";
    let last = json!({ "prompt": story, "tokens": 98, "completion": ".", "logprobs": [-0.0038], "ends": true });
    let held = |name: &str, ends: Value| {
        let out = folder(name, &|_, described| {
            described["goldens"] = json!([last]);
            described["ends"] = ends.clone();
        });
        let result = goldens(&[&out.display().to_string()]);
        std::fs::remove_dir_all(&out).unwrap();
        result
    };
    held("ends", json!(["<s>", "</s>"])).unwrap();
    let lost = held("lost", json!(["</s>"])).unwrap_err();
    assert_eq!((lost.code(), place(&lost, "differs")), (Code::GoldenMismatch, "ends".to_owned()));
}

#[test]
fn goldens_of_a_file_are_bounded_and_told_by_their_place() {
    let good = json!({ "prompt": "a", "tokens": 2, "completion": "b", "logprobs": [-0.5, 0] });
    assert_eq!(golden::of(&json!({ "goldens": [good] })).unwrap().len(), 1);
    let with = |key: &str, value: Value| {
        let mut one = good.clone();
        one[key] = value;
        place(&golden::of(&json!({ "goldens": [good, one] })).unwrap_err(), "place")
    };
    let cases = [
        ("prompt", json!(7)),
        ("prompt", json!("x".repeat(257))),
        ("tokens", json!(-1)),
        ("tokens", json!(1025)),
        ("completion", Value::Null),
        ("logprobs", json!([])),
        ("logprobs", json!([0.5])),
        ("logprobs", json!(vec![-1; 17])),
        ("logprobs", json!(["-1"])),
        ("specials", json!(1)),
        ("turn", json!("yes")),
        ("ends", json!(0)),
        ("ids", json!([1])),
    ];
    for (key, value) in cases {
        assert_eq!(with(key, value), format!("goldens[1].{key}"));
    }
    for list in [json!(7), json!(vec![good; 9])] {
        assert_eq!(place(&golden::of(&json!({ "goldens": list })).unwrap_err(), "place"), "goldens");
    }
}
