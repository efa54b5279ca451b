//! What admins see, and what they can do.
//!
//! Rule: a click only asks for a status. The server commits it, and the queue follows the server.

use natter_plugin::{
    Admin,
    admin::{Action, Answer, Panel, Request, Row},
    clock, effects,
};
use serde::Deserialize;

use crate::{
    AdminApproval,
    queue::{self, Waiting},
};

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
        let action = |id: &str, title: &str, form: &str| Action {
            id: id.to_owned(),
            title: title.to_owned(),
            form: form.to_owned(),
        };
        let rows: Vec<Row> = queue::all().into_iter().map(row).collect();
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
        }]
    }

    fn decide(request: Request) -> Result<Answer, String> {
        let user_id = request.row_id.ok_or("choose who")?;
        if !queue::has(&user_id) {
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
        Ok(Answer {
            message: message.to_owned(),
            effects: vec![effects::set_status(&user_id, status, &reason)],
        })
    }
}

fn row((user_id, waiting): (String, Waiting)) -> Row {
    let answers: Vec<String> = waiting
        .answers
        .iter()
        .map(|(question, answer)| format!("{question} {answer}"))
        .collect();
    Row {
        id: user_id,
        cells: vec![
            waiting.name,
            age(clock::now().saturating_sub(waiting.since)),
            answers.join("\n"),
            waiting.note,
        ],
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
