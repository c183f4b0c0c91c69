//! A web site of files on a loopback port, and a network between a page and its server that can fail.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// The types of files by their extension.
const TYPES: [(&str, &str); 4] =
    [("html", "text/html"), ("js", "text/javascript"), ("css", "text/css"), ("json", "application/json")];

/// Files under some paths, each from a folder. It serves until the process ends.
pub struct Site(SocketAddr);

impl Site {
    /// Serves folders by the first part of their path, with this `Content-Security-Policy` for pages.
    pub fn start(folders: Vec<(&'static str, PathBuf)>, policy: &str) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let address = listener.local_addr().expect("an address");
        let shared = Arc::new((folders, policy.to_owned()));
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let shared = Arc::clone(&shared);
                thread::spawn(move || drop(answer(&stream, &shared.0, &shared.1)));
            }
        });
        Self(address)
    }

    /// Its origin, of a name that browsers take for secure.
    pub fn origin(&self) -> String {
        format!("http://localhost:{}", self.0.port())
    }

    /// The same of a name that browsers do not take for secure. The browser of the tests finds it on this machine.
    pub fn insecure_origin(&self) -> String {
        format!("http://voice.test:{}", self.0.port())
    }
}

fn answer(mut stream: &TcpStream, folders: &[(&str, PathBuf)], policy: &str) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let mut lines = BufReader::new(stream).lines();
    let head = lines.next().transpose()?.unwrap_or_default();
    for line in lines {
        if line?.is_empty() {
            break;
        }
    }
    let path = head.split(' ').nth(1).unwrap_or_default().split('?').next().unwrap_or_default();
    let found = folders.iter().find_map(|(prefix, folder)| {
        let rest = path.strip_prefix(prefix)?;
        let file = folder.join(rest);
        (!rest.contains("..")).then(|| std::fs::read(&file).ok().map(|body| (file, body))).flatten()
    });
    let Some((file, body)) = found else {
        // Browsers ask for an icon by themselves.
        let status = if path == "/favicon.ico" { "204 No Content" } else { "404 Not Found" };
        let head = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        return stream.write_all(head.as_bytes());
    };
    let extension = Path::new(&file).extension().and_then(|extension| extension.to_str());
    let kind = TYPES.iter().find(|(name, _)| Some(*name) == extension).map_or("text/plain", |(_, kind)| kind);
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: {kind}; charset=utf-8\r\ncontent-length: {}\r\ncontent-security-policy: \
         {policy}\r\ncache-control: no-store\r\nconnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(&body)
}

/// A network to a server that fails when it is told to.
pub struct Network {
    address: SocketAddr,
    server: Arc<Mutex<SocketAddr>>,
    connections: Arc<Mutex<Vec<TcpStream>>>,
    is_down: Arc<AtomicBool>,
}

impl Network {
    /// Forwards connections to `server`.
    pub fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let network = Self {
            address: listener.local_addr().expect("an address"),
            server: Arc::new(Mutex::new(server)),
            connections: Arc::default(),
            is_down: Arc::default(),
        };
        let (connections, is_down) = (Arc::clone(&network.connections), Arc::clone(&network.is_down));
        let server = Arc::clone(&network.server);
        thread::spawn(move || {
            for near in listener.incoming().map_while(Result::ok) {
                if is_down.load(Ordering::SeqCst) {
                    continue;
                }
                let server = *server.lock().expect("an unpoisoned lock");
                let Ok(far) = TcpStream::connect(server) else { continue };
                for (from, to) in [(&near, &far), (&far, &near)] {
                    let (Ok(mut from), Ok(mut to)) = (from.try_clone(), to.try_clone()) else { continue };
                    thread::spawn(move || {
                        let _ = std::io::copy(&mut from, &mut to);
                        let _ = to.shutdown(Shutdown::Both);
                    });
                }
                connections.lock().expect("an unpoisoned lock").extend([near, far]);
            }
        });
        network
    }

    /// Where the server is reached.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends all connections without a word. New ones fail until [`repair`](Self::repair).
    pub fn fail(&self) {
        self.is_down.store(true, Ordering::SeqCst);
        for connection in self.connections.lock().expect("an unpoisoned lock").drain(..) {
            let _ = connection.shutdown(Shutdown::Both);
        }
    }

    /// New connections go to another server.
    pub fn lead_to(&self, server: SocketAddr) {
        *self.server.lock().expect("an unpoisoned lock") = server;
    }

    /// New connections reach the server again.
    pub fn repair(&self) {
        self.is_down.store(false, Ordering::SeqCst);
    }
}
