# Cadre de toutes les pages
skip = Aller au contenu
navigation = Navigation principale
section-home = Accueil
section-accounts = Comptes
log-out = Se déconnecter
colophon = Maillage – recensement partagé, tenu par chaque partenaire sur son propre nœud.
accessibility = Accessibilité

# Formulaires et listes
form-refused = { $count ->
    [one] Une correction est nécessaire
   *[other] { $count } corrections sont nécessaires
}
pagination = Pages de la liste
pagination-place = Page { $page } sur { $pages }
pagination-previous = Page précédente
pagination-next = Page suivante

# Dates
day-in-words = { $day ->
    [1] 1er
   *[other] { $day }
} { $month } { $year }
moment-in-words = { $day }, { $hour } h { $minute } (UTC)
hour-in-words = { $weekday } { $day } à { $hour } h { $minute }
hour-first = heure d’été
hour-second = heure d’hiver
qpv-of-2024 = { $code } (génération 2024, en vigueur depuis le 1er janvier { $year })
qpv-of-2015 = { $code } (génération 2015, en vigueur jusqu’au 31 décembre { $year })
zone-guadeloupe = heure de Guadeloupe
zone-guyane = heure de Guyane
zone-gambier = heure des Gambier
zone-marquises = heure des Marquises
zone-martinique = heure de Martinique
zone-mayotte = heure de Mayotte
zone-miquelon = heure de Saint-Pierre-et-Miquelon
zone-nouvelle-caledonie = heure de Nouvelle-Calédonie
zone-reunion = heure de La Réunion
zone-saint-barthelemy = heure de Saint-Barthélemy
zone-saint-martin = heure de Saint-Martin
zone-tahiti = heure de Tahiti
zone-wallis = heure de Wallis-et-Futuna
zone-other = fuseau { $zone }
month-january = janvier
month-february = février
month-march = mars
month-april = avril
month-may = mai
month-june = juin
month-july = juillet
month-august = août
month-september = septembre
month-october = octobre
month-november = novembre
month-december = décembre
