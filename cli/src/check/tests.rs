use super::*;
use crate::log::tests::temp;
use clap::Parser;

#[derive(Parser)]
struct Flags {
    #[command(flatten)]
    check: Args,
}

const LOG: &str = "session,item,time,event,title\n1,a,2026-01-05 10:00:00,view,Apple <b>\n1,b,2026-01-05 10:01:00,add_to_cart,Bowl\n\
    2,a,2026-01-06 10:00:00,view,Apple <b>\n2,,2026-01-06 10:01:00,page_view,\n2,b,2026-01-06 10:01:00,login,\n";

fn checked(name: &str, flags: &[&str]) -> Result<Found> {
    let log = temp(&format!("{name}.csv"), LOG.as_bytes()).display().to_string();
    look(&Flags::try_parse_from([&["check", "--events", &log], flags].concat()).unwrap().check)
}

#[test]
fn counts_are_those_of_the_log() {
    let found = json::found(&checked("check-counts", &[]).unwrap());
    let found: serde_json::Value = serde_json::from_str(&found).unwrap();
    let log = &found["log"];
    assert_eq!([&log["rows"], &log["events"], &log["sessions"], &log["items"]], [5, 3, 2, 2]);
    assert_eq!(
        (&log["kinds"]["view"], &log["left_out"]["no_item"], &log["left_out"]["skipped"]),
        (&2.into(), &1.into(), &1.into())
    );
    assert_eq!(log["columns"]["session"][0], "session");
    assert_eq!((log["from"].as_str(), log["top_items"][0]["item"].as_str()), (Some("2026-01-05T10:00:00Z"), Some("a")));
    assert_eq!(log["session_events"]["single"], 0.5);
    assert_eq!(log["gaps_ms"]["max"], 60_000);
}

#[test]
fn the_page_stands_alone_and_escapes() {
    let items =
        temp("check-page-items.csv", "id,title,price\na,Äpfel &amp; Birnen,\"1.234,50 €\"\nb,Bowl,\"2,00 €\"\n".as_bytes());
    let found = checked("check-page", &["--items", &items.display().to_string()]).unwrap();
    assert_eq!(found.list.as_ref().unwrap().met, Some((2, 1.0)));
    let page = html::page(&found);
    for part in ["Apple &lt;b&gt;", "Äpfel &amp; Birnen", "1234.50", "<svg", "100.0 %"] {
        assert!(page.contains(part), "{part}");
    }
    assert!(!page.contains("<script") && !page.contains("NaN") && !page.contains("http"));
    assert!(text::report(&found).ends_with("check ok notes=0"));
}

#[test]
fn what_cannot_be_read_is_refused_with_its_place() {
    let error = checked("check-refused", &["--time-col", "title"]).unwrap_err();
    let told: serde_json::Value = serde_json::from_str(&crate::refusal::json(&error).to_string()).unwrap();
    assert_eq!((told["error"]["code"].as_str(), told["error"]["details"]["line"].as_str()), (Some("data-invalid"), Some("2")));
}
