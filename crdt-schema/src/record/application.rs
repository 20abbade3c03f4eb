//! `application`: a partner puts a record forward for a label, and answers its criteria. Only the committee's decisions make a label.

use crate::record::common::{FOLLOW_UP_OF_OUR_OWN, NAME};
use crate::record::{Field, Kind, Section, Shape, internal, wording};

pub(crate) const APPLICATION: Kind = Kind {
    code: "application",
    wording: wording("Candidature à un label", "Application for a label"),
    plural: wording("Candidatures à un label", "Applications for labels"),
    sections: &[
        Section {
            code: "identity",
            wording: wording("Candidature", "Application"),
            fields: &[NAME, SCHEME, CANDIDATE],
        },
        Section {
            code: "answers",
            wording: wording("Réponses aux critères", "Answers to the criteria"),
            fields: &[ANSWERS, EVIDENCE],
        },
        FOLLOW_UP_OF_OUR_OWN,
    ],
};

const SCHEME: Field = internal(
    "label_scheme",
    Shape::Text,
    wording("Règlement du label", "Scheme of the label"),
    wording(
        "Son code et sa version, par exemple « accueil@1 » : voir la page Labels.",
        "Its code and version, as the page of labels shows them.",
    ),
);
const CANDIDATE: Field = internal(
    "candidate",
    Shape::Record(&["actor", "initiative", "event"]),
    wording("Fiche candidate", "Record put forward"),
    wording(
        "L'identifiant de la fiche, dans l'adresse de sa page.",
        "The id of the record, in the address of its page.",
    ),
);
const ANSWERS: Field = internal(
    "answers",
    Shape::LongText,
    wording("Réponses", "Answers"),
    wording(
        "Critère par critère, dans l'ordre du règlement. Sans nom de personne.",
        "Criterion by criterion. Without any person's name.",
    ),
);
const EVIDENCE: Field = internal(
    "evidence",
    Shape::Link,
    wording("Pièces", "Evidence"),
    wording(
        "L'adresse d'une page ou d'un dossier que le comité peut lire.",
        "The address of a page or folder that the committee can read.",
    ),
);
