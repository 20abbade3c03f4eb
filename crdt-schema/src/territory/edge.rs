//! On which side of a border a position lies, and how far from it.

use crate::register::Point;
use crate::territory::outline::{Outline, Ring};

/// How near to a border a position is said to be near, in metres: an outline and a geocoded address are both some tens of metres off.
pub const NEAR_METRES: f64 = 50.0;

/// Where a position lies as seen from one territory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Located {
    /// Whether it is inside, or exactly on the border.
    pub is_inside: bool,
    /// The distance to the border in whole metres, where it is less than [`NEAR_METRES`].
    pub border_metres: Option<u32>,
}

/// Where a position lies as seen from one ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Border,
    Inside,
    Outside,
}

impl Outline {
    /// Says where a position lies. `None` when it is outside, and not near.
    pub fn locate(&self, point: Point) -> Option<Located> {
        if !self.bounds().is_near(point) {
            return None;
        }
        let is_inside = self.contains(point);
        let metres = self.metres_to_border(point);
        let is_near = metres < NEAR_METRES;
        (is_inside || is_near).then(|| Located {
            is_inside,
            // SAFETY: at least 0 and below 100, so that it fits.
            border_metres: is_near.then(|| metres.round() as u32),
        })
    }

    /// Tells whether a position is inside a polygon and in none of its holes. A border belongs to what it surrounds.
    pub fn contains(&self, point: Point) -> bool {
        self.polygons().iter().any(|rings| {
            let Some((outer, holes)) = rings.split_first() else {
                return false;
            };
            side(outer, point) != Side::Outside
                && holes.iter().all(|hole| side(hole, point) != Side::Inside)
        })
    }

    /// Returns the metres from a position to the nearest border, on either side of it. As the crow flies over a plane that touches the
    /// earth at the position: right to a centimetre where it is near, and only an order of magnitude where it is not.
    pub fn metres_to_border(&self, point: Point) -> f64 {
        let rings = self.polygons().iter().flatten();
        let edges = rings.flat_map(edges);
        edges.fold(f64::INFINITY, |nearest, (start, end)| {
            nearest.min(metres_to_edge(point, start, end))
        })
    }
}

/// Counts the edges that a ray towards the east crosses: odd is inside. Whole numbers only.
fn side(ring: &Ring, point: Point) -> Side {
    let mut is_inside = false;
    let (lat, lon) = (i128::from(point.lat_e7), i128::from(point.lon_e7));
    for (start, end) in edges(ring) {
        let (south, west) = (i128::from(start.lat_e7), i128::from(start.lon_e7));
        let (north, east) = (i128::from(end.lat_e7), i128::from(end.lon_e7));
        // Positive where the position is left of the edge.
        let turn = (east - west) * (lat - south) - (lon - west) * (north - south);
        let is_within =
            |one: i128, other: i128, at: i128| one.min(other) <= at && at <= one.max(other);
        if turn == 0 && is_within(south, north, lat) && is_within(west, east, lon) {
            return Side::Border;
        }
        if (south > lat) != (north > lat) && (turn > 0) == (north > south) {
            is_inside = !is_inside;
        }
    }
    if is_inside {
        Side::Inside
    } else {
        Side::Outside
    }
}

/// Returns the edges of a ring; the last one leads back to the first point.
pub(super) fn edges(ring: &Ring) -> impl Iterator<Item = (Point, Point)> + '_ {
    let ends = ring.iter().cycle().skip(1);
    ring.iter().zip(ends).map(|(start, end)| (*start, *end))
}

fn metres_to_edge(point: Point, start: Point, end: Point) -> f64 {
    let narrowing = (f64::from(point.lat_e7) / E7).to_radians().cos();
    let flat = |at: Point| {
        let degrees = |to: i32, from: i32| (f64::from(to) - f64::from(from)) / E7;
        let x = degrees(at.lon_e7, point.lon_e7) * narrowing * DEGREE_METRES;
        (x, degrees(at.lat_e7, point.lat_e7) * DEGREE_METRES)
    };
    let ((x0, y0), (x1, y1)) = (flat(start), flat(end));
    let (dx, dy) = (x1 - x0, y1 - y0);
    let length = dx * dx + dy * dy;
    let along = match length > 0.0 {
        true => (-(x0 * dx + y0 * dy) / length).clamp(0.0, 1.0),
        false => 0.0,
    };
    (x0 + along * dx).hypot(y0 + along * dy)
}

const E7: f64 = 10_000_000.0;
/// A degree of a great circle, in metres, for the mean radius of the earth (6,371,008.8 m).
pub(super) const DEGREE_METRES: f64 = 111_195.08;

#[cfg(test)]
mod tests {
    use super::*;

    fn at(lat: f64, lon: f64) -> Point {
        Point {
            lat_e7: (lat * E7).round() as i32,
            lon_e7: (lon * E7).round() as i32,
        }
    }

    /// A square of a hundredth of a degree with a hole, and a second one beside it. Invented.
    fn outline() -> Outline {
        Outline::parse(
            r#"{"type":"MultiPolygon","coordinates":[
                [[[2.60,47.60],[2.61,47.60],[2.61,47.61],[2.60,47.61],[2.60,47.60]],
                 [[2.604,47.604],[2.606,47.604],[2.606,47.606],[2.604,47.606],[2.604,47.604]]],
                [[[2.62,47.60],[2.63,47.60],[2.63,47.61],[2.62,47.60]]]]}"#,
        )
        .expect("well formed")
    }

    #[test]
    fn holes_are_outside_and_every_part_counts() {
        let outline = outline();
        for (lat, lon, is_inside) in [
            (47.602, 2.602, true),
            (47.605, 2.605, false),
            (47.605, 2.615, false),
            (47.602, 2.628, true),
            (47.608, 2.622, false),
            (47.600, 2.605, true),
            (47.610, 2.610, true),
            (47.604, 2.605, true),
            (47.599_999, 2.605, false),
        ] {
            assert_eq!(outline.contains(at(lat, lon)), is_inside, "{lat} {lon}");
        }
    }

    #[test]
    fn a_position_near_the_border_is_said_to_be_on_both_sides_of_it() {
        let outline = outline();
        // 0.0004° of latitude are 44.5 m.
        let near = |lat, lon| outline.locate(at(lat, lon));
        let said = |is_inside, metres| {
            Some(Located {
                is_inside,
                border_metres: Some(metres),
            })
        };
        assert_eq!(near(47.6004, 2.602), said(true, 44));
        assert_eq!(near(47.5996, 2.602), said(false, 44));
        assert_eq!(near(47.6044, 2.605), said(false, 44), "in the hole");
        assert_eq!(near(47.5994, 2.602), None, "67 m away");
        assert_eq!(near(47.60, 2.602), said(true, 0));
        assert_eq!(near(48.0, 2.602), None);
        let deep = near(47.602, 2.602).expect("inside");
        assert_eq!((deep.is_inside, deep.border_metres), (true, None));
    }

    #[test]
    fn the_limit_of_near_holds_at_its_edge() {
        let outline = outline();
        let south = |metres: f64| outline.locate(at(47.60 - metres / DEGREE_METRES, 2.602));
        assert!(south(NEAR_METRES - 0.5).is_some());
        assert!(south(NEAR_METRES + 0.5).is_none());
    }
}
