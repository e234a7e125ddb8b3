//! Sessions and what hangs on them: users, scenario instances, dimensions.

use axum::routing::MethodFilter;
use serde_json::{Value, json};

use crate::http::{Call, Routes};
use crate::refusal::Refusal;
use crate::resource::{Resource, Row};
use crate::store::{Key, Store, ids, number, text};
use crate::style::Reply;
use crate::view;

pub(super) const ROUTES: Routes = &[
    (MethodFilter::GET, "/api/sessions", list),
    (MethodFilter::POST, "/api/sessions", create),
    (MethodFilter::GET, "/api/sessions/{id}", get),
    (MethodFilter::PATCH, "/api/sessions/{id}", update),
    (MethodFilter::DELETE, "/api/sessions/{id}", delete),
    (MethodFilter::GET, "/api/sessions/{id}/users", |store, call| hanging(store, call, Resource::SessionUser)),
    (MethodFilter::POST, "/api/sessions/{id}/users", add_user),
    (MethodFilter::DELETE, "/api/sessions/{id}/users/{userId}", remove_user),
    (MethodFilter::GET, "/api/sessions/{id}/scenario-instances", |store, call| {
        hanging(store, call, Resource::ScenarioInstance)
    }),
    (MethodFilter::POST, "/api/sessions/{id}/scenario-instances", add_scenario),
    (MethodFilter::PATCH, "/api/sessions/{id}/scenario-instances/{scenarioId}", update_scenario),
    (MethodFilter::DELETE, "/api/sessions/{id}/scenario-instances/{scenarioId}", remove_scenario),
    (MethodFilter::POST, "/api/sessions/{id}/dimensions", add_dimension),
    (MethodFilter::GET, "/api/sessions/dimensions/{dimensionId}", get_dimension),
    (MethodFilter::PATCH, "/api/sessions/{id}/dimensions/{dimensionId}", update_dimension),
    (MethodFilter::DELETE, "/api/sessions/{id}/dimensions/{dimensionId}", remove_dimension),
    (MethodFilter::GET, "/api/sessions/users/dimensions", dimensions_of_user),
];

fn list(store: &mut Store, call: &Call) -> Result<Reply, Refusal> {
    let project = call.query_id("projectId")?;
    let wanted = |row: &&Row| project.is_none() || number(row, "projectId") == project;
    let sessions: Vec<_> =
        store.rows(Resource::Session).filter(wanted).map(|row| view::row(store, Resource::Session, row)).collect();
    Ok(Reply::wrapped(json!(sessions)))
}

fn create(store: &mut Store, call: &Call) -> Result<Reply, Refusal> {
    let project_id =
        call.query_id("projectId")?.ok_or_else(|| Refusal::bad("say in which project: ?projectId=<id>"))?;
    let project = store.known(Resource::Project, &Key::Number(project_id))?;
    let mut sent = call.object()?.clone();
    sent.insert("projectId".to_owned(), json!(project_id));
    if sent.get("sessionTemplateId").is_none_or(Value::is_null) {
        let default = project.get("defaultSessionTemplateId").cloned().unwrap_or_default();
        sent.insert("sessionTemplateId".to_owned(), default);
    }
    let template_id = number(&sent, "sessionTemplateId");
    if let Some(template_id) = template_id {
        store.known(Resource::SessionTemplate, &Key::Number(template_id))?;
    }
    let row = store.insert(Resource::Session, &sent, None)?;
    if let Some(template_id) = template_id {
        store.instantiate(text(&row, "id"), template_id);
    }
    Ok(Reply::raw(view::row(store, Resource::Session, &row)))
}

/// The session of the path.
fn session_key(store: &Store, call: &Call) -> Result<Key, Refusal> {
    let key = call.key(Resource::Session, "id")?;
    store.known(Resource::Session, &key)?;
    Ok(key)
}

fn get(store: &mut Store, call: &Call) -> Result<Reply, Refusal> {
    let row = store.known(Resource::Session, &call.key(Resource::Session, "id")?)?;
    Ok(Reply::raw(view::row(store, Resource::Session, row)))
}

fn update(store: &mut Store, call: &Call) -> Result<Reply, Refusal> {
    let sent = call.object_without(&["projectId", "sessionTemplateId"])?;
    let row = store.patch(Resource::Session, &call.key(Resource::Session, "id")?, &sent)?;
    Ok(Reply::wrapped(view::row(store, Resource::Session, &row)))
}

fn delete(store: &mut Store, call: &Call) -> Result<Reply, Refusal> {
    store.remove_session(call.text("id"))?;
    Ok(Reply::done())
}

fn hanging(store: &Store, call: &Call, resource: Resource) -> Result<Reply, Refusal> {
    session_key(store, call)?;
    let own = store.rows(resource).filter(|row| text(row, "sessionId") == call.text("id"));
    let own: Vec<_> = own.map(|row| view::row(store, resource, row)).collect();
    Ok(Reply::wrapped(json!(own)))
}

/// What was sent, for the session of the path.
fn for_session(store: &Store, call: &Call) -> Result<Row, Refusal> {
    session_key(store, call)?;
    let mut sent = call.object()?.clone();
    sent.insert("sessionId".to_owned(), json!(call.text("id")));
    Ok(sent)
}

/// The key of something that hangs on the session of the path.
fn own_key(store: &Store, call: &Call, resource: Resource, name: &str) -> Result<Key, Refusal> {
    session_key(store, call)?;
    let key = call.key(resource, name)?;
    if text(store.known(resource, &key)?, "sessionId") != call.text("id") {
        return Err(Refusal::absent(format!("the session has no {resource:?} {}", call.text(name))));
    }
    Ok(key)
}

fn add_user(store: &mut Store, call: &Call) -> Result<Reply, Refusal> {
    let sent = for_session(store, call)?;
    if number(&sent, "userId").is_none() && text(&sent, "externalHeatId").is_empty() {
        return Err(Refusal::bad("say which user: userId (an integer) or externalHeatId (a guid)"));
    }
    let row = store.insert(Resource::SessionUser, &sent, None)?;
    Ok(Reply::wrapped(view::row(store, Resource::SessionUser, &row)))
}

fn remove_user(store: &mut Store, call: &Call) -> Result<Reply, Refusal> {
    session_key(store, call)?;
    let (session, user) = (call.text("id"), call.id("userId")?);
    let own = |row: &Row| text(row, "sessionId") == session && number(row, "userId") == Some(user);
    if !store.rows(Resource::SessionUser).any(own) {
        return Err(Refusal::absent(format!("the session has no user {user}")));
    }
    store.delete_where(Resource::SessionUser, own);
    Ok(Reply::done())
}

fn add_scenario(store: &mut Store, call: &Call) -> Result<Reply, Refusal> {
    let sent = for_session(store, call)?;
    let mut row = store.insert(Resource::ScenarioInstance, &sent, None)?;
    if text(&row, "scenarioInstanceId").is_empty() {
        // Whoever names none gets its id: dimensions need something to refer to.
        let mut named = Row::new();
        named.insert("scenarioInstanceId".to_owned(), json!(text(&row, "id")));
        row = store.patch(Resource::ScenarioInstance, &Key::from(text(&row, "id")), &named)?;
    }
    Ok(Reply::wrapped(view::row(store, Resource::ScenarioInstance, &row)))
}

fn update_scenario(store: &mut Store, call: &Call) -> Result<Reply, Refusal> {
    let key = own_key(store, call, Resource::ScenarioInstance, "scenarioId")?;
    let sent = call.object_without(&["sessionId", "scenarioInstanceId"])?;
    let row = store.patch(Resource::ScenarioInstance, &key, &sent)?;
    Ok(Reply::wrapped(view::row(store, Resource::ScenarioInstance, &row)))
}

fn remove_scenario(store: &mut Store, call: &Call) -> Result<Reply, Refusal> {
    let key = own_key(store, call, Resource::ScenarioInstance, "scenarioId")?;
    store.delete(Resource::ScenarioInstance, &key)?;
    Ok(Reply::done())
}

fn known_output(store: &Store, sent: &Row) -> Result<(), Refusal> {
    match number(sent, "nodeOutputId") {
        Some(id) if !store.outputs.contains_key(&id) => {
            Err(Refusal::bad(format!("nodeOutputId: there is no output {id}")))
        }
        _ => Ok(()),
    }
}

fn add_dimension(store: &mut Store, call: &Call) -> Result<Reply, Refusal> {
    let sent = for_session(store, call)?;
    known_output(store, &sent)?;
    let scenario = text(&sent, "scenarioInstanceId");
    let own = |row: &Row| text(row, "sessionId") == call.text("id") && text(row, "scenarioInstanceId") == scenario;
    if !store.rows(Resource::ScenarioInstance).any(own) {
        return Err(Refusal::bad(format!("scenarioInstanceId: the session has no scenario instance {scenario:?}")));
    }
    let row = store.insert(Resource::SessionDimension, &sent, None)?;
    Ok(Reply::wrapped(view::row(store, Resource::SessionDimension, &row)))
}

fn get_dimension(store: &mut Store, call: &Call) -> Result<Reply, Refusal> {
    let row = store.known(Resource::SessionDimension, &Key::Number(call.id("dimensionId")?))?;
    Ok(Reply::raw(view::dimension_dto(store, row)))
}

fn update_dimension(store: &mut Store, call: &Call) -> Result<Reply, Refusal> {
    let key = own_key(store, call, Resource::SessionDimension, "dimensionId")?;
    let sent = call.object_without(&["sessionId", "scenarioInstanceId"])?;
    known_output(store, &sent)?;
    let row = store.patch(Resource::SessionDimension, &key, &sent)?;
    Ok(Reply::wrapped(view::dimension_dto(store, &row)))
}

fn remove_dimension(store: &mut Store, call: &Call) -> Result<Reply, Refusal> {
    let key = own_key(store, call, Resource::SessionDimension, "dimensionId")?;
    store.delete(Resource::SessionDimension, &key)?;
    Ok(Reply::done())
}

/// Dimensions one user may see: those that name it. `from` and `to` bound the begin of the scenario, as text, which for
/// ISO 8601 in one zone is the order of time.
fn dimensions_of_user(store: &mut Store, call: &Call) -> Result<Reply, Refusal> {
    let by_external = |external: &String| {
        let users = store.rows(Resource::SessionUser).filter(|user| text(user, "externalHeatId") == external);
        users.filter_map(|user| number(user, "userId")).collect::<Vec<_>>()
    };
    let users = match (call.query_id("userId")?, call.query.get("externalHeatId")) {
        (Some(user), _) => vec![user],
        (None, Some(external)) => by_external(external),
        (None, None) => return Err(Refusal::bad("say which user: ?userId=<id> or ?externalHeatId=<guid>")),
    };
    let begins = |row: &Row| {
        let own = |scenario: &&Row| text(scenario, "scenarioInstanceId") == text(row, "scenarioInstanceId");
        store.rows(Resource::ScenarioInstance).find(own).map(|scenario| text(scenario, "from")).unwrap_or_default()
    };
    let wanted = |row: &&Row| {
        ids(row, "dimensionUserIds").iter().any(|id| users.contains(id))
            && call.query.get("dimensionName").is_none_or(|name| text(row, "dimensionName") == name)
            && call.query.get("from").is_none_or(|from| begins(row) >= from.as_str())
            && call.query.get("to").is_none_or(|to| begins(row) <= to.as_str())
    };
    let rows = store.rows(Resource::SessionDimension).filter(wanted);
    let dimensions: Vec<_> = rows.map(|row| view::dimension_dto(store, row)).collect();
    Ok(Reply::wrapped(json!(dimensions)))
}
