//! How complete a service is, as data·inclusion counts it.

use jiff::civil::Date;
use serde_json::{Map, Value as Json};

/// Returns the score of a service, from 0 to 1: the mean of the criteria that apply to it.
pub fn quality(service: &Map<String, Json>, today: &str) -> f64 {
    let is_given = |name: &str| match service.get(name) {
        None | Some(Json::Null) => false,
        Some(Json::String(text)) => !text.trim().is_empty(),
        Some(Json::Array(items)) => !items.is_empty(),
        Some(_) => true,
    };
    let lists = |name: &str, value: &str| {
        let items = service.get(name).and_then(Json::as_array);
        items.is_some_and(|items| items.iter().any(|item| item == value))
    };
    let all_or_nothing = |is_there: bool| if is_there { 1.0 } else { 0.0 };
    let half = |name: &str| 0.5 * all_or_nothing(is_given(name));
    let mut criteria = vec![
        half("modes_mobilisation") + half("mobilisable_par"),
        all_or_nothing(is_given("publics")),
        all_or_nothing(is_given("thematiques")),
        all_or_nothing(
            ["courriel", "lien_mobilisation", "telephone"]
                .into_iter()
                .any(is_given),
        ),
        freshness(
            service
                .get("date_maj")
                .and_then(Json::as_str)
                .unwrap_or_default(),
            today,
        ),
        cost(
            service.get("frais").and_then(Json::as_str),
            is_given("frais_precisions"),
        ),
        description(
            service
                .get("description")
                .and_then(Json::as_str)
                .unwrap_or_default(),
        ),
    ];
    if lists("modes_accueil", "en-presentiel") || lists("modes_mobilisation", "se-presenter") {
        criteria.push(all_or_nothing(is_given("adresse")));
    }
    if lists("modes_mobilisation", "telephoner") {
        criteria.push(all_or_nothing(is_given("telephone")));
    }
    if lists("modes_mobilisation", "envoyer-un-courriel") {
        criteria.push(all_or_nothing(is_given("courriel")));
    }
    let count = u32::try_from(criteria.len()).unwrap_or(u32::MAX);
    let total: f64 = criteria.into_iter().map(rounded).sum();
    rounded(total / f64::from(count))
}

/// 1 under 180 days, then falling to 0 at 730.
fn freshness(day: &str, today: &str) -> f64 {
    let (Ok(day), Ok(today)) = (day.parse::<Date>(), today.parse::<Date>()) else {
        return 0.0;
    };
    let age = (today - day).get_days();
    if age < 180 {
        1.0
    } else {
        (f64::from(730 - age) / 550.0).max(0.0)
    }
}

fn cost(cost: Option<&str>, has_detail: bool) -> f64 {
    match cost {
        None => 0.0,
        Some("payant") if !has_detail => 0.5,
        Some(_) => 1.0,
    }
}

fn description(text: &str) -> f64 {
    match text.chars().count() {
        ..50 => 0.0,
        50..200 => 0.5,
        200..2_000 => 1.0,
        2_000.. => 0.5,
    }
}

fn rounded(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn score(service: &Json) -> f64 {
        quality(service.as_object().expect("an object"), "2026-11-26")
    }

    #[test]
    fn the_scores_are_those_that_their_program_gives() {
        let bare = json!({ "description": "x".repeat(300), "date_maj": "2026-11-26" });
        assert_eq!(score(&bare), 0.29);
        let all = json!({
            "description": "x".repeat(300), "date_maj": "2026-11-26", "modes_accueil": ["en-presentiel"],
            "adresse": "1 rue inventée", "modes_mobilisation": ["telephoner"], "telephone": "+33465710001",
            "mobilisable_par": ["usagers"], "publics": ["jeunes"], "thematiques": ["sante--addictions"], "frais": "gratuit",
        });
        assert_eq!(score(&all), 1.0);
        let some = json!({
            "description": "x".repeat(120), "date_maj": "2025-10-22", "modes_mobilisation": ["envoyer-un-courriel"],
            "courriel": "accueil@exemple.fr", "publics": ["jeunes"], "thematiques": ["sante--addictions"], "frais": "payant",
        });
        assert_eq!(score(&some), 0.76);
        let nothing = json!({
            "description": "x".repeat(40), "date_maj": "2024-09-17", "modes_accueil": ["en-presentiel"],
        });
        assert_eq!(score(&nothing), 0.0);
    }

    #[test]
    fn a_score_falls_from_180_days_to_730() {
        assert_eq!(freshness("2026-06-01", "2026-11-27"), 1.0, "179 days");
        assert_eq!(freshness("2026-06-01", "2026-11-28"), 1.0, "180 days");
        assert!(freshness("2026-06-01", "2026-11-29") < 1.0, "181 days");
        assert_eq!(freshness("2024-11-26", "2026-11-26"), 0.0, "730 days");
    }
}
