//! A loopback HTTP server for files that behaves as badly as it is told to.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How a mirror answers.
#[derive(Debug, Clone, Copy)]
pub enum Manner {
    /// As it should.
    Good,
    /// The first connection ends after so many bytes of the body, the next are good.
    CutOnce(usize),
    /// Every connection ends after so many bytes of the body.
    CutAlways(usize),
    /// As [`CutAlways`](Self::CutAlways), and knows no ranges.
    CutWithoutRanges(usize),
    /// Every answer has this status.
    Status(u16),
    /// The first answer has this status, the next are good.
    StatusOnce(u16),
    /// Says that the file has so many bytes, and sends the right ones.
    ClaimsLength(usize),
    /// Sends so many bytes more than the file has, without saying how many there will be.
    SendsMore(usize),
    /// Sends bytes that are not the file's.
    OtherBytes,
    /// Redirects to itself.
    RedirectsForEver,
    /// Redirects once, to a good answer.
    RedirectsOnce,
    /// Sends so many bytes and then nothing more, without hanging up.
    Stalls(usize),
    /// Answers a range with another one.
    WrongRange,
    /// Sends a byte or so at a time, with pauses.
    Drips,
}

/// A running server. It ends with its owner.
pub struct Mirror {
    address: SocketAddr,
    requests: Arc<AtomicUsize>,
    bytes: Arc<AtomicUsize>,
    manner: Arc<Mutex<Manner>>,
}

impl Mirror {
    /// Serves `content` under every path.
    pub fn start(content: Vec<u8>, manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let mirror = Self {
            address: listener.local_addr().expect("an address"),
            requests: Arc::default(),
            bytes: Arc::default(),
            manner: Arc::new(Mutex::new(manner)),
        };
        let content = Arc::new(content);
        let (requests, bytes) = (Arc::clone(&mirror.requests), Arc::clone(&mirror.bytes));
        let manner = Arc::clone(&mirror.manner);
        std::thread::spawn(move || {
            // The last one, from `drop`, is no request.
            for stream in listener.incoming().map_while(Result::ok) {
                if requests.load(Ordering::SeqCst) == usize::MAX {
                    return;
                }
                let number = requests.fetch_add(1, Ordering::SeqCst);
                let (content, bytes) = (Arc::clone(&content), Arc::clone(&bytes));
                let manner = *manner.lock().expect("an unpoisoned lock");
                std::thread::spawn(move || drop(answer(stream, &content, manner, number, &bytes)));
            }
        });
        mirror
    }

    /// Where files are.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Connections so far.
    pub fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }

    /// Bytes of bodies sent so far.
    pub fn bytes(&self) -> usize {
        self.bytes.load(Ordering::SeqCst)
    }

    /// Changes how further connections are answered.
    pub fn behave(&self, manner: Manner) {
        *self.manner.lock().expect("an unpoisoned lock") = manner;
    }
}

impl Drop for Mirror {
    fn drop(&mut self) {
        self.requests.store(usize::MAX, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
    }
}

fn answer(
    mut stream: TcpStream,
    content: &[u8],
    manner: Manner,
    number: usize,
    sent: &AtomicUsize,
) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let (path, range) = head(&stream)?;
    let ranges = !matches!(manner, Manner::CutWithoutRanges(_));
    let begin = range.filter(|_| ranges).unwrap_or(0).min(content.len());
    let mut body = content[begin..].to_vec();
    let mut headers = String::from("connection: close\r\n");
    let mut status = 200;
    if begin > 0 {
        status = 206;
        let first = if matches!(manner, Manner::WrongRange) { begin - 1 } else { begin };
        let (last, total) = (content.len() - 1, content.len());
        let _ = write!(headers, "content-range: bytes {first}-{last}/{total}\r\n");
    }
    let mut length = Some(body.len());
    let mut stop_after = body.len();
    let mut lingers = false;
    match manner {
        Manner::CutOnce(_) | Manner::StatusOnce(_) if number > 0 => {}
        Manner::CutOnce(bytes) | Manner::CutAlways(bytes) | Manner::CutWithoutRanges(bytes) => {
            stop_after = bytes;
        }
        Manner::Status(code) | Manner::StatusOnce(code) => {
            (status, body, length) = (code, Vec::new(), Some(0));
        }
        Manner::ClaimsLength(bytes) => length = Some(bytes),
        Manner::SendsMore(bytes) => {
            body.extend(std::iter::repeat_n(7, bytes));
            (length, stop_after) = (None, body.len());
        }
        Manner::OtherBytes => body.iter_mut().for_each(|byte| *byte ^= 0x55),
        Manner::RedirectsForEver => {
            status = 302;
            headers += "location: /again\r\n";
        }
        Manner::RedirectsOnce if path != "/moved" => {
            status = 302;
            headers += "location: /moved\r\n";
        }
        Manner::Stalls(bytes) => (stop_after, lingers) = (bytes, true),
        Manner::Good | Manner::WrongRange | Manner::RedirectsOnce | Manner::Drips => {}
    }
    if let Some(length) = length {
        let _ = write!(headers, "content-length: {length}\r\n");
    }
    write!(stream, "HTTP/1.1 {status} Whatever\r\n{headers}\r\n")?;
    let body = &body[..stop_after.min(body.len())];
    if matches!(manner, Manner::Drips) {
        for piece in body.chunks(body.len() / 200 + 1) {
            sent.fetch_add(piece.len(), Ordering::SeqCst);
            stream.write_all(piece)?;
            std::thread::sleep(Duration::from_millis(2));
        }
    } else {
        // Counted first: who has read it all may ask at once.
        sent.fetch_add(body.len(), Ordering::SeqCst);
        stream.write_all(body)?;
    }
    if lingers {
        // Until the client hangs up.
        let _ = stream.read(&mut [0; 16]);
    }
    stream.shutdown(Shutdown::Both)
}

/// The path asked for, and the first byte of the range.
fn head(stream: &TcpStream) -> std::io::Result<(String, Option<usize>)> {
    let (mut path, mut range) = (String::new(), None);
    for line in BufReader::new(stream).lines() {
        let line = line?;
        if line.is_empty() {
            break;
        }
        if let Some(target) = line.strip_prefix("GET ") {
            target.split(' ').next().unwrap_or_default().clone_into(&mut path);
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("range: bytes=") {
            range = value.trim_end_matches('-').parse().ok();
        }
    }
    Ok((path, range))
}
