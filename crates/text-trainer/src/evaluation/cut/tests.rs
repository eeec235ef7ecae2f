use super::*;

fn texts(list: Vec<&[u8]>) -> Vec<&str> {
    list.into_iter().map(|unit| from_utf8(unit).unwrap()).collect()
}

#[test]
fn words_are_asked_for_between_words_of_a_line() {
    assert_eq!(Cut::Words.places("U: two words\nnext  one \n a b"), [2, 6, 26]);
}

/// Nine units of two lines: behind who speaks, and behind each word and mark. The line between is none, nor is a blank one.
#[test]
fn units_are_words_marks_and_ends_of_lines() {
    let text = "U: Is it $5.50?\n---\n\nNo, it's 5_a\n";
    assert_eq!(
        texts(Cut::Units.all(text).collect()),
        ["Is", "it", "$", "5", ".", "50", "?", "\n", "No", ",", "it", "'", "s", "5_a", "\n"]
    );
    let places = Cut::Units.places(text);
    assert_eq!(places, [2, 5, 8, 10, 11, 12, 14, 15, 21, 23, 24, 27, 28, 29, 33]);
    // What is asked for there is what stands there, and what is in front of it.
    let all: Vec<&[u8]> = Cut::Units.all(text).collect();
    for (number, place) in places.iter().enumerate() {
        assert_eq!(Cut::Units.wanted(&text[*place..], 1), all[number..=number]);
        assert_eq!(Cut::Units.before(text, *place, 99), all[..number]);
        assert_eq!(Cut::Units.before(text, *place, 3), all[number.saturating_sub(3)..number]);
    }
    assert_eq!(texts(Cut::Units.wanted(" it $5.50?\nS: no", 9)), ["it", "$", "5", ".", "50", "?", "\n"]);
    // Only a capital letter by itself says who speaks.
    assert_eq!(texts(Cut::Units.all("No: a\nA:b\nS:\n").collect()), ["No", ":", "a", "\n", "A", ":", "b", "\n"]);
    assert_eq!(texts(Cut::Words.all("U: a b.\n\n").collect()), ["U:", "a", "b.", "\n", "\n"]);
    assert_eq!(texts(Cut::Units.all("naïve—東京 ½x").collect()), ["naïve", "—", "東京", "½x", "\n"]);
}

#[test]
fn bytes_behind_a_border_are_read_as_far_as_they_go() {
    let read = |behind_word, text: &[u8]| Cut::Units.read(behind_word, text);
    for (text, wanted) in [
        (&b""[..], Read::Open),
        (b" ", Read::Open),
        (b" re", Read::Open),
        (b" red ", Read::Whole(1..4)),
        (b" red.", Read::Whole(1..4)),
        (b".\n", Read::Whole(0..1)),
        (b" $5", Read::Whole(1..2)),
        (b"  \n", Read::Whole(2..3)),
        // A character that is not whole yet, and one that never will be.
        (b" \xe2\x80", Read::Open),
        (b" \xe2\x80\x94", Read::Whole(1..4)),
        (b"  \xff", Read::Whole(2..3)),
        (b" a\xff", Read::Whole(1..2)),
    ] {
        assert_eq!((read(true, text), read(false, text)), (wanted.clone(), wanted), "{text:?}");
    }
    // Behind "book", "ing" would be another word than the one that has ended.
    assert_eq!((read(true, b"ing"), read(false, b"ing")), (Read::Never, Read::Open));
    assert_eq!((read(true, b"ing "), read(false, b"ing ")), (Read::Never, Read::Whole(0..3)));
    let word = |text: &[u8]| Cut::Words.read(false, text);
    assert_eq!((word(b" "), word(b" red."), word(b" red.\n")), (Read::Open, Read::Open, Read::Whole(1..5)));
    assert_eq!((word(b"red"), word(b"  red"), word(b" \n")), (Read::Never, Read::Never, Read::Never));
}

#[test]
fn what_is_written_counts_where_it_is_whole() {
    let written = |cut: Cut, text: &str, most| {
        let (units, ended) = cut.written(text.as_bytes(), most);
        (units.into_iter().map(|unit| String::from_utf8(unit).unwrap()).collect::<Vec<_>>().join("|"), ended)
    };
    assert_eq!(written(Cut::Words, " red bag. An", 5), ("red|bag.".into(), false));
    assert_eq!(written(Cut::Words, " red bag.\nS:", 5), ("red|bag.".into(), true));
    assert_eq!(written(Cut::Words, " a b c ", 2), ("a|b".into(), true));
    assert_eq!(written(Cut::Units, " red bag. An", 5), ("red|bag|.".into(), false));
    assert_eq!(written(Cut::Units, " red bag.\nS:", 5), ("red|bag|.|\n".into(), true));
    assert_eq!(written(Cut::Units, " red bag.\nS:", 2), ("red|bag".into(), true));
    assert_eq!(written(Cut::Units, "", 5), (String::new(), false));
}

/// Wherever a text is parted, what is read of it byte by byte is what the text has there, and never anything else before.
#[test]
fn what_is_read_is_what_stands_there() {
    let text = "U: Hi, could  you—at $5.50 — get me “Brian’s” naïve café?!\nS: No.\n\n---\nplain_1 line ½\n";
    for cut in [Cut::Words, Cut::Units] {
        for place in cut.places(text) {
            let (after, behind) = (&text[place..], cut.behind_word(text, place));
            let wanted = cut.wanted(after, 1)[0];
            let end = (0..=after.len()).find(|end| cut.read(behind, &after.as_bytes()[..*end]) != Read::Open).unwrap();
            match cut.read(behind, &after.as_bytes()[..end]) {
                Read::Whole(unit) => assert_eq!(&after.as_bytes()[unit], wanted, "{cut:?} {after:?}"),
                other => panic!("{cut:?} {after:?}: {other:?}"),
            }
        }
    }
}
