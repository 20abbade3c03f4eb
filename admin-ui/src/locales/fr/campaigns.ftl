# Campagnes de mise à jour : l’avancement, et ce qui reste
due-for-campaign = Seulement ce qui reste à vérifier pour la campagne
campaign-heading = Avancement
campaign-progress = { $done } sur { $total } { $total ->
    [one] fiche vérifiée
   *[other] fiches vérifiées
}
campaign-asks-nothing = Ne demande encore rien : donnez une recherche ou des fiches.
campaign-finds-nothing = Aucune fiche ne répond pour l’instant.
campaign-done = Terminée : tout est vérifié.
campaign-over = { $count ->
    [one] Échéance passée depuis le { $until } : une fiche reste à vérifier.
   *[other] Échéance passée depuis le { $until } : { $count } fiches restent à vérifier.
}
campaign-early = Commence le { $from }.
campaign-under-way = { $count ->
    [one] En cours : une fiche reste à vérifier.
   *[other] En cours : { $count } fiches restent à vérifier.
}
campaign-under-way-until = { $count ->
    [one] En cours jusqu’au { $until } : une fiche reste à vérifier.
   *[other] En cours jusqu’au { $until } : { $count } fiches restent à vérifier.
}
campaign-unknown = Aucun partenaire ne porte ce nom : { $names }
campaign-whole = Cette campagne porte sur plus de { $max } fiches : une fiche compte quand toutes ses rubriques sont vérifiées.
campaign-no-start = Sans date de début, toute vérification compte, même ancienne.
campaign-search = Recherche :
campaign-sections = Rubriques demandées :
campaign-caption = Avancement par organisme qui tient les fiches
campaign-partner = Tenues par
campaign-asked = Demandées
campaign-verified = Vérifiées
campaign-left = Restent
campaign-nobody = Personne d’inscrit
campaign-mine = { $count ->
    [0] Rien ne reste à votre organisme
    [one] Ce qui reste à votre organisme (une fiche)
   *[other] Ce qui reste à votre organisme ({ $count } fiches)
}
campaign-from-search = Lancer une campagne…
campaign-new-heading = Lancer une campagne de mise à jour
campaign-new-lead = Demandez aux partenaires de vérifier les fiches que trouve cette recherche. La campagne est une fiche que tous voient, avec son avancement.
campaign-due-left = Le critère « Vérification » n’est pas gardé : les fiches sortiraient de la campagne à mesure qu’elles sont vérifiées.
campaign-name = Nom de la campagne
campaign-name-hint = Par exemple « Lieux de sport, automne 2026 »
campaign-name-missing = Donnez un nom à la campagne.
campaign-starts = Depuis le
campaign-starts-hint = Une vérification plus ancienne ne compte pas. AAAA-MM-JJ ou JJ/MM/AAAA
campaign-deadline = Avant le (facultatif)
campaign-deadline-hint = AAAA-MM-JJ ou JJ/MM/AAAA
campaign-date-wrong = Écrivez la date AAAA-MM-JJ ou JJ/MM/AAAA, par exemple 2026-11-30.
campaign-dates-crossed = L’échéance vient avant le début : corrigez l’une ou l’autre.
campaign-sections-label = Rubriques à vérifier
campaign-sections-hint = Toutes si vous n’en choisissez aucune.
campaign-sections-need-kind = Toutes les rubriques sont demandées. Pour en choisir, cherchez d’abord un seul genre de fiches.
campaign-partners-label = Partenaires sollicités
campaign-partners-hint = Ceux qui tiennent les fiches. Tous si vous n’en choisissez aucun.
campaign-make = Lancer la campagne
