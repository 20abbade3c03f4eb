//! The credential of a label: a W3C Verifiable Credential 2.0 in the data model of Open Badges 3.0.
//!
//! It is a pure function of the scheme, of one coordinator's issue and of the projection, so that every node writes the same bytes and
//! a verifier can write them again.

use serde_json::{Value, json};

use crate::cbor::Wire;
use crate::governance::{Charter, Label, Scheme, SchemeId};
use crate::id::{FeedId, hash, urn};
use crate::key::PublicKey;
use crate::label::{Day, Projection};
use crate::proof::issue::StatusPlace;
use crate::proof::multikey::did_key;
use crate::proof::status::PURPOSE;
use crate::time::Timestamp;

/// What the credential says, and nothing else.
pub(super) struct Facts<'a> {
    /// The charter that the issue cites.
    pub(super) charter: &'a Charter,
    pub(super) label: &'a Label,
    /// The rules, in the words of that charter or of the act that declares them.
    pub(super) scheme: &'a Scheme,
    pub(super) projection: &'a Projection,
    /// The instance that signs.
    pub(super) feed: FeedId,
    /// Its partner's name in that charter.
    pub(super) issuer: &'a str,
    pub(super) status: Option<&'a StatusPlace>,
}

impl Facts<'_> {
    /// Returns the document, without a proof. `None` where the key of the feed or the first day is none.
    pub(super) fn document(&self) -> Option<Value> {
        let key = PublicKey::from_bytes(self.feed.as_bytes()).ok()?;
        let first_day = Day::parse(&self.label.from)?;
        let mut document = json!({
            "@context": [
                "https://www.w3.org/ns/credentials/v2",
                "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
            ],
            "id": urn(&half(&hash("credential", &[self.feed.as_bytes(), &self.label.to_cbor()]))),
            "type": ["VerifiableCredential", "OpenBadgeCredential"],
            "name": self.scheme.title,
            "issuer": {
                "id": did_key(&key),
                "type": ["Profile"],
                "name": self.issuer,
            },
            "validFrom": format!("{first_day}T00:00:00Z"),
            "validUntil": format!("{}T23:59:59Z", first_day.last_of(self.scheme.months)),
            "credentialSubject": self.subject(),
        });
        if let Some(status) = self.status {
            document["credentialStatus"] = json!({
                "id": format!("{}#{}", status.list, status.index),
                "type": "BitstringStatusListEntry",
                "statusPurpose": PURPOSE,
                "statusListIndex": status.index.to_string(),
                "statusListCredential": status.list,
            });
        }
        Some(document)
    }

    fn subject(&self) -> Value {
        let mut subject = json!({
            "id": self.label.record.urn(),
            "type": ["AchievementSubject"],
            "achievement": self.achievement(),
        });
        let identities: Vec<Value> = IDENTITIES
            .iter()
            .flat_map(|(field, kind)| {
                self.projection.texts(field).map(move |text| {
                    json!({
                        "type": "IdentityObject",
                        "hashed": false,
                        "identityHash": text,
                        "identityType": kind,
                    })
                })
            })
            .collect();
        if !identities.is_empty() {
            subject["identifier"] = identities.into();
        }
        subject
    }

    fn achievement(&self) -> Value {
        let federation = self.charter.federation();
        let scheme = self.label.scheme.to_cbor();
        let rules = match &self.label.scheme {
            SchemeId::Charter(name) => format!("{}, version {}", name.id, name.version),
            SchemeId::Declared(act) => format!("{act}, {}", self.issuer),
        };
        json!({
            "id": urn(&half(&hash("achievement", &[federation.as_bytes(), &scheme]))),
            "type": ["Achievement"],
            "achievementType": "Certification",
            "name": self.scheme.title,
            "description": format!("{} ({rules}). {}.", self.scheme.title, self.charter.name),
            "criteria": { "narrative": self.narrative() },
        })
    }

    /// The criteria, one a line, in Markdown as the data model asks.
    fn narrative(&self) -> String {
        let criteria = self.scheme.criteria.iter().map(|criterion| {
            let mandatory = if criterion.mandatory {
                ", obligatoire"
            } else {
                ""
            };
            format!(
                "- {} (poids {}{mandatory})\n",
                criterion.title, criterion.weight
            )
        });
        let complements = self
            .scheme
            .complements
            .iter()
            .map(|other| format!("- complète : {other}\n"));
        criteria.chain(complements).collect()
    }
}

/// Writes an instant as the proof does: RFC 3339, whole seconds. `None` outside the calendar.
pub(super) fn instant(at: Timestamp) -> Option<String> {
    at.date()?;
    let millis = at.as_millis();
    let seconds = Timestamp::from_millis(millis - millis.rem_euclid(1_000)).to_string();
    Some(seconds.replace(".000Z", "Z"))
}

fn half(hash: &[u8; 32]) -> [u8; 16] {
    std::array::from_fn(|place| hash[place])
}

/// The fields by which people and registers know an organisation, and what Open Badges calls them. Shown where the scheme binds them.
const IDENTITIES: [(&str, &str); 3] =
    [("name", "name"), ("siret", "ext:siret"), ("rna", "ext:rna")];
