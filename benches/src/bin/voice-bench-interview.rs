//! How well people's recorded answers are understood in interviews, with the shipped model.
//!
//! Usage: `voice-bench-interview DATA [TIMES]`: the folder of recordings, and how many identity numbers each speaker says.

use std::error::Error;
use std::path::PathBuf;

use voice_bench::interview::{
    DIGITS, Outcomes, User, any_identity, engine, identity, scale, spaced, spoken_identity, yes_no,
};
use voice_bench::recordings::{files, flac, speakers};
use voice_core::interview::Value;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Recordings of arabic-digits that are not kept out, and are whole.
const OF_OTHERS: std::ops::Range<usize> = 0..50;

fn main() -> Outcome<()> {
    let mut arguments = std::env::args_os().skip(1);
    let data = PathBuf::from(arguments.next().ok_or("usage: voice-bench-interview DATA [TIMES]")?);
    let times = arguments.next().and_then(|times| times.to_str()?.parse().ok()).unwrap_or(20);
    let engine = engine()?;
    let (scale, yes_no, identity) = (scale()?, yes_no()?, identity()?);
    let mut random = fastrand::Rng::with_seed(9);
    let mut all = [Outcomes::default(); 4];
    for speaker in speakers(&data)? {
        let mut user = User::new(&data, &speaker)?;
        let mut of_speaker = [Outcomes::default(); 4];
        for (digit, name) in (0..).zip(DIGITS) {
            let spoken: Outcome<Vec<_>> =
                files(&data, &speaker, name)?.iter().map(|file| flac(file)).collect();
            let mut spoken = spoken?;
            for _ in 0..spoken.len() {
                spoken.rotate_left(1);
                let right = Value::Integer(digit);
                of_speaker[0].add(user.answer(&engine, &scale, &spoken, &right, &digit.to_string())?);
            }
        }
        for (name, yes, read_back) in [("yes", true, "نَعَمْ"), ("no", false, "لَا")] {
            let spoken: Outcome<Vec<_>> =
                files(&data, &speaker, name)?.iter().map(|file| flac(file)).collect();
            let mut spoken = spoken?;
            for _ in 0..spoken.len() {
                spoken.rotate_left(1);
                of_speaker[1].add(user.answer(&engine, &yes_no, &spoken, &Value::Boolean(yes), read_back)?);
            }
        }
        for _ in 0..times {
            let number = any_identity(&mut random);
            let mut say = |is_own: bool| -> Outcome<Vec<i16>> {
                let mut parts = Vec::new();
                for digit in number.bytes() {
                    let name = DIGITS[usize::from(digit - b'0')];
                    let file = if is_own {
                        let list = files(&data, &speaker, name)?;
                        list[random.usize(..list.len())].clone()
                    } else {
                        data.join(format!("arabic-digits/{name}/{:04}.flac", random.usize(OF_OTHERS)))
                    };
                    parts.push(flac(&file)?);
                }
                Ok(spaced(&parts, random.usize(50..250)))
            };
            let (right, read_back) = (Value::String(number.clone()), spoken_identity(&number));
            let own = [say(true)?, say(true)?];
            of_speaker[2].add(user.answer(&engine, &identity, &own, &right, &read_back)?);
            let others = [say(false)?, say(false)?];
            of_speaker[3].add(user.answer(&engine, &identity, &others, &right, &read_back)?);
        }
        let names =
            ["pain scale", "yes or no", "identity number, one speaker", "identity number, other people"];
        for (name, (outcomes, sum)) in names.iter().zip(of_speaker.into_iter().zip(&mut all)) {
            println!("{speaker} {name:30} {outcomes}");
            sum.add(outcomes);
        }
    }
    for (name, outcomes) in
        ["pain scale", "yes or no", "identity, one speaker", "identity, other people"].iter().zip(all)
    {
        println!("all      {name:30} {outcomes}");
    }
    Ok(())
}
