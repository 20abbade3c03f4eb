//! The French sentence of each code: what is wrong, and what to write instead.

use crdt_schema::record::Shape;
use crdt_schema::register::{Code, prefecture, rna};
use crdt_schema::vocabulary::AnyField;

/// Says that a number is one of another register than that of its field, and where it goes.
pub(super) fn other_register(field: AnyField<'_>, text: &str) -> Option<&'static str> {
    if field.shape() != Shape::Rna {
        return None;
    }
    if prefecture(text).accepted().is_some() {
        return Some(
            "C'est un ancien numéro de préfecture, pas un numéro RNA : rattachez sa colonne à « Ancien numéro de préfecture ».",
        );
    }
    (rna(text).code() == Some(Code::AlsaceMoselle)).then_some(
        "C'est un numéro du registre d'Alsace-Moselle, pas un numéro RNA : rattachez sa colonne au volume et folio de ce registre, et donnez le tribunal dans une autre.",
    )
}

/// Says why a cell of this shape is refused, repaired or remarked upon. The hint says what is expected.
pub(super) fn sentence(code: Code, shape: Shape, hint: &str) -> String {
    let said = match (code, shape) {
        (Code::Unknown, Shape::Term(_) | Shape::Terms(_)) => {
            "Ce terme n'est pas dans la liste commune. Les plus proches sont proposés."
        }
        (Code::Length, Shape::LongText | Shape::OpeningHours | Shape::Text | Shape::Words) => {
            "Ce texte est trop long : 16 Kio au plus, 64 Kio pour une description. Raccourcissez-le."
        }
        (Code::Length, Shape::Outline) => {
            "Ce contour a trop de points : 16 Kio au plus, soit environ 780 points. Simplifiez-le dans votre logiciel de cartographie, ou importez le reste de la ligne sans lui."
        }
        (Code::Unknown, Shape::OfficialCode | Shape::Zones) => {
            "La liste officielle n'a pas ce code à ce niveau. Vérifiez le code, et le niveau qui est avec lui."
        }
        (Code::Ambiguous, Shape::OfficialCode | Shape::Zones) => {
            "Ce code existe à plusieurs niveaux : écrivez le niveau devant, par exemple « DEP-93 » ou « REG-93 »."
        }
        (Code::Length, Shape::Pacific) => "Ce numéro compte de six à dix caractères.",
        (Code::Length | Code::Format, Shape::Prefecture) => {
            "Un ancien numéro de préfecture compte dix caractères et commence par 0, par exemple « 0451001234 »."
        }
        (Code::Format, Shape::Commune) => {
            "Ce n'est pas un code INSEE de commune, par exemple « 45155 ». Le code postal et le nom ont leurs propres colonnes."
        }
        (Code::Format | Code::Length, Shape::PostalCode) => {
            "Un code postal compte cinq chiffres, par exemple « 45500 »."
        }
        (Code::Format, Shape::Integer) => "Ce n'est pas un nombre entier, par exemple « 120 ».",
        (Code::Format, Shape::Decimal) => "Ce n'est pas un montant, par exemple « 12500,50 ».",
        (Code::Precision, Shape::Integer) => "Il faut un nombre entier, sans décimales.",
        (Code::Separator, Shape::Decimal) => {
            "Ce montant peut se lire de deux façons. Écrivez-le avec une seule virgule."
        }
        (Code::Separator, Shape::OpeningHours) => "Le point-virgule de la fin est retiré.",
        (Code::Control, _) => "Les retours à la ligne ont été remplacés par des espaces.",
        _ => general(code),
    };
    if said.is_empty() {
        format!("Cette valeur n'a pas la forme attendue. {hint}")
    } else {
        said.to_owned()
    }
}

fn general(code: Code) -> &'static str {
    match code {
        Code::AllDay => {
            "Ces jours n'ont pas d'heures, ce qui veut dire toute la journée : ajoutez les heures si elles manquent."
        }
        Code::AlsaceMoselle => "C'est un numéro du registre d'Alsace-Moselle, pas un numéro RNA.",
        Code::Ambiguous => "Plusieurs lectures sont possibles : précisez.",
        Code::AmbiguousLocalTime => {
            "Cette heure existe deux fois (passage à l'heure d'hiver) : la première est prise."
        }
        Code::Associated => "C'est une commune associée : le code de sa commune est proposé.",
        Code::BasicForm => "La date est écrite sans séparateurs : vérifiez la lecture proposée.",
        Code::Before2016 => "C'est une région d'avant 2016.",
        Code::Charset => "Un caractère n'est pas possible ici.",
        Code::Checksum | Code::ChecksumSiren | Code::ChecksumSiret => {
            "La clé de contrôle est fausse : un chiffre est sans doute mal recopié."
        }
        Code::Control => "Le texte contient un caractère invisible ou un retour à la ligne.",
        Code::CorsicaBefore1976 => {
            "C'est un code corse d'avant 1976 : il commence aujourd'hui par 2A ou 2B."
        }
        Code::Country => "C'est le code d'un pays étranger, pas d'une commune.",
        Code::Delegated => {
            "C'est une commune déléguée : le code de sa commune nouvelle est proposé."
        }
        Code::DisplayName => "L'adresse est accompagnée d'un nom : gardez seulement l'adresse.",
        Code::Domain => "La partie après « @ », ou le nom du site, n'est pas correcte.",
        Code::Ept => "C'est un établissement public territorial du Grand Paris.",
        Code::Extension => "Le numéro contient un poste : gardez seulement le numéro.",
        Code::FloatText => "Un tableur avait ajouté « .0 » : c'est retiré.",
        Code::FoundByName => "Le code INSEE de la commune est trouvé par le code postal et le nom.",
        Code::Format => "",
        Code::Generation => "Ce code est de l'autre génération de quartiers prioritaires.",
        Code::Incomplete => "Il manque une des deux coordonnées.",
        Code::LabelInValue => "Le nom du champ est écrit dans la valeur.",
        Code::Length => "La longueur n'est pas la bonne.",
        Code::LetterMissing => "La lettre finale du quartier manque.",
        Code::Local => "La partie avant « @ » n'est pas correcte.",
        Code::LostDigits => {
            "Le tableur a remplacé des chiffres par une puissance de dix : ils sont perdus. Reprenez le nombre d'origine."
        }
        Code::LostZero => "Le zéro du début manquait : il est rétabli.",
        Code::Mailto => "« mailto: » est retiré.",
        Code::Merged => "Cette commune a fusionné : celle qui lui succède est proposée.",
        Code::MissingPlus => "Le « + » du numéro manquait.",
        Code::MissingW => "Le W du numéro RNA manque.",
        Code::MunicipalArrondissement => {
            "C'est un arrondissement municipal : il est gardé tel quel."
        }
        Code::NameDisagrees => "Le nom de la commune en dit une autre.",
        Code::NoAt => "L'adresse n'a pas de « @ ».",
        Code::NoSuchDay => "Ce jour n'existe pas.",
        Code::NoSuchInstant => "Ce moment n'existe pas.",
        Code::NoZone => {
            "Il manque le fuseau horaire, et la ligne n'a pas de commune : l'heure est lue comme une heure de Paris. Si elle ne l'est pas, ajoutez une colonne des fuseaux, par exemple « Indian/Reunion »."
        }
        Code::NonexistentLocalTime => "Cette heure n'existe pas (passage à l'heure d'été).",
        Code::NotChecked => {
            "La forme est bonne, mais ce nœud n'a pas la liste officielle des quartiers de ce département : importez le fichier « Quartiers prioritaires de la politique de la ville 2024 » de l'ANCT (data.gouv.fr) pour les vérifier."
        }
        Code::NullIsland => "Les deux coordonnées sont nulles : ce n'est pas un lieu.",
        Code::OutsideTerritory => "Ce point est hors de tous les territoires français : vérifiez.",
        Code::OverseasPrefix => "Ce numéro d'outre-mer avait l'indicatif de la métropole.",
        Code::Padding => "Il manque un zéro dans le code, ou il y en a un de trop.",
        Code::Period => "C'est une période : il faut un jour.",
        Code::PostalDisagrees => "Le code postal dit une autre commune.",
        Code::Precision => "Il manque le jour.",
        Code::Projected => {
            "Ces coordonnées sont en mètres. Exportez-les en latitude et longitude (WGS 84)."
        }
        Code::Range => "Cette valeur est hors des limites possibles.",
        Code::RegistryUnknown => "Le greffe de ce numéro RNA n'est pas connu : vérifiez.",
        Code::Renumbered => "Cette commune a changé de code : le nouveau est proposé.",
        Code::Scheme => "Une adresse de page commence par « https:// » ou « http:// ».",
        Code::SchemeMissing => "Il manque « https:// » devant l'adresse.",
        Code::Separator => "Les séparateurs ne sont pas ceux attendus.",
        Code::SerialInText => {
            "C'est le numéro de série d'une date de tableur : vérifiez la date proposée."
        }
        Code::ShortNumber => "C'est un numéro court : il est gardé tel quel.",
        Code::SirenGiven => {
            "C'est un SIREN (9 chiffres) : il faut le SIRET de l'établissement (14 chiffres)."
        }
        Code::SiretGiven => "C'est un SIRET : ce champ attend un autre numéro.",
        Code::Swapped => "Latitude et longitude semblent inversées.",
        Code::TimeGiven => "La date est accompagnée d'une heure : gardez le jour seul.",
        Code::TribunalMissing => "Il manque le tribunal du registre.",
        Code::TwoAddresses => "Il y a plusieurs adresses : gardez-en une.",
        Code::TwoDigitYear => "L'année n'a que deux chiffres : écrivez-en quatre.",
        Code::TwoNumbers => "Il y a plusieurs numéros : gardez-en un.",
        Code::Unknown => {
            "La forme est bonne, mais la liste officielle ne connaît pas cette valeur."
        }
        Code::UserInfo => "L'adresse contient un nom ou un mot de passe : retirez-le.",
        Code::VatNumber => "C'est un numéro de TVA intracommunautaire.",
        Code::YearNotListed => {
            "La liste de cette année n'est pas chargée : la plus proche a été utilisée."
        }
        Code::Zero => "Il n'y a que des zéros.",
        Code::ZoneUnknown => {
            "Ce fuseau horaire n'est pas connu. Écrivez par exemple « Europe/Paris » ou « Indian/Reunion », ou laissez de côté la colonne des fuseaux : l'heure est alors celle du lieu."
        }
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use crdt_schema::record::KINDS;

    use super::*;

    #[test]
    fn every_code_has_a_sentence_in_every_field() {
        for field in KINDS.iter().flat_map(|kind| kind.fields()) {
            for code in Code::ALL {
                let said = sentence(*code, field.shape, field.hint.fr);
                assert!(said.ends_with(['.', '…']), "{said}");
                assert!(
                    code == &Code::Format || !general(*code).is_empty(),
                    "{code}"
                );
            }
        }
    }
}
