//! The same hook in another language: what the contract says does not depend on Rust.

use anyhow::{Result, ensure};
use natter_plugin_testkit::{Component, Event, World};

use super::built;

#[test]
fn python_decides_as_rust_does() -> Result<()> {
    let ask = |plugin: &str| -> Result<Vec<String>> {
        let component = Component::new(&built(plugin)?)?;
        let mut world = World {
            config: r#"{"words": ["darn"]}"#.to_owned(),
            ..World::default()
        };
        let bodies = ["Good day", "Darn!", "zażółć gęślą jaźń 🙂", ""];
        let answers = bodies.iter().map(|body| {
            let (answer, _) = component.ask(&mut world, &Event::message(body))?;
            Ok(format!("{answer:?}"))
        });
        answers.collect()
    };
    let expected = ask("word_filter")?;
    ensure!(
        expected[1].contains("Please do not say darn."),
        "{expected:?}"
    );
    let found = ask("python_word_filter")?;
    ensure!(found == expected, "{found:?}");
    Ok(())
}
