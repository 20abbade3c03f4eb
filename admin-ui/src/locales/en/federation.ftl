# Federation
section-federation = Federation
federation-lead = Who is in the federation, who decides, and what was decided. Every decision is signed: each node checks it by itself.
federation-charter = Charter in force
federation-seats = Votes needed to change it
federation-decisions = Decisions
federation-decisions-link = All signed decisions
federation-peers = Links
federation-peers-link = State of the links with other nodes
federation-id = Identifier of the federation
federation-back = Back to the federation
charter-version = Version { $version } ({ $id })
k-of-n = { $k } of { $of }
partners-heading = Organisations of the federation
partners-name = Organisation
partners-roles = Role
partners-mandate = What it may write
partners-instances = Nodes
partner-coordinator = Coordinates
partner-confirmed = Named in the charter
partner-left = Has left
partner-plain = Contributes
partner-ours = (us)
partner-no-feed = This organisation has written nothing yet.
partner-decide = Decide
disk-full = The disk of this node is nearly full ({ $free } MiB free, { $needed } MiB to be kept free): nothing more is written to it. Free some space; nothing has to be restarted.
disk-low = Little room is left on the disk of this node ({ $free } MiB free, { $needed } MiB to be kept free): what other organisations publish waits. Free some space.
limits-heading = What is published and what waits
own-use-entries = Today our organisation has published { $used } of the { $quota } entries that the charter allows in a day.
own-use-bytes = Today our organisation has published { $used } of the { $quota } bytes that the charter allows in a day.
own-use-exempt = Our organisation coordinates: what it publishes is counted and never waits.
own-use-over = Our organisation has published more than the charter allows in a day. Everything is kept here; partners receive the rest from tomorrow.
pauses-lead = No more of these feeds is taken here for now. Nothing is lost: the rest comes by itself.
pauses-caption = Feeds that wait
pauses-partner = Organisation
pauses-feed = Node
pauses-since = Since
pauses-reason = Why
pauses-until = Until
pause-disk = The disk of this node lacks room
pause-missing = Too many of its edits stand on others that have not come yet
missing-caption = { $count ->
    [one] One record waits for edits that no node has sent yet
   *[other] { $count } records wait for edits that no node has sent yet
}
missing-record = Record
missing-edits = Edits that are missing
missing-more = { " " }and { $count } more
missing-partners = Organisations whose edits wait
pause-quota = The organisation has published all that the charter allows in a day
pause-strangers = Organisations that are not enrolled
pause-until-unknown = Not foreseen
today-caption = Published today by the other organisations (day in universal time)
today-partner = Organisation
today-entries = Entries
today-bytes = Bytes
waiting-heading = Waiting for your agreement
waiting-invited = Invited as
waiting-withheld = This ticket admits without another check, but it could not: { $why }
waiting-admit = Check and admit
waiting-decline = Decline
invite-heading = Invite an organisation
invite-lead = You get a ticket to hand over. It works once, for the first node that shows it.
invite-name = Name of the organisation
invite-hours = Validity of the ticket, in hours
invite-hours-hint = From 1 to 168 hours (a week)
invite-auto = Admit the first who shows the ticket without another check
invite-button = Make the ticket
invitations-heading = Invitations
invitations-name = Organisation invited
invitations-state = State
invitations-expires = Valid until
invitations-action = Action
invitations-revoke = Revoke
invitation-admitted = Admitted
invitation-expired = Expired
invitation-open = Not used yet
invitation-void = Void: five wrong codes were shown
invitation-waiting = Waiting for your agreement
ticket-heading = Invitation ticket
ticket-lead = { $name } can enter the federation with this ticket.
ticket-text = The ticket
ticket-code = The same ticket, as a code to scan
ticket-how = The command to run on the new computer
ticket-once = Copy this ticket now: it is shown once only. Hand it over safely; whoever holds it can ask to come in.
not-done-heading = This was not done
not-done-lead = Nothing was signed or changed.
not-done-back = Go back and correct
done-admitted = The organisation is admitted. Its node gets the census as soon as it connects.
done-approved = Your vote is given. The charter is adopted as soon as enough votes are there.
done-decided = It is signed. The other nodes apply it as soon as they get it.
done-declined = The request is declined and the invitation revoked.
done-proposed = The proposal is published. The other seats can approve it on their own nodes.
done-revoked = The invitation is revoked.
done-seat = The key of the seat is made on this node. Give its public part to whoever drafts the charter.

# Alarms
alarm-disputed = Two charters have been approved as followers of the one in force. The node keeps the one in force. The page of the charter says how this ends.
alarm-upgrade = A coordinator signed a decision that this version does not understand. Upgrade the node: until then, nothing can be decided here.
alarm-fork = { $partner } signed two different sequels in its feed { $feed }, from entry { $sequence } on: a key was copied or a backup restored. The data of both count.
alarm-fork-coordinator = { $partner }, which coordinates, signed two different sequels in its feed { $feed }, from entry { $sequence } on. What it grants from there is held back until a charter cuts this feed.
alarm-own-ended = This node signs nothing any more: the key of its feed was used elsewhere, or its folder is an old copy. Give it a new key with the command “maillage renew”.
alarm-own-held = Another node says that it holds entries of this node that this node does not have. It is asked for them: nothing is signed meanwhile, for a minute at most.
alarm-own-cut = The feed of this node was cut: nothing that has been written here since counts, and the other nodes exchange with it no more. If your organisation is still in the federation, ask a coordinator for a ticket and let a new node in with the root key of your organisation (“maillage join --root”).
alarm-own-left = Your organisation has left the federation: nothing that has been written here since counts, and the other nodes exchange with this one no more. Ask a coordinator, who can invite it again.
alarm-refused-cut = { $peers }: these nodes refuse to exchange with this one, because its feed was cut. What is written here goes nowhere. If your organisation is still in the federation, ask a coordinator for a ticket and let a new node in with the root key of your organisation (“maillage join --root”).
alarm-refused-left = { $peers }: these nodes refuse to exchange with this one, because your organisation has left the federation. What is written here goes nowhere. Ask a coordinator, who can invite it again.
alarm-refused-outdated = { $peers }: these nodes refuse to exchange with this one, because the root key that certifies it was replaced or is in dispute. Put the key in force on this node, then call “maillage renew”.
alarm-suspended = What { $partner } grants is held back until the next charter.
alarm-contradicts = { $partners }: these partners know another history of the decisions than this node. Talk by another way, and compare the decisions.
alarm-missing = { $partners }: these partners know decisions that this node has not received. The other nodes are asked for them; if this message stays, connect this node to another partner.
alarm-contested = { $partners }: these partners hold other branches of a feed that has too many. This does not show that one of them hides something. Once a charter cuts this feed, the nodes agree again.
alarm-unconfirmed = For { $days ->
    [one] { $days } day
   *[other] { $days } days
}, { $asked ->
    [one] no other partner has said that it knows no decision beyond those of this node
   *[other] fewer than two other partners have said that they know no decision beyond those of this node
}. Data still flow, but decisions may be missing: connect this node to another partner.
fork-history = The sequel { $entry } is confirmed by { $partners }.
fork-flooded = This feed has more than { $count } branches; the others are refused here. Whoever holds its key floods the federation: have the feed cut.
governance-confirmed = Governance confirmed by { $count ->
    [one] one other partner, which knows
   *[other] { $count } other partners, which know
} exactly the same decisions as this node ({ $partners }). { $count ->
    [one] This confirmation
   *[other] The oldest of these confirmations
} is { $days ->
    [0] less than a day old
    [one] one day old
   *[other] { $days } days old
}.
governance-confirmed-nobody = No other partner has confirmed that it knows exactly the same decisions as this node.

# Mandates
mandate-everything = the whole census
mandate-nothing = nothing
mandate-kinds = { $kinds }, everywhere
mandate-territories = all records of { $territories }
mandate-both = { $kinds } in { $territories }
mandate-kinds-label = Kinds of records
mandate-kinds-hint = None ticked: all kinds
mandate-territories-label = Départements
mandate-territories-hint = Their codes, separated by spaces, for example: 45 18. Empty: all. A star stands for records without département.
mandate-territory-unknown = { $code } is not the code of a département. Write for example 45, 2A or 974.
mandate-kind-unknown = One of the kinds of records does not exist.
selection-all = all

# Check and sign
deciding-heading = Check before you sign
deciding-lead-acts = This is, decoded, exactly what will be signed for your organisation. All nodes of the federation will see it.
deciding-lead-approval = This is what the proposed charter changes. Your vote is final: a seat approves one follower only of the charter in force.
deciding-lead-proposal = This is what your proposal changes. It is published with the vote of your seat, if you have one. The other seats can approve it.
deciding-password = Your password
deciding-password-hint = Asked again for each signature
deciding-password-wrong = The password does not match. Nothing was signed.
deciding-sign = Sign
deciding-preview = Check before signing

# Refusals
refused-alone = This node has just started and has met no other node yet. Wait for a link before you decide: if this machine was restored, it might contradict itself.
refused-act-personal = A text of this decision contains a mail address or a phone number. Nothing erases a signed decision: write it without.
refused-approved-another = Your seat has already approved another follower of this charter. A vote is not taken back.
refused-charter-not-held = This proposal is not on this node.
refused-charter-unchanged = The proposal changes nothing in the charter in force.
refused-charter-threshold = More than half of the seats are needed, and no more than there are.
refused-charter-seat-twice = Two seats have the same key.
refused-charter-looser-cut = A cut can be moved earlier, never later.
refused-charter-recovery = The recovery asks for more signatures than it has keys.
refused-held-back = What your node grants is held back: only the next charter can end that.
refused-held = Another node says that it holds entries of this node that this node does not have: it is asked for them, and nothing is signed meanwhile. Try again in a minute.
refused-hours = A ticket lasts from 1 to 168 hours.
refused-name = Write the name of the organisation that is invited.
refused-no-seat = This node has no seat: it cannot vote.
refused-not-coordinator = This organisation does not coordinate: it grants nothing that could be held back.
refused-not-of-committee = Your organisation is not in the committee of this label: its withdrawal would not count.
refused-not-running = The node does not run: nobody could reach it.
refused-other = The node refused (code { $code }).
refused-partner-left = This organisation has left the federation: a person has to decide whether it comes back.
refused-place = This entry is not in this feed. Give a number or an identifier shown on the page of the organisation.
refused-place-forked = Two sequels have an entry there: give the identifier of the last entry that counts.
refused-read-only = This node has no key: it can read, not sign.
refused-right = The charter does not give your organisation this right.
refused-upgrade = Upgrade this node before you decide.
refused-already-out = This organisation has left already: nothing remains to be decided.
refused-named-by-charter = Nothing is left to cut of this organisation, and the charter names it: only a charter can remove it.
refused-own-cut = The feed of this node was cut: it can invite nobody any more. The page of the federation says how to come back.
refused-own-left = Your organisation has left the federation: it can invite nobody any more.

# What will be left of an organisation
aftermath-forked = The feed { $feed } has several histories. The cut keeps the one that leads to the entry { $entry }: what the others say beyond it no longer counts. To keep another one, name its last entry.
aftermath-keeps-mandate = { $partner } has no node that counts any more, but keeps its mandate: a new node that its root key certifies would count. This is how a node is replaced. For the organisation to leave, use “Remove this organisation”.
aftermath-leaves = { $partner } leaves the federation: nothing that its nodes sign, known or new, counts any more, and the other nodes exchange with none of them. What it wrote stays. A new mandate brings it back.
aftermath-leaves-and-decides = { $partner } will not be able to write any more, but it coordinates: its decisions count and its node stays connected, until a charter takes that role away.
aftermath-named-by-charter = { $partner } has no node that counts any more, but the charter names it: a new node that its root key certifies would count. For it to leave, a charter has to remove it too.

# Decisions in words
act-cut = Cut a feed
act-cut-meaning = Nothing that this feed signs after this entry counts, for good. What comes before stays.
act-descope = Take back a mandate
act-descope-meaning = The organisation no longer writes under this mandate. What it has written so far stays.
act-enrol = Admit an organisation
act-enrol-meaning = The organisation enters the federation and can write in the census.
act-erase = Erase
act-erase-meaning = All nodes delete these contents, for good. That they existed, when and by whom, stays known.
act-label-issue = Give a label
act-label-issue-meaning = One vote for this label. It is given when the number of votes of its scheme is reached.
act-label-withdraw = Withdraw a label
act-label-withdraw-meaning = The label ends, for this reason, on all nodes.
act-mandate = Extend a mandate
act-mandate-meaning = The organisation may write more.
act-moderate = Advise readers
act-moderate-meaning = Advice to those who read. It changes nothing by itself.
act-root = Recognise a root key
act-root-meaning = This key speaks for the organisation from now on. Those that opposed it, and the one before, certify nothing any more.
act-suspend = Suspend a coordinator
act-suspend-meaning = What this feed grants from there waits for the next charter. Nothing is undone; what it takes away still counts.
act-unknown = Unknown decision
act-unknown-meaning = This version does not understand this decision. It does not count.
act-vocabulary = Set a vocabulary or a scheme
act-vocabulary-meaning = A list of terms, or the scheme of a label of this coordinator’s own.

# Amendments in words
amendment-confirm = Name an organisation in the charter
amendment-confirm-meaning = It stays in whatever a coordinator signs.
amendment-coordinator = Make a coordinator
amendment-coordinator-meaning = The organisation can admit, remove and decide for the federation.
amendment-cut = Cut a feed
amendment-cut-meaning = Nothing that this feed signs after this entry counts, decisions included.
amendment-drop-coordinator = Drop a coordinator
amendment-drop-coordinator-meaning = The organisation no longer decides. Its feeds are cut at their last known entry.
amendment-drop-scheme = Give up a label scheme
amendment-drop-scheme-meaning = No new label of this scheme. Those that exist keep their text.
amendment-min-protocol = Lowest version of exchanges
amendment-min-protocol-meaning = Older nodes will have to be upgraded.
amendment-name = Name of the federation
amendment-name-meaning = The name that all nodes show.
amendment-quotas = Limits by organisation and day
amendment-quotas-meaning = Beyond, what an organisation publishes waits for the next day.
amendment-recovery = Recovery keys
amendment-recovery-meaning = They can stand for all seats: keep them off line.
amendment-release = No longer name an organisation in the charter
amendment-release-meaning = It stays in only if a coordinator admitted it.
amendment-scheme = Scheme of a label
amendment-scheme-meaning = Who decides, on what criteria, for how long.
amendment-seats = Seats
amendment-seats-meaning = Who votes charters, and how many votes it takes.

# What decisions name
fact-committee = Committee
fact-complements = Complements
fact-content = Content
fact-criterion = Criterion
fact-feed = Feed
fact-fields = Fields bound
fact-first-day = First day
fact-grant = Mandate
fact-ground = Ground
fact-item = Item
fact-kept = What stays
fact-mandate = May write
fact-months = Months
fact-name = Name
fact-needed = Votes needed
fact-partner = Organisation
fact-partner-id = Identifier of the organisation
fact-place = Last entry that counts
fact-projection = Hash of the fields bound
fact-protocol = Version
fact-quota-bytes = Bytes a day
fact-quota-entries = Entries a day
fact-reason = Reason
fact-record = Record
fact-recovery-key = Recovery key
fact-rights = Rights
fact-root = Root key
fact-scheme = Scheme
fact-subject = Person
fact-title = Title
place-in-feed = number { $sequence } ({ $entry })
criterion-mandatory = { $title } (weight { $weight }, mandatory)
criterion-weighted = { $title } (weight { $weight })
quota-none = no limit

# Journal of decisions
decisions-heading = Decisions of the federation
decisions-lead = Every signed decision that this node holds, and what it brings about. The dates are those that their authors wrote; none counts for the order.
decisions-none = No decision has been signed yet.
decision-id = Reference
decision-nobody = unknown author
decision-heading = Decision: { $title }
decision-back = All decisions
decision-author = Signed by
decision-day = Claimed date
decision-counts = Counts
decision-own-erasure = Counts: the organisation erases what it wrote itself
decision-not-of-committee = No effect: the organisation is not in the committee of this label
decision-pending = Not looked at yet
decision-after-unknown = Held back: follows a decision that this version does not understand
decision-charter = No effect: cites a charter that is not adopted
decision-cut = No effect: feed cut by the charter
decision-fork = Held back: the feed has two sequels
decision-no-longer = No effect: no longer coordinates
decision-right = No effect: not among its rights
decision-not-coordinator = No effect: did not coordinate
decision-misplaced = No effect: not in a governance entry
decision-suspended = Held back until the next charter
decision-outdated-root = Without effect: certified by a root key that was replaced or is in dispute
decision-unknown = No effect: unknown decision

# Page of an organisation
feed-head = Last entry
feed-cut = Cut after entry { $sequence }
feed-suspended = Suspended
feed-outdated-root = Ended: root key replaced or in dispute
grants-heading = Mandates received
grant-charter = Given by the charter
grant-act = Given by { $partner }
grant-taken-back = Taken back
grant-take-back = Take back this mandate
mandate-heading = Extend its mandate
suspend-heading = Suspend what it grants
leave-heading = Remove this organisation
leave-lead = All its feeds are cut at their last known entry, and all its mandates are taken back: not even a new node of this organisation will write anything that counts, and the other nodes will exchange with none of its nodes. What it wrote stays.
cut-heading = Cut this feed
cut-place = Last entry that counts
cut-place-hint = Its sequence or its id. Empty: the last that this node holds, for example when a node is out of use.
cut-button = Check before signing

# Charter
charter-heading = Charter
charter-lead = The constitution of the federation: who votes, who coordinates, who is in. It changes only when enough seats approve.
charter-in-force = In force
proposals-heading = Proposals
proposals-none = No proposal waits for votes.
proposal-heading = Proposal
proposal-approved = You approved it
proposal-approve = Check and approve
votes-heading = Votes
votes-before = Present seats: { $k } of { $of }
votes-after = Proposed seats: { $k } of { $of }
vote-given = approved
vote-missing = not yet
seat-heading = Your seat
seat-seated = This node votes with the key
seat-unseated = This node has the key of a seat, but the charter in force does not name it:
seat-none = This node has no key of a seat. Make one if your organisation is to vote charters.
seat-make = Make the key of a seat
propose-heading = Propose a new charter
propose-lead = The form holds the charter in force. Change what has to change: the next page shows the differences only.
propose-name = Name of the federation
propose-seats = Seats
propose-seats-hint = One a line: name = public key (64 hexadecimal digits)
propose-k = Votes needed
propose-k-hint = More than half of the seats
propose-partners = Organisations
propose-partners-hint = “Coordinates”: can decide for the federation. “Named in the charter”: stays in whatever a coordinator signs.
propose-recovery = Recovery keys
propose-recovery-hint = One a line, 64 hexadecimal digits. Kept off line, they can stand for all seats.
propose-recovery-k = Recovery signatures needed
propose-cuts = Feeds that are cut
propose-cuts-hint = One a line: identifier of the feed, space, identifier of the last entry that counts. The feeds of a dropped coordinator are added by themselves.
propose-entries = Entries by organisation and day
propose-bytes = Bytes by organisation and day
propose-scheme = Scheme of a label to add or to replace
propose-scheme-hint = Paste the TOML file that “maillage charter propose --scheme” takes too: id, version, title, fields, needed, months, committee, criteria. Empty: none. The next page shows what it changes.
propose-drop-schemes = Schemes to remove from the charter
scheme-wrong-syntax = These rules cannot be read at line { $line }: a quotation mark, a bracket or an equals sign may be missing. Each line reads “key = value”, with texts between quotation marks.
scheme-wrong-missing = These rules: “{ $key }” is missing in the part that begins at line { $line }.
scheme-wrong-unknown = These rules, line { $line }: there is no “{ $key }”. The keys are id, version, title, fields, needed, months, committee, complements and criteria; a criterion has id, title, weight and mandatory.
scheme-wrong-type = These rules, line { $line }: the value is of the wrong kind. Numbers stand without quotation marks, texts between them, lists between brackets.
scheme-wrong-partner =
    { $count ->
        [0] These rules: no organisation of the federation is called “{ $name }”.
       *[other] These rules: { $count } organisations answer to “{ $name }”. Give the start of the identifier instead; the page of the organisation shows it.
    }
scheme-wrong-needed = These rules: “needed” goes from 1 to the number of members of the committee, and “months” is at least 1.
scheme-wrong-fields = These rules: “fields” names at least one field that the label is bound to.
propose-quota-hint = Empty: no limit
proposal-wrong-cut = This line does not name a feed and one of its entries: { $line }
proposal-wrong-key = This line is no public key: { $line }
proposal-wrong-number = { $field }: write a whole number.
proposal-wrong-partner = One of the ticked organisations is not of the federation.
proposal-wrong-seat = This line is not “name = public key”: { $line }

rotation-title = Change the root key of our organisation
rotation-meaning = A new key takes the place of the old one. Only the feeds below stay; the old key certifies nothing any more.
rotation-open = goes on
roots-heading = Root keys
roots-caption = The root keys of this organisation, the oldest first
roots-key = Key
roots-day = Date as claimed
roots-state = State
roots-first = the first one, which names the organisation
roots-state-left = replaced
roots-state-current = in force
roots-state-disputed = in dispute
roots-dispute-title = Two root keys claim the name of this organisation
roots-dispute = One key was replaced twice: one of the new keys is probably not the organisation’s. Until then, only what both keep counts. Reach the organisation by another way, and ask for the first digits of its key.
roots-dispute-coordinator = This organisation coordinates the federation: a new charter says which of its keys holds.
roots-settle = Recognise this key
rotate-heading = Change the root key
rotate-lead = To be done when the old key may be in other hands. What your feeds hold stays; this node goes on. Then tell a coordinator the first digits of the new key.
rotate-other = Feed { $feed }
rotate-other-until = stays up to its last known entry
rotate-other-open = goes on: it is another of our nodes
rotate-other-close = counts for nothing any more: we do not know it
rotate-passphrase = Passphrase of the root key
rotate-passphrase-hint = The one that was chosen at installation. It is not kept.
rotate-elsewhere = The root key is not on this node. With the file in which it is kept: maillage partner rotate-root --root root.key --out root-2.key
deciding-lead-rotation = This is what both keys will sign. The old key stays beside the new one, under another name.
refused-root-sealed = The root key is protected: give its passphrase.
refused-root-unreadable = The root key could not be opened with this passphrase.
refused-root-outdated = This root key was replaced already: replacing it again would put both in doubt.
refused-root-coordinator = This organisation coordinates the federation: only a charter says which of its keys holds.
refused-root-unknown = No change of key of this organisation leads to this key.

# A dispute between two charters, and votes signed off line
dispute-title = Two charters have been approved as followers of the one in force. The node keeps the one in force.
dispute-twice = Have approved both: { $seats }. A seat approves one follower only: the key of who voted twice is probably in other hands too.
dispute-recovery = Choose, among the proposals below or in a new one, the one that shall hold, and have it signed by the recovery keys. With their signature it wins on all nodes.
dispute-no-recovery = This charter has no recovery key: no signature can end the dispute. The holders of the seats have to talk.
proposal-rival = Enough votes, and a rival
proposal-sign-elsewhere = Sign off line
votes-recovery = Recovery keys: { $k } of { $of }
recovery-given = has signed
recovery-missing = has not signed
ballot-heading = Signing off line
ballot-back = Back to the charter
ballot-lead = A recovery key, or a seat that is kept off line, never comes to this node: carry the ballot to it, and bring its signature back.
ballot-changes = What the charter changes
ballot-digest = What the key signs
ballot-digest-lead = The command off line shows these three digests. Compare them before you say yes.
ballot-charter = Charter to approve
ballot-parent = Charter that it follows
ballot-sign = Sign where the key is kept
ballot-carry = Copy the ballot to a medium, and carry it to the machine that is off line.
ballot-download = Download the ballot
ballot-command = There, run:
ballot-command-hint = The command reads the ballot again, shows what it changes, asks for your consent and writes the signature, a line that begins with “approval:”. It needs no node and no network.
ballot-bring = Bring the signature back
ballot-signature = Signature
ballot-signature-hint = Paste the line that begins with “approval:”.
ballot-check = Check the signature
ballot-unreadable = No whole and valid signature in this text. Paste the complete line, for example “approval:8601…”.
ballot-other-charter = This signature approves another proposal.
deciding-keep-vote = Keep this signature
deciding-lead-vote = The signature is valid. Here is who signed, and what the charter changes. Once kept, it is not taken back, and all nodes will see it.
vote-recovery-title = Signature of a recovery key
vote-recovery-meaning = With enough recovery signatures this charter holds without the votes of the seats, and wins over its rivals.
vote-seat-title = Vote of a seat
vote-seat-meaning = A seat that is kept off line approves this charter.
fact-charter = Charter to approve
fact-seat = Seat
fact-seat-key = Key of the seat
refused-no-vote = This key has no vote: it is neither a seat nor a recovery key of the charter.
refused-vote-known = This signature is on this node already.
refused-vote-other-place = This signature was made for another federation, or as the follower of another charter.
refused-vote-rival = This key has approved another follower of the same charter. Keeping this one too would open the dispute again.
done-vote = The signature is kept.

# Another node of our organisation
instance-heading = Add one of our nodes
instance-lead = Another computer of your organisation, for work from elsewhere or to replace this one. It has a feed of its own, and writes for your organisation.
ticket-own-heading = Ticket for one of our nodes
ticket-own-lead = With this ticket and the root key of your organisation, the new computer enters the federation without another decision.
ticket-before = First, on this computer
ticket-before-lead = This command writes the root key to a file. Carry it to the new computer, then delete it on both.
