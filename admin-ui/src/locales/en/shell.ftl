# Frame of all pages
skip = Skip to content
navigation = Main navigation
section-home = Home
section-accounts = Accounts
log-out = Log out
colophon = Maillage – a shared census, kept by each partner on its own node.
accessibility = Accessibility

# Forms and lists
form-refused = { $count ->
    [one] One correction is needed
   *[other] { $count } corrections are needed
}
pagination = Pages of the list
pagination-place = Page { $page } of { $pages }
pagination-previous = Previous page
pagination-next = Next page

# Dates
day-in-words = { $day } { $month } { $year }
moment-in-words = { $day }, { $hour }:{ $minute } (UTC)
month-january = January
month-february = February
month-march = March
month-april = April
month-may = May
month-june = June
month-july = July
month-august = August
month-september = September
month-october = October
month-november = November
month-december = December
