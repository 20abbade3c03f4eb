# Horaires d’ouverture, en mots
hours-next = {" ; "}
hours-always = 24 h sur 24, 7 jours sur 7
hours-closed = fermé
hours-closed-when = { $when } : fermé
hours-all-day = { $when } toute la journée
hours-to-ask = { $when } (à confirmer)
hours-commented = { $said } ({ $comment })
hours-otherwise = sinon { $said }
hours-year = en { $year }
hours-years = de { $from } à { $to }
hours-years-on = à partir de { $from }
hours-date = le { $date }
hours-dates = du { $from } au { $to }
hours-month = en { $month }
hours-months = de { $from } à { $to }
hours-day-of-month = { $day ->
    [1] 1er
   *[other] { $day }
} { $month }
hours-week = semaine { $from }
hours-weeks = semaines { $from } à { $to }
hours-weeks-step = une semaine sur { $step }, de la semaine { $from } à la semaine { $to }
hours-public-holidays = jours fériés
hours-school-holidays = vacances scolaires
hours-every-day = tous les jours
hours-days = du { $from } au { $to }
hours-of-month = le { $place ->
    [1] 1er
   *[other] { $place }e
} { $day } du mois
hours-last-of-month = le dernier { $day } du mois
hours-from-end-of-month = le { $place }e { $day } avant la fin du mois
hours-times = de { $from } à { $to }
hours-from = à partir de { $from }
hours-sharp = { $hour } h
hours-time = { $hour } h { $minute }
hours-midnight = minuit
hours-next-day = { $time } le lendemain
hours-sunrise = l’aube
hours-sunset = la tombée de la nuit
hours-and = { $first } et { $last }
weekday-monday = lundi
weekday-tuesday = mardi
weekday-wednesday = mercredi
weekday-thursday = jeudi
weekday-friday = vendredi
weekday-saturday = samedi
weekday-sunday = dimanche
