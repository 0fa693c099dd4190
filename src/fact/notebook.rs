//! Cells of notebooks: what they hand to a shell, and cells of another language (IPython documentation, "System shell
//! access" and "Built-in magic commands").

use super::reader::Reader;
use super::structured::alone;
use crate::code::Language;
use crate::shell::Setup;
use crate::trace::Trace;
use crate::value::Text;

/// Magics of a cell that time it or hide its output, and run what is in it.
const AROUND: [&str; 6] = ["time", "timeit", "capture", "prun", "memit", "mprun"];

impl Reader {
    /// Reads a cell; true where it is no Python.
    pub(super) fn notebook_cell(&mut self, trace: &Trace, text: &str) -> bool {
        let mut rest = text;
        loop {
            rest = rest.trim_start();
            let (line, body) = rest.split_once('\n').unwrap_or((rest, ""));
            if line.starts_with('#') && !body.is_empty() {
                rest = body;
                continue;
            }
            let Some(magic) = line.strip_prefix("%%") else { break };
            let mut words = magic.split_whitespace();
            let name = words.next().unwrap_or_default();
            if AROUND.contains(&name) {
                rest = body;
                continue;
            }
            let language =
                if name == "script" { words.find(|word| !word.starts_with('-')) } else { Some(name) };
            self.cell_of(trace, language.unwrap_or_default(), body);
            return true;
        }
        self.shell_lines(trace, rest);
        false
    }

    /// A cell of another language. One that is written to a file, or shown, runs nothing.
    fn cell_of(&mut self, trace: &Trace, language: &str, body: &str) {
        match language {
            "bash" | "sh" | "zsh" | "system" | "sx" | "!" | "cmd" => {
                self.shell_text(trace, body, Setup::default());
            }
            "js" | "javascript" => self.code(trace, Language::JavaScript, &Text::from(body), None, &alone()),
            "python" | "python2" | "python3" | "pypy" => {
                self.code(trace, Language::Python, &Text::from(body), None, &alone());
            }
            name => {
                if let Some(language) = Language::from_name(name) {
                    self.code(trace, language, &Text::from(body), None, &alone());
                }
            }
        }
    }

    /// `!command`, `%sx command`, and either of them assigned.
    fn shell_lines(&mut self, trace: &Trace, text: &str) {
        let mut quoted = false;
        for line in text.lines().map(str::trim_start) {
            let marks = line.matches("'''").count() + line.matches("\"\"\"").count();
            let inside = quoted;
            quoted ^= marks % 2 == 1;
            if inside || line.starts_with('#') {
                continue;
            }
            let assigned = line.split_once('=').map(|(_, value)| value.trim_start());
            let command = [Some(line), assigned].into_iter().flatten().find_map(|text| {
                ["!!", "!", "%sx ", "%system ", "%%sx ", "%%!"]
                    .iter()
                    .find_map(|mark| text.strip_prefix(mark))
            });
            // `x != y` is no command.
            if let Some(command) = command.filter(|command| !command.starts_with('=')) {
                self.shell_text(trace, command, Setup::default());
            }
        }
    }
}
