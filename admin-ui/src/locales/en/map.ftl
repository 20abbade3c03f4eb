# Map
census-layers = Layout
census-as-list = List
census-as-map = Map
map-title = Map of the records
map-shown = { $count ->
    [0] None of these records has a position to show on the map.
    [one] One record is on the map.
   *[other] { $count } records are on the map.
}
map-without = { $count ->
    [one] One record has no position and is in the list only.
   *[other] { $count } records have no position and are in the list only.
}
map-cut = The map shows the first { $count } records of the list. Narrow the search to see the others.
map-needs-script = The map needs JavaScript. The list below says the same.
map-failed = The map could not be loaded. The list below says the same; reload the page to try again.
map-place = Go to
map-all-points = All records
map-hexagon = Mainland France and Corsica
map-skip = Skip the map
map-zoom-in = Zoom in
map-zoom-out = Zoom out
map-close = Close
map-cluster = { $count } records close by, zoom in
map-between = , in{" "}
map-credit = Simplified outlines, without legal value: IGN, Admin Express COG 2018 (Licence Ouverte); overseas collectivities: Natural Earth (public domain). Map: Leaflet.
