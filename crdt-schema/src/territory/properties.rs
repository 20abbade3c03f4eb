//! What must hold for any outline and any position: two ways to the same answer.

use proptest::prelude::*;

use crate::register::Point;
use crate::territory::Outline;

/// Corners of a star around a point of the Loiret, by rising angle: a polygon that never crosses itself. Invented.
fn star() -> impl Strategy<Value = Vec<(i32, i32)>> {
    proptest::collection::vec(20u32..3_000, 3..40).prop_map(|radii| {
        let count = radii.len() as f64;
        let corner = |(place, radius): (usize, u32)| {
            let angle = place as f64 / count * std::f64::consts::TAU;
            let (east, north) = (
                angle.cos() * f64::from(radius),
                angle.sin() * f64::from(radius),
            );
            (LON + east as i32 * 10, LAT + north as i32 * 10)
        };
        radii.into_iter().enumerate().map(corner).collect()
    })
}

fn outline(rings: &[Vec<(i32, i32)>]) -> Option<Outline> {
    let ring = |corners: &Vec<(i32, i32)>| {
        let closed = corners.iter().chain(corners.first());
        let points: Vec<String> = closed
            .map(|(lon, lat)| format!("[{},{}]", f64::from(*lon) / 1e7, f64::from(*lat) / 1e7))
            .collect();
        format!("[{}]", points.join(","))
    };
    let rings: Vec<String> = rings.iter().map(ring).collect();
    let text = format!(
        r#"{{"type":"Polygon","coordinates":[{}]}}"#,
        rings.join(",")
    );
    Outline::parse(&text).ok()
}

/// An independent way: how often the ring winds around the position, from the angles in which its corners are seen.
fn winds_around(corners: &[(i32, i32)], point: Point) -> bool {
    let seen =
        |(lon, lat): (i32, i32)| f64::from(lat - point.lat_e7).atan2(f64::from(lon - point.lon_e7));
    let ends = corners.iter().cycle().skip(1);
    let turned: f64 = corners
        .iter()
        .zip(ends)
        .map(|(start, end)| {
            let turn = seen(*end) - seen(*start);
            let whole = std::f64::consts::TAU;
            (turn + whole / 2.0).rem_euclid(whole) - whole / 2.0
        })
        .sum();
    turned.abs() > std::f64::consts::PI
}

fn position() -> impl Strategy<Value = Point> {
    (-40_000i32..40_000, -40_000i32..40_000).prop_map(|(north, east)| Point {
        lat_e7: LAT + north,
        lon_e7: LON + east,
    })
}

/// The corners as they are kept: rounding is not what these properties are about.
fn corners_of(outline: &Outline, ring: usize) -> Vec<(i32, i32)> {
    let rings = &outline.polygons()[0];
    let points = rings[ring].iter();
    points.map(|point| (point.lon_e7, point.lat_e7)).collect()
}

proptest! {
    #[test]
    fn a_position_is_inside_exactly_when_the_ring_winds_around_it(star in star(), point in position()) {
        let Some(outline) = outline(&[star]) else { return Ok(()) };
        // On the border itself, angles say nothing.
        prop_assume!(outline.metres_to_border(point) > 0.01);
        prop_assert_eq!(outline.contains(point), winds_around(&corners_of(&outline, 0), point));
    }

    #[test]
    fn a_hole_takes_away_what_it_winds_around(star in star(), point in position()) {
        let small: Vec<_> = star.iter().map(|(lon, lat)| (LON + (lon - LON) / 2, LAT + (lat - LAT) / 2)).collect();
        let Some(outline) = outline(&[star, small]) else { return Ok(()) };
        prop_assume!(outline.polygons()[0].len() == 2);
        prop_assume!(outline.metres_to_border(point) > 0.01);
        let expected = winds_around(&corners_of(&outline, 0), point) && !winds_around(&corners_of(&outline, 1), point);
        prop_assert_eq!(outline.contains(point), expected);
    }

    #[test]
    fn corners_and_the_middles_of_edges_are_on_the_border_and_inside(star in star()) {
        let Some(outline) = outline(&[star]) else { return Ok(()) };
        let corners = corners_of(&outline, 0);
        for ((lon, lat), (next_lon, next_lat)) in corners.iter().zip(corners.iter().cycle().skip(1)) {
            let corner = Point { lat_e7: *lat, lon_e7: *lon };
            prop_assert!(outline.contains(corner));
            prop_assert!(outline.metres_to_border(corner) < 0.001);
            let middle = Point { lat_e7: (lat + next_lat) / 2, lon_e7: (lon + next_lon) / 2 };
            prop_assert!(outline.metres_to_border(middle) < 0.02);
        }
    }

    #[test]
    fn a_distance_is_never_negative_and_the_same_whichever_way_the_ring_runs(star in star(), point in position()) {
        let reversed: Vec<_> = star.iter().rev().copied().collect();
        let (Some(one), Some(other)) = (outline(&[star]), outline(&[reversed])) else { return Ok(()) };
        let (one, other) = (one.metres_to_border(point), other.metres_to_border(point));
        prop_assert!(one >= 0.0);
        prop_assert!((one - other).abs() < 1e-6, "{} {}", one, other);
    }

    #[test]
    fn a_border_is_as_far_from_a_place_as_the_place_is_from_the_border(north in -5_000i32..5_000, east in -5_000i32..5_000) {
        // Two tiny triangles: the distance from one's corner to the other is that of the way back.
        let (from, to) = ((LON, LAT), (LON + east * 10, LAT + north * 10));
        prop_assume!(from != to);
        let triangle = |(lon, lat): (i32, i32)| vec![(lon, lat), (lon + 10, lat), (lon, lat + 10)];
        let (Some(here), Some(there)) = (outline(&[triangle(from)]), outline(&[triangle(to)])) else { return Ok(()) };
        let point = |(lon, lat): (i32, i32)| Point { lat_e7: lat, lon_e7: lon };
        let (way, back) = (there.metres_to_border(point(from)), here.metres_to_border(point(to)));
        // The triangles are a metre wide, and the plane touches at one end.
        prop_assert!((way - back).abs() < 0.5, "{} {}", way, back);
    }

    #[test]
    fn between_two_places_on_both_sides_there_is_a_border(star in star(), one in position(), other in position()) {
        let Some(outline) = outline(&[star]) else { return Ok(()) };
        if outline.contains(one) == outline.contains(other) {
            return Ok(());
        }
        let metres = |from: Point, to: Point| {
            let north = f64::from(to.lat_e7 - from.lat_e7) / 1e7 * 111_195.0;
            let east = f64::from(to.lon_e7 - from.lon_e7) / 1e7 * 111_195.0 * (f64::from(LAT) / 1e7).to_radians().cos();
            north.hypot(east)
        };
        prop_assert!(outline.metres_to_border(one) <= metres(one, other) + 0.05);
        prop_assert!(outline.metres_to_border(other) <= metres(one, other) + 0.05);
    }

    #[test]
    fn what_is_written_is_read_again_and_its_centre_lies_in_it(star in star()) {
        let Some(outline) = outline(&[star]) else { return Ok(()) };
        prop_assert_eq!(Outline::parse(&outline.to_text()), Ok(outline.clone()));
        if let Some(centre) = outline.centre() {
            prop_assert!(outline.contains(centre));
            prop_assert!(outline.tiles().contains(&crate::territory::tile_of(centre)));
        }
    }

    #[test]
    fn whoever_is_near_is_found_by_a_square(star in star(), point in position()) {
        let Some(outline) = outline(&[star]) else { return Ok(()) };
        if outline.locate(point).is_some() {
            prop_assert!(outline.tiles().contains(&crate::territory::tile_of(point)));
        }
    }
}

const LAT: i32 = 476_000_000;
const LON: i32 = 26_000_000;
