# À vérifier : ce qu’un organisme tient, et la confirmation en lot
due-heading = À vérifier
due-lead = Les fiches que votre organisme tient, celles qui attendent depuis le plus longtemps d’abord. Une rubrique est à revoir { $advised } jours après sa dernière vérification, par qui que ce soit, et à vérifier après { $required } jours.
due-others = Les programmes de la fédération fixent d’autres délais pour : { $kinds }.
due-of-kind = { $kind } ({ $advised } et { $required } jours)
due-whose = Quelles fiches ? Celles de
due-whose-why = Une fiche est tenue par l’organisme qui a écrit le plus de ses valeurs actuelles. À égalité, par celui qui a écrit son nom. Les textes longs, écrits à plusieurs, ne comptent pas. La fiche attend aussi longtemps que sa rubrique la plus ancienne.
due-found = { $count ->
    [0] Aucune fiche
    [one] Une fiche
   *[other] { $count } fiches
}
due-state = État
due-waiting = Tout ce qui attend
due-sections = Rubriques qui attendent
due-section = { $section } (le { $day })
due-tick = Choisir
due-filter = Filtrer
due-reset = Revenir à toute la liste
due-nothing = Rien n’attend : toutes les fiches que votre organisme tient sont à jour, ou il n’en tient pas encore.
due-nothing-filtered = Aucune fiche ne répond à ces critères.
due-nobody = Ce nœud ne signe encore pour aucun organisme : rien n’est à vérifier ici. L’exploitant du nœud le fait entrer dans la fédération avec « maillage join ».
due-confirm = Confirmer les fiches choisies…
due-confirm-hint = Choisissez les fiches que vous avez relues. La page suivante montre ce qui sera signé.
due-none-ticked = Choisissez au moins une fiche à confirmer.
due-print = Feuille à imprimer
due-print-hint = Imprimez cette page avec votre navigateur. La dernière colonne se remplit à la main.
due-by-hand = Vue le, par
due-cut = { $count ->
    [one] La première est sur cette feuille.
   *[other] Les { $count } premières sont sur cette feuille.
}
due-back = Retour à la liste
due-look-heading = Confirmer des fiches
due-look-lead = { $count ->
    [0] Aucune fiche ne peut être confirmée.
    [one] Vous signez, pour votre organisme, que cette fiche est toujours juste.
   *[other] Vous signez, pour votre organisme, que ces { $count } fiches sont toujours justes.
}
due-look-bulk = Une seule signature pour plusieurs fiches est une confirmation en lot : chaque fiche le dira.
due-changed = Ces fiches ont changé depuis que vous les avez vues, et ne sont pas confirmées. Relisez-les d’abord :
due-stated = Rubriques confirmées
due-sign = { $count ->
    [one] Signer la confirmation
   *[other] Signer les { $count } confirmations
}
due-done = { $count ->
    [one] Une fiche est confirmée.
   *[other] { $count } fiches sont confirmées.
}
due-left = { $count ->
    [one] Une fiche a changé entre-temps et n’est pas confirmée : relisez-la.
   *[other] { $count } fiches ont changé entre-temps et ne sont pas confirmées : relisez-les.
}
