//! A full context: what stays, what is left out, and what is said of it.

use crate::models::{run, some, stories, stories_within};
use nearhand::complete::{FinishReason, Full, Options};

#[test]
fn a_completion_goes_on_past_the_context_or_stops_there() {
    let mut completer = stories_within(64);
    let whole = run(&mut stories(), "", some(200));
    let done = run(&mut completer, "", some(200));
    assert_eq!((done.finish, done.usage.completion), (FinishReason::Length, 200));
    // The first 63 tokens see all there is.
    let same = done.completion.bytes().zip(whole.completion.bytes()).take_while(|(a, b)| a == b).count();
    assert!(same > 100 && done.usage.dropped >= 136, "{same} {}", done.usage.dropped);
    assert!(done.ids.len() <= 65 && done.ids[0] == 1);
    let stopped = run(&mut completer, "", Options { full: Full::Stop, ..some(200) });
    assert_eq!((stopped.finish, stopped.usage.completion, stopped.usage.dropped), (FinishReason::Context, 64, 0));
    assert!(whole.completion.starts_with(&stopped.completion));
}

#[test]
fn of_a_longer_prompt_the_beginning_and_the_newest_stay() {
    let system = "Tom is sad. ";
    let prompt = format!("{system}{}The end was", "They went to the park and played. ".repeat(20));
    let mut completer = stories_within(64);
    let ids = completer.encode(system.trim_end()).unwrap();
    let done = run(&mut completer, &prompt, Options { keep: ids.len() + 1, ..some(4) });
    assert_eq!(done.ids[1..=ids.len()], ids);
    assert!(done.usage.dropped > 0 && done.usage.prompt > 64);
    let all = completer.encode(&prompt).unwrap();
    let before = done.ids.len() - done.new;
    assert_eq!(done.ids[before - 10..before], all[all.len() - 10..]);
    assert_eq!(done.text, [&prompt, done.completion.as_str()].concat());
    // As the prompt grows by a word, most of what is known of it stays of use.
    let mut reused = 0;
    for word in ["\u{20}very", " very good", " very good and", " very good and they"] {
        reused += usize::from(
            run(&mut completer, &format!("{prompt}{word}"), Options { keep: ids.len() + 1, ..some(4) }).usage.reused > 30,
        );
    }
    assert!(reused >= 3, "{reused}");
    let error = completer.start(&prompt, Options { full: Full::Stop, ..some(4) }).unwrap_err();
    assert_eq!((error.code().as_str(), error.details()[1].1.as_str()), ("prompt-too-long", "64"));
}
