//! What this node signs for its organisation beyond the census: admissions, decisions, charters, votes. One way for the pages and for
//! the commands.

use admin_ui::{Invitation, InvitationState, NewInvitation, Office, Refused, RootPlace};
use crdt_schema::governance::{Act, Approval, Charter, Mandate};
use crdt_schema::id::{CharterId, FeedId, PartnerId};
use crdt_schema::key::SecretKey;
use crdt_schema::time::Timestamp;
use replica::{Bar, ContributeError, NewItem, VoteError};
use sync::{NewInvite, PeerState};

use crate::app::App;
use crate::calls::free_text;
use crate::clock;
use crate::keys::{self, KeyFolder, Purpose};
use crate::rotating::{self, Kept, OldRoot};
use crate::votes::Votes;

/// Longest life of an invitation: a week. After that, whoever finds the ticket in a mailbox can do nothing with it.
const INVITE_HOURS_MAX: u32 = 7 * 24;

impl App {
    /// Makes a ticket for a newcomer, or for another node of our own organisation.
    pub(crate) fn make_invitation(
        &self,
        wish: &NewInvitation,
        is_for_us: bool,
    ) -> Result<(String, Timestamp), Refused> {
        if wish.name.trim().is_empty() {
            return Err(Refused::new(
                "name_missing",
                "an invitation names the organisation that is invited: --partner \"Ville de Gien\"",
            ));
        }
        if !(1..=INVITE_HOURS_MAX).contains(&wish.hours) {
            let message = format!("an invitation lasts from 1 to {INVITE_HOURS_MAX} hours");
            return Err(Refused::new("hours_out_of_range", message));
        }
        let ours = self.ours()?;
        self.check_heard()?;
        if !is_for_us {
            self.check_right(&[enrolment_of(ours)])?;
        }
        let endpoint = self.shown_endpoint().ok_or_else(|| {
            Refused::new(
                "not_running",
                "the node does not run: start it with `maillage run`, so that the new node can reach it",
            )
        })?;
        let hours = i64::from(wish.hours) * 3_600_000;
        let new = NewInvite {
            name: wish.name.trim().to_owned(),
            is_auto: wish.is_auto || is_for_us,
            expires: Timestamp::from_millis(clock::now().as_millis() + hours),
            mandate: wish.mandate.clone(),
            instance_of: is_for_us.then_some(ours),
        };
        let ticket = self.door().invite(&new, endpoint).map_err(failed)?;
        Ok((ticket.to_text(), new.expires))
    }

    /// Signs acts, after checking that they would count.
    pub(crate) fn sign_acts(&self, acts: &[Act]) -> Result<(), Refused> {
        self.check_acts(acts)?;
        if let Some(found) = acts.iter().find_map(free_text::in_act) {
            return Err(personal(&found));
        }
        let items: Option<Vec<NewItem>> = acts.iter().map(NewItem::of_act).collect();
        let unknown = || Refused::new("act_unknown", "this version does not know this decision");
        let signed = self.replica.decide(items.ok_or_else(unknown)?);
        signed.map(|_| ()).map_err(|error| contribution(&error))
    }

    /// Says whether acts would count, were they signed now. Whoever signed an item may erase it without any right.
    pub(crate) fn check_acts(&self, acts: &[Act]) -> Result<(), Refused> {
        let mut others = Vec::new();
        for act in acts {
            if !self.is_own_erasure(act)? {
                others.push(act.clone());
            }
        }
        self.check_right(&others)
    }

    fn is_own_erasure(&self, act: &Act) -> Result<bool, Refused> {
        let Act::Erase(erasure) = act else {
            return Ok(false);
        };
        let is_broad = erasure.record.is_some() || erasure.subject.is_some();
        if is_broad || erasure.items.is_empty() || self.replica.may_erase_for_all() {
            return Ok(false);
        }
        let preview = self.replica.preview_erasure(erasure).map_err(failed)?;
        Ok(preview.out_of_reach == 0 && preview.unknown.is_empty())
    }

    /// Signs a vote with the key of a seat or with a recovery key, records it on disk, and then keeps it with the charter.
    pub(crate) fn vote(&self, key: &SecretKey, charter: &CharterId) -> Result<(), Refused> {
        let parent = {
            let state = self.replica.state();
            let held = state.charters().charter(charter);
            held.and_then(|charter| charter.parent).ok_or_else(|| {
                Refused::new(
                    "charter_not_held",
                    "this node holds no such proposal: see `maillage charter show`",
                )
            })?
        };
        let federation = *self.replica.state().federation();
        let approval = Approval::sign(key, federation, parent, *charter);
        let another = || {
            Refused::new(
                "approved_another",
                "this key has approved another charter in this place: a vote is not taken back",
            )
        };
        let checked = self.replica.state().check_vote(&approval);
        match checked {
            Ok(()) | Err(VoteError::Known) => {}
            Err(VoteError::Rival) => return Err(another()),
            Err(error) => return Err(Refused::new(error.code(), error.to_string())),
        }
        let seat = self.seat_key()?.map(|seat| seat.public());
        let votes = match seat == Some(key.public()) {
            true => Votes::of(self.folder()),
            false => Votes::of_guest(self.folder(), &key.public()),
        };
        if votes.record(&parent, charter).map_err(failed)? != *charter {
            return Err(another());
        }
        let kept = self.replica.add_charters(Vec::new(), vec![approval]);
        kept.map_err(|fault| Refused::new(fault.code(), fault.to_string()))
    }

    /// A ticket of a node that nobody hears would lead nowhere.
    fn check_heard(&self) -> Result<(), Refused> {
        let feed = self.replica.feed().ok_or_else(read_only)?;
        let own = self.replica.state().bar(&feed);
        match own.or_else(|| self.refused_by_all()) {
            Some(Bar::Cut) => Err(Refused::new(
                "own_cut",
                "the feed of this node was cut: the other nodes exchange with it no more, and it can invite nobody",
            )),
            Some(Bar::Left) => Err(Refused::new(
                "own_left",
                "your organisation has left the federation: it can invite nobody",
            )),
            Some(Bar::Outdated | Bar::Stranger) | None => Ok(()),
        }
    }

    /// Why the other nodes refuse this one, where none of them speaks with it: what cut it may never have come here.
    fn refused_by_all(&self) -> Option<Bar> {
        let peers = self.peers();
        let mut states = peers.values().map(|peer| &peer.state);
        if states.any(|state| *state == PeerState::CaughtUp) {
            return None;
        }
        let mut states = peers.values().map(|peer| &peer.state);
        states.find_map(|state| match state {
            PeerState::RefusesUs(bar @ (Bar::Cut | Bar::Left)) => Some(*bar),
            _ => None,
        })
    }

    fn check_right(&self, acts: &[Act]) -> Result<(), Refused> {
        let ours = self.ours()?;
        let feed = self.replica.feed().ok_or_else(read_only)?;
        let checked = self.replica.state().check_right(&ours, &feed, acts);
        checked.map_err(|error| Refused::new(error.code(), error.to_string()))
    }

    fn ours(&self) -> Result<PartnerId, Refused> {
        self.replica.partner().ok_or_else(read_only)
    }

    fn seat_key(&self) -> Result<Option<SecretKey>, Refused> {
        let keys = KeyFolder::of(self.folder());
        keys.read(Purpose::Seat).map_err(failed)
    }
}

impl Office for App {
    fn invitations(&self) -> Vec<Invitation> {
        let now = clock::now();
        let mut shown: Vec<Invitation> = self
            .door()
            .invites()
            .iter()
            .map(|invite| Invitation {
                id: invite.id(),
                name: invite.name.clone(),
                expires: Timestamp::from_millis(invite.expires),
                state: match (invite.is_admitted, &invite.partner, &invite.claimed_name) {
                    (true, _, _) => InvitationState::Admitted,
                    (false, Some(partner), Some(claimed_name)) => InvitationState::Waiting {
                        partner: PartnerId::from_bytes(*partner),
                        claimed_name: claimed_name.clone(),
                        withheld: invite.withheld.clone(),
                    },
                    _ if invite.is_void => InvitationState::Void,
                    _ if now.as_millis() > invite.expires => InvitationState::Expired,
                    _ => InvitationState::Open,
                },
            })
            .collect();
        shown.reverse();
        shown
    }

    fn invite(&self, wish: &NewInvitation) -> Result<String, Refused> {
        self.make_invitation(wish, false).map(|(ticket, _)| ticket)
    }

    fn invite_instance(&self, hours: u32) -> Result<String, Refused> {
        // First who we are: that reads the state too.
        let ours = self.ours()?;
        let name = self.replica.state().partner_name(&ours);
        let wish = NewInvitation {
            name,
            hours,
            is_auto: true,
            mandate: Mandate::default(),
        };
        self.make_invitation(&wish, true).map(|(ticket, _)| ticket)
    }

    fn revoke(&self, invitation: &str) -> Result<(), Refused> {
        if self.door().revoke(invitation).map_err(failed)? {
            Ok(())
        } else {
            Err(Refused::new(
                "invitation_not_found",
                "no open invitation has this name",
            ))
        }
    }

    fn admission(&self, partner: &PartnerId, mandate: &Mandate) -> Result<Act, Refused> {
        self.door()
            .enrolment(partner, mandate)
            .ok_or_else(not_waiting)
    }

    fn admit(&self, enrolment: &Act) -> Result<(), Refused> {
        let Act::Enrol {
            partner, mandate, ..
        } = enrolment
        else {
            return Err(Refused::new("act_unknown", "this is no enrolment"));
        };
        // The newcomer may have gone, or shown itself with another key, since the enrolment was read.
        if self.admission(partner, mandate)? != *enrolment {
            return Err(not_waiting());
        }
        self.sign_acts(std::slice::from_ref(enrolment))?;
        self.door().admitted(partner).map_err(failed)
    }

    fn decline(&self, partner: &PartnerId) -> Result<(), Refused> {
        if self.door().decline(partner).map_err(failed)? {
            Ok(())
        } else {
            Err(not_waiting())
        }
    }

    fn decide(&self, acts: &[Act]) -> Result<(), Refused> {
        self.sign_acts(acts)
    }

    fn seat(&self) -> Option<[u8; 32]> {
        let key = self.seat_key().ok().flatten();
        key.map(|key| *key.public().as_bytes())
    }

    fn make_seat(&self) -> Result<[u8; 32], Refused> {
        if let Some(seat) = self.seat() {
            return Ok(seat);
        }
        let seat = keys::draw();
        let kept = KeyFolder::of(self.folder()).write(Purpose::Seat, &seat);
        kept.map_err(failed)?;
        Ok(*seat.public().as_bytes())
    }

    fn propose(&self, charter: Charter) -> Result<(), Refused> {
        let id = charter.id();
        let seats = {
            let state = self.replica.state();
            let tip = state.governance().adoption().tip();
            if charter.parent != Some(state.governance().adoption().tip_id()) {
                return Err(Refused::new(
                    "charter_outdated",
                    "another charter was adopted meanwhile: draft the proposal again",
                ));
            }
            if let Some(found) = free_text::in_charter(&tip.amendments(&charter)) {
                return Err(personal(&found));
            }
            [tip.seats.clone(), charter.seats.clone()].concat()
        };
        let kept = self.replica.add_charters(vec![charter], Vec::new());
        kept.map_err(|fault| Refused::new(fault.code(), fault.to_string()))?;
        match self.seat_key()? {
            Some(seat)
                if seats
                    .iter()
                    .any(|each| each.key == *seat.public().as_bytes()) =>
            {
                self.vote(&seat, &id)
            }
            _ => Ok(()),
        }
    }

    fn approve(&self, charter: &CharterId) -> Result<(), Refused> {
        let seat = self.seat_key()?;
        let no_seat = || {
            Refused::new(
                "no_seat",
                "this node has no seat: make one with `maillage charter seat --new`",
            )
        };
        self.vote(&seat.ok_or_else(no_seat)?, charter)
    }

    fn keep_vote(&self, approval: &Approval) -> Result<(), Refused> {
        let checked = self.replica.state().check_vote(approval);
        checked.map_err(|error| Refused::new(error.code(), error.to_string()))?;
        let kept = self.replica.add_charters(Vec::new(), vec![*approval]);
        kept.map_err(|fault| Refused::new(fault.code(), fault.to_string()))
    }

    fn root_place(&self) -> RootPlace {
        let keys = KeyFolder::of(self.folder());
        if keys.has_sealed_root() {
            return RootPlace::Sealed;
        }
        match keys.read_root(keys::RootPlace::Current, None) {
            Ok(None) => RootPlace::Elsewhere,
            Ok(Some(_)) | Err(_) => RootPlace::Clear,
        }
    }

    fn rotation(&self, open: &[FeedId], close: &[FeedId]) -> Result<Kept, Refused> {
        rotating::plan(self, open, close)
    }

    fn rotate(&self, kept: &Kept, passphrase: Option<String>) -> Result<(), Refused> {
        let old = OldRoot::Here(passphrase.map(Into::into));
        rotating::rotate(self, kept, old).map(|_| ())
    }

    fn approved(&self, parent: &CharterId) -> Option<CharterId> {
        Votes::of(self.folder()).approved(parent).ok().flatten()
    }
}

/// Any enrolment: only the right to sign one is asked for.
pub(crate) fn personal(found: &str) -> Refused {
    let message = format!(
        "{found:?} is a way to reach somebody: nothing erases a signed decision, so write it without mail addresses and phone numbers"
    );
    Refused::new("act_personal", message)
}

fn enrolment_of(partner: PartnerId) -> Act {
    Act::Enrol {
        partner,
        root: [0; 32],
        name: String::new(),
        mandate: Mandate::default(),
    }
}

fn read_only() -> Refused {
    Refused::new(
        "read_only",
        "this node has no instance key: it can read, not sign",
    )
}

fn not_waiting() -> Refused {
    Refused::new(
        "partner_not_found",
        "this newcomer does not wait any more: see `maillage partners`",
    )
}

fn failed(error: impl Into<anyhow::Error>) -> Refused {
    Refused::new("failed", format!("{:#}", error.into()))
}

fn contribution(error: &ContributeError) -> Refused {
    Refused::new(error.code(), error.to_string())
}
