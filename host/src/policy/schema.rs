//! The schemas of plugins: of their `[config]`, and of the forms on their panels.
//!
//! Rule: a plugin's schema costs no more than its size lets expect. So plugins have a part of JSON Schema only: references to `$defs`, which
//! count each time they are followed, and patterns that are matched in linear time.

use jsonschema::{Draft, PatternOptions, Validator};
use serde_json::Value;

/// Largest text of a schema.
const TEXT_BYTES: usize = 64 * 1024;
/// Schemas within one, references followed.
const PARTS: usize = 2_000;
/// How deep they may lie in each other.
const DEPTH: usize = 16;
/// Patterns among them, how long each may be, and what it may compile to.
const PATTERNS: usize = 64;
const PATTERN_BYTES: usize = 256;
const COMPILED_BYTES: usize = 64 * 1024;
/// Mistakes that are told at once.
const TOLD: usize = 5;

/// A schema of a plugin.
pub(super) struct Schema(Validator);

impl Schema {
    /// # Errors
    /// What is wrong with it, after "the schema".
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        if text.len() > TEXT_BYTES {
            return Err(format!("has {} bytes, limit {TEXT_BYTES}", text.len()));
        }
        let schema: Value =
            serde_json::from_str(text).map_err(|error| format!("is not JSON: {error}"))?;
        let mut walk = Walk {
            root: &schema,
            parts_left: PARTS,
            patterns_left: PATTERNS,
        };
        walk.part(&schema, 0)?;
        let patterns = PatternOptions::regex().size_limit(COMPILED_BYTES);
        let options = jsonschema::options()
            .with_draft(Draft::Draft202012)
            .with_pattern_options(patterns);
        let validator = options.build(&schema);
        validator
            .map(Self)
            .map_err(|error| format!("is no JSON Schema: {error}"))
    }

    /// # Errors
    /// Where the value does not fit, and why.
    pub(super) fn check(&self, value: &Value) -> Result<(), String> {
        let wrong = self.0.iter_errors(value).take(TOLD);
        let wrong: Vec<String> = wrong
            .map(|error| match error.instance_path().as_str() {
                "" => error.to_string(),
                path => format!(
                    "{}: {error}",
                    path.trim_start_matches('/').replace('/', ".")
                ),
            })
            .collect();
        if wrong.is_empty() {
            return Ok(());
        }
        Err(wrong.join("; "))
    }
}

/// Goes through a schema as a validator would, and ends where it is too large.
struct Walk<'a> {
    root: &'a Value,
    parts_left: usize,
    patterns_left: usize,
}

impl Walk<'_> {
    fn part(&mut self, schema: &Value, depth: usize) -> Result<(), String> {
        let left = self.parts_left.checked_sub(1);
        self.parts_left =
            left.ok_or_else(|| format!("has more than {PARTS} parts, references followed"))?;
        if depth > DEPTH {
            return Err(format!("is more than {DEPTH} deep, or refers to itself"));
        }
        // Else it is `true`, `false`, or nothing that the library takes.
        let Some(keywords) = schema.as_object() else {
            return Ok(());
        };
        for (keyword, value) in keywords {
            self.keyword(keyword, value, depth)?;
        }
        Ok(())
    }

    fn keyword(&mut self, keyword: &str, value: &Value, depth: usize) -> Result<(), String> {
        match keyword {
            "$schema" | "$comment" | "title" | "description" | "default" | "examples"
            | "deprecated" | "type" | "enum" | "const" | "format" | "required" | "minItems"
            | "maxItems" | "minLength" | "maxLength" | "minimum" | "maximum"
            | "exclusiveMinimum" | "exclusiveMaximum" | "multipleOf" | "minProperties"
            | "maxProperties" => Ok(()),
            "properties" | "$defs" => {
                let mut parts = value.as_object().into_iter().flatten();
                parts.try_for_each(|(_, it)| self.part(it, depth + 1))
            }
            "items" | "additionalProperties" => self.part(value, depth + 1),
            "allOf" | "anyOf" | "oneOf" => {
                let mut parts = value.as_array().into_iter().flatten();
                parts.try_for_each(|it| self.part(it, depth + 1))
            }
            "pattern" => self.pattern(value),
            "$ref" => {
                let name = value.as_str().and_then(|it| it.strip_prefix("#/$defs/"));
                let target = name.and_then(|name| self.root.get("$defs")?.get(name));
                let target = target.ok_or_else(|| {
                    format!("refers to {value}; allowed is #/$defs/ with the name of one of them")
                })?;
                let target = target.clone();
                self.part(&target, depth + 1)
            }
            other => Err(format!("has the keyword {other}, which no plugin may use")),
        }
    }

    fn pattern(&mut self, pattern: &Value) -> Result<(), String> {
        let left = self.patterns_left.checked_sub(1);
        self.patterns_left = left.ok_or_else(|| format!("has more than {PATTERNS} patterns"))?;
        match pattern.as_str() {
            Some(pattern) if pattern.len() > PATTERN_BYTES => Err(format!(
                "has a pattern of {} bytes, limit {PATTERN_BYTES}",
                pattern.len()
            )),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_checked_and_the_place_is_told() {
        let schema = r##"{"type": "object", "additionalProperties": false,
            "properties": {"words": {"$ref": "#/$defs/words"}, "id": {"pattern": "^[a-z]+$"}},
            "$defs": {"words": {"type": "array", "items": {"type": "string"}}}}"##;
        let schema = Schema::parse(schema).expect("it is allowed");
        let check = |value: serde_json::Value| schema.check(&value);
        let fits = serde_json::json!({"words": ["a"], "id": "a"});
        assert_eq!(check(fits), Ok(()));
        for (wrong, place) in [
            (serde_json::json!({"words": ["a", 1]}), "words.1"),
            (serde_json::json!({"wrods": []}), "wrods"),
            (serde_json::json!({"id": "A"}), "id"),
        ] {
            let told = check(wrong).expect_err(place);
            assert!(told.contains(place), "{told}");
        }
    }

    #[test]
    fn what_would_take_long_is_refused_at_once() {
        // Each level refers to the next twice: 2 to the power of 40 parts.
        let levels = (0..40).map(|level| {
            let next = format!("#/$defs/{}", level + 1);
            let part = serde_json::json!({"allOf": [{"$ref": next}, {"$ref": next}]});
            (level.to_string(), part)
        });
        let mut defs: serde_json::Map<_, _> = levels.collect();
        defs.insert("40".to_owned(), true.into());
        let bomb = serde_json::json!({"$ref": "#/$defs/0", "$defs": defs});
        let wide = serde_json::json!({"anyOf": vec![serde_json::json!({}); PARTS]});
        let itself = serde_json::json!({"$ref": "#/$defs/a", "$defs": {"a": {"items": {"$ref": "#/$defs/a"}}}});
        let patterns =
            serde_json::json!({"allOf": vec![serde_json::json!({"pattern": "a"}); PATTERNS + 1]});
        let long = serde_json::json!({"pattern": "a".repeat(PATTERN_BYTES + 1)});
        let large = serde_json::json!({"pattern": "(\\w{50}){50}"});
        let dynamic = serde_json::json!({"$dynamicRef": "#a"});
        let elsewhere = serde_json::json!({"$ref": "https://example.org/schema"});
        for (schema, words) in [
            (bomb, "deep"),
            (wide, "parts"),
            (itself, "refers to itself"),
            (patterns, "patterns"),
            (long, "pattern of 257 bytes"),
            (large, "is no JSON Schema"),
            (dynamic, "$dynamicRef"),
            (elsewhere, "example.org"),
        ] {
            let refused = Schema::parse(&schema.to_string()).err();
            let refused = refused.unwrap_or_else(|| panic!("{words}: {schema}"));
            assert!(refused.contains(words), "{words}: {refused}");
        }
        assert!(Schema::parse("{").is_err());
        assert!(Schema::parse("{\"type\": 1}").is_err());
    }
}
