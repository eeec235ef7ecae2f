//! What `nearhand train-text` does, without the command line's other crates, which take minutes to build:
//! `cargo run --release -p nearhand-text-trainer --example train -- --text FILE@2 --lines FILE --out FOLDER [--steps 4000] …`
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use nearhand_text_trainer::text::{Kind, Source};
use nearhand_text_trainer::training::{Options, Progress, train};

fn main() {
    let mut options = Options::new(Vec::new(), "text-model".into());
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let mut value = || arguments.next().expect("a value");
        let (shape, recipe) = (&mut options.shape, &mut options.recipe);
        match name.as_str() {
            "--text" => options.sources.push(Source::parse(&value(), Kind::Text).unwrap()),
            "--lines" => options.sources.push(Source::parse(&value(), Kind::Lines).unwrap()),
            "--queries" => options.sources.push(Source::parse(&value(), Kind::Queries).unwrap()),
            "--catalog" => options.sources.push(Source::parse(&value(), Kind::Catalog).unwrap()),
            "--held" => options.held = Some(value().into()),
            "--out" => options.out = value().into(),
            "--resume" => options.resume = true,
            "--width" => shape.width = value().parse().unwrap(),
            "--layers" => shape.layers = value().parse().unwrap(),
            "--heads" => shape.heads = value().parse().unwrap(),
            "--groups" => shape.groups = value().parse().unwrap(),
            "--inner" => shape.inner = value().parse().unwrap(),
            "--context" => shape.context = value().parse().unwrap(),
            "--vocabulary" => shape.vocabulary = value().parse().unwrap(),
            "--steps" => recipe.steps = value().parse().unwrap(),
            "--batch" => recipe.batch = value().parse().unwrap(),
            "--rate" => recipe.rate = value().parse().unwrap(),
            "--warm-up" => recipe.warm_up = value().parse().unwrap(),
            "--dropout" => recipe.dropout = value().parse().unwrap(),
            "--rounded" => recipe.rounded = value().parse().unwrap(),
            "--seed" => recipe.seed = value().parse().unwrap(),
            "--threads" => options.threads = value().parse().unwrap(),
            "--measure-every" => options.measure_every = value().parse().unwrap(),
            "--save-every" => options.save_every = value().parse().unwrap(),
            other => panic!("{other}"),
        }
    }
    let report = train(&options, &mut |progress| match progress {
        Progress::Said(text) => println!("{text}"),
        Progress::Measured(point) => println!("{}", serde_json::to_string(&point).unwrap()),
    });
    match report {
        Ok(report) => println!("{report:?}"),
        Err(error) => {
            eprintln!("{error}");
            std::process::exit(1);
        }
    }
}
