//! What the page of a record shows of statements: who confirmed each section and when, how it was assessed, who reported or endorsed it.

use std::collections::BTreeMap;

use askama::Template;
use askama::filters::HtmlSafe;
use crdt_schema::id::RecordId;
use crdt_schema::label::Day;
use crdt_schema::profile::Profile;
use crdt_schema::record::Kind;
use crdt_schema::statement::{Due, Spread, Statement, filled_sections};
use crdt_schema::view::RecordView;
use replica::{Fault, HeldStatement, Reader, Replica, Reported, Together};

use super::{author, words};
use crate::app::App;
use crate::error::PageError;
use crate::i18n::Language;
use crate::pages::{is_writer, labels};
use crate::visit::{Person, Visit};

/// The part of the page.
#[derive(Template)]
#[template(path = "statements/block.html")]
pub(in crate::pages) struct Block {
    language: Language,
    address: String,
    record: String,
    /// For those who may contribute.
    token: Option<String>,
    sections: Vec<Section>,
    /// After how many days a section of such a record is to be looked at again.
    due_after: String,
    prisms: Vec<Prism>,
    is_application: bool,
    may_apply: bool,
    endorsed: Vec<String>,
    reported: Vec<Report>,
    count: String,
}

struct Report {
    /// Its item, for the addresses of its answers.
    item: String,
    said: String,
    is_open: bool,
    answers: Vec<String>,
    may_settle: bool,
    /// Whether this node has answered it, and may take the answer back.
    has_own: bool,
}

struct Section {
    code: String,
    label: String,
    badge: &'static str,
    due: String,
    confirmed: Vec<String>,
}

struct Prism {
    label: String,
    median: String,
    range: String,
    who: Vec<String>,
}

impl HtmlSafe for Block {}

impl Block {
    fn text(&self, key: &str) -> String {
        self.language.text(key)
    }
}

/// Reads the part for the page of a record that is held.
pub(in crate::pages) async fn block(
    app: &App,
    visit: &Visit,
    person: &Person,
    record: RecordId,
) -> Result<Block, PageError> {
    let (language, profile) = (visit.language, visit.profile());
    let token = is_writer(person.account.role).then(|| visit.form_token());
    let today = labels::today(app.now())?;
    let read = app.read(move |replica, reader| {
        let Some(view) = reader.record(&record)? else {
            return Ok(None);
        };
        let statements = reader.statements(&record)?;
        let reports = asked_reports(replica, reader, &view)?;
        let asked = Asked {
            language,
            profile,
            today,
        };
        let mut block = asked.block(replica, &view, &statements);
        block.reported = asked.reported(&replica.state(), &reports);
        block.sections = asked.sections(replica, reader, &view, &statements)?;
        Ok(Some(block))
    });
    let block = read.await?.ok_or(PageError::NotFound)?;
    Ok(Block { token, ..block })
}

/// A report, whether our organisation may settle it, and whether this node has answered it.
type AskedReport = (Reported, bool, bool);

fn asked_reports(
    replica: &Replica,
    reader: &Reader,
    view: &RecordView,
) -> Result<Vec<AskedReport>, Fault> {
    let feed = replica.feed();
    let reports = reader.reports(view)?.into_iter();
    let reports = reports.map(|each| {
        let may_settle = replica.may_settle(view, &each.held);
        let mut answers = each.answers.iter();
        let has_own = answers.any(|answered| Some(answered.held.feed) == feed);
        (each, may_settle, has_own)
    });
    Ok(reports.collect())
}

struct Asked {
    language: Language,
    profile: Option<&'static Profile>,
    today: Day,
}

impl Asked {
    fn block(&self, replica: &Replica, view: &RecordView, statements: &[HeldStatement]) -> Block {
        let language = self.language;
        let state = replica.state();
        let mut endorsed = Vec::new();
        for held in statements {
            let values = [
                ("partner", author(&state, held).into()),
                ("day", language.day(held.claimed).into()),
            ];
            if let Some(Statement::Endorsed(_)) = &held.statement {
                endorsed.push(language.text_with("endorsed-by", &values));
            }
        }
        let count = [("count", statements.len().into())];
        Block {
            language,
            address: format!("/fiches/{}", view.record),
            record: view.record.to_string(),
            token: None,
            sections: Vec::new(),
            due_after: words::due_after(
                language,
                state.governance().words().due_dates().days(view.kind()),
            ),
            prisms: self.prisms(&state, statements),
            is_application: view.kind() == "application" && view.field("label_scheme").is_some(),
            may_apply: ["actor", "initiative", "event"].contains(&view.kind())
                && !state.governance().schemes().is_empty(),
            endorsed,
            reported: Vec::new(),
            count: language.text_with("statements-count", &count),
        }
    }

    fn reported(&self, state: &replica::State, reports: &[AskedReport]) -> Vec<Report> {
        let language = self.language;
        let reports = reports.iter().map(|(each, may_settle, has_own)| {
            let values = [
                ("partner", author(state, &each.held).into()),
                ("day", language.day(each.held.claimed).into()),
            ];
            let by = language.text_with("reported-by", &values);
            let answers = each.answers.iter();
            Report {
                item: each.held.id.to_string(),
                said: format!("{by} : {}", words::reported(language, &each.report)),
                is_open: each.is_open(),
                answers: answers
                    .map(|of| words::answered(language, &author(state, &of.held), of))
                    .collect(),
                may_settle: *may_settle,
                has_own: *has_own,
            }
        });
        reports.collect()
    }

    fn prisms(&self, state: &replica::State, statements: &[HeldStatement]) -> Vec<Prism> {
        let language = self.language;
        let shown = Profile::prisms(self.profile, language.tag());
        let mut levels: BTreeMap<&str, Vec<(u8, String)>> = BTreeMap::new();
        for held in statements {
            let Some(Statement::Assessed(assessment)) = &held.statement else {
                continue;
            };
            if !assessment.is_by_prisms() {
                continue;
            }
            for (code, mark) in assessment.marks() {
                let who = format!("{} : {}", author(state, held), mark.level());
                levels.entry(code).or_default().push((mark.level(), who));
            }
        }
        let known = shown.iter().map(|(code, wording)| (*code, *wording));
        // Prisms that this programme does not name were assessed all the same.
        let others = levels.keys().map(|code| (*code, *code));
        let others: Vec<_> = others
            .filter(|(code, _)| !shown.iter().any(|(own, _)| own == code))
            .collect();
        let rows = known.chain(others).map(|(code, wording)| {
            let given = levels.get(code).map(Vec::as_slice).unwrap_or_default();
            let spread = Spread::of(given.iter().map(|(level, _)| *level));
            Prism {
                label: wording.to_owned(),
                median: spread.map_or_else(String::new, |spread| words::median(language, spread)),
                range: spread.map_or_else(String::new, |spread| range(language, spread)),
                who: given.iter().map(|(_, who)| who.clone()).collect(),
            }
        });
        rows.collect()
    }

    fn sections(
        &self,
        replica: &Replica,
        reader: &Reader,
        view: &RecordView,
        statements: &[HeldStatement],
    ) -> Result<Vec<Section>, Fault> {
        let language = self.language;
        let after = replica.state().governance().words().due_dates();
        let after = after.days(view.kind());
        let kind = Kind::parse(view.kind());
        let filled = filled_sections(view).into_iter();
        let codes: Vec<String> = filled.map(str::to_owned).collect();
        let mut days: BTreeMap<&str, Vec<(Day, String)>> = BTreeMap::new();
        for held in statements {
            let Some(Statement::Verified(verification)) = &held.statement else {
                continue;
            };
            let together = reader.verified_together(held)?;
            let partner = author(&replica.state(), held);
            for (section, day) in verification.sections() {
                // Days that were repeated are those of earlier confirmations.
                let is_new = held.claimed.date() == Some(day.to_string());
                let said = self.confirmed(&partner, *day, together, is_new);
                days.entry(section).or_default().push((*day, said));
            }
        }
        let more = days
            .keys()
            .filter(|code| !codes.iter().any(|own| own == *code));
        let more: Vec<String> = more.map(|code| (*code).to_owned()).collect();
        let sections = codes.into_iter().chain(more).map(|code| {
            let mut confirmed = days.remove(code.as_str()).unwrap_or_default();
            confirmed.sort_by(|one, other| other.cmp(one));
            let due = confirmed
                .iter()
                .map(|(day, _)| after.judge(Some(*day), self.today));
            let due = due.max().unwrap_or(Due::Never);
            Section {
                label: words::section(language, kind, &code),
                due: words::due(language, due),
                badge: words::due_badge(due),
                confirmed: confirmed.into_iter().map(|(_, said)| said).collect(),
                code,
            }
        });
        Ok(sections.collect())
    }

    fn confirmed(&self, partner: &str, day: Day, together: Together, is_new: bool) -> String {
        let values = [
            ("partner", partner.to_owned().into()),
            ("day", self.language.date(&day.to_string()).into()),
            ("count", together.count().into()),
        ];
        let key = if is_new && together.is_bulk() {
            "verified-in-bulk"
        } else {
            "verified-by"
        };
        self.language.text_with(key, &values)
    }
}

fn range(language: Language, spread: Spread) -> String {
    let values = [
        ("low", u64::from(spread.low).into()),
        ("high", u64::from(spread.high).into()),
        ("count", spread.count.into()),
    ];
    language.text_with("spread-range", &values)
}
