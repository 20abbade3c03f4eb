# Bulk edit
bulk-this-list = Change these records together…
bulk-heading = Change records together
bulk-lead = One change, in all records of the list. Nothing is written before you have seen what it would do.
bulk-back = Back to the list
bulk-which-kind = Which kind of records?
bulk-which-field = Field to change
bulk-which-field-hint = Names, identification numbers, coordinates, long texts and lists of rows (commitments, funding…) are changed one record at a time.
bulk-next = Continue
bulk-how = What is to be done?
bulk-put = Replace what is there
bulk-add = Add to what is there
bulk-remove = Remove from what is there
bulk-clear = Empty the field
bulk-look = See what this would do
bulk-value-missing = Give the value, or choose to empty the field.
bulk-too-many = The list is longer than 20,000 records: narrow the search.
bulk-would-change = { $count ->
    [0] No record would change.
    [one] One record would change.
   *[other] { $count } records would change.
}
bulk-unchanged = { $count ->
    [one] One record says so already.
   *[other] { $count } records say so already.
}
bulk-conflicts = { $count ->
    [one] One record is left as it is: several values are in conflict there, to be settled on its page.
   *[other] { $count } records are left as they are: several values are in conflict there, to be settled on their pages.
}
bulk-outside = { $count ->
    [one] One record is left as it is: it is outside your mandate, and a change there would have no effect.
   *[other] { $count } records are left as they are: they are outside your mandate, and changes there would have no effect.
}
bulk-more = { $count ->
    [one] And one more record.
   *[other] And { $count } more records.
}
bulk-table = What would change
bulk-before = Before
bulk-after = After
bulk-nothing = (empty)
bulk-sign = { $count ->
    [one] Sign this change
   *[other] Sign these { $count } changes
}
bulk-sign-hint = They are signed by your organisation and go to the other nodes. They are taken back together.
bulk-again = Choose another change
bulk-changed-meanwhile = The list has changed since you looked at it: check again before you sign.
bulk-done = { $count ->
    [0] There was nothing left to change.
    [one] It is signed: one record is changed.
   *[other] It is signed: { $count } records are changed.
}
bulk-undo = Take these changes back…
bulk-title = Bulk edit: { $field }
bulk-undo-heading = Take a bulk edit back
bulk-undo-explained = This is what taking it back would do. These are ordinary edits, signed by your organisation: nothing is erased, and the history keeps all of it.
bulk-undo-button = { $count ->
    [one] Take back the change of one record
   *[other] Take back the change of { $count } records
}
bulk-undone = The changes are taken back on this node. The other nodes will know as soon as they can be reached.
