//! The OpenAPI description is whole, and says what `docs/protocol.md` says.

use std::collections::BTreeSet;

use super::*;

async fn description(house: &House) -> Value {
    house.get("/openapi.json", "").await.json(200)
}

/// Every `(method and path, operation)`.
fn operations(description: &Value) -> Vec<(String, &Value)> {
    let paths = description["paths"].as_object().unwrap();
    let methods = paths.iter().flat_map(|(path, item)| {
        let item = item.as_object().unwrap();
        item.iter().map(move |(method, operation)| {
            (format!("{} {path}", method.to_uppercase()), operation)
        })
    });
    methods.collect()
}

#[tokio::test]
async fn the_description_and_the_protocol_list_the_same_routes() {
    let house = House::open().await;
    let description = description(&house).await;
    let described: BTreeSet<String> = operations(&description)
        .into_iter()
        .map(|(route, _)| route)
        .collect();
    let protocol = include_str!("../../../../../docs/protocol.md");
    let mut listed = BTreeSet::new();
    for cell in protocol.lines().filter_map(|line| line.strip_prefix("| `")) {
        let Some((method, rest)) = cell.split_once(' ') else {
            continue;
        };
        if !["GET", "POST", "PUT", "PATCH", "DELETE"].contains(&method) {
            continue;
        }
        // `a` \| `b`: alternatives of the last part, or whole paths.
        let cell = rest.split(" | ").next().unwrap();
        let names: Vec<&str> = cell.split('`').filter(|it| !it.contains('|')).collect();
        let first = names[0].split('?').next().unwrap();
        let stem = first.rsplit_once('/').unwrap().0;
        listed.insert(format!("{method} {first}"));
        for name in names[1..].iter().filter(|it| !it.trim().is_empty()) {
            let path = match name.strip_prefix('/') {
                Some(_) => (*name).to_owned(),
                None => format!("{stem}/{name}"),
            };
            listed.insert(format!("{method} {path}"));
        }
    }
    // The description does not describe its own pages.
    for page in ["GET /openapi.json", "GET /docs"] {
        assert!(listed.remove(page), "{page}");
    }
    assert_eq!(described, listed);
}

#[tokio::test]
async fn every_operation_has_a_name_a_success_a_refusal_and_its_security() {
    let house = House::open().await;
    let description = description(&house).await;
    let mut names = BTreeSet::new();
    for (route, operation) in operations(&description) {
        let name = operation["operationId"].as_str().unwrap();
        assert!(names.insert(name), "{route}: {name} is there twice");
        assert!(operation["summary"].is_string(), "{route}");
        let responses = operation["responses"].as_object().unwrap();
        assert!(responses.keys().any(|it| it.starts_with('2')), "{route}");
        let schema = &responses["default"]["content"]["application/json"]["schema"];
        assert_eq!(schema["$ref"], "#/components/schemas/ErrorBody", "{route}");
    }
    let scheme = &description["components"]["securitySchemes"]["bearer"];
    assert_eq!(scheme["scheme"], "bearer");
    assert_eq!(description["security"], json!([{"bearer": []}]));
}

/// What the description says of security is what the server does: without a token, exactly the open routes are not
/// refused with `unauthenticated` for the lack of it.
#[tokio::test]
async fn routes_are_open_exactly_where_the_description_says_so() {
    let house = House::open().await;
    let description = description(&house).await;
    for (route, operation) in operations(&description) {
        let (method, path) = route.split_once(' ').unwrap();
        let nil = uuid::Uuid::nil().to_string();
        let path = ["{user_id}", "{room_id}", "{message_id}"]
            .iter()
            .fold(path.to_owned(), |path, name| path.replace(name, &nil));
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let answer = house.send(request(method, &path, "", None)).await;
        let is_open = operation.get("security") == Some(&json!([{}]));
        let refused = answer.refusal() == "401 unauthenticated";
        assert_eq!(refused, !is_open, "{route}: {}", answer.text);
    }
}

#[tokio::test]
async fn every_reference_leads_somewhere() {
    fn visit<'a>(value: &'a Value, references: &mut Vec<&'a str>) {
        match value {
            Value::Object(fields) => {
                references.extend(fields.get("$ref").and_then(Value::as_str));
                fields.values().for_each(|it| visit(it, references));
            }
            Value::Array(items) => items.iter().for_each(|it| visit(it, references)),
            _ => {}
        }
    }
    let house = House::open().await;
    let description = description(&house).await;
    let mut references = Vec::new();
    visit(&description, &mut references);
    assert!(references.len() > 20, "{}", references.len());
    for reference in references {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(description.pointer(pointer).is_some(), "{reference}");
    }
}

#[tokio::test]
async fn the_page_to_browse_it_loads_nothing_inline_and_nothing_from_elsewhere() {
    let house = House::open().await;
    let page = house.get("/docs/", "").await;
    assert_eq!(page.status, 200);
    for line in page
        .text
        .lines()
        .filter(|it| it.contains("<script") || it.contains("<link"))
    {
        let source = line
            .split(['"'])
            .find(|it| it.ends_with(".js") || it.ends_with(".css") || it.ends_with(".png"));
        let name = source
            .unwrap_or_else(|| panic!("inline: {line}"))
            .trim_start_matches("./");
        let answer = house.get(&format!("/docs/{name}"), "").await;
        assert_eq!(answer.status, 200, "{name}");
    }
    let start = house.get("/docs/swagger-initializer.js", "").await;
    assert!(start.text.contains("/openapi.json"), "{}", start.text);
}
