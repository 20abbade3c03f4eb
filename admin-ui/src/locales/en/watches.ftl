# Watches: the searches that a person follows
section-watches = Watches
watches-lead = The searches that you follow, and what is new or changed in each since you last looked. Your watches stay on this node, and nobody else sees them.
watches-none = You follow no search yet. Search the census, then choose “Watch this search”.
watches-begin = Open the census
watches-back = Back to the watches
watches-room = { $count ->
    [one] One watch of { $max } possible.
   *[other] { $count } watches of { $max } possible.
}
watch-this-search = Watch this search
watch-new-heading = Watch a search
watch-new-lead = Give this search a name: it will then tell you what is new.
watch-name = Name of the watch
watch-name-hint = 1 to { $max } characters, for example “Sport in Loiret”
watch-name-wrong = Give a name of 1 to { $chars } characters.
watch-search-too-long = This search is too long to be watched: remove some criteria.
watch-too-many = You watch { $max } searches already, which is the most: remove one first.
watch-keep = Watch
watch-search = Search
watch-found = Records
watch-news = Since you last looked
watch-no-news = Nothing new
watch-new = { $count ->
    [one] one new or changed record
   *[other] { $count } new or changed records
}
watch-state = { $total ->
    [0] No record.
    [one] One record, { $count ->
        [0] nothing new since you last looked.
       *[other] new or changed since you last looked.
    }
   *[other] { $total } records, { $count ->
        [0] nothing new since you last looked.
        [one] one of them new or changed since you last looked.
       *[other] { $count } of them new or changed since you last looked.
    }
}
watch-see = Mark as seen
watch-empty = No record matches this search for now. It will appear here as soon as a partner writes one.
watch-caption = Records found, the last that came first
watch-is-new = New
watch-as-list = Open in the census
watch-manage = Manage this watch
watch-rename = Rename
watch-remove = Remove this watch
watch-remove-hint = The records are not touched.
