//! The comparison of two verdicts, part by part.

use serde_json::Value;

const PARTS: [&str; 8] = [
    "charter",
    "read_only",
    "forks",
    "ignored",
    "enrolled",
    "acts",
    "erased",
    "items",
];

/// Panics with the first difference. What the oracle says of records and labels is compared elsewhere.
pub(crate) fn assert_same(name: &str, ours: &Value, oracle: &Value) {
    for part in PARTS {
        if let (Some(one), Some(other)) = (ours[part].as_object(), oracle[part].as_object()) {
            let keys: Vec<&String> = one.keys().collect();
            assert_eq!(
                keys,
                other.keys().collect::<Vec<_>>(),
                "world {name}, keys of {part}"
            );
            for (key, value) in one {
                assert_eq!(value, &other[key], "world {name}, {part} of {key}");
            }
        }
        assert_eq!(ours[part], oracle[part], "world {name}, {part}");
    }
}
