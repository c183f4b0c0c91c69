//! Brings one file from a server, whatever happens on the way.
//!
//! A transfer that breaks off goes on where it ended (`Range`, RFC 9110 section 14), in this process
//! or in the next one. What arrives counts only once its size and hash are those of the manifest.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use attohttpc::header::{CONTENT_LENGTH, CONTENT_RANGE, RANGE};
use attohttpc::{ProxySettings, Response, ResponseReader, StatusCode};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;

use super::files::written;
use super::hash::{Hasher, Sha256Hash};
use super::manifest::FileEntry;
use crate::backoff::Backoff;
use crate::error::{Error, ErrorKind, Result};

/// How files are fetched.
#[derive(Debug, Clone)]
pub struct Network {
    /// Attempts without progress before a download is given up, and the delays between them.
    pub backoff: Backoff,
    /// How long to wait for a connection.
    pub connect_timeout: Duration,
    /// How long a server may send nothing.
    pub read_timeout: Duration,
    /// Which proxy to use. Its address may hold a password and is never logged.
    pub proxy: Proxy,
    /// A PEM file of further certificate authorities, as inspecting proxies need them.
    pub root_certificate: Option<PathBuf>,
}

/// Which proxy downloads go through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Proxy {
    /// As `ALL_PROXY`, `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` say.
    #[default]
    FromEnvironment,
    /// None, whatever the environment says.
    Direct,
}

impl Default for Network {
    fn default() -> Self {
        Self {
            backoff: Backoff { attempts: 6, ..Backoff::default() },
            connect_timeout: Duration::from_secs(15),
            read_timeout: Duration::from_secs(30),
            proxy: Proxy::default(),
            root_certificate: None,
        }
    }
}

/// Servers that send less than this in [`SLOW_WINDOW`] have stalled, even if bytes trickle in.
const SLOW_BYTES: u64 = 16 << 10;
const SLOW_WINDOW: Duration = Duration::from_mins(1);

/// The share of a file by which a transfer must have moved on to be worth another round of attempts.
/// It bounds the number of connections that a malicious server can cause.
const PROGRESS: u64 = 500;

const REDIRECTS: u32 = 8;

/// Told how many bytes of the file are here; breaking off cancels the download.
pub(super) type Watch<'a> = dyn FnMut(u64) -> ControlFlow<()> + 'a;

/// Brings `entry` to the file `part`, going on with what is there, and returns its SHA-256.
///
/// A file that turns out to be another one is deleted.
pub(super) fn fetch(
    network: &Network,
    entry: &FileEntry,
    part: &Path,
    watch: &mut Watch,
) -> Result<Sha256Hash> {
    let mut partial = Partial::open(part, entry)?;
    loop {
        let began_at = partial.hasher.length();
        transfer_stubbornly(network, entry, &mut partial, watch)?;
        let (digest, path) = partial.finish()?;
        let same = entry.sha256.is_none_or(|expected| expected == digest.sha256)
            && entry.md5.is_none_or(|expected| expected == digest.md5);
        if same {
            return Ok(digest.sha256);
        }
        std::fs::remove_file(&path).map_err(|error| written(&path, error))?;
        if began_at == 0 {
            let message = format!(
                "what {} sent is not {}: its SHA-256 is {}; nothing was kept. Tell the publisher, or correct \
                 the manifest",
                host(entry),
                entry.path,
                digest.sha256
            );
            return Err(Error::new(ErrorKind::DownloadMismatch, message));
        }
        tracing::warn!(file = entry.path, "what an earlier download left does not fit; starting over");
        partial = Partial::open(part, entry)?;
    }
}

/// The part of a file that has arrived.
struct Partial {
    path: PathBuf,
    file: File,
    hasher: Hasher,
    expected: u64,
}

impl Partial {
    fn open(path: &Path, entry: &FileEntry) -> Result<Self> {
        let open = || OpenOptions::new().read(true).append(true).create(true).open(path);
        let mut file = open().map_err(|error| written(path, error))?;
        let mut hasher = Hasher::default();
        hasher.read(&mut file).map_err(|error| written(path, error))?;
        let mut partial = Self { path: path.to_owned(), file, hasher, expected: entry.size };
        if partial.hasher.length() > entry.size {
            partial.restart()?;
        }
        Ok(partial)
    }

    fn restart(&mut self) -> Result<()> {
        self.hasher = Hasher::default();
        self.file.set_len(0).map_err(|error| written(&self.path, error))
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.file.write_all(bytes).map_err(|error| written(&self.path, error))?;
        self.hasher.update(bytes);
        Ok(())
    }

    fn is_complete(&self) -> bool {
        self.hasher.length() == self.expected
    }

    fn finish(self) -> Result<(super::hash::Digest, PathBuf)> {
        self.file.sync_all().map_err(|error| written(&self.path, error))?;
        Ok((self.hasher.finish(), self.path))
    }
}

/// Transfers until the file is complete; gives up after as many attempts without progress as allowed.
fn transfer_stubbornly(
    network: &Network,
    entry: &FileEntry,
    partial: &mut Partial,
    watch: &mut Watch,
) -> Result<()> {
    let mut furthest = partial.hasher.length();
    let mut delays = network.backoff.delays();
    loop {
        let Err(error) = transfer(network, entry, partial, watch) else { return Ok(()) };
        if !error.kind().is_retryable() || error.kind() == ErrorKind::DiskFull {
            return Err(error);
        }
        if partial.hasher.length() > furthest + entry.size / PROGRESS {
            furthest = partial.hasher.length();
            delays = network.backoff.delays();
        }
        let Some(delay) = delays.next() else { return Err(error) };
        // Also for a user who waits at a command line, which shows warnings.
        tracing::warn!(
            code = error.code(),
            host = host(entry),
            have = partial.hasher.length(),
            of = entry.size,
            seconds = delay.as_secs_f32(),
            "the download of {} broke off; trying again",
            entry.path
        );
        pause(delay, partial.hasher.length(), watch)?;
    }
}

/// Waits, but not longer than a tenth of a second after the caller has had enough.
fn pause(delay: Duration, have: u64, watch: &mut Watch) -> Result<()> {
    let until = Instant::now() + delay;
    loop {
        check(watch(have))?;
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(());
        }
        std::thread::sleep(left.min(Duration::from_millis(100)));
    }
}

fn check(flow: ControlFlow<()>) -> Result<()> {
    match flow {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(Error::new(
            ErrorKind::Cancelled,
            "the download was cancelled; the next one goes on from here",
        )),
    }
}

/// One request for what is missing.
fn transfer(network: &Network, entry: &FileEntry, partial: &mut Partial, watch: &mut Watch) -> Result<()> {
    if partial.is_complete() {
        return Ok(());
    }
    let mut body = request(network, entry, partial)?;
    let mut block = vec![0; 64 << 10];
    let mut window = (Instant::now(), partial.hasher.length());
    loop {
        check(watch(partial.hasher.length()))?;
        let length = body.read(&mut block).map_err(|error| failed(entry, "broke off").with_source(error))?;
        if length == 0 {
            return if partial.is_complete() { Ok(()) } else { Err(failed(entry, "ended too early")) };
        }
        if partial.hasher.length() + length as u64 > partial.expected {
            let restarted = partial.restart();
            let message = format!(
                "{} sent more than the {} bytes of {}; nothing was kept. Tell the publisher, or correct the manifest",
                host(entry),
                entry.size,
                entry.path
            );
            return restarted.and(Err(Error::new(ErrorKind::DownloadMismatch, message)));
        }
        partial.write(&block[..length])?;
        if partial.is_complete() {
            return check(watch(partial.hasher.length()));
        }
        let (since, had) = window;
        if since.elapsed() > SLOW_WINDOW {
            if partial.hasher.length() - had < SLOW_BYTES {
                return Err(failed(entry, "became too slow"));
            }
            window = (Instant::now(), partial.hasher.length());
        }
    }
}

/// Asks for what is missing, and makes sure that the answer goes on where the partial file ends.
fn request(network: &Network, entry: &FileEntry, partial: &mut Partial) -> Result<ResponseReader> {
    let have = partial.hasher.length();
    let url = entry.url.as_deref().unwrap_or_default();
    let mut request = attohttpc::get(url)
        .connect_timeout(network.connect_timeout)
        .read_timeout(network.read_timeout)
        .max_redirections(REDIRECTS)
        .proxy_settings(match network.proxy {
            Proxy::FromEnvironment => ProxySettings::from_env(),
            Proxy::Direct => ProxySettings::builder().build(),
        });
    if have > 0 {
        request = request.header(RANGE, format!("bytes={have}-"));
    }
    for certificate in root_certificates(network)? {
        request = request.add_root_certificate(certificate);
    }
    let response = request.send().map_err(|error| unanswered(entry, error))?;
    let status = response.status();
    match status {
        StatusCode::OK => {
            if let Some(length) = number(&response, CONTENT_LENGTH.as_str())
                && length != entry.size
            {
                let message = format!(
                    "{} offers {length} bytes as {}, which has {}; something between here and there answers in its \
                     place, or the manifest is out of date",
                    host(entry),
                    entry.path,
                    entry.size
                );
                return Err(Error::new(ErrorKind::DownloadMismatch, message));
            }
            // The whole file, although only its rest was asked for.
            partial.restart()?;
        }
        StatusCode::PARTIAL_CONTENT if range(&response) == Some((have, entry.size)) => {}
        StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE => {
            partial.restart()?;
            return Err(failed(entry, "sent another part than was asked for"));
        }
        status if status.is_server_error() || is_worth_repeating(status) => {
            return Err(failed(entry, &format!("answered {status}")));
        }
        status => {
            let message = format!("{} answered {status} when asked for {}", host(entry), entry.path);
            return Err(Error::new(ErrorKind::DownloadRefused, message));
        }
    }
    Ok(response.split().2)
}

fn root_certificates(network: &Network) -> Result<Vec<CertificateDer<'static>>> {
    let Some(path) = &network.root_certificate else { return Ok(Vec::new()) };
    let read = || CertificateDer::pem_file_iter(path)?.collect::<Result<Vec<_>, _>>();
    match read() {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        outcome => {
            let message = format!("{} holds no certificate in PEM form; check its path", path.display());
            let error = Error::new(ErrorKind::OptionInvalid, message);
            Err(match outcome {
                Err(source) => error.with_source(source),
                Ok(_) => error,
            })
        }
    }
}

fn is_worth_repeating(status: StatusCode) -> bool {
    matches!(status, StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS)
}

fn number(response: &Response, header: &str) -> Option<u64> {
    response.headers().get(header)?.to_str().ok()?.trim().parse().ok()
}

/// First byte and total length of `Content-Range: bytes FIRST-LAST/TOTAL`.
fn range(response: &Response) -> Option<(u64, u64)> {
    let text = response.headers().get(CONTENT_RANGE)?.to_str().ok()?;
    let (span, total) = text.strip_prefix("bytes ")?.split_once('/')?;
    Some((span.split_once('-')?.0.parse().ok()?, total.parse().ok()?))
}

fn unanswered(entry: &FileEntry, error: attohttpc::Error) -> Error {
    use attohttpc::ErrorKind as Http;
    match error.kind() {
        Http::TooManyRedirections => {
            let message = format!("{} redirects in a loop when asked for {}", host(entry), entry.path);
            Error::new(ErrorKind::DownloadRefused, message)
        }
        Http::InvalidBaseUrl | Http::InvalidUrlHost | Http::InvalidUrlPort => {
            let message = format!("the url of {} leads nowhere; correct the manifest", entry.path);
            Error::new(ErrorKind::DownloadRefused, message).with_source(error)
        }
        _ => failed(entry, "could not be reached").with_source(error),
    }
}

fn failed(entry: &FileEntry, what: &str) -> Error {
    let message = format!(
        "{} {what} while sending {}; try again, the download goes on where it ended",
        host(entry),
        entry.path
    );
    Error::new(ErrorKind::DownloadFailed, message)
}

/// Without the rest of the address, which may hold a key.
fn host(entry: &FileEntry) -> &str {
    let url = entry.url.as_deref().unwrap_or_default();
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    authority.rsplit('@').next().unwrap_or_default()
}
