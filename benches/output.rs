//! What the output guard costs: how long a fingerprint takes to make, and an output to be searched.
//!
//! `cargo bench --bench output` searches text in which there is no value, for that is what nearly all output is: a log, and
//! base64, each as long as a Bash command's longest answer and as a large file, for one fingerprint and for many. It judges no
//! time. It fails when a value is not found, or what is no value is masked.
//! `cargo bench --bench output -- --quick` takes few rounds, enough to see that everything still runs.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use asm_guard::fingerprint::{Fingerprint, Key, Known, Masker};

const LABEL: &str = "{{resolve:secretsmanager:prod/db:SecretString:password}}";

fn main() -> ExitCode {
    let quick = std::env::args().any(|argument| argument == "--quick");
    let rounds = if quick { 1 } else { 9 };
    let mut random = Random(0x5eed);
    let key = Key::new(std::array::from_fn(|_| random.below(256) as u8));
    let values: Vec<String> = (0..50).map(|at| random.password(16 + at % 25)).collect();
    let mut made = Duration::MAX;
    let mut prints = Vec::new();
    for value in &values {
        let begun = Instant::now();
        prints.extend(Fingerprint::of(value, LABEL, 12, &key));
        made = made.min(begun.elapsed());
    }
    println!("one fingerprint: {made:.2?}");

    println!("{:<22} {:>12} {:>12} {:>12}", "", "1 value", "10 values", "50 values");
    let mut right = prints.len() == values.len();
    for (size, name) in [(30_000, "30 kB"), (1 << 20, "1 MiB")] {
        for (text, kind) in [(log(&mut random, size), "log"), (base64(&mut random, size), "base64")] {
            let mut times = Vec::new();
            for many in [1, 10, 50] {
                let known = [Known { key: key.clone(), prints: prints[..many].to_vec() }];
                let mut best = Duration::MAX;
                for _ in 0..rounds {
                    let begun = Instant::now();
                    let mut masker = Masker::new(&known);
                    let masked = masker.mask(&text);
                    best = best.min(begun.elapsed());
                    right &= masked.is_none() && !masker.cut_short;
                }
                times.push(format!("{best:.2?}"));
                let found = Masker::new(&known).mask(&format!("{text}\n{}\n", values[many - 1]));
                right &= found == Some(format!("{text}\n{LABEL}\n"));
            }
            println!(
                "{:<22} {:>12} {:>12} {:>12}",
                format!("{name} of {kind}"),
                times[0],
                times[1],
                times[2]
            );
        }
    }
    if right { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn log(random: &mut Random, size: usize) -> String {
    let mut text = String::with_capacity(size + 100);
    while text.len() < size {
        let (second, worker, took) = (random.below(86_400), random.below(64), random.below(10_000));
        text.push_str(&format!(
            "12:{second:05} INFO worker-{worker}: GET /v1/orders/{took} HTTP/1.1 200 in {took} ms\n"
        ));
    }
    text
}

fn base64(random: &mut Random, size: usize) -> String {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    (0..size).map(|at| if at % 77 == 76 { '\n' } else { char::from(DIGITS[random.below(64)]) }).collect()
}

/// The same numbers every time (Marsaglia, "Xorshift RNGs").
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 20) as usize % limit
    }

    fn password(&mut self, length: usize) -> String {
        (0..length).map(|_| char::from(b'!' + self.below(94) as u8)).collect()
    }
}
