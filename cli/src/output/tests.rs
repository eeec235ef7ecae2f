use super::*;
use std::fs;

/// An empty folder of its own.
fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("nearhand-output-{}-{name}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    Output::check("--out", path)?.write(bytes)
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn nothing_is_left_beside_and_nothing_of_others_is_touched() {
    let folder = folder("beside");
    fs::write(folder.join("x.part"), b"mine").unwrap();
    let path = folder.join("x.safetensors");
    let output = Output::check("--out", &path).unwrap();
    assert_eq!(names(&folder), ["x.part"], "the check leaves no trace");
    output.write(b"one").unwrap();
    write(&path, b"two").unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"two");
    assert_eq!(fs::read(folder.join("x.part")).unwrap(), b"mine");
    let failed = replace(&path, None, true, &mut |_| Err(std::io::Error::other("full")));
    assert!(failed.is_err());
    assert_eq!(
        (names(&folder), fs::read(&path).unwrap()),
        (vec!["x.part".to_owned(), "x.safetensors".to_owned()], b"two".to_vec())
    );
    write(&folder.join("new/er/x"), b"deep").unwrap();
    assert_eq!(fs::read(folder.join("new/er/x")).unwrap(), b"deep");
}

#[test]
fn what_is_no_regular_file_is_refused() {
    let folder = folder("kinds");
    fs::write(folder.join("file"), b"").unwrap();
    let code = |path: &Path| Output::check("--out", path).unwrap_err().code();
    assert_eq!(code(&folder), Code::OptionInvalid);
    assert_eq!(code(Path::new("-")), Code::OptionInvalid);
    assert_eq!(code(&folder.join("new/")), Code::OptionInvalid);
    assert_eq!(code(&folder.join("file/below")), Code::Io);
    let error = Output::check("--report", &folder.join("file/below/deep")).unwrap_err();
    assert!(error.details().contains(&("option", "--report".to_owned())), "{error}");
    let mut permissions = fs::metadata(folder.join("file")).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(folder.join("file"), permissions).unwrap();
    assert_eq!(code(&folder.join("file")), Code::OptionInvalid);
}

#[cfg(unix)]
#[test]
fn links_are_followed_and_modes_stay() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = folder("links");
    let (real, link) = (folder.join("real"), folder.join("link"));
    fs::write(&real, b"old").unwrap();
    fs::set_permissions(&real, Permissions::from_mode(0o640)).unwrap();
    symlink("real", &link).unwrap();
    write(&link, b"new").unwrap();
    assert!(link.symlink_metadata().unwrap().is_symlink());
    assert_eq!(fs::read(&real).unwrap(), b"new");
    assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o640);
    symlink("nowhere", folder.join("dangling")).unwrap();
    assert_eq!(Output::check("--out", &folder.join("dangling")).unwrap_err().code(), Code::OptionInvalid);
    assert_eq!(Output::check("--out", Path::new("/dev/null")).unwrap_err().code(), Code::OptionInvalid);
}

#[test]
fn one_file_under_two_names_is_found() {
    let folder = folder("distinct");
    let (a, b) = (folder.join("a"), folder.join("b"));
    fs::write(&a, b"").unwrap();
    let output = |path: &Path| Output::check("--out", path).unwrap();
    assert!(distinct(&[&output(&a), &output(&b)], &[]).is_ok());
    assert!(distinct(&[&output(&b), &output(&folder.join("./b"))], &[]).is_err());
    assert!(distinct(&[&output(&b)], &[("--events", &a), ("--card", &a)]).is_ok(), "inputs may be one file");
    let error =
        distinct(&[&output(&folder.join("../").join(folder.file_name().unwrap()).join("a"))], &[("--events", &a)]).unwrap_err();
    assert!(error.details().contains(&("other", "--events".to_owned())), "{error}");
    fs::hard_link(&a, &b).unwrap();
    assert!(distinct(&[&output(&b)], &[("--events", &a)]).is_err());
}
