# Login
login-heading = Log in
login-lead = Open the shared census from your organisation’s node.
login-name = Account name
login-name-hint = In small letters, for example: jeanne.durand
login-password = Password
login-button = Log in
login-help = Forgotten password, or no account yet? Ask the person who administers your organisation’s node.
login-wrong = The account name and the password do not match. Check both, then try again.
login-wait = { $seconds ->
    [one] Too many attempts. Try again in one second.
   *[other] Too many attempts. Try again in { $seconds } seconds.
}
login-name-missing = Enter your account name, for example: jeanne.durand
login-password-missing = Enter your password
point-signed = Every value is signed
point-signed-text = You always know which organisation wrote it, and when.
point-offline = The node works without a network
point-offline-text = Your corrections are shared as soon as the link is back.
point-shared = Nothing is overwritten
point-shared-text = Two organisations can correct the same record: both versions are kept, and compared.

# Home
home-lead = This is your organisation’s node. What you read here is available even without a network.
home-waits = What waits for your organisation
home-due = { $count ->
    [one] One record to verify
   *[other] { $count } records to verify
}
home-login = Your login
home-account = Account
home-role = Role
home-node = Node of
home-programme = Programme
home-since = Logged in on

# Accounts
accounts-lead = The people who can log in to this node. Accounts are made and changed on the command line.
accounts-caption = { $count ->
    [one] One account on this node
   *[other] { $count } accounts on this node
}
accounts-name = Account name
accounts-role = Role
accounts-created = Created on
role-assessor = Label assessment
role-contributor = Contribution
role-coordinator = Coordination
role-moderator = Moderation
role-node-admin = Node administration
role-reader = Reading
role-verifier = Verification

# Accessibility
accessibility-lead = These pages are made to be read and used by everybody.
accessibility-how = What is provided
accessibility-keyboard = Each page can be used with the keyboard alone; the focus is always visible.
accessibility-script = No page needs JavaScript.
accessibility-zoom = Pages stay readable on a screen 320 pixels wide and at a zoom of 400%.
accessibility-color = No information is given by colour alone; contrasts are at least 4.5 to 1.
accessibility-limits = What is not guaranteed
accessibility-audit = These pages have not been audited against RGAA yet: they cannot be declared compliant.
accessibility-report = Report a difficulty
accessibility-contact = Ask the person who administers your organisation’s node; say which page it was and what stopped you.
