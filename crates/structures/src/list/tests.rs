//! Lists, flat and long, against a deque of strings.

use std::collections::VecDeque;
use std::ops::ControlFlow;

use base::lzf::Compressor;
use proptest::prelude::*;

use super::flat::{self, FLAT_COUNT_MAX, FLAT_SIZE_MAX};
use super::{Direction, End, Gone, List, Sizing};

type Model = VecDeque<Vec<u8>>;

#[derive(Clone, Debug)]
enum Step {
    Push(End, Vec<u8>),
    PushMany(End, Vec<u8>, usize),
    Pop(End),
    Insert(usize, Vec<u8>),
    Set(usize, Vec<u8>),
    Remove(usize),
    RemoveEqual(Vec<u8>, usize, Direction),
    Take(End, usize),
    Read(usize, usize),
}

fn end() -> impl Strategy<Value = End> {
    prop_oneof![Just(End::Front), Just(End::Back)]
}

fn direction() -> impl Strategy<Value = Direction> {
    prop_oneof![Just(Direction::Forward), Just(Direction::Backward)]
}

/// Mostly few different short ones, so that equal ones and equally long ones are common.
fn element() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        6 => (0u8..4).prop_map(|byte| vec![b'a' + byte; 3]),
        3 => (0u8..3, 0usize..30).prop_map(|(byte, len)| vec![b'a' + byte; len]),
        1 => (0usize..600).prop_map(|len| vec![b'l'; len]),
        1 => (0usize..90_000).prop_map(|len| vec![b'h'; len]),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (end(), element()).prop_map(|(end, it)| Step::Push(end, it)),
        2 => (end(), element(), 0usize..300).prop_map(|(end, it, n)| Step::PushMany(end, it, n)),
        4 => end().prop_map(Step::Pop),
        3 => (any::<usize>(), element()).prop_map(|(at, it)| Step::Insert(at, it)),
        3 => (any::<usize>(), element()).prop_map(|(at, it)| Step::Set(at, it)),
        2 => any::<usize>().prop_map(Step::Remove),
        2 => (element(), 1usize..9, direction()).prop_map(|(it, n, d)| Step::RemoveEqual(it, n, d)),
        1 => (end(), 0usize..200).prop_map(|(end, n)| Step::Take(end, n)),
        1 => (end(), 0usize..3).prop_map(|(end, n)| Step::Take(end, n)),
        2 => (any::<usize>(), any::<usize>()).prop_map(|(from, to)| Step::Read(from, to)),
    ]
}

fn sizing_of(setting: i32, depth: usize, len: usize) -> Sizing {
    Sizing::new(setting, depth).with_element_max(len).with_flat_element_max(len)
}

fn sizing() -> impl Strategy<Value = Sizing> {
    let setting = prop_oneof![Just(-2), -5i32..0, 1i32..20, Just(0), Just(i32::MAX)];
    let depth = prop_oneof![Just(0usize), 1usize..4];
    let element_max = prop_oneof![3 => Just(usize::MAX), 1 => 0usize..40];
    (setting, depth, element_max).prop_map(|(setting, depth, len)| sizing_of(setting, depth, len))
}

fn push(model: &mut Model, end: End, element: &[u8]) {
    match end {
        End::Front => model.push_front(element.to_vec()),
        End::Back => model.push_back(element.to_vec()),
    }
}

fn pop(model: &mut Model, end: End) {
    match end {
        End::Front => model.pop_front(),
        End::Back => model.pop_back(),
    };
}

/// Where the elements that LREM removes are.
fn equal(model: &Model, element: &[u8], limit: usize, direction: Direction) -> Vec<usize> {
    let mut found: Vec<usize> = (0..model.len()).filter(|at| model[*at] == element).collect();
    if direction == Direction::Backward {
        found.reverse();
    }
    found.truncate(limit);
    found.sort_unstable();
    found
}

fn remove_equal(model: &mut Model, element: &[u8], limit: usize, direction: Direction) -> usize {
    let found = equal(model, element, limit, direction);
    found.iter().rev().for_each(|at| drop(model.remove(*at)));
    found.len()
}

fn all(list: &List, direction: Direction) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    let _ = list.try_for_each_run::<()>(0..list.len(), direction, |run| {
        let _ = run.try_for_each::<()>(direction, |each| {
            found.push(each.to_vec());
            ControlFlow::Continue(())
        });
        ControlFlow::Continue(())
    });
    found
}

/// Carries a step out on both; what is gone is checked too.
fn apply(list: &mut List, model: &mut Model, step: Step, sizing: &Sizing) {
    let mut gone = Gone::default();
    match step {
        Step::Push(end, element) => {
            list.push(end, &element, sizing);
            push(model, end, &element);
        }
        Step::PushMany(end, element, count) => {
            for _ in 0..count.min(40_000 / (element.len() + 1)) {
                list.push(end, &element, sizing);
                push(model, end, &element);
            }
        }
        Step::Pop(end) => {
            let expected = if end == End::Front { model.front() } else { model.back() };
            let found = list.end(end).and_then(|run| run.get(0).map(<[u8]>::to_vec));
            assert_eq!(found.as_ref(), expected);
            list.pop(end, &mut gone);
            pop(model, end);
        }
        Step::Insert(at, element) => {
            let at = at % (model.len() + 1);
            list.insert(at, &element, sizing);
            model.insert(at, element);
        }
        Step::Set(at, element) if !model.is_empty() => {
            let at = at % model.len();
            list.set(at, &element, sizing, &mut gone);
            model[at] = element;
        }
        Step::Remove(at) if !model.is_empty() => {
            let at = at % model.len();
            list.remove(at, sizing, &mut gone);
            model.remove(at);
        }
        Step::Set(..) | Step::Remove(_) => {}
        Step::RemoveEqual(element, limit, direction) => {
            let removed = list.remove_equal((&element, limit), direction, sizing, &mut gone);
            assert_eq!(removed, remove_equal(model, &element, limit, direction));
        }
        Step::Take(end, count) => {
            list.pop_many(end, count, &mut gone);
            let border = match end {
                End::Front => count.min(model.len()),
                End::Back => model.len() - count.min(model.len()),
            };
            let back = model.split_off(border);
            if end == End::Front {
                *model = back;
            }
        }
        Step::Read(from, to) => read(list, model, from, to),
    }
    if let Some(gone) = gone.into_list() {
        let gone_size = all(&gone, Direction::Forward).iter().map(Vec::len).sum::<usize>();
        assert_eq!(gone.size(), gone_size);
    }
}

fn read(list: &List, model: &Model, from: usize, to: usize) {
    let (from, to) = (from % (model.len() + 1), to % (model.len() + 1));
    let range = from.min(to)..from.max(to);
    let mut found = Vec::new();
    let _ = list.try_for_each_run::<()>(range.clone(), Direction::Backward, |run| {
        let _ = run.try_for_each::<()>(Direction::Backward, |each| {
            found.push(each.to_vec());
            ControlFlow::Continue(())
        });
        ControlFlow::Continue(())
    });
    found.reverse();
    assert!(found.iter().eq(model.range(range)));
    let element = list.get(from, |run| run.and_then(|run| run.get(0).map(<[u8]>::to_vec)));
    assert_eq!(element.as_ref(), model.get(from));
}

proptest! {
    #[test]
    fn a_flat_list_becomes_a_long_one(
        elements in proptest::collection::vec(element(), 0..60),
        sizing in sizing(),
        later in sizing(),
    ) {
        let mut bytes = Vec::new();
        let mut model = Model::default();
        for element in elements {
            if flat::push(&mut bytes, End::Back, &element, &sizing) {
                model.push_back(element);
            }
        }
        let list = List::of(flat::run(&bytes), &later);
        prop_assert!(all(&list, Direction::Forward).iter().eq(&model));
        for (end, expected) in [(End::Front, model.front()), (End::Back, model.back())] {
            let found = list.end(end).and_then(|run| run.get(0).map(<[u8]>::to_vec));
            prop_assert_eq!(found.as_ref(), expected);
        }
    }

    #[test]
    fn a_long_list_is_a_deque(
        sizing in sizing(),
        later in sizing(),
        steps in proptest::collection::vec(step(), 0..80),
    ) {
        let (mut list, mut model) = (List::default(), Model::default());
        let mut compressor = Compressor::new();
        let (mut sizing, count) = (sizing, steps.len());
        for (at, step) in steps.into_iter().enumerate() {
            if at == count / 2 {
                sizing = later;
            }
            apply(&mut list, &mut model, step, &sizing);
            list.settle(&sizing, &mut compressor);
            prop_assert_eq!(list.len(), model.len());
            prop_assert_eq!(list.size(), model.iter().map(Vec::len).sum::<usize>());
            prop_assert!(model.is_empty() == (list.chunk_count() == 0));
        }
        prop_assert!(all(&list, Direction::Forward).iter().eq(&model));
        prop_assert!(all(&list, Direction::Backward).iter().eq(model.iter().rev()));
        prop_assert!(all(&list.clone(), Direction::Forward).iter().eq(&model));
    }

    #[test]
    fn a_flat_list_is_a_deque_until_it_is_full(
        sizing in sizing(),
        steps in proptest::collection::vec(step(), 0..80),
    ) {
        let (mut bytes, mut model) = (Vec::new(), Model::default());
        for step in steps {
            apply_flat(&mut bytes, &mut model, step, &sizing);
            let run = flat::run(&bytes);
            prop_assert_eq!(run.count(), model.len());
            prop_assert!(bytes.len() <= FLAT_SIZE_MAX && model.len() <= FLAT_COUNT_MAX);
            for direction in [Direction::Forward, Direction::Backward] {
                let mut found = VecDeque::new();
                let _ = run.try_for_each::<()>(direction, |each| {
                    found.push_back(each.to_vec());
                    ControlFlow::Continue(())
                });
                if direction == Direction::Backward {
                    found.make_contiguous().reverse();
                }
                prop_assert_eq!(&found, &model);
            }
            for at in 0..model.len() + 1 {
                prop_assert_eq!(run.get(at), model.get(at).map(Vec::as_slice));
            }
        }
    }
}

fn apply_flat(bytes: &mut Vec<u8>, model: &mut Model, step: Step, sizing: &Sizing) {
    let before = bytes.clone();
    let fits = match step {
        Step::Push(end, element) | Step::PushMany(end, element, _) => {
            let fits = flat::push(bytes, end, &element, sizing);
            if fits {
                push(model, end, &element);
            }
            fits
        }
        Step::Pop(end) => {
            flat::pop(bytes, end, 1);
            pop(model, end);
            true
        }
        Step::Take(end, count) => {
            flat::pop(bytes, end, count);
            (0..count).for_each(|_| pop(model, end));
            true
        }
        Step::Insert(at, element) => {
            let at = at % (model.len() + 1);
            let fits = flat::insert(bytes, at, &element, sizing);
            if fits {
                model.insert(at, element);
            }
            fits
        }
        Step::Set(at, element) if !model.is_empty() => {
            let at = at % model.len();
            let fits = flat::set(bytes, at, &element, sizing);
            if fits {
                model[at] = element;
            }
            fits
        }
        Step::RemoveEqual(element, limit, direction) => {
            let removed = flat::remove_equal(bytes, &element, limit, direction);
            assert_eq!(removed, remove_equal(model, &element, limit, direction));
            true
        }
        _ => true,
    };
    assert!(fits || *bytes == before);
}

#[test]
fn settings_are_those_of_redis() {
    let cases = [
        (-1, 32_767, 4 << 10),
        (-2, 32_767, 8 << 10),
        (-5, 32_767, 64 << 10),
        (-99, 32_767, 64 << 10),
        (0, 1, 8 << 10),
        (7, 7, 8 << 10),
        (i32::MAX, 32_767, 8 << 10),
    ];
    for (setting, count_max, size_max) in cases {
        let sizing = Sizing::new(setting, 0);
        assert_eq!((sizing.count_max, sizing.size_max), (count_max, size_max), "{setting}");
    }
}

#[test]
fn a_long_list_of_equally_long_elements_takes_hardly_more_than_they_do() {
    let (mut list, sizing) = (List::default(), Sizing::new(-2, 0));
    for number in 0..100_000 {
        list.push(End::Back, format!("element {number:012}").as_bytes(), &sizing);
    }
    let per_element = list.heap_bytes() as f64 / list.len() as f64;
    assert!((20.0..20.3).contains(&per_element), "{per_element}");
}

#[test]
fn of_a_long_list_all_but_the_ends_are_squeezed() {
    let (mut list, mut sizing) = (List::default(), Sizing::new(10, 2));
    let mut compressor = Compressor::new();
    for number in 0..1_000 {
        let end = if number % 2 == 0 { End::Front } else { End::Back };
        list.push(end, &[b'x'; 50], &sizing);
        list.settle(&sizing, &mut compressor);
    }
    assert_eq!(list.chunk_count(), 101);
    assert_eq!(list.squeezed(), (97, 97 * 500));
    list.insert(500, b"between", &sizing);
    list.set(300, b"other", &sizing, &mut Gone::default());
    list.settle(&sizing, &mut compressor);
    assert_eq!(list.squeezed().0, list.chunk_count() - 4);
    for _ in 0..200 {
        list.pop(End::Front, &mut Gone::default());
    }
    list.settle(&sizing, &mut compressor);
    assert_eq!(list.squeezed().0, list.chunk_count() - 4);
    sizing.depth = 0;
    while !list.is_empty() {
        list.pop(End::Back, &mut Gone::default());
        list.settle(&sizing, &mut compressor);
    }
}

#[test]
fn changes_in_the_middle_leave_no_heap_of_small_chunks() {
    let (mut list, sizing) = (List::default(), Sizing::new(-2, 0));
    let mut random = fastrand::Rng::with_seed(7);
    for _ in 0..20_000 {
        list.insert(random.usize(0..=list.len()), &[b'x'; 20], &sizing);
    }
    let most = 20_000 * 20 / (8 << 10) * 2 + 2;
    assert!(list.chunk_count() <= most, "{}", list.chunk_count());
    for _ in 0..19_000 {
        list.remove(random.usize(0..list.len()), &sizing, &mut Gone::default());
    }
    assert!(list.chunk_count() <= 8, "{}", list.chunk_count());
}
