//! How fast masking passes output on, and how long it takes to get ready.
//!
//! `cargo bench --bench mask` masks text in which there is nothing to mask, for that is what nearly all output is: a
//! log, hex, and base64. Beside it, in the same run and in turns, the same text is only copied, in memory and through
//! pipes, so that a busy machine slows them alike. It judges no time. It fails when a value comes through, or
//! when text that is no value does not.
//! `cargo bench --bench mask -- --quick` takes few rounds, enough to see that everything still runs.

use std::hint::black_box;
use std::io::{Read, Write, pipe};
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use asm_guard::resolve::mask::{Filter, Masks, copy};
use secrecy::SecretString;

/// How much text is masked at a time.
const AMOUNT: usize = 8 << 20;
/// What is read from a pipe at once.
const CHUNK: usize = 64 << 10;
const LABEL: &str = "{{resolve:secretsmanager:prod/db:SecretString:password}}";

fn main() -> ExitCode {
    let quick = std::env::args().any(|argument| argument == "--quick");
    let rounds = if quick { 2 } else { 15 };
    let mut random = Random(0x5eed);
    let values: Vec<SecretString> = (0..20).map(|_| random.password(40).into()).collect();
    let all = Masks::new(values.iter().map(|value| (value, LABEL)), &[]).0;

    println!("20 values of 40 bytes; {} MiB a round, the best of {rounds} rounds", AMOUNT >> 20);
    println!("{:<22} {:>12} {:>12} {:>7}", "", "masked", "copied", "ratio");
    let kinds = [
        ("log", log(&mut random)),
        ("hex", random.text(HEX, 64)),
        ("base64", random.text(BASE64, 76)),
        ("one letter", { vec![b'a'; AMOUNT] }),
    ];
    for (kind, text) in &kinds {
        let (mut masked, mut copied) = (Duration::MAX, Duration::MAX);
        let mut out = Vec::with_capacity(2 * CHUNK);
        for _ in 0..rounds {
            masked = masked.min(timed(|| in_memory(&all, text, &mut out)));
            copied = copied.min(timed(|| {
                for chunk in text.chunks(CHUNK) {
                    out.clear();
                    out.extend_from_slice(black_box(chunk));
                    black_box(&out);
                }
            }));
        }
        report(&format!("{kind}, in memory"), masked, copied);
        let (mut masked, mut copied) = (Duration::MAX, Duration::MAX);
        for _ in 0..rounds {
            masked =
                masked.min(timed(|| through_pipes(text, |from, to| copy(from, to, &all).expect("masks"))));
            copied = copied.min(timed(|| {
                through_pipes(text, |mut from, mut to| {
                    let mut buffer = vec![0; CHUNK];
                    loop {
                        match from.read(&mut buffer).expect("reads") {
                            0 => return,
                            count => to.write_all(&buffer[..count]).expect("writes"),
                        }
                    }
                });
            }));
        }
        report(&format!("{kind}, through pipes"), masked, copied);
    }

    println!("\nto get ready, the best of {} times", 100 * rounds);
    for count in [1, 5, 20] {
        let best = (0..100 * rounds)
            .map(|_| {
                timed(|| drop(black_box(Masks::new(values[..count].iter().map(|value| (value, LABEL)), &[]))))
            })
            .min()
            .unwrap_or_default();
        println!("{:<22} {:>9.1} µs", format!("{count} of 40 bytes"), micros(best));
    }
    let key: SecretString = format!(
        "-----BEGIN PRIVATE KEY-----\n{}-----END PRIVATE KEY-----\n",
        String::from_utf8_lossy(&random.text(BASE64, 64)[..26 * 65])
    )
    .into();
    let long: SecretString = random.password(64 << 10).into();
    for (what, value) in [("1 key of 27 lines", &key), ("1 of 64 KiB", &long)] {
        let best = (0..5 * rounds)
            .map(|_| timed(|| drop(black_box(Masks::new([(value, LABEL)], &[])))))
            .min()
            .unwrap_or_default();
        println!("{what:<22} {:>9.1} µs", micros(best));
    }
    match check(&all, &values, &kinds) {
        Ok(()) => ExitCode::SUCCESS,
        Err(wrong) => {
            eprintln!("{wrong}");
            ExitCode::FAILURE
        }
    }
}

fn in_memory(masks: &Masks, text: &[u8], out: &mut Vec<u8>) {
    let mut filter = Filter::new(masks);
    for chunk in text.chunks(CHUNK) {
        out.clear();
        filter.push(black_box(chunk), out);
        black_box(&out);
    }
}

/// A writer, what copies, and a reader.
fn through_pipes(text: &[u8], copies: impl FnOnce(std::io::PipeReader, std::io::PipeWriter) + Send) {
    let ((from, mut child), (mut ours, to)) = (pipe().expect("a pipe"), pipe().expect("a pipe"));
    thread::scope(|scope| {
        scope.spawn(move || child.write_all(text).expect("writes"));
        scope.spawn(move || copies(from, to));
        let (mut buffer, mut total) = (vec![0; CHUNK], 0);
        loop {
            match ours.read(&mut buffer).expect("reads") {
                0 => break,
                count => total += count,
            }
        }
        assert_eq!(total, text.len(), "there is nothing to mask in this text");
    });
}

/// The text must come through as it is, and values must not.
fn check(masks: &Masks, values: &[SecretString], kinds: &[(&str, Vec<u8>)]) -> Result<(), String> {
    use secrecy::ExposeSecret;
    for (kind, text) in kinds {
        let text = String::from_utf8_lossy(&text[..CHUNK]);
        if masks.mask_text(&text) != text {
            return Err(format!("text that is no value was masked: {kind}"));
        }
        for (number, value) in values.iter().enumerate() {
            let masked = masks.mask_text(&format!("{text} {} {text}", value.expose_secret()));
            if masked != format!("{text} {LABEL} {text}") {
                return Err(format!("value {number} came through in {kind}"));
            }
        }
    }
    Ok(())
}

fn timed(work: impl FnOnce()) -> Duration {
    let began = Instant::now();
    work();
    began.elapsed()
}

fn report(what: &str, masked: Duration, copied: Duration) {
    let rate = |time: Duration| AMOUNT as f64 / 1e6 / time.as_secs_f64();
    let ratio = masked.as_secs_f64() / copied.as_secs_f64();
    println!("{what:<22} {:>7.0} MB/s {:>7.0} MB/s {ratio:>6.1}x", rate(masked), rate(copied));
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

const HEX: &[u8] = b"0123456789abcdef";
const BASE64: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Numbers that are the same in each run (splitmix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn of(&mut self, many: usize) -> usize {
        (self.next() % many as u64) as usize
    }

    /// As Secrets Manager makes them: all of printable ASCII (GetRandomPassword, API reference).
    fn password(&mut self, length: usize) -> String {
        (0..length).map(|_| char::from(b'!' + self.of(94) as u8)).collect()
    }

    fn text(&mut self, digits: &[u8], columns: usize) -> Vec<u8> {
        (0..AMOUNT)
            .map(|at| if at % (columns + 1) == columns { b'\n' } else { digits[self.of(digits.len())] })
            .collect()
    }
}

/// Lines as servers write them.
fn log(random: &mut Random) -> Vec<u8> {
    const WORDS: [&str; 12] = [
        "INFO",
        "WARN",
        "GET /api/v1/orders/",
        "connection to db.internal:5432",
        "took",
        "\"status\":200",
        "user=margaret",
        "retrying",
        "[worker-3]",
        "https://example.com/a/b?c=d",
        "key=value",
        "{\"level\":\"debug\"}",
    ];
    let mut text = Vec::with_capacity(AMOUNT + 200);
    while text.len() < AMOUNT {
        let (second, id) = (random.of(86400), random.next());
        write!(
            text,
            "2025-01-15T{:02}:{:02}:{:02}.{:03}Z",
            second / 3600,
            second / 60 % 60,
            second % 60,
            id % 1000
        )
        .expect("a vector takes all");
        for _ in 0..3 + random.of(6) {
            write!(text, " {}", WORDS[random.of(WORDS.len())]).expect("a vector takes all");
        }
        writeln!(text, " request={id:016x}").expect("a vector takes all");
    }
    text.truncate(AMOUNT);
    text
}
