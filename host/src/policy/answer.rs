//! Makes sure that what a plugin says can be stored and shown.

use crate::model::policy::{Hold, Question, Rejection, Verdict};

/// Longest code of a rejection.
const CODE_BYTES: usize = 64;
/// Longest reason, and note of a hold.
const REASON_BYTES: usize = 1_024;
/// Longest text of a question.
const QUESTION_BYTES: usize = 512;
/// Most questions.
const QUESTIONS: usize = 20;

/// The verdict with texts of sensible length.
///
/// # Errors
/// It changes a message to what could not have been sent.
pub(super) fn tidy(verdict: Verdict, body_bytes: usize) -> Result<Verdict, &'static str> {
    if let Verdict::Modify { body: text }
    | Verdict::Hold(Hold {
        body: Some(text), ..
    }) = &verdict
    {
        check_text(text, body_bytes)?;
    }
    Ok(match verdict {
        Verdict::Allow | Verdict::Modify { .. } => verdict,
        Verdict::Hold(hold) => {
            let questions = hold.questions.into_iter().take(QUESTIONS);
            Verdict::Hold(Hold {
                note: short(hold.note, REASON_BYTES),
                body: hold.body,
                questions: questions.map(question).collect(),
            })
        }
        Verdict::Reject(rejection) => Verdict::Reject(tidy_rejection(rejection)),
    })
}

fn check_text(text: &str, limit_bytes: usize) -> Result<(), &'static str> {
    if text.trim().is_empty() {
        return Err("modified to an empty text");
    }
    if text.contains('\0') {
        return Err("modified to a text with NUL");
    }
    if text.len() > limit_bytes {
        return Err("modified to a text that is too long");
    }
    Ok(())
}

/// A rejection with texts of sensible length.
pub(super) fn tidy_rejection(rejection: Rejection) -> Rejection {
    Rejection {
        code: short(rejection.code, CODE_BYTES),
        reason: short(rejection.reason, REASON_BYTES),
    }
}

fn question(question: Question) -> Question {
    Question {
        id: short(question.id, CODE_BYTES),
        text: short(question.text, QUESTION_BYTES),
        kind: short(question.kind, CODE_BYTES),
        ..question
    }
}

/// PostgreSQL's texts know no NUL.
pub(super) fn short(mut text: String, limit_bytes: usize) -> String {
    text.truncate(text.floor_char_boundary(limit_bytes));
    text.retain(|letter| letter != '\0');
    text
}

/// A verdict's word and reason, for the record.
pub(super) fn words(verdict: &Verdict) -> (&'static str, Option<&str>) {
    match verdict {
        Verdict::Allow => ("allow", None),
        Verdict::Modify { .. } => ("modify", None),
        Verdict::Hold(hold) => ("hold", Some(&hold.note)),
        Verdict::Reject(rejection) => ("reject", Some(&rejection.reason)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_not_modified_to_what_could_not_be_sent() {
        let modify = |body: &str| {
            tidy(
                Verdict::Modify {
                    body: body.to_owned(),
                },
                10,
            )
        };
        let hold = |body: &str| {
            let hold = Hold {
                body: Some(body.to_owned()),
                ..Hold::default()
            };
            tidy(Verdict::Hold(hold), 10)
        };
        assert!(modify("fine").is_ok() && hold("fine").is_ok());
        for body in ["", " \n", "a\0b", "longer than ten"] {
            assert!(modify(body).is_err() && hold(body).is_err(), "{body}");
        }
    }

    #[test]
    fn long_texts_are_cut_between_letters() {
        let (code, reason) = ("c\0".repeat(100), "ä".repeat(1_000));
        let tidied = tidy_rejection(Rejection { code, reason });
        assert_eq!((tidied.code.len(), tidied.reason.len()), (32, REASON_BYTES));
    }
}
