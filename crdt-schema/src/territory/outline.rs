//! Outlines of territories: the polygons of a GeoJSON geometry, in one normal form, small enough to be a signed value.

use serde::Deserialize;
use serde_json::Value;

use crate::limits::VALUE_BYTES_MAX;
use crate::register::{Code, Outcome, Point, in_french_territory};
use crate::territory::edge::{DEGREE_METRES, NEAR_METRES, edges};

/// Bytes of an outline in its normal form: those of any text value, which are some 780 points. An outline with more is refused and
/// never simplified here: whoever simplifies moves a border, and has to say so.
pub const OUTLINE_BYTES_MAX: usize = VALUE_BYTES_MAX;

/// A closed line. Its last point is not written twice.
pub(super) type Ring = Vec<Point>;

/// The outline of a territory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outline {
    /// Each polygon is its outer ring, then its holes.
    polygons: Vec<Vec<Ring>>,
}

/// The box around an outline, in ten-millionths of a degree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// The least latitude.
    pub south: i32,
    /// The least longitude.
    pub west: i32,
    /// The greatest latitude.
    pub north: i32,
    /// The greatest longitude.
    pub east: i32,
}

#[derive(Deserialize)]
struct Geometry {
    #[serde(rename = "type")]
    kind: String,
    coordinates: Value,
}

impl Outline {
    /// Reads a geometry of GeoJSON, `Polygon` or `MultiPolygon`, longitude first. Coordinates are rounded to six digits after
    /// the point, about ten centimetres, and a third coordinate is left out: nothing else is.
    pub fn parse(text: &str) -> Result<Self, Code> {
        let geometry: Geometry = serde_json::from_str(text).map_err(|_| Code::Format)?;
        let polygons = match geometry.kind.as_str() {
            "Polygon" => vec![polygon(&geometry.coordinates)?],
            "MultiPolygon" => list(&geometry.coordinates)?
                .iter()
                .map(polygon)
                .collect::<Result<_, _>>()?,
            _ => return Err(Code::Format),
        };
        if polygons.is_empty() {
            return Err(Code::Format);
        }
        Ok(Self { polygons })
    }

    /// Reads what somebody typed or a file holds, as a value of its field.
    pub fn read(text: &str) -> Outcome<String> {
        let outline = match Self::parse(text) {
            Ok(outline) => outline,
            Err(code) => return Outcome::Invalid(code),
        };
        let written = outline.to_text();
        if written.len() > OUTLINE_BYTES_MAX {
            return Outcome::Invalid(Code::Length);
        }
        let points = || outline.polygons.iter().flatten().flatten();
        let is_swapped = |point: &Point| {
            in_french_territory(Point {
                lat_e7: point.lon_e7,
                lon_e7: point.lat_e7,
            })
        };
        match points().all(|point| in_french_territory(*point)) {
            true => Outcome::Valid(written),
            false if points().all(is_swapped) => Outcome::Invalid(Code::Swapped),
            false => Outcome::Warned(written, Code::OutsideTerritory),
        }
    }

    /// Writes the normal form: the one geometry that [`parse`](Self::parse) turns into the same outline. Outer rings run
    /// counter-clockwise, as RFC 7946 asks.
    pub fn to_text(&self) -> String {
        let polygons: Vec<String> = self.polygons.iter().map(|rings| written(rings)).collect();
        match &polygons[..] {
            [alone] => format!(r#"{{"type":"Polygon","coordinates":{alone}}}"#),
            several => format!(
                r#"{{"type":"MultiPolygon","coordinates":[{}]}}"#,
                several.join(",")
            ),
        }
    }

    /// Returns how many points it has.
    pub fn points(&self) -> usize {
        self.polygons.iter().flatten().map(Vec::len).sum()
    }

    /// Returns the area without the holes, in square metres; right to some thousandths.
    pub fn square_metres(&self) -> f64 {
        let of_polygon = |rings: &Vec<Ring>| {
            let areas = rings.iter().map(|ring| doubled_area(ring).abs() / 2.0);
            let mut areas = areas.collect::<Vec<_>>().into_iter();
            areas.next().unwrap_or_default() - areas.sum::<f64>()
        };
        let square_degrees: f64 = self.polygons.iter().map(of_polygon).sum();
        let bounds = self.bounds();
        let middle = (f64::from(bounds.south) + f64::from(bounds.north)) / 2.0;
        square_degrees * DEGREE_METRES * DEGREE_METRES * (middle / E7).to_radians().cos()
    }

    /// Returns a point inside: the centre of gravity of the largest part, or where that lies outside, the middle of its widest stretch
    /// from west to east at half its height.
    pub fn centre(&self) -> Option<Point> {
        let size = |rings: &&Vec<Ring>| rings.first().map_or(0.0, |ring| doubled_area(ring).abs());
        let largest = self
            .polygons
            .iter()
            .max_by(|one, other| size(one).total_cmp(&size(other)))?;
        let alone = Self {
            polygons: vec![largest.clone()],
        };
        let gravity = gravity(largest.first()?).filter(|point| alone.contains(*point));
        gravity.or_else(|| alone.widest_stretch())
    }

    /// Returns the squares of a tenth of a degree that it touches or is near to, as [`tile_of`] names them: what a position has to be
    /// compared with is then looked up. An outline that covers very many is compared with every position.
    pub fn tiles(&self) -> Vec<String> {
        let bounds = self.bounds().widened();
        let rows = bounds.south.div_euclid(TILE_E7)..=bounds.north.div_euclid(TILE_E7);
        let columns = bounds.west.div_euclid(TILE_E7)..=bounds.east.div_euclid(TILE_E7);
        let count = rows.clone().count().saturating_mul(columns.clone().count());
        if count > TILES_MAX {
            return vec![TILE_ANYWHERE.to_owned()];
        }
        rows.flat_map(|row| columns.clone().map(move |column| tile(row, column)))
            .collect()
    }

    pub(super) fn polygons(&self) -> &[Vec<Ring>] {
        &self.polygons
    }

    /// Returns the box around it.
    pub fn bounds(&self) -> Bounds {
        let mut bounds = Bounds {
            south: i32::MAX,
            west: i32::MAX,
            north: i32::MIN,
            east: i32::MIN,
        };
        for point in self.polygons.iter().flatten().flatten() {
            bounds.south = bounds.south.min(point.lat_e7);
            bounds.west = bounds.west.min(point.lon_e7);
            bounds.north = bounds.north.max(point.lat_e7);
            bounds.east = bounds.east.max(point.lon_e7);
        }
        bounds
    }

    fn widest_stretch(&self) -> Option<Point> {
        let bounds = self.bounds();
        // Between two whole numbers: no corner lies on the line.
        let lat = (f64::from(bounds.south) + f64::from(bounds.north)) / 2.0 + 0.5;
        let rings = self.polygons.iter().flatten();
        let crossed = rings.flat_map(edges).filter_map(|(start, end)| {
            let (south, north) = (f64::from(start.lat_e7), f64::from(end.lat_e7));
            let share = (lat - south) / (north - south);
            let (west, east) = (f64::from(start.lon_e7), f64::from(end.lon_e7));
            ((south > lat) != (north > lat)).then_some(west + share * (east - west))
        });
        let mut crossed: Vec<f64> = crossed.collect();
        crossed.sort_by(f64::total_cmp);
        let (stretches, _) = crossed.as_chunks::<2>();
        let [west, east] = stretches
            .iter()
            .max_by(|one, other| (one[1] - one[0]).total_cmp(&(other[1] - other[0])))?;
        let point = rounded(lat, (west + east) / 2.0);
        self.contains(point).then_some(point)
    }
}

/// Returns the name of the square that a position lies in.
pub fn tile_of(point: Point) -> String {
    tile(
        point.lat_e7.div_euclid(TILE_E7),
        point.lon_e7.div_euclid(TILE_E7),
    )
}

/// The name of no square: what every position has to be compared with.
pub const TILE_ANYWHERE: &str = "*";

impl Bounds {
    /// Tells whether a position is inside the box, or nearer to it than [`NEAR_METRES`].
    pub(super) fn is_near(self, point: Point) -> bool {
        let around = self.widened();
        (around.south..=around.north).contains(&point.lat_e7)
            && (around.west..=around.east).contains(&point.lon_e7)
    }

    fn widened(self) -> Self {
        let up = f64::from(self.south.abs().max(self.north.abs())) / E7;
        let high = NEAR_METRES / DEGREE_METRES * E7;
        // Near the poles, a metre is many degrees.
        let wide = high / up.to_radians().cos().max(0.01);
        // SAFETY: a thousandth of a degree up, and at most a hundred times that aside.
        let (high, wide) = (high.ceil() as i32, wide.ceil() as i32);
        Self {
            south: self.south.saturating_sub(high),
            west: self.west.saturating_sub(wide),
            north: self.north.saturating_add(high),
            east: self.east.saturating_add(wide),
        }
    }
}

fn list(value: &Value) -> Result<&Vec<Value>, Code> {
    value.as_array().ok_or(Code::Format)
}

fn polygon(value: &Value) -> Result<Vec<Ring>, Code> {
    let mut rings = Vec::new();
    for (place, value) in list(value)?.iter().enumerate() {
        let is_outer = place == 0;
        match ring(value)? {
            // A hole that is thinner than the rounding is none.
            None if is_outer => return Err(Code::Format),
            None => {}
            Some(mut ring) => {
                if (doubled_area(&ring) > 0.0) != is_outer {
                    ring.reverse();
                }
                rings.push(ring);
            }
        }
    }
    if rings.is_empty() {
        return Err(Code::Format);
    }
    Ok(rings)
}

/// Reads a ring that is closed; none when rounding leaves no area of it.
fn ring(value: &Value) -> Result<Option<Ring>, Code> {
    let positions = list(value)?;
    let points = positions
        .iter()
        .map(position)
        .collect::<Result<Vec<_>, _>>()?;
    if points.len() < 4 || points.first() != points.last() {
        return Err(Code::Format);
    }
    let mut ring = points;
    ring.dedup();
    if ring.len() > 1 && ring.first() == ring.last() {
        ring.pop();
    }
    Ok((ring.len() > 2 && doubled_area(&ring) != 0.0).then_some(ring))
}

fn position(value: &Value) -> Result<Point, Code> {
    let [longitude, latitude, ..] = list(value)?.as_slice() else {
        return Err(Code::Format);
    };
    let degrees = |value: &Value| value.as_f64().ok_or(Code::Format);
    let (longitude, latitude) = (degrees(longitude)?, degrees(latitude)?);
    if latitude.abs() > PROJECTED_FROM || longitude.abs() > PROJECTED_FROM {
        return Err(Code::Projected);
    }
    if latitude.abs() > 90.0 || longitude.abs() > 180.0 {
        return Err(Code::Range);
    }
    Ok(rounded(latitude * E7, longitude * E7))
}

/// Rounds ten-millionths of a degree to the digits that an outline keeps.
fn rounded(latitude: f64, longitude: f64) -> Point {
    // SAFETY: within ±180 degrees, which fit.
    let kept = |e7: f64| (e7 / STEP_E7).round() as i32 * STEP_E7 as i32;
    Point {
        lat_e7: kept(latitude),
        lon_e7: kept(longitude),
    }
}

fn written(rings: &[Ring]) -> String {
    let of_ring = |ring: &Ring| {
        let closed = ring.iter().chain(ring.first());
        let points: Vec<String> = closed
            .map(|point| format!("[{},{}]", degrees(point.lon_e7), degrees(point.lat_e7)))
            .collect();
        format!("[{}]", points.join(","))
    };
    let rings: Vec<String> = rings.iter().map(of_ring).collect();
    format!("[{}]", rings.join(","))
}

/// Writes degrees with no more digits than they have.
fn degrees(e7: i32) -> String {
    let (sign, whole, rest) = (
        if e7 < 0 { "-" } else { "" },
        e7.unsigned_abs() / 10_000_000,
        e7.unsigned_abs() % 10_000_000,
    );
    let fraction = format!("{rest:07}");
    match fraction.trim_end_matches('0') {
        "" => format!("{sign}{whole}"),
        fraction => format!("{sign}{whole}.{fraction}"),
    }
}

/// Returns twice the area in square degrees; positive when the ring runs counter-clockwise. Measured from its first point, so that
/// little is lost.
fn doubled_area(ring: &Ring) -> f64 {
    let Some(first) = ring.first() else {
        return 0.0;
    };
    edges(ring)
        .map(|(start, end)| cross(*first, start, end))
        .sum()
}

fn cross(origin: Point, start: Point, end: Point) -> f64 {
    let ((x0, y0), (x1, y1)) = (from(origin, start), from(origin, end));
    x0 * y1 - x1 * y0
}

/// Returns how far east and north a point is of another, in degrees.
fn from(origin: Point, point: Point) -> (f64, f64) {
    let degrees = |to: i32, from: i32| (f64::from(to) - f64::from(from)) / E7;
    (
        degrees(point.lon_e7, origin.lon_e7),
        degrees(point.lat_e7, origin.lat_e7),
    )
}

fn gravity(ring: &Ring) -> Option<Point> {
    let first = *ring.first()?;
    let (mut area, mut east, mut north) = (0.0, 0.0, 0.0);
    for (start, end) in edges(ring) {
        let weight = cross(first, start, end);
        let ((x0, y0), (x1, y1)) = (from(first, start), from(first, end));
        area += weight;
        east += (x0 + x1) * weight;
        north += (y0 + y1) * weight;
    }
    let at = |first: i32, moved: f64| f64::from(first) + moved / (3.0 * area) * E7;
    let (latitude, longitude) = (at(first.lat_e7, north), at(first.lon_e7, east));
    // That of a ring which crosses itself may lie anywhere, and that of one without area nowhere.
    let is_on_earth = latitude.abs() <= 90.0 * E7 && longitude.abs() <= 180.0 * E7;
    is_on_earth.then(|| rounded(latitude, longitude))
}

fn tile(row: i32, column: i32) -> String {
    format!("{row}:{column}")
}

/// What an outline keeps of a coordinate, in ten-millionths of a degree: six digits after the point. The seventh makes the longest outlines
/// that we know too long for a value, and says nothing that is true on the ground.
const STEP_E7: f64 = 10.0;
const E7: f64 = 10_000_000.0;
/// No degree is so large, and no French projection has metres so small.
const PROJECTED_FROM: f64 = 1_000.0;
/// A tenth of a degree, in ten-millionths: some ten kilometres, so that a square holds the neighbourhoods of one town.
const TILE_E7: i32 = 1_000_000;
/// The largest commune of the mainland covers some thirty squares. Of what is larger there are few.
const TILES_MAX: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    const SQUARE: &str = r#"{"type":"Polygon","coordinates":[[[2.6,47.6],[2.61,47.6],[2.61,47.61],[2.6,47.61],[2.6,47.6]]]}"#;

    fn parsed(text: &str) -> Outline {
        Outline::parse(text).expect(text)
    }

    #[test]
    fn an_outline_that_crosses_itself_has_its_centre_on_earth_or_none() {
        // Both halves are as large: the centre of gravity of the whole is nowhere near.
        let crossed =
            r#"{"type":"Polygon","coordinates":[[[2,47],[3,48],[3,47],[2,48.000001],[2,47]]]}"#;
        let crossed = parsed(crossed);
        let centre = crossed.centre();
        assert!(
            centre.is_none_or(|point| crossed.contains(point)),
            "{centre:?}"
        );
    }

    #[test]
    fn the_normal_form_is_one() {
        assert_eq!(parsed(SQUARE).to_text(), SQUARE);
        // Clockwise, with heights, with a point twice, and as a part of one.
        let others = r#"{"type":"MultiPolygon","coordinates":[[[[2.6,47.6,12],[2.6,47.61,12.5],[2.6,47.61],[2.61,47.61],
            [2.6100000001,47.6],[2.6,47.6]]]]}"#;
        let other = parsed(others);
        assert_eq!(other.points(), 4);
        assert_eq!(parsed(&other.to_text()), other);
        assert!(other.to_text().starts_with(r#"{"type":"Polygon""#));
        assert_eq!(other.square_metres(), parsed(SQUARE).square_metres());
    }

    #[test]
    fn what_is_no_outline_is_refused_by_its_reason() {
        let ring = |points: &str| format!(r#"{{"type":"Polygon","coordinates":[[{points}]]}}"#);
        for (text, code) in [
            ("", Code::Format),
            ("2.6, 47.6", Code::Format),
            (r#"{"type":"Point","coordinates":[2,47]}"#, Code::Format),
            (r#"{"type":"Polygon","coordinates":[]}"#, Code::Format),
            (r#"{"type":"MultiPolygon","coordinates":[]}"#, Code::Format),
            (&ring("[2,47],[3,47],[3,48]"), Code::Format),
            (&ring("[2,47],[3,47],[3,48],[2,48]"), Code::Format),
            (&ring("[2,47],[3,47],[2,47],[2,47]"), Code::Format),
            (&ring(r#"[2,47],["3",47],[3,48],[2,47]"#), Code::Format),
            (&ring("[2,97],[3,97],[3,98],[2,97]"), Code::Range),
            (
                &ring("[652000,6862000],[653000,6862000],[653000,6863000],[652000,6862000]"),
                Code::Projected,
            ),
        ] {
            assert_eq!(Outline::parse(text), Err(code), "{text}");
        }
    }

    #[test]
    fn outlines_abroad_are_warned_and_swapped_ones_refused() {
        assert_eq!(Outline::read(SQUARE), Outcome::Valid(SQUARE.to_owned()));
        let rome = SQUARE.replace("2.6", "12.5").replace("47.6", "41.9");
        assert_eq!(
            Outline::read(&rome).code(),
            Some(Code::OutsideTerritory),
            "{rome}"
        );
        let swapped = r#"{"type":"Polygon","coordinates":[[[47.6,2.6],[47.61,2.6],[47.61,2.61],[47.6,2.6]]]}"#;
        assert_eq!(Outline::read(swapped), Outcome::Invalid(Code::Swapped));
    }

    #[test]
    fn the_limit_of_bytes_holds_at_its_edge() {
        // A fan of points, some twenty bytes each.
        let fan = |count: usize| {
            let points: Vec<String> = (0..count)
                .map(|place| {
                    format!(
                        "[2.{:06},47.{:06}]",
                        100_001 + 2 * place,
                        200_001 + place % 2
                    )
                })
                .collect();
            format!(
                r#"{{"type":"Polygon","coordinates":[[{},[2.5,47.9],{}]]}}"#,
                points.join(","),
                points[0]
            )
        };
        let longest = (1..2_000)
            .rev()
            .find(|count| Outline::read(&fan(*count)).accepted().is_some())
            .expect("a short one is accepted");
        let accepted = Outline::read(&fan(longest));
        let length = accepted.accepted().map_or(0, String::len);
        assert!((OUTLINE_BYTES_MAX - 25..=OUTLINE_BYTES_MAX).contains(&length));
        assert!(longest > 700);
        assert_eq!(
            Outline::read(&fan(longest + 1)),
            Outcome::Invalid(Code::Length)
        );
    }

    #[test]
    fn the_centre_lies_inside_even_of_a_horseshoe() {
        let horseshoe = r#"{"type":"Polygon","coordinates":[[[2,47],[2.3,47],[2.3,47.3],[2.2,47.3],[2.2,47.05],[2.1,47.05],
            [2.1,47.3],[2,47.3],[2,47]]]}"#;
        for text in [SQUARE, horseshoe] {
            let outline = parsed(text);
            let centre = outline.centre().expect("it has one");
            assert!(outline.contains(centre), "{centre:?}");
        }
        let centre = parsed(SQUARE).centre().expect("it has one");
        assert_eq!((centre.lat_e7, centre.lon_e7), (476_050_000, 26_050_000));
    }

    #[test]
    fn the_area_leaves_holes_out() {
        let whole = parsed(SQUARE).square_metres();
        // 0.01° × 0.01° at 47.605°: 1,111.95 m × 749.7 m.
        assert!((whole - 833_700.0).abs() < 1_000.0, "{whole}");
        let holed = SQUARE.replace(
            "]]]}",
            "]],[[2.602,47.602],[2.607,47.602],[2.607,47.607],[2.602,47.607],[2.602,47.602]]]}",
        );
        let holed = parsed(&holed).square_metres();
        assert!((holed / whole - 0.75).abs() < 0.001, "{holed} {whole}");
    }

    #[test]
    fn a_position_is_found_by_its_square_as_far_as_it_is_near() {
        // At the corner of four squares, all four are named: whoever is in the next one may be near.
        let corner = ["475:25", "475:26", "476:25", "476:26"];
        assert_eq!(parsed(SQUARE).tiles(), corner);
        let inside = SQUARE.replace("2.6", "2.65").replace("47.6", "47.65");
        let inside = parsed(&inside);
        assert_eq!(inside.tiles(), ["476:26"]);
        assert_eq!(tile_of(inside.centre().expect("it has one")), "476:26");
        let west_of_zero = Point {
            lat_e7: -1,
            lon_e7: -1,
        };
        assert_eq!(tile_of(west_of_zero), "-1:-1");
        let world = r#"{"type":"Polygon","coordinates":[[[-170,-80],[170,-80],[170,80],[-170,80],[-170,-80]]]}"#;
        assert_eq!(parsed(world).tiles(), [TILE_ANYWHERE]);
    }
}
