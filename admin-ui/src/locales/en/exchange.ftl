# Import: the file
section-import = Import
import-lead = Bring a table: it is tried first, and nothing is written before you have seen what it would change.
import-steps = Steps of the import
import-step-file = The file
import-step-columns = The columns
import-step-try = The trial
import-step-done = The result
import-file = File
import-file-hint = XLSX workbook, CSV, JSON, JSON Lines or GeoJSON; iCalendar agenda (.ics) or export of OpenAgenda (JSON); Atom or RSS feed saved as a file; official list of territories, packed (.gz) or not. { $size } MiB at most.
import-sheet = Sheet of the workbook (optional)
import-sheet-hint = Its name, for example “Structures”. Without a name, the first visible sheet that has a table is read. You may also choose it from a list in the next step. Leave empty if the file is no workbook.
import-sheet-choice = Sheet that is read
import-sheet-choice-hint = An import reads one sheet. To import several, import the same workbook once for each.
import-sheet-change = Read this sheet
import-sheet-hidden = { $name } (hidden)
import-file-missing = Choose a file, for example clubs.csv
import-file-too-large = This file is larger than { $size } MiB. Cut it, for example by département.
import-kind = Kind of records
import-kind-hint = What each row of the table describes.
import-kind-guess = Recognise it from the columns
import-kind-change = Read the columns again
import-source = Source
import-source-hint = The name under which this table will come back, for example “Clubs of the Loiret”: its rows then find their records again, and its columns their place. Without a name, that of the file is taken.
import-source-too-long = Give the source a name of 120 characters at most, for example “Clubs of the Loiret”
import-send = Send the file
import-too-many = Too many imports are going on at this node. Try again in some minutes.
import-begun = Imports begun
import-state-columns = Columns to check
import-state-done = Done
import-state-failed = Interrupted
import-state-running = Going on
import-state-tried = Tried
import-state-waiting = Waiting

# Import: the columns
import-columns-heading = Where does each column go?
import-columns-lead = Columns that were recognised have their field already. Correct what is wrong: the choice is remembered for the source.
import-remembered = The choice that was remembered for this source is taken up again.
import-columns-caption = Columns of the file
import-column = Column
import-column-nameless = (without a name)
import-samples = Examples
import-no-sample = Nothing in the first rows
import-goes-to = Field
import-use-none = Leave it out
import-use-extra = Keep it as { $name }
import-use-address = Address (a part)
import-use-names = { $field }: by its name
import-use-other = Others
import-use-record = Identifier of the record
import-use-latitude = Latitude
import-use-holder-id = Identifier of the holder at the source
import-use-longitude = Longitude
import-personal = Personal data: left out.
import-recognised = Recognised by its values: please check.
import-columns-unseen = { $count ->
    [one] One more column is used as it was recognised.
   *[other] { $count } more columns are used as they were recognised.
}
import-changes = The first records that the import would change, and their fields
import-list = Official list of territories
import-list-lead = Each territory of the list has one record, the same for all partners who load it. Nothing is imposed: the trial shows what the list of another year would change.
import-list-year = Year of the list
import-list-year-hint = Four digits, for example “2026”: the codes of communes change from one year to the next, and this file does not say its own.
import-list-year-wrong = Write the year of the list in four digits, for example 2026: it stands on the page where you downloaded it
import-only = Territories to keep (optional)
import-only-hint = A département or a région, for example “DEP-45” or “REG-24”. Without it, the whole list is taken: France has some 35,000 communes.
import-only-wrong = Write a département or a région of the official list, for example DEP-45 or REG-24
import-name-missing = Say which column gives the name of the records: without it, nobody would find them
import-try = Try
import-try-hint = The trial reads the whole file and writes nothing.
import-abandon = Abandon this import

# Import: while it works
import-trying-heading = The file is being tried
import-writing-heading = The file is being imported
import-writing-hint = You can leave this page: the import goes on. You will find it again under “Import”.
import-waits = Waiting: another import is going on at this node.
import-rows-read = { $done ->
    [0] Reading the file
    [one] One row read
   *[other] { $done } rows read
}
import-rows-read-of = { $done } rows read of { $total }
import-refresh = Refresh
import-no-refresh = Stop refreshing automatically
import-failed-heading = The import has stopped
import-interrupted = The work was interrupted. What was signed already stays so; try again, and it goes on where it ended.
import-store-failed = The node could not read or write. The cause is in its log: tell whoever administers it.
import-back-to-columns = Look at the columns again

# Import: the report
import-report-heading = Result of the trial
import-done-heading = Import done
import-finding-good = All is well: { $new ->
    [one] one new record
   *[other] { $new } new records
} and { $changed } changed. Nothing is written yet.
import-finding-nothing = This file brings nothing new: { $rows ->
    [0] it has no row
    [one] its row says what the record says already
   *[other] its { $rows } rows say what the records say already
}.
import-finding-none-good = No row can be imported as it is. Check the kind of record ({ $kind }) and the columns, or correct the file.
import-finding-refused = { $refused ->
    [one] One row is refused. Nothing is written yet: it is for you to choose.
   *[other] { $refused } rows are refused. Nothing is written yet: it is for you to choose.
}
import-finding-written = It is written and signed on this node: { $new ->
    [one] one new record
   *[other] { $new } new records
}, { $changed } changed. The other nodes receive them as soon as they can be reached.
import-finding-written-rest = It is written and signed on this node: { $new ->
    [one] one new record
   *[other] { $new } new records
}, { $changed } changed, { $refused ->
    [one] one refused row left out
   *[other] { $refused } refused rows left out
}.
import-figure-rows = rows read
import-figure-new = new records
import-figure-changed = changed records
import-figure-unchanged = unchanged records
import-figure-refused = refused rows
import-figure-left-out = rows left out
import-figure-duplicates = repeated identifiers
import-proposals = Proposed readings
import-proposals-hint = The file does not say it clearly enough to decide alone. Tick what is right.
import-proposal = { $count ->
    [one] { $column }: one cell
   *[other] { $column }: { $count } cells
}
import-take-file = { $count ->
    [one] { $column }: take the value of the file for one record
   *[other] { $column }: take the values of the file for { $count } records
}
import-accept = Accept and try again
import-choose = What becomes of the refused rows?
import-choose-hint = You can also correct the file and send it again: nothing is written for now.
import-write-all = { $count ->
    [one] Import one record
   *[other] Import { $count } records
}
import-write-rows = { $count ->
    [one] Leave them out, and import the record that is good
   *[other] Leave them out, and import the { $count } records that are good
}
import-write-rows-hint = Send the corrected file later: only these rows will change then.
import-write-cells = { $refused ->
    [one] Import it too, without its refused cell
   *[other] Import them too, without their refused cells
}
import-write-cells-hint = The text of each refused cell is kept in an additional field of the record. A row without a name stays refused.
import-write = Import
import-no-problem = There is no problem in this file.
import-see-duplicates = See possible duplicates
import-alike-heading = Possible duplicates
import-alike = { $count ->
    [one] One new row looks like a record of the census
   *[other] { $count } new rows look like a record of the census
}
import-alike-hint = These rows would make new records. Say of each how it is: the same record, and the row updates it; another one, and it gets its own, which all partners know; left out, and it does not come in. What you choose holds for the next file of this source too. A row of which you say nothing makes a new record: the pair is then under “Duplicates”.
import-alike-choice = Your choice
import-alike-later = I say nothing
import-alike-same = It is this record
import-alike-apart = It is another one
import-alike-leave = Leave this row out
import-alike-take = Take these choices and try again
import-alike-exact = { $count ->
    [one] Say “the same record” for the sure pair (same number, identifier or page)
   *[other] Say “the same record” for the { $count } sure pairs (same number, identifier or page)
}
import-decided = Choices followed for this source: same record { $same }, another one { $apart }, rows left out { $left }.
import-decided-forget = Take all these choices back
import-alike-row = In the file
import-alike-record = In the census
import-alike-more = { $count ->
    [one] One more row is not shown: it will be under “Duplicates” after the import.
   *[other] { $count } more rows are not shown: they will be under “Duplicates” after the import.
}
import-problems-heading = To correct or to check
import-problems = { $count ->
    [one] One problem
   *[other] { $count } problems
}
import-hand-back = Download your table with the cells to correct (XLSX)
import-problems-download = Download the list for a spreadsheet
import-problems-left-out = { $count ->
    [one] One more problem is not shown. Correct these first.
   *[other] { $count } more problems are not shown. Correct these first.
}
import-problem-line = Line
import-problem-letter = Letter
import-problem-column = Column
import-problem-level = Level
import-problem-value = Text of the file
import-problem-reason = Why
import-problem-suggestion = Proposal
import-whole-row = the whole row
import-level-notice = To know
import-level-refused = Refused
import-level-warning = To check
import-notices = What was accepted and is worth knowing
import-touched = Records imported
import-more-touched = { $count ->
    [one] And another one, which the census shows.
   *[other] And { $count } others, which the census shows.
}
import-see-census = See them in the census
import-another = Import another file

# Export
section-export = Export
import-past = Imports made
import-past-hint = The latest of this node, bulk edits among them. An import can be taken back: what it wrote and nobody has changed since reads as before.
import-past-back = Back to imports
import-past-what = { $day }, by { $by }; { $kind }
import-past-all-kinds = records
import-past-what-counts = { $what }: { $new ->
    [one] one new record
   *[other] { $new } new records
}, { $changed ->
    [one] one changed
   *[other] { $changed } changed
}
import-past-under-way = Under way
import-undo-under-way = This import is still under way: wait for its end, then take it back.
import-past-by-command = the command line
import-past-done = Done
import-past-interrupted = Interrupted
import-past-undone = Taken back
import-undo-offer = Take this import back…
import-undo-heading = Take an import back
import-undo-looking = We are looking at what this would change: { $done } records seen.
import-undo-running = Taking it back: { $done } records done.
import-undo-explained = This is what taking it back would do. These are ordinary edits, signed by your organisation: the history keeps all of it, and the same file can be imported again. Contacts that the import added and nobody has replaced since are erased for good, on every node.
import-undo-nothing = There is nothing to take back: the records of this import read as before already, or have been changed since.
import-undone = The import is taken back on this node. The other nodes will know as soon as they can be reached.
import-undone-before = This import was taken back already.
import-undo-emptied = { $count ->
    [one] record made by the import, which leaves the census
   *[other] records made by the import, which leave the census
}
import-undo-restored = { $count ->
    [one] record that reads as before
   *[other] records that read as before
}
import-undo-unchanged = { $count ->
    [one] record with nothing to take back
   *[other] records with nothing to take back
}
import-undo-kept = { $count ->
    [one] record that stays, whole or in part
   *[other] records that stay, whole or in part
}
import-undo-outside = { $count ->
    [one] record outside your mandate, which stays as it is
   *[other] records outside your mandate, which stay as they are
}
import-undo-outside-mandate = Your mandate does not cover this record, or does no more: ask a coordinator to extend it, or a partner whose territory it is to correct it.
import-undo-kept-heading = What stays
import-undo-written-since = Somebody has written in this record since: it stays whole.
import-undo-fields-since = Changed since, and kept: { $fields }.
import-undo-more-kept = { $count ->
    [one] And one more record.
   *[other] And { $count } more records.
}
import-undo-button = { $count ->
    [one] Take back the import of one record
   *[other] Take back the import of { $count } records
}
import-undo-contacts-gone = { $count ->
    [one] value of a contact that the import brought, and that is erased
   *[other] values of contacts that the import brought, and that are erased
}
import-undo-contacts-restored = { $count ->
    [one] value of a contact that reads as before again
   *[other] values of contacts that read as before again
}
import-undo-contacts-kept = { $count ->
    [one] value of a contact that was replaced since, and stays
   *[other] values of contacts that were replaced since, and stay
}
import-undo-contacts-button = Take the import of contacts back
import-undo-leave = Change nothing
export-lead = Take the records with you in a file: a whole kind, or what a search finds.
export-searched = Only the records of your search are taken:
export-back = Back to the search
export-whole = Take everything
export-empty = There is no record to take for now. Change the search, or import a table first.
export-kind = Kind
export-kind-hint = A file with columns holds one kind of record only.
export-all-kinds = All kinds (workbook, calendar and JSON)
export-kind-missing = Choose a kind, for example Actors: this format holds one a file
export-sheet-full = A sheet of a workbook holds 1,048,575 records at most, and there are more of this kind. Choose “Spreadsheet”, or add a criterion
export-form = Format
export-reach = For whom
export-reach-form = As the format has it
export-reach-form-hint = The calendar, the feed, data·inclusion and grants are made to be given away: they have only what everyone may read. The other formats have all fields.
export-reach-public = For everyone
export-reach-public-hint = Public fields only: no budgets, no fields for partners, no extra fields.
export-reach-partners = For the partners
export-reach-partners-hint = All fields. Do not publish this file.
export-sources = Sources and licences
export-sources-lead = A record names its sources by their names, or by the id of their record. In files for everyone, records of a closed source are left out. Cite the others as their licence asks: GeoJSON and the feed say it themselves.
export-source = Source
export-licence = Licence
export-licence-none = Not said
export-licence-closed = Among partners
export-attribution = Attribution
export-closed = { $count ->
    [one] One record has a closed source: it is not in files for everyone.
   *[other] { $count } records have a closed source: they are not in files for everyone.
}
export-workbook = Workbook (XLSX)
export-workbook-hint = One sheet for each kind of record, for any spreadsheet: columns and terms are in plain words, codes stay texts, dates stay dates. A corrected sheet can be imported again.
export-spreadsheet = Spreadsheet
export-spreadsheet-hint = A CSV for Excel or LibreOffice in plain words, with French dates and decimal commas, and no active formula. Corrected, it can be imported again.
export-atom = Feed (Atom)
export-atom-hint = What is new first, for a feed reader. Records withdrawn or erased in the last four hundred days are announced in it, so that the reader lets them go too.
export-calendar = Calendar (iCalendar)
export-calendar-hint = The events and meetings that have a date, for the calendar of a phone, Outlook or Thunderbird. What is cancelled stays, and says so.
export-no-dates = A calendar holds events or meetings: choose one of these kinds, or all kinds
export-csv = CSV for programs
export-csv-hint = Can be imported again on any node, and gives the same records.
export-json = JSON
export-json-hint = All values, also those that are to be settled.
export-geojson = GeoJSON
export-geojson-hint = For a map, for example in QGIS. A territory whose outline is known leaves with it.
export-parquet = Parquet
export-parquet-hint = For analysis, for example with DuckDB, Python or R: dates, numbers, places and lists have their type.
export-inclusion = data·inclusion
export-inclusion-hint = Actors and their running services, in the schema data·inclusion v1: a workbook or two JSON lists. A page first says what cannot leave.
export-grants = Grants (SCDL)
export-grants-hint = The applications that were granted, in the French open data schema SCDL subventions 2.1.1. A page first says what is missing.
export-no-grants = This format holds applications: choose this kind, or all kinds
section-grants = To the open data of grants
grants-lead = One line for each application that was granted, in the order of the schema SCDL subventions 2.1.1. Whoever publishes it looks first at what can be published.
grants-counts = { $count ->
    [0] No grant can leave for now.
    [one] { $count } grant leaves.
   *[other] { $count } grants leave.
}
grants-others = { $count ->
    [one] { $count } application was not granted, or not yet: it is not concerned.
   *[other] { $count } applications were not granted, or not yet: they are not concerned.
}
grants-left = { $count ->
    [one] { $count } granted application stays here: it lacks what the schema requires.
   *[other] { $count } granted applications stay here: they lack what the schema requires.
}
grants-file = Download the grants (CSV)
grants-caption = Granted applications that cannot leave (the first 50)
grants-reason = What is missing
section-inclusion = To data·inclusion
inclusion-lead = Actors leave as structures, running services and actions as services. No person is named, and only public fields leave.
inclusion-counts = { $structures ->
    [one] { $structures } structure
   *[other] { $structures } structures
}, { $services ->
    [one] { $services } service
   *[other] { $services } services
}.
inclusion-score = Mean quality of the services, counted as data·inclusion does: { $percent }%.
inclusion-others = { $count ->
    [one] { $count } initiative is no running service or action: it is not concerned.
   *[other] { $count } initiatives are no running services or actions: they are not concerned.
}
inclusion-notices = { $count ->
    [one] { $count } value does not come along, or changes on the way. The command names it.
   *[other] { $count } values do not come along, or change on the way. The command names them.
}
inclusion-left = { $count ->
    [one] { $count } record cannot leave: it lacks what the schema requires.
   *[other] { $count } records cannot leave: they lack what the schema requires.
}
inclusion-workbook = Workbook (XLSX): Structures, Services, and the records that were left out
inclusion-structures = List of structures (JSON)
inclusion-services = List of services (JSON)
inclusion-back = Choose another format
inclusion-caption = Records that cannot leave (the first 50)
inclusion-record = Record
inclusion-reason = Reason
export-download = Download
export-this-list = Export this list

# How the text of the file is read
import-reading = Wrong letters or columns?
import-reading-hint = Encoding and separator are found from the file. Choose them here if accents are wrong, or if the columns are not those of the table.
import-read-as = Read as { $encoding }, columns parted by: { $separator }.
import-read-in = Read as { $encoding }.
import-first-lines = The first lines of the file (⇥ is a tabulation)
import-found = Find it from the file
import-encoding = Encoding of the letters
import-encoding-hint = “École” reads “Ã‰cole” if the encoding is wrong; “ƒcole” comes from an old Mac.
import-encoding-utf-8 = UTF-8
import-encoding-windows-1252 = Windows-1252 (CSV of Excel)
import-encoding-mac-roman = Mac Roman (old Mac)
import-encoding-utf-16le = UTF-16 (“Unicode text” of Excel)
import-encoding-utf-16be = UTF-16, bytes in the other order
import-separator = Separator of the columns
import-separator-hint = For a CSV. Other formats have none.
import-separator-semicolon = semicolon
import-separator-comma = comma
import-separator-tab = tabulation
import-separator-bar = bar (|)
import-accents = Put right accents that were encoded twice
import-accents-hint = “MÃ©diathÃ¨que” becomes “Médiathèque”. Words that are right stay as they are.
import-double-accents = This file has accents that were encoded twice, like “Ã©”: tick “Put right accents that were encoded twice”, then read it again.
import-read-again = Read the file again
sources-heading = Watched sources
sources-all = All sources
sources-lead = Where imported records come from, and what the last import of each source did on this node. An import belongs to the record of a source by its name.
sources-new = Describe a source
sources-none = No source is described, and nothing was imported here yet. Describe a source, or import a file: it carries the name of its source.
sources-name = Source
sources-format = Format
sources-frequency = Frequency
sources-licence = Licence
sources-mapping = Columns
sources-result = Last import here
sources-here = Imports of this source on this node
sources-no-record = No record
sources-due = To read again
sources-import = Import a file
sources-left-out = left out
sources-never = Nothing was imported under this name yet.
sources-last = { $moment }, “{ $file }”, by { $by }
sources-last-counts = Rows: { $rows }; new: { $new }; changed: { $changed }; unchanged: { $unchanged }; refused: { $refused }
sources-last-held-up = Nothing was written: rows were refused.
sources-mapped = { $count ->
    [0] Columns recognised by their names
    [one] { $count } column chosen
   *[other] { $count } columns chosen
}
sources-not-mapped = No choice of columns kept
