//! Numbers and yes-or-no, as people type them in French files.

use crate::edit::Value;
use crate::register::{Code, Outcome};

/// Reads yes or no.
pub(super) fn boolean(text: &str) -> Outcome<Value> {
    match text.to_lowercase().as_str() {
        "1" | "o" | "oui" | "true" | "vrai" | "yes" => Outcome::Valid(Value::Boolean(true)),
        "0" | "false" | "faux" | "n" | "no" | "non" => Outcome::Valid(Value::Boolean(false)),
        _ => Outcome::Invalid(Code::Format),
    }
}

/// Reads a whole number; `12.0`, which spreadsheets write, is repaired.
pub(super) fn integer(text: &str) -> Outcome<Value> {
    match parts(text) {
        Ok((_, scale)) if scale > 0 => Outcome::Invalid(Code::Precision),
        Ok((whole, _)) if text.contains(['.', ',']) => {
            Outcome::Repaired(Value::Integer(whole), Code::FloatText)
        }
        Ok((whole, _)) => Outcome::Valid(Value::Integer(whole)),
        Err(code) => Outcome::Invalid(code),
    }
}

/// Reads an exact amount: comma or dot, spaces between thousands, the sign of the euro.
///
/// With both signs, as in `1.500,00`, the last one stands before the decimals: that is offered, not taken.
pub(super) fn decimal(text: &str) -> Outcome<Value> {
    let last = text.rfind(['.', ',']);
    let others = last
        .map(|last| &text[..last])
        .filter(|head| head.contains(['.', ',']));
    if let (Some(head), Some(last)) = (others, last) {
        let plain = head.replace(['.', ','], "") + &text[last..];
        return match parts(&plain) {
            Ok((mantissa, scale)) => Outcome::Proposed {
                value: Value::decimal(mantissa, scale),
                code: Code::Separator,
            },
            Err(code) => Outcome::Invalid(code),
        };
    }
    match parts(text) {
        Ok((mantissa, scale)) => Outcome::Valid(Value::decimal(mantissa, scale)),
        Err(code) => Outcome::Invalid(code),
    }
}

/// Writes `mantissa` × 10^−`scale`.
pub(super) fn shown(mantissa: i64, scale: u8) -> String {
    let digits = mantissa.unsigned_abs().to_string();
    let width = usize::from(scale) + 1;
    let digits = format!("{digits:0>width$}");
    let (whole, decimals) = digits.split_at(digits.len() - usize::from(scale));
    let sign = if mantissa < 0 { "-" } else { "" };
    if decimals.is_empty() {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{decimals}")
    }
}

/// Writes the same without the zeros at the end.
pub(super) fn shown_shortest(mantissa: i64, scale: u8) -> String {
    match Value::decimal(mantissa, scale) {
        Value::Decimal { mantissa, scale } => shown(mantissa, scale),
        _ => shown(mantissa, scale),
    }
}

/// Counts the letters to change, insert or drop (Levenshtein).
pub(super) fn edits(one: &[char], other: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.iter().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, b) in other.iter().enumerate() {
            let changed = corner + usize::from(a != b);
            corner = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(corner + 1);
        }
    }
    row[other.len()]
}

/// Returns the digits as a whole number and how many stand after the point, zeros at the end left out.
fn parts(text: &str) -> Result<(i64, u8), Code> {
    let lower = text.to_lowercase();
    let bare = ["euros", "euro", "eur", "€"]
        .into_iter()
        .find_map(|unit| lower.strip_suffix(unit))
        .unwrap_or(&lower);
    let digits: String = bare.chars().filter(|c| !c.is_whitespace()).collect();
    let (sign, digits) = match digits.strip_prefix(['-', '−']) {
        Some(rest) => ("-", rest),
        None => ("", digits.as_str()),
    };
    let (whole, decimals) = digits.split_once(['.', ',']).unwrap_or((digits, ""));
    let decimals = decimals.trim_end_matches('0');
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !all_digits(whole) || !all_digits(decimals) {
        let is_scientific =
            digits.contains('e') && digits.starts_with(|c: char| c.is_ascii_digit());
        return Err(if is_scientific {
            Code::LostDigits
        } else {
            Code::Format
        });
    }
    let scale = u8::try_from(decimals.len()).map_err(|_| Code::Range)?;
    let mantissa = format!("{sign}{whole}{decimals}")
        .parse()
        .map_err(|_| Code::Range)?;
    if scale > SCALE_MAX {
        return Err(Code::Range);
    }
    Ok((mantissa, scale))
}

/// Digits after the point that a decimal can hold.
const SCALE_MAX: u8 = 18;
