# Modifier en lot
bulk-this-list = Modifier ces fiches en lot…
bulk-heading = Modifier des fiches en lot
bulk-lead = Une seule modification, dans toutes les fiches de la liste. Rien n’est écrit avant que vous ayez vu ce que cela ferait.
bulk-back = Retour à la liste
bulk-which-kind = De quelle sorte de fiches ?
bulk-which-field = Champ à modifier
bulk-which-field-hint = Les noms, les numéros d’identification, les coordonnées, les longs textes et les listes de lignes (engagements, financements…) se modifient fiche par fiche.
bulk-next = Continuer
bulk-how = Que faire ?
bulk-put = Remplacer ce qui s’y trouve
bulk-add = Ajouter à ce qui s’y trouve
bulk-remove = Retirer de ce qui s’y trouve
bulk-clear = Vider le champ
bulk-look = Voir ce que cela ferait
bulk-value-missing = Indiquez la valeur, ou choisissez de vider le champ.
bulk-too-many = La liste dépasse 20 000 fiches : précisez la recherche.
bulk-would-change = { $count ->
    [0] Aucune fiche ne changerait.
    [one] Une fiche changerait.
   *[other] { $count } fiches changeraient.
}
bulk-unchanged = { $count ->
    [one] Une fiche le dit déjà.
   *[other] { $count } fiches le disent déjà.
}
bulk-conflicts = { $count ->
    [one] Une fiche est laissée telle quelle : plusieurs valeurs y sont en conflit, à régler sur sa page.
   *[other] { $count } fiches sont laissées telles quelles : plusieurs valeurs y sont en conflit, à régler sur leur page.
}
bulk-outside = { $count ->
    [one] Une fiche est laissée telle quelle : elle est hors de votre mandat, et un changement y resterait sans effet.
   *[other] { $count } fiches sont laissées telles quelles : elles sont hors de votre mandat, et un changement y resterait sans effet.
}
bulk-more = { $count ->
    [one] Et une autre fiche.
   *[other] Et { $count } autres fiches.
}
bulk-table = Ce qui changerait
bulk-before = Avant
bulk-after = Après
bulk-nothing = (vide)
bulk-sign = { $count ->
    [one] Signer cette modification
   *[other] Signer ces { $count } modifications
}
bulk-sign-hint = Elles sont signées par votre organisme et partent vers les autres nœuds. Elles s’annulent ensemble.
bulk-again = Changer la modification
bulk-changed-meanwhile = La liste a changé depuis que vous l’avez regardée : vérifiez de nouveau avant de signer.
bulk-done = { $count ->
    [0] Il n’y avait plus rien à modifier.
    [one] C’est signé : une fiche est modifiée.
   *[other] C’est signé : { $count } fiches sont modifiées.
}
bulk-undo = Annuler ces modifications…
bulk-title = Modification en lot : { $field }
bulk-undo-heading = Annuler une modification en lot
bulk-undo-explained = Voici ce que l’annulation ferait. Ce sont des modifications ordinaires, signées par votre organisme : rien n’est effacé, et l’historique garde tout.
bulk-undo-button = { $count ->
    [one] Annuler la modification d’une fiche
   *[other] Annuler la modification de { $count } fiches
}
bulk-undone = Les modifications sont annulées sur ce nœud. Les autres nœuds le sauront dès qu’ils seront joignables.
