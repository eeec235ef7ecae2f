//! What the command line says of an item list.

use crate::read::options::encoding;
use crate::read::value::number::Marks;
use clap::Args;
use std::path::PathBuf;

/// Where the columns of an item list stand.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct ItemArgs {
    /// Item list: text with a header, JSON lines, Parquet or Arrow, like --events
    #[arg(long)]
    pub items: Option<PathBuf>,
    /// Column with the shop's item id [default: item, item_id, sku, stock_code, id and the like]
    #[arg(long)]
    pub item_col: Option<String>,
    /// Column with the key that session files use [default: that of the item id]
    #[arg(long)]
    pub key_col: Option<String>,
    /// Column with the title; '' for none [default: title, name or description]
    #[arg(long)]
    pub title_col: Option<String>,
    /// Column with the price; '' for none [default: price, unit_price, median_price and the like]
    #[arg(long)]
    pub price_col: Option<String>,
    /// Column with the category; of a list the first, of a path all of it; '' for none [default: category, categories, product_type]
    #[arg(long)]
    pub category_col: Option<String>,
    /// Column with the brand; '' for none [default: brand, vendor]
    #[arg(long)]
    pub brand_col: Option<String>,
    /// Column with the stock; '' for none [default: stock, qty]
    #[arg(long)]
    pub stock_col: Option<String>,
    /// Column with what variants of one thing have in common; '' for none [default: group or item_group_id]
    #[arg(long)]
    pub group_col: Option<String>,
    /// Rules that give an item its category by words of its title: `department<TAB>words`, the first that fits
    #[arg(long)]
    pub departments: Option<PathBuf>,
    /// Category of items that no rule of --departments fits
    #[arg(long, default_value = "Other")]
    pub other: String,
    /// Level of a category path that is the category, 1 for the outermost; 0 for the whole path
    #[arg(long, default_value_t = 0)]
    pub category_level: usize,
    /// Rows of the list with the same key and other values
    #[arg(long, value_enum, default_value_t)]
    pub duplicates: Duplicates,
    /// The list has no header: these are its columns, separated by commas
    #[arg(long, value_delimiter = ',', value_name = "NAME,NAME,…")]
    pub items_columns: Vec<String>,
    /// What marks the decimals of the list's prices: . or , [default: as the first rows have it]
    #[arg(long, value_parser = Marks::named)]
    pub items_decimal_mark: Option<Marks>,
    /// Encoding of a list that is not Unicode, like windows-1252
    #[arg(long, value_name = "NAME", value_parser = encoding)]
    pub items_encoding: Option<String>,
}

/// What to do with two rows of one key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Duplicates {
    /// Stop and say which.
    #[default]
    Refuse,
    /// Keep the first.
    First,
    /// Keep the last.
    Last,
}
