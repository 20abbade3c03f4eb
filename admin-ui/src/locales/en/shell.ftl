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
hour-in-words = { $weekday } { $day } at { $hour }:{ $minute }
hour-first = summer time
hour-second = winter time
qpv-of-2024 = { $code } (generation of 2024, in force since 1 January { $year })
qpv-of-2015 = { $code } (generation of 2015, in force until 31 December { $year })
zone-guadeloupe = Guadeloupe time
zone-guyane = French Guiana time
zone-gambier = Gambier Islands time
zone-marquises = Marquesas time
zone-martinique = Martinique time
zone-mayotte = Mayotte time
zone-miquelon = Saint Pierre and Miquelon time
zone-nouvelle-caledonie = New Caledonia time
zone-reunion = Réunion time
zone-saint-barthelemy = Saint Barthélemy time
zone-saint-martin = Saint Martin time
zone-tahiti = Tahiti time
zone-wallis = Wallis and Futuna time
zone-other = time zone { $zone }
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
