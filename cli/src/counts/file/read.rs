//! Reading counts, piece by piece, nothing trusted: the digest is checked before anything is read, every number as it comes.

use super::wire::take;
use super::{DIGEST, Entry, HEADER, MAGIC, Slices, VERSION};
use crate::choosing::counting::{FAR, REACH};
use crate::choosing::slices::MOST;
use crate::counts::header::Header;
use crate::counts::sketch::{self, Sketch};
use crate::files::io;
use nearhand::event::MAX_ID_BYTES;
use nearhand::{Code, Error, Result};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Take};
use std::path::{Path, PathBuf};

/// Memory that unpacking may take, as a power of two.
const WINDOW: u32 = 24;
/// Bytes that are unpacked at once.
const BUFFER: usize = 1 << 16;
/// Times and numbers of events stay below these, so that nothing that is made of them overflows.
const TIMES: u64 = 1 << 62;
const EVENTS: u64 = 1 << 52;
/// Most items.
const ITEMS: u64 = 1 << 27;
/// Most neighbours and slices of one item.
const ENTRIES: usize = 1 << 25;

/// A file that is being read.
pub(in crate::counts) struct Reader {
    pub path: PathBuf,
    pub header: Header,
    /// SHA-256 of all but itself, in hexadecimal digits.
    pub digest: String,
    body: BufReader<zstd::Decoder<'static, BufReader<Take<BufReader<File>>>>>,
    items: u32,
    row: u32,
    id: Option<String>,
}

impl Reader {
    /// Opens a file and reads its header, once its digest is right.
    ///
    /// # Errors
    /// `io`; `data-invalid` with path and reason.
    pub(in crate::counts) fn open(path: &Path) -> Result<Self> {
        let read = |e: std::io::Error| io(path, &e);
        let mut file = File::open(path).map_err(read)?;
        let meta = file.metadata().map_err(read)?;
        if !meta.is_file() {
            return Err(refuse(path, "a file of counts is read twice: it cannot be a folder, a pipe or a device"));
        }
        let version = version(&mut file, path)?;
        if version != VERSION {
            let why = "the counts are of another version: count anew, or use the nearhand that counted them";
            return Err(refuse(path, why).with("version", version).with("known", VERSION));
        }
        let Some(length) = meta.len().checked_sub(DIGEST) else { return Err(refuse(path, "the counts end early")) };
        let digest = check(&mut file, length, path)?;
        file.seek(SeekFrom::Start(0)).map_err(read)?;
        let mut rest = BufReader::new(file).take(length);
        let mut line = Vec::new();
        rest.read_until(b'\n', &mut line).map_err(read)?;
        line.clear();
        (&mut rest).take(HEADER).read_until(b'\n', &mut line).map_err(read)?;
        let header: Header = serde_json::from_slice(&line)
            .map_err(|e| refuse(path, "the header of the counts cannot be read").with("why", e.to_string()))?;
        if contradicts(&header) {
            return Err(refuse(path, "the header of the counts contradicts itself"));
        }
        for (name, value, known) in [("reach", header.reach, REACH), ("far", header.far, FAR)] {
            if value != known {
                let why = "the counts reach otherwise than this nearhand counts: count anew";
                return Err(refuse(path, why).with("setting", name).with("value", value).with("known", known));
            }
        }
        let digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if let Some(part) = header.parts.iter().find(|part| part.len() != 64 || !part.bytes().all(digit)) {
            let part: String = part.chars().take(80).collect();
            return Err(refuse(path, "the header of the counts names a part that is no SHA-256").with("value", part));
        }
        let mut body = zstd::Decoder::new(rest).map_err(read)?.single_frame();
        body.window_log_max(WINDOW).map_err(read)?;
        // Numbers are read a byte at a time.
        let body = BufReader::with_capacity(BUFFER, body);
        Ok(Self { path: path.to_owned(), header, digest, body, items: 0, row: 0, id: None })
    }

    /// The visitors, and the sessions of every slice: what stands first.
    pub(in crate::counts) fn begin(&mut self) -> Result<(Sketch, Slices)> {
        let mut visitors = Sketch::default();
        let count = self.number()?;
        if count > sketch::MOST as u64 {
            return Err(self.malformed("it has too many visitors"));
        }
        let mut before = None;
        for _ in 0..count {
            let mut bytes = [0; 8];
            self.body.read_exact(&mut bytes).map_err(|e| self.ends(&e))?;
            let hash = u64::from_be_bytes(bytes);
            if before.is_some_and(|before| before >= hash) {
                return Err(self.malformed("its visitors are not in order"));
            }
            before = Some(hash);
            visitors.add(hash);
        }
        let sessions = self.slices()?;
        if sum(&sessions) != Some(self.header.sessions) || sessions.iter().any(|(_, count)| *count == 0) {
            return Err(self.malformed("its slices hold more or fewer sessions than its header says"));
        }
        Ok((visitors, sessions))
    }

    /// The next item, and how often it was seen in each slice; nothing behind the last.
    pub(in crate::counts) fn item(&mut self) -> Result<Option<(String, Slices)>> {
        let length = self.number()?;
        if length == 0 {
            return Ok(None);
        }
        if length > MAX_ID_BYTES as u64 || u64::from(self.items) >= ITEMS {
            return Err(self.malformed("an id is longer than 256 bytes, or there are too many"));
        }
        let mut bytes = vec![0; length as usize];
        self.body.read_exact(&mut bytes).map_err(|e| self.ends(&e))?;
        let id = String::from_utf8(bytes).ok().filter(|id| !id.chars().any(char::is_control));
        let Some(id) = id else { return Err(self.malformed("an id is no text")) };
        if self.id.as_ref().is_some_and(|before| *before >= id) {
            return Err(self.malformed("its items are not in order").with("item", id));
        }
        let seen = self.slices()?;
        if seen.is_empty() || seen.iter().any(|(_, count)| *count == 0) {
            return Err(self.malformed("an item was never seen").with("item", id));
        }
        self.items += 1;
        self.id = Some(id.clone());
        Ok(Some((id, seen)))
    }

    /// Reads the row of the next item into `row`, whose neighbours are told as `of` has them; `false` behind the last.
    pub(in crate::counts) fn row(&mut self, row: &mut Vec<Entry>, of: &dyn Fn(u32) -> u32) -> Result<bool> {
        if self.row == self.items {
            let mut more = [0];
            return match self.body.read(&mut more) {
                Ok(0) => match self.body.get_mut().get_mut().fill_buf().map(<[u8]>::is_empty) {
                    Ok(true) => Ok(false),
                    Ok(false) => Err(self.malformed("something stands behind its body")),
                    Err(e) => Err(self.ends(&e)),
                },
                Ok(_) => Err(self.malformed("something stands behind its last row")),
                Err(e) => Err(self.ends(&e)),
            };
        }
        let count = self.number()?;
        let mut least = 0;
        for _ in 0..count {
            let next = self.number()?.checked_add(least).filter(|next| *next < u64::from(self.items));
            let Some(next) = next.filter(|next| *next != u64::from(self.row)) else {
                return Err(self.malformed("a neighbour is no other item"));
            };
            least = next + 1;
            let next = of(next as u32);
            let (count, mut from) = (self.number()?, self.base());
            for _ in 0..count {
                let slice = self.slice(&mut from)?;
                let sums = [self.number()?, self.number()?, self.number()?, self.number()?];
                if sums == [0; 4] || row.len() >= ENTRIES {
                    return Err(self.malformed("a neighbour was never seen, or there are too many"));
                }
                row.push(Entry { next, slice, sums });
            }
            if count == 0 {
                return Err(self.malformed("a neighbour was never seen, or there are too many"));
            }
        }
        self.row += 1;
        Ok(true)
    }

    fn base(&self) -> u64 {
        self.header.first >> self.header.shift()
    }

    fn slices(&mut self) -> Result<Slices> {
        let (count, mut from) = (self.number()?, self.base());
        if count > MOST {
            return Err(self.malformed("it has too many slices"));
        }
        (0..count).map(|_| Ok((self.slice(&mut from)?, self.number()?))).collect()
    }

    /// A slice that is told from `from`, which then is the next one.
    fn slice(&mut self, from: &mut u64) -> Result<u64> {
        let last = self.header.last >> self.header.shift();
        let slice = self.number()?.checked_add(*from).filter(|slice| *slice <= last);
        let Some(slice) = slice else { return Err(self.malformed("a slice is none of its log's")) };
        *from = slice + 1;
        Ok(slice)
    }

    fn number(&mut self) -> Result<u64> {
        take(&mut self.body).map_err(|e| self.ends(&e))
    }

    fn ends(&self, e: &std::io::Error) -> Error {
        self.malformed("the body cannot be read").with("reason", e)
    }

    pub(in crate::counts) fn malformed(&self, why: &str) -> Error {
        refuse(&self.path, "the counts are malformed").with("why", why)
    }
}

/// Whether a header says what no log can have.
fn contradicts(header: &Header) -> bool {
    let Header { sessions, events, first, last, .. } = *header;
    let empty = sessions == 0 && (events, first, last) != (0, 0, 0);
    first > last || last >= TIMES || sessions > events || events >= EVENTS || empty
}

/// All counts together.
pub(in crate::counts) fn sum(slices: &[(u64, u64)]) -> Option<u64> {
    slices.iter().try_fold(0_u64, |all, (_, count)| all.checked_add(*count))
}

fn refuse(path: &Path, why: &str) -> Error {
    Error::new(Code::DataInvalid, why.to_owned()).with("path", path.display())
}

/// The version of the first line.
fn version(file: &mut File, path: &Path) -> Result<String> {
    let mut start = Vec::new();
    file.take(MAGIC.len() as u64 + 16).read_to_end(&mut start).map_err(|e| io(path, &e))?;
    let line = start.strip_prefix(MAGIC.as_bytes()).and_then(|rest| rest.split(|byte| *byte == b'\n').next());
    let version = line.and_then(|version| std::str::from_utf8(version).ok());
    version.map(str::to_owned).ok_or_else(|| refuse(path, "this is no file of counts: make one with nearhand count"))
}

/// The digest at the end, which is that of all before.
fn check(file: &mut File, length: u64, path: &Path) -> Result<String> {
    let read = |e: std::io::Error| io(path, &e);
    file.seek(SeekFrom::Start(0)).map_err(read)?;
    let (mut hash, mut left, mut buffer) = (Sha256::new(), file.take(length), vec![0; 1 << 18]);
    loop {
        let count = left.read(&mut buffer).map_err(read)?;
        if count == 0 {
            break;
        }
        hash.update(buffer.get(..count).unwrap_or_default());
    }
    let mut said = Vec::new();
    left.into_inner().take(DIGEST).read_to_end(&mut said).map_err(read)?;
    let found = hash.finalize();
    if found.as_slice() != said {
        return Err(refuse(path, "the counts are not as they were written: their digest is another"));
    }
    Ok(found.iter().map(|byte| format!("{byte:02x}")).collect())
}
