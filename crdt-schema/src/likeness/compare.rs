//! The comparison: points for what agrees, points off for what does not, and a reason for each. Whole numbers only, so that every node
//! says the same.

use crate::likeness::{Address, Traits};

/// How alike two records are, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Likeness {
    /// 0 and above; see [`POINTS_MIN`].
    pub points: u32,
    /// What was found, what speaks for it first.
    pub reasons: Vec<Reason>,
}

/// From here on, a pair is proposed. In the made census that the tests read, more than nine tenths of the planted pairs have as much,
/// and fewer than one in ten of others.
pub const POINTS_MIN: u32 = 50;

/// What was found by comparing two records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// A register gives both one number.
    SameRegister,
    /// One source gives both one identifier.
    SameOrigin,
    /// They name one page.
    SamePage,
    /// Their names are the same, but for accents, articles and legal forms.
    SameName,
    /// Their names are near.
    NearName,
    /// The same organisation holds them.
    SameHolder,
    /// Organisations with near names hold them.
    NearHolder,
    /// They start on one day.
    SameDay,
    /// They start within a week.
    NearDay,
    /// They have one address.
    SameAddress,
    /// They are fewer than 50 m apart.
    SamePoint,
    /// They are fewer than 2 km apart.
    NearPoint,
    /// They are in one commune.
    SameCommune,
    /// They name one site.
    SameSite,
    /// They have one phone or one mail.
    SameContact,
    /// Their names have little in common.
    OtherName,
    /// Their names count differently.
    OtherNumber,
    /// Other organisations hold them.
    OtherHolder,
    /// They start on other days.
    OtherDay,
    /// They have other addresses.
    OtherAddress,
    /// They are more than 5 km apart.
    FarPoint,
    /// They are in other communes.
    OtherCommune,
}

impl Reason {
    /// All of them, those that speak for it first.
    pub const ALL: [Reason; 22] = [
        Reason::SameRegister,
        Reason::SameOrigin,
        Reason::SamePage,
        Reason::SameName,
        Reason::NearName,
        Reason::SameHolder,
        Reason::NearHolder,
        Reason::SameDay,
        Reason::NearDay,
        Reason::SameAddress,
        Reason::SamePoint,
        Reason::NearPoint,
        Reason::SameCommune,
        Reason::SameSite,
        Reason::SameContact,
        Reason::OtherName,
        Reason::OtherNumber,
        Reason::OtherHolder,
        Reason::OtherDay,
        Reason::OtherAddress,
        Reason::FarPoint,
        Reason::OtherCommune,
    ];

    /// Returns the stable code.
    pub fn code(self) -> &'static str {
        match self {
            Reason::SameRegister => "same-register",
            Reason::SameOrigin => "same-origin",
            Reason::SamePage => "same-page",
            Reason::SameName => "same-name",
            Reason::NearName => "near-name",
            Reason::SameHolder => "same-holder",
            Reason::NearHolder => "near-holder",
            Reason::SameDay => "same-day",
            Reason::NearDay => "near-day",
            Reason::SameAddress => "same-address",
            Reason::SamePoint => "same-point",
            Reason::NearPoint => "near-point",
            Reason::SameCommune => "same-commune",
            Reason::SameSite => "same-site",
            Reason::SameContact => "same-contact",
            Reason::OtherName => "other-name",
            Reason::OtherNumber => "other-number",
            Reason::OtherHolder => "other-holder",
            Reason::OtherDay => "other-day",
            Reason::OtherAddress => "other-address",
            Reason::FarPoint => "far-point",
            Reason::OtherCommune => "other-commune",
        }
    }

    /// Whether it speaks for one thing, and not for two.
    pub fn speaks_for(self) -> bool {
        self < Reason::OtherName
    }

    /// Whether it is proof enough to propose the pair, whatever else differs.
    pub fn is_exact(self) -> bool {
        matches!(
            self,
            Reason::SameRegister | Reason::SameOrigin | Reason::SamePage
        )
    }
}

impl Likeness {
    /// Whether persons should look at the pair.
    pub fn is_proposed(&self) -> bool {
        self.is_exact() || self.points >= POINTS_MIN
    }

    /// Whether both share a number that is given once, or the identifier at a source, and have no other number apart: a page may be that
    /// of several organisations.
    pub fn is_sure(&self) -> bool {
        let given_once = [Reason::SameRegister, Reason::SameOrigin];
        self.reasons
            .iter()
            .any(|reason| given_once.contains(reason))
            && !self.reasons.contains(&Reason::OtherNumber)
    }

    /// Whether both share what should be there once only.
    pub fn is_exact(&self) -> bool {
        self.reasons.iter().any(|reason| reason.is_exact())
    }
}

pub(super) fn compare(one: &Traits, other: &Traits) -> Option<Likeness> {
    if one.kind.is_empty() || one.kind != other.kind {
        return None;
    }
    if let (Some(first), Some(second)) = (&one.official, &other.official)
        && first != second
    {
        return None;
    }
    let mut found = Found::default();
    exact(one, other, &mut found);
    names(one, other, &mut found);
    days(one, other, &mut found);
    places(one, other, &mut found);
    if !one.contacts.is_disjoint(&other.contacts) {
        found.add(Reason::SameContact, 10);
    }
    found.reasons.sort_unstable();
    Some(Likeness {
        points: u32::try_from(found.points).unwrap_or(0),
        reasons: found.reasons,
    })
}

#[derive(Default)]
struct Found {
    points: i32,
    reasons: Vec<Reason>,
}

impl Found {
    fn add(&mut self, reason: Reason, points: i32) {
        self.points += points;
        self.reasons.push(reason);
    }
}

fn exact(one: &Traits, other: &Traits, found: &mut Found) {
    if !one.registers.is_disjoint(&other.registers) {
        found.add(Reason::SameRegister, 40);
    }
    if !one.origins.is_disjoint(&other.origins) {
        found.add(Reason::SameOrigin, 40);
    }
    let kind = one.kind.as_str();
    match (&one.website, &other.website) {
        (Some(site), Some(other_site)) if site.address == other_site.address => {
            match site.is_page && !is_series(one, other) {
                true => found.add(Reason::SamePage, 60),
                // Networks have one site for all of theirs, and what an organisation does names the organisation's.
                false => found.add(Reason::SameSite, if kind == "actor" { 30 } else { 5 }),
            }
        }
        _ => {}
    }
}

/// Whether they happen on two days: one page often announces all dates of a series.
fn is_series(one: &Traits, other: &Traits) -> bool {
    let days = one.day.zip(other.day);
    is_dated(one) && days.is_some_and(|(one, other)| one != other)
}

fn is_dated(traits: &Traits) -> bool {
    matches!(traits.kind.as_str(), "event" | "meeting")
}

fn names(one: &Traits, other: &Traits, found: &mut Found) {
    match one.name.nearness(&other.name) {
        1_000 => found.add(Reason::SameName, 40),
        near @ NEAR_NAME.. => found.add(Reason::NearName, above(near, NEAR_NAME, 40)),
        _ => found.add(Reason::OtherName, -15),
    }
    if one.name.counts_otherwise(&other.name) {
        found.add(Reason::OtherNumber, -15);
    }
    if one.holder.is_empty() || other.holder.is_empty() {
        return;
    }
    match one.holder.nearness(&other.holder) {
        1_000 => found.add(Reason::SameHolder, 20),
        near @ NEAR_HOLDER.. => found.add(Reason::NearHolder, above(near, NEAR_NAME, 20)),
        _ => found.add(Reason::OtherHolder, -20),
    }
}

/// What happens again another day is another event, and an action that goes on another year is often one that was renewed.
fn days(one: &Traits, other: &Traits, found: &mut Found) {
    let (Some(first), Some(second)) = (one.day, other.day) else {
        return;
    };
    let is_dated = is_dated(one);
    match first.days_since(second).unsigned_abs() {
        0 => found.add(Reason::SameDay, 20),
        1..=7 if is_dated => found.add(Reason::OtherDay, -10),
        1..=7 => found.add(Reason::NearDay, 15),
        _ if is_dated => found.add(Reason::OtherDay, -60),
        _ => found.add(Reason::OtherDay, -25),
    }
}

fn places(one: &Traits, other: &Traits, found: &mut Found) {
    if let (Some(first), Some(second)) = (&one.address, &other.address) {
        match is_same_address(first, second) {
            true => found.add(Reason::SameAddress, 20),
            false => found.add(Reason::OtherAddress, -12),
        }
    }
    match (one.point, other.point) {
        (Some(first), Some(second)) => match metres(first, second) {
            0..50 => found.add(Reason::SamePoint, 20),
            50..2_000 => found.add(Reason::NearPoint, 8),
            2_000..5_000 => {}
            _ => found.add(Reason::FarPoint, -15),
        },
        _ => match (&one.commune, &other.commune) {
            (Some(first), Some(second)) if first == second => found.add(Reason::SameCommune, 10),
            (Some(_), Some(_)) => found.add(Reason::OtherCommune, -10),
            (None, None) if one.territory == other.territory => found.points += 10,
            _ => {}
        },
    }
}

fn is_same_address(one: &Address, other: &Address) -> bool {
    one.number == other.number && one.street.nearness(&other.street) >= NEAR_STREET
}

/// The part of the points that a nearness above a floor earns.
fn above(near: u32, floor: u32, points: u32) -> i32 {
    i32::try_from(points * near.saturating_sub(floor) / (1_000 - floor)).unwrap_or(0)
}

/// The distance on a plane that touches the earth there: good to a few in a thousand over some kilometres.
fn metres(one: (i32, i32), other: (i32, i32)) -> u64 {
    let latitude = i64::from(one.0) - i64::from(other.0);
    let longitude = (i64::from(one.1) - i64::from(other.1)).rem_euclid(TURN);
    let longitude = longitude.min(TURN - longitude);
    // Thousandths of the cosine, from a table: floating point may differ between machines.
    let degrees = (i64::from(one.0).abs() / 10_000_000).min(89);
    let cosine = COSINES[usize::try_from(degrees / 5).expect("at most 17")];
    // 1e-7 degrees are 11.13 mm.
    let north = (latitude.abs() * 1_113 / 100_000).unsigned_abs();
    let east = (longitude * 1_113 / 100_000).unsigned_abs() * cosine / 1_000;
    (north * north + east * east).isqrt()
}

/// All the way round, in 1e-7 degrees.
const TURN: i64 = 3_600_000_000;
/// Cosines in the middle of steps of five degrees, in thousandths.
const COSINES: [u64; 18] = [
    999, 991, 976, 954, 924, 887, 843, 793, 737, 676, 609, 537, 462, 383, 301, 216, 131, 44,
];
/// Below, two names have no more in common than any two.
const NEAR_NAME: u32 = 400;
const NEAR_HOLDER: u32 = 500;
const NEAR_STREET: u32 = 600;
