# To verify: what an organisation keeps, and confirmation in bulk
due-heading = To verify
due-lead = The records that your organisation keeps, those that wait for the longest time first. A section should be looked at again { $advised } days after anybody last verified it, and must be after { $required } days.
due-others = The programmes of the federation set other times for: { $kinds }.
due-of-kind = { $kind } ({ $advised } and { $required } days)
due-whose = Which records? Those of
due-whose-why = A record is kept by the organisation that wrote most of its present values; of several, by the one that wrote its name. Long texts, which several write together, do not count. The record waits for as long as its oldest section.
due-found = { $count ->
    [0] No record
    [one] One record
   *[other] { $count } records
}
due-state = State
due-waiting = Everything that waits
due-sections = Sections that wait
due-section = { $section } ({ $day })
due-tick = Choose
due-filter = Filter
due-reset = Back to the whole list
due-nothing = Nothing waits: all records that your organisation keeps are up to date, or it keeps none yet.
due-nothing-filtered = No record matches these criteria.
due-nobody = This node signs for no organisation yet: nothing is to be verified here. The node's operator brings it into the federation with “maillage join”.
due-confirm = Confirm the chosen records…
due-confirm-hint = Choose the records that you have read again. The next page shows what will be signed.
due-none-ticked = Choose one record at least.
due-print = Sheet to print
due-print-hint = Print this page with your browser. The last column is filled in by hand.
due-by-hand = Seen on, by
due-cut = { $count ->
    [one] The first one is on this sheet.
   *[other] The first { $count } are on this sheet.
}
due-back = Back to the list
due-look-heading = Confirm records
due-look-lead = { $count ->
    [0] No record can be confirmed.
    [one] You sign, for your organisation, that this record is still right.
   *[other] You sign, for your organisation, that these { $count } records are still right.
}
due-look-bulk = One signature for several records is a confirmation in bulk: each record will say so.
due-changed = These records have changed since you saw them, and are not confirmed. Read them again first:
due-stated = Sections that are confirmed
due-sign = { $count ->
    [one] Sign the confirmation
   *[other] Sign the { $count } confirmations
}
due-done = { $count ->
    [one] One record is confirmed.
   *[other] { $count } records are confirmed.
}
due-left = { $count ->
    [one] One record has changed meanwhile and is not confirmed: read it again.
   *[other] { $count } records have changed meanwhile and are not confirmed: read them again.
}
