//! Why an edit counts for nothing, or what took its content: a sentence, and the way to the decision or the charter that says so.

use crdt_schema::edit::State as EditState;
use crdt_schema::governance::{Act, Erasure, Position, SignedAct, Void};
use crdt_schema::id::{ItemId, RecordId};
use crdt_schema::time::Timestamp;
use replica::{EditInfo, Fault, Reader, State as Held};

use crate::i18n::Language;

/// What an edit came to, where it does not simply count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Why {
    pub(super) text: String,
    /// Where it was decided, and what the link says.
    pub(super) link: Option<(String, String)>,
}

/// An erasure that took contents of a record, as pages say it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ErasedBy {
    pub(super) partner: String,
    pub(super) day: String,
    pub(super) ground: String,
    /// The page of the decision.
    pub(super) href: String,
}

impl Why {
    /// Says it of one edit. Nothing of an edit that counts, waits or breaks a rule.
    pub(super) fn of(
        language: Language,
        state: &Held,
        reader: &Reader,
        record: &RecordId,
        edit: &EditInfo,
    ) -> Result<Option<Self>, Fault> {
        let say = Saying {
            language,
            state,
            reader,
        };
        match edit.state {
            EditState::Void => say.void(edit).map(Some),
            EditState::Erased => say.erased(record, edit),
            EditState::Invalid(_) | EditState::Live | EditState::Pending(_) => Ok(None),
        }
    }
}

/// Returns what erased a whole record. Nothing while it stands.
pub(super) fn record_erased_by(
    language: Language,
    state: &Held,
    reader: &Reader,
    record: &RecordId,
) -> Result<Option<ErasedBy>, Fault> {
    let say = Saying {
        language,
        state,
        reader,
    };
    let counts = |id: &ItemId| state.governance().acts().counts(id);
    say.erasure(|id, _, erasure| erasure.record == Some(*record) && counts(id))
}

struct Saying<'s> {
    language: Language,
    state: &'s Held,
    reader: &'s Reader,
}

impl Saying<'_> {
    fn void(&self, edit: &EditInfo) -> Result<Why, Fault> {
        let standing = self
            .state
            .governance()
            .standing(self.state.feeds(), &edit.entry);
        let author = edit.partner.map_or_else(
            || edit.feed.short(),
            |partner| self.state.partner_name(&partner),
        );
        let about_author = |key| {
            let text = self.language.text_with(key, &[("partner", author.into())]);
            let href = edit
                .partner
                .map(|it| format!("/federation/partenaires/{it}"));
            let link = href.map(|href| (href, self.language.text("why-partner")));
            Why { text, link }
        };
        Ok(match standing {
            Err(Void::CutByCharter) => self.cut_by_charter(edit),
            Err(Void::CutByCoordinator) => return self.cut_by_act(edit),
            Err(Void::OutdatedRoot) => about_author("why-outdated-root"),
            Err(Void::NoCertificate | Void::NotEnrolled) => Why {
                link: None,
                ..about_author("why-not-enrolled")
            },
            Err(Void::NotInContribution) => Why {
                text: self.language.text("why-misplaced"),
                link: None,
            },
            // One item outside the mandate, and nothing of its entry counts.
            Err(Void::OutsideMandate) | Ok(_) => about_author("why-outside-mandate"),
        })
    }

    /// Names the first charter that cut the feed before this edit.
    fn cut_by_charter(&self, edit: &EditInfo) -> Why {
        let chain = self.state.governance().adoption().chain().iter();
        let mut cutting = chain.filter_map(|adopted| {
            let place = adopted.charter.cuts.get(&edit.feed)?;
            (!self.is_within(edit, place)).then_some((adopted.charter.version, place.sequence))
        });
        let (version, sequence) = cutting.next().unwrap_or_default();
        let values = [
            ("sequence", self.language.number(sequence).into()),
            ("version", self.language.number(version + 1).into()),
        ];
        Why {
            text: self.language.text_with("why-cut-charter", &values),
            link: Some((
                "/federation/charte".to_owned(),
                self.language.text("why-charter"),
            )),
        }
    }

    /// Names the act that cuts the feed at the earliest place.
    fn cut_by_act(&self, edit: &EditInfo) -> Result<Why, Fault> {
        let governance = self.state.governance();
        let cuts = governance.acts().counting(self.state.acts());
        let cuts = cuts.filter_map(|(id, signed)| match &signed.act {
            Act::Cut { feed, position } if *feed == edit.feed => {
                (!self.is_within(edit, position)).then_some((position.sequence, id, signed))
            }
            _ => None,
        });
        let first = cuts.min_by_key(|(sequence, id, _)| (*sequence, **id));
        let Some((sequence, id, signed)) = first else {
            return Ok(self.cut_by_charter(edit));
        };
        let (partner, day) = self.signed_by(signed)?;
        let values = [
            ("sequence", self.language.number(sequence).into()),
            ("partner", partner.into()),
            ("day", day.into()),
        ];
        Ok(Why {
            text: self.language.text_with("why-cut-act", &values),
            link: Some((decision_page(id), self.language.text("why-decision"))),
        })
    }

    fn erased(&self, record: &RecordId, edit: &EditInfo) -> Result<Option<Why>, Fault> {
        let counts = |id: &ItemId| self.state.governance().acts().counts(id);
        let is_it = |id: &ItemId, signed: &SignedAct, erasure: &Erasure| {
            let is_own = self.state.feeds().owner(&signed.entry) == edit.partner;
            let names_item = erasure.items.contains(&edit.id) && (is_own || counts(id));
            names_item || (erasure.record == Some(*record) && counts(id))
        };
        let found = self.erasure(is_it)?;
        Ok(found.map(|by| {
            let values = [
                ("partner", by.partner.into()),
                ("day", by.day.into()),
                ("ground", by.ground.into()),
            ];
            Why {
                text: self.language.text_with("why-erased", &values),
                link: Some((by.href, self.language.text("why-decision"))),
            }
        }))
    }

    /// Of the erasures that fit, the one that its author says was first.
    fn erasure(
        &self,
        is_it: impl Fn(&ItemId, &SignedAct, &Erasure) -> bool,
    ) -> Result<Option<ErasedBy>, Fault> {
        let mut first: Option<Claimed<'_>> = None;
        for (id, signed) in self.state.acts() {
            if let Act::Erase(erasure) = &signed.act
                && is_it(id, signed, erasure)
            {
                let claimed = self.reader.claimed(self.state, &signed.entry)?;
                let place = (claimed, *id);
                if first
                    .as_ref()
                    .is_none_or(|(earliest, ..)| place < *earliest)
                {
                    first = Some((place, signed, erasure));
                }
            }
        }
        let Some(((_, id), signed, erasure)) = first else {
            return Ok(None);
        };
        let (partner, day) = self.signed_by(signed)?;
        Ok(Some(ErasedBy {
            partner,
            day,
            ground: erasure.ground.clone(),
            href: decision_page(&id),
        }))
    }

    fn signed_by(&self, signed: &SignedAct) -> Result<(String, String), Fault> {
        let owner = self.state.feeds().owner(&signed.entry);
        let name = owner.map(|partner| self.state.partner_name(&partner));
        let claimed = self.reader.claimed(self.state, &signed.entry)?;
        let day = claimed.map(|claimed| self.language.day(claimed));
        Ok((
            name.unwrap_or_else(|| self.language.text("decision-nobody")),
            day.unwrap_or_default(),
        ))
    }

    fn is_within(&self, edit: &EditInfo, place: &Position) -> bool {
        self.state.feeds().within(&edit.entry, place)
    }
}

/// An erasure with its place: the time that its author claims, and its id.
type Claimed<'s> = ((Option<Timestamp>, ItemId), &'s SignedAct, &'s Erasure);

fn decision_page(act: &ItemId) -> String {
    format!("/federation/decisions/{act}")
}
