//! Points: two decimals of degrees, kept as whole ten-millionths.

use super::clean::clean;
use super::outcome::{Code, Outcome};

/// A point in WGS 84, in ten-millionths of a degree (about a centimetre).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Point {
    /// The latitude, from −90 to 90 degrees.
    pub lat_e7: i32,
    /// The longitude, from −180 to 180 degrees.
    pub lon_e7: i32,
}

/// Reads a latitude and a longitude, each with a dot or a comma, rounded half away from zero.
pub fn point(latitude: &str, longitude: &str) -> Outcome<Point> {
    let (latitude, longitude) = (clean(latitude), clean(longitude));
    let (lat, lon) = (decimal_e7(&latitude), decimal_e7(&longitude));
    let malformed = |text: &str, value: Option<i64>| !text.is_empty() && value.is_none();
    if malformed(&latitude, lat) || malformed(&longitude, lon) {
        return Outcome::Invalid(Code::Format);
    }
    let (Some(lat), Some(lon)) = (lat, lon) else {
        return Outcome::Invalid(Code::Incomplete);
    };
    if lat == 0 && lon == 0 {
        return Outcome::Invalid(Code::NullIsland);
    }
    if lat.abs() > METRES_FROM && lon.abs() > METRES_FROM {
        return Outcome::Invalid(Code::Projected);
    }
    let (read, swapped) = (in_range(lat, lon), in_range(lon, lat));
    match (read, swapped) {
        (Some(point), _) if in_french_territory(point) => Outcome::Valid(point),
        (_, Some(value)) if in_french_territory(value) => Outcome::Proposed {
            value,
            code: Code::Swapped,
        },
        (Some(point), _) => Outcome::Warned(point, Code::OutsideTerritory),
        (None, _) => Outcome::Invalid(Code::Range),
    }
}

/// Tells whether a point lies in a French territory, or a few kilometres around it.
///
/// A coarse outline, to find swapped and foreign coordinates: it says nothing about a border.
pub fn in_french_territory(point: Point) -> bool {
    let (lat, lon) = (i64::from(point.lat_e7), i64::from(point.lon_e7));
    BOXES.iter().any(|[south, north, west, east]| {
        (south * E5..=north * E5).contains(&lat) && (west * E5..=east * E5).contains(&lon)
    }) || in_mainland(lat, lon)
}

/// Counts the edges of the outline west of the point: odd is inside.
fn in_mainland(lat: i64, lon: i64) -> bool {
    let ends = MAINLAND.iter().cycle().skip(1);
    let crossed = MAINLAND.iter().zip(ends).filter(|(start, end)| {
        let (west, south) = (start.0 * E5, start.1 * E5);
        let (east, north) = (end.0 * E5, end.1 * E5);
        if (south > lat) == (north > lat) {
            return false;
        }
        // Whole numbers: at most 10⁹ × 10⁹, which fits.
        let side = (lon - west) * (north - south) - (east - west) * (lat - south);
        (side > 0) == (north > south)
    });
    crossed.count() % 2 == 1
}

fn in_range(lat: i64, lon: i64) -> Option<Point> {
    if lat.abs() > LATITUDE_MAX || lon.abs() > LONGITUDE_MAX {
        return None;
    }
    Some(Point {
        lat_e7: i32::try_from(lat).ok()?,
        lon_e7: i32::try_from(lon).ok()?,
    })
}

/// Reads `-12.3456789` as whole ten-millionths, without going through a binary fraction.
fn decimal_e7(text: &str) -> Option<i64> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (whole, fraction) = digits.split_once(['.', ',']).unwrap_or((digits, "0"));
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let in_form = (1..=WHOLE_DIGITS_MAX).contains(&whole.len())
        && (1..=FRACTION_DIGITS_MAX).contains(&fraction.len());
    if !in_form || !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    let kept = fraction.bytes().chain(std::iter::repeat(b'0')).take(7);
    let value = whole
        .bytes()
        .chain(kept)
        .fold(0, |value, byte| value * 10 + i64::from(byte - b'0'));
    let up = fraction
        .as_bytes()
        .get(7)
        .is_some_and(|digit| *digit >= b'5');
    let value = value + i64::from(up);
    Some(if negative { -value } else { value })
}

const E5: i64 = 100_000;
const LATITUDE_MAX: i64 = 90 * 10_000_000;
const LONGITUDE_MAX: i64 = 180 * 10_000_000;
/// No degree is so large, and no French projection has metres so small.
const METRES_FROM: i64 = 1_000 * 10_000_000;
/// Metres of a projection have seven.
const WHOLE_DIGITS_MAX: usize = 9;
/// A program that prints all digits of a binary fraction writes some fifteen.
const FRACTION_DIGITS_MAX: usize = 30;

/// South, north, west, east, in hundredths of a degree: Corsica and overseas.
const BOXES: &[[i64; 4]] = &[
    [4_130, 4_305, 845, 962],
    // Guadeloupe, Saint-Martin and Saint-Barthélemy, Martinique.
    [1_580, 1_655, -6_185, -6_095],
    [1_783, 1_815, -6_320, -6_275],
    [1_435, 1_492, -6_127, -6_077],
    // Guyane, Saint-Pierre-et-Miquelon.
    [208, 582, -5_465, -5_155],
    [4_670, 4_720, -5_650, -5_605],
    // La Réunion, Mayotte.
    [-2_145, -2_083, 5_518, 5_588],
    [-1_308, -1_260, 4_498, 4_535],
    // Nouvelle-Calédonie, Wallis, Futuna, Polynésie française.
    [-2_295, -1_940, 16_340, 16_835],
    [-1_345, -1_315, -17_630, -17_608],
    [-1_442, -1_420, -17_825, -17_798],
    [-2_810, -780, -15_480, -13_420],
];

/// The outline of the mainland with its islands, a few kilometres wide, as longitude and latitude
/// in hundredths of a degree, clockwise from Dunkerque.
const MAINLAND: &[(i64, i64)] = &[
    // Belgium, Luxembourg.
    (258, 5_115),
    (268, 5_082),
    (295, 5_075),
    (318, 5_085),
    (330, 5_057),
    (358, 5_056),
    (370, 5_048),
    (378, 5_042),
    (420, 5_035),
    (426, 5_006),
    (465, 5_005),
    (478, 5_022),
    (495, 5_015),
    (495, 4_985),
    (540, 4_968),
    (585, 4_960),
    (640, 4_955),
    // Germany, Switzerland.
    (675, 4_930),
    (710, 4_922),
    (745, 4_923),
    (770, 4_912),
    (800, 4_910),
    (828, 4_903),
    (815, 4_880),
    (790, 4_855),
    (782, 4_830),
    (768, 4_800),
    (763, 4_755),
    (730, 4_738),
    (708, 4_735),
    (695, 4_710),
    (655, 4_690),
    (650, 4_670),
    (620, 4_660),
    (618, 4_640),
    (624, 4_633),
    (632, 4_640),
    (660, 4_645),
    (688, 4_642),
    (692, 4_612),
    (708, 4_596),
    // Italy.
    (705, 4_578),
    (690, 4_570),
    (705, 4_555),
    (724, 4_545),
    (725, 4_518),
    (692, 4_505),
    (672, 4_515),
    (665, 4_505),
    (690, 4_492),
    (715, 4_470),
    (700, 4_420),
    (745, 4_415),
    (778, 4_420),
    (778, 4_400),
    (760, 4_370),
    // The Mediterranean, with the islands of Hyères.
    (690, 4_320),
    (660, 4_292),
    (610, 4_290),
    (530, 4_310),
    (450, 4_325),
    (360, 4_315),
    (325, 4_300),
    (325, 4_238),
    // Spain, Andorra.
    (285, 4_240),
    (250, 4_228),
    (195, 4_232),
    (165, 4_245),
    (172, 4_262),
    (140, 4_262),
    (65, 4_262),
    (0, 4_262),
    (-50, 4_275),
    (-80, 4_290),
    (-100, 4_297),
    (-145, 4_298),
    (-158, 4_320),
    (-185, 4_335),
    // The Atlantic, with Oléron, Ré, Yeu, Belle-Île, Sein, Ouessant.
    (-165, 4_400),
    (-145, 4_470),
    (-145, 4_580),
    (-170, 4_620),
    (-250, 4_660),
    (-245, 4_695),
    (-340, 4_718),
    (-410, 4_760),
    (-500, 4_790),
    (-525, 4_835),
    (-520, 4_858),
    // The Channel, without Jersey.
    (-400, 4_888),
    (-350, 4_898),
    (-290, 4_893),
    (-225, 4_880),
    (-195, 4_895),
    (-190, 4_930),
    (-203, 4_950),
    (-203, 4_982),
    (-115, 4_980),
    (-50, 4_955),
    (0, 4_975),
    (60, 4_995),
    (130, 5_020),
    (145, 5_075),
    (150, 5_095),
    (185, 5_108),
];

#[cfg(test)]
mod tests {
    use super::{Point, in_french_territory, point};
    use crate::register::{Code, Outcome};

    fn at(lat_e7: i32, lon_e7: i32) -> Point {
        Point { lat_e7, lon_e7 }
    }

    #[test]
    fn decimals_are_rounded_half_away_from_zero() {
        assert_eq!(
            point("43,29650004", "+5.3698"),
            Outcome::Valid(at(432_965_000, 53_698_000))
        );
        assert_eq!(
            point("43.29650005", "5.3698"),
            Outcome::Valid(at(432_965_001, 53_698_000))
        );
        assert_eq!(
            point("-20.87890005", "55.4481"),
            Outcome::Valid(at(-208_789_001, 554_481_000))
        );
        assert_eq!(
            point("43.29999999", "5"),
            Outcome::Valid(at(433_000_000, 50_000_000))
        );
    }

    #[test]
    fn degrees_have_limits() {
        assert_eq!(
            point("89.9999999", "0").code(),
            Some(Code::OutsideTerritory)
        );
        assert_eq!(point("-90", "-180").code(), Some(Code::OutsideTerritory));
        assert_eq!(point("90.0000001", "0"), Outcome::Invalid(Code::Range));
        assert_eq!(point("0", "180.0000001"), Outcome::Invalid(Code::Range));
        assert_eq!(point("0", "0.0"), Outcome::Invalid(Code::NullIsland));
        assert_eq!(
            point("6247000", "893000"),
            Outcome::Invalid(Code::Projected)
        );
    }

    #[test]
    fn swapped_numbers_are_proposed_even_out_of_range() {
        assert_eq!(
            point("5.3698", "43.2965").proposed(),
            Some(&at(432_965_000, 53_698_000))
        );
        assert_eq!(
            point("166.4580", "-22.2758").proposed(),
            Some(&at(-222_758_000, 1_664_580_000))
        );
    }

    #[test]
    fn places_near_the_border_are_on_their_side() {
        for (name, lat, lon) in [
            ("Bray-Dunes", 51.08, 2.52),
            ("Givet", 50.14, 4.82),
            ("Lauterbourg", 48.97, 8.18),
            ("Saint-Louis", 47.59, 7.56),
            ("Menton", 43.77, 7.50),
            ("Cerbère", 42.44, 3.17),
            ("Hendaye", 43.36, -1.78),
            ("Ouessant", 48.46, -5.10),
            ("Le Conquet", 48.36, -4.77),
            ("Auderville", 49.71, -1.93),
            ("Bonifacio", 41.39, 9.16),
            ("Bourg-Madame", 42.43, 1.94),
        ] {
            assert!(in_french_territory(place(lat, lon)), "{name}");
        }
        for (name, lat, lon) in [
            ("Bruxelles", 50.85, 4.35),
            ("Luxembourg", 49.61, 6.13),
            ("Torino", 45.07, 7.69),
            ("Karlsruhe", 49.01, 8.40),
            ("Bern", 46.95, 7.45),
            ("Bilbao", 43.26, -2.93),
            ("Barcelona", 41.39, 2.17),
            ("London", 51.51, -0.13),
            ("Saint Helier", 49.19, -2.10),
            ("Andorra la Vella", 42.507, 1.521),
            ("Roseau", 15.30, -61.39),
            ("Alger", 36.75, 3.06),
        ] {
            assert!(!in_french_territory(place(lat, lon)), "{name}");
        }
    }

    fn place(lat: f64, lon: f64) -> Point {
        at((lat * 1e7) as i32, (lon * 1e7) as i32)
    }

    #[test]
    fn what_is_not_two_decimals_is_refused() {
        for text in [
            "NaN",
            "inf",
            "4.3e1",
            "43°17'47\"N",
            "43.2965,5.3698",
            ".5",
            "5.",
            "-",
            "٤٣",
            "1234567890",
            "é",
            "--4",
            "0x10",
        ] {
            assert_eq!(point(text, "5").accepted(), None, "{text:?}");
            assert_eq!(point(text, "5"), Outcome::Invalid(Code::Format), "{text:?}");
            assert_eq!(
                point("43", text),
                Outcome::Invalid(Code::Format),
                "{text:?}"
            );
        }
        assert_eq!(point("43.2965", " "), Outcome::Invalid(Code::Incomplete));
        assert_eq!(point("", ""), Outcome::Invalid(Code::Incomplete));
    }
}
