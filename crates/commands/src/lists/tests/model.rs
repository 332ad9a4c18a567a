//! Random commands against a plain list. All are answered the same, whatever form the list has.

use std::collections::VecDeque;

use proptest::prelude::*;
use structures::list::Sizing;

use crate::testing::Bench;

type Model = VecDeque<String>;

/// Words of a command on key `l`, without the key.
#[derive(Clone, Debug)]
enum Step {
    Push(bool, Vec<String>),
    Pop(bool, Option<usize>),
    Insert(bool, String, String),
    Set(i64, String),
    Remove(i64, String),
    Trim(i64, i64),
    Range(i64, i64),
    Index(i64),
    Places(String, i64),
    Rotate(bool, bool),
    Several(bool, bool, usize, bool),
}

fn element() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => (0u8..6).prop_map(|number| format!("e{number}")),
        2 => (0usize..40).prop_map(|len| "m".repeat(len + 1)),
        1 => (0usize..12_000).prop_map(|len| "h".repeat(len + 1)),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let at = || -40i64..40;
    let some = proptest::collection::vec(element(), 1..20);
    prop_oneof![
        5 => (any::<bool>(), some).prop_map(|(left, some)| Step::Push(left, some)),
        3 => (any::<bool>(), proptest::option::of(0usize..30)).prop_map(|(l, n)| Step::Pop(l, n)),
        2 => (any::<bool>(), element(), element()).prop_map(|(b, p, e)| Step::Insert(b, p, e)),
        2 => (at(), element()).prop_map(|(at, element)| Step::Set(at, element)),
        2 => (-3i64..4, element()).prop_map(|(count, element)| Step::Remove(count, element)),
        1 => (-60i64..5, at()).prop_map(|(start, stop)| Step::Trim(start, stop)),
        2 => (at(), at()).prop_map(|(start, stop)| Step::Range(start, stop)),
        2 => at().prop_map(Step::Index),
        2 => (element(), -3i64..3).prop_map(|(element, rank)| Step::Places(element, rank)),
        1 => (any::<bool>(), any::<bool>()).prop_map(|(from, to)| Step::Rotate(from, to)),
        1 => (any::<bool>(), any::<bool>(), 1usize..30, any::<bool>())
            .prop_map(|(from, to, count, kept)| Step::Several(from, to, count, kept)),
    ]
}

fn side(left: bool) -> &'static str {
    if left { "LEFT" } else { "RIGHT" }
}

fn bulk(element: &str) -> String {
    format!("${}\r\n{element}\r\n", element.len())
}

fn array<'a>(elements: impl ExactSizeIterator<Item = &'a String>) -> String {
    let len = elements.len();
    format!("*{len}\r\n{}", elements.map(|element| bulk(element)).collect::<String>())
}

fn bounds(len: usize, start: i64, stop: i64) -> std::ops::Range<usize> {
    let from_end = |at: i64| if at < 0 { at + len as i64 } else { at };
    let (start, stop) = (from_end(start).max(0), (from_end(stop) + 1).min(len as i64));
    if start >= stop { 0..0 } else { start as usize..stop as usize }
}

fn at(len: usize, index: i64) -> Option<usize> {
    let index = if index < 0 { index + len as i64 } else { index };
    usize::try_from(index).ok().filter(|index| *index < len)
}

fn pop(model: &mut Model, left: bool) -> Option<String> {
    if left { model.pop_front() } else { model.pop_back() }
}

fn push(model: &mut Model, left: bool, element: String) {
    if left { model.push_front(element) } else { model.push_back(element) }
}

/// The command, and the reply that the model gives.
fn expected(step: &Step, model: &mut Model) -> (String, String) {
    let len = model.len();
    match step {
        Step::Push(left, elements) => {
            elements.iter().for_each(|element| push(model, *left, element.clone()));
            let name = if *left { "LPUSH" } else { "RPUSH" };
            (format!("{name} l {}", elements.join(" ")), format!(":{}\r\n", model.len()))
        }
        Step::Pop(left, count) => {
            let name = if *left { "LPOP" } else { "RPOP" };
            let Some(count) = count else {
                let popped = pop(model, *left);
                let reply = popped.map_or("$-1\r\n".to_owned(), |element| bulk(&element));
                return (format!("{name} l"), reply);
            };
            let taken: Vec<String> = (0..*count).map_while(|_| pop(model, *left)).collect();
            let reply = if len == 0 { "*-1\r\n".to_owned() } else { array(taken.iter()) };
            (format!("{name} l {count}"), reply)
        }
        Step::Insert(before, pivot, element) => {
            let word = if *before { "BEFORE" } else { "AFTER" };
            let found = model.iter().position(|each| each == pivot);
            if let Some(at) = found {
                model.insert(at + usize::from(!before), element.clone());
            }
            let reply = match (len, found) {
                (0, _) => ":0\r\n".to_owned(),
                (_, None) => ":-1\r\n".to_owned(),
                _ => format!(":{}\r\n", model.len()),
            };
            (format!("LINSERT l {word} {pivot} {element}"), reply)
        }
        Step::Set(index, element) => {
            let reply = match at(len, *index) {
                _ if len == 0 => "-ERR no such key\r\n",
                None => "-ERR index out of range\r\n",
                Some(at) => {
                    model[at] = element.clone();
                    "+OK\r\n"
                }
            };
            (format!("LSET l {index} {element}"), reply.to_owned())
        }
        _ => expected_more(step, model),
    }
}

fn expected_more(step: &Step, model: &mut Model) -> (String, String) {
    let len = model.len();
    match step {
        Step::Remove(count, element) => {
            let mut found: Vec<usize> = (0..len).filter(|at| model[*at] == *element).collect();
            if *count < 0 {
                found.reverse();
            }
            if *count != 0 {
                found.truncate(count.unsigned_abs() as usize);
            }
            found.sort_unstable();
            found.iter().rev().for_each(|at| drop(model.remove(*at)));
            (format!("LREM l {count} {element}"), format!(":{}\r\n", found.len()))
        }
        Step::Trim(start, stop) => {
            let kept = bounds(len, *start, *stop);
            model.truncate(kept.end);
            model.drain(..kept.start.min(model.len()));
            (format!("LTRIM l {start} {stop}"), "+OK\r\n".to_owned())
        }
        Step::Range(start, stop) => {
            let reply = array(model.range(bounds(len, *start, *stop)));
            (format!("LRANGE l {start} {stop}"), reply)
        }
        Step::Index(index) => {
            let found = at(len, *index).map(|at| bulk(&model[at]));
            (format!("LINDEX l {index}"), found.unwrap_or("$-1\r\n".to_owned()))
        }
        Step::Places(element, rank) => {
            let rank = if *rank == 0 { 1 } else { *rank };
            let mut found: Vec<usize> = (0..len).filter(|at| model[*at] == *element).collect();
            if rank < 0 {
                found.reverse();
            }
            let found = found.iter().skip(rank.unsigned_abs() as usize - 1);
            let places: Vec<String> = found.map(|at| format!(":{at}\r\n")).collect();
            let reply = format!("*{}\r\n{}", places.len(), places.concat());
            (format!("LPOS l {element} COUNT 0 RANK {rank}"), reply)
        }
        Step::Rotate(from, to) => {
            let moved = pop(model, *from);
            let reply = moved.as_ref().map_or("$-1\r\n".to_owned(), |element| bulk(element));
            moved.into_iter().for_each(|element| push(model, *to, element));
            (format!("LMOVE l l {} {}", side(*from), side(*to)), reply)
        }
        Step::Several(from, to, count, kept) => {
            let mut moved: Vec<String> = (0..*count).map_while(|_| pop(model, *from)).collect();
            if if *kept { !from } else { *to } {
                moved.reverse();
            }
            let reply = array(moved.iter());
            let mut in_order: Vec<String> = moved;
            if *to {
                in_order.reverse();
            }
            in_order.into_iter().for_each(|element| push(model, *to, element));
            let order = if *kept { "BULK" } else { "OBO" };
            let (from, to) = (side(*from), side(*to));
            (format!("LMOVEM l l {from} {to} COUNT {count} {order}"), reply)
        }
        _ => unreachable!("the other function's"),
    }
}

fn sizing() -> impl Strategy<Value = Sizing> {
    let setting = prop_oneof![Just(-2), Just(-1), 1i32..6];
    let element_max = prop_oneof![3 => Just(usize::MAX), 1 => Just(2usize), 1 => Just(20usize)];
    (setting, 0usize..3, element_max)
        .prop_map(|(setting, depth, len)| Sizing::new(setting, depth).with_element_max(len))
}

proptest! {
    #[test]
    fn a_list_answers_as_a_plain_one(
        sizings in [sizing(), sizing()],
        steps in proptest::collection::vec(step(), 1..60),
    ) {
        let (mut bench, mut model) = (Bench::default(), Model::default());
        let count = steps.len();
        for (at, step) in steps.into_iter().enumerate() {
            bench.limits.lists = sizings[usize::from(at > count / 2)];
            let (request, reply) = expected(&step, &mut model);
            prop_assert_eq!(bench.run(&request), reply, "{}", request);
        }
        let all = array(model.iter());
        prop_assert_eq!(bench.run("LRANGE l 0 -1"), all);
        let exists = format!(":{}\r\n", usize::from(!model.is_empty()));
        prop_assert_eq!(bench.run("EXISTS l"), exists);
    }
}
