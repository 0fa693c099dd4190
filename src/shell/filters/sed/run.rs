//! sed's cycle: a line is read, the script runs over it, and it is printed.

use regex::Regex;

use super::parse::{Action, Address, Command, Script, Substitute, Until};
use crate::shell::filters::Commands;
use crate::shell::filters::call::{Call, Out, STEP};

/// Runs a script over the lines of these texts.
pub(super) fn run(
    call: &Call,
    script: &Script,
    quiet: bool,
    texts: &[String],
    commands: &mut dyn Commands,
) -> Option<String> {
    let mut lines: Vec<(&str, bool)> = Vec::new();
    for text in texts {
        for line in text.split_inclusive('\n') {
            match line.strip_suffix('\n') {
                Some(line) => lines.push((line, true)),
                None => lines.push((line, false)),
            }
        }
    }
    // Only the very last line may lack its end.
    let last = lines.len();
    for (at, (_, ended)) in lines.iter_mut().enumerate() {
        *ended |= at + 1 < last;
    }
    let mut sed = Sed {
        call,
        script,
        quiet,
        lines,
        number: 0,
        pattern: String::new(),
        hold: String::new(),
        ended: true,
        ranges: vec![None; script.commands.len()],
        appended: String::new(),
        replaced: false,
        last_regex: None,
        written: Vec::new(),
        out: Out::default(),
    };
    sed.all(commands)?;
    for (path, text) in std::mem::take(&mut sed.written) {
        call.invocation.files.write(&path, call.text(text).into());
    }
    Some(sed.out.done())
}

struct Sed<'a> {
    call: &'a Call<'a>,
    script: &'a Script,
    quiet: bool,
    lines: Vec<(&'a str, bool)>,
    /// Lines read so far.
    number: usize,
    pattern: String,
    hold: String,
    /// Whether the line read last has its end.
    ended: bool,
    /// The line at which each command's range ends, while it lasts; 0 where a pattern ends it.
    ranges: Vec<Option<usize>>,
    appended: String,
    replaced: bool,
    last_regex: Option<&'a Regex>,
    written: Vec<(String, String)>,
    out: Out,
}

/// What happens after a pass over the script.
#[derive(PartialEq)]
enum Next {
    /// The line is printed, then the next one read.
    Print,
    /// The next one is read.
    Drop,
    /// The script runs again over what is left.
    Again,
    /// Nothing more happens; the line is printed first or not.
    Quit(bool),
}

impl<'a> Sed<'a> {
    fn all(&mut self, commands: &mut dyn Commands) -> Option<()> {
        let mut reads = true;
        loop {
            if reads && !self.read() {
                return Some(());
            }
            let next = self.pass(commands)?;
            if (next == Next::Print || next == Next::Quit(true)) && !self.quiet {
                self.print_pattern()?;
            }
            self.flush()?;
            match next {
                Next::Quit(_) => return Some(()),
                next => reads = next != Next::Again,
            }
        }
    }

    fn read(&mut self) -> bool {
        let Some((line, ended)) = self.lines.get(self.number) else { return false };
        self.pattern = (*line).to_owned();
        self.ended = *ended;
        self.number += 1;
        true
    }

    fn print(&mut self, text: &str) -> Option<()> {
        if !self.out.ends_line() {
            self.out.push("\n")?;
        }
        self.out.push(text)
    }

    fn print_pattern(&mut self) -> Option<()> {
        let text = std::mem::take(&mut self.pattern);
        self.print(&text)?;
        self.out.push(if self.ended { "\n" } else { "" })?;
        self.pattern = text;
        Some(())
    }

    fn flush(&mut self) -> Option<()> {
        let text = std::mem::take(&mut self.appended);
        if text.is_empty() { Some(()) } else { self.print(&text) }
    }

    fn is_last(&self) -> bool {
        self.number >= self.lines.len()
    }

    fn matches(&mut self, regex: &'a Option<Regex>) -> Option<bool> {
        let regex = regex.as_ref().or(self.last_regex)?;
        self.last_regex = Some(regex);
        Some(regex.is_match(&self.pattern))
    }

    fn address(&mut self, address: &'a Address) -> Option<bool> {
        Some(match address {
            Address::Line(line) => self.number == *line,
            Address::Last => self.is_last(),
            Address::Matches(regex) => self.matches(regex)?,
            Address::Step(first, 0) => self.number == *first,
            Address::Step(first, step) => {
                self.number >= *first && (self.number - first).is_multiple_of(*step)
            }
        })
    }

    fn selects(&mut self, at: usize, command: &'a Command) -> Option<bool> {
        let Some(from) = &command.from else { return Some(!command.negated) };
        let Some(to) = &command.to else { return Some(self.address(from)? != command.negated) };
        let inside = match self.ranges[at] {
            Some(end) => {
                let over = match to {
                    Until::Matches(regex) => self.matches(regex)?,
                    Until::Last => self.is_last(),
                    _ => self.number >= end,
                };
                if over {
                    self.ranges[at] = None;
                }
                // A range whose last line lies behind is only the line it began with.
                !(matches!(to, Until::Line(_)) && self.number > end)
            }
            None => {
                let zero = matches!(from, Address::Line(0)) && self.number == 1;
                if zero {
                    let Until::Matches(regex) = to else { return None };
                    if !self.matches(regex)? {
                        self.ranges[at] = Some(0);
                    }
                    return Some(!command.negated);
                }
                let begins = self.address(from)?;
                if begins {
                    self.ranges[at] = match to {
                        Until::Line(line) => (*line > self.number).then_some(*line),
                        Until::More(more) => (*more > 0).then_some(self.number + more),
                        Until::Multiple(of) if *of > 0 => {
                            let end = self.number.next_multiple_of(*of);
                            (end > self.number).then_some(end)
                        }
                        Until::Multiple(_) => None,
                        Until::Last => (!self.is_last()).then_some(0),
                        Until::Matches(_) => Some(0),
                    };
                }
                begins
            }
        };
        Some(inside != command.negated)
    }

    fn pass(&mut self, commands: &mut dyn Commands) -> Option<Next> {
        self.replaced = false;
        let script = self.script;
        let mut at = 0;
        while let Some(command) = script.commands.get(at) {
            self.call.spend(STEP + self.pattern.len())?;
            let selected = match &command.action {
                Action::End => true,
                _ => self.selects(at, command)?,
            };
            at += 1;
            if !selected {
                if let Action::Block(end) = command.action {
                    at = end + 1;
                }
                continue;
            }
            match &command.action {
                Action::Block(_) | Action::End => {}
                Action::Substitute(substitute) => self.substitute(substitute, commands)?,
                Action::Transliterate(from, to) => {
                    let turn = |c: char| from.iter().position(|known| *known == c).map_or(c, |n| to[n]);
                    self.pattern = self.pattern.chars().map(turn).collect();
                }
                Action::Append(text) => self.appended.push_str(text),
                Action::Insert(text) => self.print(text)?,
                Action::Change(text) => {
                    let in_range = command.to.is_some() && !command.negated && self.ranges[at - 1].is_some();
                    if !in_range {
                        self.print(text)?;
                    }
                    return Some(Next::Drop);
                }
                Action::Branch(to) => at = *to,
                Action::BranchIf(to) => {
                    if std::mem::take(&mut self.replaced) {
                        at = *to;
                    }
                }
                Action::BranchUnless(to) => {
                    if !std::mem::take(&mut self.replaced) {
                        at = *to;
                    }
                }
                Action::Execute(text) if text.is_empty() => {
                    let printed = self.call.run(&self.pattern, None, commands);
                    self.pattern = printed.trim_end_matches('\n').to_owned();
                }
                Action::Execute(text) => {
                    let printed = self.call.run(text, None, commands);
                    self.print(&printed)?;
                }
                Action::ReadFile(path) => {
                    let text = self.call.file(path)?;
                    self.appended.push_str(&text);
                }
                Action::WriteFile(path) => self.write(path)?,
                Action::Plain(letter) => {
                    if let Some(next) = self.plain(*letter)? {
                        return Some(next);
                    }
                }
            }
            if self.pattern.len() + self.hold.len() > crate::shell::filters::call::MAX_OUTPUT {
                return None;
            }
        }
        Some(Next::Print)
    }

    fn write(&mut self, path: &str) -> Option<()> {
        let line = format!("{}\n", self.pattern);
        match path {
            "/dev/stdout" => self.print(&line),
            "/dev/stderr" => Some(()),
            path => {
                self.call.spend(line.len())?;
                match self.written.iter_mut().find(|(known, _)| known == path) {
                    Some((_, text)) => text.push_str(&line),
                    None => self.written.push((path.to_owned(), line)),
                }
                Some(())
            }
        }
    }

    fn plain(&mut self, letter: char) -> Option<Option<Next>> {
        match letter {
            'd' => return Some(Some(Next::Drop)),
            'D' => match self.pattern.split_once('\n') {
                None => return Some(Some(Next::Drop)),
                Some((_, rest)) => {
                    self.pattern = rest.to_owned();
                    return Some(Some(Next::Again));
                }
            },
            'g' => self.pattern.clone_from(&self.hold),
            'G' => {
                self.pattern.push('\n');
                self.pattern.push_str(&self.hold);
            }
            'h' => self.hold.clone_from(&self.pattern),
            'H' => {
                self.hold.push('\n');
                self.hold.push_str(&self.pattern);
            }
            'x' => std::mem::swap(&mut self.hold, &mut self.pattern),
            'n' => {
                if self.is_last() {
                    return Some(Some(Next::Quit(true)));
                }
                if !self.quiet {
                    self.print_pattern()?;
                }
                self.flush()?;
                self.read();
            }
            'N' => {
                if self.is_last() {
                    return Some(Some(Next::Quit(true)));
                }
                self.flush()?;
                // The pattern space grows in place: it may be joined of thousands of lines.
                let (line, ended) = self.lines[self.number];
                self.pattern.push('\n');
                self.pattern.push_str(line);
                self.ended = ended;
                self.number += 1;
            }
            'p' => self.print_pattern()?,
            'P' => {
                let line = self.pattern.split('\n').next().unwrap_or("").to_owned();
                self.print(&format!("{line}\n"))?;
            }
            '=' => self.print(&format!("{}\n", self.number))?,
            'z' => self.pattern.clear(),
            'q' => return Some(Some(Next::Quit(true))),
            'Q' => return Some(Some(Next::Quit(false))),
            _ => return None,
        }
        Some(None)
    }

    fn substitute(&mut self, substitute: &'a Substitute, commands: &mut dyn Commands) -> Option<()> {
        let regex = substitute.regex.as_ref().or(self.last_regex)?;
        self.last_regex = Some(regex);
        if substitute.with.groups() >= regex.captures_len() {
            return None;
        }
        let mut out = Out::default();
        let mut copied = 0;
        let mut count = 0;
        for found in regex.captures_iter(&self.pattern) {
            self.call.spend(STEP)?;
            let whole = found.get(0)?;
            count += 1;
            if count < substitute.nth {
                continue;
            }
            out.push(&self.pattern[copied..whole.start()])?;
            out.push(&substitute.with.of(&found))?;
            copied = whole.end();
            if !substitute.global {
                break;
            }
        }
        if count < substitute.nth {
            return Some(());
        }
        out.push(&self.pattern[copied..])?;
        self.pattern = out.done();
        self.replaced = true;
        if substitute.execute {
            let printed = self.call.run(&self.pattern, None, commands);
            self.pattern = printed.strip_suffix('\n').unwrap_or(&printed).to_owned();
        }
        if substitute.print {
            self.print_pattern()?;
        }
        match &substitute.write {
            Some(path) => self.write(path),
            None => Some(()),
        }
    }
}
