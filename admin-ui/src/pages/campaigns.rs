//! Campaigns on the pages: how far one is, on the page of its record, and the form that makes one from a search.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use askama::filters::HtmlSafe;
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use crdt_schema::draft::{Draft, Wanted};
use crdt_schema::edit::Value;
use crdt_schema::id::{PartnerId, RecordId};
use crdt_schema::label::Day;
use crdt_schema::record::Kind;
use crdt_schema::register;
use crdt_schema::view::RecordView;
use replica::search::Error;
use replica::{Reader, Replica, Saving, State as Held};

use crate::app::App;
use crate::campaign::{Campaign, KIND, LOOKED_MAX, Progress, lasting};
use crate::error::{PageError, page};
use crate::form::SentForm;
use crate::i18n::Language;
use crate::layout::Layout;
use crate::pages::asked::Asked;
use crate::pages::{census, labels, statements};
use crate::parts::{self, Field, Problem, Summary};
use crate::visit::{PersonVisit, Visit};

const NAME: &str = "nom";
const STARTS: &str = "depuis";
const DEADLINE: &str = "avant";
const SECTION: &str = "rubrique";
const PARTNER: &str = "partenaire";

/// How far a campaign is, for the page of its record. Empty for every other record.
#[derive(Template, Default)]
#[template(path = "campaigns/block.html")]
pub(in crate::pages) struct Block {
    shown: Option<Shown>,
}

struct Shown {
    language: Language,
    lead: String,
    badge: &'static str,
    state: String,
    done: u64,
    total: u64,
    search: Option<String>,
    sections: Option<String>,
    notes: Vec<String>,
    /// Name, records, records that are done, those that remain.
    rows: Vec<(String, String, String, String)>,
    mine: Option<(String, String)>,
}

impl HtmlSafe for Block {}

impl Shown {
    fn text(&self, key: &str) -> String {
        self.language.text(key)
    }
}

#[derive(Template)]
#[template(path = "campaigns/new.html")]
struct NewCampaign {
    layout: Layout,
    summary: Summary,
    action: String,
    cancel: String,
    search: String,
    found: String,
    has_due: bool,
    name: Field,
    starts: Field,
    deadline: Field,
    sections: Vec<Choice>,
    partners: Vec<Choice>,
}

struct Choice {
    value: String,
    label: String,
    is_chosen: bool,
}

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/campagnes/nouvelle", get(form).post(make))
}

/// Reads the part for the page of a record.
pub(in crate::pages) async fn block(
    app: &App,
    language: Language,
    view: &RecordView,
) -> Result<Block, PageError> {
    if view.kind() != KIND {
        return Ok(Block::default());
    }
    let today = labels::today(app.now())?;
    let (view, lexicon) = (view.clone(), app.lexicon().await?);
    let read = app.read(move |replica, reader| {
        let campaign = Campaign::of(&view, &replica.state());
        let progress = match campaign.progress(replica, reader, today) {
            Ok(progress) => Ok(progress),
            Err(Error::Refused(refused)) => Err(census::refusal_key(refused.code())),
            Err(Error::Fault(fault)) => return Err(fault.into()),
        };
        let own = replica.partner();
        let state = replica.state();
        let search = campaign
            .search()
            .map(|asked| census::in_words(language, lexicon.words(), &state, asked));
        let shown = shown(language, &state, (&view, &campaign), (progress, own), today);
        Ok(Shown { search, ..shown })
    });
    Ok(Block {
        shown: Some(read.await?),
    })
}

fn shown(
    language: Language,
    state: &Held,
    (view, campaign): (&RecordView, &Campaign),
    (progress, own): (Result<Progress, &'static str>, Option<PartnerId>),
    today: Day,
) -> Shown {
    let mut notes: Vec<String> = Vec::new();
    if !campaign.unknown.is_empty() {
        let values = [("names", campaign.unknown.join(", ").into())];
        notes.push(language.text_with("campaign-unknown", &values));
    }
    let progress = progress.unwrap_or_else(|key| {
        notes.push(language.text(key));
        Progress::default()
    });
    let is_cut = !campaign.sections.is_empty() && !progress.is_by_section && progress.total > 0;
    if is_cut {
        let values = [("max", LOOKED_MAX.into())];
        notes.push(language.text_with("campaign-whole", &values));
    }
    if campaign.starts.is_none() {
        notes.push(language.text("campaign-no-start"));
    }
    let left = progress.total - progress.done.min(progress.total);
    let (badge, key) = standing(campaign, left, progress.total, today);
    let day =
        |day: Option<Day>| day.map_or_else(String::new, |day| language.date(&day.to_string()));
    let values = [
        ("count", left.into()),
        ("from", day(campaign.starts).into()),
        ("until", day(campaign.deadline).into()),
    ];
    let row = |(partner, (total, done)): (&String, &(u64, u64))| {
        let name = match PartnerId::parse(partner) {
            Ok(partner) => state.partner_name(&partner),
            Err(_) => language.text("campaign-nobody"),
        };
        let numbers = [*total, *done, total - done.min(total)].map(|it| language.number(it));
        let [total, done, left] = numbers;
        (name, total, done, left)
    };
    let mut rows: Vec<_> = progress.by.iter().map(row).collect();
    rows.sort_by_key(|(name, ..)| name.to_lowercase());
    let of_us = own.and_then(|own| progress.by.get(&own.to_string()));
    let mine = of_us.map(|(total, done)| {
        let count = [("count", (total - done.min(total)).into())];
        let href = format!("/a-verifier?campagne={}", view.record);
        (href, language.text_with("campaign-mine", &count))
    });
    let lead = [
        ("done", progress.done.into()),
        ("total", progress.total.into()),
    ];
    Shown {
        language,
        lead: language.text_with("campaign-progress", &lead),
        badge,
        state: language.text_with(key, &values),
        done: progress.done,
        total: progress.total,
        search: None,
        sections: (!campaign.sections.is_empty()).then(|| {
            let asked = campaign.sections.iter().map(String::as_str);
            asked.collect::<Vec<_>>().join(", ")
        }),
        notes,
        rows,
        mine,
    }
}

/// Says how a campaign stands on a day: the colour, and the sentence.
fn standing(
    campaign: &Campaign,
    left: u64,
    total: u64,
    today: Day,
) -> (&'static str, &'static str) {
    let is_over = campaign.deadline.is_some_and(|deadline| deadline < today);
    let is_early = campaign.starts.is_some_and(|starts| starts > today);
    match (campaign.asks_nothing(), total, left) {
        (true, ..) => ("badge-warning", "campaign-asks-nothing"),
        (false, 0, _) => ("badge-warning", "campaign-finds-nothing"),
        (false, _, 0) => ("badge-success", "campaign-done"),
        _ if is_over => ("badge-danger", "campaign-over"),
        _ if is_early => ("badge-notice", "campaign-early"),
        _ if campaign.deadline.is_some() => ("badge-notice", "campaign-under-way-until"),
        _ => ("badge-notice", "campaign-under-way"),
    }
}

/// A campaign, for the list of what one organisation has to confirm for it.
pub(in crate::pages) struct OfCampaign {
    pub(in crate::pages) record: RecordId,
    pub(in crate::pages) name: String,
    pub(in crate::pages) campaign: Campaign,
}

/// Reads a campaign that an address names.
pub(in crate::pages) fn named(
    language: Language,
    (replica, reader): (&Replica, &Reader),
    record: &RecordId,
) -> Result<Option<OfCampaign>, replica::Fault> {
    let view = reader.record(record)?.filter(|view| view.kind() == KIND);
    Ok(view.map(|view| OfCampaign {
        record: *record,
        name: census::name(language, &view),
        campaign: Campaign::of(&view, &replica.state()),
    }))
}

async fn form(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    PersonVisit { visit, .. }: PersonVisit,
) -> Result<Response, PageError> {
    visit.writer()?;
    let asked = Asked::read(&query.unwrap_or_default());
    let typed = Typed {
        starts: labels::today(app.now())?.to_string(),
        ..Typed::default()
    };
    show(&app, &visit, &asked, &typed, Vec::new()).await
}

#[derive(Default)]
struct Typed {
    name: String,
    starts: String,
    deadline: String,
    sections: BTreeSet<String>,
    partners: BTreeSet<String>,
}

async fn show(
    app: &App,
    visit: &Visit,
    asked: &Asked,
    typed: &Typed,
    problems: Vec<Problem>,
) -> Result<Response, PageError> {
    let language = visit.language;
    let (kept, lexicon) = (lasting(asked.clone()), app.lexicon().await?);
    let query = kept.to_query(app.today());
    let own = kept.clone();
    let read = app.read(move |replica, _| {
        let said = census::in_words(language, lexicon.words(), &replica.state(), &own);
        let count = match replica.count(&query) {
            Ok(count) => count,
            Err(Error::Refused(_)) => return Ok(None),
            Err(Error::Fault(fault)) => return Err(fault.into()),
        };
        let state = replica.state();
        let partners = state.governance().partners().enrolled().keys();
        let names = partners.map(|partner| state.partner_name(partner));
        Ok(Some((said, count, names.collect::<BTreeSet<String>>())))
    });
    // The page of the search says why it is none.
    let Some((search, count, names)) = read.await? else {
        return Ok(Redirect::to(&asked.href(|_| ())).into_response());
    };
    let kind = kept.kind.as_deref().and_then(Kind::parse);
    let sections = kind.map_or(&[][..], |kind| kind.sections).iter();
    let status = parts::status(&problems);
    let field = |id, key: &str, value: &str, hint: &str| {
        Field::text(id, language.text(key))
            .with_hint(language.text(hint))
            .with_value(value)
            .with_problems(&problems)
    };
    let form = NewCampaign {
        layout: visit.layout(language.text("campaign-new-heading")),
        action: format!("/campagnes/nouvelle?{}", asked.to_address(|_| ())),
        cancel: asked.href(|_| ()),
        search,
        found: language.text_with("census-found", &[("count", count.into())]),
        has_due: !asked.due.is_empty(),
        name: field(NAME, "campaign-name", &typed.name, "campaign-name-hint"),
        starts: field(
            STARTS,
            "campaign-starts",
            &typed.starts,
            "campaign-starts-hint",
        ),
        deadline: field(
            DEADLINE,
            "campaign-deadline",
            &typed.deadline,
            "campaign-deadline-hint",
        ),
        sections: sections
            .map(|section| Choice {
                value: section.code.to_owned(),
                label: statements::section(language, kind, section.code),
                is_chosen: typed.sections.contains(section.code),
            })
            .collect(),
        partners: names
            .into_iter()
            .map(|name| Choice {
                is_chosen: typed.partners.contains(&name),
                label: name.clone(),
                value: name,
            })
            .collect(),
        summary: Summary::new(language, problems),
    };
    page(status, &form)
}

async fn make(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    form: SentForm,
) -> Result<Response, PageError> {
    form.visit.writer()?;
    let asked = Asked::read(&query.unwrap_or_default());
    let all = |name: &str| form.all(name).map(str::to_owned).collect();
    let typed = Typed {
        name: form.text(NAME).to_owned(),
        starts: form.text(STARTS).to_owned(),
        deadline: form.text(DEADLINE).to_owned(),
        sections: all(SECTION),
        partners: all(PARTNER),
    };
    let draft = match draft(form.visit.language, &asked, &typed) {
        Ok(draft) => draft,
        Err(problems) => return show(&app, &form.visit, &asked, &typed, problems).await,
    };
    let federation = *app.census()?.replica.state().federation();
    // Like every record without a commune.
    let saving = Saving::creation(&federation, KIND, "*", app.draw(), draft);
    let record = saving.record;
    app.save(saving).await?;
    tracing::info!(record.kind = KIND, record.id = %record.short(), "a campaign was made on the pages");
    Ok(Redirect::to(&format!("/fiches/{record}?enregistre=1")).into_response())
}

fn draft(language: Language, asked: &Asked, typed: &Typed) -> Result<Draft, Vec<Problem>> {
    let (mut fields, mut problems) = (BTreeMap::new(), Vec::new());
    let text = |text: &str| Wanted::Value(Value::Text(text.to_owned()));
    if typed.name.is_empty() {
        problems.push(Problem::new(NAME, language.text("campaign-name-missing")));
    }
    fields.insert("name".to_owned(), text(&typed.name));
    let search = lasting(asked.clone()).to_address(|_| ());
    // A search for everything is one too.
    let search = if search.is_empty() { "q=" } else { &search };
    fields.insert("search".to_owned(), text(search));
    let mut days = Vec::new();
    for (id, field, typed) in [
        (STARTS, "starts", &typed.starts),
        (DEADLINE, "deadline", &typed.deadline),
    ] {
        if typed.is_empty() {
            continue;
        }
        match register::date(typed).into_accepted() {
            Some(date) => {
                days.push((id, date.clone()));
                fields.insert(field.to_owned(), Wanted::Value(Value::Date(date)));
            }
            None => problems.push(Problem::new(id, language.text("campaign-date-wrong"))),
        }
    }
    if let [(_, starts), (id, deadline)] = days.as_slice()
        && deadline < starts
    {
        problems.push(Problem::new(*id, language.text("campaign-dates-crossed")));
    }
    for (field, values) in [
        ("sections_asked", &typed.sections),
        ("partners_asked", &typed.partners),
    ] {
        if !values.is_empty() {
            fields.insert(field.to_owned(), Wanted::Terms(values.clone()));
        }
    }
    match problems.is_empty() {
        true => Ok(Draft { fields }),
        false => Err(problems),
    }
}
