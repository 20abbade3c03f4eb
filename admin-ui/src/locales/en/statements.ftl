# Statements: what each partner holds about a record
verification-heading = Verification
verify-button = Still right
verified-by = Verified by { $partner } on { $day }
verified-in-bulk = Verified by { $partner } on { $day } – confirmed in bulk ({ $count } records within one minute)
due-up-to-date = Up to date
due-advised = To be verified soon
due-required = Verification needed
due-never = Never verified
due-after = A section of this record should be looked at again { $advised } days after it was last verified, and must be after { $required } days.
qualification-heading = Qualification
qualification-caption = Assessments of the partners, from 0 to 3
qualification-prism = Prism
qualification-median = Median
qualification-range = Spread
qualification-who = Who
qualification-committee = See the assessments of the committee
spread-range = { $count ->
    [one] one assessment
   *[other] from { $low } to { $high } ({ $count } assessments)
}
level-0 = not met
level-1 = met in part
level-2 = met
level-3 = exemplary
declarations-heading = Statements
statements-heading = Statements – { $name }
statements-lead = Each organisation speaks for itself: nobody replaces another’s statement. None changes the record, none gives a label.
statements-none = Nobody has stated anything yet. Verify a section, assess or endorse the record from its page.
statements-count = { $count ->
    [0] No statement
    [one] See the statement
   *[other] See the { $count } statements
}
statements-back = Back to the record
statement-answered = Answer to a report
statement-assessed = Assessment
statement-duplicate = Duplicate
statement-endorsed = Endorsement
statement-reported = Report
statement-verified = Verification
statement-unknown = A statement that this version cannot read. It is kept.
statement-mark = { $what }: { $level } – { $why }
statement-against = Against the scheme { $scheme }
statement-evidence = Evidence: { $link }
statement-section = { $section }: on { $day }
statement-other = The other record
statement-entry = Signed entry
sameness-same = The same thing
sameness-distinct = Two different things
sameness-unsure = To be clarified
endorsed-by = Endorsed by { $partner } on { $day }
reported-by = Reported by { $partner } on { $day }
answered-by = Answer of { $partner } on { $day }: { $said }
answered-by-outside = Answer of { $partner } on { $day }, outside its mandate: { $said }
answers-none = Has taken back its answers.
outcome-corrected = Corrected
outcome-not-kept = Not kept
outcome-settled = Already settled
outcome-missing = Choose what became of the report.
answer-link = Answer
answer-change = Change our answer
answer-take-back = Take back our answer
answer-heading = Answer the report – { $name }
answer-lead = { $partner } reports: { $said }. All partners read your answer, with the name of your organisation. The record is not changed: correct it first where there is something to correct.
answer-outcome = What became of the report
answer-why-hint = One sentence, needed where the report is not kept.
answer-button = Sign the answer
assess-link = Assess
assess-heading = Assess – { $name }
assess-lead = A level and a sentence for each prism. What you leave empty is not assessed. Your assessment replaces the earlier one of your organisation, and no other.
assess-level = Level
assess-why = Why
assess-evidence = Evidence (optional)
assess-evidence-hint = The address of a page, for example https://example.org/report.pdf
assess-evidence-wrong = The address of the evidence cannot be read: write it in full, with https://.
assess-level-missing = { $what }: choose a level from 0 to 3.
assess-why-missing = { $what }: say why, in one sentence.
assess-why-too-long = { $what }: shorten the sentence to 2,000 characters.
assess-nothing = Give at least one level, with its sentence.
assess-not-stated = The assessment cannot be signed as it is: load the page again.
assess-button = Sign the assessment
report-link = Report
report-heading = Report – { $name }
report-lead = All partners read this report, with the name of your organisation. The record is not changed.
report-reason = What is wrong
report-reason-missing = Choose what is wrong.
report-wrong = Something is wrong
report-closed = Closed, ended or cancelled
report-duplicate = Duplicate of another record
report-personal-data = Personal data
report-why-hint = One sentence, without copying any personal data.
report-button = Sign the report
endorse-link = Endorse
endorse-heading = Endorse – { $name }
endorse-lead = Your organisation states that it stands behind what this record describes.
endorse-why-hint = A sentence, if you like.
endorse-button = Sign the endorsement
why-label = Explanation
why-missing = Say why, in one sentence.
why-too-long = Shorten the explanation to 2,000 characters.
entry-heading = Signed entry
entry-lead = An entry is a signed writing that never changes. Its signature was verified when it came in.
entry-partner = Signed for
entry-claimed = Claimed date
entry-id = Id
entry-feed = Feed
entry-sequence = Position in the feed
entry-items = Items

# Applications and committee
apply-link = Apply for a label
apply-heading = Apply for a label – { $name }
apply-lead = Answer the criteria. The application is a record that all partners read; only the committee, by signed decisions, gives a label.
apply-choose = Choose a label
apply-name = Application of { $name } – { $label }
apply-answer-mandatory = Mandatory criterion. Without any person’s name.
apply-answer-optional = Without any person’s name.
apply-answer-missing = { $what }: this criterion is mandatory, answer it.
apply-too-long = The answers are too long: 48,000 characters in all at most.
apply-evidence = Evidence
apply-evidence-hint = The address of a page or folder that the committee can read, for example https://example.org/file
apply-button = Hand the application in
applications-link = See the applications
applications-heading = Applications for labels
applications-lead = What the committees have to look at, and what is still to be assessed.
applications-none = No application. A record applies from its page, button “Apply for a label”.
applications-back = Back to the labels
applications-progress = Assessments of the committee
applications-assessed = { $done } of { $of }
application-heading = Application
application-back = Back to the applications
application-lead = Assessments inform the decision and give nothing: a label is made by the signed decisions of the committee.
application-candidate = Record put forward
application-no-candidate = The record put forward is not known here.
application-missing = Have not assessed yet
application-none-missing = The whole committee has assessed.
application-outside = Other assessments, not counted
application-outside-read = Read them
application-record = Record of the application
application-decide = Decide on the label
application-scheme-unknown = The scheme that this application names is not known here: check its code and version.
application-general = Presentation
application-answers = Answers to the criteria
application-no-answer = No answer
application-committee = Committee
application-caption = Assessments of the committee, criterion by criterion, from 0 to 3
application-no-assessment = No partner of the committee has assessed this application yet.
application-no-mark = –
application-total = Weighted total: { $total } of { $of }
application-not-met = Mandatory, not met
application-unmarked = Without a level:
application-assess = Assess for your organisation
application-assess-lead = A level and a sentence for each criterion. Your assessment replaces the earlier one of your organisation, and no other.
application-weight = weight { $weight }
application-weight-mandatory = weight { $weight }, mandatory
reports-heading = Reports
reports-lead = The records that organisations report, the most recently changed first. Whoever may write in the record corrects it, withdraws it or merges it with another one, then answers: the report is then among those that are settled, with the answer. Whoever made it may answer too, to say that it no longer applies.
reports-all = All
reports-which = Which reports
reports-open = To settle
reports-settled = Settled
reports-ours = Made by us
reports-found = { $count ->
    [0] No report to settle
    [one] { $count } record is reported
   *[other] { $count } records are reported
}
reports-found-settled = { $count ->
    [0] No record of which a report was settled
    [one] { $count } record of which a report was settled
   *[other] { $count } records of which a report was settled
}
reports-found-ours = { $count ->
    [0] No record reported by your organisation
    [one] { $count } record reported by your organisation
   *[other] { $count } records reported by your organisation
}
reports-none-settled = No report was answered yet. One answers from the record that is reported, under “Statements”.
reports-none-ours = Your organisation has reported nothing. A report is made from a record, under “Statements”.
reports-none = No report is to be settled. A report is made from a record, under “Statements”.
reports-none-of-reason = No report here for this reason.
reports-said = What is reported
