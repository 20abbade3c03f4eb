//! Invitations by command: listed, cancelled, and newcomers that are sent away. A ticket that was just made, as a code to scan too.

use std::io::IsTerminal;

use clap::Subcommand;
use serde_json::Value as Json;

use crate::call::Call;
use crate::cli::print::{items, text};
use crate::say::say;

/// See `maillage invitations --help`.
#[derive(Debug, Subcommand)]
pub(crate) enum InvitationsCommand {
    /// The invitations of this node, and what has become of each.
    #[command(after_help = "Example:\n  maillage invitations list --dir prefecture")]
    List,
    /// Void the ticket of an invitation with which nobody was admitted.
    #[command(after_help = "Example:\n  maillage invitations cancel 3f9a1c04 --dir prefecture")]
    Cancel {
        /// The invitation, as `maillage invitations list` names it.
        invitation: String,
    },
    /// Send a newcomer away that waits, and void its ticket.
    #[command(after_help = "Example:\n  maillage invitations decline 77b0c2 --dir prefecture")]
    Decline {
        /// The newcomer's id, or its first digits: `maillage partners` shows it.
        partner: String,
    },
}

impl InvitationsCommand {
    pub(super) fn call(self) -> Call {
        match self {
            InvitationsCommand::List => Call::Invitations,
            InvitationsCommand::Cancel { invitation } => Call::InvitationCancel { invitation },
            InvitationsCommand::Decline { partner } => Call::InvitationDecline { partner },
        }
    }
}

/// A ticket on the first line, alone, so that a script can take it; on a terminal, the same as a code to scan.
pub(super) fn ticket(answer: &Json) {
    let ticket = text(&answer["ticket"]);
    say!("{ticket}");
    if std::io::stdout().is_terminal()
        && let Some(code) = admin_ui::qr_in_letters(ticket)
    {
        say!("{code}");
    }
}

pub(super) fn listed(answer: &Json) {
    for invitation in items(&answer["invitations"]) {
        let state = match text(&invitation["state"]) {
            "void" => "void: five wrong codes were shown",
            "open" => "not used yet",
            "waiting" => "waits for you",
            other => other,
        };
        say!(
            "{}  {}  until {}  {state}",
            text(&invitation["id"]),
            text(&invitation["name"]),
            text(&invitation["expires"])
        );
        if let Some(partner) = invitation["partner"].as_str() {
            let name = text(&invitation["claimed_name"]);
            say!("    {} calls itself {name}", &partner[..8]);
        }
        if let Some(why) = invitation["withheld"].as_str() {
            say!(
                "    its ticket admits by itself, but could not: {}",
                words(why)
            );
        }
    }
    if items(&answer["invitations"]).is_empty() {
        say!("no invitation: make one with `maillage invite`");
    }
}

/// Why a ticket that admits by itself waits for a person.
pub(super) fn words(code: &str) -> &str {
    match code {
        "held_back" => "what this node grants is held back until the next charter",
        "not_among_rights" => "the charter gives your organisation no right to enrol",
        "not_compared" => {
            "this node has met no other node since its start (`maillage admit --alone`)"
        }
        "partner_left" => {
            "this organisation has left the federation: a person has to decide whether it comes back"
        }
        "read_only" => "this node has no instance key",
        "upgrade" => {
            "a coordinator signed something that this version does not understand: upgrade"
        }
        other => other,
    }
}
