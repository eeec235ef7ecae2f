//! The ceilings of budgets.toml.

/// The ceiling `name` of a section.
pub(crate) fn ceiling(section: &str, name: &str) -> u64 {
    let section = include_str!("../../budgets.toml").split(&format!("[{section}]")).nth(1).unwrap();
    let line = section.lines().find(|line| line.starts_with(name)).unwrap();
    line.split('=').nth(1).unwrap().trim().parse().unwrap()
}
