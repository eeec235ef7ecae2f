//! What people report of vectors that they brought somewhere, rebuilt small, with the answer that is right.

use super::tests::{detail, f32s, flags, list, npy, read, refused};
use crate::log::tests::temp;
use nearhand::Code;

/// NVIDIA-Merlin/Transformers4Rec#679, RUCAIBox/RecBole#1318: the embedding table has a row for padding in front, so that
/// every row would be its neighbour's.
#[test]
fn a_table_with_a_row_for_padding() {
    let error = refused("pad.npy", &npy(1, "'<f4'", false, "4, 2", &f32s(&[0.0; 8])), &[]);
    assert_eq!((error.code(), detail(&error, "vectors"), detail(&error, "items")), (Code::DataInvalid, "4".into(), "3".into()));
    assert!(error.message().contains("padding"), "{error}");
}

/// NicolasHug/Surprise#119 and #189, benfred/implicit#604: rows are in the order in which items came up, not in that of their
/// ids. Ids beside the rows settle it.
#[test]
fn rows_in_the_order_in_which_items_came_up() {
    let placed = read("inner.txt", b"3 1\nc 3\na 1\nb 2\n", &[]).unwrap();
    assert_eq!((placed.values.as_slice(), placed.by_ids), (&[1.0, 2.0, 3.0][..], true));
}

/// The same without ids and without a list whose order could be meant: refused, as any order fits.
#[test]
fn no_ids_and_no_list() {
    let path = temp("vectors-orderless.npy", &npy(1, "'<f4'", false, "3, 1", &f32s(&[1.0, 2.0, 3.0]))).display().to_string();
    let mut made = list(&["a", "b", "c"]);
    made.columns_read.clear();
    let error = flags(&["--vectors", &path]).read(&made).unwrap_err();
    assert!(error.code() == Code::DataInvalid && error.message().contains("--items"), "{error}");
}

/// piskvorky/gensim#388, #2795, #2881: an id with a blank, which gensim writes and cannot read back.
#[test]
fn ids_with_blanks() {
    let path = temp("vectors-blanks.txt", b"2 1\nmy name 2\nis Ivan 3\n").display().to_string();
    let placed = flags(&["--vectors", &path]).read(&list(&["is Ivan", "my name"])).unwrap().unwrap();
    assert_eq!(placed.values, [3.0, 2.0]);
}

/// explosion/spaCy#834: an id with a no-break space, which is a letter of the id and no separator.
#[test]
fn ids_with_spaces_that_are_none() {
    let text = "2 1\nmy\u{a0}name 2\nnext\u{2028}line 3\n";
    let path = temp("vectors-nbsp.txt", text.as_bytes()).display().to_string();
    let placed = flags(&["--vectors", &path]).read(&list(&["next\u{2028}line", "my\u{a0}name"])).unwrap().unwrap();
    assert_eq!(placed.values, [3.0, 2.0]);
}

/// Embedding/Chinese-Word-Vectors#168: sparse vectors, `place:value`.
#[test]
fn sparse_vectors() {
    assert_eq!(detail(&refused("sparse.txt", b"3 2\na 1:2 9:0.02\nb 3 4\nc 5 6\n", &[]), "value"), "9:0.02");
}

/// mem0ai/mem0#5959, facebookresearch/faiss#593: cosine was asked for and the plain product ranked. A = (0.1, 0), B = (0.5,
/// 0.5): to (1, 0), A has cosine 1 and product 0.1, B has 0.71 and 0.5.
#[test]
fn cosine_is_not_the_product() {
    let rows = npy(1, "'<f4'", false, "3, 2", &f32s(&[0.1, 0.0, 0.5, 0.5, -1.0, 0.0]));
    let path = temp("vectors-cosine.npy", &rows).display().to_string();
    let best = |score: &str, bits: &str| {
        let args = flags(&["--vectors", &path, "--query", "last", "--score", score, "--bits", bits]);
        let placed = args.read(&list(&["A", "B", "C"])).unwrap().unwrap();
        let stored = args.make(&placed, 50).unwrap().stored.vectors;
        let x = |row: usize| f32::from(stored.rows[row * 2]) * stored.scales[row];
        if x(0) > x(1) { "A" } else { "B" }
    };
    assert_eq!([best("cosine", "8"), best("dot", "8"), best("cosine", "32")], ["A", "B", "A"]);
}

/// eddelbuettel/rcppcnpy#12, rogersce/cnpy#7, multiscale/muscle3#77: an array in Fortran's order, as every transpose is,
/// read row by row: of the right shape, and every vector wrong.
#[test]
fn fortran_order() {
    let file = npy(1, "'<f4'", true, "3, 2", &f32s(&[1.0, 3.0, 5.0, 2.0, 4.0, 6.0]));
    assert_eq!(read("f.npy", &file, &[]).unwrap().values, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
}

/// langchain4j/langchain4j#6136: large finite values overflow while a length is computed.
#[test]
fn lengths_do_not_overflow() {
    let path = temp("vectors-large.npy", &npy(1, "'<f4'", false, "2, 2", &f32s(&[3e38, 3e38, 1.0, -1.0]))).display().to_string();
    let args = flags(&["--vectors", &path, "--query", "mean"]);
    let stored = args.make(&args.read(&list(&["a", "b"])).unwrap().unwrap(), 50).unwrap().stored;
    assert_eq!((stored.vectors.rows.as_slice(), stored.mean_cosine > 0.9999), (&[127, 127, 127, -127][..], true));
}

/// MinishLab/model2vec#368: small half-precision vectors vanish when squared in half precision; zeros become NaN.
#[test]
fn small_halves_and_zeros() {
    // 0x0020 is 2⁻¹⁹, whose square is no half.
    let halves: Vec<u8> = [0x0020_u16, 0, 0, 0, 0x3C00, 0].iter().flat_map(|v| v.to_le_bytes()).collect();
    let path = temp("vectors-small.npy", &npy(1, "'<f2'", false, "3, 2", &halves)).display().to_string();
    let args = flags(&["--vectors", &path, "--query", "mean"]);
    let placed = args.read(&list(&["a", "b", "c"])).unwrap().unwrap();
    assert_eq!(placed.nil, 1);
    let stored = args.make(&placed, 50).unwrap().stored.vectors;
    assert_eq!((stored.rows.as_slice(), stored.scales[1]), (&[127, 0, 0, 0, 127, 0][..], 0.0));
}

/// tinygrad/tinygrad#17087: 65536 is no half, and becomes infinite when saved as one.
#[test]
fn halves_overflow() {
    let halves: Vec<u8> = [0x3C00_u16, 0x7C00, 0x3C00].iter().flat_map(|v| v.to_le_bytes()).collect();
    let error = refused("over.npy", &npy(1, "'<f2'", false, "3, 1", &halves), &[]);
    assert_eq!((detail(&error, "row"), detail(&error, "value")), ("1".into(), "inf".into()));
}

/// stackoverflow.com/questions/23111990: lists that pandas wrote into CSV come back as texts; numpy's are cut when long.
#[test]
fn lists_that_became_texts() {
    let text = b"id,embedding\na,\"[1.0, 2.0]\"\nb,\"[3.0, 4.0]\"\nc,\"[5.0, 6.0]\"\n";
    assert_eq!(read("texts.csv", text, &[]).unwrap().values, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    let text = b"id,embedding\na,[0.1 0.2 ... 0.3 0.4]\nb,[0.1 0.2 ... 0.3 0.4]\nc,[0.1 0.2 ... 0.3 0.4]\n";
    assert!(refused("short.csv", text, &[]).message().contains("tolist"));
}

/// benfred/implicit#574, #567: users and items the wrong way round, so that the item factors are the users'.
#[test]
fn users_for_items() {
    let error = refused("users.npy", &npy(1, "'<f4'", false, "5, 2", &f32s(&[0.5; 10])), &[]);
    assert_eq!((detail(&error, "vectors"), detail(&error, "items")), ("5".into(), "3".into()));
    let error = refused("across.npy", &npy(1, "'<f4'", false, "2, 3", &f32s(&[0.5; 6])), &[]);
    assert!(error.message().contains("transpose"), "{error}");
}

/// piskvorky/gensim's `min_count` leaves rare items out: they have no vector, and are counted; where most lack one it is
/// another list.
#[test]
fn rare_items_without_vectors() {
    let placed = read("rare.txt", b"2 1\na 1\nb 2\n", &[]).unwrap();
    assert_eq!((placed.values.as_slice(), placed.without), (&[1.0, 2.0, 0.0][..], 1));
    assert!(placed.to_string().ends_with(" without=1"), "{placed}");
    let error = refused("most.txt", b"2 1\na 1\nzz 2\n", &[]);
    assert_eq!(
        (detail(&error, "with_vector"), detail(&error, "items"), detail(&error, "item")),
        ("1".into(), "3".into(), "b".into())
    );
    let error = refused("none.txt", b"2 1\nx 1\ny 2\n", &[]);
    assert_eq!((error.code(), detail(&error, "id"), detail(&error, "item")), (Code::ItemUnknown, "x".into(), "a".into()));
}

/// Ids that went through a float column: `5863.0` is 5863, and one item has one vector.
#[test]
fn ids_that_became_floats() {
    let path = temp("vectors-floats.txt", b"2 1\n5863.0 2\n12.0 1\n").display().to_string();
    assert_eq!(flags(&["--vectors", &path]).read(&list(&["12", "5863"])).unwrap().unwrap().values, [1.0, 2.0]);
    let path = temp("vectors-twice.txt", b"2 1\n12.0 2\n12 1\n").display().to_string();
    let error = flags(&["--vectors", &path]).read(&list(&["12", "5863"])).unwrap_err();
    assert_eq!((detail(&error, "first"), detail(&error, "second")), ("12.0".into(), "12".into()));
}
