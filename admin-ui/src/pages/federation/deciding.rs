//! What is signed is shown first, decoded from the very bytes that will be signed, and the password is asked again.

use std::collections::BTreeMap;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::post;
use crdt_schema::entry::Keeping;
use crdt_schema::governance::{Act, Approval, Charter};
use crdt_schema::id::{CharterId, FeedId};
use data_encoding::HEXLOWER;
use replica::{Fault, Reader, Replica, State as Held};

use super::{may_decide, named};
use crate::app::{App, blocking};
use crate::error::{PageError, page};
use crate::form::SentForm;
use crate::i18n::Language;
use crate::layout::Layout;
use crate::office::{Office, Refused, RootPlace};
use crate::pages::login::{Admission, admit};
use crate::parts::{self, Field, Problem, Summary};
use crate::said::{self, Said};
use crate::server::PeerAddress;
use crate::visit::{From, Visit};

/// What waits for a signature.
#[derive(Debug, Clone)]
pub(in crate::pages) enum Pending {
    /// The enrolment of a newcomer that waits.
    Admission(Box<Act>),
    /// Acts, in one entry.
    Acts(Vec<Act>),
    /// A vote for a charter that is held.
    Approval(CharterId),
    /// Another root for our own organisation, with the feeds that it keeps.
    Rotation(BTreeMap<FeedId, Keeping>, RootPlace),
    /// A vote that was signed off line, of a key that this node does not have.
    Vote(Box<Approval>),
    /// The draft of a charter, published with the vote of this node's seat.
    Proposal(Box<Charter>),
}

#[derive(Template)]
#[template(path = "federation/deciding.html")]
struct Deciding {
    layout: Layout,
    summary: Summary,
    lead: String,
    action: String,
    cancel: String,
    said: Vec<Said>,
    aftermath: Vec<String>,
    fields: Vec<(&'static str, String)>,
    password: Field,
    passphrase: Option<Field>,
    button: String,
}

pub(super) fn routes() -> Router<App> {
    Router::new().route("/federation/signer", post(sign))
}

/// Where a form goes, and where its person goes who thinks better of it.
pub(in crate::pages) struct Ways {
    pub(in crate::pages) action: String,
    pub(in crate::pages) cancel: String,
    /// What the form carries beside what is signed.
    pub(in crate::pages) fields: Vec<(&'static str, String)>,
}

/// Shows what waits for a signature.
pub(in crate::pages) async fn show(
    app: &App,
    visit: &Visit,
    pending: &Pending,
    problems: Vec<Problem>,
) -> Result<Response, PageError> {
    let ways = Ways {
        action: "/federation/signer".to_owned(),
        cancel: "/federation".to_owned(),
        fields: Vec::new(),
    };
    show_towards(app, visit, pending, ways, problems).await
}

/// Shows the same where another page than that of decisions signs it.
pub(in crate::pages) async fn show_towards(
    app: &App,
    visit: &Visit,
    pending: &Pending,
    ways: Ways,
    problems: Vec<Problem>,
) -> Result<Response, PageError> {
    let language = visit.language;
    let decoded = pending.clone();
    let read = app.read(move |replica, reader| {
        let said = decoded.said(language, replica, reader)?;
        let aftermath = match &decoded {
            Pending::Acts(acts) => said::aftermath(language, &replica.state(), acts),
            _ => Vec::new(),
        };
        Ok((said, aftermath))
    });
    let (said, aftermath) = read.await?;
    let status = parts::status(&problems);
    let view = Deciding {
        layout: visit.layout(language.text("deciding-heading")),
        lead: pending.lead(language),
        said,
        aftermath,
        fields: [pending.fields(), ways.fields].concat(),
        action: ways.action,
        cancel: ways.cancel,
        password: Field::password("password", language.text("deciding-password"))
            .with_hint(language.text("deciding-password-hint"))
            .with_autocomplete("current-password")
            .with_problems(&problems),
        passphrase: pending.needs_passphrase().then(|| {
            Field::password("passphrase", language.text("rotate-passphrase"))
                .with_hint(language.text("rotate-passphrase-hint"))
                .with_autocomplete("off")
                .with_problems(&problems)
        }),
        button: language.text(match pending {
            Pending::Vote(_) => "deciding-keep-vote",
            _ => "deciding-sign",
        }),
        summary: Summary::new(language, problems),
    };
    page(status, &view)
}

async fn sign(
    State(app): State<App>,
    From(address): From,
    form: SentForm,
) -> Result<Response, Response> {
    let person = form.visit.person.clone();
    let allowed = person.filter(|person| may_decide(person.account.role));
    let Some(person) = allowed else {
        return Err(PageError::NotForThisRole.into_response());
    };
    let Some(pending) = Pending::of(&form) else {
        return Err(PageError::StaleForm.into_response());
    };
    let language = form.visit.language;
    let name = person.account.name.as_str();
    let checked = password_problem(&app, address, &form, name).await;
    if let Some(problem) = checked.map_err(IntoResponse::into_response)? {
        let problems = vec![problem];
        let shown = show(&app, &form.visit, &pending, problems).await;
        return shown.map_err(IntoResponse::into_response);
    }
    let passphrase = Some(form.raw("passphrase").to_owned()).filter(|text| !text.is_empty());
    match run(&app, &pending, passphrase)
        .await
        .map_err(IntoResponse::into_response)?
    {
        Ok(()) => Ok(Redirect::to(pending.after()).into_response()),
        Err(refused) => {
            tracing::warn!(code = %refused.code, "a decision was refused");
            let field = match refused.code.as_str() {
                "root_sealed" | "root_unreadable" if pending.needs_passphrase() => "passphrase",
                _ => "password",
            };
            let problems = vec![Problem::new(field, refused_in_words(language, &refused))];
            let shown = show(&app, &form.visit, &pending, problems).await;
            shown.map_err(IntoResponse::into_response)
        }
    }
}

/// Returns what is wrong with the password that a form brings again.
pub(in crate::pages) async fn password_problem(
    app: &App,
    address: PeerAddress,
    form: &SentForm,
    account: &str,
) -> Result<Option<Problem>, PageError> {
    let language = form.visit.language;
    let text = match admit(app, address, account, form.raw("password")).await? {
        Admission::Admitted(_) => return Ok(None),
        Admission::Refused => language.text("deciding-password-wrong"),
        Admission::Wait(seconds) => {
            language.text_with("login-wait", &[("seconds", seconds.into())])
        }
    };
    Ok(Some(Problem::new("password", text)))
}

async fn run(
    app: &App,
    pending: &Pending,
    passphrase: Option<String>,
) -> Result<Result<(), Refused>, PageError> {
    let (office, pending) = (app.office()?, pending.clone());
    blocking(move || pending.run(office.as_ref(), passphrase)).await
}

/// Returns the words for a refusal of the program.
pub(in crate::pages) fn refused_in_words(language: Language, refused: &Refused) -> String {
    let key = match refused.code.as_str() {
        "not_compared" => "refused-alone",
        "act_personal" => "refused-act-personal",
        "approved_another" => "refused-approved-another",
        "charter_not_held" => "refused-charter-not-held",
        "charter_unchanged" => "refused-charter-unchanged",
        "charter_threshold" => "refused-charter-threshold",
        "charter_seat_twice" => "refused-charter-seat-twice",
        "charter_looser_cut" => "refused-charter-looser-cut",
        "charter_recovery" => "refused-charter-recovery",
        "feed_not_held" | "place_not_held" => "refused-place",
        "held_back" => "refused-held-back",
        "hours_out_of_range" => "refused-hours",
        "name_missing" => "refused-name",
        "no_room" => "error-room-text",
        "signing_held" => "refused-held",
        "no_seat" => "refused-no-seat",
        "no_vote" => "refused-no-vote",
        "not_among_rights" => "refused-right",
        "not_of_committee" => "refused-not-of-committee",
        "not_running" => "refused-not-running",
        "partner_left" => "refused-partner-left",
        "partner_not_coordinator" => "refused-not-coordinator",
        "own_cut" => "refused-own-cut",
        "own_left" => "refused-own-left",
        "partner_already_out" => "refused-already-out",
        "partner_named_by_charter" => "refused-named-by-charter",
        "place_forked" => "refused-place-forked",
        "read_only" => "refused-read-only",
        "root_of_coordinator" => "refused-root-coordinator",
        "root_outdated" => "refused-root-outdated",
        "root_sealed" => "refused-root-sealed",
        "root_unknown" => "refused-root-unknown",
        "root_unreadable" => "refused-root-unreadable",
        "upgrade" => "refused-upgrade",
        "vote_known" => "refused-vote-known",
        "vote_other_place" => "refused-vote-other-place",
        "vote_rival" => "refused-vote-rival",
        _ => {
            let values = [("code", refused.code.clone().into())];
            return language.text_with("refused-other", &values);
        }
    };
    language.text(key)
}

impl Pending {
    fn lead(&self, language: Language) -> String {
        language.text(match self {
            Pending::Acts(_) | Pending::Admission(_) => "deciding-lead-acts",
            Pending::Approval(_) => "deciding-lead-approval",
            Pending::Proposal(_) => "deciding-lead-proposal",
            Pending::Rotation(..) => "deciding-lead-rotation",
            Pending::Vote(_) => "deciding-lead-vote",
        })
    }

    fn needs_passphrase(&self) -> bool {
        matches!(self, Pending::Rotation(_, RootPlace::Sealed))
    }

    fn said(
        &self,
        language: Language,
        replica: &Replica,
        reader: &Reader,
    ) -> Result<Vec<Said>, Fault> {
        let mut said = self.decoded(language, &replica.state());
        if let Pending::Acts(acts) = self {
            for (said, act) in said.iter_mut().zip(acts) {
                let named = named::facts(language, replica, reader, act)?;
                said.facts.splice(0..0, named);
            }
        }
        Ok(said)
    }

    fn decoded(&self, language: Language, state: &Held) -> Vec<Said> {
        let amendments = |next: &Charter| -> Vec<Said> {
            let parent = next.parent.and_then(|id| state.charters().charter(&id));
            let changes = parent.map(|parent| parent.amendments(next));
            let changes = changes.unwrap_or_default();
            changes
                .iter()
                .map(|each| said::amendment(language, state, each))
                .collect()
        };
        match self {
            Pending::Acts(acts) => {
                let said = acts.iter().map(|act| said::act(language, state, act));
                said.collect()
            }
            Pending::Admission(act) => vec![said::act(language, state, act)],
            Pending::Approval(id) => state
                .charters()
                .charter(id)
                .map(amendments)
                .unwrap_or_default(),
            Pending::Proposal(charter) => amendments(charter),
            Pending::Vote(approval) => {
                let vote = approval.vote();
                let next = state.charters().charter(&vote.charter);
                let mut said = vec![said::vote(language, state, vote)];
                said.extend(next.map(amendments).unwrap_or_default());
                said
            }
            Pending::Rotation(kept, _) => vec![said::rotation(language, state, kept)],
        }
    }

    /// What the form carries from the preview to the signature.
    fn fields(&self) -> Vec<(&'static str, String)> {
        match self {
            Pending::Acts(acts) => acts.iter().map(|act| ("act", act.to_text())).collect(),
            Pending::Admission(act) => vec![("admission", act.to_text())],
            Pending::Approval(id) => vec![("approve", id.to_string())],
            Pending::Vote(approval) => vec![("vote", approval.to_text())],
            Pending::Proposal(charter) => {
                vec![("draft", HEXLOWER.encode(&charter.to_bytes()))]
            }
            Pending::Rotation(kept, place) => {
                let kept = kept.iter();
                let mut fields: Vec<_> = kept
                    .map(|(feed, keeping)| ("kept", keeping.to_text(feed)))
                    .collect();
                if *place == RootPlace::Sealed {
                    fields.push(("sealed", "yes".to_owned()));
                }
                fields
            }
        }
    }

    fn of(form: &SentForm) -> Option<Self> {
        let bytes = |name| HEXLOWER.decode(form.text(name).as_bytes()).ok();
        if !form.text("approve").is_empty() {
            return Some(Pending::Approval(
                CharterId::parse(form.text("approve")).ok()?,
            ));
        }
        if !form.text("vote").is_empty() {
            let approval = Approval::from_text(form.text("vote"))?;
            return Some(Pending::Vote(Box::new(approval)));
        }
        if !form.text("draft").is_empty() {
            let charter = Charter::from_bytes(&bytes("draft")?).ok()?;
            return Some(Pending::Proposal(Box::new(charter)));
        }
        if !form.text("admission").is_empty() {
            let act = Act::from_text(form.text("admission"))?;
            return Some(Pending::Admission(Box::new(act)));
        }
        if !form.text("kept").is_empty() {
            let kept: Option<_> = form.all("kept").map(Keeping::from_text).collect();
            let place = match form.text("sealed") {
                "" => RootPlace::Clear,
                _ => RootPlace::Sealed,
            };
            return kept.map(|kept| Pending::Rotation(kept, place));
        }
        let acts: Option<Vec<Act>> = form.all("act").map(Act::from_text).collect();
        acts.filter(|acts| !acts.is_empty()).map(Pending::Acts)
    }

    fn run(&self, office: &dyn Office, passphrase: Option<String>) -> Result<(), Refused> {
        match self {
            Pending::Acts(acts) => office.decide(acts),
            Pending::Admission(act) => office.admit(act),
            Pending::Approval(id) => office.approve(id),
            Pending::Rotation(kept, _) => office.rotate(kept, passphrase),
            Pending::Proposal(charter) => office.propose(charter.as_ref().clone()),
            Pending::Vote(approval) => office.keep_vote(approval),
        }
    }

    fn after(&self) -> &'static str {
        match self {
            Pending::Acts(acts) if acts.iter().any(|act| matches!(act, Act::Erase(_))) => {
                "/federation/effacements"
            }
            Pending::Acts(_) | Pending::Rotation(..) => "/federation?fait=decide",
            Pending::Admission(_) => "/federation?fait=admis",
            Pending::Approval(_) => "/federation/charte?fait=approuve",
            Pending::Proposal(_) => "/federation/charte?fait=propose",
            Pending::Vote(_) => "/federation/charte?fait=signature",
        }
    }
}
