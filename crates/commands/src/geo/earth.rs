//! Distances on the earth, taken for a ball, and the cells that cover a circle, a box or a polygon.

use super::hash::{Cell, Map, Place, STEP_MAX};
use crate::context::Result;
use crate::errors::Error;

/// Of the ball, in meters.
const RADIUS: f64 = 6_372_797.560_856;
/// Half of the way around the equator on the map, in meters.
const MERCATOR_MAX: f64 = 20_037_726.37;
const RADIANS: f64 = std::f64::consts::PI / 180.0;

/// Meters of one unit.
pub(super) fn unit(word: &[u8]) -> Result<f64> {
    let units: [(&[u8], f64); 4] =
        [(b"m", 1.0), (b"km", 1000.0), (b"ft", 0.3048), (b"mi", 1609.34)];
    let found = units.into_iter().find(|(name, _)| word.eq_ignore_ascii_case(name));
    found
        .map(|(_, meters)| meters)
        .ok_or(Error::new("ERR unsupported unit provided. please use M, KM, FT, MI"))
}

/// The distance of two places, in meters (haversine formula).
pub(super) fn distance(from: Place, to: Place) -> f64 {
    let v = ((to.longitude * RADIANS - from.longitude * RADIANS) / 2.0).sin();
    if v == 0.0 {
        return distance_of_latitudes(from, to);
    }
    let (from, to) = (from.latitude * RADIANS, to.latitude * RADIANS);
    let u = ((to - from) / 2.0).sin();
    let a = u * u + from.cos() * to.cos() * v * v;
    2.0 * RADIUS * a.sqrt().asin()
}

/// The distance of two places that lie on one meridian.
fn distance_of_latitudes(from: Place, to: Place) -> f64 {
    RADIUS * (to.latitude * RADIANS - from.latitude * RADIANS).abs()
}

/// What is searched: around `center`, lengths in units of `unit` meters.
#[derive(Clone, Debug)]
pub(super) struct Area {
    pub(super) center: Place,
    pub(super) shape: Shape,
    pub(super) unit: f64,
}

#[derive(Clone, Debug)]
pub(super) enum Shape {
    Circle { radius: f64 },
    Box { width: f64, height: f64 },
    Polygon(Polygon),
}

/// An area with straight sides on the map, which has no edges.
#[derive(Clone, Debug)]
pub(super) struct Polygon {
    vertices: Vec<Place>,
    /// The corners of a box around it.
    corners: (Place, Place),
}

impl Polygon {
    pub(super) fn new(vertices: Vec<Place>) -> Self {
        let (mut min, mut max) = (vertices[0], vertices[0]);
        for place in &vertices {
            min.longitude = min.longitude.min(place.longitude);
            min.latitude = min.latitude.min(place.latitude);
            max.longitude = max.longitude.max(place.longitude);
            max.latitude = max.latitude.max(place.latitude);
        }
        Self { vertices, corners: (min, max) }
    }

    /// Number of vertices.
    pub(super) fn len(&self) -> usize {
        self.vertices.len()
    }

    /// Where the mean of the vertices lies, seen from the middle of the ball.
    pub(super) fn center(&self) -> Place {
        let (mut x, mut y, mut z) = (0.0, 0.0, 0.0);
        for place in &self.vertices {
            let (longitude, latitude) = (place.longitude * RADIANS, place.latitude * RADIANS);
            x += latitude.cos() * longitude.cos();
            y += latitude.cos() * longitude.sin();
            z += latitude.sin();
        }
        let latitude = f64::atan2(z, (x * x + y * y).sqrt());
        Place { longitude: f64::atan2(y, x) / RADIANS, latitude: latitude / RADIANS }
    }

    /// Whether a place lies within: a line from it to the east crosses an odd number of sides.
    fn contains(&self, place: Place) -> bool {
        let mut before = self.vertices[self.vertices.len() - 1];
        let mut is_within = false;
        for &vertex in &self.vertices {
            let is_above = |vertex: Place| vertex.latitude > place.latitude;
            if is_above(vertex) != is_above(before) {
                let slope = (before.longitude - vertex.longitude)
                    * (place.latitude - vertex.latitude)
                    / (before.latitude - vertex.latitude);
                is_within ^= place.longitude < slope + vertex.longitude;
            }
            before = vertex;
        }
        is_within
    }

    /// How far from a place a box around it reaches, in meters.
    fn reach(&self, from: Place) -> f64 {
        let (min, max) = self.corners;
        let corners = [min, max, Place { latitude: max.latitude, ..min }]
            .into_iter()
            .chain([Place { latitude: min.latitude, ..max }]);
        corners.map(|corner| distance(from, corner)).fold(0.0, f64::max)
    }
}

impl Area {
    /// The distance of a place from the center in meters, if the place lies in the area.
    pub(super) fn distance_within(&self, place: Place) -> Option<f64> {
        match &self.shape {
            &Shape::Circle { radius } => {
                let distance = distance(self.center, place);
                (distance <= radius * self.unit).then_some(distance)
            }
            &Shape::Box { width, height } => {
                if distance_of_latitudes(place, self.center) > height * self.unit / 2.0 {
                    return None;
                }
                let beside = Place { longitude: self.center.longitude, ..place };
                if distance(place, beside) > width * self.unit / 2.0 {
                    return None;
                }
                Some(distance(self.center, place))
            }
            Shape::Polygon(polygon) => {
                polygon.contains(place).then(|| distance(self.center, place))
            }
        }
    }

    /// The corners of a box around the area. Meridians come together at the poles, so that the side
    /// that is nearer to the equator decides how wide it is.
    fn corners(&self) -> (Place, Place) {
        let (width, height) = match &self.shape {
            &Shape::Circle { radius } => (radius, radius),
            &Shape::Box { width, height } => (width / 2.0, height / 2.0),
            Shape::Polygon(polygon) => return polygon.corners,
        };
        let (width, height) = (self.unit * width, self.unit * height);
        let Place { longitude, latitude } = self.center;
        let up = height / RADIUS / RADIANS;
        let side = if latitude < 0.0 { latitude - up } else { latitude + up };
        let across = width / RADIUS / (side * RADIANS).cos() / RADIANS;
        (
            Place { longitude: longitude - across, latitude: latitude - up },
            Place { longitude: longitude + across, latitude: latitude + up },
        )
    }

    /// How many steps of bits cells need to be about as large as the area.
    fn steps(&self) -> u32 {
        let reach = match &self.shape {
            &Shape::Circle { radius } => radius,
            Shape::Polygon(polygon) => polygon.reach(self.center),
            &Shape::Box { width, height } => {
                ((width / 2.0) * (width / 2.0) + (height / 2.0) * (height / 2.0)).sqrt()
            }
        };
        let mut reach = reach * self.unit;
        if reach == 0.0 {
            return STEP_MAX;
        }
        let mut step = 1_i32;
        while reach < MERCATOR_MAX {
            reach *= 2.0;
            step += 1;
        }
        step -= 2;
        // Towards the poles cells are narrower than the map shows them.
        let latitude = self.center.latitude.abs();
        step -= i32::from(latitude > 66.0) + i32::from(latitude > 80.0);
        step.clamp(1, STEP_MAX as i32) as u32
    }

    /// The cells to be searched, in order: the one of the center, and those around it that the area
    /// reaches into.
    pub(super) fn cells(&self) -> Vec<Cell> {
        let (min, max) = self.corners();
        let mut step = self.steps();
        let mut center = Cell::of(self.center, step, Map::Mercator);
        let reaches_further = center.neighbour(0, 1).borders().max.latitude < max.latitude
            || center.neighbour(0, -1).borders().min.latitude > min.latitude
            || center.neighbour(1, 0).borders().max.longitude < max.longitude
            || center.neighbour(-1, 0).borders().min.longitude > min.longitude;
        if step > 1 && reaches_further {
            step -= 1;
            center = Cell::of(self.center, step, Map::Mercator);
        }
        let borders = center.borders();
        let is_useless = |east: i8, north: i8| {
            step >= 2
                && (north < 0 && borders.min.latitude < min.latitude
                    || north > 0 && borders.max.latitude > max.latitude
                    || east < 0 && borders.min.longitude < min.longitude
                    || east > 0 && borders.max.longitude > max.longitude)
        };
        const AROUND: [(i8, i8); 8] =
            [(0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (-1, 1), (1, -1), (-1, -1)];
        let mut cells = vec![center];
        for (east, north) in AROUND {
            let cell = center.neighbour(east, north);
            // Of a map of few cells a neighbour may be the one before; the first two are not
            // compared, as in Redis.
            let is_repeated = cells.len() > 1 && cells.last() == Some(&cell);
            if !is_useless(east, north) && !is_repeated {
                cells.push(cell);
            }
        }
        cells
    }
}
