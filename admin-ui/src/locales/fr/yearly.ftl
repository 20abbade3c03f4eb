# Communes qui ont changé
yearly-heading = Communes qui ont changé
yearly-lead = Chaque année, des communes fusionnent, se séparent ou changent de code. Voici les fiches qui tiennent encore l’ancien. Rien n’est écrit avant que vous l’ayez vu.
yearly-year = Liste de l’année
yearly-year-hint = La liste officielle au 1er janvier de cette année.
yearly-nothing = Toutes les fiches ont une commune de la liste de { $year }. Il n’y a rien à faire.
yearly-would-change = { $count ->
    [0] Aucune fiche ne changerait de code de commune.
    [one] Une fiche changerait de code de commune.
   *[other] { $count } fiches changeraient de code de commune.
}
yearly-open = { $count ->
    [one] Une fiche attend un choix : sa commune s’est séparée.
   *[other] { $count } fiches attendent un choix : leurs communes se sont séparées.
}
yearly-conflicts = { $count ->
    [one] Une fiche a plusieurs communes en conflit : réglez-la depuis sa page.
   *[other] { $count } fiches ont plusieurs communes en conflit : réglez-les depuis leur page.
}
yearly-outside = { $count ->
    [one] Une fiche est hors de votre mandat : un autre organisme la changera.
   *[other] { $count } fiches sont hors de votre mandat : d’autres organismes les changeront.
}
yearly-code = Commune inscrite
yearly-became = Ce qu’elle est devenue
yearly-records = Fiches
yearly-successor = { $name } ({ $code }) lui succède
yearly-choose = Elle s’est séparée : quelle commune tient ces fiches ?
yearly-wait = Laisser en attente, pour choisir fiche par fiche
yearly-unknown = Aucune commune ne lui succède seule : corrigez les fiches une à une
yearly-look = Voir ce que cela ferait
yearly-sign = { $count ->
    [one] Modifier une fiche
   *[other] Modifier { $count } fiches
}
yearly-title = Communes de la liste de { $year }
