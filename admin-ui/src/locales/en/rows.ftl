# Rows of a field: commitments, funding, roles, places.
row-legend = { $one } { $row }
row-cell = { $column }: { $text }
row-cell-of = { $field }, row { $row }, { $column }
row-cell-empty = (nothing)
row-add = Add a row
row-remove = Remove this row
row-other-cell = Written by another version of the program, and kept: { $column }: { $text }
row-unread = This row cannot be read here. It is kept as it is: { $text }
row-several-versions = Several partners changed this row at the same time: choose on the page of the record what counts.
row-too-long = { $field }, row { $row }: the row is too long ({ $max } bytes at most)
rows-too-many = { $field }: { $max } rows at most; remove some, or put them on several records
form-too-much = These are too many changes to save at once: save some of them, then go on
row-conflict-title = { $field }: a row has { $count } versions written at the same time
row-keep-one = Keep this version
row-keep-all = Keep all versions, each as a row
row-cell-by-cell = Choose cell by cell
row-keep-cells = Keep these cells
row-changed-meanwhile = This row has changed since you opened the page: nothing was chosen. Look at what it says now.
row-settled-too-long = Together these cells are too long for a row: nothing was chosen. Keep one of the versions, then change it.
change-row = { $field }: row changed ({ $what })
change-cell = { $column }: “{ $before }” becomes “{ $after }”
commitment-late = Late
commitments-heading = Commitments
commitments-lead = What organisations promised at meetings. The nearest come first, those without a day last.
commitments-link = Commitments
commitments-who = Organisation
commitments-what = What
commitments-due = Due
commitments-state = State
commitments-meeting = Meeting
commitments-all-organisations = All organisations
commitments-open = To be kept
commitments-all = All
commitments-found = { $count ->
    [0] No commitment
    [one] One commitment
   *[other] { $count } commitments
}
commitments-cut = The list reads { $max } meetings at most: choose a state to see others.
commitments-nothing = No commitment to be kept. They are written on the record of a meeting.
commitments-nothing-filtered = No commitment answers to these choices.
commitments-reset = See all commitments to be kept
