//! What a search is asked for: its options, read in the order they come.
//!
//! Some mistakes show only when the sorted set is known (a member that is not there), so that the
//! options are read with it at hand.

use base::number::{parse_f64, parse_i64};
use protocol::Request;

use super::earth::{Area, Polygon, Shape, unit};
use super::hash::{Place, place_of};
use super::place;
use crate::arguments::{integer, is_word};
use crate::context::Result;
use crate::errors::Error;
use crate::sorted_sets::scores::Scores;

/// Which command searches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Command {
    /// GEOSEARCH
    Search,
    /// GEOSEARCHSTORE
    SearchStore,
    /// GEORADIUS
    Radius(May),
    /// GEORADIUSBYMEMBER
    RadiusByMember(May),
}

/// Whether a command may store what it finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum May {
    Store,
    /// The commands that end in `_RO`.
    Read,
}

impl Command {
    /// Index of the key that is searched.
    pub(super) fn source(self) -> usize {
        if self == Self::SearchStore { 2 } else { 1 }
    }

    /// Index of the first option.
    fn options(self) -> usize {
        match self {
            Self::Search => 2,
            Self::SearchStore => 3,
            Self::Radius(_) => 6,
            Self::RadiusByMember(_) => 5,
        }
    }

    fn is_search(self) -> bool {
        matches!(self, Self::Search | Self::SearchStore)
    }

    fn may_store(self) -> bool {
        matches!(self, Self::Radius(May::Store) | Self::RadiusByMember(May::Store))
    }
}

/// The order of what is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    NearFirst,
    FarFirst,
}

/// What is stored as scores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stored {
    Scores,
    Distances,
}

/// A search.
#[derive(Clone, Debug)]
pub(super) struct Query {
    /// `None` if there is no sorted set.
    pub(super) area: Option<Area>,
    pub(super) with_distance: bool,
    pub(super) with_hash: bool,
    pub(super) with_place: bool,
    pub(super) order: Option<Order>,
    /// The most places to be returned; 0: all.
    pub(super) count: usize,
    /// Whether the first places found will do.
    pub(super) any: bool,
    /// Index of the key to store to, and what.
    pub(super) target: Option<(usize, Stored)>,
}

/// A search as far as it is read.
struct Draft<'a> {
    request: Request<'a>,
    command: Command,
    query: Query,
    center: Option<Place>,
    shape: Option<(Shape, f64)>,
    /// FROMMEMBER was given.
    from_member: bool,
    by_radius: bool,
    by_box: bool,
    by_polygon: bool,
}

fn length(request: Request<'_>, at: usize, refusal: &'static str) -> Result<f64> {
    request.get(at).and_then(parse_f64).ok_or(Error::new(refusal))
}

fn circle(request: Request<'_>, at: usize) -> Result<(Shape, f64)> {
    let radius = length(request, at, "ERR need numeric radius")?;
    if radius < 0.0 {
        return Err(Error::new("ERR radius cannot be negative"));
    }
    Ok((Shape::Circle { radius }, unit(request.arg(at + 1))?))
}

fn rectangle(request: Request<'_>, at: usize) -> Result<(Shape, f64)> {
    let width = length(request, at, "ERR need numeric width")?;
    let height = length(request, at + 1, "ERR need numeric height")?;
    if width < 0.0 || height < 0.0 {
        return Err(Error::new("ERR height or width cannot be negative"));
    }
    Ok((Shape::Box { width, height }, unit(request.arg(at + 2))?))
}

/// Reads the number of vertices at `at`, and them.
fn polygon(request: Request<'_>, at: usize) -> Result<Polygon> {
    const VERTICES_MIN: usize = 3;
    let count = parse_i64(request.arg(at)).and_then(|count| i32::try_from(count).ok());
    let count = count.ok_or(Error::new("ERR invalid number of vertices"))?;
    let given = (request.len() - at - 1) / 2;
    let count = usize::try_from(count).ok().filter(|count| (VERTICES_MIN..=given).contains(count));
    let count = count.ok_or(Error::new("ERR GEOSEARCH BYPOLYGON must have at least 3 vertices"))?;
    let places: Result<_> = (0..count).map(|nth| place(request, at + 1 + 2 * nth)).collect();
    Ok(Polygon::new(places?))
}

fn place_of_member(scores: Scores<'_>, member: &[u8]) -> Result<Place> {
    let score = scores.score(member);
    let score = score.ok_or(Error::new("ERR could not decode requested zset member"))?;
    Ok(place_of(score))
}

impl Query {
    /// Reads a request; `scores` is the sorted set that is searched, if it is there.
    pub(super) fn parse(
        request: Request<'_>,
        command: Command,
        scores: Option<Scores<'_>>,
    ) -> Result<Self> {
        let query = Self {
            area: None,
            with_distance: false,
            with_hash: false,
            with_place: false,
            order: None,
            count: 0,
            any: false,
            target: (command == Command::SearchStore).then_some((1, Stored::Scores)),
        };
        let mut draft = Draft {
            request,
            command,
            query,
            center: None,
            shape: None,
            from_member: false,
            by_radius: false,
            by_box: false,
            by_polygon: false,
        };
        match (command, scores) {
            (Command::Radius(_), _) => {
                draft.center = Some(place(request, 2)?);
                draft.shape = Some(circle(request, 4)?);
            }
            (Command::RadiusByMember(_), Some(scores)) => {
                draft.center = Some(place_of_member(scores, request.arg(2))?);
                draft.shape = Some(circle(request, 3)?);
            }
            _ => {}
        }
        let mut at = command.options();
        while at < request.len() {
            at += draft.option(at, scores)?;
        }
        draft.finish()
    }
}

impl Draft<'_> {
    /// Reads the option at `at`; how many words it takes.
    fn option(&mut self, at: usize, scores: Option<Scores<'_>>) -> Result<usize> {
        let (word, more) = (self.request.arg(at), self.request.len() - at - 1);
        let query = &mut self.query;
        if is_word(word, "WITHDIST") {
            query.with_distance = true;
        } else if is_word(word, "WITHHASH") {
            query.with_hash = true;
        } else if is_word(word, "WITHCOORD") {
            query.with_place = true;
        } else if is_word(word, "ANY") {
            query.any = true;
        } else if is_word(word, "ASC") {
            query.order = Some(Order::NearFirst);
        } else if is_word(word, "DESC") {
            query.order = Some(Order::FarFirst);
        } else if is_word(word, "COUNT") && more > 0 {
            let count = integer(self.request.arg(at + 1))?;
            if count <= 0 {
                return Err(Error::new("ERR COUNT must be > 0"));
            }
            query.count = count as usize;
            return Ok(2);
        } else if self.command == Command::SearchStore && is_word(word, "STOREDIST") {
            query.target = Some((1, Stored::Distances));
        } else if self.command.may_store() && more > 0 {
            let stored = match () {
                () if is_word(word, "STORE") => Stored::Scores,
                () if is_word(word, "STOREDIST") => Stored::Distances,
                () => return Err(Error::Syntax),
            };
            query.target = Some((at + 1, stored));
            return Ok(2);
        } else if self.command.is_search() {
            return self.area_option(at, scores);
        } else {
            return Err(Error::Syntax);
        }
        Ok(1)
    }

    /// Reads an option that says where to search.
    fn area_option(&mut self, at: usize, scores: Option<Scores<'_>>) -> Result<usize> {
        let (request, more) = (self.request, self.request.len() - at - 1);
        let word = request.arg(at);
        let has_area = self.shape.is_some() || self.center.is_some() || self.from_member;
        if self.by_polygon {
            return Err(Error::Syntax);
        }
        let from_place = self.center.is_some() && !self.from_member;
        if is_word(word, "FROMMEMBER") && more >= 1 && !from_place {
            self.from_member = true;
            if let Some(scores) = scores {
                self.center = Some(place_of_member(scores, request.arg(at + 1))?);
            }
            Ok(2)
        } else if is_word(word, "FROMLONLAT") && more >= 2 && !self.from_member {
            self.center = Some(place(request, at + 1)?);
            Ok(3)
        } else if is_word(word, "BYRADIUS") && more >= 2 && !self.by_box {
            self.shape = Some(circle(request, at + 1)?);
            self.by_radius = true;
            Ok(3)
        } else if is_word(word, "BYBOX") && more >= 3 && !self.by_radius {
            self.shape = Some(rectangle(request, at + 1)?);
            self.by_box = true;
            Ok(4)
        } else if is_word(word, "BYPOLYGON") && more >= 2 && !has_area {
            let polygon = polygon(request, at + 1)?;
            let words = 2 * polygon.len() + 2;
            self.center = Some(polygon.center());
            self.shape = Some((Shape::Polygon(polygon), 1.0));
            self.by_polygon = true;
            Ok(words)
        } else {
            Err(Error::Syntax)
        }
    }

    fn finish(mut self) -> Result<Query> {
        let query = &mut self.query;
        let with_more = query.with_distance || query.with_hash || query.with_place;
        if query.target.is_some() && with_more {
            return Err(Error::new(match self.command {
                Command::SearchStore => {
                    "ERR GEOSEARCHSTORE is not compatible with WITHDIST, WITHHASH and WITHCOORD \
                     options"
                }
                _ => {
                    "ERR STORE option in GEORADIUS is not compatible with WITHDIST, WITHHASH and \
                     WITHCOORD options"
                }
            }));
        }
        if self.command.is_search() {
            let name = String::from_utf8_lossy(self.request.arg(0));
            if self.center.is_none() && !self.from_member {
                return Err(Error::text(format!(
                    "ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for {name}"
                )));
            }
            if self.shape.is_none() {
                return Err(Error::text(format!(
                    "ERR exactly one of BYRADIUS and BYBOX can be specified for {name}"
                )));
            }
        }
        if query.any && query.count == 0 {
            return Err(Error::new("ERR the ANY argument requires COUNT argument"));
        }
        // The nearest ones, if there are to be few.
        if query.count > 0 && !query.any {
            query.order = query.order.or(Some(Order::NearFirst));
        }
        query.area =
            self.center.zip(self.shape).map(|(center, (shape, unit))| Area { center, shape, unit });
        Ok(self.query)
    }
}

/// Index of the key that a request of a GEORADIUS command stores to.
pub(super) fn target_of(request: Request<'_>, command: Command) -> Option<usize> {
    let (mut at, mut target) = (command.options(), None);
    while at + 1 < request.len() {
        let word = request.arg(at);
        let takes_one = is_word(word, "STORE") || is_word(word, "STOREDIST");
        if takes_one {
            target = Some(at + 1);
        }
        at += if takes_one || is_word(word, "COUNT") { 2 } else { 1 };
    }
    target
}
