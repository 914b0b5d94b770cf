//! The activity: the organization's sign-ins and refused attempts, with a chart by day.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web::Data};
use serde::Serialize;
use tokio::try_join;

use super::{
    pager::{Paged, Pager, RequestedPage, with_separators},
    user_view::{UserView, shorten_together},
};
use crate::{
    clock::Clock,
    license::{ACTIVITY, Feature},
    pages::{
        Layout,
        current_user::{FeaturePage, Licensed},
        errors::{failure::Failure, refusals::RefusalMessage},
        render,
        times::TimeView,
    },
    workspace::{
        Part, WorkspaceStore,
        activity::{Day, MAXIMUM_REFUSALS_PER_WINDOW, RefusedAttempt, SignIn, last_days},
    },
};

/// How many days the chart shows.
const DAYS: u64 = 14;
/// How many sign-ins are on a page, and how much their names and addresses may take, in bytes: the page has less than
/// 40 kB.
const PER_PAGE: usize = 20;
const TEXTS: usize = 5_000;
/// How many refusals each page shows. The CSV has all.
const REFUSALS: usize = 30;
/// The chart's size in its own units: a day's width, and the height of the tallest bar.
const DAY_WIDTH: usize = 26;
const CHART_HEIGHT: usize = 120;

pub(super) struct Activity;

impl FeaturePage for Activity {
    const FEATURE: &'static Feature = &ACTIVITY;
}

#[derive(Serialize)]
struct ActivityPage {
    layout: Layout,
    chart: Chart,
    sign_ins: Vec<SignInView>,
    pager: Pager,
    refusals: Newest<RefusalView>,
    /// The period in which no more refusals were recorded.
    refusals_full: Option<[TimeView; 2]>,
    maximum_refusals: usize,
    csv_path: String,
}

/// The newest entries of a list.
#[derive(Serialize)]
struct Newest<T> {
    entries: Vec<T>,
    /// How many are shown and how many there are, if not all are shown.
    part: Option<[String; 2]>,
}

#[derive(Serialize)]
struct Chart {
    bars: Vec<Bar>,
    /// The sums over all days.
    sign_ins: String,
    refusals: String,
    days: u64,
    width: usize,
    height: usize,
    largest: usize,
}

/// A day's two bars, with the same numbers for screen readers.
#[derive(Serialize)]
struct Bar {
    date: String,
    label: String,
    sign_ins: usize,
    refusals: usize,
    x: usize,
    sign_ins_height: usize,
    refusals_height: usize,
}

#[derive(Serialize)]
struct SignInView {
    at: TimeView,
    user: UserView,
    reference: String,
}

#[derive(Serialize)]
struct RefusalView {
    at: TimeView,
    reason: &'static str,
    reference: String,
}

pub(super) fn csv_path() -> String {
    format!("{}.csv", ACTIVITY.path())
}

pub(super) async fn activity(
    request: HttpRequest,
    activity: Licensed<Activity>,
    workspaces: Data<dyn WorkspaceStore>,
    clock: Data<Clock>,
    requested: RequestedPage,
) -> Result<HttpResponse, Failure> {
    let id = &activity.organization.id;
    let list = Paged { path: &ACTIVITY.path(), per_page: PER_PAGE, requested };
    let sign_ins = async |part| workspaces.sign_ins(id, part).await.map(|part| (part.entries, part.total));
    let dates = last_days(clock.now().date_naive(), DAYS);
    let ((sign_ins, pager), refusals, summary) =
        try_join!(list.read(sign_ins), workspaces.refusals(id, 0..REFUSALS), workspaces.activity_summary(id, &dates))?;
    let mut sign_ins: Vec<_> = sign_ins.into_iter().map(SignInView::from).collect();
    shorten_together(sign_ins.iter_mut().flat_map(|sign_in| sign_in.user.texts()), TEXTS);
    let page = ActivityPage {
        layout: Layout::of(&request)?,
        chart: Chart::of(&summary.days),
        refusals_full: summary.refusal_limit.map(|limit| [limit.from, limit.until].map(TimeView::to_the_second)),
        maximum_refusals: MAXIMUM_REFUSALS_PER_WINDOW,
        sign_ins,
        pager,
        refusals: Newest::of(refusals),
        csv_path: csv_path(),
    };
    render(StatusCode::OK, "activity.html", &page)
}

impl<View> Newest<View> {
    fn of<Entry: Into<View>>(list: Part<Entry>) -> Self {
        let shown = list.entries.len();
        let part = (list.total > shown).then(|| [shown, list.total].map(with_separators));
        Self { entries: list.entries.into_iter().map(Into::into).collect(), part }
    }
}

impl Chart {
    fn of(days: &[Day]) -> Self {
        let largest = days.iter().map(|day| day.sign_ins.max(day.refusals)).max().unwrap_or_default().max(1);
        let height = |count: usize| (count * CHART_HEIGHT).div_ceil(largest);
        let bar = |(index, day): (usize, &Day)| Bar {
            date: day.date.to_string(),
            label: day.date.format("%-d %b").to_string(),
            sign_ins: day.sign_ins,
            refusals: day.refusals,
            x: index * DAY_WIDTH,
            sign_ins_height: height(day.sign_ins),
            refusals_height: height(day.refusals),
        };
        Self {
            bars: days.iter().enumerate().map(bar).collect(),
            sign_ins: with_separators(days.iter().map(|day| day.sign_ins).sum()),
            refusals: with_separators(days.iter().map(|day| day.refusals).sum()),
            days: DAYS,
            width: days.len() * DAY_WIDTH,
            height: CHART_HEIGHT,
            largest,
        }
    }
}

impl From<SignIn> for SignInView {
    fn from(sign_in: SignIn) -> Self {
        Self {
            at: TimeView::to_the_second(sign_in.at),
            user: UserView::new(sign_in.name, sign_in.email, sign_in.connection),
            reference: sign_in.reference.to_string(),
        }
    }
}

impl From<RefusedAttempt> for RefusalView {
    fn from(refusal: RefusedAttempt) -> Self {
        Self {
            at: TimeView::to_the_second(refusal.at),
            reason: RefusalMessage::of(refusal.reason).reason,
            reference: refusal.reference.to_string(),
        }
    }
}
