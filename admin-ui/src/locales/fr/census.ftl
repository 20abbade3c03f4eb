# Recensement
section-census = Recensement
section-peers = Pairs
yes = Oui
no = Non
conflict = À trancher
census-lead = Tout ce que les partenaires ont recensé ensemble. La recherche se fait sur ce nœud, même sans réseau.
census-search = Rechercher
census-search-hint = Un nom, une commune, un numéro SIRET ou RNA, des mots de la description
census-search-button = Rechercher
census-facets = Affiner la recherche
census-kind = Genre
census-all-kinds = Tous les genres
census-found = { $count ->
    [0] Aucune fiche
    [one] Une fiche
   *[other] { $count } fiches
}
census-chosen = Critères retenus
census-unchoose = (retirer ce critère)
census-empty = Le recensement est vide. Ajoutez une première fiche, ou importez un tableau depuis la page « Importer ».
census-nothing = Aucune fiche ne correspond. Essayez avec moins de mots, ou retirez un critère.
census-reset = Revenir à tout le recensement
census-name = Nom
census-place = Commune
census-themes = Thématiques
census-add = Ajouter une fiche
facet-commune = Commune
facet-links = Mène à
facet-qpv = Quartier prioritaire
facet-qpv-former = { $label }, génération 2015
facet-reported = Signalée
census-facet-more = Voir plus de valeurs
facet-conflict = À trancher
facet-departement = Département
facet-epci = Intercommunalité
facet-region = Région
census-sort = Ordre de la liste
census-said-text = « { $text } »
sort-relevance = Pertinence
sort-name = Nom
sort-newest = Derniers changements
sort-confirmed = Vérification la plus ancienne
facet-due = Vérification
facet-keeper = Tenue par
facet-label = Label
facet-label-state = État du label
facet-partner = Écrite par
search-too-many-records = Cette recherche nomme trop de fiches à la fois. Choisissez-en moins.
search-leading-wildcard = Un mot ne peut pas commencer par une étoile.
search-text-too-long = La recherche dépasse 256 caractères. Gardez les mots les plus parlants.
search-too-many-terms = La recherche compte plus de 16 mots. Gardez les plus parlants.
search-refused = Cette recherche n’est pas possible. Retirez un critère et réessayez.

# Fiche
record-nameless = Fiche sans nom
record-back = Retour au recensement
record-edit = Modifier
record-history = Historique
record-saved = C’est enregistré et signé sur ce nœud. Les autres nœuds le recevront dès qu’ils seront joignables.
record-waiting = { $count ->
    [one] Une modification de cette fiche attend une autre qui n’est pas encore arrivée.
   *[other] { $count } modifications de cette fiche en attendent d’autres qui ne sont pas encore arrivées.
}
record-who = Qui l’a écrit ?
record-other-fields = Autres champs
record-link-replaced = { $name }, remplacée par { $place }
record-linked-from = Fiches qui mènent ici
record-linked-all = Voir les { $count } fiches dans le recensement
conflict-title = { $field } : { $count } valeurs écrites en même temps
conflict-keep = Garder celle-ci

# Formulaire
form-new = Ajouter : { $kind }
form-edit = Modifier { $name }
form-lead = Tous les champs sont facultatifs, sauf le nom. Ce que d’autres partenaires écrivent pendant ce temps est gardé à côté.
form-save = Enregistrer
form-outside-mandate-nowhere = Sans commune, cette fiche n’est d’aucun département et resterait sans effet : votre organisme peut écrire { $mandate }. Donnez la commune, ou demandez à un coordinateur d’étendre le mandat
form-outside-mandate = Cette fiche est du département { $territory } et resterait sans effet : votre organisme peut écrire { $mandate }. Vérifiez la commune, ou demandez à un coordinateur d’étendre le mandat
form-outside-mandate-kind = Une fiche de cette sorte resterait sans effet : votre organisme peut écrire { $mandate }. Demandez à un coordinateur d’étendre le mandat aux fiches sans département
form-sign-anyway = Enregistrer quand même : la fiche ne comptera que si le mandat est étendu
form-term-not-offered = { $term } (n’est plus proposé)
form-term-replace = Remplacer « { $term } » par « { $successor } » en enregistrant
term-former = { $term } (ancien terme)
term-former-for = { $term } (ancien terme, remplacé par « { $successor } »)
term-replace = Remplacer par « { $successor } »
form-cancel = Annuler
link-set = Fiche : { $field }
link-replace = Remplacer par une autre fiche : { $field }
link-add = Ajouter : { $field }
link-how-one = Le nom d’une fiche, son SIRET, son RNA, son identifiant ou l’adresse de sa page.
link-how-other = Le nom d’une autre fiche, son SIRET, son RNA, son identifiant ou l’adresse de sa page : elle prend la place de celle qui est cochée.
link-how-many = Le nom d’une fiche, son SIRET, son RNA, son identifiant ou l’adresse de sa page. Plusieurs fiches sont séparées par un point-virgule. Décocher une fiche la retire d’ici.
link-candidates = « { $text } » : de quelle fiche s’agit-il ?
link-none = Aucune de celles-ci
link-not-held = Fiche inconnue ici ({ $id })
link-choose = { $field } : « { $text } » ne désigne pas une seule fiche ; choisissez-la parmi celles qui sont proposées, ou écrivez son nom entier.
link-unknown = { $field } : aucune fiche ne répond à « { $text } » ; vérifiez le nom, ou créez d’abord la fiche (ici : { $kinds }).
link-other-kind = { $field } : « { $text } » est une fiche d’une autre sorte ({ $kind }) ; ici, c’est : { $kinds }.
link-one-only = { $field } : une seule fiche peut être nommée ici ; n’en laissez qu’une.
link-too-many = { $field } : nommez { $max } fiches au plus à la fois, enregistrez, puis ajoutez les suivantes.
commune-candidates = « { $text } » : de quelle commune s’agit-il ?
commune-choose = { $field } : plusieurs communes répondent à « { $text } » ; choisissez-la parmi celles qui sont proposées.
problem-name-missing = Donnez un nom à la fiche, par exemple « Maison sport-santé de Gien »
problem-boolean = { $field } : répondez par oui ou par non
problem-date = { $field } : écrivez la date AAAA-MM-JJ ou JJ/MM/AAAA, par exemple 2026-07-06
problem-decimal = { $field } : écrivez un montant, par exemple 12500,50
problem-instant = { $field } : écrivez la date et l’heure, par exemple 21/06/2026 18:30
problem-hour-no-zone = { $field } : ces fiches peuvent être de fuseaux différents ; ajoutez le décalage, par exemple 2026-06-21T18:30+02:00
problem-hour-skipped = { $field } : cette heure n’existe pas, au passage à l’heure d’été ; écrivez-en une autre
problem-hour-zone-unknown = { $field } : le fuseau horaire n’est pas connu ; écrivez par exemple Europe/Paris ou Indian/Reunion, ou laissez-le vide
problem-hours = { $field } : écrivez les horaires au format OpenStreetMap, par exemple Mo-Fr 08:30-12:30,13:30-17:00
problem-integer = { $field } : écrivez un nombre entier, par exemple 120
problem-no-such-day = { $field } : ce jour n’existe pas
problem-point = { $field } : écrivez la latitude puis la longitude, par exemple 47.6853, 2.6306
problem-postal-code = { $field } : un code postal compte cinq chiffres, par exemple 45500
problem-record = { $field } : écrivez le nom d’une fiche, son SIRET, son RNA ou son adresse
problem-commune = { $field } : aucune commune ne répond à ce texte ; écrivez son code INSEE 45155, son code postal et son nom, ou son nom
problem-email = { $field } : écrivez une adresse de courriel, par exemple accueil@mairie.example
problem-link = { $field } : écrivez l’adresse complète, par exemple https://mairie.example
problem-outline = { $field } : collez une géométrie GeoJSON, « Polygon » ou « MultiPolygon », en longitude et latitude, de 780 points environ au plus
problem-phone = { $field } : écrivez un seul numéro, par exemple 02 61 91 00 12
problem-qpv = { $field } : ce n’est pas un code de quartier prioritaire, par exemple QN04512M
problem-rna = { $field } : un numéro RNA commence par W et compte dix caractères, par exemple W452001234
problem-rna-prefecture = { $field } : c’est un ancien numéro de préfecture ; écrivez-le dans « Ancien numéro de préfecture », parmi les autres registres
problem-rna-alsace-moselle = { $field } : c’est un numéro du registre d’Alsace-Moselle ; écrivez-le parmi les autres registres, avec son tribunal
problem-siren = { $field } : un SIREN compte neuf chiffres et une clé juste, par exemple 130 025 265
problem-folio = { $field } : écrivez le volume et le folio, par exemple 178/236
problem-tribunal = { $field } : le même volume et le même folio existent dans chaque registre ; donnez aussi le tribunal
problem-official-code = { $field } : la liste officielle n’a pas ce code à ce niveau ; vérifiez l’un et l’autre
problem-pacific = { $field } : ce numéro compte de six à dix lettres et chiffres
problem-prefecture = { $field } : ce numéro compte dix caractères et commence par 0, par exemple 0451001234
problem-zones = { $field } : un de ces codes n’est dans aucune liste officielle ; écrivez chacun avec son niveau, par exemple DEP-45 | COM-45155
problem-zones-level = { $field } : un de ces codes existe à plusieurs niveaux ; écrivez le niveau devant, par exemple DEP-93 ou REG-93
problem-siret = { $field } : un SIRET compte quatorze chiffres et une clé juste, par exemple 130 025 265 00013
problem-suggestion = Vouliez-vous dire : { $suggestion } ?
problem-term = { $field } : ce terme n’est pas dans la liste commune
problem-too-long = { $field } : le texte est trop long

# Historique
history-heading = Historique : { $name }
history-back = Retour à la fiche
history-lead = Chaque modification, avec l’organisme qui l’a signée. L’horloge de l’auteur est affichée telle quelle : elle ne décide de rien.
history-entry = Entrée signée
edit-live = Prise en compte
edit-erased = Contenu effacé
edit-invalid = Écartée : elle enfreint une règle
edit-pending = En attente d’une modification antérieure
edit-void = Sans effet
why-cut-act = Fil coupé après l’entrée { $sequence } par { $partner }, le { $day }.
why-cut-charter = Fil coupé après l’entrée { $sequence } par la charte, depuis sa version { $version }.
why-erased = Effacé par { $partner }, le { $day }. Motif : { $ground }.
why-misplaced = Cette modification n’est pas dans une entrée qui peut en contenir.
why-not-enrolled = { $partner } n’est pas un organisme de la fédération.
why-outdated-root = Certifiée par une clé racine remplacée ou contestée ({ $partner }).
why-outside-mandate = Hors du mandat de son auteur ({ $partner }).
why-charter = Voir la charte
why-decision = Voir cette décision
why-partner = Voir la page de cet organisme
record-erased-name = Fiche effacée
record-erased = Son contenu a disparu de ce nœud, et disparaît de tous les autres. Ce qui suit reste.
record-erased-day = Effacée le
record-erased-by = Par
record-erased-first = Première modification
record-erased-last = Dernière modification
record-erased-id = Identifiant de la fiche
record-erased-edits = Modifications, sans leur contenu
record-erased-edits-of = { $partner } ({ $count })
change-put = { $field } : « { $what } »
change-clear = { $field } : vidé{ $what }
change-add = { $field } : ajout de « { $what } »
change-remove = { $field } : retrait de « { $what } »
change-cut = { $field } : { $what } caractères retirés
change-insert = { $field } : ajout de « { $what } »

# Pairs
peers-lead = Les autres nœuds que celui-ci appelle ou qui l’appellent. Aucun serveur n’est entre eux.
peers-lead-relays = Les autres nœuds que celui-ci appelle ou qui l’appellent. Ceux qui ne peuvent pas se joindre directement passent par un relais de la fédération : il voit qui échange avec qui et quand, jamais ce qui est échangé.
peers-local-failed = Les nœuds du réseau local devaient être cherchés (mDNS), mais le système ne le permet pas : la commande « maillage doctor » en dit la raison.
peers-local-on = Les nœuds à appeler sont aussi cherchés sur le réseau local (mDNS) : ce nœud y annonce son identité réseau et ses adresses à toutes les machines.
peers-none = Aucun autre nœud pour l’instant. Invitez un partenaire avec la commande « maillage invite ».
peers-caption = Échanges avec les autres nœuds
peers-name = Nœud
peers-state = État
peers-way = Chemin
peers-way-direct = Direct
peers-way-relayed = Par un relais
peers-way-none = Aucun
relays-heading = Relais de la fédération
relays-caption = Relais par lesquels ce nœud peut être joint
relays-address = Adresse
relay-connected = Relié
relay-idle = En réserve
relay-refused = Refuse ce nœud : le jeton manque ou n’est pas le bon
relay-unreachable = Injoignable
peers-contact = Dernier contact
peers-caught-up = Dernière fois à jour
peers-never = Jamais
peer-caught-up = À jour
peer-elsewhere = Relié par d’autres nœuds
peer-exchanging = Échange en cours
peer-unreachable = Injoignable
peer-refused = Refusé par ce nœud : son fil est coupé, son organisme est sorti ou sa clé a été remplacée
peer-refuses-cut = Refuse ce nœud : son fil a été coupé
peer-refuses-left = Refuse ce nœud : notre organisme est sorti de la fédération
peer-refuses-outdated = Refuse ce nœud : sa clé racine a été remplacée ou est contestée
peer-refuses-stranger = Refuse ce nœud : il ne le connaît pas
peer-at-fault = Session interrompue : l’autre nœud a enfreint une règle ({ $code })
peer-own-feed = Session interrompue : l’autre nœud prétend détenir des entrées de ce nœud et ne les montre pas. Demandez-en la raison à la personne qui l’administre.
feeds-heading = Ce que ce nœud détient
feeds-lead = Chaque organisme signe ses écritures dans son propre fil, que tous les autres peuvent vérifier.
feeds-caption = Fils détenus
feeds-partner = Organisme
feeds-feed = Fil
feeds-entries = Entrées
feeds-state = État
feeds-sound = Une seule suite
feeds-forked = Deux suites à partir de l’entrée { $sequence } : la clé a été copiée

# Territoires
outline-said = { $points ->
    [one] { $points } point, { $area } ha
   *[other] { $points } points, { $area } ha
}
territories-heading = Territoires
territories-others = Autres fiches de ce territoire
territories-source = D’après la liste officielle de { $year } (INSEE, Licence Ouverte) et les contours chargés dans ce recensement. Ces territoires sont déduits : ils servent à retrouver les fiches et ne donnent aucun droit à personne.
territories-code-now = La fiche porte le code { $code }, qui est aujourd’hui dans cette commune.
territories-commune-unknown = Aucune commune n’a le code { $code } dans la liste de { $year }, ou plusieurs se le partagent : on ne peut rien en déduire. Corrigez le champ « Commune ».
territories-nowhere = Ni commune ni position : remplissez l’un de ces champs pour voir de quels territoires cette fiche relève.
territories-no-point = Sans position, on ne peut pas dire si cette fiche est dans un quartier prioritaire.
territories-abroad = La position est hors de France : aucun territoire n’en est déduit. Si c’est une erreur, corrigez le champ « Position ».
territories-no-epci = Cette commune n’est dans aucune intercommunalité.
territories-no-outline = Aucun contour de quartier prioritaire n’est chargé autour de cette position : on ne peut pas dire si elle est dans un quartier. Importez la liste des quartiers avec leurs contours.
territories-no-qpv = { $count ->
    [one] Hors du quartier prioritaire dont le contour est chargé autour de cette position.
   *[other] Hors des { $count } quartiers prioritaires dont les contours sont chargés autour de cette position.
}
territories-qpv-former = Ancien quartier prioritaire (2015 à 2023, ou 2024 outre-mer)
territories-qpv = Quartier prioritaire (depuis { $year })
territories-qpv-elsewhere = La fiche dit être dans le quartier { $code }, et sa position est hors du contour de ce quartier. L’un des deux est à corriger.
territories-other = Autre périmètre
territories-inside = Dans le contour.
territories-inside-near = { $metres ->
    [0] Sur la limite : à vérifier.
   *[other] Dans le contour, à { $metres } m de la limite : à vérifier.
}
territories-outside-near = { $metres ->
    [0] Juste hors du contour : à vérifier.
   *[other] Hors du contour, à { $metres } m de la limite : à vérifier.
}
territories-within = { $count ->
    [0] Aucune fiche n’a sa position dans ce contour.
    [one] Une fiche a sa position dans ce contour.
   *[other] { $count } fiches ont leur position dans ce contour ; les premières, par nom :
}
territories-within-many = Plus de 2 000 fiches sont autour de ce contour : cherchez-les dans le recensement, par département ou par intercommunalité.
