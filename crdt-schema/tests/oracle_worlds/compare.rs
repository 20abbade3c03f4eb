//! The comparison of two verdicts, part by part.

use serde_json::Value;

use crate::verdict::oracle_labels;

const PARTS: [&str; 9] = [
    "charter",
    "read_only",
    "forks",
    "ignored",
    "enrolled",
    "acts",
    "erased",
    "items",
    "records",
];

/// Panics with the first difference. The state of a label on a date is compared elsewhere; all that it follows from is compared here.
pub(crate) fn assert_same(name: &str, ours: &Value, oracle: &Value) {
    for part in PARTS {
        assert_same_part(name, part, &ours[part], &oracle[part]);
    }
    let labels = Value::Object(oracle_labels(oracle));
    assert_same_part(name, "labels", &ours["labels"], &labels);
}

fn assert_same_part(name: &str, part: &str, ours: &Value, oracle: &Value) {
    if let (Some(one), Some(other)) = (ours.as_object(), oracle.as_object()) {
        let keys: Vec<&String> = one.keys().collect();
        let others: Vec<&String> = other.keys().collect();
        assert_eq!(keys, others, "{name}, keys of {part}");
        for (key, value) in one {
            assert_eq!(value, &other[key], "{name}, {part} of {key}");
        }
    }
    assert_eq!(ours, oracle, "{name}, {part}");
}
