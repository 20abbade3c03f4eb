# Lignes d’un champ : engagements, financements, rôles, lieux.
row-legend = { $one } { $row }
row-cell = { $column } : { $text }
row-cell-of = { $field }, ligne { $row }, { $column }
row-cell-empty = (rien)
row-add = Ajouter une ligne
row-remove = Retirer cette ligne
row-other-cell = Écrit par une autre version du programme, et gardé : { $column } : { $text }
row-unread = Cette ligne ne peut pas être lue ici. Elle est gardée telle quelle : { $text }
row-several-versions = Cette ligne a été modifiée par plusieurs partenaires en même temps : choisissez sur la page de la fiche ce qui compte.
row-too-long = { $field }, ligne { $row } : la ligne est trop longue ({ $max } octets au plus)
rows-too-many = { $field } : { $max } lignes au plus ; retirez-en, ou répartissez-les sur plusieurs fiches
form-too-much = Il y a trop de changements pour un seul enregistrement : enregistrez-en une partie, puis continuez
row-conflict-title = { $field } : une ligne a { $count } versions écrites en même temps
row-keep-one = Garder cette version
row-keep-all = Garder toutes les versions, chacune sur sa ligne
row-cell-by-cell = Choisir case par case
row-keep-cells = Garder ces cases
row-changed-meanwhile = Cette ligne a changé depuis que vous avez ouvert la page : rien n’a été choisi. Regardez ce qu’elle dit maintenant.
row-settled-too-long = Ensemble, ces cases font une ligne trop longue : rien n’a été choisi. Gardez une des versions, puis modifiez-la.
change-row = { $field } : ligne modifiée ({ $what })
change-cell = { $column } : « { $before } » devient « { $after } »
commitment-late = En retard
commitments-heading = Engagements
commitments-lead = Ce que des organismes ont promis en rencontre. Les plus proches viennent d’abord, ceux sans échéance à la fin.
commitments-link = Engagements
commitments-who = Organisme
commitments-what = Quoi
commitments-due = Échéance
commitments-state = État
commitments-meeting = Rencontre
commitments-all-organisations = Tous les organismes
commitments-open = À tenir
commitments-all = Tous
commitments-found = { $count ->
    [0] Aucun engagement
    [one] Un engagement
   *[other] { $count } engagements
}
commitments-cut = La liste lit { $max } rencontres au plus : choisissez un état pour en voir d’autres.
commitments-nothing = Aucun engagement à tenir. Ils s’écrivent sur la fiche d’une rencontre.
commitments-nothing-filtered = Aucun engagement ne répond à ces choix.
commitments-reset = Voir tous les engagements à tenir
