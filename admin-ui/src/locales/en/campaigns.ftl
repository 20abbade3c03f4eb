# Campaigns: how far one is, and what remains
due-for-campaign = Only what remains to be verified for the campaign
campaign-heading = Progress
campaign-progress = { $done } of { $total } { $total ->
    [one] record verified
   *[other] records verified
}
campaign-asks-nothing = Asks for nothing yet: give a search or records.
campaign-finds-nothing = No record matches for now.
campaign-done = Finished: everything is verified.
campaign-over = { $count ->
    [one] Past its deadline of { $until }: one record remains to be verified.
   *[other] Past its deadline of { $until }: { $count } records remain to be verified.
}
campaign-early = Begins on { $from }.
campaign-under-way = { $count ->
    [one] Under way: one record remains to be verified.
   *[other] Under way: { $count } records remain to be verified.
}
campaign-under-way-until = { $count ->
    [one] Under way until { $until }: one record remains to be verified.
   *[other] Under way until { $until }: { $count } records remain to be verified.
}
campaign-unknown = No partner has this name: { $names }
campaign-whole = This campaign is about more than { $max } records: one counts once all of its sections are verified.
campaign-no-start = Without a first day, every verification counts, however old.
campaign-search = Search:
campaign-sections = Sections asked:
campaign-caption = Progress by the organisation that keeps the records
campaign-partner = Kept by
campaign-asked = Asked
campaign-verified = Verified
campaign-left = Remain
campaign-nobody = Nobody enrolled
campaign-mine = { $count ->
    [0] Nothing remains for your organisation
    [one] What remains for your organisation (one record)
   *[other] What remains for your organisation ({ $count } records)
}
campaign-from-search = Start a campaign…
campaign-new-heading = Start an update campaign
campaign-new-lead = Ask partners to verify the records that this search finds. The campaign is a record that everybody sees, with its progress.
campaign-due-left = The criterion “Verification” is not kept: records would leave the campaign as they are verified.
campaign-name = Name of the campaign
campaign-name-hint = For example “Sports venues, autumn 2026”
campaign-name-missing = Give the campaign a name.
campaign-starts = From
campaign-starts-hint = An older verification does not count. YYYY-MM-DD or DD/MM/YYYY
campaign-deadline = Until (optional)
campaign-deadline-hint = YYYY-MM-DD or DD/MM/YYYY
campaign-date-wrong = Write the date YYYY-MM-DD or DD/MM/YYYY, for example 2026-11-30.
campaign-dates-crossed = The deadline comes before the first day: correct one of them.
campaign-sections-label = Sections to verify
campaign-sections-hint = All of them if you choose none.
campaign-sections-need-kind = All sections are asked. To choose some, search for a single kind of records first.
campaign-partners-label = Partners asked
campaign-partners-hint = Those that keep the records. All of them if you choose none.
campaign-make = Start the campaign
