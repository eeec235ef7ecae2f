//! A signed statement: what a bundle's publisher says of its files, and until when. docs/signing.md has the format.
//!
//! The envelope is DSSE 1.0 (secure-systems-lab/dsse, protocol.md): what is signed is the payload's bytes with their type in front, and
//! those very bytes are read once the signature holds. A payload has one way to be written, so that nobody reads it otherwise.

use super::keys::{Public, Secret};
use base64ct::{Base64, Base64Url, Encoding};
use jiff::Timestamp;
use nearhand::{Code, Error, Result};
use serde::{Deserialize, Serialize};

/// What kind of payload a signature is for.
pub(super) const TYPE: &str = "application/vnd.nearhand.statement.v1+json";
/// The longest envelope, in bytes.
pub(super) const MOST: usize = 1 << 14;
/// The most signatures of one envelope.
pub(super) const SIGNATURES: usize = 8;
/// The largest whole number that JavaScript reads as it stands.
pub(super) const LAST: u64 = (1 << 53) - 1;

/// The payload. Keys are written in this order.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct Statement {
    /// Of the bundle: a page says which it wants.
    pub(super) name: String,
    pub(super) version: String,
    /// From 1 on; never falls from one publication to the next.
    pub(super) sequence: u64,
    /// Seconds, in UTC: `2026-11-30T04:00:00Z`.
    pub(super) created_at: String,
    pub(super) expires: String,
    /// The bundle, then its second file if it is one in two.
    pub(super) files: Vec<File>,
}

/// One file of a bundle.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    /// Where it lies, as seen from the statement.
    pub(super) path: String,
    /// SHA-256 of all of its bytes, as `sha256sum` prints it.
    pub(super) sha256: String,
    pub(super) bytes: u64,
}

/// As DSSE writes it.
#[derive(Deserialize, Serialize)]
struct Envelope {
    payload: String,
    #[serde(rename = "payloadType")]
    payload_type: String,
    signatures: Vec<Signature>,
}

#[derive(Deserialize, Serialize)]
struct Signature {
    #[serde(default)]
    keyid: Option<String>,
    sig: String,
}

fn invalid(why: &'static str) -> Error {
    Error::new(Code::StatementInvalid, why)
}

/// Seconds in UTC, written in the one way that is allowed.
pub(super) fn time(text: &str) -> Option<Timestamp> {
    let time: Timestamp = text.parse().ok()?;
    (written(time).as_deref() == Some(text)).then_some(time)
}

/// As a statement has it, cut to whole seconds; none beyond the years 0000 to 9999.
pub(super) fn written(time: Timestamp) -> Option<String> {
    let text = Timestamp::from_second(time.as_second()).ok()?.to_string();
    (text.len() == 20).then_some(text)
}

impl Statement {
    /// The bytes that are signed.
    ///
    /// # Errors
    /// `statement-invalid` as [`Statement::check`].
    fn payload(&self) -> Result<Vec<u8>> {
        self.check()?;
        serde_json::to_vec(self).map_err(|e| invalid("the statement cannot be written").with("why", e))
    }

    /// Reads a payload whose signature holds.
    ///
    /// # Errors
    /// `statement-invalid`.
    fn read(payload: &[u8]) -> Result<Self> {
        let statement: Self =
            serde_json::from_slice(payload).map_err(|e| invalid("the payload is no statement").with("why", e))?;
        if statement.payload()? != payload {
            return Err(invalid(
                "the payload is not written in the one way that it may be: its keys in order, no space, no key twice",
            ));
        }
        Ok(statement)
    }

    /// # Errors
    /// `statement-invalid` with the field and its value.
    fn check(&self) -> Result<()> {
        let refuse = |field: &'static str, value: &dyn std::fmt::Display| {
            Err(invalid("a field of the statement is out of range").with("field", field).with("value", value))
        };
        for (field, text) in [("name", &self.name), ("version", &self.version)] {
            if text.is_empty() || text.chars().any(char::is_control) {
                return refuse(field, text);
            }
        }
        if self.sequence == 0 || self.sequence > LAST {
            return refuse("sequence", &self.sequence);
        }
        let Some(created) = time(&self.created_at) else { return refuse("createdAt", &self.created_at) };
        match time(&self.expires) {
            Some(expires) if expires > created => {}
            _ => return refuse("expires", &self.expires),
        }
        if self.files.is_empty() || self.files.len() > 16 {
            return refuse("files", &self.files.len());
        }
        for file in &self.files {
            if !is_path(&file.path) {
                return refuse("files.path", &file.path);
            }
            if file.sha256.len() != 64 || !file.sha256.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
                return refuse("files.sha256", &file.sha256);
            }
            if file.bytes == 0 || file.bytes > LAST {
                return refuse("files.bytes", &file.bytes);
            }
        }
        Ok(())
    }

    /// The envelope, as a line of JSON.
    ///
    /// # Errors
    /// `statement-invalid`.
    pub(super) fn sign(&self, keys: &[Secret]) -> Result<String> {
        let payload = self.payload()?;
        let message = encoded(TYPE, &payload);
        let signatures = keys
            .iter()
            .map(|key| Signature { keyid: Some(key.public().to_string()), sig: Base64::encode_string(&key.sign(&message)) })
            .collect();
        let envelope = Envelope { payload: Base64::encode_string(&payload), payload_type: TYPE.to_owned(), signatures };
        let text =
            serde_json::to_string(&envelope).map_err(|e| invalid("the statement cannot be written").with("why", e))? + "\n";
        if text.len() > MOST {
            Err(invalid("the statement is too long").with("bytes", text.len()).with("most", MOST))
        } else {
            Ok(text)
        }
    }

    /// Whether the bytes are an envelope of a statement, signed by whomever.
    pub(super) fn is_one(bytes: &[u8]) -> bool {
        let envelope = || serde_json::from_slice::<Envelope>(bytes).is_ok_and(|envelope| envelope.payload_type == TYPE);
        bytes.len() <= MOST && bytes.first() == Some(&b'{') && envelope()
    }

    /// Reads an envelope that one of the keys has signed; tells which.
    ///
    /// # Errors
    /// `bundle-unsigned` for what is no envelope, `key-unknown`, `signature-invalid`, `statement-invalid`.
    pub(super) fn open(bytes: &[u8], keys: &[Public]) -> Result<(Self, Public)> {
        if bytes.len() > MOST {
            return Err(
                Error::new(Code::BundleUnsigned, "this is no signed statement: it is too long").with("bytes", bytes.len())
            );
        }
        let Envelope { payload, payload_type, signatures } = serde_json::from_slice(bytes)
            .map_err(|e| Error::new(Code::BundleUnsigned, "this is no signed statement").with("why", e))?;
        if payload_type != TYPE {
            return Err(invalid("the envelope holds something else, or is of a newer nearhand").with("payloadType", payload_type));
        }
        if signatures.len() > SIGNATURES {
            return Err(invalid("the envelope has too many signatures")
                .with("signatures", signatures.len())
                .with("most", SIGNATURES));
        }
        let payload = base64(&payload).ok_or_else(|| invalid("the payload is no base64"))?;
        let message = encoded(&payload_type, &payload);
        let (mut known, mut signed) = (false, None);
        for Signature { keyid, sig } in &signatures {
            let sig = base64(sig).ok_or_else(|| invalid("a signature is no base64"))?;
            // The key's name is a hint that nothing vouches for: it spares tries, and decides nothing.
            for key in keys.iter().filter(|key| keyid.as_ref().is_none_or(|id| *id == key.to_string())) {
                known = true;
                if signed.is_none() && key.verifies(&message, &sig) {
                    signed = Some(*key);
                }
            }
        }
        if let Some(key) = signed {
            return Ok((Self::read(&payload)?, key));
        }
        if known {
            return Err(Error::new(
                Code::SignatureInvalid,
                "the signature is not that of these bytes: they have been changed, or signed anew",
            ));
        }
        let by = signatures.iter().filter_map(|s| s.keyid.as_deref()).collect::<Vec<_>>().join(", ");
        Err(Error::new(Code::KeyUnknown, "the statement is signed by none of the trusted keys").with("signed_by", by))
    }
}

/// A path below the statement's folder, of letters that mean nothing in a URL or a shell.
fn is_path(path: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty()
            && !part.starts_with(['.', '-'])
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
    };
    path.split('/').all(part)
}

/// DSSE's pre-authentication encoding.
fn encoded(kind: &str, payload: &[u8]) -> Vec<u8> {
    let mut out = format!("DSSEv1 {} {kind} {} ", kind.len(), payload.len()).into_bytes();
    out.extend_from_slice(payload);
    out
}

/// Either alphabet, as DSSE wants it; one text for the same bytes in each: padded, no bit left over, no space.
fn base64(text: &str) -> Option<Vec<u8>> {
    Base64::decode_vec(text).or_else(|_| Base64Url::decode_vec(text)).ok()
}
