//! `application`: a record is put forward for a label, or answers a call and asks for a grant. No application makes a label: only the
//! decisions of its committee do. What was granted, and on which terms, is what leaves as open data of grants.

use crate::record::common::{FOLLOW_UP_OF_OUR_OWN, NAME, TAGS};
use crate::record::vocabulary::{APPLICATION_DECISIONS, GRANT_NATURES};
use crate::record::{Field, Kind, Section, Shape, internal, wording};

pub(crate) const APPLICATION: Kind = Kind {
    code: "application",
    wording: wording("Candidature", "Application"),
    plural: wording("Candidatures", "Applications"),
    sections: &[
        Section {
            code: "identity",
            wording: wording("Candidature", "Application"),
            fields: &[NAME, SCHEME, CALL, CANDIDATE, BENEFICIARY],
        },
        Section {
            code: "answers",
            wording: wording("Réponses aux critères", "Answers to the criteria"),
            fields: &[ANSWERS, EVIDENCE],
        },
        Section {
            code: "decision",
            wording: wording("Demande et décision", "Request and decision"),
            fields: &[
                AMOUNT_ASKED,
                DECISION,
                DECIDED_ON,
                REFERENCE,
                GRANTOR,
                AMOUNT_GRANTED,
            ],
        },
        Section {
            code: "agreement",
            wording: wording("Convention et versement", "Agreement and payment"),
            fields: &[
                AGREED_ON,
                OBJECT,
                GRANT_NATURE,
                PAYMENT_TERMS,
                PAID_FROM,
                PAID_UNTIL,
                GRANT_SHARE,
                STATE_AID,
                STATE_AID_NUMBER,
                AID_SCHEME,
            ],
        },
        Section {
            fields: &[FOLLOW_UP, TAGS],
            ..FOLLOW_UP_OF_OUR_OWN
        },
    ],
};

const SCHEME: Field = internal(
    "label_scheme",
    Shape::Text,
    wording("Règlement du label", "Scheme of the label"),
    wording(
        "Pour un label : son code et sa version, par exemple « accueil@1 » (voir la page Labels).",
        "For a label: its code and version, for example “accueil@1”, as the page of labels shows them.",
    ),
);
const CALL: Field = internal(
    "call",
    Shape::Record(&["call"]),
    wording("Appel à projets", "Call for projects"),
    wording(
        "Pour une aide : la fiche de l'appel auquel la candidature répond.",
        "For a grant: the record of the call that is answered.",
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
const BENEFICIARY: Field = internal(
    "beneficiary",
    Shape::Record(&["actor"]),
    wording("Bénéficiaire", "Beneficiary"),
    wording(
        "La fiche de l'organisme qui reçoit l'aide ; à défaut, la fiche candidate ou son porteur.",
        "The record of the organisation that gets the grant; else the record put forward, or its holder.",
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
const AMOUNT_ASKED: Field = internal(
    "amount_asked",
    Shape::Decimal,
    wording("Montant demandé, en euros", "Amount asked, in euros"),
    wording("Par exemple « 12 500,50 ».", "For example “12500.50”."),
);
const DECISION: Field = internal(
    "decision",
    Shape::Term(&APPLICATION_DECISIONS),
    wording("Décision", "Decision"),
    wording(
        "Par exemple « Accordée ». Elle ne vaut pas label : un label se décide à la page Labels.",
        "For example “Granted”. It makes no label: labels are decided on the page of labels.",
    ),
);
const DECIDED_ON: Field = internal(
    "decided_on",
    Shape::Date,
    wording("Date de la décision", "Day of the decision"),
    wording(
        "AAAA-MM-JJ ou JJ/MM/AAAA, par exemple « 2026-03-12 ».",
        "Year, month, day, for example “2026-03-12”.",
    ),
);
const REFERENCE: Field = internal(
    "decision_reference",
    Shape::Text,
    wording("Référence de la décision", "Reference of the decision"),
    wording(
        "Le numéro de l'acte, par exemple « 2026-03-103 ».",
        "The number of the act, for example “2026-03-103”.",
    ),
);
const GRANTOR: Field = internal(
    "grantor",
    Shape::Record(&["actor"]),
    wording("Attribuant", "Grantor"),
    wording(
        "La fiche de qui accorde l'aide, avec son SIRET ; à défaut, l'organisme de l'appel.",
        "The record of who grants, with its SIRET; else the issuer of the call.",
    ),
);
const AMOUNT_GRANTED: Field = internal(
    "amount_granted",
    Shape::Decimal,
    wording("Montant accordé, en euros", "Amount granted, in euros"),
    wording(
        "En tout, avant partage entre bénéficiaires, par exemple « 10 000 ».",
        "In all, before it is shared among beneficiaries, for example “10000”.",
    ),
);
const AGREED_ON: Field = internal(
    "agreed_on",
    Shape::Date,
    wording("Date de la convention", "Day of the agreement"),
    wording(
        "AAAA-MM-JJ ou JJ/MM/AAAA, par exemple « 2026-04-02 ».",
        "Year, month, day, for example “2026-04-02”.",
    ),
);
const OBJECT: Field = internal(
    "grant_object",
    Shape::Text,
    wording("Objet de l'aide", "Object of the grant"),
    wording(
        "256 caractères au plus, par exemple « Stages multisports de l'été ». À défaut, le nom de la candidature.",
        "256 characters at most, for example “Summer sports courses”. Else the name of the application.",
    ),
);
const GRANT_NATURE: Field = internal(
    "grant_nature",
    Shape::Terms(&GRANT_NATURES),
    wording("Nature de l'aide", "Nature of the grant"),
    wording(
        "En numéraire, en nature, ou les deux.",
        "In money, in kind, or both.",
    ),
);
const PAYMENT_TERMS: Field = internal(
    "payment_terms",
    Shape::Text,
    wording("Conditions de versement", "Terms of payment"),
    wording(
        "« unique », « échelonné », ou une phrase, par exemple « 80 % à la signature, le solde au bilan ».",
        "“unique”, “échelonné”, or a sentence, for example “80 % at once, the rest with the report”.",
    ),
);
const PAID_FROM: Field = internal(
    "paid_from",
    Shape::Date,
    wording("Versement à partir du", "Paid from"),
    wording(
        "Le jour du versement, ou le premier de la période, par exemple « 2026-04-15 ».",
        "The day of the payment, or the first of the period, for example “2026-04-15”.",
    ),
);
const PAID_UNTIL: Field = internal(
    "paid_until",
    Shape::Date,
    wording("Versement jusqu'au", "Paid until"),
    wording(
        "Le dernier jour de la période, par exemple « 2026-12-31 » ; vide pour un seul versement.",
        "The last day of the period, for example “2026-12-31”; empty for one payment.",
    ),
);
const GRANT_SHARE: Field = internal(
    "grant_share",
    Shape::Decimal,
    wording("Part du bénéficiaire", "Share of the beneficiary"),
    wording(
        "De 0,01 à 1 quand plusieurs bénéficiaires se partagent l'aide, par exemple « 0,45 » ; vide pour un seul.",
        "From 0.01 to 1 where several beneficiaries share the grant, for example “0.45”; empty for one.",
    ),
);
const STATE_AID: Field = internal(
    "state_aid",
    Shape::Boolean,
    wording(
        "Aide notifiée à la Commission européenne",
        "Aid notified to the European Commission",
    ),
    wording(
        "« oui » ou « non » : aide de minimis au sens du règlement européen.",
        "“oui” or “non”: a de minimis aid in the sense of the European regulation.",
    ),
);
const STATE_AID_NUMBER: Field = internal(
    "aid_number",
    Shape::Text,
    wording(
        "Numéro au répertoire des aides aux entreprises",
        "Number in the register of aids to companies",
    ),
    wording(
        "Cinq caractères au plus, par exemple « 12345 » ; seulement si l'aide y est inscrite.",
        "Five characters at most, for example “12345”; only for an aid of this register.",
    ),
);
const AID_SCHEME: Field = internal(
    "aid_scheme",
    Shape::Text,
    wording("Identifiant du dispositif d'aide", "Id of the aid scheme"),
    wording(
        "Celui des données ouvertes, par exemple « 65d5b6c7-102c-4440-ac3b-768f708edc0a ».",
        "The one of open data, for example “65d5b6c7-102c-4440-ac3b-768f708edc0a”.",
    ),
);
const FOLLOW_UP: Field = internal(
    "follow_up",
    Shape::LongText,
    wording("Suites", "Follow-up"),
    wording(
        "Ce qui a été fait depuis, par exemple « Bilan reçu le 12 mai, solde versé ».",
        "What was done since, for example “Report received on 12 May, rest paid”.",
    ),
);
