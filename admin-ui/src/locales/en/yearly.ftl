# Communes that changed
yearly-heading = Communes that changed
yearly-lead = Each year communes merge, split or change their codes. These records still hold the old one. Nothing is written before you have seen it.
yearly-year = List of the year
yearly-year-hint = The official list of 1 January of this year.
yearly-nothing = All records have a commune of the list of { $year }. There is nothing to do.
yearly-would-change = { $count ->
    [0] No record would change its commune code.
    [one] One record would change its commune code.
   *[other] { $count } records would change their commune codes.
}
yearly-open = { $count ->
    [one] One record waits for a choice: its commune was split.
   *[other] { $count } records wait for a choice: their communes were split.
}
yearly-conflicts = { $count ->
    [one] One record has several communes in conflict: settle it on its page.
   *[other] { $count } records have several communes in conflict: settle them on their pages.
}
yearly-outside = { $count ->
    [one] One record is outside your mandate: another organisation will change it.
   *[other] { $count } records are outside your mandate: other organisations will change them.
}
yearly-code = Commune as it stands
yearly-became = What became of it
yearly-records = Records
yearly-successor = { $name } ({ $code }) took its place
yearly-choose = It was split: which commune holds these records?
yearly-wait = Leave it open, to choose record by record
yearly-unknown = No single commune took its place: correct the records one by one
yearly-look = See what it would do
yearly-sign = { $count ->
    [one] Change one record
   *[other] Change { $count } records
}
yearly-title = Communes of the list of { $year }
