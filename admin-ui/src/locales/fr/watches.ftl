# Veilles : les recherches qu’une personne suit
section-watches = Veilles
watches-lead = Les recherches que vous suivez, et ce qui est nouveau ou modifié dans chacune depuis votre dernier passage. Vos veilles restent sur ce nœud et ne sont vues que de vous.
watches-none = Vous ne suivez encore aucune recherche. Faites une recherche dans le recensement, puis « Suivre cette recherche ».
watches-begin = Ouvrir le recensement
watches-back = Retour aux veilles
watches-room = { $count ->
    [one] Une veille sur { $max } possibles.
   *[other] { $count } veilles sur { $max } possibles.
}
watch-this-search = Suivre cette recherche
watch-new-heading = Suivre une recherche
watch-new-lead = Donnez un nom à cette recherche : elle vous dira ensuite ce qui est nouveau.
watch-name = Nom de la veille
watch-name-hint = De 1 à { $max } caractères, par exemple « Sport dans le Loiret »
watch-name-wrong = Donnez un nom de 1 à { $chars } caractères.
watch-search-too-long = Cette recherche est trop longue pour être suivie : retirez des critères.
watch-too-many = Vous suivez déjà { $max } recherches, c’est le plus possible : supprimez-en une d’abord.
watch-keep = Suivre
watch-search = Recherche
watch-found = Fiches
watch-news = Depuis votre dernier passage
watch-no-news = Rien de nouveau
watch-new = { $count ->
    [one] une fiche nouvelle ou modifiée
   *[other] { $count } fiches nouvelles ou modifiées
}
watch-state = { $total ->
    [0] Aucune fiche.
    [one] Une fiche, { $count ->
        [0] rien de nouveau depuis votre dernier passage.
       *[other] nouvelle ou modifiée depuis votre dernier passage.
    }
   *[other] { $total } fiches, { $count ->
        [0] rien de nouveau depuis votre dernier passage.
        [one] dont une nouvelle ou modifiée depuis votre dernier passage.
       *[other] dont { $count } nouvelles ou modifiées depuis votre dernier passage.
    }
}
watch-see = Marquer comme vu
watch-empty = Aucune fiche ne répond à cette recherche pour l’instant. Elle apparaîtra ici dès qu’un partenaire en écrira une.
watch-caption = Fiches trouvées, les dernières arrivées d’abord
watch-is-new = Nouveau
watch-as-list = Ouvrir dans le recensement
watch-manage = Gérer cette veille
watch-rename = Renommer
watch-remove = Supprimer cette veille
watch-remove-hint = Les fiches ne sont pas touchées.
watch-feed-heading = Flux
watch-feed-lead = Un flux Atom donne à un lecteur de flux, sans connexion, ce que cette veille trouve : les champs publics seulement, sans les fiches de sources fermées. Son adresse est secrète : qui la connaît lit le flux.
watch-feed-open = Ouvrir un flux
watch-feed-opened = Le flux est ouvert. Copiez son adresse maintenant : elle ne sera plus affichée.
watch-feed-address = Adresse du flux
watch-feed-follow = Voir le flux
watch-feed-since = Un flux est ouvert depuis le { $day }. Son adresse n’est pas gardée ici : si elle est perdue, ou connue de quelqu’un d’autre, renouvelez-la.
watch-feed-renew = Renouveler l’adresse
watch-feed-renew-hint = L’adresse d’avant ne mènera plus nulle part.
watch-feed-close = Fermer le flux
