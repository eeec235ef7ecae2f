//! What pages of reports have in common: one file without scripts or foreign files, light and dark, as narrow as a telephone.

mod plot;

pub(crate) use plot::{bars, columns, line, span};

/// Styles that all pages with plots share; `.was` and `.now` are the two sides of a comparison.
pub(crate) const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;max-width:1280px;margin:2em auto;padding:0 1em;color:#1c2430;background:#fff}\
    h1{font-size:1.5em}h2{font-size:1.15em;margin-top:2em}h3{font-size:1em;margin:.4em 0}.wide{overflow-x:auto}table{border-collapse:collapse}\
    td,th{padding:.2em 1em .2em 0;text-align:left;vertical-align:top}th{font-weight:600}td.n,th.n{text-align:right;white-space:nowrap}\
    td.bad{color:#9b2c2c;font-weight:600}small{color:#5a6675;display:block}.note{border-left:4px solid #b7791f;padding:.2em .8em;\
    margin:.6em 0;background:#fffbf0;overflow-wrap:anywhere}.cards{display:flex;flex-wrap:wrap;gap:.8em;margin:1em 0}.cards div{border:1px solid #d5dbe3;\
    border-radius:6px;padding:.5em 1em}.cards b{display:block;font-size:1.3em}.cards .bad b{color:#9b2c2c}\
    .plots{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(300px,100%),1fr));gap:1em}figure{margin:0}\
    figcaption{overflow-wrap:anywhere}svg{width:100%;height:auto;color:#5a6675}.was{fill:#a3adba;background:#a3adba}\
    .now{fill:#2b6cb0;background:#2b6cb0}.out{fill:#c05621}.axis{stroke:currentColor;stroke-opacity:.35}.path{fill:none;stroke:#2b6cb0;stroke-width:1.5}\
    .limit{stroke:#c05621;stroke-dasharray:4 3}.key i{display:inline-block;width:.8em;height:.8em;border-radius:2px;margin:0 .3em 0 .8em}\
    .row{display:grid;grid-template-columns:minmax(6em,14em) 1fr 9em;gap:.6em;align-items:center;margin:.2em 0;font-size:.93em}\
    .row span{overflow-wrap:anywhere}.row span:last-child{text-align:right;white-space:nowrap}.track{display:grid;gap:1px;background:#eef1f5;border-radius:3px}\
    .track i{display:block;height:.42em;min-width:1px;border-radius:2px}\
    figure .row{grid-template-columns:1fr 9em}figure .row .track{grid-column:1/3;grid-row:2}\
    @media(max-width:520px){.row{grid-template-columns:1fr 9em}.row .track{grid-column:1/3;grid-row:2}}\
    @media(prefers-color-scheme:dark){body{color:#e6e9ee;background:#14181f}.note{background:#2a2313}small,svg{color:#9aa6b5}\
    .cards div{border-color:#39424f}td.bad,.cards .bad b{color:#f0a0a0}.track{background:#262d38}.was{fill:#5d6877;background:#5d6877}\
    .now{fill:#8cc0f2;background:#8cc0f2}.out{fill:#e6a06a}.path{stroke:#8cc0f2}.limit{stroke:#e6a06a}}";

/// The page's beginning, up to its heading. `style` is added to [`STYLE`]. The title is text, not HTML.
pub(crate) fn begin(title: &str, style: &str) -> String {
    let title = escape(title);
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>{title}</title><style>{STYLE}{style}</style></head><body>\n\
         <h1>{title}</h1>\n"
    )
}

/// The page's end.
pub(crate) const END: &str = "</body></html>\n";

/// A number of six decimals, or in powers of ten.
pub(crate) fn few(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        size if (1e-3..1e6).contains(&size) => {
            let text = format!("{value:.6}");
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        }
        _ => format!("{value:.2e}"),
    }
}

/// A share in percent; of little a number that is not 0.
pub(crate) fn percent(share: f64) -> String {
    if share > 0.0 && share < 1e-4 { "under 0.01 %".to_owned() } else { format!("{:.2} %", 100.0 * share) }
}

/// Text that stands in HTML as it is.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// A number with a comma after each thousand: 1,234,567.
pub(crate) fn thousands(count: u64) -> String {
    let digits = count.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        assert_eq!([0, 999, 1000, 1_234_567].map(thousands), ["0", "999", "1,000", "1,234,567"]);
        let numbers = [0.0, 1.5, -0.25, -1.0 / 3.0, 1e-14, 1_234_567.0, f64::INFINITY];
        assert_eq!(numbers.map(few), ["0", "1.5", "-0.25", "-0.333333", "1.00e-14", "1.23e6", "inf"]);
        assert_eq!([0.0, 0.000_001, 0.5].map(percent), ["0.00 %", "under 0.01 %", "50.00 %"]);
        assert_eq!(escape("<a \"b\" & c>"), "&lt;a &quot;b&quot; &amp; c&gt;");
    }
}
