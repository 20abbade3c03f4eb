//! The vectors of the design, one test per kind. They lie beside the repository, in `../shared`.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::{
    Code, Column, CommuneContext, Epoch, Generation, Outcome, Point, Territories, alsace_moselle,
    commune, date, date_from_serial, departement, email, epci, in_french_territory, instant, phone,
    point, qpv, region, rna, siren, siret,
};

/// Runs all vectors of a kind, and tells all that differ.
fn hold(kind: &str, count: usize, read: impl Fn(&Value) -> Outcome<Value>) {
    let Some(text) = shared("data/vectors/identifiers.json") else {
        return;
    };
    let file: Value = serde_json::from_str(&text).expect("the vectors are JSON");
    let all = file["vectors"].as_array().expect("the vectors are a list");
    let vectors: Vec<&Value> = all.iter().filter(|vector| vector["kind"] == kind).collect();
    assert_eq!(vectors.len(), count, "vectors of kind {kind}");
    let differing: Vec<String> = vectors
        .iter()
        .filter_map(|vector| {
            let outcome = read(vector);
            let value = outcome
                .accepted()
                .or(outcome.proposed())
                .cloned()
                .unwrap_or_default();
            let code = outcome
                .code()
                .map_or(Value::Null, |code| code.as_str().into());
            let got = json!([outcome.as_str(), value, code]);
            let wanted = json!([vector["outcome"], vector["value"], vector["code"]]);
            (got != wanted).then(|| format!("{}: {got} instead of {wanted}", vector["id"]))
        })
        .collect();
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}

fn hold_text(kind: &str, count: usize, read: impl Fn(&str, &Value) -> Outcome<String>) {
    hold(kind, count, |vector| {
        let input = vector["input"].as_str().expect("the input is a text");
        read(input, &vector["context"]).map(Value::from)
    });
}

/// Reads a file beside the repository, or says that it is not there.
fn shared(path: &str) -> Option<String> {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../shared")
        .join(path);
    let text = std::fs::read_to_string(&file).ok();
    if text.is_none() {
        println!("skipped: ../shared/{path} is not beside the repository");
    }
    text
}

fn year(context: &Value) -> u16 {
    let year = context["year"].as_u64().expect("the context has a year");
    u16::try_from(year).expect("a year is small")
}

#[test]
fn siren_vectors_hold() {
    hold_text("siren", 14, |input, _| siren(input));
}

#[test]
fn siret_vectors_hold() {
    hold_text("siret", 26, |input, _| siret(input));
}

#[test]
fn rna_vectors_hold() {
    hold_text("rna", 23, |input, _| rna(input));
}

#[test]
fn alsace_moselle_vectors_hold() {
    hold_text("alsace_moselle", 4, |input, context| {
        alsace_moselle(input, context["tribunal"].as_str())
    });
}

#[test]
fn commune_vectors_hold() {
    let lists = Territories::embedded();
    hold_text("commune", 55, |input, context| {
        let context = CommuneContext {
            year: year(context),
            column: match context["column"].as_str() {
                Some("insee") => Column::Insee,
                Some("postal") => Column::Postal,
                _ => Column::Unmapped,
            },
            name: context["name"].as_str(),
            postal: context["postal"].as_str(),
        };
        commune(input, &context, &lists)
    });
}

#[test]
fn departement_vectors_hold() {
    let lists = Territories::embedded();
    hold_text("departement", 13, |input, _| departement(input, &lists));
}

#[test]
fn region_vectors_hold() {
    let lists = Territories::embedded();
    hold_text("region", 6, |input, _| region(input, &lists));
}

#[test]
fn epci_vectors_hold() {
    let lists = Territories::embedded();
    hold_text("epci", 6, |input, context| {
        epci(input, year(context), &lists)
    });
}

#[test]
fn qpv_vectors_hold() {
    let Some(list) = shared("data/reference/qpv2024.csv") else {
        return;
    };
    // A quoted cell goes over several lines: a row is a line that starts with a code.
    let codes: Vec<&str> = list
        .lines()
        .filter_map(|line| line.split(',').next())
        .filter(|code| code.starts_with("QN"))
        .collect();
    assert_eq!(codes.len(), 1_493, "codes of the official list");
    let lists = Territories::embedded().with_qpv(codes.iter().copied());
    for code in &codes {
        let outcome = qpv(code, Generation::Of2024, &lists);
        assert_eq!(outcome, Outcome::Valid((*code).to_owned()));
    }
    hold_text("qpv", 20, |input, context| {
        let generation = match context["generation"].as_u64() {
            Some(2015) => Generation::Of2015,
            _ => Generation::Of2024,
        };
        qpv(input, generation, &lists)
    });
}

#[test]
fn date_vectors_hold() {
    hold("date", 30, |vector| {
        let outcome = match (&vector["input"], vector["context"]["epoch"].as_u64()) {
            (Value::String(text), _) => date(text),
            (number, epoch) => {
                let epoch = if epoch == Some(1904) {
                    Epoch::Of1904
                } else {
                    Epoch::Of1900
                };
                date_from_serial(number.as_f64().expect("a serial is a number"), epoch)
            }
        };
        outcome.map(Value::from)
    });
}

#[test]
fn instant_vectors_hold() {
    hold_text("instant", 10, |input, context| {
        instant(input, context["zone"].as_str())
    });
}

#[test]
fn phone_vectors_hold() {
    hold_text("phone", 39, |input, _| phone(input));
}

#[test]
fn email_vectors_hold() {
    hold_text("email", 30, |input, _| email(input));
}

#[test]
fn point_vectors_hold() {
    hold("point", 26, |vector| {
        let text = |name: &str| vector["input"][name].as_str().expect("both are texts");
        point(text("lat"), text("lon"))
            .map(|Point { lat_e7, lon_e7 }| json!({"lat_e7": lat_e7, "lon_e7": lon_e7}))
    });
}

#[test]
fn every_code_of_the_vectors_is_a_code() {
    let Some(text) = shared("data/vectors/identifiers.json") else {
        return;
    };
    let file: Value = serde_json::from_str(&text).expect("the vectors are JSON");
    let vectors = file["vectors"].as_array().expect("the vectors are a list");
    assert_eq!(vectors.len(), 302);
    for code in vectors.iter().filter_map(|vector| vector["code"].as_str()) {
        assert!(
            Code::ALL.iter().any(|known| known.as_str() == code),
            "{code}"
        );
    }
}

#[test]
fn every_commune_lies_in_the_outline_of_the_territories() {
    let Some(list) = shared("data/reference/communes.csv") else {
        return;
    };
    let mut seen = 0;
    for line in list.lines().skip(1) {
        // From the end, where no name with a comma stands: position, lon, lat.
        let mut cells = line.rsplit(',').skip(1);
        let (Some(lon), Some(lat)) = (cells.next(), cells.next()) else {
            continue;
        };
        let Some(value) = point(lat, lon).into_accepted() else {
            continue;
        };
        assert!(in_french_territory(value), "{line}");
        seen += 1;
    }
    assert!(seen > 30_000, "{seen} communes with a position");
}
