//! What admins see, and what they can do.
//!
//! Rule: a click only asks for a status. The server commits it, and the panel follows the server.

use natter_plugin::{
    Admin,
    admin::{Action, Answer, Panel, Request, Row},
    clock,
    directory::{self, Newcomer},
    effects,
};
use serde::Deserialize;

use crate::{AdminApproval, settings::Settings};

/// Rows of the panel: who has waited longest. Chosen, not standard.
const ROWS: u32 = 500;

const REJECT_FORM: &str = r#"{
  "type": "object",
  "additionalProperties": false,
  "required": ["reason"],
  "properties": {
    "reason": { "type": "string", "title": "Reason, which the newcomer sees", "minLength": 1, "maxLength": 1000 }
  }
}"#;

#[derive(Deserialize)]
struct Rejection {
    reason: String,
}

impl Admin for AdminApproval {
    fn panels() -> Vec<Panel> {
        // `init` has refused settings that cannot be read.
        let settings = Settings::read().unwrap_or_default();
        let action = |id: &str, title: &str, form: &str| Action {
            id: id.to_owned(),
            title: title.to_owned(),
            form: form.to_owned(),
            attrs: Vec::new(),
        };
        let rows: Vec<Row> = directory::newcomers(None, ROWS)
            .into_iter()
            .map(|newcomer| row(newcomer, &settings))
            .collect();
        // What no row offers would be an action of the whole panel.
        let actions = match rows.is_empty() {
            true => Vec::new(),
            false => vec![
                action("approve", "Approve", ""),
                action("reject", "Reject", REJECT_FORM),
            ],
        };
        vec![Panel {
            id: "queue".to_owned(),
            title: "Who waits".to_owned(),
            columns: ["Who", "Waits for", "Answers", "Note"]
                .map(str::to_owned)
                .to_vec(),
            rows,
            actions,
            attrs: Vec::new(),
        }]
    }

    fn decide(request: Request) -> Result<Answer, String> {
        let user_id = request.row_id.ok_or("choose who")?;
        let is_pending = directory::user(&user_id).is_some_and(|user| user.status == "pending");
        if !is_pending {
            return Err("They do not wait any more.".to_owned());
        }
        let (status, reason, message) = match request.action_id.as_str() {
            "approve" => ("active", String::new(), "Approved."),
            "reject" => {
                let form: Rejection =
                    serde_json::from_str(&request.form).map_err(|error| error.to_string())?;
                ("rejected", form.reason, "Rejected.")
            }
            other => return Err(format!("there is no action {other}")),
        };
        Ok(Answer::new(message).with(effects::set_status(&user_id, status, &reason)))
    }
}

fn row(newcomer: Newcomer, settings: &Settings) -> Row {
    let answers = newcomer.answers.iter().map(|answer| {
        let question = settings.text_of(&answer.question_id);
        format!(
            "{} {}",
            question.unwrap_or(&answer.question_id),
            answer.text
        )
    });
    let user = newcomer.user;
    Row {
        cells: vec![
            format!("{} ({})", user.display_name, user.username),
            age(clock::now().saturating_sub(user.created_at)),
            answers.collect::<Vec<_>>().join("\n"),
            newcomer.note,
        ],
        id: user.id,
        actions: ["approve", "reject"].map(str::to_owned).to_vec(),
        attrs: Vec::new(),
    }
}

/// `3 h`: the largest unit that fits.
fn age(milliseconds: u64) -> String {
    let minutes = milliseconds / 60_000;
    match minutes {
        0..60 => format!("{minutes} min"),
        60..2_880 => format!("{} h", minutes / 60),
        _ => format!("{} d", minutes / 1_440),
    }
}
