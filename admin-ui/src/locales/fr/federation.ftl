# Fédération
section-federation = Fédération
federation-lead = Qui fait partie de la fédération, qui décide, et ce qui a été décidé. Chaque décision est signée : chaque nœud la vérifie lui-même.
federation-charter = Charte en vigueur
federation-seats = Voix nécessaires pour la changer
federation-decisions = Décisions
federation-decisions-link = Toutes les décisions signées
federation-peers = Liaisons
federation-peers-link = État des liaisons avec les autres nœuds
federation-id = Identifiant de la fédération
federation-back = Retour à la fédération
charter-version = Version { $version } ({ $id })
k-of-n = { $k } sur { $of }
partners-heading = Organismes de la fédération
partners-name = Organisme
partners-roles = Rôle
partners-mandate = Ce qu’il peut écrire
partners-instances = Nœuds
partner-coordinator = Coordonne
partner-confirmed = Inscrit dans la charte
partner-left = Sorti
partner-plain = Contribue
partner-ours = (nous)
partner-no-feed = Cet organisme n’a encore rien écrit.
partner-decide = Décider
disk-full = Le disque de ce nœud est presque plein ({ $free } Mio libres, { $needed } Mio à garder libres) : rien n’y est plus écrit. Libérez de la place ; il n’y a rien à redémarrer.
disk-low = Il reste peu de place sur le disque de ce nœud ({ $free } Mio libres, { $needed } Mio à garder libres) : les écrits des autres organismes attendent. Libérez de la place.
limits-heading = Ce qui est publié et ce qui attend
own-use-entries = Aujourd’hui, notre organisme a publié { $used } entrées sur les { $quota } que la charte permet par jour.
own-use-bytes = Aujourd’hui, notre organisme a publié { $used } octets sur les { $quota } que la charte permet par jour.
own-use-exempt = Notre organisme coordonne : ce qu’il publie est compté et n’attend jamais.
own-use-over = Notre organisme a publié plus que la charte ne permet en un jour. Tout est gardé ici ; les partenaires reçoivent le reste à partir de demain.
pauses-lead = Ces écrits n’arrivent plus ici pour l’instant. Rien n’est perdu : la suite viendra d’elle-même.
pauses-caption = Nœuds dont les écrits attendent
pauses-partner = Organisme
pauses-feed = Nœud
pauses-since = Depuis
pauses-reason = Pourquoi
pauses-until = Jusqu’au
pause-disk = Le disque de ce nœud manque de place
pause-missing = Trop de ses modifications portent sur d’autres qui ne sont pas encore arrivées
missing-caption = { $count ->
    [one] Une fiche attend des modifications qu’aucun nœud n’a encore envoyées
   *[other] { $count } fiches attendent des modifications qu’aucun nœud n’a encore envoyées
}
missing-record = Fiche
missing-edits = Modifications attendues
missing-more = { " " }et { $count } autres
missing-partners = Organismes dont les écrits attendent
pause-quota = L’organisme a publié tout ce que la charte permet en un jour
pause-strangers = Organismes non inscrits
pause-until-unknown = Non prévu
today-caption = Publié aujourd’hui par les autres organismes (jour en temps universel)
today-partner = Organisme
today-entries = Entrées
today-bytes = Octets
waiting-heading = En attente de votre accord
waiting-invited = Invité sous le nom
waiting-withheld = Ce billet admet sans autre vérification, mais il n’a pas pu le faire : { $why }
waiting-admit = Vérifier et admettre
waiting-decline = Refuser
invite-heading = Inviter un organisme
invite-lead = Vous obtenez un billet à lui transmettre. Il sert une seule fois, pour le premier nœud qui le présente.
invite-name = Nom de l’organisme
invite-hours = Durée de validité du billet, en heures
invite-hours-hint = De 1 à 168 heures (une semaine)
invite-auto = Admettre sans autre vérification le premier qui présente le billet
invite-button = Créer le billet
invitations-heading = Invitations
invitations-name = Organisme invité
invitations-state = État
invitations-expires = Valable jusqu’au
invitations-action = Action
invitations-revoke = Annuler
invitation-admitted = Admis
invitation-expired = Expirée
invitation-open = Pas encore utilisée
invitation-void = Annulée : cinq codes faux ont été présentés
invitation-waiting = En attente de votre accord
ticket-heading = Billet d’invitation
ticket-lead = { $name } peut entrer dans la fédération avec ce billet.
ticket-text = Le billet
ticket-code = Le même billet, en code à scanner
ticket-how = La commande à lancer sur le nouvel ordinateur
ticket-once = Copiez ce billet maintenant : il n’est montré qu’une fois. Transmettez-le par un moyen sûr ; qui le détient peut demander à entrer.
not-done-heading = Ce n’est pas fait
not-done-lead = Rien n’a été signé ni modifié.
not-done-back = Revenir et corriger
done-admitted = L’organisme est admis. Son nœud recevra le recensement dès qu’il se connectera.
done-approved = Votre voix est donnée. La charte est adoptée dès que le nombre de voix nécessaire est atteint.
done-decided = C’est signé. Les autres nœuds l’appliqueront dès qu’ils l’auront reçu.
done-declined = La demande est refusée et l’invitation annulée.
done-proposed = La proposition est publiée. Les autres sièges peuvent l’approuver sur leur propre nœud.
done-revoked = L’invitation est annulée.
done-seat = La clé du siège est créée sur ce nœud. Transmettez sa partie publique à la personne qui prépare la charte.

# Alertes
alarm-disputed = Deux chartes ont été approuvées à la suite de celle en vigueur. Le nœud garde celle en vigueur. La page de la charte dit comment en sortir.
alarm-upgrade = Une coordination a signé une décision que cette version ne comprend pas. Mettez le nœud à jour : jusque-là, aucune décision ne peut être prise ici.
alarm-fork = { $partner } a signé deux suites différentes dans son fil { $feed }, à partir de l’entrée { $sequence } : une clé a été copiée ou une sauvegarde restaurée. Les données des deux suites comptent.
alarm-fork-coordinator = { $partner }, qui coordonne, a signé deux suites différentes dans son fil { $feed }, à partir de l’entrée { $sequence }. Ce qu’il accorde ensuite est suspendu jusqu’à ce qu’une charte coupe ce fil.
alarm-own-ended = Ce nœud ne signe plus rien : la clé de son fil a servi ailleurs, ou son dossier est une ancienne copie. Donnez-lui une nouvelle clé avec la commande « maillage renew ».
alarm-own-held = Un autre nœud dit détenir des entrées de ce nœud que celui-ci n’a pas. Elles lui sont demandées : rien n’est signé pendant ce temps, une minute au plus.
alarm-own-cut = Le fil de ce nœud a été coupé : rien de ce qui est écrit ici depuis ne compte, et les autres nœuds n’échangent plus avec lui. Si votre organisme fait toujours partie de la fédération, demandez un billet à une coordination et faites entrer un nouveau nœud avec la clé racine de votre organisme (« maillage join --root »).
alarm-own-left = Votre organisme est sorti de la fédération : rien de ce qui est écrit ici depuis ne compte, et les autres nœuds n’échangent plus avec celui-ci. Adressez-vous à une coordination, qui peut l’inviter de nouveau.
alarm-refused-cut = { $peers } : ces nœuds refusent d’échanger avec celui-ci, parce que son fil a été coupé. Ce qui est écrit ici ne part plus. Si votre organisme fait toujours partie de la fédération, demandez un billet à une coordination et faites entrer un nouveau nœud avec la clé racine de votre organisme (« maillage join --root »).
alarm-refused-left = { $peers } : ces nœuds refusent d’échanger avec celui-ci, parce que votre organisme est sorti de la fédération. Ce qui est écrit ici ne part plus. Adressez-vous à une coordination, qui peut l’inviter de nouveau.
alarm-refused-outdated = { $peers } : ces nœuds refusent d’échanger avec celui-ci, parce que la clé racine qui le certifie a été remplacée ou est contestée. Placez la clé en vigueur sur ce nœud, puis lancez « maillage renew ».
alarm-suspended = Suspendu jusqu’à la prochaine charte : ce qu’accorde { $partner }.
alarm-contradicts = { $partners } : ces partenaires connaissent une autre histoire des décisions que ce nœud. Parlez-vous par un autre moyen et comparez les décisions.
alarm-missing = { $partners } : ces partenaires connaissent des décisions que ce nœud n’a pas reçues. Elles sont demandées aux autres nœuds ; si ce message reste, reliez ce nœud à un autre partenaire.
alarm-contested = { $partners } : ces partenaires tiennent d’autres branches d’un fil qui en a trop. Cela ne prouve pas que l’un d’eux cache quelque chose. Dès qu’une charte coupe ce fil, les nœuds s’accordent de nouveau.
alarm-unconfirmed = Depuis { $days ->
    [one] { $days } jour
   *[other] { $days } jours
}, { $asked ->
    [one] aucun autre partenaire n’a fait savoir qu’il ne connaît aucune décision de plus que ce nœud
   *[other] moins de deux autres partenaires ont fait savoir qu’ils ne connaissent aucune décision de plus que ce nœud
}. Les données circulent, mais des décisions peuvent manquer : reliez ce nœud à un autre partenaire.
fork-history = La suite { $entry } est confirmée par { $partners }.
fork-flooded = Ce fil a plus de { $count } branches ; les suivantes sont refusées ici. La personne qui en tient la clé inonde la fédération : faites couper ce fil.
governance-confirmed = Gouvernance confirmée par { $count ->
    [one] un autre partenaire, qui connaît
   *[other] { $count } autres partenaires, qui connaissent
} exactement les mêmes décisions que ce nœud ({ $partners }). { $count ->
    [one] Cette confirmation
   *[other] La plus ancienne de ces confirmations
} remonte à { $days ->
    [0] moins d’un jour
    [one] un jour
   *[other] { $days } jours
}.
governance-confirmed-nobody = Aucun autre partenaire n’a confirmé qu’il connaît exactement les mêmes décisions que ce nœud.

# Mandats
mandate-everything = tout le recensement
mandate-nothing = rien
mandate-kinds = { $kinds }, partout
mandate-territories = toutes les fiches de { $territories }
mandate-both = { $kinds } dans { $territories }
mandate-kinds-label = Genres de fiches
mandate-kinds-hint = Rien de coché : tous les genres
mandate-territories-label = Départements
mandate-territories-hint = Leurs codes, séparés par des espaces, par exemple : 45 18. Vide : tous. Une étoile désigne les fiches sans département.
mandate-territory-unknown = { $code } n’est pas le code d’un département. Écrivez par exemple 45, 2A ou 974.
mandate-kind-unknown = Un des genres de fiches n’existe pas.
selection-all = tous

# Vérifier et signer
deciding-heading = Vérifiez avant de signer
deciding-lead-acts = Voici, décodé, exactement ce qui sera signé au nom de votre organisme. Tous les nœuds de la fédération le verront.
deciding-lead-approval = Voici ce que la charte proposée change. Votre voix est définitive : un siège n’approuve qu’une seule suite de la charte en vigueur.
deciding-lead-proposal = Voici ce que votre proposition change. Elle sera publiée avec la voix de votre siège, si vous en avez un. Les autres sièges pourront l’approuver.
deciding-password = Votre mot de passe
deciding-password-hint = Redemandé à chaque signature
deciding-password-wrong = Le mot de passe ne correspond pas. Rien n’a été signé.
deciding-sign = Signer
deciding-preview = Vérifier avant de signer

# Refus
refused-alone = Ce nœud vient de démarrer et n’a encore rencontré aucun autre nœud. Attendez une liaison avant de décider : si cette machine a été restaurée, elle pourrait se contredire.
refused-act-personal = Un texte de cette décision contient un courriel ou un téléphone. Rien n’efface une décision signée : écrivez-le sans.
refused-approved-another = Votre siège a déjà approuvé une autre suite de cette charte. Une voix ne se reprend pas.
refused-charter-not-held = Cette proposition n’est pas sur ce nœud.
refused-charter-unchanged = La proposition ne change rien à la charte en vigueur.
refused-charter-threshold = Il faut plus de la moitié des sièges, et pas plus qu’il n’y en a.
refused-charter-seat-twice = Deux sièges ont la même clé.
refused-charter-looser-cut = Une coupure peut être avancée, jamais reculée.
refused-charter-recovery = Le secours demande plus de signatures qu’il n’a de clés.
refused-held-back = Ce que votre nœud accorde est suspendu : seule la prochaine charte peut y mettre fin.
refused-held = Un autre nœud dit détenir des entrées de ce nœud que celui-ci n’a pas : elles lui sont demandées, et rien n’est signé pendant ce temps. Réessayez dans une minute.
refused-hours = Un billet dure de 1 à 168 heures.
refused-name = Indiquez le nom de l’organisme invité.
refused-no-seat = Ce nœud n’a pas de siège : il ne peut pas voter.
refused-not-coordinator = Cet organisme ne coordonne pas : il n’accorde rien qui puisse être suspendu.
refused-not-of-committee = Votre organisme ne siège pas au comité de ce label : son retrait ne compterait pas.
refused-not-running = Le nœud ne fonctionne pas : personne ne pourrait le joindre.
refused-other = Le nœud a refusé (code { $code }).
refused-partner-left = Cet organisme est sorti de la fédération : une personne doit décider s’il revient.
refused-place = Cette entrée n’est pas dans ce fil. Donnez un numéro ou un identifiant affiché sur la page de l’organisme.
refused-place-forked = Deux suites ont une entrée à cet endroit : donnez l’identifiant de la dernière entrée qui compte.
refused-read-only = Ce nœud n’a pas de clé : il peut lire, pas signer.
refused-right = La charte ne donne pas ce droit à votre organisme.
refused-upgrade = Mettez ce nœud à jour avant de décider.
refused-already-out = Cet organisme est déjà sorti : il n’y a plus rien à décider.
refused-named-by-charter = Aucun fil de cet organisme n’est plus à couper, et la charte le nomme : seule une charte peut le faire sortir.
refused-own-cut = Le fil de ce nœud a été coupé : il ne peut plus inviter personne. La page de la fédération dit comment revenir.
refused-own-left = Votre organisme est sorti de la fédération : il ne peut plus inviter personne.

# Ce qu’il restera d’un organisme
aftermath-forked = Le fil { $feed } a plusieurs histoires. La coupure garde celle qui mène à l’entrée { $entry } : ce que les autres disent de plus ne compte plus. Pour en garder une autre, nommez sa dernière entrée.
aftermath-keeps-mandate = { $partner } n’a plus de nœud qui compte, mais garde son mandat : un nouveau nœud certifié par sa clé racine compterait. C’est ainsi qu’un nœud se remplace. Pour que l’organisme sorte, utilisez « Faire sortir cet organisme ».
aftermath-leaves = { $partner } sort de la fédération : plus rien de ce que signent ses nœuds, connus ou nouveaux, ne compte, et les autres nœuds n’échangent plus avec eux. Ce qu’il a écrit reste. Un nouveau mandat le fait revenir.
aftermath-leaves-and-decides = { $partner } ne pourra plus rien écrire, mais coordonne : ses décisions comptent et son nœud reste relié, jusqu’à ce qu’une charte lui retire ce rôle.
aftermath-named-by-charter = { $partner } n’a plus de nœud qui compte, mais la charte le nomme : un nouveau nœud certifié par sa clé racine compterait. Pour qu’il sorte, une charte doit aussi le retirer.

# Décisions en mots
act-cut = Couper un fil
act-cut-meaning = Rien de ce que ce fil signe après cette entrée ne compte, définitivement. Ce qui précède reste.
act-descope = Retirer un mandat
act-descope-meaning = L’organisme n’écrit plus avec ce mandat. Ce qu’il a écrit jusqu’ici reste.
act-enrol = Admettre un organisme
act-enrol-meaning = L’organisme entre dans la fédération et peut écrire dans le recensement.
act-erase = Effacer
act-erase-meaning = Tous les nœuds suppriment ces contenus, définitivement. Il reste qu’ils ont existé, quand et par qui.
act-label-issue = Attribuer un label
act-label-issue-meaning = Une voix pour ce label. Il est attribué quand le nombre de voix du règlement est atteint.
act-label-withdraw = Retirer un label
act-label-withdraw-meaning = Le label prend fin, avec ce motif, sur tous les nœuds.
act-mandate = Étendre un mandat
act-mandate-meaning = L’organisme peut écrire davantage.
act-moderate = Signaler aux lecteurs
act-moderate-meaning = Un avis aux lecteurs. Il ne change rien par lui-même.
act-root = Reconnaître une clé racine
act-root-meaning = Cette clé parle désormais au nom de l’organisme. Celles qui s’y opposaient, et celle d’avant, ne certifient plus rien.
act-suspend = Suspendre une coordination
act-suspend-meaning = Ce que ce fil accorde ensuite attend la prochaine charte. Rien n’est défait ; ce qu’il retire compte toujours.
act-unknown = Décision inconnue
act-unknown-meaning = Cette version ne comprend pas cette décision. Elle ne compte pas.
act-vocabulary = Fixer un vocabulaire ou un règlement
act-vocabulary-meaning = Une liste de termes, ou le règlement d’un label propre à cette coordination.

# Modifications d’une charte en mots
amendment-confirm = Inscrire un organisme dans la charte
amendment-confirm-meaning = Il reste membre quoi que signe une coordination.
amendment-coordinator = Confier la coordination
amendment-coordinator-meaning = L’organisme peut admettre, retirer et décider au nom de la fédération.
amendment-cut = Couper un fil
amendment-cut-meaning = Rien de ce que ce fil signe après cette entrée ne compte, décisions comprises.
amendment-drop-coordinator = Retirer la coordination
amendment-drop-coordinator-meaning = L’organisme ne décide plus. Ses fils sont coupés à leur dernière entrée connue.
amendment-drop-scheme = Abandonner un règlement de label
amendment-drop-scheme-meaning = Aucun nouveau label de ce règlement. Ceux qui existent gardent leur texte.
amendment-min-protocol = Version minimale des échanges
amendment-min-protocol-meaning = Les nœuds plus anciens devront être mis à jour.
amendment-name = Nom de la fédération
amendment-name-meaning = Le nom affiché par tous les nœuds.
amendment-quotas = Limites par organisme et par jour
amendment-quotas-meaning = Au-delà, ce qu’un organisme publie attend le lendemain.
amendment-recovery = Clés de secours
amendment-recovery-meaning = Elles peuvent remplacer tous les sièges : gardez-les hors ligne.
amendment-release = Ne plus inscrire un organisme dans la charte
amendment-release-meaning = Il ne reste membre que s’il a été admis par une coordination.
amendment-scheme = Règlement d’un label
amendment-scheme-meaning = Qui décide, sur quels critères, pour combien de temps.
amendment-seats = Sièges
amendment-seats-meaning = Qui vote les chartes, et combien de voix il faut.

# Ce que nomment les décisions
fact-committee = Comité
fact-complements = Complète
fact-content = Contenu
fact-criterion = Critère
fact-feed = Fil
fact-fields = Champs liés
fact-first-day = Premier jour
fact-grant = Mandat
fact-ground = Motif
fact-item = Élément
fact-kept = Ce qui reste
fact-mandate = Peut écrire
fact-months = Durée en mois
fact-name = Nom
fact-needed = Voix nécessaires
fact-partner = Organisme
fact-partner-id = Identifiant de l’organisme
fact-place = Dernière entrée qui compte
fact-projection = Empreinte des champs liés
fact-protocol = Version
fact-quota-bytes = Octets par jour
fact-quota-entries = Entrées par jour
fact-reason = Motif
fact-record = Fiche
fact-recovery-key = Clé de secours
fact-rights = Droits
fact-root = Clé racine
fact-scheme = Règlement
fact-subject = Personne
fact-title = Intitulé
place-in-feed = numéro { $sequence } ({ $entry })
criterion-mandatory = { $title } (poids { $weight }, obligatoire)
criterion-weighted = { $title } (poids { $weight })
quota-none = sans limite

# Journal des décisions
decisions-heading = Décisions de la fédération
decisions-lead = Chaque décision signée que ce nœud détient, et ce qu’elle produit. Les dates sont celles que leurs auteurs ont inscrites ; aucune ne compte pour l’ordre.
decisions-none = Aucune décision n’a encore été signée.
decision-id = Référence
decision-nobody = auteur inconnu
decision-heading = Décision : { $title }
decision-back = Toutes les décisions
decision-author = Signée par
decision-day = Date annoncée
decision-counts = Compte
decision-own-erasure = Compte : l’organisme efface ce qu’il a écrit lui-même
decision-not-of-committee = Sans effet : l’organisme ne siège pas au comité de ce label
decision-pending = Pas encore examinée
decision-after-unknown = Suspendue : suit une décision que cette version ne comprend pas
decision-charter = Sans effet : cite une charte qui n’est pas adoptée
decision-cut = Sans effet : fil coupé par la charte
decision-fork = Suspendue : le fil a deux suites
decision-no-longer = Sans effet : ne coordonne plus
decision-right = Sans effet : pas parmi ses droits
decision-not-coordinator = Sans effet : ne coordonnait pas
decision-misplaced = Sans effet : pas dans une entrée de décision
decision-suspended = Suspendue jusqu’à la prochaine charte
decision-outdated-root = Sans effet : certifiée par une clé racine remplacée ou contestée
decision-unknown = Sans effet : décision inconnue

# Page d’un organisme
feed-head = Dernière entrée
feed-cut = Coupé après l’entrée { $sequence }
feed-suspended = Suspendu
feed-outdated-root = Terminé : clé racine remplacée ou contestée
grants-heading = Mandats reçus
grant-charter = Donné par la charte
grant-act = Donné par { $partner }
grant-taken-back = Retiré
grant-take-back = Retirer ce mandat
mandate-heading = Étendre son mandat
suspend-heading = Suspendre ce qu’il accorde
leave-heading = Faire sortir cet organisme
leave-lead = Tous ses fils sont coupés à leur dernière entrée connue, et tous ses mandats lui sont retirés : même un nouveau nœud de cet organisme n’écrira plus rien qui compte, et les autres nœuds n’échangeront plus avec les siens. Ce qu’il a écrit reste.
cut-heading = Couper ce fil
cut-place = Dernière entrée qui compte
cut-place-hint = Son numéro ou son identifiant. Vide : la dernière que ce nœud détient, par exemple quand un nœud ne sert plus.
cut-button = Vérifier avant de signer

# Charte
charter-heading = Charte
charter-lead = La constitution de la fédération : qui vote, qui coordonne, qui en fait partie. Elle ne change que si assez de sièges l’approuvent.
charter-in-force = En vigueur
proposals-heading = Propositions
proposals-none = Aucune proposition n’attend de voix.
proposal-heading = Proposition
proposal-approved = Vous l’avez approuvée
proposal-approve = Vérifier et approuver
votes-heading = Voix
votes-before = Sièges actuels : { $k } sur { $of }
votes-after = Sièges proposés : { $k } sur { $of }
vote-given = a approuvé
vote-missing = pas encore
seat-heading = Votre siège
seat-seated = Ce nœud vote avec la clé
seat-unseated = Ce nœud a une clé de siège, mais la charte en vigueur ne la nomme pas :
seat-none = Ce nœud n’a pas de clé de siège. Créez-en une si votre organisme doit voter les chartes.
seat-make = Créer la clé d’un siège
propose-heading = Proposer une nouvelle charte
propose-lead = Le formulaire contient la charte en vigueur. Changez ce qui doit l’être : la page suivante ne montre que les différences.
propose-name = Nom de la fédération
propose-seats = Sièges
propose-seats-hint = Un par ligne : nom = clé publique (64 chiffres hexadécimaux)
propose-k = Voix nécessaires
propose-k-hint = Plus de la moitié des sièges
propose-partners = Organismes
propose-partners-hint = « Coordonne » : peut décider au nom de la fédération. « Inscrit dans la charte » : reste membre quoi que signe une coordination.
propose-recovery = Clés de secours
propose-recovery-hint = Une par ligne, 64 chiffres hexadécimaux. Gardées hors ligne, elles peuvent remplacer tous les sièges.
propose-recovery-k = Signatures de secours nécessaires
propose-cuts = Fils coupés
propose-cuts-hint = Un par ligne : identifiant du fil, espace, identifiant de la dernière entrée qui compte. Les fils d’une coordination retirée sont ajoutés d’office.
propose-entries = Entrées par organisme et par jour
propose-bytes = Octets par organisme et par jour
propose-scheme = Règlement d’un label à ajouter ou à remplacer
propose-scheme-hint = Collez le fichier TOML que prend aussi « maillage charter propose --scheme » : id, version, title, fields, needed, months, committee, criteria. Vide : aucun. La page suivante montre ce qu’il change.
propose-drop-schemes = Règlements à retirer de la charte
scheme-wrong-syntax = Ce règlement ne se lit pas à la ligne { $line } : un guillemet, un crochet ou un signe égal y manque peut-être. Chaque ligne s’écrit « clé = valeur », les textes entre guillemets.
scheme-wrong-missing = Ce règlement : il manque « { $key } » dans la partie qui commence à la ligne { $line }.
scheme-wrong-unknown = Ce règlement, ligne { $line } : « { $key } » n’existe pas. Les clés sont id, version, title, fields, needed, months, committee, complements et criteria ; un critère a id, title, weight et mandatory.
scheme-wrong-type = Ce règlement, ligne { $line } : la valeur n’est pas de la bonne sorte. Les nombres s’écrivent sans guillemets, les textes entre guillemets, les listes entre crochets.
scheme-wrong-partner =
    { $count ->
        [0] Ce règlement : aucun organisme de la fédération ne s’appelle « { $name } ».
       *[other] Ce règlement : { $count } organismes répondent à « { $name } ». Donnez plutôt le début de l’identifiant, affiché sur la page de l’organisme.
    }
scheme-wrong-needed = Ce règlement : « needed » va de 1 au nombre de membres du comité, et « months » vaut au moins 1.
scheme-wrong-fields = Ce règlement : « fields » nomme au moins un champ auquel le label est lié.
propose-quota-hint = Vide : sans limite
proposal-wrong-cut = Cette ligne ne nomme pas un fil et une de ses entrées : { $line }
proposal-wrong-key = Cette ligne n’est pas une clé publique : { $line }
proposal-wrong-number = { $field } : écrivez un nombre entier.
proposal-wrong-partner = Un des organismes cochés n’est pas de la fédération.
proposal-wrong-seat = Cette ligne n’est pas de la forme « nom = clé publique » : { $line }

rotation-title = Changer la clé racine de notre organisme
rotation-meaning = Une nouvelle clé prend la place de l’ancienne. Seuls les fils ci-dessous restent ; l’ancienne clé ne certifie plus rien.
rotation-open = continue
roots-heading = Clés racines
roots-caption = Les clés racines de cet organisme, de la plus ancienne à la plus récente
roots-key = Clé
roots-day = Date annoncée
roots-state = État
roots-first = la première, qui nomme l’organisme
roots-state-left = remplacée
roots-state-current = en vigueur
roots-state-disputed = contestée
roots-dispute-title = Deux clés racines se disputent le nom de cet organisme
roots-dispute = Une clé a été remplacée deux fois : l’une des nouvelles clés n’est sans doute pas celle de l’organisme. D’ici là, seul compte ce que les deux gardent. Joignez l’organisme par un autre moyen, et demandez-lui les premiers caractères de sa clé.
roots-dispute-coordinator = Cet organisme coordonne la fédération : c’est une nouvelle charte qui dit laquelle de ses clés vaut.
roots-settle = Reconnaître cette clé
rotate-heading = Changer la clé racine
rotate-lead = À faire quand l’ancienne clé peut être en d’autres mains. Ce que vos fils contiennent reste ; ce nœud continue. Prévenez ensuite une coordination des premiers caractères de la nouvelle clé.
rotate-other = Fil { $feed }
rotate-other-until = reste jusqu’à sa dernière entrée connue
rotate-other-open = continue : c’est un autre de nos nœuds
rotate-other-close = ne compte plus du tout : nous ne le connaissons pas
rotate-passphrase = Phrase secrète de la clé racine
rotate-passphrase-hint = Celle qui a été choisie à l’installation. Elle n’est pas gardée.
rotate-elsewhere = La clé racine n’est pas sur ce nœud. Avec le fichier où elle est gardée : maillage partner rotate-root --root racine.key --out racine-2.key
deciding-lead-rotation = Voici ce que les deux clés vont signer. L’ancienne clé reste à côté de la nouvelle, sous un autre nom.
refused-root-sealed = La clé racine est protégée : donnez sa phrase secrète.
refused-root-unreadable = La clé racine n’a pas pu être ouverte avec cette phrase secrète.
refused-root-outdated = Cette clé racine a déjà été remplacée : la remplacer encore les mettrait toutes deux en doute.
refused-root-coordinator = Cet organisme coordonne la fédération : seule une charte dit laquelle de ses clés vaut.
refused-root-unknown = Aucun changement de clé de cet organisme ne mène à cette clé.

# Différend entre deux chartes, et signature hors ligne
dispute-title = Deux chartes ont été approuvées à la suite de celle en vigueur. Le nœud garde celle en vigueur.
dispute-twice = Ont approuvé les deux : { $seats }. Un siège n’approuve qu’une suite : la clé de qui a voté deux fois est sans doute aussi en d’autres mains.
dispute-recovery = Choisissez, parmi les propositions ci-dessous ou dans une nouvelle, celle qui doit valoir, et faites-la signer par les clés de secours. Signée par elles, elle l’emporte sur tous les nœuds.
dispute-no-recovery = Cette charte n’a pas de clé de secours : le différend ne peut pas être tranché par une signature. Que les titulaires des sièges se parlent.
proposal-rival = Assez de voix, en concurrence
proposal-sign-elsewhere = Signer hors ligne
votes-recovery = Clés de secours : { $k } sur { $of }
recovery-given = a signé
recovery-missing = n’a pas signé
ballot-heading = Signature hors ligne
ballot-back = Retour à la charte
ballot-lead = Une clé de secours, ou un siège gardé hors ligne, ne vient jamais sur ce nœud : portez-lui le bulletin, et rapportez sa signature.
ballot-changes = Ce que la charte change
ballot-digest = Ce que la clé signe
ballot-digest-lead = La commande hors ligne affiche ces trois empreintes. Comparez-les avant de répondre oui.
ballot-charter = Charte à approuver
ballot-parent = Charte qu’elle suit
ballot-sign = Signer là où la clé est gardée
ballot-carry = Copiez le bulletin sur un support, et portez-le sur la machine hors ligne.
ballot-download = Télécharger le bulletin
ballot-command = Là-bas, lancez :
ballot-command-hint = La commande relit le bulletin, affiche ce qu’il change, demande votre accord et écrit la signature, une ligne qui commence par « approval: ». Elle n’a besoin ni de nœud ni de réseau.
ballot-bring = Rapporter la signature
ballot-signature = Signature
ballot-signature-hint = Collez la ligne qui commence par « approval: ».
ballot-check = Vérifier la signature
ballot-unreadable = Aucune signature entière et valable dans ce texte. Collez la ligne complète, par exemple « approval:8601… ».
ballot-other-charter = Cette signature approuve une autre proposition.
deciding-keep-vote = Garder cette signature
deciding-lead-vote = La signature est valable. Voici qui a signé, et ce que la charte change. Une fois gardée, elle ne se reprend pas, et tous les nœuds la verront.
vote-recovery-title = Signature d’une clé de secours
vote-recovery-meaning = Avec assez de signatures de secours, cette charte vaut sans les voix des sièges, et l’emporte sur ses concurrentes.
vote-seat-title = Voix d’un siège
vote-seat-meaning = Un siège qui est gardé hors ligne approuve cette charte.
fact-charter = Charte à approuver
fact-seat = Siège
fact-seat-key = Clé du siège
refused-no-vote = Cette clé n’a pas de voix : elle n’est ni un siège ni une clé de secours de la charte.
refused-vote-known = Cette signature est déjà sur ce nœud.
refused-vote-other-place = Cette signature a été faite pour une autre fédération, ou à la suite d’une autre charte.
refused-vote-rival = Cette clé a déjà approuvé une autre suite de la même charte. La garder aussi rouvrirait le différend.
done-vote = La signature est gardée.

# Un autre nœud de notre organisme
instance-heading = Ajouter un de nos nœuds
instance-lead = Un autre ordinateur de votre organisme, par exemple pour le télétravail ou pour remplacer celui-ci. Il a son propre fil, et écrit au nom de votre organisme.
ticket-own-heading = Billet pour un de nos nœuds
ticket-own-lead = Avec ce billet et la clé racine de votre organisme, le nouvel ordinateur entre dans la fédération sans autre décision.
ticket-before = D’abord, sur cet ordinateur
ticket-before-lead = Cette commande écrit la clé racine dans un fichier. Portez-le sur le nouvel ordinateur, puis effacez-le des deux.
