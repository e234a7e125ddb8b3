use super::*;

const MS: Duration = Duration::from_millis(1);

/// A stack with its places and its time.
type Recorded = Vec<(Leaf, Box<[Site]>, Duration)>;

fn recorder(is_thorough: bool) -> (Recorder, Instant) {
    let wanted = call::Profiler { sample_interval_ms: 50, max_samples: 600, is_thorough };
    let began = Instant::now();
    let mut recorder = Recorder::new(&wanted, began, Arc::default());
    recorder.resumed(began);
    (recorder, began)
}

/// A profiled run that is told, by the clock of the test, what happens when, in milliseconds.
fn recorded(events: impl FnOnce(&mut Recorder, &dyn Fn(u32) -> Instant)) -> Recorded {
    let (mut recorder, began) = recorder(false);
    events(&mut recorder, &|ms| began + ms * MS);
    let (seen, _) = recorder.stacks.into_parts();
    seen.into_iter().map(|(seen, weight)| (seen.leaf, seen.sites, Duration::from_nanos(weight.ns))).collect()
}

fn at(site: Site) -> Look {
    Look { sites: vec![site], ..Look::default() }
}

fn time_of(recorded: &Recorded, leaf: Leaf, sites: &[Site]) -> Duration {
    let found = recorded.iter().find(|(seen, at, _)| *seen == leaf && **at == *sites);
    found.map(|(_, _, time)| *time).unwrap_or_else(|| panic!("{leaf:?} {sites:?}: {recorded:?}"))
}

#[test]
fn a_wait_is_told_where_its_operation_was_started() {
    let nowhere = Look::default();
    let recorded = recorded(|run, ms| {
        run.operation_started(1, "readRows", &at((7, 1)));
        run.operation_started(2, "system", &at((7, 2)));
        run.wait_begins(ms(10), &nowhere);
        run.wait_ends(ms(40), &nowhere, Some(1));
        run.wait_begins(ms(40), &nowhere);
        run.wait_ends(ms(45), &nowhere, Some(2));
        run.slice_ended(ms(50), &at((8, 2)));
        run.wait_begins(ms(50), &nowhere);
        run.wait_ends(ms(57), &nowhere, None);
    });
    // Of several under way it is the oldest; of none, a timer.
    assert_eq!(time_of(&recorded, Leaf::Wait("readRows"), &[(7, 1)]), 30 * MS);
    assert_eq!(time_of(&recorded, Leaf::Wait("system"), &[(7, 2)]), 5 * MS);
    assert_eq!(time_of(&recorded, Leaf::Wait(TIMER), &[]), 7 * MS);
    // The clock of the test went on while its thread had little to do: that is no line's time.
    let (computed, lost) = (time_of(&recorded, Leaf::Run, &[(8, 2)]), time_of(&recorded, Leaf::Turn, &[]));
    assert!(computed < 10 * MS && computed + lost == 15 * MS, "{recorded:?}");
}

#[test]
fn what_a_limit_ends_stands_where_it_was() {
    let is_seen = |was_stopped| {
        let recorded = recorded(|run, ms| {
            run.slice_ended(ms(1), &at((8, 1)));
            run.ended(ms(2), &at((8, 2)), was_stopped);
        });
        recorded.iter().any(|(_, at, _)| **at == [(8, 2)])
    };
    assert!(is_seen(true) && !is_seen(false));
}

#[test]
fn a_short_run_is_not_named_unless_that_is_asked_for() {
    let sites = |looks: u32, waited_ms: u32, is_thorough: bool| {
        let (mut recorder, began) = recorder(is_thorough);
        (1..=looks).for_each(|look| recorder.slice_ended(began + look * MS, &at((8, 1))));
        recorder.wait_begins(began + looks * MS, &Look::default());
        recorder.wait_ends(began + (looks + waited_ms) * MS, &Look::default(), None);
        recorder.sites(10).len()
    };
    assert_eq!((sites(FEW_LOOKS - 1, 0, false), sites(FEW_LOOKS, 0, false)), (0, 1));
    assert_eq!((sites(1, 4, false), sites(1, 5, false)), (0, 1));
    assert_eq!(sites(1, 0, true), 1);
}
