record-withdraw = Withdraw this record
record-withdrawn-name = { $name } (withdrawn)
withdraw-heading = Withdraw “{ $name }”
withdraw-lead = A withdrawn record is no longer in lists, on the map, among duplicates nor in exported files, on any node. Nothing is deleted: it keeps its address, its history and its labels, and anybody can restore it. To make its content disappear, it must be erased.
withdraw-links = { $count ->
    [one] One record leads to this one. It will go on doing so; say what replaces the withdrawn record, if anything does.
   *[other] { $count } records lead to this one. They will go on doing so; say what replaces the withdrawn record, if anything does.
}
withdraw-button = Withdraw the record
withdraw-why-personal = All partners read the reason: put no mail address and no phone number there.
withdraw-by-itself = A record cannot replace itself.
withdraw-by-unknown = This record is not on this node. Copy the address of the record that replaces this one.
withdraw-by-withdrawn = That record is withdrawn itself. Give the one that replaces it, or restore it first.
withdrawn-heading = This record is withdrawn
withdrawn-replaced-by = It is replaced by
withdrawn-circle = Both records are withdrawn for each other: neither is in the lists any more. Restore the one that must stay.
withdrawn-hint = It is no longer in lists, on the map nor in files. What it said can still be read here.
withdrawn-restore = Restore the record
census-withdrawn = Withdrawn records
census-out-of-lists = Out of the lists
