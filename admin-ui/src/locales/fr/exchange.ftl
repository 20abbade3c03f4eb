# Importer : le fichier
section-import = Importer
import-lead = Apportez un tableau : il est d’abord essayé, et rien n’est écrit avant que vous n’ayez vu ce qu’il changerait.
import-steps = Étapes de l’import
import-step-file = Le fichier
import-step-columns = Les colonnes
import-step-try = L’essai
import-step-done = Le résultat
import-file = Fichier
import-file-hint = Classeur XLSX, CSV, JSON, JSON Lines ou GeoJSON ; agenda iCalendar (.ics) ou export d’OpenAgenda (JSON) ; flux Atom ou RSS enregistré dans un fichier ; liste officielle de territoires, même compressée (.gz). { $size } Mio au plus.
import-sheet = Feuille du classeur (facultatif)
import-sheet-hint = Son nom, par exemple « Structures ». Sans nom, la première feuille visible qui a un tableau est lue. Vous pourrez aussi la choisir dans une liste à l’étape suivante. Laissez vide si le fichier n’est pas un classeur.
import-sheet-choice = Feuille lue
import-sheet-choice-hint = Un import lit une feuille. Pour en importer plusieurs, importez le même classeur une fois par feuille.
import-sheet-change = Lire cette feuille
import-sheet-hidden = { $name } (masquée)
import-file-missing = Choisissez un fichier, par exemple clubs.csv
import-file-too-large = Ce fichier dépasse { $size } Mio. Découpez-le, par exemple par département.
import-kind = Genre des fiches
import-kind-hint = Ce que décrit chaque ligne du tableau.
import-kind-guess = Reconnaître d’après les colonnes
import-kind-change = Relire les colonnes
import-source = Source
import-source-hint = Le nom sous lequel ce tableau reviendra, par exemple « Clubs du Loiret » : ses lignes retrouvent alors leurs fiches, et ses colonnes leur place. Sans nom, celui du fichier est pris.
import-source-too-long = Donnez à la source un nom de 120 caractères au plus, par exemple « Clubs du Loiret »
import-send = Envoyer le fichier
import-too-many = Trop d’imports sont en cours sur ce nœud. Réessayez dans quelques minutes.
import-begun = Imports commencés
import-state-columns = Colonnes à vérifier
import-state-done = Terminé
import-state-failed = Interrompu
import-state-running = En cours
import-state-tried = Essayé
import-state-waiting = En attente

# Importer : les colonnes
import-columns-heading = Où va chaque colonne ?
import-columns-lead = Les colonnes reconnues ont déjà leur champ. Corrigez ce qui doit l’être : ce choix est retenu pour la source.
import-remembered = La correspondance retenue la dernière fois pour cette source est reprise.
import-columns-caption = Colonnes du fichier
import-column = Colonne
import-column-nameless = (sans nom)
import-samples = Exemples
import-no-sample = Rien dans les premières lignes
import-goes-to = Champ
import-use-none = Laisser de côté
import-use-extra = Garder comme { $name }
import-use-address = Adresse (une partie)
import-use-names = { $field } : par son nom
import-use-other = Autres
import-use-record = Identifiant de la fiche
import-use-latitude = Latitude
import-use-holder-id = Identifiant du porteur à la source
import-use-longitude = Longitude
import-personal = Donnée personnelle : laissée de côté.
import-recognised = Reconnue d’après ses valeurs : vérifiez.
import-columns-unseen = { $count ->
    [one] Une colonne de plus est traitée comme elle a été reconnue.
   *[other] { $count } colonnes de plus sont traitées comme elles ont été reconnues.
}
import-changes = Les premières fiches que l’import modifierait, et leurs champs
import-list = Liste officielle de territoires
import-list-lead = Chaque territoire de la liste a une fiche, la même chez tous les partenaires qui la chargent. Rien n’est imposé : l’essai montre ce qu’une liste d’une autre année changerait.
import-list-year = Année de la liste
import-list-year-hint = Quatre chiffres, par exemple « 2026 » : les codes des communes changent d’une année à l’autre, et ce fichier ne dit pas la sienne.
import-list-year-wrong = Écrivez l’année de la liste en quatre chiffres, par exemple 2026 : elle figure sur la page où vous l’avez téléchargée
import-only = Territoires à garder (facultatif)
import-only-hint = Un département ou une région, par exemple « DEP-45 » ou « REG-24 ». Sans indication, toute la liste est prise : la France a environ 35 000 communes.
import-only-wrong = Écrivez un département ou une région de la liste officielle, par exemple DEP-45 ou REG-24
import-name-missing = Indiquez quelle colonne donne le nom des fiches : sans lui, personne ne les retrouverait
import-try = Essayer
import-try-hint = L’essai lit tout le fichier et n’écrit rien.
import-abandon = Abandonner cet import

# Importer : pendant le travail
import-trying-heading = Essai en cours
import-writing-heading = Import en cours
import-writing-hint = Vous pouvez quitter cette page : l’import continue. Vous le retrouverez sous « Importer ».
import-waits = En attente : un autre import est en cours sur ce nœud.
import-rows-read = { $done ->
    [0] Lecture du fichier
    [one] Une ligne lue
   *[other] { $done } lignes lues
}
import-rows-read-of = { $done } lignes lues sur { $total }
import-refresh = Actualiser
import-no-refresh = Ne plus actualiser automatiquement
import-failed-heading = L’import s’est arrêté
import-interrupted = Le travail a été interrompu. Ce qui était déjà signé le reste ; relancez l’essai, il reprendra où il s’est arrêté.
import-store-failed = Le nœud n’a pas pu lire ou écrire. La cause est dans son journal : prévenez la personne qui l’administre.
import-back-to-columns = Revoir les colonnes

# Importer : le rapport
import-report-heading = Résultat de l’essai
import-done-heading = Import terminé
import-finding-good = Tout est bon : { $new ->
    [0] aucune nouvelle fiche
    [one] une nouvelle fiche
   *[other] { $new } nouvelles fiches
} et { $changed ->
    [0] aucune modifiée
    [one] une modifiée
   *[other] { $changed } modifiées
}. Rien n’est encore écrit.
import-finding-nothing = Ce fichier n’apporte rien de nouveau : { $rows ->
    [0] il n’a aucune ligne
    [one] sa ligne dit ce que dit déjà la fiche
   *[other] ses { $rows } lignes disent ce que disent déjà les fiches
}.
import-finding-none-good = Aucune ligne ne peut être importée telle quelle. Vérifiez le genre de fiche ({ $kind }) et les colonnes, ou corrigez le fichier.
import-finding-refused = { $refused ->
    [one] Une ligne est refusée. Rien n’est encore écrit : à vous de choisir.
   *[other] { $refused } lignes sont refusées. Rien n’est encore écrit : à vous de choisir.
}
import-finding-written = C’est écrit et signé sur ce nœud : { $new ->
    [0] aucune nouvelle fiche
    [one] une nouvelle fiche
   *[other] { $new } nouvelles fiches
}, { $changed ->
    [0] aucune modifiée
    [one] une modifiée
   *[other] { $changed } modifiées
}. Les autres nœuds les recevront dès qu’ils seront joignables.
import-finding-written-rest = C’est écrit et signé sur ce nœud : { $new ->
    [0] aucune nouvelle fiche
    [one] une nouvelle fiche
   *[other] { $new } nouvelles fiches
}, { $changed ->
    [0] aucune modifiée
    [one] une modifiée
   *[other] { $changed } modifiées
}, { $refused ->
    [one] une ligne refusée laissée de côté
   *[other] { $refused } lignes refusées laissées de côté
}.
import-figure-rows = lignes lues
import-figure-new = fiches nouvelles
import-figure-changed = fiches modifiées
import-figure-unchanged = fiches inchangées
import-figure-refused = lignes refusées
import-figure-left-out = lignes laissées
import-figure-duplicates = identifiants en double
import-proposals = Lectures proposées
import-proposals-hint = Le fichier ne le dit pas assez clairement pour le décider seul. Cochez ce qui est juste.
import-proposal = { $count ->
    [one] { $column } : une cellule
   *[other] { $column } : { $count } cellules
}
import-take-file = { $count ->
    [one] { $column } : prendre la valeur du fichier pour une fiche
   *[other] { $column } : prendre les valeurs du fichier pour { $count } fiches
}
import-accept = Accepter et essayer de nouveau
import-choose = Que faire des lignes refusées ?
import-choose-hint = Vous pouvez aussi corriger le fichier et l’envoyer de nouveau : rien n’est écrit pour l’instant.
import-write-all = { $count ->
    [one] Importer une fiche
   *[other] Importer { $count } fiches
}
import-write-rows = { $count ->
    [one] Les laisser de côté, et importer la fiche qui est bonne
   *[other] Les laisser de côté, et importer les { $count } fiches qui sont bonnes
}
import-write-rows-hint = Envoyez le fichier corrigé plus tard : seules ces lignes changeront alors.
import-write-cells = { $refused ->
    [one] L’importer aussi, sans sa cellule refusée
   *[other] Les importer aussi, sans leurs cellules refusées
}
import-write-cells-hint = Le texte de chaque cellule refusée est gardé dans un champ supplémentaire de la fiche. Une ligne sans nom reste refusée.
import-write = Importer
import-no-problem = Aucun problème dans ce fichier.
import-see-duplicates = Voir les doublons possibles
import-alike-heading = Doublons possibles
import-alike = { $count ->
    [one] Une ligne nouvelle ressemble à une fiche du recensement
   *[other] { $count } lignes nouvelles ressemblent à une fiche du recensement
}
import-alike-hint = Ces lignes feraient de nouvelles fiches. Dites pour chacune ce qu’il en est : même fiche, la ligne la met à jour ; une autre, elle a la sienne, et tous les partenaires le savent ; laissée, elle n’entre pas. Vos choix valent aussi pour le prochain fichier de cette source. Une ligne dont vous ne dites rien fait une nouvelle fiche : la paire reste alors sous « Doublons ».
import-alike-choice = Votre choix
import-alike-later = Je ne dis rien
import-alike-same = C’est cette fiche
import-alike-apart = C’en est une autre
import-alike-leave = Laisser cette ligne
import-alike-take = Prendre ces choix et essayer de nouveau
import-alike-exact = { $count ->
    [one] Dire « même fiche » pour la paire sûre (même numéro, identifiant ou page)
   *[other] Dire « même fiche » pour les { $count } paires sûres (même numéro, identifiant ou page)
}
import-decided = Choix suivis pour cette source : même fiche { $same }, une autre { $apart }, lignes laissées { $left }.
import-decided-forget = Revenir sur tous ces choix
import-alike-row = Dans le fichier
import-alike-record = Dans le recensement
import-alike-more = { $count ->
    [one] Une autre ligne n’est pas montrée : elle sera sous « Doublons » après l’import.
   *[other] { $count } autres lignes ne sont pas montrées : elles seront sous « Doublons » après l’import.
}
import-problems-heading = À corriger ou à vérifier
import-problems = { $count ->
    [one] Un problème
   *[other] { $count } problèmes
}
import-hand-back = Télécharger votre tableau avec les cellules à corriger (XLSX)
import-problems-download = Télécharger la liste pour un tableur
import-problems-left-out = { $count ->
    [one] Un problème de plus n’est pas montré. Corrigez ceux-ci d’abord.
   *[other] { $count } problèmes de plus ne sont pas montrés. Corrigez ceux-ci d’abord.
}
import-problem-line = Ligne
import-problem-letter = Lettre
import-problem-column = Colonne
import-problem-level = Gravité
import-problem-value = Texte du fichier
import-problem-reason = Pourquoi
import-problem-suggestion = Proposition
import-whole-row = toute la ligne
import-level-notice = À savoir
import-level-refused = Refusé
import-level-warning = À vérifier
import-notices = Ce qui a été accepté et qui est bon à savoir
import-touched = Fiches importées
import-more-touched = { $count ->
    [one] Et une autre, que le recensement montre.
   *[other] Et { $count } autres, que le recensement montre.
}
import-see-census = Voir dans le recensement
import-another = Importer un autre fichier

# Exporter
section-export = Exporter
import-past = Imports déjà faits
import-past-hint = Les derniers de ce nœud, modifications en lot comprises. Un import s’annule : ce qu’il a écrit, et que personne n’a modifié depuis, redevient comme avant.
import-past-back = Retour aux imports
import-past-what = { $day }, par { $by } ; { $kind }
import-past-all-kinds = fiches
import-past-what-counts = { $what } : { $new ->
    [0] aucune nouvelle fiche
    [one] une nouvelle fiche
   *[other] { $new } nouvelles fiches
}, { $changed ->
    [0] aucune modifiée
    [one] une modifiée
   *[other] { $changed } modifiées
}
import-past-under-way = En cours
import-undo-under-way = Cet import est encore en cours : attendez qu’il se termine pour l’annuler.
import-past-by-command = la ligne de commande
import-past-done = Fait
import-past-interrupted = Interrompu
import-past-undone = Annulé
import-undo-offer = Annuler cet import…
import-undo-heading = Annuler un import
import-undo-looking = Nous regardons ce que l’annulation changerait : { $done } fiches vues.
import-undo-running = Annulation en cours : { $done } fiches traitées.
import-undo-explained = Voici ce que l’annulation ferait. Ce sont des modifications ordinaires, signées par votre organisme : l’historique garde tout, et le même fichier pourra être importé de nouveau. Les contacts que l’import a ajoutés et que personne n’a remplacés depuis sont, eux, effacés pour de bon, sur tous les nœuds.
import-undo-nothing = Il n’y a rien à annuler : les fiches de cet import sont déjà comme avant, ou ont été modifiées depuis.
import-undone = L’import est annulé sur ce nœud. Les autres nœuds le sauront dès qu’ils seront joignables.
import-undone-before = Cet import a déjà été annulé.
import-undo-emptied = { $count ->
    [one] fiche créée par l’import, qui disparaît du recensement
   *[other] fiches créées par l’import, qui disparaissent du recensement
}
import-undo-restored = { $count ->
    [one] fiche qui redevient comme avant
   *[other] fiches qui redeviennent comme avant
}
import-undo-unchanged = { $count ->
    [one] fiche où il n’y a rien à annuler
   *[other] fiches où il n’y a rien à annuler
}
import-undo-kept = { $count ->
    [one] fiche qui reste, en tout ou en partie
   *[other] fiches qui restent, en tout ou en partie
}
import-undo-outside = { $count ->
    [one] fiche hors de votre mandat, qui reste telle quelle
   *[other] fiches hors de votre mandat, qui restent telles quelles
}
import-undo-outside-mandate = Votre mandat ne couvre pas, ou plus, cette fiche : demandez à un coordinateur de l’étendre, ou à un partenaire dont c’est le territoire de la corriger.
import-undo-kept-heading = Ce qui reste
import-undo-written-since = Quelqu’un a écrit dans cette fiche depuis : elle reste entière.
import-undo-fields-since = Modifié depuis, et gardé : { $fields }.
import-undo-more-kept = { $count ->
    [one] Et une autre fiche.
   *[other] Et { $count } autres fiches.
}
import-undo-button = { $count ->
    [one] Annuler l’import d’une fiche
   *[other] Annuler l’import de { $count } fiches
}
import-undo-contacts-gone = { $count ->
    [one] coordonnée de contact apportée par l’import, qui est effacée
   *[other] coordonnées de contact apportées par l’import, qui sont effacées
}
import-undo-contacts-restored = { $count ->
    [one] coordonnée de contact qui redevient comme avant
   *[other] coordonnées de contact qui redeviennent comme avant
}
import-undo-contacts-kept = { $count ->
    [one] coordonnée de contact remplacée depuis, qui reste
   *[other] coordonnées de contact remplacées depuis, qui restent
}
import-undo-contacts-button = Annuler l’import des contacts
import-undo-leave = Ne rien changer
export-lead = Emportez les fiches dans un fichier : tout un genre, ou ce que trouve une recherche.
export-searched = Seules les fiches de votre recherche sont emportées :
export-back = Revenir à la recherche
export-whole = Tout emporter
export-empty = Aucune fiche à emporter pour l’instant. Changez de recherche, ou importez d’abord un tableau.
export-kind = Genre
export-kind-hint = Un fichier en colonnes ne contient qu’un genre de fiches.
export-all-kinds = Tous les genres (classeur, agenda et JSON)
export-kind-missing = Choisissez un genre, par exemple Acteurs : ce format n’en contient qu’un par fichier
export-sheet-full = Une feuille de classeur contient 1 048 575 fiches au plus, et il y en a davantage de ce genre. Choisissez « Tableur », ou ajoutez un critère
export-form = Format
export-reach = Pour qui
export-reach-form = Selon le format
export-reach-form-hint = Agenda, flux, data·inclusion et subventions, faits pour être donnés, n’ont que ce que tout le monde peut lire. Les autres formats ont tous les champs.
export-reach-public = Pour tout le monde
export-reach-public-hint = Seulement les champs publics : ni budgets, ni champs réservés aux partenaires, ni champs supplémentaires.
export-reach-partners = Pour les partenaires
export-reach-partners-hint = Tous les champs. Ne publiez pas ce fichier.
export-sources = Sources et licences
export-sources-lead = Une fiche nomme ses sources par leur nom, ou par l’identifiant de leur fiche. Dans les fichiers pour tout le monde, les fiches d’une source fermée ne partent pas. Citez les autres comme leur licence le demande : le GeoJSON et le flux le disent eux-mêmes.
export-source = Source
export-licence = Licence
export-licence-none = Non indiquée
export-licence-closed = Entre partenaires
export-attribution = Mention à citer
export-closed = { $count ->
    [one] Une fiche a une source fermée : elle n’est pas dans les fichiers pour tout le monde.
   *[other] { $count } fiches ont une source fermée : elles ne sont pas dans les fichiers pour tout le monde.
}
export-workbook = Classeur (XLSX)
export-workbook-hint = Une feuille par genre de fiches, à ouvrir dans tout tableur : les colonnes et les termes sont en toutes lettres, les codes restent des textes, les dates des dates. Une feuille corrigée peut être importée de nouveau.
export-spreadsheet = Tableur
export-spreadsheet-hint = Un CSV pour Excel ou LibreOffice, en toutes lettres, dates et virgules françaises, sans formule active. Corrigé, il peut être importé de nouveau.
export-atom = Flux (Atom)
export-atom-hint = Ce qui est nouveau d’abord, pour un lecteur de flux. Les fiches retirées ou effacées depuis quatre cents jours y sont annoncées, pour que le lecteur les retire aussi.
export-calendar = Agenda (iCalendar)
export-calendar-hint = Les événements et les rencontres qui ont une date, pour le calendrier d’un téléphone, d’Outlook ou de Thunderbird. Ce qui est annulé reste, et le dit.
export-no-dates = Un agenda contient des événements ou des rencontres : choisissez l’un de ces genres, ou tous les genres
export-csv = CSV pour les logiciels
export-csv-hint = Se réimporte sur n’importe quel nœud et redonne les mêmes fiches.
export-json = JSON
export-json-hint = Toutes les valeurs, y compris celles qui sont à trancher.
export-geojson = GeoJSON
export-geojson-hint = Pour une carte, par exemple dans QGIS. Un territoire dont le contour est connu part avec lui.
export-parquet = Parquet
export-parquet-hint = Pour l’analyse, par exemple avec DuckDB, Python ou R : les dates, les nombres, les lieux et les listes ont leur type.
export-inclusion = data·inclusion
export-inclusion-hint = Les acteurs et leurs services en cours, au schéma data·inclusion v1 : un classeur ou deux listes JSON. Une page dit d’abord ce qui ne peut pas partir.
export-grants = Subventions (SCDL)
export-grants-hint = Les candidatures accordées, au schéma SCDL subventions 2.1.1 des données essentielles des conventions. Une page dit d’abord ce qui manque.
export-no-grants = Ce format contient des candidatures : choisissez ce genre, ou tous les genres
section-grants = Vers les données de subventions
grants-lead = Une ligne par candidature accordée, dans l’ordre du schéma SCDL subventions 2.1.1. La personne qui publie vérifie d’abord ce qui peut l’être.
grants-counts = { $count ->
    [0] Aucune subvention ne peut partir pour l’instant.
    [one] { $count } subvention part.
   *[other] { $count } subventions partent.
}
grants-others = { $count ->
    [one] { $count } candidature n’est pas accordée, ou pas encore : elle n’est pas concernée.
   *[other] { $count } candidatures ne sont pas accordées, ou pas encore : elles ne sont pas concernées.
}
grants-left = { $count ->
    [one] { $count } candidature accordée reste ici : il lui manque ce que le schéma exige.
   *[other] { $count } candidatures accordées restent ici : il leur manque ce que le schéma exige.
}
grants-file = Télécharger les subventions (CSV)
grants-caption = Candidatures accordées qui ne peuvent pas partir (les 50 premières)
grants-reason = Ce qui manque
section-inclusion = Vers data·inclusion
inclusion-lead = Les acteurs partent comme structures, les services et les actions en cours comme services. Aucune personne n’est nommée, et seuls les champs publics partent.
inclusion-counts = { $structures ->
    [one] { $structures } structure
   *[other] { $structures } structures
}, { $services ->
    [one] { $services } service
   *[other] { $services } services
}.
inclusion-score = Qualité moyenne des services, comptée comme data·inclusion : { $percent } %.
inclusion-others = { $count ->
    [one] { $count } initiative n’est ni un service ni une action en cours : elle n’est pas concernée.
   *[other] { $count } initiatives ne sont ni des services ni des actions en cours : elles ne sont pas concernées.
}
inclusion-notices = { $count ->
    [one] { $count } valeur n’est pas reprise, ou change en chemin. La commande la nomme.
   *[other] { $count } valeurs ne sont pas reprises, ou changent en chemin. La commande les nomme.
}
inclusion-left = { $count ->
    [one] { $count } fiche ne peut pas partir : il lui manque ce que le schéma exige.
   *[other] { $count } fiches ne peuvent pas partir : il leur manque ce que le schéma exige.
}
inclusion-workbook = Classeur (XLSX) : Structures, Services, et les fiches non exportées
inclusion-structures = Liste des structures (JSON)
inclusion-services = Liste des services (JSON)
inclusion-back = Choisir un autre format
inclusion-caption = Fiches qui ne peuvent pas partir (les 50 premières)
inclusion-record = Fiche
inclusion-reason = Raison
export-download = Télécharger
export-this-list = Exporter cette liste

# Comment le texte du fichier est lu
import-reading = Lettres ou colonnes mal lues ?
import-reading-hint = L’encodage et le séparateur sont trouvés d’après le fichier. Choisissez-les ici si des accents sont faux, ou si les colonnes ne sont pas celles du tableau.
import-read-as = Lu en { $encoding }, colonnes séparées par : { $separator }.
import-read-in = Lu en { $encoding }.
import-first-lines = Les premières lignes du fichier (⇥ est une tabulation)
import-found = Trouver d’après le fichier
import-encoding = Encodage des lettres
import-encoding-hint = « École » se lit « Ã‰cole » si l’encodage est faux ; « ƒcole » vient d’un ancien Mac.
import-encoding-utf-8 = UTF-8
import-encoding-windows-1252 = Windows-1252 (CSV d’Excel)
import-encoding-mac-roman = Mac Roman (ancien Mac)
import-encoding-utf-16le = UTF-16 (« Texte Unicode » d’Excel)
import-encoding-utf-16be = UTF-16, octets dans l’autre ordre
import-separator = Séparateur des colonnes
import-separator-hint = Pour un CSV. Les autres formats n’en ont pas.
import-separator-semicolon = point-virgule
import-separator-comma = virgule
import-separator-tab = tabulation
import-separator-bar = barre (|)
import-accents = Rétablir les accents encodés deux fois
import-accents-hint = « MÃ©diathÃ¨que » devient « Médiathèque ». Les mots justes restent comme ils sont.
import-double-accents = Ce fichier a des accents encodés deux fois, comme « Ã© » : cochez « Rétablir les accents encodés deux fois », puis relisez-le.
import-read-again = Relire le fichier
sources-heading = Sources suivies
sources-all = Toutes les sources
sources-lead = D’où viennent les fiches importées, et ce que le dernier import de chaque source a donné sur ce nœud. Un import se rattache à la fiche d’une source par son nom.
sources-new = Décrire une source
sources-none = Aucune source n’est décrite, et rien n’a encore été importé ici. Décrivez une source, ou importez un fichier : il porte le nom de sa source.
sources-name = Source
sources-format = Format
sources-frequency = Fréquence
sources-licence = Licence
sources-mapping = Colonnes retenues
sources-result = Dernier import ici
sources-here = Imports de cette source sur ce nœud
sources-no-record = Sans fiche
sources-due = À relire
sources-import = Importer un fichier
sources-left-out = laissée de côté
sources-never = Rien n’a encore été importé sous ce nom.
sources-last = Le { $moment }, « { $file } », par { $by }
sources-last-counts = Lignes : { $rows } ; nouvelles : { $new } ; modifiées : { $changed } ; inchangées : { $unchanged } ; refusées : { $refused }
sources-last-held-up = Rien n’a été écrit : des lignes étaient refusées.
sources-mapped = { $count ->
    [0] Colonnes reconnues par leur nom
    [one] { $count } colonne choisie
   *[other] { $count } colonnes choisies
}
sources-not-mapped = Aucun choix de colonnes gardé
