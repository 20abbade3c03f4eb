# Déclarations : ce que chaque partenaire tient pour vrai d’une fiche
verification-heading = Vérification
verify-button = Toujours valable
verified-by = Vérifiée par { $partner } le { $day }
verified-in-bulk = Vérifiée par { $partner } le { $day } – confirmation en lot ({ $count } fiches dans la même minute)
due-up-to-date = À jour
due-advised = À revérifier bientôt
due-required = Vérification nécessaire
due-never = Jamais vérifiée
due-after = Une rubrique de cette fiche est à revoir { $advised } jours après sa dernière vérification, et à vérifier après { $required } jours.
qualification-heading = Qualification
qualification-caption = Évaluations des partenaires, de 0 à 3
qualification-prism = Prisme
qualification-median = Médiane
qualification-range = Étendue
qualification-who = Qui
qualification-committee = Voir les évaluations du comité
spread-range = { $count ->
    [one] une évaluation
   *[other] de { $low } à { $high } ({ $count } évaluations)
}
level-0 = non rempli
level-1 = en partie
level-2 = rempli
level-3 = exemplaire
declarations-heading = Déclarations
statements-heading = Déclarations – { $name }
statements-lead = Chaque organisme parle pour lui-même : personne ne remplace la déclaration d’un autre. Aucune ne modifie la fiche, aucune n’attribue de label.
statements-none = Personne n’a encore rien déclaré. Vérifiez une rubrique, évaluez ou soutenez la fiche depuis sa page.
statements-count = { $count ->
    [0] Aucune déclaration
    [one] Voir la déclaration
   *[other] Voir les { $count } déclarations
}
statements-back = Retour à la fiche
statement-answered = Réponse à un signalement
statement-assessed = Évaluation
statement-duplicate = Doublon
statement-endorsed = Soutien
statement-reported = Signalement
statement-verified = Vérification
statement-unknown = Déclaration que cette version ne sait pas lire. Elle est conservée.
statement-mark = { $what } : { $level } – { $why }
statement-against = Selon le règlement { $scheme }
statement-evidence = Pièce : { $link }
statement-section = { $section } : le { $day }
statement-other = L’autre fiche
statement-entry = Entrée signée
sameness-same = La même chose
sameness-distinct = Deux choses différentes
sameness-unsure = À éclaircir
endorsed-by = Soutenue par { $partner } le { $day }
reported-by = Signalée par { $partner } le { $day }
answered-by = Réponse de { $partner } le { $day } : { $said }
answered-by-outside = Réponse de { $partner } le { $day }, hors de son mandat : { $said }
answers-none = A retiré ses réponses.
outcome-corrected = Corrigé
outcome-not-kept = Non retenu
outcome-settled = Déjà réglé
outcome-missing = Choisissez ce qu’est devenu le signalement.
answer-link = Répondre
answer-change = Modifier notre réponse
answer-take-back = Retirer notre réponse
answer-heading = Répondre au signalement – { $name }
answer-lead = { $partner } signale : { $said }. Tous les partenaires lisent votre réponse, avec le nom de votre organisme. La fiche n’est pas modifiée : corrigez-la d’abord s’il y a lieu.
answer-outcome = Ce qu’est devenu le signalement
answer-why-hint = Une phrase, nécessaire si le signalement n’est pas retenu.
answer-button = Signer la réponse
assess-link = Évaluer
assess-heading = Évaluer – { $name }
assess-lead = Un niveau et une phrase par prisme. Ce que vous laissez vide n’est pas évalué. Votre évaluation remplace la précédente de votre organisme, et aucune autre.
assess-level = Niveau
assess-why = Pourquoi
assess-evidence = Pièce à l’appui (facultatif)
assess-evidence-hint = L’adresse d’une page, par exemple https://exemple.fr/bilan.pdf
assess-evidence-wrong = L’adresse de la pièce ne se lit pas : écrivez-la en entier, avec https://.
assess-level-missing = { $what } : choisissez un niveau de 0 à 3.
assess-why-missing = { $what } : dites pourquoi, en une phrase.
assess-why-too-long = { $what } : raccourcissez la phrase à 2 000 caractères.
assess-nothing = Donnez au moins un niveau, avec sa phrase.
assess-not-stated = L’évaluation ne peut pas être signée telle quelle : rechargez la page.
assess-button = Signer l’évaluation
report-link = Signaler
report-heading = Signaler – { $name }
report-lead = Tous les partenaires lisent ce signalement, avec le nom de votre organisme. La fiche n’est pas modifiée.
report-reason = Ce qui ne va pas
report-reason-missing = Choisissez ce qui ne va pas.
report-wrong = Une information est fausse
report-closed = Fermé, terminé ou annulé
report-duplicate = Doublon d’une autre fiche
report-personal-data = Donnée personnelle
report-why-hint = Une phrase, sans recopier de donnée personnelle.
report-button = Signer le signalement
endorse-link = Soutenir
endorse-heading = Soutenir – { $name }
endorse-lead = Votre organisme déclare soutenir ce que décrit cette fiche.
endorse-why-hint = Une phrase, si vous le souhaitez.
endorse-button = Signer le soutien
why-label = Explication
why-missing = Dites pourquoi, en une phrase.
why-too-long = Raccourcissez l’explication à 2 000 caractères.
entry-heading = Entrée signée
entry-lead = Une entrée est un écrit signé qui ne change plus. Sa signature a été vérifiée à la réception.
entry-partner = Signée pour
entry-claimed = Date annoncée
entry-id = Identifiant
entry-feed = Fil
entry-sequence = Rang dans le fil
entry-items = Éléments

# Candidatures et comité
apply-link = Candidater à un label
apply-heading = Candidater à un label – { $name }
apply-lead = Répondez aux critères. La candidature est une fiche que tous les partenaires lisent ; seul le comité, par des décisions signées, attribue un label.
apply-choose = Choisir un label
apply-name = Candidature : { $name } – { $label }
apply-answer-mandatory = Critère obligatoire. Sans nom de personne.
apply-answer-optional = Sans nom de personne.
apply-answer-missing = { $what } : ce critère est obligatoire, répondez-y.
apply-too-long = Les réponses sont trop longues : 48 000 caractères en tout au plus.
apply-evidence = Pièces
apply-evidence-hint = L’adresse d’une page ou d’un dossier que le comité peut lire, par exemple https://exemple.fr/dossier
apply-button = Déposer la candidature
applications-link = Voir les candidatures
applications-heading = Candidatures aux labels
applications-lead = Ce que les comités ont à examiner, et ce qui reste à évaluer.
applications-none = Aucune candidature. Une fiche candidate depuis sa page, bouton « Candidater à un label ».
applications-back = Retour aux labels
applications-progress = Évaluations du comité
applications-assessed = { $done } sur { $of }
application-heading = Candidature
application-back = Retour aux candidatures
application-lead = Les évaluations éclairent la décision et n’attribuent rien : le label naît des décisions signées du comité.
application-candidate = Fiche candidate
application-no-candidate = La fiche candidate n’est pas connue ici.
application-missing = N’ont pas encore évalué
application-none-missing = Tout le comité a évalué.
application-outside = Autres évaluations, hors décompte
application-outside-read = Les lire
application-record = Fiche de la candidature
application-decide = Décider du label
application-scheme-unknown = Le règlement que cette candidature nomme n’est pas connu ici : vérifiez son code et sa version.
application-general = Présentation
application-answers = Réponses aux critères
application-no-answer = Sans réponse
application-committee = Comité
application-caption = Évaluations du comité, critère par critère, de 0 à 3
application-no-assessment = Aucun membre du comité n’a encore évalué cette candidature.
application-no-mark = –
application-total = Total pondéré : { $total } sur { $of }
application-not-met = Obligatoire non rempli
application-unmarked = Sans niveau :
application-assess = Évaluer pour votre organisme
application-assess-lead = Un niveau et une phrase par critère. Votre évaluation remplace la précédente de votre organisme, et aucune autre.
application-weight = poids { $weight }
application-weight-mandatory = poids { $weight }, obligatoire
reports-heading = Signalements
reports-lead = Les fiches que des organismes signalent, la plus récemment modifiée d’abord. Qui peut écrire dans la fiche la corrige, la retire ou la rapproche d’une autre, puis répond : le signalement passe alors parmi les traités, avec la réponse. Celui qui l’a fait peut aussi y répondre, pour dire qu’il n’a plus d’objet.
reports-all = Tous
reports-which = Quels signalements
reports-open = À traiter
reports-settled = Traités
reports-ours = Faits par nous
reports-found = { $count ->
    [0] Aucun signalement à traiter
    [one] { $count } fiche signalée
   *[other] { $count } fiches signalées
}
reports-found-settled = { $count ->
    [0] Aucune fiche dont un signalement a été traité
    [one] { $count } fiche dont un signalement a été traité
   *[other] { $count } fiches dont un signalement a été traité
}
reports-found-ours = { $count ->
    [0] Aucune fiche signalée par votre organisme
    [one] { $count } fiche signalée par votre organisme
   *[other] { $count } fiches signalées par votre organisme
}
reports-none-settled = Aucun signalement n’a encore reçu de réponse. On répond depuis la fiche signalée, sous « Déclarations ».
reports-none-ours = Votre organisme n’a rien signalé. Un signalement se fait depuis une fiche, sous « Déclarations ».
reports-none = Aucun signalement à traiter. Un signalement se fait depuis une fiche, sous « Déclarations ».
reports-none-of-reason = Aucun signalement ici pour ce motif.
reports-said = Ce qui est signalé
