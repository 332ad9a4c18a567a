//! Geohashes: a place as one number whose leading bits say in which cell of the map it lies.
//!
//! ```text
//!   bits    ... y2 x2 y1 x1 y0 x0      y: longitude, x: latitude, from the west and the south
//! ```
//!
//! With `step` bits of each the map has 4^step cells. A score is a hash of 26 steps, so that the
//! places of a cell are a range of scores.

/// Beyond this there is no place on the map (EPSG:3857).
pub(super) const LATITUDE_MAX: f64 = 85.051_128_78;
pub(super) const LONGITUDE_MAX: f64 = 180.0;
/// Bits of latitude and of longitude in a score.
pub(super) const STEP_MAX: u32 = 26;

/// Bits of latitudes.
const EVEN: u64 = 0x5555_5555_5555_5555;
/// Bits of longitudes.
const ODD: u64 = !EVEN;

/// A place on the map, in degrees.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Place {
    pub(super) longitude: f64,
    pub(super) latitude: f64,
}

/// The latitudes that are mapped; longitudes always are from -180 to 180.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Map {
    /// Without the poles, as scores are.
    Mercator,
    /// With them, as geohashes are elsewhere.
    Whole,
}

impl Map {
    fn latitude_max(self) -> f64 {
        match self {
            Self::Mercator => LATITUDE_MAX,
            Self::Whole => 90.0,
        }
    }
}

/// A cell of the map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) bits: u64,
    pub(super) step: u32,
}

/// The borders of a cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Borders {
    pub(super) min: Place,
    pub(super) max: Place,
}

impl Cell {
    /// The cell that a place lies in.
    pub(super) fn of(place: Place, step: u32, map: Map) -> Self {
        let max = map.latitude_max();
        let latitude = (place.latitude + max) / (max + max);
        let longitude = (place.longitude + LONGITUDE_MAX) / (LONGITUDE_MAX + LONGITUDE_MAX);
        let scale = (1_u64 << step) as f64;
        let bits = spread((latitude * scale) as u32) | spread((longitude * scale) as u32) << 1;
        Self { bits, step }
    }

    /// Where the cell lies.
    pub(super) fn borders(self) -> Borders {
        let scale = (1_u64 << self.step) as f64;
        let (x, y) = (gather(self.bits), gather(self.bits >> 1));
        let at = |n: u32, min: f64| min + f64::from(n) / scale * (-min - min);
        let place =
            |x, y| Place { longitude: at(y, -LONGITUDE_MAX), latitude: at(x, -LATITUDE_MAX) };
        Borders { min: place(x, y), max: place(x.wrapping_add(1), y.wrapping_add(1)) }
    }

    /// The scores of the places in the cell: from the first, to before the second.
    pub(super) fn scores(self) -> (f64, f64) {
        let shift = 2 * (STEP_MAX - self.step);
        ((self.bits << shift) as f64, ((self.bits + 1) << shift) as f64)
    }

    /// The neighbour so many cells to the east and to the north: each -1, 0 or 1. The map has no
    /// edges.
    pub(super) fn neighbour(self, east: i8, north: i8) -> Self {
        let unused = 64 - self.step * 2;
        let longitude = stepped(self.bits & ODD, EVEN >> unused, east) & ODD >> unused;
        let latitude = stepped(self.bits & EVEN, ODD >> unused, north) & EVEN >> unused;
        let bits = match (east, north) {
            (0, 0) => self.bits,
            (0, _) => self.bits & ODD | latitude,
            (_, 0) => longitude | self.bits & EVEN,
            _ => longitude | latitude,
        };
        Self { bits, step: self.step }
    }
}

/// One of the two coordinates one step on or back: the bits between its own, `others`, carry.
fn stepped(own: u64, others: u64, by: i8) -> u64 {
    match by {
        0 => own,
        1.. => own.wrapping_add(others + 1),
        _ => (own | others).wrapping_sub(others + 1),
    }
}

/// The score of a place.
pub(super) fn score(place: Place) -> u64 {
    Cell::of(place, STEP_MAX, Map::Mercator).bits
}

/// The place that a score stands for: the middle of its cell.
pub(super) fn place_of(score: f64) -> Place {
    // Negative scores, which are no hashes, wrap as they do on the machines that Redis runs on.
    let bits = if score < 0.0 { score as i64 as u64 } else { score as u64 };
    let Borders { min, max } = Cell { bits, step: STEP_MAX }.borders();
    let middle = |min: f64, max: f64, limit: f64| ((min + max) / 2.0).clamp(-limit, limit);
    Place {
        longitude: middle(min.longitude, max.longitude, LONGITUDE_MAX),
        latitude: middle(min.latitude, max.latitude, LATITUDE_MAX),
    }
}

/// Puts a zero before each bit.
fn spread(n: u32) -> u64 {
    let mut bits = u64::from(n);
    for (shift, mask) in [
        (16, 0x0000_ffff_0000_ffff),
        (8, 0x00ff_00ff_00ff_00ff),
        (4, 0x0f0f_0f0f_0f0f_0f0f),
        (2, 0x3333_3333_3333_3333),
        (1, EVEN),
    ] {
        bits = (bits | bits << shift) & mask;
    }
    bits
}

/// Takes every other bit.
fn gather(bits: u64) -> u32 {
    let mut bits = bits & EVEN;
    for (shift, mask) in [
        (1, 0x3333_3333_3333_3333),
        (2, 0x0f0f_0f0f_0f0f_0f0f),
        (4, 0x00ff_00ff_00ff_00ff),
        (8, 0x0000_ffff_0000_ffff),
        (16, 0x0000_0000_ffff_ffff),
    ] {
        bits = (bits | bits >> shift) & mask;
    }
    bits as u32
}

/// The geohash that other programs use: eleven letters of five bits, the last of which is always
/// the first letter since there are only 52 bits.
pub(super) fn text(place: Place) -> [u8; 11] {
    const LETTERS: &[u8; 32] = b"0123456789bcdefghjkmnpqrstuvwxyz";
    let bits = Cell::of(place, STEP_MAX, Map::Whole).bits;
    std::array::from_fn(|at| match at {
        10 => LETTERS[0],
        _ => LETTERS[(bits >> (52 - (at + 1) * 5)) as usize & 31],
    })
}
