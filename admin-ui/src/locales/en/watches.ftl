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
watch-feed-heading = Feed
watch-feed-lead = An Atom feed gives a feed reader, without a login, what this watch finds: public fields only, without records of closed sources. Its address is secret: whoever knows it reads the feed.
watch-feed-open = Open a feed
watch-feed-opened = The feed is open. Copy its address now: it is not shown again.
watch-feed-address = Address of the feed
watch-feed-follow = See the feed
watch-feed-since = A feed has been open since { $day }. Its address is not kept here: if it is lost, or known to somebody else, renew it.
watch-feed-renew = Renew the address
watch-feed-renew-hint = The address of before will lead nowhere any more.
watch-feed-close = Close the feed
