//! The description of the REST interface, made from the handlers, and the page to browse it.

use axum::Router;
use utoipa::{
    Modify, OpenApi as _, ToSchema,
    openapi::{
        Content, OpenApi, Ref, RefOr, ResponseBuilder,
        path::{Operation, PathItem},
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};
use utoipa_swagger_ui::SwaggerUi;

use crate::{
    gateway::{
        error::ErrorBody,
        session::{
            CallRef, CallUser, DeleteMessage, MessageStatusUpdate, ReceiptAck, RegisterUser,
            Registered, RtcAnswer, RtcLayer, RtcMute, RtcPublish, RtcPublished, RtcSources,
            SendGroup, SendPrivate, TypingEvent,
        },
    },
    model::{CallAck, DeletedMessage, ServerEvent, Submitted},
};

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Natter",
        description = "Accounts, rooms, history and administration. What is live goes over the socket: \
            `docs/protocol.md` describes both.",
    ),
    security(("bearer" = [])),
    // What goes over the socket has no route here; its shapes are described none the less, for clients to be made from.
    components(schemas(
        ErrorBody, ServerEvent, Submitted, Registered, ReceiptAck,
        RegisterUser, SendPrivate, SendGroup, MessageStatusUpdate, DeleteMessage, DeletedMessage, TypingEvent,
        CallUser, CallRef, CallAck, RtcPublish, RtcPublished, RtcSources, RtcAnswer, RtcLayer, RtcMute,
    )),
    modifiers(&BearerScheme),
    tags(
        (name = "auth", description = "Registration, login, tokens"),
        (name = "me", description = "One's own account"),
        (name = "people", description = "Other people"),
        (name = "rooms", description = "Rooms and their members"),
        (name = "messages", description = "History, receipts, sync"),
        (name = "reach", description = "Who reaches you: blocks, privacy, reports"),
        (name = "calls", description = "Calls that were"),
        (name = "admin", description = "For admins of the server"),
        (name = "policies", description = "Plugins and what they decide, for admins"),
        (name = "operations", description = "For whoever runs the server"),
    ),
)]
struct Base;

/// `Authorization: Bearer …`
struct BearerScheme;

impl Modify for BearerScheme {
    fn modify(&self, openapi: &mut OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("JWT")
            .build();
        openapi
            .components
            .get_or_insert_default()
            .add_security_scheme("bearer", SecurityScheme::Http(scheme));
    }
}

/// What the handlers are added to.
pub(super) fn base() -> OpenApi {
    Base::openapi()
}

/// Says of every operation how it refuses: one shape for all.
pub(super) fn with_refusals(mut openapi: OpenApi) -> OpenApi {
    let schema = Ref::from_schema_name(ErrorBody::name());
    let refusal = ResponseBuilder::new()
        .description("Refused; `docs/protocol.md` lists the codes")
        .content(
            "application/json",
            Content::new(Some(RefOr::<utoipa::openapi::Schema>::Ref(schema))),
        )
        .build();
    for item in openapi.paths.paths.values_mut() {
        for operation in operations(item) {
            operation
                .responses
                .responses
                .insert("default".to_owned(), RefOr::T(refusal.clone()));
        }
    }
    openapi
}

/// `/openapi.json`, and `/docs` to browse it.
pub(super) fn pages(openapi: OpenApi) -> Router {
    SwaggerUi::new("/docs").url("/openapi.json", openapi).into()
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [
        &mut item.get,
        &mut item.post,
        &mut item.patch,
        &mut item.put,
        &mut item.delete,
    ]
    .into_iter()
    .flatten()
}
