use std::collections::BTreeMap;

use arbex_abi::USER_FILE;
use proptest::prelude::*;
use serde_json::Value;

use super::*;

fn script(name: &str, line: u32) -> Frame {
    Frame::new(HotspotKind::Script, name, Some((line, 5)), Some((line, 1)))
}

/// A profile of stacks, outermost frame first, each with milliseconds, in the order of time.
fn profile(stacks: &[(&[Frame], u64)]) -> Profile {
    let mut profile = Profile { began_unix_ms: 1_000, ..Profile::default() };
    for (frames, ms) in stacks {
        let mut indices = Vec::new();
        for frame in *frames {
            let known = profile.frames.iter().position(|known| known == frame);
            indices.push(known.unwrap_or_else(|| {
                profile.frames.push(frame.clone());
                profile.frames.len() - 1
            }) as u32);
        }
        let ns = ms * 1_000_000;
        let known = profile.stacks.iter().position(|stack| stack.frames == indices);
        let stack = known.unwrap_or_else(|| {
            profile.stacks.push(Stack { frames: indices, self_ns: 0, hits: 0 });
            profile.stacks.len() - 1
        });
        profile.stacks[stack].self_ns += ns;
        profile.stacks[stack].hits += 1;
        profile.timeline.push(Span { stack: stack as u32, ns });
    }
    profile
}

/// Two functions called through a third, which waits, too.
fn known() -> Profile {
    let (run, slow, fast) = (script("run", 1), script("slow", 10), script("fast", 20));
    let wait = Frame::new(HotspotKind::Wait, "(waiting for the host: timer)", None, None);
    let parse = Frame::new(HotspotKind::BuiltIn, "JSON.parse", None, None);
    profile(&[
        (&[run.clone(), slow.clone()], 70),
        (&[run.clone(), slow, parse], 10),
        (&[run.clone(), fast], 20),
        (&[run, wait], 5),
    ])
}

fn spots(profile: &Profile) -> Vec<(String, u64, u64, u64)> {
    let spots = profile.report().hotspots.into_iter();
    spots.map(|spot| (spot.function, spot.self_time_us / 1000, spot.total_time_us / 1000, spot.hits)).collect()
}

#[test]
fn hotspots_have_their_own_time_and_that_of_what_they_call() {
    let spot = |name: &str, own, total, hits| (name.to_owned(), own, total, hits);
    assert_eq!(
        spots(&known()),
        [
            spot("slow", 70, 80, 1),
            spot("fast", 20, 20, 1),
            spot("JSON.parse", 10, 10, 1),
            spot("(waiting for the host: timer)", 5, 5, 1),
            spot("run", 0, 105, 0),
        ]
    );
    let kinds: Vec<_> = known().report().hotspots.into_iter().map(|spot| (spot.kind, spot.line)).collect();
    assert_eq!(kinds[2], (HotspotKind::BuiltIn, None));
    assert_eq!(kinds[3], (HotspotKind::Wait, None));
    assert_eq!(kinds[4], (HotspotKind::Script, Some(1)));
}

#[test]
fn a_recursion_is_counted_once() {
    let fib = script("fib", 3);
    let stacks: [&[Frame]; 2] = [&[fib.clone(), fib.clone(), fib.clone()], &[fib.clone(), fib]];
    assert_eq!(spots(&profile(&[(stacks[0], 4), (stacks[1], 3)])), [("fib".to_owned(), 7, 7, 2)]);
}

#[test]
fn at_most_fifty_hotspots_are_told() {
    let frames: Vec<_> = (1..=60).map(|line| [script("f", line)]).collect();
    let stacks: Vec<_> = frames.iter().zip(1..).map(|(frame, ms)| (&frame[..], ms)).collect();
    let spots = profile(&stacks).report().hotspots;
    assert_eq!((spots.len(), spots[0].line, spots[49].line), (50, Some(60), Some(11)));
}

#[test]
fn a_location_is_the_innermost_place_in_the_script() {
    let mut profile = known();
    let sample = |stack| RunSample {
        at_ns: 50_300_900,
        heap_used_bytes: 1,
        committed_bytes: 2,
        cpu_user_us: 3,
        cpu_system_us: 4,
        stack,
        process: Some(ProcessReading { working_set_bytes: 5, cpu_percent: 98.76 }),
    };
    profile.samples = vec![sample(Some(1)), sample(Some(3)), sample(None), sample(Some(99))];
    let report = profile.report();
    let places: Vec<_> =
        report.samples.into_iter().map(|sample| sample.location.map(|at| (at.function, at.line))).collect();
    assert_eq!(places, [Some(("slow".to_owned(), 10)), Some(("run".to_owned(), 1)), None, None]);
    assert_eq!((report.process_samples[0].at_ms, report.process_samples[0].cpu_percent), (50.3, 98.8));
}

#[test]
fn collapsed_stacks_are_lines() {
    let text = known().file(Format::Collapsed).unwrap();
    let text = String::from_utf8(text).unwrap();
    assert_eq!(
        text,
        "run (1:5);slow (10:5) 70000\nrun (1:5);fast (20:5) 20000\nrun (1:5);slow (10:5);JSON.parse 10000\n\
         run (1:5);(waiting for the host: timer) 5000\n"
    );
    assert_eq!(Profile::default().file(Format::Collapsed).unwrap(), b"(too short to be sampled) 1\n");
}

/// The types of V8's inspector protocol, as far as they are mandatory: a profile that they read is one.
fn check_cpuprofile(file: &[u8]) -> BTreeMap<String, u64> {
    let file: Value = serde_json::from_slice(file).unwrap();
    let nodes = file["nodes"].as_array().unwrap();
    let mut by_id = BTreeMap::new();
    for node in nodes {
        let frame = &node["callFrame"];
        for text in ["functionName", "scriptId", "url"] {
            assert!(frame[text].is_string(), "{node}");
        }
        assert!(frame["lineNumber"].is_i64() && frame["columnNumber"].is_i64(), "{node}");
        for tick in node["positionTicks"].as_array().into_iter().flatten() {
            assert!(1 <= tick["line"].as_u64().unwrap() && 1 <= tick["ticks"].as_u64().unwrap(), "{node}");
        }
        assert!(by_id.insert(node["id"].as_u64().unwrap(), node).is_none(), "{node}");
    }
    let children = nodes.iter().flat_map(|node| node["children"].as_array().unwrap());
    let mut children: Vec<_> = children.map(|child| child.as_u64().unwrap()).collect();
    children.sort_unstable();
    // Each node but the root is the child of one.
    assert_eq!(children, by_id.keys().copied().skip(1).collect::<Vec<_>>());

    let list =
        |name: &str| file[name].as_array().unwrap().iter().map(|value| value.as_u64().unwrap()).collect::<Vec<_>>();
    let (samples, deltas) = (list("samples"), list("timeDeltas"));
    assert_eq!(samples.len(), deltas.len());
    let took = file["endTime"].as_u64().unwrap() - file["startTime"].as_u64().unwrap();
    assert_eq!(deltas.iter().sum::<u64>(), took);
    // A sample lasts until the next.
    let mut times = BTreeMap::new();
    for (sample, delta) in samples.iter().zip(deltas.iter().skip(1)) {
        let name = by_id[sample]["callFrame"]["functionName"].as_str().unwrap();
        *times.entry(name.to_owned()).or_default() += delta;
    }
    times
}

#[test]
fn a_cpuprofile_has_functions_lines_and_times() {
    let file = known().file(Format::CpuProfile).unwrap();
    let times = check_cpuprofile(&file);
    let of = |name: &str| times[name];
    assert_eq!((of("slow"), of("fast"), of("JSON.parse")), (70_000, 20_000, 10_000));
    let file: Value = serde_json::from_slice(&file).unwrap();
    let slow =
        file["nodes"].as_array().unwrap().iter().find(|node| node["callFrame"]["functionName"] == "slow").unwrap();
    assert_eq!(slow["callFrame"]["lineNumber"], 9);
    assert_eq!(slow["callFrame"]["url"], USER_FILE);
    assert_eq!(slow["positionTicks"], serde_json::json!([{ "line": 10, "ticks": 1 }]));
    check_cpuprofile(&Profile::default().file(Format::CpuProfile).unwrap());
}

/// What the Firefox Profiler's processed format asks of its tables: columns of one length, indices that exist.
fn check_firefox(file: &[u8]) -> f64 {
    let file: Value = serde_json::from_slice(file).unwrap();
    let thread = &file["threads"][0];
    let mut lengths = BTreeMap::new();
    for table in ["samples", "stackTable", "frameTable", "funcTable", "resourceTable", "nativeSymbols", "markers"] {
        let length = thread[table]["length"].as_u64().unwrap();
        for (name, column) in thread[table].as_object().unwrap() {
            if let Some(column) = column.as_array() {
                assert_eq!(column.len() as u64, length, "{table}.{name}");
            }
        }
        lengths.insert(table, length);
    }
    lengths.insert("stringArray", thread["stringArray"].as_array().unwrap().len() as u64);
    lengths.insert("categories", file["meta"]["categories"].as_array().unwrap().len() as u64);
    for (table, column, target) in [
        ("samples", "stack", "stackTable"),
        ("stackTable", "frame", "frameTable"),
        ("stackTable", "prefix", "stackTable"),
        ("frameTable", "func", "funcTable"),
        ("frameTable", "category", "categories"),
        ("funcTable", "name", "stringArray"),
        ("funcTable", "fileName", "stringArray"),
    ] {
        for (row, value) in thread[table][column].as_array().unwrap().iter().enumerate() {
            let Some(index) = value.as_u64() else { continue };
            assert!(index < lengths[target], "{table}.{column}[{row}] is {index}");
            // A stack comes after the one that it begins with.
            assert!(column != "prefix" || index < row as u64, "{table}.{column}[{row}] is {index}");
        }
    }
    thread["samples"]["weight"].as_array().unwrap().iter().map(|weight| weight.as_f64().unwrap()).sum()
}

#[test]
fn the_firefox_profile_is_tables() {
    assert_eq!(check_firefox(&known().file(Format::Firefox).unwrap()), 105.0);
    assert_eq!(check_firefox(&Profile::default().file(Format::Firefox).unwrap()), 0.0);
}

#[test]
fn the_flame_graph_names_what_it_shows() {
    for (profile, names) in
        [(known(), &["slow (10:5)", "JSON.parse"][..]), (Profile::default(), &["too short to be sampled"])]
    {
        let picture = String::from_utf8(profile.file(Format::Svg).unwrap()).unwrap();
        assert!(picture.starts_with("<?xml") && picture.trim_end().ends_with("</svg>"), "{picture}");
        assert!(names.iter().all(|name| picture.contains(name)), "{picture}");
    }
}

#[test]
fn hostile_names_stay_names() {
    let name = "a;b\n\r\u{0}\u{1b}\"'<script>&\u{202e}\u{2028}\u{200e}\u{61c}\u{feff}\u{ffff}]]> 12 34";
    let profile =
        profile(&[(&[script(name, 1), script("# x", 2)], 1), (&[script("# y", 3)], 1), (&[script("", 4)], 1)]);
    let collapsed = String::from_utf8(profile.file(Format::Collapsed).unwrap()).unwrap();
    assert_eq!(collapsed.lines().count(), 3, "{collapsed}");
    assert!(collapsed.contains(
        "a,b\u{fffd}\u{fffd}\u{fffd}\u{fffd}\"'<script>&\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}]]> 12 34 (1:5);# x (2:5) 1000"
    ));
    assert!(collapsed.contains("\n\\# y (3:5) 1000\n(anonymous) (4:5) 1000\n"), "{collapsed}");
    let picture = String::from_utf8(profile.file(Format::Svg).unwrap()).unwrap();
    // Its own scripts stand in CDATA; ours is text.
    assert!(picture.contains("&lt;script&gt;&amp;") && !picture.contains("<script>&"), "{picture}");
    let long = Frame::new(HotspotKind::Script, &"é".repeat(5000), None, None);
    assert_eq!(long.function().chars().count(), MAX_NAME_CHARS);
}

#[test]
fn many_calls_become_one_for_the_rest() {
    let mut profile = Profile::default();
    for index in 0..20_000u32 {
        profile.frames.push(script(&format!("{index}{}", "x".repeat(90)), index + 1));
        let below = |up: u32| index.saturating_sub(up);
        profile.stacks.push(Stack { frames: (0..64).rev().map(below).collect(), self_ns: 1_000, hits: 1 });
        profile.timeline.push(Span { stack: index, ns: 1_000 });
    }
    for (format, most_bytes) in [
        (Format::Collapsed, 5 << 20),
        (Format::CpuProfile, 4 << 20),
        (Format::Firefox, 8 << 20),
        (Format::Svg, 6 << 20),
    ] {
        let file = profile.file(format).unwrap();
        assert!(file.len() <= most_bytes, "{format:?}: {}", file.len());
        assert!(String::from_utf8(file).unwrap().contains("(other)"), "{format:?}");
    }
    let collapsed = String::from_utf8(profile.file(Format::Collapsed).unwrap()).unwrap();
    let times = collapsed.lines().map(|line| line.rsplit_once(' ').unwrap().1.parse::<u64>().unwrap());
    assert_eq!(times.sum::<u64>(), 20_000);
    check_cpuprofile(&profile.file(Format::CpuProfile).unwrap());
    check_firefox(&profile.file(Format::Firefox).unwrap());
}

/// What is left out hangs where the way to it ends, not at the root.
#[test]
fn the_rest_of_a_recursion_is_part_of_it() {
    let frames = (0..40).map(|index| script(&format!("f{}", index % 2), index + 1)).collect();
    let mut profile = Profile { frames, ..Profile::default() };
    // A tree of calls, each path seen once.
    for path in 0..20_000u32 {
        let frames = (0..16).map(|depth| 2 * depth + (path >> depth & 1)).collect();
        profile.stacks.push(Stack { frames, self_ns: 1_000, hits: 1 });
        profile.timeline.push(Span { stack: path, ns: 1_000 });
    }
    let collapsed = String::from_utf8(profile.file(Format::Collapsed).unwrap()).unwrap();
    let at_root = collapsed.lines().filter(|line| line.starts_with("(other)")).count();
    assert!(at_root == 0 && collapsed.contains(";(other) "), "{}", collapsed.lines().count());
    check_cpuprofile(&profile.file(Format::CpuProfile).unwrap());
    check_firefox(&profile.file(Format::Firefox).unwrap());
}

proptest! {
    #[test]
    fn times_add_up_in_every_format(stacks in prop::collection::vec((prop::collection::vec(0u32..6, 1..8), 1u64..50), 1..40)) {
        let paths: Vec<(Vec<Frame>, u64)> = stacks.into_iter().map(|(path, ms)| {
            (path.into_iter().map(|line| script(&format!("f{}", line / 2), line + 1)).collect(), ms)
        }).collect();
        let profile = profile(&paths.iter().map(|(path, ms)| (&path[..], *ms)).collect::<Vec<_>>());
        let whole_us = paths.iter().map(|(_, ms)| ms * 1000).sum::<u64>();

        let spots = profile.report().hotspots;
        prop_assert_eq!(spots.iter().map(|spot| spot.self_time_us).sum::<u64>(), whole_us);
        prop_assert!(spots.iter().all(|spot| spot.self_time_us <= spot.total_time_us && spot.total_time_us <= whole_us));
        prop_assert_eq!(spots.iter().map(|spot| spot.hits).sum::<u64>(), paths.len() as u64);

        let collapsed = String::from_utf8(profile.file(Format::Collapsed).unwrap()).unwrap();
        let times = collapsed.lines().map(|line| line.rsplit_once(' ').unwrap().1.parse::<u64>().unwrap());
        prop_assert_eq!(times.sum::<u64>(), whole_us);
        let cpuprofile = check_cpuprofile(&profile.file(Format::CpuProfile).unwrap());
        prop_assert_eq!(cpuprofile.values().sum::<u64>(), whole_us);
        prop_assert_eq!((check_firefox(&profile.file(Format::Firefox).unwrap()) * 1000.0).round() as u64, whole_us);
        prop_assert!(profile.file(Format::Svg).is_ok());
    }
}
