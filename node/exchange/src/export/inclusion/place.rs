//! Where a structure or service is, and for whom: communes of this year, and the codes of zones.

use std::collections::BTreeSet;

use crdt_schema::draft::degrees;
use crdt_schema::edit::Value;
use crdt_schema::register::{LAST_YEAR, Standing, Territories};
use serde_json::json;

use crate::export::inclusion::Work;

impl Work<'_> {
    pub(super) fn address(&mut self) {
        self.text("adresse", "address");
        self.text("complement_adresse", "address_extra");
        if let Some(code) = self.line("postal_code") {
            if code.len() == 5 && code.bytes().all(|byte| byte.is_ascii_digit()) {
                self.put("code_postal", json!(code));
            } else {
                self.notice("postal_code_invalid", "code_postal", &code);
            }
        }
        self.commune();
        let point = self.view.field("point").and_then(|held| held.winner());
        if let Some(Value::Point {
            latitude_e7,
            longitude_e7,
        }) = point.map(|written| &written.value)
        {
            let (latitude, longitude) = (degrees(*latitude_e7), degrees(*longitude_e7));
            self.put("latitude", json!(latitude));
            self.put("longitude", json!(longitude));
        }
    }

    fn commune(&mut self) {
        let written = self.line("commune_name");
        let Some(code) = self.line("commune") else {
            self.text("commune", "commune_name");
            return;
        };
        match commune_now(self.lists, &code) {
            Some(now) => {
                let official = self
                    .lists
                    .commune(now)
                    .map(|commune| commune.name.to_owned());
                if let Some(name) = official.or(written) {
                    self.put("commune", json!(name));
                }
                self.put("code_insee", json!(now));
            }
            None => {
                self.notice("commune_unknown", "code_insee", &code);
                self.text("commune", "commune_name");
            }
        }
    }

    /// A région is written as its départements: their pattern would take its code for one.
    pub(super) fn zone(&mut self) {
        let mut zone = BTreeSet::new();
        for word in self.set("eligibility_zone") {
            let codes = zone_codes(self.lists, &word);
            if codes.is_empty() {
                self.notice("zone_unknown", "zone_eligibilite", &word);
            }
            zone.extend(codes);
        }
        let zone: Vec<&str> = zone.iter().map(String::as_str).collect();
        self.list("zone_eligibilite", &zone);
    }
}

/// The commune that a code means this year; of an arrondissement, the city.
fn commune_now(lists: &Territories, code: &str) -> Option<&'static str> {
    match lists.standing(code, LAST_YEAR)? {
        Standing::Commune => lists.commune(code).map(|commune| commune.code),
        Standing::Associated { commune }
        | Standing::Delegated { commune }
        | Standing::MunicipalArrondissement { commune }
        | Standing::Renumbered { commune } => Some(commune),
        Standing::Merged { commune } => commune,
    }
}

/// Reads `DEP-45`, `COM-45155`, `EPCI-200000000`, `REG-24`, `france`, and bare codes as data·inclusion writes them.
fn zone_codes(lists: &Territories, word: &str) -> Vec<String> {
    let word = word.trim().to_uppercase();
    let (level, code) = word.split_once('-').unwrap_or(("", &word));
    let departement = || lists.departement(code).map(|one| one.code.to_owned());
    let commune = || commune_now(lists, code).map(str::to_owned);
    let epci = || lists.epci_by_code(code).map(|one| one.code.to_owned());
    let country = || Some(code.to_owned()).filter(|code| is_country(code));
    let one = match level {
        "" if ["FRANCE", "FR", "99100"].contains(&code) => Some("france".to_owned()),
        "" => departement()
            .or_else(commune)
            .or_else(epci)
            .or_else(country),
        "PAYS" if ["FR", "FRANCE", "99100"].contains(&code) => Some("france".to_owned()),
        "PAYS" => country(),
        "DEP" => departement(),
        "ARM" | "COM" => commune(),
        "EPCI" => epci(),
        "REG" => {
            let of_it = lists.departements().iter().filter(|one| one.region == code);
            return of_it.map(|one| one.code.to_owned()).collect();
        }
        _ => None,
    };
    one.into_iter().collect()
}

/// INSEE codes of foreign countries: 99, a continent, two digits.
fn is_country(code: &str) -> bool {
    let bytes = code.as_bytes();
    bytes.len() == 5
        && bytes.starts_with(b"99")
        && (b'0'..=b'5').contains(&bytes[2])
        && bytes[3..].iter().all(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_is_its_departements_and_a_bare_code_is_no_region() {
        let lists = Territories::shared();
        assert_eq!(zone_codes(lists, "REG-94"), ["2A", "2B"]);
        assert_eq!(zone_codes(lists, "93"), ["93"]);
        assert_eq!(zone_codes(lists, "dep-45"), ["45"]);
        assert_eq!(zone_codes(lists, "COM-45155"), ["45155"]);
        assert_eq!(zone_codes(lists, "france"), ["france"]);
        assert_eq!(zone_codes(lists, "99131"), ["99131"]);
        assert_eq!(zone_codes(lists, "PAYS-99100"), ["france"]);
        assert_eq!(zone_codes(lists, "ARM-13201"), ["13055"]);
        for unknown in ["DEP-00", "REG-00", "ici", "COM-", "99631", ""] {
            assert!(zone_codes(lists, unknown).is_empty(), "{unknown}");
        }
    }

    #[test]
    fn an_arrondissement_is_its_city() {
        let lists = Territories::shared();
        assert_eq!(commune_now(lists, "13201"), Some("13055"));
        assert_eq!(commune_now(lists, "45155"), Some("45155"));
        assert_eq!(commune_now(lists, "00000"), None);
    }
}
