# Connexion
login-heading = Connexion
login-lead = Accédez au recensement partagé depuis le nœud de votre organisation.
login-name = Nom de compte
login-name-hint = En minuscules, par exemple : jeanne.durand
login-password = Mot de passe
login-button = Se connecter
login-help = Mot de passe oublié ou pas encore de compte ? Adressez-vous à la personne qui administre le nœud de votre organisation.
login-wrong = Le nom de compte et le mot de passe ne correspondent pas. Vérifiez les deux, puis réessayez.
login-wait = { $seconds ->
    [one] Trop d’essais. Réessayez dans une seconde.
   *[other] Trop d’essais. Réessayez dans { $seconds } secondes.
}
login-name-missing = Saisissez votre nom de compte, par exemple : jeanne.durand
login-password-missing = Saisissez votre mot de passe
point-signed = Chaque valeur est signée
point-signed-text = On sait toujours quelle organisation l’a écrite, et quand.
point-offline = Le nœud fonctionne sans réseau
point-offline-text = Vos corrections sont partagées dès que la liaison revient.
point-shared = Rien n’est écrasé
point-shared-text = Deux organisations peuvent corriger la même fiche : les deux versions sont gardées, et comparées.

# Accueil
home-lead = Vous êtes sur le nœud de votre organisation. Ce que vous lisez ici est disponible même sans réseau.
home-waits = Ce qui attend votre organisme
home-due = { $count ->
    [one] Une fiche à vérifier
   *[other] { $count } fiches à vérifier
}
home-login = Votre connexion
home-account = Compte
home-role = Rôle
home-node = Nœud de
home-programme = Programme
home-since = Connexion ouverte le

# Comptes
accounts-lead = Les personnes qui peuvent se connecter à ce nœud. Les comptes se créent et se modifient en ligne de commande.
accounts-caption = { $count ->
    [one] Un compte sur ce nœud
   *[other] { $count } comptes sur ce nœud
}
accounts-name = Nom de compte
accounts-role = Rôle
accounts-created = Créé le
role-assessor = Évaluation des labels
role-contributor = Contribution
role-coordinator = Coordination
role-moderator = Modération
role-node-admin = Administration du nœud
role-reader = Lecture
role-verifier = Vérification

# Accessibilité
accessibility-lead = Ces pages sont faites pour être lues et utilisées par tout le monde.
accessibility-how = Ce qui est prévu
accessibility-keyboard = Chaque page s’utilise au clavier seul ; l’élément actif est toujours visible.
accessibility-script = Aucune page n’a besoin de JavaScript.
accessibility-zoom = Les pages restent lisibles sur un écran de 320 pixels de large et avec un zoom de 400 %.
accessibility-color = Aucune information n’est donnée par la couleur seule ; les contrastes atteignent au moins 4,5 pour 1.
accessibility-limits = Ce qui n’est pas garanti
accessibility-audit = Ces pages n’ont pas encore été auditées selon le RGAA : elles ne peuvent pas être déclarées conformes.
accessibility-report = Signaler une difficulté
accessibility-contact = Adressez-vous à la personne qui administre le nœud de votre organisation, en indiquant la page et ce qui vous a arrêté.
