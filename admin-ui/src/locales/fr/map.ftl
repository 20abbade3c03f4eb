# Carte
census-layers = Présentation
census-as-list = Liste
census-as-map = Carte
map-title = Carte des fiches
map-shown = { $count ->
    [0] Aucune de ces fiches n’a de position à montrer sur la carte.
    [one] Une fiche est sur la carte.
   *[other] { $count } fiches sont sur la carte.
}
map-without = { $count ->
    [one] Une fiche n’a pas de position et n’est que dans la liste.
   *[other] { $count } fiches n’ont pas de position et ne sont que dans la liste.
}
map-cut = La carte montre les { $count } premières fiches de la liste. Précisez la recherche pour voir les autres.
map-needs-script = La carte demande JavaScript. La liste ci-dessous dit la même chose.
map-failed = La carte n’a pas pu se charger. La liste ci-dessous dit la même chose ; rechargez la page pour réessayer.
map-place = Aller à
map-all-points = Toutes les fiches
map-hexagon = Hexagone et Corse
map-skip = Passer la carte
map-zoom-in = Zoom avant
map-zoom-out = Zoom arrière
map-close = Fermer
map-cluster = { $count } fiches proches, agrandir
map-between = , à{" "}
map-credit = Contours simplifiés, sans valeur juridique : IGN, Admin Express COG 2018 (Licence Ouverte) ; collectivités d’outre-mer : Natural Earth (domaine public). Carte : Leaflet.
