//! Downloads one file from a server, with retries.
//!
//! An interrupted transfer resumes where it ended (`Range`, RFC 9110 section 14), in this process or a later one. The
//! file is accepted only if its size and hash match the manifest.

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

/// The settings of downloads.
#[derive(Debug, Clone)]
pub struct Network {
    /// Attempts without progress before a download fails, and the delays between them.
    pub backoff: Backoff,
    /// The longest wait for a connection.
    pub connect_timeout: Duration,
    /// The longest time in which a server may send nothing.
    pub read_timeout: Duration,
    /// The proxy. Its address may contain a password and is never logged.
    pub proxy: Proxy,
    /// A PEM file of additional certificate authorities, such as that of an inspecting proxy.
    pub root_certificate: Option<PathBuf>,
}

/// The proxy of downloads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Proxy {
    /// The proxy of `ALL_PROXY`, `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`.
    #[default]
    FromEnvironment,
    /// No proxy; the environment is ignored.
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

/// A transfer of fewer bytes than this in [`SLOW_WINDOW`] has stalled.
const SLOW_BYTES: u64 = 16 << 10;
const SLOW_WINDOW: Duration = Duration::from_mins(1);

/// The attempts start again after a transfer of more than 1 / `PROGRESS_SHARE` of the file. This bounds the number of
/// connections that a malicious server can cause.
const PROGRESS_SHARE: u64 = 500;

const MAX_REDIRECTS: u32 = 8;

/// A callback for the number of downloaded bytes. [`ControlFlow::Break`] cancels the download.
pub(super) type Watch<'a> = dyn FnMut(u64) -> ControlFlow<()> + 'a;

/// Downloads `entry` to the file `part`, resuming from its content, and returns the SHA-256.
///
/// A file that does not match the manifest is deleted.
pub(super) fn fetch(
    network: &Network,
    entry: &FileEntry,
    part: &Path,
    watch: &mut Watch,
) -> Result<Sha256Hash> {
    let mut partial = Partial::open(part, entry)?;
    loop {
        let began_at = partial.hasher.length();
        transfer_with_retries(network, entry, &mut partial, watch)?;
        let (digest, path) = partial.finish()?;
        let same = entry.sha256.is_none_or(|expected| expected == digest.sha256)
            && entry.md5.is_none_or(|expected| expected == digest.md5);
        if same {
            return Ok(digest.sha256);
        }
        std::fs::remove_file(&path).map_err(|error| written(&path, error))?;
        if began_at == 0 {
            let message = format!(
                "the file that {} sent as {} does not match the manifest: its SHA-256 is {}; nothing was kept. Report it to \
                 the publisher, or correct the manifest",
                host(entry),
                entry.path,
                digest.sha256
            );
            return Err(Error::new(ErrorKind::DownloadMismatch, message));
        }
        tracing::warn!(
            file = entry.path,
            "the partial file of an earlier download does not match; starting over"
        );
        partial = Partial::open(part, entry)?;
    }
}

/// The downloaded part of a file.
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

/// Transfers until the file is complete; fails after the allowed number of attempts without progress.
fn transfer_with_retries(
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
        if partial.hasher.length() > furthest + entry.size / PROGRESS_SHARE {
            furthest = partial.hasher.length();
            delays = network.backoff.delays();
        }
        let Some(delay) = delays.next() else { return Err(error) };
        // A warning, so that command lines show it.
        tracing::warn!(
            code = error.code(),
            host = host(entry),
            have = partial.hasher.length(),
            of = entry.size,
            seconds = delay.as_secs_f32(),
            "the download of {} was interrupted; trying again",
            entry.path
        );
        pause(delay, partial.hasher.length(), watch)?;
    }
}

/// Waits. After a cancellation it returns within a tenth of a second.
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
            "the download was cancelled; the next one resumes from here",
        )),
    }
}

/// Makes one request for the missing part of the file.
fn transfer(network: &Network, entry: &FileEntry, partial: &mut Partial, watch: &mut Watch) -> Result<()> {
    if partial.is_complete() {
        return Ok(());
    }
    let mut body = request(network, entry, partial)?;
    let mut block = vec![0; 64 << 10];
    let mut window = (Instant::now(), partial.hasher.length());
    loop {
        check(watch(partial.hasher.length()))?;
        let length =
            body.read(&mut block).map_err(|error| failed(entry, "was interrupted").with_source(error))?;
        if length == 0 {
            return if partial.is_complete() { Ok(()) } else { Err(failed(entry, "stopped too early")) };
        }
        if partial.hasher.length() + length as u64 > partial.expected {
            let restarted = partial.restart();
            let message = format!(
                "{} sent more than the {} bytes of {}; nothing was kept. Report it to the publisher, or correct the manifest",
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

/// Requests the missing part, and checks that the response begins where the partial file ends.
fn request(network: &Network, entry: &FileEntry, partial: &mut Partial) -> Result<ResponseReader> {
    let have = partial.hasher.length();
    let url = entry.url.as_deref().unwrap_or_default();
    let mut request = attohttpc::get(url)
        .connect_timeout(network.connect_timeout)
        .read_timeout(network.read_timeout)
        .max_redirections(MAX_REDIRECTS)
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
    let response = request.send().map_err(|error| request_failed(entry, error))?;
    let status = response.status();
    match status {
        StatusCode::OK => {
            if let Some(length) = number(&response, CONTENT_LENGTH.as_str())
                && length != entry.size
            {
                let message = format!(
                    "{} offers {length} bytes for {}, which has {}; a proxy may answer in its place, or the manifest \
                     is out of date",
                    host(entry),
                    entry.path,
                    entry.size
                );
                return Err(Error::new(ErrorKind::DownloadMismatch, message));
            }
            // The server ignored the range and sends the whole file.
            partial.restart()?;
        }
        StatusCode::PARTIAL_CONTENT if range(&response) == Some((have, entry.size)) => {}
        StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE => {
            partial.restart()?;
            return Err(failed(entry, "sent a part that was not requested"));
        }
        status if status.is_server_error() || is_retryable(status) => {
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

fn is_retryable(status: StatusCode) -> bool {
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

fn request_failed(entry: &FileEntry, error: attohttpc::Error) -> Error {
    use attohttpc::ErrorKind as Http;
    match error.kind() {
        Http::TooManyRedirections => {
            let message = format!("{} redirects in a loop when asked for {}", host(entry), entry.path);
            Error::new(ErrorKind::DownloadRefused, message)
        }
        Http::InvalidBaseUrl | Http::InvalidUrlHost | Http::InvalidUrlPort => {
            let message = format!("the url of {} is not valid; correct the manifest", entry.path);
            Error::new(ErrorKind::DownloadRefused, message).with_source(error)
        }
        _ => failed(entry, "could not be reached").with_source(error),
    }
}

fn failed(entry: &FileEntry, what: &str) -> Error {
    let message = format!(
        "{} {what} while sending {}; try again, the download resumes where it ended",
        host(entry),
        entry.path
    );
    Error::new(ErrorKind::DownloadFailed, message)
}

/// The host of the URL. The rest of the URL may contain a key.
fn host(entry: &FileEntry) -> &str {
    let url = entry.url.as_deref().unwrap_or_default();
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    authority.rsplit('@').next().unwrap_or_default()
}
