//! The helper's side: a process that runs espeak-ng for another process.

#![expect(unsafe_code, reason = "descriptors that a host left open are closed by number")]

use std::io::{self, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream;

use serde::Serialize;

use super::child::{Answer, Failure};
use super::job::{Job, Load, Loaded, perform};
use super::library::Library;
use super::wire;
use crate::error::{Error, Result, report};

/// The memory limit of the process beyond its size at the start, in bytes. espeak-ng needs 20 MB.
#[cfg(target_os = "linux")]
const MEMORY: u64 = 512 << 20;

/// Loads espeak-ng and runs the jobs of the process at the other end of standard input, until that end closes.
///
/// For programs used as [`EspeakHelper`](crate::EspeakHelper): the process should do nothing before the call, and
/// exit with the returned code. Standard input must be a socket; the code is 2 if it is not.
pub fn serve() -> u8 {
    isolate();
    let Ok(mut socket) = io::stdin().as_fd().try_clone_to_owned().map(UnixStream::from) else { return 2 };
    let Ok((Load { library }, _)) = wire::read(&mut socket) else { return 2 };
    let mut library = match Library::load(library.as_deref()) {
        Ok(library) => library,
        Err(error) => {
            // The parent may be gone.
            let _ = send::<Loaded>(&mut socket, Err(&error), &[]);
            return 1;
        }
    };
    if send(&mut socket, Ok(&Loaded::of(&mut library)), &[]).is_err() {
        return 1;
    }
    while let Ok((job, _)) = wire::read::<Job>(&mut socket) {
        let done = perform(&mut library, &job);
        let samples = done.as_ref().map_or(&[][..], |done| &done.samples);
        if send(&mut socket, done.as_ref(), samples).is_err() {
            return 1;
        }
    }
    0
}

fn send<T: Serialize>(
    socket: &mut UnixStream,
    outcome: Result<&T, &Error>,
    samples: &[i16],
) -> io::Result<()> {
    let answer = match outcome {
        Ok(done) => Answer::Ok(done),
        Err(error) => Answer::Failed(Failure { code: error.code().to_owned(), message: report(error) }),
    };
    socket.write_all(&wire::encode(&answer, samples)?)
}

/// Limits what a hostile text could reach: memory, descriptors, and the time after the parent's end.
#[cfg(target_os = "linux")]
fn isolate() {
    use rustix::process::{Resource, Rlimit, Signal, getrlimit, set_parent_process_death_signal, setrlimit};

    // Each limit adds safety; none is required, so failures are ignored.
    let listed = std::fs::read_dir("/proc/self/fd").into_iter().flatten().flatten();
    let listed: Vec<_> = listed.map(|entry| (entry.path(), entry.file_name())).collect();
    // One of them belonged to the listing itself.
    for (_, name) in listed.into_iter().filter(|(path, _)| path.symlink_metadata().is_ok()) {
        let number = name.to_str().and_then(|number| number.parse().ok());
        if let Some(number) = number.filter(|number| *number > 2) {
            // SAFETY: it is open, and the program has just started and owns no descriptors.
            unsafe { rustix::io::close(number) };
        }
    }
    let _ = set_parent_process_death_signal(Some(Signal::KILL));
    // An allocator may have reserved address space without using it.
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let size = status.lines().find_map(|line| line.strip_prefix("VmSize:")?.trim().strip_suffix(" kB"));
    let taken = size.and_then(|size| size.parse::<u64>().ok()).map_or(4 << 30, |size| size << 10);
    let limits = [(Resource::As, taken + MEMORY), (Resource::Core, 0), (Resource::Nofile, 64)];
    for (resource, wanted) in limits {
        let limit = getrlimit(resource);
        if limit.current.is_none_or(|current| current > wanted) {
            let _ = setrlimit(resource, Rlimit { current: Some(wanted), maximum: Some(wanted) });
        }
    }
}

#[cfg(not(target_os = "linux"))]
fn isolate() {}
