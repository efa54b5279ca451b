//! Reading JSON answers: what must be there is asked for by name, and a failure shows the whole value.

use anyhow::{Context, Result, ensure};
use serde_json::Value;

/// A text field that must be there.
pub fn text(value: &Value, field: &str) -> Result<String> {
    let text = value[field]
        .as_str()
        .with_context(|| format!("no text `{field}` in {value}"))?;
    Ok(text.to_owned())
}

/// An integer field that must be there.
pub fn number(value: &Value, field: &str) -> Result<i64> {
    value[field]
        .as_i64()
        .with_context(|| format!("no integer `{field}` in {value}"))
}

/// An array field that must be there.
pub fn list<'a>(value: &'a Value, field: &str) -> Result<&'a Vec<Value>> {
    value[field]
        .as_array()
        .with_context(|| format!("no array `{field}` in {value}"))
}

/// A field must have this value; `null` stands for an absent one too.
pub fn expect(value: &Value, field: &str, expected: impl Into<Value>) -> Result<()> {
    let expected = expected.into();
    ensure!(
        value[field] == expected,
        "`{field}` is {}, expected {expected}, in {value}",
        value[field]
    );
    Ok(())
}

/// The numbers of one field of every entry, in order.
pub fn numbers(entries: &[Value], field: &str) -> Result<Vec<i64>> {
    entries.iter().map(|entry| number(entry, field)).collect()
}
