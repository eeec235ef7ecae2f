//! Ed25519 keys (RFC 8032): private ones as PKCS#8 in PEM (RFC 8410), as openssl and Node write them; public ones as `ed25519:BASE64`.

use crate::files::io;
use base64ct::{Base64, Encoding};
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey, EncodePrivateKey, KeypairBytes};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use nearhand::{Code, Error, Result};
use std::fmt;
use std::io::{ErrorKind, Read, Write};
use std::path::Path;

/// What stands before the base64 of a public key.
const PREFIX: &str = "ed25519:";
/// The longest private key file that is read, in bytes.
const MOST: u64 = 1 << 14;

/// A key that verifies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Public(VerifyingKey);

impl Public {
    /// Whether the signature is this key's of the message. Strict: a signature and a key have one form each.
    pub(super) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        Signature::from_slice(signature).is_ok_and(|signature| self.0.verify_strict(message, &signature).is_ok())
    }
}

impl fmt::Display for Public {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}", Base64::encode_string(self.0.as_bytes()))
    }
}

/// For clap.
impl std::str::FromStr for Public {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let mut bytes = [0; 32];
        let refuse = || "a public key is ed25519: and the base64 of 32 bytes, as `nearhand keygen` prints it".to_owned();
        let decoded = text.strip_prefix(PREFIX).and_then(|text| Base64::decode(text, &mut bytes).ok()).map(<[u8]>::len);
        if decoded != Some(32) {
            return Err(refuse());
        }
        match VerifyingKey::from_bytes(&bytes) {
            // A weak key verifies signatures that nobody made.
            Ok(key) if !key.is_weak() => Ok(Self(key)),
            _ => Err(refuse()),
        }
    }
}

/// A key that signs. It prints nothing of itself.
pub(super) struct Secret(SigningKey);

impl Secret {
    /// A new one, of the system's chance.
    ///
    /// # Errors
    /// `io` where the system has none.
    pub(super) fn new() -> Result<Self> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(|e| Error::new(Code::Io, "the system gives no random bytes").with("why", e))?;
        Ok(Self::of(&seed))
    }

    pub(super) fn of(seed: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(seed))
    }

    pub(super) fn public(&self) -> Public {
        Public(self.0.verifying_key())
    }

    pub(super) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }

    /// Writes it where nothing stands yet, for its owner's eyes alone: a key that is written over is lost.
    ///
    /// # Errors
    /// `io`, `invalid-option`.
    pub(super) fn write(&self, option: &'static str, path: &Path) -> Result<()> {
        // Of version 1, without the public half: older readers know no other.
        let pem = KeypairBytes { secret_key: self.0.to_bytes(), public_key: None }
            .to_pkcs8_pem(LineEnding::LF)
            .map_err(|e| Error::new(Code::Io, "the key cannot be written").with("why", e))?;
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path).map_err(|e| match e.kind() {
            ErrorKind::AlreadyExists => {
                Error::new(Code::OptionInvalid, "there is a file already, and a key that is written over is lost")
                    .with("option", option)
                    .with("path", path.display())
            }
            _ => io(path, &e).with("option", option),
        })?;
        file.write_all(pem.as_bytes()).and_then(|()| file.sync_all()).map_err(|e| io(path, &e).with("option", option))
    }

    /// Reads a key file, unless others may read it, too.
    ///
    /// # Errors
    /// `io`; `invalid-option` for what is no key, and for one that is not its owner's alone.
    pub(super) fn read(option: &'static str, path: &Path) -> Result<Self> {
        let refuse = |why: &'static str| Error::new(Code::OptionInvalid, why).with("option", option).with("path", path.display());
        let failed = |e: std::io::Error| io(path, &e).with("option", option);
        let file = std::fs::File::open(path).map_err(failed)?;
        #[cfg(unix)]
        {
            let mode = std::os::unix::fs::PermissionsExt::mode(&file.metadata().map_err(failed)?.permissions());
            if mode & 0o077 != 0 {
                return Err(refuse("others may read or change this key: chmod 600, and make another if they may have")
                    .with("mode", format_args!("{:o}", mode & 0o777)));
            }
        }
        let mut pem = String::new();
        file.take(MOST).read_to_string(&mut pem).map_err(failed)?;
        let key = SigningKey::from_pkcs8_pem(pem.trim_start_matches('\u{feff}').trim());
        pem.clear();
        key.map(Self).map_err(|e| {
            refuse("this is no Ed25519 private key: PKCS#8 in PEM, not encrypted, as `nearhand keygen` writes it").with("why", e)
        })
    }
}
