//! Keys, signatures and what `verify` says of them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{folder, run, text};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// RFC 8032, 7.1, the first two: secret key in PKCS#8 and PEM, public key.
const ONE: (&str, &str) =
    ("MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g", "ed25519:11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=");
const TWO: (&str, &str) =
    ("MC4CAQAwBQYDK2VwBCIEIEzNCJso/5banbbDRuwRTg9bijGfNaumJNqM9u1PuKb7", "ed25519:PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=");
const DAY: &str = "2026-12-01";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn private(path: &Path, mode: u32) {
    #[cfg(unix)]
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
}

/// A folder with both keys and the file of the recorded statement.
fn place(name: &str) -> PathBuf {
    let folder = folder(name);
    for (file, (body, _)) in [("one.pem", ONE), ("two.pem", TWO)] {
        let path = folder.join(file);
        std::fs::write(&path, format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n")).unwrap();
        private(&path, 0o600);
    }
    std::fs::copy(root().join("tests/golden/signed/demo.bin"), folder.join("demo.bin")).unwrap();
    folder
}

/// What it prints; what it says where it fails.
fn ends(folder: &Path, args: &[&str]) -> Result<String, String> {
    let ended = run(folder, args);
    if ended.status.success() { Ok(text(&ended.stdout)) } else { Err(text(&ended.stderr)) }
}

fn signs(folder: &Path, more: &[&str]) -> Result<String, String> {
    let base = ["sign", "demo.bin", "--key", "one.pem", "--name", "demo", "--version", "1", "--out", "demo.json"];
    ends(folder, &[&base, more].concat())
}

fn verifies(folder: &Path, more: &[&str]) -> Result<String, String> {
    ends(folder, &[&["verify", "demo.json", "--key", ONE.1, "--at", DAY], more].concat())
}

fn refused(told: Result<String, String>, code: &str) {
    let said = told.expect_err(code);
    assert!(said.contains(code), "{code}: {said}");
}

#[test]
fn keys_are_made_for_their_owner_alone() {
    let folder = place("sign-keys");
    for (file, (_, public)) in [("one.pem", ONE), ("two.pem", TWO)] {
        assert_eq!(ends(&folder, &["keygen", "--key", file]).unwrap(), format!("keygen public={public}\n"));
    }
    let made = ends(&folder, &["keygen", "--out", "new.pem"]).unwrap();
    assert!(made.starts_with("keygen public=ed25519:") && made.len() == 67, "{made}");
    assert_eq!(ends(&folder, &["keygen", "--key", "new.pem"]).unwrap(), made);
    assert_ne!(ends(&folder, &["keygen", "--out", "newer.pem"]).unwrap(), made);
    // As openssl and Node write it: 48 bytes in one line.
    let pem = std::fs::read_to_string(folder.join("new.pem")).unwrap();
    assert_eq!(pem.lines().map(str::len).collect::<Vec<_>>(), [27, 64, 25]);
    refused(ends(&folder, &["keygen", "--out", "new.pem"]), "invalid-option");
    assert_eq!(std::fs::read_to_string(folder.join("new.pem")).unwrap(), pem, "a key is never written over");
    #[cfg(unix)]
    {
        let mode = |file: &str| {
            std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(folder.join(file)).unwrap().permissions()) & 0o777
        };
        assert_eq!(mode("new.pem"), 0o600);
        for open in [0o640, 0o604, 0o620, 0o644] {
            private(&folder.join("one.pem"), open);
            refused(signs(&folder, &["--expires", "14d"]), "chmod 600");
        }
        private(&folder.join("one.pem"), 0o400);
        signs(&folder, &["--expires", "14d"]).unwrap();
    }
    // What clipboards and secret stores do to a file: a mark before it, spaces behind, other line ends.
    let body = std::fs::read_to_string(folder.join("two.pem")).unwrap();
    for text in [format!("\u{feff}{body}\n\n"), body.replace('\n', "\r\n"), body.trim_end().to_owned()] {
        std::fs::write(folder.join("two.pem"), text).unwrap();
        assert!(ends(&folder, &["keygen", "--key", "two.pem"]).unwrap().contains(TWO.1));
    }
    for broken in [
        "",
        TWO.1,
        &body.replace("PRIVATE", "PUBLIC"),
        &body.replace("MC4C", "MC4D"),
        &body.replace("BCIE", "BCIF"),
        &body.repeat(2000),
    ] {
        std::fs::write(folder.join("two.pem"), broken).unwrap();
        let told = ends(&folder, &["keygen", "--key", "two.pem"]);
        assert!(!format!("{told:?}").contains("zNCJs"), "nothing of a key is told");
        refused(told, "invalid-option");
    }
}

#[test]
fn a_statement_is_the_one_that_another_program_has_signed() {
    let folder = place("sign-golden");
    let line = signs(&folder, &["--created-at", "2026-11-30T04:00:00Z", "--expires", "14d", "--sequence", "7"]).unwrap();
    assert_eq!(
        line,
        "sign demo.json name=demo version=1 sequence=7 expires=2026-12-14T04:00:00Z file=demo.bin \
         sha256=34968d2578b06adc24030e8c6da7e02414a5e16957c0cf0e5fb057a8ba1084bf bytes=21\n"
    );
    let golden = std::fs::read_to_string(root().join("tests/golden/signed/demo.json")).unwrap();
    assert_eq!(std::fs::read_to_string(folder.join("demo.json")).unwrap(), golden);
    let line = verifies(&folder, &["--key", TWO.1, "--name", "demo", "--lowest", "7"]).unwrap();
    assert!(
        line.starts_with("verify demo.json name=demo version=1 sequence=7 ") && line.ends_with(&format!(" key={}\n", ONE.1)),
        "{line}"
    );
}

#[test]
fn each_fault_has_its_word() {
    let folder = place("sign-faults");
    signs(&folder, &["--created-at", "2026-11-30T04:00:00Z", "--expires", "14d", "--sequence", "7"]).unwrap();
    let good: Value = serde_json::from_slice(&std::fs::read(folder.join("demo.json")).unwrap()).unwrap();
    refused(verifies(&folder, &["--name", "other"]), "bundle-other-name");
    refused(verifies(&folder, &["--lowest", "8"]), "bundle-rolled-back");
    refused(ends(&folder, &["verify", "demo.json", "--key", ONE.1, "--at", "2026-12-14T04:00:01Z"]), "bundle-expired");
    refused(signs(&folder, &["--expires", "14d", "--path", "demo.bin", "--path", "b.bin"]), "--path");
    refused(signs(&folder, &[&["--expires", "14d"][..], &["--key", "one.pem"].repeat(8)].concat()), "--key");
    // A page bears a day.
    let later = |at: &str| ends(&folder, &["verify", "demo.json", "--key", ONE.1, "--at", at, "--tolerance", "86400"]);
    later("2026-12-15T04:00:00Z").unwrap();
    refused(later("2026-12-15T04:00:01Z"), "bundle-expired");
    ends(&folder, &["verify", "demo.json", "--key", ONE.1, "--at", "2026-12-14T04:00:00Z"]).unwrap();
    refused(ends(&folder, &["verify", "demo.json", "--key", TWO.1, "--at", DAY]), "key-unknown");
    for key in
        ["", "ed25519:", "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", "ed25519:AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="]
    {
        refused(ends(&folder, &["verify", "demo.json", "--key", key]), "a public key is");
    }
    let put = |value: &Value| std::fs::write(folder.join("demo.json"), serde_json::to_vec(value).unwrap()).unwrap();
    let change = |at: &str, to: Value| {
        let mut made = good.clone();
        *made.pointer_mut(at).unwrap() = to;
        made
    };
    for (made, code) in [
        (change("/payload", json!("e30=")), "signature-invalid"),
        (change("/payload", json!("e30")), "statement-invalid"),
        (change("/payloadType", json!("text/plain")), "statement-invalid"),
        (change("/signatures", json!([])), "key-unknown"),
        (change("/signatures", json!(vec![good["signatures"][0].clone(); 9])), "statement-invalid"),
        (change("/signatures/0/sig", json!("AAAA")), "signature-invalid"),
        (change("/signatures/0/sig", json!("*")), "statement-invalid"),
        (change("/signatures/0/keyid", json!(TWO.1)), "key-unknown"),
        (json!({}), "bundle-unsigned"),
        (json!({ "payload": "A".repeat(20_000) }), "bundle-unsigned"),
    ] {
        put(&made);
        refused(verifies(&folder, &[]), code);
    }
    // A key's name is a hint; without it all keys are tried.
    put(&change("/signatures/0/keyid", Value::Null));
    verifies(&folder, &["--key", TWO.1]).unwrap();
    put(&good);
    for bytes in [&b"a file, not a bundlE\n"[..], b"a file, not a bundle", b""] {
        std::fs::write(folder.join("demo.bin"), bytes).unwrap();
        refused(verifies(&folder, &[]), "bundle-digest-mismatch");
    }
}

#[test]
fn each_statement_comes_after_the_last() {
    let folder = place("sign-order");
    let at = |time: &str, more: &[&str]| signs(&folder, &[&["--expires", "14d", "--created-at", time], more].concat());
    let sequence = |line: String| -> u64 { line.split("sequence=").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap() };
    // The time in seconds; where the clock stands or falls, one more.
    assert_eq!(sequence(at("2026-11-30", &[]).unwrap()), 1_795_996_800);
    assert_eq!(sequence(at("2026-11-30", &[]).unwrap()), 1_795_996_801);
    assert_eq!(sequence(at("2020-01-01", &[]).unwrap()), 1_795_996_802);
    assert_eq!(sequence(at("2026-11-30T01:00:00Z", &[]).unwrap()), 1_796_000_400);
    refused(at("2026-11-30", &["--sequence", "1796000400"]), "invalid-option");
    assert_eq!(sequence(at("2026-11-30", &["--sequence", "1900000000"]).unwrap()), 1_900_000_000);
    refused(at("2026-11-30", &["--name", "other"]), "cannot be used multiple times");
    for none in ["0", "-1", "9007199254740992", "1.5"] {
        assert!(at("2026-11-30", &["--sequence", none]).is_err(), "{none}");
    }
    // The key is exchanged: both sign for a while, then the new one alone; it does not take over what it cannot verify.
    assert_eq!(sequence(at("2026-12-01", &["--key", "two.pem"]).unwrap()), 1_900_000_001);
    let two =
        ["sign", "demo.bin", "--key", "two.pem", "--name", "demo", "--version", "1", "--out", "demo.json", "--expires", "1d"];
    assert_eq!(sequence(ends(&folder, &two).unwrap()), 1_900_000_002);
    refused(at("2026-12-02", &[]), "key-unknown");
    assert_eq!(sequence(at("2026-12-02", &["--sequence", "1900000003"]).unwrap()), 1_900_000_003);
    for when in ["", "0d", "d", "-1d", "1y", "2026-11-30", "2026-11-29", "2026-02-30", "99999999d", "tomorrow", "1.5d"] {
        refused(signs(&folder, &["--created-at", "2026-11-30", "--expires", when]), "--expires");
    }
    let line = signs(&folder, &["--created-at", "2026-11-30", "--expires", "2026-12-01"]).unwrap();
    assert!(line.contains("expires=2026-12-01T00:00:00Z"), "{line}");
}

#[test]
fn a_bundle_is_opened_before_it_is_signed_and_says_its_own_name() {
    let folder = place("sign-bundle");
    std::fs::create_dir(folder.join("bundles")).unwrap();
    let shop = std::fs::read(root().join("models/sample/sample.safetensors")).unwrap();
    std::fs::write(folder.join("bundles/shop.safetensors"), &shop).unwrap();
    let base = ["sign", "bundles/shop.safetensors", "--key", "one.pem", "--out", "shop.json", "--expires", "14d"];
    let line = ends(&folder, &base).unwrap();
    assert!(line.contains(" file=bundles/shop.safetensors sha256="), "{line}");
    let name = line.split("name=").nth(1).unwrap().split(" version=").next().unwrap().to_owned();
    ends(&folder, &["verify", "shop.json", "--key", ONE.1, "--name", &name]).unwrap();
    refused(ends(&folder, &[&base[..], &["--name", "mine"]].concat()), "the bundle says otherwise");
    refused(ends(&folder, &[&base[..2], &["demo.bin"], &base[2..]].concat()), "bundle-part-invalid");
    // Elsewhere: where it will lie is for the publisher to say.
    let away = ["sign", "../sign-bundle-away.safetensors", "--key", "one.pem", "--out", "away.json", "--expires", "14d"];
    std::fs::write(folder.join("../sign-bundle-away.safetensors"), &shop).unwrap();
    refused(ends(&folder, &away), "--path");
    assert!(
        ends(&folder, &[&away[..], &["--path", "b/shop.1.safetensors"]].concat()).unwrap().contains("file=b/shop.1.safetensors")
    );
    for path in ["/shop", "../shop", "a b", "https://cdn/shop", ".shop", ""] {
        refused(ends(&folder, &[&away[..], &["--path", path]].concat()), "statement-invalid");
    }
    refused(ends(&folder, &["verify", "away.json", "--key", ONE.1]), "io");
    ends(&folder, &["verify", "away.json", "--key", ONE.1, "--file", "../sign-bundle-away.safetensors"]).unwrap();
    // A flipped bit is found before the key is used; what is no bundle needs a name; nothing is written over what is read.
    let mut broken = shop.clone();
    let last = broken.len() - 1;
    broken[last] ^= 1;
    std::fs::write(folder.join("bundles/shop.safetensors"), broken).unwrap();
    refused(ends(&folder, &base), "bundle-digest-mismatch");
    refused(ends(&folder, &["sign", "demo.bin", "--key", "one.pem", "--out", "demo.json", "--expires", "1d"]), "--name");
    refused(ends(&folder, &["sign", "demo.bin", "--key", "one.pem", "--out", "one.pem", "--expires", "1d"]), "invalid-option");
    let key = std::fs::read_to_string(folder.join("one.pem")).unwrap();
    assert!(key.contains(ONE.0));
    std::fs::remove_file(folder.join("../sign-bundle-away.safetensors")).unwrap();
}
