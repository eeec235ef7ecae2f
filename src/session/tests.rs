use super::*;
use crate::error::Code;
use crate::event::{Event, EventKind, MAX_AHEAD_MS};
use crate::ids::ItemKey;

const NOW: u64 = 1_700_000_000_000;

fn session() -> SessionState {
    SessionState::new(Consent::Memory, DEFAULT_IDLE_TIMEOUT_MS).unwrap()
}

const DAY: u64 = 86_400_000;

/// Items of one letter.
fn name(key: ItemKey) -> String {
    ('a'..='z').map(String::from).find(|name| ItemKey::of(name) == key).unwrap_or_default()
}

fn told(s: &SessionState) -> Vec<String> {
    s.events().iter().filter_map(|e| Some(format!("{} {:?}", name(e.item), s.counts(e)?))).collect()
}

fn items(s: &SessionState) -> String {
    s.events().iter().map(|e| name(e.item)).collect()
}

fn kind(kind: EventKind, item: &str) -> Event {
    Event { kind, ..Event::view(item) }
}

fn at(at_ms: u64, event: Event) -> Event {
    Event { at_ms: Some(at_ms), ..event }
}

fn line(item: &str, quantity: u16) -> Event {
    cart(EventKind::CartAdd, item, quantity)
}

fn cart(kind: EventKind, item: &str, quantity: u16) -> Event {
    Event { kind, quantity: Some(quantity), ..Event::view(item) }
}

#[test]
fn keeps_the_newest_fifty() {
    let mut s = session();
    for i in 0..60 {
        s.observe(&Event::view(format!("i{i}")), NOW + i).unwrap();
    }
    assert_eq!(s.events().len(), MAX_EVENTS);
    assert_eq!(s.events()[0].item, ItemKey::of("i10"));
}

#[test]
fn impressions_leave_before_views() {
    let mut s = session();
    s.observe(&Event::view("first"), NOW).unwrap();
    for i in 1..60 {
        s.observe(&Event { kind: EventKind::Impression, ..Event::view(format!("i{i}")) }, NOW + i).unwrap();
    }
    assert_eq!((s.events().len(), s.events()[0].item), (MAX_EVENTS, ItemKey::of("first")));
}

#[test]
fn a_view_told_again_with_its_dwell_is_one_view() {
    let mut s = session();
    let at = Event { at_ms: Some(NOW), ..Event::view("a") };
    s.observe(&at, NOW).unwrap();
    s.observe(&Event { dwell_ms: Some(4000), ..at.clone() }, NOW + 4000).unwrap();
    s.observe(&at, NOW + 5000).unwrap();
    assert_eq!((s.events().len(), s.events()[0].dwell_ms), (1, 4000));
}

#[test]
fn future_is_refused_and_the_session_kept() {
    let mut s = session();
    s.observe(&Event::view("a"), NOW).unwrap();
    let ahead = Event { at_ms: Some(NOW + MAX_AHEAD_MS + 1), ..Event::view("b") };
    assert_eq!(s.observe(&ahead, NOW).unwrap_err().code(), Code::EventInFuture);
    assert_eq!(s.events().len(), 1);
}

#[test]
fn backwards_time_finds_its_place() {
    let mut s = session();
    s.observe(&Event::view("a"), NOW).unwrap();
    s.observe(&Event { at_ms: Some(NOW - 1000), ..Event::view("b") }, NOW).unwrap();
    assert_eq!(s.events()[0].item, ItemKey::of("b"));
    // Of an earlier visit, as the clock stands: kept for what was viewed.
    s.observe(&Event { at_ms: Some(NOW - DEFAULT_IDLE_TIMEOUT_MS - 1001), ..Event::view("c") }, NOW).unwrap();
    assert_eq!(told(&s), ["c Recent", "b Interest", "a Interest"]);
    let old = Event { at_ms: Some(NOW - 31 * DAY), ..Event::view("d") };
    assert_eq!(s.observe(&old, NOW).unwrap_err().code(), Code::EventTooOld);
    let shown = Event { kind: EventKind::Impression, at_ms: Some(NOW - DEFAULT_IDLE_TIMEOUT_MS - 1), ..Event::view("d") };
    assert_eq!(s.observe(&shown, NOW).unwrap_err().code(), Code::EventTooOld);
    assert_eq!(s.events().len(), 3);
}

#[test]
fn a_clock_set_back_keeps_order_of_arrival() {
    let mut s = session();
    s.observe(&Event::view("a"), NOW).unwrap();
    s.observe(&Event::view("b"), NOW - 3_600_000).unwrap();
    assert_eq!(s.events()[1].item, ItemKey::of("b"));
    assert_eq!([0, 1].map(|i| s.events()[i].at_ms), [NOW - 3_610_001, NOW - 3_600_000]);
}

#[test]
fn idle_ends_interest_and_keeps_the_cart_and_what_was_viewed() {
    let mut s = session();
    s.observe(&Event::view("a"), NOW).unwrap();
    s.observe(&cart(EventKind::CartAdd, "b", 1), NOW).unwrap();
    s.observe(&cart(EventKind::CartAdd, "c", 1), NOW).unwrap();
    s.observe(&cart(EventKind::CartRemove, "c", 1), NOW).unwrap();
    s.observe(&Event::view("d"), NOW + DEFAULT_IDLE_TIMEOUT_MS).unwrap();
    assert_eq!(told(&s), ["a Interest", "b Interest", "c Interest", "c Cart", "d Interest"], "exactly the timeout is not idle");
    s.observe(&Event::view("e"), NOW + 2 * DEFAULT_IDLE_TIMEOUT_MS + 1).unwrap();
    assert_eq!(told(&s), ["a Recent", "b Cart", "d Recent", "e Interest"]);
    let speaking: Vec<String> = s.events().iter().filter(|e| s.speaks(e)).map(|e| name(e.item)).collect();
    assert_eq!(speaking, ["b", "e"], "what is in the cart speaks on");
}

#[test]
fn cart_counts_pieces() {
    let mut s = session();
    s.observe(&cart(EventKind::CartAdd, "a", 3), NOW).unwrap();
    s.observe(&cart(EventKind::CartRemove, "a", 2), NOW).unwrap();
    assert!(s.in_cart(ItemKey::of("a")));
    s.observe(&cart(EventKind::Purchase, "a", 1), NOW).unwrap();
    assert!(!s.in_cart(ItemKey::of("a")) && !s.in_cart(ItemKey::of("b")));
}

#[test]
fn without_consent_nothing_is_kept() {
    let mut s = session();
    s.observe(&Event::view("a"), NOW).unwrap();
    s.set_consent(Consent::None);
    assert!(s.events().is_empty());
    assert!(!s.observe(&Event::view("b"), NOW).unwrap());
    assert!(s.events().is_empty());
}

#[test]
fn timeout_range_is_checked() {
    assert_eq!(SessionState::new(Consent::Memory, 59_999).unwrap_err().code(), Code::OptionInvalid);
}

#[test]
fn lifetimes_by_kind() {
    let mut s = session();
    s.observe(&Event::view("a"), NOW).unwrap();
    s.observe(&kind(EventKind::SearchClick, "b"), NOW).unwrap();
    s.observe(&kind(EventKind::Dismiss, "c"), NOW).unwrap();
    s.observe(&kind(EventKind::Purchase, "d"), NOW).unwrap();
    s.observe(&kind(EventKind::Impression, "e"), NOW).unwrap();
    s.observe(&kind(EventKind::CartAdd, "f"), NOW).unwrap();
    s.settle(NOW + DAY);
    assert_eq!(told(&s), ["a Recent", "b Recent", "c Dismissed", "f Cart"]);
    assert_eq!(s.events().len(), 6, "a look drops nothing");
    s.settle(NOW + 30 * DAY);
    assert_eq!(told(&s), ["a Recent", "b Recent", "c Dismissed", "f Cart"]);
    s.settle(NOW + 30 * DAY + 1);
    assert_eq!(told(&s), ["f Cart"]);
    s.settle(NOW + 365 * DAY + 1);
    assert!(told(&s).is_empty() && !s.in_cart(ItemKey::of("f")));
    let lifetimes = Lifetimes { viewed_ms: 60_000, dismissed_ms: 120_000, cart_ms: 180_000, idle_ms: 60_000 };
    let mut s = SessionState::with(Consent::Memory, lifetimes).unwrap();
    for event in [Event::view("a"), kind(EventKind::Dismiss, "b"), kind(EventKind::CartAdd, "c")] {
        s.observe(&event, NOW).unwrap();
    }
    for (after, rest) in [(60_000, "abc"), (120_000, "bc"), (180_000, "c"), (180_001, "")] {
        s.settle(NOW + after);
        let counts: String = s.events().iter().filter(|e| s.counts(e).is_some()).map(|e| name(e.item)).collect();
        assert_eq!(counts, rest, "{after}");
    }
    for wrong in [
        Lifetimes { viewed_ms: 59_999, ..Lifetimes::default() },
        Lifetimes { dismissed_ms: 365 * DAY + 1, ..Lifetimes::default() },
        Lifetimes { cart_ms: 0, ..Lifetimes::default() },
    ] {
        assert_eq!(SessionState::with(Consent::Memory, wrong).unwrap_err().code(), Code::OptionInvalid);
    }
}

#[test]
fn of_an_item_viewed_in_earlier_visits_the_newest_view_stays() {
    let mut s = session();
    for (day, item) in ["a", "b", "a", "c"].iter().enumerate() {
        s.observe(&Event::view(*item), NOW + day as u64 * DAY).unwrap();
    }
    assert_eq!(items(&s), "bac");
}

#[test]
fn a_dismissal_is_taken_back_and_comes_again_when_said_again() {
    let mut s = session();
    s.observe(&kind(EventKind::Dismiss, "a"), NOW).unwrap();
    s.observe(&kind(EventKind::Dismiss, "a"), NOW + 1).unwrap();
    assert_eq!(told(&s), ["a Dismissed"]);
    let tab = s.clone();
    s.undismiss("a");
    s.undismiss("z");
    assert_eq!(told(&s), ["a Undone"]);
    s.join(tab.held.clone(), NOW + 3);
    assert_eq!(told(&s), ["a Undone"], "another tab does not bring it again");
    s.observe(&kind(EventKind::Dismiss, "a"), NOW + 4).unwrap();
    assert_eq!(told(&s), ["a Dismissed"]);
}

#[test]
fn a_stated_cart_replaces_what_events_told() {
    let mut s = session();
    for item in ["a", "b"] {
        s.observe(&cart(EventKind::CartAdd, item, 3), NOW).unwrap();
    }
    s.observe(&cart(EventKind::CartRemove, "b", 1), NOW + 1).unwrap();
    s.set_cart(&[line("b", 1), line("c", 2), line("c", 3)], NOW + 2).unwrap();
    let held: Vec<_> = ["a", "b", "c"].map(|i| s.in_cart(ItemKey::of(i))).into();
    assert_eq!(held, [false, true, true]);
    let pieces = |s: &SessionState| s.events().iter().map(|e| (name(e.item), e.at_ms - NOW, e.quantity)).collect::<Vec<_>>();
    let stated = [("a", 0, 0), ("b", 0, 1), ("c", 2, 5)].map(|(item, at, n)| (item.to_owned(), at, n));
    assert_eq!(pieces(&s), stated, "what was in it before is one event still");
    s.set_cart(&[line("c", 5), line("b", 1)], NOW + 9).unwrap();
    assert_eq!(pieces(&s), stated, "stating it again changes nothing");
    // What is told late is known.
    s.observe(&at(NOW + 1, cart(EventKind::CartAdd, "c", 5)), NOW + 10).unwrap();
    s.observe(&at(NOW + 1, cart(EventKind::CartRemove, "c", 5)), NOW + 10).unwrap();
    assert_eq!(pieces(&s), stated);
    // What happens after the statement counts as ever.
    s.observe(&cart(EventKind::CartRemove, "b", 1), NOW + 9).unwrap();
    s.observe(&cart(EventKind::Purchase, "c", 5), NOW + 11).unwrap();
    assert!(["b", "c"].iter().all(|i| !s.in_cart(ItemKey::of(i))));
    s.set_cart(&[], NOW + 12).unwrap();
    s.set_cart(&[line("c", 1)], NOW + 13).unwrap();
    assert_eq!(s.events().last().map(|e| (name(e.item), e.at_ms)), Some(("c".to_owned(), NOW + 13)), "put in anew");
}

#[test]
fn a_bad_cart_is_refused_whole() {
    let mut s = session();
    s.observe(&cart(EventKind::CartAdd, "a", 1), NOW).unwrap();
    let many = vec![line("x", 1); MAX_LINES + 1];
    for lines in [&[line("b", 1), line("", 1)][..], &[line("b", 0)], &[line(&"x".repeat(257), 1)], &many] {
        assert_eq!(s.set_cart(lines, NOW).unwrap_err().code(), Code::EventInvalid);
        assert_eq!(told(&s), ["a Interest"]);
        assert!(s.in_cart(ItemKey::of("a")));
    }
    let lines: Vec<Event> = (0..MAX_LINES).map(|i| line(&format!("i{i}"), 1)).collect();
    s.set_cart(&lines, NOW).unwrap();
    let held = |i: usize| s.in_cart(ItemKey::of(&format!("i{i}")));
    assert!(!held(MAX_LINES - MAX_CART - 1) && (MAX_LINES - MAX_CART..MAX_LINES).all(held), "the last of them are kept");
}

#[test]
fn a_stated_cart_wins_over_older_events_of_another_tab() {
    let mut one = session();
    one.observe(&cart(EventKind::CartAdd, "a", 1), NOW).unwrap();
    let mut two = one.clone();
    two.observe(&cart(EventKind::CartAdd, "b", 1), NOW + 1).unwrap();
    two.observe(&cart(EventKind::Purchase, "c", 1), NOW + 1).unwrap();
    one.set_cart(&[line("c", 2)], NOW + 2).unwrap();
    two.observe(&cart(EventKind::CartAdd, "d", 1), NOW + 3).unwrap();
    let mut other = two.clone();
    other.join(one.held.clone(), NOW + 4);
    one.join(two.held.clone(), NOW + 4);
    assert_eq!(one.events(), other.events());
    let held: Vec<_> = ["a", "b", "c", "d"].map(|i| one.in_cart(ItemKey::of(i))).into();
    assert_eq!(held, [false, false, true, true]);
    assert_eq!(told(&one), ["a Interest", "b Interest", "c Interest", "c Interest", "d Interest"]);
}

#[test]
fn a_cart_outlives_visits_with_its_pieces() {
    let mut s = session();
    s.observe(&cart(EventKind::CartAdd, "a", 3), NOW).unwrap();
    s.observe(&cart(EventKind::CartRemove, "a", 2), NOW).unwrap();
    s.observe(&Event::view("b"), NOW + DAY).unwrap();
    s.observe(&cart(EventKind::CartRemove, "a", 1), NOW + DAY).unwrap();
    assert!(!s.in_cart(ItemKey::of("a")), "one piece was left, not three");
}

#[test]
fn the_cart_and_dismissals_leave_last_and_interest_has_ten_places() {
    let mut s = session();
    for i in 0..30 {
        s.observe(&cart(EventKind::CartAdd, &format!("c{i}"), 1), NOW + i).unwrap();
        s.observe(&kind(EventKind::Dismiss, &format!("d{i}")), NOW + i).unwrap();
    }
    for i in 0..100 {
        s.observe(&Event::view(format!("v{i}")), NOW + 100 + i).unwrap();
    }
    let count = |want: EventKind| s.events().iter().filter(|e| e.kind == want).count();
    assert_eq!([EventKind::CartAdd, EventKind::Dismiss, EventKind::View].map(count), [30, 10, 10]);
    assert_eq!(s.events().last().map(|e| e.item), Some(ItemKey::of("v99")));
    assert!(s.events().iter().any(|e| e.item == ItemKey::of("d29")), "the oldest dismissals have left");
}

#[test]
fn what_was_viewed_before_leaves_before_what_is_viewed_now() {
    let mut s = session();
    for i in 0..40 {
        s.observe(&Event::view(format!("old{i}")), NOW + i).unwrap();
    }
    for i in 0..30 {
        s.observe(&Event::view(format!("new{i}")), NOW + DAY + i).unwrap();
    }
    let counts = |what: Counts| s.events().iter().filter(|e| s.counts(e) == Some(what)).count();
    assert_eq!((counts(Counts::Interest), counts(Counts::Recent)), (30, 20));
    assert_eq!(s.events()[0].item, ItemKey::of("old20"));
}

#[test]
fn forgetting_wins_over_every_report_still_to_come() {
    let mut s = session();
    s.observe(&at(NOW, Event::view("a")), NOW).unwrap();
    let tab = s.clone();
    s.forget(NOW + 5);
    let late = Event { dwell_ms: Some(5), ..at(NOW, Event::view("a")) };
    assert!(!s.observe(&late, NOW + 6).unwrap());
    assert!(!s.observe(&at(NOW + 5, Event::view("b")), NOW + 6).unwrap());
    s.join(tab.held.clone(), NOW + 6);
    assert!(s.events().is_empty());
    assert!(s.observe(&Event::view("c"), NOW + 5).unwrap(), "what happens now is taken in, be it in the same millisecond");
    assert!(s.observe(&at(NOW + 7, Event::view("d")), NOW + 7).unwrap());
    // Also in the other tab, and where the session is carried on.
    let mut other = tab;
    other.observe(&at(NOW + 3, Event::view("e")), NOW + 3).unwrap();
    other.join(s.held.clone(), NOW + 8);
    assert_eq!(items(&other), "cd");
    let mut carried = session();
    carried.restore(&other.snapshot(), NOW + 9).unwrap();
    assert!(!carried.observe(&late, NOW + 9).unwrap());
}

#[test]
fn forgetting_holds_when_the_clock_is_put_back_after_it() {
    let mut s = session();
    s.observe(&at(NOW, Event::view("a")), NOW).unwrap();
    s.forget(NOW + 10);
    let later = NOW - 2 * 3_600_000;
    assert!(!s.observe(&at(NOW, Event::view("a")), later).unwrap());
    assert!(s.observe(&at(later + 1, Event::view("b")), later + 1).unwrap());
    assert_eq!(items(&s), "b");
}

#[test]
fn a_clock_put_back_keeps_what_is_dated_about_now_as_the_newest() {
    for back in [5_000, 30_000, 120_000, 2 * 3_600_000, DAY, 400 * DAY] {
        let mut s = session();
        s.observe(&at(NOW - 60_000, Event::view("a")), NOW).unwrap();
        s.observe(&at(NOW, Event::view("b")), NOW).unwrap();
        let now = NOW + 1000 - back;
        s.observe(&at(now, Event::view("c")), now).unwrap();
        s.observe(&at(now + 500, kind(EventKind::CartAdd, "d")), now + 500).unwrap();
        s.observe(&kind(EventKind::CartAdd, "e"), now + 600).unwrap();
        assert_eq!(items(&s), "abcde", "{back}");
        assert!(s.events().iter().all(|e| s.speaks(e)), "{back}: one visit");
        // Dwell is told by the time that was told before, of the old clock and of the new one.
        for (told_ms, item) in [(NOW, "b"), (now, "c")] {
            s.observe(&Event { dwell_ms: Some(7000), ..at(told_ms, Event::view(item)) }, now + 8000).unwrap();
        }
        assert_eq!(items(&s), "abcde", "{back}");
        assert_eq!(s.events().iter().filter(|e| e.dwell_ms == 7000).count(), 2, "{back}");
        // What was dated by the old clock and comes late goes to its place.
        s.observe(&at(NOW - 1000, kind(EventKind::SearchClick, "f")), now + 9000).unwrap();
        assert_eq!(items(&s).find('f') < items(&s).find('e'), back > 60_000 || back <= 5_000, "{back} {}", items(&s));
    }
}

/// What a page tells is dated when it happens and comes some time later, perhaps after a slate was asked for.
#[test]
fn what_comes_late_after_a_clock_was_put_back_is_the_newest_all_the_same() {
    for back in [120_000, 2 * 3_600_000, DAY] {
        for asked in [false, true] {
            let mut s = session();
            s.observe(&at(NOW, Event::view("a")), NOW).unwrap();
            let now = NOW - back;
            if asked {
                s.settle(now);
            }
            for (told_ms, item) in [(now - 9, "b"), (now - 4, "c"), (now - 4, "d")] {
                assert!(s.observe(&at(told_ms, Event::view(item)), now + 3).unwrap());
            }
            assert_eq!(items(&s), "abcd", "{back} {asked}");
        }
    }
}

#[test]
fn a_clock_put_forth_loses_no_dwell_and_keeps_order() {
    let mut s = session();
    s.observe(&at(NOW, Event::view("a")), NOW).unwrap();
    let later = NOW + 2 * 3_600_000;
    s.observe(&at(later, Event::view("b")), later).unwrap();
    s.observe(&Event { dwell_ms: Some(9), ..at(NOW, Event::view("a")) }, later).unwrap();
    assert_eq!((told(&s), s.events()[0].dwell_ms), (vec!["a Recent".to_owned(), "b Interest".to_owned()], 9));
    // And back again.
    s.observe(&at(NOW + 60_000, Event::view("c")), NOW + 60_000).unwrap();
    assert_eq!(items(&s), "abc");
}

#[test]
fn two_tabs_go_back_by_the_same_when_the_clock_is_put_right() {
    let mut one = session();
    one.observe(&Event::view("a"), NOW).unwrap();
    one.observe(&Event::view("b"), NOW + 500).unwrap();
    let mut two = one.clone();
    let now = NOW - DAY;
    one.observe(&Event::view("c"), now).unwrap();
    two.join(one.held.clone(), now + 5000);
    assert_eq!(items(&two), "abc");
    let mut late = session();
    late.restore(&one.snapshot(), now + 6000).unwrap();
    late.join(two.held.clone(), now + 6000);
    assert_eq!(items(&late), "abc");
}

#[test]
fn a_clock_put_back_a_little_after_the_cart_was_stated_loses_no_click() {
    let mut s = session();
    s.set_cart(&[line("a", 1)], NOW).unwrap();
    let now = NOW - 20_000;
    s.observe(&at(now, kind(EventKind::CartAdd, "b")), now).unwrap();
    s.observe(&at(now + 5, cart(EventKind::CartRemove, "a", 1)), now + 5).unwrap();
    assert_eq!((items(&s).as_str(), s.in_cart(ItemKey::of("a")), s.in_cart(ItemKey::of("b"))), ("aba", false, true));
}

#[test]
fn a_session_ahead_of_the_clock_by_its_forgetting_or_its_cart_alone_goes_back() {
    let mut s = session();
    s.forget(NOW);
    s.set_cart(&[], NOW).unwrap();
    let now = NOW - DAY;
    assert!(s.observe(&at(now, Event::view("a")), now).unwrap());
    assert_eq!(items(&s), "a");
}

/// What is in a request log is a session again, event by event: pieces that have left the cart stay away, and each counts as it did.
#[test]
fn a_session_goes_on_with_its_events() {
    let mut s = session();
    for (event, at) in [
        (kind(EventKind::View, "a"), NOW),
        (kind(EventKind::CartAdd, "b"), NOW),
        (kind(EventKind::Dismiss, "c"), NOW + 5),
        (kind(EventKind::View, "a"), NOW + DAY),
        (kind(EventKind::CartAdd, "d"), NOW + DAY),
        (kind(EventKind::Impression, "e"), NOW + DAY + 1),
    ] {
        s.observe(&event, at).unwrap();
    }
    s.set_cart(&[kind(EventKind::CartAdd, "b")], NOW + DAY + 2).unwrap();
    let mut other = session();
    other.resume(s.events().to_vec(), s.held.stated_ms, NOW + DAY + 3);
    s.settle(NOW + DAY + 3);
    assert_eq!((told(&other), other.events()), (told(&s), s.events()));
    assert!(other.in_cart(ItemKey::of("b")) && !other.in_cart(ItemKey::of("d")));
    // In any order, and no more than a session holds, the newest.
    let many: Vec<StoredEvent> = (0..80).rev().map(|n| StoredEvent::new(EventKind::View, ItemKey::of("a"), NOW + n)).collect();
    other.resume(many, 0, NOW + 100);
    assert_eq!((other.events().len(), other.events()[0].at_ms), (MAX_EVENTS, NOW + 30));
    let mut nobody = SessionState::new(Consent::None, DEFAULT_IDLE_TIMEOUT_MS).unwrap();
    nobody.resume(s.events().to_vec(), NOW, NOW);
    assert!(nobody.events().is_empty() && nobody.held.stated_ms == 0);
}

/// What was bought before the shop stated its cart has left it already, and what it stated lives from then on.
#[test]
fn a_cart_that_was_stated_is_known_to_have_been() {
    let piece = |quantity| Event { quantity: Some(quantity), ..kind(EventKind::CartAdd, "b") };
    let mut s = session();
    s.observe(&piece(3), NOW).unwrap();
    s.observe(&kind(EventKind::Purchase, "b"), NOW + 1).unwrap();
    s.set_cart(&[piece(1)], NOW + 300 * DAY).unwrap();
    let now = NOW + 400 * DAY;
    s.settle(now);
    let resumed = |stated_ms| {
        let mut other = session();
        other.resume(s.events().to_vec(), stated_ms, now);
        (told(&other), other.in_cart(ItemKey::of("b")))
    };
    assert_eq!(resumed(s.held.stated_ms), (told(&s), true));
    assert!(!resumed(0).1);
}
