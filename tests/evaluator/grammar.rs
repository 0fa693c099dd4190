//! Programs made from a context-free grammar by a sequence of choices, so that a shorter or smaller sequence is a
//! simpler program: shrinking needs to know nothing of bash.

use std::collections::HashMap;

/// Nested deeper than this, every name becomes its first production.
const MAX_DEPTH: u32 = 9;
/// Choices after which every name becomes its first production.
const MAX_CHOICES: usize = 160;

pub struct Grammar(HashMap<&'static str, Vec<Vec<Symbol>>>);

enum Symbol {
    Text(String),
    Name(&'static str),
}

impl Grammar {
    pub fn read(text: &'static str) -> Grammar {
        let mut rules: HashMap<&str, Vec<Vec<Symbol>>> = HashMap::new();
        let mut name = "";
        for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            match line.strip_prefix("    ") {
                None => name = line,
                Some(production) => rules.entry(name).or_default().push(symbols(production)),
            }
        }
        let grammar = Grammar(rules);
        for symbol in grammar.0.values().flatten().flatten() {
            if let Symbol::Name(name) = symbol {
                assert!(grammar.0.contains_key(name), "the grammar has no ‹{name}›");
            }
        }
        grammar
    }

    /// The program that these choices make.
    pub fn program(&self, choices: &mut Choices) -> String {
        let mut out = String::new();
        self.expand("program", choices, 0, &mut out);
        out
    }

    fn expand(&self, name: &str, choices: &mut Choices, depth: u32, out: &mut String) {
        let productions = &self.0[name];
        let simplest = depth > MAX_DEPTH || choices.made.len() > MAX_CHOICES;
        let chosen = if simplest { 0 } else { choices.pick(productions.len()) };
        for symbol in &productions[chosen] {
            match symbol {
                Symbol::Text(text) => out.push_str(text),
                Symbol::Name(name) => self.expand(name, choices, depth + 1, out),
            }
        }
    }
}

fn symbols(production: &'static str) -> Vec<Symbol> {
    let mut symbols = Vec::new();
    let mut rest = production;
    while let Some((before, after)) = rest.split_once('‹') {
        let (name, after) = after.split_once('›').expect("a name that is not closed");
        symbols.push(Symbol::Text(before.replace('¶', "\n")));
        symbols.push(Symbol::Name(name));
        rest = after;
    }
    symbols.push(Symbol::Text(rest.replace('¶', "\n")));
    symbols
}

/// A sequence of choices: given ones first, then random ones, or always the first.
pub struct Choices {
    given: Vec<u32>,
    random: Option<u64>,
    /// Those that were made.
    pub made: Vec<u32>,
}

impl Choices {
    pub fn random(seed: u64) -> Choices {
        Choices { given: Vec::new(), random: Some(seed), made: Vec::new() }
    }

    pub fn given(given: Vec<u32>) -> Choices {
        Choices { given, random: None, made: Vec::new() }
    }

    fn pick(&mut self, of: usize) -> usize {
        let choice = match (self.given.get(self.made.len()), &mut self.random) {
            (Some(choice), _) => *choice,
            (None, Some(state)) => split_mix(state) as u32,
            (None, None) => 0,
        } as usize
            % of;
        self.made.push(choice as u32);
        choice
    }
}

/// SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014).
fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Sequences simpler than `choices`, the most daring first.
pub fn simpler(choices: &[u32]) -> Vec<Vec<u32>> {
    let mut out = Vec::new();
    for size in [32, 16, 8, 4, 2, 1] {
        for start in (0..choices.len()).step_by(size) {
            let end = (start + size).min(choices.len());
            out.push([&choices[..start], &choices[end..]].concat());
            if choices[start..end].iter().any(|c| *c != 0) {
                let zeros = vec![0; end - start];
                out.push([&choices[..start], &zeros, &choices[end..]].concat());
            }
        }
    }
    for (at, choice) in choices.iter().enumerate() {
        for smaller in [choice / 2, choice.saturating_sub(1)] {
            if smaller < *choice && smaller > 0 {
                let mut sequence = choices.to_vec();
                sequence[at] = smaller;
                out.push(sequence);
            }
        }
    }
    out
}
