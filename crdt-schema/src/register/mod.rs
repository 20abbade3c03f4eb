//! Outside numbering systems and the simple values of a form: what they must look like, and what
//! happens when they do not.
//!
//! Each function takes the typed text and answers with an [`Outcome`]: accepted in its normal form,
//! repaired, proposed to a person, or refused with a stable [`Code`]. None of it decides whether a
//! signed edit is valid: it decides what forms and imports accept. Nothing here says that a number
//! *exists*, except for territories, whose official lists are compiled in ([`Territories`]).

mod association;
mod clean;
mod contact;
mod date;
mod hours;
mod lists;
mod local_time;
mod names;
mod outcome;
mod phone;
mod point;
mod postal;
mod qpv;
mod siren;
mod territory;
mod year;

#[cfg(test)]
mod vectors;

pub use self::association::{alsace_moselle, pacific, prefecture, rna};
pub use self::clean::{clean, compact};
pub use self::contact::{LINK_BYTES_MAX, MAIL_BYTES_MAX, email, link};
pub use self::date::{Epoch, date, date_from_serial, instant, is_local_time, zone_of_departement};
pub use self::hours::{
    Holiday, OpenDays, OpenState, OpenTime, OpenTimes, OpeningHours, OpeningRule, RuleJoint,
    YearDay, opening_hours,
};
pub use self::lists::{Commune, Departement, Epci, Region, Territories};
pub use self::local_time::{LocalTime, Repeated, is_time_zone};
pub use self::names::names_agree;
pub use self::outcome::{Code, Outcome};
pub use self::phone::phone;
pub use self::point::{Point, in_french_territory, point};
pub use self::postal::{CommunesMeant, communes_meant, postal_code};
pub(crate) use self::qpv::is_qpv_form;
pub use self::qpv::{Generation, qpv};
pub use self::siren::{siren, siret};
pub use self::territory::{
    Column, CommuneContext, commune, departement, departement_of_commune, epci, region,
    region_successor,
};
pub(crate) use self::territory::{is_commune_form, is_departement_form};
pub use self::year::{Carried, FIRST_YEAR, LAST_YEAR, Standing};
