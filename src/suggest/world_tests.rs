//! As people have reported of search boxes; each in words of our own, with the answer that is right.

use super::tests::{entry, kinds, of, shown, suggester, texts};
use super::{Asked, Did, Kind, Signal};

#[test]
fn situations() {
    // A mistake in the first letter, which engines that keep a prefix exact never find.
    assert_eq!(texts(&mut of(&["White mug", "Garden chair"]), "qhite"), ["White mug"]);
    // A stock number is letters and digits in one, with any case; one wrong digit finds it still.
    let mut shop = of(&["85123A white heart", "85123B pink heart"]);
    assert_eq!(texts(&mut shop, "85123a"), ["85123A white heart"]);
    assert_eq!(texts(&mut shop, "85124b"), ["85123B pink heart"]);
    // Marks within words: typed, left out, or another one.
    for typed in ["t-light", "t light", "tlight", "T-LIGHT HOL", "t- light"] {
        assert_eq!(texts(&mut of(&["Heart t-light holder", "Mug"]), typed), ["Heart t-light holder"], "{typed}");
    }
    // One and many.
    assert_eq!(texts(&mut of(&["Paper bag", "Desk"]), "paper bags"), ["Paper bag"]);
    assert_eq!(texts(&mut of(&["Paper bags", "Desk"]), "bag"), ["Paper bags"]);
    // Emoji, alone and with a colour.
    assert_eq!(texts(&mut of(&["🎄 lights", "Gift 👍🏽"]), "🎄"), ["🎄 lights"]);
    assert_eq!(texts(&mut of(&["🎄 lights", "Gift 👍🏽"]), "👍"), ["Gift 👍🏽"]);
    // Scripts without blanks: any part of the text, as soon as it is typed.
    assert_eq!(texts(&mut of(&["白い花のカップ", "青い鳥"]), "花の"), ["白い花のカップ"]);
    // From right to left, with and without points; marks of direction do not count.
    assert_eq!(texts(&mut of(&["שלום עולם", "ספר"]), "\u{200f}עולם"), ["שלום עולם"]);
    assert_eq!(texts(&mut of(&["كتاب أحمد", "قلم"]), "احمد"), ["كتاب أحمد"]);
    // A very long text is cut, and answered in time.
    assert_eq!(texts(&mut of(&["White mug"]), &"white ".repeat(100_000)), [""; 0]);
    assert_eq!(texts(&mut of(&["White mug"]), &"x".repeat(100_000)), [""; 0]);
    // A blank at the end means that the word is finished.
    assert_eq!(texts(&mut of(&["Tea pot", "Teapot", "Tea"]), "tea "), ["Tea", "Tea pot"]);
    // One text in several cases is one suggestion, as most people write it, with all their counts.
    let mut shop = suggester(vec![entry("RED MUG", 1), entry("red mug", 5), entry("Red Mug", 2), entry("Red map", 6)], &[]);
    assert_eq!(texts(&mut shop, "red m"), ["red mug", "Red map"]);
    // Nothing, blanks and marks alone suggest nothing.
    for typed in ["", " ", "?!", "-"] {
        assert_eq!(texts(&mut of(&["White mug"]), typed), [""; 0], "{typed}");
    }
    // Marks that were typed are preferred, and do not shut out what lacks them.
    assert_eq!(texts(&mut of(&["Set 2 mugs", "Set/2 bowls"]), "set/2"), ["Set/2 bowls", "Set 2 mugs"]);
}

/// What stands behind others in the alphabet is found like all else, however many match.
#[test]
fn the_likeliest_are_kept_where_there_are_many() {
    // Letters of several scripts, all of them small and without accents.
    let letters =
        ('а'..='п').chain('р'..='я').chain('α'..='ρ').chain('א'..='ת').chain('ก'..='ฮ').chain('ა'..='ჰ').chain('一'..='一');
    let letters: Vec<char> = letters.filter(|letter| letter.is_alphabetic() && *letter != '一' && *letter != 'ё').collect();
    let one = letters.iter().map(|letter| format!("{letter}amp"));
    let two = letters.iter().map(|letter| format!("l{letter}mp"));
    let three = letters.iter().map(|letter| format!("la{letter}p"));
    let mut words: Vec<String> = one.chain(two).chain(three).collect();
    words.sort();
    words.dedup();
    assert!(words.len() > 400, "{}", words.len());
    let last = words.last().unwrap().clone();
    // A word with one mistake, open and finished, and in front of another; letters inside of a word.
    for (kind, typed, other) in
        [(Kind::Typo, "lamp", ""), (Kind::Typo, "lamp ", ""), (Kind::Typo, "lamp mug", " mug"), (Kind::Inside, "amp", "")]
    {
        let entries = words.iter().map(|word| entry(&format!("{word}{other}"), if *word == last { 900 } else { 3 }));
        let wanted =
            if kind == Kind::Inside { words.iter().rfind(|word| word.ends_with("amp")).unwrap().clone() } else { last.clone() };
        let entries = entries.chain((kind == Kind::Inside).then(|| entry(&wanted, 900)));
        let mut shop = suggester(entries.collect(), &[]);
        let found = kinds(&mut shop, typed);
        assert_eq!((&found[0].0, found[0].1), (&format!("{wanted}{other}"), kind), "{typed}");
    }
    // By the session's scores, where one was told.
    let entries = words.iter().map(|word| entry(&format!("{word}{}", if *word == last { " azure" } else { "" }), 3));
    let mut shop = suggester(entries.chain([entry("desk azure", 1)]).collect(), &[]);
    assert_ne!(texts(&mut shop, "lamp")[0], format!("{last} azure"));
    shop.set_session(&[Signal { did: Did::Searched, text: "desk azure", age_ms: 0 }]);
    assert_eq!(texts(&mut shop, "lamp")[0], format!("{last} azure"));
    // The weight decides, not the place among thousands (elastic/elasticsearch#10406).
    let mut shop =
        suggester((0..3000).map(|at| entry(&format!("buy {at:04} car"), if at == 2990 { 9 } else { 2 })).collect(), &[]);
    assert_eq!(texts(&mut shop, "car")[0], "buy 2990 car");
}

/// A blank finishes a word (elastic/elasticsearch#31536), and one within leads on at once (#11603); a text that is typed whole
/// is there (#22912, DISSINET/InkVisitor#1100).
#[test]
fn blanks_and_whole_texts() {
    assert_eq!(texts(&mut of(&["Carpet", "Car shop"]), "car "), ["Car shop"]);
    assert_eq!(
        texts(&mut of(&["Travel distribution", "1travel", "Travel agent", "Travel rhythm"]), "travel r"),
        ["Travel rhythm"]
    );
    assert_eq!(texts(&mut of(&["A word", "Award"]), "a "), ["A word"]);
    let mut many: Vec<_> = (0..30).map(|at| entry(&format!("sacrament of {at}"), 900)).collect();
    many.push(entry("Sacrament", 1));
    let mut shop = suggester(many, &[]);
    assert_eq!((&*texts(&mut shop, "sacrament")[0], texts(&mut shop, "sacramen").len()), ("Sacrament", 10));
    // One text from several items is one suggestion.
    assert_eq!(texts(&mut of(&["Nirvana", "nirvana", "NIRVANA"]), "nir"), ["Nirvana"]);
}

/// What is typed right comes before what is nearly so (suttacentral#3033, typesense#242, krisk/Fuse#225,
/// elastic/elasticsearch#24903).
#[test]
fn right_before_nearly() {
    let mut shop = suggester(vec![entry("goats", 900), entry("moats", 1), entry("mats", 500)], &[]);
    assert_eq!(texts(&mut shop, "moats"), ["moats"]);
    let mut shop = suggester(vec![entry("head", 90), entry("header", 90), entry("heading", 1)], &[]);
    assert_eq!(texts(&mut shop, "headi"), ["heading"]);
    // Neighbours swapped, and a letter for its neighbour on the keys (kentcdodds/match-sorter#94).
    for typed in ["appel", "applr"] {
        assert_eq!(texts(&mut of(&["apple", "banana"]), typed), ["apple"]);
    }
}

/// Numbers of parts and of models, in the middle and at the end of what is long (krisk/Fuse#486, typesense/typesense#278).
#[test]
fn numbers_within_long_texts() {
    let long = "800w perforateur burineur sds+ 26mm en coffret tstak + 3 burins dt60330-quartz + 5 forets dt60302-quartz";
    assert_eq!(texts(&mut of(&["Perceuse dt60301", long]), "dt60302")[0], long);
    assert_eq!(shown(&mut of(&[long]), "dt60302"), [["dt60302"]]);
    let mut shop =
        of(&["Szerviztáska / 15799/", "Oki ML5790 Mátrix Nyomtató", "Oki ML5791 A3", "Epson WorkForce Pro WF-M5799DWF Mono"]);
    assert_eq!(texts(&mut shop, "m5799")[0], "Epson WorkForce Pro WF-M5799DWF Mono");
}

/// Words written together and apart, any number of them (lucaong/minisearch#143, packagecontrol/thecrawl#46), marks within them
/// (lucaong/minisearch#277, #138), and names cut short (typesense/typesense#920).
#[test]
fn together_apart_and_short() {
    assert_eq!(texts(&mut of(&["Meat Loaf", "Pink Floyd", "P!nk"]), "meatloaf"), ["Meat Loaf"]);
    assert_eq!(texts(&mut of(&["Pink Floyd", "P!nk"]), "p!nk"), ["P!nk"]);
    let mut shop = of(&["YouCompleteMe", "Complete works"]);
    assert_eq!(kinds(&mut shop, "you complete me"), [("YouCompleteMe".to_owned(), Kind::Joined, 0)]);
    assert_eq!(kinds(&mut shop, "you complete m"), [("YouCompleteMe".to_owned(), Kind::Joined, 0)]);
    assert_eq!(texts(&mut of(&["SublimeCMD", "Git"]), "cmd"), ["SublimeCMD"]);
    assert_eq!(texts(&mut of(&["alpha-beta", "alpha-kappa"]), "alpha-b"), ["alpha-beta"]);
    assert_eq!(texts(&mut of(&["lorenzolamaz@gmail.com", "julieta@yopmail.com", "pepe@pepe.com"]), "pepe.c"), ["pepe@pepe.com"]);
    assert_eq!(texts(&mut of(&["Benjamin Johnson", "Ben Stiller"]), "ben johnson"), ["Benjamin Johnson"]);
}

/// What matches is shown in the text as it was written, with or without accents (twitter/typeahead.js#766,
/// ericgio/react-bootstrap-typeahead#288).
#[test]
fn accents_are_shown() {
    for typed in ["fü", "fu\u{308}", "FU"] {
        assert_eq!(shown(&mut of(&["Fünf Becher"]), typed), [["Fü"]]);
    }
    assert_eq!(shown(&mut of(&["Accès à l'éducation"]), "education"), [["éducation"]]);
    assert_eq!(shown(&mut of(&["Ville de Québec"]), "quebec"), [["Québec"]]);
    let mut shop = of(&["Ville de Québec"]);
    let first = shop.suggest(&Asked::new("quebec")).unwrap().next().unwrap();
    let part = first.highlights[0];
    assert_eq!((part.start, part.end, part.start_utf16, part.end_utf16), (9, 16, 9, 15));
}
