//! Places against figures of Redis, and searches against looking at every place.

use proptest::prelude::*;

use super::earth::{Area, Shape, distance};
use super::hash::{LATITUDE_MAX, Place, place_of, score};
use crate::testing::Bench;

fn sicily() -> Bench {
    let mut bench = Bench::default();
    let added = "GEOADD g 13.361389 38.115556 Palermo 15.087269 37.502669 Catania";
    let logged = "ZADD g 3479099956230698 Palermo 3479447370796909 Catania";
    bench.check(&[(added, ":2", logged, "zadd 1")]);
    bench
}

#[test]
fn figures_are_those_of_redis() {
    let mut bench = sicily();
    bench.check_reads(&[
        ("GEODIST g Palermo Catania", "$11 166274.1516"),
        ("GEODIST g Palermo Catania km", "$8 166.2742"),
        ("GEODIST g Palermo Catania mi", "$8 103.3182"),
        ("GEODIST g Palermo Palermo", "$6 0.0000"),
        ("GEODIST g Palermo nowhere", "$-1"),
        ("GEOHASH g Palermo x Catania", "*3 $11 sqc8b49rny0 $-1 $11 sqdtr74hyu0"),
        ("GEOPOS g Palermo x", "*2 *2 $20 13.36138933897018433 $20 38.11555639549629859 *-1"),
        (
            "GEORADIUS g 15 37 200 km WITHDIST ASC",
            "*2 *2 $7 Catania $7 56.4413 *2 $7 Palermo $8 190.4424",
        ),
        ("GEOSEARCH g FROMLONLAT 15 37 BYBOX 200 200 km", "*1 $7 Catania"),
        ("GEORADIUSBYMEMBER_RO g Catania 0 m WITHHASH", "*1 *2 $7 Catania :3479447370796909"),
        ("GEODIST missing a b", "$-1"),
        ("GEOPOS missing a", "*1 *-1"),
    ]);
}

#[test]
fn what_is_found_can_be_stored() {
    let mut bench = sicily();
    bench.check(&[
        (
            "GEOADD g XX CH 13 38 Palermo 1 1 x",
            ":1",
            "ZADD g XX CH 3479065152021743 Palermo 3377822707026402 x",
            "zadd 1",
        ),
        ("GEOADD g NX 13 39 Palermo", ":0", "-", ""),
        (
            "GEOSEARCHSTORE d g FROMLONLAT 15 37 BYRADIUS 100 km STOREDIST",
            ":1",
            "=",
            "geosearchstore 1",
        ),
        ("ZSCORE d Catania", "$18 56.441257870158204", "-", ""),
        ("GEORADIUS g 15 37 100 km STORE d", ":1", "=", "georadiusstore 7"),
        ("GEORADIUS g 99 37 100 km STORE d", ":0", "=", "del 7"),
        ("GEORADIUS g 99 37 100 km STORE d", ":0", "-", ""),
    ]);
}

#[test]
fn the_key_that_is_stored_to_is_found() {
    let keys = |line: &str| {
        let words: protocol::OwnedRequest = line.split(' ').map(str::as_bytes).collect();
        let request = words.as_request();
        let spec = crate::table::find(request).expect("a command");
        let found = crate::keys::find(spec, request).expect("keys");
        found.iter().map(|key| key.index).collect::<Vec<_>>()
    };
    assert_eq!(keys("GEORADIUS g 1 1 1 m COUNT 1 STORE a STOREDIST b"), [1, 11]);
    assert_eq!(keys("GEORADIUS g 1 1 1 m ASC"), [1]);
    assert_eq!(keys("GEORADIUSBYMEMBER g STORE 1 m STORE a"), [1, 6]);
}

fn place() -> impl Strategy<Value = Place> {
    let longitude = prop_oneof![4 => -180.0..180.0, 1 => Just(180.0), 1 => Just(-180.0)];
    let latitude = prop_oneof![4 => -LATITUDE_MAX..LATITUDE_MAX, 1 => Just(LATITUDE_MAX)];
    (longitude, latitude).prop_map(|(longitude, latitude)| Place { longitude, latitude })
}

proptest! {
    #[test]
    fn a_score_is_near_its_place(place in place()) {
        prop_assert!(distance(place, place_of(score(place) as f64)) < 0.6);
    }

    #[test]
    fn the_cells_cover_a_circle(
        center in place(),
        (bearing, share) in (0.0..std::f64::consts::TAU, 0.0..1.0f64),
        radius in prop_oneof![1.0..1000.0f64, 1000.0..300_000.0],
    ) {
        // A place in the circle, not across the edges of the map, which Redis does not search.
        let reach = radius * share / 111_320.0;
        let wide = center.latitude.to_radians().cos();
        let inside = Place {
            longitude: center.longitude + reach * bearing.sin() / wide,
            latitude: center.latitude + reach * bearing.cos(),
        };
        prop_assume!(inside.longitude.abs() <= 180.0 && inside.latitude.abs() <= LATITUDE_MAX);
        prop_assume!(center.latitude.abs() < 60.0 && center.longitude.abs() < 170.0);
        let inside = place_of(score(inside) as f64);
        let area = Area { center, shape: Shape::Circle { radius }, unit: 1.0 };
        if area.distance_within(inside).is_some() {
            let hash = score(inside) as f64;
            let holds = |cell: &super::hash::Cell| {
                let (start, end) = cell.scores();
                start <= hash && hash < end
            };
            prop_assert!(area.cells().iter().any(holds), "{:?}", area.cells());
        }
    }
}
