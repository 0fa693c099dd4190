//! The evaluator against bash: programs made from a grammar of constant expansions are evaluated and run, and the
//! words that a recording stub gets must be the same.
//!
//! `EVALUATOR_SEED` sets the seed, `EVALUATOR_PROGRAMS` how many programs are made, `EVALUATOR_SHOW` how many
//! disagreements are made small and shown.
#![cfg(unix)]

#[path = "evaluator/bash.rs"]
mod bash;
#[path = "evaluator/compare.rs"]
mod compare;
#[path = "evaluator/grammar.rs"]
mod grammar;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use compare::{Outcome, judge};
use grammar::{Choices, Grammar, simpler};

/// Programs a run.
const PROGRAMS: u64 = 2_000;
/// Of a hundred programs, at least so many must be computed to the last word.
const LEAST_EXACT: usize = 85;

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

#[test]
fn evaluated_as_bash_evaluates() {
    let grammar = Grammar::read(include_str!("evaluator/grammar.txt"));
    let seed = setting("EVALUATOR_SEED", 20_241);
    let count = setting("EVALUATOR_PROGRAMS", PROGRAMS);
    println!("EVALUATOR_SEED={seed} EVALUATOR_PROGRAMS={count}");
    let made: Vec<(Vec<u32>, String)> = (0..count)
        .map(|i| {
            let mut choices = Choices::random(seed.wrapping_mul(1_000_003).wrapping_add(i));
            let program = grammar.program(&mut choices);
            (choices.made, program)
        })
        .collect();
    let programs: Vec<String> = made.iter().map(|(_, program)| program.clone()).collect();
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    let (mut exact, mut failures) = (0, Vec::new());
    for (i, argvs) in bash::record(&programs).iter().enumerate() {
        match judge(&programs[i], argvs) {
            Outcome::Same => exact += 1,
            Outcome::Within(kind) => *kinds.entry(kind).or_default() += 1,
            Outcome::Differs => failures.push(i),
        }
    }
    println!(
        "{count} programs: {exact} exact, {} within, {} different",
        kinds.values().sum::<usize>(),
        failures.len()
    );
    let mut kinds: Vec<_> = kinds.into_iter().collect();
    kinds.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    for (kind, count) in &kinds {
        println!("{count:6} {kind}");
    }
    let shown = setting("EVALUATOR_SHOW", 3) as usize;
    let mut report = String::new();
    for i in failures.iter().take(shown) {
        let program = smallest(&grammar, made[*i].0.clone());
        let _ = writeln!(
            report,
            "--- differs:\n{program}\n{}",
            compare::show(&program, &bash::record(std::slice::from_ref(&program))[0])
        );
    }
    assert!(failures.is_empty(), "{} of {count} programs (seed {seed}) differ:\n{report}", failures.len());
    assert!(
        exact * 100 >= count as usize * LEAST_EXACT,
        "too little is computed exactly: {exact} of {count}"
    );
}

/// The simplest program that still differs, found from choices that make one.
fn smallest(grammar: &Grammar, mut choices: Vec<u32>) -> String {
    loop {
        let candidates: Vec<(Vec<u32>, String)> = simpler(&choices)
            .into_iter()
            .map(|given| {
                let mut choices = Choices::given(given);
                let program = grammar.program(&mut choices);
                (choices.made, program)
            })
            .collect();
        let programs: Vec<String> = candidates.iter().map(|(_, program)| program.clone()).collect();
        let records = bash::record(&programs);
        let weight = |choices: &[u32]| (choices.len(), choices.iter().map(|c| u64::from(*c)).sum::<u64>());
        let better = (0..programs.len())
            .filter(|&i| weight(&candidates[i].0) < weight(&choices))
            .filter(|&i| matches!(judge(&programs[i], &records[i]), Outcome::Differs))
            .min_by_key(|&i| weight(&candidates[i].0));
        match better {
            Some(i) => choices = candidates[i].0.clone(),
            None => return grammar.program(&mut Choices::given(choices)),
        }
    }
}
