//! The features, a file each, and their routes.

mod activity;
mod activity_csv;
mod board;
pub mod catalogue;
pub mod latest;
mod pager;
mod people;
mod user_view;

use actix_web::web::{self, ServiceConfig};

use crate::{
    license::{ACTIVITY, BOARD, PEOPLE},
    pages::resource::{get_and_post, get_only},
};

/// The catalogue and the features; a feature's path comes from its row in the catalogue.
pub fn routes(routes: &mut ServiceConfig) {
    routes
        .service(get_only("/features").route(web::get().to(catalogue::features)))
        .service(get_and_post(&BOARD.path()).route(web::get().to(board::board)).route(web::post().to(board::post)))
        .service(get_only(&PEOPLE.path()).route(web::get().to(people::people)))
        .service(get_only(&ACTIVITY.path()).route(web::get().to(activity::activity)))
        .service(get_only(&activity::csv_path()).route(web::get().to(activity_csv::csv)));
}
