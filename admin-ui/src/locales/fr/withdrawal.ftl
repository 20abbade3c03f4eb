record-withdraw = Retirer cette fiche
record-withdrawn-name = { $name } (retirée)
withdraw-heading = Retirer « { $name } »
withdraw-lead = Une fiche retirée n’est plus dans les listes, la carte, les doublons ni les fichiers exportés, sur tous les nœuds. Rien n’est supprimé : elle garde son adresse, son historique et ses labels, et chacun peut la rétablir. Pour faire disparaître son contenu, il faut l’effacer.
withdraw-links = { $count ->
    [one] Une fiche mène à celle-ci. Elle continuera d’y mener ; indiquez ce qui remplace la fiche retirée, si c’est le cas.
   *[other] { $count } fiches mènent à celle-ci. Elles continueront d’y mener ; indiquez ce qui remplace la fiche retirée, si c’est le cas.
}
withdraw-button = Retirer la fiche
withdraw-why-personal = La raison est lue par tous les partenaires : n’y mettez ni courriel ni téléphone.
withdraw-by-itself = Une fiche ne peut pas se remplacer elle-même.
withdraw-by-unknown = Cette fiche n’est pas sur ce nœud. Copiez l’adresse de la fiche qui remplace celle-ci.
withdraw-by-withdrawn = Cette fiche est elle-même retirée. Indiquez celle qui la remplace, ou rétablissez-la d’abord.
withdrawn-heading = Cette fiche est retirée
withdrawn-replaced-by = Elle est remplacée par
withdrawn-circle = Les deux fiches sont retirées l’une pour l’autre : plus aucune n’est dans les listes. Rétablissez celle qui doit rester.
withdrawn-hint = Elle n’est plus dans les listes, la carte ni les fichiers. Ce qu’elle disait se lit toujours ici.
withdrawn-restore = Rétablir la fiche
census-withdrawn = Fiches retirées
census-out-of-lists = Hors des listes
