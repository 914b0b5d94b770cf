//! `/api/v2/logs`.

use actix_web::{HttpResponse, web};

use super::{
    error::ApiError,
    input::Query,
    paging::{Fields, List},
};
use crate::demo_tenant::{lab::log::Entry, state::Shared};

/// `GET`: latest first; with `from` and `take`, those after `from`, oldest first, as at Auth0.
pub(super) async fn list(shared: web::Data<Shared>, Query(list): Query<List>) -> Result<HttpResponse, ApiError> {
    let state = shared.state();
    let to_json = |entry: &Entry| entry.to_json(&shared.client.client_id, &shared.client.name);
    let Some((from, take)) = list.checkpoint() else {
        let entries = state.log.latest_first().map(to_json).collect();
        return Ok(HttpResponse::Ok().json(list.of("logs", entries)?));
    };
    let after = from.map_or(Ok(0), str::parse);
    let after: u64 = after.map_err(|_| ApiError::invalid_query("from must be the ID of a log event"))?;
    let mut entries: Vec<&Entry> = state.log.latest_first().take_while(|entry| entry.number > after).collect();
    entries.reverse();
    Ok(HttpResponse::Ok().json(list.unsorted(entries.into_iter().take(take).map(to_json))?))
}

/// `GET …/{id}`.
pub(super) async fn read(
    shared: web::Data<Shared>,
    id: web::Path<String>,
    Query(fields): Query<Fields>,
) -> Result<HttpResponse, ApiError> {
    let state = shared.state();
    let entry = state.log.latest_first().find(|entry| entry.id() == *id);
    let entry = entry.ok_or_else(|| ApiError::not_found("The log event does not exist."))?;
    Ok(HttpResponse::Ok().json(fields.of(entry.to_json(&shared.client.client_id, &shared.client.name))))
}
