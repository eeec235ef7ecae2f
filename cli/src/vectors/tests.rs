//! Files of every format, sound and malformed, through the command line's flags.

use super::VectorArgs;
use super::place::Placed;
use crate::items::ItemList;
use crate::log::tests::temp;
use ::safetensors::tensor::{Dtype, TensorView, serialize};
use clap::Parser;
use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder};
use nearhand::{Code, Error, Item, Result};
use std::io::Write as _;

#[derive(Parser)]
struct Flags {
    #[command(flatten)]
    vectors: VectorArgs,
}

pub(super) fn flags(flags: &[&str]) -> VectorArgs {
    Flags::try_parse_from([&["pack"], flags].concat()).unwrap().vectors
}

/// A list with these ids, as if a file had been read.
pub(super) fn list(ids: &[&str]) -> ItemList {
    let rows = ids.iter().map(|id| Item { item: (*id).to_owned(), title: (*id).to_owned(), ..Item::default() });
    ItemList {
        rows: rows.collect(),
        by_key: ids.iter().zip(0..).map(|(id, at)| ((*id).to_owned(), at)).collect(),
        columns_read: vec![("item", vec!["item".to_owned()])],
        ..ItemList::default()
    }
}

/// Reads a file for the items a, b and c.
pub(super) fn read(name: &str, bytes: &[u8], more: &[&str]) -> Result<Placed> {
    let path = temp(&format!("vectors-{name}"), bytes).display().to_string();
    let args = flags(&[&["--vectors", &path], more].concat());
    args.check()?;
    args.read(&list(&["a", "b", "c"])).map(Option::unwrap)
}

fn values(name: &str, bytes: &[u8], more: &[&str]) -> Vec<f32> {
    read(name, bytes, more).unwrap().values
}

/// A refusal, and the detail of a name.
pub(super) fn refused(name: &str, bytes: &[u8], more: &[&str]) -> Error {
    let error = read(name, bytes, more).unwrap_err();
    assert!(error.details().iter().any(|(name, _)| *name == "path" || *name == "option"), "{error} names no file");
    error
}

pub(super) fn detail(error: &Error, name: &str) -> String {
    error.details().iter().find(|(n, _)| *n == name).unwrap_or_else(|| panic!("{error} tells no {name}")).1.clone()
}

/// A `.npy` file.
pub(super) fn npy(major: u8, descr: &str, fortran: bool, shape: &str, data: &[u8]) -> Vec<u8> {
    let fortran = if fortran { "True" } else { "False" };
    let header = format!("{{'descr': {descr}, 'fortran_order': {fortran}, 'shape': ({shape}), }}\n");
    let mut out = [b"\x93NUMPY".as_slice(), &[major, 0]].concat();
    if major == 1 {
        out.extend((header.len() as u16).to_le_bytes());
    } else {
        out.extend((header.len() as u32).to_le_bytes());
    }
    out.extend(header.bytes());
    out.extend(data);
    out
}

pub(super) fn f32s(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|v| v.to_le_bytes()).collect()
}

/// A zip archive as numpy writes it.
fn zip(entries: &[(&str, Vec<u8>)], deflate: bool) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for (name, bytes) in entries {
        let mut crc = flate2::Crc::new();
        crc.update(bytes);
        let packed = if deflate {
            let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
            encoder.write_all(bytes).unwrap();
            encoder.finish().unwrap()
        } else {
            bytes.clone()
        };
        let mut common = vec![20, 0, 0, 0, if deflate { 8 } else { 0 }, 0, 0, 0, 0, 0];
        common.extend(crc.sum().to_le_bytes());
        common.extend((packed.len() as u32).to_le_bytes());
        common.extend((bytes.len() as u32).to_le_bytes());
        common.extend((name.len() as u16).to_le_bytes());
        let local = out.len() as u32;
        // numpy's local headers have an extra field that the directory lacks.
        out.extend([b"PK\x03\x04".as_slice(), &common, &4_u16.to_le_bytes(), name.as_bytes(), &[1, 0, 0, 0], &packed].concat());
        directory.extend([b"PK\x01\x02\x14\x00".as_slice(), &common, &[0; 12], &local.to_le_bytes(), name.as_bytes()].concat());
    }
    let (at, count) = ((out.len() as u32).to_le_bytes(), (entries.len() as u16).to_le_bytes());
    let size = (directory.len() as u32).to_le_bytes();
    [out, directory, [b"PK\x05\x06\0\0\0\0".as_slice(), &count, &count, &size, &at, &[0, 0]].concat()].concat()
}

const SIX: [f32; 6] = [1.0, 2.0, 3.0, 4.0, 5.0, 6.5];

#[test]
fn npy_of_every_version_type_and_order() {
    for major in [1, 2, 3] {
        assert_eq!(values("v.npy", &npy(major, "'<f4'", false, "3, 2", &f32s(&SIX)), &[]), SIX, "{major}");
    }
    let big: Vec<u8> = SIX.iter().flat_map(|v| v.to_be_bytes()).collect();
    assert_eq!(values("big.npy", &npy(1, "'>f4'", false, "3, 2", &big), &[]), SIX);
    let double: Vec<u8> = SIX.iter().flat_map(|v| f64::from(*v).to_le_bytes()).collect();
    assert_eq!(values("f8.npy", &npy(1, "'<f8'", false, "3, 2", &double), &[]), SIX);
    // 1, 2, 3, 4, 5 and 6.5 in IEEE 754-2019 binary16.
    let half: Vec<u8> = [0x3C00_u16, 0x4000, 0x4200, 0x4400, 0x4500, 0x4680].iter().flat_map(|v| v.to_le_bytes()).collect();
    assert_eq!(values("f2.npy", &npy(1, "'<f2'", false, "3, 2", &half), &[]), SIX);
    let columns = f32s(&[1.0, 3.0, 5.0, 2.0, 4.0, 6.5]);
    assert_eq!(values("fortran.npy", &npy(1, "'<f4'", true, "3L, 2L", &columns), &[]), SIX);
    let mut gz = GzEncoder::new(Vec::new(), Compression::fast());
    gz.write_all(&npy(1, "'<f4'", false, "3, 2", &f32s(&SIX))).unwrap();
    let gz = gz.finish().unwrap();
    assert_eq!(values("v.npy.gz", &gz, &[]), SIX);
    assert_eq!(refused("cut.npy.gz", &gz[..gz.len() - 9], &[]).code(), Code::DataInvalid);
}

#[test]
fn npy_that_is_malformed() {
    let whole = npy(1, "'<f4'", false, "3, 2", &f32s(&SIX));
    let error = refused("cut.npy", &whole[..whole.len() - 3], &[]);
    assert_eq!((detail(&error, "wanted"), detail(&error, "have")), ("24".into(), "21".into()));
    assert_eq!(refused("head.npy", &whole[..20], &[]).code(), Code::DataInvalid);
    assert_eq!(detail(&refused("more.npy", &[&whole[..], &[0; 4]].concat(), &[]), "have"), "28");
    let told = |name: &str, descr: &str, shape: &str, data: &[u8]| refused(name, &npy(1, descr, false, shape, data), &[]);
    assert!(told("object.npy", "'|O'", "3, 2", b"\x80\x04.").message().contains("pickled"));
    assert!(told("int.npy", "'<i8'", "3, 2", &[0; 48]).message().contains("float32"));
    assert!(told("complex.npy", "'<c8'", "3, 2", &[0; 48]).message().contains("float32"));
    assert!(told("fields.npy", "[('a', '<f4'), ('b', '<f4')]", "3,", &[0; 24]).message().contains("fields"));
    assert_eq!(detail(&told("unknown.npy", "'<M8[ns]'", "3, 2", &[0; 48]), "dtype"), "<M8[ns]");
    assert!(told("flat.npy", "'<f4'", "6,", &f32s(&SIX)).message().contains("matrix"));
    assert!(told("cube.npy", "'<f4'", "3, 2, 1", &f32s(&SIX)).message().contains("matrix"));
    assert_eq!(told("huge.npy", "'<f4'", "9999999999, 9999999999", &[]).code(), Code::DataInvalid);
    assert_eq!(told("shape.npy", "'<f4'", "-3, 2", &[]).code(), Code::DataInvalid);
}

#[test]
fn npz_with_and_without_ids() {
    let vectors = npy(1, "'<f4'", false, "3, 2", &f32s(&SIX));
    // c, a, b as numpy has texts: four bytes a letter.
    let letters: Vec<u8> = ['c', 'a', 'b'].iter().flat_map(|c| [*c as u32, 0].map(u32::to_le_bytes)).flatten().collect();
    let ids = npy(1, "'<U2'", false, "3,", &letters);
    for deflate in [false, true] {
        assert_eq!(values("one.npz", &zip(&[("arr_0.npy", vectors.clone())], deflate), &[]), SIX);
        let both = zip(&[("ids.npy", ids.clone()), ("vectors.npy", vectors.clone())], deflate);
        assert_eq!(values("both.npz", &both, &[]), [3.0, 4.0, 5.0, 6.5, 1.0, 2.0]);
        assert!(read("both.npz", &both, &[]).unwrap().by_ids);
        let mut bad = both.clone();
        bad[100] ^= 1;
        assert!(refused("crc.npz", &bad, &[]).message().contains("damaged"));
        assert!(refused("cut.npz", &both[..both.len() - 30], &[]).message().contains("damaged"));
    }
    let two = zip(&[("a.npy", vectors.clone()), ("b.npy", npy(1, "'<f4'", false, "3, 1", &f32s(&SIX[..3])))], false);
    let error = refused("two.npz", &two, &[]);
    assert_eq!(detail(&error, "array"), "a <f4 [3,2]");
    assert_eq!(values("two.npz", &two, &["--vector-name", "b"]), SIX[..3]);
    assert!(refused("two.npz", &two, &["--vector-name", "x"]).message().contains("no array x"));
    assert!(refused("torch.npz", &zip(&[("archive/data.pkl", vec![0x80])], false), &[]).message().contains("torch.save"));
    assert!(refused("book.xlsx", &zip(&[("xl/workbook.xml", vec![b'<'])], true), &[]).message().contains("no arrays"));
}

#[test]
fn whole_numbers_and_bytes_are_ids() {
    let vectors = npy(1, "'<f4'", false, "2, 1", &f32s(&[1.0, 2.0]));
    let of = |name: &str, descr: &str, data: &[u8], ids: &[&str]| {
        let file = zip(&[("v.npy", vectors.clone()), ("i.npy", npy(1, descr, false, "2,", data))], false);
        let path = temp(&format!("vectors-{name}"), &file).display().to_string();
        flags(&["--vectors", &path]).read(&list(ids)).unwrap().unwrap().values
    };
    assert_eq!(of("i8.npz", "'<i8'", &[7_i64.to_le_bytes(), (-3_i64).to_le_bytes()].concat(), &["-3", "7"]), [2.0, 1.0]);
    assert_eq!(of("i4.npz", "'>i4'", &[7_i32.to_be_bytes(), (-3_i32).to_be_bytes()].concat(), &["-3", "7"]), [2.0, 1.0]);
    assert_eq!(of("u1.npz", "'|u1'", &[7, 253], &["253", "7"]), [2.0, 1.0]);
    assert_eq!(of("s3.npz", "'|S3'", b"x1\0y22", &["y22", "x1"]), [2.0, 1.0]);
}

/// A `.safetensors` file.
fn file(tensors: &[(&str, Dtype, &[usize], &[u8])]) -> Vec<u8> {
    let mut views = Vec::new();
    for (name, dtype, shape, data) in tensors {
        views.push((*name, TensorView::new(*dtype, shape.to_vec(), data).unwrap()));
    }
    serialize(views, None).unwrap()
}

#[test]
fn safetensors_by_name_and_by_shape() {
    let six = f32s(&SIX);
    let one = file(&[("weight", Dtype::F32, &[3, 2], &six)]);
    assert_eq!(values("one.safetensors", &one, &[]), SIX);
    assert_eq!(values("no-extension", &one, &[]), SIX, "known by its first bytes");
    // 1, 2, 3, 4, 5 and 6.5 in bfloat16: the upper halves of 32 bits.
    let short: Vec<u8> = SIX.iter().flat_map(|v| ((v.to_bits() >> 16) as u16).to_le_bytes()).collect();
    assert_eq!(values("bf16.safetensors", &file(&[("w", Dtype::BF16, &[3, 2], &short)]), &[]), SIX);
    let users = f32s(&[9.0; 8]);
    let both = file(&[("items", Dtype::F32, &[3, 2], &six), ("users", Dtype::F32, &[4, 2], &users)]);
    assert_eq!(values("both.safetensors", &both, &[]), SIX, "the one with a row an item");
    let error = refused("users.safetensors", &both, &["--vector-name", "users"]);
    assert_eq!((detail(&error, "vectors"), detail(&error, "items")), ("4".into(), "3".into()));
    let twice = file(&[("in", Dtype::F32, &[3, 2], &six), ("out", Dtype::F32, &[3, 2], &six)]);
    assert_eq!(detail(&refused("twice.safetensors", &twice, &[]), "array"), "in f32 [3,2]");
    assert!(refused("int8.safetensors", &file(&[("w", Dtype::I8, &[3, 2], &[0; 6])]), &[]).message().contains("float32"));
    assert!(refused("cut.safetensors", &one[..one.len() - 1], &[]).message().contains("safetensors"));
}

#[test]
fn word2vec_text_and_binary() {
    let text = "3 2\nb 3 4\na 1 2\nc 5 6.5\n";
    assert_eq!(values("w2v.txt", text.as_bytes(), &[]), SIX);
    assert_eq!(values("w2v.vec", text.replace('\n', "\r\n").as_bytes(), &[]), SIX);
    // GloVe has no first line.
    assert_eq!(values("glove.txt", &text.as_bytes()[4..], &[]), SIX);
    for between in ["", "\n"] {
        let mut binary = b"3 2\n".to_vec();
        for (id, row) in [("c", &SIX[4..]), ("a", &SIX[..2]), ("b", &SIX[2..4])] {
            binary.extend([id.as_bytes(), b" ", &f32s(row), between.as_bytes()].concat());
        }
        assert_eq!(values("w2v.bin", &binary, &[]), SIX);
        let error = refused("cut.bin", &binary[..binary.len() - 6], &[]);
        assert_eq!((detail(&error, "wanted"), detail(&error, "have")), ("3".into(), "2".into()));
        assert_eq!(detail(&refused("more.bin", &[&binary[..], b"d"].concat(), &[]), "bytes_left"), "1");
    }
    let error = refused("fewer.txt", b"4 2\nb 3 4\na 1 2\nc 5 6\n", &[]);
    assert_eq!((detail(&error, "wanted"), detail(&error, "have")), ("4".into(), "3".into()));
    assert_eq!(detail(&refused("more.txt", b"2 2\nb 3 4\na 1 2\nc 5 6\n", &[]), "have"), "3");
    assert_eq!(detail(&refused("short.txt", b"3 2\nb 3 4\na 1\nc 5 6\n", &[]), "line"), "3");
    assert_eq!(detail(&refused("word.txt", b"3 2\nb 3 4\na 1 x\nc 5 6\n", &[]), "value"), "x");
    assert_eq!(detail(&refused("nan.txt", b"3 2\nb 3 4\na 1 nan\nc 5 6\n", &[]), "id"), "a");
    assert_eq!(detail(&refused("latin.txt", b"3 2\nb 3 4\n\xe9 1 2\nc 5 6\n", &[]), "line"), "3");
    assert!(refused("savetxt.txt", b"1.5e-01 2.5e-01\n3.5e-01 4.5e-01\n5.5e-01 6.5e-01\n", &[]).message().contains("ids"));
}

#[test]
fn tables_with_and_without_a_header() {
    assert_eq!(values("wide.csv", b"item_id,v0,v1\nc,5,6.5\na,1,2\nb,3,4\n", &[]), SIX);
    assert_eq!(values("wide.tsv", b"item_id\tv0\tv1\nc\t5\t6.5\na\t1\t2\nb\t3\t4\n", &[]), SIX);
    assert_eq!(values("bare.csv", b"a,1,2\nb,3,4\nc,5,6.5\n", &[]), SIX);
    assert_eq!(values("list.csv", b"id,embedding\nb,\"[3, 4]\"\na,\"[1.0, 2.0]\"\nc,\"[5 6.5]\"\n", &[]), SIX);
    assert_eq!(
        values(
            "v.jsonl",
            b"{\"id\":\"b\",\"vector\":[3,4]}\n{\"id\":\"a\",\"vector\":[1,2]}\n{\"id\":\"c\",\"vector\":[5,6.5]}\n",
            &[]
        ),
        SIX
    );
    let more = b"price,item_id,e0,e1,f0,f1\n9,a,1,2,0,0\n9,b,3,4,0,0\n9,c,5,6.5,0,0\n";
    assert!(refused("stems.csv", more, &[]).message().contains("--vector-name"));
    assert_eq!(values("stems.csv", more, &["--vector-name", "e"]), SIX);
    assert_eq!(
        values("named.csv", b"code,x,y\na,\"[1,2]\",7\nb,\"[3,4]\",7\nc,\"[5,6.5]\",7\n", &["--vector-name", "code,x"]),
        SIX
    );
    let error = refused("ragged.csv", b"id,embedding\na,\"[1, 2]\"\nb,\"[3]\"\nc,\"[5, 6]\"\n", &[]);
    assert_eq!(
        (detail(&error, "row"), detail(&error, "values"), detail(&error, "first_row")),
        ("1".into(), "1".into(), "2".into())
    );
    assert_eq!(detail(&refused("nan.csv", b"id,v0,v1\na,1,2\nb,nan,4\nc,5,6\n", &[]), "line"), "3");
    assert_eq!(detail(&refused("inf.csv", b"id,v0,v1\na,1,2\nb,1e60,4\nc,5,6\n", &[]), "id"), "b");
}

#[test]
fn many_columns_are_read_in_passes() {
    let header: Vec<String> = (0..40).map(|i| format!("v{i}")).collect();
    let row = |id: &str, from: usize| {
        let values: Vec<String> = (from..from + 40).map(|v| v.to_string()).collect();
        format!("{id},{}\n", values.join(","))
    };
    let text = format!("id,{}\n{}{}{}", header.join(","), row("b", 100), row("a", 0), row("c", 200));
    let want: Vec<f32> = (0..40).chain(100..140).chain(200..240).map(|v| v as f32).collect();
    assert_eq!(values("forty.csv", text.as_bytes(), &[]), want);
}

#[test]
fn bare_floats_by_their_size() {
    assert_eq!(values("v.f32", &f32s(&SIX), &[]), SIX);
    assert_eq!(values("v.bin", &f32s(&SIX), &["--dim", "2"]), SIX);
    let error = refused("size.f32", &f32s(&SIX[..5]), &[]);
    assert_eq!((detail(&error, "bytes"), detail(&error, "items")), ("20".into(), "3".into()));
    assert_eq!(refused("odd.f32", &[0; 23], &[]).code(), Code::DataInvalid);
    assert_eq!(refused("none.f32", &[], &[]).code(), Code::DataInvalid);
    assert_eq!(detail(&refused("nan.f32", &f32s(&[1.0, 2.0, 3.0, f32::NAN, 5.0, 6.0]), &[]), "row"), "1");
}

#[test]
fn foreign_files_are_named() {
    for (name, bytes, word) in [
        ("kv.model", b"\x80\x04\x95gensim.".as_slice(), "save_word2vec_format"),
        ("v.h5", b"\x89HDF\r\n", "HDF5"),
        ("v.faiss", b"IxFI....", "faiss"),
        ("v.feather", b"ARROW1..", "Parquet"),
    ] {
        assert!(refused(name, bytes, &[]).message().contains(word), "{name}");
    }
}

#[test]
fn flags_that_say_something_else() {
    let vectors = npy(1, "'<f4'", false, "3, 2", &f32s(&SIX));
    let error = refused("dim.npy", &vectors, &["--dim", "64"]);
    assert_eq!((error.code(), detail(&error, "value"), detail(&error, "values")), (Code::OptionInvalid, "64".into(), "2".into()));
    let error = refused("dim.f32", &f32s(&SIX), &["--dim", "4"]);
    assert_eq!((detail(&error, "dim"), detail(&error, "bytes")), ("4".into(), "24".into()));
    let said = |more: &[&str]| flags(more).check().unwrap_err();
    for (more, option) in [
        (&["--query", "mean"][..], "--query"),
        (&["--bits", "4"], "--bits"),
        (&["--dim", "4"], "--dim"),
        (&["--dim", "0"], "--dim"),
        (&["--bits", "3"], "--bits"),
        (&["--bits", "32"], "--bits"),
        (&["--vector-name", "a,b,c"], "--vector-name"),
    ] {
        assert_eq!(detail(&said(more), "option"), option);
    }
    assert_eq!(said(&["--vectors", "/nowhere/v.npy"]).code(), Code::Io);
    assert!(Flags::try_parse_from(["pack", "--query", "sum"]).is_err());
}

#[test]
fn ids_may_stand_in_a_file_of_their_own() {
    let vectors = npy(1, "'<f4'", false, "3, 2", &f32s(&SIX));
    let ids = |name: &str, text: &str| temp(&format!("vectors-{name}"), text.as_bytes()).display().to_string();
    let file = ids("ids.txt", "c\r\na\r\nb\r\n");
    assert_eq!(values("apart.npy", &vectors, &["--vector-ids", &file]), [3.0, 4.0, 5.0, 6.5, 1.0, 2.0]);
    let file = ids("few.txt", "a\nb\n");
    let error = refused("few.npy", &vectors, &["--vector-ids", &file]);
    assert_eq!((detail(&error, "ids"), detail(&error, "vectors")), ("2".into(), "3".into()));
    let file = ids("other.txt", "b\na\nc\n");
    assert_eq!(refused("own.txt", b"3 1\na 1\nb 2\nc 3\n", &["--vector-ids", &file]).code(), Code::OptionInvalid);
}
