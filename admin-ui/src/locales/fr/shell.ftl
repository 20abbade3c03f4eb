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
