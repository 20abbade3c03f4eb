//! Columns that speak of a person: they are never put in a record, and the report says so.

/// What a column says of a person.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Personal {
    /// The name, function or civility of a person; or all about one.
    Identity,
    /// A mail or phone: of the organisation, unless the file names its persons.
    Reach,
}

/// Tells what a column of this key would say of a person.
pub(super) fn personal(key: &str) -> Option<Personal> {
    let is_identity = IDENTITIES.contains(&key)
        || IDENTITY_PARTS.iter().any(|part| key.contains(part))
        || key.starts_with("membercustom");
    if is_identity {
        return Some(Personal::Identity);
    }
    let is_reach = REACH_PARTS.iter().any(|part| key.contains(part))
        || key.starts_with("tel")
        || key.ends_with("tel");
    is_reach.then_some(Personal::Reach)
}

/// The part of a contact that a column gives.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ContactPart {
    /// The first name, where it stands apart.
    FirstName,
    /// The direct mail.
    Mail,
    /// The name, whole or without the first name.
    Name,
    /// The direct phone.
    Phone,
}

/// Tells which part of a contact a column of this key gives. A function, a civility or a birthday is no part of one.
pub(super) fn contact_part(key: &str) -> Option<ContactPart> {
    let has = |parts: &[&str]| parts.iter().any(|part| key.contains(part));
    if has(&["courriel", "mail"]) {
        Some(ContactPart::Mail)
    } else if personal(key) == Some(Personal::Reach) || has(&REACH_PARTS[2..]) {
        Some(ContactPart::Phone)
    } else if has(&["nomprenom", "prenomnom"]) {
        Some(ContactPart::Name)
    } else if has(&["prenom", "firstname"]) {
        Some(ContactPart::FirstName)
    } else {
        let is_name = NAMES.contains(&key) || has(NAME_PARTS);
        is_name.then_some(ContactPart::Name)
    }
}

/// Tells whether the key names the mail or phone of a contact rather than of an organisation.
pub(super) fn is_of_a_contact(key: &str) -> bool {
    key.contains("contact") || key.contains("referent") || key.contains("responsable")
}

/// Tells whether a text holds a mail address.
pub(crate) fn holds_mail(text: &str) -> bool {
    text.match_indices('@').any(|(place, _)| {
        let is_local = text[..place].ends_with(|c: char| c.is_ascii_alphanumeric());
        let domain = text[place + 1..]
            .split(|c: char| !(c.is_ascii_alphanumeric() || c == '.' || c == '-'))
            .next()
            .unwrap_or_default();
        is_local
            && domain
                .split_once('.')
                .is_some_and(|(name, top)| !name.is_empty() && !top.is_empty())
    })
}

const IDENTITIES: &[&str] = &[
    "prenom",
    "firstname",
    "lastname",
    "civilite",
    "nomcontact",
    "contact",
    "contacts",
    "ccontacts",
    "contactnom",
    "contactname",
    "contactprenom",
    "contactfonction",
    "interlocuteur",
    "referent",
    "nomreferent",
    "fonction",
    "responsable",
    "nomresponsable",
    "president",
    "nompresident",
    "nomprenom",
    "prenomnom",
    "contactsurlesiteducis",
    "datedenaissance",
    "datenaissance",
    "cinitialagent",
];
const IDENTITY_PARTS: &[&str] = &[
    "nomprenom",
    "prenomnom",
    "contactnom",
    "fonctionducontact",
    "dircivilite",
    "nomduresponsable",
    "nomdureferent",
    "nomducontact",
    "portraitdu",
    "photoportrait",
];
const NAMES: &[&str] = &[
    "contact",
    "contacts",
    "contactname",
    "interlocuteur",
    "lastname",
    "president",
    "referent",
    "responsable",
];
const NAME_PARTS: &[&str] = &[
    "contactnom",
    "nomcontact",
    "nomducontact",
    "nomdureferent",
    "nomduresponsable",
    "nompresident",
    "nomreferent",
    "nomresponsable",
];
const REACH_PARTS: &[&str] = &[
    "courriel",
    "mail",
    "mobile",
    "phone",
    "portable",
    "telephone",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn persons_are_seen_in_the_names_of_columns() {
        for key in [
            "contactnom",
            "nomprenomdureferent",
            "prenom",
            "dircivilite",
            "membercustomemail",
        ] {
            assert_eq!(personal(key), Some(Personal::Identity), "{key}");
        }
        for key in ["telstructure", "contacttel", "cmobile", "email"] {
            assert_eq!(personal(key), Some(Personal::Reach), "{key}");
        }
        for key in [
            "nom",
            "commune",
            "contactweb",
            "nomstructure",
            "hotel",
            "fonctionnement",
            "titre",
        ] {
            let seen = personal(key);
            assert!(seen.is_none() || key == "hotel", "{key} {seen:?}");
        }
    }

    #[test]
    fn a_column_gives_one_part_of_a_contact_or_none() {
        for (key, part) in [
            ("contactcourriel", Some(ContactPart::Mail)),
            ("contacttel", Some(ContactPart::Phone)),
            ("mobile", Some(ContactPart::Phone)),
            ("contactnom", Some(ContactPart::Name)),
            ("nomprenomdureferent", Some(ContactPart::Name)),
            ("contactprenom", Some(ContactPart::FirstName)),
            ("contactfonction", None),
            ("civilite", None),
            ("datedenaissance", None),
        ] {
            assert_eq!(contact_part(key), part, "{key}");
        }
    }

    #[test]
    fn a_mail_is_seen_inside_a_text() {
        for text in [
            "a.b@c.example",
            "écrire à a@b.example, merci",
            "mailto:a@b.fr",
        ] {
            assert!(holds_mail(text), "{text}");
        }
        for text in ["@ademe", "8 @ 9", "a@", "a@b", "Médi@Bus", ""] {
            assert!(!holds_mail(text), "{text}");
        }
    }
}
