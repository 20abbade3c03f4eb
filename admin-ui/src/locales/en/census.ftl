# Census
section-census = Census
section-peers = Peers
yes = Yes
no = No
conflict = To settle
census-lead = Everything that the partners recorded together. The search runs on this node, also without a network.
census-search = Search
census-search-hint = A name, a commune, a SIRET or RNA number, words of the description
census-search-button = Search
census-facets = Narrow the search
census-kind = Kind
census-all-kinds = All kinds
census-found = { $count ->
    [0] No record
    [one] One record
   *[other] { $count } records
}
census-chosen = Chosen criteria
census-unchoose = (remove this criterion)
census-empty = The census is empty. Add a first record, or import a table from the page “Import”.
census-nothing = No record matches. Try fewer words, or remove a criterion.
census-reset = Back to the whole census
census-name = Name
census-place = Commune
census-themes = Themes
census-add = Add a record
facet-commune = Commune
facet-links = Leads to
facet-qpv = Priority neighbourhood
facet-qpv-former = { $label }, 2015 generation
facet-reported = Reported
census-facet-more = See more values
facet-conflict = To settle
facet-departement = Département
facet-epci = EPCI
facet-region = Région
census-sort = Order of the list
census-said-text = “{ $text }”
sort-relevance = Best match
sort-name = Name
sort-newest = Last changes
sort-confirmed = Longest unverified
facet-due = Verification
facet-keeper = Kept by
facet-label = Label
facet-label-state = State of the label
facet-partner = Written by
search-too-many-records = This search names too many records at once. Choose fewer.
search-leading-wildcard = A word cannot start with a star.
search-text-too-long = The search is longer than 256 characters. Keep the words that say most.
search-too-many-terms = The search has more than 16 words. Keep those that say most.
search-refused = This search is not possible. Remove a criterion and try again.

# Record
record-nameless = Record without a name
record-back = Back to the census
record-edit = Edit
record-history = History
record-saved = Saved and signed on this node. The other nodes get it as soon as they are reached.
record-waiting = { $count ->
    [one] One edit of this record waits for another that has not come yet.
   *[other] { $count } edits of this record wait for others that have not come yet.
}
record-who = Who wrote this?
record-other-fields = Other fields
record-link-replaced = { $name }, replaced by { $place }
record-linked-from = Records that lead here
record-linked-all = See all { $count } records in the census
conflict-title = { $field }: { $count } values written at the same time
conflict-keep = Keep this one

# Form
form-new = Add: { $kind }
form-edit = Edit { $name }
form-lead = All fields are optional but the name. What other partners write meanwhile is kept beside it.
form-save = Save
form-outside-mandate-nowhere = Without a commune this record is of no département and would count for nothing: your organisation may write { $mandate }. Give the commune, or ask a coordinator to extend the mandate
form-outside-mandate = This record is of the département { $territory } and would count for nothing: your organisation may write { $mandate }. Check the commune, or ask a coordinator to extend the mandate
form-outside-mandate-kind = A record of this kind would count for nothing: your organisation may write { $mandate }. Ask a coordinator to extend the mandate to records without a département
form-sign-anyway = Save all the same: the record will count only if the mandate is extended
form-term-not-offered = { $term } (no longer offered)
form-term-replace = Replace “{ $term }” by “{ $successor }” when saving
term-former = { $term } (former term)
term-former-for = { $term } (former term, replaced by “{ $successor }”)
term-replace = Replace by “{ $successor }”
form-cancel = Cancel
link-set = Record: { $field }
link-replace = Replace by another record: { $field }
link-add = Add: { $field }
link-how-one = The name of a record, its SIRET, its RNA, its identifier or the address of its page.
link-how-other = The name of another record, its SIRET, its RNA, its identifier or the address of its page: it takes the place of the ticked one.
link-how-many = The name of a record, its SIRET, its RNA, its identifier or the address of its page. Several records are parted by semicolons. A record that is unticked is removed from here.
link-candidates = “{ $text }”: which record is meant?
link-none = None of these
link-not-held = Record unknown here ({ $id })
link-choose = { $field }: “{ $text }” does not name one record; choose it among those that are offered, or write its whole name.
link-unknown = { $field }: no record answers to “{ $text }”; check the name, or make the record first (here: { $kinds }).
link-other-kind = { $field }: “{ $text }” is a record of another kind ({ $kind }); here: { $kinds }.
link-one-only = { $field }: one record only can be named here; leave one.
link-too-many = { $field }: name { $max } records at a time at most, save, then add the others.
commune-candidates = “{ $text }”: which commune is meant?
commune-choose = { $field }: several communes answer to “{ $text }”; choose it among those that are offered.
problem-name-missing = Give the record a name, for example “Maison sport-santé de Gien”
problem-boolean = { $field }: answer yes or no
problem-date = { $field }: write the date as 2026-07-06 or 06/07/2026
problem-decimal = { $field }: write an amount, for example 12500.50
problem-instant = { $field }: write date and time, for example 2026-06-21T18:30
problem-hour-no-zone = { $field }: these records may be of different zones; add the offset, for example 2026-06-21T18:30+02:00
problem-hour-skipped = { $field }: this hour does not exist, when clocks go forward; write another one
problem-hour-zone-unknown = { $field }: the time zone is not known; write for example Europe/Paris or Indian/Reunion, or leave it empty
problem-hours = { $field }: write the hours as OpenStreetMap does, for example Mo-Fr 08:30-12:30,13:30-17:00
problem-integer = { $field }: write a whole number, for example 120
problem-no-such-day = { $field }: this day does not exist
problem-point = { $field }: write latitude, then longitude, for example 47.6853, 2.6306
problem-postal-code = { $field }: a postal code has five digits, for example 45500
problem-record = { $field }: write the name of a record, its SIRET, its RNA or its address
problem-commune = { $field }: no commune answers to this text; write its INSEE code 45155, its postal code and name, or its name
problem-email = { $field }: write a mail address, for example accueil@mairie.example
problem-link = { $field }: write the whole address, for example https://mairie.example
problem-outline = { $field }: paste a GeoJSON geometry, “Polygon” or “MultiPolygon”, in longitude and latitude, of some 780 points at most
problem-phone = { $field }: write one number, for example 02 61 91 00 12
problem-qpv = { $field }: this is no code of a priority neighbourhood, for example QN04512M
problem-rna = { $field }: an RNA number starts with W and has ten characters, for example W452001234
problem-rna-prefecture = { $field }: this is an old prefecture number; write it in “Old prefecture number”, among the other registers
problem-rna-alsace-moselle = { $field }: this is a number of the register of Alsace-Moselle; write it among the other registers, with its tribunal
problem-siren = { $field }: a SIREN has nine digits and a right check digit, for example 130 025 265
problem-folio = { $field }: write the volume and the folio, for example 178/236
problem-tribunal = { $field }: the same volume and folio exist in every register; give the tribunal too
problem-official-code = { $field }: the official list does not have this code at this level; check both
problem-pacific = { $field }: this number has six to ten letters and digits
problem-prefecture = { $field }: this number has ten characters and starts with 0, for example 0451001234
problem-zones = { $field }: one of these codes is in no official list; write each with its level, for example DEP-45 | COM-45155
problem-zones-level = { $field }: one of these codes exists at several levels; write the level in front, for example DEP-93 or REG-93
problem-siret = { $field }: a SIRET has fourteen digits and a right key, for example 130 025 265 00013
problem-suggestion = Did you mean: { $suggestion }?
problem-term = { $field }: this term is not in the shared list
problem-too-long = { $field }: the text is too long

# History
history-heading = History of { $name }
history-back = Back to the record
history-lead = Every edit, with the organisation that signed it. The author’s clock is shown as it is: it decides nothing.
history-entry = Signed entry
edit-live = Counts
edit-erased = Content erased
edit-invalid = Set aside: it breaks a rule
edit-pending = Waits for an earlier edit
edit-void = No effect
why-cut-act = Feed cut after entry { $sequence } by { $partner }, on { $day }.
why-cut-charter = Feed cut after entry { $sequence } by the charter, since its version { $version }.
why-erased = Erased by { $partner }, on { $day }. Ground: { $ground }.
why-misplaced = This edit is not in an entry that may hold edits.
why-not-enrolled = { $partner } is no organisation of the federation.
why-outdated-root = Certified by a root key that was replaced or is disputed ({ $partner }).
why-outside-mandate = Outside the mandate of its author ({ $partner }).
why-charter = See the charter
why-decision = See this decision
why-partner = See the page of this organisation
record-erased-name = Erased record
record-erased = Its content is gone from this node, and goes from all the others. What follows remains.
record-erased-day = Erased on
record-erased-by = By
record-erased-first = First edit
record-erased-last = Last edit
record-erased-id = Id of the record
record-erased-edits = Edits, without their content
record-erased-edits-of = { $partner } ({ $count })
change-put = { $field }: “{ $what }”
change-clear = { $field }: emptied{ $what }
change-add = { $field }: added “{ $what }”
change-remove = { $field }: removed “{ $what }”
change-cut = { $field }: { $what } characters removed
change-insert = { $field }: added “{ $what }”

# Peers
peers-lead = The other nodes that this one calls, or that call it. No server stands between them.
peers-lead-relays = The other nodes that this one calls, or that call it. Those that cannot reach each other directly meet through a relay of the federation: it sees who exchanges with whom and when, never what is exchanged.
peers-local-failed = Nodes were to be looked for on the local network (mDNS), but the system does not allow it: the command “maillage doctor” says why.
peers-local-on = The nodes to call are also looked for on the local network (mDNS): this node tells all machines there its network identity and its addresses.
peers-none = No other node yet. Invite a partner with the command “maillage invite”.
peers-caption = Exchange with the other nodes
peers-name = Node
peers-state = State
peers-way = Way
peers-way-direct = Direct
peers-way-relayed = Through a relay
peers-way-none = None
relays-heading = Relays of the federation
relays-caption = Relays through which this node can be reached
relays-address = Address
relay-connected = Connected
relay-idle = In reserve
relay-refused = Refuses this node: the token is missing or wrong
relay-unreachable = Not reached
peers-contact = Last contact
peers-caught-up = Last up to date
peers-never = Never
peer-caught-up = Up to date
peer-elsewhere = Reached through other nodes
peer-exchanging = Exchanging
peer-unreachable = Not reached
peer-refused = Refused by this node: its feed is cut, its organisation has left or its key was replaced
peer-refuses-cut = Refuses this node: its feed was cut
peer-refuses-left = Refuses this node: our organisation has left the federation
peer-refuses-outdated = Refuses this node: its root key was replaced or is in dispute
peer-refuses-stranger = Refuses this node: does not know it
peer-at-fault = Session ended: the other node broke a rule ({ $code })
peer-own-feed = Session ended: the other node claims to hold entries of this node and does not show them. Ask the person who administers it why.
feeds-heading = What this node holds
feeds-lead = Each organisation signs what it writes in a feed of its own, which all the others can verify.
feeds-caption = Feeds held
feeds-partner = Organisation
feeds-feed = Feed
feeds-entries = Entries
feeds-state = State
feeds-sound = One succession
feeds-forked = Two successions from entry { $sequence } on: the key was copied

# Territories
outline-said = { $points ->
    [one] { $points } point, { $area } ha
   *[other] { $points } points, { $area } ha
}
territories-heading = Territories
territories-others = Other records of this territory
territories-source = By the official list of { $year } (INSEE, Licence Ouverte) and the outlines that were loaded into this census. These territories are derived: they help to find records, and give nobody a right.
territories-code-now = The record has the code { $code }, which lies in this commune today.
territories-commune-unknown = No commune has the code { $code } in the list of { $year }, or several share it: nothing can be derived from it. Correct the field “Commune”.
territories-nowhere = Neither commune nor position: fill in one of these fields to see to which territories this record belongs.
territories-no-point = Without a position, nobody can tell whether this record is in a priority neighbourhood.
territories-abroad = The position is outside France: no territory is derived from it. If this is a mistake, correct the field “Position”.
territories-no-epci = This commune is in no group of communes.
territories-no-outline = No outline of a priority neighbourhood is loaded around this position: nobody can tell whether it is in one. Import the list of neighbourhoods with their outlines.
territories-no-qpv = { $count ->
    [one] Outside the priority neighbourhood whose outline is loaded around this position.
   *[other] Outside the { $count } priority neighbourhoods whose outlines are loaded around this position.
}
territories-qpv-former = Former priority neighbourhood (2015 to 2023, or 2024 overseas)
territories-qpv = Priority neighbourhood (since { $year })
territories-qpv-elsewhere = The record says it is in the neighbourhood { $code }, and its position is outside the outline of that one. One of the two is to be corrected.
territories-other = Other perimeter
territories-inside = Inside the outline.
territories-inside-near = { $metres ->
    [0] On the border: to be checked.
   *[other] Inside the outline, { $metres } m from its border: to be checked.
}
territories-outside-near = { $metres ->
    [0] Just outside the outline: to be checked.
   *[other] Outside the outline, { $metres } m from its border: to be checked.
}
territories-within = { $count ->
    [0] No record has its position inside this outline.
    [one] One record has its position inside this outline.
   *[other] { $count } records have their position inside this outline; the first, by name:
}
territories-within-many = More than 2,000 records are around this outline: search for them in the census, by département or EPCI.
