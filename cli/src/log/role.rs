//! What the columns of a log hold.

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Session,
    Item,
    Time,
    Kind,
    Title,
    Price,
    Quantity,
    Dwell,
    /// Who did it, where the session is something else: tells sessions that several share.
    Visitor,
    /// What tells that an order was called off.
    Status,
}

impl Role {
    /// Its word in reports.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Item => "item",
            Self::Time => "time",
            Self::Kind => "kind",
            Self::Title => "title",
            Self::Price => "price",
            Self::Quantity => "quantity",
            Self::Dwell => "dwell",
            Self::Visitor => "visitor",
            Self::Status => "status",
        }
    }
}

/// Roles, with the option that names their column and whether a log must have it.
pub(crate) const ROLES: [(Role, &str, bool); 10] = [
    (Role::Session, "--session-col", true),
    (Role::Item, "--event-item-col", true),
    (Role::Time, "--time-col", true),
    (Role::Kind, "--kind-col", false),
    (Role::Title, "--event-title-col", false),
    (Role::Price, "--event-price-col", false),
    (Role::Quantity, "--quantity-col", false),
    (Role::Dwell, "--dwell-col", false),
    (Role::Visitor, "", false),
    (Role::Status, "", false),
];
