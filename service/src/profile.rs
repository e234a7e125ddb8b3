//! What was seen of a run, as plain data, and what is told of it. Pure: who looked, and how, is `sandbox/profiler.rs`.
//!
//! Names in here come from scripts. [`FrameKind`] and [`Frame::new`] are the doors: what has passed them is short and has nothing in
//! it that would break a line, a file format or the order of letters on a screen.

mod collapsed;
mod cpuprofile;
mod firefox;
mod svg;
#[cfg(test)]
mod tests;
mod tree;

use std::cmp::Reverse;

use arbex_api::{Hotspot, HotspotKind, ProcessSample, Sample, SourceLocation};

/// Most hotspots that are told.
const MAX_HOTSPOTS: usize = 50;

/// The longest name of a function that is kept, in characters.
const MAX_NAME_CHARS: usize = 100;

/// What was seen of a run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Profile {
    /// When the run began, in milliseconds since 1970.
    pub began_unix_ms: u64,
    /// The run over time.
    pub samples: Vec<RunSample>,
    /// The places that stacks name, each once.
    pub frames: Vec<Frame>,
    /// The stacks that were seen, each once.
    pub stacks: Vec<Stack>,
    /// Which of them it was, in the order of time.
    pub timeline: Vec<Span>,
}

/// A place where a run was.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Frame {
    /// Whose code it is.
    pub kind: HotspotKind,
    function: String,
    /// Line and column in the script, from 1.
    pub at: Option<(u32, u32)>,
    /// Line and column where its function begins, from 1.
    pub begins: Option<(u32, u32)>,
}

/// A stack, and the time that it was seen for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stack {
    /// Indices of its frames, outermost first; never empty.
    pub frames: Vec<u32>,
    /// Its time, in nanoseconds.
    pub self_ns: u64,
    /// How often it was seen.
    pub hits: u64,
}

/// So long it was this stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Which stack.
    pub stack: u32,
    /// How long, in nanoseconds.
    pub ns: u64,
}

/// A sample, with the place as an index of a stack.
#[derive(Debug, Clone, PartialEq)]
pub struct RunSample {
    /// Nanoseconds since the run began.
    pub at_ns: u64,
    /// Of the engine's heap, in bytes.
    pub heap_used_bytes: u64,
    /// Of linear memory, in bytes.
    pub committed_bytes: u64,
    /// Processor time since the sample before, in microseconds.
    pub cpu_user_us: u64,
    /// The same in the kernel.
    pub cpu_system_us: u64,
    /// What was seen then, or started what was waited for.
    pub stack: Option<u32>,
    /// The process then.
    pub process: Option<ProcessReading>,
}

/// What the whole process took.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ProcessReading {
    /// Resident memory, in bytes.
    pub working_set_bytes: u64,
    /// Processor time of late, in percent of one processor.
    pub cpu_percent: f64,
}

impl Frame {
    /// A frame of a function whose name is taken from a script.
    pub fn new(kind: HotspotKind, function: &str, at: Option<(u32, u32)>, begins: Option<(u32, u32)>) -> Self {
        let function = match function {
            "" => "(anonymous)".to_owned(),
            name => {
                name.chars().take(MAX_NAME_CHARS).map(|char| if is_fit(char) { char } else { '\u{fffd}' }).collect()
            }
        };
        Self { kind, function, at, begins }
    }

    /// Its function's name.
    pub fn function(&self) -> &str {
        &self.function
    }

    /// Name and place, for people.
    fn label(&self) -> String {
        match (self.kind, self.at) {
            (HotspotKind::Evaluated, _) => format!("{} (evaluated)", self.function),
            (_, Some((line, column))) => format!("{} ({line}:{column})", self.function),
            _ => self.function.clone(),
        }
    }
}

/// What may stand in a name: nothing that ends a line, is no character in XML, turns the text around it or is not to be seen.
fn is_fit(char: char) -> bool {
    let is_unseen =
        matches!(char, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}');
    !char.is_control() && !is_unseen && !matches!(char, '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// A file format of profiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// One line a stack, as flame graph tools read it: names from the outermost on with `;` between, and microseconds.
    Collapsed,
    /// What DevTools of Chrome, editors and Node's tools open.
    CpuProfile,
    /// What profiler.firefox.com opens.
    Firefox,
    /// A flame graph to look at.
    Svg,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Collapsed, Self::CpuProfile, Self::Firefox, Self::Svg];

    /// Its name in a query.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Collapsed => "collapsed",
            Self::CpuProfile => "cpuprofile",
            Self::Firefox => "firefox",
            Self::Svg => "svg",
        }
    }

    /// The format of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }

    /// How names of its files end, the first one being what we call ours.
    pub const fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::Collapsed => &["folded", "txt"],
            Self::CpuProfile => &["cpuprofile"],
            Self::Firefox => &["json"],
            Self::Svg => &["svg"],
        }
    }

    /// The format of files whose name ends so; upper case does not matter.
    pub fn from_extension(extension: &str) -> Option<Self> {
        let is_its = |format: &Self| format.extensions().iter().any(|known| known.eq_ignore_ascii_case(extension));
        Self::ALL.into_iter().find(is_its)
    }

    /// Its media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Collapsed => "text/plain; charset=utf-8",
            Self::CpuProfile | Self::Firefox => "application/json",
            Self::Svg => "image/svg+xml",
        }
    }
}

impl Profile {
    /// A file of it.
    ///
    /// # Errors
    ///
    /// None is expected: it is a defect when the format's writer refuses.
    pub fn file(&self, format: Format) -> Result<Vec<u8>, String> {
        match format {
            Format::Collapsed => Ok(collapsed::write(self).into_bytes()),
            Format::CpuProfile => cpuprofile::write(self),
            Format::Firefox => firefox::write(self),
            Format::Svg => svg::write(self),
        }
    }

    /// The places of its frames.
    pub fn places_mut(&mut self) -> impl Iterator<Item = &mut (u32, u32)> {
        self.frames.iter_mut().flat_map(|frame| frame.at.iter_mut().chain(&mut frame.begins))
    }

    /// What an envelope tells of it.
    pub fn report(&self) -> arbex_api::Profile {
        let processes = self.samples.iter().filter_map(|sample| {
            let ProcessReading { working_set_bytes, cpu_percent } = sample.process?;
            Some(ProcessSample { at_ms: millis(sample.at_ns), working_set_bytes, cpu_percent: tenths(cpu_percent) })
        });
        arbex_api::Profile {
            samples: self.samples.iter().map(|sample| self.sample(sample)).collect(),
            hotspots: self.hotspots(),
            process_samples: processes.collect(),
        }
    }

    fn sample(&self, sample: &RunSample) -> Sample {
        Sample {
            at_ms: millis(sample.at_ns),
            heap_used_bytes: sample.heap_used_bytes,
            rss_bytes: sample.committed_bytes,
            cpu_user_micros: sample.cpu_user_us,
            cpu_system_micros: sample.cpu_system_us,
            location: sample.stack.and_then(|stack| self.location(stack)),
        }
    }

    /// The innermost place of a stack that is in the script.
    fn location(&self, stack: u32) -> Option<SourceLocation> {
        let frames = self.stacks.get(stack as usize)?.frames.iter().rev();
        let mut frames = frames.filter_map(|&frame| self.frames.get(frame as usize));
        let frame = frames.find(|frame| frame.kind == HotspotKind::Script)?;
        let (line, column) = frame.at?;
        Some(SourceLocation { line, column, function: frame.function.clone() })
    }

    fn hotspots(&self) -> Vec<Hotspot> {
        let mut times = vec![Times::default(); self.frames.len()];
        // The last stack that each was on: a recursion is counted once.
        let mut seen = vec![None; self.frames.len()];
        for (index, stack) in self.stacks.iter().enumerate() {
            for &frame in &stack.frames {
                if let (Some(times), Some(seen)) = (times.get_mut(frame as usize), seen.get_mut(frame as usize))
                    && seen.replace(index) != Some(index)
                {
                    times.total_ns += stack.self_ns;
                }
            }
            let innermost = stack.frames.last().and_then(|&frame| times.get_mut(frame as usize));
            if let Some(times) = innermost {
                times.self_ns += stack.self_ns;
                times.hits += stack.hits;
            }
        }
        let mut spots: Vec<_> = self.frames.iter().zip(times).filter(|(_, times)| times.total_ns != 0).collect();
        spots.sort_by_key(|(frame, times)| (Reverse(times.self_ns), Reverse(times.total_ns), frame.at));
        let spot = |(frame, times): (&Frame, Times)| Hotspot {
            function: frame.function.clone(),
            kind: frame.kind,
            line: frame.at.map(|(line, _)| line),
            column: frame.at.map(|(_, column)| column),
            self_time_us: times.self_ns / 1000,
            total_time_us: times.total_ns / 1000,
            hits: times.hits,
        };
        spots.into_iter().take(MAX_HOTSPOTS).map(spot).collect()
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Times {
    self_ns: u64,
    total_ns: u64,
    hits: u64,
}

/// Milliseconds to the microsecond.
fn millis(ns: u64) -> f64 {
    (ns / 1000) as f64 / 1e3
}

fn tenths(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}
