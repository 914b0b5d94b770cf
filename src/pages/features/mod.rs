//! The features, a file each, and their routes.

mod activity;
mod board;
pub mod catalogue;
mod people;

use actix_web::web::{self, ServiceConfig};

use crate::{
    license::{ACTIVITY, BOARD, PEOPLE},
    pages::resource::{form, page},
};

/// The catalogue and the features; a feature's path comes from its row in the catalogue.
pub fn routes(routes: &mut ServiceConfig) {
    routes
        .service(page("/features").route(web::get().to(catalogue::features)))
        .service(form(&BOARD.path()).route(web::get().to(board::board)).route(web::post().to(board::post)))
        .service(page(&PEOPLE.path()).route(web::get().to(people::people)))
        .service(page(&ACTIVITY.path()).route(web::get().to(activity::activity)))
        .service(page(&activity::csv_path()).route(web::get().to(activity::csv)));
}
