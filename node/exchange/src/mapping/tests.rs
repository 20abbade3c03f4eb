use crdt_schema::limits::FIELD_BYTES_MAX;
use crdt_schema::vocabulary::Words;

use super::*;

fn columns(names: &[&str]) -> Vec<Column> {
    let column = |(index, name): (usize, &&str)| Column::new(index, (*name).to_owned());
    names.iter().enumerate().map(column).collect()
}

fn mapped(names: &[&str]) -> Mapping {
    Mapping::of(&columns(names), None, &[], Words::shipped()).expect("no wish")
}

fn uses(names: &[&str]) -> Vec<Use> {
    mapped(names).uses
}

#[test]
fn every_field_of_every_kind_is_found_by_its_own_name() {
    for kind in KINDS {
        let names: Vec<_> = kind.fields().map(|field| field.name).collect();
        let mapping = mapped(&names);
        assert_eq!(mapping.kind.code, kind.code);
        for (name, usage) in names.iter().zip(&mapping.uses) {
            assert_eq!(*usage, Use::Field(name), "{}", kind.code);
        }
    }
}

#[test]
fn a_kind_that_files_are_seldom_about_has_to_be_spoken_of() {
    let kind = |names: &[&str]| mapped(names).kind.code;
    assert_eq!(kind(&["nom", "theme", "source", "reason"]), "actor");
    assert_eq!(kind(&["intitule", "date", "ordre du jour"]), "meeting");
    assert_eq!(
        kind(&["indicateur", "valeur", "unité", "année"]),
        "indicator"
    );
    assert_eq!(kind(&["appel à projets", "date de clôture"]), "call");
}

#[test]
fn latitude_and_longitude_make_the_point() {
    let uses = uses(&["nom", "latitude", "longitude", "point_geo"]);
    assert_eq!(uses[1..3], [Use::Latitude, Use::Longitude]);
    assert_eq!(uses[3], Use::Extra("x_point_geo".into()));
    assert_eq!(self::uses(&["nom", "point_geo"])[1], Use::Field("point"));
    assert_eq!(self::uses(&["nom", "lat"])[1], Use::Extra("x_lat".into()));
}

#[test]
fn number_and_street_make_the_address() {
    let uses = uses(&["nom", "adresse_brut", "adresse_numero", "adresse_rue"]);
    assert_eq!(uses[1], Use::Extra("x_adresse_brut".into()));
    assert_eq!(uses[2..], [Use::AddressPart(0), Use::AddressPart(1)]);
}

#[test]
fn persons_are_set_aside_and_their_mail_with_them() {
    assert_eq!(
        uses(&[
            "nom",
            "contact_nom",
            "contact_courriel",
            "telephone",
            "mobile"
        ]),
        [
            Use::Field("name"),
            Use::Personal,
            Use::Personal,
            Use::Field("phone"),
            Use::Personal
        ]
    );
    assert_eq!(uses(&["nom", "contact_courriel"])[1], Use::Field("email"));
}

#[test]
fn what_is_not_understood_is_kept_under_its_own_name() {
    let long = "é".repeat(200);
    let uses = uses(&[
        "nom",
        "Pôle territorial",
        "pole-territorial",
        "",
        "x_deja",
        &long,
    ]);
    let extra = |name: &str| Use::Extra(name.to_owned());
    assert_eq!(
        uses[1..5],
        [
            extra("x_pole_territorial"),
            extra("x_pole_territorial_2"),
            extra("x_colonne_d"),
            extra("x_deja")
        ]
    );
    let Use::Extra(name) = &uses[5] else {
        panic!("{:?}", uses[5])
    };
    assert_eq!(name.len(), FIELD_BYTES_MAX);
}

#[test]
fn what_the_person_says_wins() {
    let wishes = [("Libellé", "name"), ("nom", "x_nom"), ("tel", "")];
    let wishes = wishes.map(|(column, field)| (column.to_owned(), field.to_owned()));
    let names = columns(&["nom", "libelle", "tel"]);
    let mapping =
        Mapping::of(&names, Kind::parse("actor"), &wishes, Words::shipped()).expect("possible");
    assert_eq!(
        mapping.uses,
        [Use::Extra("x_nom".into()), Use::Field("name"), Use::Dropped]
    );
    for (column, field) in [("absent", "name"), ("nom", "starts")] {
        let wishes = [(column.to_owned(), field.to_owned())];
        assert!(
            Mapping::of(&names, Kind::parse("actor"), &wishes, Words::shipped()).is_err(),
            "{column}"
        );
    }
}

#[test]
fn the_kind_is_guessed_from_the_columns() {
    for (names, kind) in [
        (&["id_fs", "lib_fs", "adresse"][..], "actor"),
        (
            &["titre", "porteur_nom", "montant_subvention"],
            "initiative",
        ),
        (&["title.fr", "timings", "location.name"], "event"),
        (&["nom", "code", "population"], "territory"),
        (&["a", "b"], "actor"),
    ] {
        assert_eq!(guess(&columns(names)).code, kind, "{names:?}");
    }
}

#[test]
fn without_a_name_the_holder_names_the_record() {
    let uses = uses(&["id_poste", "raison_sociale", "montant"]);
    assert_eq!(uses[1], Use::Field("name"));
}

#[test]
fn commune_is_a_name_in_a_french_file_and_a_code_in_ours() {
    assert_eq!(uses(&["nom", "commune"])[1], Use::Field("commune_name"));
    assert_eq!(
        uses(&["record", "commune", "commune_name", "name"])[1..3],
        [Use::Field("commune"), Use::Field("commune_name")]
    );
}

#[test]
fn a_column_that_is_called_a_name_names_the_record_before_its_commune_does() {
    let uses = uses(&["nombre_de_places", "Nom du club", "commune", "code_insee"]);
    assert_eq!(uses[1], Use::Field("name"));
    assert_eq!(uses[0], Use::Extra("x_nombre_de_places".into()));
    assert_eq!(uses[2], Use::Field("commune_name"));
}

#[test]
fn each_of_two_columns_with_one_name_can_be_given_its_field() {
    let wish = |field: &str| ("Nom".to_owned(), field.to_owned());
    let columns = columns(&["Nom", "nom", "Nom"]);
    let wishes = [wish("name"), wish("x_autre")];
    let mapping = Mapping::of(&columns, None, &wishes, Words::shipped()).expect("they are there");
    assert_eq!(mapping.uses[0], Use::Field("name"));
    assert_eq!(mapping.uses[2], Use::Extra("x_autre".into()));
}
